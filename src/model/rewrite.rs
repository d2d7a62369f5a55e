//! A model with other numbers in it, as a file.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

use candle_core::Tensor;
use rayon::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

use super::blocks::BlockType;
use super::config::Config;
use super::embeddings::Words;
use super::gguf::{self, Outgoing};
use super::huggingface;
use super::model::Model;
use super::storage::{Storage, store};
use super::weights::{TensorInfo, TokenizerSource, WORD_EMBEDDING, Weights};
use crate::error::{Error, Result};
use crate::output::{Written, check_folder, check_writable};
use crate::save::save_atomically;
use crate::start::Start;

/// The position table, whose first rows the RoBERTa family leaves out in memory.
const POSITIONS: &str = "embeddings.position_embeddings.weight";

/// A model of which some numbers are others.
pub(crate) struct Rewrite<'a> {
    pub model: &'a Model,
    /// The word embedding.
    pub words: &'a Words,
    /// Whatever else takes the place of the model's own.
    pub tensors: &'a BTreeMap<String, Tensor>,
    /// What adaptation starts from on the new numbers; that of the old ones does not fit them.
    pub start: Option<&'a Start>,
    /// What was done, for the card.
    pub done: String,
    /// Entries that take the place of the source's.
    pub card: BTreeMap<String, String>,
}

impl Rewrite<'_> {
    /// Writes a GGUF file.
    ///
    /// # Errors
    /// `InvalidArgument` where the word embedding's rows are no whole number of blocks; `Format` for numbers that cannot be
    /// stored; `Io`. What stood at `target` before is then untouched.
    pub fn gguf(&self, storage: &Storage, target: &Path) -> Result<()> {
        check_writable(target, Written::Replaced)?;
        let weights = self.model.weights();
        let one = |info: &TensorInfo| -> Result<Outgoing> {
            let (dtype, bytes) = match info.name == WORD_EMBEDDING {
                true => (storage.embedding, word_table(weights, self.words, storage.embedding)?),
                false => {
                    let numbers = numbers(weights, info, self.tensors.get(&info.name))?;
                    let dtype = storage.type_of(info, &numbers);
                    (dtype, store(&numbers, dtype)?.0)
                }
            };
            Ok(Outgoing { name: info.name.clone(), dtype, shape: info.shape.clone(), bytes })
        };
        let all = weights.tensors();
        let stored = all.par_iter().map(|info| one(info).map_err(|e| e.about_tensor(&info.name)));
        let stored = stored.collect::<Result<Vec<_>>>()?;
        let (config, card) = self.config_and_card(storage);
        let start = self.start()?;
        let bytes = gguf::to_bytes(&config, &card, &weights.tokenizer_source()?, start.as_deref(), stored)?;
        // What was written must be what a reader takes.
        let check = Weights::from_gguf_bytes(bytes)?;
        check.tokenizer()?;
        save_atomically(target, |file| file.write_all(check.gguf_bytes()))
    }

    /// Writes a Hugging Face folder in 32-bit floats: `start.safetensors` where there is a start, `config.json`,
    /// `tokenizer.json`, `SOURCE.json` with the card, and `model.safetensors` at last.
    ///
    /// # Errors
    /// `Io`; each file is there whole or not at all.
    pub fn folder(&self, target: &Path) -> Result<()> {
        check_folder(target).and_then(|()| check_writable(target, Written::Folder))?;
        let weights = self.model.weights();
        let f32s = Storage { embedding: BlockType::F32, encoder: BlockType::F32 };
        let one = |info: &TensorInfo| -> Result<Vec<u8>> {
            match info.name == WORD_EMBEDDING {
                true => word_table(weights, self.words, BlockType::F32),
                false => Ok(store(&numbers(weights, info, self.tensors.get(&info.name))?, BlockType::F32)?.0),
            }
        };
        let all = weights.tensors();
        let stored = all.par_iter().map(|info| one(info).map_err(|e| e.about_tensor(&info.name)));
        let stored = stored.collect::<Result<Vec<_>>>()?;
        let internal = |e: &dyn std::fmt::Display| Error::format(format!("the model cannot be written: {e}"));
        let views = all.iter().zip(&stored).map(|(info, bytes)| {
            let view = TensorView::new(Dtype::F32, info.shape.clone(), bytes).map_err(|e| internal(&e))?;
            Ok((info.name.as_str(), view))
        });
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let tensors = safetensors::serialize(views.collect::<Result<Vec<_>>>()?, Some(metadata));
        let (config, mut card) = self.config_and_card(&f32s);
        if let Some(name) = card.remove("name") {
            card.insert("model".to_owned(), name);
        }
        let start = self.start()?;
        let json = |value: &Value| serde_json::to_vec_pretty(value).map_err(|e| internal(&e));
        std::fs::create_dir_all(target).map_err(|e| Error::io("cannot make the folder", target, e))?;
        let start_path = target.join(huggingface::START);
        match start {
            Some(start) => save_atomically(&start_path, |file| file.write_all(&start))?,
            // That of the model that stood here before.
            None if start_path.exists() => {
                std::fs::remove_file(&start_path).map_err(|e| Error::io("cannot remove", &start_path, e))?;
            }
            None => {}
        }
        for (name, bytes) in [
            ("config.json", json(&config.to_json())?),
            ("tokenizer.json", tokenizer_json(&weights.tokenizer_source()?)?),
            ("SOURCE.json", json(&serde_json::json!(card))?),
            ("model.safetensors", tensors.map_err(|e| internal(&e))?),
        ] {
            save_atomically(&target.join(name), |file| file.write_all(&bytes))?;
        }
        Ok(())
    }

    /// The start's bytes, if it can be read back on this model.
    fn start(&self) -> Result<Option<Vec<u8>>> {
        let encode = |start: &Start| start.check(self.model.encoder()).and_then(|()| start.encode());
        self.start.map(encode).transpose()
    }

    fn config_and_card(&self, storage: &Storage) -> (Config, BTreeMap<String, String>) {
        let weights = self.model.weights();
        let mut card = weights.card().clone();
        let changes = card.entry("changes".to_owned()).or_default();
        let (done, Storage { embedding, encoder }) = (&self.done, storage);
        let separator = if changes.is_empty() { "" } else { "; " };
        *changes += &format!("{separator}{done}; word embedding stored as {embedding}, encoder matrices as {encoder}");
        card.extend(self.card.clone());
        let mut config = weights.config().clone();
        if let Some(name) = card.get("name") {
            config.name.clone_from(name);
        }
        (config, card)
    }
}

