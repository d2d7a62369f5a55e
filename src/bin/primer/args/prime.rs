//! `primer prime`: prepare a model for quick learning.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Common, Compute, Method, Numbers, Reading, at_least_one, not_negative, positive, share64};

/// Prepare a model for learning quickly from few sentences.
///
/// The model is trained on tasks (languages or domains with labelled sentences) in the very way in
/// which it will be used: in every step it learns from a few sentences of one task as `adapt` would,
/// and the whole model is then moved so that this learning would have gone better. What comes out is
/// a model that learns new languages, domains and entity types from few sentences, and an adapter
/// that tags out of the box.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = PRIME)]
pub struct Prime {
    /// The model to start from: a GGUF file or a Hugging Face folder. It is not changed.
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// Labelled sentences of one task: a file, or a folder with a file `train.*`, or a folder of such folders. May be given
    /// several times. With @SHARE, what a path holds gets this share of the episodes beside what other paths hold.
    #[arg(long = "task", value_name = "[NAME=]PATH[@SHARE]", num_args = 1.., required = true)]
    pub tasks: Vec<String>,

    /// Labelled sentences to measure the model on as it is, like --task, with files `dev.*` in folders.
    #[arg(long, value_name = "[NAME=]PATH", num_args = 1..)]
    pub dev: Vec<String>,

    /// Where the model is written: one GGUF file.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Where the adapter with the method's starting point is written; it belongs to the model in --out.
    #[arg(long, value_name = "FILE")]
    pub adapter_out: Option<PathBuf>,

    /// What the device will train later, and so what the inner steps train. `full` is plain MAML.
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    pub method: Method,

    /// How the model is trained over tasks.
    #[arg(long, value_enum, default_value_t = Algorithm::Maml, value_name = "NAME")]
    pub algorithm: Algorithm,

    /// What an episode tags: all types, with one head for all tasks, or some of the task's own types, with a head that is
    /// made of their names and the support sentences (for a model that learns new types).
    #[arg(long, value_enum, default_value_t = Head::Shared, value_name = "WHAT")]
    pub head: Head,

    /// With --head made, the share of the episodes in which the head is made of words alone, without names.
    #[arg(long, value_name = "X", value_parser = share64, default_value_t = 0.3)]
    pub nameless: f64,

    /// How far MAML's gradient goes.
    #[arg(long, value_enum, default_value_t = Order::First, value_name = "ORDER")]
    pub order: Order,

    /// What the inner steps change.
    #[arg(long, value_enum, default_value_t = Inner::Phi, value_name = "WHAT")]
    pub inner: Inner,

    /// What the steps change in the end.
    #[arg(long, value_enum, default_value_t = Outer::Both, value_name = "WHAT")]
    pub outer: Outer,

    /// Steps in all.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 700)]
    pub steps: usize,

    /// Inner steps of an episode.
    #[arg(short = 'k', long, value_name = "K", value_parser = at_least_one, default_value_t = 1)]
    pub inner_steps: usize,

    /// Step size of the inner steps.
    #[arg(long, value_name = "X", value_parser = positive, default_value_t = 0.1)]
    pub inner_lr: f64,

    /// Learn the inner step size of every tensor, at this rate.
    #[arg(long, value_name = "X", value_parser = positive)]
    pub learn_inner_lr: Option<f64>,

    /// Every inner step sees support sentences of its own.
    #[arg(long)]
    pub fresh_support: bool,

    /// Start every episode from newly drawn parameters of the method, so that the model alone carries what is learnt.
    #[arg(long)]
    pub redraw: bool,

    /// Count the query loss after every inner step, not after the last alone.
    #[arg(long)]
    pub multi_step_loss: bool,

    /// Support sentences of an episode.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 16)]
    pub support: usize,

    /// Query sentences of an episode.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 16)]
    pub query: usize,

    /// Episodes a step.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 1)]
    pub episodes: usize,

    /// How tasks are drawn: 0 all alike, 1 by their number of sentences.
    #[arg(long, value_name = "X", value_parser = share64, default_value_t = 0.0)]
    pub temperature: f64,

    /// The learning rate of the encoder at its highest point; 0 leaves them as they are.
    #[arg(long, value_name = "X", value_parser = not_negative, default_value_t = 1e-4)]
    pub encoder_lr: f64,

