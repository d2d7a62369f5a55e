//! Which method adapts the backbone, with its settings: what a card records and what files are checked against.

use serde::{Deserialize, Serialize};

use crate::error::{Error, OptionName, Result};
use crate::limits::{ADAPTER_SCALING, Count, LORA_ALPHA};
use crate::model::{Config, Site};
use crate::ops::Activation;

/// A parameter-efficient fine-tuning method (or full fine-tuning, the reference arm) and its settings.
///
/// Every method trains a tag head (one linear layer over the encoder's output) as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// The tag head alone.
    Head,
    /// Bottleneck adapters: Houlsby et al. 2019 (arXiv 1902.00751), Pfeiffer et al. 2020 (arXiv 2005.00247).
    Bottleneck(Bottleneck),
    /// Low-rank updates of linear layers: Hu et al. 2021 (arXiv 2106.09685).
    Lora(Lora),
    /// The biases alone: Ben Zaken et al. 2021 (arXiv 2106.10199).
    #[serde(rename = "bitfit")]
    BitFit(BitFit),
    /// Every parameter of the backbone. Of the word embeddings, the rows that occur in the training data.
    Full(Full),
}

/// The layers that a method touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Layers {
    /// Every layer; for [`BitFit`] and [`Full`] the embeddings too.
    #[default]
    All,
    /// These layers, counted from 0 at the bottom; strictly ascending.
    Only(Vec<usize>),
}

impl Layers {
    /// The uppermost `count` layers of `config`'s encoder.
    pub fn upper(count: usize, config: &Config) -> Layers {
        Layers::Only((config.layers.saturating_sub(count)..config.layers).collect())
    }

    /// True where `layer` is among them.
    pub fn contains(&self, layer: usize) -> bool {
        match self {
            Layers::All => true,
            Layers::Only(list) => list.binary_search(&layer).is_ok(),
        }
    }

    fn check(&self, config: &Config) -> Result<()> {
        let layers = OptionName("layers");
        match self {
            Layers::Only(list) if list.is_empty() => Err(Error::option(&format!("{layers} is an empty list"))),
            Layers::Only(list) if !list.is_sorted_by(|a, b| a < b) => {
                Err(Error::option(&format!("{layers} is {list:?}, which is not in strictly ascending order")))
            }
            Layers::Only(list) if list.last().is_some_and(|l| *l >= config.layers) => Err(Error::option(&format!(
                "{layers} is {list:?}; all must be below {}, the backbone's number of layers",
                config.layers
            ))),
            _ => Ok(()),
        }
    }
}

/// Settings of bottleneck adapters: `y + scaling · up(activation(down(input)))` inside a sublayer whose output is `y`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bottleneck {
    /// Width of the bottleneck.
    pub size: usize,
    /// An adapter behind self-attention (AdapterHub's `mh_adapter`).
    pub attention: bool,
    /// An adapter behind the feed-forward network (AdapterHub's `output_adapter`).
    pub output: bool,
    /// True where the adapter's input has gone through the sublayer's residual connection and layer normalisation
    /// (AdapterHub's `original_ln_before`); false where it is `y` itself.
    pub norm_before: bool,
    /// The non-linearity between the two projections.
    pub activation: Activation,
    /// Factor of the adapter's output.
    pub scaling: f64,
    /// The layers with adapters.
    #[serde(default)]
    pub layers: Layers,
}

impl Bottleneck {
    /// One adapter a layer, behind the feed-forward network: AdapterHub's `seq_bn`. `hidden / reduction` wide.
    pub fn pfeiffer(config: &Config, reduction: usize) -> Bottleneck {
        Bottleneck {
            size: (config.hidden / reduction.max(1)).max(1),
            attention: false,
            output: true,
            norm_before: true,
            activation: Activation::Relu,
            scaling: 1.0,
            layers: Layers::All,
        }
    }

    /// Two adapters a layer: AdapterHub's `double_seq_bn`. `hidden / reduction` wide.
    pub fn houlsby(config: &Config, reduction: usize) -> Bottleneck {
        Bottleneck {
            attention: true,
            norm_before: false,
            activation: Activation::Swish,
            ..Bottleneck::pfeiffer(config, reduction)
        }
    }

    /// Refuses what cannot work in an encoder `hidden` wide.
    fn check(&self, hidden: usize) -> Result<()> {
        Count::up_to("adapter_size", 4 * hidden).check(self.size)?;
        ADAPTER_SCALING.check(self.scaling)?;
        if !self.attention && !self.output {
            let (one, other) = (OptionName("adapter_attention"), OptionName("adapter_output"));
            let message = format!("{one} and {other} are both off: bottleneck adapters are asked for in no sublayer");
            return Err(Error::option(&message));
        }
        Ok(())
    }
}

