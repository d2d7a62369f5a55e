//! `primer_cancel`: a request to stop, from any thread.

use super::error::{primer_error, primer_status};
use super::guard::guard;
use super::handle::{self, Handle, Out};
use crate::cancel::Cancel;
use crate::error::Result;

/// A request to stop, which any thread may make. Once made it stays: a token serves one call or one group of calls.
pub struct primer_cancel {
    _opaque: [u8; 0],
}

impl Handle for primer_cancel {
    type Inner = Cancel;
    const NAME: &'static str = "primer_cancel";
    const TAG: u64 = u64::from_le_bytes(*b"pr_cance");
}

/// The token behind an argument that may be NULL.
///
/// # Safety
/// As [`handle::borrow`].
pub(super) unsafe fn token(cancel: *const primer_cancel) -> Result<Cancel> {
    // SAFETY: the caller's promise.
    Ok(unsafe { handle::optional(cancel, "cancel") }?.cloned().unwrap_or_default())
}

/// Makes a token.
///
/// Ownership: the caller frees `*out` by primer_cancel_free, at any time: calls that were given it hold it themselves.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT where `out` is NULL.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_cancel_new(out: *mut *mut primer_cancel, err: *mut *mut primer_error) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        unsafe { Out::clear(out, "out") }?.set(Cancel::new());
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Asks every call that was given this token to stop. Each returns PRIMER_ERR_CANCELLED within one micro-batch, that is
/// some ten to a few hundred milliseconds. NULL is fine.
///
/// Threads: safe to call concurrently, from any thread. Not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_cancel_request(cancel: *const primer_cancel) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(cancel, (), |c| c.request()) }
}

/// 1 after primer_cancel_request, 0 before and for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_cancel_is_requested(cancel: *const primer_cancel) -> i32 {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(cancel, 0, |c| c.is_requested().into()) }
}

/// Frees a token; NULL is fine.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_cancel_free(cancel: *mut primer_cancel) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(cancel) }
}
