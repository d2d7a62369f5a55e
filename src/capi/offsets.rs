//! Positions of a text in bytes, UTF-16 code units and code points.

use std::ffi::c_char;

use super::error::{primer_error, primer_status};
use super::generated::dataset::unit;
use super::guard::guard;
use super::handle::null;
use super::result::primer_entity;
use super::strings::{array, text};
use crate::data::Unit;
use crate::error::{Error, Result};
use crate::text::Offsets;

/// Translates `count` positions of a text from one unit to another. `positions` and `out` may be the same array.
///
/// Errors: PRIMER_ERR_INVALID_UTF8 with the byte; PRIMER_ERR_INVALID_ARGUMENT, also for a position inside a code point
/// or past the end, which the message names.
/// Threads: safe to call concurrently.
/// On failure: `out` is untouched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_offsets_convert(
    text: *const c_char,
    text_len: usize,
    from: i32,
    to: i32,
    positions: *const usize,
    out: *mut usize,
    count: usize,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (text, positions) = unsafe { (self::text(text, text_len, "text")?, array(positions, count, "positions")?) };
        if out.is_null() && count > 0 {
            return Err(null("out"));
        }
        let (offsets, from, to) = (Offsets::new(text), unit(from, "from")?, unit(to, "to")?);
        let one = |position: &usize| convert(&offsets, from, to, *position);
        let converted = positions.iter().map(one).collect::<Result<Vec<_>>>()?;
        // SAFETY: the caller's room for `count` numbers.
        unsafe { std::ptr::copy_nonoverlapping(converted.as_ptr(), out, converted.len()) };
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Copies `count` entities of a text with `start` and `end` in another unit. `out` may be `entities` itself
/// where that is an array of the caller's own.
///
/// Ownership: the copies borrow their label_name from the result as the originals do.
/// Errors: as primer_offsets_convert, for entities that are not of this text.
/// Threads: safe to call concurrently.
/// On failure: `out` is untouched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_entities_convert(
    text: *const c_char,
    text_len: usize,
    unit: i32,
    entities: *const primer_entity,
    out: *mut primer_entity,
    count: usize,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        // SAFETY: the contract of the C interface.
        let (text, entities) = unsafe { (self::text(text, text_len, "text")?, array(entities, count, "entities")?) };
        if out.is_null() && count > 0 {
            return Err(null("out"));
        }
        let (offsets, to) = (Offsets::new(text), self::unit(unit, "unit")?);
        let one = |e: &primer_entity| {
            let at = |byte| convert(&offsets, Unit::Byte, to, byte);
            Ok(primer_entity { start: at(e.start)?, end: at(e.end)?, ..*e })
        };
        let converted = entities.iter().map(one).collect::<Result<Vec<_>>>()?;
        // SAFETY: the caller's room for `count` entities.
        unsafe { std::ptr::copy_nonoverlapping(converted.as_ptr(), out, converted.len()) };
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

fn convert(offsets: &Offsets, from: Unit, to: Unit, position: usize) -> Result<usize> {
    let byte = match from {
        Unit::Byte => Some(position),
        Unit::Utf16 => offsets.byte_of_utf16(position),
        Unit::CodePoint => offsets.byte_of_char(position),
    };
    let found = byte.and_then(|byte| match to {
        // Through the table, so that a byte inside a code point is found out.
        Unit::Byte => offsets.chars(byte).map(|_| byte),
        Unit::Utf16 => offsets.utf16(byte),
        Unit::CodePoint => offsets.chars(byte),
    });
    found.ok_or_else(|| Error::argument(format!("position {position} is past the end or inside a code point")))
}
