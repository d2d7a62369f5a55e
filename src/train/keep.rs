//! What an earlier adapter knows is kept while others are learnt: what it finds in the given sentences is a target, too.
//!
//! Learning without Forgetting (Li and Hoiem 2016); for named entities Monaikul et al. 2021, "Continual Learning for Named
//! Entity Recognition". Its answers are computed once, before training.

use serde::Serialize;

use super::examples::Examples;
use super::progress::{Count, Counter, Stage};
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, Span, TagSet, pieces, runs};
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::ops::PartialTargets;
use crate::peft::Adapter;
use crate::precision::Precision;
use crate::tag::{Decoder, word_logits};
use crate::text::Window;

/// Which entity stays where one of the data and one that the initial adapter finds overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// That of the data; the other is no entity then, not even the rest of it.
    #[default]
    New,
    /// That of the initial adapter; the other is not learnt there.
    Old,
}

/// An adapter whose types are kept.
pub(super) struct Teacher<'a> {
    pub model: &'a Model,
    pub adapter: &'a Adapter,
    pub precision: Precision,
    pub overlap: Overlap,
    pub cancel: &'a Cancel,
}

const NOTHING_LEFT: &str = "every entity of the data overlaps one that the initial adapter finds, so there is nothing to \
                            learn; let the new ones win (the option overlap)";

/// Pieces that go through the encoder at once.
const BATCH_PIECES: usize = 1024;

impl Teacher<'_> {
    /// Makes what the adapter finds in `examples` a target wherever the data say nothing of its types.
    ///
    /// # Errors
    /// `Data` where all entities give way to those of the adapter; `Cancelled`; those of computing.
    pub fn teach(&self, examples: &mut Examples, tags: &TagSet, counter: &mut Counter) -> Result<()> {
        let partial = |sentence: &Vec<Sequence>| sentence.iter().any(|s| s.partial.is_some());
        let chosen: Vec<usize> = (0..examples.sentences.len()).filter(|i| partial(&examples.sentences[*i])).collect();
        if chosen.is_empty() {
            return Ok(());
        }
        let windows: Vec<&Window> = chosen.iter().flat_map(|i| &examples.sentences[*i]).map(|s| &s.window).collect();
        let mut count = |done, total| counter.count(Stage::Prefix, done, total);
        let logits = self.logits(&windows, &mut count)?;
        let (old, n) = (&self.adapter.card().tags, self.adapter.card().tags.len());
        let (decoder, mut rows) = (Decoder::new(old), logits.chunks_exact(n));
        let (mut learnt, mut kept, mut given_way) = (0, 0, 0);
        for i in chosen {
            let sequences = &mut examples.sentences[i];
            let windows: Vec<Window> = sequences.iter().map(|s| s.window.clone()).collect();
            let words = windows.iter().flat_map(|w| &w.labelled).map(|l| l.word as usize + 1).max().unwrap_or(0);
            let logits = word_logits(&windows, words, n, &mut rows);
            let found = old.decode(&decoder.decode(&logits)?);
            let answer = Answer { tags: old, logits: &logits, entities: &found };
            let known = Known::of(sequences, words, tags, &answer, self.overlap);
            learnt += known.learnt;
            (kept, given_way) = (kept + known.kept, given_way + known.given_way);
            known.apply(sequences, tags, &answer)?;
        }
        let whole = examples.sentences.iter().flatten().filter(|s| s.partial.is_none());
        if given_way > 0 && learnt == 0 && !whole.flat_map(|s| &s.targets).any(|t| *t != 0) {
            return Err(Error::data(NOTHING_LEFT));
        }
        log(Level::Info, || {
            format!("{kept} entities that the initial adapter finds are kept; {given_way} give way to others")
        });
        Ok(())
    }

    /// The adapter's logits of all labelled pieces.
    fn logits(&self, windows: &[&Window], count: Count) -> Result<Vec<f32>> {
        let encoder = self.model.placed(self.precision)?;
        let built = self.adapter.placed(self.model, self.precision)?;
        let mut logits = Vec::new();
        count(0, windows.len())?;
        for run in runs(windows.iter().map(|w| w.ids.len()), BATCH_PIECES) {
            let batch = Batch::of_windows(windows[run.clone()].iter().copied()).stopped_by(self.cancel);
            let full = |e: Error| e.asked_of(&encoder.place().device, || pieces(&batch));
            let rows = self.model.pool().install(|| -> Result<Vec<f32>> {
                Ok(built.logits(encoder, &batch).map_err(full)?.flatten_all()?.to_vec1::<f32>()?)
            })?;
            logits.extend(rows);
            count(run.end, windows.len())?;
        }
        Ok(logits)
    }
}

