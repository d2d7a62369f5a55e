//! Which library this is. The matching constants of the header come from Cargo.toml too (`tests/header.rs`).

use std::ffi::{CStr, c_char};

use super::guard::guard_or;
use super::strings::terminated;

/// The number that PRIMER_ABI_VERSION of the library's own header has: major version times 65536 plus minor version.
///
/// A program that was compiled with another header may use this library if the major versions are equal and the
/// library's minor version is not lower than the header's.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn primer_abi_version() -> u32 {
    ABI_VERSION
}

const ABI_VERSION: u32 = {
    const fn number(digits: &str) -> u32 {
        let (digits, mut n, mut i) = (digits.as_bytes(), 0, 0);
        while i < digits.len() {
            n = n * 10 + (digits[i] - b'0') as u32;
            i += 1;
        }
        n
    }
    number(env!("CARGO_PKG_VERSION_MAJOR")) << 16 | number(env!("CARGO_PKG_VERSION_MINOR"))
};

/// The library's version, as "0.1.0", NUL-terminated.
///
/// Ownership: static.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub extern "C" fn primer_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version without NUL bytes"),
    };
    VERSION.as_ptr()
}

/// 1 if the library was built with an optional feature (NUL-terminated), 0 if not or if there is no such feature: "cuda"
/// and "metal" (GPUs), "mpi" (priming by several processes), "onnx" (ONNX files and ONNX Runtime).
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_has_feature(name: *const c_char) -> i32 {
    // SAFETY: the contract of the C interface.
    guard_or(0, || unsafe { terminated(name, "name") }.is_ok_and(|name| crate::FEATURES.contains(&name)).into())
}
