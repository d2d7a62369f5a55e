//! From options as they are given to options as a run has them: every default and every dependency is decided here.

use std::path::PathBuf;

use super::batches::batches;
use super::beginning::{Beginning, Begun};
use super::effort::{Effort, FEW_MENTIONS};
use super::keep::Overlap;
use super::options::AdaptOptions;
use super::rates::rates;
use crate::data::Scheme;
use crate::decision::{Decision, Decisions, GIVEN};
use crate::error::{Error, OptionName, Result};
use crate::limits;
use crate::model::Config;
use crate::peft::{Adapter, Method, OF_INITIAL, OF_START};
use crate::precision::Precision;
use crate::start::{HeadInit, Start, StartChoice};

/// Options of a run: nothing is left to be decided. Their meaning is that of the fields of [`AdaptOptions`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolvedAdapt {
    /// What is trained, with all its settings.
    pub method: Method,
    /// How tags are written.
    pub scheme: Scheme,
    /// The entity types to learn.
    pub types: Vec<String>,
    /// The adapter to start from.
    pub initial: Option<Adapter>,
    /// The adapter whose head to start from.
    pub initial_head: Option<Adapter>,
    /// Whether the types that `initial` knows beside those of the data are left out.
    pub drop_types: bool,
    /// Which entity stays where one of the data and one that `initial` finds overlap.
    pub overlap: Overlap,
    /// Whether the head alone is trained.
    pub head_only: bool,
    /// How many of the uppermost layers are trained; `None` for all that the method touches.
    pub trained_layers: Option<usize>,
    /// How much is trained.
    pub effort: Effort,
    /// Passes over the data, at most.
    pub epochs: usize,
    /// Peak learning rate of the method's parameters.
    pub learning_rate: f64,
    /// Peak learning rate of the head.
    pub head_learning_rate: f64,
    /// AdamW's weight decay.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rate rises.
    pub warmup: f64,
    /// Largest norm of an update's gradient; 0 for no clipping.
    pub clip: f64,
    /// Sentences in an update, where `batch_pieces` is `None`.
    pub batch_size: usize,
    /// Pieces in an update.
    pub batch_pieces: Option<usize>,
    /// Pieces that go through the encoder at once.
    pub micro_batch_pieces: usize,
    /// Whether layers' insides are computed again on the way back.
    pub recompute: bool,
    /// Epochs from one look at the dev data to the next.
    pub evaluate_every: usize,
    /// Bytes of memory for the outputs of frozen lower layers; `None` computes them anew.
    pub cache: Option<usize>,
    /// Looks at the dev data without a better F1 after which training stops; `None` never stops early.
    pub patience: Option<usize>,
    /// In what numbers the model computes.
    pub precision: Precision,
    /// Seed of initialisation, order and shots.
    pub seed: u64,
    /// The number of sentences that was drawn; `None` for all.
    pub shots: Option<usize>,
    /// A file that keeps the state after every epoch.
    pub checkpoint: Option<PathBuf>,
    /// Starts anew where it exists.
    pub restart: bool,
    /// A name for the adapter's card.
    pub name: String,
    /// Whether the method's parameters start from what the model carries ([`StartChoice::Auto`]) or are drawn by the seed.
    pub start: StartChoice,
    /// What the head starts from.
    pub head_init: HeadInit,
    /// What describes each of `types`.
    pub descriptions: Vec<String>,
    /// Every option that can change what comes of the run, with its value and why it has it.
    pub decisions: Vec<Decision>,
}

/// What the options of a run depend on beside the backbone.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrainingData<'a> {
    /// The entity types of the data.
    pub types: &'a [String],
    /// The pieces of every sentence that is trained on.
    pub pieces: &'a [usize],
    /// The entities in them.
    pub mentions: usize,
    /// Whether dev data decide which state is kept.
    pub dev: bool,
    /// What the model carries for adaptation to start from.
    pub start: Option<&'a Start>,
}

impl TrainingData<'_> {
    /// Whether training on so few mentions a type does harm to a head that was made.
    fn few_mentions(&self) -> bool {
        self.mentions < FEW_MENTIONS * self.types.len()
    }
}

