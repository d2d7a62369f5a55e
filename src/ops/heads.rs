//! The heads of one sequence, one after the other: attention's arithmetic, compiled for the processor's vectors.

use pulp::{Simd, WithSimd};

use super::kernel::Float;
use super::tile::{LANES, Left, Product, Right, pack_transposed};

/// Queries that are handled together: of a long sequence, no `[length, length]` matrix is ever held.
const QUERIES: usize = 64;

/// Queries, keys and values of one sequence, each `[length, heads * size]` in rows that are `step` apart.
#[derive(Clone, Copy)]
pub(super) struct Sequence<'a, T> {
    pub q: &'a [T],
    pub k: &'a [T],
    pub v: &'a [T],
    pub length: usize,
    pub step: usize,
    pub heads: usize,
    /// Columns of a head.
    pub size: usize,
    pub scale: T,
}

/// What a thread uses again from sequence to sequence.
pub(super) struct Scratch<T> {
    /// The keys and the values of a head, transposed.
    keys: Vec<T>,
    values: Vec<T>,
    /// Attention weights of some queries, and the gradient of their scores.
    weights: Vec<T>,
    slopes: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Scratch<T> {
        Scratch { keys: Vec::new(), values: Vec::new(), weights: Vec::new(), slopes: Vec::new() }
    }
}

/// `softmax(q kᵀ · scale) v` into `out` `[length, heads * size]`, the logarithm of each row's normaliser into `norms`
/// `[length, heads]` where it is wanted.
pub(super) struct Forward<'a, T> {
    pub sequence: Sequence<'a, T>,
    pub out: &'a mut [T],
    pub norms: Option<&'a mut [T]>,
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Float> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Forward { sequence, out, mut norms, scratch } = self;
        let Sequence { q, k, v, length, step, heads, size, scale } = sequence;
        let hidden = heads * size;
        let Scratch { keys, weights, .. } = scratch;
        if length == 0 {
            return;
        }
        let mask = mask(length);
        for head in 0..heads {
            let at = head * size;
            let padded = pack_transposed(&k[at..], step, length, size, keys);
            weights.resize(QUERIES.min(length) * padded, T::zero());
            for begin in (0..length).step_by(QUERIES) {
                let queries = QUERIES.min(length - begin);
                simd.vectorize(Product {
                    size: (queries, padded, size),
                    left: Left { data: &q[begin * step + at..], row: step, column: 1 },
                    right: Right::Panels(keys),
                    out: weights,
                    stride: padded,
                    accumulate: false,
                });
                for (i, row) in weights.chunks_exact_mut(padded).take(queries).enumerate() {
                    let (most, sum) = softmax(row, &mask, scale);
                    if let Some(norms) = &mut norms {
                        norms[(begin + i) * heads + head] = most + T::from_f64(sum.to_f64().ln());
                    }
                }
                simd.vectorize(Product {
                    size: (queries, size, length),
                    left: Left { data: weights, row: padded, column: 1 },
                    right: Right::Rows(&v[at..], step),
                    out: &mut out[begin * hidden + at..],
                    stride: hidden,
                    accumulate: false,
                });
            }
        }
    }
}

