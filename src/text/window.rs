//! Long sentences as stretches that fit the encoder.

use std::ops::Range;

use super::encoding::Encoding;
use super::tokenizer::Tokenizer;

/// A stretch of a sentence that fits the encoder's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Piece ids with the special tokens around them (`<s>` and `</s>`, or `[CLS]` and `[SEP]`).
    pub ids: Vec<u32>,
    /// The words whose tags are read off this window, ascending.
    pub labelled: Vec<Labelled>,
}

/// A word and the piece that carries its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labelled {
    /// Index into [`Window::ids`].
    pub piece: u32,
    /// Index of the word in the sentence.
    pub word: u32,
}

impl Tokenizer {
    /// Cuts a sentence into windows of at most `max_pieces` pieces, special tokens included.
    ///
    /// Cuts fall between words. Neighbours share whole words, up to `overlap` pieces and never more than half a window.
    /// Every word with a piece is labelled in exactly one window: of two that hold it, the one in which it stands
    /// farther from the cut. Words ascend over the windows. A word longer than a window keeps its first pieces. A sentence
    /// without a piece has no window. Where the special tokens leave no room at all, a window holds one piece more.
    pub fn windows(&self, encoding: &Encoding, max_pieces: usize, overlap: usize) -> Vec<Window> {
        let (before, after) = (&self.0.before, &self.0.after);
        let room = max_pieces.saturating_sub(before.len() + after.len()).max(1);
        let stretches = stretches(encoding, room, overlap.min(room / 2));
        let mut windows = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            let pieces = stretch.pieces.start as usize..stretch.pieces.end as usize;
            let mut ids = Vec::with_capacity(before.len() + pieces.len() + after.len());
            ids.extend(before);
            ids.extend(encoding.ids.get(pieces).unwrap_or_default());
            ids.extend(after);
            let shift = |piece: u32| piece - stretch.pieces.start + before.len() as u32;
            let word =
                |word: usize| encoding.words[word].labelled.map(|p| Labelled { piece: shift(p), word: word as u32 });
            windows.push(Window { ids, labelled: stretch.labelled.filter_map(word).collect() });
        }
        windows
    }
}

struct Stretch {
    pieces: Range<u32>,
    /// The words that are labelled here.
    labelled: Range<usize>,
}

