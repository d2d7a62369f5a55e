// Generated from interface/storage.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

use super::super::options::unknown;
use crate::error::Result;

/// Experimental. 32-bit floats.
pub const PRIMER_STORAGE_F32: i32 = 0;
/// Experimental. 16-bit floats.
pub const PRIMER_STORAGE_F16: i32 = 1;
/// Experimental. 4 bits a number and a scale for 32 numbers.
pub const PRIMER_STORAGE_Q4_0: i32 = 2;
/// Experimental. 8 bits a number and a scale for 32 numbers.
pub const PRIMER_STORAGE_Q8_0: i32 = 8;
/// Experimental. The upper half of 32-bit floats.
pub const PRIMER_STORAGE_BF16: i32 = 30;

/// The BlockType of a constant, which `option` names in errors.
pub(in crate::capi) fn storage(value: i32, option: &str) -> Result<crate::model::BlockType> {
    match value {
        PRIMER_STORAGE_F32 => Ok(crate::model::BlockType::F32),
        PRIMER_STORAGE_F16 => Ok(crate::model::BlockType::F16),
        PRIMER_STORAGE_Q4_0 => Ok(crate::model::BlockType::Q4_0),
        PRIMER_STORAGE_Q8_0 => Ok(crate::model::BlockType::Q8_0),
        PRIMER_STORAGE_BF16 => Ok(crate::model::BlockType::Bf16),
        other => Err(unknown(other, option, "PRIMER_STORAGE_*")),
    }
}
