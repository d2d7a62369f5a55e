//! The `adapter_config.json` of a LoRA adapter of Hugging Face PEFT, up to version 0.21.

use std::path::PathBuf;

use fancy_regex::Regex;
use serde_json::{Value, json};

use super::fields::Fields;
use super::huggingface::{MERGE, PeftConfig};
use super::modules::{Targets, regex, too_costly};
use crate::error::Result;

/// What the configuration says of the updates.
pub(crate) struct LoraConfig {
    /// The configuration's file, for errors.
    pub(super) path: PathBuf,
    targets: Targets,
    rank: usize,
    alpha: f64,
    pub(super) rslora: bool,
    ranks: Vec<(Regex, usize)>,
    alphas: Vec<(Regex, f64)>,
}

/// One module's update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Settings {
    pub(super) rank: usize,
    pub(super) alpha: f64,
}

/// What to do with an adapter whose base weights were changed before training.
const CONVERT: &str = "this start changes the base weights, so that the adapter does not fit the original model. In \
    PEFT, save it as a plain LoRA adapter: save_pretrained(OUT, path_initial_model_for_weight_conversion=START)";

impl LoraConfig {
    /// Reads what is LoRA's of the fields.
    ///
    /// # Errors
    /// `Unsupported`, naming the field, for every setting that changes the numbers in a way not done here.
    pub(crate) fn read(f: &mut Fields) -> Result<Box<dyn PeftConfig>> {
        Ok(Box::new(LoraConfig::of(f)?))
    }

    fn of(f: &mut Fields) -> Result<LoraConfig> {
        initialisation(f)?;
        f.expect("bias", &[json!("none")])?;
        f.off(&["use_dora", "lora_bias", "use_qalora", "alora_invocation_tokens", "use_bdlora", "kasa_config"], MERGE)?;
        f.off(&["arrow_config", "velora_config", "monteclora_config", "layer_replication", "megatron_config"], MERGE)?;
        f.off(&["target_parameters", "trainable_token_indices"], MERGE)?;
        f.off(
            &["loftq_config", "eva_config", "corda_config", "lora_ga_config"],
            "it belongs to another start of the weights",
        )?;
        f.off(&["fan_in_fan_out"], "it is for weights stored as [inputs, outputs], which this encoder has not")?;
        // Training, and settings of methods that are off.
        f.ignore(&["lora_dropout", "megatron_core", "qalora_group_size", "runtime_config", "ensure_weight_tying"]);
        Ok(LoraConfig {
            path: f.path().to_owned(),
            targets: Targets::read(f, &["query", "value"])?,
            rank: f.count("r", 8)?,
            alpha: f.number("lora_alpha", Some(8.0))?,
            rslora: f.flag("use_rslora", false)?,
            ranks: patterns(f, "rank_pattern", |v| v.as_u64().and_then(|n| usize::try_from(n).ok()))?,
            alphas: patterns(f, "alpha_pattern", Value::as_f64)?,
        })
    }

    /// The settings of the update beside the module of this whole name, if there is one.
    pub(super) fn of_module(&self, module: &str) -> Result<Option<Settings>> {
        if !self.targets.contains(module)? {
            return Ok(None);
        }
        let rank = first(&self.ranks, module, "rank_pattern")?.unwrap_or(self.rank);
        let alpha = first(&self.alphas, module, "alpha_pattern")?.unwrap_or(self.alpha);
        Ok(Some(Settings { rank, alpha }))
    }
}

/// `init_lora_weights`: how training started matters where it changed the base weights.
fn initialisation(f: &mut Fields) -> Result<()> {
    const NAME: &str = "init_lora_weights";
    let value = f.take(NAME);
    let Value::String(text) = &value else {
        return match value {
            Value::Null | Value::Bool(_) => Ok(()),
            other => Err(f.error(NAME, &other, "true, false or a name is expected")),
        };
    };
    let start = text.to_ascii_lowercase();
    match start.as_str() {
        "gaussian" | "orthogonal" | "mica" => Ok(()),
        "loftq" => Err(f.error(NAME, &value, &format!("the base weights were quantised for this start: {MERGE}"))),
        "eva" => Err(f.error(
            NAME,
            &value,
            "this start is fitted to the training data, and which base weights belong to it is not recorded. Where the \
            adapter was saved after training over the original model, set it to true",
        )),
        _ if ["pissa", "corda", "olora", "lora_ga"].iter().any(|s| start.starts_with(s)) => {
            Err(f.error(NAME, &value, CONVERT))
        }
        _ => Err(f.error(NAME, &value, "this start is not known here, and may change the base weights")),
    }
}

