//! From a text and its spans to words and their tags, and what of it no words can say.
//!
//! Words are those of [`split_words`] alone, as in tagging: where a span starts or ends does not decide on them. A span
//! that starts or ends inside a word cuts it. The word then belongs to the entity where the span covers at least half
//! of its characters, else it stays outside; of two spans that cut it in half, the first has it.

use std::ops::Range;

use super::sentence::SourceText;
use super::source::{Labels, Record};
use super::tags::check_type;
use crate::error::{Error, Result};
use crate::text::split_words;

/// An entity of a text, as a record has it.
#[derive(Debug)]
pub(super) struct Entity {
    /// Its bytes in the text, on boundaries of characters.
    pub(super) bytes: Range<usize>,
    /// Its positions as the record counts them, for errors.
    pub(super) given: Range<usize>,
    pub(super) label: String,
}

/// An entity and the words that carry its tags.
pub(super) struct Aligned {
    /// Its bytes, without what is no word at either end.
    pub(super) bytes: Range<usize>,
    /// The words that belong to it; empty where it covers less than half of each.
    pub(super) words: Range<usize>,
    pub(super) label: String,
}

/// The record of a text; `None` where it holds no word. With `strict`, a span that cuts a word is an error.
///
/// # Errors
/// `Data` for spans that are empty, overlap or touch no word, and for types without a proper name.
pub(super) fn text_record(text: String, mut spans: Vec<Entity>, strict: bool, line: u64) -> Result<Option<Record>> {
    let wrong = |entity: &Entity, what: &str| {
        let label: String = entity.label.chars().take(40).collect();
        Error::data(format!("the entity {}..{} ({label:?}) {what}", entity.given.start, entity.given.end))
    };
    for entity in &spans {
        check_type(&entity.label).map_err(|e| Error::data(e.message()))?;
        if entity.bytes.is_empty() {
            return Err(wrong(entity, "is empty"));
        }
    }
    spans.sort_by_key(|entity| entity.bytes.start);
    if let Some([a, b]) = spans.windows(2).find(|w| w[0].bytes.end > w[1].bytes.start) {
        let (a, b) = (&a.given, &b.given);
        return Err(Error::data(format!("the entities {}..{} and {}..{} overlap", a.start, a.end, b.start, b.end)));
    }
    let words = split_words(&text);
    let mut entities: Vec<Aligned> = Vec::with_capacity(spans.len());
    for entity in spans {
        let taken = entities.last().map_or(0, |e| e.words.end);
        let aligned = align(&text, &words, &entity, taken).ok_or_else(|| wrong(&entity, "covers no word"))?;
        if strict && let Some(word) = SourceText::cut(&words, &aligned.bytes) {
            let (span, word) = (&text[aligned.bytes], &text[words[word].clone()]);
            return Err(wrong(
                &entity,
                &format!("is {span:?} and cuts the word {word:?}, which strict reading refuses"),
            ));
        }
        entities.push(aligned);
    }
    if words.is_empty() {
        return Ok(None);
    }
    Ok(Some(Record { line, words: Vec::new(), labels: Labels::Text { text, words, entities }, labelled: None }))
}

