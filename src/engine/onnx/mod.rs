//! Models as ONNX files, and ONNX Runtime to run them.

mod engine;
#[cfg(test)]
mod engine_test;
#[cfg(test)]
mod file_test;
mod forward;
mod graph;
mod proto;
mod providers;
mod runtime;
mod session;
mod write;

pub(crate) use engine::OnnxRuntime;
pub(crate) use session::{Session, Source};
pub use write::{IR_VERSION, OPSET, export, export_cancellable, to_bytes};
