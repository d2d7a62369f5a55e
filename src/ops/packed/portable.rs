//! For any processor: arrays that the compiler may turn into vectors.

// Every function here is its caller's promise, passed on as it is.
#![allow(unsafe_op_in_unsafe_fn)]

use half::f16;

use super::nibbles::{self, BLOCK, Nibbles};
use super::quantise::{self, ROUND, Round};
use super::tile::{Dot, Span, run};

const LANES: usize = 8;

/// Floats.
struct F32;

impl Dot for F32 {
    type Word = f32;
    type Sums = [f32; LANES];
    type Weights = [f32; LANES];
    type Input = f32;

    const LANES: usize = LANES;
    const BYTES: usize = 4 * LANES;
    const VECTORS: usize = 1;
    const HEIGHT: usize = 4;
    const FUSED: bool = false;

    #[inline(always)]
    unsafe fn start(_: i32) -> [f32; LANES] {
        [0.0; LANES]
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> [f32; LANES] {
        at.cast::<[f32; LANES]>().read_unaligned()
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> f32 {
        at.cast::<f32>().read_unaligned()
    }

    #[inline(always)]
    unsafe fn dot(mut sums: [f32; LANES], weights: [f32; LANES], input: f32) -> [f32; LANES] {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += weight * input;
        }
        sums
    }

    #[inline(always)]
    unsafe fn store(sums: [f32; LANES], to: *mut f32) {
        to.cast::<[f32; LANES]>().write_unaligned(sums)
    }
}

/// 8-bit integers.
struct Int8;

impl Dot for Int8 {
    type Word = i32;
    type Sums = [i32; LANES];
    type Weights = [[i8; 4]; LANES];
    type Input = [i8; 4];

    const LANES: usize = LANES;
    const BYTES: usize = 4 * LANES;
    const VECTORS: usize = 1;
    const HEIGHT: usize = 4;
    const FUSED: bool = false;

    #[inline(always)]
    unsafe fn start(at: i32) -> [i32; LANES] {
        [at; LANES]
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> [[i8; 4]; LANES] {
        at.cast::<[[i8; 4]; LANES]>().read_unaligned()
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> [i8; 4] {
        at.cast::<[i8; 4]>().read_unaligned()
    }

    #[inline(always)]
    unsafe fn dot(mut sums: [i32; LANES], weights: [[i8; 4]; LANES], input: [i8; 4]) -> [i32; LANES] {
        for (sum, weights) in sums.iter_mut().zip(&weights) {
            for (weight, input) in weights.iter().zip(&input) {
                *sum = sum.wrapping_add(i32::from(*weight) * i32::from(*input));
            }
        }
        sums
    }

    #[inline(always)]
    unsafe fn store(sums: [i32; LANES], to: *mut i32) {
        to.cast::<[i32; LANES]>().write_unaligned(sums)
    }
}

impl Round for Int8 {
    #[inline(always)]
    unsafe fn block(x: &[f32; BLOCK], inverse: f32, out: &mut [i8; BLOCK]) -> i32 {
        let mut sum = 0;
        for (x, out) in x.iter().zip(out) {
            let q = (x * inverse + ROUND).to_bits().wrapping_sub(ROUND.to_bits()) as i32;
            *out = q as i8;
            sum += q;
        }
        sum
    }
}

/// 4-bit weights.
struct Int4;

impl Nibbles for Int4 {
    type Ints = [i32; LANES];
    type Sums = [f32; LANES];
    type Weights = [[i8; 4]; LANES];
    type Input = [i8; 4];
    type Scales = [f32; LANES];

    const LANES: usize = LANES;
    const HEIGHT: usize = 4;
    const FUSED: bool = false;

    #[inline(always)]
    unsafe fn start(at: i32) -> [i32; LANES] {
        [at; LANES]
    }

    #[inline(always)]
    unsafe fn zero() -> [f32; LANES] {
        [0.0; LANES]
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> ([[i8; 4]; LANES], [[i8; 4]; LANES]) {
        let mut low = at.cast::<[[i8; 4]; LANES]>().read_unaligned();
        let mut high = low;
        for (low, high) in low.as_flattened_mut().iter_mut().zip(high.as_flattened_mut()) {
            (*low, *high) = (*low & 15, (*high >> 4) & 15);
        }
        (low, high)
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> [i8; 4] {
        at.cast::<[i8; 4]>().read_unaligned()
    }

    #[inline(always)]
    unsafe fn dot(ints: [i32; LANES], weights: [[i8; 4]; LANES], input: [i8; 4]) -> [i32; LANES] {
        <Int8 as Dot>::dot(ints, weights, input)
    }

    #[inline(always)]
    unsafe fn scales(at: *const u8) -> [f32; LANES] {
        let bytes = at.cast::<[[u8; 2]; LANES]>().read_unaligned();
        let mut scales = [0.0; LANES];
        for (scale, bytes) in scales.iter_mut().zip(bytes) {
            *scale = f16::from_le_bytes(bytes).to_f32();
        }
        scales
    }

    #[inline(always)]
    unsafe fn add(mut sums: [f32; LANES], ints: [i32; LANES], _: i32, scales: [f32; LANES]) -> [f32; LANES] {
        for j in 0..LANES {
            sums[j] += ints[j] as f32 * scales[j];
        }
        sums
    }

    #[inline(always)]
    unsafe fn store(sums: [f32; LANES], to: *mut f32) {
        to.cast::<[f32; LANES]>().write_unaligned(sums)
    }
}

/// # Safety
/// As [`run`].
pub(super) unsafe fn f32(span: &Span) {
    run::<F32>(span)
}

/// # Safety
/// As [`run`].
pub(super) unsafe fn int8(span: &Span) {
    run::<Int8>(span)
}

/// # Safety
/// As [`run`].
pub(super) unsafe fn int4(span: &Span) {
    nibbles::run::<Int4>(span)
}

/// # Safety
/// As [`quantise::quantise`].
pub(super) unsafe fn quantise(x: &[f32], out: &mut [i8], block_starts: &mut [i32]) -> (f32, i32) {
    quantise::quantise::<Int8>(x, out, block_starts)
}
