//! Positions of one text in bytes, UTF-16 code units and code points.

/// A checkpoint every so many bytes.
const BLOCK: usize = 128;

/// Translates positions of one text between bytes (Rust, C, Go), UTF-16 code units (JavaScript, Java, Swift's NSString) and
/// code points (Python).
///
/// Built in one pass, with 16 bytes of memory for every 128 of text and none for ASCII. A query scans at most 128 bytes.
#[derive(Debug, Clone)]
pub struct Offsets<'a> {
    text: &'a str,
    /// What starts before each multiple of `BLOCK`; empty where the text is ASCII.
    checkpoints: Vec<Counts>,
    total: Counts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    chars: usize,
    utf16: usize,
}

impl Counts {
    fn add(&mut self, byte: u8) {
        let starts = !is_continuation(byte) as usize;
        self.chars += starts;
        // Characters of four bytes are the ones of two units.
        self.utf16 += starts + (byte >= 0xF0) as usize;
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

impl<'a> Offsets<'a> {
    /// Reads `text` once.
    pub fn new(text: &'a str) -> Offsets<'a> {
        if text.is_ascii() {
            return Offsets { text, checkpoints: Vec::new(), total: Counts { chars: text.len(), utf16: text.len() } };
        }
        let mut checkpoints = Vec::with_capacity(text.len().div_ceil(BLOCK));
        let mut total = Counts::default();
        for block in text.as_bytes().chunks(BLOCK) {
            checkpoints.push(total);
            block.iter().for_each(|&byte| total.add(byte));
        }
        Offsets { text, checkpoints, total }
    }

    /// The UTF-16 position of a byte position; `None` inside a code point or past the end.
    pub fn utf16(&self, byte: usize) -> Option<usize> {
        self.at(byte).map(|counts| counts.utf16)
    }

    /// The code-point position of a byte position; `None` inside a code point or past the end.
    pub fn chars(&self, byte: usize) -> Option<usize> {
        self.at(byte).map(|counts| counts.chars)
    }

    /// The byte position of a UTF-16 position; `None` between two surrogates or past the end.
    pub fn byte_of_utf16(&self, units: usize) -> Option<usize> {
        self.find(units, |counts| counts.utf16)
    }

    /// The byte position of a code-point position; `None` past the end.
    pub fn byte_of_char(&self, chars: usize) -> Option<usize> {
        self.find(chars, |counts| counts.chars)
    }

    fn at(&self, byte: usize) -> Option<Counts> {
        if !self.text.is_char_boundary(byte) {
            return None;
        }
        if byte == self.text.len() {
            return Some(self.total);
        }
        let Some(&checkpoint) = self.checkpoints.get(byte / BLOCK) else {
            return Some(Counts { chars: byte, utf16: byte });
        };
        let mut counts = checkpoint;
        self.text.as_bytes()[byte / BLOCK * BLOCK..byte].iter().for_each(|&b| counts.add(b));
        Some(counts)
    }

    fn find(&self, position: usize, count: impl Fn(&Counts) -> usize) -> Option<usize> {
        if position >= count(&self.total) {
            return (position == count(&self.total)).then_some(self.text.len());
        }
        let after = self.checkpoints.partition_point(|c| count(c) <= position);
        let Some(block) = after.checked_sub(1) else { return Some(position) };
        let mut counts = self.checkpoints[block];
        let bytes = self.text.as_bytes();
        for (at, &byte) in bytes.iter().enumerate().skip(block * BLOCK) {
            if !is_continuation(byte) && count(&counts) >= position {
                return (count(&counts) == position).then_some(at);
            }
            counts.add(byte);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_counting(text in "([a-z]{0,40}|[é漢]{0,9}|[😀👍]{0,9}){0,20}") {
            let offsets = Offsets::new(&text);
            for byte in 0..text.len() + 3 {
                let before = text.get(..byte);
                prop_assert_eq!(offsets.chars(byte), before.map(|t| t.chars().count()));
                prop_assert_eq!(offsets.utf16(byte), before.map(|t| t.encode_utf16().count()));
            }
            let positions = |width: fn(char) -> usize| {
                let mut positions = vec![];
                for (byte, c) in text.char_indices() {
                    positions.push(Some(byte));
                    positions.extend(vec![None; width(c) - 1]);
                }
                positions.extend([Some(text.len()), None, None]);
                positions
            };
            for (position, byte) in positions(|_| 1).into_iter().enumerate() {
                prop_assert_eq!(offsets.byte_of_char(position), byte);
            }
            for (position, byte) in positions(char::len_utf16).into_iter().enumerate() {
                prop_assert_eq!(offsets.byte_of_utf16(position), byte);
            }
        }
    }

    #[test]
    fn extreme_positions_are_none() {
        for text in ["", "abc", "é"] {
            let offsets = Offsets::new(text);
            assert_eq!(offsets.chars(usize::MAX), None);
            assert_eq!(offsets.byte_of_utf16(usize::MAX), None);
            assert_eq!(offsets.byte_of_char(0), Some(0));
        }
    }
}
