//! What a host may choose about a priming run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::Scheme;
use crate::peft::{Adapter, MethodChoice};
use crate::precision::Precision;

/// How the backbone is trained over tasks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Algorithm {
    /// MAML (Finn et al. 2017, arXiv 1703.03400), with the inner loop of Gheini et al. (arXiv 2205.12453): the loss on the
    /// query sentences after K steps of plain gradient descent on the support sentences.
    Maml(Order),
    /// The baseline: one gradient of the mean loss on the episode's support and query sentences together, no inner step.
    MultiTask,
    /// Reptile (Nichol et al. 2018, arXiv 1803.02999): K inner steps, then this share of the way to where they led.
    Reptile(f64),
}

/// How far MAML's gradient goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Order {
    /// The query loss's gradient at the adapted parameters, as if these did not depend on the first ones.
    First,
    /// The exact gradient through the inner steps.
    Second(Hessian),
}

/// How products with the support loss's Hessian are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hessian {
    /// A forward pass that carries tangents, and one backward through both: exact. On the CPU alone.
    Tangents,
    /// Central differences of two gradients: good to about 1e-3 of the product in 32-bit floats.
    Differences,
}

/// What the inner steps change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InnerScope {
    /// The method's parameters and the head, as the device will.
    Phi,
    /// The head alone, as in ANIL (Raghu et al. 2020, arXiv 1909.09157).
    Head,
    /// Everything, the backbone included: plain MAML.
    Everything,
}

/// What the outer update changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OuterScope {
    /// The backbone, and the method's parameters with the head.
    Both,
    /// The backbone alone.
    Backbone,
    /// The method's parameters and the head alone.
    Phi,
}

/// What an episode tags, and where its head comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeHead {
    /// All types, with one head for all tasks, whose rows are parameters.
    Shared,
    /// Some of the task's types, the rest is O; the head is made anew from the types' names and the support words. What
    /// it is made with is learnt, and becomes the start that the model carries.
    Made,
}

/// The step size of the inner gradient descent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InnerRate {
    /// One number for all.
    Fixed(f64),
    /// One number a tensor, learnt with the rest (Meta-SGD, Li et al. 2017, arXiv 1707.09835).
    Learnt {
        /// Where all of them start.
        start: f64,
        /// Peak learning rate of the rates themselves.
        rate: f64,
    },
}

impl InnerRate {
    /// The number that the rates start from.
    pub fn start(self) -> f64 {
        match self {
            InnerRate::Fixed(rate) | InnerRate::Learnt { start: rate, .. } => rate,
        }
    }
}

