#!/usr/bin/env python3
"""Prime models/primer-mini.gguf, and make models/per-loc-org.safetensors with it.

Usage:
    tools/primed_model.py PRIMER RAW DATA WORK

PRIMER is the command line program, RAW the backbone before priming (models/README.md says how it is made). DATA holds wikiann/LANGUAGE,
uner/LANGUAGE and wikigold/en with train.conll (words and IOB2 tags of PER, LOC, ORG); every one is a task. Short labels made by machine
(WikiANN) and real sentences labelled by people (Universal NER, WikiGold) are mixed, since WikiANN alone makes taggers that see entities
everywhere. The languages af, az, et, hi and lt are left out, so that results on them show what the model does with languages it was not
taught. WORK is a folder for what lies between the stages, logs and checkpoints: the same command goes on where it was stopped.

Two stages: multi-task training, which brings theta and phi near the task, then MAML, whose inner step is what a device does.
"""

import subprocess
import sys
from pathlib import Path

LEFT_OUT = {"af", "az", "et", "hi", "lt"}
CORPORA = {"g": "wikigold", "u": "uner", "w": "wikiann"}


def tasks(data):
    for letter, corpus in CORPORA.items():
        for language in sorted(p.name for p in (data / corpus).iterdir() if p.is_dir()):
            if corpus != "wikiann" or language not in LEFT_OUT:
                yield f"{letter}-{language}={data / corpus / language / 'train.conll'}"


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    primer, raw, data, work = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
    work.mkdir(parents=True, exist_ok=True)
    common = [primer, "prime", "--task", *tasks(data), "--method", "adapter"]

    def stage(name, model, out, adapter, *options):
        files = ["--model", model, "--out", out, "--adapter-out", adapter]
        kept = ["--log", work / f"{name}.jsonl", "--checkpoint", work / f"{name}.checkpoint"]
        subprocess.run([*common, *files, *kept, *options], check=True)

    first = work / "multi-task.gguf", work / "multi-task.safetensors"
    if not first[1].exists():
        stage("multi-task", raw, *first, "--algorithm", "multi-task", "--steps", "700", "--seed", "0")
    last = "models/primer-mini.gguf", "models/per-loc-org.safetensors"
    stage("maml", first[0], *last, "--from", first[1], "--steps", "1500", "--seed", "5")


if __name__ == "__main__":
    main()
