//! `primer tag`: mark the entities in a text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Common, DatasetFlags, Engine};
use crate::render::{ColourChoice, Unit};

/// Mark the entities in a text.
#[derive(Debug, Args)]
#[command(after_help = TAG)]
pub struct Tag {
    /// The model: a GGUF file or a Hugging Face folder; without an adapter, a folder with an ONNX model of your own.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// The adapter, which knows the entity types. An ONNX model has types of its own and takes none.
    #[arg(short, long, value_name = "FILE")]
    pub adapter: Option<PathBuf>,

    /// Files to tag; `-` or none at all reads standard input.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Text to tag instead of a file; may be given several times.
    #[arg(short, long, value_name = "TEXT", conflicts_with = "files", allow_hyphen_values = true)]
    pub text: Vec<String>,

    /// How the result is written.
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: OutputFormat,

    /// What the files are; without it, the file's name decides: .jsonl, .json, .conll (also .conllu, .iob2, .tsv and the
    /// like), else text.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input: Option<InputFormat>,

    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Go on with the run that wrote --out and was stopped: the same command, and this.
    #[arg(long, requires = "out", conflicts_with = "text")]
    pub resume: bool,

    /// Start at this line of the file, counted from 1.
    #[arg(long, value_name = "N", conflicts_with = "text", value_parser = clap::value_parser!(u64).range(1..))]
    pub from_line: Option<u64>,

    /// What `start` and `end` count in --format jsonl.
    #[arg(long, value_enum, default_value_t, value_name = "UNIT")]
    pub unit: Unit,

    /// When to use colour in --format terminal.
    #[arg(long = "color", alias = "colour", value_enum, default_value_t, value_name = "WHEN")]
    pub colour: ColourChoice,

    /// How files are read.
    #[command(flatten)]
    pub data: DatasetFlags,

    /// What runs the model.
    #[command(flatten)]
    pub engine: Engine,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

impl Tag {
    /// How the result is written, by whichever option says it.
    pub fn output_format(&self) -> OutputFormat {
        if self.common.json { OutputFormat::Jsonl } else { self.format }
    }

    /// Whether all that is tagged lies in files, which can be read as fast as one likes and as often.
    pub fn are_files_read(&self) -> bool {
        let is_file = |path: &PathBuf| path.as_os_str() != "-" && path.metadata().map_or(true, |m| m.is_file());
        !self.files.is_empty() && self.files.iter().all(is_file)
    }
}

const TAG: &str = "\
Examples:
  Look at it:        primer tag -m M -a A --text 'Ada Lovelace lived in London.'
  For a program:     primer tag --model M --adapter A --format jsonl news.txt > news.jsonl
  For a browser:     primer tag -m M -a A --format html --out news.html news.txt
  On a GPU:          primer tag -m M -a A --device cuda --precision bf16 news.txt
  By ONNX Runtime:   primer tag -m M -a A --engine onnx --onnxruntime libonnxruntime.so news.txt
  A model of others: primer tag --model folder-with-model.onnx news.txt
  From a pipe:       cat news.txt | primer tag -m M -a A
  A large file:      primer tag -m M -a A --json --out news.jsonl news.txt
    after a stop:    primer tag -m M -a A --json --out news.jsonl news.txt --resume

A text file is tagged line by line, each line a text of its own; an empty line is kept.
Files in CoNLL or JSON Lines keep their words. --json is short for --format jsonl.

In --format jsonl a text becomes
  {\"text\", \"unit\", \"entities\": [{\"start\", \"end\", \"label\", \"text\", \"score\"}]}
with the first byte in \"start\" and one past the last in \"end\". Given words become
  {\"tokens\", \"ner_tags\"}
with tags in IOB2.

Files may be of any size: little of them is in memory at a time (but a page of --format html is, and
a line may have 64 MiB at most). Ctrl-C stops at the end of a text, with everything before it
written; a second one stops at once. With --out FILE, what is needed to go on lies in FILE.progress
until all is done: the same command with --resume goes on, also after a crash, and FILE is in the end
what it would have been. Without --out, --from-line N starts where you say.";

/// How `tag` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// For reading: entities in colour, or in brackets where there is no colour.
    #[default]
    Terminal,
    /// For programs: a JSON object a line.
    Jsonl,
    /// Columns: a word and its tag a line.
    Conll,
    /// A page for the browser, in one file.
    Html,
}

/// What `tag` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Plain text, each line by itself.
    Text,
    /// Columns: which is the word is found out; tags are not read.
    Conll,
    /// JSON objects with "text" or "tokens".
    Jsonl,
}
