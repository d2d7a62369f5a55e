//! What `tag` reads: documents as text or as words, from files or standard input, one at a time.

mod pipe;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use primer::Cancel;
use primer::data::{DataOptions, Documents, Format, Unlabelled};
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
    documents: Option<Source>,
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
            documents.all.skip_lines(line - 1).map_err(|e| documents.failed(e))?;
        }
        Ok(self)
    }

    /// Goes to a place that an earlier run came to. False: what that run read has changed since.
    pub fn go_to(mut self, place: &Place) -> Outcome<Option<Files>> {
        self.texts = place.texts;
        while self.file < place.file
            && let Some(documents) = self.open()?
        {
            documents.all.skip_bytes(u64::MAX, 0, 0).map_err(|e| documents.failed(e))?;
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
        let sha256 = |digest: Sha256| hexadecimal(&digest.finalize());
        let before = Place { file: self.file, texts: self.texts, ..Place::default() };
        match &self.documents {
            None => Place { sha256: sha256(self.digest.clone()), ..before },
            Some(Source { all, .. }) => Place {
                byte: all.byte(),
                line: all.line(),
                texts_of_file: all.count(),
                within_list: all.is_within_list(),
                sha256: sha256(all.digest()),
                ..before
            },
        }
    }

    /// The file that is read; none is left where all have been.
    fn open(&mut self) -> Outcome<Option<&mut Source>> {
        if self.documents.is_none()
            && let Some(path) = self.paths.get(self.file)
        {
            let digest = std::mem::take(&mut self.digest);
            self.documents = Some(Source::open(path, self.format, &self.options, digest, &self.cancel)?);
        }
        Ok(self.documents.as_mut())
    }

    fn close(&mut self) {
        if let Some(documents) = self.documents.take() {
            documents.all.notes().iter().for_each(|note| eprintln!("primer: {}: {note}", documents.name));
            self.digest = documents.all.digest();
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

/// A source that is read.
struct Source {
    name: String,
    all: Documents,
}

impl Source {
    fn open(
        path: &Path,
        format: Option<InputFormat>,
        options: &DataOptions,
        digest: Sha256,
        cancel: &Cancel,
    ) -> Outcome<Source> {
        let name = path.display().to_string();
        let format = match format {
            None => Format::of_name(&name),
            Some(InputFormat::Text) => None,
            Some(InputFormat::Jsonl) => Some(Format::Jsonl),
            Some(InputFormat::Conll) => Some(Format::Conll),
        };
        let (source, is_pipe): (Box<dyn Read + Send>, bool) = match name.as_str() {
            "-" => (Box::new(Pipe::new(io::stdin(), cancel)), true),
            _ => match File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file))) {
                Ok((true, file)) => (Box::new(file), false),
                Ok((false, pipe)) => (Box::new(Pipe::new(pipe, cancel)), true),
                Err(e) => return Err(Failure::Other(format!("{name}: cannot open: {e}"))),
            },
        };
        match Documents::new(source, format, is_pipe, options, digest) {
            Ok(all) => Ok(Source { name, all }),
            Err(e) => Err(failed(&name, e)),
        }
    }

    /// Goes to a place of this source. False: it has changed.
    fn go_to(&mut self, place: &Place) -> Outcome<bool> {
        if place.within_list {
            while self.all.count() < place.texts_of_file {
                if self.next()?.is_none() {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        self.all.skip_bytes(place.byte, place.line, place.texts_of_file).map_err(|e| self.failed(e))
    }

    /// The next document; `None` at the end.
    fn next(&mut self) -> Outcome<Option<Input>> {
        let next = self.all.next().map_err(|e| self.failed(e))?;
        Ok(next.map(|document| match document {
            Unlabelled::Text(text) => Input::Text(text),
            Unlabelled::Words(words) => Input::Words(words),
        }))
    }

    fn failed(&self, e: primer::Error) -> Failure {
        failed(&self.name, e)
    }
}

/// An error of the library with the place that it is about.
fn failed(name: &str, e: primer::Error) -> Failure {
    let line = e.line().map_or(String::new(), |line| format!("{line}:"));
    let byte = e.byte().map_or(String::new(), |byte| format!(" (byte {byte})"));
    Failure::Other(format!("{name}:{line} {}{byte}", e.message()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
