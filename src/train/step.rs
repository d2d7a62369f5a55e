//! Loss and gradients of one update, micro-batch by micro-batch.

use candle_core::Tensor;

use super::gradients::{Gradient, Gradients, accumulate, global_norm};
use super::loss::loss;
use super::optimizer::AdamW;
use super::prefix::Prefix;
use super::recompute;
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, pieces, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Encoder;
use crate::ops::{self, Tape};
use crate::peft::Built;

/// What stays the same from update to update of an adaptation.
pub(crate) struct Step<'a> {
    pub encoder: &'a Encoder,
    pub built: &'a Built,
    /// The input of the lowest trained layer, where it was computed in advance.
    pub prefix: Option<&'a Prefix>,
    /// How many of the lowest layers are not trained.
    pub frozen: usize,
    pub micro_batch_pieces: usize,
    /// Keeps one tensor a layer and computes the rest again on the way back.
    pub recompute: bool,
    pub cancel: &'a Cancel,
}

impl Step<'_> {
    /// The mean loss over all labelled pieces of `sequences`, and its gradient for every variable of `optimizer`.
    ///
    /// # Errors
    /// `Data` where no piece carries a tag; `NonFinite`, naming the update and the first tensor; `Cancelled`.
    pub fn gradients(&self, sequences: &[&Sequence], optimizer: &AdamW) -> Result<(f64, Gradients)> {
        let leaves: Vec<&Tensor> = optimizer.vars().map(|(_, v)| v.as_tensor()).collect();
        let logits = |sequences: &[&Sequence], batch: &Batch| match self.prefix {
            Some(prefix) => prefix.logits(self.encoder, self.built, &indices(sequences), batch),
            None => self.built.logits(self.encoder, batch),
        };
        let (loss, sums) = match self.recompute && self.frozen < self.encoder.layers.len() {
            false => plain(&leaves, logits, sequences, self.micro_batch_pieces, self.cancel)?,
            true => {
                add_up(&leaves, sequences, self.micro_batch_pieces, self.cancel, |sequences, batch, share, add| {
                    let start = self.prefix.map(|p| p.input(&indices(sequences))).transpose()?;
                    recompute::gradients(self, start, batch, share, add)
                })?
            }
        };
        let update = optimizer.steps() + 1;
        match not_finite(loss, &sums)? {
            None => Ok((loss, sums)),
            Some(bad) => {
                let name = bad.leaf.and_then(|leaf| optimizer.vars().nth(leaf));
                let error = bad.error(&format!("update {update}: "));
                Err(name.into_iter().fold(error, |error, (name, _)| error.about_tensor(name)))
            }
        }
    }
}

fn indices(sequences: &[&Sequence]) -> Vec<usize> {
    sequences.iter().map(|s| s.index).collect()
}

/// The mean loss over all labelled pieces of `sequences`, and its gradient for each of `leaves`, where `logits` gives the
/// logits of some of the sequences.
///
/// # Errors
/// As [`Step::gradients`], without the names.
pub(crate) fn gradients_of(
    leaves: &[&Tensor],
    logits: impl Fn(&[&Sequence], &Batch) -> Result<Tensor>,
    sequences: &[&Sequence],
    micro_batch_pieces: usize,
    cancel: &Cancel,
) -> Result<(f64, Gradients)> {
    let (loss, sums) = plain(leaves, logits, sequences, micro_batch_pieces, cancel)?;
    match not_finite(loss, &sums)? {
        None => Ok((loss, sums)),
        Some(bad) => Err(bad.error("")),
    }
}

/// The product of the loss's Hessian with a direction, in the rows of each of `leaves`; `direction` pairs leaves with
/// their part of it. Loss and sequences as in [`gradients_of`].
///
/// # Errors
/// As there.
pub(crate) fn hessian_product_of(
    leaves: &[&Tensor],
    direction: &[(&Tensor, Vec<f32>)],
    logits: impl Fn(&[&Sequence], &Batch) -> Result<Tensor>,
    sequences: &[&Sequence],
    micro_batch_pieces: usize,
    cancel: &Cancel,
) -> Result<Gradients> {
    let (loss, sums) = add_up(leaves, sequences, micro_batch_pieces, cancel, |sequences, batch, share, add| {
        let forward = || loss(&logits(sequences, batch)?, batch);
        let (mean, tape) = Tape::record_twice(leaves, forward)?;
        let direction = direction.iter().map(|(leaf, u)| (*leaf, u.clone()));
        add(&mut tape.tangents_until(&mean, &scalar(share, &mean)?, direction, || cancel.check())?)?;
        Ok(mean.to_scalar::<f32>()? as f64)
    })?;
    match not_finite(loss, &sums)? {
        None => Ok(sums),
        Some(bad) => Err(bad.error("")),
    }
}