impl AdaptOptions {
    fn check_descriptions(&self) -> Result<()> {
        let (descriptions, types) = (OptionName("descriptions"), OptionName("types"));
        match (self.descriptions.len(), self.types.len()) {
            (0, _) => Ok(()),
            (given, known) if given == known => Ok(()),
            (given, 0) => Err(Error::option(&format!(
                "{descriptions} has {given} texts, but {types} is not given: a description goes with a type"
            ))),
            (given, known) => {
                Err(Error::option(&format!("{descriptions} has {given} texts for the {known} of {types}")))
            }
        }
    }

    /// Refuses what can work on no backbone and with no data: numbers out of range, options that exclude each other,
    /// settings of another method.
    ///
    /// # Errors
    /// `InvalidArgument`, naming option, value and range.
    pub fn check(&self) -> Result<()> {
        self.method.check()?;
        limits::LEARNING_RATE.check_given(self.learning_rate)?;
        limits::HEAD_LEARNING_RATE.check_given(self.head_learning_rate)?;
        limits::WEIGHT_DECAY.check(self.weight_decay)?;
        limits::CLIP.check(self.clip)?;
        limits::WARMUP.check(self.warmup)?;
        limits::BATCH_SIZE.check(self.batch_size)?;
        limits::MICRO_BATCH_PIECES.check(self.micro_batch_pieces)?;
        limits::BATCH_PIECES.check_given(self.batch_pieces)?;
        limits::EPOCHS.check_given(self.epochs)?;
        limits::SHOTS.check_given(self.shots)?;
        limits::PATIENCE.check_given(self.patience)?;
        limits::EVALUATE_EVERY.check_given(self.evaluate_every)?;
        limits::TRAINED_LAYERS.check_given(self.trained_layers)?;
        if self.head_only && self.trained_layers.is_some() {
            return Err(limits::exclude("head_only", "trained_layers"));
        }
        self.check_descriptions()?;
        if self.initial.is_some() && self.initial_head.is_some() {
            return Err(limits::exclude("initial", "initial_head"));
        }
        if self.batch_pieces.is_some() && self.batch_size != AdaptOptions::new(Method::Head).batch_size {
            return Err(limits::exclude("batch_size", "batch_pieces"));
        }
        learnable(self.scheme, self.precision)
    }

    /// The types of a run on data of the types `of_data` that keeps what `initial` knows beside them: its types first.
    /// `None` where there are no others, or where they are not kept.
    pub(super) fn kept_types(&self, of_data: &[String]) -> Option<Vec<String>> {
        let initial = self.initial.as_ref().filter(|_| self.types.is_empty() && !self.drop_types)?;
        let others = initial.types().iter().any(|kind| !of_data.contains(kind));
        let new = of_data.iter().filter(|kind| !initial.types().contains(kind));
        others.then(|| initial.types().iter().chain(new).cloned().collect())
    }

    /// Whether the data have a type that no adapter to start from knows.
    fn has_new_types(&self, data: &TrainingData) -> bool {
        let initial = self.initial.as_ref().or(self.initial_head.as_ref());
        data.types.iter().any(|kind| initial.is_none_or(|adapter| !adapter.types().contains(kind)))
    }

