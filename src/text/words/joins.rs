//! Which marks let a word go on behind them.

use unicode_segmentation::UnicodeSegmentation;

use super::compounds;
use super::script::{has_apostrophes, is_hebrew, is_latin};
use super::{Class, SOFT_HYPHEN, cluster};

/// Characters of a neighbour that are looked at; no rule speaks of longer ones.
const REACH: usize = 32;

/// Whether the mark `mark` at `at..end`, behind the word that is open from `open` on, lets the word go on.
pub(super) fn joins(text: &str, open: usize, at: usize, end: usize, mark: char) -> bool {
    if !matches!(
        mark,
        '.' | ','
            | ':'
            | '/'
            | '–'
            | '-'
            | '\u{2010}'
            | '\u{2011}'
            | '\''
            | '’'
            | '&'
            | '@'
            | '·'
            | '״'
            | '"'
            | SOFT_HYPHEN
    ) || end == text.len()
        || !matches!(cluster(text, end).1, Class::Word)
    {
        return false;
    }
    let (Some(before), Some(after)) = (text[..at].chars().next_back(), text[end..].chars().next()) else {
        return false;
    };
    let (left, right) = (run_before(&text[open..at]), run_after(&text[end..]));
    let letters = !before.is_numeric() && !after.is_numeric();
    // Numbers alone: F1-2 and LRP5/6 are none.
    let numbers = before.is_numeric() && after.is_numeric() && !left.contains(char::is_alphabetic);
    match mark {
        '.' => before.is_numeric() && after.is_numeric() || letters && full_stop(text, open, at, left, right),
        ',' | ':' | '/' => numbers,
        '-' | '\u{2010}' | '\u{2011}' | '–' => {
            // A date, a telephone number; but a range is two numbers.
            let several = text[open..at].contains(mark) || text[end + right.len()..].starts_with(mark);
            let hyphen = mark != '–';
            let compound = || compounds::join(&text[open..at], left, right);
            numbers && several || hyphen && if after.is_numeric() { is_code(left) } else { compound() }
        }
        '·' => is_latin(before) && is_latin(after),
        '"' => is_hebrew(before) && is_hebrew(after),
        '&' => is_code(left) && is_code(right) && left.len().max(right.len()) <= 3,
        '\'' | '’' => has_apostrophes(before) && has_apostrophes(after),
        _ => true,
    }
}

/// Whether a full stop between two letters is part of the word: in addresses, file names and abbreviations it is, between
/// two sentences it is not. `left` and `right` are the runs of letters beside it.
fn full_stop(text: &str, open: usize, at: usize, left: &str, right: &str) -> bool {
    let first = right.chars().next().unwrap_or_default();
    if first.is_lowercase() {
        return true;
    }
    match (is_single(left), is_single(right)) {
        (true, single) => single,
        // Ph.D.
        (false, true) => left.chars().count() <= 3 && text[at + 1 + right.len()..].starts_with('.'),
        // ASP.NET; java.lang.String
        (false, false) => is_upper(left) && is_upper(right) || text[open..at].contains('.'),
    }
}

/// Whether a full stop at `at` belongs to the word that is open from `open` on: single letters with full stops between
/// them, or one capital letter. `previous` is the word before.
pub(super) fn takes_full_stop(text: &str, open: usize, at: usize, previous: &str) -> bool {
    let stops = text[at..].bytes().take_while(|b| *b == b'.').count();
    if stops > 2 {
        return false;
    }
    let word = &text[open..at];
    // Long words are settled by their first part.
    if word.contains('.') {
        return word.split('.').all(|part| part.chars().next().is_some_and(char::is_alphabetic) && is_single(part));
    }
    let capital = word.chars().next().is_some_and(char::is_uppercase) && is_single(word);
    let unit = previous == "°" || previous.chars().next().is_some_and(char::is_numeric);
    capital && !unit && !ends_line(&text[at + stops..])
}

/// Whether nothing but blanks stands before the end of the line.
fn ends_line(rest: &str) -> bool {
    rest.chars()
        .take(REACH)
        .find(|c| !matches!(c, ' ' | '\t'))
        .is_none_or(|c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
}

/// Capitals that stand for something: AT, F, COVID.
fn is_code(run: &str) -> bool {
    is_upper(run) && run.chars().count() <= 5
}

fn is_upper(run: &str) -> bool {
    run.chars().all(char::is_uppercase)
}

/// One letter with its marks.
fn is_single(run: &str) -> bool {
    run.graphemes(true).nth(1).is_none()
}

/// The letters and digits at the end of a word, as far as rules look.
fn run_before(word: &str) -> &str {
    let start = word.char_indices().rev().take(REACH).take_while(|(_, c)| is_run(*c)).last();
    &word[start.map_or(word.len(), |(start, _)| start)..]
}

/// The letters and digits at the beginning of a text, as far as rules look.
fn run_after(text: &str) -> &str {
    let end = text.char_indices().take(REACH).find(|(_, c)| !is_run(*c));
    let end = end.or_else(|| text.char_indices().nth(REACH));
    &text[..end.map_or(text.len(), |(end, _)| end)]
}

/// Letters, digits and what modifies them: marks of Indic scripts are no letters by themselves.
fn is_run(c: char) -> bool {
    c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() && !c.is_control() && !is_punctuation(c)
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{A1}'..='\u{BF}' | '\u{2010}'..='\u{205E}' | '\u{3000}'..='\u{3030}' | '\u{FF01}'..='\u{FF0F}'
        | '\u{5F3}' | '\u{5F4}' | '\u{60C}' | '\u{61B}' | '\u{61F}' | '\u{6D4}' | '\u{964}' | '\u{965}')
}
