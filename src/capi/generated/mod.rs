//! Generated from interface/ by `make generate`. Do not edit: change the source.

pub(super) mod adapt;
pub(super) mod adapter;
pub(super) mod dataset;
pub(super) mod log;
pub(super) mod model;
pub(super) mod prime;
pub(super) mod status;
pub(super) mod storage;
pub(super) mod tagger;
