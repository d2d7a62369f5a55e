//! What a training run tells while it lasts, and what it leaves behind.

use std::ops::ControlFlow;

use super::memory;
use super::progress::{Observer, Progress, Stage};
use super::run::Run;
use crate::error::{Error, Result};
use crate::peft::{Adapter, Backbone, CARD_VERSION, Card, Tensors, TrainingReport};

impl Run<'_> {
    pub(super) fn tell(
        &self,
        observer: &mut Observer,
        stage: Stage,
        epoch: usize,
        loss: f64,
        gradient_norm: f64,
    ) -> Result<()> {
        self.cancel.check()?;
        let (step, here) = (self.optimizer.steps(), self.begun.elapsed().as_secs_f64());
        let done = step.saturating_sub(self.counters.step as usize);
        let left = self.schedule.steps().saturating_sub(step);
        let progress = Progress {
            stage,
            epoch,
            epochs: self.options.epochs,
            step,
            steps: self.schedule.steps(),
            loss,
            gradient_norm,
            dev_f1: self.counters.history.iter().rev().find_map(|e| e.dev_f1).or(self.counters.initial_f1),
            best_f1: self.counters.best_f1,
            seconds: self.counters.seconds + here,
            seconds_left: if done == 0 { 0.0 } else { here / done as f64 * left as f64 },
            done: step,
            total: self.schedule.steps(),
        };
        match observer(&progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::cancelled()),
        }
    }

    pub(super) fn close_report(&mut self) {
        let counters = &self.counters;
        self.report.steps = self.optimizer.steps();
        self.report.seconds = counters.seconds + self.begun.elapsed().as_secs_f64();
        self.report.peak_memory = memory::peak();
        self.report.initial_f1 = counters.initial_f1;
        self.report.best_epoch = if counters.best_f1.is_some() { counters.best_epoch } else { counters.epoch };
        self.report.epochs = counters.history.clone();
    }

    /// The adapter of the last update.
    pub(super) fn last(&mut self) -> Result<Adapter> {
        self.close_report();
        let report = TrainingReport { best_epoch: self.counters.epoch, ..self.report.clone() };
        self.adapter(self.optimizer.snapshot()?, Some(report))
    }

    /// The adapter that is kept: the best on dev data, without it the last.
    pub(super) fn finish(mut self) -> Result<Adapter> {
        self.close_report();
        let tensors = match self.counters.best_f1 {
            Some(_) => std::mem::take(&mut self.best),
            None => self.optimizer.snapshot()?,
        };
        let adapter = self.adapter(tensors, Some(self.report.clone()))?;
        if let Some(path) = &self.options.checkpoint {
            // It has done its work; that it cannot be removed harms nobody.
            let _ = std::fs::remove_file(path);
        }
        Ok(adapter)
    }

    /// The adapter as it stands, without anything of the graph.
    pub(super) fn adapter(&self, tensors: Tensors, report: Option<TrainingReport>) -> Result<Adapter> {
        let card = Card {
            version: CARD_VERSION,
            name: self.options.name.clone(),
            method: self.options.method.clone(),
            tags: self.tags.clone(),
            backbone: Backbone::of(self.model),
            min_scores: self.min_scores.clone(),
            training: report,
        };
        Adapter::new(self.model, card, self.built.with_constants(tensors)?)
    }
}

/// A data set's name without the folders, which are nobody's business once the adapter is passed on.
pub(super) fn file_name(name: &str) -> String {
    let last = std::path::Path::new(name).file_name();
    last.map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned())
}
