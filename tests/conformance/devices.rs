//! `devices.json`: models on devices, what is found there, and devices and precisions that are refused.

use primer::{Adapter, Dataset, Device, LoadOptions, Model, Result, Tagger, adapt};
use serde::{Deserialize, Serialize};

use crate::cases::{Bytes, Options, adapt_options, load_options};
use crate::engines::options as tagger_options;
use crate::tagging::{Found, same};
use crate::{root, run};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    model: String,
    adapter: String,
    /// Models that must all find the same.
    loads: Vec<Load>,
    texts: Vec<TextCase>,
    train: Bytes,
    file_name: String,
    refusals: Vec<Refusal>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<String>,
    options: Options,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextCase {
    name: String,
    text: String,
    #[serde(default)]
    entities: Vec<Found>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<String>,
    call: String,
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    options: Options,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: Vec<String>,
}

/// Rust's enumerations hold nothing wrong; what needs a library without a feature is not for one with it.
fn is_possible(needs: &[String]) -> bool {
    needs.iter().all(|need| match need.as_str() {
        "raw_enum" | "abi" => false,
        need => {
            let feature = need.strip_prefix("without_").unwrap_or_else(|| panic!("{need}"));
            !primer::FEATURES.contains(&feature)
        }
    })
}

fn name(device: Device) -> &'static str {
    match device {
        Device::Cpu => "PRIMER_DEVICE_CPU",
        Device::Cuda(_) => "PRIMER_DEVICE_CUDA",
        Device::Metal => "PRIMER_DEVICE_METAL",
        other => panic!("a model computes on {other}"),
    }
}

/// Without scores: those of a GPU differ in the last digits.
fn found(suite: &Suite, load: &Load) -> Vec<TextCase> {
    let model = Model::load_with(root().join(&suite.model), &load_options(&load.options)).unwrap();
    let found = name(model.device());
    assert_eq!(found, load.device.as_deref().unwrap_or(found), "{}", load.name);
    let adapter = Adapter::load(root().join(&suite.adapter), &model).unwrap();
    let tagger = Tagger::new(&model);
    let text = |case: &TextCase| {
        let entities = tagger.tag(&case.text, &adapter).unwrap().entities;
        let without_score = |e| Found { score: None, ..Found::of(e, &case.text, &adapter) };
        TextCase { entities: entities.iter().map(without_score).collect(), ..case.clone() }
    };
    suite.texts.iter().map(text).collect()
}

fn call(suite: &Suite, case: &Refusal) -> Result<()> {
    let path = root().join(&suite.model);
    if case.call == "model_load" {
        return Model::load_with(path, &load_options(&case.options)).map(drop);
    }
    let model = Model::load_with(path, &LoadOptions::new())?;
    match case.call.as_str() {
        "tagger_new" => Tagger::with_options(&model, &tagger_options(&case.options)).map(drop),
        "adapt" => {
            let train = Dataset::from_bytes(&suite.train.read(), &suite.file_name, &Default::default())?;
            adapt(&model, &train, None, &adapt_options(&case.options, None)).map(drop)
        }
        other => panic!("there is no call {other}"),
    }
}

fn refused(suite: &Suite, case: &Refusal) -> Refusal {
    if !is_possible(&case.needs) {
        return case.clone();
    }
    let Err(e) = call(suite, case) else { panic!("{}: it works", case.name) };
    assert!(e.file().is_none(), "{}: it is not about a file", case.name);
    let message = case.message.iter().filter(|part| e.to_string().contains(*part)).cloned().collect();
    Refusal { status: format!("PRIMER_ERR_{}", e.kind().name()), message, ..case.clone() }
}

#[test]
fn models_find_the_same_on_every_device_and_refuse_what_it_lacks() {
    let answered = |suite: &Suite| {
        let texts = found(suite, &suite.loads[0]);
        for load in suite.loads[1..].iter().filter(|load| is_possible(&load.needs)) {
            texts.iter().zip(found(suite, load)).for_each(|(a, b)| same(&a.name, &a.entities, &b.entities));
        }
        Suite {
            model: suite.model.clone(),
            adapter: suite.adapter.clone(),
            loads: suite.loads.clone(),
            texts,
            train: suite.train.clone(),
            file_name: suite.file_name.clone(),
            refusals: suite.refusals.iter().map(|case| refused(suite, case)).collect(),
        }
    };
    run("devices.json", answered, |expected: &Suite, found| {
        expected.texts.iter().zip(&found.texts).for_each(|(a, b)| same(&a.name, &a.entities, &b.entities));
        for (a, b) in expected.refusals.iter().zip(&found.refusals) {
            assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
        }
    });
}
