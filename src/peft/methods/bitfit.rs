//! BitFit: the biases of the linear layers and of layer normalisation (Ben Zaken et al. 2021).

use serde::{Deserialize, Serialize};

use super::about::{About, PeftMethod, Rates};
use super::{Layers, Method};
use crate::error::Result;
use crate::model::{Adaptation, Embeddings, Encoder, Layer, LayerAdaptation, Norm};
use crate::peft::parameters::{Init, Parameters};

/// Settings of BitFit, which trains the biases alone: Ben Zaken et al. 2021 (arXiv 2106.10199).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitFit {
    /// The layers whose biases are trained.
    #[serde(default)]
    pub layers: Layers,
}

pub(super) const ABOUT: About = About {
    name: "bitfit",
    called: "BitFit",
    rates: Rates { method: 4e-3, head: 4e-3 },
    options: &["layers"],
    usual: |_| Method::BitFit(BitFit::default()),
    whole_backbone: false,
    peft: None,
    adapterhub: None,
};

impl PeftMethod for BitFit {
    fn build(&self, encoder: &Encoder, _: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        let config = encoder.config();
        let embeddings = match self.layers {
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
        let change = |(index, base)| -> Result<LayerAdaptation> {
            let own = self.layers.contains(index).then(|| layer(index, base)).transpose()?;
            Ok(LayerAdaptation { own, ..LayerAdaptation::default() })
        };
        let layers = encoder.layers.iter().enumerate().map(change).collect::<Result<_>>()?;
        Ok(Adaptation { embeddings, layers })
    }
}
