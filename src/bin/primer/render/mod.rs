//! Tagged texts as a person or a program wants to read them: one file a format.

mod conll;
mod html;
mod jsonl;
mod terminal;

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

pub use conll::Conll;
pub use html::Html;
pub use jsonl::{Jsonl, Unit};
pub use terminal::{ColourChoice, Terminal, use_colour};

/// Writes tagged documents, one after another, in one format.
pub trait Renderer {
    /// Writes a document, or keeps what the end of the output needs of it.
    fn document(&mut self, document: &Document, out: &mut dyn Write) -> io::Result<()>;

    /// Writes what comes after the last document.
    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// An entity in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The bytes of the text that it covers.
    pub bytes: Range<usize>,
    /// The entity type's name.
    pub label: String,
    /// How sure the tagger is, in 0..=1.
    pub score: f32,
}

/// A text with its words and the entities that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The text; of a document that came as words, the words with a blank between.
    pub text: String,
    /// The words' byte ranges in `text`, ascending.
    pub words: Vec<Range<usize>>,
    /// The entities, ascending, none overlapping another. What does not fit is left out of every format.
    pub marks: Vec<Mark>,
    /// Whether the document came as words.
    pub tokenised: bool,
}

impl Document {
    /// A document that came as text.
    pub fn from_text(text: impl Into<String>, words: Vec<Range<usize>>) -> Document {
        Document { text: text.into(), words, marks: Vec::new(), tokenised: false }
    }

    /// A document that came as words.
    pub fn from_words(given: &[impl AsRef<str>]) -> Document {
        let mut text = String::new();
        let mut words = Vec::with_capacity(given.len());
        for word in given {
            if !words.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            text.push_str(word.as_ref());
            words.push(start..text.len());
        }
        Document { text, words, marks: Vec::new(), tokenised: true }
    }

    /// Adds an entity by its bytes.
    pub fn mark(&mut self, bytes: Range<usize>, label: &str, score: f32) {
        self.marks.push(Mark { bytes, label: label.to_owned(), score });
    }

    /// Adds an entity by its words; words that the document does not have are no entity.
    #[cfg(test)]
    fn mark_words(&mut self, words: Range<usize>, label: &str, score: f32) {
        let covered = self.words.get(words).unwrap_or_default();
        if let (Some(first), Some(last)) = (covered.first(), covered.last()) {
            self.mark(first.start..last.end, label, score);
        }
    }

    /// The entities that lie in the text, ascending, without overlap, with their text.
    fn entities(&self) -> impl Iterator<Item = (&Mark, &str)> {
        let mut free_from = 0;
        self.marks.iter().filter_map(move |mark| {
            let text =
                self.text.get(mark.bytes.clone()).filter(|text| !text.is_empty() && mark.bytes.start >= free_from)?;
            free_from = mark.bytes.end;
            Some((mark, text))
        })
    }

    /// The text in pieces: what is an entity and what is not.
    fn segments(&self) -> impl Iterator<Item = (&str, Option<&Mark>)> {
        let mut from = 0;
        let entities = self.entities().map(Some).chain([None]);
        entities.flat_map(move |entity| {
            let (start, end) = entity.map_or((self.text.len(), self.text.len()), |(m, _)| (m.bytes.start, m.bytes.end));
            let before = self.text.get(from..start).map(|text| (text, None));
            from = end;
            [before.filter(|(text, _)| !text.is_empty()), entity.map(|(mark, text)| (text, Some(mark)))]
                .into_iter()
                .flatten()
        })
    }

    /// The words with their tags (IOB2).
    fn tags(&self) -> impl Iterator<Item = (&str, Cow<'static, str>)> {
        let mut entities = self.entities().map(|(mark, _)| mark).peekable();
        let mut inside = None;
        self.words.iter().map(move |word| {
            let text = self.text.get(word.clone()).unwrap_or_default();
            while entities.next_if(|mark| mark.bytes.end <= word.start).is_some() {}
            let Some(mark) = entities.peek().filter(|mark| mark.bytes.start < word.end) else {
                return (text, Cow::Borrowed("O"));
            };
            let prefix = if inside.replace(mark.bytes.start) == Some(mark.bytes.start) { "I" } else { "B" };
            (text, Cow::Owned(format!("{prefix}-{}", mark.label)))
        })
    }
}

/// The entity types by their place in a palette: those of the adapter first, so that a type's colour does not hang on
/// which is found first.
struct Palette(Vec<String>);

impl Palette {
    fn index(&mut self, label: &str) -> usize {
        self.0.iter().position(|known| known == label).unwrap_or_else(|| {
            self.0.push(label.to_owned());
            self.0.len() - 1
        })
    }
}

