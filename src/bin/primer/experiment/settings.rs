//! How a plan's methods train.

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
    /// Why these settings cannot go together.
    pub fn contradiction(&self) -> Option<String> {
        use MethodName::{Adapter, Head, Lora, None as Nothing};
        let method = self.method.unwrap_or(Nothing);
        let trains = self.learning_rate.is_some() || self.head_learning_rate.is_some() || self.epochs.is_some();
        [
            (method == Nothing && (trains || self.start.is_some()), "nothing is trained, so there is nothing to set"),
            (
                (method == Head || self.head_only == Some(true)) && self.head_learning_rate.is_some(),
                "the head's rate is learning_rate where it is all that is trained",
            ),
            (method != Lora && self.rank.is_some(), "rank is a setting of lora"),
            (method != Adapter && self.reduction.is_some(), "reduction is a setting of adapter"),
            (
                matches!(method, Head | Nothing) && self.layers.is_some(),
                "layers has no meaning where no layer is trained",
            ),
            (
                self.batch_size.is_some() && self.batch_pieces.is_some(),
                "batch_size and batch_pieces exclude each other",
            ),
        ]
        .into_iter()
        .find_map(|(wrong, why)| wrong.then(|| why.to_owned()))
    }
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
