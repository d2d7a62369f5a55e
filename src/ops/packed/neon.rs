//! NEON: floats, and 8-bit integers with or without the instructions for dot products (`dotprod`).

// Every function here is its caller's promise, passed on as it is.
#![allow(unsafe_op_in_unsafe_fn)]

use std::arch::aarch64::*;
use std::arch::asm;

use super::nibbles::{self, Nibbles};
use super::tile::{Dot, Span, run};

/// Floats.
struct F32;

impl Dot for F32 {
    type Word = f32;
    type Sums = float32x4_t;
    type Weights = float32x4_t;
    type Input = float32x4_t;

    const LANES: usize = 4;
    const BYTES: usize = 16;
    const VECTORS: usize = 4;
    const HEIGHT: usize = 6;

    #[inline(always)]
    unsafe fn start(_: i32) -> float32x4_t {
        vdupq_n_f32(0.0)
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> float32x4_t {
        vld1q_f32(at.cast())
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> float32x4_t {
        vdupq_n_f32(at.cast::<f32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(sums: float32x4_t, weights: float32x4_t, input: float32x4_t) -> float32x4_t {
        vfmaq_f32(sums, weights, input)
    }

    #[inline(always)]
    unsafe fn store(sums: float32x4_t, to: *mut f32) {
        vst1q_f32(to, sums)
    }
}

/// Four 8-bit products into each of four sums.
trait Four {
    unsafe fn four(sums: int32x4_t, weights: int8x16_t, input: int8x16_t) -> int32x4_t;
}

/// By `sdot`, for which Rust has no stable function yet.
struct Dotprod;

impl Four for Dotprod {
    #[inline(always)]
    unsafe fn four(mut sums: int32x4_t, weights: int8x16_t, input: int8x16_t) -> int32x4_t {
        asm!(
            ".arch_extension dotprod",
            "sdot {sums:v}.4s, {weights:v}.16b, {input:v}.16b",
            sums = inout(vreg) sums,
            weights = in(vreg) weights,
            input = in(vreg) input,
            options(pure, nomem, nostack, preserves_flags),
        );
        sums
    }
}

/// By products of 16 bits: two of at most 127 · 127 fit one.
struct Widening;

impl Four for Widening {
    #[inline(always)]
    unsafe fn four(sums: int32x4_t, weights: int8x16_t, input: int8x16_t) -> int32x4_t {
        let low = vmull_s8(vget_low_s8(weights), vget_low_s8(input));
        vpadalq_s16(sums, vpaddq_s16(low, vmull_high_s8(weights, input)))
    }
}

/// 8-bit integers.
struct Int8<F>(F);

impl<F: Four> Dot for Int8<F> {
    type Word = i32;
    type Sums = int32x4_t;
    type Weights = int8x16_t;
    type Input = int8x16_t;

    const LANES: usize = 4;
    const BYTES: usize = 16;
    const VECTORS: usize = 4;
    const HEIGHT: usize = 6;

    #[inline(always)]
    unsafe fn start(at: i32) -> int32x4_t {
        vdupq_n_s32(at)
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> int8x16_t {
        vld1q_s8(at.cast())
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> int8x16_t {
        vreinterpretq_s8_s32(vdupq_n_s32(at.cast::<i32>().read_unaligned()))
    }

    #[inline(always)]
    unsafe fn dot(sums: int32x4_t, weights: int8x16_t, input: int8x16_t) -> int32x4_t {
        F::four(sums, weights, input)
    }

    #[inline(always)]
    unsafe fn store(sums: int32x4_t, to: *mut i32) {
        vst1q_s32(to, sums)
    }
}

/// 4-bit weights by dot products.
struct Int4Dot;

impl Nibbles for Int4Dot {
    type Ints = [int32x4_t; 2];
    type Sums = [float32x4_t; 2];
    type Weights = [int8x16_t; 2];
    type Input = int8x16_t;
    type Scales = [float32x4_t; 2];

    const LANES: usize = 8;
    const HEIGHT: usize = 6;

    #[inline(always)]
    unsafe fn start(at: i32) -> [int32x4_t; 2] {
        [vdupq_n_s32(at); 2]
    }

    #[inline(always)]
    unsafe fn zero() -> [float32x4_t; 2] {
        [vdupq_n_f32(0.0); 2]
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> ([int8x16_t; 2], [int8x16_t; 2]) {
        unpack(at)
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> int8x16_t {
        vreinterpretq_s8_s32(vdupq_n_s32(at.cast::<i32>().read_unaligned()))
    }

    #[inline(always)]
    unsafe fn dot(ints: [int32x4_t; 2], weights: [int8x16_t; 2], input: int8x16_t) -> [int32x4_t; 2] {
        [Dotprod::four(ints[0], weights[0], input), Dotprod::four(ints[1], weights[1], input)]
    }

    #[inline(always)]
    unsafe fn scales(at: *const u8) -> [float32x4_t; 2] {
        halves(at)
    }

    #[inline(always)]
    unsafe fn add(sums: [float32x4_t; 2], ints: [int32x4_t; 2], _: i32, scales: [float32x4_t; 2]) -> [float32x4_t; 2] {
        [vfmaq_f32(sums[0], vcvtq_f32_s32(ints[0]), scales[0]), vfmaq_f32(sums[1], vcvtq_f32_s32(ints[1]), scales[1])]
    }

    #[inline(always)]
    unsafe fn store(sums: [float32x4_t; 2], to: *mut f32) {
        vst1q_f32(to, sums[0]);
        vst1q_f32(to.add(4), sums[1]);
    }
}

/// 4-bit weights by products of 16 bits: with factors up to 15 and 127, a place's products of a whole block fit one.
struct Int4;

impl Nibbles for Int4 {
    type Ints = [int16x8_t; 4];
    type Sums = [float32x4_t; 2];
    type Weights = [int8x16_t; 2];
    type Input = int8x16_t;
    type Scales = [float32x4_t; 2];

    const LANES: usize = 8;
    const HEIGHT: usize = 4;

    #[inline(always)]
    unsafe fn start(_: i32) -> [int16x8_t; 4] {
        [vdupq_n_s16(0); 4]
    }

    #[inline(always)]
    unsafe fn zero() -> [float32x4_t; 2] {
        [vdupq_n_f32(0.0); 2]
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> ([int8x16_t; 2], [int8x16_t; 2]) {
        unpack(at)
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> int8x16_t {
        vreinterpretq_s8_s32(vdupq_n_s32(at.cast::<i32>().read_unaligned()))
    }

    #[inline(always)]
    unsafe fn dot(ints: [int16x8_t; 4], weights: [int8x16_t; 2], input: int8x16_t) -> [int16x8_t; 4] {
        [
            vmlal_s8(ints[0], vget_low_s8(weights[0]), vget_low_s8(input)),
            vmlal_high_s8(ints[1], weights[0], input),
            vmlal_s8(ints[2], vget_low_s8(weights[1]), vget_low_s8(input)),
            vmlal_high_s8(ints[3], weights[1], input),
        ]
    }

    #[inline(always)]
    unsafe fn scales(at: *const u8) -> [float32x4_t; 2] {
        halves(at)
    }

    #[inline(always)]
    unsafe fn add(sums: [float32x4_t; 2], ints: [int16x8_t; 4], at: i32, scales: [float32x4_t; 2]) -> [float32x4_t; 2] {
        let at = vdupq_n_s32(at);
        let low = vpadalq_s16(at, vpaddq_s16(ints[0], ints[1]));
        let high = vpadalq_s16(at, vpaddq_s16(ints[2], ints[3]));
        [vfmaq_f32(sums[0], vcvtq_f32_s32(low), scales[0]), vfmaq_f32(sums[1], vcvtq_f32_s32(high), scales[1])]
    }

    #[inline(always)]
    unsafe fn store(sums: [float32x4_t; 2], to: *mut f32) {
        vst1q_f32(to, sums[0]);
        vst1q_f32(to.add(4), sums[1]);
    }
}

/// Low and high nibbles of 32 bytes.
#[inline(always)]
unsafe fn unpack(at: *const u8) -> ([int8x16_t; 2], [int8x16_t; 2]) {
    let (a, b, mask) = (vld1q_u8(at), vld1q_u8(at.add(16)), vdupq_n_u8(15));
    let low = [vreinterpretq_s8_u8(vandq_u8(a, mask)), vreinterpretq_s8_u8(vandq_u8(b, mask))];
    (low, [vreinterpretq_s8_u8(vshrq_n_u8::<4>(a)), vreinterpretq_s8_u8(vshrq_n_u8::<4>(b))])
}

/// Eight numbers of 16 bits as floats, by instructions that every such processor has and Rust's functions do not yet.
#[inline(always)]
unsafe fn halves(at: *const u8) -> [float32x4_t; 2] {
    let halves = vld1q_u8(at);
    let (low, high): (float32x4_t, float32x4_t);
    asm!(
        "fcvtl {low:v}.4s, {halves:v}.4h",
        "fcvtl2 {high:v}.4s, {halves:v}.8h",
        halves = in(vreg) halves,
        low = out(vreg) low,
        high = lateout(vreg) high,
        options(pure, nomem, nostack, preserves_flags),
    );
    [low, high]
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "neon")]
pub(super) unsafe fn f32(span: &Span) {
    run::<F32>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "neon")]
pub(super) unsafe fn int8(span: &Span) {
    run::<Int8<Widening>>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn int8_dot(span: &Span) {
    run::<Int8<Dotprod>>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "neon")]
pub(super) unsafe fn int4(span: &Span) {
    nibbles::run::<Int4>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn int4_dot(span: &Span) {
    nibbles::run::<Int4Dot>(span)
}
