//! What `tag` reads: documents as text or as words, from files or standard input, one at a time.

mod lines;
mod pipe;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use primer::Cancel;
use primer::tag::Content;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::args::InputFormat;
use crate::console::{Failure, Outcome};
use lines::{LONGEST, Lines};
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
    /// SHA-256 of all that was read, in hexadecimal.
    pub sha256: String,
}

/// The documents of files in a row.
pub struct Files {
    paths: Vec<PathBuf>,
    format: Option<InputFormat>,
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
    pub fn new(paths: &[PathBuf], format: Option<InputFormat>, cancel: &Cancel) -> Files {
        let (paths, cancel) = (paths.to_vec(), cancel.clone());
        Files { paths, format, cancel, file: 0, documents: None, digest: Sha256::new(), texts: 0 }
    }

    /// Opens the first file and goes to line `line`, from 1.
    pub fn at_line(mut self, line: u64) -> Outcome<Files> {
        if let Some(documents) = self.open()? {
            documents.lines.skip_lines(line - 1)?;
        }
        Ok(self)
    }

    /// Goes to a place that an earlier run came to. False: what that run read has changed since.
    pub fn go_to(mut self, place: &Place) -> Outcome<Option<Files>> {
        self.texts = place.texts;
        while self.file < place.file
            && let Some(documents) = self.open()?
        {
            documents.lines.skip_bytes(u64::MAX, 0)?;
            self.close();
        }
        let whole = match self.open()? {
            Some(documents) => documents.lines.skip_bytes(place.byte, place.line)?,
            None => false,
        };
        Ok((whole && self.place() == *place).then_some(self))
    }

    /// The end of the last document.
    pub fn place(&self) -> Place {
        let (byte, line, digest) = match &self.documents {
            Some(Documents { lines, .. }) => (lines.byte, lines.line, &lines.digest),
            None => (0, 0, &self.digest),
        };
        let sha256 = hexadecimal(&digest.clone().finalize());
        Place { file: self.file, byte, line, texts: self.texts, sha256 }
    }

    /// The file that is read; none is left where all have been.
    fn open(&mut self) -> Outcome<Option<&mut Documents>> {
        if self.documents.is_none()
            && let Some(path) = self.paths.get(self.file)
        {
            let digest = std::mem::take(&mut self.digest);
            self.documents = Some(Documents::open(path, self.format, digest, &self.cancel)?);
        }
        Ok(self.documents.as_mut())
    }

