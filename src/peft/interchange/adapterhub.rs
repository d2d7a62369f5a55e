//! Folders of AdapterHub with bottleneck adapters, behind sublayers or beside them: `adapter_config.json`, `adapter.safetensors` and, where the head was saved
//! with them, `head_config.json` and `model_head.safetensors`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::heads::{LABELS, label2id, names, names_in, reorder, tag_names, tag_set};
use super::{make_folder, model_card, none_left, read_json, read_weights, take, write_json, write_tensors};
use crate::data::TagSet;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Family, Linear, Model};
use crate::peft::card::{Backbone, Card, VERSION};
use crate::peft::methods::{AdapterHub, AdapterHubFormat};
use crate::peft::parameters::Tensors;
use crate::peft::{Adapter, HEAD_BIAS, HEAD_WEIGHT, Method};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter.safetensors";
const HEAD_CONFIG: &str = "head_config.json";
const HEAD_WEIGHTS: &str = "model_head.safetensors";

/// Reads a bottleneck adapter folder with its head.
///
/// `tags` names the head's rows in their order; left out, `head_config.json` must name tags such as `B-PER`.
///
/// # Errors
/// `Unsupported` for settings that change the numbers in a way not done here (gating, PHM layers, layer norms of their own,
/// invertible adapters), `Format` and `Mismatch` for files that do not fit.
pub fn load(folder: impl AsRef<Path>, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let folder = folder.as_ref();
    let (method, adapter_name) = read_config(&folder.join(CONFIG), model)?;
    let path = folder.join(WEIGHTS);
    let mut stored = read_weights(&path, &["pytorch_adapter.bin"])?;
    let mut tensors = Tensors::new();
    for (ours, theirs) in written(&method, model, &adapter_name)?.names {
        let theirs = format!("{}.{theirs}", family(model));
        tensors.insert(ours, take(&mut stored, &theirs).map_err(|e| e.in_file(&path))?);
    }
    none_left(&stored).map_err(|e| e.in_file(&path))?;

    let head_path = folder.join(HEAD_WEIGHTS);
    if !head_path.exists() && !folder.join("pytorch_model_head.bin").exists() {
        let message = format!(
            "the adapter was saved without its tag head ({HEAD_WEIGHTS}): save it by save_all_adapters or \
            save_adapter(..., with_head=True)"
        );
        return Err(Error::format(message).in_file(folder));
    }
    let mut stored = read_weights(&head_path, &["pytorch_model_head.bin"])?;
    let head_config = HeadConfig::read(&folder.join(HEAD_CONFIG))?;
    let mut part = |name: &str| take(&mut stored, name).map_err(|e| e.in_file(&head_path));
    let [weight, bias] = head_config.tensor_names();
    let head = Linear { weight: part(&weight)?, bias: part(&bias)? };
    none_left(&stored).map_err(|e| e.in_file(&head_path))?;
    let (names, tags) = match tags {
        Some(tags) => (tag_names(tags), tags.clone()),
        None => {
            let labels = if folder.join(LABELS).exists() { names_in(folder)? } else { None };
            let names =
                labels.map_or_else(|| head_config.labels(), Ok).map_err(|e| e.in_file(folder.join(HEAD_CONFIG)))?;
            let tags = tag_set(&names).map_err(|e| e.in_file(folder.join(HEAD_CONFIG)))?;
            (names, tags)
        }
    };
    tensors.extend(reorder(head, &names, &tags).map_err(|e| e.in_file(&head_path))?);
    let backbone = Backbone::shape(model.config());
    let card = Card {
        version: VERSION,
        name: adapter_name,
        method,
        tags,
        backbone,
        min_scores: Default::default(),
        training: None,
    };
    Adapter::new(model, card, tensors).map_err(|e| e.in_file(&path))
}

fn read_config(path: &Path, model: &Model) -> Result<(Method, String)> {
    let mut outer = read_json(path)?;
    let text = |v: Option<Value>| v.and_then(|v| v.as_str().map(str::to_owned));
    let name = text(outer.remove("name")).ok_or_else(|| Error::format("the adapter has no name").in_file(path))?;
    let hidden = outer.remove("hidden_size").unwrap_or_default();
    if hidden.as_u64() != Some(model.config().hidden as u64) {
        let message =
            format!("the adapter is for a backbone of width {hidden}; this one has {}", model.config().hidden);
        return Err(Error::mismatch(message).in_file(path));
    }
    let Some(Value::Object(map)) = outer.remove("config") else {
        return Err(Error::format("\"config\" is not an object").in_file(path));
    };
    let mut f = Fields::of(path, map);
    let format = formats().map(|(_, format)| format).find(|format| (format.reads)(&f));
    let format = format.ok_or_else(|| Error::unsupported("this kind of adapter is not read").in_file(path))?;
    let method = (format.read)(&mut f, model.config())?;
    f.finish()?;
    method
        .check(model.config())
        .map_err(|e| Error::new(ErrorKind::Unsupported, e.message().to_owned()).in_file(path))?;
    Ok((method, name))
}

/// What `head_config.json` says, in both forms: of a model's own class, and of AdapterHub's flexible heads.
struct HeadConfig {
    /// The head's name, where it is a flexible head.
    flexible: Option<String>,
    labels: Value,
}

