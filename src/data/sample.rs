//! Seeded choice of sentences.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// `n` of the numbers `0..len` in random order, none twice; `n` is at most `len`.
///
/// The same on every machine, and the first `m` numbers of a larger sample with the same seed.
pub(super) fn sample(len: usize, n: usize, seed: u64) -> Vec<usize> {
    draw(len, n, &mut ChaCha8Rng::seed_from_u64(seed))
}

/// [`sample`] from a generator of the caller's.
pub(crate) fn draw(len: usize, n: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..len).collect();
    for i in 0..n {
        let rest = (len - i) as u64;
        // Draws that would favour the low numbers are thrown away.
        let usable = u64::MAX - u64::MAX % rest;
        let draw = std::iter::repeat_with(|| random.next_u64()).find(|&draw| draw < usable).unwrap_or(0);
        numbers.swap(i, i + (draw % rest) as usize);
    }
    numbers.truncate(n);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_sample() {
        // The numbers are written down: a change of the generator would silently change every experiment.
        assert_eq!(sample(100, 5, 0), [52, 85, 48, 67, 93]);
        assert_eq!(sample(100, 5, 1), [1, 81, 77, 55, 41]);
        assert_eq!(sample(100, 100, 0)[..5], sample(100, 5, 0));
        let mut all = sample(100, 100, 7);
        all.sort_unstable();
        assert!(all.into_iter().eq(0..100));
        assert!(sample(0, 0, 1).is_empty());
    }

    #[test]
    fn every_number_is_drawn_about_equally_often() {
        let mut counts = [0; 7];
        (0..7000).for_each(|seed| counts[sample(7, 1, seed)[0]] += 1);
        assert!(counts.iter().all(|&n| (850..1150).contains(&n)), "{counts:?}");
    }
}
