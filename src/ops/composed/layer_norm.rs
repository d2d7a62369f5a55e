//! Layer normalisation of a sum.

use candle_core::{D, DType, Tensor};

use super::{Composed, Kept, Result, apply, widen};
use crate::ops::kernel::Reads;

/// `LN(x + residual) γ + β` in the type of `x`, computed in `f32`.
pub(in crate::ops) fn layer_norm(
    x: &Tensor,
    residual: Option<&Tensor>,
    gamma: &Tensor,
    beta: &Tensor,
    eps: f64,
) -> Result<Tensor> {
    let op = LayerNorm { eps, sum: None };
    match residual {
        Some(residual) => apply(op, &[gamma, beta, x, residual]),
        None => apply(op, &[gamma, beta, x]),
    }
}

struct LayerNorm {
    eps: f64,
    /// What was normalised.
    sum: Option<Tensor>,
}

impl LayerNorm {
    /// `(x - mean) / σ` and `1 / σ`.
    fn normal(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let inverse = (centred.sqr()?.mean_keepdim(D::Minus1)? + self.eps)?.sqrt()?.recip()?;
        Ok((centred.broadcast_mul(&inverse)?, inverse))
    }
}

impl Composed for LayerNorm {
    fn forward(&mut self, args: &[Tensor], keep: bool) -> Result<Tensor> {
        let sum = match args.get(3) {
            Some(residual) => (&args[2] + residual)?,
            None => args[2].contiguous()?,
        };
        let x = widen(&sum)?;
        let [gamma, beta] = [&args[0], &args[1]].map(|t| t.to_dtype(x.dtype())?.contiguous());
        let y = match x.dtype() {
            // candle's fused one is not for double precision, which only tests ask for.
            DType::F64 => self.normal(&x)?.0.broadcast_mul(&gamma?)?.broadcast_add(&beta?)?,
            _ => candle_nn::ops::layer_norm(&x, &gamma?, &beta?, self.eps as f32)?,
        };
        self.sum = keep.then_some(sum);
        y.to_dtype(args[2].dtype())
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        let mut args = vec![false; needed.len()];
        args[0] = needed[2..].contains(&true);
        Reads { args, out: false }
    }

    fn backward(&self, args: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let Some(sum) = &self.sum else { candle_core::bail!("internal: layer_norm kept nothing") };
        let (x, grad) = (widen(sum)?, widen(grad)?);
        let (normal, inverse) = self.normal(&x)?;
        let gamma = needed[0].then(|| (&grad * &normal)?.sum(0)).transpose()?;
        let beta = needed[1].then(|| grad.sum(0)).transpose()?;
        let mut gradients = vec![gamma, beta];
        if needed[2..].contains(&true) {
            // With x̂ = (v - mean) / σ and h = grad γ: dv = (h - mean(h) - x̂ mean(h x̂)) / σ.
            let h = grad.broadcast_mul(&args[0].tensor()?.to_dtype(grad.dtype())?)?;
            let along = (&h * &normal)?.mean_keepdim(D::Minus1)?;
            let rest = h.broadcast_sub(&h.mean_keepdim(D::Minus1)?)? - normal.broadcast_mul(&along)?;
            // A sum hands its gradient to both sides.
            let both = rest?.broadcast_mul(&inverse)?;
            gradients.extend(needed[2..].iter().map(|n| n.then(|| both.clone())));
        } else {
            gradients.extend(needed[2..].iter().map(|_| None));
        }
        Ok(gradients)
    }
}
