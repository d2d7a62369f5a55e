//! Texts or words of one source without their labels, one at a time.

use std::io::{self, BufRead, BufReader, Read};

use sha2::Sha256;

use super::conll::{CONLL_START, ConllReader};
use super::json::JsonReader;
use super::lines::Lines;
use super::notes::Note;
use super::options::{DataOptions, Format};
use crate::error::{Error, ErrorKind, Result};

/// What is to be tagged: a text, or words that somebody else has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlabelled {
    /// A text.
    Text(String),
    /// Words.
    Words(Vec<String>),
}

/// The documents of a source, in order, by the readers of labelled data: little of it is in memory at a time.
pub struct Documents {
    lines: Lines<Box<dyn BufRead + Send>>,
    kind: Kind,
    count: u64,
}

enum Kind {
    /// Each line is a text.
    Text,
    Json(JsonReader),
    Conll(Box<ConllReader>),
}

impl Documents {
    /// Reads `source`; without a format each of its lines is a text. What columns mean is found out from its start; of a
    /// pipe, from what comes until there is a whole sentence. All that is read goes into `digest`.
    ///
    /// # Errors
    /// `Io`; `Data` and `InvalidUtf8` with the line where no columns can be found out.
    pub fn new(
        mut source: Box<dyn Read + Send>,
        format: Option<Format>,
        is_pipe: bool,
        options: &DataOptions,
        digest: Sha256,
    ) -> Result<Documents> {
        let options = DataOptions { labelled: false, ..options.clone() };
        let mut start = Vec::new();
        let kind = match format {
            None => Kind::Text,
            Some(Format::Jsonl) => Kind::Json(JsonReader::default()),
            Some(Format::Conll) => {
                start = read_start(&mut source, is_pipe)
                    .map_err(|e| Error::new(ErrorKind::Io, format!("cannot read: {e}")).caused_by(e))?;
                let reader = ConllReader::new(&String::from_utf8_lossy(&start), &options);
                Kind::Conll(Box::new(reader.map_err(|e| not_text(&start).unwrap_or(e))?))
            }
        };
        let source: Box<dyn BufRead + Send> =
            Box::new(BufReader::with_capacity(1 << 16, io::Cursor::new(start).chain(source)));
        Ok(Documents { lines: Lines::new(source).digested(digest), kind, count: 0 })
    }

    /// The next document; `None` at the end.
    ///
    /// # Errors
    /// `Io`; `Data`, `InvalidUtf8` and `TooLarge` with the line.
    #[allow(clippy::should_implement_trait)] // errors end it
    pub fn next(&mut self) -> Result<Option<Unlabelled>> {
        let next = match &mut self.kind {
            Kind::Text => self.lines.next()?.map(|line| Unlabelled::Text(line.to_owned())),
            Kind::Json(reader) => next_record(reader, &mut self.lines)?,
            Kind::Conll(reader) => next_sentence(reader, &mut self.lines)?,
        };
        self.count += u64::from(next.is_some());
        Ok(next)
    }

    /// How many documents were read.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many lines were read.
    pub fn line(&self) -> u64 {
        self.lines.line()
    }

    /// How many bytes were read.
    pub fn byte(&self) -> u64 {
        self.lines.byte()
    }

    /// The digest of all that was read.
    pub fn digest(&self) -> Sha256 {
        self.lines.digest().cloned().unwrap_or_default()
    }

    /// Passes over lines until `count` were read.
    ///
    /// # Errors
    /// `Io`; `Data` where there are fewer.
    pub fn skip_lines(&mut self, count: u64) -> Result<()> {
        self.lines.skip_lines(count)
    }

    /// Passes over so many bytes, or all that there are, which have as many lines and documents. False: they end within a
    /// line.
    ///
    /// # Errors
    /// `Io`.
    pub fn skip_bytes(&mut self, bytes: u64, lines: u64, documents: u64) -> Result<bool> {
        self.count = documents;
        self.lines.skip_bytes(bytes, lines)
    }

    /// Whether reading cannot go on behind the last line without what was before it: within a list of JSON records, or
    /// where a line has several.
    pub fn is_within_list(&self) -> bool {
        matches!(&self.kind, Kind::Json(reader) if !reader.is_between_records())
    }

    /// What was passed over, or read in another way than it stands.
    pub fn notes(&self) -> &[Note] {
        match &self.kind {
            Kind::Conll(reader) => reader.notes(),
            Kind::Text | Kind::Json(_) => &[],
        }
    }
}

fn next_record(reader: &mut JsonReader, lines: &mut Lines<impl BufRead>) -> Result<Option<Unlabelled>> {
    loop {
        if let Some(content) = reader.take()? {
            return Ok(Some(content));
        }
        let number = lines.line() + 1;
        match lines.next()? {
            Some(line) => reader.line(number, line)?,
            None => return reader.finish().map(|()| None),
        }
    }
}

fn next_sentence(reader: &mut ConllReader, lines: &mut Lines<impl BufRead>) -> Result<Option<Unlabelled>> {
    loop {
        let number = lines.line() + 1;
        let words = match lines.next()? {
            Some(line) => reader.line(number, line)?,
            None => return Ok(reader.finish().map(Unlabelled::Words)),
        };
        if let Some(words) = words {
            return Ok(Some(Unlabelled::Words(words)));
        }
    }
}

/// The start of a source of columns; of a pipe, what comes until there is a whole sentence.
fn read_start(source: &mut dyn Read, is_pipe: bool) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    while start.len() < CONLL_START && !(is_pipe && has_sentence(&start)) {
        match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => start.extend_from_slice(&chunk[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(start)
}

/// Whether an empty line comes after one that is no comment.
fn has_sentence(start: &[u8]) -> bool {
    let mut lines = start.split(|&b| b == b'\n').map(|line| line.trim_ascii());
    lines.next_back();
    lines.any(|line| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"-DOCSTART-"))
        && lines.any(<[u8]>::is_empty)
}

/// Where the start of a source is no text, the error that says so: the cause of whatever else is wrong with it.
pub(super) fn not_text(start: &[u8]) -> Option<Error> {
    let end = start.iter().rposition(|&b| b == b'\n').unwrap_or(start.len());
    let mut lines = Lines::new(&start[..end]);
    loop {
        match lines.next() {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(e) => return Some(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_not_waited_for_once_there_is_a_sentence() {
        let has = |text: &str| has_sentence(text.as_bytes());
        assert!(has("a\tO\n\n") && has("# x\n\na\tO\r\n\r\n"));
        assert!(!has("") && !has("\n\n") && !has("# x\n\n") && !has("a\tO\nb\tO\n") && !has("a\tO\n"));
    }
}
