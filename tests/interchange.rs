//! Adapters and model folders as other libraries write them: read with the same numbers, or refused with what to do.

mod common;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use primer::model::Site;
use primer::peft::{Bottleneck, Ia3, Layers, Lora, Parallel};
use primer::{AdaptOptions, Adapter, ErrorKind, Method, Model, Scheme, Tagger, adapt};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

const TEXT: &str = "Ada Smith lives in Paris . Bob works for Acme . the Xco Inc met Zoe in Köln";

/// A trained adapter whose updates matter.
fn trained(model: &Model, method: Method, scheme: Scheme) -> Adapter {
    let mut options = AdaptOptions::new(method);
    options.epochs = Some(20);
    options.scheme = scheme;
    (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
    adapt(model, &common::dataset(120, 1), None, &options).unwrap()
}

fn lora(model: &Model) -> Adapter {
    trained(model, Method::Lora(Lora { rank: 4, alpha: 8.0, ..Lora::default() }), Scheme::Iob2)
}

/// What the adapter finds: places, types and scores.
fn found(model: &Model, adapter: &Adapter) -> Vec<(usize, usize, String, f32)> {
    let tagged = Tagger::new(model).tag(TEXT, adapter).unwrap();
    let entity = |e: &primer::tag::Entity| (e.start, e.end, adapter.types()[e.label as usize].clone(), e.score);
    let all: Vec<_> = tagged.entities.iter().map(entity).collect();
    assert!(all.len() > 2, "the adapter learnt nothing: {all:?}");
    all
}

fn assert_same(model: &Model, a: &Adapter, b: &Adapter, tolerance: f32) {
    /// Start, end, label and score of an entity.
    type Found<'a> = &'a (usize, usize, String, f32);
    let (a, b) = (found(model, a), found(model, b));
    let same = |(x, y): (Found, Found)| (x.0, x.1, &x.2) == (y.0, y.1, &y.2) && (x.3 - y.3).abs() <= tolerance;
    assert!(a.len() == b.len() && a.iter().zip(&b).all(same), "{a:?}\n{b:?}");
}

/// Tensors as shape and numbers.
type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn tensors(path: &Path) -> Tensors {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers =
        |v: &TensorView| v.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    file.iter().map(|(n, v)| (n.to_owned(), (v.shape().to_vec(), numbers(&v)))).collect()
}

fn write(path: &Path, tensors: &Tensors, dtype: Dtype) {
    let bytes = |x: &f32| match dtype {
        Dtype::F64 => f64::from(*x).to_le_bytes().to_vec(),
        Dtype::F16 => half::f16::from_f32(*x).to_le_bytes().to_vec(),
        Dtype::BF16 => half::bf16::from_f32(*x).to_le_bytes().to_vec(),
        _ => x.to_le_bytes().to_vec(),
    };
    let raw: Vec<(String, Vec<usize>, Vec<u8>)> =
        tensors.iter().map(|(n, (s, x))| (n.clone(), s.clone(), x.iter().flat_map(bytes).collect())).collect();
    let views = raw.iter().map(|(n, s, b)| (n.as_str(), TensorView::new(dtype, s.clone(), b).unwrap()));
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    std::fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

/// A PEFT folder of `adapter`, its configuration and tensors changed.
fn peft(at: &Path, adapter: &Adapter, dtype: Dtype, change: impl FnOnce(&mut Value, &mut Tensors)) -> PathBuf {
    let folder = at.join("peft");
    let _ = std::fs::remove_dir_all(&folder);
    adapter.save_peft(&folder).unwrap();
    let [config, weights] = ["adapter_config.json", "adapter_model.safetensors"].map(|n| folder.join(n));
    let mut value: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    let mut stored = tensors(&weights);
    change(&mut value, &mut stored);
    std::fs::write(config, value.to_string()).unwrap();
    write(&weights, &stored, dtype);
    folder
}

fn set(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::write(path, content).unwrap();
}

#[test]
fn an_export_is_what_the_libraries_expect_and_comes_back() {
    let (at, model) = common::model();
    let adapter = lora(&model);
    let folder = peft(at.path(), &adapter, Dtype::F32, |_, _| ());
    assert_same(&model, &adapter, &Adapter::load(&folder, &model).unwrap(), 0.0);
    let bytes = std::fs::read(folder.join("adapter_model.safetensors")).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
    let card = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for line in
        ["---\nbase_model: tests/tiny\n", "\nlibrary_name: peft\n", "\n- lora\n", "base_model:adapter:tests/tiny"]
    {
        assert!(card.contains(line), "{line} is not in {card}");
    }
    // Somebody's own words are not written over.
    set(&folder.join("README.md"), "mine");
    adapter.save_peft(&folder).unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("README.md")).unwrap(), "mine");

    let hub = at.path().join("hub");
    trained(&model, Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)), Scheme::Iob2)
        .save_adapterhub(&hub)
        .unwrap();
    let card = std::fs::read_to_string(hub.join("README.md")).unwrap();
    assert!(card.contains("\nlibrary_name: adapters\n") && card.contains("\nbase_model: tests/tiny\n"), "{card}");
}

