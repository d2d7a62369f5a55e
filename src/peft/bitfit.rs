//! BitFit: the biases of the linear layers and of layer normalisation (Ben Zaken et al. 2021).

use super::method::{BitFit, Layers};
use super::parameters::{Init, Parameters};
use crate::error::Result;
use crate::model::{Adaptation, Config, Embeddings, Encoder, Layer, Norm};

/// The layers with biases of their own.
pub(crate) struct TrainedBiases {
    /// The backbone's embeddings with another shift in their normalisation.
    embeddings: Option<Embeddings>,
    layers: Vec<Option<Layer>>,
}

impl TrainedBiases {
    pub fn build(
        settings: &BitFit,
        config: &Config,
        encoder: &Encoder,
        parameters: &mut Parameters,
    ) -> Result<TrainedBiases> {
        let embeddings = match settings.layers {
            Layers::Only(_) => None,
            Layers::All => {
                let (norm, exact) = (&encoder.embeddings.norm, &encoder.exact().embeddings.norm);
                let name = "embeddings.LayerNorm.bias";
                let beta = parameters.get(name, &[config.hidden], Init::Base(&exact.beta))?;
                Some(Embeddings { norm: Norm { beta, ..norm.clone() }, ..encoder.embeddings.clone() })
            }
        };
        let mut layer = |index: usize, base: &Layer| {
            let matrix = |_: &str, site| Ok(base.projection(site).weight.clone());
            Layer::build(config, index, matrix, |name, length| match name.ends_with(".bias") {
                true => parameters.get(name, &[length], Init::Base(encoder.exact().layers[index].vector(index, name)?)),
                false => Ok(base.vector(index, name)?.clone()),
            })
        };
        let layers = encoder
            .layers
            .iter()
            .enumerate()
            .map(|(index, base)| settings.layers.contains(index).then(|| layer(index, base)).transpose());
        Ok(TrainedBiases { layers: layers.collect::<Result<_>>()?, embeddings })
    }
}

impl Adaptation for TrainedBiases {
    fn embeddings(&self) -> Option<&Embeddings> {
        self.embeddings.as_ref()
    }

    fn layer(&self, layer: usize) -> Option<&Layer> {
        self.layers[layer].as_ref()
    }
}
