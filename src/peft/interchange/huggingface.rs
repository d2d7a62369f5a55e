//! LoRA folders of Hugging Face PEFT: `adapter_config.json` and `adapter_model.safetensors`.

use std::path::Path;

use candle_core::{Device, Tensor};
use serde_json::{Value, json};

use super::heads::{LABELS, label2id, names_in, reorder, tag_names, tag_set};
use super::lora_config::{LoraConfig, Settings};
use super::{make_folder, model_card, none_left, read_weights, take, write_json, write_tensors};
use crate::data::TagSet;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Config, Family, Linear, Model, Site, tensor_name};
use crate::peft::card::{Backbone, Card, VERSION};
use crate::peft::parameters::Tensors;
use crate::peft::{Adapter, HEAD_BIAS, HEAD_WEIGHT, Layers, Lora, Method};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
const PICKLE: &str = "adapter_model.bin";

/// Reads a LoRA folder with a token classification head.
///
/// `tags` names the head's rows in their order; it may be left out where the folder holds the `labels.json` that
/// [`save`] writes, or a model's `config.json` with `id2label`. Updates of different ranks and scales, and of some modules
/// in some layers alone, become one rank and scale by rows of zeros: the same numbers.
///
/// # Errors
/// `Unsupported` for another method or a setting that changes the numbers in a way not done here (DoRA, trained
/// biases, starts that change the base weights, other target modules), `Format` and `Mismatch` for files that do not fit.
pub fn load(folder: impl AsRef<Path>, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let folder = folder.as_ref();
    let config_path = folder.join(CONFIG);
    let config = LoraConfig::read(&config_path)?;
    let path = folder.join(WEIGHTS);
    let mut stored = read_weights(&path, &[PICKLE])?;
    let prefix = prefix(&stored);
    let updates = updates(&config, &prefix, model.config()).map_err(|e| e.in_file(&config_path))?;
    let (settings, mut tensors) =
        take_updates(&mut stored, &updates, &prefix, config.rslora, model.config()).map_err(|e| e.in_file(&path))?;
    let method = Method::Lora(settings);
    method.check(model.config()).map_err(|e| {
        // Settings come from a file here: what would be a wrong argument elsewhere is a wrong file.
        Error::new(ErrorKind::Unsupported, e.message().to_owned()).in_file(&config_path)
    })?;
    let head = take_head(&mut stored).map_err(|e| e.in_file(&path))?;
    none_left(&stored).map_err(|e| e.in_file(&path))?;

    let (names, tags) = match tags {
        Some(tags) => (tag_names(tags), tags.clone()),
        None => {
            let unnamed = || {
                Error::argument(format!(
                    "PEFT folders do not name the tags of the head's rows. Name them in a file {LABELS} in the folder, as \
                    {{\"O\": 0, \"B-PER\": 1, \"I-PER\": 2}}, or by `primer export --types`"
                ))
                .in_file(folder)
            };
            let names = names_in(folder)?.ok_or_else(unnamed)?;
            let tags = tag_set(&names).map_err(|e| e.in_file(folder))?;
            (names, tags)
        }
    };
    tensors.extend(reorder(head, &names, &tags).map_err(|e| e.in_file(&path))?);
    let backbone = Backbone::shape(model.config());
    let card = Card { version: VERSION, name: String::new(), method, tags, backbone, training: None };
    Adapter::new(model, card, tensors).map_err(|e| e.in_file(&path))
}

/// What every tensor's name begins with: it depends on the model's class.
const BASE: &str = "base_model.model.";

/// What stands before `encoder.layer.` in the names of a file's updates.
fn prefix(stored: &Tensors) -> String {
    let found = stored.keys().filter(|name| name.contains(".lora_")).find_map(|name| {
        let (before, _) = name.split_once("encoder.layer.")?;
        before.starts_with(BASE).then(|| before.to_owned())
    });
    found.unwrap_or_else(|| format!("{BASE}bert."))
}

/// An update that the configuration asks for: its layer and site, and its settings.
type Asked = (usize, Site, Settings);

fn updates(config: &LoraConfig, prefix: &str, backbone: &Config) -> Result<Vec<Asked>> {
    let mut updates = Vec::new();
    for layer in 0..backbone.layers {
        for site in Site::ALL {
            let module = format!("{}encoder.layer.{layer}.{}", &prefix[BASE.len()..], site.path());
            if let Some(settings) = config.of_module(&module)? {
                updates.push((layer, site, settings));
            }
        }
    }
    match updates.is_empty() {
        true => {
            Err(Error::unsupported("\"target_modules\" and what narrows it down name no linear layer of the encoder"))
        }
        false => Ok(updates),
    }
}

/// Name of an update's tensor in PEFT's file, without the prefix that depends on the model class.
fn local_name(layer: usize, site: Site, part: &str) -> String {
    tensor_name(layer, site.path(), &format!("lora_{part}.weight"))
}

fn scale(settings: Settings, rslora: bool) -> f64 {
    Lora { rank: settings.rank, alpha: settings.alpha, rslora, ..Lora::default() }.scale()
}