#[test]
fn ia3_is_written_as_peft_has_it_and_comes_back() {
    let (at, model) = common::model();
    let inputs = vec![Site::AttentionOutput, Site::Output];
    for settings in [
        Ia3::default(),
        Ia3 { inputs: inputs.clone(), ..Ia3::default() },
        Ia3 { inputs: vec![], layers: Layers::Only(vec![1]), ..Ia3::default() },
    ] {
        let adapter = trained(&model, Method::Ia3(settings.clone()), Scheme::Iob2);
        let folder = peft(at.path(), &adapter, Dtype::F32, |config, tensors| {
            assert_eq!((&config["peft_type"], &config["task_type"]), (&json!("IA3"), &json!("TOKEN_CLS")));
            let shape = |site: &str| tensors[&format!("base_model.model.bert.encoder.layer.1.{site}.ia3_l")].0.clone();
            assert_eq!(shape("attention.self.key"), [model.config().hidden, 1], "a column of outputs");
            if !settings.inputs.is_empty() {
                let wide = model.config().intermediate;
                assert_eq!(shape("output.dense"), [1, wide], "a row of inputs");
            }
        });
        let read = Adapter::load(&folder, &model).unwrap();
        assert_same(&model, &adapter, &read, 0.0);
        assert_eq!(read.card().method, adapter.card().method);
    }
    // PEFT's own choice for BERT, in each of the forms that it writes.
    let adapter = trained(&model, Method::Ia3(Ia3 { inputs, ..Ia3::default() }), Scheme::Iob2);
    for (targets, feedforward) in [
        (json!(null), json!(null)),
        (json!(["key", "value", "output.dense"]), json!(["output.dense"])),
        (json!(r".*\.(self\.key|self\.value|output\.dense)"), json!(r".*dense")),
    ] {
        let folder = peft(at.path(), &adapter, Dtype::F32, |c, _| {
            (c["target_modules"], c["feedforward_modules"]) = (targets, feedforward);
        });
        assert_same(&model, &adapter, &Adapter::load(&folder, &model).unwrap(), 0.0);
    }
    let refused = |change: &dyn Fn(&mut Value, &mut Tensors), words: &str| {
        let folder = peft(at.path(), &adapter, Dtype::F32, |c, t| change(c, t));
        let error = Adapter::load(&folder, &model).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(&|c, _| c["feedforward_modules"] = json!(["dense", "key"]), "inputs of");
    refused(&|c, _| c["feedforward_modules"] = json!([]), "shape");
    refused(&|c, _| c["feedforward_modules"] = json!(r".*\.0\.output\.dense"), "in some layers");
    refused(&|c, _| c["target_modules"] = json!(["k_proj"]), "name no linear layer");
    refused(&|c, _| c["target_modules"] = json!(["key"]), "no place");
    refused(&|c, _| c["fan_in_fan_out"] = json!(true), "fan_in_fan_out");
    refused(&|c, _| c["a_key_of_tomorrow"] = json!(1), "a_key_of_tomorrow");
    refused(&|c, _| c["peft_type"] = json!("PREFIX_TUNING"), r#""LORA" and "IA3" are read"#);
    refused(&|_, t| drop(t.pop_first()), "lacks a tensor");
}

#[test]
fn parallel_adapters_are_written_as_adapterhub_has_them_and_come_back() {
    let (at, model) = common::model();
    let usual = Parallel::feed_forward(model.config(), 2);
    let hub = at.path().join("hub");
    let config = hub.join("adapter_config.json");
    for settings in [usual.clone(), Parallel { attention: true, scaling: 0.5, layers: Layers::Only(vec![1]), ..usual }]
    {
        let adapter = trained(&model, Method::Parallel(settings), Scheme::Iob2);
        adapter.save_adapterhub(&hub).unwrap();
        let read = Adapter::load(&hub, &model).unwrap();
        assert_same(&model, &adapter, &read, 0.0);
        assert_eq!(read.card().method, adapter.card().method);
    }
    let good: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    assert_eq!((&good["config"]["is_parallel"], &good["config"]["scaling"]), (&json!(true), &json!(0.5)));
    let changed = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed["config"][key] = value;
        set(&config, changed.to_string());
        Adapter::load(&hub, &model)
    };
    // What AdapterHub's parallel adapters do not look at.
    for key in ["original_ln_before", "adapter_residual_before_ln"] {
        assert!(changed(key, json!(true)).is_ok(), "{key}");
    }
    assert!(changed("residual_before_ln", json!(false)).is_ok());
    for (key, value) in
        [("use_gating", json!(true)), ("ln_after", json!(true)), ("scaling", json!("learned")), ("new", json!(1))]
    {
        let error = changed(key, value).unwrap_err();
        assert!(error.kind() == ErrorKind::Unsupported && error.message().contains(key), "{error}");
    }
    // Behind a sublayer, they would be another method.
    assert_eq!(changed("is_parallel", json!(false)).unwrap().card().method.name(), "adapter");
}

#[test]
fn every_float_type_is_read() {
    let (at, model) = common::model();
    let adapter = lora(&model);
    for (dtype, tolerance) in [(Dtype::F64, 0.0), (Dtype::F32, 0.0), (Dtype::F16, 0.02), (Dtype::BF16, 0.1)] {
        let folder = peft(at.path(), &adapter, dtype, |_, _| ());
        assert_same(&model, &adapter, &Adapter::load(&folder, &model).unwrap(), tolerance);
    }
}

#[test]
fn modules_are_named_in_every_way() {
    let (at, model) = common::model();
    let adapter = lora(&model);
    let all: Vec<String> =
        (0..4).map(|i| format!("bert.encoder.layer.{}.attention.self.{}", i / 2, ["query", "value"][i % 2])).collect();
    for names in [
        json!(r".*\.(query|value)"),
        json!(["query", "value"]),
        json!(all),
        json!(null),
        json!(["query", "value", "q_proj"]),
    ] {
        let folder = peft(at.path(), &adapter, Dtype::F32, |c, _| c["target_modules"] = names);
        assert_same(&model, &adapter, &Adapter::load(&folder, &model).unwrap(), 0.0);
    }
    // Fewer are meant than the file holds, and more.
    for names in [json!(["query"]), json!("all-linear"), json!(["query", "value", "key"])] {
        let folder = peft(at.path(), &adapter, Dtype::F32, |c, _| c["target_modules"] = names);
        let error = Adapter::load(&folder, &model).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Format, "{error}");
        assert!(error.tensor().is_some());
    }
}

