//! One sentence as pieces.

use std::ops::Range;

/// One sentence's pieces, without special tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// The ids of all pieces, in their order.
    pub ids: Vec<u32>,
    /// One entry for every word that was given.
    pub words: Vec<WordPieces>,
}

/// The pieces of one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordPieces {
    /// Indices into [`Encoding::ids`]; the ranges of a sentence's words follow one another without gaps.
    pub pieces: Range<u32>,
    /// Index into [`Encoding::ids`] of the piece that carries the word's tag: the first that is not a bare "▁", or the
    /// first where all are bare. `None` when the word yields no piece (zero-width characters do that); its tag is O.
    pub labelled: Option<u32>,
}

impl Encoding {
    /// Closes a word whose pieces are the ids from `start` on; `blank` is the id of a bare "▁".
    pub(super) fn end_word(&mut self, start: u32, blank: Option<u32>) {
        let pieces = start..self.ids.len() as u32;
        let of_word = &self.ids[start as usize..];
        let first = of_word.iter().position(|&id| Some(id) != blank).unwrap_or(0) as u32;
        let labelled = (!of_word.is_empty()).then_some(start + first);
        self.words.push(WordPieces { pieces, labelled });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_piece_that_is_not_bare_is_labelled() {
        let mut encoding = Encoding::default();
        for word in [&[6, 9, 9][..], &[9], &[], &[6], &[6, 6]] {
            let start = encoding.ids.len() as u32;
            encoding.ids.extend(word);
            encoding.end_word(start, Some(6));
        }
        let labelled: Vec<_> = encoding.words.iter().map(|w| w.labelled).collect();
        assert_eq!(labelled, [Some(1), Some(3), None, Some(4), Some(5)]);
        assert_eq!(encoding.words[2].pieces, 4..4);
    }
}
