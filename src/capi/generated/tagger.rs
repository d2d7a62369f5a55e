// Generated from interface/tagger.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

use std::ffi::c_char;

use super::super::options::{Sized32, init, unknown};
use crate::error::Result;

/// The library's own encoder: nothing else is needed.
pub const PRIMER_ENGINE_NATIVE: i32 = 0;
/// ONNX Runtime, a shared library of version 1.17 or newer that is looked for when the tagger is made; an error where
/// there is none.
pub const PRIMER_ENGINE_ONNX: i32 = 1;
/// ONNX Runtime where it is found and can do what is asked for, else the library's own encoder.
pub const PRIMER_ENGINE_AUTO: i32 = 2;

/// The EngineKind of a constant, which `option` names in errors.
pub(in crate::capi) fn engine(value: i32, option: &str) -> Result<crate::engine::EngineKind> {
    match value {
        PRIMER_ENGINE_NATIVE => Ok(crate::engine::EngineKind::Native),
        PRIMER_ENGINE_ONNX => Ok(crate::engine::EngineKind::Onnx),
        PRIMER_ENGINE_AUTO => Ok(crate::engine::EngineKind::Auto),
        other => Err(unknown(other, option, "PRIMER_ENGINE_*")),
    }
}

/// 32-bit floats: the numbers of the reference implementation.
pub const PRIMER_PRECISION_F32: i32 = 0;
/// 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: faster and smaller, for a
/// small loss of accuracy. The native engine has it on the processor, in tagging.
pub const PRIMER_PRECISION_INT8: i32 = 1;
/// Activations and large products in bfloat16, with 8 bits of mantissa; what is trained stays in 32-bit floats. The
/// native engine, adaptation and priming have it on GPUs.
pub const PRIMER_PRECISION_BF16: i32 = 2;

/// The Precision of a constant, which `option` names in errors.
pub(in crate::capi) fn precision(value: i32, option: &str) -> Result<crate::precision::Precision> {
    match value {
        PRIMER_PRECISION_F32 => Ok(crate::precision::Precision::F32),
        PRIMER_PRECISION_INT8 => Ok(crate::precision::Precision::Int8),
        PRIMER_PRECISION_BF16 => Ok(crate::precision::Precision::Bf16),
        other => Err(unknown(other, option, "PRIMER_PRECISION_*")),
    }
}

/// Into sentences, as training data has them: at the ends of lines and paragraphs and at the sentence boundaries of
/// Unicode, but not behind initials and abbreviations.
pub const PRIMER_SPLIT_SENTENCES: i32 = 0;
/// At the ends of lines alone.
pub const PRIMER_SPLIT_LINES: i32 = 1;
/// Nowhere but where a window is full.
pub const PRIMER_SPLIT_NONE: i32 = 2;

/// The Split of a constant, which `option` names in errors.
pub(in crate::capi) fn split(value: i32, option: &str) -> Result<crate::text::Split> {
    match value {
        PRIMER_SPLIT_SENTENCES => Ok(crate::text::Split::Sentences),
        PRIMER_SPLIT_LINES => Ok(crate::text::Split::Lines),
        PRIMER_SPLIT_NONE => Ok(crate::text::Split::None),
        other => Err(unknown(other, option, "PRIMER_SPLIT_*")),
    }
}

/// What a tagger runs on, and how exactly it computes.
///
/// Options of primer_tagger_new_with_options and primer_tagger_load_onnx: fill them by primer_tagger_options_init and
/// change what you want to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_tagger_options {
    /// sizeof(primer_tagger_options), set by primer_tagger_options_init.
    pub struct_size: u32,
    /// PRIMER_ENGINE_*: what runs the model; an ONNX model of others runs on ONNX Runtime whatever is said here;
    /// initially PRIMER_ENGINE_NATIVE.
    pub engine: i32,
    /// PRIMER_PRECISION_*: the dtype in which it computes; an ONNX model of others has its own; initially
    /// PRIMER_PRECISION_F32.
    pub precision: i32,
    /// Threads of an ONNX model of others. Others use their model's; initially 0, for all that the machine offers.
    pub threads: u32,
    /// The path of ONNX Runtime's shared library. A process loads one and keeps it; initially NULL, for the one that
    /// the environment variable PRIMER_ONNXRUNTIME names, or else the system's.
    pub onnxruntime: *const c_char,
    /// Execution providers of ONNX Runtime by name ("cpu", "cuda", "coreml", ...), the most wanted first; initially
    /// none, for the processor alone.
    pub providers: *const *const c_char,
    /// Number of `providers`.
    pub provider_count: usize,
    /// Entities with a lower score are left out, and their words are tagged O; a tiny score leaves none out; initially
    /// 0, for as the adapter's card says of types that were learnt from little, else none.
    pub min_score: f64,
    /// PRIMER_SPLIT_*: where texts are cut. Training cuts into sentences, so other choices are for hosts that know
    /// their texts; initially PRIMER_SPLIT_SENTENCES.
    pub split: i32,
    /// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
    /// encoder has positions; initially 0, for as in training, 256.
    pub window: u32,
}

// SAFETY: numbers, and pointers that are checked before use, without padding: the generator has made sure.
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
            min_score: 0.0,
            split: PRIMER_SPLIT_SENTENCES,
            window: 0,
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
