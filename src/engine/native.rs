//! The forward pass by this library's own operations.

use super::{Engine, Job, TaggerOptions};
use crate::cancel::Cancel;
use crate::data::{Batch, runs};
use crate::error::Result;
use crate::model::Model;

/// Pieces that go through the encoder at once: enough to keep the cores busy, little enough for the caches.
const BATCH_PIECES: usize = 1024;

/// Runs the backbone's encoder with the adapter's method in place.
pub(crate) struct Native {
    model: Model,
}

impl Native {
    pub fn new(model: &Model, _: &TaggerOptions) -> Native {
        Native { model: model.clone() }
    }
}

impl Engine for Native {
    fn logits(&self, jobs: &[Job], cancel: &Cancel) -> Result<Vec<Vec<f32>>> {
        let run = |job: &Job| {
            let mut logits = Vec::new();
            for run in runs(job.windows.iter().map(|w| w.ids.len()), BATCH_PIECES) {
                cancel.check()?;
                let batch = Batch::of_windows(job.windows[run].iter().copied());
                if !batch.labelled.is_empty() {
                    let rows = job.adapter.built().logits(self.model.encoder(), &batch)?;
                    logits.extend(rows.flatten_all()?.to_vec1::<f32>()?);
                }
            }
            Ok(logits)
        };
        jobs.iter().map(run).collect()
    }
}
