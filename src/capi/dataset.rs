//! `primer_dataset`: labelled sentences.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::cancel::{primer_cancel, token};
use super::error::{primer_error, primer_status};
use super::generated::dataset::*;
use super::guard::guard;
use super::handle::{self, Handle, Out};
use super::options::read;
use super::strings::{Text, array, path, primer_str, terminated};
use crate::data::{DataOptions, Dataset, Scheme};
use crate::error::Result;

/// Labelled sentences. Immutable.
pub struct primer_dataset {
    _opaque: [u8; 0],
}

impl Handle for primer_dataset {
    type Inner = Labelled;
    const NAME: &'static str = "primer_dataset";
    const TAG: u64 = u64::from_le_bytes(*b"pr_datas");
}

pub(super) struct Labelled {
    /// Held by a running call, too: a host's collector may free the handle early.
    pub(super) data: Arc<Dataset>,
    name: Text,
    types: Vec<Text>,
    cut: Cut,
    notes: Vec<Text>,
}

/// Entities that cut a word: how many, and line, text and word of the first few.
struct Cut {
    count: usize,
    first: Vec<(u64, Text, Text)>,
}

impl Labelled {
    fn new(data: Dataset) -> Labelled {
        let types = data.types().iter().map(|t| Text::new(t.as_str())).collect();
        let cut = data.cut_spans();
        let first = cut.first.iter().map(|c| (c.line, Text::new(&*c.text), Text::new(&*c.word))).collect();
        let cut = Cut { count: cut.count, first };
        let notes = data.notes().iter().map(|note| Text::new(note.to_string())).collect();
        Labelled { name: Text::new(data.name()), types, cut, notes, data: Arc::new(data) }
    }
}

/// # Safety
/// As [`read`].
unsafe fn data_options(options: *const primer_dataset_options) -> Result<DataOptions> {
    let mut taken = DataOptions::default();
    // SAFETY: the caller's promise.
    unsafe { read(options)?.apply(&mut taken) }?;
    Ok(taken)
}

/// Reads labelled sentences from a file. `path` is NUL-terminated UTF-8; `options` may be NULL.
///
/// Ownership: the caller frees `*out` by primer_dataset_free.
/// Errors: PRIMER_ERR_IO; PRIMER_ERR_DATA with file and line for what cannot be read, also for no sentence at all;
/// PRIMER_ERR_INVALID_UTF8 with file, line and byte; PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_load(
    path: *const c_char,
    options: *const primer_dataset_options,
    out: *mut *mut primer_dataset,
    err: *mut *mut primer_error,
) -> primer_status {
    // SAFETY: the contract of the C interface.
    unsafe { primer_dataset_load_with_cancel(path, options, std::ptr::null(), out, err) }
}

/// primer_dataset_load, which a request by `cancel` ends; NULL for none. Of a large file that takes some seconds.
///
/// Ownership: the caller frees `*out` by primer_dataset_free.
/// Errors: as primer_dataset_load; PRIMER_ERR_CANCELLED.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_load_with_cancel(
    path: *const c_char,
    options: *const primer_dataset_options,
    cancel: *const primer_cancel,
    out: *mut *mut primer_dataset,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, path, options) =
            unsafe { (Out::clear(out, "out")?, self::path(path, "path")?, data_options(options)?) };
        // SAFETY: the contract of the C interface.
        let cancel = unsafe { token(cancel) }?;
        out.set(Labelled::new(Dataset::load_with(path, &DataOptions { cancel, ..options })?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Reads labelled sentences from the `size` bytes of a file at `data`. `name`, NUL-terminated UTF-8, stands for the
/// file in errors and where its format is guessed by its ending; NULL for "memory". `options` may be NULL.
///
/// Ownership: `data` is copied and may be freed on return; the caller frees `*out` by primer_dataset_free.
/// Errors: as primer_dataset_load.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_from_memory(
    data: *const c_void,
    size: usize,
    name: *const c_char,
    options: *const primer_dataset_options,
    out: *mut *mut primer_dataset,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let out = unsafe { Out::clear(out, "out") }?;
        // SAFETY: the contract of the C interface.
        let (data, options) = unsafe { (array(data.cast::<u8>(), size, "data")?, data_options(options)?) };
        // SAFETY: the contract of the C interface.
        let name = if name.is_null() { "memory" } else { unsafe { terminated(name, "name") }? };
        out.set(Labelled::new(Dataset::from_bytes(data, name, &options)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Number of sentences; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_size(dataset: *const primer_dataset) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, 0, |d| d.data.len()) }
}

/// Number of entities in all sentences; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_entity_count(dataset: *const primer_dataset) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, 0, |d| d.data.entities()) }
}

