//! `primer info`: what is in a file, and what can compute.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Reading};

/// Tell what is in a model, an adapter or a data file.
#[derive(Debug, Args)]
pub struct Info {
    /// Models, adapters, or data files.
    #[arg(value_name = "FILE", required_unless_present = "devices")]
    pub files: Vec<PathBuf>,

    /// Also list every tensor.
    #[arg(long)]
    pub tensors: bool,

    /// Also tell what this program was built with, and which devices it can use here.
    #[arg(long)]
    pub devices: bool,

    /// How labelled sentences are read.
    #[command(flatten)]
    pub reading: Reading,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}
