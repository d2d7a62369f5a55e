//! `primer export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Common;

/// Write an adapter for other libraries: PEFT, AdapterHub, or a whole ONNX model.
#[derive(Debug, Args)]
#[command(after_help = EXPORT)]
pub struct Export {
    /// The model that the adapter belongs to: a GGUF file or a Hugging Face folder.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// The adapter: a file of this program or a folder of one of those libraries.
    #[arg(short, long, value_name = "FILE")]
    pub adapter: PathBuf,

    /// Which library's folder.
    #[arg(long, value_enum, value_name = "LIBRARY", required_unless_present = "onnx", requires = "out")]
    pub format: Option<Folder>,

    /// Write the model with the adapter in it as one ONNX file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "out"])]
    pub onnx: Option<PathBuf>,

    /// The entity types of a folder that does not name its labels, in the order of its tags.
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub types: Vec<String>,

    /// The folder to write.
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

const EXPORT: &str = "\
Examples:
  primer export --model M --adapter A --format adapterhub --out folder
  primer export --model M --adapter peft-folder --types PER,ORG,LOC --format peft --out folder
  primer export --model M --adapter A --onnx tagger.onnx

PEFT folders hold LoRA and (IA)3 adapters (--method lora, ia3), AdapterHub folders bottleneck and parallel
adapters (--method adapter, parallel).
An ONNX file holds everything that tags pieces, whatever the method: inputs input_ids and
attention_mask, output logits. The tokenizer is not in it.";

/// A library's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Folder {
    /// Hugging Face PEFT, for LoRA and (IA)3.
    Peft,
    /// AdapterHub's `adapters`, for bottleneck and parallel adapters.
    Adapterhub,
}
