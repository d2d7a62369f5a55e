//! The container: key-value metadata and tensors of a GGUF file, version 3. Knows nothing of models.
//!
//! The format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. Nothing is allocated by a count that the
//! file states before the bytes that it counts are known to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::error::{Error, Result};
use crate::foreign::Foreign;
use crate::model::blocks::BlockType;
use crate::model::mapped::Bytes;
use crate::model::stored::Stored;

pub(super) const MAGIC: &[u8; 4] = b"GGUF";
pub(super) const VERSION: u32 = 3;
pub(super) const ALIGNMENT: usize = 32;

/// The numbers by which the format knows the types of values.
pub(super) mod kind {
    pub(crate) const U8: u32 = 0;
    pub(crate) const I8: u32 = 1;
    pub(crate) const U16: u32 = 2;
    pub(crate) const I16: u32 = 3;
    pub(crate) const U32: u32 = 4;
    pub(crate) const I32: u32 = 5;
    pub(crate) const F32: u32 = 6;
    pub(crate) const BOOL: u32 = 7;
    pub(crate) const TEXT: u32 = 8;
    pub(crate) const ARRAY: u32 = 9;
    pub(crate) const U64: u32 = 10;
    pub(crate) const I64: u32 = 11;
    pub(crate) const F64: u32 = 12;
}

/// A value: its type and where its bytes lie (for a text and an array: after the length).
#[derive(Debug)]
struct Value {
    kind: u32,
    /// Of an array: the type and the number of its elements.
    elements: Option<(u32, usize)>,
    range: Range<usize>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    kind: u32,
    shape: Vec<usize>,
    offset: u64,
}

/// A GGUF file whose header has been read.
pub(in crate::model) struct Gguf {
    file: Bytes,
    metadata: BTreeMap<String, Value>,
    entries: Vec<Entry>,
    /// The first byte after the header.
    end: usize,
}

impl Gguf {
    /// Reads the header and checks that it is well formed. Where the tensors lie is checked by [`Gguf::tensors`].
    pub(super) fn parse(file: Bytes) -> Result<Gguf> {
        let mut cursor = Cursor { bytes: &file, at: 0 };
        if cursor.take(4).ok() != Some(MAGIC) {
            let message =
                "not a GGUF file (a model is a GGUF file that `primer import` wrote, or a Hugging Face folder)";
            return Err(Foreign::or(&file, "a GGUF file", Error::format(message)));
        }
        let version = cursor.u32()?;
        if (1..=VERSION).any(|v| v.swap_bytes() == version) {
            return Err(Error::format(format!(
                "not GGUF version {VERSION} in little-endian byte order, but a big-endian file: make one of the model's \
                Hugging Face folder with `primer import`, or turn it round with llama.cpp's gguf_convert_endian.py"
            )));
        }
        if version != VERSION {
            let message = format!("not GGUF version {VERSION} but {version}: make one with `primer import`");
            return Err(Error::format(message));
        }
        let (tensors, values) = (cursor.u64()?, cursor.u64()?);
        let mut metadata = BTreeMap::new();
        for _ in 0..values {
            let at = cursor.at;
            let key = cursor.name()?;
            let value = cursor.value()?;
            if metadata.contains_key(&key) {
                return Err(Error::format(format!("the key {key:?} comes twice")).at_byte(at as u64));
            }
            metadata.insert(key, value);
        }
        let mut entries = Vec::new();
        for _ in 0..tensors {
            entries.push(cursor.entry()?);
        }
        let end = cursor.at;
        Ok(Gguf { file, metadata, entries, end })
    }

