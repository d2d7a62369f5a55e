//! `primer_adapter`: what adaptation makes and tagging uses.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::buffer::{Bytes, primer_buffer};
use super::error::{primer_error, primer_status};
use super::generated::adapter::{PRIMER_FOLDER_ADAPTERHUB, PRIMER_FOLDER_PEFT};
use super::generated::dataset::scheme;
use super::guard::guard;
use super::handle::{self, Handle, Out};
use super::model::primer_model;
use super::names::Names;
use super::options::unknown;
use super::strings::{Text, array, path, primer_str, texts};
use crate::data::{Scheme, TagSet};
use crate::peft::Adapter;

/// A trained method with its tag head, and the card that says what it is. Immutable; it holds its model itself. One
/// model serves any number of adapters, chosen per call.
pub struct primer_adapter {
    _opaque: [u8; 0],
}

impl Handle for primer_adapter {
    type Inner = Arc<Named>;
    const NAME: &'static str = "primer_adapter";
    const TAG: u64 = u64::from_le_bytes(*b"pr_adapt");
}

/// An adapter with its names as C reads them.
pub(super) struct Named {
    pub(super) adapter: Adapter,
    pub(super) names: Arc<Names>,
    name: Text,
    card: Text,
}

impl Named {
    pub(super) fn new(adapter: Adapter) -> Arc<Named> {
        let card = adapter.card();
        let names = Names::new(&card.tags);
        let (name, card) = (Text::new(card.name.as_str()), Text::new(serde_json::to_string(card).unwrap_or_default()));
        Arc::new(Named { adapter, names, name, card })
    }
}

