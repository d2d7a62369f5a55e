//! How often each piece of a tokenizer occurs in text.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use rayon::prelude::*;
use sha2::Sha256;

use crate::cancel::Cancel;
use crate::data::{DataOptions, Documents, Format, Unlabelled};
use crate::error::{Error, Result};
use crate::text::{Tokenizer, split_words};

/// Different words that are kept in memory before their pieces are counted.
const WORDS: usize = 1 << 19;

/// Counts pieces by the words that they come from: each word is encoded by itself, as in tagging.
pub(super) struct Counter<'a> {
    tokenizer: &'a Tokenizer,
    words: HashMap<String, u64>,
    counts: Vec<u64>,
    cancel: &'a Cancel,
}

impl<'a> Counter<'a> {
    /// For a vocabulary of `size` ids.
    pub(super) fn new(tokenizer: &'a Tokenizer, size: usize, cancel: &'a Cancel) -> Counter<'a> {
        Counter { tokenizer, words: HashMap::new(), counts: vec![0; size], cancel }
    }

    /// Counts a file: the words of columns and of records, of plain text all words. Which of them it is, the name tells.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<()> {
        let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
        self.add(file, Format::of_name(&path.to_string_lossy())).map_err(|e| e.in_file(path))
    }

    fn add(&mut self, file: File, format: Option<Format>) -> Result<()> {
        let mut documents = Documents::new(Box::new(file), format, false, &DataOptions::default(), Sha256::default())?;
        while let Some(document) = documents.next()? {
            self.cancel.check()?;
            match document {
                Unlabelled::Text(text) => split_words(&text).into_iter().for_each(|range| self.word(&text[range])),
                Unlabelled::Words(words) => words.iter().for_each(|word| self.word(word)),
            }
            if self.words.len() >= WORDS {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str) {
        match self.words.get_mut(word) {
            Some(count) => *count += 1,
            None => drop(self.words.insert(word.to_owned(), 1)),
        }
    }

    fn flush(&mut self) -> Result<()> {
        let words: Vec<(String, u64)> = self.words.drain().collect();
        let size = self.counts.len();
        let counts = words
            .par_chunks(4096)
            .map(|words| -> Result<HashMap<u32, u64>> {
                self.cancel.check()?;
                let mut counts = HashMap::new();
                let encoding = self.tokenizer.encode(&words.iter().map(|w| w.0.as_str()).collect::<Vec<_>>())?;
                for ((_, count), pieces) in words.iter().zip(&encoding.words) {
                    for id in &encoding.ids[pieces.pieces.start as usize..pieces.pieces.end as usize] {
                        *counts.entry(*id).or_default() += count;
                    }
                }
                Ok(counts)
            })
            .collect::<Result<Vec<_>>>()?;
        for (id, count) in counts.into_iter().flatten() {
            // An added token may have an id beyond the vocabulary; it is kept anyway.
            if (id as usize) < size {
                self.counts[id as usize] += count;
            }
        }
        Ok(())
    }

    /// How often each id occurred.
    pub(super) fn finish(mut self) -> Result<Vec<u64>> {
        self.flush()?;
        Ok(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn tokenizer() -> Tokenizer {
        let json = r#"{"pre_tokenizer":{"type":"Metaspace","replacement":"▁","add_prefix_space":true},
            "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-3],["a",-2],["b",-2],["▁a",-1]]}}"#;
        Tokenizer::from_bytes(json.as_bytes()).unwrap()
    }

    fn counts(text: &[u8], name: &str) -> Result<Vec<u64>> {
        let (tokenizer, cancel) = (tokenizer(), Cancel::new());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut counter = Counter::new(&tokenizer, 5, &cancel);
        counter.add_file(&path)?;
        counter.finish()
    }

    #[test]
    fn words_are_counted_with_their_pieces() {
        // "ab" is ▁a b, "b" is ▁ b, "a" is ▁a.
        assert_eq!(counts(b"ab b\nab a", "a.txt").unwrap(), [0, 1, 0, 3, 3]);
    }

    #[test]
    fn of_columns_only_the_words_count() {
        for text in [
            &b"-DOCSTART- -X- O O\n\nab B-X\r\nb O\n"[..],
            b"ab\tB-X\r\nb\tO",
            b"\xef\xbb\xbfab O\n \nb O",
            b"1\tab\tO\n2\tb\tO\n",
        ] {
            assert_eq!(counts(text, "a.conll").unwrap(), [0, 1, 0, 2, 1]);
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_an_error_with_its_place() {
        let e = counts(b"a\na\xffb\n", "a.txt").unwrap_err();
        assert_eq!((e.kind(), e.line(), e.byte()), (ErrorKind::InvalidUtf8, Some(2), Some(3)));
        assert!(e.file().is_some());
        let (tokenizer, cancel) = (tokenizer(), Cancel::new());
        let e = Counter::new(&tokenizer, 5, &cancel).add_file(Path::new("none")).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Io);
    }
}
