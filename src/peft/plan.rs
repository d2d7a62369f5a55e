//! What an adapter changes in a forward pass for inference, laid out for it.

use candle_core::Tensor;

use super::Built;
use crate::error::Result;
use crate::model::{
    BottleneckModule, Encoder, Layer, Linear, LowRank, ModuleInput, PackedEmbeddings, PackedWeights, Side, Site,
    Sublayer, Vectors,
};
use crate::ops::{Activation, Kind, Packed};

/// An adapter's part in the forward pass. What is `None` is the backbone's.
pub(crate) struct Plan {
    pub embeddings: Option<PackedEmbeddings>,
    pub layers: Vec<LayerPlan>,
    pub head: Affine,
}

/// An adapter's part in a layer.
pub(crate) struct LayerPlan {
    /// Matrices of its own: such a layer is shared with no other adapter.
    pub weights: Option<PackedWeights>,
    pub vectors: Option<Vectors>,
    pub updates: Vec<(Site, Update)>,
    /// Factors of what goes into linear layers or comes out of them, a number a column.
    pub factors: Vec<(Site, Side, Vec<f32>)>,
    pub attention: Option<BottleneckPlan>,
    pub output: Option<BottleneckPlan>,
}

/// `B A x` beside a linear layer, the scale within `B`.
pub(crate) struct Update {
    pub a: Packed,
    pub b: Packed,
}

/// `up(activation(down(x)))`, the scaling within `up`.
pub(crate) struct BottleneckPlan {
    pub down: Affine,
    pub activation: Activation,
    pub up: Affine,
    pub input: ModuleInput,
}

/// `x Wᵀ + b`.
pub(crate) struct Affine {
    pub weight: Packed,
    pub bias: Vec<f32>,
}

impl Plan {
    /// The plan of a method on `encoder`, with matrices of its own in numbers of this kind; what is small is computed in
    /// `f32`.
    pub fn new(built: &Built, encoder: &Encoder, kind: Kind) -> Result<Plan> {
        let method = &built.adaptation;
        let layer = |(index, base): (usize, &Layer)| -> Result<LayerPlan> {
            let change = method.layer(index);
            let own = change.own.as_ref();
            let update = |(site, u): &(Site, LowRank)| -> Result<(Site, Update)> {
                Ok((*site, Update { a: matrix(&u.a, 1.0)?, b: matrix(&u.b, u.scale)? }))
            };
            Ok(LayerPlan {
                weights: own.filter(|l| !l.shares_weights(base)).map(|l| PackedWeights::new(l, kind)).transpose()?,
                vectors: own.map(Vectors::new).transpose()?,
                updates: change.low_rank.iter().map(update).collect::<Result<_>>()?,
                factors: change
                    .factors
                    .iter()
                    .map(|(site, side, factors)| Ok((*site, *side, factors.to_vec1()?)))
                    .collect::<Result<_>>()?,
                attention: change.attention.as_ref().map(BottleneckPlan::new).transpose()?,
                output: change.output.as_ref().map(BottleneckPlan::new).transpose()?,
            })
        };
        Ok(Plan {
            embeddings: method.embeddings.as_ref().map(PackedEmbeddings::new).transpose()?,
            layers: encoder.layers.iter().enumerate().map(layer).collect::<Result<_>>()?,
            head: Affine::new(&built.head, 1.0)?,
        })
    }

    /// Whether some layer has matrices of its own, so that no batch can be shared with other adapters.
    pub fn has_weights(&self) -> bool {
        self.layers.iter().any(|layer| layer.weights.is_some())
    }
}

impl LayerPlan {
    /// The factors of one side of `site`.
    pub fn factors(&self, site: Site, side: Side) -> Option<&[f32]> {
        self.factors.iter().find(|(s, at, _)| (*s, *at) == (site, side)).map(|(.., factors)| &factors[..])
    }

    /// Whether the output of `site` is another than that of its weight and bias, so that nothing can be fused with it.
    pub fn alters(&self, site: Site) -> bool {
        self.updates.iter().any(|(s, _)| *s == site) || self.factors(site, Side::Output).is_some()
    }

    pub fn bottleneck(&self, sublayer: Sublayer) -> Option<&BottleneckPlan> {
        match sublayer {
            Sublayer::Attention => self.attention.as_ref(),
            Sublayer::Output => self.output.as_ref(),
        }
    }
}

impl BottleneckPlan {
    fn new(module: &BottleneckModule) -> Result<BottleneckPlan> {
        Ok(BottleneckPlan {
            down: Affine::new(&module.down, 1.0)?,
            activation: module.activation,
            up: Affine::new(&module.up, module.scaling)?,
            input: module.input,
        })
    }
}

impl Affine {
    fn new(linear: &Linear, scale: f64) -> Result<Affine> {
        let bias = linear.bias.to_vec1::<f32>()?;
        Ok(Affine { weight: matrix(&linear.weight, scale)?, bias: bias.iter().map(|b| b * scale as f32).collect() })
    }
}

fn matrix(weight: &Tensor, scale: f64) -> Result<Packed> {
    let (outputs, inputs) = weight.dims2()?;
    let numbers = weight.flatten_all()?.to_vec1::<f32>()?;
    let read = |row: usize, out: &mut [f32]| {
        let row = &numbers[row * inputs..(row + 1) * inputs];
        out.iter_mut().zip(row).for_each(|(o, w)| *o = w * scale as f32);
    };
    Ok(Packed::f32(outputs, inputs, &read))
}
