//! `primer_model`: the backbone.

use std::ffi::{c_char, c_void};

use once_cell::sync::OnceCell;

use super::error::{primer_error, primer_status};
use super::generated::model::*;
use super::guard::guard;
use super::handle::{self, Handle, Out};
use super::options::{Report, Sized32, flag, read, unknown};
use super::strings::{Text, array, path, primer_str};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::model::{LoadOptions, Model};

/// A backbone: a multilingual encoder with its tokenizer. Immutable; one serves any number of adapters, taggers and
/// training runs, which hold it themselves: it may be freed while they live.
pub struct primer_model {
    _opaque: [u8; 0],
}

impl Handle for primer_model {
    type Inner = Loaded;
    const NAME: &'static str = "primer_model";
    const TAG: u64 = u64::from_le_bytes(*b"pr_model");
}

pub(super) struct Loaded {
    pub(super) model: Model,
    name: Text,
    fingerprint: OnceCell<Text>,
    card: Text,
}

impl Loaded {
    fn new(model: Model) -> Loaded {
        let name = Text::new(model.config().name.as_str());
        let card = Text::new(serde_json::to_string(model.card()).unwrap_or_default());
        Loaded { model, name, fingerprint: OnceCell::new(), card }
    }
}

/// # Safety
/// As [`read`].
unsafe fn load_options(options: *const primer_model_options) -> Result<LoadOptions> {
    // SAFETY: the caller's promise.
    let o = unsafe { read(options) }?;
    let (quantised, verify) = (flag(o.quantised, "quantised")?, flag(o.verify, "verify")?);
    let device = device(o.device, o.device_number)?;
    Ok(LoadOptions::new().threads(o.threads as usize).quantised(quantised).verify(verify).device(device))
}

fn device(device: i32, number: u32) -> Result<Device> {
    let chosen = match device {
        PRIMER_DEVICE_CPU => Device::Cpu,
        PRIMER_DEVICE_AUTO => Device::Auto,
        PRIMER_DEVICE_CUDA => return Ok(Device::Cuda(number as usize)),
        PRIMER_DEVICE_METAL => Device::Metal,
        other => return Err(unknown(other, "device", "PRIMER_DEVICE_*")),
    };
    match number {
        0 => Ok(chosen),
        _ => {
            Err(Error::argument(format!("device_number is {number}; only PRIMER_DEVICE_CUDA has numbers other than 0")))
        }
    }
}

/// Loads a backbone: a GGUF file of this library, or a Hugging Face folder (config.json, model.safetensors,
/// tokenizer.json) of the BERT or XLM-RoBERTa family. `path` is NUL-terminated UTF-8; `options` may be NULL.
///
/// The file is mapped into memory: it must not be changed or cut short while the model or anything made of it lives.
/// Replacing it by renaming another file over it is fine.
///
/// Ownership: the caller frees `*out` by primer_model_free.
/// Errors: PRIMER_ERR_IO; PRIMER_ERR_FORMAT for a damaged file, with the tensor where it is about one;
/// PRIMER_ERR_UNSUPPORTED for a model of another family, and for a device that this library was built without;
/// PRIMER_ERR_DEVICE for a device that is not there or cannot be used; PRIMER_ERR_TOO_LARGE;
/// PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_load(
    path: *const c_char,
    options: *const primer_model_options,
    out: *mut *mut primer_model,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, path, options) =
            unsafe { (Out::clear(out, "out")?, self::path(path, "path")?, load_options(options)?) };
        out.set(Loaded::new(Model::load_with(path, &options)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Loads a backbone from the `size` bytes of a GGUF file at `data`; `options` may be NULL.
///
/// Ownership: `data` is copied and may be freed on return; the caller frees `*out` by primer_model_free.
/// Errors: as primer_model_load.
/// Threads: safe to call concurrently.
/// On failure: `*out` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_from_memory(
    data: *const c_void,
    size: usize,
    options: *const primer_model_options,
    out: *mut *mut primer_model,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, data, options) =
            unsafe { (Out::clear(out, "out")?, array(data.cast::<u8>(), size, "data")?, load_options(options)?) };
        out.set(Loaded::new(Model::from_bytes(data.to_vec(), &options)?));
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The model's name, for people; may be empty.
///
/// Ownership: borrowed from `model`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_name(model: *const primer_model) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(model, primer_str::NONE, |m| m.name.borrow()) }
}

/// Identifies the backbone's exact contents: 64 hexadecimal digits. For a folder the first call reads it all, which
/// takes about a second a gigabyte.
///
/// Ownership: borrowed from `model`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_fingerprint(model: *const primer_model) -> primer_str {
    let text = |m: &Loaded| m.fingerprint.get_or_init(|| Text::new(m.model.fingerprint())).borrow();
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(model, primer_str::NONE, text) }
}

/// What the model says of itself (name, licence, attribution and the like): a JSON object whose values are strings.
///
/// Ownership: borrowed from `model`; {NULL, 0} for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_card(model: *const primer_model) -> primer_str {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(model, primer_str::NONE, |m| m.card.borrow()) }
}

