//! Small adapted models of every method, for the tests of the engines.

use std::path::Path;

use crate::data::{Scheme, TagSet};
use crate::model::{LoadOptions, Model, Site};
use crate::ops::Activation;
use crate::peft::{Adapter, BitFit, Bottleneck, Full, Ia3, Layers, Lora, Method, Parallel};
use crate::small::{self, write_model};
use crate::text::{Labelled, Window};
use crate::train::{AdaptOptions, adapt};

pub(crate) struct Case {
    pub name: String,
    pub model: Model,
    pub adapter: Adapter,
    pub folder: tempfile::TempDir,
}

/// The small model, of the XLM-RoBERTa family where `offset` is set: its positions begin two rows later.
pub(crate) fn model(offset: bool, quantised: bool) -> (tempfile::TempDir, Model) {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), 7);
    if offset {
        let path = folder.path().join("config.json");
        let config = std::fs::read_to_string(&path).unwrap().replace("\"bert\"", "\"xlm-roberta\"");
        std::fs::write(&path, config).unwrap();
    }
    let options = LoadOptions::new().threads(1).quantised(quantised);
    let model = Model::load_with(folder.path(), &options).unwrap();
    (folder, model)
}

/// An adapter whose every tensor is far from its start after some epochs.
pub(crate) fn trained(model: &Model, method: Method, epochs: usize) -> Adapter {
    let mut options = AdaptOptions::new(method);
    options.epochs = Some(epochs);
    (options.learning_rate, options.head_learning_rate) = (Some(2e-2), Some(2e-2));
    adapt(model, &small::dataset(40, 1), None, &options).unwrap()
}

/// Every method, with every setting that changes what is computed.
pub(crate) fn cases() -> Vec<Case> {
    let (_folder, shape) = model(false, false);
    let mut methods = vec![
        ("head".to_owned(), Method::Head),
        ("bitfit".to_owned(), Method::BitFit(BitFit::default())),
        ("bitfit-upper".to_owned(), Method::BitFit(BitFit { layers: Layers::Only(vec![1]) })),
        ("full".to_owned(), Method::Full(Full::default())),
        ("full-upper".to_owned(), Method::Full(Full { layers: Layers::Only(vec![1]) })),
        ("lora".to_owned(), Method::Lora(Lora::default())),
        (
            "lora-everywhere".to_owned(),
            Method::Lora(Lora { sites: Site::ALL.to_vec(), rslora: true, ..Lora::default() }),
        ),
        ("lora-upper".to_owned(), Method::Lora(Lora { layers: Layers::Only(vec![1]), ..Lora::default() })),
    ];
    let ends = Ia3 { outputs: vec![Site::AttentionOutput], ..Ia3::default() };
    let middle = vec![Site::Query, Site::Key, Site::Intermediate, Site::Output];
    methods.extend([
        ("ia3".to_owned(), Method::Ia3(Ia3::default())),
        ("ia3-ends-upper".to_owned(), Method::Ia3(Ia3 { layers: Layers::Only(vec![1]), ..ends })),
        (
            "ia3-middle".to_owned(),
            Method::Ia3(Ia3 { outputs: middle, inputs: vec![Site::AttentionOutput], ..Ia3::default() }),
        ),
    ]);
    let beside = Parallel::feed_forward(shape.config(), 4);
    let both = Parallel { attention: true, activation: Activation::Gelu, scaling: 0.5, ..beside.clone() };
    methods.extend([
        ("parallel".to_owned(), Method::Parallel(beside.clone())),
        ("parallel-attention".to_owned(), Method::Parallel(Parallel { attention: true, output: false, ..beside })),
        ("parallel-upper".to_owned(), Method::Parallel(Parallel { layers: Layers::Only(vec![1]), ..both.clone() })),
        ("parallel-both".to_owned(), Method::Parallel(both)),
    ]);
    let places = [("attention", true, false), ("output", false, true), ("both", true, true)];
    let activations = [Activation::Relu, Activation::Swish, Activation::Gelu];
    for (at, (place, attention, output)) in places.into_iter().enumerate() {
        for norm_before in [false, true] {
            let activation = activations[(at + usize::from(norm_before)) % 3];
            let scaling = if norm_before { 1.0 } else { 0.5 };
            let base = Bottleneck::pfeiffer(shape.config(), 4);
            let b = Bottleneck { attention, output, norm_before, activation, scaling, ..base };
            methods.push((format!("bottleneck-{place}-{norm_before}"), Method::Bottleneck(b)));
        }
    }
    let upper = Bottleneck { layers: Layers::Only(vec![1]), ..Bottleneck::houlsby(shape.config(), 4) };
    methods.push(("bottleneck-upper".to_owned(), Method::Bottleneck(upper)));
    let mut cases: Vec<Case> = methods.into_iter().map(|(name, method)| case(&name, method, false, false)).collect();
    cases.push(case("offset", Method::Full(Full::default()), true, false));
    cases.push(case("quantised", Method::Lora(Lora::default()), false, true));
    cases
}

pub(crate) fn case(name: &str, method: Method, offset: bool, quantised: bool) -> Case {
    let (folder, model) = model(offset, quantised);
    let adapter = trained(&model, method, 3);
    Case { name: name.to_owned(), model, adapter, folder }
}

/// Windows of very different lengths whose every piece is labelled.
pub(crate) fn windows(model: &Model) -> Vec<Window> {
    let long = "Zoe Smith met Max in Köln and ".repeat(40);
    let texts = ["Ada", "the Acme Inc met Bob in Paris .", "Max works for Yota .", &long, "x y z"];
    let words = texts.map(|text| text.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>());
    let cut = |words: &Vec<&str>| model.windows(&model.tokenizer().encode(words).unwrap());
    let mut windows: Vec<Window> = words.iter().flat_map(cut).collect();
    for window in &mut windows {
        window.labelled = (0..window.ids.len() as u32).map(|piece| Labelled { piece, word: piece }).collect();
    }
    windows
}

/// A folder as exporters of the `transformers` library write it, with this model and these labels.
pub(crate) fn classifier(folder: &Path, labels: &[&str], onnx: &[u8]) {
    write_model(folder, 7);
    std::fs::remove_file(folder.join("model.safetensors")).unwrap();
    let path = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let labels: serde_json::Map<_, _> =
        labels.iter().enumerate().map(|(i, l)| (i.to_string(), serde_json::json!(l))).collect();
    config["id2label"] = labels.into();
    std::fs::write(&path, config.to_string()).unwrap();
    std::fs::create_dir_all(folder.join("onnx")).unwrap();
    std::fs::write(folder.join("onnx/model.onnx"), onnx).unwrap();
}

/// The tag set of the small data.
pub(crate) fn tags() -> TagSet {
    TagSet::new(Scheme::Iob2, ["LOC", "ORG", "PER"].map(String::from).to_vec()).unwrap()
}
