//! What `tag` reads: documents as text or as words, from files or standard input, one at a time.

mod pipe;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use primer::Cancel;
use primer::data::{CONLL_START, ConllReader, DataOptions, Format, JsonContent, JsonReader, Lines};
use primer::tag::Content;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::args::InputFormat;
use crate::console::{Failure, Outcome};
use pipe::Pipe;

/// One document.
#[derive(Debug, PartialEq)]
pub enum Input {
    Text(String),
    Words(Vec<String>),
}

/// A document and where it ends.
pub struct Located {
    pub input: Input,
    pub place: Place,
}

impl primer::tag::Document for Located {
    fn content(&self) -> Content<'_> {
        match &self.input {
            Input::Text(text) => Content::Text(text),
            Input::Words(words) => Content::Words(words.iter().map(String::as_str).collect()),
        }
    }
}

/// How far files in a row were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, from 0; of it, so many bytes and lines.
    pub file: usize,
    pub byte: u64,
    pub line: u64,
    /// Documents in all.
    pub texts: u64,
    /// Documents of this file.
    #[serde(default)]
    pub texts_of_file: u64,
    /// Whether the place lies within a list of JSON records, which is read again from its start.
    #[serde(default)]
    pub within_list: bool,
    /// SHA-256 of all that was read, in hexadecimal.
    pub sha256: String,
}

/// The documents of files in a row.
pub struct Files {
    paths: Vec<PathBuf>,
    format: Option<InputFormat>,
    options: DataOptions,
    cancel: Cancel,
    /// The file that is read.
    file: usize,
    documents: Option<Documents>,
    digest: Sha256,
    texts: u64,
}

impl Files {
    /// Reads the files one after another; `-` is standard input. Without a format each file's name decides. `cancel`
    /// ends the waiting for a pipe.
    pub fn new(paths: &[PathBuf], format: Option<InputFormat>, options: DataOptions, cancel: &Cancel) -> Files {
        let (paths, cancel) = (paths.to_vec(), cancel.clone());
        Files { paths, format, options, cancel, file: 0, documents: None, digest: Sha256::new(), texts: 0 }
    }

    /// Opens the first file and goes to line `line`, from 1.
    pub fn at_line(mut self, line: u64) -> Outcome<Files> {
        if let Some(documents) = self.open()? {
            documents.lines.skip_lines(line - 1).map_err(|e| documents.failed(e))?;
        }
        Ok(self)
    }

    /// Goes to a place that an earlier run came to. False: what that run read has changed since.
    pub fn go_to(mut self, place: &Place) -> Outcome<Option<Files>> {
        self.texts = place.texts;
        while self.file < place.file
            && let Some(documents) = self.open()?
        {
            documents.lines.skip_bytes(u64::MAX, 0).map_err(|e| documents.failed(e))?;
            self.close();
        }
        let whole = match self.open()? {
            Some(documents) => documents.go_to(place)?,
            None => false,
        };
        Ok((whole && self.place() == *place).then_some(self))
    }

    /// The end of the last document.
    pub fn place(&self) -> Place {
        let (texts_of_file, within_list) =
            self.documents.as_ref().map_or((0, false), |documents| (documents.texts, documents.is_within_list()));
        let (byte, line) = self.documents.as_ref().map_or((0, 0), |d| (d.lines.byte(), d.lines.line()));
        let digest = self.documents.as_ref().and_then(|d| d.lines.digest()).unwrap_or(&self.digest);
        let sha256 = hexadecimal(&digest.clone().finalize());
        Place { file: self.file, byte, line, texts: self.texts, texts_of_file, within_list, sha256 }
    }

    /// The file that is read; none is left where all have been.
    fn open(&mut self) -> Outcome<Option<&mut Documents>> {
        if self.documents.is_none()
            && let Some(path) = self.paths.get(self.file)
        {
            let digest = std::mem::take(&mut self.digest);
            self.documents = Some(Documents::open(path, self.format, &self.options, digest, &self.cancel)?);
        }
        Ok(self.documents.as_mut())
    }

    fn close(&mut self) {
        if let Some(documents) = self.documents.take() {
            if let Kind::Conll(reader) = &documents.kind {
                reader.notes().iter().for_each(|note| eprintln!("primer: {}: {note}", documents.name));
            }
            self.digest = documents.lines.digest().cloned().unwrap_or_default();
            self.file += 1;
        }
    }

    fn next_document(&mut self) -> Outcome<Option<Located>> {
        while let Some(documents) = self.open()? {
            if let Some(input) = documents.next()? {
                self.texts += 1;
                return Ok(Some(Located { input, place: self.place() }));
            }
            self.close();
        }
        Ok(None)
    }
}

/// Bytes as people write them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |d: u8| char::from(b"0123456789abcdef"[usize::from(d)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Iterator for Files {
    type Item = Outcome<Located>;

    fn next(&mut self) -> Option<Outcome<Located>> {
        self.next_document().transpose()
    }
}

