//! The transformer encoder of the BERT and XLM-RoBERTa families over flat batches, open to PEFT methods.
//!
//! Devlin et al. 2019 (arXiv 1810.04805), post-norm: every sublayer is `LN(x + f(x))`. Nothing is padded: activations
//! are `[pieces, hidden]`. Dropout is not applied.

use candle_core::Tensor;

use super::Config;
use super::embeddings::Embeddings;
use super::layer::{Layer, Linear, Norm, Site, Sublayer};
use super::place::Place;
use super::weights::Weights;
use crate::data::Batch;
use crate::error::Result;
use crate::ops;

/// What a PEFT method may change in the forward pass. A method that changes nothing is [`Frozen`].
pub(crate) trait Adaptation: Send + Sync {
    /// The trained embeddings, where the method trains them.
    fn embeddings(&self) -> Option<&Embeddings> {
        None
    }

    /// A layer whose weights the method replaces, all or some of them.
    fn layer(&self, _layer: usize) -> Option<&Layer> {
        None
    }

    /// True where [`Adaptation::delta`] has something to add, so that a fused operation must be taken apart.
    fn adapts(&self, _layer: usize, _site: Site) -> bool {
        false
    }

    /// What to add to the output of a linear layer whose input is `x`.
    fn delta(&self, _layer: usize, _site: Site, _x: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// What [`Adaptation::delta`] computes, for who computes it another way.
    fn low_rank(&self, _layer: usize, _site: Site) -> Option<LowRank<'_>> {
        None
    }

    /// The module that [`Adaptation::close`] puts in, for who computes it another way.
    fn bottleneck(&self, _layer: usize, _sublayer: Sublayer) -> Option<BottleneckModule<'_>> {
        None
    }

    /// Closes a sublayer: `LN(y + residual)`, with the method's own modules where it has some there.
    fn close(&self, _layer: usize, _sublayer: Sublayer, y: &Tensor, residual: &Tensor, norm: &Norm) -> Result<Tensor> {
        norm.forward(y, Some(residual))
    }
}

/// A low-rank update beside a linear layer: `y + scale · B A x`.
pub(crate) struct LowRank<'a> {
    /// `[rank, inputs]`.
    pub a: &'a Tensor,
    /// `[outputs, rank]`.
    pub b: &'a Tensor,
    pub scale: f64,
}

/// A bottleneck adapter in a sublayer whose output is `y`: `y + scaling · up(activation(down(input)))`.
pub(crate) struct BottleneckModule<'a> {
    pub down: &'a Linear,
    pub up: &'a Linear,
    pub activation: ops::Activation,
    pub scaling: f64,
    /// Whether the input has gone through residual connection and normalisation; else it is `y`.
    pub norm_before: bool,
}

/// The backbone as it is.
pub(crate) struct Frozen;

impl Adaptation for Frozen {}

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

    /// The same encoder with other parts.
    pub fn with_parts(&self, embeddings: Embeddings, layers: Vec<Layer>) -> Encoder {
        Encoder { embeddings, layers, ..self.clone() }
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
    pub fn forward(&self, batch: &Batch, method: &dyn Adaptation) -> Result<Tensor> {
        self.rest(self.below(batch, 0, method)?, 0, batch, method)
    }

    /// The output of the lowest `layers` layers, `[pieces, hidden]`; of the embeddings alone for 0.
    pub fn below(&self, batch: &Batch, layers: usize, method: &dyn Adaptation) -> Result<Tensor> {
        let embed = method.embeddings().unwrap_or(&self.embeddings);
        let mut x = ops::cast(&embed.forward(batch)?, self.place.dtype)?;
        for layer in 0..layers {
            x = self.layer(layer, &x, batch, method)?;
        }
        Ok(x)
    }

    /// The last layer's output, given the input `x` of layer `from`.
    pub fn rest(&self, mut x: Tensor, from: usize, batch: &Batch, method: &dyn Adaptation) -> Result<Tensor> {
        for layer in from..self.layers.len() {
            x = self.layer(layer, &x, batch, method)?;
        }
        Ok(x)
    }

    /// The output of layer `index` for the input `x`. Each of its large products looks at the batch's `cancel` before it.
    pub fn layer(&self, index: usize, x: &Tensor, batch: &Batch, method: &dyn Adaptation) -> Result<Tensor> {
        let layer = method.layer(index).unwrap_or(&self.layers[index]);
        let linear = |site: Site, x: &Tensor| -> Result<Tensor> {
            batch.cancel.check()?;
            let y = layer.projection(site).forward(x)?;
            Ok(match method.delta(index, site, x)? {
                Some(delta) => ops::add(&y, &delta)?,
                None => y,
            })
        };
        let [q, k, v] = [Site::Query, Site::Key, Site::Value].map(|site| linear(site, x));
        let attended = ops::attention(&q?, &k?, &v?, &batch.starts, self.config.heads)?;
        let y = linear(Site::AttentionOutput, &attended)?;
        let x = method.close(index, Sublayer::Attention, &y, x, &layer.attention_norm)?;
        let inner = match method.adapts(index, Site::Intermediate) {
            true => ops::activation(&linear(Site::Intermediate, &x)?, ops::Activation::Gelu)?,
            false => {
                batch.cancel.check()?;
                layer.projection(Site::Intermediate).forward_gelu(&x)?
            }
        };
        let y = linear(Site::Output, &inner)?;
        method.close(index, Sublayer::Output, &y, &x, &layer.output_norm)
    }
}
