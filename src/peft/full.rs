//! Full fine-tuning, the arm that parameter-efficient methods are measured against.

use std::cell::RefCell;

use candle_core::Tensor;

use super::method::{Full, Layers};
use super::parameters::{Init, Parameters};
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::model::{Adaptation, Config, Embed, Embeddings, Encoder, Layer, Norm, Site, Weight};
use crate::ops;

/// The names of the word embedding's trained rows and of their piece ids.
pub(crate) const ROWS: &str = "embeddings.word_embeddings.rows";
pub(crate) const IDS: &str = "embeddings.word_embeddings.ids";

/// A whole encoder of its own.
pub(crate) struct FullEncoder {
    embeddings: Option<TrainedEmbeddings>,
    layers: Vec<Option<Layer>>,
}

/// Embeddings of which the word table is sparse: a piece that never occurred in training keeps the backbone's row.
///
/// A dense table would take four times its size for gradient and moments, to change rows that no sentence touches.
struct TrainedEmbeddings {
    /// Ascending piece ids.
    ids: Vec<u32>,
    /// `[ids, hidden]`.
    rows: Tensor,
    position: Tensor,
    kind: Tensor,
    norm: Norm,
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
            Layers::All => Some(TrainedEmbeddings::build(config, &encoder.embeddings, pieces, parameters)?),
        };
        // Both closures of `build` hand out parameters, one at a time.
        let parameters = RefCell::new(parameters);
        let layer = |index: usize, base: &Layer| {
            let matrix = |name: &str, site: Site| {
                let (outputs, inputs) = site.shape(config);
                let start = base.projection(site).weight.to_tensor()?;
                let trained = parameters.borrow_mut().get(name, &[outputs, inputs], Init::Base(&start))?;
                Ok(Weight::Dense(trained))
            };
            let vector = |name: &str, length: usize| {
                parameters.borrow_mut().get(name, &[length], Init::Base(base.vector(index, name)?))
            };
            Layer::build(config, index, matrix, vector)
        };
        let layers = encoder
            .layers
            .iter()
            .enumerate()
            .map(|(index, base)| settings.layers.contains(index).then(|| layer(index, base)).transpose());
        Ok(FullEncoder { layers: layers.collect::<Result<_>>()?, embeddings })
    }
}

impl Adaptation for FullEncoder {
    fn embeddings(&self) -> Option<&dyn Embed> {
        self.embeddings.as_ref().map(|e| e as _)
    }

    fn layer(&self, layer: usize) -> Option<&Layer> {
        self.layers[layer].as_ref()
    }
}

impl TrainedEmbeddings {
    fn build(
        config: &Config,
        base: &Embeddings,
        pieces: &[u32],
        parameters: &mut Parameters,
    ) -> Result<TrainedEmbeddings> {
        let ids = parameters.indices(IDS, pieces)?;
        let outside = ids.last().is_some_and(|last| *last as usize >= config.vocabulary);
        if !ids.is_sorted_by(|a, b| a < b) || outside {
            return Err(Error::format("piece ids must ascend and lie inside the vocabulary").about_tensor(IDS));
        }
        let hidden = config.hidden;
        let rows = base.word.gather(&ids)?;
        let mut get = |name: &str, base: &Tensor| parameters.get(name, base.dims(), Init::Base(base));
        Ok(TrainedEmbeddings {
            rows: get(ROWS, &rows)?,
            position: get("embeddings.position_embeddings.weight", &base.position)?,
            kind: get("embeddings.token_type_embeddings.weight", &base.kind)?,
            norm: Norm {
                gamma: get("embeddings.LayerNorm.weight", &base.norm.gamma.reshape(hidden)?)?,
                beta: get("embeddings.LayerNorm.bias", &base.norm.beta.reshape(hidden)?)?,
                eps: base.norm.eps,
            },
            ids,
        })
    }
}

impl Embed for TrainedEmbeddings {
    fn embed(&self, base: &Embeddings, batch: &Batch) -> Result<Tensor> {
        let known = self.ids.len() as u32;
        let mut others = Vec::new();
        let indices: Vec<u32> = batch
            .ids
            .iter()
            .map(|id| match self.ids.binary_search(id) {
                Ok(row) => row as u32,
                Err(_) => {
                    others.push(*id);
                    known + others.len() as u32 - 1
                }
            })
            .collect();
        let word = match others.is_empty() {
            true => ops::select_rows(&self.rows, &indices)?,
            false => {
                // Only the rows at hand are joined with the backbone's, so that the trained table is not copied whole.
                let trained: Vec<u32> = indices.iter().copied().filter(|i| *i < known).collect();
                let (mut t, mut o) = (0, trained.len() as u32);
                let order: Vec<u32> = indices
                    .iter()
                    .map(|i| {
                        let next = if *i < known { &mut t } else { &mut o };
                        *next += 1;
                        *next - 1
                    })
                    .collect();
                let joined = match trained.is_empty() {
                    true => base.word.gather(&others)?,
                    false => Tensor::cat(&[ops::select_rows(&self.rows, &trained)?, base.word.gather(&others)?], 0)?,
                };
                ops::select_rows(&joined, &order)?
            }
        };
        Embeddings::sum(&word, &self.position, &self.kind, &self.norm, batch)
    }
}
