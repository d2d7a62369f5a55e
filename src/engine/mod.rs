//! How a tagger runs its forward pass.

#[cfg(test)]
mod cases;
mod native;
#[cfg(feature = "onnx")]
pub mod onnx;
mod options;

pub(crate) use native::Native;
pub use options::{EngineKind, OnnxOptions, Precision, TaggerOptions};

use crate::cancel::Cancel;
#[cfg(not(feature = "onnx"))]
use crate::error::Error;
use crate::error::Result;
use crate::log::{Level, log};
use crate::model::Model;
use crate::peft::Adapter;
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
        EngineKind::Native => Ok(Box::new(Native::new(model, options))),
        EngineKind::Onnx => onnx(model, options),
        EngineKind::Auto => onnx(model, options).or_else(|e| {
            log(Level::Info, || format!("tagging by the native engine: {e}"));
            Ok(Box::new(Native::new(model, options)))
        }),
    }
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
