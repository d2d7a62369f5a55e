// Generated from interface/log.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

/// Something does not work as it should, but the call goes on.
pub const PRIMER_LOG_WARN: i32 = 1;
/// Something that happens once a model or a training run.
pub const PRIMER_LOG_INFO: i32 = 2;
