//! Raw text as words, the way NER data has them.

mod address;
mod compounds;
mod ends;
mod joins;
mod script;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

pub(super) use script::is_space;
use script::{is_blank, is_written_without_blanks};

/// Cuts raw text into words and gives their byte ranges, ascending and apart.
///
/// The rules are those of the tokens in NER data (WikiANN, Universal NER), with a cut wherever an entity may start or end:
/// - Letters, marks and digits that touch are one word. So are two such runs with an apostrophe between them (O'Brien),
///   short capitals with `&` (AT&T), `@`, letters with a full stop between them (U.S, example.com), digits with `. , : /`
///   between them (3.14, 10:30) or with several hyphens (2010-05-03), and short capitals with a hyphen and digits (F-16).
///   Web and mail addresses are one word.
/// - Two names with a hyphen are one word (Jean-Pierre). Other hyphens are words (Berlin-based, pro-Paris, 6–4 are three
///   each), and so is a full stop before a capital
///   (`Paris.Anna`), unless initials are before it (`U.S.Army` is `U.S.` and `Army`).
/// - A full stop after single capital letters belongs to them (J., U.S.), but not at the end of a line or after a number
///   (Serie D., 5 V.). English clitics (`'s`, `'ll`), suffixes with an apostrophe behind a name (Ankara|'da), elided articles and
///   prepositions (l'|Italie, dell'|Europa) and units behind a number (10|km) are words of their own.
/// - Other punctuation and symbols are words; a repeated mark (`...`, `--`, `''`) is one, but for two full stops. An emoji
///   is one word with all its modifiers.
/// - Scripts that are written without blanks are cut into characters: Han, Kana and Bopomofo as in WikiANN, Thai, Lao,
///   Khmer and Myanmar with their marks.
/// - Blanks, control characters (NUL too) and invisible format characters are no words and never part of one, except for
///   joiners (U+200C, U+200D) and soft hyphens inside a word.
/// - What goes on without an end is cut after 1,024 bytes.
///
/// Takes time proportional to the text's length.
pub fn split_words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::with_capacity(text.len() / 6);
    words.extend(Words::new(text));
    words
}

/// The words of a text, one after another; what it remembers does not grow with the text.
pub(crate) struct Words<'a> {
    text: &'a str,
    /// How far the text is read.
    at: usize,
    /// Where the word that is not yet ended starts.
    open: Option<usize>,
    /// Words that have ended.
    ready: VecDeque<Range<usize>>,
    /// The last word that has ended.
    last: Range<usize>,
    /// Up to here it is known that no address starts.
    searched: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Words<'a> {
        Words { text, at: 0, open: None, ready: VecDeque::new(), last: 0..0, searched: 0 }
    }

    /// Reads one cluster.
    fn step(&mut self) {
        let (text, at) = (self.text, self.at);
        let (mut end, class) = cluster(text, at);
        match class {
            Class::Blank => self.close(at),
            Class::Word => {
                if self.open.is_some_and(|open| at - open >= LONGEST) {
                    self.close(at);
                }
                if self.open.is_none() && at >= self.searched {
                    let (address, searched) = address::at(text, at);
                    self.searched = searched;
                    if let Some(address) = address {
                        self.push(at..address);
                        self.at = address;
                        return;
                    }
                }
                self.open.get_or_insert(at);
            }
            Class::Alone => {
                self.close(at);
                self.push(at..end);
            }
            Class::Mark(mark) => match self.open {
                Some(open) if joins::joins(text, open, at, end, mark) => {} // the word goes on behind the mark
                Some(open) if mark == '.' && joins::takes_full_stop(text, open, at, &text[self.last.clone()]) => {
                    self.close_with(end, 1);
                }
                Some(open)
                    if ends::plus_signs(text, open, at).is_some_and(|plus| {
                        end = plus;
                        true
                    }) =>
                {
                    self.open = None;
                    self.push(open..end);
                }
                _ => {
                    self.close(at);
                    while mark.is_ascii() && is_mark(text, end, mark) {
                        end += 1;
                    }
                    match mark {
                        SOFT_HYPHEN => {}
                        '.' if end == at + 2 => [at..at + 1, at + 1..end].into_iter().for_each(|stop| self.push(stop)),
                        _ => self.push(at..end),
                    }
                }
            },
        }
        self.at = end;
    }

    fn push(&mut self, word: Range<usize>) {
        self.last = word.clone();
        self.ready.push_back(word);
    }

    fn close(&mut self, end: usize) {
        self.close_with(end, 0);
    }

    /// Ends the open word, of which the last `stop` bytes are a full stop.
    fn close_with(&mut self, end: usize, stop: usize) {
        let Some(mut start) = self.open.take() else { return };
        if stop > 0 {
            return self.push(start..end);
        }
        // A soft hyphen joins, but ends no word.
        let end = start + self.text[start..end].trim_end_matches(SOFT_HYPHEN).len();
        while let Some(prefix) = ends::elision(&self.text[start..end]) {
            self.push(start..start + prefix);
            start += prefix;
        }
        let word = &self.text[start..end];
        let middle = start + ends::suffix(word).unwrap_or(word.len());
        let number = ends::number_before_unit(&self.text[start..middle]);
        if let Some(number) = number {
            self.push(start..start + number);
            start += number;
        }
        [start..middle, middle..end].into_iter().filter(|part| !part.is_empty()).for_each(|part| self.push(part));
    }
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        while self.ready.is_empty() && self.at < self.text.len() {
            self.step();
        }
        if self.ready.is_empty() {
            self.close(self.text.len());
        }
        self.ready.pop_front()
    }
}