/// Updates of some modules in some layers, with ranks and scales of their own, become one adapter of the same numbers.
#[test]
fn patterns_of_ranks_scales_and_layers_give_the_same_numbers() {
    let (at, model) = common::model();
    let lora = lora(&model);
    let query = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_";
    let value = "base_model.model.bert.encoder.layer.1.attention.self.value.lora_";
    // The same adapter without the value update of layer 1, and with the query update of layer 0 cut to rank 1.
    let cut = |t: &mut Tensors| {
        for part in ["A", "B"] {
            t.get_mut(&format!("{value}{part}.weight")).unwrap().1.fill(0.0);
        }
        let b = &mut t.get_mut(&format!("{query}B.weight")).unwrap().1;
        b.iter_mut().enumerate().filter(|(i, _)| i % 4 != 0).for_each(|(_, x)| *x = 0.0);
    };
    let reference = Adapter::load(peft(at.path(), &lora, Dtype::F32, |_, t| cut(t)), &model).unwrap();
    for rslora in [false, true] {
        let folder = peft(at.path(), &lora, Dtype::F32, |c, t| {
            cut(t);
            for part in ["A", "B"] {
                t.remove(&format!("{value}{part}.weight"));
            }
            let (shape, a) = t.get_mut(&format!("{query}A.weight")).unwrap();
            (shape[0], *a) = (1, a[..common::HIDDEN].to_vec());
            let (shape, b) = t.get_mut(&format!("{query}B.weight")).unwrap();
            (shape[1], *b) = (1, b.iter().step_by(4).copied().collect());
            c["target_modules"] = json!(r".*(layer\.0\.attention\.self\.(query|value)|layer\.1\..*query)");
            c["rank_pattern"] = json!({"layer.0.attention.self.query": 1});
            // Scales of 2, the reference's: alpha over the rank, or over its root.
            c["alpha_pattern"] = json!({"layer.0.attention.self.query": 2});
            c["use_rslora"] = json!(rslora);
            c["lora_alpha"] = json!(if rslora { 4 } else { 8 });
        });
        assert_same(&model, &reference, &Adapter::load(&folder, &model).unwrap(), 1e-5);
    }
    // Half the scale with twice the update.
    let folder = peft(at.path(), &lora, Dtype::F32, |c, t| {
        c["alpha_pattern"] = json!({"value": 4});
        t.iter_mut()
            .filter(|(n, _)| n.contains("value.lora_B"))
            .for_each(|(_, t)| t.1.iter_mut().for_each(|x| *x *= 2.0));
    });
    assert_same(&model, &lora, &Adapter::load(&folder, &model).unwrap(), 1e-5);
    // The rank that the configuration says is the tensors'.
    let folder = peft(at.path(), &lora, Dtype::F32, |c, _| c["rank_pattern"] = json!({"value": 2}));
    let error = Adapter::load(&folder, &model).unwrap_err();
    assert!(error.kind() == ErrorKind::Mismatch && error.message().contains("rank 2"), "{error}");
}

