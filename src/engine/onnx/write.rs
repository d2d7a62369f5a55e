//! An adapted model as an ONNX file.
//!
//! The constants are nearly all of it. They are read, brought into their final order and written one by one, so that no
//! second copy of the model is ever whole in memory.

use std::io::Write;
use std::path::Path;

use prost::{Message, encode_length_delimiter, length_delimiter_len};

use super::forward::{IDS, LOGITS, MASK, forward};
use super::graph::{Initialiser, Sink, dynamic, fixed, value_info};
use super::proto::{FLOAT, GraphProto, INT64, ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Written, check_writable};
use crate::peft::Adapter;
use crate::save::save_atomically;

/// The operator set of the files that are written: the first with `LayerNormalization`.
pub const OPSET: i64 = 17;

/// The version of the file format that goes with it.
pub const IR_VERSION: i64 = 8;

/// What a protobuf message can hold.
const MAX_BYTES: u64 = i32::MAX as u64;

/// Writes the adapter's backbone with the adapter in it as an ONNX model, which is there whole or not at all.
///
/// The model takes `input_ids` and `attention_mask`, both int64 `[batch, length]`, and gives `logits`, f32
/// `[batch, length, tags]`; batch and length may be anything up to the encoder's window. Sequences begin at the first
/// column and are padded on their right; what the ids of padding are does not matter, its mask is 0. Weights are in
/// 32-bit floats; LoRA is merged into them. Opset [`OPSET`], IR version [`IR_VERSION`].
///
/// # Errors
/// `TooLarge` beyond protobuf's limit of 2 GiB; `Io`, and what stood at `path` before is then untouched.
pub fn export(adapter: &Adapter, path: impl AsRef<Path>) -> Result<()> {
    export_cancellable(adapter, path, &Cancel::new())
}

/// [`export`], which ends soon after `cancel` is requested.
///
/// # Errors
/// As there; `Cancelled`.
pub fn export_cancellable(adapter: &Adapter, path: impl AsRef<Path>, cancel: &Cancel) -> Result<()> {
    let path = path.as_ref();
    check_writable(path, Written::Replaced)?;
    let file = File::new(adapter).map_err(|e| e.in_file(path))?;
    // The closure may only fail as input and output do; our own reason is kept beside it.
    let mut reason = None;
    let saved = save_atomically(path, |out| {
        let mut failed = None;
        let written = file.write(&mut |bytes| {
            cancel.check()?;
            out.write_all(bytes).map_err(|e| {
                failed = Some(e);
                Error::new(ErrorKind::Io, "")
            })
        });
        written.map_err(|e| {
            failed.unwrap_or_else(|| {
                reason = Some(e);
                std::io::Error::other("the model cannot be written")
            })
        })
    });
    saved.map_err(|e| reason.map_or(e, |r| r.in_file(path)))
}

/// The bytes that [`export`] writes.
///
/// # Errors
/// As there.
pub fn to_bytes(adapter: &Adapter) -> Result<Vec<u8>> {
    let file = File::new(adapter)?;
    let mut bytes = Vec::with_capacity(file.len() as usize);
    file.write(&mut |b| {
        bytes.extend_from_slice(b);
        Ok(())
    })?;
    Ok(bytes)
}

/// A file whose constants are not yet read.
struct File<'a> {
    /// Without the graph.
    model: ModelProto,
    /// Without the constants.
    graph: GraphProto,
    initialisers: Vec<Initialiser<'a>>,
}

