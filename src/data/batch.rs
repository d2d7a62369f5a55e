//! Batches without padding: the pieces of several sequences in one flat list.

use crate::cancel::Cancel;
use crate::ops::{PartialTargets, Starts};
use crate::text::Window;

/// A window of a sentence with the tags of its labelled pieces; the unit that batches are made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sequence {
    /// Its number among all sequences of the data.
    pub index: usize,
    pub window: Window,
    /// One tag for every labelled piece.
    pub targets: Vec<u32>,
    /// What is known of these tags, where that is not the whole of them.
    pub partial: Option<PartialTargets>,
}

impl Sequence {
    /// Keeps `pieces` pieces at most: the first, and behind them the last of all, which ends a sequence. Words without their
    /// labelled piece go.
    pub fn truncate(&mut self, pieces: usize) {
        let ids = &mut self.window.ids;
        let Some(end) = ids.last().copied().filter(|_| ids.len() > pieces) else { return };
        let kept = pieces.saturating_sub(1);
        ids.truncate(kept);
        ids.push(end);
        self.window.labelled.retain(|label| (label.piece as usize) < kept);
        let rows = self.window.labelled.len();
        self.targets.truncate(rows);
        if let Some(partial) = &mut self.partial {
            partial.truncate(rows);
        }
    }

    /// Whether `tag` can be that of the labelled piece `row` for all that is known, where its target is O.
    pub fn is_open(&self, row: usize, tag: u32) -> bool {
        let open = |p: &PartialTargets| p.open().get(row * p.tags() + tag as usize) == Some(&true);
        self.partial.as_ref().is_some_and(open)
    }
}

/// Several sequences, end to end.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// Piece ids, special pieces included.
    pub ids: Vec<u32>,
    /// Position of every piece in its sequence, from 0.
    pub positions: Vec<u32>,
    /// The first piece of every sequence, and at the end the number of pieces.
    pub starts: Starts,
    /// The pieces that carry a tag.
    pub labelled: Vec<u32>,
    /// Their tags in training; empty in tagging.
    pub targets: Vec<u32>,
    /// What is known of these tags, where that is not the whole of them.
    pub partial: Option<PartialTargets>,
    /// What stops the work on it: the encoder looks at it before every product.
    pub cancel: Cancel,
}

impl Batch {
    /// Windows end to end, without tags.
    pub fn of_windows<'a>(windows: impl IntoIterator<Item = &'a Window>) -> Batch {
        let (mut ids, mut positions, mut labelled, mut starts) = (Vec::new(), Vec::new(), Vec::new(), vec![0]);
        for window in windows {
            let start = ids.len() as u32;
            ids.extend_from_slice(&window.ids);
            positions.extend(0..window.ids.len() as u32);
            labelled.extend(window.labelled.iter().map(|l| start + l.piece));
            starts.push(ids.len());
        }
        Batch {
            ids,
            positions,
            starts: starts.into(),
            labelled,
            targets: Vec::new(),
            partial: None,
            cancel: Cancel::new(),
        }
    }

    /// The same batch, on which work ends with `Cancelled` once `cancel` is requested.
    pub fn stopped_by(mut self, cancel: &Cancel) -> Batch {
        self.cancel = cancel.clone();
        self
    }

    /// Sequences end to end, with their tags.
    pub fn of_sequences<'a>(sequences: impl IntoIterator<Item = &'a Sequence> + Clone) -> Batch {
        let mut batch = Batch::of_windows(sequences.clone().into_iter().map(|s| &s.window));
        batch.targets = sequences.clone().into_iter().flat_map(|s| &s.targets).copied().collect();
        batch.partial = partial(sequences);
        batch
    }
}

/// What is known of the tags of sequences end to end; `None` where all of them are known.
fn partial<'a>(sequences: impl IntoIterator<Item = &'a Sequence> + Clone) -> Option<PartialTargets> {
    let tags = sequences.clone().into_iter().find_map(|s| s.partial.as_ref())?.tags();
    let mut all = PartialTargets::new(tags).ok()?;
    for sequence in sequences {
        // All targets are of one tag set.
        match &sequence.partial {
            Some(partial) => all.append(partial).ok()?,
            None => sequence.targets.iter().try_for_each(|target| all.push(*target, |_| false)).ok()?,
        }
    }
    Some(all)
}

