//! Parameter-efficient fine-tuning: the methods, one file each, and the adapter that comes out of one.
//!
//! A method tells what it changes in the encoder as data, an [`Adaptation`](crate::model::Adaptation), made of its
//! [`Parameters`]. To add one: a file in `methods` and its line in the list there.

mod adapter;
mod card;
mod choice;
pub(crate) mod file;
mod head;
mod interchange;
mod layers;
mod methods;
mod parameters;
mod plan;

pub use adapter::Adapter;
pub(crate) use card::VERSION as CARD_VERSION;
pub use card::{Backbone, Card, EpochReport, TrainingReport};
pub use choice::{LayerChoice, MethodChoice, MethodSettings};
pub(crate) use choice::{OF_INITIAL, OF_START};
pub use interchange::{adapterhub, huggingface};
pub use layers::Layers;
pub use methods::{BitFit, Bottleneck, Full, Ia3, Lora, Method, Parallel};

pub(crate) use head::{BIAS as HEAD_BIAS, WEIGHT as HEAD_WEIGHT, build as build_head};
pub(crate) use methods::{FULL_IDS, FULL_ROWS, Rates};
pub(crate) use parameters::{Parameters, Tensors};
pub(crate) use plan::{Affine, BottleneckPlan, LayerPlan, Plan};

use candle_core::{DType, Tensor};

use crate::data::Batch;
use crate::error::Result;
use crate::model::{Adaptation, Encoder, Linear};
use crate::ops;

/// A method and its head, ready for the forward pass.
pub(crate) struct Built {
    pub adaptation: Adaptation,
    pub head: Linear,
    /// Tensors that are not trained but belong to the adapter, such as the ids of trained rows.
    pub constants: Tensors,
}

impl Built {
    /// Logits of the batch's labelled pieces, `[labelled, tags]`.
    pub fn logits(&self, encoder: &Encoder, batch: &Batch) -> Result<Tensor> {
        self.classify(&encoder.forward(batch, &self.adaptation)?, batch)
    }

    /// The same, given the encoder's output.
    pub fn classify(&self, hidden: &Tensor, batch: &Batch) -> Result<Tensor> {
        // In whole precision: it is the smallest product, and decides.
        self.head.forward(&ops::cast(&ops::select_rows(hidden, &batch.labelled)?, DType::F32)?)
    }

    /// The same, given the input `x` of layer `from`, below which nothing is trained.
    pub fn logits_from(&self, encoder: &Encoder, x: Tensor, from: usize, batch: &Batch) -> Result<Tensor> {
        self.classify(&encoder.rest(x, from, batch, &self.adaptation)?, batch)
    }

    /// `trained` with the constant tensors that belong into the adapter's file beside them.
    pub fn with_constants(&self, mut trained: Tensors) -> Result<Tensors> {
        trained.extend(self.constants.clone());
        Ok(trained)
    }
}

/// Builds `method` on `encoder` with a head for `tags` tags; `pieces` are the ascending ids of the pieces in the
/// training data, which only full fine-tuning asks for.
pub(crate) fn build(
    method: &Method,
    encoder: &Encoder,
    tags: usize,
    pieces: &[u32],
    parameters: &mut Parameters,
) -> Result<Built> {
    let config = encoder.config();
    method.check(config)?;
    let adaptation = method.build(encoder, pieces, parameters)?;
    let head = head::build(config.hidden, tags, parameters)?;
    Ok(Built { adaptation, head, constants: parameters.take_constants() })
}

/// An encoder whose every part is of `parameters`, the word rows that they have ids of among them.
pub(crate) fn build_whole(encoder: &Encoder, parameters: &mut Parameters) -> Result<Encoder> {
    let method = Method::Full(Full::default());
    Ok(encoder.with_parts_of(method.build(encoder, &[], parameters)?))
}
