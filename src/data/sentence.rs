//! One labelled sentence.

use std::ops::Range;

/// An entity of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first word.
    pub start: usize,
    /// One past the last word.
    pub end: usize,
    /// Index into the entity types of the data set or tag set.
    pub label: usize,
}

/// A labelled sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words, none empty.
    pub words: Vec<String>,
    /// One tag a word, as the file has them; for records of text and spans, in the data set's scheme. Empty where the data
    /// was read without labels.
    pub tags: Vec<String>,
    /// The entities, ascending, not overlapping.
    pub spans: Vec<Span>,
    /// Where the record came as text: the text and where its words are.
    pub text: Option<SourceText>,
    /// The line of the file where the sentence starts, from 1.
    pub line: u64,
}

/// The text that a sentence's words were cut from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The text as the record has it.
    pub text: String,
    /// The byte range of each word.
    pub words: Vec<Range<usize>>,
}

/// A text and its entities, for data sets made in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// The entities as byte ranges of the text with their types; they do not overlap.
    pub entities: Vec<(Range<usize>, String)>,
}
