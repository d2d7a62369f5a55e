//! The forward pass by this library's own operations.

use super::Engine;
use crate::data::Batch;
use crate::error::Result;
use crate::model::Model;
use crate::peft::Adapter;

/// Runs the backbone's encoder with the adapter's method in place.
pub(crate) struct Native {
    model: Model,
}

impl Native {
    pub fn new(model: &Model) -> Native {
        Native { model: model.clone() }
    }
}

impl Engine for Native {
    fn logits(&self, batch: &Batch, adapter: &Adapter) -> Result<Vec<f32>> {
        Ok(adapter.built().logits(self.model.encoder(), batch)?.flatten_all()?.to_vec1()?)
    }
}
