//! From a plan to its runs: every arm, language, method, number of shots, seed and learning rate.

use std::collections::HashMap;
use std::path::Path;

use primer::peft::Card;
use primer::train::TrainingData;
use primer::{Adapter, Dataset, Device, LoadOptions, Method, Model};

use super::job::{Identity, Job, PROTOCOL, Training, digest};
use super::plan::{Arm, Plan};
use super::settings::{MethodName, Settings, Start};
use super::values::{Rates, Shots};
use crate::args::TrainingNumbers;
use crate::console::{Failure, Outcome, load_data_with};

/// A run of the plan and its place in it.
#[derive(Debug)]
pub struct Run {
    pub key: String,
    pub place: Place,
    pub job: Job,
}

/// Where a run stands in the tables: positions in the plan's lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub method: usize,
    pub arm: usize,
    pub language: usize,
    /// `None` where nothing is trained.
    pub shots: Option<Shots>,
    pub seed: u64,
}

/// What runs compute with. Threads and memory change no result.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    pub threads: usize,
    pub quantised: bool,
    pub device: Device,
    pub precision: TrainingNumbers,
}

/// What the files of a plan say.
pub struct Inputs {
    arms: Vec<ArmInputs>,
    languages: Vec<LanguageInputs>,
}

struct ArmInputs {
    fingerprint: String,
    config: primer::model::Config,
    adapter: Option<(String, Card)>,
}

struct LanguageInputs {
    sentences: usize,
    train: String,
    dev: String,
    test: Option<String>,
}

impl Inputs {
    /// Reads every file once, so that a missing or damaged one is found before the first run.
    pub fn load(plan: &Plan) -> Outcome<Inputs> {
        let languages = plan.languages.iter().map(|(_, language)| {
            let data = |path: &Path| -> Outcome<(String, Dataset)> {
                let data = load_data_with(path, &plan.reading(language).options())?;
                Ok((digest(&bytes(path)?), data))
            };
            let (train, data_set) = data(&language.train)?;
            let test = language.test.as_deref().map(|path| Ok::<_, Failure>(data(path)?.0)).transpose()?;
            Ok(LanguageInputs { sentences: data_set.len(), train, dev: data(&language.dev)?.0, test })
        });
        let languages = languages.collect::<Outcome<Vec<_>>>()?;
        let arms = plan.arms.iter().map(|(_, arm)| {
            // One at a time: only sizes and digests stay.
            let model = Model::load_with(&arm.model, &LoadOptions::new().quantised(true))?;
            let adapter = arm.adapter.as_ref().map(|path| -> Outcome<_> {
                let adapter = Adapter::load(path, &model)?;
                Ok((digest(&bytes(path)?), adapter.card().clone()))
            });
            let adapter = adapter.transpose()?;
            Ok(ArmInputs { fingerprint: model.fingerprint().to_owned(), config: model.config().clone(), adapter })
        });
        Ok(Inputs { arms: arms.collect::<Outcome<Vec<_>>>()?, languages })
    }

    /// Sentences in a language's training data.
    pub fn sentences(&self, language: usize) -> usize {
        self.languages[language].sentences
    }
}

fn bytes(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).map_err(|e| Failure::Other(format!("{}: cannot read: {e}", path.display())))
}

/// All runs, the small ones first, so that something can be seen early.
pub fn runs(plan: &Plan, inputs: &Inputs, resources: Resources) -> Outcome<Vec<Run>> {
    for (language, (name, _)) in plan.languages.iter().enumerate() {
        let sentences = inputs.sentences(language);
        if let Some(shots) = plan.shots.iter().find(|s| s.count().is_some_and(|n| n > sentences)) {
            let message = format!("languages.{name} has {sentences} sentences to learn from, fewer than {shots} shots");
            return Err(Failure::Other(message));
        }
    }
    let mut runs = Vec::new();
    let mut shots = plan.shots.clone();
    shots.sort();
    for method in 0..plan.methods.len() {
        each_input(plan, |arm, language| {
            if plan.methods[method].1.method == Some(MethodName::None) && plan.arms[arm].1.adapter.is_some() {
                let place = Place { method, arm, language, shots: None, seed: 0 };
                runs.push(run(plan, inputs, resources, place, None));
            }
            Ok(())
        })?;
    }
    for shots in shots {
        for method in 0..plan.methods.len() {
            for seed in &plan.seeds {
                each_input(plan, |arm, language| {
                    let place = Place { method, arm, language, shots: Some(shots), seed: *seed };
                    for mut training in trainings(plan, inputs, place)? {
                        training.precision = resources.precision;
                        runs.push(run(plan, inputs, resources, place, Some(training)));
                    }
                    Ok(())
                })?;
            }
        }
    }
    Ok(runs)
}

fn each_input(plan: &Plan, mut visit: impl FnMut(usize, usize) -> Outcome) -> Outcome {
    for language in 0..plan.languages.len() {
        for arm in 0..plan.arms.len() {
            visit(arm, language)?;
        }
    }
    Ok(())
}

