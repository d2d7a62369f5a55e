//! Starting values out of another adapter.

use std::collections::BTreeSet;

use candle_core::Tensor;

use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::peft::{Adapter, FULL_IDS, FULL_ROWS, HEAD_BIAS, HEAD_WEIGHT, Method, Parameters, Tensors, build_head};

/// The tensors of `adapter` that a run with `method` and `tags` starts from. The rows of the head's known tags are
/// kept, those of new tags are drawn by `seed`; for the rows of a sparse word table see [`warm_rows`].
pub(crate) fn warm_start(
    adapter: &Adapter,
    method: &Method,
    tags: &TagSet,
    hidden: usize,
    seed: u64,
) -> Result<Tensors> {
    let card = adapter.card();
    if card.method != *method {
        let (old, new) = (card.method.name(), method.name());
        return Err(Error::mismatch(match old == new {
            true => format!("the adapter to start from is of the method {old}, too, but with other settings"),
            false => format!("the adapter to start from is of the method {old}, not {new}"),
        }));
    }
    let mut tensors = adapter.tensors().clone();
    if tensors.contains_key(FULL_IDS) {
        tensors.retain(|name, _| name != FULL_IDS && name != FULL_ROWS);
    }
    tensors.extend(warm_head(adapter, tags, hidden, seed)?);
    Ok(tensors)
}

/// Where `adapter` has rows of the word table: the pieces of these rows and `pieces` together, ascending, and the rows of
/// all of them, the backbone's own where the adapter has none.
pub(crate) fn warm_rows(adapter: &Adapter, model: &Model, pieces: &[u32]) -> Result<Option<(Vec<u32>, Tensor)>> {
    let (Some(ids), Some(rows)) = (adapter.tensors().get(FULL_IDS), adapter.tensors().get(FULL_ROWS)) else {
        return Ok(None);
    };
    let ids = ids.to_vec1::<u32>()?;
    let all: Vec<u32> = ids.iter().chain(pieces).copied().collect::<BTreeSet<_>>().into_iter().collect();
    let rows = model.encoder().embeddings.word.with_rows(ids, rows.clone()).gather(&all)?;
    Ok(Some((all, rows)))
}

/// The head alone, out of an adapter of any method: the rows of the tags that it knows, and new ones drawn by `seed`.
pub(crate) fn warm_head(adapter: &Adapter, tags: &TagSet, hidden: usize, seed: u64) -> Result<Tensors> {
    let old_tags = &adapter.card().tags;
    let (old_weight, old_bias) = (find(adapter, HEAD_WEIGHT)?, find(adapter, HEAD_BIAS)?);
    let head = |weight, bias| Tensors::from([(HEAD_WEIGHT.into(), weight), (HEAD_BIAS.into(), bias)]);
    if old_tags == tags {
        return Ok(head(old_weight, old_bias));
    }
    let fresh = build_head(hidden, tags.len(), &mut Parameters::train(seed, Tensors::new()))?;
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for tag in 0..tags.len() {
        let (weight, bias, row) = match old_tags.parse(&tags.name(tag)) {
            Some(known) => (&old_weight, &old_bias, known),
            None => (&fresh.weight, &fresh.bias, tag),
        };
        weights.push(weight.narrow(0, row, 1)?.detach());
        biases.push(bias.narrow(0, row, 1)?.detach());
    }
    Ok(head(Tensor::cat(&weights, 0)?, Tensor::cat(&biases, 0)?))
}

fn find(adapter: &Adapter, name: &str) -> Result<Tensor> {
    adapter.tensors().get(name).cloned().ok_or_else(|| Error::format("the adapter lacks a tensor").about_tensor(name))
}