/// A map from patterns of module names to values, in the order in which PEFT tries them.
fn patterns<T>(f: &mut Fields, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Vec<(Regex, T)>> {
    let value = f.take(name);
    let wrong = |f: &Fields| f.error(name, &value, "an object of module names and numbers is expected");
    let map = match &value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(map) => map,
        Value::Array(list) if list.is_empty() => return Ok(Vec::new()),
        _ => return Err(wrong(f)),
    };
    let mut patterns = Vec::new();
    for (pattern, v) in map {
        let regex = regex(&format!(r"\A(?:.*\.)?(?:{pattern})\z"), &value, f, name)?;
        patterns.push((regex, read(v).ok_or_else(|| wrong(f))?));
    }
    Ok(patterns)
}

fn first<T: Copy>(patterns: &[(Regex, T)], module: &str, name: &str) -> Result<Option<T>> {
    for (regex, value) in patterns {
        if regex.is_match(module).map_err(|e| too_costly(name, &e))? {
            return Ok(Some(*value));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::huggingface::begin;
    use super::*;
    use crate::error::{Error, ErrorKind};

    const QUERY: &str = "bert.encoder.layer.3.attention.self.query";

    fn read(change: impl FnOnce(&mut Value)) -> Result<LoraConfig> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adapter_config.json");
        let mut config = json!({"peft_type": "LORA", "task_type": "TOKEN_CLS", "target_modules": ["query"]});
        change(&mut config);
        std::fs::write(&path, config.to_string()).unwrap();
        let (_, mut fields) = begin(&path)?;
        let config = LoraConfig::of(&mut fields)?;
        fields.finish().map(|()| config)
    }

    fn refused(name: &str, value: Value) -> Error {
        let shown = value.to_string();
        let e = read(|c| c[name] = value).err().unwrap_or_else(|| panic!("accepted {name}: {shown}"));
        assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}");
        assert!(e.message().contains(name), "{e}");
        e
    }

    #[test]
    fn defaults_are_pefts() {
        let settings = read(|_| ()).unwrap().of_module(QUERY).unwrap();
        assert_eq!(settings, Some(Settings { rank: 8, alpha: 8.0 }));
    }

    #[test]
    fn patterns_give_modules_ranks_and_scales_of_their_own() {
        let config = read(|c| {
            c["rank_pattern"] = json!({"layer.3.attention.self.query": 2, "value": 5});
            c["alpha_pattern"] = json!({r".*layer\.[0-3]\..*": 32.5});
        });
        let config = config.unwrap();
        assert_eq!(config.of_module(QUERY).unwrap(), Some(Settings { rank: 2, alpha: 32.5 }));
        let other = config.of_module(&QUERY.replace('3', "4")).unwrap();
        assert_eq!(other, Some(Settings { rank: 8, alpha: 8.0 }));
        refused("rank_pattern", json!({"query": "a"}));
        refused("rank_pattern", json!({"(": 1}));
        refused("alpha_pattern", json!([1]));
    }

    /// Every start of PEFT 0.21: those that leave the base weights alone are read, no other is passed over in silence.
    #[test]
    fn starts_that_change_the_base_weights_are_refused() {
        for start in [json!(true), json!(false), json!(null), json!("gaussian"), json!("orthogonal"), json!("mica")] {
            assert!(read(|c| c["init_lora_weights"] = start).is_ok());
        }
        for start in ["pissa", "pissa_niter_4", "PiSSA", "olora", "corda", "loftq", "lora_ga", "eva", "tomorrow"] {
            refused("init_lora_weights", json!(start));
        }
        refused("init_lora_weights", json!(3));
    }

    #[test]
    fn unset_keys_are_passed_over_and_set_ones_refused_by_name() {
        let known = [
            "use_dora",
            "lora_bias",
            "use_qalora",
            "alora_invocation_tokens",
            "use_bdlora",
            "kasa_config",
            "arrow_config",
            "velora_config",
            "monteclora_config",
            "layer_replication",
            "megatron_config",
            "target_parameters",
            "trainable_token_indices",
            "loftq_config",
            "eva_config",
            "corda_config",
            "lora_ga_config",
            "fan_in_fan_out",
            "a_key_of_tomorrow",
        ];
        for name in known {
            for unset in [json!(null), json!(false), json!({}), json!([]), json!("")] {
                assert!(read(|c| c[name] = unset).is_ok(), "{name}");
            }
            for set in [json!(true), json!(1), json!("x"), json!([1]), json!({"a": 1})] {
                refused(name, set);
            }
        }
        refused("bias", json!("all"));
        refused("bias", json!("lora_only"));
        refused("task_type", json!("FEATURE_EXTRACTION"));
        refused("modules_to_save", json!(["classifier", "embeddings"]));
        assert!(read(|c| c["modules_to_save"] = json!(["classifier", "score"])).is_ok());
        assert!(read(|c| c["task_type"] = json!(null)).is_ok());
    }
}
