//! Generated from interface/ by `make generate`. Do not edit: change the source.

use serde::Deserialize;

use super::values::{self, Rates};

/// Options of adaptation; what is not given is the library's choice.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Passes over the data; initially 0, for about 600 updates, between 3 and 30 passes.
    #[serde(deserialize_with = "values::count")]
    pub epochs: Option<usize>,
    /// Sentences in an update; initially 16.
    #[serde(deserialize_with = "values::count")]
    pub batch_size: Option<usize>,
    /// Epochs from one evaluation on the dev data to the next; initially 0, for about ten evaluations in a run.
    #[serde(deserialize_with = "values::count")]
    pub evaluate_every: Option<usize>,
    /// Evaluations on the dev data without a better F1 after which training stops; initially 4. 0 stands for no early
    /// stop.
    #[serde(deserialize_with = "values::count")]
    pub patience: Option<usize>,
    /// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
    pub learning_rate: Option<Rates>,
    /// Peak learning rate of the head; initially 0, for the method's usual one, in proportion where `learning_rate` is
    /// given, and with `head_only` for that of head tuning.
    pub head_learning_rate: Option<Rates>,
    /// AdamW's weight decay; initially 0.01.
    #[serde(deserialize_with = "values::not_negative")]
    pub weight_decay: Option<f64>,
    /// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
    #[serde(deserialize_with = "values::share")]
    pub warmup: Option<f64>,
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    #[serde(deserialize_with = "values::not_negative")]
    pub clip: Option<f64>,
    /// Bottleneck adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width.
    #[serde(deserialize_with = "values::count")]
    pub adapter_size: Option<usize>,
    /// LoRA: rank of the updates; initially 8.
    #[serde(deserialize_with = "values::count")]
    #[serde(alias = "rank")]
    pub lora_rank: Option<usize>,
    /// LoRA: numerator of the scale; initially 0, for twice `lora_rank`.
    #[serde(deserialize_with = "values::number")]
    pub lora_alpha: Option<f64>,
    /// LoRA: the rank-stabilised scale, alpha / sqrt(rank); initially false.
    pub lora_rslora: Option<bool>,
    /// Tokens in an update: as many sentences as fit, at least one; `batch_size` must then have its initial value;
    /// initially 0, for updates of `batch_size` sentences.
    #[serde(deserialize_with = "values::count")]
    pub batch_pieces: Option<usize>,
    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit; initially false.
    pub recompute: Option<bool>,
    /// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given; initially false.
    pub head_only: Option<bool>,
}

impl Options {
    /// These options, and those of `base` where there are none.
    pub fn over(&self, base: &Options) -> Options {
        Options {
            epochs: self.epochs.clone().or_else(|| base.epochs.clone()),
            batch_size: self.batch_size.clone().or_else(|| base.batch_size.clone()),
            evaluate_every: self.evaluate_every.clone().or_else(|| base.evaluate_every.clone()),
            patience: self.patience.clone().or_else(|| base.patience.clone()),
            learning_rate: self.learning_rate.clone().or_else(|| base.learning_rate.clone()),
            head_learning_rate: self.head_learning_rate.clone().or_else(|| base.head_learning_rate.clone()),
            weight_decay: self.weight_decay.clone().or_else(|| base.weight_decay.clone()),
            warmup: self.warmup.clone().or_else(|| base.warmup.clone()),
            clip: self.clip.clone().or_else(|| base.clip.clone()),
            adapter_size: self.adapter_size.clone().or_else(|| base.adapter_size.clone()),
            lora_rank: self.lora_rank.clone().or_else(|| base.lora_rank.clone()),
            lora_alpha: self.lora_alpha.clone().or_else(|| base.lora_alpha.clone()),
            lora_rslora: self.lora_rslora.clone().or_else(|| base.lora_rslora.clone()),
            batch_pieces: self.batch_pieces.clone().or_else(|| base.batch_pieces.clone()),
            recompute: self.recompute.clone().or_else(|| base.recompute.clone()),
            head_only: self.head_only.clone().or_else(|| base.head_only.clone()),
        }
    }
}
