//! The tag head: one linear layer over the encoder's output, which every method trains.

use super::parameters::{Init, Parameters};
use crate::error::Result;
use crate::model::Linear;

pub(crate) const WEIGHT: &str = "classifier.weight";
pub(crate) const BIAS: &str = "classifier.bias";

/// A head for `tags` tags: weight `[tags, hidden]`, started as BERT starts its layers (normal, 0.02), bias 0.
pub(crate) fn build(hidden: usize, tags: usize, parameters: &mut Parameters) -> Result<Linear> {
    Ok(Linear {
        weight: parameters.get(WEIGHT, &[tags, hidden], Init::Normal(0.02))?,
        bias: parameters.get(BIAS, &[tags], Init::Zeros)?,
    })
}