    /// The learning rate of the embeddings; 0 leaves them as they are.
    #[arg(long, value_name = "X", value_parser = not_negative, default_value_t = 1e-4)]
    pub embedding_lr: f64,

    /// The learning rate of the method and the head; 0 leaves them as they are.
    #[arg(long, value_name = "X", value_parser = not_negative, default_value_t = 1e-3)]
    pub method_lr: f64,

    /// Each layer's rate is that of the layer above times X.
    #[arg(long, value_name = "X", value_parser = positive, default_value_t = 1.0)]
    pub layer_decay: f64,

    /// Weight decay of the encoder.
    #[arg(long, value_name = "X", value_parser = not_negative, default_value_t = 0.01)]
    pub weight_decay: f64,

    /// Largest norm of a step's gradient; 0 for no limit.
    #[arg(long, value_name = "X", value_parser = not_negative, default_value_t = 1.0)]
    pub clip: f64,

    /// Share of the steps over which the rates rise.
    #[arg(long, value_name = "X", value_parser = share64, default_value_t = 0.1)]
    pub warmup: f64,

    /// The way to go in Reptile's steps, as a share of the whole.
    #[arg(long, value_name = "X", value_parser = positive, default_value_t = 0.1)]
    pub reptile_rate: f64,

    /// The entity types, with commas between, in the order of the tags [default: those of all tasks, sorted]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub types: Vec<String>,

    /// An adapter to start from, trained on the same model.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,

    /// Rank of --method lora.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub rank: Option<usize>,

    /// Width of --method adapter is the model's width divided by N.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub reduction: Option<usize>,

    /// The method is in the uppermost N layers only.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub layers: Option<usize>,

    /// Where chance begins: same seed, same result to the bit.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,

    /// Measure F1 after every N steps [default: after the last]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub evaluate_every: Option<usize>,

    /// Save the state here, and go on from it when it is there; removed at the end.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,

    /// Save the state after every N steps.
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 50)]
    pub checkpoint_every: usize,

    /// Write a JSON object a line for every step here.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// How the vocabulary's vectors are stored in --out.
    #[arg(long, value_enum, default_value_t = Numbers::Q4_0, value_name = "TYPE")]
    pub embedding: Numbers,

    /// How the encoder's weights are stored in --out.
    #[arg(long, value_enum, default_value_t = Numbers::Q8_0, value_name = "TYPE")]
    pub encoder: Numbers,

    /// Write --out as a Hugging Face folder in 32-bit floats.
    #[arg(long)]
    pub folder: bool,

    /// A name for the cards of model and adapter.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Where and in what numbers.
    #[command(flatten)]
    pub compute: Compute,

    /// How labelled sentences are read.
    #[command(flatten)]
    pub reading: Reading,

    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
}

const PRIME: &str = "\
Examples:
  primer prime --model M --task data/de data/en data/ru --out primed.gguf --adapter-out start.safetensors
  primer prime --model M --task de=german.conll --task en=english.jsonl --dev af=afrikaans.conll \\
      --method lora --steps 2000 --checkpoint run.checkpoint --log run.jsonl --out primed.gguf

Then `primer adapt --model primed.gguf --method adapter --train few.conll ...` learns from few sentences,
best with the method that the model was primed for. Languages that you will adapt to later need
not be among the tasks. A run that was interrupted goes on when the same command is given again.
`--algorithm multi-task` trains on the same sentences without inner steps, for comparison.";

/// How `prime` trains over tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Algorithm {
    /// Inner steps on support sentences, the loss on query sentences.
    Maml,
    /// All sentences of the episode at once, no inner steps.
    MultiTask,
    /// Inner steps, then a share of the way to where they led.
    Reptile,
}

/// What an episode tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Head {
    /// All types, with one head for all tasks.
    Shared,
    /// Some of the task's types, with a head made of names and support sentences.
    Made,
}

/// How far MAML's gradient goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// As if the inner steps were fixed: the cheapest.
    First,
    /// Exact, through the inner steps.
    Second,
    /// The same by differences of gradients.
    Differences,
}

/// What the inner steps change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Inner {
    /// The method's parameters and the head.
    Phi,
    /// The head alone.
    Head,
    /// The whole model: plain MAML.
    Everything,
}

/// What `prime` changes in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Outer {
    /// The model, the method's parameters and the head.
    Both,
    /// The model alone.
    Backbone,
    /// The method's parameters and the head alone.
    Phi,
}