/// Options of [`prime`](super::prime) as they are given. [`PrimeOptions::new`] gives values that worked for a small
/// multilingual encoder and ten source languages; every field may be changed. [`PrimeOptions::resolve`] decides what is not
/// given.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PrimeOptions {
    /// The method that the device will use. The backbone itself is always there to be trained; plain MAML is
    /// the head with [`InnerScope::Everything`].
    pub method: MethodChoice,
    /// How the backbone is trained.
    pub algorithm: Algorithm,
    /// What an episode tags.
    pub head: EpisodeHead,
    /// With [`EpisodeHead::Made`], the share of the episodes with support sentences whose head is made without names.
    pub nameless: f64,
    /// With [`EpisodeHead::Made`], tokens of a sentence that an episode takes at most, the end of a sequence included.
    pub episode_tokens: usize,
    /// What the inner steps change.
    pub inner_scope: InnerScope,
    /// What the outer updates change.
    pub outer_scope: OuterScope,
    /// K, the number of inner steps.
    pub inner_steps: usize,
    /// Step size of the inner gradient descent.
    pub inner_rate: InnerRate,
    /// True where every inner step sees support sentences of its own; false where all K see the same.
    pub fresh_support: bool,
    /// True where every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain. They are then no part of what is learnt.
    pub redraw: bool,
    /// True where the query loss counts after every inner step (their mean), not after the last alone.
    pub multi_step_loss: bool,
    /// Support sentences of an episode, for each inner step. With [`EpisodeHead::Made`] the most of them: an episode has
    /// none, a quarter, half, three quarters or all of so many, and what it lacks more query sentences.
    pub support: usize,
    /// Query sentences of an episode; none of them is among its support sentences.
    pub query: usize,
    /// Episodes whose gradients are averaged in an outer update.
    pub episodes: usize,
    /// Outer updates.
    pub steps: usize,
    /// How tasks are drawn: with a probability that grows with the number of sentences to this power; 0 is uniform, 1 by
    /// size.
    pub temperature: f64,
    /// Peak learning rate of the encoder's layers; 0 leaves them as they are, as with the two others.
    pub encoder_rate: f64,
    /// Peak learning rate of word, position and type embeddings and their normalisation.
    pub embedding_rate: f64,
    /// Peak learning rate of the method's parameters and the head.
    pub method_rate: f64,
    /// A layer's rate is that of the layer above times this; the embeddings count as the layer below the first.
    pub layer_decay: f64,
    /// AdamW's weight decay, for the encoder's layers alone.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rates rise; they then fall linearly towards 0.
    pub warmup: f64,
    /// Largest norm of an update's gradient, all parameters together; 0 for no clipping.
    pub clip: f64,
    /// Pieces that go through the encoder at once: larger batches are split and their gradients added, so this bounds
    /// memory.
    pub micro_batch_pieces: usize,
    /// In what numbers the model computes: on a GPU, [`Precision::Bf16`] is quicker. Parameters are in 32-bit floats always.
    pub precision: Precision,
    /// How tags are written: [`Scheme::Iob2`] or [`Scheme::Bioes`].
    pub scheme: Scheme,
    /// The entity types, in the order of the head's rows, the same for all tasks; empty for all types of all tasks, sorted.
    pub types: Vec<String>,
    /// An adapter of the same method to start from: its parameters, and the head's rows of the tags it knows.
    pub initial: Option<Adapter>,
    /// Seed of initialisation and episodes.
    pub seed: u64,
    /// Updates from one look at the dev tasks and at the query sentences' F1 to the next; 0 for none but the last.
    pub evaluate_every: usize,
    /// A file that keeps the state. Where it exists already and belongs to the same run, the run goes on from it, and ends
    /// with the very same numbers. It stays after the run: remove it when what came out is saved.
    pub checkpoint: Option<PathBuf>,
    /// Starts anew where `checkpoint` exists, whatever run it is of; it is written over by the first one of this run.
    pub restart: bool,
    /// Updates from one checkpoint to the next.
    pub checkpoint_every: usize,
    /// A file that gets one JSON object a line for every update: losses, gradient norms, seconds, passes.
    pub log: Option<PathBuf>,
    /// A name for the cards.
    pub name: String,
}

impl PrimeOptions {
    /// The usual options for `method`: first-order MAML with one inner step.
    pub fn new(method: impl Into<MethodChoice>) -> PrimeOptions {
        PrimeOptions {
            method: method.into(),
            algorithm: Algorithm::Maml(Order::First),
            head: EpisodeHead::Shared,
            nameless: 0.3,
            episode_tokens: 100,
            inner_scope: InnerScope::Phi,
            outer_scope: OuterScope::Both,
            inner_steps: 1,
            inner_rate: InnerRate::Fixed(0.1),
            fresh_support: false,
            redraw: false,
            multi_step_loss: false,
            support: 16,
            query: 16,
            episodes: 1,
            steps: 700,
            temperature: 0.0,
            encoder_rate: 1e-4,
            embedding_rate: 1e-4,
            method_rate: 1e-3,
            layer_decay: 1.0,
            weight_decay: 0.01,
            warmup: 0.1,
            clip: 1.0,
            micro_batch_pieces: 1024,
            precision: Precision::F32,
            scheme: Scheme::Iob2,
            types: Vec::new(),
            initial: None,
            seed: 0,
            evaluate_every: 0,
            checkpoint: None,
            restart: false,
            checkpoint_every: 50,
            log: None,
            name: String::new(),
        }
    }
}
