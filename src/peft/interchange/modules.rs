//! Which linear layers a PEFT configuration means: `target_modules` and what narrows it down, matched as PEFT's
//! `check_target_module_exists` does.

use fancy_regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::fields::Fields;
use crate::error::{Error, Result};

/// Steps that a pattern may take to match one name: names have some fifty characters.
const MAX_STEPS: usize = 100_000;

/// Longer patterns are refused.
const MAX_PATTERN_BYTES: usize = 1 << 16;

/// The modules that a configuration names.
pub(crate) struct Targets {
    target: Names,
    exclude: Names,
    layers: Option<LayerChoice>,
}

enum Names {
    /// Every linear layer of the encoder.
    All,
    /// Whole names, or what names end with behind a dot.
    Listed(Vec<String>),
    /// Whole names.
    Pattern(Regex),
}

/// `layers_to_transform`, and where in a module's name the layer's number stands.
struct LayerChoice {
    indices: Vec<u64>,
    places: Vec<Regex>,
}

impl Targets {
    /// Takes `target_modules`, `exclude_modules`, `layers_to_transform` and `layers_pattern`.
    /// Where no targets are said, they are `usual`: PEFT's own choice for BERT and RoBERTa.
    pub(crate) fn read(f: &mut Fields, usual: &[&str]) -> Result<Targets> {
        let value = f.take("target_modules");
        let target = match &value {
            Value::Null => Names::Listed(usual.iter().map(|name| (*name).to_owned()).collect()),
            Value::String(text) if text.eq_ignore_ascii_case("all-linear") => Names::All,
            _ => Names::read(&value, f, "target_modules")?,
        };
        let value = f.take("exclude_modules");
        let exclude = match &value {
            Value::Null => Names::Listed(Vec::new()),
            Value::String(text) if text.is_empty() => Names::Listed(Vec::new()),
            _ => Names::read(&value, f, "exclude_modules")?,
        };
        let indices = f.take("layers_to_transform");
        let pattern = f.take("layers_pattern");
        let layers = layers(&indices, &pattern, f)?;
        match (&target, &layers) {
            (Names::Pattern(_) | Names::All, Some(_)) => {
                Err(f.error("layers_to_transform", &indices, "PEFT takes it with a list of \"target_modules\" alone"))
            }
            _ => Ok(Targets { target, exclude, layers }),
        }
    }

    /// Whether the module of this whole name (`bert.encoder.layer.3.attention.self.query`) is among them.
    pub(crate) fn contains(&self, module: &str) -> Result<bool> {
        Ok(!self.exclude.contain(module)? && self.target.contain(module)? && self.layers_contain(module)?)
    }

    fn layers_contain(&self, module: &str) -> Result<bool> {
        let Some(choice) = &self.layers else { return Ok(true) };
        for place in &choice.places {
            let found = place.captures(module).map_err(|e| too_costly("layers_pattern", &e))?;
            if let Some(index) = found.and_then(|c| c.name("idx").and_then(|i| i.as_str().parse().ok())) {
                return Ok(choice.indices.contains(&index));
            }
        }
        Ok(false)
    }
}

/// The modules that another field names, where none are said those of PEFT's own choice.
pub(crate) struct Modules {
    names: Names,
    field: &'static str,
}

impl Modules {
    /// Takes the field.
    pub(crate) fn read(f: &mut Fields, field: &'static str, usual: &[&str]) -> Result<Modules> {
        let names = match f.take(field) {
            Value::Null => Names::Listed(usual.iter().map(|name| (*name).to_owned()).collect()),
            value => Names::read(&value, f, field)?,
        };
        Ok(Modules { names, field })
    }

    /// Whether the module of this whole name is among them: unlike targets, a listed name may be any end of it.
    pub(crate) fn contains(&self, module: &str) -> Result<bool> {
        match &self.names {
            Names::All => Ok(true),
            Names::Listed(names) => Ok(names.iter().any(|name| module.ends_with(name.as_str()))),
            Names::Pattern(regex) => regex.is_match(module).map_err(|e| too_costly(self.field, &e)),
        }
    }
}

impl Names {
    fn read(value: &Value, f: &Fields, name: &str) -> Result<Names> {
        match value {
            Value::String(pattern) => Ok(Names::Pattern(regex(&format!(r"\A(?:{pattern})\z"), value, f, name)?)),
            Value::Array(list) => {
                let names = list.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<_>>();
                Ok(Names::Listed(names.ok_or_else(|| f.error(name, value, "a list of names is expected"))?))
            }
            other => Err(f.error(name, other, "a list of names or a regular expression is expected")),
        }
    }

    fn contain(&self, module: &str) -> Result<bool> {
        match self {
            Names::All => Ok(true),
            Names::Listed(names) => {
                let ends =
                    |n: &String| module.strip_suffix(n.as_str()).is_some_and(|m| m.is_empty() || m.ends_with('.'));
                Ok(names.iter().any(ends))
            }
            Names::Pattern(regex) => regex.is_match(module).map_err(|e| too_costly("target_modules", &e)),
        }
    }
}

