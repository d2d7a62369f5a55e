//! How a text comes to the encoder: as sentences, each in one window or several. Training, evaluation and tagging share it.

use std::ops::Range;

use super::encoding::Encoding;
use super::sentences::{Sentences, Split};
use super::tokenizer::Tokenizer;
use super::window::Window;

/// The longest window, in pieces, where nobody asks for another: sentences are seldom longer, and attention costs the
/// square of it.
pub(crate) const WINDOW: usize = 256;

/// Where texts are cut, and how long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segmentation {
    pub split: Split,
    /// Pieces in a window at most, special tokens included.
    pub window: usize,
}

impl Segmentation {
    /// Windows of `window` pieces, where the encoder has positions for as many.
    pub fn new(split: Split, window: Option<usize>, positions: usize) -> Segmentation {
        Segmentation { split, window: window.unwrap_or(WINDOW).clamp(1, positions.max(1)) }
    }

    /// The windows of an encoded sentence; neighbours share an eighth of their pieces.
    pub fn windows(&self, tokenizer: &Tokenizer, encoding: &Encoding) -> Vec<Window> {
        tokenizer.windows(encoding, self.window, self.window / 8)
    }

    /// The sentences of a raw text, as byte ranges of their words.
    pub fn of_text<'a>(&self, text: &'a str) -> impl Iterator<Item = Vec<Range<usize>>> + Send + use<'a> {
        Sentences::new(text, self.split)
    }

    /// The sentences of words that somebody else has found, as byte ranges of the words joined by single blanks. They
    /// are one sentence, unless they are more than a window could hold.
    pub fn of_words(&self, words: &[impl AsRef<str>]) -> Vec<Vec<Range<usize>>> {
        let mut end = 0;
        let range = |word: &str| {
            let start = end;
            end = start + word.len() + 1;
            start..start + word.len()
        };
        let ranges: Vec<Range<usize>> = words.iter().map(AsRef::as_ref).map(range).collect();
        if ranges.len() <= self.window {
            return if ranges.is_empty() { Vec::new() } else { vec![ranges] };
        }
        let joined: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        Sentences::of_words(&joined.join(" "), ranges.into_iter(), self.split).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_sentence_as_long_as_a_window_could_hold_them() {
        let cutting = |window| Segmentation::new(Split::Sentences, Some(window), 512);
        let words = ["Ada", "left", ".", "Bob", "", "stayed", "."];
        assert_eq!(cutting(7).of_words(&words), [vec![0..3, 4..8, 9..10, 11..14, 15..15, 16..22, 23..24]]);
        assert_eq!(cutting(6).of_words(&words), [vec![0..3, 4..8, 9..10], vec![11..14, 15..15, 16..22, 23..24]]);
        assert!(cutting(6).of_words(&[""; 0]).is_empty());
    }

    #[test]
    fn a_window_is_never_longer_than_the_encoders_positions() {
        let window = |asked, positions| Segmentation::new(Split::None, asked, positions).window;
        assert_eq!((window(None, 48), window(None, 512), window(Some(900), 512)), (48, WINDOW, 512));
        assert_eq!((window(Some(0), 48), window(Some(5), 48)), (1, 5));
    }
}
