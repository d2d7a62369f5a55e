//! Adaptation: from labelled sentences to an adapter.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use candle_core::Device;

use super::checkpoint::{self, Checkpoint};
use super::counters::Counters;
use super::dev::Dev;
use super::difference::difference;
use super::examples::Examples;
use super::gradients::clip;
use super::identity::RunIdentity;
use super::memory;
use super::optimizer::{AdamConfig, AdamW, Rates};
use super::options::AdaptOptions;
use super::prefix::Prefix;
use super::progress::{Count, Counter, Observer, Progress, Stage};
use super::resolve::{ResolvedAdapt, TrainingData};
use super::schedule::Schedule;
use super::step::Step;
use super::warm_start::{warm_head, warm_rows, warm_start};
use crate::cancel::Cancel;
use crate::data::{Dataset, Sequence, TagSet};
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::model::{Encoder, Model};
use crate::output::{Written, check_writable};
use crate::peft::{
    Adapter, Backbone, Built, CARD_VERSION, Card, EpochReport, FULL_ROWS, HEAD_BIAS, HEAD_WEIGHT, Parameters, Tensors,
    TrainingReport, build,
};

/// Trains an adapter on `train`; with `dev`, the epoch with the best dev F1 is kept, the start included.
///
/// # Errors
/// `InvalidArgument` for options that cannot work; `Data` for data without an entity or with types that are not asked
/// for; `NonFinite` where training diverges; `Io` for a checkpoint that cannot be written, `Stale` for one of another run.
pub fn adapt(model: &Model, train: &Dataset, dev: Option<&Dataset>, options: &AdaptOptions) -> Result<Adapter> {
    adapt_observed(model, train, dev, options, &mut |_| ControlFlow::Continue(()), &Cancel::new())
}

/// [`adapt`], telling `observer` on the calling thread of what comes before training and of every update, and stopping
/// before the next product of a layer after `cancel` is requested.
///
/// # Errors
/// As [`adapt`]; `Cancelled` after a request or a `Break`, with the checkpoint of the last whole epoch in place.
pub fn adapt_observed(
    model: &Model,
    train: &Dataset,
    dev: Option<&Dataset>,
    options: &AdaptOptions,
    observer: &mut Observer,
    cancel: &Cancel,
) -> Result<Adapter> {
    run(model, train, dev, options, observer, cancel, |run| run.finish())
}

/// [`adapt_observed`], keeping the state of the last update beside that of the best dev F1: for curves and for
/// comparisons that must not choose on the data that they report.
///
/// # Errors
/// As [`adapt_observed`].
pub fn adapt_states(
    model: &Model,
    train: &Dataset,
    dev: Option<&Dataset>,
    options: &AdaptOptions,
    observer: &mut Observer,
    cancel: &Cancel,
) -> Result<States> {
    run(model, train, dev, options, observer, cancel, |mut run| {
        let last = run.last()?;
        Ok(States { best: run.finish()?, last })
    })
}

/// What [`adapt_states`] keeps of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct States {
    /// The state with the best dev F1, the start included; without dev data the last.
    pub best: Adapter,
    /// The state after the last update.
    pub last: Adapter,
}

