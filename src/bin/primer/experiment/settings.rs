//! How a plan's methods train.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use primer::start::StartChoice;
use primer::{AdaptOptions, Method, MethodChoice};
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::values::Rates;
use crate::args::{AdaptFlags, MethodFlags};

/// What an arm's adapter gives to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// Everything: it must be of the run's method with the same settings.
    Adapter,
    /// Its head; the method's own parameters start anew.
    Head,
    /// Nothing; where a plan asks for it, nothing of what the model carries either.
    Fresh,
}

/// How a method trains; what is not given is the library's choice.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub method: Option<MethodName>,
    pub start: Option<Start>,
    pub learning_rate: Option<Rates>,
    pub head_learning_rate: Option<Rates>,
    /// What else is given of the library's options.
    pub training: AdaptFlags,
    /// What is given of the method's settings.
    pub adapts: MethodFlags,
    /// The keys that gave options of other names.
    keys: BTreeMap<&'static str, String>,
}

/// The keys that have no flag of the same meaning.
const OWN: [&str; 4] = ["method", "start", "learning_rate", "head_learning_rate"];

/// Every key, in the order in which an error lists them.
fn keys() -> &'static [&'static str] {
    static KEYS: LazyLock<Vec<&str>> = LazyLock::new(|| [&OWN[..], AdaptFlags::KEYS, MethodFlags::KEYS].concat());
    &KEYS
}

/// A key of [`keys`].
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let key = String::deserialize(deserializer)?;
        match keys().contains(&key.as_str()) {
            true => Ok(key),
            false => Err(D::Error::unknown_field(&key, keys())),
        }
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Settings, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Settings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
                let mut read = Settings::default();
                while let Some(key) = map.next_key_seed(Key)? {
                    match key.as_str() {
                        "method" => read.method = Some(map.next_value()?),
                        "start" => read.start = Some(map.next_value()?),
                        "learning_rate" => read.learning_rate = Some(map.next_value()?),
                        "head_learning_rate" => read.head_learning_rate = Some(map.next_value()?),
                        other => {
                            let option = match read.training.read(other, &mut map)? {
                                Some(option) => Some(option),
                                None => read.adapts.read(other, &mut map)?,
                            };
                            if let Some(option) = option
                                && let Some(former) = read.keys.insert(option, key.clone())
                            {
                                let message = format!("`{key}` and `{former}` are two names of one setting");
                                return Err(A::Error::custom(message));
                            }
                        }
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl Settings {
    /// These settings, and those of `base` where there are none.
    pub fn over(&self, base: &Settings) -> Settings {
        let mut keys = base.keys.clone();
        keys.extend(self.keys.iter().map(|(option, key)| (*option, key.clone())));
        Settings {
            method: self.method.or(base.method),
            start: self.start.or(base.start),
            learning_rate: self.learning_rate.clone().or_else(|| base.learning_rate.clone()),
            head_learning_rate: self.head_learning_rate.clone().or_else(|| base.head_learning_rate.clone()),
            training: self.training.over(&base.training),
            adapts: self.adapts.over(&base.adapts),
            keys,
        }
    }

    /// The key of the plan that gives the option of this name.
    pub fn key(&self, option: &str) -> String {
        self.keys.get(option).cloned().unwrap_or_else(|| option.to_owned())
    }

    /// Why these settings cannot go together, with the keys of a plan.
    pub fn contradiction(&self) -> Option<String> {
        if self.method.unwrap_or(MethodName::None) == MethodName::None {
            let trains = self.learning_rate.is_some() || self.head_learning_rate.is_some();
            let set = trains || self.start.is_some() || !self.keys.is_empty();
            return set.then(|| "nothing is trained, so there is nothing to set".to_owned());
        }
        let first = |rates: &Option<Rates>| rates.as_ref().and_then(|rates| rates.0.first().copied());
        let checked = || {
            let rates = (first(&self.learning_rate), first(&self.head_learning_rate));
            self.options(self.choice()?, rates)?.check()
        };
        checked().err().map(|e| e.message_as(|option| self.key(option)))
    }

    /// The method with what is given of its settings.
    pub fn choice(&self) -> primer::Result<MethodChoice> {
        let name = self.method.unwrap_or(MethodName::None).name().to_owned();
        crate::adapt::choice(&MethodFlags { method: Some(name), ..self.adapts.clone() })
    }

    /// The options as they are given, with these rates of the method and of the head.
    pub fn options(
        &self,
        method: MethodChoice,
        (rate, head_rate): (Option<f64>, Option<f64>),
    ) -> primer::Result<AdaptOptions> {
        let mut options = usual(method);
        (options.learning_rate, options.head_learning_rate) = (rate, head_rate);
        self.training.apply(&mut options)?;
        if self.start == Some(Start::Fresh) {
            options.start = StartChoice::Fresh;
        }
        Ok(options)
    }
}

/// The options of a method that says nothing else: no run stops early, so that all arms get the same updates.
pub fn usual(method: impl Into<MethodChoice>) -> AdaptOptions {
    let mut options = AdaptOptions::new(method);
    options.patience = None;
    options
}

/// What is trained; [`MethodName::None`] trains nothing and evaluates the arm's adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodName {
    None,
    /// One of [`Method::NAMES`].
    Of(&'static str),
}

impl MethodName {
    /// The method that is called `name`.
    pub fn named(name: &str) -> Option<MethodName> {
        let known = || Method::NAMES.into_iter().find(|known| *known == name).map(MethodName::Of);
        if name == "none" { Some(MethodName::None) } else { known() }
    }

    /// The name that plans and the library use.
    pub fn name(self) -> &'static str {
        match self {
            MethodName::None => "none",
            MethodName::Of(name) => name,
        }
    }
}

impl<'de> Deserialize<'de> for MethodName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MethodName, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || format!("there is no method {name:?}; choose one of {} or none", Method::NAMES.join(", "));
        MethodName::named(&name).ok_or_else(|| D::Error::custom(unknown()))
    }
}
