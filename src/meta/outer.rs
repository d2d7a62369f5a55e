//! The outer parameters: what a run learns, and how an update changes it.

use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Tensor, Var};

use super::options::{Algorithm, InnerRate};
use super::resolve::ResolvedPrime;
use super::rows::Rows;
use super::space::{Group, Space};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::model::{Words, layer_of};
use crate::peft::Tensors;
use crate::start::Prior;
use crate::train::gradients::{Gradient, Gradients, clip_factor, scale, squares};
use crate::train::optimizer::{AdamConfig, AdamW, Rates};

/// Before the name of the parameter whose inner rate a variable is.
const RATE: &str = "rate.";

/// Values, moments and learnt inner rates.
pub(super) struct Outer {
    /// A tensor a name of the space, sharing its numbers with the optimiser's variables; no rows in the word embedding.
    point: Vec<Tensor>,
    adam: AdamW,
    /// What every variable of the optimiser is.
    slots: Vec<Slot>,
    /// The word embedding's rows, where they are learnt.
    rows: Option<Rows>,
    /// Learnt inner rates, in the order of the inner parameters.
    inner_rates: Vec<Var>,
    words: Words,
}

/// What a variable of the optimiser is.
#[derive(Clone, Copy)]
enum Slot {
    /// The parameter at this place of the space.
    Parameter(usize),
    /// The inner rate at this place among the inner parameters.
    Rate(usize),
}

/// Norms of a gradient before clipping.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub(super) struct Norms {
    pub encoder: f64,
    pub embeddings: f64,
    pub phi: f64,
}

impl Norms {
    pub fn whole(self) -> f64 {
        (self.encoder * self.encoder + self.embeddings * self.embeddings + self.phi * self.phi).sqrt()
    }
}

impl Outer {
    /// The parameters `outer` of the space are learnt, from `start`, which is on the host and shares no numbers with anything.
    pub fn new(
        space: &Space,
        words: &Words,
        hidden: usize,
        start: Vec<Tensor>,
        (outer, inner): (&[usize], &[usize]),
        options: &ResolvedPrime,
    ) -> Result<Outer> {
        let device = space.device()?;
        let mut point = start.iter().map(|t| Ok(t.to_device(device)?)).collect::<Result<Vec<_>>>()?;
        let mut vars = BTreeMap::new();
        let mut rates = HashMap::new();
        for &i in outer.iter().filter(|i| **i != space.rows) {
            let var = Var::from_tensor(&point[i])?;
            point[i] = var.as_detached_tensor();
            rates.insert(space.names[i].clone(), rates_of(space, i, options));
            vars.insert(space.names[i].clone(), var);
        }
        let mut inner_rates = Vec::new();
        if let InnerRate::Learnt { start, rate } = options.inner_rate {
            for &i in inner {
                let name = format!("{RATE}{}", space.names[i]);
                let var = Var::new(&[start as f32], &Device::Cpu)?;
                inner_rates.push(var.clone());
                rates.insert(name.clone(), Rates { learning: rate, decay: 0.0 });
                vars.insert(name, var);
            }
        }
        let still = Rates { learning: 0.0, decay: 0.0 };
        let adam = AdamW::new(vars, AdamConfig::default(), |name| rates.get(name).copied().unwrap_or(still))?;
        let place = |list: &[usize], name: &str| list.iter().position(|i| space.names[*i] == name);
        let slot = |(name, _): (&str, &Var)| match name.strip_prefix(RATE) {
            Some(name) => place(inner, name).map(Slot::Rate),
            None => place(outer, name).map(|at| Slot::Parameter(outer[at])),
        };
        let slots = adam.vars().filter_map(slot).collect();
        let rows = outer.contains(&space.rows).then(|| Rows::new(hidden));
        Ok(Outer { point, adam, slots, rows, inner_rates, words: words.clone() })
    }

    /// The parameters as they are, with the word embedding's rows of the ascending pieces `ids`.
    pub fn point(&self, space: &Space, ids: &[u32]) -> Result<Vec<Tensor>> {
        let mut point = self.point.clone();
        let rows = match &self.rows {
            Some(rows) => rows.gather(ids, &self.words)?,
            None => self.words.base(ids)?,
        };
        point[space.rows] = rows.to_device(space.device()?)?;
        Ok(point)
    }

    /// Ascending ids of the pieces whose rows are no longer the backbone's.
    pub fn touched(&self) -> Vec<u32> {
        self.rows.as_ref().map_or_else(Vec::new, Rows::ids)
    }

    /// The inner rates, one for each of `count` parameters.
    pub fn inner_rates(&self, count: usize, options: &ResolvedPrime) -> Result<Vec<f32>> {
        match self.inner_rates.is_empty() {
            true => Ok(vec![options.inner_rate.start() as f32; count]),
            false => self.inner_rates.iter().map(|v| Ok(v.to_vec1::<f32>()?[0])).collect(),
        }
    }

