//! JSON Lines: an object a line, with tokens and tags, or with text and entities.

use serde::Deserialize;

use super::align::{Entity, text_record};
use super::options::{DataOptions, Unit};
use super::source::{Labels, Record, check_tag, check_word, lines};
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
    entities: Option<Vec<Span>>,
}

/// An entity of a text.
#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    label: String,
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
            if !options.labelled {
                let words: Vec<String> = split_words(&text).into_iter().map(|word| text[word].to_owned()).collect();
                return Ok((!words.is_empty()).then_some(Record { line: number, words, labels: Labels::None }));
            }
            let unit = unit.unwrap_or(options.unit);
            from_text(text, entities.as_deref().unwrap_or_default(), unit, options.strict, number)
        }
        _ => Err(Error::data("a record needs \"tokens\" and \"ner_tags\", or \"text\" and \"entities\"")),
    }
}

/// The record of a text; positions count `unit`.
fn from_text(text: String, spans: &[Span], unit: Unit, strict: bool, line: u64) -> Result<Option<Record>> {
    let mut entities = Vec::with_capacity(spans.len());
    let offsets = Offsets::new(&text);
    for Span { start, end, label } in spans {
        let byte = |position: usize| match unit {
            Unit::Byte => text.is_char_boundary(position).then_some(position),
            Unit::Utf16 => offsets.byte_of_utf16(position),
            Unit::CodePoint => offsets.byte_of_char(position),
        };
        let (Some(from), Some(to)) = (byte(*start), byte(*end)) else {
            let label: String = label.chars().take(40).collect();
            return Err(Error::data(format!(
                "the entity {start}..{end} ({label:?}) lies outside the text or inside a character"
            )));
        };
        entities.push(Entity { bytes: from..to, given: *start..*end, label: label.clone() });
    }
    drop(offsets);
    text_record(text, entities, strict, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (Vec<String>, Vec<(usize, usize, String)>);

    fn one(line: &str, options: &DataOptions) -> Result<Found> {
        let mut records = read(line, options)?;
        assert_eq!(records.len(), 1);
        let Labels::Text { text, words, entities } = records.remove(0).labels else { panic!("no text") };
        let words = words.into_iter().map(|range| text[range].to_owned()).collect();
        Ok((words, entities.into_iter().map(|e| (e.words.start, e.words.end, e.label)).collect()))
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
