//! What is promised of a start in a file, and what a hostile one does not do.

use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};

use super::*;
use crate::data::Scheme;
use crate::error::{ErrorKind, Result};
use crate::model::{BlockType, ImportOptions, LoadOptions, Model, Rewrite, Storage, import};
use crate::peft::{Bottleneck, Method, Parameters, Tensors, build, file};
use crate::small::{HIDDEN, model};

/// Numbers that look drawn.
pub(crate) fn numbers(seed: usize, shape: &[usize]) -> Tensor {
    let value = |i: usize| (((i * 37 + seed * 101 + 13) % 71) as f32 - 35.0) / 300.0;
    let count = shape.iter().product::<usize>();
    Tensor::from_vec((0..count).map(value).collect::<Vec<_>>(), shape, &Device::Cpu).unwrap()
}

/// A start of bottleneck adapters for the small model that knows two types.
pub(crate) fn small_start(model: &Model) -> Start {
    let method = Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 8));
    let mut parameters = Parameters::train(5, Tensors::new());
    build(&method, model.encoder(), 3, &[], &mut parameters).unwrap();
    let phi = parameters.into_vars().into_iter().map(|(n, v)| (n, v.as_detached_tensor())).collect();
    let roles = [Role::Outside, Role::Begin(0), Role::Inside(0), Role::Begin(1), Role::Outside];
    let words = (numbers(1, &[5, HIDDEN]) * 20.0).unwrap();
    let prior = Prior { map: numbers(2, &[HIDDEN, HIDDEN]), ..Prior::of_words(&words, &roles).unwrap() };
    let known = vec![("PER".into(), numbers(3, &[HIDDEN])), ("WorkOfArt".into(), numbers(4, &[HIDDEN]))];
    let (schemes, record) = (vec![Scheme::Iob2], json!({"steps": 3}));
    Start::new(StartParts { method, phi, prior: Some(prior), schemes, known, record }).unwrap()
}

/// The model with a start, from a folder of its own.
pub(crate) fn with_start(model: &Model, start: Option<&Start>) -> (tempfile::TempDir, Model) {
    let folder = tempfile::tempdir().unwrap();
    rewrite(model, start, |r| r.folder(&folder.path().join("primed"))).unwrap();
    let model = Model::load_with(folder.path().join("primed"), &LoadOptions::new().threads(1)).unwrap();
    (folder, model)
}

fn rewrite(model: &Model, start: Option<&Start>, write: impl FnOnce(&Rewrite) -> Result<()>) -> Result<()> {
    let tensors = Default::default();
    let words = &model.encoder().embeddings.word;
    write(&Rewrite { model, words, tensors: &tensors, start, done: "given a start".into(), card: Default::default() })
}

fn same(one: &Start, other: &Start) {
    let bytes = |start: &Start| start.encode().unwrap();
    assert!(bytes(one) == bytes(other));
}

#[test]
fn it_comes_back_from_a_folder_a_file_and_an_import() -> Result<()> {
    let (_folder, plain) = model();
    assert!(plain.start().is_none());
    let start = small_start(&plain);
    let (folder, primed) = with_start(&plain, Some(&start));
    same(primed.start().unwrap(), &start);
    assert_ne!(primed.fingerprint(), with_start(&plain, None).1.fingerprint());
    let found = primed.start().unwrap();
    assert_eq!((found.method(), found.template(), found.reads_names()), (start.method(), "query:", true));
    assert_eq!(found.known_types(), ["person", "work of art"]);
    assert_eq!((found.schemes(), found.record()), (&[Scheme::Iob2][..], &json!({"steps": 3})));

    let gguf = folder.path().join("m.gguf");
    let storage = Storage { embedding: BlockType::Q4_0, encoder: BlockType::Q8_0 };
    rewrite(&primed, primed.start(), |r| r.gguf(&storage, &gguf))?;
    same(Model::load(&gguf)?.start().unwrap(), &start);
    // From a folder, and again from a file.
    for source in [folder.path().join("primed"), gguf] {
        let target = folder.path().join("imported.gguf");
        let options = ImportOptions { vocabulary: 40, ..ImportOptions::default() };
        import(&source, &target, &options, &mut |_| std::ops::ControlFlow::Continue(()))?;
        same(Model::load(&target)?.start().unwrap(), &start);
        std::fs::remove_file(target).unwrap();
    }
    Ok(())
}

/// A start belongs to the numbers that it was learnt with.
#[test]
fn a_folder_that_is_replaced_keeps_no_start_of_what_stood_there() -> Result<()> {
    let (_folder, plain) = model();
    let target = tempfile::tempdir().unwrap();
    let target = target.path().join("m");
    rewrite(&plain, Some(&small_start(&plain)), |r| r.folder(&target))?;
    assert!(Model::load(&target)?.start().is_some());
    rewrite(&plain, None, |r| r.folder(&target))?;
    assert!(Model::load(&target)?.start().is_none());
    Ok(())
}

#[test]
fn known_types_are_found_by_every_spelling() -> Result<()> {
    let (_folder, model) = model();
    let start = small_start(&model);
    for kind in ["PER", "person", "Person"] {
        assert_eq!(start.known(kind)?.unwrap().to_vec1::<f32>()?, numbers(3, &[HIDDEN]).to_vec1::<f32>()?, "{kind}");
    }
    assert!(start.known("WORK_OF_ART")?.is_some() && start.known("medicine")?.is_none());
    Ok(())
}

