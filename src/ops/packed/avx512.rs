//! AVX-512: floats, and 8-bit integers by VNNI.

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
    type Sums = __m512;
    type Weights = __m512;
    type Input = __m512;

    const LANES: usize = 16;
    const BYTES: usize = 64;
    const VECTORS: usize = 2;
    const HEIGHT: usize = 12;

    #[inline(always)]
    unsafe fn start(_: i32) -> __m512 {
        _mm512_setzero_ps()
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m512 {
        _mm512_loadu_ps(at.cast())
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m512 {
        _mm512_set1_ps(at.cast::<f32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(sums: __m512, weights: __m512, input: __m512) -> __m512 {
        _mm512_fmadd_ps(input, weights, sums)
    }

    #[inline(always)]
    unsafe fn store(sums: __m512, to: *mut f32) {
        _mm512_storeu_ps(to, sums)
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
}

/// 8-bit integers by `vpdpbusd`, which wants one factor unsigned: weights are stored plus 128, and the sums begin with
/// minus 128 times the sum of the row.
struct Int8;

impl Dot for Int8 {
    type Word = i32;
    type Sums = __m512i;
    type Weights = __m512i;
    type Input = __m512i;

    const LANES: usize = 16;
    const BYTES: usize = 64;
    const VECTORS: usize = 2;
    const HEIGHT: usize = 12;

    #[inline(always)]
    unsafe fn start(at: i32) -> __m512i {
        _mm512_set1_epi32(at)
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m512i {
        _mm512_loadu_si512(at.cast())
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m512i {
        _mm512_set1_epi32(at.cast::<i32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(sums: __m512i, weights: __m512i, input: __m512i) -> __m512i {
        _mm512_dpbusd_epi32(sums, weights, input)
    }

    #[inline(always)]
    unsafe fn store(sums: __m512i, to: *mut i32) {
        _mm512_storeu_si512(to.cast(), sums)
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
}

impl Round for Int8 {
    #[inline(always)]
    unsafe fn block(x: &[f32; BLOCK], inverse: f32, out: &mut [i8; BLOCK]) -> i32 {
        let (inverse, round) = (_mm512_set1_ps(inverse), _mm512_set1_ps(ROUND));
        let mut sums = _mm512_setzero_si512();
        for (x, out) in x.as_chunks::<16>().0.iter().zip(out.as_chunks_mut::<16>().0) {
            let q = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(x.as_ptr()), inverse), round);
            let q = _mm512_sub_epi32(_mm512_castps_si512(q), _mm512_castps_si512(round));
            _mm_storeu_si128(out.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(q));
            sums = _mm512_add_epi32(sums, q);
        }
        _mm512_reduce_add_epi32(sums)
    }
}

/// 4-bit weights: unsigned as they are.
struct Int4;

impl Nibbles for Int4 {
    type Ints = __m512i;
    type Sums = __m512;
    type Weights = __m512i;
    type Input = __m512i;
    type Scales = __m512;

    const LANES: usize = 16;
    const HEIGHT: usize = 12;

    #[inline(always)]
    unsafe fn start(at: i32) -> __m512i {
        _mm512_set1_epi32(at)
    }

    #[inline(always)]
    unsafe fn zero() -> __m512 {
        _mm512_setzero_ps()
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> (__m512i, __m512i) {
        let (both, mask) = (_mm512_loadu_si512(at.cast()), _mm512_set1_epi8(15));
        (_mm512_and_si512(both, mask), _mm512_and_si512(_mm512_srli_epi16::<4>(both), mask))
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m512i {
        _mm512_set1_epi32(at.cast::<i32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(ints: __m512i, weights: __m512i, input: __m512i) -> __m512i {
        _mm512_dpbusd_epi32(ints, weights, input)
    }

    #[inline(always)]
    unsafe fn scales(at: *const u8) -> __m512 {
        _mm512_cvtph_ps(_mm256_loadu_si256(at.cast()))
    }

    #[inline(always)]
    unsafe fn add(sums: __m512, ints: __m512i, _: i32, scales: __m512) -> __m512 {
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(ints), scales, sums)
    }

    #[inline(always)]
    unsafe fn store(sums: __m512, to: *mut f32) {
        _mm512_storeu_ps(to, sums)
    }
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn f32(span: &Span) {
    run::<F32>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) unsafe fn int8(span: &Span) {
    run::<Int8>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
pub(super) unsafe fn int4(span: &Span) {
    nibbles::run::<Int4>(span)
}

/// # Safety
/// As [`quantise::quantise`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn quantise(x: &[f32], out: &mut [i8], block_starts: &mut [i32]) -> (f32, i32) {
    quantise::quantise::<Int8>(x, out, block_starts)
}
