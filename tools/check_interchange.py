#!/usr/bin/env python3
"""Check that folders which Primer writes load in Hugging Face PEFT and in AdapterHub's adapters, and give the same numbers there.

The reference adapters of tests/data/reference are read by Primer, written again by `primer export`, loaded by the library that the
format belongs to, and run over the reference sentences; the logits must be the reference's to 1e-4.

Usage:
    tools/check_interchange.py PRIMER BACKBONE

PRIMER is the command line's binary, BACKBONE a Hugging Face folder of multilingual-e5-small (tools/import_me5.py). Needs torch,
transformers, peft and adapters; the result of a run is recorded in docs/interchange.md.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import adapters
import peft
import torch
import transformers
from safetensors.torch import load_file

REFERENCE = Path(__file__).resolve().parent.parent / "tests" / "data" / "reference"
TYPES = "PER,ORG,LOC"
TOLERANCE = 1e-4


def base_model(backbone):
    config = transformers.AutoConfig.from_pretrained(
        backbone, num_labels=7, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return transformers.BertForTokenClassification.from_pretrained(backbone, config=config).float().eval()


def load_peft(backbone, folder):
    return peft.PeftModel.from_pretrained(base_model(backbone), str(folder)).eval()


def load_adapterhub(backbone, folder):
    model = base_model(backbone)
    adapters.init(model)
    model.set_active_adapters(model.load_adapter(str(folder), with_head=True, use_safetensors=True))
    return model.eval()


CASES = [
    ("peft-lora", "peft", "lora", load_peft),
    ("adapterhub-seq_bn", "adapterhub", "seq_bn", load_adapterhub),
    ("adapterhub-double_seq_bn", "adapterhub", "double_seq_bn", load_adapterhub),
]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    primer, backbone = sys.argv[1:]
    reference = load_file(REFERENCE / "reference.safetensors")
    mask = reference["attention_mask"]
    result = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
        "adapters": adapters.__version__,
        "worst difference": {},
    }
    with tempfile.TemporaryDirectory() as scratch:
        for source, format, arm, load in CASES:
            out = Path(scratch) / arm
            command = [primer, "export", "--model", backbone, "--adapter", str(REFERENCE / source), "--types", TYPES]
            subprocess.run([*command, "--format", format, "--out", str(out)], check=True)
            with torch.no_grad():
                logits = load(backbone, out)(input_ids=reference["input_ids"], attention_mask=mask).logits
            difference = (logits - reference[f"{arm}.logits"])[mask.bool()].abs().max().item()
            result["worst difference"][arm] = difference
    print(json.dumps(result, indent=2))
    if max(result["worst difference"].values()) > TOLERANCE:
        sys.exit(f"a difference is above {TOLERANCE}")


if __name__ == "__main__":
    main()
