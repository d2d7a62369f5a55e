// Generated from interface/status.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

/// Success.
pub const PRIMER_OK: i32 = 0;
/// An argument or option has a value that cannot be used; the message names it.
pub const PRIMER_ERR_INVALID_ARGUMENT: i32 = 1;
/// Text is not valid UTF-8; the error's byte is the first bad one.
pub const PRIMER_ERR_INVALID_UTF8: i32 = 2;
/// The operating system refused: no such file, no permission, disk full.
pub const PRIMER_ERR_IO: i32 = 3;
/// A model, tokenizer or adapter file is damaged or not what it claims to be.
pub const PRIMER_ERR_FORMAT: i32 = 4;
/// Labelled data cannot be read; the error's file and line say where.
pub const PRIMER_ERR_DATA: i32 = 5;
/// Two things that are fine by themselves do not fit: an adapter and another model, a checkpoint and other options.
pub const PRIMER_ERR_MISMATCH: i32 = 6;
/// A file or an option is well formed but asks for something that this library, as it was built, does not do.
pub const PRIMER_ERR_UNSUPPORTED: i32 = 7;
/// The caller asked to stop.
pub const PRIMER_ERR_CANCELLED: i32 = 8;
/// The handle is exclusive and in use by another call.
pub const PRIMER_ERR_BUSY: i32 = 9;
/// A loss or a gradient is not finite: training has diverged.
pub const PRIMER_ERR_NON_FINITE: i32 = 10;
/// Something is larger than the limit that protects the process.
pub const PRIMER_ERR_TOO_LARGE: i32 = 11;
/// A computation failed inside the tensor library or on the device.
pub const PRIMER_ERR_COMPUTE: i32 = 12;
/// A defect of this library was caught; please report the message. An exclusive handle that was in the call gives this
/// status from then on and can only be freed.
pub const PRIMER_ERR_PANIC: i32 = 13;
/// A device's memory does not hold what was asked of it; the message names the size. Smaller batches may fit; the
/// handles can be used on.
pub const PRIMER_ERR_OUT_OF_MEMORY: i32 = 14;
/// The device that was asked for is not there, or cannot be used.
pub const PRIMER_ERR_DEVICE: i32 = 15;
/// A checkpoint is one of a run with other data, options or backbone; the message says what differs.
pub const PRIMER_ERR_STALE: i32 = 16;
