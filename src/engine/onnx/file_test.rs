//! What is written: read back with the same messages, whatever the method.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::Tensor;
use prost::Message;

use super::proto::{Dimension, DimensionValue, FLOAT, GraphProto, INT64, ModelProto, TensorProto, ValueInfoProto};
use super::{IR_VERSION, OPSET, export, to_bytes};
use crate::engine::cases::{case, cases, tags};
use crate::model::Site;
use crate::peft::{Adapter, BitFit, FULL_IDS, Full, Lora, Method};
use crate::small::HIDDEN;

fn read(adapter: &Adapter) -> ModelProto {
    ModelProto::decode(&to_bytes(adapter).unwrap()[..]).unwrap()
}

fn floats(graph: &GraphProto, name: &str) -> (Vec<i64>, Vec<f32>) {
    let found = graph.initializer.iter().find(|i| i.name() == name);
    let tensor = found.unwrap_or_else(|| panic!("{name} is not there"));
    let values = tensor.raw_data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    (tensor.dims.clone(), values)
}

fn describe(value: &ValueInfoProto) -> (String, i32, Vec<String>) {
    let tensor = value.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    let name = |d: &Dimension| match d.value.as_ref().unwrap() {
        DimensionValue::Size(size) => size.to_string(),
        DimensionValue::Name(name) => name.clone(),
    };
    let shape = tensor.shape.as_ref().unwrap().dim.iter().map(name).collect();
    (value.name().to_owned(), tensor.elem_type(), shape)
}

/// Every value is computed before it is read, once, and nothing is computed or kept in vain.
fn check_graph(name: &str, graph: &GraphProto) {
    let mut known: BTreeSet<&str> = graph.input.iter().map(|i| i.name()).collect();
    for tensor in &graph.initializer {
        assert!(known.insert(tensor.name()), "{name}: {} is there twice", tensor.name());
        let size = if tensor.data_type() == FLOAT { 4 } else { 8 };
        let count: i64 = tensor.dims.iter().product();
        assert_eq!(tensor.raw_data().len() as i64, size * count, "{name}: {}", tensor.name());
    }
    let mut used = BTreeSet::new();
    for node in &graph.node {
        for input in &node.input {
            assert!(known.contains(input.as_str()), "{name}: {} reads {input} too early", node.name());
            used.insert(input.as_str());
        }
        for output in &node.output {
            assert!(known.insert(output), "{name}: {output} is computed twice");
        }
    }
    used.extend(graph.output.iter().map(|o| o.name()));
    let idle: Vec<_> = known.difference(&used).collect();
    assert!(idle.is_empty(), "{name}: nobody reads {idle:?}");
}

#[test]
fn every_method_becomes_a_whole_graph() {
    let free = || vec!["batch".to_owned(), "length".to_owned()];
    for case in cases() {
        let model = read(&case.adapter);
        assert_eq!(model.ir_version(), IR_VERSION);
        let sets: Vec<_> = model.opset_import.iter().map(|o| (o.domain(), o.version())).collect();
        assert_eq!(sets, [("", OPSET)]);
        let graph = model.graph.as_ref().unwrap();
        check_graph(&case.name, graph);
        let inputs: Vec<_> = graph.input.iter().map(describe).collect();
        let input = |name: &str| (name.to_owned(), INT64, free());
        assert_eq!(inputs, [input("input_ids"), input("attention_mask")]);
        let outputs: Vec<_> = graph.output.iter().map(describe).collect();
        assert_eq!(outputs, [("logits".to_owned(), FLOAT, [free(), vec!["7".to_owned()]].concat())]);
    }
}

#[test]
fn the_file_says_what_it_is() {
    let case = case("head", Method::Head, false, false);
    let model = read(&case.adapter.named("three types").unwrap());
    let properties: BTreeMap<_, _> = model.metadata_props.iter().map(|p| (p.key(), p.value())).collect();
    let expected = [
        ("primer.name", "three types"),
        ("primer.method", "head"),
        ("primer.scheme", "IOB2"),
        ("primer.backbone", "tests/tiny"),
        ("primer.version", env!("CARGO_PKG_VERSION")),
        ("primer.fingerprint", case.model.fingerprint()),
    ];
    expected.iter().for_each(|(key, value)| assert_eq!(properties[key], *value));
    let labels: Vec<String> = serde_json::from_str(properties["primer.labels"]).unwrap();
    assert_eq!(labels, (0..7).map(|tag| tags().name(tag)).collect::<Vec<_>>());
}