/// Gradients of queries, keys and values, as far as they are asked for, from the result `out` and its gradient `grad`;
/// all are `[length, heads * size]` without gaps.
///
/// With `P` the weights, `dP = dO Vᵀ` and `dS = P (dP - rowsum(dO O)) scale`: `dV = Pᵀ dO`, `dQ = dS K`, `dK = dSᵀ Q`.
pub(super) struct Backward<'a, T> {
    pub sequence: Sequence<'a, T>,
    pub out: &'a [T],
    pub grad: &'a [T],
    pub norms: &'a [T],
    pub gq: Option<&'a mut [T]>,
    pub gk: Option<&'a mut [T]>,
    pub gv: Option<&'a mut [T]>,
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Float> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Backward { sequence, out, grad, norms, mut gq, mut gk, mut gv, scratch } = self;
        let Sequence { q, k, v, length, step: hidden, heads, size, scale } = sequence;
        let Scratch { keys, values, weights, slopes } = scratch;
        if length == 0 {
            return;
        }
        for head in 0..heads {
            let at = head * size;
            let padded = pack_transposed(&k[at..], hidden, length, size, keys);
            pack_transposed(&v[at..], hidden, length, size, values);
            weights.resize(QUERIES.min(length) * padded, T::zero());
            slopes.resize(QUERIES.min(length) * padded, T::zero());
            for begin in (0..length).step_by(QUERIES) {
                let queries = QUERIES.min(length - begin);
                let first = begin * hidden + at;
                // Of these queries with every key: scores, or the gradient of weights.
                let pairs = |x: &[T], panels: &[T], out: &mut [T]| {
                    simd.vectorize(Product {
                        size: (queries, padded, size),
                        left: Left { data: &x[first..], row: hidden, column: 1 },
                        right: Right::Panels(panels),
                        out,
                        stride: padded,
                        accumulate: false,
                    })
                };
                pairs(q, keys, weights);
                if gq.is_some() || gk.is_some() {
                    pairs(grad, values, slopes);
                }
                for (i, (p, s)) in
                    weights.chunks_exact_mut(padded).zip(slopes.chunks_exact_mut(padded)).take(queries).enumerate()
                {
                    let row = first + i * hidden..first + i * hidden + size;
                    let dot = dot(&out[row.clone()], &grad[row]);
                    let norm = norms[(begin + i) * heads + head];
                    for (p, s) in p.iter_mut().zip(s) {
                        *p = (*p * scale - norm).exp_fast();
                        *s = *p * (*s - dot) * scale;
                    }
                }
                // The sum over these queries, for every key.
                let for_keys = |x: &[T], y: &[T], out: &mut [T]| {
                    simd.vectorize(Product {
                        size: (length, size, queries),
                        left: Left { data: x, row: 1, column: padded },
                        right: Right::Rows(&y[first..], hidden),
                        out: &mut out[at..],
                        stride: hidden,
                        accumulate: begin > 0,
                    })
                };
                if let Some(gv) = &mut gv {
                    for_keys(weights, grad, gv);
                }
                if let Some(gk) = &mut gk {
                    for_keys(slopes, q, gk);
                }
                if let Some(gq) = &mut gq {
                    simd.vectorize(Product {
                        size: (queries, size, length),
                        left: Left { data: slopes, row: padded, column: 1 },
                        right: Right::Rows(&k[at..], hidden),
                        out: &mut gq[first..],
                        stride: hidden,
                        accumulate: false,
                    });
                }
            }
        }
    }
}

/// What is added to the last [`LANES`] scores of a row: minus infinity where there is no key.
#[inline(always)]
fn mask<T: Float>(length: usize) -> [T; LANES] {
    let keys = length - (length - 1) / LANES * LANES;
    std::array::from_fn(|i| if i < keys { T::zero() } else { T::from_f64(f64::NEG_INFINITY) })
}

/// Turns scores into weights that sum to one, where there is no key into zeros; gives the largest score and the sum of the
/// exponentials above it, which make the normaliser. The row is a multiple of [`LANES`] long.
#[inline(always)]
fn softmax<T: Float>(row: &mut [T], mask: &[T; LANES], scale: T) -> (T, T) {
    let least = T::from_f64(f64::NEG_INFINITY);
    let mut most = [least; LANES];
    let (whole, last) = row.split_at_mut(row.len() - LANES);
    for part in whole.chunks_exact_mut(LANES) {
        for (s, most) in part.iter_mut().zip(&mut most) {
            *s *= scale;
            *most = if *s > *most { *s } else { *most };
        }
    }
    for ((s, m), most) in last.iter_mut().zip(mask).zip(&mut most) {
        *s = *s * scale + *m;
        *most = if *s > *most { *s } else { *most };
    }
    let mut max = least;
    for most in &most {
        max = if *most > max { *most } else { max };
    }
    let mut sums = [T::zero(); LANES];
    for part in row.chunks_exact_mut(LANES) {
        for (s, sum) in part.iter_mut().zip(&mut sums) {
            *s = (*s - max).exp_fast();
            *sum += *s;
        }
    }
    let sum = total(sums);
    let inverse = T::one() / sum;
    for s in row.iter_mut() {
        *s *= inverse;
    }
    (max, sum)
}

#[inline(always)]
pub(super) fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    let mut sums = [T::zero(); LANES];
    let (whole, rest) = (a.chunks_exact(LANES), a.len() / LANES * LANES);
    for (a, b) in whole.zip(b.chunks_exact(LANES)) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += *a * *b;
        }
    }
    for ((s, a), b) in sums.iter_mut().zip(&a[rest..]).zip(&b[rest..]) {
        *s += *a * *b;
    }
    total(sums)
}

#[inline(always)]
fn total<T: Float>([a, b, c, d, e, f, g, h]: [T; LANES]) -> T {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}
