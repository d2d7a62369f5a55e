//! What the questions are made of: bytes, and options by the names of C's fields.

use primer::data::{DataOptions, Format, Unit};
use primer::model::Site;
use primer::ops::Activation;
use primer::peft::LayerChoice;
use primer::{AdaptOptions, Adapter, Device, LoadOptions, MethodChoice, MethodSettings, Precision, Scheme};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::root;

/// Options by the names of C's fields.
pub type Options = Map<String, Value>;

/// Bytes that are not always text.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bytes {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<(usize, String)>,
}

impl Bytes {
    pub fn read(&self) -> Vec<u8> {
        let mut bytes = match self {
            Bytes { text: Some(text), .. } => text.clone().into_bytes(),
            Bytes { hex: Some(hex), .. } => from_hex(hex),
            Bytes { file: Some(file), .. } => std::fs::read(root().join(file)).unwrap(),
            _ => panic!("bytes of no kind"),
        };
        bytes.truncate(self.size.unwrap_or(bytes.len()));
        for (at, hex) in &self.changes {
            let new = from_hex(hex);
            bytes[*at..at + new.len()].copy_from_slice(&new);
        }
        bytes
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Columns and the like, where -1 or 0 stands for none.
fn given(value: &Value, none: i64) -> Option<usize> {
    let value = value.as_i64().unwrap();
    (value != none).then(|| value.try_into().unwrap())
}

fn flag(value: &Value) -> bool {
    match value.as_i64() {
        Some(0) => false,
        Some(1) => true,
        _ => panic!("{value} is no flag"),
    }
}

pub fn scheme(name: &Value) -> Option<Scheme> {
    match name.as_str().unwrap() {
        "PRIMER_SCHEME_AUTO" => None,
        "PRIMER_SCHEME_IOB1" => Some(Scheme::Iob1),
        "PRIMER_SCHEME_IOB2" => Some(Scheme::Iob2),
        "PRIMER_SCHEME_BIOES" => Some(Scheme::Bioes),
        other => panic!("{other}"),
    }
}

pub fn scheme_name(scheme: Scheme) -> String {
    let name = match scheme {
        Scheme::Iob1 => "IOB1",
        Scheme::Iob2 => "IOB2",
        Scheme::Bioes => "BIOES",
    };
    format!("PRIMER_SCHEME_{name}")
}

pub fn data_options(options: &Options) -> DataOptions {
    let mut read = DataOptions::default();
    for (name, value) in options {
        match name.as_str() {
            "format" => {
                read.format = match value.as_str().unwrap() {
                    "PRIMER_FORMAT_AUTO" => None,
                    "PRIMER_FORMAT_CONLL" => Some(Format::Conll),
                    "PRIMER_FORMAT_JSONL" => Some(Format::Jsonl),
                    other => panic!("{other}"),
                }
            }
            "scheme" => read.scheme = scheme(value),
            "unit" => read.unit = unit(value.as_str().unwrap()),
            "word_column" => read.word_column = given(value, -1),
            "tag_column" => read.tag_column = given(value, -1),
            "labelled" => read.labelled = flag(value),
            other => panic!("there is no option {other}"),
        }
    }
    read
}

pub fn unit(name: &str) -> Unit {
    match name {
        "PRIMER_UNIT_BYTE" => Unit::Byte,
        "PRIMER_UNIT_UTF16" => Unit::Utf16,
        "PRIMER_UNIT_CODE_POINT" => Unit::CodePoint,
        other => panic!("{other}"),
    }
}

pub fn load_options(options: &Options) -> LoadOptions {
    let mut read = LoadOptions::new();
    for (name, value) in options {
        match name.as_str() {
            "threads" => read.threads = number(value),
            "quantised" => read.quantised = flag(value),
            "verify" => read.verify = flag(value),
            "device" => {
                let gpu = options.get("device_number").map_or(0, number);
                read.device = match value.as_str().unwrap() {
                    "PRIMER_DEVICE_CPU" => Device::Cpu,
                    "PRIMER_DEVICE_AUTO" => Device::Auto,
                    "PRIMER_DEVICE_CUDA" => Device::Cuda(gpu),
                    "PRIMER_DEVICE_METAL" => Device::Metal,
                    other => panic!("{other}"),
                }
            }
            "device_number" => {}
            other => panic!("there is no option {other}"),
        }
    }
    read
}

pub fn precision(name: &Value) -> Precision {
    match name.as_str().unwrap() {
        "PRIMER_PRECISION_F32" => Precision::F32,
        "PRIMER_PRECISION_INT8" => Precision::Int8,
        "PRIMER_PRECISION_BF16" => Precision::Bf16,
        other => panic!("{other}"),
    }
}

pub fn adapt_options(options: &Options, initial: Option<&Adapter>) -> AdaptOptions {
    let mut read = AdaptOptions::new(method(options));
    read.initial = initial.cloned();
    for (name, value) in options {
        match name.as_str() {
            "method" | "layers" => {}
            name if name.starts_with("adapter_") || name.starts_with("lora_") => {}
            "scheme" => read.scheme = scheme(value).unwrap_or(read.scheme),
            "epochs" => read.epochs = given(value, 0),
            "batch_size" => read.batch_size = number(value),
            "batch_pieces" => read.batch_pieces = given(value, 0),
            "micro_batch_pieces" => read.micro_batch_pieces = number(value),
            "evaluate_every" => read.evaluate_every = given(value, 0),
            "patience" => read.patience = given(value, 0),
            "shots" => read.shots = given(value, 0),
            "cache_mib" => read.cache = given(value, 0).map(|n| n << 20),
            "seed" => read.seed = value.as_u64().unwrap(),
            "learning_rate" => read.learning_rate = Some(value.as_f64().unwrap()),
            "head_learning_rate" => read.head_learning_rate = Some(value.as_f64().unwrap()),
            "weight_decay" => read.weight_decay = value.as_f64().unwrap(),
            "warmup" => read.warmup = value.as_f64().unwrap(),
            "clip" => read.clip = value.as_f64().unwrap(),
            "types" => read.types = strings(value),
            "precision" => read.precision = precision(value),
            "name" => read.name = value.as_str().unwrap().to_string(),
            "recompute" => read.recompute = flag(value),
            "head_only" => read.head_only = flag(value),
            other => panic!("there is no option {other}"),
        }
    }
    read
}

pub fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_string()).collect()
}

