//! From labels to spans, whatever the scheme and however sloppy the labels.

use super::scheme::Prefix;
use super::sentence::Span;

/// A tag as its prefix and the index of its type; the type of O does not matter.
pub(super) type Label = (Prefix, usize);

/// Whether an entity starts at `next`, which stands behind `previous` (O at a sentence's start).
///
/// These are the rules of seqeval's default mode (and of the perl script conlleval before it): B- and S- start one, and so does anything else that
/// does not continue an open entity of its type. On valid data they read IOB1, IOB2 and BIOES alike.
pub(super) fn starts_entity(previous: Label, next: Label) -> bool {
    match next.0 {
        Prefix::O => false,
        Prefix::B | Prefix::S => true,
        Prefix::I | Prefix::E => !is_open(previous) || previous.1 != next.1,
    }
}

/// Whether an entity can go on behind this label.
fn is_open(label: Label) -> bool {
    matches!(label.0, Prefix::B | Prefix::I)
}

/// Reads the entities of one sentence as seqeval's default mode does; any sequence is accepted. Spans ascend and do not overlap.
pub(crate) fn read_spans(labels: impl IntoIterator<Item = Label>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut previous = (Prefix::O, 0);
    for (word, label) in labels.into_iter().enumerate() {
        if starts_entity(previous, label) {
            spans.push(Span { start: word, end: word + 1, label: label.1 });
        } else if label.0 != Prefix::O
            && let Some(span) = spans.last_mut()
        {
            span.end = word + 1;
        }
        previous = label;
    }
    spans
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// seqeval 1.2.2, metrics/sequence_labeling.py, get_entities: the original in Rust, for comparison.
    pub(in crate::data) fn seqeval(labels: &[Label]) -> Vec<Span> {
        let (mut chunks, mut begin) = (Vec::new(), 0);
        let (mut prev, mut prev_type) = ('O', usize::MAX);
        for (i, &(prefix, kind)) in labels.iter().chain([&(Prefix::O, usize::MAX)]).enumerate() {
            let tag = prefix.letter();
            let kind = if tag == 'O' { usize::MAX } else { kind };
            let end = matches!(prev, 'E' | 'S')
                || matches!((prev, tag), ('B' | 'I', 'B' | 'S' | 'O'))
                || (prev != 'O' && prev_type != kind);
            if end {
                chunks.push(Span { start: begin, end: i, label: prev_type });
            }
            let start = matches!(tag, 'B' | 'S')
                || matches!((prev, tag), ('E' | 'S' | 'O', 'E' | 'I'))
                || (tag != 'O' && prev_type != kind);
            if start {
                begin = i;
            }
            (prev, prev_type) = (tag, kind);
        }
        chunks
    }

    pub(in crate::data) fn labels() -> impl Strategy<Value = Vec<Label>> {
        let prefix = prop::sample::select(vec![Prefix::O, Prefix::B, Prefix::I, Prefix::E, Prefix::S]);
        prop::collection::vec((prefix, 0usize..3), 0..12)
    }

    proptest! {
        #[test]
        fn any_sequence_is_read_as_seqeval_reads_it(labels in labels()) {
            prop_assert_eq!(read_spans(labels.iter().copied()), seqeval(&labels));
        }
    }
}
