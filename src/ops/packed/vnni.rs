//! `vpdpbusd` on vectors of 256 bits: processors that have it without AVX-512.

// Every function here is its caller's promise, passed on as it is.
#![allow(unsafe_op_in_unsafe_fn)]

use std::arch::x86_64::*;

use super::nibbles::{self, Nibbles};
use super::tile::{Dot, Span, run};

/// The instruction, which has two encodings.
trait Dpbusd {
    unsafe fn dpbusd(sums: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i;
}

/// That of AVX-VNNI.
struct Vex;

impl Dpbusd for Vex {
    #[inline(always)]
    unsafe fn dpbusd(sums: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
        _mm256_dpbusd_avx_epi32(sums, unsigned, signed)
    }
}

/// That of AVX-512, by which machines without the other one test what is written here.
#[cfg(test)]
struct Evex;

#[cfg(test)]
impl Dpbusd for Evex {
    #[inline(always)]
    unsafe fn dpbusd(sums: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
        _mm256_dpbusd_epi32(sums, unsigned, signed)
    }
}

/// 8-bit integers; weights are stored plus 128.
struct Int8<D>(D);

impl<D: Dpbusd> Dot for Int8<D> {
    type Word = i32;
    type Sums = __m256i;
    type Weights = __m256i;
    type Input = __m256i;

    const LANES: usize = 8;
    const BYTES: usize = 32;
    const VECTORS: usize = 2;
    const HEIGHT: usize = 6;

    #[inline(always)]
    unsafe fn start(at: i32) -> __m256i {
        _mm256_set1_epi32(at)
    }

    #[inline(always)]
    unsafe fn weights(at: *const u8) -> __m256i {
        _mm256_loadu_si256(at.cast())
    }

    #[inline(always)]
    unsafe fn input(at: *const u8) -> __m256i {
        _mm256_set1_epi32(at.cast::<i32>().read_unaligned())
    }

    #[inline(always)]
    unsafe fn dot(sums: __m256i, weights: __m256i, input: __m256i) -> __m256i {
        D::dpbusd(sums, weights, input)
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

/// 4-bit weights: unsigned as they are.
struct Int4<D>(D);

impl<D: Dpbusd> Nibbles for Int4<D> {
    type Ints = __m256i;
    type Sums = __m256;
    type Weights = __m256i;
    type Input = __m256i;
    type Scales = __m256;

    const LANES: usize = 8;
    const HEIGHT: usize = 5;

    #[inline(always)]
    unsafe fn start(at: i32) -> __m256i {
        _mm256_set1_epi32(at)
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
        D::dpbusd(ints, weights, input)
    }

    #[inline(always)]
    unsafe fn scales(at: *const u8) -> __m256 {
        _mm256_cvtph_ps(_mm_loadu_si128(at.cast()))
    }

    #[inline(always)]
    unsafe fn add(sums: __m256, ints: __m256i, _: i32, scales: __m256) -> __m256 {
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(ints), scales, sums)
    }

    #[inline(always)]
    unsafe fn store(sums: __m256, to: *mut f32) {
        _mm256_storeu_ps(to, sums)
    }
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx2,fma,avxvnni")]
pub(super) unsafe fn int8(span: &Span) {
    run::<Int8<Vex>>(span)
}

/// # Safety
/// As [`run`].
#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
pub(super) unsafe fn int4(span: &Span) {
    nibbles::run::<Int4<Vex>>(span)
}

/// # Safety
/// As [`run`].
#[cfg(test)]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512vnni")]
pub(super) unsafe fn int8_evex(span: &Span) {
    run::<Int8<Evex>>(span)
}

/// # Safety
/// As [`run`].
#[cfg(test)]
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512vl,avx512vnni")]
pub(super) unsafe fn int4_evex(span: &Span) {
    nibbles::run::<Int4<Evex>>(span)
}
