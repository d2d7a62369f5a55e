//! A text's sentences: what is tagged at once, as training saw it.

mod abbreviations;
mod boundary;
mod marks;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use super::words::Words;
use boundary::{Context, ends};

/// Where a text is cut before it goes through the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Split {
    /// Into sentences, as training data has them: at the ends of lines and paragraphs and at the full stops, question and
    /// exclamation marks of Unicode's sentence boundaries, but not behind initials and abbreviations, and not where a
    /// line of running text is only wrapped.
    #[default]
    Sentences,
    /// At the ends of lines alone.
    Lines,
    /// Nowhere: the text is one sentence.
    None,
}

/// Words of a sentence, at most: a longer one is cut, behind a comma where one is near.
pub(crate) const LONGEST: usize = 1024;

/// How far before that a comma is near.
const NEAR: usize = 128;

/// Words behind a full stop that are looked at.
const AHEAD: usize = 6;

/// The sentences of a text as the byte ranges of their words. What it remembers does not grow with the text, and
/// where a sentence ends is known a few words behind it.
pub(crate) struct Sentences<'a, W> {
    text: &'a str,
    split: Split,
    words: W,
    /// Words that have been read, from the beginning of the next sentence on.
    read: VecDeque<Range<usize>>,
}

impl<'a> Sentences<'a, Words<'a>> {
    /// The sentences of raw text.
    pub fn new(text: &'a str, split: Split) -> Self {
        Sentences::of_words(text, Words::new(text), split)
    }
}

impl<'a, W: Iterator<Item = Range<usize>>> Sentences<'a, W> {
    /// The sentences of a text whose words are known.
    pub fn of_words(text: &'a str, words: W, split: Split) -> Self {
        Sentences { text, split, words, read: VecDeque::new() }
    }

    /// Reads until `count` words are there, if the text has as many.
    fn read(&mut self, count: usize) {
        while self.read.len() < count
            && let Some(word) = self.words.next()
        {
            self.read.push_back(word);
        }
    }

    /// Where a sentence of `LONGEST` words is cut.
    fn cut(&self) -> usize {
        let mark = |i: &usize| {
            matches!(&self.text[self.read[*i].clone()], "," | ";" | ":" | "|" | "、" | "，" | "،" | "–" | "—")
        };
        let last = (LONGEST - NEAR..LONGEST).rev().find(mark);
        last.map_or(LONGEST, |at| at + 1)
    }
}

impl<W: Iterator<Item = Range<usize>>> Iterator for Sentences<'_, W> {
    type Item = Vec<Range<usize>>;

    fn next(&mut self) -> Option<Vec<Range<usize>>> {
        let mut length = 0;
        loop {
            self.read(length + 1 + AHEAD);
            if length == self.read.len() {
                break;
            }
            length += 1;
            if length == LONGEST && self.read.len() > LONGEST {
                length = self.cut();
                break;
            }
            let words = self.read.make_contiguous();
            let (before, after) = words.split_at(length);
            if ends(&Context { text: self.text, before, after }, self.split) {
                break;
            }
        }
        (length > 0).then(|| self.read.drain(..length).collect())
    }
}