/// A whole `tokenizer.json`.
fn tokenizer_json(source: &TokenizerSource) -> Result<Vec<u8>> {
    match source {
        TokenizerSource::Json(json) => Ok(json.to_vec()),
        TokenizerSource::UnigramParts { json, pieces } => {
            let bad = |e: serde_json::Error| Error::format(format!("the tokenizer cannot be read: {e}")).caused_by(e);
            let mut json: Value = serde_json::from_slice(json).map_err(bad)?;
            let model = json.get_mut("model").and_then(Value::as_object_mut);
            let model = model.ok_or_else(|| Error::format("the tokenizer has no model"))?;
            model.insert("vocab".to_owned(), serde_json::json!(pieces));
            serde_json::to_vec(&json).map_err(bad)
        }
    }
}

/// The numbers of a tensor in the shape that the file has.
fn numbers(weights: &Weights, info: &TensorInfo, replaced: Option<&Tensor>) -> Result<Vec<f32>> {
    let Some(tensor) = replaced else { return weights.stored(&info.name, &info.shape)?.to_f32() };
    let new = tensor.flatten_all()?.to_vec1::<f32>()?;
    let offset = weights.config().position_offset;
    let whole = match info.name == POSITIONS && offset > 0 {
        false => new,
        true => {
            let mut whole = weights.stored(&info.name, &info.shape)?.to_f32()?;
            whole.truncate(offset * weights.config().hidden);
            whole.extend(new);
            whole
        }
    };
    match whole.len() == info.shape.iter().product::<usize>() {
        true => Ok(whole),
        false => Err(Error::mismatch(format!("{} numbers for the shape {:?}", whole.len(), info.shape))),
    }
}

/// The word embedding, a few thousand rows at a time: the whole table as floats may be gigabytes.
fn word_table(weights: &Weights, words: &Words, dtype: BlockType) -> Result<Vec<u8>> {
    const ROWS: usize = 4096;
    let config = weights.config();
    if !config.hidden.is_multiple_of(dtype.block_len()) {
        let message = format!("rows of {} numbers cannot be stored as {dtype}", config.hidden);
        return Err(Error::argument(message));
    }
    let ids: Vec<u32> = (0..config.vocabulary as u32).collect();
    let mut bytes = Vec::new();
    for ids in ids.chunks(ROWS) {
        let rows = words.gather(ids)?.flatten_all()?.to_vec1::<f32>()?;
        bytes.extend(store(&rows, dtype)?.0);
    }
    Ok(bytes)
}