    /// These options as a run on `data` has them, for a backbone of this configuration.
    ///
    /// # Errors
    /// As [`AdaptOptions::check`], and `InvalidArgument` for a method that cannot work on this backbone.
    pub fn resolve(&self, config: &Config, data: &TrainingData<'_>) -> Result<ResolvedAdapt> {
        self.check()?;
        // Every field by its name: a new option does not compile before it has its place here.
        let AdaptOptions {
            method,
            scheme,
            types,
            initial,
            initial_head,
            drop_types,
            overlap,
            head_only,
            trained_layers,
            effort,
            epochs,
            learning_rate,
            head_learning_rate,
            weight_decay,
            warmup,
            clip,
            batch_size,
            batch_pieces,
            micro_batch_pieces,
            recompute,
            evaluate_every,
            cache,
            patience,
            precision,
            seed,
            shots,
            checkpoint,
            restart,
            name,
            start,
            head_init,
            descriptions,
        } = self.clone();
        let (mut list, usual) = (Decisions::default(), AdaptOptions::new(Method::Head));
        let to_start_from = match (&initial, data.start) {
            (Some(adapter), _) => Some((&adapter.card().method, OF_INITIAL)),
            (None, Some(carried)) if start == StartChoice::Auto && initial_head.is_none() => {
                Some((carried.method(), OF_START))
            }
            (None, _) => None,
        };
        let method = method.decide(config, to_start_from, &mut list)?;
        let given = Beginning { start, head_init, initial: initial.as_ref(), initial_head: initial_head.as_ref() };
        let Begun { start, head_init, near } = given.decide(&method, data.start, &mut list)?;
        list.plain("descriptions", &descriptions, &usual.descriptions);
        list.plain("scheme", &scheme, &usual.scheme);
        let usual_types = || match self.kept_types(data.types) {
            None => (data.types.to_vec(), "those of the training data".to_owned()),
            Some(types) => (types, "those of the initial adapter and of the training data".to_owned()),
        };
        let types = list.decide("types", Some(types).filter(|types| !types.is_empty()), usual_types);
        for (option, adapter) in [("initial", &initial), ("initial_head", &initial_head)] {
            let name = adapter.as_ref().map(|adapter| &adapter.card().name);
            list.record(option, &name, name.map(|_| GIVEN.to_owned()));
        }
        list.plain("drop_types", &drop_types, &usual.drop_types);
        list.plain("overlap", &overlap, &usual.overlap);
        list.plain("head_only", &head_only, &usual.head_only);
        list.plain("shots", &shots, &usual.shots);
        list.plain("seed", &seed, &usual.seed);
        list.plain("batch_pieces", &batch_pieces, &usual.batch_pieces);
        list.plain("effort", &effort, &usual.effort);
        // What is given of training asks for it.
        let asked =
            epochs.is_some() || trained_layers.is_some() || learning_rate.is_some() || head_learning_rate.is_some();
        let made = near && head_init.is_made() && !head_only && self.has_new_types(data);
        let few = made && effort == Effort::Usual && !asked && !data.dev && data.few_mentions();
        let recipe = if few { Effort::None } else { effort }.recipe(near);
        let batch_size = match recipe.batch_size.filter(|_| batch_size == usual.batch_size && batch_pieces.is_none()) {
            None => {
                list.plain("batch_size", &batch_size, &usual.batch_size);
                batch_size
            }
            Some(size) => {
                list.record("batch_size", &size, Some(format!("effort {}", effort.name())));
                size
            }
        };
        let trained_layers = match recipe.trained_layers.filter(|_| !head_only && trained_layers.is_none()) {
            None => {
                list.plain("trained_layers", &trained_layers, &usual.trained_layers);
                trained_layers
            }
            Some(layers) => {
                list.record("trained_layers", &layers, Some(format!("effort {}", effort.name())));
                Some(layers)
            }
        };
        if effort == Effort::None && head_init == HeadInit::Random {
            return Err(Error::option(&format!(
                "{} is none, but nothing makes a head that is worth something untrained: give {} prototype, or a model that was \
                 primed for new types",
                OptionName("effort"),
                OptionName("head_init")
            )));
        }
        let epochs = list.decide("epochs", epochs, || {
            if few {
                let (mentions, types) = (data.mentions, data.types.len());
                let why = format!("{mentions} mentions of {types} types: so few that the head is best as it is made");
                return (0, why);
            }
            let updates = batches(data.pieces, (seed, 1), batch_size, batch_pieces).len();
            let (least, most) = recipe.epochs;
            let epochs = recipe.updates.div_ceil(updates.max(1)).clamp(least, most);
            (epochs, format!("about {} updates of {} sentences", recipe.updates, data.pieces.len()))
        });
        let (learning_rate, head_learning_rate) =
            rates(&method, (head_only, head_init), &recipe, (learning_rate, head_learning_rate), &mut list);
        list.plain("weight_decay", &weight_decay, &usual.weight_decay);
        list.plain("warmup", &warmup, &usual.warmup);
        list.plain("clip", &clip, &usual.clip);
        list.plain("micro_batch_pieces", &micro_batch_pieces, &usual.micro_batch_pieces);
        list.plain("recompute", &recompute, &usual.recompute);
        let about_ten = || (epochs.div_ceil(LOOKS).max(1), format!("about {LOOKS} looks in {epochs} epochs"));
        let evaluate_every = list.decide("evaluate_every", evaluate_every, about_ten);
        list.plain("patience", &patience, &usual.patience);
        list.plain("precision", &precision, &usual.precision);
        Ok(ResolvedAdapt {
            method,
            scheme,
            types,
            initial,
            initial_head,
            drop_types,
            overlap,
            head_only,
            trained_layers,
            effort,
            epochs,
            learning_rate,
            head_learning_rate,
            weight_decay,
            warmup,
            clip,
            batch_size,
            batch_pieces,
            micro_batch_pieces,
            recompute,
            evaluate_every,
            cache,
            patience,
            precision,
            seed,
            shots,
            checkpoint,
            restart,
            name,
            start,
            head_init,
            descriptions,
            decisions: list.into_list(),
        })
    }
}

