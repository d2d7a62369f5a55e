//! How much goes through the encoder at once.

use std::ops::Range;

/// Pieces of a chunk: the activations of one thread's chunk stay within its second-level cache, and weights are still read
/// seldom enough.
const PIECES: usize = 128;

/// With fewer pieces for each thread, threads share the products of one chunk: a product of few rows spends its time on
/// reading weights, and each thread then reads only its part of them.
const FEW: usize = 24;

/// Cuts sequences of these lengths, in pieces, into chunks of nearly equal size: as many for each thread, or, where there
/// is little to do, one for all threads together.
pub(super) fn chunks(lengths: impl Iterator<Item = usize> + Clone, threads: usize) -> Vec<Range<usize>> {
    let total: usize = lengths.clone().sum();
    let count = match total <= threads * FEW && total <= PIECES {
        true => 1,
        false => total.div_ceil(threads * PIECES) * threads,
    };
    let mut chunks: Vec<Range<usize>> = Vec::with_capacity(count);
    let (mut before, mut last) = (0, usize::MAX);
    for (index, length) in lengths.enumerate() {
        // A sequence belongs to the chunk that its middle falls into.
        let chunk = (2 * before + length) * count / (2 * total).max(1);
        match chunks.last_mut() {
            Some(range) if chunk == last => range.end = index + 1,
            _ => chunks.push(index..index + 1),
        }
        last = chunk;
        before += length;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_is_in_one_chunk_and_in_order() {
        for threads in [1, 2, 3, 8] {
            for lengths in [vec![], vec![0], vec![5], vec![512; 7], (1..200).map(|i| i * 37 % 60 + 2).collect()] {
                let chunks = chunks(lengths.iter().copied(), threads);
                let all: Vec<usize> = chunks.iter().flat_map(|c| c.clone()).collect();
                assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
                let pieces = |c: &Range<usize>| lengths[c.clone()].iter().sum::<usize>();
                let longest = lengths.iter().max().copied().unwrap_or(0);
                assert!(
                    chunks.iter().all(|c| pieces(c) <= PIECES.max(threads * FEW) + longest),
                    "{threads} {chunks:?}"
                );
            }
        }
    }

    #[test]
    fn threads_get_equal_shares() {
        let chunks = chunks([15; 32].into_iter(), 2);
        assert_eq!(chunks, [0..8, 8..16, 16..24, 24..32]);
    }

    #[test]
    fn a_short_text_is_one_chunk_for_all_threads() {
        assert_eq!(chunks([20, 20].into_iter(), 2).len(), 1);
        assert_eq!(chunks([400].into_iter(), 2).len(), 1);
    }
}