/// What an adapter says of a sentence.
struct Answer<'a> {
    tags: &'a TagSet,
    /// `[words, tags]`.
    logits: &'a [f32],
    entities: &'a [Span],
}

impl Answer<'_> {
    /// How much the adapter believes in each of `tags` for a word, among O and the types that are `open`.
    fn beliefs(&self, word: usize, tags: &TagSet, open: &[bool]) -> Vec<f32> {
        let n = self.tags.len();
        let row = &self.logits[word * n..(word + 1) * n];
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut beliefs = vec![0.0; tags.len()];
        for (tag, logit) in row.iter().enumerate() {
            if let Some(tag) = tags.parse(&self.tags.name(tag)).filter(|tag| open[*tag]) {
                beliefs[tag] += (logit - max).exp();
            }
        }
        let sum: f32 = beliefs.iter().sum();
        match sum.is_normal() {
            true => beliefs.iter_mut().for_each(|b| *b /= sum),
            // All that it believes in is known otherwise.
            false => (beliefs.fill(0.0), beliefs[0] = 1.0).1,
        }
        beliefs
    }
}

/// What is known of the words of a sentence: by the data, and by an adapter where the data say nothing.
struct Known {
    /// One a word.
    targets: Vec<u32>,
    /// Words that are what their target says for certain.
    certain: Vec<bool>,
    /// Entities of the data that stay.
    learnt: usize,
    /// Entities of the adapter that stay.
    kept: usize,
    /// Entities that gave way to others.
    given_way: usize,
}

impl Known {
    fn of(sequences: &[Sequence], words: usize, tags: &TagSet, answer: &Answer, overlap: Overlap) -> Known {
        let mut given = vec![0; words];
        for sequence in sequences {
            sequence.window.labelled.iter().zip(&sequence.targets).for_each(|(l, tag)| given[l.word as usize] = *tag);
        }
        let open = open_tags(sequences);
        let is_open = |span: &Span| tags.parse(&format!("B-{}", tags.types()[span.label])).is_some_and(|tag| open[tag]);
        let renamed = |span: &Span| {
            let label = tags.types().iter().position(|kind| *kind == answer.tags.types()[span.label])?;
            Some(Span { label, ..*span })
        };
        let own = tags.decode(&given);
        let found: Vec<Span> = answer.entities.iter().filter_map(renamed).filter(is_open).collect();
        let overlaps = |span: &Span, others: &[Span]| others.iter().any(|o| o.start < span.end && span.start < o.end);
        let (first, second) = match overlap {
            Overlap::New => (&own, &found),
            Overlap::Old => (&found, &own),
        };
        let (gone, rest): (Vec<Span>, Vec<Span>) = second.iter().partition(|span| overlaps(span, first));
        let all: Vec<Span> = first.iter().chain(&rest).copied().collect();
        let mut certain: Vec<bool> = given.iter().map(|tag| *tag != 0).collect();
        // What remains of an entity that gave way is part of none.
        gone.iter().for_each(|span| certain[span.start..span.end].fill(true));
        found.iter().filter(|span| !gone.contains(span)).for_each(|span| certain[span.start..span.end].fill(false));
        let kept = found.len() - if overlap == Overlap::New { gone.len() } else { 0 };
        Known { targets: tags.encode(&all, words), certain, learnt: all.len() - kept, kept, given_way: gone.len() }
    }

    /// Makes this the targets of the sentence.
    fn apply(self, sequences: &mut [Sequence], tags: &TagSet, answer: &Answer) -> Result<()> {
        let open = open_tags(sequences);
        // Of types that the adapter knows it is no longer open whether a word is one of them.
        let known: Vec<bool> = (0..tags.len()).map(|tag| answer.tags.parse(&tags.name(tag)).is_some()).collect();
        let unknown = |tag: usize| open[tag] && !known[tag];
        let same_scheme = answer.tags.scheme() == tags.scheme();
        for sequence in sequences {
            let mut partial = PartialTargets::new(tags.len())?;
            for label in &sequence.window.labelled {
                let word = label.word as usize;
                match (self.certain[word], same_scheme) {
                    (true, _) => partial.push(self.targets[word], |_| false)?,
                    (false, true) => partial.push_soft(&answer.beliefs(word, tags, &open), unknown)?,
                    (false, false) => partial.push(self.targets[word], unknown)?,
                }
            }
            sequence.targets = sequence.window.labelled.iter().map(|l| self.targets[l.word as usize]).collect();
            sequence.partial = Some(partial);
        }
        Ok(())
    }
}

/// The tags that are open in a sentence.
fn open_tags(sequences: &[Sequence]) -> Vec<bool> {
    let partial = sequences.iter().find_map(|s| s.partial.as_ref());
    partial.map_or_else(Vec::new, |partial| partial.open()[..partial.tags()].to_vec())
}
