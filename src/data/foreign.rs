//! What is no text in UTF-8, by its name, and what can be done.

use crate::error::{Error, ErrorKind, Result};
use crate::foreign::Foreign;

/// Names a source that is no text in UTF-8 by its first bytes.
///
/// # Errors
/// `InvalidUtf8` for UTF-16 and UTF-32, with or without their marks; `Data` for archives and the like.
pub(super) fn check(start: &[u8]) -> Result<()> {
    if let Some(found) = Foreign::of_text(start) {
        return Err(Error::data(format!("this is {}; {}", found.what(), found.remedy_for_text())));
    }
    match wide(start) {
        Some(name) => Err(Error::new(ErrorKind::InvalidUtf8, convert(name)).at_byte(0)),
        None => Ok(()),
    }
}

/// What a byte is called that UTF-8 does not have, by what follows it.
pub(super) fn not_utf8(rest: &[u8]) -> String {
    match wide(rest) {
        Some(name) => convert(name),
        None => "not valid UTF-8; if it is Latin-1 or Windows-1252, convert the file first (iconv -f WINDOWS-1252 -t \
                 UTF-8)"
            .to_owned(),
    }
}

fn convert(name: &str) -> String {
    format!("not valid UTF-8, but {name}; convert the file first (iconv -f {name} -t UTF-8)")
}

/// UTF-16 and UTF-32 by their marks, or by the zeros that letters of most languages' punctuation have in them.
fn wide(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some("UTF-16"),
        _ => {}
    }
    let some = &start[..start.len().min(512) & !1];
    let zeros = |parity: usize| some.iter().skip(parity).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), some.len() / 2);
    let only = |many: usize, few: usize| few == 0 && many * 3 >= pairs && pairs >= 4;
    if only(even, odd) { Some("UTF-16BE") } else { only(odd, even).then_some("UTF-16LE") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_zero_byte_is_still_text() {
        for text in ["a\0b\tO\n", "\0", "", "Anna\tO\n", "PARIS\tO\n", "日本\tO\n"] {
            assert!(check(text.as_bytes()).is_ok(), "{text:?}");
        }
    }
}
