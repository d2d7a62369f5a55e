//! What was decided of an option, and why: for records and for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value that an option has in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The option, by the name of its field.
    pub option: String,
    /// Its value as JSON; null for none.
    pub value: Value,
    /// Why; `None` for a value that it always has when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.option, self.value)?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

/// The reason of what the caller has chosen.
pub(crate) const GIVEN: &str = "given";

/// The decisions of a run, in the order in which they are made.
#[derive(Debug, Default)]
pub(crate) struct Decisions(Vec<Decision>);

impl Decisions {
    /// Records a value with its reason.
    pub fn record(&mut self, option: &str, value: &impl Serialize, reason: Option<String>) {
        // Numbers, texts and lists alone: nothing that JSON cannot write.
        let value = serde_json::to_value(value).unwrap_or_default();
        self.0.push(Decision { option: option.to_owned(), value, reason });
    }

    /// Records an option whose value when nothing is given is always `usual`.
    pub fn plain<T: Serialize + PartialEq>(&mut self, option: &str, value: &T, usual: &T) {
        self.record(option, value, (value != usual).then(|| GIVEN.to_owned()));
    }

    /// What was given, and where nothing was, what `usual` decides with its reason.
    pub fn decide<T: Serialize>(&mut self, option: &str, given: Option<T>, usual: impl FnOnce() -> (T, String)) -> T {
        let (value, reason) = given.map_or_else(usual, |value| (value, GIVEN.to_owned()));
        self.record(option, &value, Some(reason));
        value
    }

    /// The whole list.
    pub fn into_list(self) -> Vec<Decision> {
        self.0
    }
}
