//! The methods: one file and one line of [`methods`] each. Whatever else wants to know something of a method asks [`Method`].

mod about;
mod bitfit;
mod bottleneck;
#[cfg(test)]
mod checks;
mod full;
mod head;
mod ia3;
mod lora;
mod parallel;

use serde::{Deserialize, Serialize};

pub use bitfit::BitFit;
pub use bottleneck::Bottleneck;
pub use full::Full;
pub use ia3::Ia3;
pub use lora::Lora;
pub use parallel::Parallel;

use about::PeftMethod;
pub(crate) use about::{About, AdapterHub, AdapterHubFormat, Given, PeftFolder, PeftFormat, Rates};
pub(crate) use full::{IDS as FULL_IDS, ROWS as FULL_ROWS};
pub(crate) use lora::tensor as lora_tensor;

use super::layers::Layers;
use super::parameters::Parameters;
use crate::decision::Decisions;
use crate::error::{Error, Result};
use crate::model::{Adaptation, Config, Encoder};

/// Makes [`Method`] of the list of methods, one a line: variant and settings, which have a field `layers`, file, and what
/// cards call it. The first line is the method without settings. What languages number, they number in the order of the lines: new ones go to the end.
macro_rules! methods {
    ($head:ident in $head_file:ident is $head_kind:literal; $($method:ident in $file:ident is $kind:literal;)*) => {
        /// A parameter-efficient fine-tuning method (or full fine-tuning, the reference arm) and its settings.
        ///
        /// Every method trains a tag head (one linear layer over the encoder's output) as well.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        #[non_exhaustive]
        pub enum Method {
            /// The tag head alone.
            #[serde(rename = $head_kind)]
            $head,
            $(
                #[doc = concat!("See [`", stringify!($method), "`].")]
                #[serde(rename = $kind)]
                $method($method),
            )*
        }

        impl Method {
            /// What every method says of itself, whatever its settings.
            pub(crate) const ALL: &'static [&'static About] = &[&$head_file::ABOUT, $(&$file::ABOUT),*];

            /// What the method says of itself, whatever its settings.
            pub(crate) fn about(&self) -> &'static About {
                match self {
                    Method::$head => &$head_file::ABOUT,
                    $(Method::$method(_) => &$file::ABOUT,)*
                }
            }

            /// The layers that the method touches; `None` for the head alone.
            pub fn layers(&self) -> Option<&Layers> {
                match self {
                    Method::$head => None,
                    $(Method::$method(settings) => Some(&settings.layers),)*
                }
            }

            /// Restricts the method to these layers. The head alone has none to restrict.
            pub fn set_layers(&mut self, layers: Layers) {
                match self {
                    Method::$head => {}
                    $(Method::$method(settings) => settings.layers = layers,)*
                }
            }

            fn settings(&self) -> &dyn PeftMethod {
                match self {
                    Method::$head => &$head_file::$head,
                    $(Method::$method(settings) => settings,)*
                }
            }

            fn settings_mut(&mut self) -> Option<&mut dyn PeftMethod> {
                match self {
                    Method::$head => None,
                    $(Method::$method(settings) => Some(settings),)*
                }
            }
        }

        $(
            impl From<$method> for Method {
                fn from(settings: $method) -> Method {
                    Method::$method(settings)
                }
            }
        )*
    };
}

methods! {
    Head in head is "head";
    Bottleneck in bottleneck is "bottleneck";
    Lora in lora is "lora";
    BitFit in bitfit is "bitfit";
    Full in full is "full";
    Ia3 in ia3 is "ia3";
    Parallel in parallel is "parallel";
}

impl Method {
    /// The names of all methods.
    pub const NAMES: [&str; Method::ALL.len()] = {
        let (mut names, mut i) = ([""; Method::ALL.len()], 0);
        while i < names.len() {
            names[i] = Method::ALL[i].name;
            i += 1;
        }
        names
    };

    /// The name that the command line and reports use: one of [`Method::NAMES`].
    pub fn name(&self) -> &'static str {
        self.about().name
    }

    /// The method of that name with its usual settings: Pfeiffer adapters with a reduction of 16, LoRA of rank 8.
    ///
    /// # Errors
    /// `InvalidArgument` for another name, with those that there are.
    pub fn by_name(name: &str, config: &Config) -> Result<Method> {
        Ok((Method::ALL[Method::number(name)?].usual)(config))
    }

    /// The place of the method of that name among [`Method::NAMES`].
    ///
    /// # Errors
    /// `InvalidArgument` for another name, with those that there are.
    pub fn number(name: &str) -> Result<usize> {
        let unknown =
            || Error::argument(format!("there is no method {name:?}; choose one of {}", Method::NAMES.join(", ")));
        Method::NAMES.iter().position(|known| *known == name).ok_or_else(unknown)
    }

    /// How many of the lowest layers stay as the backbone has them, embeddings included.
    pub(crate) fn frozen_layers(&self, config: &Config) -> usize {
        match self.layers() {
            None => config.layers,
            Some(Layers::All) => 0,
            Some(Layers::Only(list)) => list.first().copied().unwrap_or(config.layers),
        }
    }

    /// Refuses settings that cannot work on a backbone of this configuration.
    pub fn check(&self, config: &Config) -> Result<()> {
        if let Some(layers) = self.layers() {
            layers.check(config)?;
        }
        self.settings().check(config)
    }

    /// Takes over the settings that are given, and records the value of each and why it has it.
    pub(super) fn decide(&mut self, given: &Given, decisions: &mut Decisions) -> Result<()> {
        match self.settings_mut() {
            Some(settings) => settings.decide(given, decisions),
            None => Ok(()),
        }
    }

    /// What the method changes in `encoder`, of its parameters there; `pieces` are the ascending ids of the pieces in the
    /// training data, which only full fine-tuning asks for.
    pub(super) fn build(&self, encoder: &Encoder, pieces: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        self.settings().build(encoder, pieces, parameters)
    }

    /// What a folder of Hugging Face PEFT holds of it, where PEFT knows the method.
    pub(super) fn to_peft(&self, config: &Config) -> Option<PeftFolder> {
        self.settings().to_peft(config)
    }

    /// What a folder of AdapterHub holds of it where it is called `adapter`, where AdapterHub knows the method.
    pub(super) fn to_adapterhub(&self, config: &Config, adapter: &str) -> Option<AdapterHub> {
        self.settings().to_adapterhub(config, adapter)
    }
}
