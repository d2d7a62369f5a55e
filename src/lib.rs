//! Primer tags named entities and learns new entity types on the user's own device.
#![deny(missing_docs)]

mod log;
mod save;
pub mod data;
pub mod error;
pub mod model;
pub mod ops;
pub mod peft;
pub mod text;

pub use error::{Error, ErrorKind, Result};
