//! `primer import`: one model file of a Hugging Face folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Common, at_least_one};

/// Make one model file of a Hugging Face folder.
///
/// The vocabulary is cut to the pieces that your languages need, and the weights are written in
/// fewer bits, so that the file is several times smaller.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = IMPORT)]
pub struct Import {
    /// The Hugging Face folder (config.json, model.safetensors, tokenizer.json).
    #[arg(value_name = "FOLDER")]
    pub source: PathBuf,

    /// The GGUF file to write.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Text in your languages (plain or CoNLL), or folders of it: the pieces that it uses are kept. May be given several times.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub text: Vec<PathBuf>,

    /// Text that is only measured: how much of it is still cut into the same pieces. May be given several times.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub held_out: Vec<PathBuf>,

    /// Languages to serve without text of theirs, as codes with commas between (ta,te,ur): kept by their script.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub languages: Vec<String>,

    /// Keep N pieces of the vocabulary [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub vocabulary: Option<usize>,

    /// How the vocabulary's vectors are stored.
    #[arg(long, value_enum, default_value_t = Numbers::Q4_0, value_name = "TYPE")]
    pub embedding: Numbers,

    /// How the encoder's weights are stored.
    #[arg(long, value_enum, default_value_t = Numbers::Q4_0, value_name = "TYPE")]
    pub encoder: Numbers,

    /// The model's name on its card.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// The model's licence, as an SPDX expression.
    #[arg(long, alias = "license", value_name = "SPDX")]
    pub licence: Option<String>,

    /// Whom the licence asks to name.
    #[arg(long, value_name = "TEXT")]
    pub attribution: Option<String>,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

const IMPORT: &str = "\
Example:
  primer import multilingual-e5-small --text train-de.txt train-fr.txt --vocabulary 50000 --out my-model.gguf

q4_0 is the smallest and loses a little; q8_0 loses next to nothing; f16 is for comparing; f32 keeps every bit.";

/// How `import` stores numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Numbers {
    /// 4 bits and a scale for 32 of them.
    #[value(name = "q4_0")]
    Q4_0,
    /// 8 bits and a scale for 32 of them.
    #[value(name = "q8_0")]
    Q8_0,
    /// 16 bits.
    F16,
    /// 32 bits.
    F32,
}
