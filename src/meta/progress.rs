//! What a running priming tells.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::train::Stage;

/// The state of a run before the first and after every update.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PrimeProgress {
    /// [`Stage::Encode`] before the first update, [`Stage::Step`] after every one.
    pub stage: Stage,
    /// How many sentences of a task are encoded; later, updates made.
    pub done: usize,
    /// Of how many.
    pub total: usize,
    /// Updates made.
    pub step: usize,
    /// Updates in all.
    pub steps: usize,
    /// Mean support loss of the update's episodes, before the first inner step; for multi-task training the one loss.
    pub support_loss: f64,
    /// Mean query loss of the update's episodes; `None` for Reptile, which has none.
    pub query_loss: Option<f64>,
    /// Norm of the update's gradient, before clipping.
    pub gradient_norm: f64,
    /// Mean F1 of the dev tasks at the last look, in 0 to 1.
    pub dev_f1: Option<f64>,
    /// Seconds since the start, former parts of a resumed run included.
    pub seconds: f64,
    /// Estimate of the seconds left.
    pub seconds_left: f64,
}

impl PrimeProgress {
    /// Before the first update, after `elapsed`.
    pub(super) fn before(stage: Stage, done: usize, total: usize, steps: usize, elapsed: Duration) -> PrimeProgress {
        PrimeProgress {
            stage,
            done,
            total,
            step: 0,
            steps,
            support_loss: 0.0,
            query_loss: None,
            gradient_norm: 0.0,
            dev_f1: None,
            seconds: elapsed.as_secs_f64(),
            seconds_left: 0.0,
        }
    }
}

/// Is told of progress on the calling thread; `Break` stops the run with [`ErrorKind::Cancelled`](crate::ErrorKind), with
/// a checkpoint in place where one was asked for.
pub type PrimeObserver<'a> = dyn FnMut(&PrimeProgress) -> ControlFlow<()> + 'a;
