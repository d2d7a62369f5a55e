#!/usr/bin/env python3
"""Run the adaptations of docs/results.md and print its table.

Usage:
    tools/results.py PRIMER MODEL ADAPTER DATA OUT [LANGUAGE ...]

PRIMER is the command line's binary, MODEL and ADAPTER the shipped files, DATA a folder LANGUAGE/{train,dev}.conll, OUT a folder for
adapters and logs. A run whose result is in OUT already is not run again.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

RUNS = [
    ("raw, 100 sentences", ["--shots", "100", "--epochs", "30", "--lr", "3e-3"]),
    ("raw, all sentences", ["--lr", "2e-3"]),
    ("from the shipped adapter, 100 sentences", ["--shots", "100", "--epochs", "10", "--lr", "1e-3", "--from", "ADAPTER"]),
]


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    primer, model, adapter, data, out = sys.argv[1:6]
    languages = sys.argv[6:] or ["af", "az", "et", "hi", "lt"]
    Path(out).mkdir(parents=True, exist_ok=True)
    print("| language | run | sentences | epoch kept | F1 before | F1 | strict F1 | seconds | peak MiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for language in languages:
        for number, (name, options) in enumerate(RUNS):
            target = Path(out) / f"{language}-{number}.safetensors"
            log = target.with_suffix(".json")
            files = {part: str(Path(data) / language / f"{part}.conll") for part in ("train", "dev")}
            options = [adapter if o == "ADAPTER" else o for o in options]
            if not log.exists():
                command = [primer, "adapt", "--model", model, "--train", files["train"], "--dev", files["dev"]]
                command += ["--method", "adapter", "--seed", "0", "--json", "--quiet", "--out", str(target), *options]
                card = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                scored = [primer, "eval", "--model", model, "--adapter", str(target), "--json", "--quiet", files["dev"]]
                evaluation = json.loads(subprocess.run(scored, check=True, capture_output=True, text=True).stdout)
                result = {"command": command, "card": card, "evaluation": evaluation, "time": time.time()}
                log.write_text(json.dumps(result, indent=1))
            result = json.loads(log.read_text())
            training, evaluation = result["card"]["training"], result["evaluation"]
            print(
                f"| {language} | {name} | {training['sentences']} | {training['best_epoch']} of {len(training['epochs'])} "
                f"| {100 * training['initial_f1']:.1f} | {100 * evaluation['micro']['f1']:.1f} "
                f"| {100 * evaluation['strict']['micro']['f1']:.1f} | {training['seconds']:.0f} "
                f"| {training['peak_memory'] / 2**20:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
