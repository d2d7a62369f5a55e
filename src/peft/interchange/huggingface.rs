//! Folders of Hugging Face PEFT: `adapter_config.json` and `adapter_model.safetensors`.

use std::path::Path;

use candle_core::Tensor;
use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::heads::{LABELS, label2id, names_in, reorder, tag_names, tag_set};
use super::{make_folder, model_card, none_left, read_weights, take, write_json, write_tensors};
use crate::data::TagSet;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Config, Family, Linear, Model, Site};
use crate::peft::card::{Backbone, Card, VERSION};
use crate::peft::methods::{PeftFolder, PeftFormat};
use crate::peft::parameters::Tensors;
use crate::peft::{Adapter, HEAD_BIAS, HEAD_WEIGHT, Method};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
const PICKLE: &str = "adapter_model.bin";

/// What can be done with an adapter that does more than is computed here.
pub(super) const MERGE: &str = "not computed here. In PEFT, merge it (merge_and_unload) and save the model: its folder \
    then serves as model and as adapter";

/// A configuration that was read, of whichever method.
pub(crate) trait PeftConfig {
    /// Takes the method's tensors, and gives the method and its tensors by their names here.
    ///
    /// # Errors
    /// About the folder's tensors, unless they name the configuration's file.
    fn take(&self, stored: &mut Stored, backbone: &Config) -> Result<(Method, Tensors)>;
}

/// The tensors of a folder.
pub(crate) struct Stored {
    tensors: Tensors,
    /// What stands before `encoder.layer.` in the names of the method's tensors.
    prefix: String,
}

impl Stored {
    /// The whole name of a linear layer in PEFT's model.
    pub(crate) fn module(&self, layer: usize, site: Site) -> String {
        format!("{}encoder.layer.{layer}.{}", &self.prefix[BASE.len()..], site.path())
    }

    /// Takes the tensor that is called `name` behind what depends on the model's class.
    pub(crate) fn take(&mut self, name: &str) -> Result<Tensor> {
        take(&mut self.tensors, &format!("{}{name}", self.prefix))
    }
}

/// The methods that PEFT knows.
fn formats() -> impl Iterator<Item = (&'static str, &'static PeftFormat)> {
    Method::ALL.iter().filter_map(|method| Some((method.called, method.peft.as_ref()?)))
}

/// Reads a folder of a method that PEFT knows, with a token classification head.
///
/// `tags` names the head's rows in their order; it may be left out where the folder holds the `labels.json` that
/// [`save`] writes, or a model's `config.json` with `id2label`.
///
/// # Errors
/// `Unsupported` for another method or a setting that changes the numbers in a way not done here (DoRA, trained
/// biases, starts that change the base weights, other target modules), `Format` and `Mismatch` for files that do not fit.
pub fn load(folder: impl AsRef<Path>, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let folder = folder.as_ref();
    let config_path = folder.join(CONFIG);
    let (format, config) = read_config(&config_path)?;
    let path = folder.join(WEIGHTS);
    let tensors = read_weights(&path, &[PICKLE])?;
    let mut stored = Stored { prefix: prefix(&tensors, format.marker), tensors };
    let (method, mut tensors) = config.take(&mut stored, model.config()).map_err(|e| e.in_file(&path))?;
    method.check(model.config()).map_err(|e| {
        // Settings come from a file here: what would be a wrong argument elsewhere is a wrong file.
        Error::new(ErrorKind::Unsupported, e.message().to_owned()).in_file(&config_path)
    })?;
    let head = take_head(&mut stored.tensors).map_err(|e| e.in_file(&path))?;
    none_left(&stored.tensors).map_err(|e| e.in_file(&path))?;

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
    let card = Card {
        version: VERSION,
        name: String::new(),
        method,
        tags,
        backbone,
        min_scores: Default::default(),
        training: None,
    };
    Adapter::new(model, card, tensors).map_err(|e| e.in_file(&path))
}

/// What every tensor's name begins with: it depends on the model's class.
const BASE: &str = "base_model.model.";

/// The configuration, and what kind it is of.
fn read_config(path: &Path) -> Result<(&'static PeftFormat, Box<dyn PeftConfig>)> {
    let (format, mut f) = begin(path)?;
    let config = (format.read)(&mut f)?;
    f.finish()?;
    Ok((format, config))
}

