//! Tensors in a safetensors file.

use std::collections::HashSet;
use std::fmt;

use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::blocks::BlockType;
use super::mapped::Bytes;
use super::stored::Stored;
use crate::error::{Error, Result};
use crate::foreign::Foreign;

/// A tensor as the file describes it; not every type of number is one that a model here can hold.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) tensor: std::result::Result<Stored, Dtype>,
}

/// The tensors of a safetensors file, sorted by name.
pub(crate) fn read(file: &Bytes) -> Result<Vec<Entry>> {
    // Checks the header's length, and that the tensors fill the rest of the file without a gap or an overlap.
    let (header, metadata) = SafeTensors::read_metadata(file).map_err(|e| not_safetensors(file, e))?;
    // Of two tensors with one name the parser silently keeps the last.
    serde_json::Deserializer::from_slice(&file[8..8 + header])
        .deserialize_map(UniqueNames)
        .map_err(|e| Error::format(format!("the safetensors header: {e}")))?;
    let mut entries = Vec::new();
    for (name, info) in metadata.tensors() {
        let (begin, end) = info.data_offsets;
        let range = 8 + header + begin..8 + header + end;
        let tensor = match info.dtype {
            Dtype::F32 => Ok(BlockType::F32),
            Dtype::F16 => Ok(BlockType::F16),
            Dtype::BF16 => Ok(BlockType::Bf16),
            other => Err(other),
        };
        let tensor = match tensor {
            // A scalar is stored as one number.
            Ok(dtype) => {
                let shape = if info.shape.is_empty() { vec![1] } else { info.shape.clone() };
                Ok(Stored::new(dtype, shape, file.clone(), range).map_err(|e| e.about_tensor(&name))?)
            }
            Err(other) => Err(other),
        };
        entries.push(Entry { name, tensor });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// What is wrong with `file`, of which the parser says `e`: another kind of file, one that is cut short, or a damaged one.
pub(crate) fn not_safetensors(file: &[u8], e: SafeTensorError) -> Error {
    let otherwise = match promised_length(file).filter(|promised| (file.len() as u64) < *promised) {
        Some(promised) => {
            let message =
                format!("not a safetensors file, or one that is cut short: {} bytes of {promised}", file.len());
            Error::format(format!("{message} or more; download or copy it again"))
        }
        None => Error::format(format!("not a safetensors file, or a damaged one: {e}")),
    };
    Foreign::or(file, "a safetensors file", otherwise).caused_by(e)
}

/// The length that a file must have by its header: by the header's own length where that is cut off too.
fn promised_length(file: &[u8]) -> Option<u64> {
    if Foreign::of(file) != Some(Foreign::Safetensors) {
        return None;
    }
    let length = u64::from_le_bytes(*file.first_chunk()?);
    let begin = 8 + length;
    let Some(header) = file.get(8..usize::try_from(begin).ok()?) else { return Some(begin) };
    let header: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(header).ok()?;
    let ends = header.values().filter_map(|tensor| tensor["data_offsets"][1].as_u64());
    begin.checked_add(ends.max().unwrap_or(0))
}

/// Reads a JSON object's keys and refuses one that comes twice.
struct UniqueNames;

impl<'de> Visitor<'de> for UniqueNames {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            if seen.contains(&name) {
                return Err(serde::de::Error::custom(format!("{name:?} comes twice")));
            }
            seen.insert(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn file(header: &str, data: &[u8]) -> Bytes {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.extend_from_slice(data);
        Bytes::from(file)
    }

    fn two() -> Bytes {
        let header = r#"{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
            "a":{"dtype":"BF16","shape":[2,1],"data_offsets":[8,12]},"__metadata__":{"format":"pt"}}"#;
        file(header, &[0; 12])
    }

    #[test]
    fn tensors_come_sorted_with_type_and_shape() {
        let entries = read(&two()).unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|e| (e.name.as_str(), e.tensor.as_ref().map(|t| (t.dtype(), t.shape().to_vec())).unwrap()))
            .collect();
        assert_eq!(seen, [("a", (BlockType::Bf16, vec![2, 1])), ("b", (BlockType::F32, vec![2]))]);
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let whole = two();
        for length in 0..whole.len() {
            let e = read(&Bytes::from(whole[..length].to_vec())).err().expect("a cut file was taken");
            assert_eq!(e.kind(), ErrorKind::Format, "{length}");
            // From where the header's length and first byte are known, the message says what is missing.
            let told = e.message().contains(&format!("cut short: {length} bytes of"));
            assert_eq!(told, length > 8, "{e}");
        }
    }

    #[test]
    fn a_flipped_bit_never_panics() {
        let whole = two();
        for at in 0..whole.len() * 8 {
            let mut bytes = whole.to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            // Some flips give another legal file; all must come back.
            if let Err(e) = read(&Bytes::from(bytes)) {
                assert_eq!(e.kind(), ErrorKind::Format);
            }
        }
    }

    #[test]
    fn hostile_headers_are_refused() {
        let one = |name: &str, dtype: &str, shape: &str, offsets: &str| {
            format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
        };
        let good = one("a", "F32", "[2]", "[0,8]");
        assert!(read(&file(&format!("{{{good}}}"), &[0; 8])).is_ok());
        for (what, entries, size) in [
            ("out of range", vec![one("a", "F32", "[2]", "[8,16]")], 8),
            ("overlap", vec![good.clone(), one("b", "F32", "[2]", "[4,12]")], 12),
            ("gap", vec![good.clone(), one("b", "F32", "[1]", "[12,16]")], 16),
            ("backwards", vec![one("a", "F32", "[2]", "[8,0]")], 8),
            ("size", vec![one("a", "F32", "[3]", "[0,8]")], 8),
            ("overflow", vec![one("a", "F32", "[4611686018427387904,4]", "[0,8]")], 8),
            ("negative", vec![one("a", "F32", "[-2]", "[0,8]")], 8),
            ("trailing bytes", vec![good.clone()], 9),
            ("same name", vec![good.clone(), good.clone()], 8),
            ("same name, other range", vec![good.clone(), one("a", "F32", "[2]", "[8,16]")], 16),
            ("unknown type", vec![one("a", "F31", "[2]", "[0,8]")], 8),
        ] {
            let header = format!("{{{}}}", entries.join(","));
            let e = read(&file(&header, &vec![0; size])).err().unwrap_or_else(|| panic!("{what} was taken"));
            assert_eq!(e.kind(), ErrorKind::Format, "{what}");
        }
        // A name that is not UTF-8, a header that is longer than the file, one that is nested without end.
        let mut bytes = file(&format!("{{{good}}}"), &[0; 8]).to_vec();
        bytes[10] = 0xff;
        assert!(read(&Bytes::from(bytes)).is_err());
        assert!(read(&Bytes::from(u64::MAX.to_le_bytes().to_vec())).is_err());
        assert!(read(&file(&"[".repeat(100_000), &[])).is_err());
        assert!(read(&file(&"{\"a\":".repeat(100_000), &[])).is_err());
    }

    #[test]
    fn other_types_of_numbers_are_kept_apart() {
        let header = r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#;
        assert!(read(&file(header, &[0; 8])).unwrap()[0].tensor.is_err());
    }
}
