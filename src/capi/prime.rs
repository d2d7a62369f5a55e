//! `primer_prime`: from a backbone and tasks to a primed backbone.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;

use super::adapt::stage;
use super::adapter::primer_adapter;
use super::cancel::{primer_cancel, token};
use super::dataset::primer_dataset;
use super::error::{primer_error, primer_status};
use super::generated::prime::primer_prime_options;
use super::guard::guard;
use super::handle::{self, Out};
use super::model::primer_model;
use super::options::read;
use super::prime_options::prime_options;
use super::primed::primer_primed;
use super::strings::{array, path, primer_str, text};
use crate::error::Result;
use crate::meta::{PrimeProgress, Task, prime_observed};

/// A named data set, one a language or a domain.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_task {
    /// A name for the log, the report and errors; no two tasks to prime on share one.
    pub name: primer_str,
    /// The labelled sentences.
    pub data: *const primer_dataset,
}

/// The state of a priming run. It may grow at its end: read only what lies within `struct_size`.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_prime_progress {
    /// sizeof(primer_prime_progress) in the library.
    pub struct_size: u32,
    /// PRIMER_STAGE_ENCODE before the first update, PRIMER_STAGE_STEP after every one. Since 0.4; 0 before.
    pub stage: i32,
    /// Updates made, those of a checkpoint included.
    pub step: u64,
    /// Updates in all.
    pub steps: u64,
    /// Mean support loss of the update's episodes, before the first inner step; for multi-task training the one loss.
    pub support_loss: f64,
    /// Mean query loss of the update's episodes; for multi-task training the one loss again; -1 for Reptile, which has none.
    pub query_loss: f64,
    /// Norm of the update's gradient before clipping.
    pub gradient_norm: f64,
    /// The dev tasks' mean F1 at the last look, in 0 to 1; -1 where there is none yet.
    pub dev_f1: f64,
    /// Seconds since the start, those of a checkpoint included.
    pub seconds: f64,
    /// Estimate of the seconds left.
    pub seconds_left: f64,
    /// How many sentences of a task are encoded; later, updates made. Since 0.4.
    pub done: u64,
    /// Of how many. Since 0.4.
    pub total: u64,
}

impl From<&PrimeProgress> for primer_prime_progress {
    fn from(p: &PrimeProgress) -> primer_prime_progress {
        primer_prime_progress {
            struct_size: size_of::<primer_prime_progress>() as u32,
            stage: stage(p.stage),
            step: p.step as u64,
            steps: p.steps as u64,
            support_loss: p.support_loss,
            query_loss: p.query_loss.unwrap_or(-1.0),
            gradient_norm: p.gradient_norm,
            dev_f1: p.dev_f1.unwrap_or(-1.0),
            seconds: p.seconds,
            seconds_left: p.seconds_left,
            done: p.done as u64,
            total: p.total as u64,
        }
    }
}

/// Is told of a priming run, while it encodes its data and after every update, on the thread that called. 0 goes on,
/// anything else cancels. It may call this library, but must not unwind or jump out.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
pub type primer_prime_progress_fn =
    Option<unsafe extern "C" fn(progress: *const primer_prime_progress, user: *mut c_void) -> i32>;

/// Primes `model` on `task_count` tasks: meta-learning that prepares it for adaptation by one method, and the method's
/// starting point with it. The F1 of the `dev_count` dev tasks, of which there may be none, is told along the way.
/// `initial`, which may be NULL, is an adapter of the same method to start from.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
///
/// `options` may be NULL, for first-order MAML with bottleneck adapters. `checkpoint` (NUL-terminated UTF-8, or NULL) is
/// a file that keeps the state: where it exists and belongs to the same run, priming goes on from it and ends with the
/// very same numbers. Unlike that of primer_adapt it stays after the run: remove it when what came out is saved. `log`
/// (NUL-terminated UTF-8, or NULL) is a file that gets one JSON object a line for every update. `progress` (may be NULL)
/// is called with `user` while the data is encoded and after every update; `cancel` (may be NULL) stops the run from any
/// thread within one micro-batch.
///
/// Ownership: the caller frees `*out` by primer_primed_free; everything given is only borrowed. The data of the tasks is
/// copied for the time of the call.
/// Errors: PRIMER_ERR_DATA, naming the task, for one with fewer sentences than an episode takes, without entities, or
/// with a type that `types` lacks; PRIMER_ERR_MISMATCH for an initial adapter of another method or model, or PRIMER_ERR_STALE for another
/// run's checkpoint; PRIMER_ERR_NON_FINITE where training diverges; PRIMER_ERR_UNSUPPORTED for a
/// precision that the model's device does not have; PRIMER_ERR_OUT_OF_MEMORY where the device's memory does not hold
/// what a step needs; PRIMER_ERR_IO for checkpoint and log; PRIMER_ERR_CANCELLED; PRIMER_ERR_INVALID_ARGUMENT, also for no task and for tasks of one name.
/// Threads: safe to call concurrently; runs with the same checkpoint or log must not be.
/// On failure: `*out` is NULL; the model and everything given is what it was; the checkpoint is the last that was
/// written, and that of the very update after which `progress` cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_prime(
    model: *const primer_model,
    tasks: *const primer_task,
    task_count: usize,
    dev: *const primer_task,
    dev_count: usize,
    initial: *const primer_adapter,
    options: *const primer_prime_options,
    checkpoint: *const c_char,
    log: *const c_char,
    progress: primer_prime_progress_fn,
    user: *mut c_void,
    cancel: *const primer_cancel,
    out: *mut *mut primer_primed,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || -> Result<()> {
        // SAFETY: the contract of the C interface, here and below.
        let out = unsafe { Out::clear(out, "out") }?;
        let model = unsafe { handle::borrow(model, "model") }?.model.clone();
        let initial = unsafe { handle::optional(initial, "initial") }?.map(|a| &a.adapter);
        let cancel = unsafe { token(cancel) }?;
        let mut options = unsafe { prime_options(&read(options)?, initial) }?;
        if !checkpoint.is_null() {
            options.checkpoint = Some(unsafe { path(checkpoint, "checkpoint") }?);
        }
        if !log.is_null() {
            options.log = Some(unsafe { path(log, "log") }?);
        }
        let (tasks, dev) = unsafe { (self::tasks(tasks, task_count, "tasks")?, self::tasks(dev, dev_count, "dev")?) };
        let mut observer = |state: &PrimeProgress| match progress {
            None => ControlFlow::Continue(()),
            Some(call) => match unsafe { call(&primer_prime_progress::from(state), user) } {
                0 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            },
        };
        out.set(prime_observed(&model, &tasks, &dev, &options, &mut observer, &cancel)?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// # Safety
/// As [`array`], also for the names; the data sets are NULL or live handles.
unsafe fn tasks(data: *const primer_task, len: usize, argument: &str) -> Result<Vec<Task>> {
    let one = |(i, task): (usize, &primer_task)| {
        // SAFETY: the caller's promise.
        unsafe {
            let name = text(task.name.data, task.name.len, &format!("{argument}[{i}].name"))?;
            let labelled = handle::borrow(task.data, &format!("{argument}[{i}].data"))?;
            Ok(Task::new(name, (*labelled.data).clone()))
        }
    };
    // SAFETY: the caller's promise.
    unsafe { array(data, len, argument) }?.iter().enumerate().map(one).collect()
}
