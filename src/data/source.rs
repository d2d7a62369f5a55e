//! What the readers share: a checked text, its lines, and the records that they make of it.

use std::ops::Range;

use super::align::Aligned;
use super::options::{DataOptions, Format};
use super::scheme::{Prefix, Scheme};
use super::tags::check_type;
use crate::error::{Error, ErrorKind, Result};

/// What a reader makes of one sentence, before the scheme and the types of the whole data set are known.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) words: Vec<String>,
    pub(super) labels: Labels,
}

pub(super) enum Labels {
    /// The data was read without labels.
    None,
    /// One checked tag a word.
    Tags(Vec<String>),
    /// The words are those of a text, where `Record::words` is empty.
    Text { text: String, words: Vec<Range<usize>>, entities: Vec<Aligned> },
}

/// The bytes as text without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let line = bytes[..at].iter().filter(|&&b| b == b'\n').count() as u64 + 1;
        let hint = if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") { ", but UTF-16" } else { "" };
        Error::new(ErrorKind::InvalidUtf8, format!("not valid UTF-8{hint}")).at_line(line).at_byte(at as u64)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The lines with their numbers from 1, without CR and LF. Other characters that Unicode calls line ends are part of a line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    (1..).zip(text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)))
}

/// The format by the file's name, else by the first line that is not empty.
pub(super) fn guess_format(name: &str, text: &str) -> Format {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("jsonl" | "ndjson" | "json") => Format::Jsonl,
        Some("conll" | "conllu" | "iob" | "iob2" | "bio" | "tsv") => Format::Conll,
        _ => {
            let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
            if first.starts_with('{') && first.ends_with('}') { Format::Jsonl } else { Format::Conll }
        }
    }
}

/// Checks that a tag can be read, and under the scheme that was asked for.
pub(super) fn check_tag(tag: &str, options: &DataOptions) -> Result<()> {
    let Some((prefix, kind)) = Prefix::split(tag) else {
        let shown: String = tag.chars().take(40).collect();
        return Err(Error::data(format!("the tag {shown:?} is neither O nor B-, I-, E- or S- and an entity type")));
    };
    if let Some(scheme) = options.scheme
        && !scheme.has(prefix)
    {
        return Err(Error::data(format!("the tag {tag:?} does not belong to {scheme}, but to {}", Scheme::Bioes)));
    }
    if prefix != Prefix::O {
        check_type(kind).map_err(|e| Error::data(e.message()))?;
    }
    Ok(())
}

/// Checks that a word holds more than blanks; characters that yield no piece, such as zero-width ones, are let through.
pub(super) fn check_word(word: &str) -> Result<()> {
    if word.bytes().all(|b| b.is_ascii_whitespace()) {
        return Err(Error::data("a word is empty or only blanks"));
    }
    Ok(())
}
