//! Full fine-tuning, the arm that parameter-efficient methods are measured against.

use std::cell::RefCell;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::about::{About, PeftMethod, Rates};
use super::{Layers, Method};
use crate::error::{Error, Result};
use crate::model::{Adaptation, Embeddings, Encoder, Layer, LayerAdaptation, Norm, Site, Weight};
use crate::peft::parameters::{Init, Parameters};

/// The names of the word embedding's trained rows and of their piece ids.
pub(crate) const ROWS: &str = "embeddings.word_embeddings.rows";
pub(crate) const IDS: &str = "embeddings.word_embeddings.ids";

/// Settings of full fine-tuning, which trains every parameter of the backbone. Of the word embeddings, the rows that occur
/// in the training data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// The layers that are trained.
    #[serde(default)]
    pub layers: Layers,
}

pub(super) const ABOUT: About = About {
    name: "full",
    called: "full fine-tuning",
    rates: Rates { method: 1e-4, head: 1e-3 },
    options: &["layers"],
    usual: |_| Method::Full(Full::default()),
    whole_backbone: true,
    peft: None,
    adapterhub: None,
};

impl PeftMethod for Full {
    /// A loaded adapter brings the ids of its pieces.
    fn build(&self, encoder: &Encoder, pieces: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        let embeddings = match self.layers {
            Layers::Only(_) => None,
            Layers::All => Some(embeddings(encoder, pieces, parameters)?),
        };
        // Both closures of `Layer::build` hand out parameters, one at a time.
        let (config, parameters) = (encoder.config(), RefCell::new(parameters));
        let layer = |index: usize, exact: &Layer| {
            let matrix = |name: &str, site: Site| {
                let (outputs, inputs) = site.shape(config);
                let start = Init::Matrix(&exact.projection(site).weight);
                let trained = parameters.borrow_mut().get(name, &[outputs, inputs], start)?;
                Ok(Weight::Dense(trained))
            };
            let vector = |name: &str, length: usize| {
                parameters.borrow_mut().get(name, &[length], Init::Base(exact.vector(index, name)?))
            };
            Layer::build(config, index, matrix, vector)
        };
        let change = |(index, exact)| -> Result<LayerAdaptation> {
            let own = self.layers.contains(index).then(|| layer(index, exact)).transpose()?;
            Ok(LayerAdaptation { own, ..LayerAdaptation::default() })
        };
        let layers = encoder.exact().layers.iter().enumerate().map(change).collect::<Result<_>>()?;
        Ok(Adaptation { embeddings, layers })
    }
}

/// Embeddings of which every table is trained; of the word table, the rows of `pieces`: a piece that never occurred keeps
/// the backbone's row.
fn embeddings(encoder: &Encoder, pieces: &[u32], parameters: &mut Parameters) -> Result<Embeddings> {
    let (config, exact, base) = (encoder.config(), &encoder.exact().embeddings, &encoder.embeddings);
    let ids = parameters.indices(IDS, pieces)?;
    let outside = ids.last().is_some_and(|last| *last as usize >= config.vocabulary);
    if !ids.is_sorted_by(|a, b| a < b) || outside {
        return Err(Error::format("piece ids must ascend and lie inside the vocabulary").about_tensor(IDS));
    }
    let hidden = config.hidden;
    let rows = parameters.get(ROWS, &[ids.len(), hidden], Init::Rows(&exact.word, &ids))?;
    let mut get = |name: &str, base: &Tensor| parameters.get(name, base.dims(), Init::Base(base));
    Ok(Embeddings {
        position: get("embeddings.position_embeddings.weight", &exact.position)?,
        kind: get("embeddings.token_type_embeddings.weight", &exact.kind)?,
        norm: Norm {
            gamma: get("embeddings.LayerNorm.weight", &exact.norm.gamma.reshape(hidden)?)?,
            beta: get("embeddings.LayerNorm.bias", &exact.norm.beta.reshape(hidden)?)?,
            eps: base.norm.eps,
        },
        word: base.word.with_rows(ids, rows),
    })
}
