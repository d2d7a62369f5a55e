//! What an adapter says of itself: enough to check that it fits, and to know where it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::methods::Method;
use crate::data::TagSet;
use crate::decision::Decision;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Config, Model};

/// An adapter's card. It is stored as JSON in the adapter's file; unknown fields are refused, since they could change
/// what the numbers mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Version of this format.
    pub version: u32,
    /// A name for people; may be empty.
    #[serde(default)]
    pub name: String,
    /// How the backbone is adapted.
    pub method: Method,
    /// The tags that the head predicts, in the order of its rows.
    pub tags: TagSet,
    /// The backbone that the adapter was trained on.
    pub backbone: Backbone,
    /// Of types that were learnt from little: entities with a lower score are left out, unless a tagger is told a lowest
    /// score itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub min_scores: BTreeMap<String, f64>,
    /// How it was trained, where this library did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<TrainingReport>,
}

/// What an adapter requires of its backbone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backbone {
    /// The backbone's name; for people.
    #[serde(default)]
    pub name: String,
    /// [`Model::fingerprint`]; `None` for adapters from formats that record none.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Width of the encoder.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Width of the feed-forward network.
    pub intermediate: usize,
}

/// The record of one training run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingReport {
    /// Name of the training data, without its folder.
    pub data: String,
    /// Sentences trained on.
    pub sentences: usize,
    /// Of how many in the data, and which, where a number of shots was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shots: Vec<usize>,
    /// Entities of the training texts that start or end inside a word, which was then learnt as a whole or not at all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut_spans: usize,
    /// Seed of initialisation, order and shots.
    pub seed: u64,
    /// Threads that it ran on; other numbers may change the last bits.
    pub threads: usize,
    /// Trained numbers.
    pub parameters: usize,
    /// Updates made.
    pub steps: usize,
    /// Learning rate of the method's parameters, at its peak.
    pub learning_rate: f64,
    /// Learning rate of the head, at its peak.
    pub head_learning_rate: f64,
    /// Sentences in an update.
    pub batch_size: usize,
    /// The options of the run, with the reasons of those that are no plain defaults; empty in cards of 0.3 and before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Decision>,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Peak resident memory of the process in bytes, where the system tells it.
    #[serde(default)]
    pub peak_memory: Option<u64>,
    /// Dev F1 before training, where dev data was given.
    #[serde(default)]
    pub initial_f1: Option<f64>,
    /// The epoch that was kept: 0 is the start.
    pub best_epoch: usize,
    /// One entry an epoch.
    pub epochs: Vec<EpochReport>,
}

/// One epoch of a [`TrainingReport`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochReport {
    /// Mean training loss over the epoch's steps.
    pub loss: f64,
    /// Entity micro-F1 on dev data, where the epoch ended with a look at it.
    #[serde(default)]
    pub dev_f1: Option<f64>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// The version that this library writes, and the newest that it reads.
pub(crate) const VERSION: u32 = 1;

impl Backbone {
    /// A description of `model`, with its fingerprint.
    pub fn of(model: &Model) -> Backbone {
        Backbone { fingerprint: Some(model.fingerprint().to_owned()), ..Backbone::shape(model.config()) }
    }

    /// The sizes alone, for adapters whose origin is not known.
    pub(crate) fn shape(config: &Config) -> Backbone {
        let Config { hidden, layers, intermediate, .. } = *config;
        Backbone { name: config.name.clone(), fingerprint: None, hidden, layers, intermediate }
    }
}

impl Card {
    /// An error when the adapter does not belong to `model`.
    pub(crate) fn check(&self, model: &Model) -> Result<()> {
        if self.version == 0 || self.version > VERSION {
            let message =
                format!("the adapter's format is version {}; this library reads up to {VERSION}", self.version);
            return Err(Error::unsupported(message));
        }
        let (config, b) = (model.config(), &self.backbone);
        let (has, wants) = ((config.hidden, config.layers, config.intermediate), (b.hidden, b.layers, b.intermediate));
        if has != wants {
            return Err(Error::mismatch(format!(
                "the adapter is for a backbone of width {}, {} layers and feed-forward width {}; this one has {}, {} and {}",
                wants.0, wants.1, wants.2, has.0, has.1, has.2
            )));
        }
        if let Some(fingerprint) = &b.fingerprint {
            let actual = model.fingerprint();
            if fingerprint != actual {
                let short = |f: &str| f.chars().take(12).collect::<String>();
                return Err(Error::mismatch(format!(
                    "the adapter was trained on the backbone {:?} with fingerprint {}…; this one is {:?} with {}…",
                    b.name,
                    short(fingerprint),
                    config.name,
                    short(actual)
                )));
            }
        }
        self.check_min_scores().map_err(|message| Error::new(ErrorKind::Format, message))?;
        // Settings come from a file here: what would be a wrong argument elsewhere is a wrong file.
        self.method.check(config).map_err(|e| Error::new(ErrorKind::Format, e.message().to_owned()))
    }

    /// What is wrong with the lowest scores.
    pub(super) fn check_min_scores(&self) -> std::result::Result<(), String> {
        let wrong =
            |(kind, score): &(&String, &f64)| !self.tags.types().contains(kind) || !(0.0..=1.0).contains(*score);
        match self.min_scores.iter().find(wrong) {
            None => Ok(()),
            Some((kind, score)) => Err(format!(
                "the lowest score of the entity type {kind:?} is {score}; it must lie between 0 and 1, and the type must be \
                 one of the adapter's, {}",
                self.tags.types().join(", ")
            )),
        }
    }
}
