#!/usr/bin/env python3
"""Adapt with Primer and with PyTorch side by side: the same backbone, sentences, batches and threads, in turns.

    tools/compare_torch.py --primer PRIMER --bench WHOLE_RUN --model BACKBONE --data DATA [--json]

PRIMER is the command line's binary (cargo build --release --features cli), WHOLE_RUN the benchmark's (the path that
`cargo bench --bench whole_run --no-run` prints), BACKBONE a Hugging Face folder of a BERT (tools/import_me5.py), DATA a
folder with train.conll. Needs torch, transformers, peft, tokenizers and safetensors; run it with the python3 that has them.

Every part runs in a process of its own; a round is ours, theirs, ours, theirs, ...; the figures are medians over the
rounds. PyTorch runs as its user would run it, with nothing left to slow it down: batches padded to their longest
sentence, scaled-dot-product attention, no dropout, the fused AdamW, threads that do not spin (OMP_WAIT_POLICY=passive:
spinning made it many times slower on a busy machine). Both sides clip gradients to a norm of 1 and follow the same
learning rates. A step is compared on the batches that Primer reports to have drawn.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

METHODS = ["adapter", "lora", "full"]
WARM_UP = 3
BATCH = 16
RATES = {"head": (1e-2, 1e-2), "adapter": (2e-3, 2e-3), "lora": (2e-3, 2e-3), "full": (1e-4, 1e-3)}
SHOTS, EPOCHS = 100, 20


def read_conll(path):
    """[(words, tags)]"""
    sentences, words, tags = [], [], []
    for line in [*Path(path).read_text(encoding="utf-8").split("\n"), ""]:
        if line:
            columns = line.split()
            words.append(columns[0])
            tags.append(columns[-1])
        elif words:
            sentences.append((words, tags))
            words, tags = [], []
    return sentences


# --- PyTorch's side; its packages are imported only in the processes that measure it ---------------------------------


def encode(model, sentences):
    """[(piece ids, targets)], a target for the first piece of a word that is not a bare blank, as Primer labels it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    first, last, blank = (tokenizer.token_to_id(piece) for piece in ("<s>", "</s>", "▁"))
    tags = ["O"] + sorted({tag for _, tags in sentences for tag in tags} - {"O"})
    examples = []
    for words, labels in sentences:
        ids, targets = [first], [-100]
        for word, label in zip(tokenizer.encode_batch(words, add_special_tokens=False), labels):
            if word.ids:
                at = len(ids) + next((i for i, piece in enumerate(word.ids) if piece != blank), 0)
                ids += word.ids
                targets += [-100] * len(word.ids)
                targets[at] = tags.index(label)
        examples.append((ids + [last], targets + [-100]))
    return examples, len(tags)


def padded(batch):
    import torch

    length = max(len(ids) for ids, _ in batch)
    fill = lambda rows, value: torch.tensor([row + [value] * (length - len(row)) for row in rows])
    mask = fill([[1] * len(ids) for ids, _ in batch], 0)
    return fill([ids for ids, _ in batch], 1), mask, fill([targets for _, targets in batch], -100)


