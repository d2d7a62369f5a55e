//! Starting values out of another adapter.

use candle_core::Tensor;

use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::peft::{Adapter, FULL_IDS, FULL_ROWS, HEAD_BIAS, HEAD_WEIGHT, Method, Parameters, Tensors, build_head};

/// The tensors of `adapter` that a run with `method` and `tags` starts from. The rows of the head's known tags are
/// kept, those of new tags are drawn by `seed`; the rows of a sparse word table stay with the new run's pieces.
pub(crate) fn warm_start(
    adapter: &Adapter,
    method: &Method,
    tags: &TagSet,
    hidden: usize,
    seed: u64,
) -> Result<Tensors> {
    let card = adapter.card();
    if card.method != *method {
        return Err(Error::mismatch(format!(
            "the adapter to start from is of the method {:?} with other settings or another kind than {:?}",
            card.method, method
        )));
    }
    let mut tensors = adapter.tensors().clone();
    if tensors.contains_key(FULL_IDS) {
        tensors.retain(|name, _| name != FULL_IDS && name != FULL_ROWS);
    }
    let (old_weight, old_bias) = (take(&mut tensors, HEAD_WEIGHT)?, take(&mut tensors, HEAD_BIAS)?);
    if card.tags == *tags {
        tensors.insert(HEAD_WEIGHT.into(), old_weight);
        tensors.insert(HEAD_BIAS.into(), old_bias);
        return Ok(tensors);
    }
    let fresh = build_head(hidden, tags.len(), &mut Parameters::train(seed, Tensors::new()))?;
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for tag in 0..tags.len() {
        let (weight, bias, row) = match card.tags.parse(&tags.name(tag)) {
            Some(known) => (&old_weight, &old_bias, known),
            None => (&fresh.weight, &fresh.bias, tag),
        };
        weights.push(weight.narrow(0, row, 1)?.detach());
        biases.push(bias.narrow(0, row, 1)?.detach());
    }
    tensors.insert(HEAD_WEIGHT.into(), Tensor::cat(&weights, 0)?);
    tensors.insert(HEAD_BIAS.into(), Tensor::cat(&biases, 0)?);
    Ok(tensors)
}

fn take(tensors: &mut Tensors, name: &str) -> Result<Tensor> {
    tensors.remove(name).ok_or_else(|| Error::format("the adapter lacks a tensor").about_tensor(name))
}
