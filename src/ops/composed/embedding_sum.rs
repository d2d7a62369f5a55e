//! The sum of word, position and type embeddings.

use candle_core::Tensor;

use super::rows::sum_rows;
use super::{Composed, Kept, Result, apply};

/// `(position[positions] + kind[0]) + word`.
pub(in crate::ops) fn embedding_sum(
    word: &Tensor,
    position: &Tensor,
    positions: &[u32],
    kind: &Tensor,
) -> Result<Tensor> {
    apply(EmbeddingSum(positions.to_vec()), &[word, position, kind])
}

struct EmbeddingSum(Vec<u32>);

impl Composed for EmbeddingSum {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        let [word, position, kind] = [&args[0], &args[1], &args[2]];
        let rows = position.contiguous()?.index_select(&Tensor::new(&self.0[..], word.device())?, 0)?;
        rows.broadcast_add(&kind.get(0)?)? + word
    }

    fn backward(&self, args: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let position = needed[1].then(|| sum_rows(grad, &self.0, args[1].shape.dims()[0])).transpose()?;
        let kind = match needed[2] {
            true => {
                let (others, sum) = (args[2].shape.dims()[0] - 1, grad.sum_keepdim(0)?);
                Some(sum.pad_with_zeros(0, 0, others)?)
            }
            false => None,
        };
        Ok(vec![needed[0].then(|| grad.clone()), position, kind])
    }
}
