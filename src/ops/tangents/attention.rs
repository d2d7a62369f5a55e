//! Tangents of attention. As on the plain way back, no `[heads, length, length]` outlives a sequence.

use rayon::prelude::*;

use super::super::attention::{Attention, split_sequences};
use super::super::gemm::{Mat, matmul};
use super::super::kernel::{Float, View};
use super::{Both, Point, Result, Tangent, Wanted};

/// One head of one sequence.
struct Head<'a, T> {
    attention: &'a Attention<T>,
    /// `q`, `k`, `v` of the sequence, and their tangents.
    qkv: [&'a [T]; 3],
    tangents: [Option<&'a [T]>; 3],
    /// Logarithms of the normalisers.
    norms: &'a [T],
    length: usize,
    hidden: usize,
    head: usize,
}

impl<'a, T: Float> Head<'a, T> {
    /// All heads of all sequences, the heads within their sequence.
    fn of_sequence(
        attention: &'a Attention<T>,
        args: &'a [View<T>],
        tangents: &'a [Option<&[T]>],
        w: &[usize],
    ) -> impl Iterator<Item = Head<'a, T>> {
        let (hidden, heads) = (args[0].columns(), attention.heads);
        let (length, block) = (w[1] - w[0], w[0] * hidden..w[1] * hidden);
        let norms = &attention.normalisers[w[0] * heads..w[1] * heads];
        let qkv = [0, 1, 2].map(|i| &args[i].data[block.clone()]);
        let tangents = [0, 1, 2].map(|i| tangents[i].map(|t| &t[block.clone()]));
        // A sequence without pieces has no columns to point to.
        (0..heads.min(heads * length)).map(move |head| Head { attention, qkv, tangents, norms, length, hidden, head })
    }

    /// This head's first column.
    fn at(&self) -> usize {
        self.head * self.size()
    }

    fn size(&self) -> usize {
        self.hidden / self.attention.heads
    }

    /// Adds `a b` to this head's columns of `target`, where `a` is `[length, length]`, `m` its layout.
    fn add_product(&self, (a, m): (&[T], Mat), b: &[T], target: &mut [T]) {
        let (product, rows, at) = ((self.length, self.size(), self.length), Mat::rows(self.hidden), self.at());
        matmul(product, (a, m), (&b[at..], rows), (&mut target[at..], rows), true, false);
    }

    /// Adds `a bᵀ` over this head's columns to `target`, `[length, length]`.
    fn add_scores(&self, a: &[T], b: &[T], target: &mut [T]) {
        let (product, at) = ((self.length, self.length, self.size()), self.at());
        let (a, b) = ((&a[at..], Mat::rows(self.hidden)), (&b[at..], Mat::transposed(self.hidden)));
        matmul(product, a, b, (target, Mat::rows(self.length)), true, false);
    }

    /// True where the weights move.
    fn weights_move(&self) -> bool {
        self.tangents[0].is_some() || self.tangents[1].is_some()
    }

    /// The weights `P`, and their tangent `P' = P (S' - Σ P S')` with `S' = (q' kᵀ + q k'ᵀ) scale`.
    fn weights(&self, weights: &mut [T], moved: &mut [T]) {
        let [q, k, _] = self.qkv;
        let (heads, scale) = (self.attention.heads, self.attention.scale);
        weights.fill(T::zero());
        self.add_scores(q, k, weights);
        for (i, row) in weights.chunks_exact_mut(self.length.max(1)).enumerate() {
            let norm = self.norms[i * heads + self.head];
            row.iter_mut().for_each(|s| *s = (*s * scale - norm).exp_fast());
        }
        if !self.weights_move() {
            return;
        }
        moved.fill(T::zero());
        for (q, k) in [(self.tangents[0], Some(k)), (Some(q), self.tangents[1])] {
            let (Some(q), Some(k)) = (q, k) else { continue };
            self.add_scores(q, k, moved);
        }
        let rows = moved.chunks_exact_mut(self.length.max(1)).zip(weights.chunks_exact(self.length.max(1)));
        for (moved, p) in rows {
            let mean = dot(p, moved);
            moved.iter_mut().zip(p).for_each(|(m, p)| *m = *p * (*m - mean) * scale);
        }
    }
}

/// In partial sums, an order that can be vectorised.
fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    super::super::layer_norm::sum(a.iter().zip(b).map(|(a, b)| *a * *b))
}

