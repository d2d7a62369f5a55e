//! The C interface: handles, status codes and structs of `include/primer.h`, and nothing else.
//!
//! There is no logic here. Every export checks its arguments, calls the Rust function of the same name and turns its
//! answer into C, inside [`guard`], which lets no panic out. `docs/c-api.md` states the conventions; the comments on
//! the exports become the header's, so they speak of C. Constants and structs of options are [`generated`] from
//! `interface/`.
//!
//! Types have their C names. Whatever crosses the boundary by value or behind a pointer is `repr(C)`, and its layout
//! stands in `layout.rs` here and in `tests/c/layout.h` there; what is promised of it, in `tests/abi`.
#![expect(non_camel_case_types, reason = "types have their C names")]

mod adapt;
mod adapter;
mod buffer;
mod cancel;
mod dataset;
mod error;
mod evaluate;
mod exclusive;
mod generated;
mod guard;
mod handle;
#[cfg(test)]
mod layout;
mod log;
mod method;
mod model;
mod names;
mod offsets;
mod onnx;
mod options;
mod prime;
mod prime_options;
mod primed;
mod result;
mod strings;
mod tagger;
mod tagger_options;
mod version;
