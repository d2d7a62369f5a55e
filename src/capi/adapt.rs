//! `primer_adapt`: from labelled sentences to an adapter.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;

use super::adapter::{Named, primer_adapter};
use super::cancel::{primer_cancel, token};
use super::dataset::primer_dataset;
use super::error::{primer_error, primer_status};
use super::generated::adapt::*;
use super::guard::guard;
use super::handle::{self, Out};
use super::method::adapt_options;
use super::model::primer_model;
use super::options::{flag, read};
use crate::error::Result;
use crate::train::{Progress, Stage, adapt_by_name, adapt_observed};

/// The state of a training run. It may grow at its end: read only what lies within `struct_size`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_progress {
    /// sizeof(primer_progress) in the library.
    pub struct_size: u32,
    /// PRIMER_STAGE_*: what has just happened.
    pub stage: i32,
    /// The current epoch, from 1; 0 before training.
    pub epoch: u64,
    /// Epochs in all, if training does not stop early.
    pub epochs: u64,
    /// Updates made.
    pub step: u64,
    /// Updates in all, if training does not stop early.
    pub steps: u64,
    /// Loss of the last update; at the end of an epoch the mean over its updates.
    pub loss: f64,
    /// Norm of the last update's gradient before clipping.
    pub gradient_norm: f64,
    /// The last F1 on the dev data, in 0 to 1; -1 where there is none yet.
    pub dev_f1: f64,
    /// The best F1 on the dev data so far; -1 where there is none yet.
    pub best_f1: f64,
    /// Seconds since the start.
    pub seconds: f64,
    /// Estimate of the seconds left.
    pub seconds_left: f64,
    /// How much of a stage before training is done: sentences or windows. In training, updates made. Since 0.4.
    pub done: u64,
    /// Of how much. Since 0.4.
    pub total: u64,
}

/// PRIMER_STAGE_* of what a run tells.
pub(super) fn stage(stage: Stage) -> i32 {
    match stage {
        Stage::Encode => PRIMER_STAGE_ENCODE,
        Stage::Prefix => PRIMER_STAGE_PREFIX,
        Stage::Start => PRIMER_STAGE_START,
        Stage::Step => PRIMER_STAGE_STEP,
        Stage::Epoch => PRIMER_STAGE_EPOCH,
    }
}

impl From<&Progress> for primer_progress {
    fn from(p: &Progress) -> primer_progress {
        primer_progress {
            struct_size: size_of::<primer_progress>() as u32,
            stage: stage(p.stage),
            epoch: p.epoch as u64,
            epochs: p.epochs as u64,
            step: p.step as u64,
            steps: p.steps as u64,
            loss: p.loss,
            gradient_norm: p.gradient_norm,
            dev_f1: p.dev_f1.unwrap_or(-1.0),
            best_f1: p.best_f1.unwrap_or(-1.0),
            seconds: p.seconds,
            seconds_left: p.seconds_left,
            done: p.done as u64,
            total: p.total as u64,
        }
    }
}

/// Is told of progress on the thread that called. 0 goes on, anything else cancels. It may call this library, but must
/// not unwind or jump out.
pub type primer_progress_fn = Option<unsafe extern "C" fn(progress: *const primer_progress, user: *mut c_void) -> i32>;

/// Trains an adapter for `model` on `train`. Where `train` is NULL, the adapter finds the types of `options` by their
/// names alone, on a model that carries a start which reads names. With `dev`, which may be NULL, the epoch with the best F1 on it is kept,
/// the start included. `initial`, which may be NULL, is an adapter of the same method to start from: its
/// parameters, and the head's rows of the types that it knows. PRIMER_METHOD_INITIAL takes method and settings from it.
///
/// `options` may be NULL, for bottleneck adapters with their usual settings. `checkpoint` (NUL-terminated UTF-8, or
/// NULL) is a file that keeps the state after every epoch: where it exists and belongs to the same run, training goes on
/// from it; it is removed at the end. `progress` (may be NULL) is called with `user` after every update and every
/// evaluation; `cancel` (may be NULL) stops the run from any thread within one micro-batch.
///
/// Ownership: the caller frees `*out` by primer_adapter_free; everything given is only borrowed.
/// Errors: PRIMER_ERR_DATA for data without an entity, PRIMER_ERR_MISMATCH for entity types that were not asked for, an
/// initial adapter of another method or model; PRIMER_ERR_STALE for another run's checkpoint; PRIMER_ERR_NON_FINITE where training
/// diverges; PRIMER_ERR_UNSUPPORTED for a precision that the model's device does not have; PRIMER_ERR_OUT_OF_MEMORY
/// where the device's memory does not hold a micro-batch; PRIMER_ERR_IO for the checkpoint; PRIMER_ERR_CANCELLED;
/// PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently; runs with the same checkpoint must not be.
/// On failure: `*out` is NULL; everything given is what it was; the checkpoint is that of the last whole epoch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapt(
    model: *const primer_model,
    train: *const primer_dataset,
    dev: *const primer_dataset,
    initial: *const primer_adapter,
    options: *const primer_adapt_options,
    checkpoint: *const c_char,
    progress: primer_progress_fn,
    user: *mut c_void,
    cancel: *const primer_cancel,
    out: *mut *mut primer_adapter,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || -> Result<()> {
        // SAFETY: the contract of the C interface, here and below.
        let out = unsafe { Out::clear(out, "out") }?;
        let model = unsafe { handle::borrow(model, "model") }?.model.clone();
        let train = unsafe { handle::optional(train, "train") }?.map(|d| d.data.clone());
        let dev = unsafe { handle::optional(dev, "dev") }?.map(|d| d.data.clone());
        let cancel = unsafe { token(cancel) }?;
        let initial = unsafe { handle::optional(initial, "initial") }?.map(|a| &a.adapter);
        let given = unsafe { read(options) }?;
        let preparation = flag(given.preparation, "preparation")?;
        let mut options = unsafe { adapt_options(&given, initial) }?;
        if !checkpoint.is_null() {
            options.checkpoint = Some(unsafe { super::strings::path(checkpoint, "checkpoint") }?);
        }
        let mut observer = |state: &Progress| match progress {
            // Programs of earlier versions take what they are told first for the start.
            _ if !preparation && matches!(state.stage, Stage::Encode | Stage::Prefix) => ControlFlow::Continue(()),
            None => ControlFlow::Continue(()),
            Some(call) => match unsafe { call(&primer_progress::from(state), user) } {
                0 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            },
        };
        let dev = dev.as_deref();
        let adapter = match &train {
            Some(train) => adapt_observed(&model, train, dev, &options, &mut observer, &cancel)?,
            None => adapt_by_name(&model, dev, &options, &mut observer, &cancel)?,
        };
        out.set(Named::new(adapter));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}
