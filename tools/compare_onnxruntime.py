#!/usr/bin/env python3
"""Tag with Primer and with ONNX Runtime side by side: the same weights, sentences, batches and threads, in turns.

    tools/compare_onnxruntime.py --primer PRIMER --bench TAGGING --model models/primer-mini.gguf \\
        --adapter models/per-loc-org.safetensors --data wikiann/af --data wikiann/az … [--candle CANDLE_BERT] [--json]

PRIMER is the command line's binary (cargo build --release --features cli), TAGGING the benchmark's (the path that
`cargo bench --bench tagging --no-run` prints), MODEL a GGUF file, ADAPTER a bottleneck adapter of it that tags in IOB2, DATA
folders with dev.conll, CANDLE_BERT the binary of tools/candle_bert. Needs onnxruntime, onnx, tokenizers, safetensors and numpy;
with torch and transformers, PyTorch's export of the same model is tried as well. Run it with the python3 that has them.

First the weights are written as 32-bit floats, in one file for Primer and as ONNX models for the other side. Then every way to
run ONNX Runtime that its users have is tried once (VARIANTS): the model as exported, its graph fused by
onnxruntime.transformers.optimizer, every setting of quantize_dynamic, threads that spin and that sleep, the optimised graph
saved beforehand. For each figure the fastest of them is what Primer is compared with; of 8-bit models those that lose more
than one point of F1 are not counted. Then rounds: ours, theirs, ours, theirs, …, each a process of its own that passes
over the same sentences in their natural order; figures are medians over the rounds.
"""

import argparse
import glob
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BATCHES = (1, 32)
WARM_UP = 2
# What quantize_dynamic is called with.
INT8 = {
    "int8": {},
    "int8 per channel": {"per_channel": True},
    "int8 reduced range": {"reduce_range": True},
    "int8 per channel, reduced range": {"per_channel": True, "reduce_range": True},
}
MAX_LOSS = 1.0


def read_conll(path):
    """[(words, tags)]"""
    sentences, words, tags = [], [], []
    for line in [*Path(path).read_text(encoding="utf-8").split("\n"), ""]:
        if line.strip():
            columns = line.split("\t") if "\t" in line else line.split()
            words.append(columns[0])
            tags.append(columns[-1])
        elif words:
            sentences.append((words, tags))
            words, tags = [], []
    return sentences


def entities(tags):
    """{(type, first, behind the last)}; as seqeval reads IOB2, an I- that continues nothing begins an entity."""
    found, start, kind = set(), 0, None
    for place, tag in enumerate([*tags, "O"]):
        letter, _, own = tag.partition("-")
        if kind is not None and (letter != "I" or own != kind):
            found.add((kind, start, place))
            kind = None
        if letter in "BI" and kind is None:
            start, kind = place, own
    return found


def f1(sentences, predicted):
    right = true = ours = 0
    for (_, tags), guess in zip(sentences, predicted):
        wanted, given = entities(tags), entities(guess)
        right, true, ours = right + len(wanted & given), true + len(wanted), ours + len(given)
    return 100 * 2 * right / max(1, true + ours)


# --- ONNX Runtime's side; its packages are imported only in the processes that measure it ----------------------------


