//! The outer loop.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::input::{Identity, Input};
use super::learner::{Learner, Outcome, Place};
use super::log::Log;
use super::measure::DevTasks;
use super::objective::Compute;
use super::options::{EpisodeHead, PrimeOptions};
use super::outer::Steps;
use super::part::Sum;
use super::primed::{PrimeReport, Primed};
use super::progress::{PrimeObserver, PrimeProgress};
use super::resolve::ResolvedPrime;
use super::state::State;
use super::task::{Task, types};
use super::team::{self, Alone, Team};
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::output::{Paths, Written};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::difference::difference;
use crate::train::memory;
use crate::train::schedule::Schedule;
use crate::train::{Counter, Stage};

/// Primes `model` on `tasks` for the method of `options`; `dev` are tasks whose F1 is told along the way.
///
/// # Errors
/// `InvalidArgument` for options that cannot work and for tasks of one name; `Data`, naming the task, for one with fewer
/// sentences than an episode takes, without entities, or with an entity type that `types` lacks; `Stale` for a
/// checkpoint of another run; `NonFinite` where training diverges; `Io` for checkpoint and log.
pub fn prime(model: &Model, tasks: &[Task], dev: &[Task], options: &PrimeOptions) -> Result<Primed> {
    prime_observed(model, tasks, dev, options, &mut |_| ControlFlow::Continue(()), &Cancel::new())
}

/// [`prime`], telling `observer` on the calling thread of what comes before training and of every update, and stopping
/// before the next product of a layer after `cancel` is requested.
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
    prime_team(model, tasks, dev, options, &Alone, observer, cancel)
}

/// [`prime_observed`] by several processes: every rank of `team` calls this with the same arguments, computes its share of
/// the episodes of every update, and ends with the same result, that of one process but for rounding.
///
/// Rank 0 alone reads and writes checkpoint and log and calls its observer. Who goes on from a checkpoint may have another
/// number of ranks. The time of a run, and of the report, is that of rank 0; passes and threads are those of all ranks
/// together, and the memory is the most that one of them took.
///
/// # Errors
/// As [`prime_observed`], from any rank: all ranks end within an update with that error, whose message begins with the rank.
/// A request to any rank's `cancel` and a `Break` of rank 0's observer are such errors. `Mismatch` where ranks have other
/// options, data or backbones than rank 0; `Compute` where their parameters have come to differ, which is looked for at every
/// checkpoint's time; and what the team says of ranks that cannot be reached.
pub fn prime_team(
    model: &Model,
    tasks: &[Task],
    dev: &[Task],
    options: &PrimeOptions,
    team: &dyn Team,
    observer: &mut PrimeObserver,
    cancel: &Cancel,
) -> Result<Primed> {
    let resolved = OnceCell::new();
    let checked = options.resolve(model.config(), &types(tasks)).and_then(|resolved| match team.rank() {
        0 => outputs(options).check().map(|()| resolved),
        _ => Ok(resolved),
    });
    let started = checked
        .and_then(|options| Run::start(model, tasks, dev, resolved.get_or_init(|| options), team, observer, cancel));
    let started = started.map(|run| {
        let input = Input::of(&run.counters.identity, dev, run.options, team);
        (run, input)
    });
    let (mut run, inputs) = team::share(team, started)?;
    Input::compare(&inputs)?;
    log(Level::Info, || format!("priming starts: {} tasks, {} updates", tasks.len(), options.steps));
    let done = run.train(observer);
    log(Level::Info, || match &done {
        Ok(()) => "priming is done".to_owned(),
        Err(e) => format!("priming has ended: {e}"),
    });
    done.and_then(|()| run.finish())
}