#[test]
fn missing_settings_are_pefts_defaults() {
    let (at, model) = common::model();
    let eight = trained(&model, Method::Lora(Lora { rank: 8, alpha: 8.0, ..Lora::default() }), Scheme::Iob2);
    let folder = peft(at.path(), &eight, Dtype::F32, |c, _| {
        for key in ["r", "lora_alpha", "use_rslora", "bias", "task_type", "init_lora_weights", "modules_to_save"] {
            c.as_object_mut().unwrap().remove(key);
        }
    });
    assert_same(&model, &eight, &Adapter::load(&folder, &model).unwrap(), 0.0);
}

/// Rows of the head in any order, under the names of BIOES and of BILOU.
#[test]
fn heads_of_every_scheme_and_order_tag_alike() {
    let (at, model) = common::model();
    for scheme in [Scheme::Iob2, Scheme::Bioes] {
        let adapter = trained(&model, Method::Lora(Lora::default()), scheme);
        let mut labels = Value::Null;
        let folder = peft(at.path(), &adapter, Dtype::F32, |_, t| {
            let path = at.path().join("peft/labels.json");
            let old: BTreeMap<String, usize> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let rows = old.len();
            let (weight, bias) = ("base_model.model.classifier.weight", "base_model.model.classifier.bias");
            let (w, b) = (t[weight].1.clone(), t[bias].1.clone());
            let width = common::HIDDEN;
            for row in 0..rows {
                let to = (row * 3 + 2) % rows;
                t.get_mut(weight).unwrap().1[to * width..(to + 1) * width]
                    .copy_from_slice(&w[row * width..(row + 1) * width]);
                t.get_mut(bias).unwrap().1[to] = b[row];
            }
            let name = |n: &str| n.replacen("E-", "L-", 1).replacen("S-", "U-", 1);
            labels = old.iter().map(|(n, row)| (((row * 3 + 2) % rows).to_string(), json!(name(n)))).collect();
        });
        assert_ne!(labels.as_object().unwrap().len() % 3, 0, "the rows were moved, none twice");
        std::fs::remove_file(folder.join("labels.json")).unwrap();
        let error = Adapter::load(&folder, &model).unwrap_err();
        assert!(error.message().contains("labels.json") && error.message().contains("--types"), "{error}");
        set(&folder.join("config.json"), json!({"id2label": labels}).to_string());
        let read = Adapter::load(&folder, &model).unwrap();
        assert_eq!(read.card().tags.scheme(), scheme);
        assert_same(&model, &adapter, &read, 1e-6);
    }
}

