//! `primer_tagger`: texts in, entities out.

use std::ffi::c_char;
use std::sync::Arc;

use super::adapter::{Named, primer_adapter};
use super::cancel::{primer_cancel, token};
use super::error::{primer_error, primer_status};
use super::exclusive::Exclusive;
use super::generated::tagger::primer_tagger_options;
use super::guard::guard;
use super::handle::{self, Handle, Out};
use super::model::primer_model;
use super::names::Names;
use super::result::{Answers, primer_result};
use super::strings::{array, path, primer_str, text, texts};
use super::tagger_options::tagger_options;
use crate::cancel::Cancel;
#[cfg(not(feature = "onnx"))]
use crate::engine::without_onnx;
use crate::error::{Error, Result};
use crate::peft::Adapter;
use crate::tag::{Input, Tagger};

/// Tags text with any adapter of its model, or, from primer_tagger_load_onnx, with the labels of a model that others have
/// trained. Exclusive: one worker uses it at a time. It is cheap to make for a model that is loaded; make one a thread.
pub struct primer_tagger {
    _opaque: [u8; 0],
}

impl Handle for primer_tagger {
    type Inner = Arc<Worker>;
    const NAME: &'static str = "primer_tagger";
    const TAG: u64 = u64::from_le_bytes(*b"pr_tagge");
}

pub(super) struct Worker {
    tagger: Exclusive<Tagger>,
    /// The names of a model that has labels of its own, and so takes no adapters.
    own: Option<Arc<Names>>,
}

impl Worker {
    fn new(tagger: Tagger) -> Arc<Worker> {
        let own = tagger.tags().map(Names::new);
        Arc::new(Worker { tagger: Exclusive::new(tagger), own })
    }

    /// Runs `body` with the tagger, unless another call does.
    pub(super) fn enter<R>(&self, body: impl FnOnce(&Tagger) -> Result<R>) -> Result<R> {
        self.tagger.enter("tagger", body)
    }

    /// The adapter to tag with: NULL is refused where the model has no labels of its own.
    ///
    /// # Safety
    /// As [`handle::borrow`].
    pub(super) unsafe fn adapter(&self, adapter: *const primer_adapter, argument: &str) -> Result<Option<Arc<Named>>> {
        if adapter.is_null() && self.own.is_some() {
            return Ok(None);
        }
        // SAFETY: the caller's promise.
        Ok(Some(unsafe { handle::borrow(adapter, argument) }?.clone()))
    }

    /// Tags the inputs, each with its adapter.
    fn answer(&self, inputs: &[(Input, Option<Arc<Named>>)], cancel: &Cancel) -> Result<Answers> {
        let pairs: Vec<(Input, Option<&Adapter>)> =
            inputs.iter().map(|(input, named)| (*input, named.as_ref().map(|n| &n.adapter))).collect();
        let tagged = self.enter(|tagger| tagger.tag_cancellable(&pairs, cancel))?;
        let names = inputs.iter().filter_map(|(_, named)| named.as_ref().map(|n| &n.names).or(self.own.as_ref()));
        Ok(Answers::new(tagged, names.cloned()))
    }
}

/// Makes a tagger for `model`.
///
/// Ownership: the caller frees `*out` by primer_tagger_free; it holds the model itself.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_new(
    model: *const primer_model,
    out: *mut *mut primer_tagger,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, loaded) = unsafe { (Out::clear(out, "out")?, handle::borrow(model, "model")?) };
        out.set(Worker::new(Tagger::new(&loaded.model)));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Makes a tagger for `model` on the engine that `options` name; NULL stands for the initial ones, with which this is
