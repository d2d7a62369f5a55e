//! Labelled sentences as the encoder takes them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::batches::batches;
use super::progress::Count;
use super::resolve::ResolvedAdapt;
use crate::data::{Dataset, Sequence, TagSet};
use crate::error::{Error, Result};
use crate::model::Model;
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
            for words in sentence.segments(&segmentation) {
                let encoding = model.tokenizer().encode(&sentence.words[words.clone()])?;
                let targets = &targets[words];
                let sequences: Vec<Sequence> = segmentation
                    .windows(model.tokenizer(), &encoding)
                    .into_iter()
                    .filter(|window| !window.labelled.is_empty())
                    .map(|window| {
                        index += 1;
                        let targets = window.labelled.iter().map(|l| targets[l.word as usize]).collect();
                        Sequence { index: index - 1, targets, window }
                    })
                    .collect();
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
        }
    }
}
