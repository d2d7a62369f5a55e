//! The parameters of a run: theta (the backbone) and phi (the method and the head) in one list of names.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};

use super::options::{InnerScope, OuterScope};
use super::resolve::ResolvedPrime;
use crate::data::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Encoder, Model};
use crate::ops;
use crate::peft::{
    Built, FULL_IDS, FULL_ROWS, HEAD_BIAS, HEAD_WEIGHT, Method, Parameters, Tensors, build, build_whole,
};
use crate::precision::Precision;
use crate::start::PREFIX;

/// What a parameter is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// The encoder's layers.
    Encoder,
    /// Tables and normalisation below them; of the word table, the rows that an update's sentences touch.
    Embeddings,
    /// The method's parameters and the head.
    Phi,
    /// What the heads of new types are made with.
    Prior,
}

/// Where the head's rows come from.
#[derive(Debug, Clone)]
pub(super) enum Heads {
    /// They are parameters, one a tag.
    Rows(usize),
    /// They are made anew for every episode, with parameters that start from these.
    Made(Tensors),
}

/// The names of all parameters in a fixed order, and how a model is made of their values.
///
/// A point of the space is a tensor a name. Of the word embedding it holds the rows of some pieces alone, which every
/// episode chooses for itself.
pub(super) struct Space {
    model: Model,
    precision: Precision,
    method: Method,
    /// Number of tags; `None` where heads are made.
    tags: Option<usize>,
    pub names: Vec<String>,
    pub groups: Vec<Group>,
    /// The place of the word embedding's rows.
    pub rows: usize,
}

impl Space {
    /// The space of the method of `options` with such heads on `model`, and its starting values on the host:
    /// phi drawn from the seed, but for what `initial` holds. The word embedding's rows are those of no piece.
    pub fn new(model: &Model, options: &ResolvedPrime, heads: Heads, initial: Tensors) -> Result<(Space, Vec<Tensor>)> {
        let ResolvedPrime { method, seed, precision, .. } = options;
        let (seed, precision) = (*seed, *precision);
        let (tags, prior) = match heads {
            Heads::Rows(tags) => (Some(tags), Tensors::new()),
            Heads::Made(prior) => (None, prior),
        };
        let phi = draw(model, method, tags, seed, initial)?;
        let mut theta = Parameters::train(seed, Tensors::new());
        build_whole(model.encoder(), &mut theta)?;
        let theta = theta.into_vars().into_iter().map(|(name, var)| (name, var.as_detached_tensor()));
        // BitFit's parameters are parameters of the backbone, too: there they count as phi.
        let is_phi = |name: &str| phi.contains_key(name);
        let group = |name: &str| match name.starts_with("embeddings.") {
            _ if name.starts_with(PREFIX) => Group::Prior,
            _ if is_phi(name) => Group::Phi,
            true => Group::Embeddings,
            false => Group::Encoder,
        };
        let all: BTreeMap<String, Tensor> = theta.chain(phi.clone()).chain(prior).collect();
        let names: Vec<String> = all.keys().cloned().collect();
        let groups = names.iter().map(|n| group(n)).collect();
        let missing = || Error::new(ErrorKind::Compute, "internal: a backbone without word embedding");
        let rows = names.iter().position(|n| n == FULL_ROWS).ok_or_else(missing)?;
        let space = Space { model: model.clone(), precision, method: method.clone(), tags, names, groups, rows };
        Ok((space, all.into_values().collect()))
    }

    /// Layers of the encoder.
    pub fn layers(&self) -> usize {
        self.model.config().layers
    }

    /// Width of the encoder.
    pub fn hidden(&self) -> usize {
        self.model.config().hidden
    }

    /// Where points are computed with.
    pub fn device(&self) -> Result<&Device> {
        Ok(&self.model.placed(self.precision)?.place().device)
    }

    /// `point` with newly drawn values for phi.
    pub fn redraw(&self, point: &[Tensor], seed: u64) -> Result<Vec<Tensor>> {
        let mut phi = draw(&self.model, &self.method, self.tags, seed, Tensors::new())?;
        let device = self.device()?;
        let value = |(name, value): (&String, &Tensor)| match phi.remove(name) {
            Some(fresh) => Ok(fresh.to_device(device)?),
            None => Ok(value.clone()),
        };
        self.names.iter().zip(point).map(value).collect()
    }

