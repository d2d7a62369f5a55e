//! One outer update: episodes, their gradients, and what these do to the parameters.

use std::cell::Cell;
use std::collections::BTreeSet;

use candle_core::Tensor;

use super::episode::Episode;
use super::maml::{Batches, How, Inner, adapt, meta_gradient};
use super::measure::f1;
use super::objective::{Compute, Objective};
use super::options::{Algorithm, Hessian, InnerRate, Order, PrimeOptions};
use super::outer::{Norms, Outer};
use super::space::{Composite, Space};
use super::task::{Encoded, Task, tags};
use crate::cancel::Cancel;
use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::peft::Tensors;
use crate::train::gradients::{Gradient, Gradients, accumulate};
use crate::train::warm_start::warm_start;

/// What an update came to.
#[derive(Default)]
pub(super) struct Outcome {
    pub tasks: Vec<usize>,
    pub support_loss: f64,
    pub query_loss: Option<f64>,
    pub norms: Norms,
    pub query_f1: Option<f64>,
}

/// Everything that an update needs and changes.
pub(super) struct Learner<'a> {
    options: &'a PrimeOptions,
    cancel: &'a Cancel,
    pub tags: TagSet,
    pub tasks: Vec<Encoded>,
    pub space: Space,
    /// What the inner steps change, and what the outer updates do.
    inner: Vec<usize>,
    outer: Vec<usize>,
    pub state: Outer,
    pub compute: Cell<Compute>,
}