impl<T: Float> Tangent<T> for Attention<T> {
    /// `P' v + P v'`.
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let this = &*self;
        let mut out = vec![T::zero(); args[0].data.len()];
        let outs = split_sequences(&mut out, &this.starts, args[0].columns());
        this.starts.par_windows(2).zip(outs).for_each(|(w, out)| {
            let zeros = || vec![T::zero(); (w[1] - w[0]) * (w[1] - w[0])];
            let (mut weights, mut moved) = (zeros(), zeros());
            for head in Head::of_sequence(this, args, tangents, w) {
                let square = Mat::rows(head.length);
                head.weights(&mut weights, &mut moved);
                if head.weights_move() {
                    head.add_product((&moved, square), head.qkv[2], out);
                }
                if let Some(v) = head.tangents[2] {
                    head.add_product((&weights, square), v, out);
                }
            }
        });
        Ok(out)
    }

    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let hidden = point.args[0].columns();
        let zeros = |wanted: &[bool]| -> Vec<Option<Vec<T>>> {
            wanted.iter().map(|w| w.then(|| vec![T::zero(); grad.len()])).collect()
        };
        let (mut gradients, mut tangents) = (zeros(wanted.gradients), zeros(wanted.tangents));
        // What each sequence writes: gradients of q, k, v, then their tangents.
        let mut parts: Vec<Vec<Option<&mut [T]>>> = self.starts.windows(2).map(|_| Vec::with_capacity(6)).collect();
        for target in gradients.iter_mut().chain(&mut tangents) {
            match target {
                None => parts.iter_mut().for_each(|part| part.push(None)),
                Some(target) => {
                    let blocks = split_sequences(target, &self.starts, hidden);
                    parts.iter_mut().zip(blocks).for_each(|(part, block)| part.push(Some(block)));
                }
            }
        }
        self.starts.par_windows(2).zip(parts).for_each(|(w, mut part)| {
            let block = w[0] * hidden..w[1] * hidden;
            let (grad, grad_tangent) = (&grad[block.clone()], grad_tangent.map(|g| &g[block]));
            let mut scratch = Scratch::new(w[1] - w[0]);
            let (gradients, tangents) = part.split_at_mut(3);
            for head in Head::of_sequence(self, point.args, point.tangents, w) {
                scratch.set(&head, grad, grad_tangent);
                scratch.gradients(&head, grad, gradients);
                scratch.tangents(&head, grad, grad_tangent, tangents);
            }
        });
        Ok(Both { gradients, tangents })
    }
}

/// What the way back of one head needs, all `[length, length]`.
struct Scratch<T> {
    weights: Vec<T>,
    /// Tangent of the weights; zero where they do not move.
    moved: Vec<T>,
    /// Gradient of the unscaled scores.
    slopes: Vec<T>,
    /// Tangent of that gradient.
    slopes_moved: Vec<T>,
}

impl<T: Float> Scratch<T> {
    fn new(length: usize) -> Scratch<T> {
        let zeros = || vec![T::zero(); length * length];
        Scratch { weights: zeros(), moved: zeros(), slopes: zeros(), slopes_moved: zeros() }
    }

    /// With `dO` the result's gradient, `dP = dO vᵀ` and `D = Σ P dP`:
    /// `dS = P (dP - D)` and `dS' = P' (dP - D) + P (dP' - D')`, both times the scale.
    fn set(&mut self, head: &Head<T>, grad: &[T], grad_tangent: Option<&[T]>) {
        let Scratch { weights, moved, slopes, slopes_moved } = self;
        head.weights(weights, moved);
        let v = head.qkv[2];
        slopes.fill(T::zero());
        head.add_scores(grad, v, slopes);
        slopes_moved.fill(T::zero());
        for (grad, v) in [(grad_tangent, Some(v)), (Some(grad), head.tangents[2])] {
            let (Some(grad), Some(v)) = (grad, v) else { continue };
            head.add_scores(grad, v, slopes_moved);
        }
        let (n, scale) = (head.length.max(1), head.attention.scale);
        let weights = weights.chunks_exact(n).zip(moved.chunks_exact(n));
        let slopes = slopes.chunks_exact_mut(n).zip(slopes_moved.chunks_exact_mut(n));
        for ((p, pt), (s, st)) in weights.zip(slopes) {
            let (d, dt) = (dot(p, s), dot(pt, s) + dot(p, st));
            for (((p, pt), s), st) in p.iter().zip(pt).zip(s).zip(st) {
                let centred = *s - d;
                *st = (*pt * centred + *p * (*st - dt)) * scale;
                *s = *p * centred * scale;
            }
        }
    }

    /// `dQ = dS K`, `dK = dSᵀ Q`, `dV = Pᵀ dO`.
    fn gradients(&self, head: &Head<T>, grad: &[T], targets: &mut [Option<&mut [T]>]) {
        let (rows, transposed) = (Mat::rows(head.length), Mat::transposed(head.length));
        let [q, k, _] = head.qkv;
        let factors =
            [((&self.slopes[..], rows), k), ((&self.slopes, transposed), q), ((&self.weights, transposed), grad)];
        for (target, (a, b)) in targets.iter_mut().zip(factors) {
            if let Some(target) = target {
                head.add_product(a, b, target);
            }
        }
    }

    /// `dQ' = dS' K + dS K'`, `dK' = dS'ᵀ Q + dSᵀ Q'`, `dV' = P'ᵀ dO + Pᵀ dO'`.
    fn tangents(&self, head: &Head<T>, grad: &[T], grad_tangent: Option<&[T]>, targets: &mut [Option<&mut [T]>]) {
        let (rows, transposed) = (Mat::rows(head.length), Mat::transposed(head.length));
        let ([q, k, _], [qt, kt, _]) = (head.qkv, head.tangents);
        let factors = [
            [((&self.slopes_moved[..], rows), Some(k)), ((&self.slopes[..], rows), kt)],
            [((&self.slopes_moved, transposed), Some(q)), ((&self.slopes, transposed), qt)],
            [
                ((&self.moved, transposed), head.weights_move().then_some(grad)),
                ((&self.weights, transposed), grad_tangent),
            ],
        ];
        for (target, terms) in targets.iter_mut().zip(factors) {
            let Some(target) = target else { continue };
            for (a, b) in terms {
                if let Some(b) = b {
                    head.add_product(a, b, target);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::attention;
    use super::super::super::finite_difference::{check_tangents, random};

    #[test]
    fn tangents_agree_with_finite_differences() {
        let starts: Arc<[usize]> = Arc::new([0, 3, 3, 4, 9]);
        let args = [random(&[9, 6], 1), random(&[9, 6], 2), random(&[9, 6], 3)];
        check_tangents(&args, |a| attention(&a[0], &a[1], &a[2], &starts, 2));
    }
}
