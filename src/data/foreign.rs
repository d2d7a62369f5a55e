//! What is no text in UTF-8, by its name, and what can be done.

use crate::error::{Error, ErrorKind, Result};

/// Files that are often given for text, by their first bytes.
const MAGIC: [(&[u8], &str); 11] = [
    (b"\x1f\x8b", "a gzip archive; unpack it first (gunzip)"),
    (b"PK\x03\x04", "a ZIP archive or an office document; unpack it, or save the sheet as tab-separated text"),
    (b"BZh", "a bzip2 archive; unpack it first (bunzip2)"),
    (b"\xfd7zXZ\0", "an xz archive; unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive; unpack it first (unzstd)"),
    (b"PAR1", "a Parquet file; write it as JSON Lines first (in Python: datasets.Dataset.from_parquet(F).to_json(G))"),
    (b"ARROW1", "an Arrow file; write it as JSON Lines first (in Python: datasets.Dataset.from_file(F).to_json(G))"),
    (b"%PDF-", "a PDF document; take the text out of it first"),
    (b"\xd0\xcf\x11\xe0", "an office document; save it as text in UTF-8"),
    (b"SQLite format 3\0", "an SQLite database; export its annotations first (prodigy db-out, for instance)"),
    (
        b"\x80\x04\x95",
        "a Python pickle, which is not opened, since it can run code; write JSON Lines or CoNLL in Python",
    ),
];

/// Names a source that is no text in UTF-8 by its first bytes.
///
/// # Errors
/// `InvalidUtf8` for UTF-16 and UTF-32, with or without their marks; `Data` for archives and the like.
pub(super) fn check(start: &[u8]) -> Result<()> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(Error::data(format!("this is {what}")));
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