impl<'a> Learner<'a> {
    pub fn new(model: &Model, tasks: &[Task], options: &'a PrimeOptions, cancel: &'a Cancel) -> Result<Learner<'a>> {
        if model.is_composed() && options.algorithm == Algorithm::Maml(Order::Second(Hessian::Tangents)) {
            return Err(Error::unsupported("exact second derivatives are for the CPU; take them by differences"));
        }
        let tags = tags(tasks, options)?;
        let tasks = tasks.iter().map(|t| Encoded::new(model, t, &tags, options)).collect::<Result<Vec<_>>>()?;
        let initial = match &options.initial {
            Some(adapter) => {
                adapter.belongs_to(model)?;
                warm_start(adapter, &options.method, &tags, model.config().hidden, options.seed)?
            }
            None => Tensors::new(),
        };
        let (space, start) = Space::new(model, options, tags.len(), initial)?;
        let (inner, outer) = (space.inner(options.inner_scope), space.outer(options));
        let moves = match options.algorithm {
            Algorithm::Reptile(_) => outer.iter().any(|i| inner.binary_search(i).is_ok()),
            _ => !outer.is_empty(),
        };
        if !moves {
            return Err(Error::argument("scopes and rates leave nothing to learn"));
        }
        let (words, hidden) = (&model.encoder().embeddings.word, model.config().hidden);
        let state = Outer::new(&space, words, hidden, start, (&outer, &inner), options)?;
        let compute = Cell::new(Compute::default());
        Ok(Learner { options, cancel, tags, tasks, space, inner, outer, state, compute })
    }

    /// The parameters as they are, with all rows of the word embedding that are no longer the backbone's, and their ids.
    pub fn point(&self) -> Result<(Vec<Tensor>, Vec<u32>)> {
        let ids = self.state.touched();
        Ok((self.state.point(&self.space, &ids)?, ids))
    }

    /// The model as it is.
    pub fn model(&self) -> Result<Composite> {
        let (point, ids) = self.point()?;
        self.space.at(&point, &ids)
    }

    /// The outer update `step`, from 0, at the `factor` of the schedule; with `looks`, the query sentences' F1 is taken.
    pub fn update(&mut self, step: usize, factor: f64, looks: bool) -> Result<Outcome> {
        let options = self.options;
        let draw = |index| Episode::draw(&self.tasks, options, step, index);
        let episodes: Vec<Episode> = (0..options.episodes).map(draw).collect();
        let ids = self.pieces(&episodes);
        let point = self.state.point(&self.space, &ids)?;
        let inner_rates = self.state.inner_rates(self.inner.len(), options)?;
        let mut sums: Gradients = vec![None; point.len()];
        let learnt = matches!(options.inner_rate, InnerRate::Learnt { .. });
        let mut rate_sums = learnt.then(|| vec![0f32; self.inner.len()]);
        let share = 1.0 / options.episodes as f64;
        let mut outcome = Outcome { tasks: episodes.iter().map(|e| e.task).collect(), ..Outcome::default() };
        for episode in &episodes {
            let start = match options.redraw {
                true => self.space.redraw(&point, episode.seed)?,
                false => point.clone(),
            };
            let given = self.episode(episode, &ids, &start, &inner_rates)?;
            accumulate(&mut sums, share as f32, given.gradients)?;
            if let (Some(sums), Some(rates)) = (&mut rate_sums, given.rates) {
                sums.iter_mut().zip(rates).for_each(|(s, r)| *s += share as f32 * r);
            }
            outcome.support_loss += share * given.support_loss;
            let add = |sum: &mut Option<f64>, x: Option<f64>| {
                if let Some(x) = x {
                    *sum.get_or_insert(0.0) += share * x;
                }
            };
            add(&mut outcome.query_loss, given.query_loss);
            if looks {
                let model = self.space.at(&given.adapted, &ids)?;
                let query = self.tasks[episode.task].sequences(&episode.query);
                add(&mut outcome.query_f1, Some(f1(&model, &self.tags, &query, options.micro_batch_pieces)?));
            }
        }
        outcome.norms = self.state.update(&self.space, (&point, &ids), sums, rate_sums, factor, options)?;
        Ok(outcome)
    }

    /// Loss and gradients of one episode from `start`.
    fn episode(&self, episode: &Episode, ids: &[u32], start: &[Tensor], inner_rates: &[f32]) -> Result<Given> {
        let options = self.options;
        let objective = Objective {
            space: &self.space,
            ids,
            micro_batch_pieces: options.micro_batch_pieces,
            cancel: self.cancel,
            compute: &self.compute,
        };
        let task = &self.tasks[episode.task];
        let supports = episode.supports.iter().map(|s| task.sequences(s)).collect();
        let batches = Batches { supports, query: task.sequences(&episode.query) };
        let inner = Inner { parameters: &self.inner, rates: inner_rates, steps: options.inner_steps };
        match options.algorithm {
            Algorithm::MultiTask => {
                let all: Vec<_> = batches.supports.concat().into_iter().chain(batches.query).collect();
                let (loss, gradients) = objective.gradient(start, &self.outer, &all)?;
                let (rates, adapted) = (None, start.to_vec());
                Ok(Given { support_loss: loss, query_loss: Some(loss), gradients, rates, adapted })
            }
            Algorithm::Maml(order) => {
                let learnt = matches!(options.inner_rate, InnerRate::Learnt { .. });
                let how = How { order, multi_step: options.multi_step_loss, rates: learnt };
                let given = meta_gradient(&objective, start, &self.outer, &inner, &batches, &how)?;
                Ok(Given {
                    support_loss: given.support_losses[0],
                    query_loss: Some(given.query_loss),
                    gradients: given.gradients,
                    rates: given.rates,
                    adapted: given.adapted,
                })
            }
            Algorithm::Reptile(_) => {
                let mut adapted = adapt(&objective, start, &inner, &batches, false)?;
                let end = adapted.points.pop().unwrap_or_default();
                let mut gradients: Gradients = vec![None; start.len()];
                for &i in self.inner.iter().filter(|i| self.outer.binary_search(i).is_ok()) {
                    gradients[i] = Some(Gradient::of_tensor(&(start[i].detach() - &end[i])?)?);
                }
                Ok(Given { support_loss: adapted.losses[0], query_loss: None, gradients, rates: None, adapted: end })
            }
        }
    }

    /// The ascending ids of all pieces in these episodes.
    fn pieces(&self, episodes: &[Episode]) -> Vec<u32> {
        let mut ids = BTreeSet::new();
        for episode in episodes {
            for sentences in episode.supports.iter().chain([&episode.query]) {
                let sequences = self.tasks[episode.task].sequences(sentences);
                ids.extend(sequences.iter().flat_map(|s| &s.window.ids));
            }
        }
        ids.into_iter().collect()
    }
}

/// What an episode gives an update.
struct Given {
    support_loss: f64,
    query_loss: Option<f64>,
    gradients: Gradients,
    rates: Option<Vec<f32>>,
    /// The point after the inner steps.
    adapted: Vec<Tensor>,
}