    /// One update at the `factor` of the schedule, at `point` with its pieces `ids`; the gradients' norms before clipping.
    pub fn update(
        &mut self,
        space: &Space,
        (point, ids): (&[Tensor], &[u32]),
        mut gradients: Gradients,
        rates: Option<Vec<f32>>,
        (factor, cancel): (f64, &Cancel),
        options: &ResolvedPrime,
    ) -> Result<Norms> {
        let norms = norms(space, &gradients)?;
        // The rows are kept on the host, whatever their number.
        let rows = gradients[space.rows].take().map(Gradient::into_host).transpose()?;
        if let Algorithm::Reptile(rate) = options.algorithm {
            self.descend(&gradients, rate * factor)?;
            if let (Some(trained), Some(rows)) = (&mut self.rows, rows) {
                trained.descend(ids, &point[space.rows], &rows, rate * factor)?;
            }
            return Ok(norms);
        }
        let clip = clip_factor(norms.whole(), options.clip) as f32;
        if clip < 1.0 {
            gradients.iter_mut().flatten().try_for_each(|g| g.scale(clip))?;
        }
        let gradients = self.slots.iter().map(|slot| match slot {
            Slot::Parameter(i) => gradients[*i].take(),
            Slot::Rate(at) => rates.as_ref().map(|rates| Gradient::Host(vec![rates[*at]])),
        });
        let gradients = gradients.collect();
        self.adam.update_until(gradients, factor, cancel)?;
        if let (Some(trained), Some(mut rows)) = (&mut self.rows, rows) {
            scale(&mut rows, clip);
            let rate = rates_of(space, space.rows, options).learning * factor;
            trained.update(ids, &point[space.rows], &rows, rate)?;
        }
        Ok(norms)
    }

    /// Plain descent on all but the word embedding.
    fn descend(&self, gradients: &Gradients, rate: f64) -> Result<()> {
        for ((_, var), slot) in self.adam.vars().zip(&self.slots) {
            let Slot::Parameter(i) = slot else { continue };
            let Some(gradient) = &gradients[*i] else { continue };
            let direction = match gradient {
                Gradient::Host(values) => Tensor::from_slice(values, var.shape(), &Device::Cpu)?,
                Gradient::Device(tensor) => tensor.clone(),
            };
            var.set(&(var.as_detached_tensor() - (direction * rate)?)?)?;
        }
        Ok(())
    }

    /// Everything that a checkpoint keeps: updates of the optimiser and of the rows, the number of rows, and the tensors.
    pub fn state(&self) -> Result<(Steps, Tensors)> {
        let (dense, mut tensors) = self.adam.state()?;
        let mut steps = Steps { dense, ..Steps::default() };
        if let Some(rows) = &self.rows {
            let (step, state) = rows.state()?;
            (steps.sparse, steps.rows) = (step, rows.ids().len());
            tensors.extend(state);
        }
        Ok((steps, tensors))
    }

    /// Takes up what [`Outer::state`] gave; `get` hands out its tensors, checked against the shape.
    pub fn restore(
        &mut self,
        steps: Steps,
        vocabulary: usize,
        mut get: impl FnMut(&str, &[usize]) -> Result<Tensor>,
    ) -> Result<()> {
        self.adam.restore(steps.dense, &mut get)?;
        if let Some(rows) = &mut self.rows {
            rows.restore((steps.sparse, steps.rows, vocabulary), &mut get)?;
        }
        Ok(())
    }
}

/// Counters of the optimisers in a checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Steps {
    pub dense: u64,
    pub sparse: u64,
    pub rows: usize,
}

/// Peak learning rate and weight decay of a parameter.
fn rates_of(space: &Space, i: usize, options: &ResolvedPrime) -> Rates {
    let below = |layers: usize| options.layer_decay.powi(layers as i32);
    let (learning, decay) = match space.groups[i] {
        Group::Phi => (options.method_rate, 0.0),
        // Numbers have far to go, and one gradient each.
        Group::Prior if Prior::is_number(&space.names[i]) => (10.0 * options.method_rate, 0.0),
        Group::Prior => (2.0 * options.method_rate, 0.0),
        Group::Embeddings => (options.embedding_rate * below(space.layers()), 0.0),
        Group::Encoder => {
            let layer = layer_of(&space.names[i]).unwrap_or(0);
            (options.encoder_rate * below((space.layers() - 1).saturating_sub(layer)), options.weight_decay)
        }
    };
    Rates { learning, decay }
}

fn norms(space: &Space, gradients: &Gradients) -> Result<Norms> {
    let of = |group: Group| {
        let mine = gradients.iter().zip(&space.groups).filter(|(_, g)| **g == group);
        squares(mine.filter_map(|(g, _)| g.as_ref())).map(f64::sqrt)
    };
    Ok(Norms {
        encoder: of(Group::Encoder)?,
        embeddings: of(Group::Embeddings)?,
        phi: of(Group::Phi)?.hypot(of(Group::Prior)?),
    })
}
