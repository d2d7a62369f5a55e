//! Gradients that keep one tensor a layer: everything else is computed again on the way back.
//!
//! Chen et al. 2016 (arXiv 1604.06174). A second forward pass through the trained layers, about 40 % more time, for a
//! memory that no longer grows with what a layer holds inside. The operations run again on the same numbers, so that the
//! gradients are those of the usual way to the bit.

use candle_core::Tensor;

use super::step::{Add, Step, scalar};
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::ops::{self, Tape};

/// The mean loss of one micro-batch; its gradient, times `share`, goes to `add`. `start` is the input of the lowest
/// trained layer, where it was computed in advance.
pub(super) fn gradients(step: &Step, start: Option<Tensor>, batch: &Batch, share: f64, add: Add) -> Result<f64> {
    let (encoder, method) = (step.encoder, &step.built.adaptation);
    let trained = step.frozen..encoder.layers.len();
    let mut x = match start {
        Some(x) => x,
        None => encoder.below(batch, step.frozen, method)?,
    };
    let mut inputs = Vec::with_capacity(trained.len());
    for layer in trained.clone() {
        let y = encoder.layer(layer, &x, batch, method)?;
        inputs.push(std::mem::replace(&mut x, y));
    }

    let loss = || super::loss::loss(&step.built.classify(&x, batch)?, batch);
    let (mean, tape) = Tape::record_from(&[&x], loss)?;
    let stop = || step.cancel.check();
    let mut gradients = tape.backward_until(&mean, &scalar(share, &mean)?, stop)?;
    let mut seed = take(&mut gradients, &x)?;
    add(&mut gradients)?;
    drop(x);

    for (layer, input) in trained.zip(inputs).rev() {
        // Nothing below the lowest trained layer asks for a gradient.
        let lowest = layer == step.frozen && method.embeddings.is_none();
        let leaves: &[&Tensor] = if lowest { &[] } else { &[&input] };
        let (y, tape) = Tape::record_from(leaves, || encoder.layer(layer, &input, batch, method))?;
        let mut gradients = tape.backward_until(&y, &seed, stop)?;
        if !lowest {
            seed = take(&mut gradients, &input)?;
        }
        add(&mut gradients)?;
    }
    if method.embeddings.is_some() {
        let (y, tape) = Tape::record(|| encoder.below(batch, 0, method))?;
        add(&mut tape.backward_until(&y, &seed, stop)?)?;
    }
    Ok(mean.to_scalar::<f32>()? as f64)
}

/// The gradient of a layer's input, as the seed of the layer below.
fn take(gradients: &mut ops::Gradients, x: &Tensor) -> Result<Tensor> {
    let missing = || Error::new(crate::error::ErrorKind::Compute, "internal: a layer gave its input no gradient");
    gradients.take_tensor(x)?.ok_or_else(missing)
}
