//! LoRA: low-rank updates beside linear layers (Hu et al. 2021).

use candle_core::Tensor;

use super::method::Lora;
use super::parameters::{Init, Parameters};
use crate::error::Result;
use crate::model::{Adaptation, Config, LowRank, Site, tensor_name};
use crate::ops;

/// The updates of all layers.
pub(crate) struct LoraUpdates {
    scale: f64,
    /// For every layer, the updates by site.
    layers: Vec<Vec<(Site, Update)>>,
}

struct Update {
    /// `[rank, inputs]`.
    a: Tensor,
    /// `[outputs, rank]`.
    b: Tensor,
}

impl LoraUpdates {
    pub fn build(settings: &Lora, config: &Config, parameters: &mut Parameters) -> Result<LoraUpdates> {
        let mut update = |layer: usize, site: Site| -> Result<(Site, Update)> {
            let (outputs, inputs) = site.shape(config);
            let (a, b) =
                (tensor_name(layer, site.path(), "lora_A.weight"), tensor_name(layer, site.path(), "lora_B.weight"));
            // As PEFT starts them: A by Kaiming's uniform rule with slope √5, which is 1/√inputs; B zero on purpose,
            // so that training starts from the backbone's own output.
            let a = parameters.get(&a, &[settings.rank, inputs], Init::Uniform(1.0 / (inputs as f64).sqrt()))?;
            let b = parameters.get(&b, &[outputs, settings.rank], Init::Zeros)?;
            Ok((site, Update { a, b }))
        };
        let layers = (0..config.layers)
            .map(|layer| match settings.layers.contains(layer) {
                true => settings.sites.iter().map(|site| update(layer, *site)).collect(),
                false => Ok(Vec::new()),
            })
            .collect::<Result<_>>()?;
        Ok(LoraUpdates { scale: settings.scale(), layers })
    }

    fn find(&self, layer: usize, site: Site) -> Option<&Update> {
        self.layers[layer].iter().find(|(s, _)| *s == site).map(|(_, update)| update)
    }
}

impl Adaptation for LoraUpdates {
    fn adapts(&self, layer: usize, site: Site) -> bool {
        self.find(layer, site).is_some()
    }

    fn low_rank(&self, layer: usize, site: Site) -> Option<LowRank<'_>> {
        self.find(layer, site).map(|Update { a, b }| LowRank { a, b, scale: self.scale })
    }

    fn delta(&self, layer: usize, site: Site, x: &Tensor) -> Result<Option<Tensor>> {
        let Some(Update { a, b }) = self.find(layer, site) else { return Ok(None) };
        // The scale goes to the narrow side, where it touches rank instead of hidden columns.
        let narrow = ops::scale(&ops::linear(x, a, None)?, self.scale)?;
        Ok(Some(ops::linear(&narrow, b, None)?))
    }
}
