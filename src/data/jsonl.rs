//! JSON Lines: an object a line, with tokens and tags, or with text and entities.

use std::ops::Range;

use serde::Deserialize;

use super::options::{DataOptions, Unit};
use super::sentence::SourceText;
use super::source::{Labels, Record, check_tag, check_word, lines};
use super::tags::check_type;
use crate::error::{Error, Result};
use crate::text::{Offsets, split_words};

#[derive(Deserialize)]
struct Line {
    tokens: Option<Vec<String>>,
    #[serde(alias = "tags")]
    ner_tags: Option<Vec<String>>,
    text: Option<String>,
    /// What the positions count, where the record itself says so; it knows best.
    unit: Option<Unit>,
    #[serde(alias = "spans")]
    entities: Option<Vec<Entity>>,
}

/// An entity of a text.
#[derive(Deserialize)]
pub(super) struct Entity {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: String,
}

/// Reads one record a line; empty lines and records without a word are left out.
pub(super) fn read(text: &str, options: &DataOptions) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for (number, line) in lines(text) {
        if !line.trim().is_empty() {
            records.extend(read_line(line, number, options).map_err(|e| e.at_line(number))?);
        }
    }
    Ok(records)
}

fn read_line(line: &str, number: u64, options: &DataOptions) -> Result<Option<Record>> {
    let line: Line = serde_json::from_str(line).map_err(|e| {
        let text = e.to_string();
        let cause = text.split(" at line ").next().unwrap_or(&text);
        Error::data(format!("no JSON record: {cause} at column {}", e.column()))
    })?;
    match line {
        Line { tokens: Some(words), ner_tags, .. } if ner_tags.is_some() || !options.labelled => {
            words.iter().try_for_each(|word| check_word(word))?;
            let labels = match ner_tags {
                Some(tags) if options.labelled => {
                    if tags.len() != words.len() {
                        return Err(Error::data(format!("{} tokens, but {} ner_tags", words.len(), tags.len())));
                    }
                    tags.iter().try_for_each(|tag| check_tag(tag, options))?;
                    Labels::Tags(tags)
                }
                _ => Labels::None,
            };
            Ok((!words.is_empty()).then_some(Record { line: number, words, labels }))
        }
        Line { text: Some(text), entities, unit, .. } if entities.is_some() || !options.labelled => {
            let entities = if options.labelled { entities } else { None };
            let mut record =
                from_text(text, entities.as_deref().unwrap_or_default(), unit.unwrap_or(options.unit), number)?;
            if !options.labelled
                && let Some(record) = &mut record
            {
                record.labels = Labels::None;
            }
            Ok(record)
        }
        _ => Err(Error::data("a record needs \"tokens\" and \"ner_tags\", or \"text\" and \"entities\"")),
    }
}

/// A record of a text; `None` where it holds no word. A word that an entity cuts becomes two.
pub(super) fn from_text(text: String, entities: &[Entity], unit: Unit, line: u64) -> Result<Option<Record>> {
    let mut spans: Vec<(Range<usize>, &Entity)> = Vec::with_capacity(entities.len());
    let offsets = Offsets::new(&text);
    for entity in entities {
        let byte = |position: usize| match unit {
            Unit::Byte => text.is_char_boundary(position).then_some(position),
            Unit::Utf16 => offsets.byte_of_utf16(position),
            Unit::CodePoint => offsets.byte_of_char(position),
        };
        let wrong = |what: &str| {
            let (start, end) = (entity.start, entity.end);
            Error::data(format!(
                "the entity {start}..{end} ({:?}) {what}",
                entity.label.chars().take(40).collect::<String>()
            ))
        };
        check_type(&entity.label).map_err(|e| Error::data(e.message()))?;
        let (Some(start), Some(end)) = (byte(entity.start), byte(entity.end)) else {
            return Err(wrong("lies outside the text or inside a character"));
        };
        if start >= end {
            return Err(wrong("is empty"));
        }
        spans.push((start..end, entity));
    }
    spans.sort_by_key(|(range, _)| range.start);
    if let Some(w) = spans.windows(2).find(|w| w[0].0.end > w[1].0.start) {
        let ((_, a), (_, b)) = (&w[0], &w[1]);
        return Err(Error::data(format!("the entities {}..{} and {}..{} overlap", a.start, a.end, b.start, b.end)));
    }

    let ranges = cut_at(split_words(&text), spans.iter().flat_map(|(range, _)| [range.start, range.end]));
    let mut found = Vec::with_capacity(spans.len());
    for (range, entity) in spans {
        let start = ranges.partition_point(|word| word.start < range.start);
        let end = ranges.partition_point(|word| word.end <= range.end);
        if start >= end {
            return Err(Error::data(format!("the entity {}..{} covers no word", entity.start, entity.end)));
        }
        found.push((start, end, entity.label.clone()));
    }
    if ranges.is_empty() {
        return Ok(None);
    }
    let words = ranges.iter().map(|range| text[range.clone()].to_string()).collect();
    let labels = Labels::Text { source: SourceText { text, words: ranges }, entities: found };
    Ok(Some(Record { line, words, labels }))
}

