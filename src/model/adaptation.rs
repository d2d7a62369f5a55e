//! What a PEFT method changes in the encoder, as data: who computes interprets it.

use candle_core::Tensor;

use super::embeddings::Embeddings;
use super::layer::{Layer, Linear, Site, Sublayer};
use crate::ops;

/// What a PEFT method changes in the encoder. The default changes nothing.
#[derive(Clone, Default)]
pub(crate) struct Adaptation {
    /// Embeddings of its own.
    pub embeddings: Option<Embeddings>,
    /// What it changes in each layer, from the bottom; empty where it changes no layer.
    pub layers: Vec<LayerAdaptation>,
}

/// What a method changes in one layer. The default changes nothing.
#[derive(Clone, Default)]
pub(crate) struct LayerAdaptation {
    /// Weights, biases and norms of its own; those that it does not train are the backbone's.
    pub own: Option<Layer>,
    /// Low-rank updates, at most one beside a linear layer.
    pub low_rank: Vec<(Site, LowRank)>,
    /// Factors of what goes into linear layers or comes out of them, `[columns]` each. Inputs have some only at the two
    /// layers that end a sublayer: those of the others are used elsewhere, too.
    pub factors: Vec<(Site, Side, Tensor)>,
    /// The module in self-attention.
    pub attention: Option<BottleneckModule>,
    /// The module in the feed-forward network.
    pub output: Option<BottleneckModule>,
}

/// A side of a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What goes in.
    Input,
    /// What comes out, bias included.
    Output,
}

/// A low-rank update beside a linear layer: `y + scale · B A x`.
#[derive(Clone)]
pub(crate) struct LowRank {
    /// `[rank, inputs]`.
    pub a: Tensor,
    /// `[outputs, rank]`.
    pub b: Tensor,
    pub scale: f64,
}

/// A bottleneck adapter in a sublayer whose output is `y`, and then `y + scaling · up(activation(down(input)))`.
#[derive(Clone)]
pub(crate) struct BottleneckModule {
    pub down: Linear,
    pub up: Linear,
    pub activation: ops::Activation,
    pub scaling: f64,
    pub input: ModuleInput,
}

/// What a bottleneck adapter reads in a sublayer whose input is `x` and whose output is `y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModuleInput {
    /// `y`.
    Output,
    /// `LN(y + x)`: what the layer has there without the adapter.
    Normed,
    /// `x`: the adapter stands beside the sublayer.
    Residual,
}

/// A layer in which nothing is changed.
static UNCHANGED: LayerAdaptation =
    LayerAdaptation { own: None, low_rank: Vec::new(), factors: Vec::new(), attention: None, output: None };

impl Adaptation {
    /// What is changed in the layer of this number.
    pub fn layer(&self, layer: usize) -> &LayerAdaptation {
        self.layers.get(layer).unwrap_or(&UNCHANGED)
    }
}

impl LayerAdaptation {
    /// The update beside `site`.
    pub fn low_rank(&self, site: Site) -> Option<&LowRank> {
        self.low_rank.iter().find(|(s, _)| *s == site).map(|(_, update)| update)
    }

    /// The factors of one side of `site`.
    pub fn factors(&self, site: Site, side: Side) -> Option<&Tensor> {
        self.factors.iter().find(|(s, at, _)| (*s, *at) == (site, side)).map(|(.., factors)| factors)
    }

    /// Whether the output of `site` is another than that of its weight and bias, so that nothing can be fused with it.
    pub fn alters(&self, site: Site) -> bool {
        self.low_rank(site).is_some() || self.factors(site, Side::Output).is_some()
    }

    /// The module in `sublayer`.
    pub fn bottleneck(&self, sublayer: Sublayer) -> Option<&BottleneckModule> {
        match sublayer {
            Sublayer::Attention => self.attention.as_ref(),
            Sublayer::Output => self.output.as_ref(),
        }
    }

    /// The same, to be set.
    pub fn bottleneck_mut(&mut self, sublayer: Sublayer) -> &mut Option<BottleneckModule> {
        match sublayer {
            Sublayer::Attention => &mut self.attention,
            Sublayer::Output => &mut self.output,
        }
    }
}