def memory(name="VmRSS"):
    """Resident memory of this process in MiB, its pages' sum like `ps` has it."""
    found = re.search(name + r":\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


class Session:
    """Words in, tags out, as a user of ONNX Runtime and tokenizers writes it."""

    def __init__(self, model, folder, threads, spin, optimised=False):
        import onnxruntime
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self.first, self.last, self.pad, self.blank = map(self.tokenizer.token_to_id, ("<s>", "</s>", "<pad>", "▁"))
        labels = json.loads((Path(folder) / "config.json").read_text())["id2label"]
        self.labels = [labels[str(i)] for i in range(len(labels))]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        level = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_DISABLE_ALL if optimised else level.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def encode(self, words):
        """Piece ids, and for each word the place of its first piece that is not a bare blank, or none."""
        ids, places = [self.first], []
        for word in self.tokenizer.encode_batch(words, add_special_tokens=False):
            pieces = word.ids
            skipped = 1 if len(pieces) > 1 and pieces[0] == self.blank else 0
            places.append(len(ids) + skipped if pieces else None)
            ids += pieces
        return ids + [self.last], places

    def tag(self, sentences):
        import numpy

        encoded = [self.encode(words) for words in sentences]
        length = max(len(ids) for ids, _ in encoded)
        ids = numpy.full((len(encoded), length), self.pad, numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, (pieces, _) in enumerate(encoded):
            ids[row, : len(pieces)] = pieces
            mask[row, : len(pieces)] = 1
        (logits,) = self.session.run(None, {"input_ids": ids, "attention_mask": mask})
        best = logits.argmax(-1)
        return [
            ["O" if place is None else self.labels[best[row, place]] for place in places]
            for row, (_, places) in enumerate(encoded)
        ]


def timed(session, sentences, batch, seconds):
    """As benches/tagging.rs: whole passes over batches of the full size, until the time is over."""
    batches = [sentences[i : i + batch] for i in range(0, len(sentences) - batch + 1, batch)]
    for words in batches[:WARM_UP]:
        session.tag(words)
    wall, cpu, start = [], 0.0, time.perf_counter()
    while not wall or time.perf_counter() - start < seconds:
        for words in batches:
            begun, processor = time.perf_counter(), time.process_time()
            session.tag(words)
            wall.append((time.perf_counter() - begun) / batch)
            cpu += (time.process_time() - processor) / batch
    return {
        "sentences_per_second": len(wall) / sum(wall),
        "milliseconds_per_sentence_median": 1e3 * statistics.median(wall),
        "cpu_milliseconds_per_sentence": 1e3 * cpu / len(wall),
    }


def measure(a):
    """One process of ONNX Runtime's side, which tags nothing but one batch size."""
    import numpy  # noqa: F401
    import onnxruntime  # noqa: F401
    import tokenizers  # noqa: F401

    imported = {"imported_mib": memory(), "imported_at": time.time()}
    session = Session(a.onnx, a.folder, a.threads, a.spin, a.optimised)
    sentences = [words for words, _ in read_conll(a.sentences_file)]
    if a.first:
        session.tag(sentences[:1])
        return {"first_at": time.time(), "resident_mib": memory(), **imported}
    result = timed(session, sentences, a.batch, a.seconds)
    return {**result, "resident_mib": memory(), "peak_mib": memory("VmHWM"), **imported}


def trial(a):
    """One variant: its speed with threads that spin and that sleep, and its F1."""
    speeds = {}
    sentences = [words for words, _ in read_conll(a.sentences_file)]
    for spin in (True, False):
        session = Session(a.onnx, a.folder, a.threads, spin)
        for batch in BATCHES:
            speeds[f"{batch} {'spinning' if spin else 'sleeping'}"] = timed(session, sentences, batch, a.seconds)
    labelled = read_conll(a.dev_file)
    predicted = []
    for start in range(0, len(labelled), 32):
        predicted += session.tag([words for words, _ in labelled[start : start + 32]])
    return {"speeds": speeds, "f1": f1(labelled, predicted)}


def torch_export(a):
    """The same model by PyTorch's exporter, whose graphs onnxruntime.transformers.optimizer is written for."""
    import torch
    from safetensors.torch import load_file
    from torch import nn
    from transformers import BertConfig, BertForTokenClassification

    config = BertConfig.from_pretrained(a.folder)
    tagger = BertForTokenClassification(config).eval()
    weights = load_file(Path(a.folder) / "model.safetensors")
    missing, unexpected = tagger.load_state_dict(weights, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        sys.exit(f"the weights do not fit: {missing} {unexpected}")
    modules = load_file(a.adapter)

    class Output(nn.Module):
        """The layer's output with the adapter behind its norm: LN(s + up(relu(down(LN(s)))))."""

        def __init__(self, layer, output):
            super().__init__()
            self.dense, self.LayerNorm = output.dense, output.LayerNorm
            linear = []
            for name in ("down", "up"):
                stem = f"encoder.layer.{layer}.output.adapter_{name}"
                weight, bias = modules[stem + ".weight"], modules[stem + ".bias"]
                linear.append(nn.Linear(weight.shape[1], weight.shape[0]))
                linear[-1].weight.data, linear[-1].bias.data = weight, bias
            self.down, self.up = linear

        def forward(self, states, residual):
            y = self.dense(states) + residual
            return self.LayerNorm(self.up(torch.relu(self.down(self.LayerNorm(y)))) + y)

    for index, layer in enumerate(tagger.bert.encoder.layer):
        layer.output = Output(index, layer.output)

    class Logits(nn.Module):
        def __init__(self):
            super().__init__()
            self.tagger = tagger

        def forward(self, input_ids, attention_mask):
            return self.tagger(input_ids, attention_mask=attention_mask).logits

    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "batch", 1: "length"} for name in [*names, "logits"]}
    example = torch.ones(2, 8, dtype=torch.long)
    torch.onnx.export(
        Logits(),
        (example, example),
        a.out,
        input_names=names,
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        do_constant_folding=True,
    )
    return {"torch": torch.__version__}


def fuse(a):
    from onnxruntime.transformers import optimizer

    config = json.loads((Path(a.folder) / "config.json").read_text())
    model = optimizer.optimize_model(
        a.onnx, model_type="bert", num_heads=config["num_attention_heads"], hidden_size=config["hidden_size"]
    )
    model.save_model_to_file(a.out)
    return {"fused": {name: count for name, count in model.get_fused_operator_statistics().items() if count}}


def quantise(a):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    import onnx

    # Fused operators have no shapes that onnx could infer.
    extra = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(a.onnx, a.out, weight_type=QuantType.QInt8, extra_options=extra, **json.loads(a.settings))
    return {}


def optimise(a):
    """Saves the graph as the session has it, so that the next start need not optimise it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = a.out
    onnxruntime.InferenceSession(a.onnx, options, providers=["CPUExecutionProvider"])
    return {}


def versions(a):
    import numpy
    import onnxruntime
    import tokenizers

    library = glob.glob(str(Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime.so*"))
    packages = {"onnxruntime": onnxruntime, "tokenizers": tokenizers, "numpy": numpy}
    return {**{name: package.__version__ for name, package in packages.items()}, "library": next(iter(library), None)}


PARTS = [measure, trial, torch_export, fuse, quantise, optimise, versions]


# --- the comparison ---------------------------------------------------------------------------------------------------


def run(command, may_fail=False):
    """The object that `command` prints at last, when it began, and how long its process lived."""
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"}
    began = time.time()
    process = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
    ended = time.time()
    if process.returncode != 0:
        if may_fail:
            print(f"{command[2:4]} failed: {process.stderr[-300:]}", file=sys.stderr)
            return None
        sys.exit(f"{' '.join(map(str, command))} failed:\n{process.stderr[-2000:]}")
    lines = process.stdout.strip().splitlines()
    try:
        result = json.loads(process.stdout)
    except json.JSONDecodeError:
        result = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return {**result, "began": began, "process_seconds": ended - began}


class Comparison:
    def __init__(self, a, folder):
        self.a, self.folder = a, folder
        self.huggingface = folder / "huggingface"
        self.models = {}

    def part(self, name, may_fail=False, **options):
        command = [sys.executable, __file__, "--part", name, "--folder", self.huggingface, "--threads", self.a.threads]
        for key, value in options.items():
            command += [f"--{key.replace('_', '-')}"] + ([] if value is True else [value])
        return run(command, may_fail)

    def say(self, text):
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)

    def prepare(self):
        """The same weights for every side, in f32, and the sentences."""
        from unpack_model import unpack

        a = self.a
        unpack(a.model, self.huggingface, a.adapter)
        self.f32 = self.folder / "f32.gguf"
        command = [a.primer, "import", self.huggingface, "--embedding", "f32", "--encoder", "f32", "--out", self.f32]
        fingerprint = run([*command, "--json"])["fingerprint"]
        # The adapter names its model by the fingerprint.
        adapter = Path(a.adapter).read_bytes()
        self.f32_adapter = self.folder / "f32.safetensors"
        marker = re.compile(rb'(fingerprint\\?":\\?")[0-9a-f]{64}')
        self.f32_adapter.write_bytes(marker.sub(rb"\g<1>" + fingerprint.encode(), adapter))
        self.dev, self.sentences = self.folder / "dev.conll", self.folder / "sentences.conll"
        all_dev = [read_conll(Path(data) / "dev.conll") for data in a.data]
        share = -(-a.sentences // len(all_dev))
        self.write(self.dev, [s for dev in all_dev for s in dev])
        self.write(self.sentences, [s for dev in all_dev for s in dev[:share]][: a.sentences])

    def write(self, path, sentences):
        rows = ("\n".join(map("\t".join, zip(*sentence))) + "\n\n" for sentence in sentences)
        path.write_text("".join(rows), encoding="utf-8")

    def variants(self):
        """{"f32" or "int8": {name: ONNX file}}"""
        a, new = self.a, lambda name: self.folder / (name.replace(" ", "_").replace(",", "") + ".onnx")
        exported = a.onnx or new("exported")
        if not a.onnx:
            run([a.primer, "export", "--model", a.model, "--adapter", a.adapter, "--onnx", exported, "--quiet"])
        f32 = {"exported": exported}
        if self.part("torch_export", True, adapter=a.adapter, out=new("torch")) is not None:
            f32["torch"] = new("torch")
        self.fused = {}
        for name in list(f32):
            fused = self.part("fuse", True, onnx=f32[name], out=new(f"{name} fused"))
            if fused and fused["fused"].get("Attention"):
                f32[f"{name} fused"] = new(f"{name} fused")
                self.fused[name] = fused["fused"]
        int8 = {}
        # From the exported graph, and from one whose attention was fused, which is then quantised whole.
        for source in ["exported"] + [name for name in f32 if name.endswith("fused")][:1]:
            for name, settings in INT8.items():
                path = new(f"{source} {name}")
                if self.part("quantise", True, onnx=f32[source], out=path, settings=json.dumps(settings)) is not None:
                    int8[f"{source}, {name}"] = path
        self.models = {"f32": f32, "int8": int8}

    def choose(self):
        """Tries each variant once and keeps, for each precision and batch, the fastest and its way to wait."""
        self.tried, self.best = {}, {}
        for precision, models in self.models.items():
            for name, path in models.items():
                self.tried[name] = self.part(
                    "trial", True, onnx=path, sentences_file=self.sentences, dev_file=self.dev, seconds=self.a.trial_seconds
                )
                if self.tried[name] is None:
                    # A model that ONNX Runtime does not take; the reason was printed.
                    del self.tried[name]
                    continue
                fast = {k: round(v["sentences_per_second"], 1) for k, v in self.tried[name]["speeds"].items()}
                self.say(f"{name}: F1 {self.tried[name]['f1']:.2f}, sentences a second {fast}")
            floor = self.tried["exported"]["f1"] - MAX_LOSS
            good = [name for name in models if name in self.tried and self.tried[name]["f1"] >= floor]
            if not good:
                sys.exit(f"no {precision} model keeps its F1: {self.tried}")
            for batch in BATCHES:
                speed = lambda c: self.tried[c[0]]["speeds"][f"{batch} {c[1]}"]["sentences_per_second"]
                choices = [(name, wait) for name in good for wait in ("spinning", "sleeping")]
                self.best[precision, batch] = max(choices, key=speed)
                self.say(f"{precision}, batch {batch}: theirs is {self.best[precision, batch]}")

    def ours(self, precision):
        a = self.a
        files = (self.f32, self.f32_adapter) if precision == "f32" else (a.model, a.adapter)
        command = ["--model", files[0], "--adapter", files[1], "--threads", a.threads, "--precision", precision]
        return command + (["--quantised"] if precision == "int8" else [])

    def rounds(self):
        """{(figure, side): [result a round]}"""
        a, results = self.a, {}
        library = self.versions["library"]

        def add(figure, side, result):
            results.setdefault((figure, side), []).append(result)

        def first(result, at=None):
            """Seconds until the first sentence was tagged; where the process does not say when, until its end."""
            seconds = result["first_at"] - result["began"] if "first_at" in result else result["process_seconds"]
            less = result["first_at"] - result["imported_at"] if "first_at" in result else None
            return {**result, "cold_seconds": seconds, "cold_seconds_less_imports": less}

        timing = ["--data", self.sentences, "--seconds", a.seconds]
        one = [words for words, _ in read_conll(self.sentences)[:1]][0]
        for number in range(a.rounds):
            for precision in ("f32", "int8"):
                for batch in BATCHES:
                    figure = f"{precision} batch {batch}"
                    add(figure, "ours", run([a.bench, *self.ours(precision), *timing, "--batch", batch]))
                    name, wait = self.best[precision, batch]
                    spin = {"spin": True} if wait == "spinning" else {}
                    model = self.models[precision][name]
                    theirs = {"onnx": model, "sentences_file": self.sentences, **spin}
                    add(figure, "theirs", self.part("measure", batch=batch, seconds=a.seconds, **theirs))
                    if precision == "f32" and a.candle:
                        command = [a.candle, "--model", self.huggingface, "--threads", a.threads, *timing]
                        add(figure, "candle", run([*command, "--batch", batch]))
                    if precision == "f32" and library and a.inside:
                        engine = ["--engine", "onnx", "--onnxruntime", library]
                        command = [a.bench, *self.ours(precision), *timing, "--batch", batch, *engine]
                        inside = run(command, may_fail=True)
                        if inside:
                            add(figure, "ONNX Runtime inside Primer", inside)
                figure = f"{precision} cold start"
                add(figure, "ours", first(run([a.bench, *self.ours(precision), "--data", self.sentences, "--first"])))
                name, _ = self.best[precision, 1]
                model = self.models[precision][name]
                cold = {"sentences_file": self.sentences, "first": True}
                add(figure, "theirs", first(self.part("measure", onnx=model, **cold)))
                saved = self.folder / f"saved_{precision}.onnx"
                if not saved.exists():
                    self.part("optimise", True, onnx=model, out=saved)
                if saved.exists():
                    add(figure, "theirs, saved", first(self.part("measure", onnx=saved, optimised=True, **cold)))
                command = [a.primer, "tag", *self.ours(precision), "--text", " ".join(one), "--json"]
                add(figure, "primer tag", first(run(command)))
            self.say(f"round {number + 1} of {a.rounds} is done")
        return results

    def our_f1(self):
        scores = {}
        for precision in ("f32", "int8"):
            result = run([self.a.primer, "eval", *self.ours(precision), self.dev, "--json"])
            scores[precision] = 100 * result["micro"]["f1"] if result["micro"]["f1"] <= 1 else result["micro"]["f1"]
        return scores


def report(c, results, our_f1):
    middle = lambda figure, side, key: statistics.median(r[key] for r in results[figure, side])
    speedup = lambda figure, side: round(
        middle(figure, "ours", "sentences_per_second") / middle(figure, side, "sentences_per_second"), 3
    )
    cpu = lambda figure, side: round(
        middle(figure, side, "cpu_milliseconds_per_sentence") / middle(figure, "ours", "cpu_milliseconds_per_sentence"), 3
    )
    answer, extra = {}, {}
    for precision in ("f32", "int8"):
        for batch in BATCHES:
            figure, name = f"{precision} batch {batch}", f"{precision}_batch{batch}"
            answer[f"{name}_speedup"] = speedup(figure, "theirs")
            extra[f"{name}_cpu_speedup"] = cpu(figure, "theirs")
            if (figure, "candle") in results:
                extra[f"candle_batch{batch}_speedup"] = speedup(figure, "candle")
                extra[f"candle_batch{batch}_cpu_speedup"] = cpu(figure, "candle")
            if (figure, "ONNX Runtime inside Primer") in results:
                extra[f"{name}_speedup_over_onnxruntime_inside_primer"] = speedup(figure, "ONNX Runtime inside Primer")
        figure = f"{precision} cold start"
        sides = [side for f, side in results if f == figure and side.startswith("theirs")]
        best = min(sides, key=lambda side: middle(figure, side, "cold_seconds"))
        ours = middle(figure, "ours", "cold_seconds")
        answer[f"{precision}_cold_start_speedup"] = round(middle(figure, best, "cold_seconds") / ours, 3)
        less = min(middle(figure, side, "cold_seconds_less_imports") for side in sides)
        extra[f"{precision}_cold_start_speedup_less_imports"] = round(less / ours, 3)
        tag = middle(figure, "primer tag", "cold_seconds")
        extra[f"{precision}_cold_start_speedup_of_primer_tag"] = round(middle(figure, best, "cold_seconds") / tag, 3)
        figure = f"{precision} batch 32"
        mine, theirs = middle(figure, "ours", "resident_mib"), middle(figure, "theirs", "resident_mib")
        answer[f"{precision}_resident_memory_share"] = round(mine / theirs, 3)
        without = theirs - middle(figure, "theirs", "imported_mib")
        extra[f"{precision}_resident_memory_share_less_imports"] = round(mine / without, 3)
    # The figures that have one name: the worse of the two precisions.
    answer["cold_start_speedup"] = min(answer[f"{p}_cold_start_speedup"] for p in ("f32", "int8"))
    answer["resident_memory_share"] = max(answer[f"{p}_resident_memory_share"] for p in ("f32", "int8"))
    scores = {"ours": our_f1, "theirs": {name: t["f1"] for name, t in c.tried.items()}}
    scores = {side: {name: round(value, 2) for name, value in own.items()} for side, own in scores.items()}
    keys = ["sentences_per_second", "milliseconds_per_sentence_median", "cpu_milliseconds_per_sentence", "cold_seconds"]
    keys += ["cold_seconds_less_imports", "resident_mib", "imported_mib"]
    runs = []
    for (figure, side), own in results.items():
        row = {"figure": figure, "side": side}
        row.update({k: [round(r[k], 3) for r in own] for k in keys if own[0].get(k) is not None})
        runs.append(row)
    trials = {
        name: {k: round(s["sentences_per_second"], 1) for k, s in t["speeds"].items()} for name, t in c.tried.items()
    }
    chosen = {f"{precision} batch {batch}": list(best) for (precision, batch), best in c.best.items()}
    setting = {"threads": c.a.threads, "rounds": c.a.rounds, "processor": processor(), "versions": c.versions}
    setting |= {"sentences": c.a.sentences, "chosen": chosen, "fused": c.fused, "load": os.getloadavg()}
    if c.a.json:
        print(json.dumps({**answer, **extra, "f1": scores, **setting, "trials": trials, "runs": runs}))
        return
    print("| figure | side | " + " | ".join(keys) + " |\n|" + "---|" * (len(keys) + 2))
    for row in runs:
        cells = [f"{statistics.median(row[k]):.2f}" if k in row else "" for k in keys]
        print(f"| {row['figure']} | {row['side']} | " + " | ".join(cells) + " |")
    for key, value in {**answer, **extra, "f1": scores, **setting, "trials": trials}.items():
        print(f"{key} {value}")


def processor():
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text()) if os.path.exists("/proc/cpuinfo") else None
    return found[1] if found else platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--primer", help="the command line's binary")
    parser.add_argument("--bench", help="the binary of benches/tagging.rs")
    parser.add_argument("--candle", help="the binary of tools/candle_bert")
    parser.add_argument("--model", help="a GGUF file")
    parser.add_argument("--adapter", help="a bottleneck adapter of it")
    parser.add_argument("--data", action="append", help="folder with dev.conll; may be given several times")
    parser.add_argument("--onnx", help="the model as ONNX; without it, it is exported")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=320, help="that are timed, as many of each folder")
    parser.add_argument("--seconds", type=float, default=3.0, help="at least, a process")
    parser.add_argument("--trial-seconds", type=float, default=1.5, help="at least, a trial of a variant")
    parser.add_argument("--inside", action="store_true", help="run ONNX Runtime as Primer's engine, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    for name in ("part", "folder", "sentences-file", "dev-file", "out", "settings"):
        parser.add_argument("--" + name, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    for name in ("spin", "first", "optimised"):
        parser.add_argument("--" + name, action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.part:
        print(json.dumps(next(part for part in PARTS if part.__name__ == a.part)(a)))
        return
    missing = [name for name in ("primer", "bench", "model", "adapter", "data") if not getattr(a, name)]
    if missing:
        parser.error(f"missing: {', '.join('--' + name for name in missing)}")
    with tempfile.TemporaryDirectory() as folder:
        c = Comparison(a, Path(folder))
        c.versions = {key: value for key, value in c.part("versions").items() if key not in ("began", "process_seconds")}
        c.prepare()
        c.variants()
        c.choose()
        report(c, c.rounds(), c.our_f1())


if __name__ == "__main__":
    main()
