//! Adaptation: from labelled sentences to an adapter.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Instant;

use super::examples::Examples;
use super::keep::Teacher;
use super::options::AdaptOptions;
use super::progress::{Counter, Observer, Progress, Stage};
use super::resolve::{ResolvedAdapt, TrainingData};
use super::run::Run;
use crate::cancel::Cancel;
use crate::data::{Dataset, TagSet};
use crate::error::{Error, OptionName, Result};
use crate::log::{Level, log};
use crate::model::Model;
use crate::output::{Written, check_writable};
use crate::peft::Adapter;
use crate::start::HeadInit;

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
    run(model, Some(train), dev, options, observer, cancel, |run| run.finish())
}

/// An adapter that finds [`AdaptOptions::types`] by their names alone, at once, on a model that carries a start which reads
/// names ([`Start`](crate::Start)). Types of [`AdaptOptions::initial`] stay as they are. With `dev`, the card says what
/// F1 it reaches.
///
/// # Errors
/// `InvalidArgument` where nothing reads names, and for a type of whose name nothing can be made; `Cancelled`.
pub fn adapt_by_name(
    model: &Model,
    dev: Option<&Dataset>,
    options: &AdaptOptions,
    observer: &mut Observer,
    cancel: &Cancel,
) -> Result<Adapter> {
    run(model, None, dev, options, observer, cancel, |run| run.finish())
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
    run(model, Some(train), dev, options, observer, cancel, |mut run| {
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
    train: Option<&Dataset>,
    dev: Option<&Dataset>,
    options: &AdaptOptions,
    observer: &mut Observer,
    cancel: &Cancel,
    finish: impl FnOnce(Run) -> Result<T>,
) -> Result<T> {
    let beside = train.is_none().then(|| beside_initial(options));
    let options = beside.as_ref().unwrap_or(options);
    // What cannot work is refused before anything is read.
    let early = options.resolve(model.config(), &TrainingData { start: model.start(), ..TrainingData::default() })?;
    if let Some(path) = &options.checkpoint {
        check_writable(path, Written::Replaced).map_err(|e| e.with_prefix("the checkpoint: "))?;
    }
    let Some(train) = train else {
        let options = by_name(early)?;
        let tags = TagSet::new(options.scheme, options.types.clone())?;
        let begun = Instant::now();
        let mut tell = |stage, done, total| observer(&Progress::before(stage, done, total, begun.elapsed()));
        let mut counter = Counter::new(cancel, &mut tell);
        let nothing = (None, Examples { sentences: Vec::new() });
        let mut run = Run::start(model, nothing, dev, &options, (tags, Vec::new()), &mut counter, cancel)?;
        return run.train(observer).and_then(|()| finish(run));
    };
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
    let data = TrainingData {
        types: train.types(),
        pieces: &examples.lengths(),
        mentions: train.entities(),
        dev: dev.is_some(),
        start: model.start(),
    };
    let options = &options.resolve(model.config(), &data)?;
    let name = options.method.name();
    log(Level::Info, || format!("adaptation starts: {name}, {} sentences of {}", train.len(), train.name()));
    let mut run = Run::start(model, (Some(train), examples), dev, options, (tags, shots), &mut counter, cancel)?;
    let parameters = run.report.parameters;
    let done = run.train(observer).and_then(|()| finish(run));
    log(Level::Info, || match &done {
        Ok(_) => format!("adaptation is done: {name}, {parameters} parameters"),
        Err(e) => format!("adaptation has ended: {e}"),
    });
    done
}

/// The same options with the types of the adapter to start from, first, beside those that are given.
fn beside_initial(options: &AdaptOptions) -> AdaptOptions {
    let mut all = options.clone();
    let Some(initial) = options.initial.as_ref().filter(|_| !options.drop_types && !options.types.is_empty()) else {
        return all;
    };
    let new = options.types.iter().filter(|kind| !initial.types().contains(kind));
    all.types = initial.types().iter().chain(new).cloned().collect();
    if options.descriptions.len() == options.types.len() {
        let given = |kind: &String| options.types.iter().position(|known| known == kind);
        let described =
            all.types.iter().map(|kind| given(kind).map_or_else(String::new, |i| options.descriptions[i].clone()));
        all.descriptions = described.collect();
    }
    all
}

/// The options of a run without sentences: types by their names alone.
fn by_name(options: ResolvedAdapt) -> Result<ResolvedAdapt> {
    let (types, shots) = (OptionName("types"), OptionName("shots"));
    if options.types.is_empty() {
        return Err(Error::option(&format!("without sentences, {types} must name what is to be found")));
    }
    if options.shots.is_some() {
        return Err(Error::option(&format!("{shots} is given, but there are no sentences to draw from")));
    }
    if !matches!(options.head_init, HeadInit::Auto | HeadInit::Name) {
        let message = "without sentences, types are found by their names alone. That takes a model that was primed for new \
                       types and its method's parameters; here";
        let why = options.decisions.iter().find(|d| d.option == "start").and_then(|d| d.reason.as_deref());
        let why = why.unwrap_or("the model carries no start");
        let head_init = OptionName("head_init");
        let how = options.head_init.name();
        return Err(Error::option(&format!("{message} {head_init} is {how} ({why}). Give labelled sentences")));
    }
    let mut options = ResolvedAdapt { epochs: 0, checkpoint: None, ..options };
    if let Some(epochs) = options.decisions.iter_mut().find(|d| d.option == "epochs") {
        (epochs.value, epochs.reason) =
            (0.into(), Some("there are no sentences: types by their names alone".to_owned()));
    }
    Ok(options)
}
