//! ONNX Runtime against the native engine, and against models that are not in order. These tests need the library:
//! `PRIMER_ONNXRUNTIME` names it. Without it they are skipped.

use std::path::Path;

use prost::Message;

use super::proto::{
    Dimension, DimensionValue, FLOAT, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto,
};
use super::{OnnxRuntime, to_bytes};
use crate::cancel::Cancel;
use crate::engine::cases::{Case, case, cases, classifier, windows};
use crate::engine::{Engine, EngineKind, Job, Native, OnnxOptions, TaggerOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::Kind;
use crate::peft::{BitFit, Method};
use crate::small::skip::onnxruntime;
use crate::tag::Tagger;
use crate::text::Window;

fn logits(engine: &dyn Engine, case: &Case, windows: &[Window]) -> Vec<f32> {
    let job = Job { windows: windows.iter().collect(), adapter: &case.adapter };
    engine.logits(&[job], &Cancel::new()).unwrap().swap_remove(0)
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_engines_agree_for_every_method() {
    if onnxruntime().is_none() {
        return;
    }
    let options = TaggerOptions::new().engine(EngineKind::Onnx);
    for case in cases() {
        let windows = windows(&case.model);
        let native = logits(&Native::new(&case.model, Kind::F32), &case, &windows);
        let onnx = logits(&OnnxRuntime::new(&case.model, &options).unwrap(), &case, &windows);
        assert!(native.iter().any(|x| x.abs() > 0.1));
        let worst = worst(&native, &onnx);
        assert!(worst < 1e-3, "{}: {worst}", case.name);

        let texts =
            ["Ada Smith lives in Köln .", "", "the Acme Inc met Bob in Oslo", &"Max met Zoe in Rome . ".repeat(30)];
        let (one, two) = (Tagger::new(&case.model), Tagger::with_options(&case.model, &options).unwrap());
        for text in texts {
            let (one, two) = (one.tag(text, &case.adapter).unwrap(), two.tag(text, &case.adapter).unwrap());
            assert_eq!((&one.words, &one.tags), (&two.words, &two.tags), "{}: {text}", case.name);
        }
    }
}

#[test]
fn more_adapters_than_are_kept_take_turns_and_threads_share_them() {
    if onnxruntime().is_none() {
        return;
    }
    let (_folder, model) = crate::engine::cases::model(false, false);
    let first = crate::engine::cases::trained(&model, Method::Head, 3);
    let adapters: Vec<_> = (0..10).map(|n| first.named(n.to_string()).unwrap()).collect();
    let tagger = Tagger::with_options(&model, &TaggerOptions::new().engine(EngineKind::Onnx)).unwrap();
    let text = "Ada Smith lives in Köln .";
    let expected = tagger.tag(text, &first).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (tagger, adapters, expected) = (&tagger, &adapters, &expected);
            scope.spawn(move || {
                for n in 0..12 {
                    assert_eq!(tagger.tag(text, &adapters[(thread * 3 + n) % 10]).unwrap(), *expected);
                }
            });
        }
    });
}

#[test]
fn a_cancelled_call_stops_and_senseless_options_are_refused() {
    if onnxruntime().is_none() {
        return;
    }
    let case = case("head", Method::Head, false, false);
    let engine = OnnxRuntime::new(&case.model, &TaggerOptions::new()).unwrap();
    let (windows, cancel) = (windows(&case.model), Cancel::new());
    cancel.request();
    let job = Job { windows: windows.iter().collect(), adapter: &case.adapter };
    assert_eq!(engine.logits(&[job], &cancel).unwrap_err().kind(), ErrorKind::Cancelled);

    let kind = |onnx: OnnxOptions| {
        let options = TaggerOptions::new().engine(EngineKind::Onnx).onnx(onnx);
        Tagger::with_options(&case.model, &options).err().map(|e| e.kind())
    };
    assert_eq!(kind(OnnxOptions::new().provider("CPUExecutionProvider")), None);
    assert_eq!(kind(OnnxOptions::new().provider("abacus")), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(OnnxOptions::new().provider("coreml").provider("directml")), Some(ErrorKind::Unsupported));
    let another = OnnxOptions::new().library(file!());
    assert_eq!(kind(another), Some(ErrorKind::InvalidArgument), "a process has one library");
}

