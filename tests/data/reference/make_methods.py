"""Reference numbers of methods that came later: (IA)³ by Hugging Face PEFT, parallel adapters by AdapterHub.

Usage: make_methods.py BACKBONE FOLDER, with the backbone of `make backbone` and the folder of this script, whose
`reference.safetensors` holds the sentences and the head. Needs torch 2.5, transformers 4.45, peft 0.13 and adapters 1.0.
Writes methods.json, methods.safetensors and a folder of each adapter.
"""

import json
import sys

import adapters
import peft
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, BertForTokenClassification

BACKBONE, FOLDER = sys.argv[1:3]
torch.set_num_threads(1)
reference = load_file(f"{FOLDER}/reference.safetensors")
ids, mask, labels = (reference[name] for name in ("input_ids", "attention_mask", "labels"))
versions = {module.__name__: module.__version__ for module in (adapters, peft, torch, transformers)}
numbers, logits = {"versions": versions}, {}


def backbone():
    config = AutoConfig.from_pretrained(
        BACKBONE, num_labels=7, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model = BertForTokenClassification.from_pretrained(BACKBONE, config=config, attn_implementation="eager").float()
    with torch.no_grad():
        model.classifier.weight.copy_(reference["head.weight"])
        model.classifier.bias.copy_(reference["head.bias"])
    return model.train(False)


def loss_of(model):
    rows = model(input_ids=ids, attention_mask=mask).logits
    loss = torch.nn.functional.cross_entropy(rows.reshape(-1, rows.shape[-1]), labels.reshape(-1), ignore_index=-100)
    return loss, rows


def train(model, arm, rate):
    parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW([p for _, p in parameters], lr=rate, weight_decay=0.01)
    losses = []
    for step in range(6):
        optimiser.zero_grad()
        loss, rows = loss_of(model)
        losses.append(loss.item())
        if step == 5:
            break
        loss.backward()
        if step == 0:
            logits[f"{arm}.logits"] = rows.detach().contiguous()
            numbers[f"{arm}.grad_norms"] = {n: p.grad.norm().item() for n, p in parameters if p.grad is not None}
        optimiser.step()
    numbers[f"{arm}.losses"] = losses
    print(arm, losses, len(parameters), flush=True)


def moved(model, part, mean):
    """Draws the parameters whose names contain `part` far from where they start."""
    torch.manual_seed(41)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if part in name:
                p.copy_(mean + torch.randn_like(p) * 0.05 * (4 if mean else 1))


# PEFT's own choice of modules for BERT: key, value, and what goes into both layers called output.dense.
model = peft.get_peft_model(backbone(), peft.IA3Config(task_type="TOKEN_CLS"))
moved(model, "ia3_l", 1.0)
model.save_pretrained(f"{FOLDER}/peft-ia3")
train(model, "ia3", 1e-3)

for arm, config in {
    "par_bn": adapters.ParBnConfig(reduction_factor=64),
    "par_bn_both": adapters.ParBnConfig(
        reduction_factor=96, mh_adapter=True, non_linearity="gelu", scaling=0.5, leave_out=[0, 1, 2, 3, 4, 5]
    ),
}.items():
    model = backbone()
    adapters.init(model)
    model.add_adapter("ner", config=config)
    model.set_active_adapters("ner")
    moved(model, "adapters.ner", 0.0)
    model.train_adapter("ner")
    model.train(False)
    for name, p in model.named_parameters():
        if name.startswith("classifier"):
            p.requires_grad_(True)
    model.save_adapter(f"{FOLDER}/adapterhub-{arm}", "ner", use_safetensors=True)
    train(model, arm, 1e-3)

with open(f"{FOLDER}/methods.json", "w") as file:
    json.dump(numbers, file, indent=1)
save_file(logits, f"{FOLDER}/methods.safetensors")
