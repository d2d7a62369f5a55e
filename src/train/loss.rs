//! The loss of a batch.

use candle_core::Tensor;

use crate::data::Batch;
use crate::error::Result;
use crate::ops;

/// The mean loss over the labelled pieces of `batch`, given their logits. What is known of their tags only in part is
/// learnt as far as it is known.
pub(super) fn loss(logits: &Tensor, batch: &Batch) -> Result<Tensor> {
    Ok(match &batch.partial {
        None => ops::cross_entropy(logits, &batch.targets)?,
        Some(partial) => ops::partial_cross_entropy(logits, partial)?,
    })
}
