//! How numbers are stored: plain floats, and GGUF's blocks of 32 numbers with one scale.

use std::fmt;
use std::str::FromStr;

use half::{bf16, f16};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How the numbers of a tensor are stored. All little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum BlockType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// The upper half of 32-bit floats.
    Bf16,
    /// 32 numbers in 34 bytes: an `f16` scale, then 32 signed bytes.
    Q8_0,
    /// 32 numbers in 18 bytes: an `f16` scale, then 16 bytes; low nibbles are numbers 0 to 15, high nibbles 16 to 31,
    /// each minus 8.
    Q4_0,
}

/// Numbers in a quantised block.
const BLOCK: usize = 32;

/// Numbers that one task converts: large enough that scheduling costs nothing, a multiple of every block.
const TASK: usize = 1 << 14;

impl BlockType {
    /// All of them.
    pub const ALL: [BlockType; 5] = [BlockType::F32, BlockType::F16, BlockType::Bf16, BlockType::Q8_0, BlockType::Q4_0];

    /// The name in lower case, as in `q4_0`.
    pub fn name(self) -> &'static str {
        match self {
            BlockType::F32 => "f32",
            BlockType::F16 => "f16",
            BlockType::Bf16 => "bf16",
            BlockType::Q8_0 => "q8_0",
            BlockType::Q4_0 => "q4_0",
        }
    }

    /// How many numbers make a block; a row of a tensor is a whole number of blocks.
    pub fn block_len(self) -> usize {
        match self {
            BlockType::F32 | BlockType::F16 | BlockType::Bf16 => 1,
            BlockType::Q8_0 | BlockType::Q4_0 => BLOCK,
        }
    }

    /// How many bytes a block has.
    pub fn block_bytes(self) -> usize {
        match self {
            BlockType::F32 => 4,
            BlockType::F16 | BlockType::Bf16 => 2,
            BlockType::Q8_0 => 2 + BLOCK,
            BlockType::Q4_0 => 2 + BLOCK / 2,
        }
    }

    /// The number that a GGUF file knows the type by.
    pub(crate) fn gguf(self) -> u32 {
        match self {
            BlockType::F32 => 0,
            BlockType::F16 => 1,
            BlockType::Q4_0 => 2,
            BlockType::Q8_0 => 8,
            BlockType::Bf16 => 30,
        }
    }

    /// Bytes of a tensor of this shape; `None` where a row is no whole number of blocks or the size overflows.
    pub(crate) fn bytes_of(self, shape: &[usize]) -> Option<usize> {
        let columns = *shape.last()?;
        if !columns.is_multiple_of(self.block_len()) {
            return None;
        }
        let blocks = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))? / self.block_len();
        blocks.checked_mul(self.block_bytes())
    }

    /// Reads `out.len()` numbers, in parallel where there are many. Says whether all are finite.
    ///
    /// `out` holds whole blocks and `bytes` exactly those blocks: who calls has checked the sizes.
    pub(crate) fn read(self, bytes: &[u8], out: &mut [f32]) -> bool {
        debug_assert_eq!(bytes.len(), out.len() / self.block_len() * self.block_bytes());
        if out.len() <= TASK {
            return self.read_serially(bytes, out);
        }
        let bytes = bytes.par_chunks(TASK / self.block_len() * self.block_bytes());
        // No short cut on the first bad number: the common case has none.
        out.par_chunks_mut(TASK).zip(bytes).map(|(out, b)| self.read_serially(b, out)).reduce(|| true, |a, b| a & b)
    }

    /// [`BlockType::read`] by the calling thread alone.
    pub(crate) fn read_serially(self, bytes: &[u8], out: &mut [f32]) -> bool {
        let blocks = bytes.chunks_exact(self.block_bytes());
        match self {
            BlockType::F32 => out.iter_mut().zip(blocks).for_each(|(x, b)| *x = f32::from_le_bytes(word(b))),
            BlockType::F16 => out.iter_mut().zip(blocks).for_each(|(x, b)| *x = f16::from_le_bytes(word(b)).to_f32()),
            BlockType::Bf16 => out.iter_mut().zip(blocks).for_each(|(x, b)| *x = bf16::from_le_bytes(word(b)).to_f32()),
            BlockType::Q8_0 => {
                for (x, b) in out.chunks_exact_mut(BLOCK).zip(blocks) {
                    let scale = f16::from_le_bytes(word(b)).to_f32();
                    x.iter_mut().zip(&b[2..]).for_each(|(x, &q)| *x = scale * f32::from(q as i8));
                }
            }
            BlockType::Q4_0 => {
                for (x, b) in out.chunks_exact_mut(BLOCK).zip(blocks) {
                    let scale = f16::from_le_bytes(word(b)).to_f32();
                    let (low, high) = x.split_at_mut(BLOCK / 2);
                    for ((l, h), &q) in low.iter_mut().zip(high).zip(&b[2..]) {
                        *l = scale * (f32::from(q & 15) - 8.0);
                        *h = scale * (f32::from(q >> 4) - 8.0);
                    }
                }
            }
        }
        // The exponent is all ones in infinities and what is no number. A maximum vectorises where `all` does not.
        const EXPONENT: u32 = 0x7f80_0000;
        out.iter().fold(0, |max, x| (x.to_bits() & EXPONENT).max(max)) < EXPONENT
    }
}