/// Reads an adapter file, or a folder of PEFT or AdapterHub that names its tags, and checks that it belongs to `model`.
/// `path` is NUL-terminated UTF-8.
///
/// Ownership: the caller frees `*out` by primer_adapter_free.
/// Errors: PRIMER_ERR_IO; PRIMER_ERR_FORMAT for a damaged file, PRIMER_ERR_UNSUPPORTED for a newer one or unknown
/// settings, PRIMER_ERR_MISMATCH for another model's, PRIMER_ERR_TOO_LARGE; PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_load(
    path: *const c_char,
    model: *const primer_model,
    out: *mut *mut primer_adapter,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let out = unsafe { Out::clear(out, "out") }?;
        // SAFETY: the contract of the C interface.
        let (path, loaded) = unsafe { (self::path(path, "path")?, handle::borrow(model, "model")?) };
        out.set(Named::new(Adapter::load(path, &loaded.model)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Reads the adapter in the `size` bytes of a file at `data` and checks that it belongs to `model`.
///
/// Ownership: `data` is copied and may be freed on return; the caller frees `*out` by primer_adapter_free.
/// Errors: as primer_adapter_load.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_from_memory(
    data: *const c_void,
    size: usize,
    model: *const primer_model,
    out: *mut *mut primer_adapter,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let out = unsafe { Out::clear(out, "out") }?;
        // SAFETY: the contract of the C interface.
        let (data, loaded) = unsafe { (array(data.cast::<u8>(), size, "data")?, handle::borrow(model, "model")?) };
        out.set(Named::new(Adapter::from_bytes(data, &loaded.model)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Writes an adapter to one file. `path` is NUL-terminated UTF-8.
///
/// Errors: PRIMER_ERR_IO, also for a full disk; PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently, also with the same path: one of the files stays.
/// On failure: what was at `path` before is untouched and nothing is left beside it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_save(
    adapter: *const primer_adapter,
    path: *const c_char,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (named, path) = unsafe { (handle::borrow(adapter, "adapter")?, self::path(path, "path")?) };
        named.adapter.save(path)
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The bytes that primer_adapter_save writes.
///
/// Ownership: the caller frees `*out` by primer_buffer_free.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_to_memory(
    adapter: *const primer_adapter,
    out: *mut *mut primer_buffer,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, named) = unsafe { (Out::clear(out, "out")?, handle::borrow(adapter, "adapter")?) };
        out.set(Bytes::new(named.adapter.to_bytes()?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Reads a folder of PEFT or AdapterHub, whichever it is, naming the rows of its head: tag O first, then for each of
/// the `type_count` `types` its B- and I- tag, or with PRIMER_SCHEME_BIOES its B-, I-, E- and S- tag. A `type_count` of
/// 0 leaves the names to the folder, as primer_adapter_load does. `folder` is NUL-terminated UTF-8.
///
/// Ownership: the caller frees `*out` by primer_adapter_free.
/// Errors: as primer_adapter_load; PRIMER_ERR_UNSUPPORTED also for settings that would change the numbers in a way that
/// is not computed here, by name.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_import(
    folder: *const c_char,
    model: *const primer_model,
    scheme: i32,
    types: *const primer_str,
    type_count: usize,
    out: *mut *mut primer_adapter,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let out = unsafe { Out::clear(out, "out") }?;
        // SAFETY: the contract of the C interface.
        let (folder, loaded) = unsafe { (self::path(folder, "folder")?, handle::borrow(model, "model")?) };
        let scheme = self::scheme(scheme, "scheme")?.unwrap_or(Scheme::Iob2);
        // SAFETY: the contract of the C interface.
        let types: Vec<String> = unsafe { texts(types, type_count, "types") }?.into_iter().map(str::to_owned).collect();
        let tags = if types.is_empty() { None } else { Some(TagSet::new(scheme, types)?) };
        out.set(Named::new(Adapter::load_folder(folder, &loaded.model, tags.as_ref())?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Writes an adapter as a folder that another library loads: a LoRA adapter as PRIMER_FOLDER_PEFT, a bottleneck
/// adapter as PRIMER_FOLDER_ADAPTERHUB. `folder` is NUL-terminated UTF-8; it is made where it is missing.
///
/// Errors: PRIMER_ERR_UNSUPPORTED for an adapter of another method; PRIMER_ERR_IO; PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently, but not with the same folder.
/// On failure: no file is half written; of the folder's files some may be there already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_export(
    adapter: *const primer_adapter,
    format: i32,
    folder: *const c_char,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (named, folder) = unsafe { (handle::borrow(adapter, "adapter")?, path(folder, "folder")?) };
        match format {
            PRIMER_FOLDER_PEFT => named.adapter.save_peft(folder),
            PRIMER_FOLDER_ADAPTERHUB => named.adapter.save_adapterhub(folder),
            other => Err(unknown(other, "format", "PRIMER_FOLDER_*")),
        }
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The adapter's name, for people; may be empty.
///
/// Ownership: borrowed from `adapter`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_name(adapter: *const primer_adapter) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, primer_str::NONE, |a| a.name.borrow()) }
}

/// The adapter's card, a JSON object: version, name, method and its settings, tags, backbone, and how it was trained.
///
/// Ownership: borrowed from `adapter`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_card(adapter: *const primer_adapter) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, primer_str::NONE, |a| a.card.borrow()) }
}

/// Number of the adapter's parameters, head included; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_parameter_count(adapter: *const primer_adapter) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, 0, |a| a.adapter.parameters()) }
}

/// Number of entity types that the adapter tags; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_type_count(adapter: *const primer_adapter) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, 0, |a| a.names.type_count()) }
}

/// The entity type that an entity's `label` stands for.
///
/// Ownership: borrowed from `adapter`; {NULL, 0} where there is no type of this index, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_type(adapter: *const primer_adapter, index: usize) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, primer_str::NONE, |a| a.names.type_name(index)) }
}

/// Number of tags: O, and the types with the scheme's prefixes; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_tag_count(adapter: *const primer_adapter) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, 0, |a| a.names.tag_count()) }
}

/// The tag that a word's `tag` stands for, such as "B-PER".
///
/// Ownership: borrowed from `adapter`; {NULL, 0} where there is no tag of this index, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_tag(adapter: *const primer_adapter, index: usize) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(adapter, primer_str::NONE, |a| a.names.tag_name(index)) }
}

/// Frees an adapter; NULL is fine. Results and adapters made with it go on working.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_free(adapter: *mut primer_adapter) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(adapter) }
}
