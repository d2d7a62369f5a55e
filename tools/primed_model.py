#!/usr/bin/env python3
"""Prime models/primer-mini.gguf, and make models/per-loc-org.safetensors with it.

RAW is the backbone before priming (models/README.md says how it is made). DATA holds wikiann/LANGUAGE, uner/LANGUAGE and wikigold/en with
train.conll (words and IOB2 tags of PER, LOC, ORG); every one is a task. Short labels made by machine (WikiANN) and real sentences labelled by
people (Universal NER, WikiGold) are mixed, since WikiANN alone makes taggers that see entities everywhere. The languages af, az, et, hi and lt
are left out, so that results on them show what the model does with languages it was not taught; F1 on their dev.conll goes to the model's card.
WORK is a folder for what lies between the stages, logs and checkpoints: the same command goes on where it was stopped.

Two stages: multi-task training, which brings theta and phi near the task, then MAML, whose inner step is what a device does.
"""

import argparse
import subprocess
from pathlib import Path

LEFT_OUT = ["af", "az", "et", "hi", "lt"]
CORPORA = {"g": "wikigold", "u": "uner", "w": "wikiann"}


def tasks(data):
    for letter, corpus in CORPORA.items():
        for language in sorted(p.name for p in (data / corpus).iterdir() if p.is_dir()):
            if corpus != "wikiann" or language not in LEFT_OUT:
                yield f"{letter}-{language}={data / corpus / language / 'train.conll'}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("primer", help="the command line program")
    parser.add_argument("raw", metavar="RAW")
    parser.add_argument("data", metavar="DATA", type=Path)
    parser.add_argument("work", metavar="WORK", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the two files (models)")
    parser.add_argument("--share", type=float, default=1, help="of the steps of each stage, to try the recipe (1)")
    return parser.parse_args()


def main():
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)
    common = [args.primer, "prime", "--task", *tasks(args.data), "--method", "adapter"]

    def stage(name, model, out, steps, *options):
        files = ["--model", model, "--out", out[0], "--adapter-out", out[1], "--steps", str(max(1, round(steps * args.share)))]
        kept = ["--log", args.work / f"{name}.jsonl", "--checkpoint", args.work / f"{name}.checkpoint"]
        subprocess.run([*common, *files, *kept, *options], check=True)

    first = args.work / "multi-task.gguf", args.work / "multi-task.safetensors"
    if not first[1].exists():
        stage("multi-task", args.raw, first, 700, "--algorithm", "multi-task", "--seed", "0")
    last = args.out / "primer-mini.gguf", args.out / "per-loc-org.safetensors"
    dev = [f"{language}={args.data / 'wikiann' / language / 'dev.conll'}" for language in LEFT_OUT]
    stage("maml", first[0], last, 1500, "--from", first[1], "--seed", "5", "--dev", *dev)


if __name__ == "__main__":
    main()
