//! What was found in labelled data, compared with what is there.

use super::metrics::{Mode, Scores, TextSpans, score_with_texts};
use crate::data::{Dataset, Sentence, Span, write_tags};
use crate::error::Result;

/// Scores the entities found in each sentence of `data`, given as words, with types that are indices into `types`.
///
/// Sentences that came as words are compared by their tags, in the data's own scheme, so that strict scoring compares
/// like with like; texts by the bytes of their entities. Of a sentence that does not label all types, those that it labels
/// are compared alone: what was found of others is neither right nor wrong.
///
/// # Errors
/// As [`score`](super::score).
pub(crate) fn compare(data: &Dataset, found: &[Vec<Span>], types: &[String], mode: Mode) -> Result<Scores> {
    let sentences = data.sentences();
    let labelled = |(s, spans): (&Sentence, &Vec<Span>)| -> Vec<Span> {
        spans.iter().filter(|span| types.get(span.label).is_none_or(|kind| s.labels(kind))).copied().collect()
    };
    let found: Vec<Vec<Span>> = sentences.iter().zip(found).map(labelled).collect();
    let gold: Vec<Vec<&str>> = sentences.iter().map(|s| s.tags.iter().map(String::as_str).collect()).collect();
    let tags = |(s, spans): (&Sentence, &Vec<Span>)| write_tags(data.scheme(), spans, s.words.len(), types);
    let predicted: Vec<Vec<String>> = sentences.iter().zip(&found).map(tags).collect();
    let texts: Vec<_> = sentences.iter().zip(&found).map(|(s, spans)| texts(s, spans, data.types(), types)).collect();
    score_with_texts(&gold, &predicted, &texts, mode)
}

/// The true and the found entities of a sentence that came as text.
fn texts<'a>(
    sentence: &Sentence,
    found: &[Span],
    gold_types: &'a [String],
    types: &'a [String],
) -> Option<(TextSpans<'a>, TextSpans<'a>)> {
    let text = sentence.text.as_ref()?;
    let name = |types: &'a [String], label: usize| types.get(label).map_or("", String::as_str);
    let gold = text.entities.iter().map(|e| (e.bytes.clone(), name(gold_types, e.label))).collect();
    let bytes = |span: &Span| text.words[span.start].start..text.words[span.end - 1].end;
    Some((gold, found.iter().map(|span| (bytes(span), name(types, span.label))).collect()))
}