/// The file's path as it was given, or the name of data from memory.
///
/// Ownership: borrowed from `dataset`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_name(dataset: *const primer_dataset) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, primer_str::NONE, |d| d.name.borrow()) }
}

/// The scheme of the tags, PRIMER_SCHEME_*; PRIMER_SCHEME_AUTO for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_scheme(dataset: *const primer_dataset) -> i32 {
    let constant = |d: &Labelled| match d.data.scheme() {
        Scheme::Iob1 => PRIMER_SCHEME_IOB1,
        Scheme::Iob2 => PRIMER_SCHEME_IOB2,
        Scheme::Bioes => PRIMER_SCHEME_BIOES,
    };
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, PRIMER_SCHEME_AUTO, constant) }
}

/// Number of entity types; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_type_count(dataset: *const primer_dataset) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, 0, |d| d.types.len()) }
}

/// An entity type of the data. The types are sorted by name.
///
/// Ownership: borrowed from `dataset`; {NULL, 0} where there is no type of this index, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_type(dataset: *const primer_dataset, index: usize) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, primer_str::NONE, |d| d.types.get(index).map_or(primer_str::NONE, Text::borrow)) }
}

/// Number of entities that start or end inside a word: no tagger of words can find them as they are, and evaluation
/// counts them as missed; 0 for NULL. primer_dataset_cut_span_line and the like tell of the first few.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_cut_span_count(dataset: *const primer_dataset) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, 0, |d| d.cut.count) }
}

/// The line of the file, from 1, of an entity that cuts a word; 0 where no more are told, and for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_cut_span_line(dataset: *const primer_dataset, index: usize) -> u64 {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, 0, |d| d.cut.first.get(index).map_or(0, |cut| cut.0)) }
}

/// The text of an entity that cuts a word, shortened to 60 characters.
///
/// Ownership: borrowed from `dataset`; {NULL, 0} where no more are told, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_cut_span_text(dataset: *const primer_dataset, index: usize) -> primer_str {
    let text = |d: &Labelled| d.cut.first.get(index).map_or(primer_str::NONE, |cut| cut.1.borrow());
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, primer_str::NONE, text) }
}

/// The word that such an entity cuts, the first of two, shortened to 60 characters.
///
/// Ownership: borrowed from `dataset`; {NULL, 0} where no more are told, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_cut_span_word(dataset: *const primer_dataset, index: usize) -> primer_str {
    let word = |d: &Labelled| d.cut.first.get(index).map_or(primer_str::NONE, |cut| cut.2.borrow());
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, primer_str::NONE, word) }
}

/// Number of notes of the reader; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_note_count(dataset: *const primer_dataset) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, 0, |d| d.notes.len()) }
}

/// What the reader passed over, or read in another way than it stands, for people to read: what, how often, and the first
/// few lines.
///
/// Ownership: borrowed from `dataset`; {NULL, 0} where there is no note of this index, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_note(dataset: *const primer_dataset, index: usize) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(dataset, primer_str::NONE, |d| d.notes.get(index).map_or(primer_str::NONE, Text::borrow)) }
}

/// Draws `count` sentences by `seed`, the same on every machine, none twice. `indices` has room for `count` numbers and
/// takes the sentences' places in `dataset`, from 0; it may be NULL.
///
/// Ownership: the caller frees `*out` by primer_dataset_free; it does not need `dataset` any more.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT where `count` is 0 or more than there are.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL, `indices` is untouched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_shots(
    dataset: *const primer_dataset,
    count: usize,
    seed: u64,
    indices: *mut usize,
    out: *mut *mut primer_dataset,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, labelled) = unsafe { (Out::clear(out, "out")?, handle::borrow(dataset, "dataset")?) };
        let (drawn, places) = labelled.data.shots(count, seed)?;
        if !indices.is_null() {
            // SAFETY: the caller's room, for as many as were asked for.
            unsafe { std::ptr::copy_nonoverlapping(places.as_ptr(), indices, places.len()) };
        }
        out.set(Labelled::new(drawn));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The sentences with these `count` indices, from 0, in this order. Scheme and types stay those of the whole.
///
/// Ownership: the caller frees `*out` by primer_dataset_free; it does not need `dataset` any more.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT where there is no such sentence.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_select(
    dataset: *const primer_dataset,
    indices: *const usize,
    count: usize,
    out: *mut *mut primer_dataset,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, labelled, indices) = unsafe {
            (Out::clear(out, "out")?, handle::borrow(dataset, "dataset")?, array(indices, count, "indices")?)
        };
        out.set(Labelled::new(labelled.data.select(indices)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Frees a data set; NULL is fine.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_free(dataset: *mut primer_dataset) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(dataset) }
}
