//! Linear layers.

use candle_core::Tensor;

use super::{Composed, Kept, Result, activation, apply, matmul, widen};
use crate::ops::Activation;
use crate::ops::kernel::Reads;

/// `x Wᵀ + b` in the type of `x`.
pub(in crate::ops) fn linear(x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
    match b {
        Some(b) => apply(Linear, &[x, w, b]),
        None => apply(Linear, &[x, w]),
    }
}

/// `GELU(x Wᵀ + b)`.
pub(in crate::ops) fn linear_gelu(x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
    activation(&linear(x, w, Some(b))?, Activation::Gelu)
}

struct Linear;

impl Composed for Linear {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        let (x, w) = (args[0].contiguous()?, args[1].to_dtype(args[0].dtype())?);
        let y = matmul(&x, &w.t()?)?;
        match args.get(2) {
            Some(b) => y.broadcast_add(&b.to_dtype(y.dtype())?),
            None => Ok(y),
        }
    }

    /// The input is read for the weight's gradient, the weight for the input's.
    fn reads(&self, needed: &[bool]) -> Reads {
        let mut args = vec![needed[1], needed[0], false];
        args.truncate(needed.len());
        Reads { args, out: false }
    }

    fn backward(&self, args: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let grad = grad.contiguous()?;
        let x = match needed[0] {
            true => Some(matmul(&grad, &args[1].tensor()?.to_dtype(grad.dtype())?.contiguous()?)?),
            false => None,
        };
        let w = match needed[1] {
            true => Some(matmul(&grad.t()?, &args[0].tensor()?.contiguous()?)?),
            false => None,
        };
        let mut gradients = vec![x, w];
        if let Some(needed) = needed.get(2) {
            gradients.push(needed.then(|| widen(&grad)?.sum(0)).transpose()?);
        }
        Ok(gradients)
    }
}
