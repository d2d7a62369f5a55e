#!/usr/bin/env python3
"""Fetch the shared library of ONNX Runtime out of its Python wheel, for the tests of the engine "onnx".

Nothing is installed: pip downloads the wheel from the index that it is set up for, and the one file is taken out of it.

Usage:
    tools/fetch_onnxruntime.py OUT

OUT is the library's file, such as build/onnxruntime/libonnxruntime.so. Where it is there already, nothing is done.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "1.23.2"
LIBRARY = re.compile(r"onnxruntime/capi/(libonnxruntime\.(so\.[0-9.]+|[0-9.]*dylib)|onnxruntime\.dll)")
# Of the wheels whose digest is known, no other content is taken.
SHA256 = {
    "onnxruntime-1.23.2-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl": (
        "da44b99206e77734c5819aa2142c69e64f3b46edc3bd314f6a45a932defc0b3e"
    ),
}


def download(folder):
    # The library is the same in the wheels of every version of Python: this one need not be the version that runs here.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", "3.11", "--dest", folder, f"onnxruntime=={VERSION}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"ONNX Runtime could not be fetched (pip said: {done.stdout.strip()[-600:]})")
    (wheel,) = Path(folder).glob("onnxruntime-*.whl")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if SHA256.get(wheel.name, found) != found:
        sys.exit(f"{wheel.name}: SHA-256 is {found}, must be {SHA256[wheel.name]}")
    return wheel


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    if out.exists():
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(download(folder)) as wheel:
            names = [name for name in wheel.namelist() if LIBRARY.fullmatch(name)]
            if len(names) != 1:
                sys.exit(f"the wheel holds no library, or several: {names}")
            content = wheel.read(names[0])
    # Whole or not at all: a half library would be taken for one.
    temporary = out.with_name(out.name + ".part")
    temporary.write_bytes(content)
    os.replace(temporary, out)


if __name__ == "__main__":
    main()
