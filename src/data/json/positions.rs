//! From positions, in whatever unit, to bytes of the text.

use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

use super::spans::GivenSpan;
use crate::data::align::Entity;
use crate::data::notes::Notes;
use crate::data::options::Unit;
use crate::error::{Error, Result};
use crate::text::Offsets;

const UNITS: [Unit; 3] = [Unit::CodePoint, Unit::Utf16, Unit::Byte];

/// The entities of a text in bytes, on boundaries of what a reader sees as one character.
///
/// # Errors
/// `Data` where a position is not in the text; it says if all would be in another unit.
pub(super) fn entities(
    text: &str,
    spans: Vec<GivenSpan>,
    unit: Unit,
    line: u64,
    notes: &mut Notes,
) -> Result<Vec<Entity>> {
    let offsets = Offsets::new(text);
    let bytes: Result<Vec<Range<usize>>> = spans.iter().map(|span| bytes(text, &offsets, span, unit)).collect();
    let is_covered = |bytes: &Vec<Range<usize>>| {
        bytes
            .iter()
            .zip(&spans)
            .all(|(bytes, span)| span.text.as_ref().is_none_or(|given| *given == text[bytes.clone()]))
    };
    let other = || {
        UNITS.into_iter().filter(|other| *other != unit).find(|other| {
            let bytes: Result<Vec<_>> = spans.iter().map(|span| self::bytes(text, &offsets, span, *other)).collect();
            bytes.is_ok_and(|bytes| is_covered(&bytes) && bytes.iter().all(|bytes| is_clean(text, bytes)))
        })
    };
    let hint = |other: Unit| format!("; counted in {} all entities of this text fit: choose that unit", name(other));
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(e) => return Err(Error::data(format!("{}{}", e.message(), other().map(hint).unwrap_or_default()))),
    };
    if !text.is_ascii() {
        if !is_covered(&bytes)
            && let Some(other) = other()
        {
            let wrong =
                bytes.iter().zip(&spans).find(|(bytes, span)| span.text.as_deref() != Some(&text[(*bytes).clone()]));
            let place = wrong.map(|(_, span)| described(span)).unwrap_or_default();
            return Err(Error::data(format!("{place} is not where its \"text\" stands{}", hint(other))));
        }
        if !bytes.iter().all(|bytes| is_clean(text, bytes))
            && let Some(other) = other()
        {
            notes.at(
                line,
                &format!("texts whose entities cut words, but fit if counted in {}; is the unit right?", name(other)),
            );
        }
    }
    let mut widened = 0;
    let entity = |(bytes, span): (Range<usize>, GivenSpan)| {
        let whole = whole_graphemes(text, &bytes);
        widened += usize::from(whole != bytes);
        Entity { bytes: whole, given: span.start..span.end, label: span.label }
    };
    let entities = bytes.into_iter().zip(spans).map(entity).collect();
    if widened > 0 {
        notes.count(
            line,
            widened,
            "entities that end inside a character of several code points, widened to the whole of it",
        );
    }
    Ok(entities)
}

fn bytes(text: &str, offsets: &Offsets, span: &GivenSpan, unit: Unit) -> Result<Range<usize>> {
    let byte = |position: usize| match unit {
        Unit::Byte => text.is_char_boundary(position).then_some(position),
        Unit::Utf16 => offsets.byte_of_utf16(position),
        Unit::CodePoint => offsets.byte_of_char(position),
    };
    let (Some(start), Some(end)) = (byte(span.start), byte(span.end)) else {
        return Err(Error::data(format!("{} lies outside the text or inside a character", described(span))));
    };
    match start < end {
        true => Ok(start..end),
        false => Err(Error::data(format!("{} is empty", described(span)))),
    }
}

fn described(span: &GivenSpan) -> String {
    format!("the entity {}..{} ({:?})", span.start, span.end, span.label.chars().take(40).collect::<String>())
}

fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Byte => "bytes (byte)",
        Unit::Utf16 => "UTF-16 code units (utf16)",
        Unit::CodePoint => "code points (code-point)",
    }
}

/// Whether a span starts and ends where words can: not at a blank, and not between two letters.
fn is_clean(text: &str, bytes: &Range<usize>) -> bool {
    let inside = |at: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    };
    let span = &text[bytes.clone()];
    span == span.trim() && !inside(bytes.start) && !inside(bytes.end)
}

