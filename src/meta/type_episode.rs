//! Episodes of types: some of a task's types are to be told apart, the rest is O; support of no sentence up to the most.
//!
//! So one word is O in one episode and an entity in the next, and no head can be right for all: something new has to be
//! learnt in each (Yin et al. 2020, arXiv 1912.03820, on what happens otherwise).

use std::collections::BTreeSet;

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::episode::{Episode, draw_task, random_of};
use super::resolve::ResolvedPrime;
use super::task::Encoded;
use crate::error::Result;
use crate::model::Model;
use crate::start::window_of;
use crate::text::Window;

/// What an episode of types has beside its sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The types, numbers of the task's own, that are to be told apart.
    pub types: Vec<usize>,
    /// Those whose rows are made, in the order of the rows. The others are no O, either: their query words do not count.
    pub rows: Vec<usize>,
    /// Whether the head knows the types' names.
    pub named: bool,
}

/// A task's types.
pub(super) struct Types {
    /// The sentences that hold each.
    sentences: Vec<Vec<usize>>,
    /// Their names, as the encoder takes them.
    pub names: Vec<Window>,
    /// Those of which there is a sentence.
    present: Vec<usize>,
}

/// How many types an episode has, each as likely as the others.
const COUNTS: [usize; 12] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 18, 24];

impl Types {
    pub fn new(model: &Model, task: &Encoded) -> Result<Types> {
        let sentences = task.by_type();
        let names = task.tags.types().iter().map(|kind| window_of(model.tokenizer(), kind)).collect::<Result<_>>()?;
        let present = (0..sentences.len()).filter(|kind| !sentences[*kind].is_empty()).collect();
        Ok(Types { sentences, names, present })
    }

    /// The episode `index` of the update `step`, as [`Episode::draw`]. Types are drawn, then sentences that hold them in
    /// turn, so that rare types come up; a quarter of the sentences is any.
    pub fn draw(tasks: &[Encoded], types: &[Types], options: &ResolvedPrime, step: usize, index: usize) -> Episode {
        let mut random = random_of(options, step, index);
        let task = draw_task(tasks, options, &mut random);
        let (whole, mine) = (options.support + options.query, &types[task]);
        let count = *COUNTS.choose(&mut random).unwrap_or(&1);
        let mut chosen = mine.present.clone();
        chosen.shuffle(&mut random);
        chosen.truncate(count);
        let mut sentences = BTreeSet::new();
        // A type may have fewer sentences than turns.
        for turn in 0..2 * whole {
            if sentences.len() >= whole * 3 / 4 {
                break;
            }
            let kind = chosen[turn % chosen.len()];
            sentences.extend(mine.sentences[kind].choose(&mut random));
        }
        while sentences.len() < whole.min(tasks[task].len()) {
            sentences.insert(random.random_range(0..tasks[task].len()));
        }
        let mut query: Vec<usize> = sentences.into_iter().collect();
        query.shuffle(&mut random);
        let support = query.split_off(query.len() - options.support * random.random_range(0..=4) / 4);
        let held = |kind: &usize| support.iter().any(|s| mine.sentences[*kind].binary_search(s).is_ok());
        let seen: Vec<usize> = chosen.iter().copied().filter(held).collect();
        let (whole_names, named) = (random.random_bool(0.3), !random.random_bool(options.nameless));
        let by_name = support.is_empty() || seen.is_empty();
        let chosen = Chosen {
            rows: if by_name || (whole_names && named) { chosen.clone() } else { seen },
            types: chosen,
            named: by_name || named,
        };
        Episode { task, supports: vec![support], query, seed: random.random(), chosen: Some(chosen) }
    }
}
