//! What a reader can be told about its data.

use std::str::FromStr;

use serde::Deserialize;

use super::scheme::Scheme;
use crate::cancel::Cancel;
use crate::error::{Error, Result};

/// File formats of labelled data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A word a line in columns, an empty line after each sentence.
    Conll,
    /// JSON records, one a line or in a list: tokens and tags, or text and entities.
    Jsonl,
}

impl Format {
    /// The format that a file's name says, by its ending in any case; `None` for `.txt`, others, and none.
    pub fn of_name(name: &str) -> Option<Format> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" | "json" | "jsonlines" => Some(Format::Jsonl),
            "conll" | "conllu" | "conllup" | "conllx" | "conll2002" | "conll2003" | "iob" | "iob1" | "iob2" | "bio"
            | "bio2" | "bioes" | "iobes" | "bilou" | "bmes" | "tsv" | "gold_conll" | "auto_conll" | "v4_gold_conll"
            | "v4_auto_conll" => Some(Format::Conll),
            _ => None,
        }
    }

    /// The format by a file's name or, where that says nothing, by its first characters: JSON starts with a bracket and
    /// goes on as JSON does.
    pub fn guess(name: &str, start: &[u8]) -> Format {
        let is_json = || {
            let mut text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start).iter();
            let mut next = || text.find(|b| !b.is_ascii_whitespace()).copied();
            match (next(), next()) {
                (Some(b'{'), Some(b'"' | b'}')) => true,
                (Some(b'['), Some(b'{' | b'[' | b']')) => true,
                // A word [ in quotes is not followed by a comma.
                (Some(b'['), Some(b'"')) => start.contains(&b','),
                _ => false,
            }
        };
        Format::of_name(name).unwrap_or_else(|| if is_json() { Format::Jsonl } else { Format::Conll })
    }
}

/// What `start` and `end` of an entity in JSON count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes of the text in UTF-8 (C, Go, Rust).
    Byte,
    /// UTF-16 code units (JavaScript, Java).
    Utf16,
    /// Unicode code points (Python).
    #[default]
    CodePoint,
}

impl FromStr for Unit {
    type Err = Error;

    /// Reads a name as people and programs write it: byte, bytes, UTF-8; utf16, UTF-16; code-point, codepoints, chars.
    fn from_str(name: &str) -> Result<Unit> {
        match name.to_ascii_lowercase().replace(['-', '_', ' '], "").trim_end_matches('s') {
            "byte" | "utf8" | "utf8byte" => Ok(Unit::Byte),
            "utf16" | "utf16codeunit" | "utf16unit" => Ok(Unit::Utf16),
            "codepoint" | "char" | "character" | "unicodecodepoint" => Ok(Unit::CodePoint),
            _ => Err(Error::argument(format!("{name:?} is no unit of positions: byte, utf16 and code-point are"))),
        }
    }
}

/// How labelled data is read; [`Default`] finds everything out from the data.
#[derive(Debug, Clone)]
pub struct DataOptions {
    /// The format; found by [`Format::guess`] where `None`.
    pub format: Option<Format>,
    /// The label scheme; found as [`Dataset`](super::Dataset) says where `None`. Where it is given, E- and S- tags in IOB1 or
    /// IOB2 data are errors.
    pub scheme: Option<Scheme>,
    /// JSON: the unit of `start` and `end`.
    pub unit: Unit,
    /// CoNLL: the column of the word, from 0; found out where `None`.
    pub word_column: Option<usize>,
    /// CoNLL: the column of the tag, from 0; found out where `None`.
    pub tag_column: Option<usize>,
    /// The names of tags that are numbers, in their order from 0: `O`, `B-PER`, and so on.
    pub tag_names: Vec<String>,
    /// Whether the data must have labels. Where `false`, labels are not read and need not be there.
    pub labelled: bool,
    /// The entity types that the data label: nothing is known of others. A sentence may name its own (`labelled_types`).
    /// Empty where all types of the data are labelled.
    pub labelled_types: Vec<String>,
    /// Texts with entities: whether entities that overlap, or start or end inside a word, are errors. Where `false`, the
    /// longest of those that overlap stays, as [`Dataset::notes`](super::Dataset::notes) tells, and a word that is cut
    /// belongs to the entity where that covers at least half of its characters;
    /// [`Dataset::cut_spans`](super::Dataset::cut_spans) tells how many there are.
    pub strict: bool,
    /// A request to stop reading, which then ends with `Cancelled` within a few hundred lines.
    pub cancel: Cancel,
}

/// Lines or records between two looks at the request to stop.
const LOOK: u64 = 256;

impl DataOptions {
    /// # Errors
    /// `Cancelled` at some of the lines or records that are numbered, once that was requested.
    pub(super) fn check(&self, number: u64) -> Result<()> {
        if number.is_multiple_of(LOOK) { self.cancel.check() } else { Ok(()) }
    }
}

impl Default for DataOptions {
    fn default() -> DataOptions {
        DataOptions {
            format: None,
            scheme: None,
            unit: Unit::default(),
            word_column: None,
            tag_column: None,
            tag_names: Vec::new(),
            labelled: true,
            labelled_types: Vec::new(),
            strict: false,
            cancel: Cancel::new(),
        }
    }
}
