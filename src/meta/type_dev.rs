//! How well types of dev tasks are told apart by heads that are made, without any training on their sentences.

use std::collections::BTreeMap;

use candle_core::Tensor;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::learner::{Learner, Place};
use super::made::{Made, labelled, rows};
use super::resolve::ResolvedPrime;
use super::space::{Composite, Group};
use super::task::{Encoded, Task, own_tags};
use super::type_episode::{Chosen, Types};
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, draw, runs};
use crate::error::Result;
use crate::model::Model;
use crate::start::Prior;
use crate::tag::{Decoder, Mode, score};
use crate::text::Window;
use crate::train::Counter;

/// Sentences that a head is made of, and sentences that are tagged with it.
const SUPPORT: usize = 10;
const QUERY: usize = 200;

/// The dev tasks, ready for the encoder.
pub(super) struct TypeDev(Vec<(Encoded, Types)>);

impl TypeDev {
    pub fn encode(model: &Model, tasks: &[Task], options: &ResolvedPrime, counter: &mut Counter) -> Result<TypeDev> {
        let mut encode = |task: &Task| {
            let encoded = Encoded::new(model, task, &own_tags(task, options)?, options, usize::MAX, counter)?;
            let types = Types::new(model, &encoded)?;
            Ok((encoded, types))
        };
        Ok(TypeDev(tasks.iter().map(&mut encode).collect::<Result<_>>()?))
    }

    /// F1 of the tasks of `rank` among `size`, in 0 to 1: from the types' names alone, and from names and ten sentences.
    pub fn f1(&self, learner: &Learner, (rank, size): Place, cancel: &Cancel) -> Result<BTreeMap<String, f64>> {
        let (point, ids) = learner.point()?;
        let model = learner.space.at(&point, &ids)?;
        let hidden = point
            .iter()
            .zip(&learner.space.groups)
            .find_map(|(t, g)| (*g == Group::Prior && t.elem_count() > 1 && t.rank() == 1).then(|| t.elem_count()));
        let prior = Prior::from_tensors(&learner.space.of_group(Group::Prior, &point), hidden.unwrap_or(1))?;
        let mut found = BTreeMap::new();
        for (task, types) in self.0.iter().skip(rank).step_by(size) {
            let mut random = ChaCha8Rng::seed_from_u64(7);
            let mut query = draw(task.len(), task.len().min(SUPPORT + QUERY), &mut random);
            let support = query.split_off(query.len().saturating_sub(SUPPORT).max(query.len() / 2));
            for (label, support) in [("names", &[][..]), ("10", &support)] {
                let f1 = f1(&model, &prior, (task, types), support, &query, cancel)?;
                found.insert(format!("{} {label}", task.name), f1);
            }
        }
        Ok(found)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn f1(
    model: &Composite,
    prior: &Prior,
    (task, types): (&Encoded, &Types),
    support: &[usize],
    query: &[usize],
    cancel: &Cancel,
) -> Result<f64> {
    let all: Vec<usize> = (0..task.tags.types().len()).collect();
    let chosen = Chosen { types: all.clone(), rows: all, named: true };
    let made = Made { task, types, chosen: &chosen, support: task.sequences(support), query: task.sequences(query) };
    let outputs = |windows: &[&Window]| -> Result<Option<Tensor>> {
        let mut parts = Vec::new();
        for run in runs(windows.iter().map(|w| w.ids.len()), 1024) {
            cancel.check()?;
            parts.push(model.hidden(&Batch::of_windows(windows[run].iter().copied()).stopped_by(cancel))?);
        }
        if parts.is_empty() { Ok(None) } else { Ok(Some(Tensor::cat(&parts, 0)?)) }
    };
    let windows = |sequences: &[&Sequence]| outputs(&sequences.iter().map(|s| &s.window).collect::<Vec<_>>());
    let tags = made.tags()?;
    let names = outputs(&types.names.iter().collect::<Vec<_>>())?;
    let (weight, bias) = made.head(prior, &tags, windows(&made.support)?.as_ref(), names.as_ref())?;
    let Some(hidden) = windows(&made.query)? else { return Ok(0.0) };
    let logits = hidden.matmul(&weight.t()?)?.broadcast_add(&bias)?;
    let decoder = Decoder::new(&tags);
    let name = |numbers: &[u32]| -> Vec<String> { numbers.iter().map(|t| tags.name(*t as usize)).collect() };
    let (mut gold, mut predicted, mut start) = (Vec::new(), Vec::new(), 0);
    for sequence in &made.query {
        let length = labelled(&[*sequence]);
        let Some(mine) = rows(&logits, start, length)? else { continue };
        start += length;
        let targets: Vec<u32> = made.targets(&[*sequence], &tags).into_iter().map(|t| t.unwrap_or(0)).collect();
        gold.push(name(&targets));
        predicted.push(name(&decoder.decode(&mine.flatten_all()?.to_vec1::<f32>()?)?));
    }
    Ok(score(&gold, &predicted, Mode::Default)?.micro.f1)
}
