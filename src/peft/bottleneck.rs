//! Bottleneck adapters inside the sublayers (Houlsby et al. 2019, Pfeiffer et al. 2020).

use candle_core::Tensor;

use super::method::Bottleneck;
use super::parameters::{Init, Parameters};
use crate::error::Result;
use crate::model::{Adaptation, BottleneckModule, Config, Linear, Norm, Sublayer, tensor_name};
use crate::ops;

/// The adapters of all layers.
pub(crate) struct BottleneckAdapters {
    settings: Bottleneck,
    /// One entry a layer.
    attention: Vec<Option<Projections>>,
    output: Vec<Option<Projections>>,
}

struct Projections {
    down: Linear,
    up: Linear,
}

/// Name of a projection's tensor: BERT's module path, then `adapter_down` or `adapter_up`.
pub(crate) fn name(layer: usize, sublayer: Sublayer, projection: &str, part: &str) -> String {
    tensor_name(layer, &format!("{}.adapter_{projection}", sublayer.path()), part)
}

impl BottleneckAdapters {
    pub fn build(settings: &Bottleneck, config: &Config, parameters: &mut Parameters) -> Result<BottleneckAdapters> {
        let mut linear = |layer, sublayer, projection: &str, outputs, inputs| -> Result<Linear> {
            // Small, not zero: a zero up-projection would cut the first gradient of the down-projection.
            let weight = name(layer, sublayer, projection, "weight");
            let bias = name(layer, sublayer, projection, "bias");
            Ok(Linear {
                weight: parameters.get(&weight, &[outputs, inputs], Init::Normal(0.02))?,
                bias: parameters.get(&bias, &[outputs], Init::Zeros)?,
            })
        };
        let mut all = |sublayer, wanted: bool| -> Result<Vec<Option<Projections>>> {
            (0..config.layers)
                .map(|layer| match wanted && settings.layers.contains(layer) {
                    false => Ok(None),
                    true => Ok(Some(Projections {
                        down: linear(layer, sublayer, "down", settings.size, config.hidden)?,
                        up: linear(layer, sublayer, "up", config.hidden, settings.size)?,
                    })),
                })
                .collect()
        };
        let attention = all(Sublayer::Attention, settings.attention)?;
        let output = all(Sublayer::Output, settings.output)?;
        Ok(BottleneckAdapters { settings: settings.clone(), attention, output })
    }

    fn projections(&self, layer: usize, sublayer: Sublayer) -> Option<&Projections> {
        match sublayer {
            Sublayer::Attention => self.attention[layer].as_ref(),
            Sublayer::Output => self.output[layer].as_ref(),
        }
    }
}

impl Adaptation for BottleneckAdapters {
    fn bottleneck(&self, layer: usize, sublayer: Sublayer) -> Option<BottleneckModule<'_>> {
        let Projections { down, up } = self.projections(layer, sublayer)?;
        let Bottleneck { activation, scaling, norm_before, .. } = self.settings;
        Some(BottleneckModule { down, up, activation, scaling, norm_before })
    }

    fn close(&self, layer: usize, sublayer: Sublayer, y: &Tensor, residual: &Tensor, norm: &Norm) -> Result<Tensor> {
        let Some(Projections { down, up }) = self.projections(layer, sublayer) else {
            return norm.forward(y, Some(residual));
        };
        let narrow = match self.settings.norm_before {
            true => down.forward(&norm.forward(y, Some(residual))?)?,
            false => down.forward(y)?,
        };
        let mut wide = up.forward(&ops::activation(&narrow, self.settings.activation)?)?;
        if self.settings.scaling != 1.0 {
            wide = ops::scale(&wide, self.settings.scaling)?;
        }
        norm.forward(&ops::add(&wide, y)?, Some(residual))
    }
}