/// The words with those cut in two that hold one of the ascending positions inside.
fn cut_at(words: Vec<Range<usize>>, positions: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut positions = positions.peekable();
    let mut cut = Vec::with_capacity(words.len());
    for word in words {
        let mut start = word.start;
        while let Some(&position) = positions.peek() {
            if position >= word.end {
                break;
            }
            positions.next();
            if position > start {
                cut.push(start..position);
                start = position;
            }
        }
        cut.push(start..word.end);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Found = (Vec<String>, Vec<(usize, usize, String)>);

    fn one(line: &str, options: &DataOptions) -> Result<Found> {
        let mut records = read(line, options)?;
        assert_eq!(records.len(), 1);
        let record = records.remove(0);
        let Labels::Text { source, entities } = record.labels else { panic!("no text") };
        assert!(source.words.iter().map(|r| &source.text[r.clone()]).eq(&record.words));
        Ok((record.words, entities))
    }

    #[test]
    fn positions_count_what_the_unit_says() {
        let expected = (vec!["😀".to_string(), "Zoë".into(), ".".into()], vec![(1, 2, "PER".to_string())]);
        for (unit, start, end) in [(Unit::CodePoint, 2, 5), (Unit::Utf16, 3, 6), (Unit::Byte, 5, 9)] {
            let line =
                format!(r#"{{"text": "😀 Zoë.", "entities": [{{"start": {start}, "end": {end}, "label": "PER"}}]}}"#);
            assert_eq!(one(&line, &DataOptions { unit, ..DataOptions::default() }).unwrap(), expected);
        }
    }

    #[test]
    fn a_word_that_an_entity_cuts_becomes_two() {
        let line = r#"{"text": "pre-Obama's era", "spans": [{"start": 4, "end": 9, "label": "PER"}, {"start": 9, "end": 16, "label": "X"}]}"#;
        let e = one(line, &DataOptions::default()).unwrap_err();
        assert!(e.message().contains("9..16"), "{e}");
        let (words, entities) = one(&line.replace("16", "15"), &DataOptions::default()).unwrap();
        assert_eq!(words, ["pre-", "Obama", "'s", "era"]);
        assert_eq!(entities, [(1, 2, "PER".to_string()), (2, 4, "X".to_string())]);
    }

    proptest! {
        #[test]
        fn an_entity_covers_exactly_its_words(text in "[ab é東.'-]{1,20}", a in 0usize..20, b in 0usize..20) {
            let entity = Entity { start: a, end: b, label: "X".into() };
            let Ok(Some(record)) = from_text(text.clone(), &[entity], Unit::CodePoint, 1) else { return Ok(()) };
            let Labels::Text { source, entities } = record.labels else { panic!("no text") };
            let chars: Vec<char> = text.chars().collect();
            let inside: String = chars[a..b].iter().filter(|c| **c != ' ').collect();
            let (start, end, _) = &entities[0];
            let words: String = record.words[*start..*end].concat();
            prop_assert_eq!(words, inside);
            prop_assert!(source.words.windows(2).all(|w| w[0].end <= w[1].start));
        }
    }

    #[test]
    fn tokens_and_tags_are_read_as_they_are() {
        let text = "\n{\"tokens\": [\"a b\", \"c\"], \"ner_tags\": [\"O\", \"B-X\"], \"id\": 7}\r\n{\"tokens\": [], \"ner_tags\": []}\n";
        let records = read(text, &DataOptions::default()).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].line, &records[0].words[..]), (2, &["a b".to_string(), "c".into()][..]));
        let words = DataOptions { labelled: false, ..DataOptions::default() };
        for text in [
            r#"{"tokens": ["a"]}"#,
            r#"{"text": "a"}"#,
            r#"{"text": "a", "entities": [{"start": 9, "end": 8, "label": ""}]}"#,
        ] {
            assert!(matches!(read(text, &words).unwrap()[0].labels, Labels::None));
        }
    }

    #[test]
    fn errors_name_the_line_and_what_is_wrong() {
        let entity = |start: i64, end: i64| format!(r#"{{"start": {start}, "end": {end}, "label": "X"}}"#);
        let with = |entities: &[String]| format!(r#"{{"text": "ab c", "entities": [{}]}}"#, entities.join(","));
        let cases = [
            ("{".to_string(), "no JSON record"),
            ("[]".into(), "no JSON record"),
            (r#"{"tokens": ["a"], "ner_tags": [3]}"#.into(), "expected a string at column"),
            (r#"{"tokens": ["a"], "ner_tags": []}"#.into(), "1 tokens, but 0 ner_tags"),
            (r#"{"tokens": ["a", " "], "ner_tags": ["O", "O"]}"#.into(), "a word is empty"),
            (r#"{"tokens": ["a"], "ner_tags": ["PER"]}"#.into(), "the tag \"PER\""),
            (r#"{"tokens": ["a"]}"#.into(), "a record needs"),
            (r#"{"text": "a"}"#.into(), "a record needs"),
            (r#"{"text": "\ud800", "entities": []}"#.into(), "no JSON record"),
            (with(&[entity(0, 5)]), "outside the text"),
            (with(&[entity(-1, 2)]), "no JSON record"),
            (with(&[entity(1, 1)]), "is empty"),
            (with(&[entity(2, 1)]), "is empty"),
            (with(&[entity(2, 3)]), "covers no word"),
            (with(&[entity(1, 4), entity(0, 2)]), "0..2 and 1..4 overlap"),
            (with(&[entity(0, 2).replace('X', "")]), "the entity type"),
        ];
        for (text, message) in cases {
            let e = read(&format!("\n{text}\n"), &DataOptions::default())
                .err()
                .unwrap_or_else(|| panic!("accepted {text}"));
            assert_eq!(e.line(), Some(2), "{text}: {e}");
            assert!(e.message().contains(message), "{text}: {e}");
        }
    }
}
