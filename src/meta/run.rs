//! The outer loop.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Instant;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::episode::Episode;
use super::log::Log;
use super::maml::{Batches, How, Inner, adapt, meta_gradient};
use super::measure::{DevTasks, f1};
use super::objective::{Compute, Objective};
use super::options::{Algorithm, InnerRate, PrimeOptions};
use super::outer::{Norms, Outer, Steps};
use super::primed::{PrimeReport, Primed};
use super::progress::{PrimeObserver, PrimeProgress};
use super::space::Space;
use super::task::{Encoded, Task, tags};
use crate::cancel::Cancel;
use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::peft::Tensors;
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::gradients::{Gradients, accumulate};
use crate::train::memory;
use crate::train::schedule::Schedule;
use crate::train::warm_start::warm_start;

/// Primes `model` on `tasks` for the method of `options`; `dev` are tasks whose F1 is told along the way.
///
/// # Errors
/// `InvalidArgument` for options that cannot work and for tasks of one name; `Data`, naming the task, for one with fewer
/// sentences than an episode takes, without entities, or with an entity type that `types` lacks; `Mismatch` for a
/// checkpoint of another run; `NonFinite` where training diverges; `Io` for checkpoint and log.
pub fn prime(model: &Model, tasks: &[Task], dev: &[Task], options: &PrimeOptions) -> Result<Primed> {
    prime_observed(model, tasks, dev, options, &mut |_| ControlFlow::Continue(()), &Cancel::new())
}

/// [`prime`], telling `observer` of every update on the calling thread, and stopping within one micro-batch after `cancel`
/// is requested.
///
/// # Errors
/// As [`prime`]; `Cancelled` after a request or a `Break`. The last checkpoint is then in place; a `Break` leaves one of the
/// very update that it was the answer to.
pub fn prime_observed(
    model: &Model,
    tasks: &[Task],
    dev: &[Task],
    options: &PrimeOptions,
    observer: &mut PrimeObserver,
    cancel: &Cancel,
) -> Result<Primed> {
    options.check(model.config())?;
    let mut run = Run::start(model, tasks, dev, options, cancel)?;
    log(Level::Info, || format!("priming starts: {} tasks, {} updates", tasks.len(), options.steps));
    let done = run.train(observer);
    log(Level::Info, || match &done {
        Ok(()) => "priming is done".to_owned(),
        Err(e) => format!("priming has ended: {e}"),
    });
    done.and_then(|()| run.finish())
}

/// What makes a run this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Identity {
    options: Value,
    types: Vec<String>,
    backbone: String,
    data: String,
}

/// Everything but tensors.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Counters {
    identity: Identity,
    /// Updates made.
    step: usize,
    optimizers: Steps,
    compute: Compute,
    seconds: f64,
    /// Bytes of the log that these updates wrote.
    log_bytes: u64,
    dev: BTreeMap<String, f64>,
}

/// What an update came to.
#[derive(Default)]
struct Outcome {
    tasks: Vec<usize>,
    support_loss: f64,
    query_loss: Option<f64>,
    norms: Norms,
    query_f1: Option<f64>,
}

struct Run<'a> {
    model: &'a Model,
    options: &'a PrimeOptions,
    cancel: &'a Cancel,
    tags: TagSet,
    tasks: Vec<Encoded>,
    dev: DevTasks<'a>,
    space: Space,
    inner: Vec<usize>,
    outer: Vec<usize>,
    state: Outer,
    schedule: Schedule,
    counters: Counters,
    compute: Cell<Compute>,
    /// Seconds of former parts of the run.
    before: f64,
    /// Updates of former parts of the run.
    resumed: usize,
    begun: Instant,
}