fn run<T>(
    model: &Model,
    train: &Dataset,
    dev: Option<&Dataset>,
    options: &AdaptOptions,
    observer: &mut Observer,
    cancel: &Cancel,
    finish: impl FnOnce(Run) -> Result<T>,
) -> Result<T> {
    // What cannot work is refused before anything is read.
    options.resolve(model.config(), &TrainingData::default())?;
    if let Some(path) = &options.checkpoint {
        check_writable(path, Written::Replaced).map_err(|e| e.with_prefix("the checkpoint: "))?;
    }
    let (chosen, shots) = match options.shots {
        Some(n) => train.shots(n, options.seed).map(|(data, indices)| (Some(data), indices))?,
        None => (None, Vec::new()),
    };
    let train = chosen.as_ref().unwrap_or(train);
    if train.sentences().iter().all(|s| s.spans.is_empty()) {
        return Err(Error::data(format!("{}: no sentence has an entity, so there is nothing to learn", train.name())));
    }
    let types = if options.types.is_empty() { train.types() } else { &options.types };
    let tags = TagSet::new(options.scheme, types.to_vec())?;
    let begun = Instant::now();
    let mut tell = |stage, done, total| observer(&Progress::before(stage, done, total, begun.elapsed()));
    let mut counter = Counter::new(cancel, &mut tell);
    let examples = Examples::encode(model, train, &tags, &mut |n, all| counter.count(Stage::Encode, n, all))?;
    let data = TrainingData { types, pieces: &examples.lengths() };
    let options = &options.resolve(model.config(), &data)?;
    let name = options.method.name();
    log(Level::Info, || format!("adaptation starts: {name}, {} sentences of {}", train.len(), train.name()));
    let mut run = Run::start(model, (train, examples), dev, options, (tags, shots), &mut counter, cancel)?;
    let parameters = run.report.parameters;
    let done = run.train(observer).and_then(|()| finish(run));
    log(Level::Info, || match &done {
        Ok(_) => format!("adaptation is done: {name}, {parameters} parameters"),
        Err(e) => format!("adaptation has ended: {e}"),
    });
    done
}

/// A training run: everything that changes from update to update.
struct Run<'a> {
    model: &'a Model,
    /// The backbone where it computes.
    encoder: &'a Encoder,
    options: &'a ResolvedAdapt,
    dev: Option<Dev<'a>>,
    cancel: &'a Cancel,
    tags: TagSet,
    examples: Examples,
    /// The outputs of frozen lower layers, where there are some.
    prefix: Option<Prefix>,
    built: Built,
    optimizer: AdamW,
    schedule: Schedule,
    /// Parameters of the best epoch so far; empty where the last is kept.
    best: Tensors,
    counters: Counters,
    /// Where an earlier part of the run ended.
    resumed: Option<Checkpoint<Counters>>,
    report: TrainingReport,
    begun: Instant,
}

