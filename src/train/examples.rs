//! Labelled sentences as the encoder takes them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::batches::batches;
use super::progress::Count;
use super::resolve::ResolvedAdapt;
use crate::data::{Dataset, Sentence, Sequence, TagSet};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::ops::PartialTargets;
use crate::text::Split;

/// Every sentence as its sequences: one, or several where it is longer than the window. A text is its sentences.
pub(crate) struct Examples {
    pub sentences: Vec<Vec<Sequence>>,
}

impl Examples {
    /// Encodes `data` with the tags of `tags`, counting sentences; those in which no word has a piece are left out.
    pub fn encode(model: &Model, data: &Dataset, tags: &TagSet, count: Count) -> Result<Examples> {
        let mut sentences = Vec::with_capacity(data.len());
        let mut index = 0;
        let segmentation = model.segmentation(Split::default(), None);
        let data = data.with_types(tags.types())?;
        count(0, data.len())?;
        for (done, sentence) in (1..).zip(data.sentences()) {
            let targets = tags.encode(&sentence.spans, sentence.words.len());
            let open = open_tags(sentence, tags);
            for words in sentence.segments(&segmentation) {
                let encoding = model.tokenizer().encode(&sentence.words[words.clone()])?;
                let targets = &targets[words];
                let sequences: Vec<Sequence> = segmentation
                    .windows(model.tokenizer(), &encoding)
                    .into_iter()
                    .filter(|window| !window.labelled.is_empty())
                    .map(|window| {
                        index += 1;
                        let targets: Vec<u32> = window.labelled.iter().map(|l| targets[l.word as usize]).collect();
                        let partial = open.as_ref().map(|open| partial_targets(&targets, open)).transpose()?;
                        Ok(Sequence { index: index - 1, targets, partial, window })
                    })
                    .collect::<Result<_>>()?;
                if !sequences.is_empty() {
                    sentences.push(sequences);
                }
            }
            count(done, data.len())?;
        }
        if sentences.is_empty() {
            return Err(Error::data(format!("{}: no sentence has a piece to train on", data.name())));
        }
        Ok(Examples { sentences })
    }

    /// The ascending ids of the pieces that occur.
    pub fn pieces(&self) -> Vec<u32> {
        let ids = self.sentences.iter().flatten().flat_map(|s| &s.window.ids).copied();
        ids.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The pieces of every sentence.
    pub fn lengths(&self) -> Vec<usize> {
        self.sentences.iter().map(|sequences| sequences.iter().map(|s| s.window.ids.len()).sum()).collect()
    }

    /// The sentences of every update of an epoch.
    pub fn batches(&self, epoch: usize, options: &ResolvedAdapt) -> Vec<Vec<usize>> {
        batches(&self.lengths(), (options.seed, epoch), options.batch_size, options.batch_pieces)
    }

    /// A digest of everything that training sees.
    pub fn digest(&self, hash: &mut Sha256) {
        Examples::digest_of(&self.sentences, hash);
    }

    /// A digest of these sentences.
    pub fn digest_of(sentences: &[Vec<Sequence>], hash: &mut Sha256) {
        for sequence in sentences.iter().flatten() {
            hash.update((sequence.window.ids.len() as u64).to_le_bytes());
            sequence.window.ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
            sequence.window.labelled.iter().for_each(|l| hash.update(l.piece.to_le_bytes()));
            sequence.targets.iter().for_each(|t| hash.update(t.to_le_bytes()));
            if let Some(partial) = &sequence.partial {
                partial.weights().iter().for_each(|w| hash.update(w.to_le_bytes()));
                partial.open().iter().for_each(|open| hash.update([u8::from(*open)]));
            }
        }
    }
}

/// Which tags a word may have that the sentence tags O: those of types that it does not label; `None` where it labels all.
pub(super) fn open_tags(sentence: &Sentence, tags: &TagSet) -> Option<Vec<bool>> {
    let types: Vec<bool> = tags.types().iter().map(|kind| !sentence.labels(kind)).collect();
    let open = |tag: usize| tags.type_of(tag).is_none_or(|kind| types[kind]);
    types.contains(&true).then(|| (0..tags.len()).map(open).collect())
}

/// What is known of words with these tags, where O stands for the `open` ones.
fn partial_targets(targets: &[u32], open: &[bool]) -> Result<PartialTargets> {
    let mut partial = PartialTargets::new(open.len())?;
    targets.iter().try_for_each(|target| partial.push(*target, |tag| open[tag]))?;
    Ok(partial)
}