    /// The tensors, by name: within the file, aligned, without an overlap, and with nothing after the last.
    pub(super) fn tensors(&self) -> Result<Vec<(String, Stored)>> {
        let alignment = match self.metadata.contains_key("general.alignment") {
            false => ALIGNMENT,
            true => self.size("general.alignment", 1 << 16)?,
        };
        if !alignment.is_power_of_two() || alignment < 8 {
            return Err(Error::format(format!("tensors cannot be aligned to {alignment} bytes")));
        }
        let begin = self.end.next_multiple_of(alignment);
        let mut names = BTreeSet::new();
        let mut tensors = Vec::new();
        for entry in &self.entries {
            let about = |e: Error| e.about_tensor(&entry.name);
            if !names.insert(&entry.name) {
                return Err(about(Error::format("the file holds a tensor twice")));
            }
            let dtype = BlockType::ALL.into_iter().find(|t| t.gguf() == entry.kind).ok_or_else(|| {
                about(Error::unsupported(format!("numbers stored as type {} are not read", entry.kind)))
            })?;
            let range = dtype.bytes_of(&entry.shape).and_then(|size| {
                let from = usize::try_from(entry.offset).ok()?.checked_add(begin)?;
                Some(from..from.checked_add(size)?)
            });
            let range = range.filter(|r| r.start.is_multiple_of(alignment)).ok_or_else(|| {
                about(Error::format(format!("{:?} numbers as {dtype} do not fit there", entry.shape)))
            })?;
            let tensor = Stored::new(dtype, entry.shape.clone(), self.file.clone(), range.clone()).map_err(about)?;
            tensors.push((range, entry.name.clone(), tensor));
        }
        tensors.sort_by_key(|(range, ..)| (range.start, range.end));
        let mut free = self.end;
        for (range, name, _) in &tensors {
            if range.start < free {
                return Err(Error::format("the tensor lies over another").about_tensor(name));
            }
            free = range.end;
        }
        if self.file.len() > free.next_multiple_of(alignment) {
            return Err(Error::format("the file goes on after its last tensor").at_byte(free as u64));
        }
        Ok(tensors.into_iter().map(|(_, name, tensor)| (name, tensor)).collect())
    }

    pub(in crate::model) fn file(&self) -> &Bytes {
        &self.file
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.metadata.keys().map(String::as_str)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.metadata.contains_key(key)
    }

    /// Where the bytes of a text lie.
    pub(super) fn text_range(&self, key: &str) -> Result<Range<usize>> {
        let value = self.value(key)?;
        if value.kind != kind::TEXT {
            return Err(wrong(key, "a text"));
        }
        Ok(value.range.clone())
    }

    pub(super) fn text(&self, key: &str) -> Result<&str> {
        let range = self.text_range(key)?;
        std::str::from_utf8(&self.file[range.clone()]).map_err(|e| not_utf8(range.start + e.valid_up_to()))
    }

    /// A whole number of any type, from 0 to `limit`.
    pub(super) fn size(&self, key: &str, limit: usize) -> Result<usize> {
        let value = self.value(key)?;
        let bytes = &self.file[value.range.clone()];
        let number = match value.kind {
            kind::U8 | kind::U16 | kind::U32 | kind::U64 => {
                let mut wide = [0; 8];
                wide[..bytes.len()].copy_from_slice(bytes);
                u64::from_le_bytes(wide)
            }
            kind::I32 => u64::try_from(i32::from_le_bytes(fixed(bytes))).map_err(|_| wrong(key, "a size"))?,
            kind::I64 => u64::try_from(i64::from_le_bytes(fixed(bytes))).map_err(|_| wrong(key, "a size"))?,
            _ => return Err(wrong(key, "a size")),
        };
        let number = usize::try_from(number).ok().filter(|n| *n <= limit);
        number.ok_or_else(|| Error::format(format!("{key} is more than {limit}")))
    }

    pub(super) fn f32(&self, key: &str) -> Result<f32> {
        let value = self.value(key)?;
        match value.kind {
            kind::F32 => Ok(f32::from_le_bytes(fixed(&self.file[value.range.clone()]))),
            _ => Err(wrong(key, "a float")),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>> {
        let (range, count) = self.array(key, &[kind::TEXT], "an array of texts").map(|(r, c, _)| (r, c))?;
        let mut cursor = Cursor { bytes: &self.file[..range.end], at: range.start };
        (0..count).map(|_| cursor.text()).collect()
    }

    /// An array of floats of either width.
    pub(super) fn floats(&self, key: &str) -> Result<Vec<f64>> {
        let (range, _, element) = self.array(key, &[kind::F32, kind::F64], "an array of floats")?;
        let bytes = &self.file[range];
        Ok(match element {
            kind::F32 => bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(fixed(b)))).collect(),
            _ => bytes.chunks_exact(8).map(|b| f64::from_le_bytes(fixed(b))).collect(),
        })
    }

    /// Where the elements of an array of bytes lie.
    pub(super) fn bytes_range(&self, key: &str) -> Result<Range<usize>> {
        Ok(self.array(key, &[kind::U8], "an array of bytes")?.0)
    }

