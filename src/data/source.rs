//! What the readers share: the records that they make of a file.

use std::ops::Range;

use super::align::Aligned;
use super::notes::Notes;
use super::spelling::TagCounts;
use crate::error::{Error, Result};

/// What a reader makes of one sentence, before the scheme and the types of the whole data set are known.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) words: Vec<String>,
    pub(super) labels: Labels,
    /// The types that it labels, where it says so.
    pub(super) labelled: Option<Vec<String>>,
}

pub(super) enum Labels {
    /// The data was read without labels.
    None,
    /// One tag a word.
    Tags(Vec<String>),
    /// The words are those of a text, where `Record::words` is empty.
    Text { text: String, words: Vec<Range<usize>>, entities: Vec<Aligned> },
}

/// What a reader makes of a file.
pub(super) struct Reading {
    pub(super) records: Vec<Record>,
    /// All tags of the records, as the file spells them.
    pub(super) tags: TagCounts,
    pub(super) notes: Notes,
}

/// Checks that a word holds more than blanks; characters that yield no piece, such as zero-width ones, are let through.
pub(super) fn check_word(word: &str) -> Result<()> {
    if word.bytes().all(|b| b.is_ascii_whitespace()) {
        return Err(Error::data("a word is empty or only blanks"));
    }
    Ok(())
}