/// The graphemes that a span touches, whole.
fn whole_graphemes(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let is_boundary = |at: usize| {
        // Between CR and LF nothing is lost.
        text.as_bytes().get(at) == Some(&b'\n')
            || GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(true)
    };
    let start = match is_boundary(bytes.start) {
        true => bytes.start,
        false => GraphemeCursor::new(bytes.start, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0),
    };
    let end = match is_boundary(bytes.end) {
        true => bytes.end,
        false => {
            let end = GraphemeCursor::new(bytes.end, text.len(), true).next_boundary(text, 0);
            end.ok().flatten().unwrap_or(text.len())
        }
    };
    start..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn given(start: usize, end: usize, text: Option<&str>) -> GivenSpan {
        GivenSpan { start, end, label: "PER".to_owned(), text: text.map(str::to_owned) }
    }

    fn read(text: &str, spans: Vec<GivenSpan>, unit: Unit) -> Result<(Vec<String>, String)> {
        let mut notes = Notes::default();
        let entities = entities(text, spans, unit, 1, &mut notes)?;
        let told: Vec<String> = notes.list().iter().map(ToString::to_string).collect();
        Ok((entities.into_iter().map(|e| text[e.bytes].to_owned()).collect(), told.join("; ")))
    }

    #[test]
    fn an_error_names_the_unit_in_which_all_would_fit() {
        let text = "😀😀 Anna Berg moved to Oslo.";
        let utf16 = || vec![given(5, 14, None), given(24, 28, None)];
        let e = read(text, utf16(), Unit::CodePoint).unwrap_err();
        assert!(e.message().contains("24..28") && e.message().contains("(utf16)"), "{e}");
        assert_eq!(read(text, utf16(), Unit::Utf16).unwrap().0, ["Anna Berg", "Oslo"]);
        // In the text, but not where its own text says.
        let e = read(text, vec![given(5, 14, Some("Anna Berg"))], Unit::CodePoint).unwrap_err();
        assert!(e.message().contains("\"text\"") && e.message().contains("(utf16)"), "{e}");
        // In the text, and nothing says where it should be.
        let (_, told) = read(text, vec![given(5, 14, None)], Unit::CodePoint).unwrap();
        assert!(told.contains("(utf16)"), "{told}");
        let e = read("ab", vec![given(0, 9, None)], Unit::CodePoint).unwrap_err();
        assert!(!e.message().contains("choose that unit"), "{e}");
    }

    #[test]
    fn a_grapheme_is_never_cut() {
        let (found, told) = read("Zoe\u{308} met", vec![given(0, 3, None)], Unit::CodePoint).unwrap();
        assert_eq!(found, ["Zoe\u{308}"]);
        assert!(told.contains("widened"), "{told}");
        assert_eq!(read("👩‍👧 x", vec![given(1, 2, None)], Unit::CodePoint).unwrap().0, ["👩‍👧"]);
        let (found, told) = read("a\r\nb", vec![given(0, 2, None), given(2, 4, None)], Unit::CodePoint).unwrap();
        assert_eq!((found, told.as_str()), (vec!["a\r".to_owned(), "\nb".into()], ""));
    }

    proptest! {
        /// A span is found in each unit, and is widened by no more than its own graphemes.
        #[test]
        fn every_unit_finds_the_same(text in "[aé東😀\u{308}\u{200d} \r\n]{1,12}", a in 0usize..12, b in 0usize..12) {
            let offsets = Offsets::new(&text);
            let places: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (start, end) = (places[a.min(b).min(places.len() - 1)], places[a.max(b).min(places.len() - 1)]);
            prop_assume!(start < end);
            let spans = [
                (Unit::Byte, start, end),
                (Unit::Utf16, offsets.utf16(start).unwrap(), offsets.utf16(end).unwrap()),
                (Unit::CodePoint, offsets.chars(start).unwrap(), offsets.chars(end).unwrap()),
            ];
            for (unit, from, to) in spans {
                let found = entities(&text, vec![given(from, to, None)], unit, 1, &mut Notes::default()).unwrap();
                prop_assert!(found[0].bytes.start <= start && end <= found[0].bytes.end);
                prop_assert_eq!(&found[0].bytes, &whole_graphemes(&text, &(start..end)));
            }
        }
    }
}
