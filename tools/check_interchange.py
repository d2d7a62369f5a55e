#!/usr/bin/env python3
"""Check that Primer reads the folders that Hugging Face PEFT and AdapterHub's adapters write, that they read Primer's, and that all
compute the same numbers.

Each case is an adapter folder: one of tests/data/reference, or one that the installed library writes here with random weights (patterns
of modules, ranks and scales, float types, flexible heads, ...). `primer export` reads it and writes it again, the library loads the
result and runs it over the reference sentences; the logits must be the original's to 1e-4.

Usage:
    tools/check_interchange.py PRIMER BACKBONE [PATTERN]

PATTERN is a regular expression: of the cases, those whose names it is found in. PRIMER is the command line's binary, BACKBONE a
Hugging Face folder of multilingual-e5-small (tools/import_me5.py). Needs torch, transformers, and peft or adapters: what is not
installed is passed over and named in the result (the current versions of the two want different versions of transformers, so that
each is checked in an environment of its own). The result of a run is recorded in docs/interchange.md.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

try:
    import peft
except ImportError:
    peft = None
try:
    import adapters
except ImportError:
    adapters = None

REFERENCE = Path(__file__).resolve().parent.parent / "tests" / "data" / "reference"
TYPES = "PER,ORG,LOC"
LABELS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
TOLERANCE = 1e-4


def base_model(backbone):
    torch.manual_seed(7)
    config = transformers.AutoConfig.from_pretrained(
        backbone, num_labels=7, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return transformers.BertForTokenClassification.from_pretrained(backbone, config=config).float().eval()


def randomise(model, part, mean=0.0):
    """Give the adapter's weights numbers that matter."""
    torch.manual_seed(8)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if part in name:
                parameter.normal_(mean=mean, std=0.2 if mean else 0.05)


def load_peft(backbone, folder):
    return peft.PeftModel.from_pretrained(base_model(backbone), str(folder)).eval()


def load_adapterhub(backbone, folder):
    model = base_model(backbone)
    adapters.init(model)
    model.set_active_adapters(model.load_adapter(str(folder), with_head=True, use_safetensors=True))
    return model.eval()


PEFT_CASES = {
    "list": dict(target_modules=["query", "value"]),
    "regular expression": dict(target_modules=r".*\.(query|value)"),
    "all-linear": dict(target_modules="all-linear", modules_to_save=["classifier"]),
    "excluded": dict(target_modules=["query", "dense"], exclude_modules=["output.dense"]),
    "layers": dict(target_modules=["key", "value"], layers_to_transform=[0, 5, 11], layers_pattern="layer"),
    "rank and alpha patterns": dict(
        target_modules=["query", "value", "intermediate.dense"],
        rank_pattern={"layer.3.attention.self.query": 2, "value": 12},
        alpha_pattern={r".*layer\.[0-4]\..*": 32},
    ),
    "rank patterns with rsLoRA": dict(target_modules=["query", "value"], rank_pattern={"value": 3}, use_rslora=True),
    "gaussian start": dict(target_modules=["query"], init_lora_weights="gaussian"),
    "orthogonal start": dict(target_modules=["query"], init_lora_weights="orthogonal"),
    "float64": dict(target_modules=["query", "value"]),
}

IA3_CASES = {
    "(IA)3, PEFT's own choice": dict(),
    "(IA)3, the paper's choice": dict(
        target_modules=r".*\.(self\.key|self\.value|\d\.output\.dense)", feedforward_modules=r".*output\.dense"
    ),
    "(IA)3 of outputs alone": dict(target_modules=["query", "intermediate.dense", "output.dense"], feedforward_modules=[]),
    "(IA)3 in some layers": dict(
        target_modules=r".*layer\.[35]\..*(value|attention\.output\.dense)", feedforward_modules=["attention.output.dense"]
    ),
}


