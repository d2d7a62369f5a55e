//! How a tagger runs its forward pass.

#[cfg(test)]
mod cases;
mod device;
mod native;
#[cfg(feature = "onnx")]
pub mod onnx;
mod options;

use device::OnDevice;
use native::Native;
pub use options::{EngineKind, OnnxOptions, TaggerOptions};

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::ops::Kind;
use crate::peft::Adapter;
use crate::precision::Precision;
use crate::text::Window;

/// Windows that are tagged with one adapter.
pub(crate) struct Job<'a> {
    pub windows: Vec<&'a Window>,
    pub adapter: &'a Adapter,
}

/// Computes logits. An engine is chosen when a tagger is made and knows its backbone.
pub(crate) trait Engine: Send + Sync {
    /// For each job the logits of its labelled pieces, row-major `[labelled, tags]`, in the order of its windows.
    ///
    /// The engine cuts the windows into batches as it pleases and looks at `cancel` between them. Not called by the
    /// model's own threads.
    fn logits(&self, jobs: &[Job], cancel: &Cancel) -> Result<Vec<Vec<f32>>>;
}

/// The engine that `options` ask for.
pub(crate) fn start(model: &Model, options: &TaggerOptions) -> Result<Box<dyn Engine>> {
    match options.engine {
        EngineKind::Native => native(model, options.precision),
        EngineKind::Onnx => onnx(model, options),
        EngineKind::Auto => onnx(model, options).or_else(|e| {
            log(Level::Info, || format!("tagging by the native engine: {e}"));
            native(model, options.precision)
        }),
    }
}

/// This library's own engine, where the model computes, in 32-bit floats.
pub(crate) fn plain(model: &Model) -> Box<dyn Engine> {
    match model.is_composed() {
        true => Box::new(OnDevice::new(model, Precision::F32)),
        false => Box::new(Native::new(model, Kind::F32)),
    }
}

/// This library's own engine, where the model computes.
fn native(model: &Model, precision: Precision) -> Result<Box<dyn Engine>> {
    Ok(match (model.is_composed(), precision) {
        (false, Precision::F32) => Box::new(Native::new(model, Kind::F32)),
        (false, Precision::Int8) => Box::new(Native::new(model, Kind::Int8)),
        (true, Precision::F32 | Precision::Bf16) => Box::new(OnDevice::new(model, precision)),
        // Says which device has such numbers.
        _ => return Err(model.placed(precision).err().unwrap_or_else(|| Error::unsupported("such numbers"))),
    })
}

/// ONNX Runtime as an engine.
#[cfg(feature = "onnx")]
fn onnx(model: &Model, options: &TaggerOptions) -> Result<Box<dyn Engine>> {
    Ok(Box::new(onnx::OnnxRuntime::new(model, options)?))
}

/// ONNX Runtime as an engine.
#[cfg(not(feature = "onnx"))]
fn onnx(_: &Model, _: &TaggerOptions) -> Result<Box<dyn Engine>> {
    Err(without_onnx())
}

/// The answer to whatever needs ONNX Runtime or its files.
#[cfg(not(feature = "onnx"))]
pub(crate) fn without_onnx() -> Error {
    Error::unsupported("this library was built without the feature \"onnx\"")
}
