//! What every method says of itself.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Method;
use crate::decision::{Decisions, GIVEN};
use crate::error::Result;
use crate::model::{Adaptation, Config, Encoder};
use crate::peft::choice::MethodSettings;
use crate::peft::interchange::{Fields, PeftConfig};
use crate::peft::parameters::Parameters;

/// What is the same for all settings of a method.
pub(crate) struct About {
    /// The name that all languages, the command line and reports use.
    pub name: &'static str,
    /// What people call it, in the reasons of decisions.
    pub called: &'static str,
    /// Learning rates where none are given.
    pub rates: Rates,
    /// The options of [`MethodSettings`] that are settings of it.
    pub options: &'static [&'static str],
    /// The method with its usual settings on a backbone of this configuration.
    pub usual: fn(&Config) -> Method,
    /// Whether its parameters are the whole backbone: then a model cannot carry them beside itself, and priming, which
    /// trains the backbone, has nothing beside it.
    pub whole_backbone: bool,
    /// How folders of Hugging Face PEFT hold it, where PEFT knows it.
    pub peft: Option<PeftFormat>,
    /// How folders of AdapterHub hold it, where it is read from such.
    pub adapterhub: Option<AdapterHubFormat>,
}

/// Peak learning rates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    /// Of the method's parameters.
    pub method: f64,
    /// Of the tag head.
    pub head: f64,
}

/// How folders of Hugging Face PEFT hold a method.
pub(crate) struct PeftFormat {
    /// The value of `peft_type`.
    pub kind: &'static str,
    /// What stands in the names of its tensors, and in no others.
    pub marker: &'static str,
    /// Reads a configuration of this kind.
    pub read: fn(&mut Fields) -> Result<Box<dyn PeftConfig>>,
}

/// How folders of AdapterHub hold a method.
pub(crate) struct AdapterHubFormat {
    /// Whether a configuration is of this method.
    pub reads: fn(&Fields) -> bool,
    /// Reads such a configuration for a backbone; what is not computed here is refused.
    pub read: fn(&mut Fields, &Config) -> Result<Method>,
}

/// A method with its settings. The file of a method implements it for these.
pub(crate) trait PeftMethod {
    /// Refuses settings, other than layers, that cannot work on a backbone of this configuration.
    fn check(&self, _config: &Config) -> Result<()> {
        Ok(())
    }

    /// Takes over the settings, other than layers, that are given, and records the value of each and why it has it.
    fn decide(&mut self, _given: &Given, _decisions: &mut Decisions) -> Result<()> {
        Ok(())
    }

    /// What it changes in the encoder, of parameters by the names that files have them by; `pieces` are the ascending ids
    /// of the pieces in the training data.
    fn build(&self, encoder: &Encoder, pieces: &[u32], parameters: &mut Parameters) -> Result<Adaptation>;

    /// What a folder of Hugging Face PEFT holds of it; `None` where PEFT does not know it.
    fn to_peft(&self, _config: &Config) -> Option<PeftFolder> {
        None
    }

    /// What a folder of AdapterHub holds of it where it is called `adapter`; `None` where AdapterHub has nothing like it that
    /// is written here.
    fn to_adapterhub(&self, _config: &Config, _adapter: &str) -> Option<AdapterHub> {
        None
    }
}

/// A method in a folder of Hugging Face PEFT. Tensors have the names that they have here, behind the model's.
#[derive(Default)]
pub(crate) struct PeftFolder {
    /// What its `adapter_config.json` has beside what those of all methods have.
    pub fields: Map<String, Value>,
    /// The shapes of tensors that have another shape there.
    pub shapes: BTreeMap<String, [usize; 2]>,
}

impl PeftFolder {
    /// Of the fields in a JSON object, with tensors as they are.
    pub fn of(fields: Value) -> PeftFolder {
        match fields {
            Value::Object(fields) => PeftFolder { fields, ..PeftFolder::default() },
            _ => PeftFolder::default(),
        }
    }
}

/// A method in a folder of AdapterHub.
pub(crate) struct AdapterHub {
    /// The `config` of its `adapter_config.json`.
    pub fields: Value,
    /// `(our name, AdapterHub's name behind that of the model)` of every tensor.
    pub names: Vec<(String, String)>,
}

/// What a caller gives of a method's settings.
pub(crate) struct Given<'a> {
    pub settings: &'a MethodSettings,
    /// Why the others are what they are; `None` where they are the usual ones.
    pub otherwise: Option<&'a str>,
    pub config: &'a Config,
}

impl Given<'_> {
    /// Puts what is given of a setting into its place, and records the value and its reason.
    pub fn set<T: Clone + Serialize>(&self, option: &str, given: &Option<T>, place: &mut T, decisions: &mut Decisions) {
        if let Some(given) = given {
            *place = given.clone();
        }
        let reason = if given.is_some() { Some(GIVEN) } else { self.otherwise };
        decisions.record(option, place, reason.map(str::to_owned));
    }
}
