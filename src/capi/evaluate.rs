//! `primer_evaluate`: how good an adapter is.

use super::adapter::primer_adapter;
use super::buffer::{Bytes, primer_buffer};
use super::cancel::{primer_cancel, token};
use super::dataset::primer_dataset;
use super::error::{primer_error, primer_status};
use super::guard::guard;
use super::handle::{self, Out};
use super::model::primer_model;
use super::options::{Report, Sized32};
use super::tagger::primer_tagger;
use crate::error::Result;
use crate::tag::{Evaluation, Score, evaluate_observed, evaluate_with};

/// Precision, recall and F1 over entities, each in 0 to 1, with the counts behind them. A division by zero gives 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_score {
    /// The share of the predicted entities that are right.
    pub precision: f64,
    /// The share of the true entities that were found.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// How many entities the truth has.
    pub support: u64,
    /// How many entities were predicted.
    pub predicted: u64,
    /// How many predicted entities are right.
    pub correct: u64,
}

impl From<&Score> for primer_score {
    fn from(s: &Score) -> primer_score {
        let (support, predicted, correct) = (s.support as u64, s.predicted as u64, s.correct as u64);
        primer_score { precision: s.precision, recall: s.recall, f1: s.f1, support, predicted, correct }
    }
}

/// Scores over all types together (micro), equal to those of Python's seqeval.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_scores {
    /// sizeof(primer_scores), set by the caller.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// How many sentences were compared.
    pub sentences: u64,
    /// As seqeval scores by default.
    pub micro: primer_score,
    /// As seqeval scores with mode="strict".
    pub strict_micro: primer_score,
    /// The share of the words whose tag is the true one, O included.
    pub accuracy: f64,
}

// SAFETY: numbers without padding: the layout is frozen in `layout.rs`.
unsafe impl Sized32 for primer_scores {
    const NAME: &'static str = "primer_scores";
    const FIRST: usize = 120;
    fn initial() -> primer_scores {
        let none = primer_score::from(&Score::default());
        let struct_size = size_of::<primer_scores>() as u32;
        primer_scores { struct_size, reserved: 0, sentences: 0, micro: none, strict_micro: none, accuracy: 0.0 }
    }
}

/// Tags `dataset` with `adapter` and compares the entities with the data's own. `scores`, whose struct_size the caller
/// has set, takes the numbers that are asked for most; `json`, which may be NULL, takes all of them as a JSON object:
/// micro, macro, weighted, accuracy and types at the top, the strict ones below "strict". `cancel` may be NULL.
///
/// Ownership: the caller frees `*json` by primer_buffer_free.
/// Errors: PRIMER_ERR_MISMATCH for another model's adapter; PRIMER_ERR_OUT_OF_MEMORY where the device's memory does not
/// hold model and sentences; PRIMER_ERR_CANCELLED; PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*json` is NULL; `*scores` is 0 but for its struct_size, or untouched where that makes no sense.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_evaluate(
    model: *const primer_model,
    adapter: *const primer_adapter,
    dataset: *const primer_dataset,
    cancel: *const primer_cancel,
    scores: *mut primer_scores,
    json: *mut *mut primer_buffer,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || -> Result<()> {
        // SAFETY: the contract of the C interface, here and below.
        let places = unsafe { Places::clear(scores, json) }?;
        let model = unsafe { handle::borrow(model, "model") }?.model.clone();
        let named = unsafe { handle::borrow(adapter, "adapter") }?.clone();
        let data = unsafe { handle::borrow(dataset, "dataset") }?.data.clone();
        let cancel = unsafe { token(cancel) }?;
        let evaluation = evaluate_observed(&model, &named.adapter, &data, &mut |_| {}, &cancel)?;
        places.fill(&evaluation)
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// primer_evaluate by a tagger of the caller's, on its engine: with `adapter`, or with NULL where the model has labels of
/// its own (primer_tagger_load_onnx).
///
/// Ownership: the caller frees `*json` by primer_buffer_free.
/// Errors: as primer_evaluate; PRIMER_ERR_BUSY.
/// Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
/// On failure: as primer_evaluate; the tagger may be used again, but after PRIMER_ERR_PANIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_evaluate(
    tagger: *mut primer_tagger,
    adapter: *const primer_adapter,
    dataset: *const primer_dataset,
    cancel: *const primer_cancel,
    scores: *mut primer_scores,
    json: *mut *mut primer_buffer,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || -> Result<()> {
        // SAFETY: the contract of the C interface, here and below.
        let places = unsafe { Places::clear(scores, json) }?;
        let worker = unsafe { handle::borrow(tagger, "tagger") }?.clone();
        let named = unsafe { worker.adapter(adapter, "adapter") }?;
        let data = unsafe { handle::borrow(dataset, "dataset") }?.data.clone();
        let cancel = unsafe { token(cancel) }?;
        let adapter = named.as_ref().map(|n| &n.adapter);
        places.fill(&worker.enter(|tagger| evaluate_with(tagger, adapter, &data, &mut |_| {}, &cancel))?)
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Where an evaluation goes.
struct Places {
    scores: Report<primer_scores>,
    json: Option<Out<primer_buffer>>,
}

impl Places {
    /// Clears both; comes first in an export.
    ///
    /// # Safety
    /// As [`Report::clear`] and, but where it is NULL, [`Out::clear`].
    unsafe fn clear(scores: *mut primer_scores, json: *mut *mut primer_buffer) -> Result<Places> {
        // SAFETY: the caller's promise, here and below.
        let json = if json.is_null() { None } else { Some(unsafe { Out::clear(json, "json") }?) };
        let scores = unsafe { Report::clear(scores, "scores") }?;
        Ok(Places { scores, json })
    }

    fn fill(self, evaluation: &Evaluation) -> Result<()> {
        if let Some(json) = self.json {
            json.set(Bytes::new(evaluation.to_json()?));
        }
        self.scores.fill(&primer_scores {
            sentences: evaluation.sentences as u64,
            micro: (&evaluation.default.micro).into(),
            strict_micro: (&evaluation.strict.micro).into(),
            accuracy: evaluation.default.accuracy,
            ..primer_scores::initial()
        });
        Ok(())
    }
}
