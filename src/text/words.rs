//! Raw text as words, the way NER data has them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Cuts raw text into words and gives their byte ranges, ascending and apart.
///
/// The rules are those of the tokens in NER data (WikiANN, Universal NER):
/// - Letters, marks and digits that touch are one word. So are two such runs with a hyphen, an apostrophe, `&` or `@` between
///   them (Jean-Pierre, L'Oréal, AT&T), letters with a full stop between them (U.S), and digits with
///   `. , : / –` between them (3.14, 6–4).
/// - A full stop after single capital letters belongs to them (J., U.S.); the clitic `'s` is a word of its own.
/// - Other punctuation and symbols are words; a repeated mark (`...`, `--`, `''`) is one. An emoji is one word with all its
///   modifiers.
/// - Scripts that are written without blanks are cut into characters: Han, Kana and Bopomofo as in WikiANN, Thai, Lao,
///   Khmer and Myanmar with their marks.
/// - Blanks, control characters (NUL too) and invisible format characters are no words and never part of one, except for
///   joiners (U+200C, U+200D) and soft hyphens inside a word.
///
/// Takes time proportional to the text's length.
pub fn split_words(text: &str) -> Vec<Range<usize>> {
    let mut words = Words { text, ranges: Vec::with_capacity(text.len() / 6), open: None };
    let mut at = 0;
    while at < text.len() {
        let (mut end, class) = cluster(text, at);
        match class {
            Class::Blank => words.close(at),
            Class::Word => {
                words.open.get_or_insert(at);
            }
            Class::Alone => {
                words.close(at);
                words.ranges.push(at..end);
            }
            Class::Mark(mark) => {
                if words.open.is_some() && joins(text, at, end, mark) {
                    // The word goes on behind the mark.
                } else if mark == '.' && words.is_initials(at) && !text[end..].starts_with('.') {
                    words.close(end);
                } else {
                    words.close(at);
                    while mark.is_ascii() && is_mark(text, end, mark) {
                        end += 1;
                    }
                    if mark != SOFT_HYPHEN {
                        words.ranges.push(at..end);
                    }
                }
            }
        }
        at = end;
    }
    words.close(at);
    words.ranges
}

struct Words<'a> {
    text: &'a str,
    ranges: Vec<Range<usize>>,
    /// Where the word that is not yet ended starts.
    open: Option<usize>,
}

impl Words<'_> {
    fn close(&mut self, end: usize) {
        let Some(start) = self.open.take() else { return };
        // A soft hyphen joins, but ends no word.
        let word = self.text[start..end].trim_end_matches(SOFT_HYPHEN);
        let clitic = ["'s", "’s", "'S", "’S"].into_iter().find(|clitic| word.ends_with(clitic));
        let middle = start + word.len() - clitic.map_or(0, str::len);
        self.ranges.push(start..middle);
        if clitic.is_some() {
            self.ranges.push(middle..start + word.len());
        }
    }

    /// Whether the open word consists of single letters with full stops between them, or is one capital letter.
    fn is_initials(&self, end: usize) -> bool {
        let Some(start) = self.open else { return false };
        let word = &self.text[start..end];
        let mut letters = word.split('.').map(|part| {
            let mut chars = part.chars();
            (chars.next().filter(|c| c.is_alphabetic()), chars.next())
        });
        // Long words are settled by their first part.
        match word.contains('.') {
            true => letters.all(|l| matches!(l, (Some(_), None))),
            false => matches!(letters.next(), Some((Some(c), None)) if c.is_uppercase()),
        }
    }
}

const SOFT_HYPHEN: char = '\u{ad}';

enum Class {
    /// No word: blanks, control and format characters.
    Blank,
    /// Part of a word.
    Word,
    /// A word by itself: a character of a script without blanks, a symbol with modifiers.
    Alone,
    /// One punctuation mark or symbol.
    Mark(char),
}

