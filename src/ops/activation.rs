//! The non-linearities of bottleneck adapters.

use candle_core::{Shape, Tensor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// An element-wise non-linearity, under the names that AdapterHub gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(x, 0)`; its slope at 0 is taken as 0.
    Relu,
    /// `x / (1 + exp(-x))`, also called SiLU.
    Swish,
    /// `x Φ(x)`, the exact GELU.
    Gelu,
}

/// Applies `kind` to every element.
pub fn activation(x: &Tensor, kind: Activation) -> Result<Tensor> {
    if is_composed(x.device()) {
        return composed::activation(x, kind);
    }
    by_dtype!(x, "activation", T => apply::<T, _>(kind, &[x]))
}

/// Elements that one task handles.
const CHUNK: usize = 16 * 1024;

/// Applies `f` to every element, compiled for the processor's vectors.
fn each<T>(values: &mut [T], f: impl Fn(&mut T)) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for value in values {
                f(value);
            }
        },
    )
}

/// The non-linearity in place.
pub(super) fn activate<T: Float>(kind: Activation, values: &mut [T]) {
    match kind {
        Activation::Relu => each(values, |y| *y = at(Activation::Relu, *y).0),
        Activation::Swish => each(values, |y| *y = at(Activation::Swish, *y).0),
        Activation::Gelu => each(values, |y| *y = at(Activation::Gelu, *y).0),
    }
}

/// Applies `f` to every element and its gradient.
fn pairs<T: Copy>(values: &mut [T], grad: &[T], f: impl Fn(&mut T, T)) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for (value, grad) in values.iter_mut().zip(grad) {
                f(value, *grad);
            }
        },
    )
}

/// `(value, slope)` at `x`.
#[inline(always)]
pub(super) fn at<T: Float>(kind: Activation, x: T) -> (T, T) {
    match kind {
        // What is not a number stays so.
        Activation::Relu if x <= T::zero() => (T::zero(), T::zero()),
        Activation::Relu => (x, T::one()),
        Activation::Swish => {
            let s = T::one() / (T::one() + (T::zero() - x).exp_fast());
            (x * s, s * (T::one() + x * (T::one() - s)))
        }
        Activation::Gelu => x.gelu(),
    }
}

impl<T: Float> Kernel<T> for Activation {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let mut y = args[0].data.to_vec();
        y.par_chunks_mut(CHUNK).for_each(|y| activate(*self, y));
        Ok((y, args[0].shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![true; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], _: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let mut slopes = args[0].data.to_vec();
        slopes.par_chunks_mut(CHUNK).zip(grad.par_chunks(CHUNK)).for_each(|(s, grad)| match self {
            Activation::Relu => pairs(s, grad, |s, g| *s = at(Activation::Relu, *s).1 * g),
            Activation::Swish => pairs(s, grad, |s, g| *s = at(Activation::Swish, *s).1 * g),
            Activation::Gelu => pairs(s, grad, |s, g| *s = at(Activation::Gelu, *s).1 * g),
        });
        Ok(vec![Some(slopes)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    #[test]
    fn what_is_not_a_number_stays_so() -> Result<()> {
        let x = Tensor::new(&[f32::NAN, -1.0, 2.0], &candle_core::Device::Cpu)?;
        for kind in [Activation::Relu, Activation::Swish, Activation::Gelu] {
            assert!(activation(&x, kind)?.to_vec1::<f32>()?[0].is_nan(), "{kind:?}");
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for kind in [Activation::Relu, Activation::Swish, Activation::Gelu] {
            check_gradients(&[random(&[4, 3], 1)], |a| activation(&a[0], kind));
        }
    }
}
