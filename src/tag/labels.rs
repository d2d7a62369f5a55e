//! The labels of a model that brings its own, whatever scheme they are in.

use std::ops::Range;

use super::decode::{finite, rows};
use super::spans::{Entity, entities_of, softmax_at};
use crate::data::{Prefix, Scheme, TagSet, read_spans};
use crate::error::{Error, Result};

/// A model's labels: IOB1, IOB2, BIOES, BILOU, or types without a prefix.
///
/// Nothing says which scheme a model was trained in, and IOB1 and IOB2 have the same labels. So each word takes its best
/// label, and the labels are read as seqeval reads them: on valid labels all schemes alike.
pub(crate) struct Labels {
    /// Prefix and type of each; O is the first.
    labels: Vec<(Prefix, usize)>,
    /// Where the model has O.
    outside: usize,
    /// The tags that results are in.
    tags: TagSet,
}

impl Labels {
    /// Reads the labels' names, in the model's order. A name without a prefix is a type whose words make one entity where
    /// they stand side by side.
    ///
    /// # Errors
    /// `Format` where no label is O or no other is there, or a type has a name that cannot be.
    pub fn new(names: &[&str]) -> Result<Labels> {
        let mut types: Vec<String> = Vec::new();
        let mut labels: Vec<(Prefix, usize)> = Vec::with_capacity(names.len());
        for name in names {
            let (prefix, kind) = Prefix::split(name).unwrap_or((Prefix::I, name));
            let known = types.iter().position(|t| t == kind);
            let kind = match (prefix, known) {
                (Prefix::O, _) => 0,
                (_, Some(known)) => known,
                (_, None) => {
                    types.push(kind.to_owned());
                    types.len() - 1
                }
            };
            labels.push((prefix, kind));
        }
        let outside = labels.iter().position(|l| l.0 == Prefix::O);
        let outside =
            outside.ok_or_else(|| Error::format("none of the model's labels is O, for words of no entity"))?;
        labels.swap(0, outside);
        let tags = TagSet::new(Scheme::Iob2, types).map_err(|e| Error::format(format!("the model's labels: {e}")))?;
        Ok(Labels { labels, outside, tags })
    }

    /// The number of labels.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The tags that [`Labels::decode`] gives: IOB2 over the labels' types, in the order of their first appearance.
    pub fn tags(&self) -> &TagSet {
        &self.tags
    }

    /// Brings a row of the model's logits into the order in which O is first.
    pub fn reorder(&self, row: &mut [f32]) {
        row.swap(0, self.outside);
    }

    /// One sentence's tags and entities from its logits, row-major `[words, labels]`, O first; `words` are the words'
    /// byte ranges.
    pub fn decode(&self, logits: &[f32], words: &[Range<usize>]) -> Result<(Vec<u32>, Vec<Entity>)> {
        let n = self.len();
        if rows(logits, n)? != words.len() {
            return Err(Error::argument(format!("{} logits for {} words and {n} labels", logits.len(), words.len())));
        }
        let best = |row: &[f32]| (1..n).fold(0, |best, i| if finite(row[i]) > finite(row[best]) { i } else { best });
        let chosen: Vec<usize> = logits.chunks_exact(n).map(best).collect();
        let spans = read_spans(chosen.iter().map(|label| self.labels[*label]));
        let tags = self.tags.encode(&spans, words.len());
        let probability = |word: usize| softmax_at(&logits[word * n..(word + 1) * n], chosen[word]);
        Ok((tags, entities_of(spans, words, probability)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    /// The entities, as words and type, that these labels give when the model is sure of each.
    fn read(names: &[&str], sentence: &[&str]) -> Vec<(Range<usize>, String)> {
        let labels = Labels::new(names).unwrap();
        let mut logits = Vec::new();
        for label in sentence {
            let mut row = vec![0.0; names.len()];
            row[names.iter().position(|n| n == label).unwrap()] = 5.0;
            labels.reorder(&mut row);
            logits.extend(row);
        }
        let words: Vec<_> = (0..sentence.len()).map(|i| 2 * i..2 * i + 1).collect();
        let (tags, entities) = labels.decode(&logits, &words).unwrap();
        let from_tags = labels.tags().decode(&tags);
        let found: Vec<_> =
            entities.iter().map(|e| (e.words.clone(), labels.tags().types()[e.label as usize].clone())).collect();
        let again: Vec<_> =
            from_tags.iter().map(|s| (s.start..s.end, labels.tags().types()[s.label].clone())).collect();
        assert_eq!(found, again, "tags and entities say the same");
        assert!(entities.iter().all(|e| e.score > 0.9 && e.start == 2 * e.words.start));
        found
    }

    #[test]
    fn every_scheme_gives_the_same_entities() {
        let expected = [(0..2, "PER".to_owned()), (3..4, "LOC".to_owned()), (4..5, "LOC".to_owned())];
        let iob = ["B-LOC", "I-LOC", "B-PER", "O", "I-PER"];
        assert_eq!(read(&iob, &["B-PER", "I-PER", "O", "B-LOC", "B-LOC"]), expected);
        assert_eq!(read(&iob, &["I-PER", "I-PER", "O", "I-LOC", "B-LOC"]), expected);
        let bioes = ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC"];
        assert_eq!(read(&bioes, &["B-PER", "E-PER", "O", "S-LOC", "S-LOC"]), expected);
        let bilou = ["B-PER", "I-PER", "L-PER", "U-PER", "O", "B-LOC", "I-LOC", "L-LOC", "U-LOC"];
        assert_eq!(read(&bilou, &["B-PER", "L-PER", "O", "U-LOC", "U-LOC"]), expected);
        let plain = ["LOC", "PER", "O"];
        assert_eq!(read(&plain, &["PER", "PER", "O", "LOC", "PER"])[..2], expected[..2]);
    }

    #[test]
    fn labels_that_name_no_outside_or_nothing_else_are_refused() {
        for names in [&["LABEL_0", "LABEL_1"][..], &["O"], &[], &["O", "B-\n"], &["O", ""]] {
            assert_eq!(Labels::new(names).err().unwrap().kind(), ErrorKind::Format, "{names:?}");
        }
    }
}
