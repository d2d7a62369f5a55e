//! How each language spells a name: `lora_rslora` is `LoRARSLoRA` in Go and `loraRSLoRA` in Swift.

use crate::schema::{Enum, Field, Value};

/// Words that have a spelling of their own in Go, and in Swift where they do not begin a name.
const SPELT: [(&str, &str); 32] = [
    ("adapterhub", "AdapterHub"),
    ("bf16", "BF16"),
    ("bioes", "BIOES"),
    ("bitfit", "BitFit"),
    ("conll", "CoNLL"),
    ("cpu", "CPU"),
    ("cuda", "CUDA"),
    ("f16", "F16"),
    ("f32", "F32"),
    ("gelu", "GELU"),
    ("ia3", "IA3"),
    ("int8", "Int8"),
    ("io", "IO"),
    ("iob1", "IOB1"),
    ("iob2", "IOB2"),
    ("jsonl", "JSONL"),
    ("lora", "LoRA"),
    ("maml", "MAML"),
    ("mib", "MiB"),
    ("ok", "OK"),
    ("onnx", "ONNX"),
    ("onnxruntime", "ONNXRuntime"),
    ("peft", "PEFT"),
    ("relu", "ReLU"),
    ("rslora", "RSLoRA"),
    ("utf16", "UTF16"),
    ("utf8", "UTF8"),
    ("f1", "F1"),
    ("id", "ID"),
    ("json", "JSON"),
    ("gguf", "GGUF"),
    ("url", "URL"),
];

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

fn spelt(word: &str) -> String {
    SPELT.iter().find(|(known, _)| *known == word).map_or_else(|| capital(word), |(_, spelling)| (*spelling).into())
}

fn words(name: &str) -> Vec<String> {
    name.to_lowercase().split('_').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// `batch_size` as Go writes it, `BatchSize`.
pub fn go(name: &str) -> String {
    words(name).iter().map(|w| spelt(w)).collect()
}

/// `batch_size` as Swift writes it, `batchSize`.
pub fn swift(name: &str) -> String {
    let words = words(name);
    words.iter().enumerate().map(|(i, w)| if i == 0 { w.clone() } else { spelt(w) }).collect()
}

/// `code_point` as a type's value in C++ and Rust, `CodePoint`.
pub fn pascal(name: &str) -> String {
    words(name).iter().map(|w| capital(w)).collect()
}

impl Field {
    pub fn go_name(&self) -> String {
        self.go.clone().unwrap_or_else(|| go(&self.name))
    }

    pub fn swift_name(&self) -> String {
        self.swift.clone().unwrap_or_else(|| swift(&self.name))
    }

    /// `--batch-size`.
    pub fn flag_name(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

impl Enum {
    pub fn go_type(&self) -> &str {
        self.go.as_deref().unwrap_or(&self.name)
    }

    pub fn swift_type(&self) -> &str {
        self.swift.as_deref().unwrap_or(&self.name)
    }

    /// `MethodHead`.
    pub fn go_value(&self, value: &Value) -> String {
        let prefix = match self.group.as_str() {
            "STATUS" => "",
            _ => self.prefix.as_deref().unwrap_or_else(|| self.go_type()),
        };
        format!("{prefix}{}", value.go.clone().unwrap_or_else(|| go(&value.name)))
    }

    pub fn cpp_value(&self, value: &Value) -> String {
        value.cpp.clone().unwrap_or_else(|| pascal(value.name.trim_start_matches("ERR_")))
    }

    pub fn swift_value(&self, value: &Value) -> String {
        value.swift.clone().unwrap_or_else(|| swift(value.name.trim_start_matches("ERR_")))
    }

    /// The name for people: `code_point`.
    pub fn plain_value(&self, value: &Value) -> String {
        value.name.to_lowercase()
    }

    /// The variant in Rust; `None` where there is none.
    pub fn rust_value(&self, value: &Value) -> Option<String> {
        match value.rust.as_deref() {
            Some("-") => None,
            Some(variant) => Some(variant.into()),
            None => Some(pascal(&value.name)),
        }
    }
}
