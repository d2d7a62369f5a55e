//! One outer update: episodes, their gradients, and what these do to the parameters.

use std::cell::Cell;
use std::collections::BTreeSet;

use candle_core::Tensor;
use sha2::{Digest, Sha256};

use super::episode::Episode;
use super::made::{Made, first_prior};
use super::maml::{Batches, How, Inner, adapt, meta_gradient};
use super::measure::f1;
use super::objective::{Compute, Objective};
use super::options::{Algorithm, EpisodeHead, Hessian, InnerRate, Order};
use super::outer::{Norms, Outer};
use super::part::{Part, Sum, Tally};
use super::resolve::ResolvedPrime;
use super::space::{Composite, Heads, Space};
use super::task::{Encoded, Task, own_tags, tags};
use super::type_episode::Types;
use crate::cancel::Cancel;
use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::peft::{HEAD_BIAS, HEAD_WEIGHT, Tensors};
use crate::start::Start;
use crate::train::Counter;
use crate::train::gradients::{Gradient, Gradients};
use crate::train::warm_start::warm_start;

/// What an update came to.
pub(super) struct Outcome {
    pub tasks: Vec<usize>,
    pub tally: Tally,
    pub norms: Norms,
}

/// A rank's number, and the number of ranks.
pub(super) type Place = (usize, usize);

/// What an update sees: the same on every rank.
pub(super) struct Plan {
    episodes: Vec<Episode>,
    /// The ascending ids of all pieces in them.
    ids: Vec<u32>,
    /// The parameters, with the word embedding's rows of these pieces.
    pub point: Vec<Tensor>,
    inner_rates: Vec<f32>,
}

/// Everything that an update needs and changes.
pub(super) struct Learner<'a> {
    options: &'a ResolvedPrime,
    cancel: &'a Cancel,
    pub tags: TagSet,
    pub tasks: Vec<Encoded>,
    /// Types of the tasks, where episodes choose among them.
    pub types: Vec<Types>,
    pub space: Space,
    /// What the inner steps change, and what the outer updates do.
    inner: Vec<usize>,
    outer: Vec<usize>,
    pub state: Outer,
    /// What all updates computed, on all ranks.
    pub compute: Compute,
}

/// The start that the model carries, where priming goes on from there.
pub(super) fn continued<'m>(model: &'m Model, options: &ResolvedPrime) -> Option<&'m Start> {
    model.start().filter(|start| options.initial.is_none() && !options.redraw && start.fits(&options.method))
}

impl<'a> Learner<'a> {
    pub fn new(
        model: &Model,
        tasks: &[Task],
        options: &'a ResolvedPrime,
        cancel: &'a Cancel,
        counter: &mut Counter,
    ) -> Result<Learner<'a>> {
        if model.is_composed() && options.algorithm == Algorithm::Maml(Order::Second(Hessian::Tangents)) {
            return Err(Error::unsupported("exact second derivatives are for the CPU; take them by differences"));
        }
        // Brought to the device before any of the model's threads asks for it.
        model.placed(options.precision)?;
        let tags = tags(tasks, options)?;
        let made = options.head == EpisodeHead::Made;
        let encode = |task: &Task| match made {
            true => Encoded::new(model, task, &own_tags(task, options)?, options, options.episode_tokens, counter),
            false => Encoded::new(model, task, &tags, options, usize::MAX, counter),
        };
        let tasks = tasks.iter().map(encode).collect::<Result<Vec<_>>>()?;
        let types = match made {
            true => tasks.iter().map(|task| Types::new(model, task)).collect::<Result<_>>()?,
            false => Vec::new(),
        };
        let carried = continued(model, options);
        let initial = match &options.initial {
            Some(adapter) => {
                adapter.belongs_to(model)?;
                let mut start = warm_start(adapter, &options.method, &tags, model.config().hidden, options.seed)?;
                if made {
                    start.retain(|name, _| name != HEAD_WEIGHT && name != HEAD_BIAS);
                }
                start
            }
            None => carried.map_or_else(Tensors::new, |start| start.phi().clone()),
        };
        cancel.check()?;
        let heads = match (made, carried.and_then(Start::prior)) {
            (true, Some(prior)) => Heads::Made(prior.to_tensors()?),
            (true, None) => Heads::Made(first_prior(model, options, &tasks, &initial, cancel)?),
            (false, _) => Heads::Rows(tags.len()),
        };
        let (space, start) = Space::new(model, options, heads, initial)?;
        let (inner, outer) = (space.inner(options.inner_scope), space.outer(options));
        let moves = match options.algorithm {
            Algorithm::Reptile(_) => outer.iter().any(|i| inner.binary_search(i).is_ok()),
            _ => !outer.is_empty(),
        };
        if !moves {
            return Err(Error::argument("scopes and rates leave nothing to learn"));
        }
        let (words, hidden) = (&model.encoder().embeddings.word, model.config().hidden);
        cancel.check()?;
        let state = Outer::new(&space, words, hidden, start, (&outer, &inner), options)?;
        let compute = Compute::default();
        Ok(Learner { options, cancel, tags, tasks, types, space, inner, outer, state, compute })
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

