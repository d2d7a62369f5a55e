//! The state of a run on disk: safetensors with the counters in the metadata.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::identity::RunIdentity;
use crate::error::{Error, Result};
use crate::peft::{EpochReport, Tensors, file};
use crate::save::save_atomically;

/// Everything but tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub identity: RunIdentity,
    /// Epochs done.
    pub epoch: usize,
    /// Updates done, as AdamW counts them.
    pub step: u64,
    pub best_epoch: usize,
    pub best_f1: Option<f64>,
    pub initial_f1: Option<f64>,
    pub history: Vec<EpochReport>,
    /// Seconds spent so far.
    pub seconds: f64,
}

impl Counters {
    /// Before the first update.
    pub fn new(identity: RunIdentity) -> Counters {
        let (best_f1, initial_f1, history) = (None, None, Vec::new());
        Counters { identity, epoch: 0, step: 0, best_epoch: 0, best_f1, initial_f1, history, seconds: 0.0 }
    }
}

const KEY: &str = "primer.checkpoint";

/// Writes counters, the optimiser's tensors and the best parameters so far.
pub(crate) fn save(path: &Path, counters: &Counters, optimizer: Tensors, best: &Tensors) -> Result<()> {
    let mut tensors = optimizer;
    tensors.extend(best.iter().map(|(name, t)| (format!("best.{name}"), t.clone())));
    let text =
        serde_json::to_string(counters).map_err(|e| Error::format(format!("cannot write the checkpoint: {e}")))?;
    let bytes = file::serialize(&tensors, HashMap::from([(KEY.to_owned(), text)]))?;
    save_atomically(path, |f| std::io::Write::write_all(f, &bytes))
}

/// A checkpoint's tensors, each to be taken once.
pub(crate) struct Checkpoint {
    pub counters: Counters,
    tensors: Tensors,
}

impl Checkpoint {
    /// Reads the checkpoint at `path`; `None` where there is none.
    ///
    /// # Errors
    /// `Format` for a damaged file, `Mismatch` for one of another run.
    pub fn load(path: &Path, identity: &RunIdentity) -> Result<Option<Checkpoint>> {
        if !path.exists() {
            return Ok(None);
        }
        let read = || {
            let bytes = file::read(path)?;
            let text = file::metadata(&bytes, KEY)?.ok_or_else(|| Error::format("not a checkpoint of this library"))?;
            let counters: Counters = serde_json::from_str(&text)
                .map_err(|e| Error::format(format!("the checkpoint's counters cannot be read: {e}")))?;
            if counters.identity != *identity {
                let message =
                    "the checkpoint belongs to a run with other data, options or backbone; remove it to start anew";
                return Err(Error::mismatch(message));
            }
            Ok(Checkpoint { counters, tensors: file::tensors(&bytes)? })
        };
        read().map(Some).map_err(|e: Error| e.in_file(path))
    }

    /// Takes a tensor and checks its shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        match self.tensors.remove(name) {
            Some(t) if t.dims() == shape => Ok(t),
            Some(t) => Err(Error::format(format!("shape {:?}, expected {shape:?}", t.dims())).about_tensor(name)),
            None => Err(Error::format("the checkpoint lacks a tensor").about_tensor(name)),
        }
    }
}
