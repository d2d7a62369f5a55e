//! Tangents of attention. As on the plain way back, no `[heads, length, length]` outlives a sequence.

use rayon::prelude::*;

use super::super::attention::{Attention, split_sequences};
use super::super::kernel::{Float, View};
use super::heads::{Backward, Forward, Scratch, Sequence};
use super::{Both, Point, Result, Tangent, Wanted};

impl<T: Float> Attention<T> {
    /// The sequence between two starts.
    fn sequence<'a>(&'a self, args: &[View<'a, T>], tangents: &[Option<&'a [T]>], w: &[usize]) -> Sequence<'a, T> {
        let (hidden, heads, scale) = (args[0].columns(), self.heads, self.scale);
        let block = w[0] * hidden..w[1] * hidden;
        let qkv = [0, 1, 2].map(|i| &args[i].data[block.clone()]);
        let tangents = [0, 1, 2].map(|i| tangents[i].map(|t| &t[block.clone()]));
        let norms = &self.normalisers[w[0] * heads..w[1] * heads];
        Sequence { qkv, tangents, norms, hidden, heads, scale }
    }
}

impl<T: Float> Tangent<T> for Attention<T> {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let this = &*self;
        let mut out = vec![T::zero(); args[0].data.len()];
        let outs = split_sequences(&mut out, &this.starts, args[0].columns());
        let sequences = this.starts.par_windows(2).zip(outs);
        sequences.for_each_init(Scratch::default, |scratch, (w, out)| {
            let sequence = this.sequence(args, tangents, w);
            pulp::Arch::new().dispatch(Forward { sequence, out, scratch });
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
        let sequences = self.starts.par_windows(2).zip(parts);
        sequences.for_each_init(Scratch::default, |scratch, (w, mut part)| {
            let block = w[0] * hidden..w[1] * hidden;
            let sequence = self.sequence(point.args, point.tangents, w);
            let (grad, grad_tangent) = (&grad[block.clone()], grad_tangent.map(|g| &g[block]));
            let (gradients, tangents) = part.split_at_mut(3);
            let back = Backward { sequence, grad, grad_tangent, gradients, tangents, scratch };
            pulp::Arch::new().dispatch(back);
        });
        Ok(Both { gradients, tangents })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::attention;
    use super::super::super::finite_difference::{check_tangents, random};

    #[test]
    fn tangents_agree_with_finite_differences() {
        let starts = [0, 3, 3, 4, 9].into();
        let args = [random(&[9, 6], 1), random(&[9, 6], 2), random(&[9, 6], 3)];
        check_tangents(&args, |a| attention(&a[0], &a[1], &a[2], &starts, 2));
    }
}
