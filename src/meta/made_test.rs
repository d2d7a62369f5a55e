//! Episodes of types: what is drawn, and the gradient through the making of the head.

use std::cell::Cell;
use std::collections::BTreeSet;

use candle_core::Tensor;

use super::episode::Episode;
use super::made::{Made, first_prior};
use super::objective::{Compute, Objective, moved};
use super::options::{Algorithm, EpisodeHead, InnerScope, PrimeOptions};
use super::resolve::ResolvedPrime;
use super::space::{Group, Heads, Space};
use super::task::{Encoded, Task, own_tags};
use super::type_episode::{Chosen, Types};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::model::Model;
use crate::peft::{Bottleneck, Method, Tensors};
use crate::small;
use crate::train::Counter;
use crate::train::gradients::{Gradient, Gradients, global_norm};

struct Problem {
    _folder: tempfile::TempDir,
    model: Model,
    options: ResolvedPrime,
    tasks: Vec<Encoded>,
    types: Vec<Types>,
}

impl Problem {
    fn new(change: impl Fn(&mut PrimeOptions)) -> Result<Problem> {
        let (folder, model) = small::model();
        let method = Method::Bottleneck(Bottleneck { norm_before: true, ..Bottleneck::houlsby(model.config(), 4) });
        let mut options = PrimeOptions { support: 8, query: 8, ..PrimeOptions::new(method) };
        (options.head, options.algorithm) = (EpisodeHead::Made, Algorithm::MultiTask);
        change(&mut options);
        let given = [Task::new("a", small::dataset(24, 3)), Task::new("b", small::dataset(40, 4)).weighted(3.0)];
        let options = options.resolve(model.config(), given[0].data.types())?;
        let (cancel, mut tell) = (Cancel::new(), |_, _, _| std::ops::ControlFlow::Continue(()));
        let mut counter = Counter::new(&cancel, &mut tell);
        let mut encode =
            |task| Encoded::new(&model, task, &own_tags(task, &options)?, &options, usize::MAX, &mut counter);
        let tasks = given.iter().map(&mut encode).collect::<Result<Vec<_>>>()?;
        let types = tasks.iter().map(|task| Types::new(&model, task)).collect::<Result<_>>()?;
        Ok(Problem { _folder: folder, model, options, tasks, types })
    }

    fn draw(&self, step: usize) -> Episode {
        Types::draw(&self.tasks, &self.types, &self.options, step, 0)
    }
}

