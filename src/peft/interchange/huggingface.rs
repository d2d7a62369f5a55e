//! LoRA folders of Hugging Face PEFT: `adapter_config.json` and `adapter_model.safetensors`.

use std::path::Path;

use serde_json::{Value, json};

use super::labels::{label2id, names, reorder, tag_names, tag_set};
use super::{Fields, make_folder, none_left, read_json, read_tensors, take, write_json, write_tensors};
use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::model::{Family, Linear, Model, Site, tensor_name};
use crate::peft::card::{Backbone, Card, VERSION};
use crate::peft::parameters::Tensors;
use crate::peft::{Adapter, HEAD_BIAS, HEAD_WEIGHT, Layers, Lora, Method};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
/// PEFT stores no label names. This file of our own beside it does; PEFT passes over it.
const LABELS: &str = "labels.json";

/// Reads a LoRA folder with a token classification head.
///
/// `tags` names the head's rows in their order; it may be left out where the folder holds the `labels.json` that
/// [`save`] writes.
///
/// # Errors
/// `Unsupported` for another method or a setting that changes the numbers in a way not done here (DoRA, trained
/// biases, ranks by pattern, other target modules), `Format` and `Mismatch` for files that do not fit.
pub fn load(folder: impl AsRef<Path>, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let folder = folder.as_ref();
    let settings = read_config(&folder.join(CONFIG), model)?;
    let path = folder.join(WEIGHTS);
    let mut stored = read_tensors(&path)?;
    let tensors = take_tensors(&mut stored, &settings, model).map_err(|e| e.in_file(&path))?;
    let head = take_head(&mut stored).map_err(|e| e.in_file(&path))?;
    none_left(&stored).map_err(|e| e.in_file(&path))?;

    let (names, tags) = match tags {
        Some(tags) => (tag_names(tags), tags.clone()),
        None if folder.join(LABELS).exists() => {
            let names = names(&read_json(&folder.join(LABELS))?).map_err(|e| e.in_file(folder.join(LABELS)))?;
            let tags = tag_set(&names)?;
            (names, tags)
        }
        None => {
            return Err(Error::argument("PEFT folders do not name the head's labels: give the tags").in_file(folder));
        }
    };
    let mut tensors = tensors;
    tensors.extend(reorder(head, &names, &tags).map_err(|e| e.in_file(&path))?);
    let backbone = Backbone::shape(model.config());
    let card =
        Card { version: VERSION, name: String::new(), method: Method::Lora(settings), tags, backbone, training: None };
    Adapter::new(model, card, tensors).map_err(|e| e.in_file(&path))
}

fn read_config(path: &Path, model: &Model) -> Result<Lora> {
    let mut f = Fields::read(path)?;
    f.expect("peft_type", &[json!("LORA")])?;
    f.expect("task_type", &[json!("TOKEN_CLS")])?;
    f.expect("bias", &[json!("none")])?;
    for off in ["fan_in_fan_out", "use_dora", "lora_bias", "use_qalora", "alora_invocation_tokens"] {
        f.expect(off, &[json!(false)])?;
    }
    for empty in
        ["rank_pattern", "alpha_pattern", "loftq_config", "megatron_config", "layer_replication", "target_parameters"]
    {
        f.expect(empty, &[json!({}), json!([])])?;
    }
    for unset in ["layers_pattern", "trainable_token_indices", "exclude_modules", "eva_config", "corda_config"] {
        f.expect(unset, &[json!([])])?;
    }
    f.ignore(&[
        "auto_mapping",
        "base_model_name_or_path",
        "inference_mode",
        "init_lora_weights",
        "lora_dropout",
        "revision",
    ]);
    f.ignore(&[
        "megatron_core",
        "modules_to_save",
        "lora_ga_config",
        "qalora_group_size",
        "runtime_config",
        "peft_version",
    ]);
    f.ignore(&["ensure_weight_tying", "arrow_config"]);
    let rank = f.count("r")?;
    let alpha = f.number("lora_alpha", Some(rank as f64))?;
    let rslora = f.flag("use_rslora", false)?;
    let sites = sites(&f.take("target_modules")).map_err(|e| e.in_file(path))?;
    let layers = layers(&f.take("layers_to_transform")).map_err(|e| e.in_file(path))?;
    f.finish()?;
    let settings = Lora { rank, alpha, rslora, sites, layers };
    Method::Lora(settings.clone()).check(model.config()).map_err(|e| e.in_file(path))?;
    Ok(settings)
}

