//! The process of one run: its peak memory is its own, and its end harms no other run.

use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use primer::peft::TrainingReport;
use primer::train::{Stage, adapt_states};
use primer::{AdaptOptions, Adapter, Cancel, Dataset, ErrorKind, LoadOptions, Model, Progress, evaluate};

use super::job::{Job, Message, Results, Scored, Training, digest};
use super::settings::Start;
use crate::console::{Failure, Outcome};

/// Does the run that standard input describes, in a line of JSON, and tells of it on standard output.
pub fn run() -> Outcome {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line).map_err(|e| Failure::Other(format!("not a run: {e}")))?;
    // Standard input stays open as long as somebody waits for the result.
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(1);
    });
    match work(&job) {
        Ok(results) => tell(&Message::Done(Box::new(results))),
        Err(e) => tell(&Message::Failed(e.to_string())),
    }
}

fn tell(message: &Message) -> Outcome {
    let text = serde_json::to_string(message).map_err(|e| Failure::Other(format!("cannot write JSON: {e}")))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// What a run reads.
struct Inputs {
    model: Model,
    adapter: Option<Adapter>,
    train: Dataset,
    dev: Dataset,
    test: Option<Dataset>,
}

fn work(job: &Job) -> Outcome<Results> {
    let id = &job.identity;
    let options = LoadOptions::new().threads(job.threads).quantised(job.quantised).device(job.device.parse()?);
    let model = Model::load_with(&job.model, &options)?;
    unchanged(&job.model, model.fingerprint(), &id.model)?;
    let adapter = match (&job.adapter, &id.adapter) {
        (Some(path), Some(expected)) => {
            read(path, expected)?;
            Some(Adapter::load(path, &model)?)
        }
        _ => None,
    };
    let data = |path: &Path, expected: &str| -> Outcome<Dataset> {
        Ok(Dataset::from_bytes(&read(path, expected)?, &path.to_string_lossy(), &id.data.options())?)
    };
    let test = match (&job.test, &id.test) {
        (Some(path), Some(expected)) => Some(data(path, expected)?),
        _ => None,
    };
    let inputs = Inputs { adapter, train: data(&job.train, &id.train)?, dev: data(&job.dev, &id.dev)?, test, model };
    match (&id.training, &inputs.adapter) {
        (Some(training), _) => train(&inputs, training),
        (None, Some(adapter)) => as_it_is(&inputs, adapter),
        (None, None) => Err(Failure::Other("there is neither an adapter nor a training".to_owned())),
    }
}

/// A file's bytes, which must be those that the plan was made with.
fn read(path: &Path, expected: &str) -> Outcome<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(|e| Failure::Other(format!("{}: cannot read: {e}", path.display())))?;
    unchanged(path, &digest(&bytes), expected)?;
    Ok(bytes)
}

fn unchanged(path: &Path, digest: &str, expected: &str) -> Outcome {
    match digest == expected {
        true => Ok(()),
        false => Err(Failure::Other(format!("{}: the file has changed since the experiment began", path.display()))),
    }
}

impl Inputs {
    fn score(&self, adapter: &Adapter) -> Outcome<Scored> {
        let figures = |data| evaluate(&self.model, adapter, data).map(|e| (&e).into());
        Ok(Scored { dev: figures(&self.dev)?, test: self.test.as_ref().map(figures).transpose()? })
    }
}

fn as_it_is(inputs: &Inputs, adapter: &Adapter) -> Outcome<Results> {
    let begun = Instant::now();
    let scored = inputs.score(adapter)?;
    Ok(Results {
        sentences: 0,
        drawn: Vec::new(),
        before: Some(scored.dev.f1),
        curve: vec![(0, scored.dev.f1)],
        steps: 0,
        best_step: 0,
        last: scored.clone(),
        best: scored,
        seconds: begun.elapsed().as_secs_f64(),
        update_seconds: 0.0,
        peak_memory: None,
        diverged: None,
    })
}

