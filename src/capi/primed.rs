//! `primer_primed`: what priming makes.

use std::collections::BTreeMap;
use std::ffi::c_char;

use super::adapter::{Named, primer_adapter};
use super::buffer::{Bytes, primer_buffer};
use super::error::{primer_error, primer_status};
use super::generated::storage::storage;
use super::guard::guard;
use super::handle::{self, Handle, Out};
use super::model::primer_model;
use super::strings::path;
use crate::meta::Primed;
use crate::model::Storage;

/// A primed backbone in memory, with the starting point of its method. Immutable; it holds its model itself.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
pub struct primer_primed {
    _opaque: [u8; 0],
}

impl Handle for primer_primed {
    type Inner = Primed;
    const NAME: &'static str = "primer_primed";
    const TAG: u64 = u64::from_le_bytes(*b"pr_prime");
}

/// Writes the primed backbone to one GGUF file, with tokenizer and card, and, unless `adapter` is NULL, the method's
/// starting point to another file. Paths are NUL-terminated UTF-8. `embedding` and `encoder` are PRIMER_STORAGE_*:
/// how the word embedding and how the layers' matrices are stored. The adapter belongs to the backbone as it was
/// written, by its fingerprint: after another primer_primed_save_model with another storage it needs to be written anew.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
///
/// Errors: PRIMER_ERR_IO, also for a full disk; PRIMER_ERR_INVALID_ARGUMENT, also for a storage that the model's widths
/// do not allow.
/// Threads: safe to call concurrently, but not with the same paths.
/// On failure: what was at `path` before is untouched and nothing is left beside it; where it was the adapter that could
/// not be written, the backbone is at `path`, and what was at `adapter` is untouched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_primed_save_model(
    primed: *const primer_primed,
    path: *const c_char,
    embedding: i32,
    encoder: i32,
    adapter: *const c_char,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (primed, path) = unsafe { (handle::borrow(primed, "primed")?, self::path(path, "path")?) };
        let storage = Storage { embedding: storage(embedding, "embedding")?, encoder: storage(encoder, "encoder")? };
        let adapter = match adapter.is_null() {
            true => None,
            // SAFETY: the contract of the C interface.
            false => Some(unsafe { self::path(adapter, "adapter") }?),
        };
        let written = primed.save(path, &storage, &BTreeMap::new())?;
        match adapter {
            Some(place) => primed.adapter(&written)?.save(place),
            None => Ok(()),
        }
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The method's starting point with the head, bound to `model`, which is what primer_primed_save_model wrote and
/// primer_model_load has read. It tags the primed entity types as it is, and primer_adapt starts from it.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
///
/// Ownership: the caller frees `*out` by primer_adapter_free.
/// Errors: PRIMER_ERR_MISMATCH for a model of another shape; PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_primed_adapter(
    primed: *const primer_primed,
    model: *const primer_model,
    out: *mut *mut primer_adapter,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let out = unsafe { Out::clear(out, "out") }?;
        // SAFETY: the contract of the C interface.
        let (primed, loaded) = unsafe { (handle::borrow(primed, "primed")?, handle::borrow(model, "model")?) };
        out.set(Named::new(primed.adapter(&loaded.model)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The record of the run, a JSON object: options, types, tasks, steps, seconds, ranks, threads, device where that was not the
/// processor, peak_memory, compute, word_rows, and dev_f1, the F1 of every dev task at the end without any adaptation.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
///
/// Ownership: the caller frees `*out` by primer_buffer_free.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_primed_report(
    primed: *const primer_primed,
    out: *mut *mut primer_buffer,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, primed) = unsafe { (Out::clear(out, "out")?, handle::borrow(primed, "primed")?) };
        out.set(Bytes::new(primed.report().to_json()?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Frees what priming made; NULL is fine. Files and adapters made of it go on working.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_primed_free(primed: *mut primer_primed) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(primed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BlockType;

    #[test]
    fn storages_have_the_numbers_of_gguf() {
        for kind in BlockType::ALL {
            assert_eq!(storage(kind.gguf() as i32, "encoder").unwrap(), kind);
        }
        assert_eq!(storage(3, "encoder").unwrap_err().message(), "encoder is 3, which is none of PRIMER_STORAGE_*");
    }
}
