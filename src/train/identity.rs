//! What makes a run this run and no other, so that a checkpoint is not taken up by another.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::examples::Examples;
use super::options::AdaptOptions;
use crate::data::{Dataset, TagSet};
use crate::error::Result;
use crate::model::Model;
use crate::peft::Method;

/// What must be equal for a checkpoint to be taken up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunIdentity {
    pub method: Method,
    pub head_only: bool,
    pub types: Vec<String>,
    pub backbone: String,
    pub epochs: usize,
    pub numbers: Vec<f64>,
    pub seed: u64,
    /// Digest of the training and dev sequences.
    pub data: String,
}

/// The identity of a run with these options on this data.
pub(crate) fn identity(
    model: &Model,
    examples: &Examples,
    dev: Option<&Dataset>,
    options: &AdaptOptions,
    tags: &TagSet,
    epochs: usize,
) -> Result<RunIdentity> {
    let mut hash = Sha256::new();
    examples.digest(&mut hash);
    if let Some(dev) = dev {
        for sentence in dev.sentences() {
            sentence.words.iter().chain(&sentence.tags).for_each(|w| {
                hash.update(w);
                hash.update([0]);
            });
            if let Some(source) = &sentence.text {
                source.digest(&mut hash);
            }
        }
    }
    if let Some(initial) = &options.initial {
        hash.update(initial.to_bytes()?);
    }
    if let Some(head) = &options.initial_head {
        hash.update("head");
        hash.update(head.to_bytes()?);
    }
    let o = options;
    let patience = o.patience.unwrap_or(0);
    let batch = [o.batch_size, o.batch_pieces.unwrap_or(0), o.micro_batch_pieces];
    let counts = batch.into_iter().chain([patience, o.evaluation_interval(epochs)]).map(|n| n as f64);
    let rates = [o.learning_rate, o.head_learning_rate, o.weight_decay, o.warmup, o.clip];
    Ok(RunIdentity {
        method: options.method.clone(),
        head_only: options.head_only,
        types: tags.types().to_vec(),
        backbone: model.fingerprint().to_owned(),
        epochs,
        numbers: rates.into_iter().chain(counts).chain((!o.precision.is_f32()).then_some(16.0)).collect(),
        seed: options.seed,
        data: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
    })
}