    /// The model at `point`, whose word embedding has rows of its own for the ascending pieces `ids`.
    pub fn at(&self, point: &[Tensor], ids: &[u32]) -> Result<Composite> {
        let base = self.model.placed(self.precision)?;
        let device = &base.place().device;
        let mut tensors: Tensors = self.names.iter().cloned().zip(point.iter().cloned()).collect();
        tensors.insert(FULL_IDS.to_owned(), Tensor::new(ids, &Device::Cpu)?);
        if self.tags.is_none() {
            // A head of no use, for what is made of a method and a head.
            let (one, hidden) = (1, base.config().hidden);
            tensors.insert(HEAD_WEIGHT.to_owned(), Tensor::zeros((one, hidden), DType::F32, device)?);
            tensors.insert(HEAD_BIAS.to_owned(), Tensor::zeros(one, DType::F32, device)?);
        }
        // Both parts take what is theirs; BitFit's biases are in both.
        let mut theta = Parameters::load(tensors.clone()).on(device);
        let encoder = build_whole(base, &mut theta)?;
        let built =
            build(&self.method, &encoder, self.tags.unwrap_or(1), &[], &mut Parameters::load(tensors).on(device))?;
        Ok(Composite { encoder, built })
    }

    /// The parameters that inner steps change, in ascending order.
    pub fn inner(&self, scope: InnerScope) -> Vec<usize> {
        self.select(|name, group| match scope {
            InnerScope::Phi => group == Group::Phi,
            InnerScope::Head => name == HEAD_WEIGHT || name == HEAD_BIAS,
            InnerScope::Everything => true,
        })
    }

    /// The parameters that outer updates change, in ascending order.
    pub fn outer(&self, options: &ResolvedPrime) -> Vec<usize> {
        self.select(|_, group| match (group, options.outer_scope) {
            (Group::Phi, OuterScope::Backbone) | (Group::Encoder | Group::Embeddings, OuterScope::Phi) => false,
            (Group::Phi, _) => !options.redraw && options.method_rate > 0.0,
            (Group::Prior, _) => options.method_rate > 0.0,
            (Group::Encoder, _) => options.encoder_rate > 0.0,
            (Group::Embeddings, _) => options.embedding_rate > 0.0,
        })
    }

    fn select(&self, wanted: impl Fn(&str, Group) -> bool) -> Vec<usize> {
        (0..self.names.len()).filter(|i| wanted(&self.names[*i], self.groups[*i])).collect()
    }

    /// The tensors of a group in `point`, by name.
    pub fn of_group(&self, group: Group, point: &[Tensor]) -> Tensors {
        let mine = self.select(|_, other| group == other);
        mine.into_iter().map(|i| (self.names[i].clone(), point[i].clone())).collect()
    }
}

/// Fresh parameters of a method, and of a head of so many tags.
fn draw(model: &Model, method: &Method, tags: Option<usize>, seed: u64, initial: Tensors) -> Result<Tensors> {
    let mut parameters = Parameters::train(seed, initial);
    build(method, model.encoder(), tags.unwrap_or(1), &[], &mut parameters)?;
    let kept = |name: &str| tags.is_some() || !(name == HEAD_WEIGHT || name == HEAD_BIAS);
    let vars = parameters.into_vars().into_iter().filter(|(name, _)| kept(name));
    Ok(vars.map(|(name, var)| (name, var.as_detached_tensor())).collect())
}

/// A backbone and a method on top of it, both made of a point's tensors.
pub(super) struct Composite {
    pub encoder: Encoder,
    pub built: Built,
}

impl Composite {
    /// Logits of the batch's labelled pieces, `[labelled, tags]`.
    pub fn logits(&self, batch: &Batch) -> Result<Tensor> {
        self.built.logits(&self.encoder, batch)
    }

    /// The encoder's output for the batch's labelled pieces, `[labelled, hidden]`.
    pub fn hidden(&self, batch: &Batch) -> Result<Tensor> {
        let hidden = self.encoder.forward(batch, &self.built.adaptation)?;
        Ok(ops::cast(&ops::select_rows(&hidden, &batch.labelled)?, DType::F32)?)
    }
}