fn stretches(encoding: &Encoding, room: usize, overlap: usize) -> Vec<Stretch> {
    let words = &encoding.words;
    let starts = |word: usize| words.get(word).map_or(encoding.ids.len(), |w| w.pieces.start as usize);
    let mut stretches: Vec<Stretch> = Vec::new();
    if encoding.ids.is_empty() {
        return stretches;
    }
    // Words before `fresh` have been in a window; the window before that one ended at `settled`.
    let (mut fresh, mut settled) = (0, 0);
    while fresh < words.len() {
        if words[fresh].pieces.is_empty() {
            fresh += 1;
            continue;
        }
        // Back over words that are shared, as long as the next new one still fits.
        let new = starts(fresh + 1) - starts(fresh);
        let shared = overlap.min(room.saturating_sub(new));
        let mut first = fresh;
        while first > settled && starts(fresh) - starts(first - 1) <= shared {
            first -= 1;
        }
        let mut end = fresh + 1;
        while end < words.len() && starts(end + 1) - starts(first) <= room {
            end += 1;
        }
        let mut pieces = starts(first)..starts(end).min(starts(first) + room);
        if let Some(labelled) = words[fresh].labelled.filter(|&p| p as usize >= pieces.end) {
            pieces = labelled as usize..labelled as usize + 1; // a window of one piece, a word that starts with a bare one
        }
        // The shared words go to the window in which they stand farther from its cut.
        let middle = (first..fresh).find(|&word| {
            let Some(piece) = words[word].labelled else { return false };
            let (left, right) = (piece as usize - starts(first), starts(fresh) - piece as usize);
            left >= right
        });
        let middle = middle.unwrap_or(fresh);
        if let Some(previous) = stretches.last_mut() {
            previous.labelled.end = middle;
        }
        stretches.push(Stretch { pieces: pieces.start as u32..pieces.end as u32, labelled: middle..end });
        (settled, fresh) = (fresh, end);
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokenizer::tests::unigram;
    use proptest::prelude::*;

    /// Words of so many pieces, of which the first `bare` are bare.
    fn encoding(words: &[(usize, usize)]) -> Encoding {
        let mut encoding = Encoding::default();
        for &(bare, pieces) in words {
            let start = encoding.ids.len() as u32;
            encoding.ids.extend((0..bare + pieces).map(|i| if i < bare { 999 } else { 1000 + start + i as u32 }));
            encoding.end_word(start, Some(999));
        }
        encoding
    }

    proptest! {
        #[test]
        fn every_word_is_labelled_once_and_in_order(
            words in prop::collection::vec((0usize..2, 0usize..9), 0..60),
            max_pieces in 0usize..40,
            overlap in 0usize..30,
        ) {
            let encoding = encoding(&words);
            let windows = unigram().windows(&encoding, max_pieces, overlap);
            let mut seen = Vec::new();
            for window in &windows {
                prop_assert!(window.ids.len() <= max_pieces.max(3));
                prop_assert!(window.ids.len() > 2 && window.ids[0] == 0 && window.ids.ends_with(&[2]));
                for l in &window.labelled {
                    let piece = encoding.words[l.word as usize].labelled.unwrap();
                    prop_assert_eq!(window.ids[l.piece as usize], encoding.ids[piece as usize]);
                    seen.push(l.word as usize);
                }
            }
            let expected: Vec<_> = (0..words.len()).filter(|&w| encoding.words[w].labelled.is_some()).collect();
            prop_assert_eq!(seen, expected);
        }

        #[test]
        fn of_two_windows_the_one_with_more_context_labels(
            words in prop::collection::vec((0usize..2, 1usize..4), 20..60),
            max_pieces in 12usize..30,
            overlap in 0usize..14,
        ) {
            let encoding = encoding(&words);
            let windows = unigram().windows(&encoding, max_pieces, overlap);
            for pair in windows.windows(2) {
                for l in &pair[0].labelled {
                    let id = pair[0].ids[l.piece as usize];
                    let right = pair[0].ids.len() - 1 - l.piece as usize;
                    if let Some(left) = pair[1].ids.iter().position(|&other| other == id && id >= 1000) {
                        prop_assert!(right >= left, "{} {}", right, left);
                    }
                }
                for l in &pair[1].labelled {
                    let id = pair[1].ids[l.piece as usize];
                    if let Some(at) = pair[0].ids.iter().position(|&other| other == id && id >= 1000) {
                        prop_assert!(l.piece as usize + at > pair[0].ids.len() - 1);
                    }
                }
            }
        }
    }

    #[test]
    fn a_sentence_that_fits_is_one_window() {
        let encoding = encoding(&[(0, 2), (1, 3), (0, 0), (0, 1)]);
        let windows = unigram().windows(&encoding, 9, 4);
        assert_eq!(windows.len(), 1);
        assert_eq!(windows[0].ids.len(), 9);
        let labelled: Vec<_> = windows[0].labelled.iter().map(|l| (l.piece, l.word)).collect();
        assert_eq!(labelled, [(1, 0), (4, 1), (7, 3)]);
    }

    #[test]
    fn neighbours_share_the_overlap() {
        let encoding = encoding(&[(0, 1); 20]);
        let windows = unigram().windows(&encoding, 10, 4);
        let pieces: Vec<_> = windows.iter().map(|w| (w.ids[1] - 1000, w.ids.len() - 2)).collect();
        assert_eq!(pieces, [(0, 8), (4, 8), (8, 8), (12, 8)]);
        let words: Vec<_> = windows.iter().map(|w| w.labelled.len()).collect();
        assert_eq!(words, [6, 4, 4, 6]);
    }

    #[test]
    fn a_word_longer_than_a_window_keeps_its_first_pieces() {
        let encoding = encoding(&[(0, 1), (1, 50), (0, 1)]);
        let windows = unigram().windows(&encoding, 10, 4);
        let longest: Vec<_> = windows.iter().map(|w| w.ids.len()).collect();
        assert_eq!(longest, [3, 10, 3]);
        assert_eq!(windows[1].labelled, [Labelled { piece: 2, word: 1 }]);
    }
}
