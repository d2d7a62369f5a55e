//! What runs a model: the same options for every command that tags.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use primer::{Device, EngineKind, OnnxOptions, Precision, TaggerOptions};

use super::{Place, TaggerFlags};

/// What runs the model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Engine")]
pub struct Engine {
    /// What computes: this program itself, ONNX Runtime, or ONNX Runtime where it is installed.
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE")]
    pub engine: EngineName,

    /// Where the program itself computes: cpu, cuda (cuda:1 for the second GPU), metal, or auto for a GPU if there is one (`primer info --devices`).
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Device,

    /// In what numbers the program itself computes; 8 bits are faster and need less memory, bf16 is faster on GPUs.
    #[arg(long, value_enum, default_value_t, value_name = "NUMBERS")]
    pub precision: Numbers,

    /// The shared library of ONNX Runtime (otherwise PRIMER_ONNXRUNTIME names it, or the system finds it).
    #[arg(long, value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,

    /// What ONNX Runtime computes on, such as cuda or coreml, the most wanted first; the processor takes the rest.
    #[arg(long = "provider", value_name = "NAME")]
    pub providers: Vec<String>,

    /// Options of the tagger.
    #[command(flatten)]
    pub tagger: TaggerFlags,
}

impl Engine {
    /// What the library needs to know, with `threads` for models that bring no number of threads of their own.
    pub fn options(&self, threads: usize) -> primer::Result<TaggerOptions> {
        let mut onnx = OnnxOptions::new().threads(threads);
        onnx.library = self.onnxruntime.clone();
        onnx.providers = self.providers.clone();
        let engine = match self.engine {
            EngineName::Native => EngineKind::Native,
            EngineName::Onnx => EngineKind::Onnx,
            EngineName::Auto => EngineKind::Auto,
        };
        let mut options = TaggerOptions::new().engine(engine).precision(self.place().precision).onnx(onnx);
        self.tagger.apply(&mut options)?;
        options.check()?;
        Ok(options)
    }

    /// Where the program itself computes.
    pub fn place(&self) -> Place {
        let precision = match self.precision {
            Numbers::F32 => Precision::F32,
            Numbers::Bf16 => Precision::Bf16,
            Numbers::Int8 => Precision::Int8,
        };
        Place { device: self.device, precision }
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
    /// 16-bit floats (bfloat16), on GPUs.
    Bf16,
    /// 8-bit weights and activations, on the processor.
    Int8,
}
