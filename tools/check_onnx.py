#!/usr/bin/env python3
"""Check that the ONNX files which Primer writes are valid and give the same numbers in ONNX Runtime for Python.

Every file goes through the ONNX checker (with shape inference), and the same pieces go through it one by one and in one
padded batch, with random ids as padding; the logits must be those of Primer's native engine to 1e-3.

Usage:
    PRIMER_ONNX_CASES=FOLDER cargo test --release --features cli --lib onnx::engine_test::write_cases -- --ignored
    tools/check_onnx.py FOLDER

The first command writes a small model for every method, and the pieces with the native engine's logits. Where
PRIMER_ONNX_MODEL and PRIMER_ONNX_ADAPTER name a model and an adapter, it adds these. Needs onnx, onnxruntime and numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-3


def padded(ids, rng):
    """Sequences as rows of one batch; padding may hold any piece."""
    length = max(map(len, ids))
    batch = rng.integers(0, 4, (len(ids), length), dtype=np.int64)
    mask = np.zeros((len(ids), length), dtype=np.int64)
    for row, sequence in enumerate(ids):
        batch[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return batch, mask


def worst_difference(path, rng):
    case = json.loads(path.with_suffix(".json").read_text())
    expected = np.array(case["logits"], dtype=np.float32).reshape(-1, case["tags"])
    expected = np.split(expected, np.cumsum([len(i) for i in case["ids"]])[:-1])
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for rows in [range(len(expected)), *([row] for row in range(len(expected)))]:
        ids, mask = padded([case["ids"][row] for row in rows], rng)
        (logits,) = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
        for at, row in enumerate(rows):
            difference = np.abs(logits[at, : len(expected[row])] - expected[row]).max()
            worst = max(worst, float(difference))
    return worst


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    files = sorted(Path(sys.argv[1]).glob("*.onnx"))
    if not files:
        sys.exit("the folder holds no .onnx file")
    rng = np.random.default_rng(1)
    result = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "worst difference": {}}
    for path in files:
        onnx.checker.check_model(str(path), full_check=True)
        result["worst difference"][path.stem] = worst_difference(path, rng)
    print(json.dumps(result, indent=2))
    if not max(result["worst difference"].values()) <= TOLERANCE:
        sys.exit(f"a difference is above {TOLERANCE}")


if __name__ == "__main__":
    main()
