//! What runs a model: the same options for every command that tags.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use primer::{EngineKind, OnnxOptions, Precision, TaggerOptions};

/// What runs the model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Engine")]
pub struct Engine {
    /// What computes: this program itself, ONNX Runtime, or ONNX Runtime where it is installed.
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE")]
    pub engine: EngineName,

    /// In what numbers the program itself computes; 8 bits are faster and need less memory.
    #[arg(long, value_enum, default_value_t, value_name = "NUMBERS")]
    pub precision: Numbers,

    /// The shared library of ONNX Runtime (otherwise PRIMER_ONNXRUNTIME names it, or the system finds it).
    #[arg(long, value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,

    /// What ONNX Runtime computes on, such as cuda or coreml, the most wanted first; the processor takes the rest.
    #[arg(long = "provider", value_name = "NAME")]
    pub providers: Vec<String>,
}

impl Engine {
    /// What the library needs to know, with `threads` for models that bring no number of threads of their own.
    pub fn options(&self, threads: usize) -> TaggerOptions {
        let mut onnx = OnnxOptions::new().threads(threads);
        onnx.library = self.onnxruntime.clone();
        onnx.providers = self.providers.clone();
        let engine = match self.engine {
            EngineName::Native => EngineKind::Native,
            EngineName::Onnx => EngineKind::Onnx,
            EngineName::Auto => EngineKind::Auto,
        };
        let precision = match self.precision {
            Numbers::F32 => Precision::F32,
            Numbers::Int8 => Precision::Int8,
        };
        TaggerOptions::new().engine(engine).precision(precision).onnx(onnx)
    }
}

/// An engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum EngineName {
    /// This program itself.
    #[default]
    Native,
    /// ONNX Runtime.
    Onnx,
    /// ONNX Runtime where it is installed, else this program itself.
    Auto,
}

/// The numbers of large products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Numbers {
    /// 32-bit floats.
    #[default]
    F32,
    /// 8-bit weights and activations.
    Int8,
}
