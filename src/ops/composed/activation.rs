//! Element-wise non-linearities.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use candle_core::Tensor;

use super::{Composed, Kept, Result, apply, widen};
use crate::ops::Activation;
use crate::ops::kernel::Reads;

/// Applies `kind` to every element.
pub(in crate::ops) fn activation(x: &Tensor, kind: Activation) -> Result<Tensor> {
    apply(kind, &[x])
}

impl Composed for Activation {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        match self {
            Activation::Relu => args[0].relu(),
            Activation::Swish => args[0].silu(),
            Activation::Gelu => args[0].gelu_erf(),
        }
    }

    fn reads(&self, _: &[bool]) -> Reads {
        Reads { args: vec![true], out: false }
    }

    fn backward(&self, args: &[Kept], _: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let x = widen(args[0].tensor()?)?;
        let slope = match self {
            Activation::Relu => x.relu()?.sign()?,
            Activation::Swish => {
                // σ + xσ (1 - σ)
                let s = candle_nn::ops::sigmoid(&x)?;
                let y = (&x * &s)?;
                ((&s + &y)? - (y * s)?)?
            }
            Activation::Gelu => {
                // Φ(x) + x φ(x)
                let cumulative = (&x * FRAC_1_SQRT_2)?.erf()?.affine(0.5, 0.5)?;
                let density = (x.sqr()? * -0.5)?.exp()?.affine(1.0 / (2.0 * PI).sqrt(), 0.0)?;
                (cumulative + (x * density)?)?
            }
        };
        Ok(vec![Some((widen(grad)? * slope)?)])
    }
}