/// Every micro-batch on a tape of its own.
fn plain(
    leaves: &[&Tensor],
    logits: impl Fn(&[&Sequence], &Batch) -> Result<Tensor>,
    sequences: &[&Sequence],
    micro_batch_pieces: usize,
    cancel: &Cancel,
) -> Result<(f64, Gradients)> {
    add_up(leaves, sequences, micro_batch_pieces, cancel, |sequences, batch, share, add| {
        let forward = || loss(&logits(sequences, batch)?, batch);
        let (mean, tape) = Tape::record_from(leaves, forward)?;
        add(&mut tape.backward_until(&mean, &scalar(share, &mean)?, || cancel.check())?)?;
        Ok(mean.to_scalar::<f32>()? as f64)
    })
}

/// Hands the gradients of a part of a micro-batch over.
pub(super) type Add<'a> = &'a mut dyn FnMut(&mut ops::Gradients) -> Result<()>;

/// Cuts `sequences` into micro-batches and adds up what `one` makes of each: its mean loss, and gradients of that loss
/// times the micro-batch's share.
fn add_up(
    leaves: &[&Tensor],
    sequences: &[&Sequence],
    micro_batch_pieces: usize,
    cancel: &Cancel,
    one: impl Fn(&[&Sequence], &Batch, f64, Add) -> Result<f64>,
) -> Result<(f64, Gradients)> {
    let total: usize = sequences.iter().map(|s| s.targets.len()).sum();
    if total == 0 {
        return Err(Error::data(format!("a batch of {} sentences in which no piece carries a tag", sequences.len())));
    }
    let mut sums: Gradients = vec![None; leaves.len()];
    let mut loss = 0.0;
    for run in runs(sequences.iter().map(|s| s.window.ids.len()), micro_batch_pieces) {
        cancel.check()?;
        let sequences = &sequences[run];
        let batch = Batch::of_sequences(sequences.iter().copied()).stopped_by(cancel);
        if batch.targets.is_empty() {
            continue;
        }
        // A micro-batch counts by its labelled pieces, so that how a batch is cut changes nothing but rounding.
        let share = batch.targets.len() as f64 / total as f64;
        let mean = one(sequences, &batch, share, &mut |found| {
            let found = leaves.iter().map(|leaf| found.take_buffer(leaf).map(Gradient::new).transpose());
            accumulate(&mut sums, 1.0, found.collect::<Result<_>>()?)
        });
        loss += share
            * mean.map_err(|e| match leaves.first() {
                Some(leaf) => e.asked_of(leaf.device(), || pieces(&batch)),
                None => e,
            })?;
    }
    Ok((loss, sums))
}

/// The seed of a backward pass from a `loss` that counts `share`.
pub(super) fn scalar(share: f64, loss: &Tensor) -> Result<Tensor> {
    Ok(Tensor::new(share as f32, loss.device())?)
}

/// What is no longer a finite number.
struct NotFinite {
    what: &'static str,
    /// The first leaf whose gradient it is.
    leaf: Option<usize>,
}

impl NotFinite {
    fn error(&self, place: &str) -> Error {
        Error::new(ErrorKind::NonFinite, format!("{place}{}; try a lower learning rate", self.what))
    }
}

fn not_finite(loss: f64, gradients: &Gradients) -> Result<Option<NotFinite>> {
    if loss.is_finite() && global_norm(gradients)?.is_finite() {
        return Ok(None);
    }
    let mut leaf = None;
    for (i, gradient) in gradients.iter().enumerate() {
        if leaf.is_none() && gradient.as_ref().map_or(Ok(false), |g| g.is_finite().map(|finite| !finite))? {
            leaf = Some(i);
        }
    }
    let what = if loss.is_finite() { "the loss's gradient is not finite" } else { "the loss is not a finite number" };
    Ok(Some(NotFinite { what, leaf }))
}
