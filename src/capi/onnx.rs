//! Adapted models as ONNX files.

use std::ffi::c_char;

use super::adapter::primer_adapter;
use super::buffer::{Bytes, primer_buffer};
use super::error::{primer_error, primer_status};
use super::guard::guard;
use super::handle::{self, Out};
use super::strings::path;
#[cfg(feature = "onnx")]
use crate::onnx::{export, to_bytes};

/// Writes an adapter and its model as one ONNX file, opset 17. Its inputs are `input_ids` and `attention_mask`, int64 of
/// any batch and length up to the model's window; its output is `logits`, f32 [batch, length, tags]. Weights are 32-bit
/// floats, so that the file has some four bytes a parameter of the model. `path` is NUL-terminated UTF-8.
///
/// Errors: PRIMER_ERR_IO, also for a full disk; PRIMER_ERR_TOO_LARGE beyond 2 GiB; PRIMER_ERR_INVALID_ARGUMENT;
/// PRIMER_ERR_UNSUPPORTED without the feature "onnx".
/// Threads: safe to call concurrently, also with the same path: one of the files stays.
/// On failure: what was at `path` before is untouched and nothing is left beside it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_save_onnx(
    adapter: *const primer_adapter,
    path: *const c_char,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (named, path) = unsafe { (handle::borrow(adapter, "adapter")?, self::path(path, "path")?) };
        export(&named.adapter, path)
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The bytes that primer_adapter_save_onnx writes.
///
/// Ownership: the caller frees `*out` by primer_buffer_free.
/// Errors: PRIMER_ERR_TOO_LARGE; PRIMER_ERR_INVALID_ARGUMENT; PRIMER_ERR_UNSUPPORTED without the feature "onnx".
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapter_to_onnx(
    adapter: *const primer_adapter,
    out: *mut *mut primer_buffer,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, named) = unsafe { (Out::clear(out, "out")?, handle::borrow(adapter, "adapter")?) };
        out.set(Bytes::new(to_bytes(&named.adapter)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

#[cfg(not(feature = "onnx"))]
use absent::{export, to_bytes};

/// What a library without the feature answers.
#[cfg(not(feature = "onnx"))]
mod absent {
    use std::path::PathBuf;

    use crate::engine::without_onnx;
    use crate::error::Result;
    use crate::peft::Adapter;

    pub(super) fn export(_: &Adapter, _: PathBuf) -> Result<()> {
        Err(without_onnx())
    }

    pub(super) fn to_bytes(_: &Adapter) -> Result<Vec<u8>> {
        Err(without_onnx())
    }
}