/// primer_tagger_new.
///
/// Ownership: the caller frees `*out` by primer_tagger_free; it holds the model itself, and a copy of the options.
/// Errors: with PRIMER_ENGINE_ONNX PRIMER_ERR_IO where ONNX Runtime is not found, with the file where one was named;
/// PRIMER_ERR_UNSUPPORTED for one that is too old, that lacks a provider, for another precision than
/// PRIMER_PRECISION_F32 there, and without the feature "onnx". PRIMER_ERR_UNSUPPORTED for a precision that the model's
/// device does not have. PRIMER_ERR_INVALID_ARGUMENT, also for another ONNX Runtime than the process has loaded.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_new_with_options(
    model: *const primer_model,
    options: *const primer_tagger_options,
    out: *mut *mut primer_tagger,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, loaded, options) =
            unsafe { (Out::clear(out, "out")?, handle::borrow(model, "model")?, tagger_options(options)?) };
        out.set(Worker::new(Tagger::with_options(&loaded.model, &options)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Makes a tagger of a token classification model that others have exported to ONNX: a folder with config.json,
/// tokenizer.json and model.onnx (or onnx/model.onnx), or the ONNX file in such a folder. It tags with the labels of
/// config.json, and takes NULL for an adapter. `path` is NUL-terminated UTF-8. Of `options`, which may be NULL, threads,
/// onnxruntime and providers count.
///
/// Ownership: the caller frees `*out` by primer_tagger_free.
/// Errors: as primer_tagger_new_with_options with PRIMER_ENGINE_ONNX; PRIMER_ERR_IO for a file that is missing,
/// PRIMER_ERR_FORMAT for a damaged one, PRIMER_ERR_UNSUPPORTED for another kind of model or tokenizer, PRIMER_ERR_MISMATCH
/// where model and labels do not fit.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_load_onnx(
    path: *const c_char,
    options: *const primer_tagger_options,
    out: *mut *mut primer_tagger,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, path, options) =
            unsafe { (Out::clear(out, "out")?, self::path(path, "path")?, tagger_options(options)?) };
        #[cfg(feature = "onnx")]
        let tagger = Tagger::load_onnx(path, &options);
        #[cfg(not(feature = "onnx"))]
        let tagger = Err::<Tagger, _>(without_onnx().in_file(path));
        #[cfg(not(feature = "onnx"))]
        let _ = options;
        out.set(Worker::new(tagger?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Number of entity types of a model that has labels of its own; 0 where adapters bring them, and for NULL.
///
/// Threads: safe to call concurrently, also while the tagger is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_type_count(tagger: *const primer_tagger) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(tagger, 0, |t| t.own.as_ref().map_or(0, |own| own.type_count())) }
}

/// The entity type that an entity's `label` stands for, where the model has labels of its own.
///
/// Ownership: borrowed from `tagger`; {NULL, 0} where there is no type of this index, and for NULL.
/// Threads: safe to call concurrently, also while the tagger is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_type(tagger: *const primer_tagger, index: usize) -> primer_str {
    let name = |t: &Arc<Worker>| t.own.as_ref().map_or(primer_str::NONE, |own| own.type_name(index));
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(tagger, primer_str::NONE, name) }
}

