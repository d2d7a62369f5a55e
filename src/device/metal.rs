//! The GPUs of Apple's machines.

use std::panic::catch_unwind;

use super::Device;
use crate::error::{Error, ErrorKind, Result};

pub(super) fn open() -> Result<candle_core::Device> {
    let absent = |why: &str| Error::new(ErrorKind::Device, format!("{} cannot be used: {why}", Device::Metal));
    // candle takes the first of the machine's GPUs, and panics where there is none, as in a virtual machine.
    match catch_unwind(|| candle_core::Device::new_metal(0)) {
        Ok(opened) => opened.map_err(|e| absent(&e.to_string()).caused_by(e)),
        Err(_) => Err(absent("this machine has no GPU that Metal can use")),
    }
}

/// Whether the GPU has no room for another buffer.
pub(super) fn out_of_memory(e: &candle_core::Error) -> bool {
    // The error's own type belongs to a crate that candle does not show.
    matches!(innermost(e), candle_core::Error::Metal(e) if e.to_string().starts_with(NO_BUFFER))
}

const NO_BUFFER: &str = "Failed to create metal resource: Buffer";

fn innermost(e: &candle_core::Error) -> &candle_core::Error {
    use candle_core::Error::{Context, WithBacktrace, WithPath};
    match e {
        Context { inner, .. } | WithPath { inner, .. } | WithBacktrace { inner, .. } => innermost(inner),
        _ => e,
    }
}
