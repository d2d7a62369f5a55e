#!/usr/bin/env python3
"""Make a CUDA toolkit folder out of pinned PyPI wheels, to build the feature "cuda" where no toolkit is installed.

Neither a GPU nor a driver is needed, and nothing is installed: pip downloads the wheels, each is checked against its
SHA-256 digest and unpacked. What is built with the folder needs the driver and a few libraries of CUDA 13 only when a
GPU is asked for (docs/gpu.md). Linux, x86-64 or 64-bit Arm; g++ must be there, since nvcc calls it.

OUT (build/cuda) receives
    toolkit/    nvcc, headers and the static CUDA runtime
    env.sh      the variables that a build needs:  . build/cuda/env.sh && cargo build --release --features cuda
A second run finds them complete and returns at once.
"""

import argparse
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

RELEASE = "13.0"
# The compiler, what it includes and what it links, by package and version: the digests of the wheels for x86-64 and Arm.
COMPILER = {
    "nvidia-cuda-nvcc==13.0.88": {},
    "nvidia-nvvm==13.0.88": {},
    "nvidia-cuda-crt==13.0.88": {},
    "nvidia-cuda-runtime==13.0.96": {},
    "nvidia-cuda-cccl==13.0.85": {},
}
# What a program opens at run time, for machines that have a driver and no toolkit.
LIBRARIES = {
    "nvidia-cublas==13.1.0.3": {},
    "nvidia-curand==10.4.0.35": {},
    "nvidia-cuda-nvrtc==13.0.88": {},
}
# Where each wheel keeps its files.
INSIDE = "nvidia/cu13/"


def machine():
    name = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(platform.machine().lower())
    if sys.platform != "linux" or not name:
        sys.exit(f"there are wheels for Linux on x86-64 and 64-bit Arm alone, not for {sys.platform} on {platform.machine()}")
    return name


def download(requirement, digests, folder):
    """Fetch the one wheel of a requirement; refuse another content than the pinned one."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder]
    done = subprocess.run([*command, requirement], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{requirement} could not be fetched (pip said: {done.stdout.strip()[-600:]})")
    (wheel,) = Path(folder).glob("*.whl")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digests and found != digests.get(machine()):
        sys.exit(f"{wheel.name}: SHA-256 is {found}, must be {digests.get(machine())}")
    return wheel


def unpack(wheel, toolkit):
    """Write a wheel's files of the toolkit; programs stay executable, paths stay inside."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir() or not member.filename.startswith(INSIDE):
                continue
            relative = Path(member.filename[len(INSIDE) :])
            if ".." in relative.parts or relative.name == "__init__.py":
                continue
            path = toolkit / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            if "bin" in relative.parts:
                path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", nargs="?", default="build/cuda", type=Path, help="the folder to fill (build/cuda)")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    toolkit = out / "toolkit"
    for requirement, digests in COMPILER.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{requirement}", file=sys.stderr)
            unpack(download(requirement, digests, folder), toolkit)


if __name__ == "__main__":
    main()
