//! AVX2 with fused multiply-add: floats, and 8-bit integers widened to 16.

// Every function here is its caller's promise, passed on as it is.
#![allow(unsafe_op_in_unsafe_fn)]

use std::arch::x86_64::*;

use super::nibbles::{self, BLOCK, Nibbles};
use super::quantise::{self, ROUND, Round};
use super::tile::{Dot, Span, run};

/// Floats.
struct F32;

impl Dot for F32 {
    type Word = f32;
    type Sums = __m256;
    type Weights = __m256;
    type Input = __m256;

    const LANES: usize = 8;
    const BYTES: usize = 32;
    const VECTORS: usize = 2;
    const HEIGHT: usize = 6;

    #[inline(always)]
    unsafe fn start(_: i32) -> __m256 {
        _mm256_setzero_ps()
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m256 {
        _mm256_loadu_ps(at.cast())
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m256 {
        _mm256_set1_ps(at.cast::<f32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256, weights: __m256, input: __m256) -> __m256 {
        _mm256_fmadd_ps(input, weights, sums)
    }

    #[inline(always)]
    unsafe fn store(sums: __m256, to: *mut f32) {
        _mm256_storeu_ps(to, sums)
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
}

/// 8-bit integers by `vpmaddwd`, two of the depth a step: the input comes with 16 bits, weights are widened as they are
/// read. `vpmaddubsw`, which takes four, saturates.
struct Int8;

impl Dot for Int8 {
    type Word = i32;
    type Sums = __m256i;
    type Weights = __m256i;
    type Input = __m256i;

    const LANES: usize = 8;
    const BYTES: usize = 16;
    const VECTORS: usize = 2;
    const HEIGHT: usize = 5;

    #[inline(always)]
    unsafe fn start(at: i32) -> __m256i {
        _mm256_set1_epi32(at)
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m256i {
        _mm256_cvtepi8_epi16(_mm_loadu_si128(at.cast()))
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m256i {
        _mm256_set1_epi32(at.cast::<i32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, weights: __m256i, input: __m256i) -> __m256i {
        _mm256_add_epi32(sums, _mm256_madd_epi16(weights, input))
    }

    #[inline(always)]
    unsafe fn store(sums: __m256i, to: *mut i32) {
        _mm256_storeu_si256(to.cast(), sums)
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
}

impl Round for Int8 {
    #[inline(always)]
    unsafe fn block(x: &[f32; BLOCK], inverse: f32, out: &mut [i8; BLOCK]) -> i32 {
        let (inverse, round) = (_mm256_set1_ps(inverse), _mm256_set1_ps(ROUND));
        let mut whole = [_mm256_setzero_si256(); 4];
        for (x, q) in x.as_chunks::<8>().0.iter().zip(&mut whole) {
            let rounded = _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(x.as_ptr()), inverse), round);
            *q = _mm256_sub_epi32(_mm256_castps_si256(rounded), _mm256_castps_si256(round));
        }
        let [a, b, c, d] = whole;
        // Packing works within halves of a vector: fours of the eight come in the order 0 2 4 6 1 3 5 7.
        let bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        let bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        _mm256_storeu_si256(out.as_mut_ptr().cast(), bytes);
        let sums = _mm256_add_epi32(_mm256_add_epi32(a, b), _mm256_add_epi32(c, d));
        let sums = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
        let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b01_00_11_10>(sums));
        _mm_cvtsi128_si32(_mm_add_epi32(sums, _mm_shuffle_epi32::<0b10_11_00_01>(sums)))
    }
}

/// 4-bit weights by `vpmaddubsw`: with factors up to 15 and 127, the sums of a whole block fit 16 bits.
struct Int4;

impl Nibbles for Int4 {
    type Ints = __m256i;
    type Sums = __m256;
    type Weights = __m256i;
    type Input = __m256i;
    type Scales = __m256;

    const LANES: usize = 8;
    const HEIGHT: usize = 4;

    #[inline(always)]
    unsafe fn start(_: i32) -> __m256i {
        _mm256_setzero_si256()
    }

    #[inline(always)]
    unsafe fn zero() -> __m256 {
        _mm256_setzero_ps()
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> (__m256i, __m256i) {
        let (both, mask) = (_mm256_loadu_si256(at.cast()), _mm256_set1_epi8(15));
        (_mm256_and_si256(both, mask), _mm256_and_si256(_mm256_srli_epi16::<4>(both), mask))
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m256i {
        _mm256_set1_epi32(at.cast::<i32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(ints: __m256i, weights: __m256i, input: __m256i) -> __m256i {
        _mm256_add_epi16(ints, _mm256_maddubs_epi16(weights, input))
    }

    #[inline(always)]
    unsafe fn scales(at: *const u8) -> __m256 {
        _mm256_cvtph_ps(_mm_loadu_si128(at.cast()))
    }

    #[inline(always)]
    unsafe fn add(sums: __m256, ints: __m256i, start: i32, scales: __m256) -> __m256 {
        let ints = _mm256_madd_epi16(ints, _mm256_set1_epi16(1));
        let ints = _mm256_add_epi32(ints, _mm256_set1_epi32(start));
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(ints), scales, sums)
    }

    #[inline(always)]
    unsafe fn store(sums: __m256, to: *mut f32) {
        _mm256_storeu_ps(to, sums)
    }
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn f32(span: &Span) {
    run::<F32>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn int8(span: &Span) {
    run::<Int8>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn int4(span: &Span) {
    nibbles::run::<Int4>(span)
}

/// # Safety
/// As [`quantise::quantise`].
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn quantise(x: &[f32], out: &mut [i8], block_starts: &mut [i32]) -> (f32, i32) {
    quantise::quantise::<Int8>(x, out, block_starts)
}
