//! Whether a sentence ends between two words.

use std::ops::Range;

use super::Split;
use super::abbreviations::{is_abbreviation, is_also_a_word};
use super::marks::{Mark, mark};

/// The least and the greatest width in characters of a line that may be wrapped.
const WRAPPED: std::ops::RangeInclusive<usize> = 50..=120;

/// From this width on, a line that ends without punctuation is taken for wrapped also before a capital letter, where the
/// line before or behind it is as wide.
const WIDE: usize = 60;

/// The words of a text around a place between two of them.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub text: &'a str,
    /// The words of the sentence so far, at least one.
    pub before: &'a [Range<usize>],
    /// The words that follow, as far as rules look; none at the end of the text.
    pub after: &'a [Range<usize>],
}

impl<'a> Context<'a> {
    fn word(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    /// What stands between the last word and the next.
    fn gap(&self) -> Option<(&'a str, &'a str)> {
        let (last, next) = (self.before.last()?, self.after.first()?);
        Some((&self.text[last.end..next.start], self.word(next)))
    }
}

/// Whether the sentence ends before the next word.
pub(super) fn ends(context: &Context, split: Split) -> bool {
    let Some((gap, next)) = context.gap() else { return true };
    let lines = line_ends(gap);
    match split {
        Split::None => false,
        Split::Lines => lines > 0,
        Split::Sentences if lines > 0 => lines > 1 || !is_wrapped(context, gap, next),
        Split::Sentences => ends_in_line(context, gap, next),
    }
}

/// How many lines end in a gap; what parts paragraphs and pages counts for two.
fn line_ends(gap: &str) -> usize {
    let ends = |c: char| match c {
        '\n' | '\r' | '\u{85}' | '\u{2028}' => 1,
        '\u{b}' | '\u{c}' | '\u{2029}' => 2,
        _ => 0,
    };
    gap.chars().map(ends).sum::<usize>() - gap.matches("\r\n").count()
}

/// Whether the line's end is where running text was wrapped: the line is long and ends in no punctuation but a comma, and
/// the next begins at once with a word; in small letters, or where the lines beside it show that the text fills its lines.
/// Lines longer than any that are wrapped show that it does not: one there is a headline, or an item of a list.
fn is_wrapped(context: &Context, gap: &str, next: &str) -> bool {
    let (Some(first), Some(last)) = (next.chars().next(), context.before.last()) else { return false };
    let open = context.word(last).chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == ',');
    if !open || !first.is_alphanumeric() || !gap.ends_with(is_line_end) {
        return false;
    }
    let (before, behind) = (&context.text[..last.end], &context.text[context.after[0].start..]);
    let width = width_before(before);
    if !WRAPPED.contains(&width) {
        return false;
    }
    let above = &before[..before.len() - before.chars().rev().take(width).map(char::len_utf8).sum::<usize>()];
    let above = above.strip_suffix("\r\n").or_else(|| above.strip_suffix(is_line_end)).map_or(0, width_before);
    let beside = [above, width_behind(behind)];
    let longest = *WRAPPED.end();
    beside.iter().all(|width| *width <= longest)
        && (first.is_lowercase() || (width >= WIDE && beside.iter().any(|width| *width >= WIDE)))
}

fn is_line_end(c: char) -> bool {
    line_ends(c.encode_utf8(&mut [0; 4])) > 0
}

/// The characters of the last line of `text`, as far as they matter.
fn width_before(text: &str) -> usize {
    text.chars().rev().take(*WRAPPED.end() + 1).take_while(|c| !is_line_end(*c)).count()
}

/// The characters of the first line of `text`, as far as they matter; not behind the end of its second sentence, so that
/// what is found does not depend on what comes further behind.
fn width_behind(text: &str) -> usize {
    let (mut sentences, mut width) = (0, 0);
    let mut characters = text.chars().take(*WRAPPED.end() + 1).take_while(|c| !is_line_end(*c)).peekable();
    while let Some(c) = characters.next() {
        width += 1;
        let ends =
            matches!(c, '.' | '!' | '?' | '。' | '！' | '？') && characters.peek().is_none_or(|c| c.is_whitespace());
        sentences += usize::from(ends);
        if sentences == 2 {
            break;
        }
    }
    width
}

