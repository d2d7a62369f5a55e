//! Entities of texts that start or end inside a word, which no tags of words can say.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::sentence::SourceText;

/// How many are shown.
const SHOWN: usize = 5;

/// Characters of a text that are shown.
const LENGTH: usize = 60;

/// The entities of a data set that cut a word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutSpans {
    /// How many there are.
    pub count: usize,
    /// The first few.
    pub first: Vec<CutSpan>,
}

/// An entity that starts or ends inside a word. Texts are shortened to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutSpan {
    /// The line of the file where the record starts, from 1.
    pub line: u64,
    /// The entity's text.
    pub text: String,
    /// The word that it cuts; the first of two.
    pub word: String,
    /// Whether any word belongs to it in training.
    pub learnt: bool,
}

impl Dataset {
    /// The entities that start or end inside a word: no tagger of words can find them as they are, and evaluation counts
    /// them as missed. In training a word belongs to such an entity where at least half of its characters do.
    pub fn cut_spans(&self) -> CutSpans {
        let mut cut = CutSpans::default();
        for sentence in self.sentences() {
            let Some(SourceText { text, words, entities }) = &sentence.text else { continue };
            for entity in entities {
                let Some(word) = SourceText::cut(words, &entity.bytes) else { continue };
                cut.count += 1;
                if cut.first.len() < SHOWN {
                    let inside = |at: usize| entity.bytes.start < words[at].end && words[at].start < entity.bytes.end;
                    cut.first.push(CutSpan {
                        line: sentence.line,
                        text: shortened(&text[entity.bytes.clone()]),
                        word: shortened(&text[words[word].clone()]),
                        learnt: sentence.spans.iter().any(|s| (s.start..s.end).any(inside)),
                    });
                }
            }
        }
        cut
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LENGTH) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl fmt::Display for CutSpans {
    /// One line with the number, and one for each that is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => return f.write_str("no entity cuts a word"),
            1 => f.write_str("1 entity starts or ends inside a word and cannot be found as it is:")?,
            n => write!(f, "{n} entities start or end inside a word and cannot be found as they are:")?,
        }
        for CutSpan { line, text, word, learnt } in &self.first {
            let learnt = if *learnt { "the word is learnt" } else { "nothing is learnt" };
            write!(f, "\n  line {line}: {text:?} cuts the word {word:?}; {learnt}")?;
        }
        match self.count - self.first.len() {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