/// A configuration without what those of all methods have, and what kind it is of.
pub(super) fn begin(path: &Path) -> Result<(&'static PeftFormat, Fields<'_>)> {
    let mut f = Fields::read(path)?;
    let kind = f.take("peft_type");
    let Some((_, format)) = formats().find(|(_, format)| kind == format.kind) else {
        let kinds: Vec<String> = formats().map(|(_, format)| format!("{:?}", format.kind)).collect();
        let verb = if kinds.len() == 1 { "is" } else { "are" };
        let message = format!("of PEFT's methods, {} {verb} read", kinds.join(" and "));
        return Err(f.error("peft_type", &kind, &message));
    };
    let task = f.take("task_type");
    if !task.is_null() && task != "TOKEN_CLS" {
        let why = "only adapters for token classification (\"TOKEN_CLS\") have a tag head";
        return Err(f.error("task_type", &task, why));
    }
    // Training and provenance.
    f.ignore(&["auto_mapping", "base_model_name_or_path", "inference_mode", "peft_version", "revision"]);
    modules_to_save(&mut f)?;
    Ok((format, f))
}

/// `modules_to_save`: what was trained whole, which may be the head alone.
fn modules_to_save(f: &mut Fields) -> Result<()> {
    const NAME: &str = "modules_to_save";
    let value = f.take(NAME);
    let head = |v: &Value| v == "classifier" || v == "score";
    match &value {
        Value::Null => Ok(()),
        Value::Array(list) if list.iter().all(head) => Ok(()),
        other => {
            Err(f.error(NAME, other, &format!("the head (\"classifier\") alone may be trained whole; more is {MERGE}")))
        }
    }
}

/// What stands before `encoder.layer.` in the names of a method's tensors, which have `marker` in them.
fn prefix(stored: &Tensors, marker: &str) -> String {
    let found = stored.keys().filter(|name| name.contains(marker)).find_map(|name| {
        let (before, _) = name.split_once("encoder.layer.")?;
        before.starts_with(BASE).then(|| before.to_owned())
    });
    found.unwrap_or_else(|| format!("{BASE}bert."))
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
/// `Unsupported` where PEFT does not know the adapter's method; `Io`.
pub fn save(adapter: &Adapter, model: &Model, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    let method = &adapter.card().method;
    let (Some(format), Some(PeftFolder { fields, shapes })) = (&method.about().peft, method.to_peft(model.config()))
    else {
        let known: Vec<&str> = formats().map(|(called, _)| called).collect();
        let message = format!("PEFT folders hold {} adapters; this is {:?}", known.join(" and "), method.name());
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
    let put = |(name, tensor): (&String, &Tensor)| -> Result<(String, Tensor)> {
        let shaped = shapes.get(name).map(|shape| tensor.reshape(shape)).transpose()?;
        Ok((rename(name), shaped.unwrap_or_else(|| tensor.clone())))
    };
    let tensors = adapter.tensors().iter().map(put).collect::<Result<_>>()?;
    write_tensors(&folder.join(WEIGHTS), &tensors)?;
    let tags = &adapter.card().tags;
    write_json(&folder.join(LABELS), &label2id(tags))?;
    let base = model.config().name.as_str();
    let mut config = Map::new();
    config.extend(fields);
    for (name, value) in [
        ("auto_mapping", Value::Null),
        ("base_model_name_or_path", json!(base)),
        ("fan_in_fan_out", json!(false)),
        ("inference_mode", json!(true)),
        ("modules_to_save", json!(["classifier", "score"])),
        ("peft_type", json!(format.kind)),
        ("revision", Value::Null),
        ("task_type", json!("TOKEN_CLS")),
    ] {
        config.insert(name.to_owned(), value);
    }
    write_json(&folder.join(CONFIG), &Value::Object(config))?;
    let usage = format!(
        "from peft import PeftModel\nfrom transformers import {class}\n\n\
        model = {class}.from_pretrained({base:?}, num_labels={})\n\
        model = PeftModel.from_pretrained(model, FOLDER)  # labels.json names the rows of the head",
        tags.len()
    );
    model_card::write(folder, adapter, base, "peft", &[method.name(), "transformers"], &usage)
}
