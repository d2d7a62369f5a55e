//! The lowest score at which entities of new types are told: chosen from the given sentences, each tagged by a head that was
//! made without it.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::examples::Examples;
use super::progress::{Counter, Stage};
use crate::data::{Sequence, Span, TagSet};
use crate::decision::Decision;
use crate::error::Result;
use crate::peft::Adapter;
use crate::start::{HeadMaker, MadeHead, Sources};
use crate::tag::{Decoder, score_of};

/// Mentions from which on there is something to choose by.
const FEWEST_MENTIONS: usize = 3;

/// Sentences above which nothing is chosen: enough was seen.
const MOST_SENTENCES: usize = 200;

/// Steps of the scores that are tried, and how many. Among many types right entities often have less than a half, since each
/// takes its share; of one type, which stands against O alone, none has.
const STEP: f64 = 0.05;
const STEPS: usize = 18;

/// What the choice went by.
pub(super) struct MinScore {
    /// Entities of new types with a lower score are left out.
    pub score: f64,
    /// Entities found with that score or more, those of them that are labelled, and all that are labelled.
    pub found: usize,
    pub right: usize,
    pub labelled: usize,
}

impl MinScore {
    /// Tags every sentence with the head that is made without it and takes the score with the best F1 over the types that
    /// `initial` does not know; of equals the lowest. `None` where too little or enough was seen to choose by.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn choose(
        maker: &HeadMaker,
        made: &MadeHead,
        tags: &TagSet,
        examples: &Examples,
        initial: Option<(&Adapter, &[Tensor; 2])>,
        counter: &mut Counter,
    ) -> Result<Option<MinScore>> {
        let Some(sources) = made.sources.as_ref().filter(|_| examples.sentences.len() <= MOST_SENTENCES) else {
            return Ok(None);
        };
        let is_new: Vec<bool> =
            tags.types().iter().map(|kind| initial.is_none_or(|(a, _)| !a.types().contains(kind))).collect();
        let decoder = Decoder::new(tags);
        let (mut labelled, mut found) = (0, Vec::new());
        let all = examples.sentences.len();
        for (done, sentence) in (1..).zip(&examples.sentences) {
            labelled += look(maker, (sources, initial), (tags, &decoder, &is_new), sentence, &mut found)?;
            counter.count(Stage::Prefix, done, all)?;
        }
        Ok(MinScore::best(&found, labelled))
    }

    /// The choice by entities that were `found`, each with its score and whether it is labelled, and the number of all that
    /// are labelled.
    pub(super) fn best(found: &[(f64, bool)], labelled: usize) -> Option<MinScore> {
        let at = |step: usize| {
            let score = step as f64 * STEP;
            let stay = found.iter().filter(|(s, _)| *s >= score);
            let (n, right) = stay.fold((0, 0), |(n, right), (_, is_right)| (n + 1, right + usize::from(*is_right)));
            MinScore { score, found: n, right, labelled }
        };
        let better = |best: MinScore, one: MinScore| if one.f1() > best.f1() { one } else { best };
        let best = (1..=STEPS).map(at).fold(at(0), better);
        (labelled >= FEWEST_MENTIONS && best.score > 0.0).then_some(best)
    }

    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.labelled) as f64
    }

    /// What the card says of it.
    pub fn decision(&self) -> Decision {
        let MinScore { score, found, right, labelled } = self;
        let reason = format!(
            "each sentence tagged without what it tells: {found} entities of new types found with this score or more, \
             {right} of the {labelled} that are labelled among them"
        );
        Decision { option: "min_score".to_owned(), value: (*score).into(), reason: Some(reason) }
    }
}

/// What the card says of the types' lowest scores: what was `chosen` for new ones, and what `initial` says of those that
/// were not taught here. Where one was taught further, its scores mean something else.
pub(super) fn min_scores(
    chosen: Option<&MinScore>,
    tags: &TagSet,
    initial: Option<&Adapter>,
    taught: &[String],
) -> BTreeMap<String, f64> {
    let of = |kind: &String| match initial.filter(|adapter| adapter.types().contains(kind)) {
        Some(_) if taught.contains(kind) => None,
        Some(adapter) => adapter.card().min_scores.get(kind).copied(),
        None => chosen.map(|chosen| chosen.score),
    };
    tags.types().iter().filter_map(|kind| Some((kind.clone(), of(kind)?))).collect()
}

/// Tags a sentence with the head that is made without it: adds every entity of a new type that was found, its score and
/// whether it is labelled so, and returns how many are labelled.
fn look(
    maker: &HeadMaker,
    (sources, initial): (&Sources, Option<(&Adapter, &[Tensor; 2])>),
    (tags, decoder, is_new): (&TagSet, &Decoder, &[bool]),
    sentence: &[Sequence],
    found: &mut Vec<(f64, bool)>,
) -> Result<usize> {
    let Some((hidden, weight, bias)) = maker.without(sources, tags, sentence)? else { return Ok(0) };
    let made = [&weight, &bias];
    let [weight, bias] = match initial {
        None => [weight, bias],
        Some((adapter, old)) => MadeHead::beside(made, tags, adapter, old)?,
    };
    let logits = hidden.matmul(&weight.t()?)?.broadcast_add(&bias)?.flatten_all()?.to_vec1::<f32>()?;
    let mut rows = logits.as_slice();
    let mut labelled = 0;
    for sequence in sentence {
        let (own, rest) = rows.split_at(sequence.targets.len() * tags.len());
        rows = rest;
        let mine = |span: &Span| is_new[span.label];
        let gold: Vec<Span> = tags.decode(&sequence.targets).into_iter().filter(mine).collect();
        let chosen = decoder.decode(own)?;
        let spans = tags.decode(&chosen).into_iter().filter(mine);
        // Of a word of which it is not said whether it is of this type, nothing can be right or wrong.
        let said =
            |span: &Span| gold.contains(span) || !(span.start..span.end).any(|row| is_open(sequence, row, span, tags));
        for span in spans.filter(said) {
            found.push((score_of(&span, &chosen, own), gold.contains(&span)));
        }
        labelled += gold.len();
    }
    Ok(labelled)
}

/// Whether the word of this row can be of the span's type, for all that the sentence says.
fn is_open(sequence: &Sequence, row: usize, span: &Span, tags: &TagSet) -> bool {
    (1..tags.len()).any(|tag| tags.type_of(tag) == Some(span.label) && sequence.is_open(row, tag as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_entities_of_low_scores_are_left_out_and_right_ones_kept() {
        let found = [
            (0.9, true),
            (0.42, true),
            (0.41, true),
            (0.38, false),
            (0.3, false),
            (0.9, false),
            (0.25, false),
            (0.2, true),
        ];
        let best = MinScore::best(&found, 5).unwrap();
        assert!((best.score - 0.4).abs() < 1e-9, "{}", best.score);
        assert_eq!((best.found, best.right, best.labelled), (4, 3, 5));
        assert!(best.decision().to_string().starts_with("min_score 0.4"), "{}", best.decision());
    }

    #[test]
    fn where_nothing_is_won_or_known_nothing_is_left_out() {
        assert!(MinScore::best(&[(0.9, true), (0.2, true), (0.1, true)], 3).is_none());
        assert!(MinScore::best(&[(0.9, true), (0.2, false)], 2).is_none(), "two mentions are nothing to choose by");
        assert!(MinScore::best(&[], 0).is_none());
        let wrong: Vec<(f64, bool)> = (0..20).map(|i| (f64::from(i) / 20.0, false)).collect();
        assert!(MinScore::best(&wrong, 9).is_none());
    }
}
