//! A configuration object of another library, every field of which must be asked for.

use std::path::Path;

use serde_json::{Map, Value};

use super::read_json;
use crate::error::{Error, Result};

/// The fields that were not asked for yet.
pub(crate) struct Fields<'a> {
    path: &'a Path,
    map: Map<String, Value>,
}

/// True for what no field's meaning hangs on: nothing, `false`, and empty texts, lists and objects.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn read(path: &'a Path) -> Result<Fields<'a>> {
        Ok(Fields { map: read_json(path)?, path })
    }

    pub(crate) fn of(path: &'a Path, map: Map<String, Value>) -> Fields<'a> {
        Fields { path, map }
    }

    /// The object's file.
    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    pub(crate) fn error(&self, name: &str, value: &Value, wanted: &str) -> Error {
        Error::unsupported(format!("{name:?} is {value}; {wanted}")).in_file(self.path)
    }

    /// Takes a field; a missing one is `null`.
    pub(crate) fn take(&mut self, name: &str) -> Value {
        self.map.remove(name).unwrap_or(Value::Null)
    }

    /// Whether a field is set to true. It is not taken.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.map.get(name) == Some(&Value::Bool(true))
    }

    /// Fields without influence on the numbers.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        names.iter().for_each(|name| drop(self.map.remove(*name)));
    }

    /// Fields that must not be set; `why` says what they do and what can be done.
    pub(crate) fn off(&mut self, names: &[&str], why: &str) -> Result<()> {
        names.iter().try_for_each(|name| match self.take(name) {
            value if is_unset(&value) => Ok(()),
            value => Err(self.error(name, &value, why)),
        })
    }

    /// A field that must be missing, null or have one of these values. Numbers are compared by value.
    pub(crate) fn expect(&mut self, name: &str, allowed: &[Value]) -> Result<()> {
        let value = self.take(name);
        let equal = |a: &Value| *a == value || a.is_number() && a.as_f64() == value.as_f64();
        if value.is_null() || allowed.iter().any(equal) {
            return Ok(());
        }
        let allowed = allowed.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" or ");
        Err(self.error(name, &value, &format!("supported: {allowed}")))
    }

    pub(crate) fn flag(&mut self, name: &str, default: bool) -> Result<bool> {
        match self.take(name) {
            Value::Null => Ok(default),
            Value::Bool(b) => Ok(b),
            other => Err(self.error(name, &other, "true or false expected")),
        }
    }

    pub(crate) fn number(&mut self, name: &str, default: Option<f64>) -> Result<f64> {
        match (self.take(name), default) {
            (Value::Null, Some(default)) => Ok(default),
            (value, _) => value.as_f64().ok_or_else(|| self.error(name, &value, "a number is expected")),
        }
    }

    pub(crate) fn count(&mut self, name: &str, default: usize) -> Result<usize> {
        match self.take(name) {
            Value::Null => Ok(default),
            value => match value.as_u64().and_then(|n| usize::try_from(n).ok()) {
                Some(n) => Ok(n),
                None => Err(self.error(name, &value, "a whole number is expected")),
            },
        }
    }

    /// Refuses what is set and nobody asked for.
    pub(crate) fn finish(self) -> Result<()> {
        match self.map.iter().find(|(_, value)| !is_unset(value)) {
            Some((name, value)) => {
                Err(self.error(name, value, "this setting is not known here, and may change the numbers"))
            }
            None => Ok(()),
        }
    }
}
