#!/usr/bin/env python3
"""Fetch the shared library of ONNX Runtime out of its Python wheel, for the tests of the engine "onnx".

Nothing is installed: the wheel comes from the index that pip is set up for (wheels.py; pip itself is not needed), and the
one file is taken out of it.

Usage:
    tools/fetch_onnxruntime.py OUT

OUT is the library's file, such as build/onnxruntime/libonnxruntime.so. Where it is there already, nothing is done.
"""

import os
import platform
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import wheels

LIBRARY = re.compile(r"onnxruntime/capi/(libonnxruntime\.(so\.[0-9.]+|[0-9.]*dylib)|onnxruntime\.dll)")
# The library is the same in the wheels of every version of Python: these need not be of the version that runs here.
PREFIX = "onnxruntime-1.23.2-cp311-cp311-"
# System and processor: the rest of the wheel's name, and its digest.
WHEELS = {
    ("linux", "x86_64"): (
        "manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        "da44b99206e77734c5819aa2142c69e64f3b46edc3bd314f6a45a932defc0b3e",
    ),
    ("linux", "aarch64"): (
        "manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
        "bbfd2fca76c855317568c1b36a885ddea2272c13cb0e395002c402f2360429a6",
    ),
    ("darwin", "arm64"): ("macosx_13_0_arm64.whl", "6f91d2c9b0965e86827a5ba01531d5b669770b01775b23199565d6c1f136616c"),
    ("darwin", "x86_64"): ("macosx_13_0_x86_64.whl", "87d8b6eaf0fbeb6835a60a4265fde7a3b60157cf1b2764773ac47237b4d48612"),
    ("win32", "AMD64"): ("win_amd64.whl", "902c756d8b633ce0dedd889b7c08459433fbcf35e9c38d1c03ddc020f0648c6e"),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    if out.exists():
        return
    here = (sys.platform, platform.machine())
    if here not in WHEELS:
        sys.exit(f"ONNX Runtime: no wheel is known for {here[0]} on {here[1]}; PRIMER_ONNXRUNTIME may name a library")
    rest, sha256 = WHEELS[here]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = wheels.fetch(PREFIX + rest, sha256, folder)
        except wheels.NotFetched as error:
            sys.exit(f"ONNX Runtime: {error}")
        with zipfile.ZipFile(path) as wheel:
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