/// The words of an entity; those before `taken` belong to another. `None` where it touches no word.
fn align(text: &str, words: &[Range<usize>], entity: &Entity, taken: usize) -> Option<Aligned> {
    let Range { start, end } = entity.bytes;
    let touched = words.partition_point(|w| w.end <= start)..words.partition_point(|w| w.start < end);
    let (first, last) = (words.get(touched.start)?, words.get(touched.end.checked_sub(1)?)?);
    if touched.is_empty() {
        return None;
    }
    let bytes = start.max(first.start)..end.min(last.end);
    let belongs = |word: &usize| {
        let word = words[*word].clone();
        let covered = word.start.max(start)..word.end.min(end);
        covered == word || 2 * text[covered].chars().count() >= text[word].chars().count()
    };
    // Only the first and the last can be cut.
    let from = touched.clone().find(belongs).unwrap_or(touched.end).max(taken);
    let to = touched.clone().rev().find(belongs).map_or(from, |word| word + 1).max(from);
    Some(Aligned { bytes, words: from..to, label: entity.label.clone() })
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one range is what is meant")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(text: &str, spans: &[Range<usize>], strict: bool) -> Result<Option<Record>> {
        let entity = |bytes: &Range<usize>| Entity { bytes: bytes.clone(), given: bytes.clone(), label: "X".into() };
        text_record(text.to_owned(), spans.iter().map(entity).collect(), strict, 1)
    }

    /// The words of each entity, and its bytes.
    fn learnt<'a>(text: &'a str, spans: &[Range<usize>]) -> Vec<(Vec<&'a str>, &'a str)> {
        let Labels::Text { words, entities, .. } = record(text, spans, false).unwrap().unwrap().labels else {
            panic!("no text")
        };
        let word = |range: &Range<usize>| &text[range.clone()];
        entities.iter().map(|e| (words[e.words.clone()].iter().map(word).collect(), word(&e.bytes))).collect()
    }

    #[test]
    fn a_word_that_is_cut_belongs_to_the_entity_that_covers_half_of_it() {
        assert_eq!(learnt("the Hamburgers", &[4..11]), [(vec!["Hamburgers"], "Hamburg")]);
        assert_eq!(learnt("unamerican", &[2..4]), [(vec![], "am")]);
        assert_eq!(learnt("ab", &[0..1, 1..2]), [(vec!["ab"], "a"), (vec![], "b")]);
        assert_eq!(learnt("xyz Ada xyz", &[2..9]), [(vec!["Ada"], "z Ada x")]);
        assert_eq!(learnt("xyz Ada xyz", &[1..10]), [(vec!["xyz", "Ada", "xyz"], "yz Ada xy")]);
    }

    #[test]
    fn blanks_at_the_ends_of_a_span_are_no_part_of_it() {
        assert_eq!(learnt(" Ada  Berg ", &[0..11]), [(vec!["Ada", "Berg"], "Ada  Berg")]);
    }

    #[test]
    fn strict_reading_refuses_what_cuts_a_word_and_nothing_else() {
        assert!(record(" Ada Berg ", &[0..10], true).is_ok());
        let e = record("the Hamburgers", &[4..11], true).err().unwrap();
        assert!(e.message().contains("\"Hamburg\"") && e.message().contains("\"Hamburgers\""), "{e}");
        for (spans, message) in [(&[3..4][..], "covers no word"), (&[2..2], "is empty"), (&[0..2, 1..3], "overlap")] {
            let e = record("the end", spans, false).err().unwrap();
            assert!(e.message().contains(message), "{e}");
        }
    }

    proptest! {
        /// Words never hang on the spans, a whole word inside a span is always in its entity, and no word is in two.
        #[test]
        fn words_are_the_splitters_and_belong_to_one_entity(
            text in "[abZ é東.'-]{1,24}",
            cuts in prop::collection::btree_set(0usize..24, 0..6),
        ) {
            let places: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let cuts: Vec<usize> = cuts.into_iter().filter_map(|i| places.get(i).copied()).collect();
            let spans: Vec<Range<usize>> = cuts.chunks_exact(2).map(|c| c[0]..c[1]).collect();
            let Ok(Some(record)) = record(&text, &spans, false) else { return Ok(()) };
            let Labels::Text { words, entities, .. } = record.labels else { panic!("no text") };
            prop_assert_eq!(&words, &split_words(&text));
            let mut taken = 0;
            for (entity, span) in entities.iter().zip(&spans) {
                prop_assert!(taken <= entity.words.start && entity.words.start <= entity.words.end);
                taken = entity.words.end;
                let whole = |i: &usize| span.start <= words[*i].start && words[*i].end <= span.end;
                prop_assert!((0..words.len()).filter(whole).all(|i| entity.words.contains(&i)));
                prop_assert!(span.start <= entity.bytes.start && entity.bytes.end <= span.end);
            }
        }
    }
}
