//! Logits of windows, put back into the order of a text's words.

use super::decode::force_outside;
use crate::text::Window;

/// One row of logits a word, `[words, tags]`, from the rows of all labelled pieces in the order of the windows. A word
/// without a piece gets the row that forces O.
pub(crate) fn word_logits<'a>(
    windows: &[Window],
    words: usize,
    tags: usize,
    rows: &mut impl Iterator<Item = &'a [f32]>,
) -> Vec<f32> {
    let mut logits = vec![0.0; words * tags];
    let mut labelled = vec![false; words];
    for word in windows.iter().flat_map(|w| &w.labelled).map(|l| l.word as usize) {
        if let Some(row) = rows.next() {
            logits[word * tags..(word + 1) * tags].copy_from_slice(row);
            labelled[word] = true;
        }
    }
    for (row, labelled) in logits.chunks_exact_mut(tags).zip(labelled) {
        if !labelled {
            force_outside(row);
        }
    }
    logits
}
