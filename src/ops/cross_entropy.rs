//! Mean token cross-entropy over the labelled pieces.

use candle_core::{Shape, Tensor, bail};

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// Mean of `-log softmax(logits)[target]` over all rows of `logits` `[labelled pieces, tags]`; a scalar.
///
/// The batch selects labelled pieces before the head, so every row counts. No row at all is an error: its mean is
/// not a number.
///
/// # Errors
/// Also where there is not one target a row, or one is beyond the tags.
pub fn cross_entropy(logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
    let (rows, tags) = logits.dims2()?;
    if rows != targets.len() || rows == 0 {
        bail!("cross_entropy: {rows} rows of logits, {} targets", targets.len());
    }
    if let Some(t) = targets.iter().find(|t| **t as usize >= tags) {
        bail!("cross_entropy: target {t} of {tags} tags");
    }
    if is_composed(logits.device()) {
        return composed::cross_entropy(logits, targets);
    }
    by_dtype!(logits, "cross_entropy", T => {
        apply::<T, _>(CrossEntropy::<T> { targets: targets.to_vec(), probabilities: Vec::new() }, &[logits])
    })
}

pub(super) struct CrossEntropy<T> {
    pub(super) targets: Vec<u32>,
    pub(super) probabilities: Vec<T>,
}

impl<T: Float> Kernel<T> for CrossEntropy<T> {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let (logits, tags) = (args[0], args[0].columns());
        let mut probabilities = Vec::with_capacity(logits.data.len());
        let mut loss = 0.0;
        for (row, target) in logits.data.chunks_exact(tags).zip(&self.targets) {
            let max = row.iter().map(|v| v.to_f64()).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|v| (v.to_f64() - max).exp()).sum();
            probabilities.extend(row.iter().map(|v| T::from_f64((v.to_f64() - max).exp() / sum)));
            loss += max + sum.ln() - row[*target as usize].to_f64();
        }
        self.probabilities = probabilities;
        Ok((vec![T::from_f64(loss / self.targets.len() as f64)], Shape::from(())))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], _: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let tags = args[0].columns();
        let scale = grad[0] / T::from_f64(self.targets.len() as f64);
        let mut g = self.probabilities.clone();
        for (row, target) in g.chunks_exact_mut(tags).zip(&self.targets) {
            row[*target as usize] -= T::one();
            row.iter_mut().for_each(|v| *v *= scale);
        }
        Ok(vec![Some(g)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;
    use candle_core::Device;

    #[test]
    fn gradients_agree_with_finite_differences() {
        check_gradients(&[random(&[4, 5], 1)], |a| cross_entropy(&a[0], &[0, 4, 2, 2]));
    }

    #[test]
    fn agrees_with_pytorch_and_with_large_logits() -> Result<()> {
        // torch.nn.functional.cross_entropy(torch.tensor([[1., 2., 3.], [1000., 0., 0.]]), torch.tensor([0, 0]))
        let logits = Tensor::new(&[[1f32, 2., 3.], [1000., 0., 0.]], &Device::Cpu)?;
        let loss = cross_entropy(&logits, &[0, 0])?.to_scalar::<f32>()?;
        assert!((loss - 1.203_803).abs() < 1e-6, "{loss}");
        Ok(())
    }

    #[test]
    fn no_row_and_wrong_targets_are_errors() {
        assert!(cross_entropy(&random(&[0, 3], 1), &[]).is_err());
        assert!(cross_entropy(&random(&[2, 3], 1), &[0]).is_err());
        assert!(cross_entropy(&random(&[1, 3], 1), &[3]).is_err());
    }
}
