#!/usr/bin/env python3
"""Write a Primer model (one GGUF file) as a Hugging Face folder of 32-bit floats, which other runtimes can read.

    tools/unpack_model.py MODEL.gguf FOLDER [--adapter ADAPTER.safetensors]

FOLDER receives config.json, tokenizer.json and model.safetensors; with an adapter the file also holds its tag head as
`classifier`, so that it is a `BertForTokenClassification` (without the adapter's modules, for which that class has no place).
`primer import FOLDER --embedding f32 --encoder f32 --out F32.gguf` makes one file of it again, with the same numbers.
Needs numpy and safetensors.
"""

import argparse
import json
import mmap
import struct
from pathlib import Path

import numpy as np

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
TEXT, ARRAY = 8, 9
OUTSIDE = {
    "token_embd": "embeddings.word_embeddings",
    "position_embd": "embeddings.position_embeddings",
    "token_types": "embeddings.token_type_embeddings",
    "token_embd_norm": "embeddings.LayerNorm",
}
INSIDE = {
    "attn_q": "attention.self.query",
    "attn_k": "attention.self.key",
    "attn_v": "attention.self.value",
    "attn_output": "attention.output.dense",
    "attn_output_norm": "attention.output.LayerNorm",
    "ffn_up": "intermediate.dense",
    "ffn_down": "output.dense",
    "layer_output_norm": "output.LayerNorm",
}


class Gguf:
    """A GGUF file: `values` by key, `tensor(name)` as f32."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.at = 4
        version, tensors, keys = self.take("<I"), self.take("<Q"), self.take("<Q")
        if self.bytes[:4] != b"GGUF" or version != 3:
            raise SystemExit(f"{path} is not a GGUF file of version 3")
        self.values = {}
        for _ in range(keys):
            name = self.text()
            self.values[name] = self.value(self.take("<I"))
        self.places = {}
        for _ in range(tensors):
            name = self.text()
            shape = [self.take("<Q") for _ in range(self.take("<I"))][::-1]
            self.places[name] = (shape, self.take("<I"), self.take("<Q"))
        alignment = self.values.get("general.alignment", 32)
        self.data = -(-self.at // alignment) * alignment

    def take(self, form):
        (value,) = struct.unpack_from(form, self.bytes, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        length = self.take("<Q")
        self.at += length
        return self.bytes[self.at - length : self.at].decode("utf-8")

    def value(self, kind):
        if kind == TEXT:
            return self.text()
        if kind == ARRAY:
            kind, count = self.take("<I"), self.take("<Q")
            return [self.value(kind) for _ in range(count)]
        return self.take(SCALARS[kind])

    def tensor(self, name):
        shape, kind, offset = self.places[name]
        count, start = int(np.prod(shape)), self.data + offset
        if kind in (0, 1):
            numbers = np.frombuffer(self.bytes, ("<f4", "<f2")[kind], count, start).astype(np.float32)
        elif kind == 2:
            blocks = np.frombuffer(self.bytes, [("scale", "<f2"), ("nibbles", "u1", 16)], count // 32, start)
            low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
            numbers = np.concatenate([low, high], 1).astype(np.float32) - 8
            numbers *= blocks["scale"].astype(np.float32)[:, None]
        elif kind == 8:
            blocks = np.frombuffer(self.bytes, [("scale", "<f2"), ("numbers", "i1", 32)], count // 32, start)
            numbers = blocks["numbers"].astype(np.float32) * blocks["scale"].astype(np.float32)[:, None]
        else:
            raise SystemExit(f"{name} has numbers of an unknown type {kind}")
        return numbers.reshape(shape)


def transformers_name(name):
    stem, part = name.rsplit(".", 1)
    if stem in OUTSIDE:
        return f"bert.{OUTSIDE[stem]}.{part}"
    _, layer, stem = stem.split(".")
    return f"bert.encoder.layer.{layer}.{INSIDE[stem]}.{part}"


def tokenizer(gguf):
    if "tokenizer.huggingface.json" in gguf.values:
        return json.loads(gguf.values["tokenizer.huggingface.json"])
    parts = json.loads(gguf.values["primer.tokenizer.json"])
    pieces, scores = gguf.values["tokenizer.ggml.tokens"], gguf.values["tokenizer.ggml.scores"]
    parts["model"]["vocab"] = [list(pair) for pair in zip(pieces, scores)]
    return parts


def unpack(model, folder, adapter=None):
    from safetensors import safe_open
    from safetensors.numpy import save_file

    gguf, folder = Gguf(model), Path(folder)
    if gguf.values["general.architecture"] != "bert" or "primer.position_offset" in gguf.values:
        raise SystemExit(f"{model} is no BERT")
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {transformers_name(name): gguf.tensor(name) for name in gguf.places}
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "position_embedding_type": "absolute",
        "vocab_size": len(tensors["bert.embeddings.word_embeddings.weight"]),
        "hidden_size": gguf.values["bert.embedding_length"],
        "num_hidden_layers": gguf.values["bert.block_count"],
        "num_attention_heads": gguf.values["bert.attention.head_count"],
        "intermediate_size": gguf.values["bert.feed_forward_length"],
        "max_position_embeddings": gguf.values["bert.context_length"],
        "type_vocab_size": gguf.values["tokenizer.ggml.token_type_count"],
        "pad_token_id": gguf.values["tokenizer.ggml.padding_token_id"],
        # The shortest decimal of the 32-bit float: 1e-12 comes back as 1e-12.
        "layer_norm_eps": float(str(np.float32(gguf.values["bert.attention.layer_norm_epsilon"]))),
    }
    if adapter:
        with safe_open(str(adapter), "numpy") as file:
            card = json.loads(file.metadata()["primer.adapter"])
            tensors.update({name: file.get_tensor(name) for name in file.keys() if name.startswith("classifier.")})
        tags = tags_of(card)
        config["architectures"] = ["BertForTokenClassification"]
        config["id2label"] = {str(i): tag for i, tag in enumerate(tags)}
        config["label2id"] = {tag: i for i, tag in enumerate(tags)}
    save_file(tensors, str(folder / "model.safetensors"), {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(gguf), ensure_ascii=False), encoding="utf-8")


def tags_of(card):
    """The tags of an adapter's card, in the order of its head's rows."""
    if card["tags"]["scheme"] != "IOB2":
        raise SystemExit("only adapters that tag in IOB2 are known here")
    return ["O"] + [f"{letter}-{kind}" for kind in card["tags"]["types"] for letter in "BI"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--adapter")
    a = parser.parse_args()
    unpack(a.model, a.folder, a.adapter)


if __name__ == "__main__":
    main()
