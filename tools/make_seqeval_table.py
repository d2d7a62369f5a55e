#!/usr/bin/env python3
"""Make tests/data/seqeval.json: hard cases for entity scoring with the numbers that Python's seqeval gives.

Every case is scored in the default mode and strictly under each scheme (IOB1, IOB2, BIOES); where seqeval refuses the tags
of a case, its entry says null. What is NaN or undefined in Python is written as null: the macro average without any entity,
the accuracy without any word.

Usage:
    pip install seqeval==1.2.2
    tools/make_seqeval_table.py > tests/data/seqeval.json
"""

import json
import math
import random
import warnings
from importlib.metadata import version

from seqeval.metrics import accuracy_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as default_scores
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores
from seqeval.metrics.v1 import unique_labels
from seqeval.scheme import IOB1, IOB2, IOBES

assert version("seqeval") == "1.2.2"
warnings.simplefilter("ignore")
SCHEMES = {"IOB1": IOB1, "IOB2": IOB2, "BIOES": IOBES}

# name, true tags, predicted tags; sentences are parted by "|", words by blanks.
HAND = [
    ("perfect", "B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC"),
    ("nothing found", "B-PER I-PER O", "O O O"),
    ("nothing there", "O O O", "B-PER I-PER O"),
    ("nothing at all", "O O O", "O O O"),
    ("one word, all O", "O", "O"),
    ("orphan I at the start", "B-PER I-PER O", "I-PER I-PER O"),
    ("orphan I after O", "O B-PER I-PER", "O I-PER I-PER"),
    ("orphan I in the truth", "I-PER I-PER O", "B-PER I-PER O"),
    ("orphan I in both", "I-PER O I-LOC", "I-PER O I-LOC"),
    ("I of another type after B", "B-PER I-LOC O", "B-PER I-LOC O"),
    ("I of another type, truth differs", "B-PER I-PER O", "B-PER I-LOC O"),
    ("type changes in the middle", "B-PER I-PER I-PER I-PER", "B-PER I-PER I-LOC I-LOC"),
    ("type changes and returns", "B-PER I-PER I-PER", "B-PER I-LOC I-PER"),
    ("adjacent B B of one type", "B-PER B-PER O", "B-PER I-PER O"),
    ("adjacent B B found", "B-PER B-PER B-PER", "B-PER B-PER B-PER"),
    ("adjacent B B of two types", "B-PER B-LOC O", "B-PER B-LOC O"),
    ("boundary too long", "B-PER I-PER O O", "B-PER I-PER I-PER O"),
    ("boundary too short", "B-PER I-PER I-PER O", "B-PER I-PER O O"),
    ("right place, wrong type", "B-PER I-PER O", "B-LOC I-LOC O"),
    ("entity at the sentence end", "O O B-PER", "O O B-PER"),
    ("entity to the sentence end", "O B-PER I-PER", "O B-PER I-PER"),
    ("two sentences touch", "O B-PER | I-PER O", "O B-PER | B-PER O"),
    ("an entity does not cross sentences", "B-PER | I-PER", "B-PER | I-PER"),
    ("empty sentence between", "B-PER | | B-LOC", "B-PER | | O"),
    ("only empty sentences", "|", "|"),
    ("same entity in two sentences", "B-PER O | B-PER O", "B-PER O | O B-PER"),
    ("IOB1: I starts", "I-PER I-PER O I-LOC", "I-PER I-PER O I-LOC"),
    ("IOB1: B parts neighbours", "I-PER B-PER I-PER O", "I-PER B-PER I-PER O"),
    ("IOB1: B where not needed", "I-PER O I-LOC", "B-PER O B-LOC"),
    ("IOB1: B after another type", "I-PER B-LOC O", "I-PER I-LOC O"),
    ("IOB1: B B of one type", "I-PER B-PER B-PER O", "I-PER B-PER B-PER O"),
    ("IOB1: B then I of another type", "I-PER B-PER I-LOC", "I-PER B-PER I-LOC"),
    ("IOB1: B at the sentence start", "B-PER I-PER", "I-PER I-PER"),
    ("BIOES perfect", "B-PER E-PER O S-LOC", "B-PER E-PER O S-LOC"),
    ("BIOES long", "B-PER I-PER I-PER E-PER", "B-PER I-PER I-PER E-PER"),
    ("BIOES without end", "B-PER I-PER E-PER O", "B-PER I-PER I-PER O"),
    ("BIOES without start", "B-PER I-PER E-PER", "I-PER I-PER E-PER"),
    ("BIOES lone E", "S-PER O", "E-PER O"),
    ("BIOES lone B", "S-PER O", "B-PER O"),
    ("BIOES E E", "S-PER S-PER", "E-PER E-PER"),
    ("BIOES S in an entity", "B-PER I-PER E-PER", "B-PER S-PER E-PER"),
    ("BIOES S then I", "S-PER O O", "S-PER I-PER O"),
    ("BIOES S then E", "S-PER O O", "S-PER E-PER O"),
    ("BIOES E then I", "B-PER E-PER O", "B-PER E-PER I-PER"),
    ("BIOES type changes at the end", "B-PER I-PER E-PER", "B-PER I-PER E-LOC"),
    ("BIOES neighbours", "S-PER S-LOC B-ORG E-ORG", "S-PER S-LOC B-ORG E-ORG"),
    ("BIOES B B E", "B-PER I-PER E-PER", "B-PER B-PER E-PER"),
    ("BIOES unfinished at the end", "B-PER E-PER", "B-PER I-PER"),
    ("no types", "B I O B", "B I I O"),
    ("no types, orphan at the very start", "I I O I", "I I O I"),
    ("type underscore", "B-_ I-_ O", "B I O"),
    ("no hyphen", "BPER IPER O", "B-PER I-PER O"),
    ("hyphen in the type", "B-a-b I-a-b O B-a", "B-a-b I-a-b O B-a-b"),
    ("double hyphen", "B--PER I--PER O", "B-PER I-PER O"),
    ("hyphen at the end", "B-PER- I-PER- O", "B-PER I-PER O"),
    ("hyphen and nothing", "B- I- O", "B I O"),
    ("O with a type", "O-PER B-PER I-PER O-PER", "O B-PER I-PER O"),
    ("O with a type parts", "B-PER O-PER I-PER", "B-PER O I-PER"),
    ("types of other scripts", "B-人名 I-人名 O B-مكان", "B-人名 I-人名 O B-人名"),
    ("types that differ in case", "B-PER O B-per", "B-per O B-PER"),
    ("BILOU", "B-PER L-PER O U-LOC", "B-PER L-PER O U-LOC"),
    ("BILOU, other prediction", "B-PER I-PER L-PER U-LOC", "B-PER L-PER O U-LOC"),
    ("M of BMES", "B-PER M-PER E-PER O", "B-PER M-PER M-PER E-PER"),
    ("unknown prefix alone", "X-PER X-PER O", "X-PER X-PER O"),
    ("unknown prefix in an entity", "B-PER X-PER I-PER O", "B-PER I-PER I-PER O"),
    ("unknown prefix after E", "B-PER E-PER X-PER O", "B-PER E-PER O O"),
    ("bare unknown prefix first", "X O | X O", "X O | O O"),
    ("bare types only", "PER PER O LOC", "PER O O LOC"),
    ("a dot", "B-PER . I-PER O", "B-PER .-PER I-PER O"),
    ("starts with a letter beyond ASCII", "Б-PER И-PER O", "B-PER I-PER O"),
    ("unequal supports", "B-A O B-A O B-A O B-B O B-C", "B-A O B-A O O O B-C O B-C"),
    ("predicted type without support", "B-A O O", "B-A O B-Z"),
    ("nine types", " ".join(f"B-T{i}" for i in range(9)), " ".join(f"B-T{i if i % 3 else 9 - i}" for i in range(9))),
]


