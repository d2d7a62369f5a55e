//! Sequences of a flat batch side by side: what attention needs where no kernel of ours runs.

use candle_core::{Device, Tensor};

use super::Result;

/// How the heads of all sequences stand in padded blocks, and how they come back.
pub(in crate::ops) struct Layout {
    device: Device,
    heads: usize,
    pub(super) blocks: Vec<Block>,
    /// For every head of every piece its row among those of all blocks, `[pieces · heads]`.
    pub(super) back: Tensor,
}

/// Sequences of similar length, padded to the longest.
pub(super) struct Block {
    pub sequences: usize,
    pub length: usize,
    /// For every row `[sequences, heads, length]` the head of a piece that stands there; in padding, one of the same
    /// sequence.
    pub rows: Tensor,
    /// What padding needs, where there is some.
    pub padding: Option<Padding>,
}

pub(super) struct Padding {
    /// Added to the scores of keys, `[sequences, 1, 1, length]` in `f32`: minus infinity in padding.
    pub mask: Tensor,
    /// Multiplies gradients of rows, `[sequences, 1, length, 1]` in `f32`: zero in padding.
    pub keep: Tensor,
}

impl Layout {
    pub fn new(starts: &[usize], heads: usize, device: &Device) -> Result<Layout> {
        let mut back = vec![0u32; starts.last().copied().unwrap_or(0) * heads];
        let mut blocks = Vec::new();
        let mut before = 0;
        for block in blocks_of(starts) {
            let (n, length) = (block.len(), block[0].1);
            let mut rows = Vec::with_capacity(n * heads * length);
            for &(start, own) in &block {
                for head in 0..heads {
                    for i in 0..length {
                        let piece = start + if i < own { i } else { 0 };
                        if i < own {
                            back[piece * heads + head] = (before + rows.len()) as u32;
                        }
                        rows.push((piece * heads + head) as u32);
                    }
                }
            }
            before += rows.len();
            let padding = match block.iter().any(|(_, own)| *own < length) {
                false => None,
                true => {
                    let per_row = |inside: f32, outside: f32| {
                        let row = |(_, own): &(usize, usize)| {
                            let own = *own;
                            (0..length).map(move |i| if i < own { inside } else { outside })
                        };
                        block.iter().flat_map(row).collect::<Vec<f32>>()
                    };
                    Some(Padding {
                        mask: Tensor::from_vec(per_row(0.0, f32::NEG_INFINITY), (n, 1, 1, length), device)?,
                        keep: Tensor::from_vec(per_row(1.0, 0.0), (n, 1, length, 1), device)?,
                    })
                }
            };
            let rows = Tensor::new(rows, device)?;
            blocks.push(Block { sequences: n, length, rows, padding });
        }
        Ok(Layout { device: device.clone(), heads, blocks, back: Tensor::new(back, device)? })
    }

    /// True where it can serve this call.
    pub fn fits(&self, heads: usize, device: &Device) -> bool {
        self.heads == heads && self.device.same_device(device)
    }
}

/// Sequences, as `(start, length)`, in blocks of similar length, the longest first in each: at least half of a block is
/// no padding.
fn blocks_of(starts: &[usize]) -> Vec<Vec<(usize, usize)>> {
    let mut sequences: Vec<(usize, usize)> =
        starts.windows(2).map(|w| (w[0], w[1] - w[0])).filter(|(_, length)| *length > 0).collect();
    sequences.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    let mut blocks: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut pieces = 0;
    for sequence in sequences {
        match blocks.last_mut() {
            Some(block) if (block.len() + 1) * block[0].1 <= 2 * (pieces + sequence.1) => {
                block.push(sequence);
                pieces += sequence.1;
            }
            _ => {
                blocks.push(vec![sequence]);
                pieces = sequence.1;
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_every_sequence_once_and_are_at_least_half_full() {
        let lengths = [512, 3, 3, 0, 7, 250, 7, 9, 300, 1, 1];
        let mut starts = vec![0];
        lengths.iter().for_each(|l| starts.push(starts[starts.len() - 1] + l));
        let blocks = blocks_of(&starts);
        let mut seen: Vec<(usize, usize)> = blocks.concat();
        seen.sort_unstable();
        let want = starts.windows(2).map(|w| (w[0], w[1] - w[0])).filter(|s| s.1 > 0).collect::<Vec<_>>();
        assert_eq!(seen, want);
        for block in &blocks {
            let pieces: usize = block.iter().map(|s| s.1).sum();
            assert!(block.iter().all(|s| s.1 <= block[0].1) && 2 * pieces >= block.len() * block[0].1, "{block:?}");
        }
        assert!(blocks.len() < 6, "{blocks:?}");
    }
}