    fn close(&mut self) {
        if let Some(documents) = self.documents.take() {
            self.digest = documents.lines.digest;
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
    lines: Lines,
    format: InputFormat,
}

/// A JSON object of a line; other fields are passed over.
#[derive(Deserialize)]
struct Record {
    text: Option<String>,
    tokens: Option<Vec<String>>,
}

impl Documents {
    fn open(path: &Path, format: Option<InputFormat>, digest: Sha256, cancel: &Cancel) -> Outcome<Documents> {
        let name = path.display().to_string();
        let guess = match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
            "jsonl" | "ndjson" => InputFormat::Jsonl,
            "conll" | "iob" | "iob2" | "bio" | "tsv" => InputFormat::Conll,
            _ => InputFormat::Text,
        };
        let source: Box<dyn Read + Send> = match name.as_str() {
            "-" => Box::new(Pipe::new(io::stdin(), cancel)),
            _ => match File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file))) {
                Ok((true, file)) => Box::new(file),
                Ok((false, pipe)) => Box::new(Pipe::new(pipe, cancel)),
                Err(e) => return Err(Failure::Other(format!("{name}: cannot open: {e}"))),
            },
        };
        let lines = Lines::new(name, Box::new(BufReader::with_capacity(1 << 16, source)), digest);
        Ok(Documents { lines, format: format.unwrap_or(guess) })
    }

    /// The next document; `None` at the end.
    fn next(&mut self) -> Outcome<Option<Input>> {
        match self.format {
            InputFormat::Text => Ok(self.lines.next()?.map(Input::Text)),
            InputFormat::Jsonl => self.next_record(),
            InputFormat::Conll => self.next_sentence(),
        }
    }

    fn next_record(&mut self) -> Outcome<Option<Input>> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.trim().is_empty() {
                continue;
            }
            let record: Record =
                serde_json::from_str(&line).map_err(|e| self.lines.at(&format!("not a JSON object: {e}")))?;
            return match (record.text, record.tokens) {
                (Some(text), None) => Ok(Some(Input::Text(text))),
                (None, Some(words)) => Ok(Some(Input::Words(words))),
                _ => Err(self.lines.at("an object with either \"text\" or \"tokens\" is expected")),
            };
        }
    }

    fn next_sentence(&mut self) -> Outcome<Option<Input>> {
        let (mut words, mut bytes) = (Vec::new(), 0);
        loop {
            let line = self.lines.next()?;
            let word = line.as_deref().and_then(|l| match l.contains('\t') {
                true => l.split('\t').next(),
                false => l.split_whitespace().next(),
            });
            match word.map(str::trim).filter(|w| !w.is_empty()) {
                Some("-DOCSTART-") => {}
                Some(word) => {
                    bytes += word.len() + 1;
                    words.push(word.to_owned());
                }
                None if !words.is_empty() => return Ok(Some(Input::Words(words))),
                None if line.is_none() => return Ok(None),
                None => {}
            }
            if bytes > LONGEST {
                return Err(self
                    .lines
                    .at(&format!("a sentence of more than {} MiB, without an empty line", LONGEST >> 20)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(text: &[u8], format: InputFormat) -> Documents {
        Documents { lines: Lines::new("f".into(), Box::new(io::Cursor::new(text.to_vec())), Sha256::new()), format }
    }

    fn all(text: &str, format: InputFormat) -> Vec<String> {
        let mut source = documents(text.as_bytes(), format);
        let mut found = Vec::new();
        while let Some(input) = source.next().map_err(|e| e.to_string()).unwrap() {
            found.push(match input {
                Input::Text(text) => text,
                Input::Words(words) => words.join("|"),
            });
        }
        found
    }

    #[test]
    fn every_line_of_text_is_a_document_also_an_empty_one() {
        assert_eq!(all("\u{feff}a b\r\n\nc", InputFormat::Text), ["a b", "", "c"]);
    }

    #[test]
    fn columns_are_sentences_of_first_words() {
        let text = "-DOCSTART-\tO\n\nAda\tB-PER\nwrote\tO\n\n\nKöln B-LOC\n";
        assert_eq!(all(text, InputFormat::Conll), ["Ada|wrote", "Köln"]);
    }

    #[test]
    fn records_hold_text_or_tokens() {
        assert_eq!(
            all("{\"text\":\"a b\",\"id\":1}\n\n{\"tokens\":[\"a\",\"b\"]}\n", InputFormat::Jsonl),
            ["a b", "a|b"]
        );
    }

    #[test]
    fn an_error_names_the_line() {
        for (text, format, place) in [
            (&b"ok\n\xff\n"[..], InputFormat::Text, "f:2: not valid UTF-8 from byte 0 on"),
            (b"{\"text\":1}", InputFormat::Jsonl, "f:1: not a JSON object"),
            (b"{}", InputFormat::Jsonl, "f:1: an object with"),
        ] {
            let mut source = documents(text, format);
            let error = loop {
                match source.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("no error"),
                    Err(e) => break e.to_string(),
                }
            };
            assert!(error.starts_with(place), "{error}");
        }
    }

    #[test]
    fn a_place_is_where_reading_goes_on_unless_what_is_before_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.txt", "b.conll", "c.jsonl"].map(|name| folder.path().join(name));
        let texts = ["one\n\nthree", "Ada\tO\n\n\nBob\tO\n", "\n{\"text\":\"x\"}\n\n"];
        paths.iter().zip(texts).for_each(|(path, text)| std::fs::write(path, text).unwrap());
        let files = || Files::new(&paths, None, &Cancel::new());
        let all: Vec<Located> = files().map(|d| d.ok().unwrap()).collect();
        assert_eq!(all.len(), 6);
        for (count, document) in all.iter().enumerate() {
            let rest = files().go_to(&document.place).ok().flatten().expect("nothing has changed");
            let rest: Vec<_> = rest.map(|d| d.ok().map(|d| (d.input, d.place)).unwrap()).collect();
            assert!(rest.iter().map(|(i, p)| (i, p)).eq(all[count + 1..].iter().map(|d| (&d.input, &d.place))));
        }
        std::fs::write(&paths[1], "Eva\tO\n\n\nBob\tO\n").unwrap();
        let same = |document: &Located| files().go_to(&document.place).ok().flatten().is_some();
        assert_eq!(all.iter().map(same).collect::<Vec<_>>(), [true, true, true, false, false, false]);
        // A file that has grown after it was read to its end.
        std::fs::write(&paths[0], "one\n\nthree\nfour").unwrap();
        assert!(same(&all[1]) && !same(&all[2]) && !same(&all[5]));
    }
}
