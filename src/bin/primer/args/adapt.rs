//! `primer adapt`: learn entity types from labelled sentences.

use std::path::PathBuf;

use clap::Args;

use super::{AdaptFlags, Common, Compute, MethodFlags, Reading};

/// Learn entity types from labelled sentences.
#[derive(Debug, Args)]
#[command(after_help = ADAPT)]
pub struct Adapt {
    /// The model: a GGUF file or a Hugging Face folder. It is not changed.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// Labelled sentences to learn from (CoNLL or JSON Lines). Without them the types are found by their names alone, with a
    /// model that was primed for new types.
    #[arg(long, value_name = "FILE", required_unless_present = "types")]
    pub train: Option<PathBuf>,

    /// Labelled sentences to check progress with: the state that tags them best is kept.
    #[arg(long, value_name = "FILE")]
    pub dev: Option<PathBuf>,

    /// Where the adapter is written.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Go on from this adapter instead of starting anew. Types that it knows and --train does not label are kept.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,

    /// Save the state here after every epoch, and go on from it when it is there.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,

    /// What describes one of --types beside its name; may be given several times.
    #[arg(long = "description", value_name = "TYPE=TEXT", requires = "types")]
    pub descriptions: Vec<String>,

    /// How it is trained.
    #[command(flatten, next_help_heading = "Training")]
    pub training: AdaptFlags,

    /// What is trained.
    #[command(flatten, next_help_heading = "Method")]
    pub method: MethodFlags,

    /// Where and in what numbers.
    #[command(flatten, next_help_heading = "Computing")]
    pub compute: Compute,

    /// How labelled sentences are read.
    #[command(flatten)]
    pub reading: Reading,

    /// What all commands take.
    #[command(flatten, next_help_heading = "General")]
    pub common: Common,
}

const ADAPT: &str = "\
Examples:
  primer adapt --model M --train train.conll --dev dev.conll --method adapter --out A
  primer adapt -m M --train train.conll --method lora --rank 8 --shots 100 --seed 1 --out A
  primer adapt -m M --type medicine --type \"musical instrument\" --out A
  primer adapt -m M --train train.conll --device cuda --precision bf16 --out A

Labelled sentences are CoNLL (a word and its tag a line, a blank line after each sentence):
  Ada       B-PER
  Lovelace  I-PER
  lived     O
or JSON Lines, with words and tags or with a text and the places of its entities:
  {\"tokens\": [\"Ada\", \"Lovelace\", \"lived\"], \"ner_tags\": [\"B-PER\", \"I-PER\", \"O\"]}
  {\"text\": \"Ada Lovelace lived\", \"entities\": [{\"start\": 0, \"end\": 12, \"label\": \"PER\"}]}
The entity types are those of the data. Some thirty sentences teach a first version; a hundred
are better.";
