//! How a plan's methods train.

use primer::{AdaptOptions, MethodChoice};
use serde::{Deserialize, Serialize};

use super::values::{self, Rates};

/// What an arm's adapter gives to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// Everything: it must be of the run's method with the same settings.
    Adapter,
    /// Its head; the method's own parameters start anew.
    Head,
    /// Nothing.
    Fresh,
}

macro_rules! settings {
    ($($(#[$meta:meta])* $field:ident: $kind:ty,)*) => {
        /// How a method trains; what is not given is the library's choice.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Settings { $($(#[$meta])* pub $field: Option<$kind>,)* }

        impl Settings {
            /// These settings, and those of `base` where there are none.
            pub fn over(&self, base: &Settings) -> Settings {
                Settings { $($field: self.$field.clone().or_else(|| base.$field.clone()),)* }
            }
        }
    };
}

settings! {
    method: MethodName,
    start: Start,
    learning_rate: Rates,
    head_learning_rate: Rates,
    #[serde(deserialize_with = "values::count")]
    epochs: usize,
    #[serde(deserialize_with = "values::count")]
    patience: usize,
    #[serde(deserialize_with = "values::count")]
    evaluate_every: usize,
    #[serde(deserialize_with = "values::count")]
    batch_size: usize,
    #[serde(deserialize_with = "values::count")]
    batch_pieces: usize,
    #[serde(deserialize_with = "values::not_negative")]
    weight_decay: f64,
    #[serde(deserialize_with = "values::share")]
    warmup: f64,
    #[serde(deserialize_with = "values::not_negative")]
    clip: f64,
    recompute: bool,
    head_only: bool,
    #[serde(deserialize_with = "values::count")]
    layers: usize,
    #[serde(deserialize_with = "values::count")]
    rank: usize,
    #[serde(deserialize_with = "values::count")]
    reduction: usize,
}

impl Settings {
    /// Why these settings cannot go together, with the keys of a plan.
    pub fn contradiction(&self) -> Option<String> {
        if self.method.unwrap_or(MethodName::None) == MethodName::None {
            let trains = self.learning_rate.is_some() || self.head_learning_rate.is_some() || self.epochs.is_some();
            let adapts = self.rank.is_some() || self.reduction.is_some() || self.layers.is_some();
            let set = trains || adapts || self.start.is_some();
            return set.then(|| "nothing is trained, so there is nothing to set".to_owned());
        }
        let first = |rates: &Option<Rates>| rates.as_ref().and_then(|rates| rates.0.first().copied());
        let options = self.options(self.choice(), (first(&self.learning_rate), first(&self.head_learning_rate)));
        options.check().err().map(|e| e.message_as(key))
    }

    /// The method with what is given of its settings.
    pub fn choice(&self) -> MethodChoice {
        let settings = crate::adapt::settings((self.rank, self.reduction, self.layers));
        MethodChoice::Named { name: self.method.unwrap_or(MethodName::None).name().to_owned(), settings }
    }

    /// The options as they are given, with these rates of the method and of the head.
    pub fn options(&self, method: MethodChoice, (rate, head_rate): (Option<f64>, Option<f64>)) -> AdaptOptions {
        let mut options = AdaptOptions::new(method);
        (options.learning_rate, options.head_learning_rate) = (rate, head_rate);
        // So that all arms get the same updates.
        options.patience = self.patience;
        (options.epochs, options.evaluate_every) = (self.epochs, self.evaluate_every);
        options.batch_size = self.batch_size.unwrap_or(options.batch_size);
        options.batch_pieces = self.batch_pieces;
        options.weight_decay = self.weight_decay.unwrap_or(options.weight_decay);
        options.warmup = self.warmup.unwrap_or(options.warmup);
        options.clip = self.clip.unwrap_or(options.clip);
        options.head_only = self.head_only.unwrap_or(options.head_only);
        options.recompute = self.recompute.unwrap_or(options.recompute);
        options
    }
}

/// The key of a plan that gives the option of this name.
pub fn key(option: &str) -> String {
    match option {
        "lora_rank" => "rank",
        other => other,
    }
    .to_owned()
}

/// What is trained; [`MethodName::None`] trains nothing and evaluates the arm's adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodName {
    None,
    Head,
    Adapter,
    Lora,
    Bitfit,
    Full,
}

impl MethodName {
    const ALL: [(&str, MethodName); 6] = [
        ("none", MethodName::None),
        ("head", MethodName::Head),
        ("adapter", MethodName::Adapter),
        ("lora", MethodName::Lora),
        ("bitfit", MethodName::Bitfit),
        ("full", MethodName::Full),
    ];

    /// The method that is called `name`.
    pub fn named(name: &str) -> Option<MethodName> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }

    /// The name that plans and the library use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, m)| *m == self).map_or("none", |(name, _)| name)
    }
}
