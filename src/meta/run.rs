//! The outer loop.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use candle_core::Device;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::learner::{Learner, Outcome};
use super::log::Log;
use super::measure::DevTasks;
use super::objective::Compute;
use super::options::PrimeOptions;
use super::outer::Steps;
use super::primed::{PrimeReport, Primed};
use super::progress::{PrimeObserver, PrimeProgress};
use super::task::Task;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::memory;
use crate::train::schedule::Schedule;

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

struct Run<'a> {
    model: &'a Model,
    options: &'a PrimeOptions,
    cancel: &'a Cancel,
    learner: Learner<'a>,
    dev: DevTasks<'a>,
    schedule: Schedule,
    counters: Counters,
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
        let learner = Learner::new(model, tasks, options, cancel)?;
        let dev = DevTasks::encode(model, dev, &learner.tags, cancel)?;
        let counters = Counters {
            identity: identity(model, &learner, options)?,
            step: 0,
            optimizers: Steps::default(),
            compute: Compute::default(),
            seconds: 0.0,
            log_bytes: 0,
            dev: BTreeMap::new(),
        };
        let schedule = Schedule::new(options.steps, options.warmup);
        Ok(Run { model, options, cancel, learner, dev, schedule, counters, before: 0.0, resumed: 0, begun })
    }

    fn train(&mut self, observer: &mut PrimeObserver) -> Result<()> {
        self.resume()?;
        let mut log = Log::open(self.options.log.as_deref(), self.counters.log_bytes)?;
        for step in self.counters.step..self.options.steps {
            let looks = self.looks(step);
            let model = self.model;
            let outcome = model.pool().install(|| self.update(step, looks)).map_err(|e| match e.kind() {
                ErrorKind::NonFinite => Error::new(e.kind(), format!("update {}: {}", step + 1, e.message())),
                _ => e,
            })?;
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

    fn update(&mut self, step: usize, looks: bool) -> Result<Outcome> {
        let outcome = self.learner.update(step, self.schedule.factor(step), looks)?;
        if looks && !self.dev.is_empty() {
            self.counters.dev = self.dev.f1(&self.learner.model()?, &self.learner.tags, self.cancel)?;
        }
        Ok(outcome)
    }

    fn line(&self, outcome: &Outcome, looks: bool) -> Value {
        let compute = self.learner.compute.get();
        let tasks: Vec<&str> = outcome.tasks.iter().map(|t| &self.learner.tasks[*t].name[..]).collect();
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
        self.counters.compute = self.learner.compute.get();
        let (steps, tensors) = self.learner.state.state()?;
        self.counters.optimizers = steps;
        checkpoint::save(path, &self.counters, tensors)
    }

    fn resume(&mut self) -> Result<()> {
        let Some(path) = &self.options.checkpoint else { return Ok(()) };
        let identity = &self.counters.identity;
        let Some(mut checkpoint) = Checkpoint::load(path, |c: &Counters| c.identity == *identity)? else {
            return Ok(());
        };
        let (steps, vocabulary) = (checkpoint.counters.optimizers, self.model.config().vocabulary);
        let get = |name: &str, shape: &[usize]| checkpoint.take(name, shape);
        self.learner.state.restore(steps, vocabulary, get).map_err(|e| e.in_file(path))?;
        self.counters = checkpoint.counters;
        self.learner.compute.set(self.counters.compute);
        (self.before, self.resumed) = (self.counters.seconds, self.counters.step);
        Ok(())
    }

    fn finish(self) -> Result<Primed> {
        let (point, ids) = self.learner.point()?;
        let point = point.iter().map(|t| Ok(t.to_device(&Device::Cpu)?)).collect::<Result<_>>()?;
        let Learner { tags, tasks, space, compute, .. } = self.learner;
        let report = PrimeReport {
            options: self.counters.identity.options,
            types: tags.types().to_vec(),
            tasks: tasks.iter().map(|t| (t.name.clone(), t.len())).collect(),
            steps: self.counters.step,
            seconds: self.counters.seconds,
            threads: self.model.threads(),
            device: Some(self.model.device()).filter(|d| *d != crate::Device::Cpu).map(|d| d.to_string()),
            peak_memory: memory::peak(),
            compute: compute.get(),
            word_rows: ids.len(),
            dev_f1: self.counters.dev,
        };
        Ok(Primed::new(self.model, space, point, ids, tags, self.options, report))
    }
}

fn identity(model: &Model, learner: &Learner, options: &PrimeOptions) -> Result<Identity> {
    let mut hash = Sha256::new();
    learner.tasks.iter().for_each(|task| task.digest(&mut hash));
    if let Some(initial) = &options.initial {
        hash.update(initial.to_bytes()?);
    }
    Ok(Identity {
        options: serde_json::to_value(options).map_err(|e| Error::argument(format!("options: {e}")))?,
        types: learner.tags.types().to_vec(),
        backbone: model.fingerprint().to_owned(),
        data: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
    })
}
