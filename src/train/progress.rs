//! What a running adaptation tells.

use std::ops::ControlFlow;

use serde::Serialize;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Dev data is tagged before training.
    Start,
    /// An update was made.
    Step,
    /// Dev data was tagged after an epoch.
    Epoch,
}

/// The state of a run, after every update and every evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// What has just happened.
    pub stage: Stage,
    /// The current epoch, from 1; 0 before training.
    pub epoch: usize,
    /// Epochs in all, if training does not stop early.
    pub epochs: usize,
    /// Updates made.
    pub step: usize,
    /// Updates in all, if training does not stop early.
    pub steps: usize,
    /// Loss of the last update.
    pub loss: f64,
    /// Norm of its gradient, before clipping.
    pub gradient_norm: f64,
    /// The last dev F1, in 0 to 1, where dev data was given.
    pub dev_f1: Option<f64>,
    /// The best dev F1 so far.
    pub best_f1: Option<f64>,
    /// Seconds since the start.
    pub seconds: f64,
    /// Estimate of the seconds left.
    pub seconds_left: f64,
}

/// Is told of progress on the calling thread; `Break` stops the run with [`ErrorKind::Cancelled`](crate::ErrorKind).
pub type Observer<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;
