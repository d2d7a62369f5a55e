//! How a plan's data is read.

use primer::data::{DataOptions, Unit};
use serde::{Deserialize, Serialize};

/// The keys of `[data]`, and of a language's own: what the flags of `adapt` are called.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    #[serde(skip_serializing_if = "Option::is_none")]
    word_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_column: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<UnitName>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum UnitName {
    Byte,
    Utf16,
    CodePoint,
}

impl Reading {
    /// Whether everything is found out from the data.
    pub fn is_default(&self) -> bool {
        *self == Reading::default()
    }

    /// What the library needs to know.
    pub fn options(&self) -> DataOptions {
        DataOptions {
            word_column: self.word_column,
            tag_column: self.tag_column,
            tag_names: self.tag_names.clone(),
            unit: self.unit.map_or_else(Unit::default, |unit| match unit {
                UnitName::Byte => Unit::Byte,
                UnitName::Utf16 => Unit::Utf16,
                UnitName::CodePoint => Unit::CodePoint,
            }),
            strict: self.strict,
            ..DataOptions::default()
        }
    }
}
