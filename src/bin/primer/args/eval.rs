//! `primer eval`: measure an adapter.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Engine, Reading};

/// Measure how well an adapter tags labelled sentences.
#[derive(Debug, Args)]
#[command(after_help = EVAL)]
pub struct Eval {
    /// The model: a GGUF file or a Hugging Face folder; without an adapter, a folder with an ONNX model of your own.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// The adapter to measure. An ONNX model has types of its own and takes none.
    #[arg(short, long, value_name = "FILE")]
    pub adapter: Option<PathBuf>,

    /// Labelled sentences (CoNLL or JSON Lines) that the adapter was not trained on.
    #[arg(value_name = "FILE")]
    pub data: PathBuf,

    /// What runs the model.
    #[command(flatten)]
    pub engine: Engine,

    /// How labelled sentences are read.
    #[command(flatten)]
    pub reading: Reading,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

const EVAL: &str = "\
Examples:
  primer eval --model M --adapter A test.conll
  primer eval --model M --adapter A --json test.conll
  primer eval --model M --adapter A --precision int8 test.conll

An entity is right when its words and its type are. Precision: how many of the found entities
are right; recall: how many of the true ones were found; F1: both in one number. The numbers are
those of Python's seqeval; --json has them at micro.f1 (seqeval's default) and strict.micro.f1
(mode=\"strict\"), and for each type at types.TYPE.f1.";
