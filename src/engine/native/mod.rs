//! The forward pass by this library's own kernels: nothing is recorded, weights are laid out once, and windows of several
//! adapters share a batch.

mod chunks;
mod forward;
mod passage;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{Engine, Job};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::model::{Model, PackedEncoder};
use crate::ops::{Kind, Split};
use crate::peft::Plan;
use chunks::chunks;
use forward::{Scratch, forward};
use passage::Passage;

/// Runs the backbone's encoder with the adapters' methods in place.
pub(crate) struct Native {
    model: Model,
    kind: Kind,
    /// Buffers of threads that are not at work.
    scratch: Mutex<Vec<Scratch>>,
}

impl Native {
    pub fn new(model: &Model, kind: Kind) -> Native {
        Native { model: model.clone(), kind, scratch: Mutex::default() }
    }

    /// Logits of one stretch of windows, by job.
    fn run(
        &self,
        encoder: &PackedEncoder,
        plans: &[&Plan],
        passage: &Passage,
        split: Split,
        cancel: &Cancel,
    ) -> Result<Vec<(usize, Vec<f32>)>> {
        cancel.check()?;
        let held = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = held().pop().unwrap_or_default();
        let heads = self.model.config().heads;
        let logits = forward(encoder, heads, plans, passage, &mut scratch, (self.kind, split), cancel);
        held().push(scratch);
        logits
    }
}

impl Engine for Native {
    fn logits(&self, jobs: &[Job], cancel: &Cancel) -> Result<Vec<Vec<f32>>> {
        // Laid out before this thread joins the pool: see `Model::packed`.
        let encoder = self.model.packed(self.kind)?;
        let plans = jobs.iter().map(|job| job.adapter.plan(self.kind)).collect::<Result<Vec<_>>>()?;
        // Adapters that leave the matrices alone share batches; any other goes by itself.
        let (own, shared): (Vec<usize>, Vec<usize>) = (0..jobs.len()).partition(|job| plans[*job].has_weights());
        let groups = own.into_iter().map(|job| vec![job]).chain([shared]);
        let mut logits = vec![Vec::new(); jobs.len()];
        for group in groups {
            let windows: Vec<_> =
                group.iter().flat_map(|job| jobs[*job].windows.iter().map(move |window| (*job, *window))).collect();
            let threads = self.model.threads();
            let chunks = chunks(windows.iter().map(|(_, window)| window.ids.len()), threads);
            let passages: Vec<Passage> = chunks.into_iter().map(|chunk| Passage::new(&windows[chunk])).collect();
            let run = |passage: &Passage, split| self.run(encoder, &plans, passage, split, cancel);
            let parts = self.model.pool().install(|| match passages.len() >= threads {
                true => passages.par_iter().map(|p| run(p, Split::Serial)).collect::<Result<Vec<_>>>(),
                false => passages.iter().map(|p| run(p, Split::Pool)).collect(),
            })?;
            parts.into_iter().flatten().for_each(|(job, rows)| logits[job].extend(rows));
        }
        Ok(logits)
    }
}