/// Bytes after which a word is cut. No word of a language is as long; a text without blanks must not be one.
const LONGEST: usize = 1024;

const SOFT_HYPHEN: char = '\u{ad}';

enum Class {
    /// No word: blanks, control and format characters.
    Blank,
    /// Part of a word.
    Word,
    /// A word by itself: a character of a script without blanks, a symbol with modifiers.
    Alone,
    /// One punctuation mark or symbol.
    Mark(char),
}

/// The end and the class of the grapheme cluster at `at`, which is a boundary before the end of `text`.
fn cluster(text: &str, at: usize) -> (usize, Class) {
    let bytes = text.as_bytes();
    let first = bytes[at];
    // Between two ASCII characters there is always a boundary, but for CR LF, and both are blanks.
    if first.is_ascii() && bytes.get(at + 1).is_none_or(u8::is_ascii) {
        let class = match first {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Word,
            0..=b' ' | 0x7F => Class::Blank,
            _ => Class::Mark(first as char),
        };
        return (at + 1, class);
    }
    let rest = &text[at..];
    let mut grapheme = rest.graphemes(true).next().unwrap_or(rest);
    if let Some((blank, _)) = grapheme.char_indices().skip(1).find(|(_, c)| is_space(*c)) {
        grapheme = &grapheme[..blank]; // a number sign before a blank is one cluster with it
    }
    let end = at + grapheme.len();
    let mut chars = grapheme.chars();
    let Some(first) = chars.next() else { return (text.len(), Class::Blank) };
    let single = chars.next().is_none();
    let class = if first == SOFT_HYPHEN {
        Class::Mark(first)
    } else if is_blank(first) {
        // A blank may carry a combining mark.
        Class::Blank
    } else if is_written_without_blanks(first) {
        Class::Alone
    } else if first == '_' || first.is_alphanumeric() || grapheme.chars().nth(1).is_some_and(char::is_alphanumeric) {
        // The second character counts where a number sign stands before digits (Arabic, Indic).
        Class::Word
    } else if single {
        Class::Mark(first)
    } else {
        Class::Alone
    };
    (end, class)
}

/// Whether `mark` stands at `at` without modifiers.
fn is_mark(text: &str, at: usize, mark: char) -> bool {
    text[at..].starts_with(mark) && matches!(cluster(text, at).1, Class::Mark(_))
}
