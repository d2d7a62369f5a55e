//! What a reader can be told about its data.

use serde::Deserialize;

use super::scheme::Scheme;

/// File formats of labelled data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A word a line in columns, an empty line after each sentence.
    Conll,
    /// A JSON object a line: tokens and tags, or text and entities.
    Jsonl,
}

/// What `start` and `end` of an entity in JSON Lines count.
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

/// How labelled data is read; [`Default`] finds everything out from the data.
#[derive(Debug, Clone)]
pub struct DataOptions {
    /// The format; found by the file's name (`.jsonl`, `.ndjson`, `.json`), else by its first line, where `None`.
    pub format: Option<Format>,
    /// The label scheme; found as [`Dataset`](super::Dataset) says where `None`. Where it is given, E- and S- tags in IOB1 or
    /// IOB2 data are errors.
    pub scheme: Option<Scheme>,
    /// JSON Lines: the unit of `start` and `end`.
    pub unit: Unit,
    /// CoNLL: the column of the word, from 0; the first where `None`.
    pub word_column: Option<usize>,
    /// CoNLL: the column of the tag, from 0; the last where `None`.
    pub tag_column: Option<usize>,
    /// Whether the data must have labels. Where `false`, labels are not read and need not be there.
    pub labelled: bool,
    /// Texts with entities: whether an entity that starts or ends inside a word is an error. Where `false`, the word
    /// belongs to the entity where that covers at least half of its characters;
    /// [`Dataset::cut_spans`](super::Dataset::cut_spans) tells how many there are.
    pub strict: bool,
}

impl Default for DataOptions {
    fn default() -> DataOptions {
        DataOptions {
            format: None,
            scheme: None,
            unit: Unit::default(),
            word_column: None,
            tag_column: None,
            labelled: true,
            strict: false,
        }
    }
}
