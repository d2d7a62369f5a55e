//! `primer adapt`: learn entity types from labelled sentences.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Common, Compute, Reading, at_least_one, positive};

/// Learn entity types from labelled sentences.
#[derive(Debug, Args)]
#[command(after_help = ADAPT)]
pub struct Adapt {
    /// The model: a GGUF file or a Hugging Face folder. It is not changed.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// Labelled sentences to learn from (CoNLL or JSON Lines).
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,

    /// Labelled sentences to check progress with: the state that tags them best is kept.
    #[arg(long, value_name = "FILE")]
    pub dev: Option<PathBuf>,

    /// Where the adapter is written.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// What is trained: how much an adapter can learn, and how big it is.
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    pub method: Method,

    /// Learn from N sentences only, drawn by the seed. Which ones, the adapter's card tells (`primer info`).
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub shots: Option<usize>,

    /// Pass over the sentences N times at most.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub epochs: Option<usize>,

    /// The learning rate at its highest point [default: what suits the method]
    #[arg(long, value_name = "X", value_parser = positive)]
    pub lr: Option<f64>,

    /// Sentences a step [default: 16]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub batch: Option<usize>,

    /// Instead of --batch: as many sentences a step as have N word pieces together.
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "batch")]
    pub batch_pieces: Option<usize>,

    /// Train only the layer that names the tags; what else the method has stays as it is, with --from as that adapter has it.
    #[arg(long)]
    pub head_only: bool,

    /// Use less memory and about 40 % more time: intermediate results are computed again when they are needed.
    #[arg(long)]
    pub recompute: bool,

    /// Look at --dev after every N epochs [default: about ten looks in all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub evaluate_every: Option<usize>,

    /// Stop after N looks at --dev without a better result.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub patience: Option<usize>,

    /// Where chance begins: same seed, same threads, same adapter to the bit.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,

    /// Rank of --method lora.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub rank: Option<usize>,

    /// Width of --method adapter is the model's width divided by N.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub reduction: Option<usize>,

    /// Train the uppermost N layers only.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub layers: Option<usize>,

    /// A name for the adapter's card.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Go on from this adapter instead of starting anew. Types that it knows and --train does not label are kept.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,

    /// Do not keep the types of --from that --train does not label.
    #[arg(long, requires = "from")]
    pub drop_types: bool,

    /// Which entity stays where one of --train and one that --from finds overlap.
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub overlap: Overlap,

    /// Save the state here after every epoch, and go on from it when it is there.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,

    /// Where and in what numbers.
    #[command(flatten)]
    pub compute: Compute,

    /// How labelled sentences are read.
    #[command(flatten)]
    pub reading: Reading,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

const ADAPT: &str = "\
Examples:
  primer adapt --model M --train train.conll --dev dev.conll --method adapter --out A
  primer adapt -m M --train train.conll --method lora --rank 8 --shots 100 --seed 1 --out A
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

/// Which of two entities stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Overlap {
    /// That of --train.
    #[default]
    New,
    /// That of --from.
    Old,
}

/// What `adapt` trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Method {
    /// Only the layer that names the tags: done in seconds, learns the least.
    Head,
    /// Small layers inside the model (bottleneck adapters).
    #[default]
    Adapter,
    /// Low-rank changes to the model's layers.
    Lora,
    /// The model's biases: the smallest file that reaches into the model.
    Bitfit,
    /// The whole model: slow, and the file is as big as the model.
    Full,
}
