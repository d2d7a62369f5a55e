//! Numbers to blocks: what [`BlockType::read`] reads.

use half::{bf16, f16};
use rayon::prelude::*;

use super::blocks::BlockType;
use crate::error::{Error, Result};

const BLOCK: usize = 32;

/// Blocks that one task quantises.
const TASK: usize = 1 << 14;

impl BlockType {
    /// Stores `numbers`, rounded to what the type can hold, in parallel.
    ///
    /// # Errors
    /// `Format` where a number is not finite or too large for the type; `InvalidArgument` where they are no whole number
    /// of blocks.
    pub(crate) fn write(self, numbers: &[f32]) -> Result<Vec<u8>> {
        if !numbers.len().is_multiple_of(self.block_len()) {
            return Err(Error::argument(format!("{} numbers are no whole number of {self} blocks", numbers.len())));
        }
        if !numbers.iter().all(|x| x.is_finite()) {
            return Err(Error::format("a number that is not finite cannot be stored"));
        }
        let mut bytes = vec![0; numbers.len() / self.block_len() * self.block_bytes()];
        let parts = bytes.par_chunks_mut(TASK * self.block_bytes());
        let fits = numbers
            .par_chunks(TASK * self.block_len())
            .zip(parts)
            .map(|(numbers, bytes)| {
                let blocks = bytes.chunks_exact_mut(self.block_bytes());
                numbers.chunks_exact(self.block_len()).zip(blocks).all(|(x, b)| self.write_block(x, b))
            })
            .reduce(|| true, |a, b| a & b);
        if fits { Ok(bytes) } else { Err(Error::format(format!("a number is too large to be stored as {self}"))) }
    }

    /// Whether the block could be stored: half floats end at 65504.
    fn write_block(self, x: &[f32], bytes: &mut [u8]) -> bool {
        match self {
            BlockType::F32 => {
                bytes.copy_from_slice(&x[0].to_le_bytes());
                true
            }
            BlockType::F16 => {
                let half = f16::from_f32(x[0]);
                bytes.copy_from_slice(&half.to_le_bytes());
                half.is_finite()
            }
            BlockType::Bf16 => {
                let half = bf16::from_f32(x[0]);
                bytes.copy_from_slice(&half.to_le_bytes());
                half.is_finite()
            }
            BlockType::Q8_0 => {
                let scale = f16::from_f32(largest(x).abs() / 127.0);
                bytes[..2].copy_from_slice(&scale.to_le_bytes());
                let inverse = inverse(scale);
                for (b, x) in bytes[2..].iter_mut().zip(x) {
                    *b = (x * inverse).round().clamp(-127.0, 127.0) as i8 as u8;
                }
                scale.is_finite()
            }
            BlockType::Q4_0 => {
                let Some(scale) = best_scale(x) else { return false };
                bytes[..2].copy_from_slice(&scale.to_le_bytes());
                let inverse = inverse(scale);
                let nibble = |x: f32| (level(x, inverse) + 8.0) as u8;
                for (i, b) in bytes[2..].iter_mut().enumerate() {
                    *b = nibble(x[i]) | nibble(x[i + BLOCK / 2]) << 4;
                }
                true
            }
        }
    }
}

/// The number that is farthest from zero.
fn largest(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m: f32, &x| if x.abs() > m.abs() { x } else { m })
}

fn inverse(scale: f16) -> f32 {
    let scale = scale.to_f32();
    if scale == 0.0 { 0.0 } else { 1.0 / scale }
}

/// The 4-bit level of a number, from -8 to 7.
fn level(x: f32, inverse: f32) -> f32 {
    (x * inverse).round().clamp(-8.0, 7.0)
}