/// The end and the class of the grapheme cluster at `at`, which is a boundary before the end of `text`.
fn cluster(text: &str, at: usize) -> (usize, Class) {
    let bytes = text.as_bytes();
    let first = bytes[at];
    // Between two ASCII characters there is always a boundary, but for CR LF, and both are blanks.
    if first.is_ascii() && bytes.get(at + 1).is_none_or(u8::is_ascii) {
        let class = match first {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Word,
            0..=b' ' | 0x7F => Class::Blank,
            _ => Class::Mark(first as char),
        };
        return (at + 1, class);
    }
    let rest = &text[at..];
    let mut grapheme = rest.graphemes(true).next().unwrap_or(rest);
    if let Some((blank, _)) = grapheme.char_indices().skip(1).find(|(_, c)| is_space(*c)) {
        grapheme = &grapheme[..blank]; // a number sign before a blank is one cluster with it
    }
    let end = at + grapheme.len();
    let mut chars = grapheme.chars();
    let Some(first) = chars.next() else { return (text.len(), Class::Blank) };
    let single = chars.next().is_none();
    let class = if first == SOFT_HYPHEN {
        Class::Mark(first)
    } else if is_blank(first) {
        // A blank may carry a combining mark.
        Class::Blank
    } else if is_written_without_blanks(first) {
        Class::Alone
    } else if first == '_' || first.is_alphanumeric() || grapheme.chars().nth(1).is_some_and(char::is_alphanumeric) {
        // The second character counts where a number sign stands before digits (Arabic, Indic).
        Class::Word
    } else if single {
        Class::Mark(first)
    } else {
        Class::Alone
    };
    (end, class)
}

/// Whether `mark` stands at `at` without modifiers.
fn is_mark(text: &str, at: usize, mark: char) -> bool {
    text[at..].starts_with(mark) && matches!(cluster(text, at).1, Class::Mark(_))
}

