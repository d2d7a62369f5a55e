//! One run, described so that another process can do it, and what it leaves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use primer::tag::Evaluation;
use primer::{AdaptOptions, Method};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::reading::Reading;
use super::settings::{Start, usual};
use crate::args::{AdaptFlags, TrainingNumbers};

/// Counts up where a run's meaning changes, so that old results are not taken for new ones.
pub const PROTOCOL: u32 = 2;

/// A run: what it is, and where its files are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub identity: Identity,
    pub model: PathBuf,
    pub adapter: Option<PathBuf>,
    pub train: PathBuf,
    pub dev: PathBuf,
    pub test: Option<PathBuf>,
    pub threads: usize,
    pub quantised: bool,
    /// The device by its name.
    pub device: String,
}

/// All that a run's numbers depend on, times aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub protocol: u32,
    /// The model's fingerprint; digests of the other files.
    pub model: String,
    pub adapter: Option<String>,
    pub train: String,
    pub dev: String,
    pub test: Option<String>,
    /// How data is read.
    #[serde(default, skip_serializing_if = "Reading::is_default")]
    pub data: Reading,
    /// The kind of device, unless it is the processor: the numbers of others differ in their last digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// `None` for an evaluation without training.
    pub training: Option<Training>,
}

/// How a run trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    pub method: Method,
    pub start: Start,
    pub shots: Option<usize>,
    pub seed: u64,
    pub learning_rate: f64,
    pub head_learning_rate: f64,
    pub epochs: Option<usize>,
    pub patience: Option<usize>,
    pub evaluate_every: Option<usize>,
    pub batch_size: usize,
    pub batch_pieces: Option<usize>,
    pub weight_decay: f64,
    pub warmup: f64,
    pub clip: f64,
    pub head_only: bool,
    pub recompute: bool,
    #[serde(default, skip_serializing_if = "TrainingNumbers::is_f32")]
    pub precision: TrainingNumbers,
    /// The other options, where they are not the usual ones.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub others: AdaptFlags,
}

fn is_usual(others: &AdaptFlags) -> bool {
    *others == AdaptFlags::default()
}

impl Training {
    /// What of `options` is not usual and has no field of its own here.
    pub fn others(options: &AdaptOptions) -> AdaptFlags {
        AdaptFlags {
            epochs: None,
            patience: None,
            evaluate_every: None,
            batch_size: None,
            batch_pieces: None,
            weight_decay: None,
            warmup: None,
            clip: None,
            head_only: None,
            recompute: None,
            ..AdaptFlags::of(options, &usual(Method::Head))
        }
    }
}

impl Identity {
    /// 32 hexadecimal digits that are the same for the same run.
    pub fn key(&self) -> String {
        // Numbers, texts and lists alone: nothing that JSON cannot write.
        let text = serde_json::to_vec(self).unwrap_or_default();
        digest(&text)[..32].to_owned()
    }
}

/// SHA-256 in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// What a run leaves. F1 values lie in 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// Sentences learnt from.
    pub sentences: usize,
    /// Which ones, from 0, in the order of the draw; empty for all.
    pub drawn: Vec<usize>,
    /// Dev F1 before training.
    pub before: Option<f64>,
    /// Updates made, and dev F1 after so many.
    pub curve: Vec<(usize, f64)>,
    /// Updates in all.
    pub steps: usize,
    /// Updates after which dev F1 was best.
    pub best_step: usize,
    /// The state after the last update.
    pub last: Scored,
    /// The state with the best dev F1.
    pub best: Scored,
    /// Wall time of the run with its looks at dev data, and of its updates alone.
    pub seconds: f64,
    pub update_seconds: f64,
    /// Peak resident memory of the run's own process in bytes, where the system tells it.
    pub peak_memory: Option<u64>,
    /// Where training diverged, what did; its F1 counts as 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<String>,
}

/// One state's figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    pub dev: Figures,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Figures>,
}

/// Entity F1 on one data set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Micro-F1 as seqeval counts by default.
    pub f1: f64,
    /// Micro-F1 as seqeval counts in strict mode.
    pub strict: f64,
    pub precision: f64,
    pub recall: f64,
    /// F1 of each entity type (default mode).
    pub types: BTreeMap<String, f64>,
}

impl From<&Evaluation> for Figures {
    fn from(e: &Evaluation) -> Figures {
        let micro = e.default.micro;
        Figures {
            f1: micro.f1,
            strict: e.strict.micro.f1,
            precision: micro.precision,
            recall: micro.recall,
            types: e.default.types.iter().map(|(name, score)| (name.clone(), score.f1)).collect(),
        }
    }
}

/// What a run's process tells, a line of JSON each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Updates made, of how many.
    Step(usize, usize),
    Done(Box<Results>),
    Failed(String),
}
