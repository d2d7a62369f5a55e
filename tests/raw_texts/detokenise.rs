//! Sentences of tokens, put together again as raw text by the usual rules.

use std::ops::Range;

/// Marks without a blank before them, among them English clitics.
const BEHIND: &[&str] = &[
    ",", ".", ";", ":", "!", "?", ")", "]", "}", "%", "…", "...", "''", "”", "’", "»", "،", "؛", "؟", "۔", "।", "'s",
    "’s", "n't", "n’t", "'ll", "’ll", "'re", "’re", "'ve", "’ve", "'d", "’d", "'m", "’m",
];

/// Marks without a blank behind them.
const BEFORE: &[&str] = &["(", "[", "{", "«", "“", "„", "‘", "¿", "¡", "$", "£", "€", "#", "``"];

fn without_blanks(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}'
        | '\u{E01}'..='\u{E7F}' | '\u{E80}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// The text of `tokens` and each one's bytes in it.
pub fn detokenise(tokens: &[String]) -> (String, Vec<Range<usize>>) {
    let (mut text, mut ranges) = (String::new(), Vec::with_capacity(tokens.len()));
    let (mut touches, mut quoted) = (true, false);
    for token in tokens {
        let first = token.chars().next().unwrap_or(' ');
        let last = token.chars().next_back().unwrap_or(' ');
        let second = token.chars().nth(1);
        let mut blank = !touches && !without_blanks(first) && !text.chars().next_back().is_some_and(without_blanks);
        touches = BEFORE.contains(&&token[..]);
        if BEHIND.contains(&&token[..]) || is_apostrophe(first) && second.is_some_and(char::is_alphabetic) {
            blank = false;
        } else if token == "\"" {
            (blank, touches) = (blank && !quoted, !quoted);
            quoted = !quoted;
        } else if is_apostrophe(last) && first.is_alphabetic() {
            touches = true; // l'
        }
        if blank {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(token);
        ranges.push(start..text.len());
    }
    (text, ranges)
}

#[test]
fn texts_look_as_people_write_them() {
    let text = |tokens: &str| detokenise(&tokens.split(' ').map(String::from).collect::<Vec<_>>()).0;
    assert_eq!(text("He said \" no \" ( twice ) , didn 't he ?"), "He said \"no\" (twice), didn't he?");
    assert_eq!(text("Obama 's l' Aquila , 東 京 は NBA 。"), "Obama's l'Aquila,東京はNBA。");
}