impl<'a> Run<'a> {
    fn start(
        model: &'a Model,
        (train, examples): (&Dataset, Examples),
        dev: Option<&'a Dataset>,
        options: &'a ResolvedAdapt,
        (tags, shots): (TagSet, Vec<usize>),
        counter: &mut Counter,
        cancel: &'a Cancel,
    ) -> Result<Run<'a>> {
        let begun = Instant::now();
        let mut pieces = examples.pieces();
        let counters = Counters::new(RunIdentity::of(model, &examples, dev, options)?);
        // Before anything is computed that a checkpoint of another run would make vain.
        let resumed = match &options.checkpoint {
            Some(path) => {
                Checkpoint::load(path, options.restart, |c: &Counters| difference(&c.identity, &counters.identity))?
            }
            None => None,
        };
        let initial = match &options.initial {
            Some(adapter) => {
                adapter.belongs_to(model)?;
                let mut start = warm_start(adapter, &options.method, &tags, model.config().hidden, options.seed)?;
                if let Some((all, rows)) = warm_rows(adapter, model, &pieces)? {
                    start.insert(FULL_ROWS.into(), rows);
                    pieces = all;
                }
                start
            }
            None => match &options.initial_head {
                Some(adapter) => {
                    adapter.belongs_to(model)?;
                    warm_head(adapter, &tags, model.config().hidden, options.seed)?
                }
                None => Tensors::new(),
            },
        };
        let encoder = model.placed(options.precision)?;
        let mut parameters = Parameters::train(options.seed, initial).on(&encoder.place().device);
        let mut built = build(&options.method, encoder, tags.len(), &pieces, &mut parameters)?;
        let mut vars = parameters.into_vars();
        if options.head_only {
            let (head, still): (BTreeMap<_, _>, BTreeMap<_, _>) = vars.into_iter().partition(|(name, _)| is_head(name));
            for (name, var) in still {
                built.constants.insert(name, var.as_detached_tensor().to_device(&Device::Cpu)?);
            }
            vars = head;
        }
        let frozen = options.frozen_layers(model.config());
        let windows: Vec<_> = examples.sentences.iter().flatten().map(|s| &s.window).collect();
        let kept = options.cache.filter(|_| frozen > 0).map(|limit| (&built, frozen, limit));
        let prefix = match kept {
            Some((built, layers, limit)) => {
                let mut count = |done, total| counter.count(Stage::Prefix, done, total);
                let means = (model.pool(), cancel, &mut count as Count);
                Prefix::compute(encoder, built, &windows, layers, limit, means)?
            }
            None => None,
        };
        let dev_set = dev.map(|data| Dev::encode(model, encoder, data, kept, cancel, counter)).transpose()?;
        let rates = |name: &str| Rates {
            learning: if is_head(name) { options.head_learning_rate } else { options.learning_rate },
            decay: options.weight_decay,
        };
        let optimizer = AdamW::new(vars, AdamConfig::default(), rates)?;
        let report = TrainingReport {
            data: file_name(train.name()),
            sentences: train.len(),
            cut_spans: train.cut_spans().count,
            shots,
            seed: options.seed,
            threads: model.pool().current_num_threads(),
            parameters: optimizer.parameters(),
            learning_rate: options.learning_rate,
            head_learning_rate: options.head_learning_rate,
            batch_size: options.batch_size,
            options: options.decisions.clone(),
            ..TrainingReport::default()
        };
        // By pieces, the number of updates depends on the order of the sentences.
        let updates = match options.batch_pieces {
            None => options.epochs * examples.batches(1, options).len(),
            Some(_) => (1..=options.epochs).map(|epoch| examples.batches(epoch, options).len()).sum(),
        };
        let schedule = Schedule::new(updates, options.warmup);
        let best = Tensors::new();
        Ok(Run {
            model,
            encoder,
            options,
            dev: dev_set,
            cancel,
            tags,
            examples,
            prefix,
            built,
            optimizer,
            schedule,
            best,
            counters,
            resumed,
            report,
            begun,
        })
    }

    fn train(&mut self, observer: &mut Observer) -> Result<()> {
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

    /// The adapter as it stands, without anything of the graph.
    fn adapter(&self, tensors: Tensors, report: Option<TrainingReport>) -> Result<Adapter> {
        let card = Card {
            version: CARD_VERSION,
            name: self.options.name.clone(),
            method: self.options.method.clone(),
            tags: self.tags.clone(),
            backbone: Backbone::of(self.model),
            training: report,
        };
        Adapter::new(self.model, card, self.built.with_constants(tensors)?)
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

    fn tell(&self, observer: &mut Observer, stage: Stage, epoch: usize, loss: f64, gradient_norm: f64) -> Result<()> {
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

    fn close_report(&mut self) {
        let counters = &self.counters;
        self.report.steps = self.optimizer.steps();
        self.report.seconds = counters.seconds + self.begun.elapsed().as_secs_f64();
        self.report.peak_memory = memory::peak();
        self.report.initial_f1 = counters.initial_f1;
        self.report.best_epoch = if counters.best_f1.is_some() { counters.best_epoch } else { counters.epoch };
        self.report.epochs = counters.history.clone();
    }

    /// The adapter of the last update.
    fn last(&mut self) -> Result<Adapter> {
        self.close_report();
        let report = TrainingReport { best_epoch: self.counters.epoch, ..self.report.clone() };
        self.adapter(self.optimizer.snapshot()?, Some(report))
    }

    /// The adapter that is kept: the best on dev data, without it the last.
    fn finish(mut self) -> Result<Adapter> {
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
}

fn is_head(parameter: &str) -> bool {
    parameter == HEAD_WEIGHT || parameter == HEAD_BIAS
}

/// A data set's name without the folders, which are nobody's business once the adapter is passed on.
fn file_name(name: &str) -> String {
    let last = std::path::Path::new(name).file_name();
    last.map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned())
}
