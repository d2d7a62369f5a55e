//! Loss and gradients of one update, micro-batch by micro-batch.

use candle_core::{Device, Tensor, Var};

use super::optimizer::{AdamW, Gradients};
use super::prefix::Prefix;
use super::recompute;
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Encoder;
use crate::ops::{self, Tape};
use crate::peft::Built;

/// What stays the same from update to update.
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
        let total: usize = sequences.iter().map(|s| s.targets.len()).sum();
        if total == 0 {
            return Err(Error::data(format!(
                "a batch of {} sentences in which no piece carries a tag",
                sequences.len()
            )));
        }
        let mut sums = Sums::of(optimizer);
        let mut loss = 0.0;
        for run in runs(sequences.iter().map(|s| s.window.ids.len()), self.micro_batch_pieces) {
            self.cancel.check()?;
            let sequences = &sequences[run];
            let batch = Batch::of_sequences(sequences.iter().copied());
            if batch.targets.is_empty() {
                continue;
            }
            // A micro-batch counts by its labelled pieces, so that how a batch is cut changes nothing but rounding.
            let share = batch.targets.len() as f64 / total as f64;
            loss += share * self.micro_batch(sequences, &batch, share, &mut sums)?;
        }
        sums.check(loss, optimizer)?;
        Ok((loss, sums.gradients))
    }

    /// The mean loss of one micro-batch; its gradient, times `share`, is added to `sums`.
    fn micro_batch(&self, sequences: &[&Sequence], batch: &Batch, share: f64, sums: &mut Sums) -> Result<f64> {
        let indices = || sequences.iter().map(|s| s.index).collect::<Vec<_>>();
        if self.recompute && self.frozen < self.encoder.layers.len() {
            let start = self.prefix.map(|p| p.input(&indices())).transpose()?;
            return recompute::gradients(self, start, batch, share, sums);
        }
        let forward = || {
            let logits = match self.prefix {
                Some(prefix) => prefix.logits(self.encoder, self.built, &indices(), batch)?,
                None => self.built.logits(self.encoder, batch)?,
            };
            Ok::<_, Error>(ops::cross_entropy(&logits, &batch.targets)?)
        };
        let (mean, tape) = Tape::record(forward)?;
        sums.add(&mut tape.backward(&mean, &scalar(share)?)?)?;
        Ok(mean.to_scalar::<f32>()? as f64)
    }
}

/// The seed of a backward pass from a loss that counts `share`.
pub(super) fn scalar(share: f64) -> Result<Tensor> {
    Ok(Tensor::new(share as f32, &Device::Cpu)?)
}

/// Gradients that are added up over micro-batches.
pub(super) struct Sums<'a> {
    vars: Vec<&'a Var>,
    gradients: Gradients,
}

impl<'a> Sums<'a> {
    fn of(optimizer: &'a AdamW) -> Sums<'a> {
        let vars: Vec<&Var> = optimizer.vars().map(|(_, v)| v).collect();
        Sums { gradients: vec![None; vars.len()], vars }
    }

    /// Takes the variables' gradients out of `gradients`.
    pub fn add(&mut self, gradients: &mut ops::Gradients) -> Result<()> {
        for (sum, var) in self.gradients.iter_mut().zip(&self.vars) {
            let Some(values) = gradients.take::<f32>(var.as_tensor())? else { continue };
            match sum {
                Some(sum) => sum.iter_mut().zip(values).for_each(|(s, v)| *s += v),
                None => *sum = Some(values),
            }
        }
        Ok(())
    }

    fn check(&self, loss: f64, optimizer: &AdamW) -> Result<()> {
        let damaged = |g: &Option<Vec<f32>>| g.iter().flatten().any(|g| !g.is_finite());
        let tensor = optimizer.vars().zip(&self.gradients).find(|(_, g)| damaged(g)).map(|((name, _), _)| name);
        if loss.is_finite() && tensor.is_none() {
            return Ok(());
        }
        let what = if loss.is_finite() { "the loss's gradient" } else { "the loss" };
        let update = optimizer.steps() + 1;
        let message = format!("update {update}: {what} is not a finite number; try a lower learning rate");
        let error = Error::new(ErrorKind::NonFinite, message);
        Err(tensor.into_iter().fold(error, |error, name| error.about_tensor(name)))
    }
}
