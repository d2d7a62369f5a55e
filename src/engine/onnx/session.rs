//! A model that ONNX Runtime has loaded, and windows that go through it in padded batches.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::ErrorCode;
use ort::session::{Session as OrtSession, SessionInputValue};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

use super::forward::{IDS, LOGITS, MASK};
use super::providers::providers;
use super::runtime::{LOG_LEVEL, environment};
use crate::cancel::Cancel;
use crate::engine::OnnxOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::text::Window;

/// The input of models that were trained with pairs of sentences; all zeros here.
const TYPES: &str = "token_type_ids";

/// Pieces, padding included, that go through the model at once.
const BATCH_PIECES: usize = 1024;

/// Where a model comes from.
pub(crate) enum Source<'a> {
    Bytes(&'a [u8]),
    File(&'a Path),
}

/// A loaded model. Calls from several threads wait for each other: each uses all of the session's threads.
pub(crate) struct Session {
    session: Mutex<OrtSession>,
    takes_types: bool,
    /// The size of the last dimension of its logits, where the model says it.
    pub tags: Option<usize>,
}

impl Session {
    /// Loads a model and checks that it takes and gives what is needed.
    ///
    /// # Errors
    /// Those of [`environment`] and [`providers`]; `Format` for what is no model or a damaged one, `Unsupported` for one
    /// with other inputs or outputs or of a newer operator set.
    pub fn open(source: Source, options: &OnnxOptions, threads: usize) -> Result<Session> {
        let builder = OrtSession::builder(environment(options)?).and_then(|b| {
            let b = b.with_log_level(LOG_LEVEL)?.with_intra_threads(threads)?;
            // Every batch has another shape: a plan for each would never be used again.
            Ok(b.with_memory_pattern(false)?)
        });
        let builder = builder.map_err(|e| failed("ONNX Runtime", &e))?;
        let builder = builder.with_execution_providers(providers(&options.providers)?);
        let mut builder =
            builder.map_err(|e| Error::unsupported(format!("an execution provider cannot be used: {e}")))?;
        let session = match source {
            Source::Bytes(bytes) => builder.commit_from_memory(bytes),
            Source::File(path) => builder.commit_from_file(path),
        };
        let session = session.map_err(|e| failed("ONNX Runtime refuses the model", &e))?;
        let inputs = session.inputs();
        for (name, wanted) in [(IDS, true), (MASK, true), (TYPES, false)] {
            match inputs.iter().find(|i| i.name() == name) {
                Some(input) => check(input, "input", TensorElementType::Int64, 2)?,
                None if wanted => return Err(Error::format(format!("the model has no input {name:?}"))),
                None => {}
            }
        }
        if let Some(other) = inputs.iter().find(|i| ![IDS, MASK, TYPES].contains(&i.name())) {
            let name = other.name();
            return Err(Error::unsupported(format!(
                "the model asks for an input {name:?}; only {IDS}, {MASK} and {TYPES} are given"
            )));
        }
        let Some(output) = session.outputs().iter().find(|o| o.name() == LOGITS) else {
            return Err(Error::format(format!("the model has no output {LOGITS:?}")));
        };
        check(output, "output", TensorElementType::Float32, 3)?;
        let tags = shape(output).and_then(|s| s.last().copied()).and_then(|tags| usize::try_from(tags).ok());
        let takes_types = inputs.iter().any(|i| i.name() == TYPES);
        Ok(Session { session: Mutex::new(session), takes_types, tags })
    }

    /// The logits of the windows' labelled pieces, row-major `[labelled, tags]`, in the order of the windows. Padding is
    /// filled with the piece `pad`.
    ///
    /// # Errors
    /// `Compute` where the runtime fails, `Format` where the model gives logits of another shape; `Cancelled`.
    pub fn logits(&self, windows: &[&Window], tags: usize, pad: u32, cancel: &Cancel) -> Result<Vec<f32>> {
        let mut rows = 0;
        let mut starts = Vec::with_capacity(windows.len());
        for window in windows {
            starts.push(rows);
            rows += window.labelled.len();
        }
        let mut out = vec![0.0; rows * tags];
        // Windows of nearly one length share a batch, so that little of it is padding.
        let mut order: Vec<usize> = (0..windows.len()).filter(|w| !windows[*w].labelled.is_empty()).collect();
        order.sort_by_key(|w| windows[*w].ids.len());
        let mut rest = &order[..];
        while !rest.is_empty() {
            cancel.check()?;
            let fits = |n: &usize| *n == 1 || n * windows[rest[n - 1]].ids.len() <= BATCH_PIECES;
            let count = (1..=rest.len()).take_while(fits).last().unwrap_or(1);
            let (batch, others) = rest.split_at(count);
            let length = windows[batch[count - 1]].ids.len();
            let logits = self.run(batch.iter().map(|w| windows[*w]), length, tags, pad)?;
            for (sequence, &window) in batch.iter().enumerate() {
                let rows = out[starts[window] * tags..].chunks_exact_mut(tags);
                for (row, labelled) in rows.zip(&windows[window].labelled) {
                    let at = (sequence * length + labelled.piece as usize) * tags;
                    row.copy_from_slice(&logits[at..at + tags]);
                }
            }
            rest = others;
        }
        Ok(out)
    }

    /// All logits of one batch, `[batch, length, tags]`.
    fn run<'w>(
        &self,
        windows: impl ExactSizeIterator<Item = &'w Window>,
        length: usize,
        tags: usize,
        pad: u32,
    ) -> Result<Vec<f32>> {
        let shape = [windows.len(), length];
        let mut ids = vec![i64::from(pad); shape[0] * length];
        let mut mask = vec![0i64; ids.len()];
        let rows = ids.chunks_exact_mut(length).zip(mask.chunks_exact_mut(length));
        for (window, (ids, mask)) in windows.zip(rows) {
            ids.iter_mut().zip(&window.ids).for_each(|(place, id)| *place = i64::from(*id));
            mask[..window.ids.len()].fill(1);
        }
        let types = vec![0i64; if self.takes_types { ids.len() } else { 0 }];
        let mut inputs: Vec<(&str, SessionInputValue)> = Vec::with_capacity(3);
        for (name, values) in [(IDS, &ids), (MASK, &mask), (TYPES, &types)] {
            if !values.is_empty() {
                let tensor =
                    TensorRef::from_array_view((shape, &values[..])).map_err(|e| failed("ONNX Runtime", &e))?;
                inputs.push((name, tensor.into()));
            }
        }
        // Nothing of ours is half done when a thread panics in here.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(computing)?;
        let logits = outputs.get(LOGITS).ok_or_else(|| Error::format(format!("the model gave no {LOGITS:?}")))?;
        let (given, values) = logits.try_extract_tensor::<f32>().map_err(computing)?;
        let expected = [shape[0], length, tags].map(|n| n as i64);
        if given[..] != expected {
            return Err(Error::format(format!("the model gave logits of shape {given:?} where {expected:?} is due")));
        }
        Ok(values.to_vec())
    }
}

