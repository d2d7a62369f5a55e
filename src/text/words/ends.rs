//! What is cut off a word's ends: clitics, elided words, suffixes behind an apostrophe, units.

use super::script::is_latin;

/// Articles, prepositions and pronouns that lose their vowel before another word: French, Italian, Catalan, Occitan.
const ELIDED: &[&str] = &[
    "c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "presqu", "puisqu", "quelqu", "quoiqu", "agl",
    "all", "coll", "dagl", "dall", "degl", "dell", "gl", "negl", "nell", "quell", "quest", "sugl", "sull", "un",
];

/// What English writes behind an apostrophe.
const CLITICS: &[&str] = &["s", "S", "m", "d", "ll", "re", "ve"];

/// Units that are written behind a number without a blank.
const UNITS: &[&str] = &[
    "nm", "µm", "μm", "mm", "cm", "dm", "m", "km", "ft", "mi", "ha", "µg", "μg", "mg", "g", "kg", "lb", "lbs", "oz",
    "ml", "mL", "cl", "dl", "l", "L", "ms", "sec", "min", "h", "hrs", "km²", "m²", "m³", "km2", "m2", "m3", "kmh",
    "mph", "Hz", "kHz", "MHz", "GHz", "kB", "KB", "MB", "GB", "TB", "Mb", "Gb", "bp", "kb", "kDa", "mM", "µM", "μM",
    "nM", "W", "kW", "MW", "GW", "kWh", "MWh", "V", "kV", "mV", "mA", "mAh", "kcal", "kJ", "kPa", "hPa", "px", "dpi",
    "USD", "EUR", "GBP", "CHF", "kr", "Mio", "Mrd", "км", "м", "см", "мм", "кг", "г", "мг", "л", "мл", "млн", "млрд",
    "руб",
];

/// Characters that are looked at from either end.
const REACH: usize = 12;

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// The length of an elided word with its apostrophe at the beginning of `word`, before another letter.
pub(super) fn elision(word: &str) -> Option<usize> {
    let (at, apostrophe) = word.char_indices().take(REACH).find(|(_, c)| is_apostrophe(*c))?;
    let end = at + apostrophe.len_utf8();
    let elided = ELIDED.contains(&&word[..at].to_lowercase()[..]);
    let rest = &word[end..];
    (elided && rest.chars().next().is_some_and(is_latin) && !CLITICS.contains(&rest)).then_some(end)
}

/// Where the clitic `'s` starts, or a suffix with an apostrophe behind a name, as Turkish, Polish and Finnish have them.
pub(super) fn suffix(word: &str) -> Option<usize> {
    let (at, apostrophe) = word.char_indices().rev().take(REACH).find(|(_, c)| is_apostrophe(*c))?;
    let suffix = &word[at + apostrophe.len_utf8()..];
    if CLITICS.contains(&suffix) {
        return Some(at);
    }
    let name = &word[..at];
    let is_name = name.chars().next().is_some_and(|c| c.is_uppercase() && is_latin(c)) && name.chars().nth(2).is_some();
    let is_suffix = suffix.chars().count() <= 7 && suffix.chars().all(|c| c.is_lowercase() && is_latin(c));
    (is_name && is_suffix && name.chars().all(is_latin)).then_some(at)
}

/// The length of the number where `word` is a number and a unit.
pub(super) fn number_before_unit(word: &str) -> Option<usize> {
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = word.bytes().position(|b| !b.is_ascii_digit() && !matches!(b, b'.' | b','))?;
    UNITS.contains(&&word[number..]).then_some(number)
}

/// Where the two plus signs at `at` end that belong to the name of a programming language (C++), or its number sign (C#).
pub(super) fn plus_signs(text: &str, open: usize, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let end = match rest {
        _ if rest.starts_with("++") => at + 2,
        _ if rest.starts_with('#')
            && at == open + 1
            && text[open..at].starts_with(|c: char| c.is_ascii_uppercase()) =>
        {
            at + 1
        }
        _ => return None,
    };
    let next = text[end..].chars().next();
    let ends = next.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '+' | '#' | '_'));
    (ends && text[open..at].chars().all(|c| c.is_ascii_alphabetic())).then_some(end)
}
