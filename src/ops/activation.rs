//! The non-linearities of bottleneck adapters.

use candle_core::{Shape, Tensor};
use serde::{Deserialize, Serialize};

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
    if !x.device().is_cpu() {
        return match kind {
            Activation::Relu => x.relu(),
            Activation::Swish => x.silu(),
            Activation::Gelu => x.gelu_erf(),
        };
    }
    by_dtype!(x, "activation", T => apply::<T, _>(kind, &[x]))
}

/// `(value, slope)` at `x`.
pub(super) fn at<T: Float>(kind: Activation, x: T) -> (T, T) {
    match kind {
        Activation::Relu if x > T::zero() => (x, T::one()),
        Activation::Relu => (T::zero(), T::zero()),
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
        Ok((args[0].data.iter().map(|x| at(*self, *x).0).collect(), args[0].shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![true; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], _: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let g = args[0].data.iter().zip(grad).map(|(x, g)| at(*self, *x).1 * *g).collect();
        Ok(vec![Some(g)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    #[test]
    fn gradients_agree_with_finite_differences() {
        for kind in [Activation::Relu, Activation::Swish, Activation::Gelu] {
            check_gradients(&[random(&[4, 3], 1)], |a| activation(&a[0], kind));
        }
    }
}
