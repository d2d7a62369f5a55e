//! Writes a GGUF file, with a fingerprint over all of it inside.

use super::reader::{ALIGNMENT, MAGIC, VERSION, kind};
use crate::model::blocks::BlockType;
use crate::model::fingerprint;

/// A GGUF file in the making. Keys and tensors come in the order in which they are added.
#[derive(Default)]
pub(super) struct Writer {
    keys: u64,
    metadata: Vec<u8>,
    tensors: Vec<(String, BlockType, Vec<usize>, Vec<u8>)>,
}

impl Writer {
    fn key(&mut self, key: &str, kind: u32) -> &mut Vec<u8> {
        self.keys += 1;
        put_text(&mut self.metadata, key);
        self.metadata.extend_from_slice(&kind.to_le_bytes());
        &mut self.metadata
    }

    fn array(&mut self, key: &str, kind: u32, count: usize) -> &mut Vec<u8> {
        let out = self.key(key, kind::ARRAY);
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&(count as u64).to_le_bytes());
        out
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        put_text(self.key(key, kind::TEXT), text);
    }

    pub(super) fn u32(&mut self, key: &str, number: u32) {
        self.key(key, kind::U32).extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn f32(&mut self, key: &str, number: f32) {
        self.key(key, kind::F32).extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn texts<'a>(&mut self, key: &str, texts: impl ExactSizeIterator<Item = &'a str>) {
        let out = self.array(key, kind::TEXT, texts.len());
        texts.for_each(|text| put_text(out, text));
    }

    pub(super) fn bytes(&mut self, key: &str, bytes: &[u8]) {
        self.array(key, kind::U8, bytes.len()).extend_from_slice(bytes);
    }

    /// An array of floats, in half the bytes where that loses nothing.
    pub(super) fn floats(&mut self, key: &str, numbers: impl ExactSizeIterator<Item = f64> + Clone) {
        if numbers.clone().all(|x| f64::from(x as f32) == x) {
            let out = self.array(key, kind::F32, numbers.len());
            numbers.for_each(|x| out.extend_from_slice(&(x as f32).to_le_bytes()));
        } else {
            let out = self.array(key, kind::F64, numbers.len());
            numbers.for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
        }
    }

    /// A tensor; `bytes` are its numbers as `dtype` stores them.
    pub(super) fn tensor(&mut self, name: String, dtype: BlockType, shape: Vec<usize>, bytes: Vec<u8>) {
        debug_assert_eq!(dtype.bytes_of(&shape), Some(bytes.len()));
        self.tensors.push((name, dtype, shape, bytes));
    }

    /// The file, with its fingerprint as the last text of its metadata.
    pub(super) fn finish(mut self, fingerprint_key: &str) -> Vec<u8> {
        self.text(fingerprint_key, &"0".repeat(64));
        let size: usize = self.tensors.iter().map(|t| t.3.len() + ALIGNMENT).sum();
        let mut out = Vec::with_capacity(self.metadata.len() + 128 * self.tensors.len() + size);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(self.tensors.len() as u64).to_le_bytes());
        out.extend_from_slice(&self.keys.to_le_bytes());
        out.extend_from_slice(&self.metadata);
        let hole = out.len() - 64..out.len();
        let mut offset = 0usize;
        for (name, dtype, shape, bytes) in &self.tensors {
            put_text(&mut out, name);
            out.extend_from_slice(&(shape.len() as u32).to_le_bytes());
            shape.iter().rev().for_each(|d| out.extend_from_slice(&(*d as u64).to_le_bytes()));
            out.extend_from_slice(&dtype.gguf().to_le_bytes());
            out.extend_from_slice(&(offset as u64).to_le_bytes());
            offset += bytes.len().next_multiple_of(ALIGNMENT);
        }
        for (.., bytes) in self.tensors {
            out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
            out.extend_from_slice(&bytes);
        }
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
        let fingerprint = fingerprint::of_bytes(&out, hole.clone());
        out[hole].copy_from_slice(fingerprint.as_bytes());
        out
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}