/// The scale with the least squared error: the largest number falls on every level that it can, also between two, and
/// each such scale is refined once by least squares.
///
/// Numbers that were stored in 4 bits before fall on whole levels, so that they come back exactly. `None` where no
/// scale is a finite half float.
fn best_scale(x: &[f32]) -> Option<f16> {
    let peak = largest(x);
    if peak == 0.0 {
        return Some(f16::ZERO);
    }
    let mut best = None;
    let mut least = f32::INFINITY;
    let mut consider = |scale: f16| -> (f32, f32) {
        let (inverse, wide) = (inverse(scale), scale.to_f32());
        let (mut error, mut xl, mut ll) = (0.0, 0.0, 0.0);
        for &x in x {
            let l = level(x, inverse);
            error += (x - wide * l) * (x - wide * l);
            xl += x * l;
            ll += l * l;
        }
        if scale.is_finite() && error < least {
            (best, least) = (Some(scale), error);
        }
        (error, if ll > 0.0 { xl / ll } else { 0.0 })
    };
    let whole = (1..=8).rev().map(|k| k as f32).flat_map(|k| [-k, k]).filter(|k| *k < 8.0);
    let between = (0..10).map(|i| 6.625 + 0.25 * i as f32).flat_map(|k| [-k, k]);
    for k in whole.chain(between) {
        let (error, refined) = consider(f16::from_f32(peak / k));
        if error == 0.0 {
            break;
        }
        consider(f16::from_f32(refined));
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    fn round_trip(t: BlockType, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        assert!(t.read(&t.write(x).unwrap(), &mut out));
        out
    }

    fn error(x: &[f32], y: &[f32]) -> f32 {
        x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum()
    }

    /// What a plain quantiser does: the largest number falls on level -8.
    fn plain(x: &[f32]) -> Vec<f32> {
        let scale = f16::from_f32(largest(x) / -8.0);
        x.iter().map(|x| level(*x, inverse(scale)) * scale.to_f32()).collect()
    }

    proptest! {
        #[test]
        fn numbers_from_4_bits_come_back_exactly(
            scale in -2.0f32..2.0,
            levels in prop::collection::vec(-8i8..8, 64),
        ) {
            let scale = f16::from_f32(scale).to_f32();
            let x: Vec<f32> = levels.iter().map(|l| scale * f32::from(*l)).collect();
            prop_assert_eq!(round_trip(BlockType::Q4_0, &x), x);
        }

        #[test]
        fn the_error_is_within_what_the_type_can_do(x in prop::collection::vec(-3.0f32..3.0, 32)) {
            let peak = largest(&x).abs();
            let q4 = round_trip(BlockType::Q4_0, &x);
            prop_assert!(error(&x, &q4) <= error(&x, &plain(&x)));
            let off = |y: &[f32]| x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
            prop_assert!(off(&round_trip(BlockType::Q8_0, &x)) <= peak / 127.0 * 0.51 + 1e-6);
            prop_assert!(off(&round_trip(BlockType::F16, &x)) <= peak / 2048.0);
            prop_assert!(off(&round_trip(BlockType::Bf16, &x)) <= peak / 256.0);
            prop_assert_eq!(round_trip(BlockType::F32, &x), x);
        }
    }

    #[test]
    fn many_blocks_are_stored_in_their_order() {
        let x: Vec<f32> = (0..BLOCK * TASK * 2 + 64).map(|i| ((i / BLOCK) % 1000) as f32 / 8.0).collect();
        for t in BlockType::ALL {
            let y = round_trip(t, &x);
            assert!(x.iter().zip(&y).all(|(x, y)| (x - y).abs() <= x * 0.005), "{t}");
        }
    }

    #[test]
    fn zeros_and_extremes() {
        for t in BlockType::ALL {
            assert_eq!(round_trip(t, &[0.0; 32]), [0.0; 32]);
            let mut x = [0.0; 32];
            for bad in [f32::NAN, f32::INFINITY] {
                x[5] = bad;
                assert_eq!(t.write(&x).unwrap_err().kind(), ErrorKind::Format);
            }
            x[5] = f32::MAX;
            assert_eq!(t.write(&x).is_ok(), t == BlockType::F32);
            // Smaller than any scale: nothing is left, and nothing breaks.
            x[5] = f32::MIN_POSITIVE;
            assert!(round_trip(t, &x)[5] <= f32::MIN_POSITIVE);
        }
        assert_eq!(BlockType::Q4_0.write(&[0.0; 31]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