/// Takes the updates' tensors, and finds the one set of settings that says the same of all.
fn take_updates(
    stored: &mut Tensors,
    asked: &[Asked],
    prefix: &str,
    rslora: bool,
    config: &Config,
) -> Result<(Lora, Tensors)> {
    let largest = asked.iter().map(|a| a.2).max_by_key(|s| s.rank).unwrap_or(Settings { rank: 8, alpha: 8.0 });
    let common = scale(largest, rslora);
    let mut sites: Vec<Site> = asked.iter().map(|a| a.1).collect();
    sites.sort();
    sites.dedup();
    let mut layers: Vec<usize> = asked.iter().map(|a| a.0).collect();
    layers.dedup();
    let mut tensors = Tensors::new();
    for layer in &layers {
        for site in &sites {
            let (outputs, inputs) = site.shape(config);
            let names = ["A", "B"].map(|part| local_name(*layer, *site, part));
            let [a, b] = match asked.iter().find(|a| (a.0, a.1) == (*layer, *site)) {
                None => [(largest.rank, inputs), (outputs, largest.rank)]
                    .map(|shape| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu)),
                Some((.., settings)) => {
                    let [a, b] = [0, 1].map(|i| take(stored, &format!("{prefix}{}", names[i])));
                    let (a, b) = (a?, b?);
                    expect_shape(&a, [settings.rank, inputs], &names[0], settings)?;
                    expect_shape(&b, [outputs, settings.rank], &names[1], settings)?;
                    let missing = largest.rank - settings.rank;
                    let factor = scale(*settings, rslora) / common;
                    let b = if factor == 1.0 { b } else { (b * factor)? };
                    [a.pad_with_zeros(0, 0, missing), b.pad_with_zeros(1, 0, missing)]
                }
            };
            let [name_a, name_b] = names;
            tensors.insert(name_a, a?);
            tensors.insert(name_b, b?);
        }
    }
    let layers = if layers.len() == config.layers { Layers::All } else { Layers::Only(layers) };
    Ok((Lora { rank: largest.rank, alpha: largest.alpha, rslora, sites, layers }, tensors))
}

fn expect_shape(tensor: &Tensor, shape: [usize; 2], name: &str, settings: &Settings) -> Result<()> {
    if tensor.dims() == shape {
        return Ok(());
    }
    let message = format!("the tensor has the shape {:?}, not {shape:?} as rank {} asks", tensor.dims(), settings.rank);
    Err(Error::mismatch(message).about_tensor(name))
}

fn take_head(stored: &mut Tensors) -> Result<Linear> {
    let weight = format!("{BASE}{HEAD_WEIGHT}");
    if !stored.contains_key(&weight) {
        let message = "the adapter holds no tag head: train it for token classification (task_type \"TOKEN_CLS\")";
        return Err(Error::format(message).about_tensor(weight));
    }
    Ok(Linear { weight: take(stored, &weight)?, bias: take(stored, &format!("{BASE}{HEAD_BIAS}"))? })
}

/// Writes `adapter` as a folder that PEFT loads over a `BertForTokenClassification` (or its RoBERTa relative), with a
/// model card (`README.md`) where there is none.
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
    let (inner, class) = match model.config().family {
        Family::XlmRoberta => ("roberta.", "XLMRobertaForTokenClassification"),
        Family::Bert => ("bert.", "BertForTokenClassification"),
    };
    let rename = |name: &String| match name.as_str() {
        HEAD_WEIGHT | HEAD_BIAS => format!("{BASE}{name}"),
        _ => format!("{BASE}{inner}{name}"),
    };
    let tensors = adapter.tensors().iter().map(|(name, t)| (rename(name), t.clone())).collect();
    write_tensors(&folder.join(WEIGHTS), &tensors)?;
    let tags = &adapter.card().tags;
    write_json(&folder.join(LABELS), &label2id(tags))?;
    let layers = match &settings.layers {
        Layers::All => Value::Null,
        Layers::Only(list) => json!(list),
    };
    let base = model.config().name.as_str();
    let config = json!({
        "alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": base, "bias": "none",
        "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layers_pattern": null,
        "layers_to_transform": layers, "lora_alpha": settings.alpha, "lora_dropout": 0.0,
        "modules_to_save": ["classifier", "score"], "peft_type": "LORA", "r": settings.rank, "rank_pattern": {},
        "revision": null, "target_modules": settings.sites.iter().map(|s| s.path()).collect::<Vec<_>>(),
        "task_type": "TOKEN_CLS", "use_dora": false, "use_rslora": settings.rslora,
    });
    write_json(&folder.join(CONFIG), &config)?;
    let usage = format!(
        "from peft import PeftModel\nfrom transformers import {class}\n\n\
        model = {class}.from_pretrained({base:?}, num_labels={})\n\
        model = PeftModel.from_pretrained(model, FOLDER)  # labels.json names the rows of the head",
        tags.len()
    );
    model_card::write(folder, adapter, base, "peft", &["lora", "transformers"], &usage)
}
