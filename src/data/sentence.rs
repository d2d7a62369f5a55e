//! One labelled sentence.

use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::text::Segmentation;

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
    /// The entities as they are learnt, ascending, not overlapping.
    pub spans: Vec<Span>,
    /// Where the record came as text: the text and where its words are.
    pub text: Option<SourceText>,
    /// The entity types that it labels: nothing is known of others. `None` where it labels all types of the data set.
    pub labelled_types: Option<Arc<[String]>>,
    /// The line of the file where the sentence starts, from 1.
    pub line: u64,
}

impl Sentence {
    /// Whether the sentence says of every entity of this type that it is there.
    pub(crate) fn labels(&self, kind: &str) -> bool {
        self.labelled_types.as_ref().is_none_or(|types| types.iter().any(|t| t == kind))
    }

    /// A digest of which types it labels, where those are not all.
    pub(crate) fn digest_labelled(&self, hash: &mut Sha256) {
        for kind in self.labelled_types.iter().flat_map(|types| types.iter()) {
            hash.update((kind.len() as u64).to_le_bytes());
            hash.update(kind);
        }
    }

    /// The sentence as what goes through the encoder at once: a text's sentences, each as a range of words.
    pub(crate) fn segments(&self, segmentation: &Segmentation) -> Vec<Range<usize>> {
        let mut end = 0;
        let words = |segment: Vec<Range<usize>>| {
            let start = end;
            end = start + segment.len();
            start..end
        };
        match &self.text {
            Some(source) => segmentation.of_text(&source.text).map(words).collect(),
            None => segmentation.of_words(&self.words).into_iter().map(words).collect(),
        }
    }
}

/// The text that a sentence's words were cut from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The text as the record has it.
    pub text: String,
    /// The byte range of each word.
    pub words: Vec<Range<usize>>,
    /// The entities as the record has them, ascending, not overlapping. Where one cuts a word, the sentence's
    /// [`spans`](Sentence::spans) say what is learnt of it, and this what is looked for in evaluation.
    pub entities: Vec<TextSpan>,
}

/// An entity of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSpan {
    /// Its bytes, without blanks at either end.
    pub bytes: Range<usize>,
    /// Index into the entity types of the data set.
    pub label: usize,
}

impl SourceText {
    /// The first of the ascending `words` that a span of the text cuts: it starts or ends inside that word.
    pub(super) fn cut(words: &[Range<usize>], span: &Range<usize>) -> Option<usize> {
        let inside = |at: usize| {
            let word = words.partition_point(|w| w.end <= at);
            words.get(word).is_some_and(|w| w.start < at).then_some(word)
        };
        inside(span.start).or_else(|| inside(span.end))
    }

    /// A digest of what is looked for in evaluation, beside words and tags.
    pub(crate) fn digest(&self, hash: &mut Sha256) {
        for TextSpan { bytes, label } in &self.entities {
            [bytes.start, bytes.end, *label].iter().for_each(|n| hash.update((*n as u64).to_le_bytes()));
        }
    }
}

/// A text and its entities, for data sets made in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// The entities as byte ranges of the text with their types; they do not overlap.
    pub entities: Vec<(Range<usize>, String)>,
}