    /// What the outer update `step`, from 0, sees.
    pub fn plan(&self, step: usize) -> Result<Plan> {
        let options = self.options;
        let draw = |index| match options.head {
            EpisodeHead::Made => Types::draw(&self.tasks, &self.types, options, step, index),
            EpisodeHead::Shared => Episode::draw(&self.tasks, options, step, index),
        };
        let episodes: Vec<Episode> = (0..options.episodes).map(draw).collect();
        let ids = self.pieces(&episodes);
        let point = self.state.point(&self.space, &ids)?;
        let inner_rates = self.state.inner_rates(self.inner.len(), options)?;
        Ok(Plan { episodes, ids, point, inner_rates })
    }

    /// The sum over none of the plan's episodes.
    pub fn sum(&self, plan: &Plan) -> Sum {
        let learnt = matches!(self.options.inner_rate, InnerRate::Learnt { .. });
        Sum::new(1.0 / self.options.episodes as f64, plan.point.len(), learnt.then_some(self.inner.len()))
    }

    /// Hands to `take` what each of the episodes of `rank` among `size` gives; with `looks`, the query sentences' F1 is
    /// taken. Episodes go round the ranks one by one: no rank has more than one more than another, and their order in a sum
    /// needs no waiting.
    pub fn parts(
        &self,
        plan: &Plan,
        looks: bool,
        (rank, size): Place,
        take: &mut dyn FnMut(Part) -> Result<()>,
    ) -> Result<()> {
        let options = self.options;
        for episode in plan.episodes.iter().skip(rank).step_by(size) {
            self.cancel.check()?;
            let start = match options.redraw {
                true => self.space.redraw(&plan.point, episode.seed)?,
                false => plan.point.clone(),
            };
            let compute = Cell::new(Compute::default());
            let given = self.episode(episode, plan, &start, &compute)?;
            let query_f1 = match looks && episode.chosen.is_none() {
                true => {
                    let model = self.space.at(&given.adapted, &plan.ids)?;
                    let query = self.tasks[episode.task].sequences(&episode.query);
                    Some(f1(&model, &self.tags, &query, options.micro_batch_pieces, self.cancel)?)
                }
                false => None,
            };
            let Given { support_loss, query_loss, gradients, rates, .. } = given;
            let tally = Tally { support_loss, query_loss, query_f1, compute: compute.get() };
            take(Part { gradients, rates, tally })?;
        }
        Ok(())
    }

    /// Makes the update with what all its episodes gave, at the `factor` of the schedule.
    pub fn update(&mut self, plan: &Plan, whole: Sum, factor: f64) -> Result<Outcome> {
        let at = (&plan.point[..], &plan.ids[..]);
        let norms =
            self.state.update(&self.space, at, whole.gradients, whole.rates, (factor, self.cancel), self.options)?;
        self.compute += whole.tally.compute;
        Ok(Outcome { tasks: plan.episodes.iter().map(|e| e.task).collect(), tally: whole.tally, norms })
    }

