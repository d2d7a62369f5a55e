//! The operations of a forward pass that nobody differentiates: slices in, slices out, nothing recorded.
//!
//! The arithmetic is that of the differentiable operations, so that both give the same numbers.

use rayon::prelude::*;

use super::activation::{Activation, activate};
use super::attention::split_sequences;
use super::heads::{Forward, Scratch, Sequence};
use super::layer_norm::normalise;
use super::packed::Split;

/// Rows that one task handles.
const ROWS: usize = 16;

/// `LN(x) γ + β` in place, for rows of `gamma.len()` columns.
pub(crate) fn layer_norm_in_place(x: &mut [f32], gamma: &[f32], beta: &[f32], eps: f64, split: Split) {
    let hidden = gamma.len();
    let rows = |rows: &mut [f32]| {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for row in rows.chunks_exact_mut(hidden) {
                    normalise(row, gamma, beta, eps as f32);
                }
            },
        )
    };
    match split {
        Split::Serial => rows(x),
        Split::Pool => x.par_chunks_mut(ROWS * hidden).for_each(rows),
    }
}

/// A bottleneck adapter's non-linearity in place.
pub(crate) fn activate_in_place(kind: Activation, x: &mut [f32]) {
    activate(kind, x);
}

/// What [`attend`] uses again from call to call.
#[derive(Default)]
pub(crate) struct AttentionScratch {
    heads: Scratch<f32>,
    /// The outputs of groups of heads, when several threads share a sequence.
    groups: Vec<f32>,
}

/// `softmax(q kᵀ / √d) v` for each head of each sequence, into `out` `[pieces, hidden]`. A row of `qkv` holds a piece's
/// query, key and value, `[pieces, 3 * hidden]`; `starts` is as in [`attention`](super::attention()).
pub(crate) fn attend(
    qkv: &[f32],
    starts: &[usize],
    heads: usize,
    out: &mut [f32],
    scratch: &mut AttentionScratch,
    split: Split,
) {
    let pieces = starts.last().copied().unwrap_or(0);
    if pieces == 0 {
        return;
    }
    let hidden = out.len() / pieces;
    let size = hidden / heads;
    let some_heads = |w: &[usize], heads: std::ops::Range<usize>| {
        let rows = &qkv[w[0] * 3 * hidden..w[1] * 3 * hidden];
        let part = |i: usize| rows.get(i * hidden + heads.start * size..).unwrap_or_default();
        let scale = 1.0 / (size as f32).sqrt();
        let [q, k, v] = [part(0), part(1), part(2)];
        Sequence { q, k, v, length: w[1] - w[0], step: 3 * hidden, heads: heads.len(), size, scale }
    };
    let threads = rayon::current_num_threads();
    match split {
        Split::Serial => {
            for (w, out) in starts.windows(2).zip(split_sequences(out, starts, hidden)) {
                let sequence = some_heads(w, 0..heads);
                pulp::Arch::new().dispatch(Forward { sequence, out, norms: None, scratch: &mut scratch.heads });
            }
        }
        // Each thread takes some of the heads: there may be one sequence only.
        Split::Pool => {
            let groups = threads.min(heads);
            let first = |group: usize| group * heads / groups;
            scratch.groups.resize(pieces * hidden, 0.0);
            let mut parts = Vec::with_capacity(groups);
            let mut rest = scratch.groups.as_mut_slice();
            for group in 0..groups {
                let columns = (first(group + 1) - first(group)) * size;
                let (part, after) = rest.split_at_mut(pieces * columns);
                parts.push((group, columns, part));
                rest = after;
            }
            parts.par_iter_mut().for_each_init(Scratch::default, |scratch, (group, columns, part)| {
                for (w, out) in starts.windows(2).zip(split_sequences(part, starts, *columns)) {
                    let sequence = some_heads(w, first(*group)..first(*group + 1));
                    pulp::Arch::new().dispatch(Forward { sequence, out, norms: None, scratch });
                }
            });
            for (group, columns, part) in parts {
                let at = first(group) * size;
                for (row, part) in out.chunks_exact_mut(hidden).zip(part.chunks_exact(columns)) {
                    row[at..at + columns].copy_from_slice(part);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Tensor};

    use super::super::finite_difference::random;
    use super::super::{attention, layer_norm};
    use super::*;

    fn float(shape: &[usize], seed: u64) -> Tensor {
        random(shape, seed).to_dtype(DType::F32).unwrap()
    }

    fn values(t: &Tensor) -> Vec<f32> {
        t.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// Tagging must give the numbers that training was done with, on any number of threads.
    #[test]
    fn attention_is_the_differentiable_one_to_the_bit() {
        let starts = [0, 5, 5, 6, 90];
        let [q, k, v] = [1, 2, 3].map(|seed| float(&[90, 24], seed));
        let want = values(&attention(&q, &k, &v, &starts.to_vec().into(), 6).unwrap());
        let qkv = values(&Tensor::cat(&[&q, &k, &v], 1).unwrap());
        for threads in [1, 2, 4, 9] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for split in [Split::Serial, Split::Pool] {
                let mut out = vec![f32::NAN; want.len()];
                pool.install(|| attend(&qkv, &starts, 6, &mut out, &mut AttentionScratch::default(), split));
                assert_eq!(out, want, "{threads} threads");
            }
        }
        attend(&[], &[0], 6, &mut [], &mut AttentionScratch::default(), Split::Serial);
    }

    #[test]
    fn layer_norm_is_the_differentiable_one_to_the_bit() {
        let (x, gamma, beta) = (float(&[37, 24], 1), float(&[24], 2), float(&[24], 3));
        let want = values(&layer_norm(&x, None, &gamma, &beta, 1e-5).unwrap());
        for split in [Split::Serial, Split::Pool] {
            let mut y = values(&x);
            layer_norm_in_place(&mut y, &values(&gamma), &values(&beta), 1e-5, split);
            assert_eq!(y, want);
        }
    }
}
