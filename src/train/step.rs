//! Loss and gradients of one update, micro-batch by micro-batch.

use candle_core::{Device, Tensor};

use super::gradients::{Gradients, accumulate, global_norm};
use super::optimizer::AdamW;
use super::prefix::Prefix;
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Encoder;
use crate::ops;
use crate::peft::Built;

/// The mean loss over all labelled pieces of `sequences`, and its gradient for every variable of `optimizer`.
pub(crate) fn gradients(
    encoder: &Encoder,
    built: &Built,
    sequences: &[&Sequence],
    prefix: Option<&Prefix>,
    micro_batch_pieces: usize,
    optimizer: &AdamW,
    cancel: &Cancel,
) -> Result<(f64, Gradients)> {
    let variables: Vec<&Tensor> = optimizer.vars().map(|(_, v)| v.as_tensor()).collect();
    let logits = |sequences: &[&Sequence], batch: &Batch| match prefix {
        Some(prefix) => {
            let indices: Vec<usize> = sequences.iter().map(|s| s.index).collect();
            prefix.logits(encoder, built, &indices, batch)
        }
        None => built.logits(encoder, batch),
    };
    gradients_of(&variables, logits, sequences, micro_batch_pieces, cancel)
}

/// The mean loss over all labelled pieces of `sequences`, and its gradient for each of `leaves`, where `logits` gives the
/// logits of some of the sequences.
pub(crate) fn gradients_of(
    leaves: &[&Tensor],
    logits: impl Fn(&[&Sequence], &Batch) -> Result<Tensor>,
    sequences: &[&Sequence],
    micro_batch_pieces: usize,
    cancel: &Cancel,
) -> Result<(f64, Gradients)> {
    let total: usize = sequences.iter().map(|s| s.targets.len()).sum();
    let mut sums: Gradients = vec![None; leaves.len()];
    let mut loss = 0.0;
    for run in runs(sequences.iter().map(|s| s.window.ids.len()), micro_batch_pieces) {
        cancel.check()?;
        let sequences = &sequences[run];
        let batch = Batch::of_sequences(sequences.iter().copied());
        let forward = || Ok::<_, Error>(ops::cross_entropy(&logits(sequences, &batch)?, &batch.targets)?);
        let (mean, tape) = ops::Tape::record_from(leaves, forward)?;
        // A micro-batch counts by its labelled pieces, so that how a batch is cut changes nothing but rounding.
        let share = batch.targets.len() as f64 / total as f64;
        loss += mean.to_scalar::<f32>()? as f64 * share;
        let mut gradients = tape.backward(&mean, &Tensor::new(share as f32, &Device::Cpu)?)?;
        let gradients = leaves.iter().map(|leaf| gradients.take::<f32>(leaf)).collect::<candle_core::Result<_>>()?;
        accumulate(&mut sums, 1.0, gradients);
    }
    if !loss.is_finite() || !global_norm(&sums).is_finite() {
        return Err(Error::new(
            ErrorKind::NonFinite,
            format!("the loss ({loss}) or its gradient is no longer a finite number; try a lower learning rate"),
        ));
    }
    Ok((loss, sums))
}
