//! Backbones: configuration, files, and where their numbers lie.

mod adaptation;
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
mod missing;
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
mod tag_head;
mod weights;

pub(crate) use adaptation::{Adaptation, BottleneckModule, LayerAdaptation, LowRank, ModuleInput, Side};
pub use blocks::BlockType;
pub use config::{Config, Family};
#[cfg(test)]
pub(crate) use embeddings::test_words;
pub(crate) use embeddings::{Embeddings, Words};
pub(crate) use encoder::Encoder;
pub use import::{ImportOptions, ImportProgress, ImportReport, ImportStage, import};
pub(crate) use layer::{Layer, Linear, Norm, Weight, layer_of, tensor_name};
pub use layer::{Site, Sublayer};
pub(crate) use mapped::Bytes;
#[cfg(feature = "onnx")]
pub(crate) use mapped::read_small;
pub(crate) use missing::subfolder_with;
pub use model::{LoadOptions, Model};
pub(crate) use packed::{PackedEmbeddings, PackedEncoder, PackedNorm, PackedWeights, Vectors};
pub(crate) use place::Place;
#[cfg(feature = "onnx")]
pub(crate) use pool::start as thread_pool;
pub(crate) use rewrite::Rewrite;
pub(crate) use safetensors::not_safetensors;
pub use storage::Storage;
pub use tag_head::TagHead;
pub(crate) use tag_head::tag_head;
pub use weights::TensorInfo;