/// An adapted model as somebody else's, with its labels in another order.
#[test]
fn a_model_of_others_is_tagged_with_by_its_own_labels() {
    if onnxruntime().is_none() {
        return;
    }
    // Trained well: without the scheme to hold them, labels must be right by themselves.
    let (_folder, model) = crate::engine::cases::model(false, false);
    let adapter = crate::engine::cases::trained(&model, Method::BitFit(BitFit::default()), 30);
    let folder = tempfile::tempdir().unwrap();
    let labels = ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"];
    classifier(folder.path(), &labels, &to_bytes(&adapter).unwrap());
    let text = "Ada Smith lives in Köln .";
    let expected = Tagger::new(&model).tag(text, &adapter).unwrap();
    assert_eq!(expected.entities.len(), 2);
    for path in [folder.path().to_owned(), folder.path().join("onnx/model.onnx")] {
        let tagger = Tagger::load_onnx(&path, &TaggerOptions::new()).unwrap();
        let tagged = tagger.tag(text, None).unwrap();
        assert_eq!((&tagged.words, &tagged.tags), (&expected.words, &expected.tags));
        assert_eq!(tagger.tags(), Some(&adapter.card().tags));
        let long = text.repeat(50);
        assert!(tagger.tag(&long, None).unwrap().entities.last().unwrap().end > long.len() - text.len());
        assert_eq!(tagger.tag(text, &adapter).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(Tagger::new(&model).tag(text, None).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(Tagger::new(&model).tags(), None);
}

/// Loads a folder whose model is `onnx` and whose labels are `labels`.
fn load(labels: &[&str], onnx: &[u8], change: impl Fn(&Path)) -> Result<Tagger> {
    let folder = tempfile::tempdir().unwrap();
    classifier(folder.path(), labels, onnx);
    change(folder.path());
    Tagger::load_onnx(folder.path(), &TaggerOptions::new())
}

#[track_caller]
fn refused(result: Result<Tagger>, kind: ErrorKind, file: &str, words: &[&str]) {
    let e: Error = result.err().expect("it must be refused");
    let text = e.to_string();
    assert!(e.kind() == kind && e.file().is_some_and(|f| f.ends_with(file)), "{e:?}");
    words.iter().for_each(|word| assert!(text.contains(word), "{word} is not in {text}"));
}

const LABELS: [&str; 7] = ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"];

#[test]
fn models_that_are_not_in_order_are_refused_by_name() {
    if onnxruntime().is_none() {
        return;
    }
    let bytes = to_bytes(&case("head", Method::Head, false, false).adapter).unwrap();
    let model = ModelProto::decode(&bytes[..]).unwrap();
    let changed = |change: &dyn Fn(&mut ModelProto, &mut GraphProto)| {
        let mut model = model.clone();
        let mut graph = model.graph.take().unwrap();
        change(&mut model, &mut graph);
        model.graph = Some(graph);
        load(&LABELS, &model.encode_to_vec(), |_| {})
    };
    let graph = |change: &dyn Fn(&mut GraphProto)| changed(&|_, graph| change(graph));
    let file = "onnx/model.onnx";
    assert!(graph(&|_| {}).is_ok());

    for length in [0, 1, 100, bytes.len() / 2, bytes.len() - 1] {
        let result = load(&LABELS, &bytes[..length], |_| {});
        refused(result, ErrorKind::Format, file, &["ONNX Runtime refuses the model"]);
    }
    refused(load(&LABELS, &b"not a model ".repeat(99), |_| {}), ErrorKind::Format, file, &[]);
    refused(
        changed(&|m, _| m.opset_import = vec![OperatorSetIdProto { domain: None, version: Some(9999) }]),
        ErrorKind::Format,
        file,
        &["9999"],
    );
    refused(changed(&|m, _| m.ir_version = Some(9999)), ErrorKind::Format, file, &["9999"]);
    refused(
        graph(&|g| g.initializer.retain(|i| i.name() != "classifier.bias")),
        ErrorKind::Format,
        file,
        &["classifier.bias"],
    );
    refused(
        graph(&|g| g.node.iter_mut().for_each(|n| n.op_type = n.op_type.take().map(|o| o.replace("Erf", "Abacus")))),
        ErrorKind::Format,
        file,
        &["Abacus"],
    );
    let rename = |g: &mut GraphProto, from: &str, to: &str| {
        let new = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        g.node.iter_mut().for_each(|n| n.input.iter_mut().chain(&mut n.output).for_each(new));
        g.input.iter_mut().chain(&mut g.output).filter_map(|v| v.name.as_mut()).for_each(new);
    };
    let tells = "the model has no";
    refused(graph(&|g| rename(g, "input_ids", "pieces")), ErrorKind::Format, file, &[tells, "input_ids"]);
    refused(graph(&|g| rename(g, "attention_mask", "mask")), ErrorKind::Format, file, &[tells, "attention_mask"]);
    refused(graph(&|g| rename(g, "logits", "scores")), ErrorKind::Format, file, &[tells, "logits"]);
    refused(
        graph(&|g| g.input.push(ValueInfoProto { name: Some("bbox".to_owned()), ..g.input[0].clone() })),
        ErrorKind::Unsupported,
        file,
        &["bbox"],
    );
    let fix = |value: &mut ValueInfoProto| {
        let tensor = value.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap();
        tensor.shape.as_mut().unwrap().dim[0] = Dimension { value: Some(DimensionValue::Size(1)) };
    };
    refused(graph(&|g| fix(&mut g.input[0])), ErrorKind::Unsupported, file, &["input_ids", "[1, -1]"]);
    // A mask of floats, made whole numbers where the graph begins.
    let float_mask = |g: &mut GraphProto| {
        rename(g, "attention_mask", "whole");
        let input = g.input.iter_mut().find(|i| i.name() == "whole").unwrap();
        input.name = Some("attention_mask".to_owned());
        input.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = Some(FLOAT);
        let cast = NodeProto {
            input: vec!["attention_mask".to_owned()],
            output: vec!["whole".to_owned()],
            name: Some("whole".to_owned()),
            op_type: Some("Cast".to_owned()),
            attribute: vec![super::graph::int("to", 7)],
        };
        g.node.insert(0, cast);
    };
    refused(graph(&float_mask), ErrorKind::Unsupported, file, &["attention_mask", "f32"]);
}

#[test]
fn folders_that_are_not_in_order_are_refused_by_name() {
    if onnxruntime().is_none() {
        return;
    }
    let bytes = to_bytes(&case("head", Method::Head, false, false).adapter).unwrap();
    let with = |change: &dyn Fn(&Path)| load(&LABELS, &bytes, change);
    let edit = |folder: &Path, from: &str, to: &str| {
        let path = folder.join("config.json");
        let config = std::fs::read_to_string(&path).unwrap();
        assert!(config.contains(from), "{config}");
        std::fs::write(&path, config.replace(from, to)).unwrap();
    };
    let config = "config.json";
    refused(with(&|f| edit(f, "id2label", "labels")), ErrorKind::Format, config, &["id2label"]);
    refused(with(&|f| edit(f, "\"3\":", "\"9\":")), ErrorKind::Format, config, &["label 3"]);
    refused(with(&|f| edit(f, "\"3\":", "\"x\":")), ErrorKind::Format, config, &[]);
    refused(with(&|f| std::fs::write(f.join(config), "{").unwrap()), ErrorKind::Format, config, &[]);
    refused(with(&|f| std::fs::remove_file(f.join(config)).unwrap()), ErrorKind::Io, config, &[]);
    refused(load(&LABELS[..5], &bytes, |_| {}), ErrorKind::Mismatch, "onnx/model.onnx", &["7", "5"]);
    let tokenizer = "tokenizer.json";
    refused(with(&|f| std::fs::remove_file(f.join(tokenizer)).unwrap()), ErrorKind::Io, tokenizer, &[]);
    let bpe = r#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#;
    refused(with(&|f| std::fs::write(f.join(tokenizer), bpe).unwrap()), ErrorKind::Unsupported, tokenizer, &["BPE"]);
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let empty = Tagger::load_onnx(folder.path(), &TaggerOptions::new());
    refused(empty, ErrorKind::Io, name, &["model.onnx"]);
}

/// Files for `tools/check_onnx.py`: for each case a model, and pieces with the native engine's logits. The environment
/// variable `PRIMER_ONNX_CASES` names the folder; `PRIMER_ONNX_MODEL` and `PRIMER_ONNX_ADAPTER` may name a real case.
#[test]
#[ignore = "writes files for tools/check_onnx.py"]
fn write_cases() {
    let folder = std::env::var_os("PRIMER_ONNX_CASES").expect("PRIMER_ONNX_CASES names a folder");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let mut all: Vec<_> = cases().iter().map(|c| (c.name.clone(), c.model.clone(), c.adapter.clone())).collect();
    if let (Some(model), Some(adapter)) =
        (std::env::var_os("PRIMER_ONNX_MODEL"), std::env::var_os("PRIMER_ONNX_ADAPTER"))
    {
        let model = crate::Model::load(model).unwrap();
        let adapter = crate::Adapter::load(adapter, &model).unwrap();
        all.push(("real".to_owned(), model, adapter));
    }
    for (name, model, adapter) in all {
        super::export(&adapter, folder.join(format!("{name}.onnx"))).unwrap();
        let windows = windows(&model);
        let job = Job { windows: windows.iter().collect(), adapter: &adapter };
        let native = Native::new(&model, Kind::F32);
        let logits = native.logits(&[job], &Cancel::new()).unwrap().swap_remove(0);
        let ids: Vec<&[u32]> = windows.iter().map(|w| &w.ids[..]).collect();
        let json = serde_json::json!({"ids": ids, "tags": adapter.card().tags.len(), "logits": logits});
        std::fs::write(folder.join(format!("{name}.json")), json.to_string()).unwrap();
    }
}
