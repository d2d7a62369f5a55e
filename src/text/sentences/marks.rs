//! What punctuation means for the end of a sentence: Unicode's property Sentence_Break.

use unicode_segmentation::UnicodeSegmentation;

/// A word as far as it is punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Ends a sentence: `!`, `?`, `。`, `।` (STerm).
    Terminator,
    /// May end a sentence, or an abbreviation: the full stop and its like (ATerm).
    Stop,
    /// Closes a quotation or a bracket, or may, and belongs to the sentence before where no blank stands between (Close).
    Quote,
    /// Shows that the sentence goes on: `,`, `:`, `-` (SContinue).
    Comma,
    /// Any other word.
    None,
}

/// The mark of a word that consists of one mark, perhaps repeated.
pub(super) fn mark(word: &str) -> Mark {
    let Some(first) = word.chars().next() else { return Mark::None };
    if first.is_alphanumeric() || word.chars().any(|c| c != first) {
        return Mark::None;
    }
    match first {
        '!' | '?' => Mark::Terminator,
        '.' | '…' => Mark::Stop,
        '"' | '\'' | ')' | ']' | '}' => Mark::Quote,
        '「' | '『' | '【' | '《' | '〈' | '（' | '［' | '｛' | '〔' => Mark::None, // open what follows
        ',' | ':' | '-' => Mark::Comma,
        _ if first.is_ascii() => Mark::None,
        _ => property(first),
    }
}

/// The property of a character, read off the boundaries that it makes.
fn property(c: char) -> Mark {
    let first = |text: String| text.split_sentence_bounds().next().map_or(0, str::len);
    let blank = 1;
    let behind = |before: &str| before.len() + c.len_utf8() + blank;
    if first(format!("x{c} X")) == behind("x") {
        // Only a full stop lets a sentence go on in small letters.
        return if first(format!("x{c} x")) == behind("x") { Mark::Terminator } else { Mark::Stop };
    }
    match first(format!("x.{c} X")) {
        length if length == behind("x.") => Mark::Quote,
        length if length == behind("x.X") => Mark::Comma,
        _ => Mark::None,
    }
}
