#!/usr/bin/env python3
"""Prime models/primer-mini.gguf, and make models/per-loc-org.safetensors with it.

RAW is the backbone before priming (models/README.md says how it is made). DATA holds wikiann/LANGUAGE, uner/LANGUAGE and wikigold/en with
train.conll (words and IOB2 tags of PER, LOC, ORG), types/prime/SET with train.conll (words and tags of many types) and types/choose/SET
with dev.conll. WORK is a folder for what lies between the stages, logs and checkpoints: the same command goes on where it was stopped.

1. Multi-task training on PER, LOC and ORG, which brings theta and phi near the task of tagging names. Short labels made by machine
   (WikiANN) and real sentences labelled by people (Universal NER, WikiGold) are mixed, since WikiANN alone makes taggers that see
   entities everywhere. The languages af, az, et, hi and lt are left out, so that results on them show what the model does with
   languages it was not taught.
2. MAML on the same tasks.
3. to 5. Episodes of types on all sets of types/prime and on Universal NER, in the last two also on WikiANN and WikiGold: theta, the phi that
   adaptation starts from, and what heads of new types are made with. models/DATA.md lists the sets.
6. The adapter for PER, LOC and ORG: taught on the finished model, from its start, by sentences of all tasks of the first stage.

The shipped model's fifth stage began with the rates of 1,500 updates and went on, from its 300th, with those of 1,000; here it has those of
1,000 throughout.
"""

import argparse
import random
import subprocess
from pathlib import Path

LEFT_OUT = ["af", "az", "et", "hi", "lt"]
CORPORA = ["wikigold", "uner", "wikiann"]

# The sets of types/prime by what they are of, and the share of the episodes that each group gets in the three stages.
GROUPS = {
    "news": (
        (0.45, 0.27, 0.36),
        "armtdp.hy factrueval.ru fewnerd_inter_dev.en fullstack.lv grobid_ner.en gsd_ne.ja gum.en idrisi.ar idrisi.en klue.ko kpwr.pl"
        " lener_br.pt litbank.en mobie.de multiconer2.en multiconer2.fa nerkor_plus.hu nerp.id parstwiner.fa re3d.en ronec.ro"
        " stockmark_wikipedia.ja thai_nner.th turku_one.fi wnut17.en",
    ),
    "science": (
        (0.2, 0.12, 0.15),
        "anatem.en anem.en annoctr.en bc2gm.en bionlp11id.en bionlp13cg.en bionlp13pc.en cellfinder.en clinical_trials.en craft.en"
        " cyner.en grobid_affiliation.mul grobid_funding.en jnlpba.en job_descriptions.en linnaeus.en maintie.en"
        " materials_synthesis.en mulms.en mulms_inner.en pcmsp.en phee.en quantities.en sofc_entities.en sofc_slots.en wet_lab.en",
    ),
    "requests": (
        (0.12, 0.08, 0.09),
        "anystyle.mul assistant_skills.de assistant_skills.en assistant_skills.es assistant_skills.fr assistant_skills.it"
        " assistant_skills.zh car_settings.en multidogo.en nlu_evaluation.en nlupp.en presidio_pii.en probablepeople.en"
        " restaurant8k.en sgd.en snips.en usaddress.en",
    ),
    "words": ((0.13, 0.1, 0.1), " ".join(f"wordnet_{i:02}.en" for i in range(48))),
}
# Those of persons, places and organisations.
KNOWN = {"uner": (0.1, 0.13, 0.1), "wikiann": (0, 0.2, 0.14), "wikigold": (0, 0.1, 0.06)}

# Sentences of each task of a corpus that the adapter for PER, LOC and ORG is taught with: in two passes, then others in one.
SENTENCES = [{"wikigold": 1200, "uner": 400, "wikiann": 400}, {"wikigold": 600, "uner": 300, "wikiann": 600}]


def folders(data):
    for corpus in CORPORA:
        for language in sorted(p.name for p in (data / corpus).iterdir() if p.is_dir()):
            if corpus != "wikiann" or language not in LEFT_OUT:
                yield f"{corpus}-{language}", data / corpus / language / "train.conll"


