//! The state of a run on disk: safetensors with the counters in the metadata.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, OptionName, Result};
use crate::peft::{Tensors, file};
use crate::save::save_atomically;

const KEY: &str = "primer.checkpoint";

/// Writes counters and tensors. What stood at `path` before stays until all of it is on the disk.
pub(crate) fn save(path: &Path, counters: &impl Serialize, tensors: Tensors) -> Result<()> {
    let text =
        serde_json::to_string(counters).map_err(|e| Error::format(format!("cannot write the checkpoint: {e}")))?;
    let bytes = file::serialize(tensors, HashMap::from([(KEY.to_owned(), text)]))?;
    save_atomically(path, |f| std::io::Write::write_all(f, &bytes))
}

/// A checkpoint's bytes; `None` where there is none.
///
/// # Errors
/// `Io`; `TooLarge` for a file that cannot be one.
pub(crate) fn bytes(path: &Path) -> Result<Option<Vec<u8>>> {
    if path.exists() { file::read(path).map(Some) } else { Ok(None) }
}

/// A checkpoint's tensors, each to be taken once.
pub(crate) struct Checkpoint<C> {
    pub counters: C,
    tensors: Tensors,
}

impl<C: DeserializeOwned> Checkpoint<C> {
    /// Reads the checkpoint at `path`; `None` where there is none, and where the run is to `restart` from the beginning.
    /// `difference` says what makes it one of another run.
    ///
    /// # Errors
    /// As [`bytes`] and [`Checkpoint::from_bytes`].
    pub fn load(
        path: &Path,
        restart: bool,
        difference: impl FnOnce(&C) -> Option<String>,
    ) -> Result<Option<Checkpoint<C>>> {
        let Some(bytes) = bytes(path)? else { return Ok(None) };
        Checkpoint::from_bytes(&bytes, restart, difference).map_err(|e| e.in_file(path))
    }

    /// The checkpoint in a file's bytes; `None` where the run is to `restart`: then the file is only looked at, since what is
    /// no checkpoint is not written over. `difference` says what makes it one of another run.
    ///
    /// # Errors
    /// `Format` for a damaged file, `Stale` for one of another run.
    pub fn from_bytes(
        bytes: &[u8],
        restart: bool,
        difference: impl FnOnce(&C) -> Option<String>,
    ) -> Result<Option<Checkpoint<C>>> {
        let text = file::metadata(bytes, KEY)?.ok_or_else(|| Error::format("not a checkpoint of this library"))?;
        if restart {
            return Ok(None);
        }
        let counters: C = serde_json::from_str(&text)
            .map_err(|e| Error::format(format!("the checkpoint's counters cannot be read: {e}")))?;
        if let Some(difference) = difference(&counters) {
            let message = format!(
                "the checkpoint is one of another run, which had {difference}; go on with the same, remove the file, or set \
                 {} to start anew",
                OptionName("restart")
            );
            return Err(Error::about_options(ErrorKind::Stale, &message));
        }
        Ok(Some(Checkpoint { counters, tensors: file::tensors(bytes)? }))
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
