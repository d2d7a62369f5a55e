//! Full fine-tuning, the arm that parameter-efficient methods are measured against.

use std::cell::RefCell;

use candle_core::Tensor;

use super::method::{Full, Layers};
use super::parameters::{Init, Parameters};
use crate::error::{Error, Result};
use crate::model::{Adaptation, Config, Embeddings, Encoder, Layer, Norm, Site, Weight};

/// The names of the word embedding's trained rows and of their piece ids.
pub(crate) const ROWS: &str = "embeddings.word_embeddings.rows";
pub(crate) const IDS: &str = "embeddings.word_embeddings.ids";

/// A whole encoder of its own.
pub(crate) struct FullEncoder {
    embeddings: Option<Embeddings>,
    layers: Vec<Option<Layer>>,
}

impl FullEncoder {
    /// `pieces` are the ascending ids of the pieces that occur in the training data; a loaded adapter brings its own.
    pub fn build(
        settings: &Full,
        config: &Config,
        encoder: &Encoder,
        pieces: &[u32],
        parameters: &mut Parameters,
    ) -> Result<FullEncoder> {
        let embeddings = match settings.layers {
            Layers::Only(_) => None,
            Layers::All => Some(embeddings(config, encoder, pieces, parameters)?),
        };
        // Both closures of `build` hand out parameters, one at a time.
        let parameters = RefCell::new(parameters);
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
        let layers = encoder
            .exact()
            .layers
            .iter()
            .enumerate()
            .map(|(index, exact)| settings.layers.contains(index).then(|| layer(index, exact)).transpose());
        Ok(FullEncoder { layers: layers.collect::<Result<_>>()?, embeddings })
    }

    /// An encoder of its parts, and of `base`'s where it has none.
    pub fn into_encoder(self, base: &Encoder) -> Encoder {
        let layers = self.layers.into_iter().zip(&base.layers).map(|(own, base)| own.unwrap_or_else(|| base.clone()));
        let embeddings = self.embeddings.unwrap_or_else(|| base.embeddings.clone());
        base.with_parts(embeddings, layers.collect())
    }
}

impl Adaptation for FullEncoder {
    fn embeddings(&self) -> Option<&Embeddings> {
        self.embeddings.as_ref()
    }

    fn layer(&self, layer: usize) -> Option<&Layer> {
        self.layers[layer].as_ref()
    }
}

/// Embeddings of which every table is trained; of the word table, the rows of `pieces`: a piece that never occurred keeps
/// the backbone's row.
fn embeddings(config: &Config, base: &Encoder, pieces: &[u32], parameters: &mut Parameters) -> Result<Embeddings> {
    let (exact, base) = (&base.exact().embeddings, &base.embeddings);
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
