//! Options of a tagger: what it runs on, and how exactly it computes.

use std::ffi::c_char;

use super::options::{Sized32, init, read, unknown};
use super::strings::{array, path, terminated};
use crate::engine::{EngineKind, OnnxOptions, TaggerOptions};
use crate::error::Result;
use crate::precision::Precision;

/// The library's own encoder. The initial value.
pub const PRIMER_ENGINE_NATIVE: i32 = 0;
/// ONNX Runtime, a shared library of version 1.17 or newer that is looked for when the tagger is made; an error where
/// there is none.
pub const PRIMER_ENGINE_ONNX: i32 = 1;
/// ONNX Runtime where it is found and can do what is asked for, else the library's own encoder.
pub const PRIMER_ENGINE_AUTO: i32 = 2;

/// 32-bit floats: the numbers of the reference implementation. The initial value.
pub const PRIMER_PRECISION_F32: i32 = 0;
/// 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: faster and smaller, for a
/// small loss of accuracy. The native engine has it on the processor.
pub const PRIMER_PRECISION_INT8: i32 = 1;
/// Activations and large products in bfloat16, with 8 bits of mantissa; what is trained stays in 32-bit floats. The
/// native engine, adaptation and priming have it on GPUs.
pub const PRIMER_PRECISION_BF16: i32 = 2;

/// Options of primer_tagger_new_with_options and primer_tagger_load_onnx. Fill them by primer_tagger_options_init.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_tagger_options {
    /// sizeof(primer_tagger_options), set by primer_tagger_options_init.
    pub struct_size: u32,
    /// What runs the model, one of PRIMER_ENGINE_*; primer_tagger_load_onnx always takes ONNX Runtime.
    pub engine: i32,
    /// In what numbers, one of PRIMER_PRECISION_*; a model of primer_tagger_load_onnx has its own.
    pub precision: i32,
    /// Threads of a tagger of primer_tagger_load_onnx; 0, the initial value, for all that the machine offers. Others use
    /// their model's.
    pub threads: u32,
    /// ONNX Runtime's shared library, NUL-terminated UTF-8. NULL, the initial value, for the one that the environment
    /// variable PRIMER_ONNXRUNTIME names, or else the system's. A process loads one and keeps it.
    pub onnxruntime: *const c_char,
    /// Execution providers of ONNX Runtime by name ("cpu", "cuda", "coreml", ...), NUL-terminated, the most wanted first,
    /// `provider_count` of them.
    pub providers: *const *const c_char,
    /// Number of providers; 0, the initial value, for the processor alone.
    pub provider_count: usize,
}

// SAFETY: numbers and pointers without padding: the layout is frozen in `layout.rs`.
unsafe impl Sized32 for primer_tagger_options {
    const NAME: &'static str = "primer_tagger_options";
    const FIRST: usize = 40;
    fn initial() -> primer_tagger_options {
        primer_tagger_options {
            struct_size: size_of::<primer_tagger_options>() as u32,
            engine: PRIMER_ENGINE_NATIVE,
            precision: PRIMER_PRECISION_F32,
            threads: 0,
            onnxruntime: std::ptr::null(),
            providers: std::ptr::null(),
            provider_count: 0,
        }
    }
}

/// Fills options with their initial values. `struct_size` is sizeof(primer_tagger_options). NULL is fine.
///
/// Threads: safe to call concurrently on different structs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_tagger_options_init(options: *mut primer_tagger_options, struct_size: usize) {
    // SAFETY: the contract of the C interface.
    unsafe { init(options, struct_size) }
}

/// The host's options; NULL stands for the initial ones.
///
/// # Safety
/// As [`read`], and what the options point to is as the header says.
pub(super) unsafe fn tagger_options(options: *const primer_tagger_options) -> Result<TaggerOptions> {
    // SAFETY: the caller's promise, here and below.
    let o = unsafe { read(options) }?;
    let engine = match o.engine {
        PRIMER_ENGINE_NATIVE => EngineKind::Native,
        PRIMER_ENGINE_ONNX => EngineKind::Onnx,
        PRIMER_ENGINE_AUTO => EngineKind::Auto,
        other => return Err(unknown(other, "engine", "PRIMER_ENGINE_*")),
    };
    let precision = precision(o.precision)?;
    let mut onnx = OnnxOptions::new().threads(o.threads as usize);
    if !o.onnxruntime.is_null() {
        onnx = onnx.library(unsafe { path(o.onnxruntime, "onnxruntime") }?);
    }
    for (i, name) in unsafe { array(o.providers, o.provider_count, "providers") }?.iter().enumerate() {
        onnx = onnx.provider(unsafe { terminated(*name, &format!("providers[{i}]")) }?);
    }
    Ok(TaggerOptions::new().engine(engine).precision(precision).onnx(onnx))
}

/// The precision of a number; whether the device has it is found out later.
pub(super) fn precision(number: i32) -> Result<Precision> {
    match number {
        PRIMER_PRECISION_F32 => Ok(Precision::F32),
        PRIMER_PRECISION_INT8 => Ok(Precision::Int8),
        PRIMER_PRECISION_BF16 => Ok(Precision::Bf16),
        other => Err(unknown(other, "precision", "PRIMER_PRECISION_*")),
    }
}
