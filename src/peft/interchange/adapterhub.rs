//! Bottleneck adapter folders of AdapterHub: `adapter_config.json`, `adapter.safetensors` and, where the head was saved
//! with them, `head_config.json` and `model_head.safetensors`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::heads::{LABELS, label2id, names, names_in, reorder, tag_names, tag_set};
use super::{make_folder, model_card, none_left, read_json, read_weights, take, write_json, write_tensors};
use crate::data::TagSet;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Family, Linear, Model, Sublayer};
use crate::ops::Activation;
use crate::peft::bottleneck::name as local_name;
use crate::peft::card::{Backbone, Card, VERSION};
use crate::peft::parameters::Tensors;
use crate::peft::{Adapter, Bottleneck, HEAD_BIAS, HEAD_WEIGHT, Layers, Method};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter.safetensors";
const HEAD_CONFIG: &str = "head_config.json";
const HEAD_WEIGHTS: &str = "model_head.safetensors";

/// Reads a bottleneck adapter folder with its head.
///
/// `tags` names the head's rows in their order; left out, `head_config.json` must name tags such as `B-PER`.
///
/// # Errors
/// `Unsupported` for settings that change the numbers in a way not done here (gating, PHM layers, parallel adapters,
/// layer norms of their own, invertible adapters), `Format` and `Mismatch` for files that do not fit.
pub fn load(folder: impl AsRef<Path>, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let folder = folder.as_ref();
    let (settings, adapter_name) = read_config(&folder.join(CONFIG), model)?;
    let path = folder.join(WEIGHTS);
    let mut stored = read_weights(&path, &["pytorch_adapter.bin"])?;
    let mut tensors = Tensors::new();
    for (ours, theirs) in tensor_names(&settings, model, &adapter_name) {
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
    let method = Method::Bottleneck(settings);
    let card = Card { version: VERSION, name: adapter_name, method, tags, backbone, training: None };
    Adapter::new(model, card, tensors).map_err(|e| e.in_file(&path))
}

fn read_config(path: &Path, model: &Model) -> Result<(Bottleneck, String)> {
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
    // First what kind of adapter it is: the others have other fields.
    let architecture = f.take("architecture");
    if !architecture.is_null() {
        return Err(f.error("architecture", &architecture, "of AdapterHub's adapters, bottleneck adapters are read"));
    }
    f.off(&["inv_adapter", "invertible_adapter"], "invertible adapters at the embeddings are not computed here")?;
    const OTHER: &str = "such adapters are not computed here";
    f.off(&["is_parallel", "phm_layer", "use_gating", "ln_before", "ln_after", "cross_adapter"], OTHER)?;
    f.off(&["adapter_residual_before_ln"], OTHER)?;
    f.expect("original_ln_after", &[json!(true)])?;
    f.expect("residual_before_ln", &[json!(true)])?;
    f.expect("stochastic_depth", &[json!(0.0)])?;
    // Initialisation, dropout (a matter of training) and the settings of PHM layers, which are off.
    f.ignore(&["dropout", "init_weights", "init_weights_seed", "inv_adapter_reduction_factor", "factorized_phm_W"]);
    f.ignore(&["factorized_phm_rule", "hypercomplex_nonlinearity", "learn_phm", "phm_bias", "phm_c_init", "phm_dim"]);
    f.ignore(&["phm_init_range", "phm_rank", "shared_W_phm", "shared_phm_rule"]);
    let reduction = f.number("reduction_factor", None)?;
    // AdapterHub's own rounding and least width.
    let size = ((model.config().hidden as f64 / reduction) as usize).max(1);
    let name_of = f.take("non_linearity");
    let activation = match name_of.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("relu") => Activation::Relu,
        Some("swish" | "silu") => Activation::Swish,
        Some("gelu") => Activation::Gelu,
        _ => return Err(f.error("non_linearity", &name_of, "supported: relu, swish, gelu")),
    };
    let leave_out = f.take("leave_out");
    let layers = layers(&leave_out, model.config().layers)
        .ok_or_else(|| f.error("leave_out", &leave_out, "a list of layers is expected"))?;
    let settings = Bottleneck {
        size,
        attention: f.flag("mh_adapter", false)?,
        output: f.flag("output_adapter", true)?,
        norm_before: f.flag("original_ln_before", false)?,
        activation,
        scaling: f.number("scaling", Some(1.0))?,
        layers,
    };
    f.finish()?;
    Method::Bottleneck(settings.clone())
        .check(model.config())
        .map_err(|e| Error::new(ErrorKind::Unsupported, e.message().to_owned()).in_file(path))?;
    Ok((settings, name))
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

fn layers(leave_out: &Value, count: usize) -> Option<Layers> {
    match leave_out {
        Value::Null => Some(Layers::All),
        Value::Array(list) if list.is_empty() => Some(Layers::All),
        Value::Array(list) => {
            let out = list.iter().map(Value::as_u64).collect::<Option<Vec<_>>>()?;
            Some(Layers::Only((0..count).filter(|l| !out.contains(&(*l as u64))).collect()))
        }
        _ => None,
    }
}

/// `(our name, AdapterHub's name)` of every tensor.
fn tensor_names(settings: &Bottleneck, model: &Model, adapter: &str) -> Vec<(String, String)> {
    let family = if model.config().family == Family::XlmRoberta { "roberta" } else { "bert" };
    let sublayers = [(Sublayer::Attention, settings.attention), (Sublayer::Output, settings.output)];
    let mut names = Vec::new();
    for layer in (0..model.config().layers).filter(|l| settings.layers.contains(*l)) {
        for sublayer in sublayers.iter().filter(|(_, wanted)| *wanted).map(|(s, _)| *s) {
            // The down-projection is the first module of a sequence there.
            for (projection, module) in [("down", "adapter_down.0"), ("up", "adapter_up")] {
                for part in ["weight", "bias"] {
                    let path = sublayer.path();
                    let theirs = format!("{family}.encoder.layer.{layer}.{path}.adapters.{adapter}.{module}.{part}");
                    names.push((local_name(layer, sublayer, projection, part), theirs));
                }
            }
        }
    }
    names
}

/// Writes `adapter` as a folder that AdapterHub's `load_adapter` reads, under the name `name`, with its head.
///
/// # Errors
/// `Unsupported` where the adapter is no bottleneck adapter; `Io`.
pub fn save(adapter: &Adapter, model: &Model, name: &str, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    let Method::Bottleneck(settings) = &adapter.card().method else {
        let message =
            format!("AdapterHub folders hold bottleneck adapters; this is {:?}", adapter.card().method.name());
        return Err(Error::unsupported(message));
    };
    if name.is_empty() || name.contains(['.', '/', '\\']) {
        return Err(Error::argument(format!("{name:?} cannot be the name of an adapter: no dots or slashes")));
    }
    make_folder(folder)?;
    let config = model.config();
    let tensors = adapter.tensors();
    let renamed = tensor_names(settings, model, name)
        .into_iter()
        .filter_map(|(ours, theirs)| tensors.get(&ours).map(|t| (theirs, t.clone())))
        .collect();
    write_tensors(&folder.join(WEIGHTS), &renamed)?;
    let head = tensors.iter().filter(|(n, _)| [HEAD_WEIGHT, HEAD_BIAS].contains(&n.as_str()));
    write_tensors(&folder.join(HEAD_WEIGHTS), &head.map(|(n, t)| (n.clone(), t.clone())).collect())?;
    let (family, class) = match config.family == Family::XlmRoberta {
        true => ("xlm-roberta", "XLMRobertaForTokenClassification"),
        false => ("bert", "BertForTokenClassification"),
    };
    let leave_out: Vec<usize> = (0..config.layers).filter(|l| !settings.layers.contains(*l)).collect();
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
    let mut adapter_config = about(json!({
        "adapter_residual_before_ln": false, "cross_adapter": false, "dropout": 0.0, "factorized_phm_W": true,
        "factorized_phm_rule": false, "hypercomplex_nonlinearity": "glorot-uniform", "init_weights": "bert",
        "inv_adapter": null, "inv_adapter_reduction_factor": null, "is_parallel": false, "learn_phm": true,
        "leave_out": leave_out, "ln_after": false, "ln_before": false, "mh_adapter": settings.attention,
        "non_linearity": settings.activation, "original_ln_after": true, "original_ln_before": settings.norm_before,
        "output_adapter": settings.output, "phm_bias": true, "phm_c_init": "normal", "phm_dim": 4,
        "phm_init_range": 0.0001, "phm_layer": false, "phm_rank": 1,
        "reduction_factor": reduction(config.hidden, settings.size), "residual_before_ln": true,
        "scaling": settings.scaling, "shared_W_phm": false, "shared_phm_rule": true, "use_gating": false,
    }));
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

/// The reduction factor from which AdapterHub, which rounds down, computes `size` again.
fn reduction(hidden: usize, size: usize) -> Value {
    if hidden.is_multiple_of(size) {
        return json!(hidden / size);
    }
    json!(hidden as f64 / (size as f64 + 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reduction_factor_gives_the_size_back() {
        for size in 1..=384 {
            let factor = reduction(384, size).as_f64().unwrap();
            assert_eq!((384.0 / factor) as usize, size);
        }
    }
}
