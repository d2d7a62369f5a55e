//! Which sentences are in which update.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::data::runs;

/// The sentences of every update of an epoch, out of sentences of so many pieces: `pieces` of them at most in an update, or
/// else `size` sentences. The order is a function of seed and epoch alone, so that a resumed run needs no more.
pub(crate) fn batches(
    lengths: &[usize],
    (seed, epoch): (u64, usize),
    size: usize,
    pieces: Option<usize>,
) -> Vec<Vec<usize>> {
    let order = order(lengths.len(), seed, epoch);
    match pieces {
        None => order.chunks(size).map(<[usize]>::to_vec).collect(),
        Some(pieces) => {
            let lengths = order.iter().map(|i| lengths[*i]);
            runs(lengths, pieces).into_iter().map(|run| order[run].to_vec()).collect()
        }
    }
}

/// The order of `sentences` sentences in an epoch.
fn order(sentences: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sentences).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    order.shuffle(&mut rng);
    order
}