/// `target_modules` is a list of endings of module paths, or the word for all linear layers.
fn sites(value: &Value) -> Result<Vec<Site>> {
    if value == "all-linear" {
        return Ok(Site::ALL.to_vec());
    }
    let unknown = |v: &Value| {
        Error::unsupported(format!("\"target_modules\" names {v}, which is no linear layer of the encoder"))
    };
    let mut sites = Vec::new();
    for name in value.as_array().ok_or_else(|| unknown(value))? {
        let ending = name.as_str().ok_or_else(|| unknown(name))?;
        let path_ends = |s: &&Site| s.path() == ending || s.path().ends_with(&format!(".{ending}"));
        let before = sites.len();
        sites.extend(Site::ALL.iter().filter(path_ends));
        if sites.len() == before {
            return Err(unknown(name));
        }
    }
    sites.sort();
    sites.dedup();
    Ok(sites)
}

fn layers(value: &Value) -> Result<Layers> {
    let wrong = || Error::unsupported(format!("\"layers_to_transform\" is {value}; a number or a list is expected"));
    let index = |v: &Value| v.as_u64().map(|n| n as usize).ok_or_else(wrong);
    match value {
        Value::Null => Ok(Layers::All),
        Value::Array(list) => {
            let mut list = list.iter().map(index).collect::<Result<Vec<_>>>()?;
            list.sort_unstable();
            Ok(Layers::Only(list))
        }
        one => Ok(Layers::Only(vec![index(one)?])),
    }
}

/// Name of an update's tensor in PEFT's file, without the prefix that depends on the model class.
fn local_name(layer: usize, site: Site, part: &str) -> String {
    tensor_name(layer, site.path(), &format!("lora_{part}.weight"))
}

/// Prefixes of the model classes that this library can stand for.
const PREFIXES: [&str; 3] = ["base_model.model.bert.", "base_model.model.roberta.", "base_model.model."];

fn take_tensors(stored: &mut Tensors, settings: &Lora, model: &Model) -> Result<Tensors> {
    let first = stored.keys().find(|k| k.contains("lora_A")).cloned().unwrap_or_default();
    let prefix = PREFIXES.into_iter().find(|p| first.starts_with(&format!("{p}encoder."))).unwrap_or(PREFIXES[0]);
    let mut tensors = Tensors::new();
    for layer in (0..model.config().layers).filter(|l| settings.layers.contains(*l)) {
        for site in &settings.sites {
            for part in ["A", "B"] {
                let name = local_name(layer, *site, part);
                tensors.insert(name.clone(), take(stored, &format!("{prefix}{name}"))?);
            }
        }
    }
    Ok(tensors)
}

fn take_head(stored: &mut Tensors) -> Result<Linear> {
    Ok(Linear {
        weight: take(stored, &format!("base_model.model.{HEAD_WEIGHT}"))?,
        bias: take(stored, &format!("base_model.model.{HEAD_BIAS}"))?,
    })
}

/// Writes `adapter` as a folder that PEFT loads over a `BertForTokenClassification` (or its RoBERTa relative).
///
/// # Errors
/// `Unsupported` where the adapter is no LoRA adapter; `Io`.
pub fn save(adapter: &Adapter, model: &Model, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    let Method::Lora(settings) = &adapter.card().method else {
        let message = format!("PEFT folders hold LoRA adapters; this is {:?}", adapter.card().method.name());
        return Err(Error::unsupported(message));
    };
    make_folder(folder)?;
    let prefix = if model.config().family == Family::XlmRoberta { PREFIXES[1] } else { PREFIXES[0] };
    let rename = |name: &String| match name.as_str() {
        HEAD_WEIGHT | HEAD_BIAS => format!("base_model.model.{name}"),
        _ => format!("{prefix}{name}"),
    };
    let tensors = adapter.tensors().iter().map(|(name, t)| (rename(name), t.clone())).collect();
    write_tensors(&folder.join(WEIGHTS), &tensors)?;
    write_json(&folder.join(LABELS), &label2id(&adapter.card().tags))?;
    let layers = match &settings.layers {
        Layers::All => Value::Null,
        Layers::Only(list) => json!(list),
    };
    let config = json!({
        "alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": model.config().name, "bias": "none",
        "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layers_pattern": null,
        "layers_to_transform": layers, "lora_alpha": settings.alpha, "lora_dropout": 0.0,
        "modules_to_save": ["classifier", "score"], "peft_type": "LORA", "r": settings.rank, "rank_pattern": {},
        "revision": null, "target_modules": settings.sites.iter().map(|s| s.path()).collect::<Vec<_>>(),
        "task_type": "TOKEN_CLS", "use_dora": false, "use_rslora": settings.rslora,
    });
    write_json(&folder.join(CONFIG), &config)
}
