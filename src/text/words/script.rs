//! Kinds of characters.

pub(in crate::text) fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Blanks, control characters and invisible format characters.
pub(super) fn is_blank(c: char) -> bool {
    is_space(c)
        || matches!(c,
            '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Scripts whose every character is taken for a word.
pub(super) fn is_written_without_blanks(c: char) -> bool {
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

/// Scripts in whose words an apostrophe can stand: Latin, Greek, Cyrillic, Armenian, Hebrew, Georgian. Elsewhere it is a
/// quotation mark.
pub(super) fn has_apostrophes(c: char) -> bool {
    matches!(c, '\0'..='\u{5FF}' | '\u{10A0}'..='\u{10FF}' | '\u{1C80}'..='\u{1CBF}' | '\u{1D00}'..='\u{1FFF}'
        | '\u{2C60}'..='\u{2C7F}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A640}'..='\u{A69F}' | '\u{A720}'..='\u{A7FF}'
        | '\u{AB30}'..='\u{AB6F}' | '\u{FB00}'..='\u{FB4F}')
}

pub(super) fn is_hebrew(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{5FF}' | '\u{FB1D}'..='\u{FB4F}')
}

pub(super) fn is_latin(c: char) -> bool {
    c.is_alphabetic()
        && matches!(c, 'A'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}')
}
