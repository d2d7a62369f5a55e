//! Episodes: which task and which of its sentences an inner loop and its query see.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::resolve::ResolvedPrime;
use super::task::Encoded;
use super::type_episode::Chosen;
use crate::data::draw;

/// Sentences of one task, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Episode {
    /// The task's number.
    pub task: usize,
    /// The support sentences of every inner step, or of all of them.
    pub supports: Vec<Vec<usize>>,
    pub query: Vec<usize>,
    /// Seed of what is drawn anew in the episode.
    pub seed: u64,
    /// Of an episode of types, which they are.
    pub chosen: Option<Chosen>,
}

/// Draws after which an entity is put into the support by force.
const DRAWS: usize = 64;

impl Episode {
    /// The episode `index` of the update `step`: a function of the seed and these numbers alone, so that a resumed run needs
    /// no state of a generator.
    pub fn draw(tasks: &[Encoded], options: &ResolvedPrime, step: usize, index: usize) -> Episode {
        let mut random = random_of(options, step, index);
        let task = draw_task(tasks, options, &mut random);
        let encoded = &tasks[task];
        let (batches, size) = (options.support_batches(), options.support);
        let mut chosen = Vec::new();
        for _ in 0..DRAWS {
            chosen = draw(encoded.len(), options.sentences(), &mut random);
            if chosen[..batches * size].chunks(size).all(|support| encoded.has_entity(support)) {
                break;
            }
        }
        for batch in 0..batches {
            encoded.put_entity(&mut chosen, batch * size..(batch + 1) * size, &mut random);
        }
        let query = chosen.split_off(batches * size);
        let supports = chosen.chunks(size).map(<[usize]>::to_vec).collect();
        Episode { task, supports, query, seed: random.random(), chosen: None }
    }
}

/// The number of the task that an episode is of.
pub(super) fn draw_task(tasks: &[Encoded], options: &ResolvedPrime, random: &mut ChaCha8Rng) -> usize {
    let weight = |task: &Encoded| task.weight * (task.len() as f64).powf(options.temperature);
    let whole: f64 = tasks.iter().map(weight).sum();
    let mut at = random.random::<f64>() * whole;
    let task = tasks.iter().position(|t| {
        at -= weight(t);
        at < 0.0
    });
    // Rounding may leave nothing.
    task.unwrap_or(tasks.len() - 1)
}

/// The generator of the episode `index` of the update `step`.
pub(super) fn random_of(options: &ResolvedPrime, step: usize, index: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    random.set_stream((step as u64) << 24 | index as u64);
    random
}
