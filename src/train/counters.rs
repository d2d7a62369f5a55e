//! What an adaptation's checkpoint holds beside tensors.

use serde::{Deserialize, Serialize};

use super::identity::RunIdentity;
use crate::peft::EpochReport;

/// Everything but tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub identity: RunIdentity,
    /// Epochs done.
    pub epoch: usize,
    /// Updates done, as AdamW counts them.
    pub step: u64,
    pub best_epoch: usize,
    pub best_f1: Option<f64>,
    pub initial_f1: Option<f64>,
    pub history: Vec<EpochReport>,
    /// Seconds spent so far.
    pub seconds: f64,
}

impl Counters {
    /// Before the first update.
    pub fn new(identity: RunIdentity) -> Counters {
        let (best_f1, initial_f1, history) = (None, None, Vec::new());
        Counters { identity, epoch: 0, step: 0, best_epoch: 0, best_f1, initial_f1, history, seconds: 0.0 }
    }
}