/// An error where an input or output is not a tensor of this type with this many dimensions, of which the first two are
/// free.
fn check(outlet: &Outlet, what: &str, wanted: TensorElementType, dimensions: usize) -> Result<()> {
    let name = outlet.name();
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
        return Err(Error::unsupported(format!("the {what} {name:?} is not a tensor")));
    };
    if *ty != wanted {
        return Err(Error::unsupported(format!("the {what} {name:?} has numbers of type {ty}; {wanted} is due")));
    }
    if shape.len() != dimensions || shape[..2].iter().any(|d| *d >= 0) {
        return Err(Error::unsupported(format!(
            "the {what} {name:?} has the shape {shape:?}; {dimensions} dimensions are due, batch and length free (-1)"
        )));
    }
    Ok(())
}

fn shape(outlet: &Outlet) -> Option<&[i64]> {
    match outlet.dtype() {
        ValueType::Tensor { shape, .. } => Some(&shape[..]),
        _ => None,
    }
}

fn computing(e: ort::Error) -> Error {
    Error::new(ErrorKind::Compute, format!("ONNX Runtime: {e}"))
}

/// The runtime's error while it loads a model.
fn failed<R>(what: &str, e: &ort::Error<R>) -> Error {
    let kind = match e.code() {
        ErrorCode::NoSuchFile => ErrorKind::Io,
        ErrorCode::NotImplemented | ErrorCode::ExecutionProviderFailure => ErrorKind::Unsupported,
        _ => ErrorKind::Format,
    };
    Error::new(kind, format!("{what}: {}", e.message().trim()))
}
