//! `primer_buffer`: bytes that the library made.

use std::ffi::c_void;

use super::handle::{self, Handle};

/// Bytes that the library made: a file's contents, or JSON text in UTF-8. Immutable.
pub struct primer_buffer {
    _opaque: [u8; 0],
}

impl Handle for primer_buffer {
    type Inner = Bytes;
    const NAME: &'static str = "primer_buffer";
    const TAG: u64 = u64::from_le_bytes(*b"pr_buffe");
}

/// Bytes with a NUL byte behind them.
pub(super) struct Bytes(Vec<u8>);

impl Bytes {
    pub(super) fn new(mut bytes: Vec<u8>) -> Bytes {
        bytes.push(0);
        Bytes(bytes)
    }
}

/// The bytes. A NUL byte that the size does not count follows them.
///
/// Ownership: borrowed from `buffer`; NULL for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_buffer_data(buffer: *const primer_buffer) -> *const c_void {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(buffer, std::ptr::null(), |b| b.0.as_ptr().cast()) }
}

/// Number of bytes; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_buffer_size(buffer: *const primer_buffer) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(buffer, 0, |b| b.0.len() - 1) }
}

/// Frees a buffer and what was borrowed from it; NULL is fine.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_buffer_free(buffer: *mut primer_buffer) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(buffer) }
}
