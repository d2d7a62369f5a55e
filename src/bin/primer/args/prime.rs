//! `primer prime`: prepare a model for quick learning.

use std::path::PathBuf;

use clap::Args;

use super::{AlgorithmFlags, Common, Compute, MethodFlags, Numbers, PrimeFlags, Reading};

/// Prepare a model for learning quickly from few sentences.
///
/// The model is trained on tasks (languages or domains with labelled sentences) in the very way in
/// which it will be used: in every step it learns from a few sentences of one task as `adapt` would,
/// and the whole model is then moved so that this learning would have gone better. What comes out is
/// a model that learns new languages, domains and entity types from few sentences, and an adapter
/// that tags out of the box.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = PRIME)]
pub struct Prime {
    /// The model to start from: a GGUF file or a Hugging Face folder. It is not changed.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// Labelled sentences of one task: a file, or a folder with a file `train.*`, or a folder of such folders. May be given
    /// several times. With @SHARE, what a path holds gets this share of the episodes beside what other paths hold.
    #[arg(long = "task", value_name = "[NAME=]PATH[@SHARE]", num_args = 1.., required = true)]
    pub tasks: Vec<String>,

    /// Labelled sentences to measure the model on as it is, like --task, with files `dev.*` in folders.
    #[arg(long, value_name = "[NAME=]PATH", num_args = 1..)]
    pub dev: Vec<String>,

    /// Where the model is written: one GGUF file.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Where the adapter with the method's starting point is written; it belongs to the model in --out.
    #[arg(long, value_name = "FILE")]
    pub adapter_out: Option<PathBuf>,

    /// An adapter to start from, trained on the same model.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,

    /// Save the state here, and go on from it when it is there; removed at the end.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,

    /// Write a JSON object a line for every step here.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// How the vocabulary's vectors are stored in --out.
    #[arg(long, value_enum, default_value_t = Numbers::Q4_0, value_name = "TYPE")]
    pub embedding: Numbers,

    /// How the encoder's weights are stored in --out.
    #[arg(long, value_enum, default_value_t = Numbers::Q8_0, value_name = "TYPE")]
    pub encoder: Numbers,

    /// Write --out as a Hugging Face folder in 32-bit floats.
    #[arg(long)]
    pub folder: bool,

    /// How the model is trained over tasks.
    #[command(flatten, next_help_heading = "Algorithm")]
    pub algorithm: AlgorithmFlags,

    /// How the run goes on.
    #[command(flatten, next_help_heading = "Training")]
    pub training: PrimeFlags,

    /// What the device will train later, and so what the inner steps train. `--method full` is plain MAML.
    #[command(flatten, next_help_heading = "Method that the device will train (`--method full` is plain MAML)")]
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

const PRIME: &str = "\
Examples:
  primer prime --model M --task data/de data/en data/ru --out primed.gguf --adapter-out start.safetensors
  primer prime --model M --task de=german.conll --task en=english.jsonl --dev af=afrikaans.conll \\
      --method lora --steps 2000 --checkpoint run.checkpoint --log run.jsonl --out primed.gguf

Then `primer adapt --model primed.gguf --method adapter --train few.conll ...` learns from few sentences,
best with the method that the model was primed for. Languages that you will adapt to later need
not be among the tasks. A run that was interrupted goes on when the same command is given again.
`--algorithm multi-task` trains on the same sentences without inner steps, for comparison.";