/// Whether the sentence ends here within a line: Unicode's rules (UAX 29), mended for abbreviations, initials and ordinal
/// numbers, which Unicode does not know.
fn ends_in_line(context: &Context, gap: &str, next: &str) -> bool {
    // Quotation marks and brackets without a blank before them belong to what they close (SB9), and a sentence does not
    // end before another mark that ends or continues one (SB8a).
    let goes_on = || letter(context).is_some_and(char::is_lowercase);
    match mark(next) {
        Mark::None => {}
        // Speech begins with a dash in many languages; Unicode has it for a mark that continues.
        Mark::Comma if !gap.is_empty() && is_dash(next) => {}
        Mark::Quote if !gap.is_empty() && !closes(context, next) => {}
        _ => return false,
    }
    let mut end = context.before.len() - 1;
    while end > 0 && mark(context.word(&context.before[end])) == Mark::Quote {
        let touches = context.before[end - 1].end == context.before[end].start;
        let inside = Context { before: &context.before[..end], ..*context };
        if !touches && !closes(&inside, context.word(&context.before[end])) {
            break;
        }
        end -= 1;
    }
    // What ends may be speech within the sentence: "Why?" he asked.
    let speech = end + 1 < context.before.len();
    match mark(context.word(&context.before[end])) {
        Mark::Terminator => !speech || !goes_on(),
        Mark::Stop if gap.is_empty() => {
            // No blank: a new sentence shows by its capital, behind a word.
            let word = end.checked_sub(1).map(|i| context.word(&context.before[i]));
            let behind_word = word.is_some_and(|w| w.chars().any(char::is_alphabetic) && !abbreviates(w, next));
            behind_word && next.chars().next().is_some_and(char::is_uppercase)
        }
        Mark::Stop => !is_abbreviated(context, end) && (!goes_on() || !speech && is_plain_word(context, end)),
        Mark::Quote | Mark::Comma | Mark::None => false,
    }
}

fn is_dash(word: &str) -> bool {
    word.chars().all(|c| matches!(c, '-' | '–' | '—'))
}

/// Whether the quotation mark `word` is the second of a pair of which the sentence holds the first: in text that was cut
/// into tokens a blank may stand before it.
fn closes(context: &Context, word: &str) -> bool {
    let before = context.before.iter().filter(|b| context.word(b) == word).count();
    matches!(word, "\"" | "''") && before % 2 == 1
}

/// The first letter behind this place, within the line and the sentence, where no number is before it; other marks are
/// passed over (SB8).
fn letter(context: &Context) -> Option<char> {
    let mut end = context.before.last()?.end;
    for word in context.after {
        let text = context.word(word);
        if line_ends(&context.text[end..word.start]) > 0 || matches!(mark(text), Mark::Stop | Mark::Terminator) {
            return None;
        }
        if let Some(first) = text.chars().find(|c| c.is_alphanumeric()) {
            return Some(first).filter(|c| c.is_alphabetic());
        }
        end = word.end;
    }
    None
}

/// The least letters of a word that, not listed, is taken for no abbreviation even where a small letter follows.
const PLAIN: usize = 5;

/// Whether the full stop at `end` touches a word of small letters too long to be an abbreviation: it ends a sentence also
/// where the next begins with a small letter (mail and posts often do), where Unicode sees one that goes on (SB8).
fn is_plain_word(context: &Context, end: usize) -> bool {
    let Some(before) = end.checked_sub(1).map(|i| &context.before[i]) else { return false };
    let word = context.word(before);
    before.end == context.before[end].start
        && context.word(&context.before[end]) == "."
        && word.chars().nth(PLAIN - 1).is_some()
        && word.chars().all(char::is_lowercase)
}

/// Whether the full stop at `end` belongs to the word before it: an abbreviation, an initial, an ordinal number.
fn is_abbreviated(context: &Context, end: usize) -> bool {
    let Some(before) = end.checked_sub(1).map(|i| &context.before[i]) else { return false };
    let word = context.word(before);
    if context.word(&context.before[end]) != "." {
        return false;
    }
    let touches = before.end == context.before[end].start;
    let single = word.chars().nth(1).is_none() && word.chars().all(char::is_lowercase);
    let ordinal = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    let next = context.after.first().map_or("", |next| context.word(next));
    abbreviates(word, next) || touches && (single || ordinal)
}

/// Whether `word` is an abbreviation where `next` follows its full stop.
fn abbreviates(word: &str, next: &str) -> bool {
    is_abbreviation(word) && (!is_also_a_word(word) || next.starts_with(|c: char| c.is_ascii_digit()))
}
