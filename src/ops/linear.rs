//! Linear layer `y = x Wᵀ + b`, frozen or trained, alone or with a GELU behind it.

use candle_core::{Shape, Tensor, bail};
use rayon::prelude::*;

use super::composed::{self, is_composed};
use super::gemm::{Mat, matmul};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};
use super::math::Math;

type Result<T> = candle_core::Result<T>;

/// `x Wᵀ + b` for `x` of shape `[pieces, inputs]`, `w` `[outputs, inputs]` and `b` `[outputs]`.
///
/// The backward pass computes the gradients of tracked tensors only: for a frozen layer one product, for a trained
/// one two.
///
/// # Errors
/// Where shapes or element types do not fit each other, or the layer has no inputs or no outputs.
pub fn linear(x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
    check(x, w, b)?;
    if is_composed(x.device()) {
        return composed::linear(x, w, b);
    }
    by_dtype!(x, "linear", T => match b {
        Some(b) => apply::<T, _>(Linear, &[x, w, b]),
        None => apply::<T, _>(Linear, &[x, w]),
    })
}

/// `GELU(x Wᵀ + b)` with the exact Gaussian distribution; shapes as in [`linear`].
///
/// # Errors
/// As there.
pub fn linear_gelu(x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
    check(x, w, Some(b))?;
    if is_composed(x.device()) {
        return composed::linear_gelu(x, w, b);
    }
    by_dtype!(x, "linear_gelu", T => apply::<T, _>(LinearGelu::<T>::new(), &[x, w, b]))
}

fn check(x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<()> {
    let (_, inputs) = x.dims2()?;
    let (outputs, expected) = w.dims2()?;
    if inputs == 0 || outputs == 0 || inputs != expected || b.is_some_and(|b| b.dims() != [outputs]) {
        bail!("linear: input {:?}, weight {:?}, bias {:?}", x.shape(), w.shape(), b.map(|b| b.shape()));
    }
    Ok(())
}

pub(super) struct Linear;

pub(super) fn forward<T: Float>(args: &[View<T>]) -> Vec<T> {
    let (x, w) = (args[0], args[1]);
    let (pieces, inputs, outputs) = (x.rows(), x.columns(), w.rows());
    let mut y = Vec::with_capacity(pieces * outputs);
    match args.get(2) {
        Some(b) => (0..pieces).for_each(|_| y.extend_from_slice(b.data)),
        None => y.resize(pieces * outputs, T::zero()),
    }
    let product = (pieces, outputs, inputs);
    let accumulate = args.len() > 2;
    matmul(
        product,
        (x.data, Mat::rows(inputs)),
        (w.data, Mat::transposed(inputs)),
        (&mut y, Mat::rows(outputs)),
        accumulate,
        true,
    );
    y
}

pub(super) fn backward<T: Float>(args: &[View<T>], needed: &[bool], grad: &[T]) -> Gradients<T> {
    let (x, w) = (args[0], args[1]);
    let (pieces, inputs, outputs) = (x.rows(), x.columns(), w.rows());
    let mut result = vec![None; args.len()];
    if needed[0] {
        let mut gx = vec![T::zero(); pieces * inputs];
        let product = (pieces, inputs, outputs);
        matmul(
            product,
            (grad, Mat::rows(outputs)),
            (w.data, Mat::rows(inputs)),
            (&mut gx, Mat::rows(inputs)),
            false,
            true,
        );
        result[0] = Some(gx);
    }
    if needed[1] {
        let mut gw = vec![T::zero(); outputs * inputs];
        let product = (outputs, inputs, pieces);
        matmul(
            product,
            (grad, Mat::transposed(outputs)),
            (x.data, Mat::rows(inputs)),
            (&mut gw, Mat::rows(inputs)),
            false,
            true,
        );
        result[1] = Some(gw);
    }
    if needed.get(2) == Some(&true) {
        let mut gb = vec![T::zero(); outputs];
        for row in grad.chunks_exact(outputs) {
            gb.iter_mut().zip(row).for_each(|(s, g)| *s += *g);
        }
        result[2] = Some(gb);
    }
    result
}

/// The input is read for the weight's gradient, the weight for the input's: an input of a frozen layer is not kept.
fn reads(needed: &[bool]) -> Reads {
    let mut args = vec![needed[1], needed[0], false];
    args.truncate(needed.len());
    Reads { args, out: false }
}

impl<T: Float> Kernel<T> for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        Ok((forward(args), Shape::from((args[0].rows(), args[1].rows()))))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        reads(needed)
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        Ok(backward(args, needed, grad))
    }
}

