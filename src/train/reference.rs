//! PyTorch's reference numbers, and the backbone that they belong to, for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use serde_json::{Map, Value};

use crate::data::{Batch, Scheme, Sequence, TagSet};
use crate::model::{Encoder, LoadOptions, Model};
use crate::ops::places::{self, Place};
use crate::peft::{FULL_ROWS, HEAD_BIAS, HEAD_WEIGHT, Tensors};
use crate::precision::Precision;
use crate::small::skip;
use crate::text::{Labelled, Window};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference")
}

fn backbone() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("build/multilingual-e5-small")
}

/// Whether the backbone has been made; where not, the calling test is skipped. A damaged one is a failure.
#[track_caller]
pub(crate) fn has_backbone() -> bool {
    // Written last.
    let there = backbone().join("SOURCE.json").exists();
    if !there {
        skip::because("there is no backbone in build/multilingual-e5-small (make backbone)");
    }
    there
}

/// The backbone where this thread's test runs.
pub(crate) fn model() -> &'static Model {
    static MODELS: [OnceLock<Model>; 3] = [const { OnceLock::new() }; 3];
    MODELS[places::here() as usize].get_or_init(|| {
        let options = LoadOptions::new().device(places::device());
        Model::load_with(backbone(), &options)
            .unwrap_or_else(|e| panic!("{e}\nThe backbone is made by `make backbone`."))
    })
}

/// Its encoder.
pub(crate) fn encoder() -> &'static Encoder {
    model().placed(Precision::F32).unwrap()
}

/// Runs a test on the host's kernels, and on the operations that GPUs run.
pub(crate) fn everywhere<E: std::fmt::Debug>(test: impl Fn() -> std::result::Result<(), E>) {
    for place in [vec![Place::Host], places::composed()].concat() {
        places::at(place, &test).unwrap_or_else(|e| panic!("{place:?}: {e:?}"));
    }
}

pub(crate) fn tags() -> TagSet {
    TagSet::new(Scheme::Iob2, ["PER", "ORG", "LOC"].map(str::to_owned).to_vec()).unwrap()
}

/// The reference's padded tensors, and its batch without padding.
pub(crate) struct Reference {
    /// `reference.safetensors`, and the logits of methods that came later.
    files: [Vec<u8>; 2],
    pub json: Value,
    pub sequences: Vec<Sequence>,
}

impl Reference {
    pub fn load() -> Reference {
        let files = ["reference", "methods"].map(|name| {
            let read = |ending: &str| std::fs::read(folder().join(name).with_extension(ending)).unwrap();
            (read("safetensors"), serde_json::from_slice::<Map<String, Value>>(&read("json")).unwrap())
        });
        let [(bytes, mut json), (later, more)] = files;
        json.extend(more);
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let integers = |name: &str| -> Vec<i64> {
            file.tensor(name).unwrap().data().as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()
        };
        let [ids, mask, labels] = ["input_ids", "attention_mask", "labels"].map(integers);
        let width = file.tensor("input_ids").unwrap().shape()[1];
        let sequences = (0..ids.len() / width).map(|row| {
            let at = |column: usize| row * width + column;
            let length = (0..width).take_while(|c| mask[at(*c)] == 1).count();
            let labelled: Vec<usize> = (0..length).filter(|c| labels[at(*c)] >= 0).collect();
            let label = |(word, piece): (usize, &usize)| Labelled { piece: *piece as u32, word: word as u32 };
            Sequence {
                partial: None,
                index: row,
                window: Window {
                    ids: (0..length).map(|c| ids[at(c)] as u32).collect(),
                    labelled: labelled.iter().enumerate().map(label).collect(),
                },
                targets: labelled.iter().map(|c| labels[at(*c)] as u32).collect(),
            }
        });
        Reference { sequences: sequences.collect(), files: [bytes, later], json: json.into() }
    }

    /// The names of all tensors.
    pub fn names(&self) -> Vec<String> {
        let names = |bytes: &Vec<u8>| -> Vec<String> {
            SafeTensors::deserialize(bytes).unwrap().names().into_iter().map(str::to_owned).collect()
        };
        self.files.iter().flat_map(names).collect()
    }

    pub fn floats(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let files = self.files.each_ref().map(|bytes| SafeTensors::deserialize(bytes).unwrap());
        let view = files.iter().find_map(|file| file.tensor(name).ok()).unwrap();
        let values = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        (view.shape().to_vec(), values)
    }

    /// A padded `[sentences, width, columns]` tensor, padding left out.
    pub fn packed(&self, name: &str, keep: impl Fn(&Sequence) -> Vec<usize>) -> Vec<f32> {
        let (shape, values) = self.floats(name);
        let at = |row: usize, column: usize| (row * shape[1] + column) * shape[2];
        let rows = self.sequences.iter().enumerate().flat_map(|(row, s)| keep(s).into_iter().map(move |c| (row, c)));
        rows.flat_map(|(row, column)| values[at(row, column)..at(row, column) + shape[2]].to_vec()).collect()
    }

    pub fn labelled(&self, name: &str) -> Vec<f32> {
        self.packed(name, |s| s.window.labelled.iter().map(|l| l.piece as usize).collect())
    }

    pub fn batch(&self) -> Batch {
        Batch::of_sequences(&self.sequences)
    }

    pub fn head(&self) -> Tensors {
        let tensor = |name: &str| {
            let (shape, values) = self.floats(name);
            Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
        };
        Tensors::from([(HEAD_WEIGHT.into(), tensor("head.weight")), (HEAD_BIAS.into(), tensor("head.bias"))])
    }

    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.json[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    }

    /// Norms of PyTorch's gradients under this library's names.
    pub fn norms(&self, key: &str) -> BTreeMap<String, f64> {
        let map = self.json[key].as_object().unwrap();
        map.iter().map(|(name, norm)| (rename(name), norm.as_f64().unwrap())).collect()
    }
}

pub(crate) fn assert_close(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let worst = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance, "{what}: differs by {worst}");
}

pub(crate) fn flat(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

/// This library's name of a parameter in PyTorch.
pub(crate) fn rename(name: &str) -> String {
    let name = name.trim_start_matches("base_model.model.").trim_start_matches("bert.");
    let name = name.trim_end_matches(".default").replace(".default.", ".");
    let name = name.replace(".modules_to_save", "").replace("adapters.ner.", "");
    let name = name.replace("adapter_down.0", "adapter_down").replace(".base_layer.", ".");
    if name == "embeddings.word_embeddings.weight" { FULL_ROWS.to_owned() } else { name }
}
