//! Primer tags named entities and learns new entity types on the user's own device.
//!
//! Data flows one way: text becomes words ([`text`]), words become pieces, pieces a batch without padding, the batch
//! goes through a frozen multilingual encoder ([`model`]) with a small trained method in it ([`peft`]), and logits
//! become tags and entities ([`tag`]). Training ([`train`]) runs the same way back, to the method's parameters alone.
//! Priming ([`meta`]) prepares a backbone for such training.
//!
//! ```no_run
//! use primer::{AdaptOptions, Adapter, Dataset, Method, Model, Tagger, adapt};
//!
//! # fn main() -> primer::Result<()> {
//! let model = Model::load("models/primer-mini.gguf")?;
//! let adapter = Adapter::load("models/per-loc-org.safetensors", &model)?;
//! let text = "Angela Merkel besuchte Siemens in Erlangen.";
//! for entity in Tagger::new(&model).tag(text, &adapter)?.entities {
//!     println!("{} {}", adapter.types()[entity.label as usize], &text[entity.start..entity.end]);
//! }
//!
//! let train = Dataset::load("medicines.jsonl")?;
//! let options = AdaptOptions::new(Method::by_name("adapter", model.config())?);
//! adapt(&model, &train, None, &options)?.save("medicines.safetensors")?;
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

// The small model that test files share is written against the public name.
#[cfg(test)]
extern crate self as primer;

#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod small;

mod cancel;
mod capi;
pub mod data;
mod decision;
mod device;
mod engine;
pub mod error;
mod foreign;
pub mod limits;
pub mod log;
pub mod meta;
pub mod model;
pub mod ops;
pub mod output;
pub mod peft;
mod precision;
mod save;
pub mod start;
pub mod tag;
pub mod text;
pub mod train;

pub use cancel::Cancel;
pub use data::{Dataset, Scheme, TagSet};
pub use decision::Decision;
pub use device::Device;
#[cfg(feature = "onnx")]
pub use engine::onnx;
pub use engine::{EngineKind, OnnxOptions, TaggerOptions};
pub use error::{Error, ErrorKind, Result};
pub use meta::{PrimeOptions, Primed, Task, prime};
pub use model::{LoadOptions, Model};
pub use peft::{Adapter, Method, MethodChoice, MethodSettings};
pub use precision::Precision;
pub use start::Start;
pub use tag::{Entity, Evaluation, Input, Tagged, Tagger, evaluate};
pub use text::Split;
pub use train::{AdaptOptions, Progress, adapt, adapt_by_name};

/// The optional features that this library was built with.
pub const FEATURES: &[&str] = &[
    #[cfg(feature = "cuda")]
    "cuda",
    #[cfg(feature = "metal")]
    "metal",
    #[cfg(feature = "mpi")]
    "mpi",
    #[cfg(feature = "onnx")]
    "onnx",
];

/// The code in these pages is compiled with the tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../docs/guide.md")]
    struct Guide;
    #[doc = include_str!("../docs/priming.md")]
    struct Priming;
    #[doc = include_str!("../docs/gpu.md")]
    struct Gpu;
}