#[test]
fn pickles_and_broken_downloads_are_named_with_what_to_do() {
    let (at, model) = common::model();
    let adapter = lora(&model);
    let folder = peft(at.path(), &adapter, Dtype::F32, |_, _| ());
    let weights = folder.join("adapter_model.safetensors");
    let good = std::fs::read(&weights).unwrap();
    let says = |path: &Path, kind: ErrorKind, words: &[&str]| {
        let error = Adapter::load(path, &model).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        words.iter().for_each(|word| assert!(error.to_string().contains(word), "{word}: {error}"));
    };
    set(&weights, "version https://git-lfs.github.com/spec/v1\n");
    says(&folder, ErrorKind::Format, &["LFS", "git lfs pull"]);
    set(&weights, "<!DOCTYPE html><html>");
    says(&folder, ErrorKind::Format, &["web page"]);
    set(&weights, b"PK\x03\x04data");
    says(&folder, ErrorKind::Format, &["pickle", "save_file"]);
    set(&weights, &good[..good.len() - 5]);
    says(&folder, ErrorKind::Format, &["cut short", &good.len().to_string()]);
    std::fs::remove_file(&weights).unwrap();
    set(&folder.join("adapter_model.bin"), b"PK\x03\x04");
    says(&folder, ErrorKind::Unsupported, &["adapter_model.bin", "pickle", "save_file"]);
    says(at.path().join("peft").parent().unwrap(), ErrorKind::Format, &["without a tag head"]);
    let outer = tempfile::tempdir().unwrap();
    says(outer.path(), ErrorKind::Io, &["adapter_config.json"]);
    std::fs::rename(&folder, outer.path().join("ner")).unwrap();
    says(outer.path(), ErrorKind::Io, &["folder ner"]);
    set(&weights_in(outer.path()), &good);
    says(&weights_in(outer.path()), ErrorKind::Format, &["whole folder"]);
}

fn weights_in(folder: &Path) -> PathBuf {
    folder.join("adapter_model.safetensors")
}

/// `add_tagging_head` of AdapterHub's own model classes.
#[test]
fn flexible_heads_are_read() {
    let (at, model) = common::model();
    let adapter = trained(&model, Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)), Scheme::Iob2);
    let folder = at.path().join("hub");
    adapter.save_adapterhub(&folder).unwrap();
    let [config, weights] = ["head_config.json", "model_head.safetensors"].map(|n| folder.join(n));
    let old: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    let flexible = |layers: usize, kind: &str| {
        json!({"name": "tags", "model_class": "BertAdapterModel", "config": {"head_type": kind, "layers": layers,
            "num_labels": 7, "activation_function": "tanh", "dropout_prob": null, "label2id": old["label2id"]}})
    };
    let head = tensors(&weights);
    let renamed = head.iter().map(|(n, t)| (n.replace("classifier", "heads.tags.1"), t.clone())).collect();
    write(&weights, &renamed, Dtype::F32);
    set(&config, flexible(1, "tagging").to_string());
    assert_same(&model, &adapter, &Adapter::load(&folder, &model).unwrap(), 0.0);
    for (wrong, word) in [(flexible(2, "tagging"), "layers"), (flexible(1, "classification"), "head_type")] {
        set(&config, wrong.to_string());
        let error = Adapter::load(&folder, &model).unwrap_err();
        assert!(error.kind() == ErrorKind::Unsupported && error.message().contains(word), "{error}");
    }
    let mut nameless = flexible(1, "tagging");
    nameless["config"]["label2id"] = Value::Null;
    set(&config, nameless.to_string());
    assert!(Adapter::load(&folder, &model).unwrap_err().message().contains("labels.json"));
    set(&folder.join("labels.json"), old["label2id"].to_string());
    assert_same(&model, &adapter, &Adapter::load(&folder, &model).unwrap(), 0.0);
    std::fs::remove_file(weights).unwrap();
    assert!(Adapter::load(&folder, &model).unwrap_err().message().contains("with_head=True"));
}

