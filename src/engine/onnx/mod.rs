//! Models as ONNX files.

mod forward;
mod graph;
mod proto;
mod write;

pub use write::{IR_VERSION, OPSET, export, to_bytes};