def write_peft(backbone, name, folder):
    model = base_model(backbone)
    if name in IA3_CASES:
        config = peft.IA3Config(task_type="TOKEN_CLS", **IA3_CASES[name])
    else:
        config = peft.LoraConfig(task_type="TOKEN_CLS", r=8, lora_alpha=16, **PEFT_CASES[name])
    model = peft.get_peft_model(model, config).eval()
    randomise(model, "lora_")
    randomise(model, "ia3_l", mean=1.0)
    model.save_pretrained(str(folder))
    if name == "float64":
        path = folder / "adapter_model.safetensors"
        tensors = {key: tensor.double() for key, tensor in load_file(path).items()}
        save_file(tensors, path, metadata={"format": "pt"})
    return model


def write_adapterhub(backbone, name, folder):
    if name == "flexible head":
        model = adapters.AutoAdapterModel.from_pretrained(backbone).float()
        model.config.hidden_dropout_prob = 0.0
        model.add_adapter("ner", config="seq_bn")
        model.add_tagging_head("ner", num_labels=7, id2label=dict(enumerate(LABELS)))
        model.set_active_adapters("ner")
    else:
        model = base_model(backbone)
        adapters.init(model)
        model.add_adapter("ner", config=adapters.BnConfig.load(name))
        model.set_active_adapters("ner")
    model.eval()
    randomise(model, "adapters.")
    folder.parent.mkdir(exist_ok=True)
    model.save_adapter(str(folder), "ner", with_head=True, use_safetensors=True)
    return model


def logits(model, reference):
    with torch.no_grad():
        return model(input_ids=reference["input_ids"], attention_mask=reference["attention_mask"]).logits


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    primer, backbone = sys.argv[1:3]
    wanted = re.compile(sys.argv[3] if len(sys.argv) > 3 else "").search
    reference = load_file(REFERENCE / "reference.safetensors") | load_file(REFERENCE / "methods.safetensors")
    mask = reference["attention_mask"].bool()
    result = {"torch": torch.__version__, "transformers": transformers.__version__}
    worst = {}
    with tempfile.TemporaryDirectory() as scratch:

        def check(case, format, source, load, expected):
            out = Path(scratch) / "out" / str(len(worst))
            command = [primer, "export", "--model", backbone, "--adapter", str(source), "--types", TYPES]
            subprocess.run([*command, "--format", format, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
            worst[f"{format}: {case}"] = (logits(load(backbone, out), reference) - expected)[mask].abs().max().item()

        if peft:
            result["peft"] = peft.__version__
            for arm in filter(wanted, ["lora", "ia3"]):
                folder = REFERENCE / f"peft-{arm}"
                check(f"reference {arm}", "peft", folder, load_peft, reference[f"{arm}.logits"])
            for name in filter(wanted, PEFT_CASES | IA3_CASES):
                folder = Path(scratch) / "peft" / name
                model = write_peft(backbone, name, folder)
                check(name, "peft", folder, load_peft, logits(model, reference))
        if adapters:
            result["adapters"] = adapters.__version__
            for arm in filter(wanted, ["seq_bn", "double_seq_bn", "par_bn", "par_bn_both"]):
                expected = reference[f"{arm}.logits"]
                check(f"reference {arm}", "adapterhub", REFERENCE / f"adapterhub-{arm}", load_adapterhub, expected)
            for name in filter(wanted, ["seq_bn", "double_seq_bn", "par_bn", "flexible head"]):
                folder = Path(scratch) / "adapterhub" / name
                model = write_adapterhub(backbone, name, folder)
                check(name, "adapterhub", folder, load_adapterhub, logits(model, reference))
    missing = [name for name, module in [("peft", peft), ("adapters", adapters)] if module is None]
    if missing:
        result["not installed, not checked"] = missing
    result["worst difference"] = worst
    print(json.dumps(result, indent=2))
    if not worst or max(worst.values()) > TOLERANCE:
        sys.exit(f"a difference is above {TOLERANCE}, or nothing was checked")


if __name__ == "__main__":
    main()
