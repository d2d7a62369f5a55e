#!/usr/bin/env python3
"""Compare backbones on languages that they were not taught: the tables of docs/results.md.

Usage:
    tools/results.py PRIMER DATA OUT ARM=MODEL[,ADAPTER] ...

PRIMER is the command line program; DATA holds wikiann/LANGUAGE/{train,dev}.conll. Writes 300 dev sentences a language, drawn by a fixed seed,
and the plan OUT/plan.toml, and runs it (`primer experiment`). An ARM without an adapter is an untrained backbone: it gets more epochs and higher
rates, as it needs them. Example:

    tools/results.py target/release/primer DATA OUT raw=raw.gguf multi-task=WORK/multi-task.gguf,WORK/multi-task.safetensors \\
        shipped=models/primer-mini.gguf,models/per-loc-org.safetensors
"""

import json
import random
import subprocess
import sys
from pathlib import Path

LANGUAGES = ["hi", "af", "az", "lt", "et"]
DEV_SENTENCES = 300
METHODS = """
[methods.none]

[methods.head]
method = "adapter"
head_only = true
learning_rate = 3e-3
epochs = 10
evaluate_every = 10

[methods.adapter]
learning_rate = 1e-3
epochs = 10
evaluate_every = 10
"""
UNTRAINED = """methods.head = { epochs = 30, learning_rate = 1e-2 }
methods.adapter = { epochs = 30, learning_rate = 3e-3 }
"""


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    primer, data, out = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    plan = 'out = "results"\nshots = [100]\nseeds = [0, 1, 2]\n'
    for arm in sys.argv[4:]:
        name, files = arm.split("=", 1)
        files = [str(Path(file).resolve()) for file in files.split(",")]
        plan += f"\n[arms.{name}]\nmodel = {json.dumps(files[0])}\n"
        plan += f"adapter = {json.dumps(files[1])}\n" if len(files) > 1 else UNTRAINED
    for language in LANGUAGES:
        folder = data / "wikiann" / language
        blocks = [b.strip("\n") for b in (folder / "dev.conll").read_text(encoding="utf-8").split("\n\n") if b.strip()]
        random.Random(0).shuffle(blocks)
        (out / f"{language}.conll").write_text("\n\n".join(blocks[:DEV_SENTENCES]) + "\n", encoding="utf-8")
        plan += f'\n[languages.{language}]\ntrain = {json.dumps(str(folder / "train.conll"))}\ndev = "{language}.conll"\n'
    (out / "plan.toml").write_text(plan + METHODS, encoding="utf-8")
    subprocess.run([primer, "experiment", str(out / "plan.toml")], check=True)


if __name__ == "__main__":
    main()
