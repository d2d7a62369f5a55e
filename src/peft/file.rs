//! The one-file adapter: safetensors with the card in its metadata.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::card::{Card, VERSION};
use super::parameters::Tensors;
use crate::error::{Error, ErrorKind, Result};
use crate::model::not_safetensors;

/// The metadata key of the card.
const CARD: &str = "primer.adapter";

/// No adapter is larger: a fully fine-tuned large encoder in f32 with its embeddings.
const MAX_BYTES: u64 = 4 << 30;

/// A file's bytes, refused when it cannot be an adapter for its size alone.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let read = |e| Error::io("cannot read", path, e);
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
    let size = file.metadata().map_err(read)?.len();
    if size > MAX_BYTES {
        let message = format!("{size} bytes are more than the limit of {MAX_BYTES} for an adapter");
        return Err(Error::new(ErrorKind::TooLarge, message).in_file(path));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(read)?;
    Ok(bytes)
}

pub(crate) fn encode(card: &Card, tensors: &Tensors) -> Result<Vec<u8>> {
    let card = serde_json::to_string(card).map_err(|e| internal(&e))?;
    serialize(tensors.clone(), HashMap::from([(CARD.to_owned(), card)]))
}

/// A safetensors file's bytes. The tensors are given away: what is on its way into the file need not stay in memory.
pub(crate) fn serialize(tensors: Tensors, metadata: HashMap<String, String>) -> Result<Vec<u8>> {
    let raw = raw_tensors(tensors)?;
    let views = raw
        .iter()
        .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
        .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| internal(&e))?;
    safetensors::serialize(views, Some(metadata)).map_err(|e| internal(&e))
}

fn internal(e: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Compute, format!("cannot write tensors: {e}"))
}

/// Name, type, shape and little-endian bytes of every tensor.
type RawTensor = (String, Dtype, Vec<usize>, Vec<u8>);

fn raw_tensors(tensors: Tensors) -> Result<Vec<RawTensor>> {
    let raw = |(name, tensor): (String, Tensor)| -> Result<RawTensor> {
        let flat = tensor.flatten_all()?;
        let (dtype, data) = match tensor.dtype() {
            DType::U32 => (Dtype::U32, little_endian(&flat.to_vec1::<u32>()?, |v| v.to_le_bytes())),
            DType::F16 => {
                (Dtype::F16, flat.to_vec1::<half::f16>()?.into_iter().flat_map(half::f16::to_le_bytes).collect())
            }
            _ => (Dtype::F32, little_endian(&flat.to_vec1::<f32>()?, |v| v.to_le_bytes())),
        };
        Ok((name, dtype, tensor.dims().to_vec(), data))
    };
    tensors.into_iter().map(raw).collect()
}

fn little_endian<T: Copy>(values: &[T], bytes: impl Fn(T) -> [u8; 4]) -> Vec<u8> {
    let mut out = vec![0; values.len() * 4];
    out.as_chunks_mut::<4>().0.iter_mut().zip(values).for_each(|(out, v)| *out = bytes(*v));
    out
}

pub(crate) fn decode(bytes: &[u8]) -> Result<(Card, Tensors)> {
    let no_card = || {
        let what = format!("a safetensors file, but no adapter of this library: its metadata holds no {CARD:?}");
        Error::format(format!("{what}; of an adapter of PEFT or AdapterHub, give the whole folder"))
    };
    let card = metadata(bytes, CARD)?.ok_or_else(no_card)?;
    // The version first: a newer card may have fields that this library does not know.
    let value: serde_json::Value =
        serde_json::from_str(&card).map_err(|e| Error::format(format!("the adapter's card is not JSON: {e}")))?;
    match value.get("version").and_then(|v| v.as_u64()) {
        Some(v) if (1..=VERSION as u64).contains(&v) => {}
        Some(v) => {
            let message = format!("the adapter's format is version {v}; this library reads up to {VERSION}");
            return Err(Error::unsupported(message));
        }
        None => return Err(Error::format("the adapter's card names no version")),
    }
    let card: Card = serde_json::from_value(value)
        .map_err(|e| Error::unsupported(format!("the adapter's card asks for something unknown: {e}")))?;
    Ok((card, tensors(bytes)?))
}

/// The entry `key` of a safetensors file's metadata.
pub(crate) fn metadata(bytes: &[u8], key: &str) -> Result<Option<String>> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| not_safetensors(bytes, e))?;
    Ok(metadata.metadata().as_ref().and_then(|m| m.get(key)).cloned())
}

/// All tensors of a safetensors file: floats of 16, 32 and 64 bits as f32, and u32.
pub(crate) fn tensors(bytes: &[u8]) -> Result<Tensors> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| not_safetensors(bytes, e))?;
    file.iter().map(|(name, view)| Ok((name.to_owned(), tensor(name, &view)?))).collect()
}

fn tensor(name: &str, view: &TensorView) -> Result<Tensor> {
    let data = view.data();
    let values: Vec<f32> = match view.dtype() {
        Dtype::U32 => {
            let values: Vec<u32> = data.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            return Ok(Tensor::from_vec(values, view.shape(), &Device::Cpu)?);
        }
        Dtype::F32 => data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        Dtype::F16 => data.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        Dtype::BF16 => data.chunks_exact(2).map(|b| half::bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        other => {
            let message = format!("numbers of type {other:?}; f64, f32, f16 and bf16 are read");
            return Err(Error::unsupported(message).about_tensor(name));
        }
    };
    if let Some(i) = values.iter().position(|v| !v.is_finite()) {
        let message = format!("element {i} is {}, not a finite number that f32 can hold", values[i]);
        return Err(Error::format(message).about_tensor(name));
    }
    Ok(Tensor::from_vec(values, view.shape(), &Device::Cpu)?)
}
