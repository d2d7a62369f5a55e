//! SentencePiece's precompiled normalisation (NFKC with changes), read from a tokenizer's `precompiled_charsmap`.
//!
//! Layout: the trie's length in bytes as a little-endian u32, the trie as a Darts double array of u32 units, then the
//! replacements, each ended by a NUL; a trie value is a byte position among the replacements. The walk is that of the
//! `spm_precompiled` crate, with every index checked: the file is hostile until proven otherwise.

use unicode_segmentation::UnicodeSegmentation;

use crate::error::{Error, Result};

pub(super) struct Charsmap {
    units: Vec<u32>,
    replacements: String,
    /// ASCII characters that stand for themselves; a word of these alone needs no work.
    plain: [bool; 128],
}

impl Charsmap {
    /// Reads the map from its base64 text.
    pub(super) fn from_base64(text: &str) -> Result<Charsmap> {
        let bytes = decode_base64(text).ok_or_else(|| Error::format("precompiled_charsmap is not base64"))?;
        let short = || Error::format("precompiled_charsmap is shorter than it says");
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
        let (units, replacements) =
            rest.split_at_checked(u32::from_le_bytes(*length) as usize / 4 * 4).ok_or_else(short)?;
        let units = units.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        let replacements = String::from_utf8(replacements.to_vec())
            .map_err(|_| Error::format("precompiled_charsmap holds replacements that are not UTF-8"))?;
        let mut map = Charsmap { units, replacements, plain: [false; 128] };
        // A line feed can be a part of a grapheme with the carriage return before it.
        let itself = |c: u8| c != b'\r' && c != b'\n' && map.replacement(&(c as char).to_string()).is_none();
        map.plain = std::array::from_fn(|c| itself(c as u8));
        Ok(map)
    }

    /// `text` with its replacements made, or `None` where it stays as it is; at most `limit` bytes and a replacement more.
    pub(super) fn apply(&self, text: &str, limit: usize) -> Option<String> {
        if text.bytes().all(|b| b < 128 && self.plain[b as usize]) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        for grapheme in text.graphemes(true) {
            if out.len() > limit {
                break;
            }
            // Only short graphemes are looked up whole: this is how the maps are applied everywhere.
            if grapheme.len() < 6
                && let Some(replacement) = self.replacement(grapheme)
            {
                out.push_str(replacement);
                continue;
            }
            for c in grapheme.chars() {
                match self.replacement(c.encode_utf8(&mut [0; 4])) {
                    Some(replacement) => out.push_str(replacement),
                    None => out.push(c),
                }
            }
        }
        (out != text).then_some(out)
    }

    /// What stands for the shortest prefix of `key` that the trie knows.
    fn replacement(&self, key: &str) -> Option<&str> {
        let mut at = 0;
        at ^= offset(*self.units.get(at)?);
        for &byte in key.as_bytes() {
            at ^= byte as usize;
            let unit = *self.units.get(at)?;
            if byte == 0 || unit & (1 << 31 | 0xFF) != byte as u32 {
                return None;
            }
            at ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                let start = (self.units.get(at)? & !(1 << 31)) as usize;
                let rest = self.replacements.get(start..)?;
                return Some(&rest[..rest.find('\0').unwrap_or(rest.len())]);
            }
        }
        None
    }
}

fn offset(unit: u32) -> usize {
    (unit as usize >> 10) << ((unit & 1 << 9) >> 6)
}

/// Standard alphabet with padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let body = text.strip_suffix("==").or(text.strip_suffix('=')).unwrap_or(text).as_bytes();
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for chunk in body.chunks(4) {
        let bits = chunk.iter().try_fold(0u32, |bits, &c| Some(bits << 6 | digit(c)? as u32))?;
        let bits = bits << (6 * (4 - chunk.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Encodes as `decode_base64` reads.
    pub(in crate::text) fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let chunk = |c: &[u8]| {
            let bits = c.iter().fold(0u32, |bits, &b| bits << 8 | b as u32) << (8 * (3 - c.len()));
            let digit =
                |i: usize| if i <= c.len() { DIGITS[(bits >> (18 - 6 * i) & 63) as usize] as char } else { '=' };
            (0..4).map(digit).collect::<String>()
        };
        bytes.chunks(3).map(chunk).collect()
    }

    /// A map with the two rules "Ａ" -> "A" and "é" -> "e!", its double array laid out by hand.
    pub(in crate::text) fn small_charsmap() -> String {
        // Offsets are multiples of 256 here (bit 9 set shifts them by eight), a block of 256 units a node.
        let node = |block: u32, label: u32, leaf: bool| block << 10 | 1 << 9 | (leaf as u32) << 8 | label;
        let mut units = vec![0u32; 256 * 7];
        units[0] = node(1, 0, false);
        // "Ａ" is EF BC A1, "é" is C3 A9.
        units[256 ^ 0xEF] = node(1 ^ 2, 0xEF, false);
        units[512 ^ 0xBC] = 0;
        let mut at = 256 ^ 0xEF;
        at ^= (1 ^ 2) << 8;
        units[at ^ 0xBC] = node(2 ^ 3, 0xBC, false);
        at ^= 0xBC;
        at ^= (2 ^ 3) << 8;
        units[at ^ 0xA1] = node(3 ^ 4, 0xA1, true);
        at ^= 0xA1;
        at ^= (3 ^ 4) << 8;
        units[at] = 1 << 31;
        units[256 ^ 0xC3] = node(1 ^ 5, 0xC3, false);
        let mut at = 256 ^ 0xC3;
        at ^= (1 ^ 5) << 8;
        units[at ^ 0xA9] = node(5 ^ 6, 0xA9, true);
        at ^= 0xA9;
        at ^= (5 ^ 6) << 8;
        units[at] = 2 | 1 << 31;
        let mut bytes = (units.len() as u32 * 4).to_le_bytes().to_vec();
        bytes.extend(units.iter().flat_map(|u| u.to_le_bytes()));
        bytes.extend(b"A\0e!\0");
        base64(&bytes)
    }

    #[test]
    fn replaces_what_the_map_names() {
        let map = Charsmap::from_base64(&small_charsmap()).unwrap();
        assert_eq!(map.apply("xＡéy", 99).as_deref(), Some("xAe!y"));
        assert_eq!(map.apply("plain", 99), None);
        assert_eq!(map.apply("ü\r\n\0", 99), None);
        assert_eq!(map.apply(&"é".repeat(100), 10).unwrap().len(), 12);
    }

    proptest! {
        #[test]
        fn damaged_maps_never_panic(damage in prop::collection::vec((0usize..7200, any::<u8>()), 1..40), text: String) {
            let mut bytes = decode_base64(&small_charsmap()).unwrap();
            for (at, value) in damage {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            if let Ok(map) = Charsmap::from_base64(&base64(&bytes)) {
                map.apply(&(text + "Ａé\u{f}"), 4096);
            }
        }

        #[test]
        fn base64_round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(decode_base64(&base64(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn what_is_no_map_is_an_error() {
        for text in ["", "AAA", "A===", "????", "/////w==", "AAAAAP8="] {
            assert!(Charsmap::from_base64(text).is_err(), "{text}");
        }
    }
}
