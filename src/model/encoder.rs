//! The transformer encoder of the BERT and XLM-RoBERTa families over flat batches, open to PEFT methods.
//!
//! Devlin et al. 2019 (arXiv 1810.04805), post-norm: every sublayer is `LN(x + f(x))`. Nothing is padded: activations
//! are `[pieces, hidden]`. Dropout is not applied.

use candle_core::Tensor;

use super::Config;
use super::adaptation::{Adaptation, BottleneckModule, LayerAdaptation, LowRank, ModuleInput, Side};
use super::embeddings::Embeddings;
use super::layer::{Layer, Norm, Site};
use super::place::Place;
use super::weights::Weights;
use crate::data::Batch;
use crate::error::Result;
use crate::ops;

/// Embeddings and layers of a backbone.
#[derive(Clone)]
pub(crate) struct Encoder {
    config: Config,
    pub embeddings: Embeddings,
    pub layers: Vec<Layer>,
    /// Where its parts are, and in what numbers the layers compute.
    place: Place,
    /// The backbone as it was read, where this one is a copy of it elsewhere.
    exact: Option<Box<Encoder>>,
}

impl Encoder {
    /// Reads the encoder; its matrices stay quantised where `quantised` is set.
    pub fn load(weights: &Weights, quantised: bool) -> Result<Encoder> {
        let config = weights.config().clone();
        let layers = (0..config.layers).map(|l| Layer::load(weights, l, quantised)).collect::<Result<_>>()?;
        Ok(Encoder { embeddings: Embeddings::load(weights)?, layers, config, place: Place::HOST, exact: None })
    }

    /// The same encoder with the embeddings and layers that `method` has of its own; what else it changes is left out.
    pub fn with_parts_of(&self, method: Adaptation) -> Encoder {
        let mut encoder = self.clone();
        encoder.embeddings = method.embeddings.unwrap_or(encoder.embeddings);
        for (layer, change) in encoder.layers.iter_mut().zip(method.layers) {
            if let Some(own) = change.own {
                *layer = own;
            }
        }
        encoder
    }

    /// A copy at `place`: the layers' matrices and biases in its numbers, everything else in `f32`.
    pub fn placed(&self, place: &Place) -> Result<Encoder> {
        Ok(Encoder {
            config: self.config.clone(),
            embeddings: self.embeddings.placed(place)?,
            layers: self.layers.iter().map(|layer| layer.placed(place)).collect::<Result<_>>()?,
            place: place.clone(),
            exact: Some(Box::new(self.clone())),
        })
    }

    /// Where its parts are, and in what numbers the layers compute.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The backbone on the host with all its digits: what trained copies start from.
    pub fn exact(&self) -> &Encoder {
        self.exact.as_deref().unwrap_or(self)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The last layer's output, `[pieces, hidden]`.
    pub fn forward(&self, batch: &Batch, method: &Adaptation) -> Result<Tensor> {
        self.rest(self.below(batch, 0, method)?, 0, batch, method)
    }

    /// The output of the lowest `layers` layers, `[pieces, hidden]`; of the embeddings alone for 0.
    pub fn below(&self, batch: &Batch, layers: usize, method: &Adaptation) -> Result<Tensor> {
        let embed = method.embeddings.as_ref().unwrap_or(&self.embeddings);
        let mut x = ops::cast(&embed.forward(batch)?, self.place.dtype)?;
        for layer in 0..layers {
            x = self.layer(layer, &x, batch, method)?;
        }
        Ok(x)
    }

    /// The last layer's output, given the input `x` of layer `from`.
    pub fn rest(&self, mut x: Tensor, from: usize, batch: &Batch, method: &Adaptation) -> Result<Tensor> {
        for layer in from..self.layers.len() {
            x = self.layer(layer, &x, batch, method)?;
        }
        Ok(x)
    }

    /// The output of layer `index` for the input `x`. Each of its large products looks at the batch's `cancel` before it.
    pub fn layer(&self, index: usize, x: &Tensor, batch: &Batch, method: &Adaptation) -> Result<Tensor> {
        let change = method.layer(index);
        let layer = change.own.as_ref().unwrap_or(&self.layers[index]);
        let linear = |site: Site, x: &Tensor| -> Result<Tensor> {
            batch.cancel.check()?;
            let x = scaled(change, site, Side::Input, x)?;
            let mut y = layer.projection(site).forward(&x)?;
            if let Some(update) = change.low_rank(site) {
                y = ops::add(&y, &low_rank(update, &x)?)?;
            }
            scaled(change, site, Side::Output, &y)
        };
        let [q, k, v] = [Site::Query, Site::Key, Site::Value].map(|site| linear(site, x));
        let attended = ops::attention(&q?, &k?, &v?, &batch.starts, self.config.heads)?;
        let y = linear(Site::AttentionOutput, &attended)?;
        let x = close(change.attention.as_ref(), &y, x, &layer.attention_norm)?;
        // The activation is fused with the product, unless something comes between the two.
        let inner = match change.alters(Site::Intermediate) {
            true => ops::activation(&linear(Site::Intermediate, &x)?, ops::Activation::Gelu)?,
            false => {
                batch.cancel.check()?;
                layer.projection(Site::Intermediate).forward_gelu(&x)?
            }
        };
        let y = linear(Site::Output, &inner)?;
        close(change.output.as_ref(), &y, &x, &layer.output_norm)
    }
}

/// `x` on one side of `site`, times the factors that a method has there.
fn scaled(change: &LayerAdaptation, site: Site, side: Side, x: &Tensor) -> Result<Tensor> {
    Ok(match change.factors(site, side) {
        Some(factors) => ops::scale_columns(x, factors)?,
        None => x.clone(),
    })
}

/// What the update adds to the output of a linear layer whose input is `x`.
fn low_rank(update: &LowRank, x: &Tensor) -> Result<Tensor> {
    // The scale goes to the narrow side, where it touches rank instead of hidden columns.
    let narrow = ops::scale(&ops::linear(x, &update.a, None)?, update.scale)?;
    Ok(ops::linear(&narrow, &update.b, None)?)
}

/// Closes a sublayer: `LN(y + residual)`, with a method's module in it.
fn close(module: Option<&BottleneckModule>, y: &Tensor, residual: &Tensor, norm: &Norm) -> Result<Tensor> {
    let Some(module) = module else { return norm.forward(y, Some(residual)) };
    let narrow = match module.input {
        ModuleInput::Output => module.down.forward(y)?,
        ModuleInput::Normed => module.down.forward(&norm.forward(y, Some(residual))?)?,
        ModuleInput::Residual => module.down.forward(residual)?,
    };
    let mut wide = module.up.forward(&ops::activation(&narrow, module.activation)?)?;
    if module.scaling != 1.0 {
        wide = ops::scale(&wide, module.scaling)?;
    }
    norm.forward(&ops::add(&wide, y)?, Some(residual))
}
