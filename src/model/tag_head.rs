//! The tag head that a Hugging Face folder has of its own (`…ForTokenClassification`): no part of the backbone.

use std::path::Path;

use candle_core::Tensor;
use serde_json::Value;

use super::layer::Linear;
use super::stored::Stored;
use super::weights::Weights;
use crate::error::{Error, Result};

/// A folder's own tag head. A backbone is used without it; given as an adapter, the folder gives the head.
pub struct TagHead {
    labels: Vec<String>,
    weight: Stored,
    bias: Stored,
}

/// The names of the head's tensors.
pub(super) const TENSORS: [&str; 2] = ["classifier.weight", "classifier.bias"];

/// The labels and the numbers of the tag head of the Hugging Face model in `folder`; nothing where it has none.
///
/// # Errors
/// What opening a model gives.
pub(crate) fn tag_head(folder: &Path) -> Result<Option<(Vec<String>, Linear)>> {
    let weights = Weights::open(folder)?;
    let read = |head: &TagHead| Ok((head.labels.clone(), head.read().map_err(|e| e.in_file(folder))?));
    weights.tag_head().map(read).transpose()
}

impl TagHead {
    /// The head of the tensors named [`TENSORS`], where `config` (a `config.json`) is that of a token classifier.
    pub(super) fn new(config: &[u8], [weight, bias]: [Option<Stored>; 2]) -> Option<TagHead> {
        let config: Value = serde_json::from_slice(config).ok()?;
        let is_tagger = |class: &Value| class.as_str().is_some_and(|c| c.ends_with("ForTokenClassification"));
        if !config["architectures"].as_array()?.iter().any(is_tagger) {
            return None;
        }
        let (weight, bias) = (weight?, bias?);
        let rows = weight.shape().first().copied()?;
        let label = |id: usize| config["id2label"][id.to_string()].as_str().map(str::to_owned);
        let labels = (0..rows).map(|id| label(id).unwrap_or_else(|| format!("LABEL_{id}"))).collect();
        Some(TagHead { labels, weight, bias })
    }

    /// The labels of its rows, in their order, as the folder names them.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Its weight `[labels, hidden]` and its bias.
    fn read(&self) -> Result<Linear> {
        let tensor = |stored: &Stored, name: &str| -> Result<Tensor> {
            stored.to_tensor().map_err(|e: Error| e.about_tensor(name))
        };
        Ok(Linear { weight: tensor(&self.weight, TENSORS[0])?, bias: tensor(&self.bias, TENSORS[1])? })
    }
}