/// What rank 0 writes along the way.
fn outputs(options: &PrimeOptions) -> Paths {
    let mut paths = Paths::new();
    options.checkpoint.iter().for_each(|path| paths.writes("the checkpoint", path, Written::Replaced));
    options.log.iter().for_each(|path| paths.writes("the log", path, Written::Opened));
    paths
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
    options: &'a ResolvedPrime,
    team: &'a dyn Team,
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
        options: &'a ResolvedPrime,
        team: &'a dyn Team,
        observer: &mut PrimeObserver,
        cancel: &'a Cancel,
    ) -> Result<Run<'a>> {
        let begun = Instant::now();
        let mut tell = |stage, done, total| match team.rank() {
            0 => observer(&PrimeProgress::before(stage, done, total, options.steps, begun.elapsed())),
            _ => ControlFlow::Continue(()),
        };
        let mut counter = Counter::new(cancel, &mut tell);
        let learner = Learner::new(model, tasks, options, cancel, &mut counter)?;
        let dev = DevTasks::encode(model, dev, &learner, options, cancel, &mut counter)?;
        let counters = Counters {
            identity: Identity::of(model, &learner, options)?,
            step: 0,
            optimizers: Steps::default(),
            compute: Compute::default(),
            seconds: 0.0,
            log_bytes: 0,
            dev: BTreeMap::new(),
        };
        let schedule = Schedule::new(options.steps, options.warmup);
        Ok(Run { model, options, team, cancel, learner, dev, schedule, counters, before: 0.0, resumed: 0, begun })
    }

    /// True where this rank reads and writes files and tells the observer.
    fn leads(&self) -> bool {
        self.team.rank() == 0
    }

    /// Which part of the work is this rank's.
    fn place(&self) -> Place {
        (self.team.rank(), self.team.size())
    }

    fn train(&mut self, observer: &mut PrimeObserver) -> Result<()> {
        self.resume()?;
        let path = self.options.log.as_deref().filter(|_| self.leads());
        let mut log = team::agree(self.team, Log::open(path, self.counters.log_bytes))?;
        for step in self.counters.step..self.options.steps {
            let outcome = self.update(step)?;
            // Nobody goes on before rank 0 has written what it has to.
            let written = if self.leads() { self.tell(&outcome, observer, &mut log) } else { Ok(()) };
            team::agree(self.team, written)?;
        }
        Ok(())
    }

    /// True where the update `step` ends with a look at F1.
    fn looks(&self, step: usize) -> bool {
        let every = self.options.evaluate_every;
        step + 1 == self.options.steps || (every > 0 && (step + 1).is_multiple_of(every))
    }

    /// True where the update `step` ends with a checkpoint.
    fn saves(&self, step: usize) -> bool {
        step + 1 == self.options.steps || (step + 1).is_multiple_of(self.options.checkpoint_every)
    }

    fn update(&mut self, step: usize) -> Result<Outcome> {
        let (model, team, place, looks) = (self.model, self.team, self.place(), self.looks(step));
        let named = |e: Error| match e.kind() {
            ErrorKind::NonFinite => Error::new(e.kind(), format!("update {}: {}", step + 1, e.message())),
            _ => e,
        };
        let learner = &self.learner;
        let mine = model.pool().install(|| {
            let plan = learner.plan(step)?;
            let (mut sum, mut parts) = (learner.sum(&plan), Vec::new());
            // One process alone need not keep what it has added.
            let mut take = |part| match place {
                (_, 1) => sum.add(part),
                _ => part.on_host().map(|part| parts.push(part)),
            };
            learner.parts(&plan, looks, place, &mut take)?;
            Ok((plan, sum, parts))
        });
        let (plan, whole) = Sum::add_all(team, mine.map_err(named), |plan| &plan.point)?;
        let factor = self.schedule.factor(step);
        let dev = Some(&self.dev).filter(|dev| looks && !dev.is_empty()).map(|dev| (dev, place, self.cancel));
        let compares = self.saves(step) && team.size() > 1;
        let learner = &mut self.learner;
        let made = model.pool().install(|| {
            self.cancel.check()?;
            let outcome = learner.update(&plan, whole, factor)?;
            self.cancel.check()?;
            let state = State::of(learner, dev, compares)?;
            Ok((outcome, state))
        });
        let (outcome, states) = team::share(team, made.map_err(named))?;
        State::compare(&states)?;
        if looks && !self.dev.is_empty() {
            self.counters.dev = states.into_iter().flat_map(|s| s.dev).collect();
        }
        self.counters.step = step + 1;
        self.counters.seconds = self.before + self.begun.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// Writes and tells what an update came to.
    fn tell(&mut self, outcome: &Outcome, observer: &mut PrimeObserver, log: &mut Log) -> Result<()> {
        let step = self.counters.step - 1;
        log.append(&self.line(outcome, self.looks(step)))?;
        let stopped = observer(&self.progress(outcome)) == ControlFlow::Break(());
        if stopped || self.saves(step) {
            self.save_checkpoint(log)?;
        }
        if stopped { Err(Error::cancelled()) } else { Ok(()) }
    }

    fn line(&self, outcome: &Outcome, looks: bool) -> Value {
        let compute = self.learner.compute;
        let tasks: Vec<&str> = outcome.tasks.iter().map(|t| &self.learner.tasks[*t].name[..]).collect();
        let mut line = json!({
            "step": self.counters.step, "tasks": tasks, "support_loss": outcome.tally.support_loss,
            "query_loss": outcome.tally.query_loss, "gradient_norm": outcome.norms,
            "rate": self.schedule.factor(self.counters.step - 1), "seconds": self.counters.seconds,
            "compute": compute,
        });
        if looks {
            line["query_f1"] = json!(outcome.tally.query_f1);
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
            stage: Stage::Step,
            done: step,
            total: steps,
            step,
            steps,
            support_loss: outcome.tally.support_loss,
            query_loss: outcome.tally.query_loss,
            gradient_norm: outcome.norms.whole(),
            dev_f1: (!dev.is_empty()).then(|| dev.values().sum::<f64>() / dev.len() as f64),
            seconds,
            seconds_left: here * (steps - step) as f64,
        }
    }

    fn save_checkpoint(&mut self, log: &mut Log) -> Result<()> {
        let Some(path) = &self.options.checkpoint else { return Ok(()) };
        self.counters.log_bytes = log.sync()?;
        self.counters.compute = self.learner.compute;
        let (steps, tensors) = self.learner.state.state()?;
        self.counters.optimizers = steps;
        checkpoint::save(path, &self.counters, tensors)
    }

    /// Goes on from rank 0's checkpoint: the others get it from there, so that machines need share no disk.
    fn resume(&mut self) -> Result<()> {
        let read = match self.options.checkpoint.as_deref().filter(|_| self.leads()) {
            Some(path) => checkpoint::bytes(path),
            None => Ok(None),
        };
        let bytes = team::spread(self.team, team::agree(self.team, read)?)?;
        let restored = match bytes {
            Some(bytes) => self.restore(&bytes).map_err(|e| match &self.options.checkpoint {
                Some(path) => e.in_file(path),
                None => e,
            }),
            None => Ok(()),
        };
        let state = restored.and_then(|()| {
            let state = State::of(&self.learner, None, self.team.size() > 1)?;
            Ok(((), state))
        });
        State::compare(&team::share(self.team, state)?.1)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let identity = &self.counters.identity;
        let difference = |c: &Counters| difference(&c.identity, identity);
        let Some(mut checkpoint) = Checkpoint::from_bytes(bytes, self.options.restart, difference)? else {
            return Ok(());
        };
        let (steps, vocabulary) = (checkpoint.counters.optimizers, self.model.config().vocabulary);
        let get = |name: &str, shape: &[usize]| checkpoint.take(name, shape);
        self.learner.state.restore(steps, vocabulary, get)?;
        self.counters = checkpoint.counters;
        self.learner.compute = self.counters.compute;
        (self.before, self.resumed) = (self.counters.seconds, self.counters.step);
        Ok(())
    }

    fn finish(self) -> Result<Primed> {
        let on_host = |(point, ids): (Vec<Tensor>, Vec<u32>)| {
            let point = point.iter().map(|t| Ok(t.to_device(&Device::Cpu)?)).collect::<Result<Vec<_>>>()?;
            Ok(((point, ids), (self.model.threads(), memory::peak())))
        };
        let ((point, ids), means) = team::share(self.team, self.learner.point().and_then(on_host))?;
        let Learner { tags, tasks, space, compute, .. } = self.learner;
        // Heads that are made are of no types in particular; the tasks say which were seen.
        let made = self.options.head == EpisodeHead::Made;
        let mut options = self.counters.identity.options;
        if let Some(options) = options.as_object_mut().filter(|_| made) {
            options.remove("types");
        }
        let report = PrimeReport {
            options,
            decisions: self.options.decisions.iter().filter(|d| d.reason.is_some()).cloned().collect(),
            types: if made { Vec::new() } else { tags.types().to_vec() },
            tasks: tasks.iter().map(|t| (t.name.clone(), t.len())).collect(),
            steps: self.counters.step,
            seconds: self.counters.seconds,
            ranks: self.team.size(),
            threads: means.iter().map(|(threads, _)| threads).sum(),
            device: Some(self.model.device()).filter(|d| *d != crate::Device::Cpu).map(|d| d.to_string()),
            peak_memory: means.iter().filter_map(|(_, bytes)| *bytes).max(),
            compute,
            word_rows: ids.len(),
            dev_f1: self.counters.dev,
        };
        Ok(Primed::new(self.model, space, point, ids, tags, self.options, report))
    }
}
