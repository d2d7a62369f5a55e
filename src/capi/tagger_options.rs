//! Options of a tagger: what it runs on, and how exactly it computes.

use super::generated::tagger::{engine, precision, primer_tagger_options, split};
use super::options::read;
use super::strings::{array, path, terminated};
use crate::engine::{OnnxOptions, TaggerOptions};
use crate::error::Result;

/// The host's options; NULL stands for the initial ones.
///
/// # Safety
/// As [`read`], and what the options point to is as the header says.
pub(super) unsafe fn tagger_options(options: *const primer_tagger_options) -> Result<TaggerOptions> {
    // SAFETY: the caller's promise, here and below.
    let o = unsafe { read(options) }?;
    let engine = engine(o.engine, "engine")?;
    let precision = precision(o.precision, "precision")?;
    let mut onnx = OnnxOptions::new().threads(o.threads as usize);
    if !o.onnxruntime.is_null() {
        onnx = onnx.library(unsafe { path(o.onnxruntime, "onnxruntime") }?);
    }
    for (i, name) in unsafe { array(o.providers, o.provider_count, "providers") }?.iter().enumerate() {
        onnx = onnx.provider(unsafe { terminated(*name, &format!("providers[{i}]")) }?);
    }
    // Every field by its name: one that is new in Rust does not compile before it has its place here.
    let window = if o.window == 0 { None } else { Some(o.window as usize) };
    let min_score = if o.min_score == 0.0 { None } else { Some(o.min_score) };
    Ok(TaggerOptions { engine, precision, onnx, min_score, split: split(o.split, "split")?, window })
}
