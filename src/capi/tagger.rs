//! `primer_tagger`: texts in, entities out.

use std::ffi::c_char;
use std::sync::Arc;

use super::adapter::{Named, primer_adapter};
use super::cancel::{primer_cancel, token};
use super::error::{primer_error, primer_status};
use super::exclusive::Exclusive;
use super::guard::guard;
use super::handle::{self, Handle, Out};
use super::model::primer_model;
use super::result::{Answers, primer_result};
use super::strings::{array, primer_str, text, texts};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::peft::Adapter;
use crate::tag::{Input, Tagger};

/// Tags text with any adapter of its model. Exclusive: one worker uses it at a time. It is cheap to make; make one a
/// thread.
pub struct primer_tagger {
    _opaque: [u8; 0],
}

impl Handle for primer_tagger {
    type Inner = Arc<Exclusive<Tagger>>;
    const NAME: &'static str = "primer_tagger";
    const TAG: u64 = u64::from_le_bytes(*b"pr_tagge");
}

/// Tags the inputs, each with its adapter.
fn answer(tagger: &Exclusive<Tagger>, inputs: Vec<(Input, Arc<Named>)>, cancel: &Cancel) -> Result<Answers> {
    let pairs: Vec<(Input, &Adapter)> = inputs.iter().map(|(input, named)| (*input, &named.adapter)).collect();
    let tagged = tagger.enter("tagger", |tagger| tagger.tag_cancellable(&pairs, cancel))?;
    Ok(Answers::new(tagged, inputs.into_iter().map(|(_, named)| named)))
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
        out.set(Arc::new(Exclusive::new(Tagger::new(&loaded.model))));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Tags one text of `text_len` bytes of UTF-8, of any length below 4 GiB. The result has one item.
///
/// Ownership: the caller frees `*out` by primer_result_free; text and adapter are only borrowed.
/// Errors: PRIMER_ERR_INVALID_UTF8 with the byte; PRIMER_ERR_MISMATCH for another model's adapter; PRIMER_ERR_BUSY;
/// PRIMER_ERR_TOO_LARGE; PRIMER_ERR_INVALID_ARGUMENT.
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
        let (named, text) = unsafe { (handle::borrow(adapter, "adapter")?, self::text(text, text_len, "text")?) };
        out.set(answer(&inner, vec![(Input::Text(text), named.clone())], &Cancel::new())?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Tags one sentence of `word_count` words that the caller has found. Byte ranges in the result refer to the words
/// joined by single blanks. The result has one item, with exactly these words.
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
        let (named, words) = unsafe { (handle::borrow(adapter, "adapter")?, texts(words, word_count, "words")?) };
        out.set(answer(&inner, vec![(Input::Words(&words), named.clone())], &Cancel::new())?);
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Something to tag: text, or words that the caller has found.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_input {
    /// The adapter to tag it with.
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
            let named = unsafe { handle::borrow(input.adapter, &field("adapter")) }?.clone();
            let given = match input.words.is_null() {
                true if input.word_count > 0 => return Err(handle::null(&field("words"))),
                true => Input::Text(unsafe { text(input.text.data, input.text.len, &field("text")) }?),
                false if input.text.len > 0 => return Err(Error::argument(format!("inputs[{i}] has text and words"))),
                false => Input::Words(words),
            };
            ready.push((given, named));
        }
        out.set(answer(&inner, ready, &cancel)?);
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
