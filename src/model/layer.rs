//! The weights of one transformer layer, and the names by which methods and files address its parts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use once_cell::sync::OnceCell;
use serde::{Deserialize, Serialize};

use super::Config;
use super::place::Place;
use super::stored::Stored;
use super::weights::Weights;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{self, Matrix};

/// A linear layer of the encoder. Its name in files is BERT's module path inside a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Site {
    /// The projection to queries.
    #[serde(rename = "attention.self.query")]
    Query,
    /// The projection to keys.
    #[serde(rename = "attention.self.key")]
    Key,
    /// The projection to values.
    #[serde(rename = "attention.self.value")]
    Value,
    /// The projection behind attention.
    #[serde(rename = "attention.output.dense")]
    AttentionOutput,
    /// The first layer of the feed-forward network, with GELU behind it.
    #[serde(rename = "intermediate.dense")]
    Intermediate,
    /// The second layer of the feed-forward network.
    #[serde(rename = "output.dense")]
    Output,
}

impl Site {
    /// Every linear layer, in the order of the forward pass.
    pub const ALL: [Site; 6] =
        [Site::Query, Site::Key, Site::Value, Site::AttentionOutput, Site::Intermediate, Site::Output];

    /// BERT's module path inside a layer.
    pub fn path(self) -> &'static str {
        match self {
            Site::Query => "attention.self.query",
            Site::Key => "attention.self.key",
            Site::Value => "attention.self.value",
            Site::AttentionOutput => "attention.output.dense",
            Site::Intermediate => "intermediate.dense",
            Site::Output => "output.dense",
        }
    }

    /// `(outputs, inputs)` of the layer's weight.
    pub fn shape(self, config: &Config) -> (usize, usize) {
        match self {
            Site::Intermediate => (config.intermediate, config.hidden),
            Site::Output => (config.hidden, config.intermediate),
            _ => (config.hidden, config.hidden),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// One of the two sublayers that end in a residual connection and layer normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sublayer {
    /// Self-attention.
    Attention,
    /// The feed-forward network.
    Output,
}

impl Sublayer {
    /// BERT's module path inside a layer.
    pub fn path(self) -> &'static str {
        match self {
            Sublayer::Attention => "attention.output",
            Sublayer::Output => "output",
        }
    }
}

/// A small linear layer of a method: `y = x Wᵀ + b`.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    /// `[outputs, inputs]`.
    pub weight: Tensor,
    /// `[outputs]`.
    pub bias: Tensor,
}

impl Linear {
    /// `x` is `[pieces, inputs]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(ops::linear(x, &self.weight, Some(&self.bias))?)
    }
}

/// A weight matrix of the backbone, `[outputs, inputs]`.
#[derive(Clone)]
pub(crate) enum Weight {
    /// In `f32`, or trained.
    Dense(Tensor),
    /// In the backbone's file.
    Stored(Arc<StoredWeight>),
}

/// A matrix that lies in a file, and in memory as `f32` once training has asked for it.
pub(crate) struct StoredWeight {
    matrix: Arc<Stored>,
    /// What errors name.
    name: String,
    file: Option<PathBuf>,
    /// Whether it stays as the file has it, and is written out within every operation.
    quantised: bool,
    dense: OnceCell<Tensor>,
}

impl StoredWeight {
    pub fn load(weights: &Weights, name: &str, shape: [usize; 2], quantised: bool) -> Result<StoredWeight> {
        let matrix = Arc::new(weights.matrix(name, shape)?);
        let file = weights.path().map(Path::to_owned);
        Ok(StoredWeight { matrix, name: name.to_owned(), file, quantised, dense: OnceCell::new() })
    }

    /// The matrix as the file has it.
    pub fn stored(&self) -> &Stored {
        &self.matrix
    }

    /// Whether memory is not to hold it in `f32`.
    pub fn stays_quantised(&self) -> bool {
        self.quantised
    }

    /// An error where a number is not finite.
    pub fn check_finite(&self) -> Result<()> {
        self.matrix.to_f32().map(drop).map_err(|e| self.place(e))
    }

