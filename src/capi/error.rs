//! `primer_status` and `primer_error`.

use std::ffi::c_char;

use super::generated::status::*;
use super::guard::guard_or;
use super::handle::{self, Handle};
use super::strings::{Text, primer_str};
use crate::error::{Error, ErrorKind};

/// What a fallible function returns: PRIMER_OK or one of PRIMER_ERR_*. Values are never reused or renumbered; treat one
/// that you do not know as a failure.
pub type primer_status = i32;

/// Why a call failed: a message and what it is about. Immutable.
pub struct primer_error {
    _opaque: [u8; 0],
}

impl Handle for primer_error {
    type Inner = Reason;
    const NAME: &'static str = "primer_error";
    const TAG: u64 = u64::from_le_bytes(*b"pr_error");
}

pub(super) struct Reason {
    error: Error,
    message: Text,
    file: Option<Text>,
    tensor: Option<Text>,
}

/// Puts `error` where the caller wants it, NULL for none.
///
/// # Safety
/// `place` is NULL or writable.
pub(super) unsafe fn hand_over(place: *mut *mut primer_error, error: Option<Error>) {
    if place.is_null() {
        return;
    }
    let pointer = error.map_or(std::ptr::null_mut(), |error| {
        let message = Text::new(error.to_string());
        let file = error.file().map(|f| Text::new(f.to_string_lossy()));
        let tensor = error.tensor().map(Text::new);
        handle::new(Reason { error, message, file, tensor })
    });
    // SAFETY: the caller's promise.
    unsafe { place.write(pointer) };
}

/// The status that the failed call returned; PRIMER_OK for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_status(error: *const primer_error) -> primer_status {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(error, PRIMER_OK, |e| e.error.kind() as primer_status) }
}

/// The message for people, in English, with file, line, tensor and byte where they are known.
///
/// Ownership: borrowed from `error`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_message(error: *const primer_error) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(error, primer_str::NONE, |e| e.message.borrow()) }
}

/// The file that the error is about, as it was given; for data from memory its name.
///
/// Ownership: borrowed from `error`; {NULL, 0} where it is about no file, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_file(error: *const primer_error) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(error, primer_str::NONE, |e| e.file.as_ref().map_or(primer_str::NONE, Text::borrow)) }
}

/// The line that the error is about, counted from 1; -1 where it is about no line, and for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_line(error: *const primer_error) -> i64 {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(error, -1, |e| e.error.line().map_or(-1, |line| line as i64)) }
}

/// The byte that the error is about, counted from 0 in the file, line or text; -1 where it is about no byte, and for
/// NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_byte(error: *const primer_error) -> i64 {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(error, -1, |e| e.error.byte().map_or(-1, |byte| byte as i64)) }
}

/// The name of the tensor that the error is about.
///
/// Ownership: borrowed from `error`; {NULL, 0} where it is about no tensor, and for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_tensor(error: *const primer_error) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(error, primer_str::NONE, |e| e.tensor.as_ref().map_or(primer_str::NONE, Text::borrow)) }
}

/// Frees an error; NULL is fine.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_error_free(error: *mut primer_error) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(error) }
}

/// The name of a status as this header spells it ("PRIMER_ERR_IO"), NUL-terminated; "unknown" for any other number.
///
/// Ownership: static.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn primer_status_name(status: primer_status) -> *const c_char {
    const UNKNOWN: &std::ffi::CStr = c"unknown";
    guard_or(UNKNOWN.as_ptr(), || NAMES.iter().find(|(s, _)| *s == status).map_or(UNKNOWN, |(_, name)| *name).as_ptr())
}

/// Every status with its name.
const NAMES: [(primer_status, &std::ffi::CStr); 17] = [
    (PRIMER_OK, c"PRIMER_OK"),
    (PRIMER_ERR_INVALID_ARGUMENT, c"PRIMER_ERR_INVALID_ARGUMENT"),
    (PRIMER_ERR_INVALID_UTF8, c"PRIMER_ERR_INVALID_UTF8"),
    (PRIMER_ERR_IO, c"PRIMER_ERR_IO"),
    (PRIMER_ERR_FORMAT, c"PRIMER_ERR_FORMAT"),
    (PRIMER_ERR_DATA, c"PRIMER_ERR_DATA"),
    (PRIMER_ERR_MISMATCH, c"PRIMER_ERR_MISMATCH"),
    (PRIMER_ERR_UNSUPPORTED, c"PRIMER_ERR_UNSUPPORTED"),
    (PRIMER_ERR_CANCELLED, c"PRIMER_ERR_CANCELLED"),
    (PRIMER_ERR_BUSY, c"PRIMER_ERR_BUSY"),
    (PRIMER_ERR_NON_FINITE, c"PRIMER_ERR_NON_FINITE"),
    (PRIMER_ERR_TOO_LARGE, c"PRIMER_ERR_TOO_LARGE"),
    (PRIMER_ERR_COMPUTE, c"PRIMER_ERR_COMPUTE"),
    (PRIMER_ERR_PANIC, c"PRIMER_ERR_PANIC"),
    (PRIMER_ERR_OUT_OF_MEMORY, c"PRIMER_ERR_OUT_OF_MEMORY"),
    (PRIMER_ERR_DEVICE, c"PRIMER_ERR_DEVICE"),
    (PRIMER_ERR_STALE, c"PRIMER_ERR_STALE"),
];

// Every kind is a status of the same number; a new one does not compile before it has its line above.
const _: () = {
    const fn number(kind: ErrorKind) -> primer_status {
        match kind {
            ErrorKind::InvalidArgument => PRIMER_ERR_INVALID_ARGUMENT,
            ErrorKind::InvalidUtf8 => PRIMER_ERR_INVALID_UTF8,
            ErrorKind::Io => PRIMER_ERR_IO,
            ErrorKind::Format => PRIMER_ERR_FORMAT,
            ErrorKind::Data => PRIMER_ERR_DATA,
            ErrorKind::Mismatch => PRIMER_ERR_MISMATCH,
            ErrorKind::Unsupported => PRIMER_ERR_UNSUPPORTED,
            ErrorKind::Cancelled => PRIMER_ERR_CANCELLED,
            ErrorKind::Busy => PRIMER_ERR_BUSY,
            ErrorKind::NonFinite => PRIMER_ERR_NON_FINITE,
            ErrorKind::TooLarge => PRIMER_ERR_TOO_LARGE,
            ErrorKind::Compute => PRIMER_ERR_COMPUTE,
            ErrorKind::Panic => PRIMER_ERR_PANIC,
            ErrorKind::OutOfMemory => PRIMER_ERR_OUT_OF_MEMORY,
            ErrorKind::Device => PRIMER_ERR_DEVICE,
            ErrorKind::Stale => PRIMER_ERR_STALE,
        }
    }
    macro_rules! check {
        ($($kind:ident)*) => { $(assert!(number(ErrorKind::$kind) == ErrorKind::$kind as primer_status);)* };
    }
    check!(InvalidArgument InvalidUtf8 Io Format Data Mismatch Unsupported Cancelled Busy NonFinite TooLarge Compute Panic
        OutOfMemory Device Stale);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_the_names_of_the_kinds() {
        for (status, name) in &NAMES[1..] {
            let kind = ErrorKind::ALL.iter().find(|k| **k as primer_status == *status).unwrap();
            assert_eq!(name.to_str().unwrap(), format!("PRIMER_ERR_{}", kind.name()));
        }
    }
}
