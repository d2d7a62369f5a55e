//! ONNX Runtime as an engine: every adapter's model is written in memory and loaded on first use.

use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::OnceCell;

use super::providers::providers;
use super::runtime::environment;
use super::session::{Session, Source};
use super::write::to_bytes;
use crate::cancel::Cancel;
use crate::engine::{Engine, Job, OnnxOptions, TaggerOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::peft::Adapter;
use crate::precision::Precision;

/// Sessions that are kept. Each holds the whole model, so more of them are soon more than a machine has room for.
const SESSIONS: usize = 8;

/// Tags by ONNX Runtime.
pub(crate) struct OnnxRuntime {
    model: Model,
    options: OnnxOptions,
    /// Those used last, the latest at the end.
    slots: Mutex<Vec<Arc<Slot>>>,
}

/// An adapter, and its session once it is loaded.
struct Slot {
    adapter: Adapter,
    session: OnceCell<Session>,
}

impl OnnxRuntime {
    /// Loads the library and looks whether it has the providers; models are loaded when they are needed.
    ///
    /// # Errors
    /// `Unsupported` in 8 bits, and as [`environment`] and [`providers`].
    pub fn new(model: &Model, options: &TaggerOptions) -> Result<OnnxRuntime> {
        if options.precision != Precision::F32 {
            return Err(Error::unsupported("ONNX Runtime is given 32-bit floats; 8 bits are the native engine's"));
        }
        environment(&options.onnx)?;
        providers(&options.onnx.providers)?;
        Ok(OnnxRuntime { model: model.clone(), options: options.onnx.clone(), slots: Mutex::default() })
    }

    /// The adapter's place among those used last.
    fn slot(&self, adapter: &Adapter) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match slots.iter().position(|s| s.adapter.is_same(adapter)) {
            Some(at) => slots.remove(at),
            None => Arc::new(Slot { adapter: adapter.clone(), session: OnceCell::new() }),
        };
        slots.push(slot.clone());
        let surplus = slots.len().saturating_sub(SESSIONS);
        slots.drain(..surplus);
        slot
    }

    fn load(&self, adapter: &Adapter) -> Result<Session> {
        let threads = self.model.threads();
        let open = || {
            let bytes = self.model.pool().install(|| to_bytes(adapter))?;
            Session::open(Source::Bytes(&bytes), &self.options, threads)
        };
        // Apart from the caller's thread: where that is one of a pool of the host's, it takes up other work while it waits
        // for ours, and that work may wait for the session which it is itself about to load.
        let done = std::thread::scope(|scope| scope.spawn(open).join());
        done.unwrap_or_else(|_| Err(Error::new(ErrorKind::Compute, "internal: a panic while a model was loaded")))
    }
}

impl Engine for OnnxRuntime {
    fn logits(&self, jobs: &[Job], cancel: &Cancel) -> Result<Vec<Vec<f32>>> {
        let run = |job: &Job| {
            let slot = self.slot(job.adapter);
            let session = slot.session.get_or_try_init(|| self.load(job.adapter))?;
            session.logits(&job.windows, job.adapter.card().tags.len(), self.model.config().pad, cancel)
        };
        jobs.iter().map(run).collect()
    }
}
