//! Loss and gradients of one update, micro-batch by micro-batch.

use candle_core::{Device, Tensor};

use super::optimizer::{AdamW, Gradients};
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
    let total: usize = sequences.iter().map(|s| s.targets.len()).sum();
    let vars: Vec<&candle_core::Var> = optimizer.vars().map(|(_, v)| v).collect();
    let mut sums: Gradients = vec![None; vars.len()];
    let mut loss = 0.0;
    for run in runs(sequences.iter().map(|s| s.window.ids.len()), micro_batch_pieces) {
        cancel.check()?;
        let sequences = &sequences[run];
        let batch = Batch::of_sequences(sequences.iter().copied());
        let forward = || {
            let logits = match prefix {
                Some(prefix) => {
                    let indices: Vec<usize> = sequences.iter().map(|s| s.index).collect();
                    prefix.logits(encoder, built, &indices, &batch)?
                }
                None => built.logits(encoder, &batch)?,
            };
            Ok::<_, Error>(ops::cross_entropy(&logits, &batch.targets)?)
        };
        let (mean, tape) = ops::Tape::record(forward)?;
        // A micro-batch counts by its labelled pieces, so that how a batch is cut changes nothing but rounding.
        let share = batch.targets.len() as f64 / total as f64;
        loss += mean.to_scalar::<f32>()? as f64 * share;
        let mut gradients = tape.backward(&mean, &Tensor::new(share as f32, &Device::Cpu)?)?;
        for (sum, var) in sums.iter_mut().zip(&vars) {
            let Some(values) = gradients.take::<f32>(var.as_tensor())? else { continue };
            match sum {
                Some(sum) => sum.iter_mut().zip(values).for_each(|(s, v)| *s += v),
                None => *sum = Some(values),
            }
        }
    }
    if !loss.is_finite() || sums.iter().flatten().flatten().any(|g| !g.is_finite()) {
        return Err(Error::new(
            ErrorKind::NonFinite,
            format!("the loss ({loss}) or its gradient is no longer a finite number; try a lower learning rate"),
        ));
    }
    Ok((loss, sums))
}