fn method(options: &Options) -> MethodChoice {
    let name = options.get("method").map_or("PRIMER_METHOD_ADAPTER", |name| name.as_str().unwrap());
    if name == "PRIMER_METHOD_INITIAL" {
        return MethodChoice::Initial;
    }
    let name = name.strip_prefix("PRIMER_METHOD_").unwrap().to_ascii_lowercase();
    let mut settings = MethodSettings::default();
    for (name, value) in options {
        match name.as_str() {
            "layers" => {
                let list = value.as_array().unwrap().iter().map(number).collect();
                settings.layers = Some(LayerChoice::Only(list));
            }
            "adapter_size" => settings.adapter_size = Some(number(value)),
            "adapter_attention" => settings.adapter_attention = Some(flag(value)),
            "adapter_output" => settings.adapter_output = Some(flag(value)),
            "adapter_norm_before" => settings.adapter_norm_before = Some(flag(value)),
            "adapter_activation" => {
                settings.adapter_activation = Some(match value.as_str().unwrap() {
                    "PRIMER_ACTIVATION_RELU" => Activation::Relu,
                    "PRIMER_ACTIVATION_SWISH" => Activation::Swish,
                    "PRIMER_ACTIVATION_GELU" => Activation::Gelu,
                    other => panic!("{other}"),
                });
            }
            "adapter_scaling" => settings.adapter_scaling = Some(value.as_f64().unwrap()),
            "lora_rank" => settings.lora_rank = Some(number(value)),
            "lora_alpha" => settings.lora_alpha = Some(value.as_f64().unwrap()),
            "lora_rslora" => settings.lora_rslora = Some(flag(value)),
            "lora_sites" => settings.lora_sites = Some(strings(value).iter().map(|name| site(name)).collect()),
            other => assert!(!other.starts_with("adapter_") && !other.starts_with("lora_"), "no setting {other}"),
        }
    }
    MethodChoice::Named { name, settings }
}

fn site(name: &str) -> Site {
    match name {
        "PRIMER_SITE_QUERY" => Site::Query,
        "PRIMER_SITE_KEY" => Site::Key,
        "PRIMER_SITE_VALUE" => Site::Value,
        "PRIMER_SITE_ATTENTION_OUTPUT" => Site::AttentionOutput,
        "PRIMER_SITE_INTERMEDIATE" => Site::Intermediate,
        "PRIMER_SITE_OUTPUT" => Site::Output,
        other => panic!("{other}"),
    }
}