def groups(data, work, stage):
    """The tasks of a stage of episodes of types: folders of links to the sets."""

    def group(name, share, sets):
        folder = work / "groups" / name
        folder.mkdir(parents=True, exist_ok=True)
        for one in sets:
            link = folder / one.name
            if not link.exists():
                link.symlink_to(one.resolve(strict=True))
        return f"{name}={folder}@{share[stage]}"

    tasks = [group(name, share, [data / "types" / "prime" / s for s in sets.split()]) for name, (share, sets) in GROUPS.items()]
    for corpus, share in KNOWN.items():
        if share[stage] > 0:
            tasks.append(group(corpus, share, {file.parent for name, file in folders(data) if name.startswith(f"{corpus}-")}))
    return tasks


def mixed(data, path, most, share, mark):
    """Writes so many sentences of each task of the first stage; `mark` makes them others."""
    chosen = []
    for name, file in folders(data):
        sentences = [s.strip("\n") for s in file.read_text(encoding="utf-8").split("\n\n") if s.strip()]
        wanted = max(1, round(share * most[name.split("-")[0]]))
        chosen += random.Random(name + mark).sample(sentences, min(wanted, len(sentences)))
    path.write_text("\n\n".join(chosen) + "\n", encoding="utf-8")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("primer", help="the command line program")
    parser.add_argument("raw", metavar="RAW")
    parser.add_argument("data", metavar="DATA", type=Path)
    parser.add_argument("work", metavar="WORK", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the two files (models)")
    parser.add_argument("--share", type=float, default=1, help="of the steps of each stage, to try the recipe (1)")
    return parser.parse_args()


def main():
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)

    def stage(name, model, out, steps, tasks, *options):
        files = ["--model", model, "--out", out, "--task", *tasks, "--steps", str(max(1, round(steps * args.share)))]
        kept = ["--log", args.work / f"{name}.jsonl", "--checkpoint", args.work / f"{name}.checkpoint"]
        if not out.exists():
            subprocess.run([args.primer, "prime", "--method", "adapter", *files, *kept, *options], check=True)
        return out

    def adapter(name):
        return args.work / f"{name}.safetensors"

    known = [f"{name}={file}" for name, file in folders(args.data)]
    unknown = [f"{language}={args.data / 'wikiann' / language / 'dev.conll'}" for language in LEFT_OUT]
    first = stage(
        "multi-task", args.raw, args.work / "multi-task.gguf", 700, known,
        "--algorithm", "multi-task", "--seed", "0", "--adapter-out", adapter("multi-task"),
    )  # fmt: skip
    second = stage(
        "maml", first, args.work / "maml.gguf", 1500, known,
        "--from", adapter("multi-task"), "--seed", "5", "--dev", *unknown, "--adapter-out", adapter("maml"),
    )  # fmt: skip
    types = ["--algorithm", "multi-task", "--head", "made", "--embedding-rate", "0", "--warmup", "0.05", "--dev", args.data / "types" / "choose"]
    third = stage(
        "types", second, args.work / "types.gguf", 1500, groups(args.data, args.work, 0),
        *types, "--seed", "1", "--from", adapter("maml"), "--encoder", "f32",
    )  # fmt: skip
    fourth = stage(
        "types-2", third, args.work / "types-2.gguf", 500, groups(args.data, args.work, 1),
        *types, "--seed", "2", "--encoder-rate", "5e-5", "--method-rate", "5e-4", "--encoder", "f32",
    )  # fmt: skip
    model = stage(
        "types-3", fourth, args.out / "primer-mini.gguf", 1000, groups(args.data, args.work, 2),
        *types, "--seed", "3", "--encoder-rate", "8e-5", "--method-rate", "8e-4", "--encoder", "q8_0",
    )  # fmt: skip
    def taught(start, out, most, mark, *options):
        sentences = args.work / f"per-loc-org{mark}.conll"
        mixed(args.data, sentences, most, args.share, mark)
        files = ["--model", model, *start, "--train", sentences, "--out", out, "--name", "per-loc-org"]
        recipe = ["--effort", "thorough", "--learning-rate", "1e-3", "--batch-size", "16", *options]
        subprocess.run([args.primer, "adapt", *files, *recipe], check=True)
        return out

    half = taught([], adapter("per-loc-org"), SENTENCES[0], "", "--epochs", "2", "--seed", "0")
    taught(["--from", half], args.out / "per-loc-org.safetensors", SENTENCES[1], "-more", "--epochs", "1", "--seed", "1")


if __name__ == "__main__":
    main()
