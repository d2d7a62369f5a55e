//! How a tagger runs its forward pass.

mod native;

pub(crate) use native::Native;

use crate::data::Batch;
use crate::error::Result;
use crate::peft::Adapter;

/// Computes logits. An engine is chosen when a tagger is made and knows its backbone.
pub(crate) trait Engine: Send + Sync {
    /// Logits of the batch's labelled pieces under `adapter`, row-major `[labelled, tags]`.
    fn logits(&self, batch: &Batch, adapter: &Adapter) -> Result<Vec<f32>>;
}