impl<'a> File<'a> {
    fn new(adapter: &'a Adapter) -> Result<File<'a>> {
        let graph = forward(adapter)?;
        let shape = || vec![dynamic("batch"), dynamic("length")];
        let logits = [shape(), vec![fixed(adapter.card().tags.len())]].concat();
        let file = File {
            model: ModelProto {
                ir_version: Some(IR_VERSION),
                producer_name: Some("primer".to_owned()),
                producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
                graph: None,
                opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPSET) }],
                metadata_props: metadata(adapter),
            },
            graph: GraphProto {
                name: Some("tagger".to_owned()),
                node: graph.nodes,
                initializer: Vec::new(),
                input: vec![value_info(IDS, INT64, shape()), value_info(MASK, INT64, shape())],
                output: vec![value_info(LOGITS, FLOAT, logits)],
            },
            initialisers: graph.initialisers,
        };
        match file.len() {
            0..=MAX_BYTES => Ok(file),
            bytes => Err(Error::new(
                ErrorKind::TooLarge,
                format!("the ONNX file would have {bytes} bytes; its format ends at {MAX_BYTES}"),
            )),
        }
    }

    fn graph_len(&self) -> u64 {
        self.graph.encoded_len() as u64 + self.initialisers.iter().map(|i| framed(initialiser_len(i))).sum::<u64>()
    }

    /// Bytes of the whole file.
    fn len(&self) -> u64 {
        self.model.encoded_len() as u64 + framed(self.graph_len())
    }

    fn write(&self, sink: &mut Sink) -> Result<()> {
        sink(&self.model.encode_to_vec())?;
        sink(&frame(MODEL_GRAPH, self.graph_len()))?;
        sink(&self.graph.encode_to_vec())?;
        for initialiser in &self.initialisers {
            let name = initialiser.header.name.as_deref().unwrap_or_default();
            sink(&frame(GRAPH_INITIALISER, initialiser_len(initialiser)))?;
            sink(&initialiser.header.encode_to_vec())?;
            sink(&frame(TENSOR_RAW_DATA, initialiser.bytes))?;
            let mut written = 0;
            let source = (initialiser.source)(&mut |bytes| {
                written += bytes.len() as u64;
                sink(bytes)
            });
            source.map_err(|e| e.about_tensor(name))?;
            if written != initialiser.bytes {
                let message = format!("internal: {written} bytes where {} are due", initialiser.bytes);
                return Err(Error::new(ErrorKind::Compute, message).about_tensor(name));
            }
        }
        Ok(())
    }
}

/// Field numbers of `ModelProto.graph`, `GraphProto.initializer` and `TensorProto.raw_data`, the fields that are framed by
/// hand. A message's fields may stand in any order.
const MODEL_GRAPH: u8 = 7;
const GRAPH_INITIALISER: u8 = 5;
const TENSOR_RAW_DATA: u8 = 9;

/// What stands before `len` bytes of the field `number`, which is below 16: a byte for number and kind, and the length.
fn frame(number: u8, len: u64) -> Vec<u8> {
    const DELIMITED: u8 = 2;
    let mut frame = vec![number << 3 | DELIMITED];
    // A vector grows as it must.
    let _ = encode_length_delimiter(len as usize, &mut frame);
    frame
}

/// Bytes of such a field with its frame.
fn framed(len: u64) -> u64 {
    1 + length_delimiter_len(len as usize) as u64 + len
}

fn initialiser_len(i: &Initialiser) -> u64 {
    i.header.encoded_len() as u64 + framed(i.bytes)
}

/// What the file says of itself.
fn metadata(adapter: &Adapter) -> Vec<StringStringEntryProto> {
    let card = adapter.card();
    let labels: Vec<String> = (0..card.tags.len()).map(|tag| card.tags.name(tag)).collect();
    let entries = [
        ("primer.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("primer.name", card.name.clone()),
        ("primer.method", card.method.name().to_owned()),
        ("primer.labels", serde_json::json!(labels).to_string()),
        ("primer.scheme", card.tags.scheme().to_string()),
        ("primer.backbone", card.backbone.name.clone()),
        ("primer.fingerprint", card.backbone.fingerprint.clone().unwrap_or_default()),
    ];
    let entry = |(key, value): (&str, String)| StringStringEntryProto { key: Some(key.to_owned()), value: Some(value) };
    entries.into_iter().map(entry).collect()
}
