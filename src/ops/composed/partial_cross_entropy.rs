//! Mean token cross-entropy where tags are only partly known.

use candle_core::{D, Tensor};

use super::super::partial_cross_entropy::PartialTargets;
use super::{Composed, Kept, Result, apply, wide, widen};

/// Far below every logit, and finite.
const NEVER: f64 = -1e30;

/// Mean over all rows of `-w_0 log P(open tags) - sum of w_t log P(t)`, in `f32` at least.
pub(in crate::ops) fn partial_cross_entropy(logits: &Tensor, targets: &PartialTargets) -> Result<Tensor> {
    apply(PartialCrossEntropy { targets: targets.clone(), slope: None }, &[logits])
}

struct PartialCrossEntropy {
    targets: PartialTargets,
    /// The loss's gradient.
    slope: Option<Tensor>,
}

impl Composed for PartialCrossEntropy {
    fn forward(&mut self, args: &[Tensor], keep: bool) -> Result<Tensor> {
        let (rows, tags) = args[0].dims2()?;
        let (device, dtype) = (args[0].device(), wide(args[0].dtype()));
        let logits = widen(&args[0])?;
        let centred = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?)?;
        let exponentials = centred.exp()?;
        let sums = exponentials.sum_keepdim(D::Minus1)?;

        let weights = self.targets.weights();
        let at_zero: Vec<f32> = weights.chunks_exact(tags).map(|row| row[0]).collect();
        let others = weights.iter().enumerate().map(|(i, w)| if i % tags == 0 { 0.0 } else { *w }).collect();
        let share = Tensor::from_vec(at_zero, (rows, 1), device)?.to_dtype(dtype)?;
        let others = Tensor::from_vec::<_, f32>(others, (rows, tags), device)?.to_dtype(dtype)?;
        let open: Vec<u8> = self.targets.open().iter().map(|open| u8::from(*open)).collect();
        let open = Tensor::from_vec(open, (rows, tags), device)?.to_dtype(dtype)?;

        // Closed tags are far below, so that neither their size nor that of the row's largest matters.
        let among = (&centred * &open)? + ((1.0 - &open)? * NEVER)?;
        let among = among?;
        let highest = among.max_keepdim(D::Minus1)?;
        let inside = among.broadcast_sub(&highest)?.exp()?;
        let inside_sums = inside.sum_keepdim(D::Minus1)?;
        let outside = (inside_sums.log()? + highest)?;
        let known = (&centred * &others)?.sum_keepdim(D::Minus1)?;
        let mass = (&share + others.sum_keepdim(D::Minus1)?)?;
        let loss = (((sums.log()? * &mass)? - (&share * outside)?)? - known)?.mean_all()?;
        if keep {
            let within = inside.broadcast_div(&inside_sums)?.broadcast_mul(&share)?;
            let slope = ((exponentials.broadcast_div(&sums)?.broadcast_mul(&mass)? - within)? - others)?;
            self.slope = Some((slope / rows as f64)?);
        }
        Ok(loss)
    }

    fn backward(&self, _: &[Kept], _: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let Some(slope) = &self.slope else { candle_core::bail!("internal: partial_cross_entropy kept nothing") };
        Ok(vec![Some(slope.broadcast_mul(grad)?)])
    }
}
