//! What a tagger runs on, and how exactly it computes.

use std::path::PathBuf;

use crate::error::Result;
use crate::limits;
use crate::precision::Precision;
use crate::text::Split;

/// What runs the forward pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineKind {
    /// This library's own encoder: nothing else is needed.
    #[default]
    Native,
    /// ONNX Runtime, found on this machine when the tagger is made; an error where there is none.
    Onnx,
    /// ONNX Runtime where it is found and can run the model, else the native engine.
    Auto,
}

/// How [`Tagger::with_options`](crate::Tagger::with_options) makes a tagger.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TaggerOptions {
    /// What runs the forward pass.
    pub engine: EngineKind,
    /// In what numbers.
    pub precision: Precision,
    /// Where ONNX Runtime is and what it runs on.
    pub onnx: OnnxOptions,
    /// Entities with a lower score are left out, and their words are tagged O; from 0, which leaves none out, to 1. `None`:
    /// as the adapter's card says ([`Card::min_scores`](crate::peft::Card::min_scores)).
    pub min_score: Option<f64>,
    /// Where texts are cut. Training cuts into sentences, so other choices are for hosts that know their texts.
    pub split: Split,
    /// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. `None`: as in
    /// training, 256. Never more than the encoder has positions.
    pub window: Option<usize>,
}

impl TaggerOptions {
    /// The native engine in 32-bit floats.
    pub fn new() -> TaggerOptions {
        TaggerOptions::default()
    }

    /// Chooses what runs the forward pass.
    pub fn engine(mut self, engine: EngineKind) -> TaggerOptions {
        self.engine = engine;
        self
    }

    /// Chooses the numbers.
    pub fn precision(mut self, precision: Precision) -> TaggerOptions {
        self.precision = precision;
        self
    }

    /// Chooses where texts are cut.
    pub fn split(mut self, split: Split) -> TaggerOptions {
        self.split = split;
        self
    }

    /// Limits the tokens of a window.
    pub fn window(mut self, tokens: usize) -> TaggerOptions {
        self.window = Some(tokens);
        self
    }

    /// Leaves out entities with a lower score, from 0 to 1, whatever the adapter's card says.
    pub fn min_score(mut self, score: f64) -> TaggerOptions {
        self.min_score = Some(score);
        self
    }

    /// Refuses numbers out of range.
    ///
    /// # Errors
    /// `InvalidArgument`, naming option, value and range.
    pub fn check(&self) -> Result<()> {
        limits::MIN_SCORE.check_given(self.min_score)?;
        limits::WINDOW.check_given(self.window)
    }

    /// Says where ONNX Runtime is and what it runs on.
    pub fn onnx(mut self, onnx: OnnxOptions) -> TaggerOptions {
        self.onnx = onnx;
        self
    }
}

/// Where ONNX Runtime is and what it runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnnxOptions {
    /// The shared library. Without it the environment variable `PRIMER_ONNXRUNTIME` says where it is, and without that
    /// the system's search path is asked for it under its usual name.
    pub library: Option<PathBuf>,
    /// Execution providers by name (`cpu`, `cuda`, `coreml`, …), the most wanted first; none means the processor.
    pub providers: Vec<String>,
    /// Threads of a model that [`Tagger::load_onnx`](crate::Tagger::load_onnx) reads; 0 means all that the machine offers.
    /// Adapted models run on as many as their backbone was loaded with.
    pub threads: usize,
}

impl OnnxOptions {
    /// The library of the system, on the processor.
    pub fn new() -> OnnxOptions {
        OnnxOptions::default()
    }

    /// Names the shared library.
    pub fn library(mut self, path: impl Into<PathBuf>) -> OnnxOptions {
        self.library = Some(path.into());
        self
    }

    /// Adds an execution provider, less wanted than those before it.
    pub fn provider(mut self, name: impl Into<String>) -> OnnxOptions {
        self.providers.push(name.into());
        self
    }

    /// Limits the threads of a model that [`Tagger::load_onnx`](crate::Tagger::load_onnx) reads.
    pub fn threads(mut self, threads: usize) -> OnnxOptions {
        self.threads = threads;
        self
    }
}
