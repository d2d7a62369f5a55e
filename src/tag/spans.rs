//! Tags as entities: byte ranges of the text with a type and a score.

use std::ops::Range;

use super::decode::{finite, rows};
use crate::data::{Span, TagSet};
use crate::error::{Error, Result};

/// A named entity in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// The first byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The entity's type: an index into [`TagSet::types`].
    pub label: u32,
    /// How sure the tagger is, in 0..=1: the probability (softmax of the logits) of the tag that was chosen, averaged
    /// over the entity's words.
    pub score: f32,
    /// Which words it covers.
    pub words: Range<usize>,
}

/// The entities of one sentence, in the order of the text; none overlaps another.
///
/// `tags` has one tag a word, as [`Decoder::decode`](super::Decoder::decode) gives them; `logits` is row-major
/// `[words, tags]`; `words` are the words' byte ranges in the text. Logits that are not finite are read as by the
/// decoder, so that a score is never NaN.
///
/// # Errors
/// `InvalidArgument` where the three do not have the same number of words or a tag is not in the set.
pub fn entities(tags: &[u32], logits: &[f32], words: &[Range<usize>], set: &TagSet) -> Result<Vec<Entity>> {
    let n = set.len();
    let given = rows(logits, n)?;
    if tags.len() != words.len() || given != words.len() {
        let (words, tags) = (words.len(), tags.len());
        return Err(Error::argument(format!("{words} words, {tags} tags and {given} rows of logits")));
    }
    if let Some(tag) = tags.iter().find(|tag| **tag as usize >= n) {
        return Err(Error::argument(format!("tag {tag} of a set of {n}")));
    }
    Ok(entities_of(set.decode(tags), words, |word| probability(word, tags, logits)))
}

/// The score of an entity, as [`Entity::score`] has it. `tags` has one tag a word, `logits` is row-major `[words, tags]`.
pub(crate) fn score_of(span: &Span, tags: &[u32], logits: &[f32]) -> f64 {
    let words = span.start..span.end;
    words.clone().map(|word| probability(word, tags, logits)).sum::<f64>() / words.len() as f64
}

/// The probability of a word's tag.
fn probability(word: usize, tags: &[u32], logits: &[f32]) -> f64 {
    let n = logits.len() / tags.len();
    softmax_at(&logits[word * n..(word + 1) * n], tags[word] as usize)
}

/// The entities of these spans of words; `probability` is that of a word's tag.
pub(super) fn entities_of(spans: Vec<Span>, words: &[Range<usize>], probability: impl Fn(usize) -> f64) -> Vec<Entity> {
    let entity = |span: Span| {
        let covered = span.start..span.end;
        let sum: f64 = covered.clone().map(&probability).sum();
        Entity {
            start: words[span.start].start,
            end: words[span.end - 1].end,
            label: span.label as u32,
            score: (sum / covered.len() as f64) as f32,
            words: covered,
        }
    };
    spans.into_iter().map(entity).collect()
}

/// The softmax of `row` at `tag`.
pub(super) fn softmax_at(row: &[f32], tag: usize) -> f64 {
    // Relative to the chosen logit no exponential overflows to more than infinity, whose inverse is 0.
    let chosen = f64::from(finite(row[tag]));
    1.0 / row.iter().map(|&logit| (f64::from(finite(logit)) - chosen).exp()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Scheme;

    fn iob2() -> TagSet {
        TagSet::new(Scheme::Iob2, vec!["PER".into(), "LOC".into()]).unwrap()
    }

    /// `n` words of a byte each.
    fn words(n: usize) -> Vec<Range<usize>> {
        (0..n).map(|i| i..i + 1).collect()
    }

    #[test]
    fn an_entity_has_the_bytes_of_its_words_and_the_mean_probability_of_its_tags() {
        // "Ada Lovelace besucht Köln"
        let words = [0..3, 4..12, 13..20, 21..26];
        let tags = [1, 2, 0, 3];
        let mut logits = vec![0.0; 4 * 5];
        logits[1] = 4f32.ln(); // softmax 4 / 8
        logits[5 + 2] = 16f32.ln(); // softmax 16 / 20
        let found = entities(&tags, &logits, &words, &iob2()).unwrap();
        let places: Vec<_> = found.iter().map(|e| (e.start, e.end, e.label, e.words.clone())).collect();
        assert_eq!(places, [(0, 12, 0, 0..2), (21, 26, 1, 3..4)]);
        assert!((found[0].score - 0.65).abs() < 1e-6, "{}", found[0].score);
        assert!((found[1].score - 0.2).abs() < 1e-6, "{}", found[1].score);
    }

    #[test]
    fn scores_stay_between_0_and_1_whatever_the_logits() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e30] {
            for at in 0..5 {
                let mut logits = vec![0.0; 5];
                logits[at] = odd;
                let score = entities(&[3], &logits, &words(1), &iob2()).unwrap()[0].score;
                assert!((0.0..=1.0).contains(&score), "{odd} at {at} gives {score}");
            }
        }
        let all_lowest = entities(&[3], &[f32::NAN; 5], &words(1), &iob2()).unwrap()[0].score;
        assert!((all_lowest - 0.2).abs() < 1e-6);
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        let set = iob2();
        assert!(entities(&[0], &[0.0; 5], &[], &set).is_err());
        assert!(entities(&[0, 0], &[0.0; 5], &words(1), &set).is_err());
        assert!(entities(&[0], &[0.0; 4], &words(1), &set).is_err());
        assert!(entities(&[5], &[0.0; 5], &words(1), &set).is_err());
        assert!(entities(&[], &[], &[], &set).unwrap().is_empty());
    }
}