    /// Says where an error about the matrix's numbers is.
    fn place(&self, e: Error) -> Error {
        let e = e.about_tensor(&self.name);
        match &self.file {
            Some(file) => e.in_file(file),
            None => e,
        }
    }

    /// The matrix for operations that write it out.
    fn expandable(&self) -> Arc<dyn Matrix> {
        self.matrix.clone()
    }

    /// The matrix in `f32`, from now on in memory.
    fn dense(&self) -> Result<&Tensor> {
        // By this thread alone: one that waits for others may take up work that waits for this cell.
        self.dense.get_or_try_init(|| self.matrix.to_tensor_serially().map_err(|e| self.place(e)))
    }
}

impl Weight {
    /// Whether both are the same matrix, not only equal ones.
    pub fn is_same(&self, other: &Weight) -> bool {
        match (self, other) {
            (Weight::Dense(a), Weight::Dense(b)) => a.id() == b.id(),
            (Weight::Stored(a), Weight::Stored(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The matrix in `f32`.
    pub fn to_tensor(&self) -> Result<Tensor> {
        match self {
            Weight::Dense(tensor) => Ok(tensor.clone()),
            Weight::Stored(w) if w.quantised => w.matrix.to_tensor().map_err(|e| w.place(e)),
            Weight::Stored(w) => w.dense().cloned(),
        }
    }

    /// The matrix in `f32`, of which no copy is kept.
    pub fn read(&self) -> Result<Tensor> {
        match self {
            Weight::Dense(tensor) => Ok(tensor.clone()),
            Weight::Stored(w) => w.matrix.to_tensor().map_err(|e| w.place(e)),
        }
    }
}

/// A linear layer of the backbone.
#[derive(Clone)]
pub(crate) struct Projection {
    pub weight: Weight,
    /// `[outputs]`.
    pub bias: Tensor,
}

impl Projection {
    /// `x Wᵀ + b`; `x` is `[pieces, inputs]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(match &self.weight {
            Weight::Dense(w) => ops::linear(x, w, Some(&self.bias))?,
            Weight::Stored(w) if w.quantised => ops::linear_expanded(x, &w.expandable(), &self.bias)?,
            Weight::Stored(w) => ops::linear(x, w.dense()?, Some(&self.bias))?,
        })
    }

    /// `GELU(x Wᵀ + b)`.
    pub fn forward_gelu(&self, x: &Tensor) -> Result<Tensor> {
        Ok(match &self.weight {
            Weight::Dense(w) => ops::linear_gelu(x, w, &self.bias)?,
            Weight::Stored(w) if w.quantised => ops::linear_gelu_expanded(x, &w.expandable(), &self.bias)?,
            Weight::Stored(w) => ops::linear_gelu(x, w.dense()?, &self.bias)?,
        })
    }
}

/// Layer normalisation with its scale and shift.
#[derive(Debug, Clone)]
pub(crate) struct Norm {
    /// `[hidden]`.
    pub gamma: Tensor,
    /// `[hidden]`.
    pub beta: Tensor,
    pub eps: f64,
}

impl Norm {
    /// A copy on `device`.
    pub fn placed(&self, device: &Device) -> Result<Norm> {
        Ok(Norm { gamma: self.gamma.to_device(device)?, beta: self.beta.to_device(device)?, eps: self.eps })
    }