/// Whether the mark `mark` at `at..end`, behind an open word, lets the word go on.
fn joins(text: &str, at: usize, end: usize, mark: char) -> bool {
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
    let letters = !before.is_numeric() && !after.is_numeric();
    let digits = before.is_numeric() && after.is_numeric();
    let hebrew = |c: char| ('\u{590}'..='\u{5FF}').contains(&c);
    match mark {
        '.' => letters || digits,
        ',' | ':' | '/' | '–' => digits,
        '·' => letters,
        '"' => hebrew(before) && hebrew(after),
        _ => true,
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn is_blank(c: char) -> bool {
    is_space(c)
        || matches!(c,
            '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

fn is_written_without_blanks(c: char) -> bool {
    matches!(c,
        // Han with its iteration mark and numerals, Kana, Bopomofo.
        '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3040}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}'
        | '\u{1B000}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}'
        // Thai, Lao, Myanmar, Khmer.
        | '\u{E01}'..='\u{E3A}' | '\u{E40}'..='\u{E4E}' | '\u{E80}'..='\u{ECF}' | '\u{EDC}'..='\u{EDF}'
        | '\u{1000}'..='\u{103F}' | '\u{1050}'..='\u{108F}' | '\u{A9E0}'..='\u{A9EF}' | '\u{AA60}'..='\u{AA7F}'
        | '\u{1780}'..='\u{17D3}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        split_words(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn words_are_those_of_ner_data() {
        let cases: &[(&str, &[&str])] = &[
            ("Angela Merkel visited Siemens.", &["Angela", "Merkel", "visited", "Siemens", "."]),
            ("Jean-Pierre, L'Oréal & AT&T", &["Jean-Pierre", ",", "L'Oréal", "&", "AT&T"]),
            ("Obama's U.S. visit, J. Smith", &["Obama", "'s", "U.S.", "visit", ",", "J.", "Smith"]),
            ("a.b@c.de http://x", &["a.b@c.de", "http", ":", "//", "x"]),
            (
                "$3.14 (1,000) 6–4 at 10:30... 50%",
                &["$", "3.14", "(", "1,000", ")", "6–4", "at", "10:30", "...", "50", "%"],
            ),
            ("''Die Zeit'' — «Мир»", &["''", "Die", "Zeit", "''", "—", "«", "Мир", "»"]),
            ("東京は日本の首都。", &["東", "京", "は", "日", "本", "の", "首", "都", "。"]),
            ("서울은 수도", &["서울은", "수도"]),
            ("दिल्ली है।", &["दिल्ली", "है", "।"]),
            ("می\u{200c}توان رفت", &["می\u{200c}توان", "رفت"]),
            ("กรุงเทพ", &["ก", "รุ", "ง", "เ", "ท", "พ"]),
            ("צה\"ל \"ג'ון\"", &["צה\"ל", "\"", "ג'ון", "\""]),
            ("hi👍🏽👨‍👩‍👧🇩🇪🇫🇷!", &["hi", "👍🏽", "👨‍👩‍👧", "🇩🇪", "🇫🇷", "!"]),
            ("a\0b\u{a0}c\u{200b}d\u{feff}", &["a", "b", "c", "d"]),
            ("co\u{ad}op x\u{ad} \u{ad}", &["co\u{ad}op", "x"]),
            ("e\u{301}a \u{301}", &["e\u{301}a"]),
            ("Ankara'nın 80's Türkiye’de", &["Ankara'nın", "80", "'s", "Türkiye’de"]),
            ("", &[]),
            (" \t\r\n ", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), *expected, "{text:?}");
        }
    }

    fn hard_text() -> impl Strategy<Value = String> {
        let parts = [
            "a",
            "B",
            "é",
            "e\u{301}",
            "7",
            "٣",
            "_",
            ".",
            ",",
            "'",
            "’",
            "s",
            "-",
            "–",
            "&",
            "\"",
            "ש",
            "东",
            "カ",
            "ー",
            "한",
            "ไ",
            "ท\u{e35}",
            "👍🏽",
            "👨‍👩‍👧",
            "🇩🇪",
            "\u{1f1e9}",
            "\u{200c}",
            "\u{200d}",
            "\u{ad}",
            "\u{200b}",
            "\u{feff}",
            "\0",
            "\r\n",
            "\u{301}",
            " ",
            "\u{3000}",
            "\u{600}",
            "\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "。",
            "…",
        ];
        prop_oneof![
            prop::collection::vec(prop::sample::select(parts.to_vec()), 0..40).prop_map(|p| p.concat()),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn words_cover_the_text_and_hold_no_blank(text in hard_text()) {
            let mut last = 0;
            for range in split_words(&text) {
                prop_assert!(last <= range.start && range.start < range.end);
                prop_assert!(text.get(range.clone()).is_some());
                let word = &text[range.clone()];
                prop_assert!(!word.chars().any(|c| c.is_whitespace() || c.is_control()), "{word:?}");
                prop_assert!(text[last..range.start].graphemes(true).all(|g| g.chars().next().is_some_and(|c| is_blank(c) || c == SOFT_HYPHEN)), "{text:?}");
                last = range.end;
            }
            prop_assert!(text[last..].graphemes(true).all(|g| g.chars().next().is_some_and(|c| is_blank(c) || c == SOFT_HYPHEN)));
        }

        #[test]
        fn grapheme_clusters_stay_whole(text in hard_text()) {
            let boundaries: std::collections::BTreeSet<usize> =
                text.grapheme_indices(true).map(|(i, _)| i).chain([text.len()]).collect();
            let before_blank = |end: usize| text[end..].starts_with(is_space);
            for range in split_words(&text) {
                prop_assert!(boundaries.contains(&range.start) && (boundaries.contains(&range.end) || before_blank(range.end)), "{text:?} {range:?}");
            }
        }

        /// Words that are split again stay the same, so data that was split once is stable (but for the clitic 's).
        #[test]
        fn blanks_between_words_change_nothing(text in "[a-rt-zé0-9 .,'’&()東한-]{0,30}") {
            let spaced = words(&text).join(" ");
            prop_assert_eq!(words(&spaced), words(&text));
        }
    }

    #[test]
    fn ten_megabytes_without_a_blank_are_read_once() {
        assert_eq!(split_words(&"a".repeat(10 << 20)).len(), 1);
        assert_eq!(split_words(&"a.".repeat(1 << 20)).len(), 1);
        assert_eq!(split_words(&"'".repeat(1 << 20)).len(), 1);
        assert_eq!(split_words(&format!("e{}", "\u{301}".repeat(1 << 20))).len(), 1);
        assert_eq!(split_words(&"東".repeat(1 << 20)).len(), 1 << 20);
    }
}