    fn array(&self, key: &str, kinds: &[u32], what: &str) -> Result<(Range<usize>, usize, u32)> {
        let value = self.value(key)?;
        match value.elements {
            Some((element, count)) if kinds.contains(&element) => Ok((value.range.clone(), count, element)),
            _ => Err(wrong(key, what)),
        }
    }

    fn value(&self, key: &str) -> Result<&Value> {
        self.metadata.get(key).ok_or_else(|| Error::format(format!("the file lacks the key {key:?}")))
    }
}

fn wrong(key: &str, what: &str) -> Error {
    Error::format(format!("{key} is not {what}"))
}

fn not_utf8(at: usize) -> Error {
    Error::format("a text is not UTF-8").at_byte(at as u64)
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("the value has the size of its type")
}

/// Reads forward through bytes that may end anywhere.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let taken = self.at.checked_add(n).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| Error::format("the file ends early").at_byte(self.bytes.len() as u64))?;
        self.at += n;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32> {
        self.take(4).map(|b| u32::from_le_bytes(fixed(b)))
    }

    fn u64(&mut self) -> Result<u64> {
        self.take(8).map(|b| u64::from_le_bytes(fixed(b)))
    }

    /// A count of things that take at least `least` bytes each, all still to come.
    fn count(&mut self, least: usize) -> Result<usize> {
        let (at, count) = (self.at, self.u64()?);
        let room = (self.bytes.len() - self.at) / least;
        usize::try_from(count).ok().filter(|n| *n <= room).ok_or_else(|| {
            Error::format(format!("{count} things are announced where there is room for {room}")).at_byte(at as u64)
        })
    }

    fn text(&mut self) -> Result<String> {
        let length = self.count(1)?;
        let at = self.at;
        let text = std::str::from_utf8(self.take(length)?).map_err(|e| not_utf8(at + e.valid_up_to()))?;
        Ok(text.to_owned())
    }

    /// A key or a tensor's name: a short text.
    fn name(&mut self) -> Result<String> {
        let at = self.at;
        let name = self.text()?;
        if name.is_empty() || name.len() > 1024 {
            return Err(Error::format(format!("a name of {} bytes", name.len())).at_byte(at as u64));
        }
        Ok(name)
    }

    fn value(&mut self) -> Result<Value> {
        let kind = self.u32()?;
        let (elements, begin) = match kind {
            kind::TEXT => {
                let length = self.count(1)?;
                let begin = self.at;
                self.take(length)?;
                (None, begin)
            }
            kind::ARRAY => {
                let element = self.u32()?;
                let count = self.count(if element == kind::TEXT { 8 } else { size_of_kind(element, self.at)? })?;
                let begin = self.at;
                if element == kind::TEXT {
                    for _ in 0..count {
                        let length = self.count(1)?;
                        self.take(length)?;
                    }
                } else {
                    // No overflow: the count is one that there is room for.
                    self.take(count * size_of_kind(element, self.at)?)?;
                }
                (Some((element, count)), begin)
            }
            _ => {
                let begin = self.at;
                self.take(size_of_kind(kind, self.at)?)?;
                (None, begin)
            }
        };
        Ok(Value { kind, elements, range: begin..self.at })
    }

    fn entry(&mut self) -> Result<Entry> {
        let name = self.name()?;
        let dimensions = self.u32()?;
        if !(1..=4).contains(&dimensions) {
            return Err(Error::format(format!("{dimensions} dimensions")).about_tensor(name));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            let size = usize::try_from(self.u64()?).ok().filter(|n| *n > 0);
            shape.push(size.ok_or_else(|| Error::format("a dimension of no or absurd size").about_tensor(&name))?);
        }
        // The format lists the contiguous dimension first.
        shape.reverse();
        Ok(Entry { name, shape, kind: self.u32()?, offset: self.u64()? })
    }
}

fn size_of_kind(kind: u32, at: usize) -> Result<usize> {
    match kind {
        kind::U8 | kind::I8 | kind::BOOL => Ok(1),
        kind::U16 | kind::I16 => Ok(2),
        kind::U32 | kind::I32 | kind::F32 => Ok(4),
        kind::U64 | kind::I64 | kind::F64 => Ok(8),
        other => Err(Error::format(format!("a value of type {other}")).at_byte(at as u64)),
    }
}