def build(method, model, tags):
    """A tagger and the names of its trained parameters."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(
        model, num_labels=tags, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    transformers.logging.set_verbosity_error()
    tagger = transformers.BertForTokenClassification.from_pretrained(
        model, config=config, attn_implementation="sdpa", torch_dtype=torch.float32
    )
    if method == "full":
        return tagger
    if method == "lora":
        import peft

        lora = peft.LoraConfig(
            task_type=peft.TaskType.TOKEN_CLS, r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["query", "value"]
        )
        return peft.get_peft_model(tagger, lora)
    for parameter in tagger.bert.parameters():
        parameter.requires_grad_(False)
    if method == "adapter":
        for layer in tagger.bert.encoder.layer:
            layer.output = pfeiffer(layer.output, config.hidden_size)
    return tagger


def pfeiffer(output, hidden, reduction=16):
    """AdapterHub's seq_bn by hand, which spares the library's own overhead."""
    import torch
    from torch import nn

    class Output(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense, self.LayerNorm = output.dense, output.LayerNorm
            self.down, self.up = nn.Linear(hidden, hidden // reduction), nn.Linear(hidden // reduction, hidden)
            for linear in (self.down, self.up):
                nn.init.normal_(linear.weight, std=0.02)
                nn.init.zeros_(linear.bias)

        def forward(self, states, residual):
            y = self.dense(states)
            narrow = torch.relu(self.down(self.LayerNorm(y + residual)))
            return self.LayerNorm(self.up(narrow) + y + residual)

    return Output()


def optimizer(method, tagger, steps):
    import torch

    rate, head_rate = RATES[method]
    trained = [(name, p) for name, p in tagger.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in trained if "classifier" not in name], "lr": rate},
        {"params": [p for name, p in trained if "classifier" in name], "lr": head_rate},
    ]
    adam = torch.optim.AdamW([g for g in groups if g["params"]], weight_decay=0.01, fused=True)
    warm_up = round(0.1 * steps)
    factor = lambda step: min((step + 1) / (warm_up + 1), (steps - step) / max(1, steps - warm_up))
    return adam, torch.optim.lr_scheduler.LambdaLR(adam, factor), [p for _, p in trained]


def update(loss, adam, schedule, trained):
    import torch

    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    adam.step()
    schedule.step()
    adam.zero_grad()
    return loss.item()


def torch_steps(a, method):
    examples, tags = encode(a.model, read_conll(Path(a.data) / "train.conll"))
    batches = json.loads(Path(a.batches).read_text())
    tagger = build(method, a.model, tags).train()
    parts = optimizer(method, tagger, len(batches))
    wall, cpu, losses = [], [], []
    for batch in batches:
        begun, cpu_begun = time.perf_counter(), time.process_time()
        ids, mask, targets = padded([examples[i] for i in batch])
        losses.append(update(tagger(ids, attention_mask=mask, labels=targets).loss, *parts))
        wall.append(1e3 * (time.perf_counter() - begun))
        cpu.append(1e3 * (time.process_time() - cpu_begun))
    return {
        "parameters": sum(p.numel() for p in parts[2]),
        "step_ms_median": statistics.median(wall[WARM_UP:]),
        "step_ms_min": min(wall[WARM_UP:]),
        "step_cpu_ms_median": statistics.median(cpu[WARM_UP:]),
        "final_loss": losses[-1],
    }


def torch_head(a, cached):
    """Head tuning; with `cached`, the frozen encoder's output is kept by hand, as no library does it for its user."""
    import random

    import torch
    from safetensors.torch import save_file

    examples, tags = encode(a.model, read_conll(a.shots))
    tagger = build("head", a.model, tags).train()
    order = list(range(len(examples)))
    chance = random.Random(0)
    parts = optimizer("head", tagger, EPOCHS * -(-len(order) // BATCH))
    if cached:
        rows, labels = [None] * len(order), [None] * len(order)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            ids, mask, targets = padded([examples[i] for i in places])
            with torch.inference_mode():
                states = tagger.bert(ids, attention_mask=mask).last_hidden_state
            for place, state, target in zip(places, states, targets):
                rows[place], labels[place] = state[target >= 0].clone(), target[target >= 0].clone()
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            if cached:
                logits = tagger.classifier(torch.cat([rows[i] for i in places]))
                loss = torch.nn.functional.cross_entropy(logits, torch.cat([labels[i] for i in places]))
            else:
                ids, mask, targets = padded([examples[i] for i in places])
                loss = tagger(ids, attention_mask=mask, labels=targets).loss
            final = update(loss, *parts)
    save_file({name: p.detach() for name, p in tagger.classifier.named_parameters()}, a.out)
    return {"final_loss": final}


# --- the comparison ---------------------------------------------------------------------------------------------------


def measured(command):
    """The object that `command` prints at last, with the seconds and the peak memory of its process."""
    environment = {
        **os.environ,
        "OMP_WAIT_POLICY": "passive",
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_OFFLINE": "1",
    }
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begun = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{err.read()[-2000:]}")
        lines = out.read().strip()
    result = {}
    try:
        result = json.loads(lines)
    except json.JSONDecodeError:
        result = json.loads(lines.splitlines()[-1]) if lines else {}
    resident = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        **result,
        "process_seconds": seconds,
        "process_cpu_seconds": usage.ru_utime + usage.ru_stime,
        "process_peak_mib": resident / 2**20,
    }


def rounds(a, folder):
    """{(part, side): [result a round]}, in turns."""
    train = Path(a.data) / "train.conll"
    batches = folder / "batches.json"
    shots = folder / "shots.conll"
    chosen = read_conll(train)[:SHOTS]
    shots.write_text("".join("\n".join(map("\t".join, zip(*s))) + "\n\n" for s in chosen), encoding="utf-8")
    for file in Path(a.model).iterdir():
        # A warm disk for both.
        with open(file, "rb") as stream:
            while stream.read(1 << 24):
                pass

    def theirs(part):
        options = ["--model", a.model, "--data", a.data, "--threads", a.threads, "--batches", batches]
        options += ["--shots", shots, "--out", folder / "torch.safetensors"]
        return measured([sys.executable, __file__, "--part", part, *options])

    def ours(method):
        command = [a.bench, "--model", a.model, "--train", train, "--method", method, "--batch", BATCH]
        result = measured([*command, "--threads", a.threads, "--steps", a.steps, "--batches"])
        batches.write_text(json.dumps(result.pop("batches")))
        return result

    def our_head():
        command = [a.primer, "adapt", "--model", a.model, "--train", shots, "--method", "head", "--batch", BATCH]
        command += ["--epochs", EPOCHS, "--threads", a.threads, "--out", folder / "primer.safetensors", "--quiet"]
        return measured([*command, "--json"])

    results = {}
    add = lambda part, side, result: results.setdefault((part, side), []).append(result)
    parts = a.parts.split(",")
    for number in range(a.rounds):
        for method in [m for m in METHODS if m in parts]:
            add(method, "ours", ours(method))
            add(method, "theirs", theirs(method))
        if "head" in parts:
            add("head", "ours", our_head())
            add("head", "theirs", theirs("head"))
            add("head", "theirs, cached by hand", theirs("head-cached"))
        print(f"round {number + 1} of {a.rounds} is done", file=sys.stderr)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--primer", help="the command line's binary")
    parser.add_argument("--bench", help="the binary of benches/whole_run.rs")
    parser.add_argument("--model", required=True, help="Hugging Face folder of the backbone")
    parser.add_argument("--data", required=True, help="folder with train.conll")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15, help=f"a process; the first {WARM_UP} are not counted")
    parser.add_argument("--parts", default="adapter,lora,full,head")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    for name in ("part", "batches", "shots", "out"):
        parser.add_argument("--" + name, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.part:
        import torch

        torch.set_num_threads(a.threads)
        torch.manual_seed(0)
        if a.part.startswith("head"):
            result = torch_head(a, cached=a.part == "head-cached")
        else:
            result = torch_steps(a, a.part)
        print(json.dumps({**result, "torch": torch.__version__}))
        return
    if not a.primer or not a.bench:
        parser.error("--primer and --bench are needed")
    with tempfile.TemporaryDirectory() as folder:
        report(a, rounds(a, Path(folder)))


def report(a, results):
    middle = lambda part, side, key: statistics.median(r[key] for r in results[part, side])
    ratio = lambda part, key: round(middle(part, "theirs", key) / middle(part, "ours", key), 3)
    parts = list(dict.fromkeys(part for part, _ in results))
    answer = {f"{m}_step_speedup": ratio(m, "step_ms_median") for m in METHODS if m in parts}
    if "head" in parts:
        answer["head_tuning_speedup"] = ratio("head", "process_seconds")
    if "adapter" in parts:
        answer["adapter_peak_memory_share"] = round(1 / ratio("adapter", "process_peak_mib"), 3)
    extra = {f"{m}_step_cpu_speedup": ratio(m, "step_cpu_ms_median") for m in METHODS if m in parts}
    if "head" in parts:
        cached = middle("head", "theirs, cached by hand", "process_seconds")
        extra["head_tuning_speedup_where_torch_caches_by_hand"] = round(cached / middle("head", "ours", "process_seconds"), 3)
    rows = []
    for part, side in results:
        row = {"part": part, "side": side}
        for key in ("step_ms_median", "step_cpu_ms_median", "process_seconds", "process_cpu_seconds", "process_peak_mib"):
            if key in results[part, side][0]:
                row[key] = [round(r[key], 2) for r in results[part, side]]
        rows.append(row)
    if a.json:
        print(json.dumps({**answer, **extra, "threads": a.threads, "rounds": a.rounds, "steps": a.steps, "runs": rows}))
        return
    columns = ["step_ms_median", "step_cpu_ms_median", "process_seconds", "process_cpu_seconds", "process_peak_mib"]
    print("| part | side | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 2))
    for row in rows:
        cells = [f"{statistics.median(row[c]):.1f}" if c in row else "" for c in columns]
        print(f"| {row['part']} | {row['side']} | " + " | ".join(cells) + " |")
    for key, value in {**answer, **extra}.items():
        print(f"{key} {value}")


if __name__ == "__main__":
    main()