#[test]
fn lora_is_merged_and_trained_values_take_the_backbones_place() {
    let lora = case("lora", Method::Lora(Lora::default()), false, false);
    let graph = read(&lora.adapter).graph.unwrap();
    let base = lora.model.encoder();
    let tensor = |name: &str| &lora.adapter.tensors()[&format!("encoder.layer.1.attention.self.value.{name}")];
    let update = tensor("lora_B.weight").matmul(tensor("lora_A.weight")).unwrap().affine(2.0, 0.0).unwrap();
    let weight = base.layers[1].projection(Site::Value).weight.to_tensor().unwrap();
    assert!(update.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap() > 1e-3, "there is an update to merge");
    let expected: Vec<f32> = values(&(weight + update).unwrap().t().unwrap());
    let (shape, found) = floats(&graph, "encoder.layer.1.attention.self.value.weight");
    assert_eq!(shape, [HIDDEN as i64; 2]);
    let close = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close(&found, &expected));

    let bitfit = case("bitfit", Method::BitFit(BitFit::default()), false, false);
    let graph = read(&bitfit.adapter).graph.unwrap();
    for name in ["embeddings.LayerNorm.bias", "encoder.layer.0.output.dense.bias"] {
        assert_eq!(floats(&graph, name).1, values(&bitfit.adapter.tensors()[name]), "{name}");
    }

    let full = case("full", Method::Full(Full::default()), false, false);
    let graph = read(&full.adapter).graph.unwrap();
    let (_, words) = floats(&graph, "embeddings.word_embeddings.weight");
    let ids: Vec<u32> = full.adapter.tensors()[FULL_IDS].to_vec1().unwrap();
    let rows = values(&full.adapter.tensors()["embeddings.word_embeddings.rows"]);
    let base =
        full.model.encoder().embeddings.word.base(&(0..full.model.config().vocabulary as u32).collect::<Vec<_>>());
    let base = values(&base.unwrap());
    for id in 0..full.model.config().vocabulary {
        let row = |of: &[f32], at: usize| of[at * HIDDEN..(at + 1) * HIDDEN].to_vec();
        let expected = ids.binary_search(&(id as u32)).map_or_else(|_| row(&base, id), |at| row(&rows, at));
        assert_eq!(row(&words, id), expected, "piece {id}");
    }
    assert!(!ids.is_empty() && ids.len() < full.model.config().vocabulary, "both kinds of rows were there");
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn a_file_is_saved_whole_or_not_at_all() {
    let case = case("head", Method::Head, false, false);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.onnx");
    std::fs::write(&path, "old").unwrap();
    export(&case.adapter, &path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), to_bytes(&case.adapter).unwrap());
    let nowhere = folder.path().join("none/a.onnx");
    let error = export(&case.adapter, &nowhere).unwrap_err();
    assert_eq!((error.kind(), error.file()), (crate::ErrorKind::Io, Some(&*nowhere)));
}

#[test]
fn a_request_to_stop_leaves_what_was_there() {
    let (folder, cancel) = (tempfile::tempdir().unwrap(), crate::Cancel::new());
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, b"old").unwrap();
    cancel.request();
    let e = super::export_cancellable(&cases().remove(0).adapter, &path, &cancel).unwrap_err();
    assert_eq!((e.kind(), std::fs::read(&path).unwrap()), (crate::ErrorKind::Cancelled, b"old".to_vec()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_messages_have_the_numbers_of_the_specification() {
    // A TensorProto of the specification, byte by byte: dims 2, data_type FLOAT, name "w", raw_data of 8 bytes.
    let bytes = [8, 2, 16, 1, 66, 1, b'w', 74, 8, 0, 0, 128, 63, 0, 0, 0, 64];
    let tensor = TensorProto::decode(&bytes[..]).unwrap();
    assert_eq!((tensor.dims.as_slice(), tensor.data_type(), tensor.name()), (&[2][..], FLOAT, "w"));
    assert_eq!(tensor.raw_data(), [1f32.to_le_bytes(), 2f32.to_le_bytes()].concat());
    assert_eq!(tensor.encode_to_vec(), bytes);
}