/// A token classifier's folder serves as the model, without its head, and as the adapter, which is the head.
#[test]
fn a_folders_own_tag_head_is_told_and_can_be_used() {
    let (at, model) = common::model();
    assert!(model.tag_head().is_none());
    let head = trained(&model, Method::Head, Scheme::Iob2);
    let weights = at.path().join("model.safetensors");
    let mut all = tensors(&weights);
    let bytes = head.to_bytes().unwrap();
    let file = at.path().join("head.safetensors");
    set(&file, bytes);
    all.extend(tensors(&file));
    write(&weights, &all, Dtype::F32);
    let config = at.path().join("config.json");
    let mut value: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    value["architectures"] = json!(["BertForTokenClassification"]);
    let names: Vec<String> = (0..head.card().tags.len()).map(|i| head.card().tags.name(i)).collect();
    value["id2label"] = names.iter().enumerate().map(|(i, n)| (i.to_string(), json!(n))).collect();
    set(&config, value.to_string());
    let again = Model::load(at.path()).unwrap();
    assert_eq!(again.tag_head().unwrap().labels(), names);
    assert_same(&model, &head, &Adapter::load(at.path(), &model).unwrap(), 0.0);
}

#[test]
fn model_folders_without_what_is_read_say_what_they_hold() {
    let says = |change: fn(&Path), kind: ErrorKind, words: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        common::write_model(folder.path(), 7);
        change(folder.path());
        let error = Model::load(folder.path()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        words.iter().for_each(|word| assert!(error.to_string().contains(word), "{word}: {error}"));
    };
    fn rename(folder: &Path, from: &str, to: &str) {
        std::fs::rename(folder.join(from), folder.join(to)).unwrap();
    }
    use ErrorKind::{Format, Unsupported};
    says(
        |f| rename(f, "model.safetensors", "pytorch_model.bin"),
        Unsupported,
        &["pytorch_model.bin", "save_pretrained"],
    );
    says(|f| rename(f, "model.safetensors", "tf_model.h5"), Unsupported, &["TensorFlow", "save_pretrained"]);
    says(|f| rename(f, "model.safetensors", "model.onnx"), Unsupported, &["ONNX"]);
    says(|f| rename(f, "tokenizer.json", "sentencepiece.bpe.model"), Unsupported, &["SentencePiece", "AutoTokenizer"]);
    says(|f| rename(f, "config.json", "adapter_config.json"), Format, &["adapter", "--adapter"]);
    says(|f| std::fs::remove_file(f.join("config.json")).unwrap(), Format, &["config.json"]);
    says(
        |f| set(&f.join("model.safetensors"), "version https://git-lfs.github.com/spec/v1\n"),
        Format,
        &["git lfs pull"],
    );
    says(|f| set(&f.join("tokenizer.json"), "<html></html>"), Format, &["web page", "tokenizer.json"]);
    says(|f| set(&f.join("config.json"), r#"{"model_type": "distilbert", "dim": 3}"#), Unsupported, &["distilbert"]);
    let cut = |f: &Path| {
        let path = f.join("model.safetensors");
        let bytes = std::fs::read(&path).unwrap();
        set(&path, &bytes[..bytes.len() / 2]);
    };
    says(cut, Format, &["cut short", "model.safetensors"]);
}

#[test]
fn a_vocab_txt_alone_is_read() {
    let folder = tempfile::tempdir().unwrap();
    common::write_model(folder.path(), 7);
    let at = |name: &str| folder.path().join(name);
    std::fs::remove_file(at("tokenizer.json")).unwrap();
    set(&at("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nada\npar\n##is\n");
    let model = Model::load(folder.path()).unwrap();
    assert_eq!(model.tokenizer().encode(&["Paris", "ADA"]).unwrap().ids, [6, 7, 5]);
    assert_eq!(model.tokenizer().special_ids(), (&[2][..], &[3][..]));
    let before = model.fingerprint().to_owned();
    set(&at("tokenizer_config.json"), r#"{"do_lower_case": false}"#);
    let cased = Model::load(folder.path()).unwrap();
    assert_eq!(cased.tokenizer().encode(&["Paris"]).unwrap().ids, [1]);
    assert_ne!(cased.fingerprint(), before, "what the tokenizer is made of counts");
}
