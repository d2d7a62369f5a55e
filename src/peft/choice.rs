//! A method as a caller gives it, and what becomes of it on a backbone.

use super::method::{Bottleneck, Layers, Lora, Method};
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
    /// Bottleneck adapters: width of the bottleneck.
    pub adapter_size: Option<usize>,
    /// Bottleneck adapters: instead of `adapter_size`, what the encoder's width is divided by.
    pub reduction: Option<usize>,
    /// Bottleneck adapters: one behind self-attention.
    pub adapter_attention: Option<bool>,
    /// Bottleneck adapters: one behind the feed-forward network.
    pub adapter_output: Option<bool>,
    /// Bottleneck adapters: their input has gone through residual connection and layer normalisation.
    pub adapter_norm_before: Option<bool>,
    /// Bottleneck adapters: the non-linearity.
    pub adapter_activation: Option<Activation>,
    /// Bottleneck adapters: factor of their output.
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

const ADAPTER: &[&str] = &["adapter"];
const LORA: &[&str] = &["lora"];
const LAYERED: &[&str] = &["adapter", "lora", "bitfit", "full"];

impl MethodSettings {
    /// Each setting: its name, the methods that have it, and whether it is given.
    fn owners(&self) -> [(&'static str, &'static [&'static str], bool); 12] {
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
            ("layers", LAYERED, layers.is_some()),
            ("adapter_size", ADAPTER, adapter_size.is_some()),
            ("reduction", ADAPTER, reduction.is_some()),
            ("adapter_attention", ADAPTER, adapter_attention.is_some()),
            ("adapter_output", ADAPTER, adapter_output.is_some()),
            ("adapter_norm_before", ADAPTER, adapter_norm_before.is_some()),
            ("adapter_activation", ADAPTER, adapter_activation.is_some()),
            ("adapter_scaling", ADAPTER, adapter_scaling.is_some()),
            ("lora_rank", LORA, lora_rank.is_some()),
            ("lora_alpha", LORA, lora_alpha.is_some()),
            ("lora_rslora", LORA, lora_rslora.is_some()),
            ("lora_sites", LORA, lora_sites.is_some()),
        ]
    }

    /// Refuses settings that the method `name` does not have, and those that exclude each other.
    fn check(&self, name: &str) -> Result<()> {
        let foreign = self.owners().into_iter().find(|(_, methods, given)| *given && !methods.contains(&name));
        if let Some((setting, methods, _)) = foreign {
            let (setting, method, list) = (OptionName(setting), OptionName("method"), methods.join(", "));
            let (one, them) = if methods.len() == 1 { ("the method", list) } else { ("the methods", list) };
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
            MethodChoice::Named { name, settings } if Method::NAMES.contains(&name.as_str()) => settings.check(name),
            MethodChoice::Named { name, .. } => Err(Method::unknown(name)),
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
        let method = match self {
            MethodChoice::Exact(method) => {
                decisions.record("method", &method.name(), Some(GIVEN.to_owned()));
                complete(method.clone(), GIVEN, decisions)
            }
            MethodChoice::Initial => {
                let missing = "is that of the initial adapter (PRIMER_METHOD_INITIAL), but no initial adapter is given";
                let missing = || Error::option(&format!("{} {missing}", OptionName("method")));
                let (method, whose) = initial.ok_or_else(missing)?;
                decisions.record("method", &method.name(), Some(whose.to_owned()));
                complete(method.clone(), whose, decisions)
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

/// Records the settings of a method that are all there for one reason.
fn complete(method: Method, reason: &str, decisions: &mut Decisions) -> Method {
    let why = || Some(reason.to_owned());
    match &method {
        Method::Bottleneck(Bottleneck { size, attention, output, norm_before, activation, scaling, layers: _ }) => {
            decisions.record("adapter_size", size, why());
            decisions.record("adapter_attention", attention, why());
            decisions.record("adapter_output", output, why());
            decisions.record("adapter_norm_before", norm_before, why());
            decisions.record("adapter_activation", activation, why());
            decisions.record("adapter_scaling", scaling, why());
        }
        Method::Lora(Lora { rank, alpha, rslora, sites, layers: _ }) => {
            decisions.record("lora_rank", rank, why());
            decisions.record("lora_alpha", alpha, why());
            decisions.record("lora_rslora", rslora, why());
            decisions.record("lora_sites", sites, why());
        }
        Method::Head | Method::BitFit(_) | Method::Full(_) => {}
    }
    if let Some(layers) = method.layers() {
        decisions.record("layers", layers, why());
    }
    method
}

impl MethodSettings {
    /// `base` with the settings that are given; the others are there for `reason`, none where they are the usual ones.
    fn over(&self, mut base: Method, reason: Option<&str>, config: &Config, list: &mut Decisions) -> Result<Method> {
        let why = |given: bool| if given { Some(GIVEN.to_owned()) } else { reason.map(str::to_owned) };
        macro_rules! set {
            ($option:ident, $place:expr) => {
                if let Some(given) = &self.$option {
                    $place = given.clone();
                }
                list.record(stringify!($option), &$place, why(self.$option.is_some()));
            };
        }
        match &mut base {
            Method::Bottleneck(b) => {
                let (size, why_size) = self.size(b.size, reason, config)?;
                b.size = size;
                list.record("adapter_size", &size, Some(why_size));
                set!(adapter_attention, b.attention);
                set!(adapter_output, b.output);
                set!(adapter_norm_before, b.norm_before);
                set!(adapter_activation, b.activation);
                set!(adapter_scaling, b.scaling);
            }
            Method::Lora(l) => {
                set!(lora_rank, l.rank);
                let (alpha, rank) = (l.alpha, l.rank as f64);
                l.alpha = list.decide("lora_alpha", self.lora_alpha, || match (self.lora_rank, reason) {
                    (None, Some(reason)) => (alpha, reason.to_owned()),
                    _ => (2.0 * rank, "twice lora_rank".to_owned()),
                });
                set!(lora_rslora, l.rslora);
                set!(lora_sites, l.sites);
            }
            Method::Head | Method::BitFit(_) | Method::Full(_) => {}
        }
        if let Some(choice) = &self.layers {
            base.set_layers(choice.on(config)?);
        }
        if let Some(layers) = base.layers() {
            let why = match &self.layers {
                Some(LayerChoice::Upper(count)) => Some(format!("the uppermost {count} of {}", config.layers)),
                layers => why(layers.is_some()),
            };
            list.record("layers", layers, why);
        }
        Ok(base)
    }

    /// The width of bottlenecks, and why.
    fn size(&self, base: usize, reason: Option<&str>, config: &Config) -> Result<(usize, String)> {
        let width = config.hidden;
        Ok(match (self.adapter_size, self.reduction, reason) {
            (Some(size), ..) => (size, GIVEN.to_owned()),
            (None, Some(reduction), _) => {
                Count::up_to("reduction", width).check(reduction)?;
                (width / reduction, format!("the model's width of {width} divided by {reduction}"))
            }
            (None, None, Some(reason)) => (base, reason.to_owned()),
            (None, None, None) => (base, format!("a sixteenth of the model's width of {width}")),
        })
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
