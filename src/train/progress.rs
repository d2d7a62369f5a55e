//! What a running adaptation tells.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cancel::Cancel;
use crate::error::{Error, Result};

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Sentences are cut into pieces, before training: [`Progress::done`] of [`Progress::total`].
    Encode,
    /// What frozen lower layers give is computed once, before training: so many windows of so many.
    Prefix,
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
    /// How much of a stage before training is done: sentences or windows. In training, updates made.
    pub done: usize,
    /// Of how much.
    pub total: usize,
}

impl Progress {
    /// Before the first update, of which `seconds` went by.
    pub(crate) fn before(stage: Stage, done: usize, total: usize, elapsed: Duration) -> Progress {
        Progress {
            stage,
            epoch: 0,
            epochs: 0,
            step: 0,
            steps: 0,
            loss: 0.0,
            gradient_norm: 0.0,
            dev_f1: None,
            best_f1: None,
            seconds: elapsed.as_secs_f64(),
            seconds_left: 0.0,
            done,
            total,
        }
    }
}

/// Is told of progress on the calling thread; `Break` stops the run with [`ErrorKind::Cancelled`](crate::ErrorKind).
pub type Observer<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

/// Is told how far a stage before the first update is: so many of so many. Its error ends the run.
pub(crate) type Count<'a> = &'a mut dyn FnMut(usize, usize) -> Result<()>;

/// Passes counts on, a few in a second, and looks at a request to stop every time.
pub(crate) struct Counter<'a> {
    cancel: &'a Cancel,
    tell: &'a mut dyn FnMut(Stage, usize, usize) -> ControlFlow<()>,
    told: Option<Instant>,
}

impl<'a> Counter<'a> {
    pub fn new(cancel: &'a Cancel, tell: &'a mut dyn FnMut(Stage, usize, usize) -> ControlFlow<()>) -> Counter<'a> {
        Counter { cancel, tell, told: None }
    }

    /// `done` of `total` in `stage`. The first and the last of a stage are always told.
    pub fn count(&mut self, stage: Stage, done: usize, total: usize) -> Result<()> {
        const EVERY: Duration = Duration::from_millis(100);
        self.cancel.check()?;
        let new = done == 0 || done == total || self.told.is_none_or(|told| told.elapsed() >= EVERY);
        if new {
            self.told = Some(Instant::now());
            if (self.tell)(stage, done, total) == ControlFlow::Break(()) {
                return Err(Error::cancelled());
            }
        }
        Ok(())
    }
}
