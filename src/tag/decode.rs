//! The best tag sequence that the scheme allows (Viterbi).

use crate::data::TagSet;
use crate::error::{Error, Result};

/// Finds a sentence's best tags under a tag set's transitions. Made once a tag set, used for any number of sentences,
/// from any number of threads.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// Whether a sentence may start or end with the tag.
    starts: Vec<bool>,
    ends: Vec<bool>,
    /// Which of the predecessor sets belongs to each tag. Most tags share one (any `B-` may follow whatever `O` may),
    /// so the work grows with the number of tags, not with its square.
    set_of: Vec<usize>,
    /// The predecessor sets: tags in ascending order.
    sets: Vec<Vec<u32>>,
}

impl Decoder {
    /// Reads the allowed transitions from the tag set, in time that grows with its size (a card may list thousands of
    /// types): what may start a sentence may follow whatever may end one, and all else follows tags of its own type.
    pub fn new(tags: &TagSet) -> Decoder {
        let all = 0..tags.len();
        let starts: Vec<bool> = all.clone().map(|tag| tags.may_follow(None, Some(tag))).collect();
        let ends: Vec<bool> = all.clone().map(|tag| tags.may_follow(Some(tag), None)).collect();
        let mut of_type: Vec<Vec<u32>> = vec![Vec::new(); tags.types().len()];
        for tag in all.clone() {
            if let Some(same) = tags.type_of(tag).and_then(|kind| of_type.get_mut(kind)) {
                same.push(tag as u32);
            }
        }
        let mut sets = vec![all.clone().filter(|&tag| ends[tag]).map(|tag| tag as u32).collect()];
        let set_of = all.map(|next| {
            if starts[next] {
                return 0;
            }
            let same = tags.type_of(next).map_or(&[][..], |kind| &of_type[kind]);
            let may_precede = |tag: &u32| tags.may_follow(Some(*tag as usize), Some(next));
            let before: Vec<u32> = same.iter().copied().filter(may_precede).collect();
            // I- and E- of one type stand side by side and follow the same tags.
            if sets.last() != Some(&before) {
                sets.push(before);
            }
            sets.len() - 1
        });
        Decoder { set_of: set_of.collect(), starts, ends, sets }
    }

    /// The tags, one a word, whose logits have the greatest sum among all sequences that the scheme allows. (The sum of
    /// log-softmax differs from it by the same amount for every sequence, so it is also the most probable sequence.)
    ///
    /// `logits` is one sentence, row-major `[words, tags]`. Among equally good sequences the one with the lower tag at
    /// the last word wins, then at the word before it, and so on. A logit that is NaN counts as the lowest number, an
    /// infinite one as the greatest or lowest finite `f32`. A word without a piece of its own, which no logits were
    /// computed for, is given a row by [`force_outside`].
    ///
    /// # Errors
    /// `InvalidArgument` where `logits` is not a whole number of rows.
    pub fn decode(&self, logits: &[f32]) -> Result<Vec<u32>> {
        let tags = self.set_of.len();
        let words = rows(logits, tags)?;
        if words == 0 {
            return Ok(Vec::new());
        }
        // The best sum up to a word for every tag that it may have; minus infinity: no allowed way leads there.
        let mut best: Vec<f64> = vec![0.0; tags];
        let mut next = best.clone();
        let mut from = vec![(0, 0.0); self.sets.len()];
        // For every word but the first: each set's best predecessor.
        let mut back = Vec::with_capacity((words - 1) * self.sets.len());
        for (word, row) in logits.chunks_exact(tags).enumerate() {
            if word > 0 {
                for (set, from) in self.sets.iter().zip(&mut from) {
                    *from = highest(set.iter().map(|&tag| (tag, best[tag as usize])));
                    back.push(from.0);
                }
            }
            for (tag, (next, &logit)) in next.iter_mut().zip(row).enumerate() {
                let before = match word {
                    0 if self.starts[tag] => 0.0,
                    0 => f64::NEG_INFINITY,
                    _ => from[self.set_of[tag]].1,
                };
                *next = before + f64::from(finite(logit));
            }
            // Only differences matter; near zero they keep their precision, however long the sentence.
            let top = next.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            next.iter_mut().for_each(|sum| *sum -= top);
            std::mem::swap(&mut best, &mut next);
        }
        let all = best.iter().enumerate().map(|(tag, &sum)| (tag as u32, sum));
        let mut tag = highest(all.filter(|&(tag, _)| self.ends[tag as usize])).0;
        let mut path = vec![tag; words];
        for word in (1..words).rev() {
            tag = back[(word - 1) * self.sets.len() + self.set_of[tag as usize]];
            path[word - 1] = tag;
        }
        Ok(path)
    }
}

