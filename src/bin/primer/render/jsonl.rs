//! JSON Lines: one object a document, in the two shapes that data sets have, so that the output can be read as one.

use std::io::{self, Write};

use serde::Serialize;

use super::{Document, Renderer};

/// What the positions of entities in a text count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes of the UTF-8 text, as Rust, C and Go count.
    #[default]
    Byte,
    /// UTF-16 code units, as JavaScript, Java and Swift's NSString count.
    Utf16,
    /// Unicode code points, as Python counts.
    CodePoint,
}

/// `{"text", "unit", "entities"}` for what came as text, `{"tokens", "ner_tags"}` for what came as words.
pub struct Jsonl {
    /// What `start` and `end` count; each line names it.
    pub unit: Unit,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Words { tokens: Vec<&'a str>, ner_tags: Vec<std::borrow::Cow<'static, str>> },
    Text { text: &'a str, unit: Unit, entities: Vec<Entity<'a>> },
}

#[derive(Serialize)]
struct Entity<'a> {
    start: usize,
    end: usize,
    label: &'a str,
    text: &'a str,
    score: f64,
}

impl Renderer for Jsonl {
    fn document(&mut self, document: &Document, out: &mut dyn Write) -> io::Result<()> {
        let line = if document.tokenised {
            let (tokens, ner_tags) = document.tags().unzip();
            Line::Words { tokens, ner_tags }
        } else {
            let mut position = 0;
            let mut entities = Vec::new();
            for (text, mark) in document.segments() {
                let start = position;
                position += self.unit.length(text);
                if let Some(mark) = mark {
                    let score = (f64::from(mark.score) * 1e4).round() / 1e4;
                    entities.push(Entity { start, end: position, label: &mark.label, text, score });
                }
            }
            Line::Text { text: &document.text, unit: self.unit, entities }
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)
    }
}

impl Unit {
    fn length(self, text: &str) -> usize {
        match self {
            Unit::Byte => text.len(),
            Unit::Utf16 => text.encode_utf16().count(),
            Unit::CodePoint => text.chars().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{hostile, rendered};
    use super::*;

    fn line(unit: Unit, document: Document) -> Value {
        let text = rendered(Jsonl { unit }, &[document]);
        assert_eq!(text.matches('\n').count(), 1, "one line a document: {text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn text_has_entities_with_their_places() {
        let mut document = Document::from_text("Hi Ada\n", vec![0..2, 3..6]);
        document.mark(3..6, "PER", 0.87654);
        let entity = json!({"start": 3, "end": 6, "label": "PER", "text": "Ada", "score": 0.8765});
        assert_eq!(line(Unit::Byte, document), json!({"text": "Hi Ada\n", "unit": "byte", "entities": [entity]}));
    }

    #[test]
    fn words_have_tags() {
        let mut document = Document::from_words(&["Hi", "Ada"]);
        document.mark_words(1..2, "PER", 1.0);
        assert_eq!(line(Unit::Byte, document), json!({"tokens": ["Hi", "Ada"], "ner_tags": ["O", "B-PER"]}));
    }

    #[test]
    fn each_unit_finds_the_entity_in_hostile_text() {
        let document = hostile();
        let bytes = document.text.as_bytes();
        let utf16: Vec<u16> = document.text.encode_utf16().collect();
        let chars: Vec<char> = document.text.chars().collect();
        for (unit, name) in [(Unit::Byte, "byte"), (Unit::Utf16, "utf16"), (Unit::CodePoint, "code-point")] {
            let value = line(unit, document.clone());
            assert_eq!((&value["unit"], &value["text"]), (&json!(name), &json!(document.text)));
            for entity in value["entities"].as_array().unwrap() {
                let place = entity["start"].as_u64().unwrap() as usize..entity["end"].as_u64().unwrap() as usize;
                let found = match unit {
                    Unit::Byte => String::from_utf8(bytes[place].to_vec()).unwrap(),
                    Unit::Utf16 => String::from_utf16(&utf16[place]).unwrap(),
                    Unit::CodePoint => chars[place].iter().collect(),
                };
                assert_eq!(entity["text"], found, "{unit:?}");
            }
            assert_eq!(value["entities"].as_array().unwrap().len(), 6);
        }
    }
}