/// Control characters as the pictures that Unicode has for them: text must not move the cursor of a terminal, and HTML
/// forbids most. Tabs and line ends stay.
fn visible(text: &str) -> Cow<'_, str> {
    let is_line_end = |i: usize| text[i..].starts_with("\r\n");
    let is_shown = |i: usize, c: char| !c.is_control() || matches!(c, '\t' | '\n') || (c == '\r' && is_line_end(i));
    if text.char_indices().all(|(i, c)| is_shown(i, c)) {
        return Cow::Borrowed(text);
    }
    let picture = |(i, c): (usize, char)| match c {
        _ if is_shown(i, c) => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.char_indices().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use primer::data::{self, DataOptions, Dataset};
    use primer::text::split_words;

    use super::*;

    /// A text that tries everything: markup, quotes, NUL, an escape sequence, right-to-left, a joined emoji.
    pub fn hostile() -> Document {
        let text = "<script>alert('x')</script> \"A&B\" \0 \u{1b}[31m محمد 👩‍👧 \u{202e}end";
        let at = |part: &str| text.find(part).map(|start| start..start + part.len()).unwrap();
        let words = text.split(' ').map(&at).collect();
        let mut document = Document::from_text(text, words);
        document.mark(at("<script>alert('x')</script>"), "<b onclick=\"x\">", 0.5);
        document.mark(at("\"A&B\""), "ORG", 1.0);
        document.mark(at("\0"), "ORG", 0.25);
        document.mark(at("\u{1b}[31m"), "ORG", 0.25);
        document.mark(at("محمد"), "PER", 0.75);
        document.mark(at("👩‍👧"), "PER", f32::NAN);
        document
    }

    pub fn rendered(mut renderer: impl Renderer, documents: &[Document]) -> String {
        let mut out = Vec::new();
        documents.iter().for_each(|document| renderer.document(document, &mut out).unwrap());
        renderer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn merkel() -> Document {
        let mut document = Document::from_words(&["Angela", "Merkel", "met", "Macron", "in", "Köln"]);
        document.mark_words(0..2, "PER", 0.9);
        document.mark_words(3..4, "PER", 0.9);
        document.mark_words(5..6, "LOC", 0.9);
        document
    }

    #[test]
    fn words_become_text_and_tags() {
        let document = merkel();
        assert_eq!(document.text, "Angela Merkel met Macron in Köln");
        let tags: Vec<_> = document.tags().map(|(word, tag)| format!("{word}/{tag}")).collect();
        assert_eq!(tags, ["Angela/B-PER", "Merkel/I-PER", "met/O", "Macron/B-PER", "in/O", "Köln/B-LOC"]);
    }

    #[test]
    fn neighbours_of_one_type_stay_two_entities() {
        let mut document = Document::from_words(&["a", "b", "c"]);
        document.mark_words(0..1, "X", 1.0);
        document.mark_words(1..3, "X", 1.0);
        assert!(document.tags().map(|(_, tag)| tag).eq(["B-X", "B-X", "I-X"]));
    }

    #[test]
    fn segments_are_the_whole_text_in_order() {
        let document = merkel();
        let pieces: Vec<_> = document.segments().map(|(text, mark)| (text, mark.is_some())).collect();
        assert_eq!(pieces[..3], [("Angela Merkel", true), (" met ", false), ("Macron", true)]);
        assert_eq!(hostile().segments().map(|(text, _)| text).collect::<String>(), hostile().text);
        assert_eq!(Document::from_text("plain", vec![]).segments().collect::<Vec<_>>(), [("plain", None)]);
        assert_eq!(Document::from_text("", vec![]).segments().count(), 0);
    }

    #[test]
    fn entities_that_do_not_fit_are_left_out() {
        let mut document = Document::from_text("Köln am Rhein", vec![]);
        for bytes in [0..2, 3..3, 0..5, 1..5, 4..7, 9..99, 9..14] {
            document.mark(bytes, "LOC", 1.0);
        }
        let backwards = Range { start: 9, end: 3 };
        document.mark(backwards, "LOC", 1.0);
        document.mark_words(5..9, "LOC", 1.0);
        assert!(document.entities().map(|(_, text)| text).eq(["Köln", "Rhein"]));
        assert_eq!(document.segments().map(|(text, _)| text).collect::<String>(), document.text);
    }

    #[test]
    fn what_programs_get_is_a_data_set_with_the_same_entities() {
        let text = "Frau 👩‍👧 Ada Lovelace traf محمد in Köln.";
        let mut document = Document::from_text(text, split_words(text));
        for (name, label) in [("Ada Lovelace", "PER"), ("محمد", "PER"), ("Köln", "LOC")] {
            let start = text.find(name).unwrap();
            document.mark(start..start + name.len(), label, 0.5);
        }
        let words = Document { tokenised: true, ..document.clone() };
        let units = [
            (Unit::Byte, data::Unit::Byte),
            (Unit::Utf16, data::Unit::Utf16),
            (Unit::CodePoint, data::Unit::CodePoint),
        ];
        let mut files = vec![
            (rendered(Conll, &[document.clone()]), data::Format::Conll, data::Unit::default()),
            (rendered(Jsonl { unit: Unit::Byte }, &[words]), data::Format::Jsonl, data::Unit::default()),
        ];
        for (unit, read_as) in units {
            files.push((rendered(Jsonl { unit }, &[document.clone()]), data::Format::Jsonl, read_as));
        }
        for (file, format, unit) in files {
            let options = DataOptions { format: Some(format), unit, ..DataOptions::default() };
            let set = Dataset::from_bytes(file.as_bytes(), "rendered", &options).unwrap();
            let sentence = &set.sentences()[0];
            let name = |span: &data::Span| (sentence.words[span.start..span.end].join(" "), &*set.types()[span.label]);
            let found: Vec<_> = sentence.spans.iter().map(name).collect();
            assert_eq!(
                found,
                [("Ada Lovelace".into(), "PER"), ("محمد".into(), "PER"), ("Köln".into(), "LOC")],
                "{file}"
            );
        }
    }

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\tb\r\nc\n"), "a\tb\r\nc\n");
        assert_eq!(visible("\0\u{1b}[2J\r\u{7f}\u{9b}é"), "␀␛[2J␍␡\u{fffd}é");
    }
}