    /// A digest of all parameters.
    pub fn digest(&self) -> Result<String> {
        let (point, ids) = self.point()?;
        let mut hash = Sha256::new();
        ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
        for tensor in &point {
            hash.update(bytemuck::cast_slice(&tensor.flatten_all()?.to_vec1::<f32>()?));
        }
        for rate in self.state.inner_rates(self.inner.len(), self.options)? {
            hash.update(rate.to_le_bytes());
        }
        Ok(hexadecimal(hash))
    }

    /// Loss and gradients of one episode from `start`.
    fn episode(&self, episode: &Episode, plan: &Plan, start: &[Tensor], compute: &Cell<Compute>) -> Result<Given> {
        let options = self.options;
        let objective = Objective {
            space: &self.space,
            ids: &plan.ids,
            micro_batch_pieces: options.micro_batch_pieces,
            cancel: self.cancel,
            compute,
        };
        let task = &self.tasks[episode.task];
        if let Some(chosen) = &episode.chosen {
            let (support, query) = (task.sequences(&episode.supports[0]), task.sequences(&episode.query));
            let made = Made { task, types: &self.types[episode.task], chosen, support, query };
            let found = objective.made_gradient(start, &self.outer, &made)?;
            // An episode in which nothing counts changes nothing.
            let (loss, gradients) = found.unwrap_or_else(|| (0.0, vec![None; start.len()]));
            let adapted = start.to_vec();
            return Ok(Given { support_loss: loss, query_loss: Some(loss), gradients, rates: None, adapted });
        }
        let supports = episode.supports.iter().map(|s| task.sequences(s)).collect();
        let batches = Batches { supports, query: task.sequences(&episode.query) };
        let inner = Inner { parameters: &self.inner, rates: &plan.inner_rates, steps: options.inner_steps };
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
            if let Some(chosen) = &episode.chosen {
                let names = &self.types[episode.task].names;
                ids.extend(chosen.rows.iter().flat_map(|kind| &names[*kind].ids));
            }
        }
        ids.into_iter().collect()
    }
}

/// A digest as text.
pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
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

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::options::PrimeOptions;
    use super::*;
    use crate::peft::Method;
    use crate::small;

    /// Only episodes of types take the beginning of a sentence; an end of a sequence stays one.
    #[test]
    fn an_episode_takes_as_many_tokens_of_a_sentence_as_it_is_told() -> Result<()> {
        let (_folder, model) = small::model();
        let task = || Task::new("t", small::dataset(40, 1));
        let lengths = |head, tokens| -> Result<Vec<usize>> {
            let mut options = PrimeOptions::new(Method::Head);
            (options.head, options.algorithm, options.episode_tokens) = (head, Algorithm::MultiTask, tokens);
            let options = options.resolve(model.config(), task().data.types())?;
            let (cancel, mut tell) = (Cancel::new(), |_, _, _| ControlFlow::Continue(()));
            let mut counter = Counter::new(&cancel, &mut tell);
            let learner = Learner::new(&model, &[task()], &options, &cancel, &mut counter)?;
            let all: Vec<usize> = (0..learner.tasks[0].len()).collect();
            Ok(learner.tasks[0].sequences(&all).iter().map(|s| s.window.ids.len()).collect())
        };
        let whole = lengths(EpisodeHead::Made, 1000)?;
        assert!(whole.iter().any(|n| *n > 8));
        assert_eq!(lengths(EpisodeHead::Made, 8)?, whole.iter().map(|n| *n.min(&8)).collect::<Vec<_>>());
        assert_eq!(lengths(EpisodeHead::Shared, 8)?, whole);
        assert!(lengths(EpisodeHead::Made, 7).unwrap_err().message().contains("episode_tokens"));
        Ok(())
    }
}
