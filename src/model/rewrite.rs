//! A model with other numbers in it, as a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use candle_core::Tensor;
use rayon::prelude::*;

use super::embeddings::Words;
use super::gguf::{self, Outgoing};
use super::model::Model;
use super::storage::{Storage, store};
use super::weights::{TensorInfo, WORD_EMBEDDING, Weights};
use crate::error::{Error, Result};
use crate::save::save_atomically;

/// The position table, whose first rows the RoBERTa family leaves out in memory.
const POSITIONS: &str = "embeddings.position_embeddings.weight";

/// Writes a GGUF file of `model` with the word embedding `words` and, where `tensors` has them, other tensors. The card says
/// what was `done`; its entries in `card` take the place of the source's.
///
/// # Errors
/// `InvalidArgument` where the word embedding's rows are no whole number of blocks; `Format` for numbers that cannot be
/// stored; `Io`. What stood at `target` before is then untouched.
pub(crate) fn rewrite(
    model: &Model,
    words: &Words,
    tensors: &BTreeMap<String, Tensor>,
    storage: &Storage,
    done: &str,
    card: BTreeMap<String, String>,
    target: &Path,
) -> Result<()> {
    let weights = model.weights();
    let one = |info: &TensorInfo| -> Result<Outgoing> {
        let (dtype, bytes) = match info.name == WORD_EMBEDDING {
            true => (storage.embedding, word_table(weights, words, storage)?),
            false => {
                let numbers = numbers(weights, info, tensors.get(&info.name))?;
                let dtype = storage.type_of(info, &numbers);
                (dtype, store(&numbers, dtype)?.0)
            }
        };
        Ok(Outgoing { name: info.name.clone(), dtype, shape: info.shape.clone(), bytes })
    };
    let all = weights.tensors();
    let stored = all.par_iter().map(|info| one(info).map_err(|e| e.about_tensor(&info.name)));
    let stored = stored.collect::<Result<Vec<_>>>()?;
    let mut whole = weights.card().clone();
    let changes = whole.entry("changes".to_owned()).or_default();
    let stored_as = format!("word embedding stored as {}, encoder matrices as {}", storage.embedding, storage.encoder);
    let separator = if changes.is_empty() { "" } else { "; " };
    *changes += &format!("{separator}{done}; {stored_as}");
    whole.extend(card);
    let mut config = weights.config().clone();
    if let Some(name) = whole.get("name") {
        config.name.clone_from(name);
    }
    let bytes = gguf::to_bytes(&config, &whole, &weights.tokenizer_source()?, stored)?;
    // What was written must be what a reader takes.
    let check = Weights::from_gguf_bytes(bytes)?;
    check.tokenizer()?;
    save_atomically(target, |file| file.write_all(check.gguf_bytes()))
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
fn word_table(weights: &Weights, words: &Words, storage: &Storage) -> Result<Vec<u8>> {
    const ROWS: usize = 4096;
    let config = weights.config();
    if !config.hidden.is_multiple_of(storage.embedding.block_len()) {
        let message = format!("rows of {} numbers cannot be stored as {}", config.hidden, storage.embedding);
        return Err(Error::argument(message));
    }
    let ids: Vec<u32> = (0..config.vocabulary as u32).collect();
    let mut bytes = Vec::new();
    for ids in ids.chunks(ROWS) {
        let rows = words.gather(ids)?.flatten_all()?.to_vec1::<f32>()?;
        bytes.extend(store(&rows, storage.embedding)?.0);
    }
    Ok(bytes)
}