/// Rare types come up, support and query never share a sentence, an episode without names has words of every row.
#[test]
fn episodes_are_what_their_options_say() -> Result<()> {
    let problem = Problem::new(|_| ())?;
    let (mut supports, mut tasks, mut nameless) = (BTreeSet::new(), [0, 0], 0);
    for step in 0..400 {
        let episode = problem.draw(step);
        assert_eq!(episode, problem.draw(step), "a function of seed and numbers");
        let chosen = episode.chosen.as_ref().unwrap();
        let support = &episode.supports[0];
        let all: BTreeSet<usize> = support.iter().chain(&episode.query).copied().collect();
        assert_eq!((all.len(), support.len() + episode.query.len()), (16, 16), "no sentence twice");
        assert!(!chosen.rows.is_empty() && chosen.rows.iter().all(|row| chosen.types.contains(row)));
        assert!(chosen.named || !support.is_empty(), "a head needs names or words");
        let by_type = problem.tasks[episode.task].by_type();
        if !chosen.named {
            let held = |row: &usize| support.iter().any(|s| by_type[*row].contains(s));
            assert!(chosen.rows.iter().all(held));
            nameless += 1;
        }
        supports.insert(support.len());
        tasks[episode.task] += 1;
    }
    assert_eq!(supports.into_iter().collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
    assert!(tasks[1] > 2 * tasks[0] && tasks[0] > 60, "drawn by weight: {tasks:?}");
    assert!(
        (60..140).contains(&nameless),
        "{nameless} of 400, where three in ten of those with a support were asked for"
    );
    Ok(())
}

#[test]
fn gradients_through_the_making_of_the_head_are_the_slopes_of_the_loss() -> Result<()> {
    let problem = Problem::new(|_| ())?;
    let Problem { model, options, tasks, types, .. } = &problem;
    let cancel = Cancel::new();
    let mut prior = first_prior(model, options, tasks, &Tensors::new(), &cancel)?;
    // As it starts, the map of names is zero and gives nothing back.
    let map = prior["start.map"].clone();
    let numbers = (0..map.elem_count()).map(|i| ((i * 37 % 61) as f32 - 30.0) / 60.0).collect::<Vec<_>>();
    prior.insert("start.map".into(), Tensor::from_vec(numbers, map.shape(), &candle_core::Device::Cpu)?);
    let (space, mut start) = Space::new(model, options, Heads::Made(prior), Tensors::new())?;
    let task = &tasks[0];
    let all: Vec<usize> = (0..24).collect();
    let pieces = task.sequences(&all).into_iter().map(|s| &s.window).chain(&types[0].names).flat_map(|w| w.ids.clone());
    let ids: Vec<u32> = pieces.collect::<BTreeSet<_>>().into_iter().collect();
    start[space.rows] = model.encoder().embeddings.word.base(&ids)?;
    let compute = Cell::new(Compute::default());
    let wanted = space.inner(InnerScope::Everything);
    for (rows, named, support) in [(vec![0, 1], true, 6), (vec![1], false, 6), (vec![1, 0], true, 0)] {
        let chosen = Chosen { types: vec![0, 1], rows, named };
        let query = task.sequences(&(8..16).collect::<Vec<_>>());
        let support = task.sequences(&(0..support).collect::<Vec<_>>());
        let episode = Made { task, types: &types[0], chosen: &chosen, support, query };
        // Cut into several passes: what a head is made of may lie in another one than the word.
        let objective =
            Objective { space: &space, ids: &ids, micro_batch_pieces: 40, cancel: &cancel, compute: &compute };
        let loss = |point: &[Tensor]| -> Result<(f64, Gradients)> {
            Ok(objective.made_gradient(point, &wanted, &episode)?.unwrap())
        };
        let found = loss(&start)?.1;
        for group in [Group::Encoder, Group::Embeddings, Group::Phi, Group::Prior] {
            let part = |(g, of): (&Option<Gradient>, &Group)| g.clone().filter(|_| *of == group);
            let part: Gradients = found.iter().zip(&space.groups).map(part).collect();
            let norm = global_norm(&part)?;
            let step = 2e-3 / norm;
            let at = |step: f64| -> Result<f64> { Ok(loss(&moved(&start, &part, |_| step as f32)?)?.0) };
            let slope = (at(step)? - at(-step)?) / (2.0 * step);
            let miss = (slope / (norm * norm) - 1.0).abs();
            assert!(norm > 1e-4 && miss < 0.02, "{group:?}, rows {chosen:?}: {miss}");
        }
    }
    Ok(())
}

/// A word of a type that was drawn but has no row is neither O nor anything else; one that was not drawn is O.
#[test]
fn what_is_not_told_apart_does_not_count_and_the_rest_is_outside() -> Result<()> {
    let problem = Problem::new(|_| ())?;
    let (task, types) = (&problem.tasks[0], &problem.types[0]);
    let query = task.sequences(&(0..24).collect::<Vec<_>>());
    let own: Vec<u32> = query.iter().flat_map(|s| s.targets.clone()).collect();
    let targets = |types_: Vec<usize>, rows: Vec<usize>| -> Result<Vec<Option<u32>>> {
        let chosen = Chosen { types: types_, rows, named: true };
        let made = Made { task, types, chosen: &chosen, support: Vec::new(), query: query.clone() };
        Ok(made.targets(&made.query, &made.tags()?))
    };
    for (own, target) in own.iter().zip(targets(vec![0, 1], vec![1])?) {
        let want = match task.tags.type_of(*own as usize) {
            None => Some(0),
            Some(1) => Some(own - 2),
            Some(0) => None,
            Some(_) => Some(0),
        };
        assert_eq!(target, want);
    }
    assert!(targets(vec![0], vec![0])?.iter().all(Option::is_some));
    Ok(())
}

#[test]
fn inner_steps_and_shares_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut PrimeOptions), option: &str| {
        let e = Problem::new(change).err().unwrap();
        assert!(e.options().any(|name| name == option), "{e}");
    };
    refused(|o| o.nameless = 1.5, "nameless");
    refused(|o| o.algorithm = PrimeOptions::new(Method::Head).algorithm, "head");
    let task = Task::new("t", small::dataset(16, 1)).weighted(f64::NAN);
    assert!(super::task::check_names(&[task]).unwrap_err().message().contains("weight"));
}
