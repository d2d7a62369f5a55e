//! A method as a caller gives it, and what becomes of it on a backbone.

use super::layers::Layers;
use super::methods::{Given, Method};
use crate::decision::{Decisions, GIVEN};
use crate::error::{Error, OptionName, Result};
use crate::limits::{Count, exclude};
use crate::model::{Config, Site};
use crate::ops::Activation;

/// A method as a caller gives it. [`MethodChoice::resolve`] makes a [`Method`] of it.
#[derive(Debug, Clone, PartialEq)]
pub enum MethodChoice {
    /// A method with all its settings.
    Exact(Method),
    /// A method by one of [`Method::NAMES`], with those of its settings that are given. The others are those of the adapter
    /// to start from, where that is of the same method, else the usual ones.
    Named {
        /// The method.
        name: String,
        /// What is given of its settings.
        settings: MethodSettings,
    },
    /// The method of the adapter to start from, with that adapter's settings.
    Initial,
}

/// The layers that a method shall touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayerChoice {
    /// These, from 0 at the bottom, strictly ascending.
    Only(Vec<usize>),
    /// So many of the uppermost.
    Upper(usize),
}

/// Settings of methods, each where it is given; the names are those of the options in every language.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MethodSettings {
    /// The layers that the method touches.
    pub layers: Option<LayerChoice>,
    /// Bottleneck and parallel adapters: width of the bottleneck.
    pub adapter_size: Option<usize>,
    /// Bottleneck and parallel adapters: instead of `adapter_size`, what the encoder's width is divided by.
    pub reduction: Option<usize>,
    /// Bottleneck adapters: one behind self-attention; parallel ones: beside it.
    pub adapter_attention: Option<bool>,
    /// Bottleneck adapters: one behind the feed-forward network; parallel ones: beside it.
    pub adapter_output: Option<bool>,
    /// Bottleneck adapters: their input has gone through residual connection and layer normalisation.
    pub adapter_norm_before: Option<bool>,
    /// Bottleneck and parallel adapters: the non-linearity.
    pub adapter_activation: Option<Activation>,
    /// Bottleneck and parallel adapters: factor of their output.
    pub adapter_scaling: Option<f64>,
    /// LoRA: rank of the updates.
    pub lora_rank: Option<usize>,
    /// LoRA: numerator of the scale; not given, twice a rank that is.
    pub lora_alpha: Option<f64>,
    /// LoRA: the rank-stabilised scale.
    pub lora_rslora: Option<bool>,
    /// LoRA: the linear layers with an update.
    pub lora_sites: Option<Vec<Site>>,
}

impl MethodSettings {
    /// Each setting: its name, and whether it is given.
    fn given(&self) -> [(&'static str, bool); 12] {
        // By name, so that a new setting does not compile before it has its place here.
        let MethodSettings {
            layers,
            adapter_size,
            reduction,
            adapter_attention,
            adapter_output,
            adapter_norm_before,
            adapter_activation,
            adapter_scaling,
            lora_rank,
            lora_alpha,
            lora_rslora,
            lora_sites,
        } = self;
        [
            ("layers", layers.is_some()),
            ("adapter_size", adapter_size.is_some()),
            ("reduction", reduction.is_some()),
            ("adapter_attention", adapter_attention.is_some()),
            ("adapter_output", adapter_output.is_some()),
            ("adapter_norm_before", adapter_norm_before.is_some()),
            ("adapter_activation", adapter_activation.is_some()),
            ("adapter_scaling", adapter_scaling.is_some()),
            ("lora_rank", lora_rank.is_some()),
            ("lora_alpha", lora_alpha.is_some()),
            ("lora_rslora", lora_rslora.is_some()),
            ("lora_sites", lora_sites.is_some()),
        ]
    }

    /// Refuses settings that the method `name` does not have, and those that exclude each other.
    fn check(&self, name: &str) -> Result<()> {
        let own = Method::ALL[Method::number(name)?].options;
        let foreign = self.given().into_iter().find(|(setting, given)| *given && !own.contains(setting));
        if let Some((setting, _)) = foreign {
            let owners = Method::ALL.iter().filter(|method| method.options.contains(&setting));
            let owners: Vec<_> = owners.map(|method| method.name).collect();
            let (setting, method, list) = (OptionName(setting), OptionName("method"), owners.join(", "));
            let (one, them) = if owners.len() == 1 { ("the method", list) } else { ("the methods", list) };
            return Err(Error::option(&format!(
                "{setting} is a setting of {one} {them}, and {method} is {name}; leave one of the two out"
            )));
        }
        if self.adapter_size.is_some() && self.reduction.is_some() {
            return Err(exclude("adapter_size", "reduction"));
        }
        Ok(())
    }
}

impl From<Method> for MethodChoice {
    fn from(method: Method) -> MethodChoice {
        MethodChoice::Exact(method)
    }
}

impl From<&Method> for MethodChoice {
    fn from(method: &Method) -> MethodChoice {
        MethodChoice::Exact(method.clone())
    }
}

impl MethodChoice {
    /// The method called `name` with nothing of its settings given.
    pub fn named(name: impl Into<String>) -> MethodChoice {
        MethodChoice::Named { name: name.into(), settings: MethodSettings::default() }
    }

