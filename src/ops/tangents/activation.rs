//! Tangents of the non-linearities.

use rayon::prelude::*;

use super::super::activation::{Activation, at};
use super::super::kernel::{Float, Kernel, View};
use super::{Both, CHUNK, Point, Result, Tangent, Wanted};

/// The second derivative at `x`; ReLU's is taken as 0 also at 0.
fn curvature<T: Float>(kind: Activation, x: T) -> T {
    match kind {
        Activation::Relu => T::zero(),
        Activation::Swish => {
            let s = T::one() / (T::one() + (T::zero() - x).exp_fast());
            s * (T::one() - s) * (T::one() + T::one() + x * (T::one() - s - s))
        }
        Activation::Gelu => x.gelu_curvature(),
    }
}

/// `f(i)` written to every element `i`, in parallel where there are many.
fn fill<T: Float>(len: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut out = vec![T::zero(); len];
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, out)| {
        out.iter_mut().enumerate().for_each(|(i, o)| *o = f(chunk * CHUNK + i));
    });
    out
}

impl<T: Float> Tangent<T> for Activation {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let (kind, x, moved) = (*self, args[0].data, tangents[0].unwrap_or_default());
        Ok(fill(x.len(), |i| at(kind, x[i]).1 * moved[i]))
    }

    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let (kind, x, moved) = (*self, point.args[0].data, point.tangents[0].unwrap_or_default());
        let tangent = match grad_tangent {
            None => fill(x.len(), |i| curvature(kind, x[i]) * moved[i] * grad[i]),
            Some(gt) => fill(x.len(), |i| at(kind, x[i]).1 * gt[i] + curvature(kind, x[i]) * moved[i] * grad[i]),
        };
        let gradients = match wanted.gradients[0] {
            true => self.backward(point.args, wanted.gradients, point.out, grad)?,
            false => vec![None],
        };
        Ok(Both { gradients, tangents: vec![Some(tangent)] })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::activation;
    use super::super::super::finite_difference::{check_tangents, random};
    use super::*;

    #[test]
    fn tangents_agree_with_finite_differences() {
        for kind in [Activation::Relu, Activation::Swish, Activation::Gelu] {
            check_tangents(&[random(&[4, 3], 1)], |a| activation(&a[0], kind));
        }
    }
}
