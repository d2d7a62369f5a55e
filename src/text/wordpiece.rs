//! The WordPiece model of BERT: the longest known piece first, then the longest known continuation, and so on.

use super::trie::{ROOT, Trie};

pub(super) struct WordPiece {
    pub(super) trie: Trie,
    unknown: u32,
    /// The node behind the prefix that marks a continuation ("##").
    continuation: Option<u32>,
    /// Longer words are unknown.
    max_chars: usize,
}

impl WordPiece {
    pub(super) fn new(trie: Trie, unknown: u32, prefix: &str, max_chars: usize) -> WordPiece {
        let continuation = trie.walk(prefix.as_bytes());
        WordPiece { trie, unknown, continuation, max_chars }
    }

    /// Appends the ids of one word's pieces; a word that cannot be covered is one unknown piece.
    pub(super) fn tokenize(&self, text: &str, ids: &mut Vec<u32>) {
        let first = ids.len();
        if text.chars().count() > self.max_chars || !self.cover(text.as_bytes(), ids) {
            ids.truncate(first);
            ids.push(self.unknown);
        }
    }

    fn cover(&self, bytes: &[u8], ids: &mut Vec<u32>) -> bool {
        let mut start = 0;
        while start < bytes.len() {
            let from = if start == 0 { Some(ROOT) } else { self.continuation };
            let Some(mut node) = from else { return false };
            let mut longest = None;
            for (end, &byte) in (start + 1..).zip(&bytes[start..]) {
                let Some(next) = self.trie.child(node, byte) else { break };
                node = next;
                longest = self.trie.id(node).map(|id| (end, id)).or(longest);
            }
            let Some((end, id)) = longest else { return false };
            ids.push(id);
            start = end;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use tokenizers::Model;

    proptest! {
        #[test]
        fn segments_as_the_tokenizers_crate_does(
            pieces in prop::collection::btree_set("(##)?[abé#]{1,4}", 0..30),
            prefix in prop::sample::select(vec!["##", "#", ""]),
            max_chars in 0usize..12,
            text in "[abcé#]{1,14}",
        ) {
            let mut vocabulary = vec!["[UNK]".to_string()];
            vocabulary.extend(pieces);
            let entries: Vec<_> = vocabulary.iter().zip(0..).map(|(p, i)| (p.as_bytes(), i)).collect();
            let model = WordPiece::new(Trie::build(&entries).unwrap(), 0, prefix, max_chars);
            let mut ids = Vec::new();
            model.tokenize(&text, &mut ids);
            let map: HashMap<String, u32> = vocabulary.into_iter().zip(0..).collect();
            let theirs = serde_json::json!({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": prefix,
                "max_input_chars_per_word": max_chars, "vocab": map});
            let theirs: tokenizers::models::wordpiece::WordPiece = serde_json::from_str(&theirs.to_string()).unwrap();
            let theirs: Vec<u32> = theirs.tokenize(&text).unwrap().iter().map(|t| t.id).collect();
            prop_assert_eq!(ids, theirs);
        }
    }
}
