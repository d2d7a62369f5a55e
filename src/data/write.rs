//! From entities to tags, in any scheme.

use super::scheme::Scheme;
use super::sentence::Span;

/// The tags of a sentence of text, in any scheme; spans ascend and do not overlap.
pub(crate) fn write_tags(scheme: Scheme, spans: &[Span], words: usize, types: &[String]) -> Vec<String> {
    let mut tags = vec!["O".to_string(); words];
    for (i, span) in spans.iter().enumerate() {
        let adjacent = i > 0 && spans[i - 1].end == span.start && spans[i - 1].label == span.label;
        for (word, tag) in (span.start..span.end).zip(&mut tags[span.start..span.end]) {
            let prefix = scheme.prefix(span.start, span.end, word, adjacent);
            *tag = format!("{}-{}", prefix.letter(), types[span.label]);
        }
    }
    tags
}
