//! A small random model and small data that several test files share.
#![allow(dead_code)] // Each test file uses its part.

pub mod skip;

use std::collections::HashMap;
use std::path::Path;

use primer::data::DataOptions;
use primer::{Dataset, LoadOptions, Model};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

pub const HIDDEN: usize = 32;
pub const POSITIONS: usize = 48;

/// Writes a Hugging Face folder of a random two-layer BERT with an XLM-R-like tokenizer of single letters and a few words.
pub fn write_model(folder: &Path, seed: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let mut vocabulary = vec![json!(["<s>", 0.0]), json!(["<pad>", 0.0]), json!(["</s>", 0.0]), json!(["<unk>", 0.0])];
    let words = ["▁lives", "▁in", "▁works", "▁for", "▁the", "▁and", "▁met", "▁", "▁Ada", "▁Paris", "▁Acme", "▁Köln"];
    vocabulary.extend(words.iter().map(|w| json!([w, -1.0 - w.len() as f64 / 100.0])));
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(".,-'öüä東京はÉ".chars());
    vocabulary.extend(letters.map(|c| json!([c.to_string(), -4.0])));
    let size = vocabulary.len();
    let config = json!({
        "model_type": "bert", "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "vocab_size": size, "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
        "layer_norm_eps": 1e-12, "pad_token_id": 1, "hidden_act": "gelu", "_name_or_path": "tests/tiny",
    });
    let special = |id: u32, content: &str| {
        json!({"id": id, "content": content, "special": true, "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false})
    };
    let tokenizer = json!({
        "version": "1.0",
        "added_tokens": [special(0, "<s>"), special(1, "<pad>"), special(2, "</s>"), special(3, "<unk>")],
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true, "prepend_scheme": "always"},
        "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true,
            "add_prefix_space": true},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary},
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    write_weights(&folder.join("model.safetensors"), size, seed);
}

fn write_weights(path: &Path, vocabulary: usize, seed: u64) {
    let mut shapes = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![vocabulary, HIDDEN]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![POSITIONS, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]),
    ];
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..2 {
        let prefix = format!("encoder.layer.{layer}");
        for (module, outputs, inputs) in [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", 64, HIDDEN),
            ("output.dense", HIDDEN, 64),
        ] {
            shapes.push((format!("{prefix}.{module}.weight"), vec![outputs, inputs]));
            shapes.push((format!("{prefix}.{module}.bias"), vec![outputs]));
        }
        norms.extend(["attention.output.LayerNorm", "output.LayerNorm"].map(|n| format!("{prefix}.{n}")));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, shape) in shapes {
        let bytes = (0..shape.iter().product()).flat_map(|_| rng.random_range(-0.3f32..0.3).to_le_bytes()).collect();
        tensors.push((name, shape, bytes));
    }
    for name in norms {
        for (part, value) in [("weight", 1f32), ("bias", 0.0)] {
            let bytes = (0..HIDDEN).flat_map(|_| value.to_le_bytes()).collect();
            tensors.push((format!("{name}.{part}"), vec![HIDDEN], bytes));
        }
    }
    let views = tensors.iter().map(|(n, s, b)| (n.as_str(), TensorView::new(Dtype::F32, s.clone(), b).unwrap()));
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    std::fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

/// The small model with one thread, in a folder of its own.
pub fn model() -> (tempfile::TempDir, Model) {
    model_of(7)
}

/// The small model with other weights.
pub fn model_of(seed: u64) -> (tempfile::TempDir, Model) {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), seed);
    let model = Model::load_with(folder.path(), &LoadOptions::new().threads(1)).unwrap();
    (folder, model)
}

/// `count` sentences about people, places and companies, with tags in CoNLL columns.
pub fn conll(count: usize, seed: u64) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut text = String::new();
    for _ in 0..count {
        let mut pick = |list: &[&'static str]| list[rng.random_range(0..list.len())];
        let person = pick(&["Ada", "Bob", "Zoe", "Max"]);
        let place = pick(&["Paris", "Köln", "Rome", "Oslo"]);
        let company = pick(&["Acme", "Xco", "Yota"]);
        text += &match pick(&["lives", "works", "met"]) {
            "lives" => format!("{person}\tB-PER\nSmith\tI-PER\nlives\tO\nin\tO\n{place}\tB-LOC\n.\tO\n\n"),
            "works" => format!("{person}\tB-PER\nworks\tO\nfor\tO\n{company}\tB-ORG\n.\tO\n\n"),
            _ => format!("the\tO\n{company}\tB-ORG\nInc\tI-ORG\nmet\tO\n{person}\tB-PER\nin\tO\n{place}\tB-LOC\n\n"),
        };
    }
    text
}

/// [`conll`] as a data set.
pub fn dataset(count: usize, seed: u64) -> Dataset {
    Dataset::from_bytes(conll(count, seed).as_bytes(), "generated", &DataOptions::default()).unwrap()
}
