//! A training run from its first update to its last.

use std::collections::BTreeMap;
use std::time::Instant;

use super::checkpoint::{self, Checkpoint};
use super::counters::Counters;
use super::dev::Dev;
use super::examples::Examples;
use super::gradients::clip;
use super::optimizer::AdamW;
use super::prefix::Prefix;
use super::progress::{Observer, Stage};
use super::resolve::ResolvedAdapt;
use super::schedule::Schedule;
use super::step::Step;
use crate::cancel::Cancel;
use crate::data::{Sequence, TagSet};
use crate::error::Result;
use crate::model::{Encoder, Model};
use crate::peft::{Built, EpochReport, Tensors, TrainingReport};

/// A training run: everything that changes from update to update.
pub(super) struct Run<'a> {
    pub(super) model: &'a Model,
    /// The backbone where it computes.
    pub(super) encoder: &'a Encoder,
    pub(super) options: &'a ResolvedAdapt,
    pub(super) dev: Option<Dev<'a>>,
    pub(super) cancel: &'a Cancel,
    pub(super) tags: TagSet,
    pub(super) examples: Examples,
    /// The outputs of frozen lower layers, where there are some.
    pub(super) prefix: Option<Prefix>,
    pub(super) built: Built,
    pub(super) optimizer: AdamW,
    pub(super) schedule: Schedule,
    /// Parameters of the best epoch so far; empty where the last is kept.
    pub(super) best: Tensors,
    /// From which scores on entities are told, by type.
    pub(super) min_scores: BTreeMap<String, f64>,
    pub(super) counters: Counters,
    /// Where an earlier part of the run ended.
    pub(super) resumed: Option<Checkpoint<Counters>>,
    pub(super) report: TrainingReport,
    pub(super) begun: Instant,
}

impl Run<'_> {
    pub(super) fn train(&mut self, observer: &mut Observer) -> Result<()> {
        if !self.resume()? && self.dev.is_some() {
            let f1 = self.dev_f1()?;
            self.counters.initial_f1 = f1;
            self.keep_if_best(0, f1)?;
            self.tell(observer, Stage::Start, 0, 0.0, 0.0)?;
        }
        for epoch in self.counters.epoch + 1..=self.options.epochs {
            if self.is_stale() {
                break;
            }
            let loss = self.epoch(epoch, observer)?;
            // Before anything is kept: what was kept before stays the last good state.
            self.optimizer.check()?;
            let looks = epoch % self.options.evaluate_every == 0 || epoch == self.options.epochs;
            let dev_f1 = if looks { self.dev_f1()? } else { None };
            self.counters.history.push(EpochReport { loss, dev_f1 });
            self.counters.epoch = epoch;
            self.keep_if_best(epoch, dev_f1)?;
            self.save_checkpoint()?;
            self.tell(observer, Stage::Epoch, epoch, loss, 0.0)?;
        }
        Ok(())
    }

    /// One pass over the data; the mean loss of its updates.
    fn epoch(&mut self, epoch: usize, observer: &mut Observer) -> Result<f64> {
        let batches = self.examples.batches(epoch, self.options);
        let mut losses = 0.0;
        for batch in &batches {
            let (loss, norm) = self.update(batch)?;
            losses += loss;
            self.tell(observer, Stage::Step, epoch, loss, norm)?;
        }
        Ok(losses / batches.len() as f64)
    }

    /// One update; its loss, and the norm of its gradient before clipping.
    fn update(&mut self, batch: &[usize]) -> Result<(f64, f64)> {
        let factor = self.schedule.factor(self.optimizer.steps());
        let sequences: Vec<&Sequence> = batch.iter().flat_map(|i| &self.examples.sentences[*i]).collect();
        let Run { model, encoder, options, cancel, prefix, built, optimizer, .. } = self;
        let step = Step {
            encoder,
            built,
            prefix: prefix.as_ref(),
            frozen: options.frozen_layers(model.config()),
            micro_batch_pieces: options.micro_batch_pieces,
            recompute: options.recompute,
            cancel,
        };
        model.pool().install(|| {
            let (loss, mut gradients) = step.gradients(&sequences, optimizer)?;
            let norm = clip(&mut gradients, options.clip)?;
            optimizer.update_until(gradients, factor, cancel)?;
            Ok((loss, norm))
        })
    }

    fn dev_f1(&self) -> Result<Option<f64>> {
        let Some(dev) = &self.dev else { return Ok(None) };
        let Run { model, encoder, built, tags, cancel, .. } = self;
        model.pool().install(|| dev.f1(encoder, built, tags, cancel)).map(Some)
    }

    fn keep_if_best(&mut self, epoch: usize, f1: Option<f64>) -> Result<()> {
        let Some(f1) = f1 else { return Ok(()) };
        if self.counters.best_f1.is_none_or(|best| f1 > best) {
            (self.counters.best_f1, self.counters.best_epoch) = (Some(f1), epoch);
            self.best = self.optimizer.snapshot()?;
        }
        Ok(())
    }

    /// True where patience has run out.
    fn is_stale(&self) -> bool {
        let since = &self.counters.history[self.counters.best_epoch..];
        let looks = since.iter().filter(|e| e.dev_f1.is_some()).count();
        self.options.patience.is_some_and(|patience| looks >= patience)
    }

    fn resume(&mut self) -> Result<bool> {
        let (Some(mut checkpoint), Some(path)) = (self.resumed.take(), &self.options.checkpoint) else {
            return Ok(false);
        };
        let step = checkpoint.counters.step;
        let mut restore = || -> Result<Tensors> {
            self.optimizer.restore(step, |name, shape| checkpoint.take(name, shape))?;
            match checkpoint.counters.best_f1 {
                None => Ok(Tensors::new()),
                Some(_) => {
                    let shapes = self.optimizer.vars().map(|(name, var)| (name.to_owned(), var.dims().to_vec()));
                    shapes.map(|(n, s)| Ok((n.clone(), checkpoint.take(&format!("best.{n}"), &s)?))).collect()
                }
            }
        };
        self.best = restore().map_err(|e| e.in_file(path))?;
        self.counters = checkpoint.counters;
        Ok(true)
    }

    fn save_checkpoint(&mut self) -> Result<()> {
        let Some(path) = &self.options.checkpoint else { return Ok(()) };
        let (step, tensors) = self.optimizer.state()?;
        let mut counters = self.counters.clone();
        counters.step = step;
        counters.seconds += self.begun.elapsed().as_secs_f64();
        let best = self.best.iter().map(|(name, t)| (format!("best.{name}"), t.clone()));
        checkpoint::save(path, &counters, tensors.into_iter().chain(best).collect())
    }
}
