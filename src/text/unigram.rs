//! The Unigram model of SentencePiece (XLM-RoBERTa): the segmentation whose pieces have the highest sum of scores.
//!
//! Kudo 2018, arXiv 1804.10959. Gives what the `tokenizers` crate gives, ties and fused unknown characters included, in
//! a tenth of its memory.

use super::trie::{ROOT, Trie};

/// An unknown character costs this much more than the rarest piece, as in SentencePiece.
const UNKNOWN_PENALTY: f64 = 10.0;

pub(super) struct Unigram {
    pub(super) trie: Trie,
    scores: Vec<f64>,
    unknown: u32,
    unknown_score: f64,
    /// The pieces `<0x00>` to `<0xFF>` where unknown characters fall back to bytes.
    bytes: Option<Box<[Option<u32>; 256]>>,
}

/// The best way found to reach a byte position.
#[derive(Clone, Copy)]
pub(super) struct Best {
    score: f64,
    /// Where the last piece starts; `u32::MAX` where nothing reaches.
    start: u32,
    id: u32,
}

const UNREACHED: Best = Best { score: 0.0, start: u32::MAX, id: 0 };

impl Unigram {
    /// `scores` are finite and belong to the ids `0..scores.len()` in `trie`; `unknown` is one of them.
    pub(super) fn new(trie: Trie, scores: Vec<f64>, unknown: u32, byte_fallback: bool) -> Unigram {
        let lowest = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let byte = |b: usize| trie.get(format!("<0x{b:02X}>").as_bytes());
        let bytes = byte_fallback.then(|| Box::new(std::array::from_fn(byte)));
        Unigram { trie, scores, unknown, unknown_score: lowest - UNKNOWN_PENALTY, bytes }
    }

    /// Appends the ids of the best segmentation of `text`; `best` is working memory.
    pub(super) fn tokenize(&self, text: &str, best: &mut Vec<Best>, ids: &mut Vec<u32>) {
        let bytes = text.as_bytes();
        best.clear();
        best.resize(bytes.len() + 1, UNREACHED);
        for (start, character) in text.char_indices() {
            let so_far = best[start].score;
            let single = start + character.len_utf8();
            let mut reach = |end: usize, score: f64, id: u32| {
                let target = &mut best[end];
                if target.start == u32::MAX || score > target.score {
                    *target = Best { score, start: start as u32, id };
                }
            };
            let mut node = ROOT;
            let mut known = false;
            for (end, &byte) in (start + 1..).zip(&bytes[start..]) {
                let Some(next) = self.trie.child(node, byte) else { break };
                node = next;
                if let Some(id) = self.trie.id(node) {
                    reach(end, self.scores[id as usize] + so_far, id);
                    known |= end == single;
                }
            }
            if !known {
                reach(single, self.unknown_score + so_far, self.unknown);
            }
        }

        // Back along the best path, then turn it round; neighbouring unknown characters are one piece.
        let first = ids.len();
        let mut end = bytes.len();
        while end > 0 {
            let Best { start, id, .. } = best[end];
            let mut start = start as usize;
            if id == self.unknown {
                while start > 0 && best[start].id == self.unknown {
                    start = best[start].start as usize;
                }
                self.push_unknown(&bytes[start..end], ids);
            } else {
                ids.push(id);
            }
            end = start;
        }
        ids[first..].reverse();
    }

    /// Appends, back to front, what stands for unknown characters.
    fn push_unknown(&self, text: &[u8], ids: &mut Vec<u32>) {
        if let Some(id) = self.trie.get(text) {
            ids.push(id);
            return;
        }
        let first = ids.len();
        if let Some(table) = &self.bytes {
            ids.extend(text.iter().rev().map_while(|&b| table[b as usize]));
            if ids.len() - first == text.len() {
                return;
            }
            ids.truncate(first);
        }
        ids.push(self.unknown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokenizers::Model;

    fn ours(vocabulary: &[(String, f64)], byte_fallback: bool, text: &str) -> Vec<u32> {
        let entries: Vec<_> = vocabulary.iter().zip(0..).map(|((p, _), i)| (p.as_bytes(), i)).collect();
        let scores = vocabulary.iter().map(|v| v.1).collect();
        let model = Unigram::new(Trie::build(&entries).unwrap(), scores, 0, byte_fallback);
        let mut ids = vec![7];
        model.tokenize(text, &mut vec![UNREACHED; 3], &mut ids);
        ids.split_off(1)
    }

    fn theirs(vocabulary: &[(String, f64)], byte_fallback: bool, text: &str) -> Vec<u32> {
        let model = tokenizers::models::unigram::Unigram::from(vocabulary.to_vec(), Some(0), byte_fallback).unwrap();
        model.tokenize(text).unwrap().iter().map(|t| t.id).collect()
    }

    proptest! {
        /// Whole scores make ties common; the order in which they are broken must agree too.
        #[test]
        fn segments_as_the_tokenizers_crate_does(
            pieces in prop::collection::btree_map("[abcé▁]{1,4}", -9i32..0, 0..30),
            fallback: bool,
            some_bytes in prop::collection::btree_set(0u8..=255, 0..256),
            text in "[abcdé▁漢]{0,24}",
        ) {
            let mut vocabulary = vec![("<unk>".to_string(), 0.0)];
            vocabulary.extend(pieces.into_iter().map(|(p, s)| (p, s as f64)));
            vocabulary.extend(some_bytes.into_iter().map(|b| (format!("<0x{b:02X}>"), 0.0)));
            prop_assert_eq!(ours(&vocabulary, fallback, &text), theirs(&vocabulary, fallback, &text));
        }
    }

    #[test]
    fn extreme_scores_still_give_a_path() {
        let vocabulary = [("<unk>".to_string(), f64::MIN), ("a".into(), f64::MAX), ("aa".into(), f64::MIN)];
        for text in ["aaaa", "bbab", "b"] {
            assert_eq!(ours(&vocabulary, false, text), theirs(&vocabulary, false, text));
        }
    }
}
