//! `primer info`: what is in a file.

use std::path::PathBuf;

use clap::Args;

use super::Common;

/// Tell what is in a model, an adapter or a data file.
#[derive(Debug, Args)]
pub struct Info {
    /// Models, adapters, or data files.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Also list every tensor.
    #[arg(long)]
    pub tensors: bool,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}