/// Keeps GELU's derivative, which costs nothing extra on the way forward and is all that the way back needs.
pub(super) struct LinearGelu<T> {
    pub(super) slope: Vec<T>,
    /// GELU's second derivative, then the tangent of `slope`: for second derivatives alone.
    pub(super) curvature: Vec<T>,
}

impl<T> LinearGelu<T> {
    pub fn new() -> LinearGelu<T> {
        LinearGelu { slope: Vec::new(), curvature: Vec::new() }
    }
}

/// Elements that one task of a parallel element-wise loop handles.
pub(super) const CHUNK: usize = 16 * 1024;

impl<T: Float> Kernel<T> for LinearGelu<T> {
    fn name(&self) -> &'static str {
        "linear_gelu"
    }

    fn forward(&mut self, args: &[View<T>], keep: bool) -> Result<(Vec<T>, Shape)> {
        let mut y = forward(args);
        if !keep {
            y.par_chunks_mut(CHUNK).for_each(|y| {
                pulp::Arch::new().dispatch(
                    #[inline(always)]
                    || {
                        for y in y {
                            *y = Math::gelu(*y).0;
                        }
                    },
                )
            });
            return Ok((y, Shape::from((args[0].rows(), args[1].rows()))));
        }
        let mut slope = vec![T::zero(); y.len()];
        y.par_chunks_mut(CHUNK).zip(slope.par_chunks_mut(CHUNK)).for_each(|(y, d)| {
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || {
                    for (y, d) in y.iter_mut().zip(d) {
                        (*y, *d) = Math::gelu(*y);
                    }
                },
            )
        });
        self.slope = slope;
        Ok((y, Shape::from((args[0].rows(), args[1].rows()))))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        reads(needed)
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let mut g = grad.to_vec();
        g.par_chunks_mut(CHUNK)
            .zip(self.slope.par_chunks(CHUNK))
            .for_each(|(g, d)| g.iter_mut().zip(d).for_each(|(g, d)| *g *= *d));
        Ok(backward(args, needed, &g))
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let args = [random(&[5, 3], 1), random(&[4, 3], 2), random(&[4], 3)];
        check_gradients(&args, |a| linear(&a[0], &a[1], Some(&a[2])));
        check_gradients(&args[..2], |a| linear(&a[0], &a[1], None));
        check_gradients(&args, |a| linear_gelu(&a[0], &a[1], &a[2]));
        Ok(())
    }

    #[test]
    fn strided_arguments_give_the_same_result() -> Result<()> {
        let (x, w) = (random(&[3, 5], 1), random(&[3, 4], 2));
        let want = x.t()?.matmul(&w)?.to_vec2::<f64>()?;
        let got = linear(&x.t()?, &w.t()?, None)?.to_vec2::<f64>()?;
        assert!(want.iter().flatten().zip(got.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12));
        Ok(())
    }

    #[test]
    fn wrong_shapes_are_errors() {
        assert!(linear(&random(&[5, 3], 1), &random(&[4, 2], 2), None).is_err());
        assert!(linear(&random(&[5, 3], 1), &random(&[4, 3], 2), Some(&random(&[3], 3))).is_err());
    }
}