/// What a device was asked to hold.
pub(crate) fn pieces(batch: &Batch) -> String {
    format!("{} pieces at once", batch.ids.len())
}

/// Cuts `lengths` (in pieces) into runs of at most `limit` pieces each; a sequence longer than that stands alone.
pub(crate) fn runs(lengths: impl IntoIterator<Item = usize>, limit: usize) -> Vec<std::ops::Range<usize>> {
    let (mut runs, mut start, mut pieces, mut end) = (Vec::new(), 0, 0, 0);
    for length in lengths {
        if pieces > 0 && pieces + length > limit {
            runs.push(start..end);
            (start, pieces) = (end, 0);
        }
        pieces += length;
        end += 1;
    }
    if end > start {
        runs.push(start..end);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Labelled;

    #[test]
    fn sequences_keep_their_own_positions_and_labels() {
        let window = |ids: &[u32], pieces: &[u32]| Window {
            ids: ids.to_vec(),
            labelled: pieces.iter().enumerate().map(|(w, p)| Labelled { piece: *p, word: w as u32 }).collect(),
        };
        let a = Sequence { index: 0, window: window(&[0, 7, 8, 2], &[1, 2]), targets: vec![1, 0], partial: None };
        let b = Sequence { index: 1, window: window(&[0, 9, 2], &[1]), targets: vec![3], partial: None };
        let batch = Batch::of_sequences([&a, &b]);
        assert_eq!(batch.ids, [0, 7, 8, 2, 0, 9, 2]);
        assert_eq!(batch.positions, [0, 1, 2, 3, 0, 1, 2]);
        assert_eq!(*batch.starts, [0, 4, 7]);
        assert_eq!((&batch.labelled, &batch.targets), (&vec![1, 2, 5], &vec![1, 0, 3]));
        assert!(batch.partial.is_none(), "whole labels take the usual way");
        let mut known = PartialTargets::new(4).unwrap();
        known.push(0, |tag| tag == 2).unwrap();
        let c = Sequence { targets: vec![0], partial: Some(known), ..b.clone() };
        let partial = Batch::of_sequences([&a, &c]).partial.unwrap();
        let open: Vec<usize> = (0..12).filter(|i| partial.open()[*i]).collect();
        assert_eq!((partial.rows(), open), (3, vec![0, 4, 8, 10]));
        assert!(c.is_open(0, 2) && !c.is_open(0, 1) && !c.is_open(1, 2) && !a.is_open(0, 2));
    }

    #[test]
    fn a_truncated_sequence_is_its_beginning_and_its_end() {
        let labelled = (0..4).map(|word| Labelled { piece: 1 + 2 * word, word }).collect();
        let window = Window { ids: vec![0, 10, 11, 12, 13, 14, 15, 16, 2], labelled };
        let mut known = PartialTargets::new(3).unwrap();
        (0..4).for_each(|word| known.push(word % 3, |_| false).unwrap());
        let whole = Sequence { index: 5, window, targets: vec![0, 1, 2, 0], partial: Some(known) };
        for pieces in 0..12 {
            let mut cut = whole.clone();
            cut.truncate(pieces);
            assert_eq!(cut.window.ids.len(), pieces.clamp(1, 9));
            assert_eq!(cut.window.ids.last(), Some(&2));
            assert!(whole.window.labelled.starts_with(&cut.window.labelled));
            // Every word that is left has its piece, every word whose piece is left is there.
            let pieces_left = cut.window.ids.len() as u32 - 1;
            assert_eq!(cut.targets.len() as u32, pieces_left / 2);
            assert!(whole.targets.starts_with(&cut.targets));
            assert_eq!(cut.partial.as_ref().unwrap().rows(), cut.targets.len());
        }
    }

    #[test]
    fn runs_hold_every_sequence_once_within_the_limit() {
        assert_eq!(runs([3, 4, 5, 1], 8), [0..2, 2..4]);
        assert_eq!(runs([9, 9], 8), [0..1, 1..2]);
        assert!(runs([], 8).is_empty());
    }
}
