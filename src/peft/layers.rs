//! The layers that a method touches.

use serde::{Deserialize, Serialize};

use crate::error::{Error, OptionName, Result};
use crate::model::Config;

/// The layers that a method touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Layers {
    /// Every layer; for [`BitFit`](super::BitFit) and [`Full`](super::Full) the embeddings too.
    #[default]
    All,
    /// These layers, counted from 0 at the bottom; strictly ascending.
    Only(Vec<usize>),
}

impl Layers {
    /// The uppermost `count` layers of `config`'s encoder.
    pub fn upper(count: usize, config: &Config) -> Layers {
        Layers::Only((config.layers.saturating_sub(count)..config.layers).collect())
    }

    /// True where `layer` is among them.
    pub fn contains(&self, layer: usize) -> bool {
        match self {
            Layers::All => true,
            Layers::Only(list) => list.binary_search(&layer).is_ok(),
        }
    }

    /// Refuses layers that `config`'s encoder does not have.
    pub(super) fn check(&self, config: &Config) -> Result<()> {
        let layers = OptionName("layers");
        match self {
            Layers::Only(list) if list.is_empty() => Err(Error::option(&format!("{layers} is an empty list"))),
            Layers::Only(list) if !list.is_sorted_by(|a, b| a < b) => {
                Err(Error::option(&format!("{layers} is {list:?}, which is not in strictly ascending order")))
            }
            Layers::Only(list) if list.last().is_some_and(|l| *l >= config.layers) => Err(Error::option(&format!(
                "{layers} is {list:?}; all must be below {}, the backbone's number of layers",
                config.layers
            ))),
            _ => Ok(()),
        }
    }
}