/// Makes `row` the logits of a word that is certainly outside of every entity: tag 0 (`O`) is left alone possible.
///
/// For words that yield no piece (a lone zero-width character): nothing is known of them but that they are no entity.
pub fn force_outside(row: &mut [f32]) {
    row.fill(f32::NEG_INFINITY);
    if let Some(outside) = row.first_mut() {
        *outside = 0.0;
    }
}

/// A logit as both the decoder and the score see it: a number that can be added and compared.
pub(super) fn finite(logit: f32) -> f32 {
    if logit.is_nan() { f32::MIN } else { logit.clamp(f32::MIN, f32::MAX) }
}

/// How many rows of `tags` numbers `logits` has.
pub(super) fn rows(logits: &[f32], tags: usize) -> Result<usize> {
    match logits.len().checked_rem(tags) {
        Some(0) => Ok(logits.len() / tags),
        _ => Err(Error::argument(format!("{} logits are not rows of {tags} tags", logits.len()))),
    }
}

/// The candidate with the highest sum, the first among equals. An empty set gives the way that cannot be taken.
fn highest(candidates: impl Iterator<Item = (u32, f64)>) -> (u32, f64) {
    candidates.fold((0, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::Scheme;

    fn tag_set(bioes: bool, types: usize) -> TagSet {
        let names = ["PER", "LOC", "ORG"].map(String::from);
        TagSet::new(if bioes { Scheme::Bioes } else { Scheme::Iob2 }, names[..types].to_vec()).unwrap()
    }

    fn is_valid(tags: &TagSet, path: &[u32]) -> bool {
        let tag = |i: usize| path.get(i).map(|&tag| tag as usize);
        (0..=path.len()).all(|i| tags.may_follow(i.checked_sub(1).and_then(tag), tag(i)))
    }

    /// The best allowed path by trying all; among equals the first in the order of the reversed paths.
    fn brute_force(tags: &TagSet, logits: &[f32]) -> Vec<u32> {
        let words = logits.len() / tags.len();
        let mut best: Option<(f64, Vec<u32>)> = None;
        for mut code in 0..tags.len().pow(words as u32) {
            let mut path = vec![0; words];
            // The last word is the most significant digit: codes ascend in the order of ties.
            for tag in &mut path {
                *tag = (code % tags.len()) as u32;
                code /= tags.len();
            }
            if is_valid(tags, &path) {
                let sum =
                    path.iter().enumerate().map(|(i, &tag)| f64::from(logits[i * tags.len() + tag as usize])).sum();
                if best.as_ref().is_none_or(|(top, _)| sum > *top) {
                    best = Some((sum, path));
                }
            }
        }
        best.expect("O alone is always allowed").1
    }

    fn logits(tags: &TagSet, words: usize) -> impl Strategy<Value = Vec<f32>> + use<> {
        // Small whole numbers: many ties, and no rounding that would make "equal" a matter of order.
        prop::collection::vec((-3i8..=3).prop_map(f32::from), words * tags.len())
    }

    fn small_problem() -> impl Strategy<Value = (TagSet, Vec<f32>)> {
        let shapes = prop_oneof![
            (Just(false), 1..=2usize, 1..=5usize),
            (Just(false), Just(3usize), 1..=4usize),
            (Just(true), Just(1usize), 1..=5usize),
            (Just(true), Just(2usize), 1..=4usize),
        ];
        shapes.prop_flat_map(|(bioes, types, words)| {
            let tags = tag_set(bioes, types);
            let logits = logits(&tags, words);
            (Just(tags), logits)
        })
    }

    proptest! {
        #[test]
        fn the_path_is_the_best_of_all_allowed_ones((tags, logits) in small_problem()) {
            prop_assert_eq!(Decoder::new(&tags).decode(&logits).unwrap(), brute_force(&tags, &logits));
        }

        #[test]
        fn any_logits_give_a_path_that_the_scheme_allows(
            bioes: bool,
            types in 1..=3usize,
            words in 0..40usize,
            seed in prop::collection::vec(prop::num::f32::ANY, 1..60),
        ) {
            let tags = tag_set(bioes, types);
            let logits: Vec<f32> = seed.iter().copied().cycle().take(words * tags.len()).collect();
            let path = Decoder::new(&tags).decode(&logits).unwrap();
            prop_assert_eq!(path.len(), words);
            prop_assert!(is_valid(&tags, &path), "{:?}", path);
        }
    }

    #[test]
    fn the_shared_predecessor_sets_are_the_transitions_of_the_tag_set() {
        for tags in [tag_set(false, 3), tag_set(true, 3)] {
            let decoder = Decoder::new(&tags);
            for next in 0..tags.len() {
                let allowed = (0..tags.len()).filter(|&tag| tags.may_follow(Some(tag), Some(next)));
                assert!(allowed.eq(decoder.sets[decoder.set_of[next]].iter().map(|&tag| tag as usize)), "{next}");
            }
            assert_eq!(decoder.sets.len(), 4, "one set for all that starts, one for each type");
        }
    }

    #[test]
    fn all_paths_of_three_words_are_reachable() {
        // Guards the sharing of predecessor sets: every allowed path is found when the logits ask for it.
        for tags in [tag_set(false, 2), tag_set(true, 2)] {
            let (decoder, n) = (Decoder::new(&tags), tags.len() as u32);
            let paths = (0..n * n * n).map(|code| [code % n, code / n % n, code / (n * n)]);
            let mut found = 0;
            for path in paths.filter(|path| is_valid(&tags, path)) {
                let logits: Vec<f32> = path.iter().flat_map(|&tag| (0..n).map(move |t| f32::from(t == tag))).collect();
                assert_eq!(decoder.decode(&logits).unwrap(), path);
                found += 1;
            }
            assert!(found > 20, "only {found} paths are allowed");
        }
    }

    #[test]
    fn a_word_without_pieces_is_outside_and_parts_entities() {
        let tags = tag_set(true, 1);
        // B, then a forced O, then E: the entity breaks there, whatever the neighbours want.
        let mut logits = vec![0.0; 3 * tags.len()];
        (logits[1], logits[2 * tags.len() + 3]) = (9.0, 9.0);
        force_outside(&mut logits[tags.len()..2 * tags.len()]);
        assert_eq!(Decoder::new(&tags).decode(&logits).unwrap(), [0, 0, 0]);
    }

    #[test]
    fn a_row_of_minus_infinity_does_not_swallow_the_differences_of_other_rows() {
        let tags = tag_set(false, 1);
        let mut logits = vec![f32::NEG_INFINITY; 2 * tags.len()];
        logits[tags.len()..].copy_from_slice(&[0.1, 0.3, 0.2]);
        assert_eq!(Decoder::new(&tags).decode(&logits).unwrap(), [0, 1]);
    }

    #[test]
    fn half_a_row_is_an_error() {
        let decoder = Decoder::new(&tag_set(false, 1));
        assert!(decoder.decode(&[0.0; 4]).is_err());
        assert!(decoder.decode(&[]).unwrap().is_empty());
    }
}