    /// `LN(x + residual)`; both are `[pieces, hidden]`.
    pub fn forward(&self, x: &Tensor, residual: Option<&Tensor>) -> Result<Tensor> {
        Ok(ops::layer_norm(x, residual, &self.gamma, &self.beta, self.eps)?)
    }
}

/// Everything that one layer holds. Tensors are shared, so a clone costs nothing.
#[derive(Clone)]
pub(crate) struct Layer {
    /// By [`Site`], in the order of [`Site::ALL`].
    projections: [Projection; 6],
    pub attention_norm: Norm,
    pub output_norm: Norm,
}

/// The name of a tensor of layer `layer`: `prefix("0", "output.dense", "bias")`.
pub(crate) fn tensor_name(layer: usize, module: &str, part: &str) -> String {
    format!("encoder.layer.{layer}.{module}.{part}")
}

/// The layer whose tensor has this name; `None` for what stands in no layer.
pub(crate) fn layer_of(name: &str) -> Option<usize> {
    name.strip_prefix("encoder.layer.")?.split('.').next()?.parse().ok()
}

impl Layer {
    /// Builds a layer from its matrices, by name and site, and its vectors, by name and length: out of the backbone's
    /// files, or by a method that replaces some of them.
    pub fn build(
        config: &Config,
        layer: usize,
        mut matrix: impl FnMut(&str, Site) -> Result<Weight>,
        mut vector: impl FnMut(&str, usize) -> Result<Tensor>,
    ) -> Result<Layer> {
        let mut projection = |site: Site| -> Result<Projection> {
            Ok(Projection {
                weight: matrix(&tensor_name(layer, site.path(), "weight"), site)?,
                bias: vector(&tensor_name(layer, site.path(), "bias"), site.shape(config).0)?,
            })
        };
        let [query, key, value, attention_output, intermediate, output] = Site::ALL.map(&mut projection);
        let projections = [query?, key?, value?, attention_output?, intermediate?, output?];
        let mut norm = |sublayer: Sublayer| -> Result<Norm> {
            let module = format!("{}.LayerNorm", sublayer.path());
            Ok(Norm {
                gamma: vector(&tensor_name(layer, &module, "weight"), config.hidden)?,
                beta: vector(&tensor_name(layer, &module, "bias"), config.hidden)?,
                eps: config.eps,
            })
        };
        Ok(Layer { projections, attention_norm: norm(Sublayer::Attention)?, output_norm: norm(Sublayer::Output)? })
    }

    /// Reads a layer. Its matrices are left where they lie until somebody computes with them; in training they stay
    /// quantised where `quantised` is set.
    pub fn load(weights: &Weights, layer: usize, quantised: bool) -> Result<Layer> {
        let config = weights.config();
        let matrix = |name: &str, site: Site| {
            let stored = StoredWeight::load(weights, name, site.shape(config).into(), quantised)?;
            Ok(Weight::Stored(Arc::new(stored)))
        };
        Layer::build(config, layer, matrix, |name, length| weights.tensor(name, &[length]))
    }

    /// A copy at `place`.
    pub fn placed(&self, place: &Place) -> Result<Layer> {
        let projection = |p: &Projection| -> Result<Projection> {
            let weight = p.weight.read()?.to_device(&place.device)?.to_dtype(place.dtype)?;
            Ok(Projection {
                weight: Weight::Dense(weight),
                bias: p.bias.to_device(&place.device)?.to_dtype(place.dtype)?,
            })
        };
        let [query, key, value, attention_output, intermediate, output] = self.projections.each_ref().map(projection);
        Ok(Layer {
            projections: [query?, key?, value?, attention_output?, intermediate?, output?],
            attention_norm: self.attention_norm.placed(&place.device)?,
            output_norm: self.output_norm.placed(&place.device)?,
        })
    }

    /// Whether all matrices are those of `other`.
    pub fn shares_weights(&self, other: &Layer) -> bool {
        self.projections.iter().zip(&other.projections).all(|(a, b)| a.weight.is_same(&b.weight))
    }

    pub fn projection(&self, site: Site) -> &Projection {
        // The discriminants count as `Site::ALL` does.
        &self.projections[site as usize]
    }

    /// The bias, scale or shift of this layer that files call `name`.
    pub fn vector(&self, layer: usize, name: &str) -> Result<&Tensor> {
        let unknown = || Error::new(ErrorKind::Compute, "internal: no such tensor in a layer").about_tensor(name);
        let local = name.strip_prefix(&format!("encoder.layer.{layer}."));
        let (module, part) = local.and_then(|l| l.rsplit_once('.')).ok_or_else(unknown)?;
        let norm = match module {
            "attention.output.LayerNorm" => Some(&self.attention_norm),
            "output.LayerNorm" => Some(&self.output_norm),
            _ => None,
        };
        if let Some(norm) = norm {
            return Ok(if part == "weight" { &norm.gamma } else { &norm.beta });
        }
        let site = Site::ALL.into_iter().find(|s| s.path() == module).ok_or_else(unknown)?;
        Ok(&self.projection(site).bias)
    }
}