fn train(inputs: &Inputs, training: &Training) -> Outcome<Results> {
    let options = options(training, inputs.adapter.clone())?;
    // The number of updates after each epoch, and the time that went into updates: the rest went into looks.
    let (mut steps, mut update_seconds, mut then) = (vec![0], 0.0, 0.0);
    let mut observer = |p: &Progress| {
        match p.stage {
            Stage::Step => update_seconds += p.seconds - then,
            Stage::Epoch => steps.push(p.step),
            _ => {}
        }
        then = p.seconds;
        if matches!(p.stage, Stage::Encode | Stage::Prefix) {
            return ControlFlow::Continue(());
        }
        // Who started this run may be gone: then it ends by itself.
        let _ = tell(&Message::Step(p.step, p.steps));
        ControlFlow::Continue(())
    };
    let begun = Instant::now();
    let done = adapt_states(&inputs.model, &inputs.train, Some(&inputs.dev), &options, &mut observer, &Cancel::new());
    let states = match done {
        Err(e) if e.kind() == ErrorKind::NonFinite => return Ok(diverged(training, inputs, e.to_string(), begun)),
        done => done?,
    };
    let report = states.last.card().training.clone().unwrap_or_default();
    let best = states.best.card().training.as_ref().map_or(0, |t| t.best_epoch);
    let last = inputs.score(&states.last)?;
    Ok(Results {
        sentences: report.sentences,
        before: report.initial_f1,
        curve: curve(&report, &steps),
        steps: report.steps,
        best_step: steps.get(best).copied().unwrap_or(0),
        // Often they are the same.
        best: if best == report.best_epoch { last.clone() } else { inputs.score(&states.best)? },
        last,
        seconds: report.seconds,
        update_seconds,
        peak_memory: report.peak_memory,
        drawn: report.shots,
        diverged: None,
    })
}

fn options(t: &Training, adapter: Option<Adapter>) -> primer::Result<AdaptOptions> {
    let mut options = AdaptOptions::new(&t.method);
    t.others.apply(&mut options)?;
    match t.start {
        // An arm's adapter is a start, not what is to be kept.
        Start::Adapter => (options.initial, options.drop_types) = (adapter, true),
        Start::Head => options.initial_head = adapter,
        Start::Fresh => {}
    }
    (options.learning_rate, options.head_learning_rate) = (Some(t.learning_rate), Some(t.head_learning_rate));
    (options.epochs, options.patience, options.evaluate_every) = (t.epochs, t.patience, t.evaluate_every);
    (options.batch_size, options.batch_pieces) = (t.batch_size, t.batch_pieces);
    (options.weight_decay, options.warmup, options.clip) = (t.weight_decay, t.warmup, t.clip);
    options.head_only = t.head_only;
    options.precision = t.precision.into();
    (options.recompute, options.seed, options.shots) = (t.recompute, t.seed, t.shots);
    Ok(options)
}

/// The looks at dev data over the updates made before each.
fn curve(report: &TrainingReport, steps: &[usize]) -> Vec<(usize, f64)> {
    let start = report.initial_f1.map(|f1| (0, f1));
    let looks = report.epochs.iter().zip(&steps[1..]).filter_map(|(epoch, step)| Some((*step, epoch.dev_f1?)));
    start.into_iter().chain(looks).collect()
}

fn diverged(t: &Training, inputs: &Inputs, why: String, begun: Instant) -> Results {
    let nothing = Scored { test: inputs.test.as_ref().map(|_| Default::default()), ..Scored::default() };
    Results {
        sentences: t.shots.unwrap_or(inputs.train.len()),
        drawn: t.shots.and_then(|n| inputs.train.shots(n, t.seed).ok()).map(|(_, indices)| indices).unwrap_or_default(),
        before: None,
        curve: Vec::new(),
        steps: 0,
        best_step: 0,
        last: nothing.clone(),
        best: nothing,
        seconds: begun.elapsed().as_secs_f64(),
        update_seconds: 0.0,
        peak_memory: None,
        diverged: Some(why),
    }
}
