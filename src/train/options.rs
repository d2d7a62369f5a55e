//! What a host may choose about an adaptation.

use std::path::PathBuf;

use super::effort::Effort;
use super::keep::Overlap;
use crate::data::Scheme;
use crate::peft::{Adapter, MethodChoice};
use crate::precision::Precision;
use crate::start::{HeadInit, StartChoice};

/// Options of [`adapt`](super::adapt) as they are given. [`AdaptOptions::new`] gives values that work for a few dozen to a
/// few thousand sentences; every field may be changed. What is not given depends on other options and on the data:
/// [`AdaptOptions::resolve`] decides it, with the reasons.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AdaptOptions {
    /// What is trained.
    pub method: MethodChoice,
    /// How tags are written: [`Scheme::Iob2`] or [`Scheme::Bioes`].
    pub scheme: Scheme,
    /// The entity types to learn; empty for those of the training data and, before them, those that `initial` knows
    /// beside.
    pub types: Vec<String>,
    /// An adapter of the same method to start from: its parameters, and the head's rows of the tags it knows.
    pub initial: Option<Adapter>,
    /// An adapter of any method whose head to start from, while the method's own parameters start anew: the rows of the
    /// tags that it knows. Not together with `initial`.
    pub initial_head: Option<Adapter>,
    /// Leaves out the types that `initial` knows beside those of the training data. Otherwise they are kept: sentences that
    /// do not say which types they label ([`Sentence::labelled_types`](crate::data::Sentence::labelled_types)) label those
    /// of the data alone, and what `initial` finds in them of other types is a target, too.
    pub drop_types: bool,
    /// Which entity stays where one of the data and one that `initial` finds overlap.
    pub overlap: Overlap,
    /// Trains the head alone; the method's parameters stay as they start, those of `initial` where it is given. What lies
    /// below the head is then computed once a sentence, the method in it included.
    pub head_only: bool,
    /// How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once a
    /// sentence, as with `head_only`. `None` for all that the method touches.
    pub trained_layers: Option<usize>,
    /// How much is trained where epochs, layers and rates are not given.
    pub effort: Effort,
    /// Passes over the data; `None` for what `effort` says: usually about 600 updates, between 3 and 30 passes.
    pub epochs: Option<usize>,
    /// Peak learning rate of the method's parameters; `None` for the method's usual one.
    pub learning_rate: Option<f64>,
    /// Peak learning rate of the head; `None` for the method's usual one, in proportion where `learning_rate` is given, and
    /// with `head_only` for that of head tuning.
    pub head_learning_rate: Option<f64>,
    /// AdamW's weight decay, applied to every trained tensor as PyTorch does.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rate rises; it then falls linearly towards 0.
    pub warmup: f64,
    /// Largest norm of an update's gradient; 0 for no clipping.
    pub clip: f64,
    /// Sentences in an update. Where `effort` trains quickly on a model that carries a start, the initial value stands for 4.
    pub batch_size: usize,
    /// Pieces in an update: as many sentences as fit, at least one. `None` for updates of
    /// `batch_size` sentences, which must not be changed otherwise.
    pub batch_pieces: Option<usize>,
    /// Pieces that go through the encoder at once: larger batches are split and their gradients added, so this bounds
    /// memory.
    pub micro_batch_pieces: usize,
    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit.
    pub recompute: bool,
    /// Epochs from one look at the dev data to the next; `None` for about ten looks in a run. The last epoch always has
    /// one.
    pub evaluate_every: Option<usize>,
    /// Bytes of memory for the outputs of frozen lower layers, which are then computed once a sentence; what is more goes
    /// to a temporary file. `None` computes them anew in every epoch.
    pub cache: Option<usize>,
    /// Looks at the dev data without a better F1 after which training stops. `None` never stops early.
    pub patience: Option<usize>,
    /// In what numbers the model computes: on a GPU, [`Precision::Bf16`] is quicker. Trained parameters are in 32-bit
    /// floats always.
    pub precision: Precision,
    /// Seed of initialisation, order and shots.
    pub seed: u64,
    /// Trains on this many sentences drawn by the seed.
    pub shots: Option<usize>,
    /// A file that keeps the state after every epoch. Where it exists already and belongs to the same run, training
    /// goes on from it; it is removed at the end.
    pub checkpoint: Option<PathBuf>,
    /// Starts anew where `checkpoint` exists, whatever run it is of; it is written over by the first one of this run.
    pub restart: bool,
    /// A name for the adapter's card.
    pub name: String,
    /// What the method's parameters start from where neither `initial` nor `initial_head` is given.
    pub start: StartChoice,
    /// What the head starts from, but for the rows that an adapter to start from has.
    pub head_init: HeadInit,
    /// What describes each of `types` beside its name, in their order: short texts, empty where there is nothing to say.
    /// Read where the head starts from names.
    pub descriptions: Vec<String>,
}

impl AdaptOptions {
    /// The usual options for `method`.
    pub fn new(method: impl Into<MethodChoice>) -> AdaptOptions {
        AdaptOptions {
            method: method.into(),
            scheme: Scheme::Iob2,
            types: Vec::new(),
            initial: None,
            initial_head: None,
            drop_types: false,
            overlap: Overlap::New,
            head_only: false,
            trained_layers: None,
            effort: Effort::Usual,
            epochs: None,
            learning_rate: None,
            head_learning_rate: None,
            weight_decay: 0.01,
            warmup: 0.1,
            clip: 1.0,
            batch_size: 16,
            batch_pieces: None,
            micro_batch_pieces: 512,
            recompute: false,
            evaluate_every: None,
            cache: Some(256 << 20),
            patience: Some(4),
            precision: Precision::F32,
            seed: 0,
            shots: None,
            checkpoint: None,
            restart: false,
            name: String::new(),
            start: StartChoice::Auto,
            head_init: HeadInit::Auto,
            descriptions: Vec::new(),
        }
    }
}
