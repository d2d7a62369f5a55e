//! The backbone: loaded once, immutable, shared by every tagger, adapter and training run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::DType;
use once_cell::sync::OnceCell;
use rayon::ThreadPool;

use super::encoder::Encoder;
use super::packed::PackedEncoder;
use super::place::Place;
use super::weights::Weights;
use super::{Config, TagHead, TensorInfo, pool};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::ops::{self, Kind};
use crate::precision::Precision;
use crate::start::Start;
use crate::text::{Segmentation, Split, Tokenizer};

/// How a model is loaded.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoadOptions {
    /// Threads that tagging and training with this model may use; 0 means all that the machine offers.
    pub threads: usize,
    /// Keeps the encoder's matrices as the file has them and expands each while it is used: an eighth of the memory at 4
    /// bits, for a little more time. The numbers are the same.
    pub quantised: bool,
    /// Reads all of a GGUF file once and compares it with the fingerprint that it carries, so that damage anywhere is found
    /// on loading. Without, only what is needed is read, and damage among the weights shows as wrong numbers. On at first.
    pub verify: bool,
    /// Where the model computes: everything that is done with it, adaptation, priming and tagging.
    pub device: Device,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions { threads: 0, quantised: false, verify: true, device: Device::Cpu }
    }
}

impl LoadOptions {
    /// The usual choice: all threads.
    pub fn new() -> LoadOptions {
        LoadOptions::default()
    }

    /// Keeps the encoder's matrices quantised in memory.
    pub fn quantised(mut self, quantised: bool) -> LoadOptions {
        self.quantised = quantised;
        self
    }

    /// Whether a GGUF file's content is compared with its fingerprint.
    pub fn verify(mut self, verify: bool) -> LoadOptions {
        self.verify = verify;
        self
    }

    /// Chooses where the model computes.
    pub fn device(mut self, device: Device) -> LoadOptions {
        self.device = device;
        self
    }

    /// Starts the device.
    fn start(&self) -> Result<candle_core::Device> {
        let device = self.device.open()?;
        match self.quantised && ops::is_composed(&device) {
            false => Ok(device),
            true => Err(Error::argument("quantised: weights stay quantised on the CPU alone")),
        }
    }

    /// Limits the threads.
    pub fn threads(mut self, threads: usize) -> LoadOptions {
        self.threads = threads;
        self
    }
}

/// A multilingual encoder with its tokenizer. A clone is another reference to the same model.
#[derive(Clone)]
pub struct Model(Arc<Inner>);

struct Inner {
    weights: Weights,
    encoder: Encoder,
    device: candle_core::Device,
    /// The encoder where the model computes, by precision, where that is not the host: from the first use on.
    placed: [OnceCell<Encoder>; 2],
    /// The encoder laid out for inference, by [`Kind`], from the first tagging on.
    packed: [OnceCell<PackedEncoder>; 2],
    tokenizer: Tokenizer,
    start: Option<Start>,
    /// All work is done here, reading included.
    pool: ThreadPool,
}

impl Model {
    /// Loads a Hugging Face folder (`config.json`, `model.safetensors`, `tokenizer.json`) or one GGUF file.
    ///
    /// # Errors
    /// `Io`; `Format` for damaged files; `Unsupported` for models of another family.
    pub fn load(path: impl AsRef<Path>) -> Result<Model> {
        Model::load_with(path, &LoadOptions::default())
    }

    /// [`Model::load`] with options.
    ///
    /// # Errors
    /// As there; `Unsupported` for a device that this build does not have, `Device` for one that the machine does not have;
    /// `InvalidArgument` for quantised weights elsewhere than on the CPU.
    pub fn load_with(path: impl AsRef<Path>, options: &LoadOptions) -> Result<Model> {
        let path = path.as_ref();
        let device = options.start()?;
        Model::build(|| Weights::open_with(path, options.verify), device, options).map_err(|e| e.in_file(path))
    }

    /// A model from the bytes of a GGUF file.
    pub fn from_bytes(gguf: Vec<u8>, options: &LoadOptions) -> Result<Model> {
        Model::build(|| Weights::from_gguf_bytes(gguf), options.start()?, options)
    }

    fn build(
        open: impl FnOnce() -> Result<Weights> + Send,
        device: candle_core::Device,
        options: &LoadOptions,
    ) -> Result<Model> {
        let pool = pool::start(options.threads)?;
        let (weights, tokenizer, encoder, start) = pool.install(|| Model::read(open()?, options.quantised))?;
        log(Level::Info, || {
            let Config { name, layers, hidden, vocabulary, .. } = weights.config();
            format!("loaded the model {name:?}: {layers} layers of width {hidden}, {vocabulary} pieces")
        });
        let (placed, packed) = Default::default();
        Ok(Model(Arc::new(Inner { weights, encoder, device, placed, packed, tokenizer, start, pool })))
    }