fn layers(indices: &Value, pattern: &Value, f: &Fields) -> Result<Option<LayerChoice>> {
    let wrong = || f.error("layers_to_transform", indices, "a number or a list of numbers is expected");
    let indices = match indices {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().map(|v| v.as_u64().ok_or_else(wrong)).collect::<Result<_>>()?,
        one => vec![one.as_u64().ok_or_else(wrong)?],
    };
    let patterns: Vec<&str> = match pattern {
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text],
        Value::Array(list) => {
            let texts = list.iter().map(Value::as_str).collect::<Option<_>>();
            texts.ok_or_else(|| f.error("layers_pattern", pattern, "a text or a list of texts is expected"))?
        }
        other => return Err(f.error("layers_pattern", other, "a text or a list of texts is expected")),
    };
    if indices.is_empty() {
        return match patterns.is_empty() {
            true => Ok(None),
            false => Err(f.error("layers_pattern", pattern, "it says nothing without \"layers_to_transform\"")),
        };
    }
    let mut places = Vec::new();
    for p in &patterns {
        places.push(regex(&format!(r"\A(?:|.*?\.){p}\.(?P<idx>\d+)\."), pattern, f, "layers_pattern")?);
    }
    if patterns.is_empty() {
        places.push(regex(r"\A.*?\.[^.]*\.(?P<idx>\d+)\.", pattern, f, "layers_pattern")?);
    }
    Ok(Some(LayerChoice { indices, places }))
}

/// Compiles a pattern of the field `name`.
pub(super) fn regex(pattern: &str, value: &Value, f: &Fields, name: &str) -> Result<Regex> {
    if pattern.len() > MAX_PATTERN_BYTES {
        let length = pattern.len();
        return Err(Error::unsupported(format!(
            "{name:?} holds a pattern of {length} bytes, more than {MAX_PATTERN_BYTES}"
        )));
    }
    let built = RegexBuilder::new(pattern).backtrack_limit(MAX_STEPS).build();
    built.map_err(|e| f.error(name, value, &format!("it is not read as a regular expression: {e}")))
}

/// The error for a pattern that does not come to an end.
pub(super) fn too_costly(name: &str, e: &fancy_regex::Error) -> Error {
    Error::unsupported(format!("{name:?} holds a pattern that is too costly to match: {e}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    const MODULES: [&str; 6] = [
        "bert.encoder.layer.0.attention.self.query",
        "bert.encoder.layer.0.attention.output.dense",
        "bert.encoder.layer.0.output.dense",
        "bert.encoder.layer.1.attention.self.query",
        "bert.encoder.layer.1.attention.self.value",
        "bert.encoder.layer.11.intermediate.dense",
    ];

    fn targets(config: Value) -> Result<Targets> {
        Targets::read(&mut Fields::of(Path::new("c"), config.as_object().unwrap().clone()), &["query", "value"])
    }

    /// The indices of [`MODULES`] that are meant.
    fn meant(config: Value) -> Vec<usize> {
        let targets = targets(config).unwrap();
        (0..MODULES.len()).filter(|i| targets.contains(MODULES[*i]).unwrap()).collect()
    }

    /// What PEFT 0.21's check_target_module_exists says of the same names.
    #[test]
    fn modules_are_matched_as_peft_does() {
        for (config, expected) in [
            (json!({}), vec![0, 3, 4]),
            (json!({"target_modules": ["query"]}), vec![0, 3]),
            (json!({"target_modules": ["output.dense"]}), vec![1, 2]),
            (json!({"target_modules": ["dense"]}), vec![1, 2, 5]),
            (json!({"target_modules": ["uery"]}), vec![]),
            (json!({"target_modules": [MODULES[3]]}), vec![3]),
            (json!({"target_modules": r".*\.(query|value)"}), vec![0, 3, 4]),
            (json!({"target_modules": "query"}), vec![]),
            (json!({"target_modules": r".*layer\.1\..*"}), vec![3, 4]),
            (json!({"target_modules": r".*(?<!output\.)dense"}), vec![5]),
            (json!({"target_modules": "ALL-linear"}), vec![0, 1, 2, 3, 4, 5]),
            (json!({"target_modules": "all-linear", "exclude_modules": r".*dense"}), vec![0, 3, 4]),
            (json!({"target_modules": ["query", "dense"], "exclude_modules": ["output.dense"]}), vec![0, 3, 5]),
            (json!({"target_modules": ["query"], "layers_to_transform": 1}), vec![3]),
            (json!({"target_modules": ["query", "dense"], "layers_to_transform": [0, 11]}), vec![0, 1, 2, 5]),
            (json!({"target_modules": ["query"], "layers_to_transform": []}), vec![0, 3]),
            (json!({"target_modules": ["query"], "layers_to_transform": [1], "layers_pattern": "layer"}), vec![3]),
            (
                json!({"target_modules": ["query"], "layers_to_transform": [1], "layers_pattern": ["h", "layer"]}),
                vec![3],
            ),
            (json!({"target_modules": ["query"], "layers_to_transform": [1], "layers_pattern": ["h"]}), vec![]),
        ] {
            assert_eq!(meant(config.clone()), expected, "{config}");
        }
    }

    #[test]
    fn hostile_patterns_are_errors() {
        for config in [
            json!({"target_modules": "(unclosed"}),
            json!({"target_modules": 3}),
            json!({"target_modules": [3]}),
            json!({"target_modules": "((a{1000}){1000}){1000}"}),
            json!({"target_modules": "x".repeat(1 << 17)}),
            json!({"exclude_modules": {"a": 1}}),
            json!({"layers_to_transform": [-1]}),
            json!({"layers_to_transform": "all"}),
            json!({"layers_to_transform": 1, "layers_pattern": 7}),
            json!({"layers_pattern": "layer"}),
            json!({"target_modules": ".*query", "layers_to_transform": [1]}),
        ] {
            let e = targets(config.clone()).err().unwrap_or_else(|| panic!("accepted {config}"));
            assert_eq!(e.kind(), crate::ErrorKind::Unsupported, "{e}");
        }
        let costly = targets(json!({"target_modules": r"(?:(?=.)(.+)+)+\1!"})).unwrap();
        assert!(costly.contains(&format!("{}x", "ab.".repeat(40))).is_err());
    }
}