/// Tags one text of `text_len` bytes of UTF-8, of any length below 4 GiB. The result has one item. `adapter` is NULL
/// where the model has labels of its own (primer_tagger_load_onnx), and only there.
///
/// Ownership: the caller frees `*out` by primer_result_free; text and adapter are only borrowed.
/// Errors: PRIMER_ERR_INVALID_UTF8 with the byte; PRIMER_ERR_MISMATCH for another model's adapter; PRIMER_ERR_BUSY;
/// PRIMER_ERR_OUT_OF_MEMORY where the device's memory does not hold model and text; PRIMER_ERR_TOO_LARGE;
/// PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
/// On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_tag_text(
    tagger: *mut primer_tagger,
    adapter: *const primer_adapter,
    text: *const c_char,
    text_len: usize,
    out: *mut *mut primer_result,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, inner) = unsafe { (Out::clear(out, "out")?, handle::borrow(tagger, "tagger")?.clone()) };
        // SAFETY: the contract of the C interface.
        let (named, text) = unsafe { (inner.adapter(adapter, "adapter")?, self::text(text, text_len, "text")?) };
        out.set(inner.answer(&[(Input::Text(text), named)], &Cancel::new())?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// primer_tagger_tag_text that can be stopped: after primer_cancel_request on `cancel`, which may be NULL, it fails with
/// PRIMER_ERR_CANCELLED.
///
/// Ownership: the caller frees `*out` by primer_result_free; text, adapter and `cancel` are only borrowed.
/// Errors: as primer_tagger_tag_text; PRIMER_ERR_CANCELLED.
/// Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
/// On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_tag_text_with_cancel(
    tagger: *mut primer_tagger,
    adapter: *const primer_adapter,
    text: *const c_char,
    text_len: usize,
    cancel: *const primer_cancel,
    out: *mut *mut primer_result,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface, here and below.
        let (out, inner) = unsafe { (Out::clear(out, "out")?, handle::borrow(tagger, "tagger")?.clone()) };
        let (named, text) = unsafe { (inner.adapter(adapter, "adapter")?, self::text(text, text_len, "text")?) };
        let cancel = unsafe { token(cancel) }?;
        out.set(inner.answer(&[(Input::Text(text), named)], &cancel)?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Tags one sentence of `word_count` words that the caller has found. Byte ranges in the result refer to the words
/// joined by single blanks. The result has one item, with exactly these words. `adapter` is as for primer_tagger_tag_text.
///
/// Ownership: the caller frees `*out` by primer_result_free; words and adapter are only borrowed.
/// Errors: as primer_tagger_tag_text; the message names the word.
/// Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
/// On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_tag_words(
    tagger: *mut primer_tagger,
    adapter: *const primer_adapter,
    words: *const primer_str,
    word_count: usize,
    out: *mut *mut primer_result,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, inner) = unsafe { (Out::clear(out, "out")?, handle::borrow(tagger, "tagger")?.clone()) };
        // SAFETY: the contract of the C interface.
        let (named, words) = unsafe { (inner.adapter(adapter, "adapter")?, texts(words, word_count, "words")?) };
        out.set(inner.answer(&[(Input::Words(&words), named)], &Cancel::new())?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Something to tag: text, or words that the caller has found.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_input {
    /// The adapter to tag it with; NULL where the model has labels of its own.
    pub adapter: *const primer_adapter,
    /// The text; it must be {NULL, 0} where words are given.
    pub text: primer_str,
    /// The words, `word_count` of them; NULL where text is given.
    pub words: *const primer_str,
    /// Number of words.
    pub word_count: usize,
}

/// Tags `count` inputs together, each with its own adapter. The result has one item an input, in their order. `cancel`
/// may be NULL.
///
/// Ownership: the caller frees `*out` by primer_result_free; inputs are only borrowed.
/// Errors: as primer_tagger_tag_text; the message names the input; PRIMER_ERR_CANCELLED.
/// Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
/// On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_tag_batch(
    tagger: *mut primer_tagger,
    inputs: *const primer_input,
    count: usize,
    cancel: *const primer_cancel,
    out: *mut *mut primer_result,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface, here and below.
        let (out, inner) = unsafe { (Out::clear(out, "out")?, handle::borrow(tagger, "tagger")?.clone()) };
        let inputs = unsafe { array(inputs, count, "inputs") }?;
        let cancel = unsafe { token(cancel) }?;
        let words = |(i, input): (usize, &primer_input)| match input.words.is_null() {
            true => Ok(Vec::new()),
            false => unsafe { texts(input.words, input.word_count, &format!("inputs[{i}].words")) },
        };
        let words = inputs.iter().enumerate().map(words).collect::<Result<Vec<_>>>()?;
        let mut ready = Vec::with_capacity(count);
        for (i, (input, words)) in inputs.iter().zip(&words).enumerate() {
            let field = |name: &str| format!("inputs[{i}].{name}");
            let named = unsafe { inner.adapter(input.adapter, &field("adapter")) }?;
            let given = match input.words.is_null() {
                true if input.word_count > 0 => return Err(handle::null(&field("words"))),
                true => Input::Text(unsafe { text(input.text.data, input.text.len, &field("text")) }?),
                false if input.text.len > 0 => return Err(Error::argument(format!("inputs[{i}] has text and words"))),
                false => Input::Words(words),
            };
            ready.push((given, named));
        }
        out.set(inner.answer(&ready, &cancel)?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Frees a tagger; NULL is fine. Its results go on living.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_free(tagger: *mut primer_tagger) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(tagger) }
}
