//! From floats to signed bytes: symmetric, the largest magnitude becomes 127.
//!
//! The same bits on every processor: nothing here is rounded twice or fused.

use super::nibbles::BLOCK;

/// Quantises the row `x` into `out`, filled up with zeros to whole blocks, and writes minus 8 times the sum of each
/// block. Gives what an integer stands for, and minus 128 times the sum of all.
pub(super) type Quantise = unsafe fn(&[f32], &mut [i8], &mut [i32]) -> (f32, i32);

/// Below this a row is nothing but zeros: 127 divided by it would overflow.
const TINY: f32 = 1e-36;

/// Adding it rounds to a whole number, which then stands in the lowest bits: 1.5 · 2²³.
pub(super) const ROUND: f32 = 12_582_912.0;

/// How an instruction set rounds a block.
///
/// To be inlined into a function that has the instructions.
pub(super) trait Round {
    /// Writes `x * inverse`, rounded to whole numbers of at most 127 to either side, and gives their sum.
    unsafe fn block(x: &[f32; BLOCK], inverse: f32, out: &mut [i8; BLOCK]) -> i32;
}

/// As [`Quantise`].
///
/// # Safety
/// The processor has the instructions of `R`.
#[inline(always)]
pub(super) unsafe fn quantise<R: Round>(x: &[f32], out: &mut [i8], block_starts: &mut [i32]) -> (f32, i32) {
    let (scale, inverse) = scales(x);
    if inverse == 0.0 {
        // Also where infinity times 0 would be no number.
        out.fill(0);
        block_starts.fill(0);
        return (scale, 0);
    }
    let mut total = 0;
    let (blocks, rest) = x.as_chunks::<BLOCK>();
    let mut out = out.as_chunks_mut::<BLOCK>().0.iter_mut().zip(block_starts);
    for (x, (out, start)) in blocks.iter().zip(&mut out) {
        // SAFETY: the caller's.
        let sum = unsafe { R::block(x, inverse, out) };
        *start = -8 * sum;
        total += sum;
    }
    if let Some((out, start)) = out.next() {
        let mut x = [0.0; BLOCK];
        x[..rest.len()].copy_from_slice(rest);
        // SAFETY: the caller's.
        let sum = unsafe { R::block(&x, inverse, out) };
        *start = -8 * sum;
        total += sum;
    }
    (scale, -128 * total)
}

/// What an integer stands for, and its inverse; not a number where one of `x` is not finite.
#[inline(always)]
fn scales(x: &[f32]) -> (f32, f32) {
    const INFINITE: u32 = 0x7f80_0000;
    // Bits without the sign are in the order of the magnitudes, and what is no number comes behind infinity.
    let mut most = 0;
    for x in x {
        most = (x.to_bits() & 0x7fff_ffff).max(most);
    }
    let largest = f32::from_bits(most);
    match most {
        INFINITE.. => (f32::NAN, 0.0),
        _ if largest < TINY => (0.0, 0.0),
        _ => (largest / 127.0, 127.0 / largest),
    }
}
