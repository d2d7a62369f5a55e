//! Adaptation: from labelled sentences to an adapter.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Instant;

use super::examples::Examples;
use super::keep::Teacher;
use super::options::AdaptOptions;
use super::progress::{Counter, Observer, Progress, Stage};
use super::resolve::TrainingData;
use super::run::Run;
use crate::cancel::Cancel;
use crate::data::{Dataset, TagSet};
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::output::{Written, check_writable};
use crate::peft::Adapter;

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
    let kept_types = options.kept_types(train.types());
    let types = match &kept_types {
        None if options.types.is_empty() => train.types(),
        None => &options.types,
        Some(types) => types,
    };
    let tags = TagSet::new(options.scheme, types.to_vec())?;
    // Of the types that are kept beside their own, the data say nothing.
    let labelling = |data: &Dataset, with: &Dataset| {
        let types: BTreeSet<String> = data.labelled_types().into_iter().chain(with.labelled_types()).collect();
        kept_types.is_some().then(|| data.labelling(&types.into_iter().collect::<Vec<_>>()))
    };
    let (of_train, of_dev) = (labelling(train, train), dev.and_then(|dev| labelling(dev, train)));
    let (train, dev) = (of_train.as_ref().unwrap_or(train), of_dev.as_ref().or(dev));
    let begun = Instant::now();
    let mut tell = |stage, done, total| observer(&Progress::before(stage, done, total, begun.elapsed()));
    let mut counter = Counter::new(cancel, &mut tell);
    let mut examples = Examples::encode(model, train, &tags, &mut |n, all| counter.count(Stage::Encode, n, all))?;
    if let Some(adapter) = options.initial.as_ref().filter(|_| !options.drop_types) {
        adapter.belongs_to(model)?;
        let (precision, overlap) = (options.precision, options.overlap);
        Teacher { model, adapter, precision, overlap, cancel }.teach(&mut examples, &tags, &mut counter)?;
    }
    let data = TrainingData { types: train.types(), pieces: &examples.lengths() };
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