fn run(plan: &Plan, inputs: &Inputs, resources: Resources, place: Place, training: Option<Training>) -> Run {
    let (arm, language) = (&plan.arms[place.arm].1, &plan.languages[place.language].1);
    let (of_arm, data) = (&inputs.arms[place.arm], &inputs.languages[place.language]);
    // A run that starts afresh is the same with any adapter of its arm, or without.
    let adapter = arm.adapter.as_ref().filter(|_| training.as_ref().is_none_or(|t| t.start != Start::Fresh));
    let identity = Identity {
        protocol: PROTOCOL,
        model: of_arm.fingerprint.clone(),
        adapter: adapter.and(of_arm.adapter.as_ref()).map(|(digest, _)| digest.clone()),
        train: data.train.clone(),
        dev: data.dev.clone(),
        test: data.test.clone(),
        data: plan.reading(language).clone(),
        device: kind(resources.device),
        training,
    };
    let job = Job {
        model: arm.model.clone(),
        adapter: adapter.cloned(),
        train: language.train.clone(),
        dev: language.dev.clone(),
        test: language.test.clone(),
        threads: resources.threads,
        quantised: resources.quantised,
        device: resources.device.to_string(),
        identity,
    };
    Run { key: job.identity.key(), place, job }
}

/// The kind of a device, unless it is the processor.
fn kind(device: Device) -> Option<String> {
    let name = device.to_string();
    let kind = name.split(':').next().map(str::to_owned);
    kind.filter(|_| device != Device::Cpu)
}

/// The trainings of one place: one for each pair of learning rates.
fn trainings(plan: &Plan, inputs: &Inputs, place: Place) -> Outcome<Vec<Training>> {
    let ((name, base), (arm_name, arm)) = (&plan.methods[place.method], &plan.arms[place.arm]);
    let settings = arm.settings(name, base);
    let (method, start) = match method(&settings, arm, &inputs.arms[place.arm])
        .map_err(|e| Failure::Other(format!("arms.{arm_name} with methods.{name}: {e}")))?
    {
        Some(found) => found,
        None => return Ok(Vec::new()),
    };
    let given = |rates: &Option<Rates>| {
        rates.as_ref().map_or_else(|| vec![None], |rates| rates.0.iter().copied().map(Some).collect())
    };
    let mut trainings = Vec::new();
    for learning_rate in given(&settings.learning_rate) {
        for head_learning_rate in given(&settings.head_learning_rate) {
            let refused = |e: primer::Error| {
                Failure::Other(format!("methods.{name}: {}", e.display_as(|option| settings.key(option))))
            };
            let options = settings.options((&method).into(), (learning_rate, head_learning_rate)).map_err(refused)?;
            let config = &inputs.arms[place.arm].config;
            let run = options.resolve(config, &TrainingData::default()).map_err(refused)?;
            trainings.push(Training {
                method: run.method,
                start,
                shots: place.shots.and_then(Shots::count),
                seed: place.seed,
                learning_rate: run.learning_rate,
                head_learning_rate: run.head_learning_rate,
                // What depends on the data is decided where the data is.
                epochs: options.epochs,
                patience: run.patience,
                evaluate_every: options.evaluate_every,
                batch_size: run.batch_size,
                batch_pieces: run.batch_pieces,
                weight_decay: run.weight_decay,
                warmup: run.warmup,
                clip: run.clip,
                head_only: run.head_only,
                recompute: run.recompute,
                precision: TrainingNumbers::F32,
                others: Training::others(&options),
            });
        }
    }
    Ok(trainings)
}

/// The method with its settings and what the run starts from; `None` where nothing is trained.
fn method(settings: &Settings, arm: &Arm, inputs: &ArmInputs) -> Outcome<Option<(Method, Start)>> {
    if matches!(settings.method, None | Some(MethodName::None)) {
        return Ok(None);
    }
    let config = &inputs.config;
    let card = inputs.adapter.as_ref().map(|(_, card)| card);
    // What an arm is primed for is what it goes on with, where the plan does not say otherwise.
    let base = card.map(|card| &card.method).filter(|_| matches!(settings.start, None | Some(Start::Adapter)));
    let refused = |e: primer::Error| Failure::Other(e.display_as(|option| settings.key(option)));
    let method = settings.choice().and_then(|choice| choice.resolve(config, base)).map_err(refused)?;
    let fits = card.is_some_and(|card| card.method == method);
    let start = match (settings.start, &arm.adapter) {
        (None, None) => Start::Fresh,
        (None, Some(_)) if fits => Start::Adapter,
        (None, Some(_)) => Start::Head,
        (Some(Start::Adapter), _) if !fits => {
            let reason = "`start = \"adapter\"` needs an adapter of the same method with the same settings in the arm";
            return Err(Failure::Other(reason.to_owned()));
        }
        (Some(Start::Head), None) => {
            return Err(Failure::Other("`start = \"head\"` needs an adapter in the arm".to_owned()));
        }
        (Some(start), _) => start,
    };
    Ok(Some((method, start)))
}

/// How many runs of each key there are: places that are the same run share one.
pub fn distinct(runs: &[Run]) -> Vec<&Run> {
    let mut seen = HashMap::new();
    runs.iter().filter(|run| seen.insert(&run.key, ()).is_none()).collect()
}