    fn read(weights: Weights, quantised: bool) -> Result<(Weights, Tokenizer, Encoder, Option<Start>)> {
        let tokenizer = weights.tokenizer()?;
        let encoder = Encoder::load(&weights, quantised)?;
        let start = weights.start()?.map(|bytes| Start::decode(bytes, &encoder)).transpose()?;
        Ok((weights, tokenizer, encoder, start))
    }

    /// The encoder's sizes.
    pub fn config(&self) -> &Config {
        self.0.weights.config()
    }

    /// Words to pieces, as the backbone was trained.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.0.tokenizer
    }

    /// Identifies the backbone's exact contents: 64 hexadecimal digits. Computed on first use for a folder.
    pub fn fingerprint(&self) -> &str {
        self.0.weights.fingerprint_on(&self.0.pool)
    }

    /// What the model says of itself: name, licence, attribution and the like.
    pub fn card(&self) -> &BTreeMap<String, String> {
        self.0.weights.card()
    }

    /// What adaptation starts from on this model, where priming left it with the model.
    pub fn start(&self) -> Option<&Start> {
        self.0.start.as_ref()
    }

    /// The tag head that a Hugging Face folder has of its own, which the backbone is used without; given as an adapter, the
    /// folder gives the head.
    pub fn tag_head(&self) -> Option<&TagHead> {
        self.0.weights.tag_head()
    }

    /// All tensors of the encoder as the file stores them.
    pub fn tensors(&self) -> Vec<TensorInfo> {
        self.0.weights.tensors()
    }

    /// The threads that work for this model.
    pub fn threads(&self) -> usize {
        self.0.pool.current_num_threads()
    }

    pub(super) fn weights(&self) -> &Weights {
        &self.0.weights
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.0.encoder
    }

    /// Where the model computes; never `Auto`.
    pub fn device(&self) -> Device {
        Device::of(&self.0.device)
    }

    /// True where the model computes by operations composed of candle's: on everything but the CPU.
    pub(crate) fn is_composed(&self) -> bool {
        self.0.pool.install(|| ops::is_composed(&self.0.device))
    }

    /// The encoder where the model computes. As [`Model::packed`], not to be called by the model's own threads before it
    /// was called by another.
    ///
    /// # Errors
    /// `Unsupported` where the device does not compute in such numbers; `OutOfMemory`.
    pub(crate) fn placed(&self, precision: Precision) -> Result<&Encoder> {
        let composed = self.is_composed();
        let (cell, dtype) = match precision {
            Precision::F32 if !composed => return Ok(&self.0.encoder),
            Precision::F32 => (&self.0.placed[0], DType::F32),
            Precision::Bf16 if composed => (&self.0.placed[1], DType::BF16),
            Precision::Bf16 => return Err(Error::unsupported("16-bit floats are for GPUs; the CPU computes in 32")),
            Precision::Int8 => return Err(Error::unsupported("8-bit weights are for tagging on the CPU")),
        };
        let place = Place { device: self.0.device.clone(), dtype };
        let weights = || "the model's weights".to_owned();
        let encoder = || self.0.pool.install(|| self.0.encoder.placed(&place));
        cell.get_or_try_init(|| encoder().map_err(|e| e.asked_of(&place.device, weights)))
    }

    /// The encoder laid out for inference in numbers of this kind. Not to be called by the model's own threads: one that
    /// waits for others may take up a second call, and wait for itself.
    pub(crate) fn packed(&self, kind: Kind) -> Result<&PackedEncoder> {
        let cell = &self.0.packed[kind as usize];
        cell.get_or_try_init(|| self.0.pool.install(|| PackedEncoder::new(&self.0.encoder, kind)))
    }

    /// The threads that work for this model.
    pub(crate) fn pool(&self) -> &ThreadPool {
        &self.0.pool
    }

    /// How texts are cut for this model's encoder: as training does where nothing else is asked for.
    pub(crate) fn segmentation(&self, split: Split, window: Option<usize>) -> Segmentation {
        Segmentation::new(split, window, self.config().positions)
    }

    /// The windows of an encoded sentence, as in training.
    #[cfg(test)]
    pub(crate) fn windows(&self, encoding: &crate::text::Encoding) -> Vec<crate::text::Window> {
        self.segmentation(Split::default(), None).windows(&self.0.tokenizer, encoding)
    }

    pub(crate) fn same_as(&self, other: &Model) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Model").field(self.config()).finish()
    }
}
