//! Writes everything that follows from `interface/*.toml`, the one place that says which options and enumerations the
//! library has: the C structs of `src/capi/generated`, the header, the enumerations and options of C++, Go and Swift, the
//! command line's flags, what plans of experiments read, the tables of all tests, and pages of docs.
//!
//! `make generate` writes the files; `tests/generated.rs` says when one is stale.

pub mod abi;
mod c_tests;
mod cli;
mod conversion;
mod cpp;
mod docs;
mod files;
mod format;
mod functions;
mod go;
pub mod header;
#[path = "../../../tests/common/json.rs"]
pub mod json;
mod names;
mod pages;
mod parts;
mod plan;
mod ranges;
mod rust;
pub mod schema;
mod swift;

pub use files::{Generated, generate};
