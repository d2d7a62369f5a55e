//! Tangents of linear layers: products whose factor does not move are left out.

use candle_core::Shape;
use rayon::prelude::*;

use super::super::gemm::{Mat, matmul};
use super::super::kernel::{Float, Gradients, View};
use super::super::linear::{self, Linear, LinearGelu};
use super::super::math::Math;
use super::{Both, CHUNK, Point, Result, Tangent, Wanted, products};

/// `x' Wᵀ + x W'ᵀ + b'`.
fn forward_tangent<T: Float>(args: &[View<T>], tangents: &[Option<&[T]>]) -> Vec<T> {
    let (x, w) = (args[0], args[1]);
    let (pieces, inputs, outputs) = (x.rows(), x.columns(), w.rows());
    let mut y = Vec::with_capacity(pieces * outputs);
    let mut accumulate = false;
    match tangents.get(2) {
        Some(Some(b)) => {
            (0..pieces).for_each(|_| y.extend_from_slice(b));
            accumulate = true;
        }
        _ => y.resize(pieces * outputs, T::zero()),
    }
    for (x, w) in [(tangents[0], Some(w.data)), (Some(x.data), tangents[1])] {
        let (Some(x), Some(w)) = (x, w) else { continue };
        let (x, w) = ((x, Mat::rows(inputs)), (w, Mat::transposed(inputs)));
        matmul((pieces, outputs, inputs), x, w, (&mut y, Mat::rows(outputs)), accumulate, true);
        accumulate = true;
    }
    y
}

/// With `g` the gradient of the result: `g' W + g W'`, `g'ᵀ x + gᵀ x'`, `Σ g'`.
fn backward_tangent<T: Float>(point: &Point<T>, wanted: &Wanted, grad: &[T], grad_tangent: Option<&[T]>) -> Both<T> {
    let (x, w) = (point.args[0], point.args[1]);
    let (pieces, inputs, outputs) = (x.rows(), x.columns(), w.rows());
    let back = |grad, wanted| linear::backward(point.args, wanted, grad);
    let none = || vec![None; point.args.len()];
    let mut tangents: Gradients<T> = grad_tangent.map_or_else(none, |g| back(g, wanted.tangents));
    if let (true, Some(w)) = (wanted.tangents[0], point.tangents[1]) {
        let (mut g, accumulate) = started(tangents[0].take(), pieces * inputs);
        let (a, b) = ((grad, Mat::rows(outputs)), (w, Mat::rows(inputs)));
        matmul((pieces, inputs, outputs), a, b, (&mut g, Mat::rows(inputs)), accumulate, true);
        tangents[0] = Some(g);
    }
    if let (true, Some(x)) = (wanted.tangents[1], point.tangents[0]) {
        let (mut g, accumulate) = started(tangents[1].take(), outputs * inputs);
        let (a, b) = ((grad, Mat::transposed(outputs)), (x, Mat::rows(inputs)));
        matmul((outputs, inputs, pieces), a, b, (&mut g, Mat::rows(inputs)), accumulate, true);
        tangents[1] = Some(g);
    }
    Both { gradients: back(grad, wanted.gradients), tangents }
}

/// The sum to go on with, and whether it holds something.
fn started<T: Float>(sum: Option<Vec<T>>, len: usize) -> (Vec<T>, bool) {
    let accumulate = sum.is_some();
    (sum.unwrap_or_else(|| vec![T::zero(); len]), accumulate)
}

impl<T: Float> Tangent<T> for Linear {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        Ok(forward_tangent(args, tangents))
    }

    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        Ok(backward_tangent(point, wanted, grad, grad_tangent))
    }
}

impl<T: Float> Tangent<T> for LinearGelu<T> {
    fn forward_twice(&mut self, args: &[View<T>]) -> Result<(Vec<T>, Shape)> {
        let mut y = linear::forward(args);
        let (mut slope, mut curvature) = (vec![T::zero(); y.len()], vec![T::zero(); y.len()]);
        let slopes = slope.par_chunks_mut(CHUNK).zip(curvature.par_chunks_mut(CHUNK));
        y.par_chunks_mut(CHUNK).zip(slopes).for_each(|(y, (d, c))| {
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || {
                    for ((y, d), c) in y.iter_mut().zip(d).zip(c) {
                        *c = Math::gelu_curvature(*y);
                        (*y, *d) = Math::gelu(*y);
                    }
                },
            )
        });
        (self.slope, self.curvature) = (slope, curvature);
        Ok((y, Shape::from((args[0].rows(), args[1].rows()))))
    }

    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let mut y = forward_tangent(args, tangents);
        // The inner tangent is needed once more on the way back, where it would cost a product: it goes into what the
        // way back makes of it, the slope's tangent, in the curvature's place.
        let kept = self.slope.par_chunks(CHUNK).zip(self.curvature.par_chunks_mut(CHUNK));
        y.par_chunks_mut(CHUNK).zip(kept).for_each(|(y, (d, c))| {
            for ((y, d), c) in y.iter_mut().zip(d).zip(c) {
                *c *= *y;
                *y *= *d;
            }
        });
        Ok(y)
    }

    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let tangent = products(grad_tangent.map(|g| (g, &self.slope[..])), (grad, &self.curvature));
        Ok(backward_tangent(point, wanted, &products(None, (grad, &self.slope)), Some(&tangent)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finite_difference::{check_tangents, random};
    use super::super::super::kernel::Kernel;
    use super::super::super::{linear, linear_gelu};
    use super::*;

    #[test]
    fn tangents_agree_with_finite_differences() {
        let args = [random(&[5, 3], 1), random(&[4, 3], 2), random(&[4], 3)];
        check_tangents(&args, |a| linear(&a[0], &a[1], Some(&a[2])));
        check_tangents(&args[..2], |a| linear(&a[0], &a[1], None));
        check_tangents(&args, |a| linear_gelu(&a[0], &a[1], &a[2]));
    }

    /// What tangents need must not cost memory where nobody asks for them.
    #[test]
    fn the_curvature_is_kept_for_second_derivatives_alone() -> Result<()> {
        let shapes = [Shape::from((5, 3)), Shape::from((4, 3)), Shape::from(4)];
        let data = [0.5f64; 15];
        let args = shapes.each_ref().map(|shape| View { data: &data[..shape.elem_count()], shape });
        let mut gelu = LinearGelu::new();
        let plain = gelu.forward(&args, true)?.0;
        assert!(gelu.curvature.is_empty());
        let slope = gelu.slope.clone();
        assert_eq!(gelu.forward_twice(&args)?.0, plain);
        assert!(gelu.curvature.len() == 20 && gelu.slope == slope);
        Ok(())
    }
}
