//! The C interface: handles, status codes and structs of `include/primer.h`, and nothing else.
//!
//! There is no logic here. Every export checks its arguments, calls the Rust function of the same name and turns its
//! answer into C, inside [`guard`], which lets no panic out. `docs/c-api.md` states the conventions; the comments on
//! the exports become the header's (`tests/header.rs` writes it), so they speak of C.
//!
//! Types have their C names. Whatever crosses the boundary by value or behind a pointer is `repr(C)`, and its layout
//! is frozen by `layout.rs` here and by `tests/c/layout.c` there.
#![expect(non_camel_case_types, reason = "types have their C names")]

mod adapt;
mod adapter;
mod buffer;
mod cancel;
mod dataset;
mod error;
mod evaluate;
mod exclusive;
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