/// Refuses a scheme and a precision that are for reading and tagging alone.
pub(crate) fn learnable(scheme: Scheme, precision: Precision) -> Result<()> {
    if precision == Precision::Int8 {
        let message =
            format!("{} is int8, but 8-bit weights are for tagging; choose f32 or bf16", OptionName("precision"));
        return Err(Error::option(&message));
    }
    if scheme == Scheme::Iob1 {
        let message =
            format!("{} is IOB1, which can be read but not learnt; choose IOB2 or BIOES", OptionName("scheme"));
        return Err(Error::option(&message));
    }
    Ok(())
}

/// Looks at the dev data in a run where nothing says how many.
const LOOKS: usize = 10;

impl ResolvedAdapt {
    /// How many of the lowest layers stay as they are from update to update.
    pub(crate) fn frozen_layers(&self, config: &Config) -> usize {
        self.method.frozen_layers(config).max(config.layers.saturating_sub(self.trained_layers(config)))
    }

    /// How many of the uppermost layers are trained, of those that the method touches.
    fn trained_layers(&self, config: &Config) -> usize {
        if self.head_only { 0 } else { self.trained_layers.unwrap_or(config.layers) }
    }

    /// Whether what the method has below stays as it starts.
    pub(crate) fn keeps_lower(&self, config: &Config) -> bool {
        self.trained_layers(config) < config.layers
    }
}

impl From<ResolvedAdapt> for AdaptOptions {
    /// Options that give all that was decided.
    fn from(resolved: ResolvedAdapt) -> AdaptOptions {
        let ResolvedAdapt {
            method,
            scheme,
            types,
            initial,
            initial_head,
            drop_types,
            overlap,
            head_only,
            trained_layers,
            effort,
            epochs,
            learning_rate,
            head_learning_rate,
            weight_decay,
            warmup,
            clip,
            batch_size,
            batch_pieces,
            micro_batch_pieces,
            recompute,
            evaluate_every,
            cache,
            patience,
            precision,
            seed,
            shots,
            checkpoint,
            restart,
            name,
            start,
            head_init,
            descriptions,
            decisions: _,
        } = resolved;
        AdaptOptions {
            method: method.into(),
            scheme,
            types,
            initial,
            initial_head,
            drop_types,
            overlap,
            head_only,
            trained_layers,
            effort,
            epochs: Some(epochs),
            learning_rate: Some(learning_rate),
            head_learning_rate: Some(head_learning_rate),
            weight_decay,
            warmup,
            clip,
            batch_size,
            batch_pieces,
            micro_batch_pieces,
            recompute,
            evaluate_every: Some(evaluate_every),
            cache,
            patience,
            precision,
            seed,
            shots,
            checkpoint,
            restart,
            name,
            start,
            head_init,
            descriptions,
        }
    }
}
