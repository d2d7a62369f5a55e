//! Backbones: configuration, files, and where their numbers lie.

mod blocks;
mod config;
mod embeddings;
mod encoder;
mod fingerprint;
mod gguf;
mod huggingface;
mod import;
mod layer;
mod mapped;
#[expect(clippy::module_inception)]
mod model;
mod packed;
mod place;
mod pool;
mod quantise;
mod rewrite;
mod safetensors;
mod storage;
mod stored;
mod weights;

pub use blocks::BlockType;
pub use config::{Config, Family};
#[cfg(test)]
pub(crate) use embeddings::test_words;
pub(crate) use embeddings::{Embeddings, Words};
pub(crate) use encoder::{Adaptation, BottleneckModule, Encoder, Frozen, LowRank};
pub use import::{ImportOptions, ImportProgress, ImportReport, ImportStage, import};
pub(crate) use layer::{Layer, Linear, Norm, Weight, tensor_name};
pub use layer::{Site, Sublayer};
pub(crate) use mapped::Bytes;
#[cfg(feature = "onnx")]
pub(crate) use mapped::read_small;
pub use model::{LoadOptions, Model};
pub(crate) use packed::{PackedEmbeddings, PackedEncoder, PackedNorm, PackedWeights, Vectors};
pub(crate) use place::Place;
#[cfg(feature = "onnx")]
pub(crate) use pool::start as thread_pool;
pub(crate) use rewrite::Rewrite;
pub use storage::Storage;
pub use weights::TensorInfo;