/// The device that the model computes on: PRIMER_DEVICE_CPU, PRIMER_DEVICE_CUDA or PRIMER_DEVICE_METAL. `*number`, where
/// `number` is not NULL, becomes the GPU's number for PRIMER_DEVICE_CUDA and 0 for the others.
///
/// PRIMER_DEVICE_CPU for NULL.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_device(model: *const primer_model, number: *mut u32) -> i32 {
    let place = |m: &Loaded| match m.model.device() {
        Device::Cpu | Device::Auto => (PRIMER_DEVICE_CPU, 0),
        Device::Cuda(gpu) => (PRIMER_DEVICE_CUDA, gpu as u32),
        Device::Metal => (PRIMER_DEVICE_METAL, 0),
    };
    // SAFETY: the contract of the C interface, here and below.
    let (device, gpu) = unsafe { handle::read(model, (PRIMER_DEVICE_CPU, 0), place) };
    if !number.is_null() {
        unsafe { number.write(gpu) };
    }
    device
}

/// A backbone's sizes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_model_sizes {
    /// sizeof(primer_model_sizes), set by the caller.
    pub struct_size: u32,
    /// Layers of the encoder.
    pub layers: u32,
    /// Width of the encoder.
    pub hidden: u32,
    /// Width of the feed-forward network.
    pub intermediate: u32,
    /// Attention heads of a layer.
    pub heads: u32,
    /// Pieces that the tokenizer's vocabulary may hold.
    pub vocabulary: u32,
    /// Pieces in a window; longer text is cut into windows that overlap.
    pub positions: u32,
    /// Threads that work for this model.
    pub threads: u32,
}

// SAFETY: eight u32.
unsafe impl Sized32 for primer_model_sizes {
    const NAME: &'static str = "primer_model_sizes";
    const FIRST: usize = 32;
    fn initial() -> primer_model_sizes {
        let struct_size = size_of::<primer_model_sizes>() as u32;
        let (layers, hidden, intermediate, heads, vocabulary, positions, threads) = (0, 0, 0, 0, 0, 0, 0);
        primer_model_sizes { struct_size, layers, hidden, intermediate, heads, vocabulary, positions, threads }
    }
}

/// Fills `*sizes`, whose struct_size the caller has set.
///
/// Errors: PRIMER_ERR_INVALID_ARGUMENT.
/// Threads: safe to call concurrently.
/// On failure: `*sizes` is 0 but for its struct_size, or untouched where that makes no sense.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_get_sizes(
    model: *const primer_model,
    sizes: *mut primer_model_sizes,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (out, loaded) = unsafe { (Report::clear(sizes, "sizes")?, handle::borrow(model, "model")?) };
        let config = loaded.model.config();
        out.fill(&primer_model_sizes {
            layers: config.layers as u32,
            hidden: config.hidden as u32,
            intermediate: config.intermediate as u32,
            heads: config.heads as u32,
            vocabulary: config.vocabulary as u32,
            positions: config.positions as u32,
            threads: loaded.model.threads() as u32,
            ..primer_model_sizes::initial()
        });
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Frees a model; NULL is fine. Adapters and taggers made with it go on working.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_model_free(model: *mut primer_model) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(model) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn every_device_has_its_number_and_no_other_one_is_taken() {
        let chosen = |device, device_number| {
            let o = primer_model_options { device, device_number, ..Sized32::initial() };
            unsafe { load_options(&o) }.map(|options| options.device)
        };
        assert_eq!(chosen(PRIMER_DEVICE_CPU, 0).unwrap(), Device::Cpu);
        assert_eq!(chosen(PRIMER_DEVICE_AUTO, 0).unwrap(), Device::Auto);
        assert_eq!(chosen(PRIMER_DEVICE_METAL, 0).unwrap(), Device::Metal);
        for number in [0, 3] {
            assert_eq!(chosen(PRIMER_DEVICE_CUDA, number).unwrap(), Device::Cuda(number as usize));
        }
        for (device, number, part) in [
            (PRIMER_DEVICE_CPU, 1, "device_number is 1"),
            (PRIMER_DEVICE_AUTO, 1, "device_number is 1"),
            (PRIMER_DEVICE_METAL, 2, "device_number is 2"),
            (-1, 0, "device is -1"),
            (4, 7, "PRIMER_DEVICE_*"),
        ] {
            let e = chosen(device, number).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::InvalidArgument);
            assert!(e.message().contains(part), "{e}");
        }
    }

    /// A program of version 0.2 had a struct of 16 bytes, one of 0.1 one of 12: what they had, they set; the rest is as ever.
    #[test]
    fn older_programs_compute_where_they_always_did() {
        for size in [12, 16] {
            let o = primer_model_options { struct_size: size, device: 99, device_number: 99, ..Sized32::initial() };
            assert_eq!(unsafe { load_options(&o) }.unwrap().device, Device::Cpu);
        }
    }
}
