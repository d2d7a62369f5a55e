//! Multi-head self-attention over a flat batch: no padding, no mask, every sequence by itself.

use candle_core::{Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::composed::{self, is_composed};
use super::heads::{Backward, Forward, Scratch, Sequence};
use super::kernel::{Float, Gradients, Kernel, View, apply, by_dtype};
use super::starts::Starts;

type Result<T> = candle_core::Result<T>;

/// `softmax(q kᵀ / √d) v` for each head of each sequence; `q`, `k`, `v` and the result are `[pieces, hidden]`.
///
/// `starts` holds the first piece of every sequence and, at its end, the number of pieces: `[0, …, pieces]`.
/// Backward computes the attention weights again from the logarithm of each row's normaliser (one number a piece and
/// head), so no `[heads, length, length]` tensor outlives the call.
///
/// # Errors
/// Where `starts` does not partition the pieces, `heads` does not divide `hidden`, either is 0, or shapes or element
/// types differ.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, starts: &Starts, heads: usize) -> Result<Tensor> {
    let (pieces, hidden) = q.dims2()?;
    let ordered = starts.windows(2).all(|w| w[0] <= w[1]);
    if starts.first() != Some(&0) || starts.last() != Some(&pieces) || !ordered {
        bail!("attention: sequence starts {starts:?} do not partition {pieces} pieces");
    }
    if heads == 0 || hidden == 0 || hidden % heads != 0 || k.shape() != q.shape() || v.shape() != q.shape() {
        bail!("attention: {heads} heads, q {:?}, k {:?}, v {:?}", q.shape(), k.shape(), v.shape());
    }
    if is_composed(q.device()) {
        return composed::attention(q, k, v, starts.layout(heads, q.device())?, heads);
    }
    by_dtype!(q, "attention", T => {
        let scale = T::from_f64(1.0 / ((hidden / heads) as f64).sqrt());
        let op = Attention { starts: starts.clone(), heads, scale, normalisers: Vec::new() };
        apply::<T, _>(op, &[q, k, v])
    })
}

pub(super) struct Attention<T> {
    pub(super) starts: Starts,
    pub(super) heads: usize,
    pub(super) scale: T,
    /// `log Σ exp(score)` for every head of every piece, `[pieces, heads]`.
    pub(super) normalisers: Vec<T>,
}

/// `out` cut into the mutable blocks of its sequences.
pub(super) fn split_sequences<'a, T>(mut out: &'a mut [T], starts: &[usize], columns: usize) -> Vec<&'a mut [T]> {
    let mut parts = Vec::with_capacity(starts.len());
    for w in starts.windows(2) {
        let (part, rest) = out.split_at_mut((w[1] - w[0]) * columns);
        parts.push(part);
        out = rest;
    }
    parts
}

impl<T: Float> Kernel<T> for Attention<T> {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn forward(&mut self, args: &[View<T>], keep: bool) -> Result<(Vec<T>, Shape)> {
        let [q, k, v] = [args[0], args[1], args[2]];
        let (hidden, heads, scale) = (q.columns(), self.heads, self.scale);
        let mut out = vec![T::zero(); q.data.len()];
        let mut normalisers = vec![T::zero(); q.rows() * heads];
        let outs = split_sequences(&mut out, &self.starts, hidden);
        let norms = split_sequences(&mut normalisers, &self.starts, heads);
        let sequences = self.starts.par_windows(2).zip(outs).zip(norms);
        sequences.for_each_init(Scratch::default, |scratch, ((w, out), norms)| {
            let block = w[0] * hidden..w[1] * hidden;
            let [q, k, v] = [q, k, v].map(|t| &t.data[block.clone()]);
            let sequence = Sequence { q, k, v, length: w[1] - w[0], step: hidden, heads, size: hidden / heads, scale };
            pulp::Arch::new().dispatch(Forward { sequence, out, norms: Some(norms), scratch });
        });
        if keep {
            self.normalisers = normalisers;
        }
        Ok((out, q.shape.clone()))
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], out: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let [q, k, v] = [args[0], args[1], args[2]];
        let (hidden, heads, scale) = (q.columns(), self.heads, self.scale);
        let mut gradients: Gradients<T> = needed.iter().map(|n| n.then(|| vec![T::zero(); q.data.len()])).collect();
        let mut parts = gradients.iter_mut().map(|g| match g {
            Some(g) => split_sequences(g, &self.starts, hidden).into_iter().map(Some).collect(),
            None => self.starts.windows(2).map(|_| None).collect(),
        });
        let [gq, gk, gv] = [(); 3].map(|()| parts.next().unwrap_or_else(Vec::new));
        let parts = gq.into_par_iter().zip(gk).zip(gv);
        let sequences = self.starts.par_windows(2).zip(parts);
        sequences.for_each_init(Scratch::default, |scratch, (w, ((gq, gk), gv))| {
            let block = w[0] * hidden..w[1] * hidden;
            let norms = &self.normalisers[w[0] * heads..w[1] * heads];
            let [q, k, v] = [q, k, v].map(|t| &t.data[block.clone()]);
            let [out, grad] = [out.data, grad].map(|t| &t[block.clone()]);
            let sequence = Sequence { q, k, v, length: w[1] - w[0], step: hidden, heads, size: hidden / heads, scale };
            pulp::Arch::new().dispatch(Backward { sequence, out, grad, norms, gq, gk, gv, scratch });
        });
        Ok(gradients)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    #[test]
    fn gradients_agree_with_finite_differences() {
        let starts: Starts = Starts::from([0, 3, 3, 4, 9]);
        let args = [random(&[9, 6], 1), random(&[9, 6], 2), random(&[9, 6], 3)];
        check_gradients(&args, |a| attention(&a[0], &a[1], &a[2], &starts, 2));
    }

    #[test]
    fn a_sequence_does_not_see_its_neighbours() -> Result<()> {
        let [q, k, v] = [1, 2, 3].map(|s| random(&[7, 4], s));
        let together = attention(&q, &k, &v, &Starts::from([0, 4, 7]), 2)?.narrow(0, 4, 3)?;
        let cut = |t: &Tensor| t.narrow(0, 4, 3);
        let alone = attention(&cut(&q)?, &cut(&k)?, &cut(&v)?, &Starts::from([0, 3]), 2)?;
        assert_eq!(together.to_vec2::<f64>()?, alone.to_vec2::<f64>()?);
        Ok(())
    }

    #[test]
    fn wrong_starts_are_errors() {
        let t = random(&[4, 4], 1);
        for starts in [&[0, 5][..], &[1, 4], &[0, 3, 2, 4], &[]] {
            assert!(attention(&t, &t, &t, &Starts::from(starts), 2).is_err());
        }
    }
}
