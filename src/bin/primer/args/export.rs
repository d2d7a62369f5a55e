//! `primer export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Common;

/// Write an adapter as a folder of Hugging Face PEFT or AdapterHub.
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
    #[arg(long, value_enum, value_name = "LIBRARY")]
    pub format: Folder,

    /// The entity types of a folder that does not name its labels, in the order of its tags.
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub types: Vec<String>,

    /// The folder to write.
    #[arg(short, long, value_name = "FOLDER")]
    pub out: PathBuf,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

const EXPORT: &str = "\
Examples:
  primer export --model M --adapter A --format adapterhub --out folder
  primer export --model M --adapter peft-folder --types PER,ORG,LOC --format peft --out folder

PEFT folders hold LoRA adapters (--method lora), AdapterHub folders bottleneck adapters (--method adapter).";

/// A library's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Folder {
    /// Hugging Face PEFT, for LoRA.
    Peft,
    /// AdapterHub's `adapters`, for bottleneck adapters.
    Adapterhub,
}