/// The bytes of a start whose card and tensors somebody has changed.
fn forged(start: &Start, change: impl FnOnce(&mut Value, &mut Tensors)) -> Vec<u8> {
    let bytes = start.encode().unwrap();
    let mut card: Value = serde_json::from_str(&file::metadata(&bytes, "primer.start").unwrap().unwrap()).unwrap();
    let mut tensors = file::tensors(&bytes).unwrap();
    change(&mut card, &mut tensors);
    file::serialize(tensors, [("primer.start".to_owned(), card.to_string())].into()).unwrap()
}

#[test]
fn attacks_and_mistakes_are_refused_by_name() {
    let (_folder, model) = model();
    let start = small_start(&model);
    let refused = |what: &str, kind: ErrorKind, said: &str, change: &dyn Fn(&mut Value, &mut Tensors)| {
        let e = Start::decode(&forged(&start, change), model.encoder()).expect_err(what);
        assert_eq!(e.kind(), kind, "{what}: {e}");
        assert!(e.to_string().contains(said) && e.message().starts_with("the model's start: "), "{what}: {e}");
    };
    assert!(Start::decode(&forged(&start, |_, _| {}), model.encoder()).is_ok());
    let down = "encoder.layer.0.output.adapter_down.weight";
    use ErrorKind::{Format, Unsupported};
    refused("a newer version", Unsupported, "version 2", &|c, _| c["version"] = json!(2));
    refused("an unknown field", Unsupported, "wings", &|c, _| c["wings"] = json!(1));
    refused("no version", Format, "no version", &|c, _| c["version"] = Value::Null);
    refused("an unknown method", Unsupported, "unknown", &|c, _| c["method"]["kind"] = json!("wish"));
    refused("a huge width", Format, "adapter_size", &|c, _| c["method"]["size"] = json!(u32::MAX));
    refused("another width", Format, down, &|c, _| c["method"]["size"] = json!(3));
    refused("a method without parameters", Format, "no place", &|c, _| c["method"] = json!({"kind": "head"}));
    refused("all parameters", Format, "full", &|c, _| c["method"] = json!({"kind": "full"}));
    refused("no scheme", Format, "scheme", &|c, _| c["schemes"] = json!([]));
    refused("a scheme for reading alone", Format, "scheme", &|c, _| c["schemes"] = json!(["IOB1"]));
    refused("a template of several words", Format, "one word", &|c, _| c["template"] = json!("find all"));
    refused("a type twice", Format, "twice", &|c, _| c["known"] = json!(["person", "person"]));
    refused("a name that is not in words", Format, "PER", &|c, _| c["known"][0] = json!("PER"));
    refused("a name of nothing", Format, "no name", &|c, _| c["known"][0] = json!(""));
    refused("more names than rows", Format, "start.known", &|c, _| c["known"] = json!(["a", "b", "c"]));
    refused("rows without names", Format, "start.known", &|c, _| c["known"] = json!([]));
    refused("names without rows", Format, "no rows", &|_, t| drop(t.remove("start.known")));
    refused("a missing tensor", Format, down, &|_, t| drop(t.remove(down)));
    refused("a head", Format, "no head", &|_, t| drop(t.insert("classifier.bias".into(), numbers(1, &[1]))));
    refused("a surplus tensor", Format, "more", &|_, t| drop(t.insert("more".into(), numbers(1, &[1]))));
    refused("a surplus part", Format, "start.x", &|_, t| drop(t.insert("start.x".into(), numbers(1, &[1]))));
    refused("a part of a prior", Format, "start.map", &|_, t| drop(t.remove("start.map")));
    let number = |x: f32| Tensor::new(&[x], &Device::Cpu).unwrap();
    refused("an endless factor", Format, "start.scale", &|_, t| drop(t.insert("start.scale".into(), number(1e9))));
    refused("not a number", Format, "finite", &|_, t| drop(t.insert("start.scale".into(), number(f32::NAN))));
    let whole = |_: &mut Value, t: &mut Tensors| {
        t.insert(down.into(), Tensor::zeros(numbers(0, &[4, HIDDEN]).dims(), DType::U32, &Device::Cpu).unwrap());
    };
    refused("whole numbers", Format, down, &whole);
    for bytes in [&b""[..], b"PK\x03\x04", &[0xff; 64], b"{}"] {
        assert_eq!(Start::decode(bytes, model.encoder()).unwrap_err().kind(), Format);
    }
}

#[test]
fn a_file_cut_or_changed_anywhere_is_no_way_to_a_panic() {
    let (_folder, model) = model();
    let whole = small_start(&model).encode().unwrap();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for length in (0..header).step_by(7).chain([whole.len() - 1]) {
        assert!(Start::decode(&whole[..length], model.encoder()).is_err(), "{length}");
    }
    for bit in (0..header * 8).step_by(11) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let _ = Start::decode(&bytes, model.encoder());
    }
}

#[test]
fn a_model_with_a_damaged_start_is_not_loaded() {
    let (_folder, plain) = model();
    let (folder, _primed) = with_start(&plain, Some(&small_start(&plain)));
    std::fs::write(folder.path().join("primed/start.safetensors"), b"{}").unwrap();
    let e = Model::load(folder.path().join("primed")).unwrap_err();
    assert!(e.kind() == ErrorKind::Format && e.message().starts_with("the model's start"), "{e}");
}

#[test]
fn what_cannot_be_a_start_is_not_made() {
    let parts = |method, known| StartParts {
        method,
        phi: Tensors::new(),
        prior: None,
        schemes: vec![Scheme::Iob2],
        known,
        record: Value::Null,
    };
    let full = Method::Full(Default::default());
    assert!(Start::new(parts(full, Vec::new())).unwrap_err().message().contains("full"));
    let e = Start::new(parts(Method::Head, vec![("a".into(), numbers(1, &[HIDDEN]))])).unwrap_err();
    assert!(e.message().contains("prior"), "{e}");
}