impl<'a> Run<'a> {
    fn start(
        model: &'a Model,
        tasks: &[Task],
        dev: &'a [Task],
        options: &'a PrimeOptions,
        cancel: &'a Cancel,
    ) -> Result<Run<'a>> {
        let begun = Instant::now();
        let tags = tags(tasks, options)?;
        let tasks = tasks.iter().map(|t| Encoded::new(model, t, &tags, options)).collect::<Result<Vec<_>>>()?;
        let dev = DevTasks::encode(model, dev, &tags, cancel)?;
        let initial = match &options.initial {
            Some(adapter) => {
                adapter.belongs_to(model)?;
                warm_start(adapter, &options.method, &tags, model.config().hidden, options.seed)?
            }
            None => Tensors::new(),
        };
        let (space, start) = Space::new(model, &options.method, tags.len(), options.seed, initial)?;
        let (inner, outer) = (space.inner(options.inner_scope), space.outer(options));
        let (words, hidden) = (&model.encoder().embeddings.word, model.config().hidden);
        let state = Outer::new(&space, words, hidden, start, (&outer, &inner), options)?;
        let counters = Counters {
            identity: identity(model, &tasks, options, &tags)?,
            step: 0,
            optimizers: Steps::default(),
            compute: Compute::default(),
            seconds: 0.0,
            log_bytes: 0,
            dev: BTreeMap::new(),
        };
        let schedule = Schedule::new(options.steps, options.warmup);
        let compute = Cell::new(Compute::default());
        let (before, resumed) = (0.0, 0);
        Ok(Run {
            model,
            options,
            cancel,
            tags,
            tasks,
            dev,
            space,
            inner,
            outer,
            state,
            schedule,
            counters,
            compute,
            before,
            resumed,
            begun,
        })
    }

    fn train(&mut self, observer: &mut PrimeObserver) -> Result<()> {
        self.resume()?;
        let mut log = Log::open(self.options.log.as_deref(), self.counters.log_bytes)?;
        for step in self.counters.step..self.options.steps {
            let looks = self.looks(step);
            let model = self.model;
            let outcome = model.pool().install(|| self.update(step, looks))?;
            self.counters.step = step + 1;
            self.counters.seconds = self.before + self.begun.elapsed().as_secs_f64();
            log.append(&self.line(&outcome, looks))?;
            let told = observer(&self.progress(&outcome));
            let (last, stopped) = (step + 1 == self.options.steps, told == ControlFlow::Break(()));
            if (step + 1).is_multiple_of(self.options.checkpoint_every) || last || stopped {
                self.save_checkpoint(&mut log)?;
            }
            if stopped {
                return Err(Error::cancelled());
            }
        }
        Ok(())
    }

    /// True where the update `step` ends with a look at F1.
    fn looks(&self, step: usize) -> bool {
        let every = self.options.evaluate_every;
        step + 1 == self.options.steps || (every > 0 && (step + 1).is_multiple_of(every))
    }

    /// One outer update.
    fn update(&mut self, step: usize, looks: bool) -> Result<Outcome> {
        let options = self.options;
        let draw = |index| Episode::draw(&self.tasks, options, step, index);
        let episodes: Vec<Episode> = (0..options.episodes).map(draw).collect();
        let ids = self.pieces(&episodes);
        let point = self.state.point(&self.space, &ids)?;
        let inner_rates = self.state.inner_rates(self.inner.len(), options)?;
        let mut sums: Gradients = vec![None; point.len()];
        let learnt = matches!(options.inner_rate, InnerRate::Learnt { .. });
        let mut rate_sums = learnt.then(|| vec![0f32; self.inner.len()]);
        let share = 1.0 / options.episodes as f64;
        let mut outcome = Outcome { tasks: episodes.iter().map(|e| e.task).collect(), ..Outcome::default() };
        for episode in &episodes {
            let start = match options.redraw {
                true => self.space.redraw(&point, episode.seed)?,
                false => point.clone(),
            };
            let given = self.episode(episode, &ids, &start, &inner_rates)?;
            accumulate(&mut sums, share as f32, given.gradients);
            if let (Some(sums), Some(rates)) = (&mut rate_sums, given.rates) {
                sums.iter_mut().zip(rates).for_each(|(s, r)| *s += share as f32 * r);
            }
            outcome.support_loss += share * given.support_loss;
            let add = |sum: &mut Option<f64>, x: Option<f64>| {
                if let Some(x) = x {
                    *sum.get_or_insert(0.0) += share * x;
                }
            };
            add(&mut outcome.query_loss, given.query_loss);
            if looks {
                let model = self.space.at(&given.adapted, &ids)?;
                let query = self.tasks[episode.task].sequences(&episode.query);
                add(&mut outcome.query_f1, Some(f1(&model, &self.tags, &query, options.micro_batch_pieces)?));
            }
        }
        let factor = self.schedule.factor(step);
        outcome.norms = self.state.update(&self.space, (&point, &ids), sums, rate_sums, factor, options)?;
        if looks && !self.dev.is_empty() {
            let ids = self.state.touched();
            let model = self.space.at(&self.state.point(&self.space, &ids)?, &ids)?;
            self.counters.dev = self.dev.f1(&model, &self.tags, self.cancel)?;
        }
        Ok(outcome)
    }

    /// Loss and gradients of one episode from `start`.
    fn episode(&self, episode: &Episode, ids: &[u32], start: &[Tensor], inner_rates: &[f32]) -> Result<Given> {
        let options = self.options;
        let objective = Objective {
            space: &self.space,
            ids,
            micro_batch_pieces: options.micro_batch_pieces,
            cancel: self.cancel,
            compute: &self.compute,
        };
        let task = &self.tasks[episode.task];
        let supports = episode.supports.iter().map(|s| task.sequences(s)).collect();
        let batches = Batches { supports, query: task.sequences(&episode.query) };
        let inner = Inner { parameters: &self.inner, rates: inner_rates, steps: options.inner_steps };
        match options.algorithm {
            Algorithm::MultiTask => {
                let all: Vec<_> = batches.supports.concat().into_iter().chain(batches.query).collect();
                let (loss, gradients) = objective.gradient(start, &self.outer, &all)?;
                let (rates, adapted) = (None, start.to_vec());
                Ok(Given { support_loss: loss, query_loss: Some(loss), gradients, rates, adapted })
            }
            Algorithm::Maml(order) => {
                let learnt = matches!(options.inner_rate, InnerRate::Learnt { .. });
                let how = How { order, multi_step: options.multi_step_loss, rates: learnt };
                let given = meta_gradient(&objective, start, &self.outer, &inner, &batches, &how)?;
                Ok(Given {
                    support_loss: given.support_losses[0],
                    query_loss: Some(given.query_loss),
                    gradients: given.gradients,
                    rates: given.rates,
                    adapted: given.adapted,
                })
            }
            Algorithm::Reptile(_) => {
                let mut adapted = adapt(&objective, start, &inner, &batches, false)?;
                let end = adapted.points.pop().unwrap_or_default();
                let mut gradients: Gradients = vec![None; start.len()];
                for &i in self.inner.iter().filter(|i| self.outer.binary_search(i).is_ok()) {
                    let [from, to] = [&start[i], &end[i]].map(|t| t.flatten_all()?.to_vec1::<f32>());
                    gradients[i] = Some(from?.iter().zip(to?).map(|(from, to)| from - to).collect());
                }
                Ok(Given { support_loss: adapted.losses[0], query_loss: None, gradients, rates: None, adapted: end })
            }
        }
    }

    /// The ascending ids of all pieces in these episodes.
    fn pieces(&self, episodes: &[Episode]) -> Vec<u32> {
        let mut ids = BTreeSet::new();
        for episode in episodes {
            for sentences in episode.supports.iter().chain([&episode.query]) {
                let sequences = self.tasks[episode.task].sequences(sentences);
                ids.extend(sequences.iter().flat_map(|s| &s.window.ids));
            }
        }
        ids.into_iter().collect()
    }

    fn line(&self, outcome: &Outcome, looks: bool) -> Value {
        let compute = self.compute.get();
        let tasks: Vec<&str> = outcome.tasks.iter().map(|t| &self.tasks[*t].name[..]).collect();
        let mut line = json!({
            "step": self.counters.step, "tasks": tasks, "support_loss": outcome.support_loss,
            "query_loss": outcome.query_loss, "gradient_norm": outcome.norms,
            "rate": self.schedule.factor(self.counters.step - 1), "seconds": self.counters.seconds,
            "compute": compute,
        });
        if looks {
            line["query_f1"] = json!(outcome.query_f1);
            if !self.dev.is_empty() {
                line["dev_f1"] = json!(self.counters.dev);
            }
        }
        line
    }

    fn progress(&self, outcome: &Outcome) -> PrimeProgress {
        let (step, steps, seconds) = (self.counters.step, self.options.steps, self.counters.seconds);
        let dev = &self.counters.dev;
        let here = (seconds - self.before) / (step - self.resumed).max(1) as f64;
        PrimeProgress {
            step,
            steps,
            support_loss: outcome.support_loss,
            query_loss: outcome.query_loss,
            gradient_norm: outcome.norms.whole(),
            dev_f1: (!dev.is_empty()).then(|| dev.values().sum::<f64>() / dev.len() as f64),
            seconds,
            seconds_left: here * (steps - step) as f64,
        }
    }

    fn save_checkpoint(&mut self, log: &mut Log) -> Result<()> {
        let Some(path) = &self.options.checkpoint else { return Ok(()) };
        self.counters.log_bytes = log.sync()?;
        self.counters.compute = self.compute.get();
        let (steps, tensors) = self.state.state()?;
        self.counters.optimizers = steps;
        checkpoint::save(path, &self.counters, &tensors)
    }

    fn resume(&mut self) -> Result<()> {
        let Some(path) = &self.options.checkpoint else { return Ok(()) };
        let identity = &self.counters.identity;
        let Some(mut checkpoint) = Checkpoint::load(path, |c: &Counters| c.identity == *identity)? else {
            return Ok(());
        };
        let (steps, vocabulary) = (checkpoint.counters.optimizers, self.model.config().vocabulary);
        let get = |name: &str, shape: &[usize]| checkpoint.take(name, shape);
        self.state.restore(steps, vocabulary, get).map_err(|e| e.in_file(path))?;
        self.counters = checkpoint.counters;
        self.compute.set(self.counters.compute);
        (self.before, self.resumed) = (self.counters.seconds, self.counters.step);
        Ok(())
    }

    fn finish(self) -> Result<Primed> {
        let ids = self.state.touched();
        let point = self.state.point(&self.space, &ids)?;
        let report = PrimeReport {
            options: self.counters.identity.options,
            types: self.tags.types().to_vec(),
            tasks: self.tasks.iter().map(|t| (t.name.clone(), t.len())).collect(),
            steps: self.counters.step,
            seconds: self.counters.seconds,
            threads: self.model.threads(),
            peak_memory: memory::peak(),
            compute: self.compute.get(),
            word_rows: ids.len(),
            dev_f1: self.counters.dev,
        };
        Ok(Primed::new(self.model, self.space, point, ids, self.tags, self.options, report))
    }
}

/// What an episode gives an update.
struct Given {
    support_loss: f64,
    query_loss: Option<f64>,
    gradients: Gradients,
    rates: Option<Vec<f32>>,
    /// The point after the inner steps.
    adapted: Vec<Tensor>,
}

fn identity(model: &Model, tasks: &[Encoded], options: &PrimeOptions, tags: &TagSet) -> Result<Identity> {
    let mut hash = Sha256::new();
    tasks.iter().for_each(|task| task.digest(&mut hash));
    if let Some(initial) = &options.initial {
        hash.update(initial.to_bytes()?);
    }
    Ok(Identity {
        options: serde_json::to_value(options).map_err(|e| Error::argument(format!("options: {e}")))?,
        types: tags.types().to_vec(),
        backbone: model.fingerprint().to_owned(),
        data: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
    })
}