def parse(line):
    return [sentence.split() for sentence in line.split("|")]


def random_case(rng, letters, types, sentences, words, noise):
    """True tags drawn at random, predictions that change some of them: mostly broken sequences, as a weak tagger's."""
    draw = lambda: rng.choice(letters) if rng.random() < 0.75 else "O"
    tag = lambda: (lambda p: p if p == "O" else f"{p}-{rng.choice(types)}")(draw())
    gold = [[tag() for _ in range(rng.randint(1, words))] for _ in range(sentences)]
    return gold, [[tag() if rng.random() < noise else t for t in s] for s in gold]


def number(x):
    x = float(x)
    return None if math.isnan(x) else x


def scores(call, names):
    averages = {}
    for average in ("micro", "macro", "weighted"):
        p, r, f, s = call(average=average)
        averages[average] = [number(p), number(r), number(f), int(s)]
    p, r, f, s = call(average=None)
    averages["types"] = {n: [number(p[i]), number(r[i]), number(f[i]), int(s[i])] for i, n in enumerate(names)}
    return averages


def case(name, gold, predicted):
    found = {kind for kind, _, _ in get_entities(gold)} | {kind for kind, _, _ in get_entities(predicted)}
    out = {"name": name, "gold": gold, "predicted": predicted}
    words = sum(map(len, gold))
    out["accuracy"] = accuracy_score(gold, predicted) if words else None
    out["default"] = scores(lambda average: default_scores(gold, predicted, average=average, zero_division=0), sorted(found))
    for key, scheme in SCHEMES.items():
        try:
            names = unique_labels(gold, predicted, scheme)
            call = lambda average: strict_scores(gold, predicted, average=average, zero_division=0, scheme=scheme)
            out[key] = scores(call, names)
        except (KeyError, ValueError):
            out[key] = None
    return out


def main():
    rng = random.Random(20230709)
    cases = [case(name, parse(gold), parse(predicted)) for name, gold, predicted in HAND]
    kinds = [("IOB", "BI", 14), ("BIOES", "BIES", 14), ("any prefix", "BIESLUMX.", 6), ("mostly inside", "BIII", 6)]
    for label, letters, count in kinds:
        for i in range(count):
            types = ["PER", "LOC", "ORG", "MISC"][: rng.randint(1, 4)]
            gold, predicted = random_case(rng, letters, types, rng.randint(1, 5), 9, rng.choice([0.1, 0.3, 0.6]))
            cases.append(case(f"random {label} {i}", gold, predicted))
    print("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases) + "\n]")


if __name__ == "__main__":
    main()
