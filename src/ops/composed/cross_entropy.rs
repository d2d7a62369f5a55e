//! Mean token cross-entropy.

use candle_core::{D, Tensor};

use super::{Composed, Kept, Result, apply, wide, widen};

/// Mean of `-log softmax(logits)[target]` over all rows, in `f32` at least.
pub(in crate::ops) fn cross_entropy(logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
    apply(CrossEntropy { targets: targets.to_vec(), slope: None }, &[logits])
}

struct CrossEntropy {
    targets: Vec<u32>,
    /// The loss's gradient.
    slope: Option<Tensor>,
}

impl Composed for CrossEntropy {
    fn forward(&mut self, args: &[Tensor], keep: bool) -> Result<Tensor> {
        let (rows, tags) = args[0].dims2()?;
        let logits = widen(&args[0])?;
        let centred = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?)?;
        let exponentials = centred.exp()?;
        let sums = exponentials.sum_keepdim(D::Minus1)?;
        // One number a row is looked up in a table of rows and tags.
        let at = self.targets.iter().enumerate().map(|(row, target)| (row * tags) as u32 + target);
        let at = Tensor::from_vec(at.collect::<Vec<u32>>(), rows, logits.device())?;
        let chosen = centred.flatten_all()?.index_select(&at, 0)?;
        let loss = (sums.log()?.flatten_all()? - chosen)?.mean_all()?;
        if keep {
            let hot = self.targets.iter().flat_map(|t| (0..tags as u32).map(move |tag| u8::from(tag == *t)));
            let hot = Tensor::from_vec(hot.collect::<Vec<u8>>(), (rows, tags), logits.device())?;
            let slope = (exponentials.broadcast_div(&sums)? - hot.to_dtype(wide(logits.dtype()))?)?;
            self.slope = Some((slope / rows as f64)?);
        }
        Ok(loss)
    }

    fn backward(&self, _: &[Kept], _: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let Some(slope) = &self.slope else { candle_core::bail!("internal: cross_entropy kept nothing") };
        Ok(vec![Some(slope.broadcast_mul(grad)?)])
    }
}
