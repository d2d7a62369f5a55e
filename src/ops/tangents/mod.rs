//! Hessian-vector products: a forward pass that carries tangents and one backward pass through it (Pearlmutter 1994).
//!
//! The tangent of a value is its derivative along one direction in which some leaves move. Going forward, every
//! operation gives the tangent of its result; going back, it gives gradients and their tangents, which for a moving
//! leaf are the product of the Hessian and the direction, and for every other leaf the mixed derivatives. What does not
//! move has no tangent and costs nothing.
//!
//! One file an operation, as in the folder above.

mod activation;
mod attention;
mod cross_entropy;
mod elementwise;
mod embedding_sum;
mod expanded;
mod heads;
mod layer_norm;
mod linear;
mod partial_cross_entropy;
mod pass;
mod rows;
mod scale_columns;
#[cfg(test)]
mod transformer;
#[cfg(test)]
mod transformer_tests;

use candle_core::Shape;
use rayon::prelude::*;

use super::kernel::{Float, Gradients, Kernel, View};

type Result<T> = candle_core::Result<T>;

/// Where a kernel ran, and how that moves.
pub(crate) struct Point<'a, T> {
    /// As [`Kernel::backward`] sees them: what [`Kernel::reads`] does not name has no data.
    pub args: &'a [View<'a, T>],
    /// Tangents of the arguments; `None` is zero.
    pub tangents: &'a [Option<&'a [T]>],
    pub out: View<'a, T>,
}

/// For which arguments the way back is to give what.
pub(crate) struct Wanted<'a> {
    pub gradients: &'a [bool],
    pub tangents: &'a [bool],
}

/// Gradients of the arguments, and the tangents of these gradients.
pub(crate) struct Both<T> {
    pub gradients: Gradients<T>,
    /// `None` where zero or not wanted.
    pub tangents: Gradients<T>,
}

/// The derivatives of a kernel's forward and backward pass along the tangents of its arguments.
///
/// Both see of the arguments what [`Kernel::reads`] names for the plain way back. That is enough: an argument moves only
/// where it is tracked, and how its movement acts on the result is what its gradient reads.
pub(crate) trait Tangent<T: Float>: Kernel<T> {
    /// [`Kernel::forward`], which also keeps what the two passes below read beside the arguments.
    fn forward_twice(&mut self, args: &[View<T>]) -> Result<(Vec<T>, Shape)> {
        self.forward(args, true)
    }

    /// The result's tangent. At least one argument has one.
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>>;

    /// Gradients and their tangents, given the gradient of the result and its tangent. Runs after
    /// [`Tangent::forward_tangent`], and only where that ran. The default holds for operations that are linear in all
    /// arguments together.
    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        plain(self, point, wanted, Some(grad), grad_tangent)
    }
}

/// The way back through an operation whose derivative does not move: gradients and tangents take the same way.
pub(crate) fn plain<T: Float, K: Kernel<T> + ?Sized>(
    kernel: &K,
    point: &Point<T>,
    wanted: &Wanted,
    grad: Option<&[T]>,
    grad_tangent: Option<&[T]>,
) -> Result<Both<T>> {
    let back = |grad: Option<&[T]>, wanted: &[bool]| match grad {
        Some(grad) if wanted.contains(&true) => kernel.backward(point.args, wanted, point.out, grad),
        _ => Ok(vec![None; wanted.len()]),
    };
    Ok(Both { gradients: back(grad, wanted.gradients)?, tangents: back(grad_tangent, wanted.tangents)? })
}

/// Elements that one task of a parallel element-wise loop handles.
const CHUNK: usize = 16 * 1024;

/// `a b + c d`, element by element.
fn products<T: Float>(first: Option<(&[T], &[T])>, (c, d): (&[T], &[T])) -> Vec<T> {
    let mut out = vec![T::zero(); c.len()];
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(i, out)| {
        let part = i * CHUNK..i * CHUNK + out.len();
        let second = c[part.clone()].iter().zip(&d[part.clone()]);
        match first {
            None => out.iter_mut().zip(second).for_each(|(o, (c, d))| *o = *c * *d),
            Some((a, b)) => {
                let first = a[part.clone()].iter().zip(&b[part]);
                out.iter_mut().zip(first.zip(second)).for_each(|(o, ((a, b), (c, d)))| *o = *a * *b + *c * *d);
            }
        }
    });
    out
}

/// `value` for every argument for which it is wanted.
fn share<T: Clone>(value: Option<Vec<T>>, wanted: &[bool]) -> Gradients<T> {
    let Some(last) = wanted.iter().rposition(|w| *w) else { return vec![None; wanted.len()] };
    let mut shared: Gradients<T> = wanted[..last].iter().map(|w| value.as_ref().filter(|_| *w).cloned()).collect();
    shared.push(value);
    shared.resize_with(wanted.len(), || None);
    shared
}