/// Settings of LoRA: `y + s · B A x` beside linear layers, with `s = alpha / rank`, or `alpha / √rank` for rsLoRA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lora {
    /// Rank of the update.
    pub rank: usize,
    /// Numerator of the scale.
    pub alpha: f64,
    /// Rank-stabilised scale: Kalajdzievski 2023 (arXiv 2312.03732).
    #[serde(default)]
    pub rslora: bool,
    /// The linear layers with an update.
    pub sites: Vec<Site>,
    /// The layers with updates.
    #[serde(default)]
    pub layers: Layers,
}

impl Default for Lora {
    /// Rank 8, alpha 16, queries and values: the paper's choice and that of Hugging Face PEFT for BERT.
    fn default() -> Lora {
        Lora { rank: 8, alpha: 16.0, rslora: false, sites: vec![Site::Query, Site::Value], layers: Layers::All }
    }
}

impl Lora {
    /// The factor `s` of the update.
    pub fn scale(&self) -> f64 {
        self.alpha / if self.rslora { (self.rank as f64).sqrt() } else { self.rank as f64 }
    }

    /// Refuses what cannot work in an encoder `hidden` wide.
    fn check(&self, hidden: usize) -> Result<()> {
        Count::up_to("lora_rank", 4 * hidden).check(self.rank)?;
        LORA_ALPHA.check(self.alpha)?;
        let sites = OptionName("lora_sites");
        if self.sites.is_empty() {
            return Err(Error::option(&format!("{sites} is empty: LoRA is asked for beside no linear layer")));
        }
        if (1..self.sites.len()).any(|i| self.sites[..i].contains(&self.sites[i])) {
            return Err(Error::option(&format!("{sites} names a linear layer twice")));
        }
        Ok(())
    }
}

/// Settings of BitFit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitFit {
    /// The layers whose biases are trained.
    #[serde(default)]
    pub layers: Layers,
}

/// Settings of full fine-tuning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// The layers that are trained.
    #[serde(default)]
    pub layers: Layers,
}

impl Method {
    /// The names of all methods.
    pub const NAMES: [&str; 5] = ["head", "adapter", "lora", "bitfit", "full"];

    /// The name that the command line and reports use: `head`, `adapter`, `lora`, `bitfit`, `full`.
    pub fn name(&self) -> &'static str {
        match self {
            Method::Head => "head",
            Method::Bottleneck(_) => "adapter",
            Method::Lora(_) => "lora",
            Method::BitFit(_) => "bitfit",
            Method::Full(_) => "full",
        }
    }

    /// The method of that name with its usual settings: Pfeiffer adapters with a reduction of 16, LoRA of rank 8.
    pub fn by_name(name: &str, config: &Config) -> Result<Method> {
        Ok(match name {
            "head" => Method::Head,
            "adapter" => Method::Bottleneck(Bottleneck::pfeiffer(config, 16)),
            "lora" => Method::Lora(Lora::default()),
            "bitfit" => Method::BitFit(BitFit::default()),
            "full" => Method::Full(Full::default()),
            _ => return Err(Method::unknown(name)),
        })
    }

    /// The error for a name that is none of [`Method::NAMES`].
    pub(super) fn unknown(name: &str) -> Error {
        Error::argument(format!("there is no method {name:?}; choose one of {}", Method::NAMES.join(", ")))
    }

    /// The layers that the method touches; `None` for the head alone.
    pub fn layers(&self) -> Option<&Layers> {
        match self {
            Method::Head => None,
            Method::Bottleneck(b) => Some(&b.layers),
            Method::Lora(l) => Some(&l.layers),
            Method::BitFit(b) => Some(&b.layers),
            Method::Full(f) => Some(&f.layers),
        }
    }

    /// How many of the lowest layers stay as the backbone has them, embeddings included.
    pub(crate) fn frozen_layers(&self, config: &Config) -> usize {
        match self.layers() {
            None => config.layers,
            Some(Layers::All) => 0,
            Some(Layers::Only(list)) => list.first().copied().unwrap_or(config.layers),
        }
    }

    /// Restricts the method to these layers. The head alone has none to restrict.
    pub fn set_layers(&mut self, layers: Layers) {
        match self {
            Method::Head => {}
            Method::Bottleneck(b) => b.layers = layers,
            Method::Lora(l) => l.layers = layers,
            Method::BitFit(b) => b.layers = layers,
            Method::Full(f) => f.layers = layers,
        }
    }

    /// Refuses settings that cannot work on a backbone of this configuration.
    pub fn check(&self, config: &Config) -> Result<()> {
        if let Some(layers) = self.layers() {
            layers.check(config)?;
        }
        match self {
            Method::Bottleneck(b) => b.check(config.hidden)?,
            Method::Lora(l) => l.check(config.hidden)?,
            Method::Head | Method::BitFit(_) | Method::Full(_) => {}
        }
        Ok(())
    }
}