    /// The method's name; `initial` for that of the adapter to start from.
    pub fn name(&self) -> &str {
        match self {
            MethodChoice::Exact(method) => method.name(),
            MethodChoice::Named { name, .. } => name,
            MethodChoice::Initial => "initial",
        }
    }

    /// Refuses what can work on no backbone: an unknown name, settings of another method, two that exclude each other.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn check(&self) -> Result<()> {
        match self {
            MethodChoice::Named { name, settings } => settings.check(name),
            MethodChoice::Exact(_) | MethodChoice::Initial => Ok(()),
        }
    }

    /// The method with all its settings on a backbone of this configuration; `initial` is the method of the adapter to start
    /// from, where there is one.
    ///
    /// # Errors
    /// `InvalidArgument` for settings that cannot work or that the method does not have, and for
    /// [`MethodChoice::Initial`] without such an adapter.
    pub fn resolve(&self, config: &Config, initial: Option<&Method>) -> Result<Method> {
        self.decide(config, initial.map(|method| (method, OF_INITIAL)), &mut Decisions::default())
    }

    /// [`MethodChoice::resolve`], recording why. `initial` is the method of what to start from, with what that is.
    pub(crate) fn decide(
        &self,
        config: &Config,
        initial: Option<(&Method, &str)>,
        decisions: &mut Decisions,
    ) -> Result<Method> {
        self.check()?;
        let none_given = MethodSettings::default();
        let method = match self {
            MethodChoice::Exact(method) => {
                decisions.record("method", &method.name(), Some(GIVEN.to_owned()));
                none_given.over(method.clone(), Some(GIVEN), config, decisions)?
            }
            MethodChoice::Initial => {
                let missing = "is that of the initial adapter (PRIMER_METHOD_INITIAL), but no initial adapter is given";
                let missing = || Error::option(&format!("{} {missing}", OptionName("method")));
                // A model's start is no adapter that was given.
                let (method, whose) = initial.filter(|(_, whose)| *whose == OF_INITIAL).ok_or_else(missing)?;
                decisions.record("method", &method.name(), Some(whose.to_owned()));
                none_given.over(method.clone(), Some(whose), config, decisions)?
            }
            MethodChoice::Named { name, settings } => {
                decisions.record("method", name, Some(GIVEN.to_owned()));
                let same = initial.filter(|(method, _)| method.name() == name);
                let (base, reason) = match same {
                    Some((method, whose)) => (method.clone(), Some(whose)),
                    None => (Method::by_name(name, config)?, None),
                };
                settings.over(base, reason, config, decisions)?
            }
        };
        method.check(config)?;
        Ok(method)
    }
}

pub(crate) const OF_INITIAL: &str = "that of the adapter to start from";
pub(crate) const OF_START: &str = "that of the model's start";

impl MethodSettings {
    /// `base` with the settings that are given; the others are there for `reason`, none where they are the usual ones.
    fn over(&self, mut base: Method, reason: Option<&str>, config: &Config, list: &mut Decisions) -> Result<Method> {
        base.decide(&Given { settings: self, otherwise: reason, config }, list)?;
        if let Some(choice) = &self.layers {
            base.set_layers(choice.on(config)?);
        }
        if let Some(layers) = base.layers() {
            let why = match &self.layers {
                Some(LayerChoice::Upper(count)) => Some(format!("the uppermost {count} of {}", config.layers)),
                Some(LayerChoice::Only(_)) => Some(GIVEN.to_owned()),
                None => reason.map(str::to_owned),
            };
            list.record("layers", layers, why);
        }
        Ok(base)
    }
}

impl LayerChoice {
    /// The layers on a backbone of this configuration; whether they are there, [`Method::check`] tells.
    fn on(&self, config: &Config) -> Result<Layers> {
        match self {
            LayerChoice::Only(list) => Ok(Layers::Only(list.clone())),
            LayerChoice::Upper(count) => {
                Count::up_to("layers", config.layers).check(*count)?;
                Ok(Layers::upper(*count, config))
            }
        }
    }
}
