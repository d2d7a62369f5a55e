#!/usr/bin/env python3
"""Tag, adapt and prime on a GPU with Primer and with PyTorch, in turns: the same backbone, sentences and GPU.

    tools/compare_torch_gpu.py --primer PRIMER --bench WHOLE_RUN --tagging TAGGING --model BACKBONE --data DATA [--json]

PRIMER is the command line's binary, WHOLE_RUN and TAGGING those of the benchmarks, all built with the feature cuda
(docs/gpu.md); BACKBONE a Hugging Face folder of a BERT (tools/import_me5.py), DATA a folder with train.conll. Needs what
tools/compare_torch.py needs, of which this is the continuation, and a PyTorch that has the device.

Every part runs in a process of its own, ours, theirs, ours, theirs, ...; figures are medians over the rounds. PyTorch runs
as its user would run it: scaled-dot-product attention, batches padded to their longest sentence (sorted by length for
tagging), the fused AdamW, bf16 by autocast with 32-bit parameters, and with and without torch.compile: the quicker of the
two counts. Both sides start from words and end with tags (tagging), or with the updated parameters and the loss (adapting
and priming). With --device cpu everything runs on the processor: that tests this file, and compares nothing.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from compare_torch import BATCH, METHODS, build, encode, measured, optimizer, padded, read_conll, update

SUPPORT = QUERY = 16


# --- PyTorch's side ---------------------------------------------------------------------------------------------------


def precision(a):
    """The context of a forward pass."""
    import contextlib

    import torch

    if a.precision == "f32":
        return contextlib.nullcontext()
    return torch.autocast(a.device.split(":")[0], dtype=torch.bfloat16)


def finished(a):
    """Waits for the device."""
    import torch

    if a.device != "cpu":
        torch.cuda.synchronize()


def on_device(a, batch):
    return [part.to(a.device, non_blocking=True) for part in padded(batch)]


def compiled(a, tagger):
    import torch

    return torch.compile(tagger, dynamic=True) if a.compile else tagger


def torch_adapt(a):
    examples, tags = encode(a.model, read_conll(Path(a.data) / "train.conll"))
    batches = json.loads(Path(a.batches).read_text())
    tagger = build(a.method, a.model, tags).train().to(a.device)
    parts = optimizer(a.method, tagger, len(batches))
    run = compiled(a, tagger)
    wall = []
    for batch in batches:
        finished(a)
        begun = time.perf_counter()
        ids, mask, targets = on_device(a, [examples[i] for i in batch])
        with precision(a):
            loss = run(ids, attention_mask=mask, labels=targets).loss
        final = update(loss, *parts)
        wall.append(1e3 * (time.perf_counter() - begun))
    # torch.compile takes its time at the first steps, whatever their lengths.
    return {"step_ms_median": statistics.median(wall[len(wall) // 3 :]), "final_loss": final}


def torch_tag(a):
    import torch
    from tokenizers import Tokenizer

    sentences = [words for words, _ in read_conll(Path(a.data) / "train.conll")][: a.sentences]
    tokenizer = Tokenizer.from_file(str(Path(a.model) / "tokenizer.json"))
    first, last = (tokenizer.token_to_id(piece) for piece in ("<s>", "</s>"))
    tagger = build("adapter", a.model, 7).eval().to(a.device)
    if a.precision == "bf16":
        tagger = tagger.to(torch.bfloat16)
    run = compiled(a, tagger)

    def tag(batch):
        """The tags of every word of every sentence, by its first piece."""
        words = tokenizer.encode_batch([word for sentence in batch for word in sentence], add_special_tokens=False)
        at, rows = 0, []
        for sentence in batch:
            ids, places = [first], []
            for word in words[at : at + len(sentence)]:
                places.append(len(ids))
                ids += word.ids or [3]
            at += len(sentence)
            rows.append((ids[:511] + [last], [place for place in places if place < 511]))
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
        tags = [None] * len(rows)
        for start in range(0, len(order), 256):
            chosen = order[start : start + 256]
            ids, mask, _ = on_device(a, [(rows[i][0], [0] * len(rows[i][0])) for i in chosen])
            with torch.inference_mode():
                best = run(ids, attention_mask=mask).logits.argmax(-1).cpu()
            for i, row in zip(chosen, best):
                tags[i] = row[rows[i][1]].tolist()
        return tags

    tag(sentences[: a.batch])
    tag(sentences[: a.batch])
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < a.seconds:
        for start in range(0, len(sentences) - a.batch + 1, a.batch):
            tag(sentences[start : start + a.batch])
            done += a.batch
    return {"sentences_per_second": done / (time.perf_counter() - begun)}


def torch_prime(a):
    """First-order MAML with one inner step on adapters and head; the backbone is updated outside."""
    import torch

    examples, tags = encode(a.model, read_conll(Path(a.data) / "train.conll"))
    tagger = build("adapter", a.model, tags).train().to(a.device)
    inner = {n: p for n, p in tagger.named_parameters() if ".down." in n or ".up." in n or "classifier" in n}
    tagger.requires_grad_(True)
    tagger.bert.embeddings.word_embeddings.requires_grad_(False)
    trained = {n: p for n, p in tagger.named_parameters() if p.requires_grad}
    adam = torch.optim.AdamW(list(trained.values()), lr=1e-4, fused=True)
    run = compiled(a, tagger)

    def loss_of(batch, parameters):
        ids, mask, targets = on_device(a, batch)
        inputs = {"attention_mask": mask, "labels": targets}
        with precision(a):
            return torch.func.functional_call(run, parameters, (ids,), inputs).loss

    wall = []
    for step in range(a.steps):
        finished(a)
        begun = time.perf_counter()
        start = step * (SUPPORT + QUERY) % max(1, len(examples) - SUPPORT - QUERY)
        support = loss_of(examples[start : start + SUPPORT], trained)
        gradients = torch.autograd.grad(support, list(inner.values()))
        adapted = {n: (p - 0.1 * g).detach().requires_grad_() for (n, p), g in zip(inner.items(), gradients)}
        query = loss_of(examples[start + SUPPORT : start + SUPPORT + QUERY], {**trained, **adapted})
        at = {**trained, **adapted}
        for (name, parameter), gradient in zip(trained.items(), torch.autograd.grad(query, list(at.values()))):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
        adam.step()
        query.item()
        wall.append(1e3 * (time.perf_counter() - begun))
    return {"step_ms_median": statistics.median(wall[len(wall) // 3 :])}


# --- the comparison ---------------------------------------------------------------------------------------------------


def theirs(a, part, mode, extra=()):
    """The quicker of PyTorch with and without its compiler."""
    tried = {}
    for compiles in [False, True] if a.compile_too else [False]:
        options = ["--model", a.model, "--data", a.data, "--device", a.device, "--precision", mode]
        options += ["--steps", a.steps, "--seconds", a.seconds, "--sentences", a.sentences, *extra]
        command = [sys.executable, __file__, "--part", part, *options]
        if not compiles:
            tried["eager"] = measured(command)
            continue
        try:
            tried["compiled"] = measured([*command, "--compile"])
        except SystemExit as failure:
            # What its compiler cannot do is no reason to do without the rest.
            print(f"torch.compile: {failure}", file=sys.stderr)
    speed = lambda r: r.get("sentences_per_second") or 1 / r["step_ms_median"]
    best = max(tried, key=lambda name: speed(tried[name]))
    return {**tried[best], "best": best}


def ours_adapt(a, method, mode, batches):
    command = [a.bench, "--model", a.model, "--train", Path(a.data) / "train.conll", "--method", method]
    command += ["--batch", BATCH, "--steps", a.steps, "--threads", a.threads, "--device", a.device, "--batches"]
    result = measured([*command, *(["--bf16"] if mode == "bf16" else [])])
    batches.write_text(json.dumps(result.pop("batches")))
    return result


def ours_tag(a, mode, adapter):
    command = [a.tagging, "--model", a.model, "--adapter", adapter, "--data", Path(a.data) / "train.conll"]
    command += ["--batch", a.batch, "--threads", a.threads, "--device", a.device, "--precision", mode]
    return measured([*command, "--seconds", a.seconds, "--sentences", a.sentences])


def ours_prime(a, mode, folder):
    log = folder / "prime.jsonl"
    log.unlink(missing_ok=True)
    command = [a.primer, "prime", "--model", a.model, "--task", Path(a.data) / "train.conll", "--method", "adapter"]
    command += ["--steps", a.steps, "--support", SUPPORT, "--query", QUERY, "--inner-lr", "0.1", "--quiet", "--json"]
    command += ["--threads", a.threads, "--device", a.device, "--precision", mode, "--log", log]
    measured([*command, "--out", folder / "primed.gguf", "--adapter-out", folder / "phi.safetensors"])
    seconds = [json.loads(line)["seconds"] for line in log.read_text().splitlines()]
    steps = [1e3 * (b - a) for a, b in zip(seconds, seconds[1:])]
    return {"step_ms_median": statistics.median(steps[len(steps) // 3 :])}


def rounds(a, folder):
    batches, adapter = folder / "batches.json", folder / "adapter.safetensors"
    if "tag" in a.parts:
        train = ["--model", a.model, "--train", Path(a.data) / "train.conll", "--shots", 100, "--epochs", 1]
        measured([a.primer, "adapt", *train, "--method", "adapter", "--quiet", "--json", "--out", adapter])
    results = {}
    add = lambda name, side, result: results.setdefault(name, {}).setdefault(side, []).append(result)
    for number in range(a.rounds):
        for mode in a.precisions.split(","):
            if a.device == "cpu" and mode == "bf16":
                continue
            for method in METHODS if "adapt" in a.parts else []:
                add(f"{method}_step_{mode}", "ours", ours_adapt(a, method, mode, batches))
                extra = ["--method", method, "--batches", batches]
                add(f"{method}_step_{mode}", "theirs", theirs(a, "adapt", mode, extra))
            if "tag" in a.parts:
                add(f"tagging_{mode}", "ours", ours_tag(a, mode, adapter))
                add(f"tagging_{mode}", "theirs", theirs(a, "tag", mode, ["--batch", a.batch]))
            if "prime" in a.parts:
                add(f"priming_step_{mode}", "ours", ours_prime(a, mode, folder))
                add(f"priming_step_{mode}", "theirs", theirs(a, "prime", mode))
        print(f"round {number + 1} of {a.rounds} is done", file=sys.stderr)
    return results


def report(a, results):
    answer, rows = {}, []
    for name, sides in results.items():
        tagging = name.startswith("tagging")
        key = "sentences_per_second" if tagging else "step_ms_median"
        ours, theirs = ([r[key] for r in sides[side]] for side in ("ours", "theirs"))
        a_median, b_median = statistics.median(ours), statistics.median(theirs)
        answer[f"{name}_speedup"] = round(a_median / b_median if tagging else b_median / a_median, 3)
        best = [r["best"] for r in sides["theirs"]]
        rows.append({"part": name, "unit": key, "ours": ours, "theirs": theirs, "best of theirs": best})
    if a.json:
        print(json.dumps({**answer, "device": a.device, "rounds": a.rounds, "steps": a.steps, "runs": rows}))
        return
    for row in rows:
        print(f"{row['part']:24} {row['unit']:22} ours {row['ours']}  theirs {row['theirs']} ({row['best of theirs']})")
    for key, value in answer.items():
        print(f"{key} {value}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--primer", help="the command line's binary")
    parser.add_argument("--bench", help="the binary of benches/whole_run.rs")
    parser.add_argument("--tagging", help="the binary of benches/tagging.rs")
    parser.add_argument("--model", required=True, help="Hugging Face folder of the backbone")
    parser.add_argument("--data", required=True, help="folder with train.conll")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--precisions", default="f32,bf16")
    parser.add_argument("--parts", default="adapt,tag,prime")
    parser.add_argument("--no-compile", dest="compile_too", action="store_false", help="leave torch.compile out")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=256, help="sentences a call in tagging")
    parser.add_argument("--sentences", type=int, default=2048, help="sentences to tag, again and again")
    parser.add_argument("--seconds", type=float, default=5.0, help="of tagging")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    for name in ("part", "method", "batches", "precision"):
        parser.add_argument("--" + name, help=argparse.SUPPRESS)
    parser.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.part:
        import torch

        torch.manual_seed(0)
        run = {"adapt": torch_adapt, "tag": torch_tag, "prime": torch_prime}[a.part]
        print(json.dumps({**run(a), "torch": torch.__version__}))
        return
    for name in ("primer", "bench", "tagging"):
        if not getattr(a, name):
            parser.error(f"--{name} is needed")
    with tempfile.TemporaryDirectory() as folder:
        report(a, rounds(a, Path(folder)))


if __name__ == "__main__":
    main()
