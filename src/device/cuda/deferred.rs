//! CUDA's functions, found when they are called and not when the program is linked.
//!
//! candle links CUDA's libraries, and a program linked with them does not even start where there is no driver. So this
//! crate defines all functions that candle may call: the linker then takes no library for them, and each goes to the
//! real one from its first call on. Where the library is missing, the function answers with an error of its kind.
//!
//! The definitions are hidden: neither the shared library nor a program shows them to others.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use super::libraries::Library;

/// What x86_64.s and aarch64.s write for every function.
#[repr(C)]
struct Function {
    address: AtomicPtr<c_void>,
    name: *const c_char,
    library: usize,
}

// Keeps the object with the definitions in every program that is linked with this crate, before a linker that reads its
// files once only asks CUDA's libraries.
#[used]
static KEPT: unsafe extern "C" fn(c_int) -> c_int = cuInit;

unsafe extern "C" {
    fn cuInit(flags: c_int) -> c_int;
}

#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(include_str!("x86_64.s"), include_str!("functions.s"), find = sym find);
#[cfg(target_arch = "aarch64")]
std::arch::global_asm!(include_str!("aarch64.s"), include_str!("functions.s"), find = sym find);

/// The address of a function that is called for the first time, in its library or here.
///
/// # Safety
/// `function` is a record that was written beside its function.
unsafe extern "C" fn find(function: *const Function) -> *mut c_void {
    // SAFETY: the records are static, and but for the address nobody writes to them.
    let (function, name) = unsafe { (&*function, CStr::from_ptr((*function).name)) };
    let library = Library::ALL[function.library];
    let address = match library.open() {
        Ok(opened) => opened.function(name).unwrap_or_else(|| missing(library, name, true)),
        Err(_) => missing(library, name, false),
    };
    function.address.store(address, Ordering::Release);
    address
}

/// What stands in for a function that is not there, or not in a library as old as the one that is `there`.
fn missing(library: Library, name: &CStr, there: bool) -> *mut c_void {
    // The values are the libraries' own. As wide as a register: a few functions return a size.
    extern "C" fn no_device() -> isize {
        100 // CUDA_ERROR_NO_DEVICE
    }
    extern "C" fn not_found() -> isize {
        500 // CUDA_ERROR_NOT_FOUND
    }
    extern "C" fn cublas() -> isize {
        1 // CUBLAS_STATUS_NOT_INITIALIZED
    }
    extern "C" fn curand() -> isize {
        203 // CURAND_STATUS_INITIALIZATION_FAILED
    }
    extern "C" fn nvrtc() -> isize {
        11 // NVRTC_ERROR_INTERNAL_ERROR
    }
    extern "C" fn text() -> *const c_char {
        c"not found".as_ptr()
    }
    const TEXTS: [&CStr; 5] = [
        c"cublasGetStatusName",
        c"cublasGetStatusString",
        c"cublasLtGetStatusName",
        c"cublasLtGetStatusString",
        c"nvrtcGetErrorString",
    ];
    match library {
        _ if TEXTS.contains(&name) => text as *mut c_void,
        Library::Driver if there => not_found as *mut c_void,
        Library::Driver => no_device as *mut c_void,
        Library::Cublas | Library::CublasLt => cublas as *mut c_void,
        Library::Curand => curand as *mut c_void,
        Library::Nvrtc => nvrtc as *mut c_void,
    }
}