/// The first bytes of a block.
fn word<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("a block is longer than its first number")
}

impl fmt::Display for BlockType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BlockType {
    type Err = Error;

    fn from_str(name: &str) -> Result<BlockType> {
        let found = BlockType::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let all = BlockType::ALL.map(BlockType::name).join(", ");
            Error::argument(format!("no way to store numbers is called {name:?}; there are {all}"))
        })
    }
}

impl TryFrom<String> for BlockType {
    type Error = Error;

    fn try_from(name: String) -> Result<BlockType> {
        name.parse()
    }
}

impl From<BlockType> for &'static str {
    fn from(t: BlockType) -> &'static str {
        t.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bytes_give_known_numbers() {
        let read = |t: BlockType, bytes: &[u8], n: usize| {
            let mut out = vec![0.0; n];
            assert!(t.read(bytes, &mut out));
            out
        };
        assert_eq!(read(BlockType::F32, &1.5f32.to_le_bytes(), 1), [1.5]);
        assert_eq!(read(BlockType::F16, &[0x00, 0x3e], 1), [1.5]);
        assert_eq!(read(BlockType::Bf16, &[0xc0, 0x3f], 1), [1.5]);
        // Scale 0.5: byte -3 is -1.5; nibbles 1 and 15 are -3.5 (place 0) and 3.5 (place 16).
        let mut q8 = [0u8; 34];
        (q8[..2]).copy_from_slice(&[0x00, 0x38]);
        q8[2 + 31] = -3i8 as u8;
        assert_eq!(read(BlockType::Q8_0, &q8, 32)[31], -1.5);
        let mut q4 = [0x88u8; 18];
        (q4[..3]).copy_from_slice(&[0x00, 0x38, 0xf1]);
        let x = read(BlockType::Q4_0, &q4, 32);
        assert_eq!((x[0], x[16], x[1], x[17]), (-3.5, 3.5, 0.0, 0.0));
    }

    #[test]
    fn numbers_that_are_not_finite_are_noticed_wherever_they_stand() {
        for (at, bad) in [(0, f32::NAN), (2 * TASK - 1, f32::INFINITY), (TASK, f32::NEG_INFINITY)] {
            let mut numbers = vec![1.0f32; 2 * TASK];
            let mut out = vec![0.0; numbers.len()];
            assert!(BlockType::F32.read(bytemuck::cast_slice(&numbers), &mut out));
            numbers[at] = bad;
            assert!(!BlockType::F32.read(bytemuck::cast_slice(&numbers), &mut out));
        }
        // A scale that is infinite.
        let mut q4 = [0x88u8; 18];
        (q4[..2]).copy_from_slice(&f16::INFINITY.to_le_bytes());
        assert!(!BlockType::Q4_0.read(&q4, &mut [0.0; 32]));
    }

    #[test]
    fn sizes_need_whole_blocks_and_do_not_overflow() {
        assert_eq!(BlockType::Q4_0.bytes_of(&[3, 64]), Some(3 * 36));
        assert_eq!(BlockType::Q4_0.bytes_of(&[2, 48]), None);
        assert_eq!(BlockType::F32.bytes_of(&[usize::MAX, 2]), None);
        assert_eq!(BlockType::F32.bytes_of(&[usize::MAX / 2]), None);
        assert_eq!(BlockType::F32.bytes_of(&[]), None);
    }

    #[test]
    fn names_are_read_back() {
        for t in BlockType::ALL {
            assert_eq!(t.to_string().parse::<BlockType>().unwrap(), t);
            assert_eq!(serde_json::from_value::<BlockType>(serde_json::to_value(t).unwrap()).unwrap(), t);
        }
        assert!("q5_0".parse::<BlockType>().is_err());
    }
}