/// Documents of one source, in order.
struct Documents {
    name: String,
    lines: Lines<Box<dyn BufRead + Send>>,
    kind: Kind,
    /// How many were read.
    texts: u64,
}

/// How a source is read.
enum Kind {
    /// Each line is a text.
    Text,
    Json(JsonReader),
    Conll(Box<ConllReader>),
}

impl Documents {
    fn open(
        path: &Path,
        format: Option<InputFormat>,
        options: &DataOptions,
        digest: Sha256,
        cancel: &Cancel,
    ) -> Outcome<Documents> {
        let name = path.display().to_string();
        let format = format.unwrap_or_else(|| match Format::of_name(&name) {
            Some(Format::Jsonl) => InputFormat::Jsonl,
            Some(Format::Conll) => InputFormat::Conll,
            None => InputFormat::Text,
        });
        let (source, is_pipe): (Box<dyn Read + Send>, bool) = match name.as_str() {
            "-" => (Box::new(Pipe::new(io::stdin(), cancel)), true),
            _ => match File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file))) {
                Ok((true, file)) => (Box::new(file), false),
                Ok((false, pipe)) => (Box::new(Pipe::new(pipe, cancel)), true),
                Err(e) => return Err(Failure::Other(format!("{name}: cannot open: {e}"))),
            },
        };
        Documents::of(name, source, is_pipe, format, options, digest)
    }

    fn of(
        name: String,
        mut source: Box<dyn Read + Send>,
        is_pipe: bool,
        format: InputFormat,
        options: &DataOptions,
        digest: Sha256,
    ) -> Outcome<Documents> {
        let mut start = Vec::new();
        let kind = match format {
            InputFormat::Text => Kind::Text,
            InputFormat::Jsonl => Kind::Json(JsonReader::new()),
            InputFormat::Conll => {
                start = read_start(&mut source, is_pipe)
                    .map_err(|e| Failure::Other(format!("{name}: cannot read: {e}")))?;
                let reader = ConllReader::new(&String::from_utf8_lossy(&start), options);
                Kind::Conll(Box::new(reader.map_err(|e| failed(&name, cause(&start).unwrap_or(e)))?))
            }
        };
        let source: Box<dyn BufRead + Send> =
            Box::new(BufReader::with_capacity(1 << 16, io::Cursor::new(start).chain(source)));
        Ok(Documents { name, lines: Lines::new(source).digested(digest), kind, texts: 0 })
    }

    /// Goes to a place of this source. False: it has changed.
    fn go_to(&mut self, place: &Place) -> Outcome<bool> {
        if place.within_list {
            while self.texts < place.texts_of_file {
                if self.next()?.is_none() {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        self.texts = place.texts_of_file;
        self.lines.skip_bytes(place.byte, place.line).map_err(|e| self.failed(e))
    }

    /// Whether reading cannot go on behind the last line without what was before it.
    fn is_within_list(&self) -> bool {
        matches!(&self.kind, Kind::Json(reader) if !reader.is_between_records())
    }

    /// The next document; `None` at the end.
    fn next(&mut self) -> Outcome<Option<Input>> {
        let next = match &mut self.kind {
            Kind::Text => self.lines.next().map(|line| line.map(|line| Input::Text(line.to_owned()))),
            Kind::Json(reader) => next_record(reader, &mut self.lines),
            Kind::Conll(reader) => next_sentence(reader, &mut self.lines),
        };
        let next = next.map_err(|e| self.failed(e))?;
        self.texts += u64::from(next.is_some());
        Ok(next)
    }

    fn failed(&self, e: primer::Error) -> Failure {
        failed(&self.name, e)
    }
}

fn next_record(reader: &mut JsonReader, lines: &mut Lines<impl BufRead>) -> primer::Result<Option<Input>> {
    loop {
        if let Some(content) = reader.take()? {
            return Ok(Some(match content {
                JsonContent::Text(text) => Input::Text(text),
                JsonContent::Words(words) => Input::Words(words),
            }));
        }
        let number = lines.line() + 1;
        match lines.next()? {
            Some(line) => reader.line(number, line)?,
            None => return reader.finish().map(|()| None),
        }
    }
}

fn next_sentence(reader: &mut ConllReader, lines: &mut Lines<impl BufRead>) -> primer::Result<Option<Input>> {
    loop {
        let number = lines.line() + 1;
        let words = match lines.next()? {
            Some(line) => reader.line(number, line)?,
            None => return Ok(reader.finish().map(Input::Words)),
        };
        if let Some(words) = words {
            return Ok(Some(Input::Words(words)));
        }
    }
}

/// An error of the library with the place that it is about.
fn failed(name: &str, e: primer::Error) -> Failure {
    let line = e.line().map_or(String::new(), |line| format!("{line}:"));
    let byte = e.byte().map_or(String::new(), |byte| format!(" (byte {byte})"));
    Failure::Other(format!("{name}:{line} {}{byte}", e.message()))
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
fn cause(start: &[u8]) -> Option<primer::Error> {
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
#[path = "tests.rs"]
mod tests;
