#!/usr/bin/env python3
"""Write src/device/cuda/functions.s: every function of CUDA's libraries that the crate cudarc may call.

To be run again when cudarc is updated. The names are read from its sources in cargo's registry (`cargo fetch` brings them),
for all versions of CUDA that it knows, so that one list serves every toolkit.

Usage:
    tools/cuda_functions.py
"""

import os
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OUT = TOP / "src/device/cuda/functions.s"
# By module of cudarc, in the order of the constants in src/device/cuda/libraries.rs.
MODULES = ["driver", "cublas", "cublaslt", "curand", "nvrtc"]
DECLARED = re.compile(r'extern "C" \{\s*fn (\w+)\(')


def sources():
    lock = (TOP / "Cargo.lock").read_text()
    version = re.search(r'name = "cudarc"\nversion = "([^"]+)"', lock).group(1)
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    found = sorted(home.glob(f"registry/src/*/cudarc-{version}"))
    if not found:
        sys.exit(f"cudarc {version} is not in {home}/registry: run `cargo fetch` first")
    return version, found[0] / "src"


def main():
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    version, source = sources()
    lines = [f"// Written by tools/cuda_functions.py from cudarc {version}: number of the library, name of the function."]
    for library, module in enumerate(MODULES):
        text = "".join(path.read_text() for path in sorted((source / module / "sys").rglob("*.rs")))
        names = sorted(set(DECLARED.findall(text)))
        if not names:
            sys.exit(f"{source}/{module}/sys declares no function: has its form changed?")
        lines += [f"deferred {library}, {name}" for name in names]
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{OUT}: {len(lines) - 1} functions")


if __name__ == "__main__":
    main()
