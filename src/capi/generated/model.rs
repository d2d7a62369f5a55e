// Generated from interface/model.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

use super::super::options::{Sized32, init};

/// The processor.
pub const PRIMER_DEVICE_CPU: i32 = 0;
/// The first GPU that the library and the machine can use, else the processor.
pub const PRIMER_DEVICE_AUTO: i32 = 1;
/// An NVIDIA GPU; needs the feature "cuda".
pub const PRIMER_DEVICE_CUDA: i32 = 2;
/// The GPU of an Apple machine; needs the feature "metal".
pub const PRIMER_DEVICE_METAL: i32 = 3;

/// How a backbone is loaded.
///
/// Options of primer_model_load: fill them by primer_model_options_init and change what you want to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_model_options {
    /// sizeof(primer_model_options), set by primer_model_options_init.
    pub struct_size: u32,
    /// Threads that tagging and training with this model use; initially 0, for all that the machine offers.
    pub threads: u32,
    /// 1: keeps the encoder's matrices in memory as the file has them and expands each while it is used: less memory, a
    /// little slower, the same numbers; initially 0.
    pub quantised: i32,
    /// 1: reads all of a GGUF file and compares it with the fingerprint that it carries, so that damage anywhere is
    /// found on loading. Without it only what is needed is read, and damage among the weights shows as wrong numbers;
    /// initially 1.
    pub verify: i32,
    /// PRIMER_DEVICE_*: where the model computes: all that is done with it, tagging, adaptation and priming.
    /// `quantised` is for the processor alone; initially PRIMER_DEVICE_CPU.
    pub device: i32,
    /// Which GPU, from 0, where `device` is PRIMER_DEVICE_CUDA; else 0; initially 0.
    pub device_number: u32,
}

// SAFETY: numbers, and pointers that are checked before use, without padding: the generator has made sure.
unsafe impl Sized32 for primer_model_options {
    const NAME: &'static str = "primer_model_options";
    const FIRST: usize = 12;
    fn initial() -> primer_model_options {
        primer_model_options {
            struct_size: size_of::<primer_model_options>() as u32,
            threads: 0,
            quantised: 0,
            verify: 1,
            device: PRIMER_DEVICE_CPU,
            device_number: 0,
        }
    }
}

/// Fills options with their initial values. `struct_size` is sizeof(primer_model_options). NULL is fine.
///
/// Threads: safe to call concurrently on different structs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_options_init(options: *mut primer_model_options, struct_size: usize) {
    // SAFETY: the contract of the C interface.
    unsafe { init(options, struct_size) }
}