impl HeadConfig {
    /// Reads the file; there may be none.
    fn read(path: &Path) -> Result<HeadConfig> {
        if !path.exists() {
            return Ok(HeadConfig { flexible: None, labels: Value::Null });
        }
        let mut outer = read_json(path)?;
        let label = |map: &mut Map<String, Value>| {
            let of = |map: &mut Map<String, Value>, key: &str| map.remove(key).filter(|v| !v.is_null());
            of(map, "label2id").or_else(|| of(map, "id2label")).unwrap_or(Value::Null)
        };
        let Some(Value::Object(mut inner)) = outer.remove("config") else {
            return Ok(HeadConfig { flexible: None, labels: label(&mut outer) });
        };
        let labels = label(&mut inner);
        let name = outer.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = name.ok_or_else(|| Error::format("the head has no name").in_file(path))?;
        let mut f = Fields::of(path, inner);
        let kind = f.take("head_type");
        if kind != "tagging" {
            return Err(f.error("head_type", &kind, "of AdapterHub's heads, tagging heads are read"));
        }
        f.expect("layers", &[json!(1)])?;
        f.expect("bias", &[json!(true)])?;
        // Of a head of one layer; the number of its rows is told by its tensors.
        f.ignore(&["activation_function", "dropout_prob", "num_labels", "use_pooler", "id2label", "label2id"]);
        f.finish()?;
        Ok(HeadConfig { flexible: Some(name), labels })
    }

    /// The names of the weight and the bias. A flexible head is a sequence: dropout, then the linear layer.
    fn tensor_names(&self) -> [String; 2] {
        match &self.flexible {
            None => [HEAD_WEIGHT.to_owned(), HEAD_BIAS.to_owned()],
            Some(name) => ["weight", "bias"].map(|part| format!("heads.{name}.1.{part}")),
        }
    }

    fn labels(&self) -> Result<Vec<String>> {
        if self.labels.is_null() {
            return Err(Error::argument(format!(
                "the head's configuration names no labels. Name the tags of its rows in a file {LABELS} in the folder, as \
                {{\"O\": 0, \"B-PER\": 1, \"I-PER\": 2}}, or by `primer export --types`"
            )));
        }
        names(&self.labels)
    }
}

/// What AdapterHub calls the model in the names of tensors.
fn family(model: &Model) -> &'static str {
    match model.config().family {
        Family::XlmRoberta => "roberta",
        Family::Bert => "bert",
    }
}

/// The methods that folders hold: what people call them, and how.
fn formats() -> impl Iterator<Item = (&'static str, &'static AdapterHubFormat)> {
    Method::ALL.iter().filter_map(|about| Some((about.called, about.adapterhub.as_ref()?)))
}

/// What a folder holds of the method where the adapter is called `name`.
fn written(method: &Method, model: &Model, name: &str) -> Result<AdapterHub> {
    method.to_adapterhub(model.config(), name).ok_or_else(|| {
        let known: Vec<&str> = formats().map(|(called, _)| called).collect();
        Error::unsupported(format!("AdapterHub folders hold {}; this is {:?}", known.join(" and "), method.name()))
    })
}

/// Writes `adapter` as a folder that AdapterHub's `load_adapter` reads, under the name `name`, with its head.
///
/// # Errors
/// `Unsupported` where the method is none of bottlenecks; `Io`.
pub fn save(adapter: &Adapter, model: &Model, name: &str, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    let AdapterHub { fields, names } = written(&adapter.card().method, model, name)?;
    if name.is_empty() || name.contains(['.', '/', '\\']) {
        return Err(Error::argument(format!("{name:?} cannot be the name of an adapter: no dots or slashes")));
    }
    make_folder(folder)?;
    let config = model.config();
    let tensors = adapter.tensors();
    let renamed = names
        .into_iter()
        .filter_map(|(ours, theirs)| tensors.get(&ours).map(|t| (format!("{}.{theirs}", family(model)), t.clone())))
        .collect();
    write_tensors(&folder.join(WEIGHTS), &renamed)?;
    let head = tensors.iter().filter(|(n, _)| [HEAD_WEIGHT, HEAD_BIAS].contains(&n.as_str()));
    write_tensors(&folder.join(HEAD_WEIGHTS), &head.map(|(n, t)| (n.clone(), t.clone())).collect())?;
    let (family, class) = match config.family == Family::XlmRoberta {
        true => ("xlm-roberta", "XLMRobertaForTokenClassification"),
        false => ("bert", "BertForTokenClassification"),
    };
    let about = |config: Value| {
        let mut map = Map::new();
        map.insert("config".into(), config);
        map.insert("hidden_size".into(), json!(model.config().hidden));
        map.insert("model_class".into(), json!(class));
        map.insert("model_name".into(), json!(model.config().name));
        map.insert("model_type".into(), json!(family));
        map.insert("version".into(), json!("adapters.1.0.1"));
        map
    };
    let mut adapter_config = about(fields);
    adapter_config.insert("name".into(), json!(name));
    let mut head_config = about(Value::Null);
    head_config.insert("label2id".into(), label2id(&adapter.card().tags));
    head_config.insert("name".into(), Value::Null);
    head_config.insert("num_labels".into(), json!(adapter.card().tags.len()));
    write_json(&folder.join(CONFIG), &Value::Object(adapter_config))?;
    write_json(&folder.join(HEAD_CONFIG), &Value::Object(head_config))?;
    let base = config.name.as_str();
    let usage = format!(
        "import adapters\nfrom transformers import {class}\n\n\
        model = {class}.from_pretrained({base:?}, num_labels={})\nadapters.init(model)\n\
        name = model.load_adapter(FOLDER, with_head=True, use_safetensors=True)\nmodel.set_active_adapters(name)",
        adapter.card().tags.len()
    );
    let tags = ["adapter-transformers", family];
    model_card::write(folder, adapter, base, "adapters", &tags, &usage)
}
