//! What `tag` reads: documents as text or as words, from files or standard input, a few at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use crate::args::InputFormat;
use crate::console::{Failure, Outcome};

/// One document.
pub enum Input {
    Text(String),
    Words(Vec<String>),
}

/// Documents of one source, in order.
pub struct Documents {
    name: String,
    lines: Box<dyn BufRead>,
    format: InputFormat,
    line: u64,
}

/// A JSON object of a line; other fields are passed over.
#[derive(Deserialize)]
struct Record {
    text: Option<String>,
    tokens: Option<Vec<String>>,
}

impl Documents {
    /// Opens a file; `-` is standard input. Without a format the name decides.
    pub fn open(path: &Path, format: Option<InputFormat>) -> Outcome<Documents> {
        let name = path.display().to_string();
        let guess = match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
            "jsonl" | "ndjson" => InputFormat::Jsonl,
            "conll" | "iob" | "iob2" | "bio" | "tsv" => InputFormat::Conll,
            _ => InputFormat::Text,
        };
        let lines: Box<dyn BufRead> = match name.as_str() {
            "-" => Box::new(BufReader::new(io::stdin())),
            _ => match File::open(path) {
                Ok(file) => Box::new(BufReader::new(file)),
                Err(e) => return Err(Failure::Other(format!("{name}: cannot open: {e}"))),
            },
        };
        Ok(Documents { name, lines, format: format.unwrap_or(guess), line: 0 })
    }

    /// The next document; `None` at the end.
    pub fn next(&mut self) -> Outcome<Option<Input>> {
        match self.format {
            InputFormat::Text => Ok(self.next_line()?.map(Input::Text)),
            InputFormat::Jsonl => self.next_record(),
            InputFormat::Conll => self.next_sentence(),
        }
    }

    /// A line without its end.
    fn next_line(&mut self) -> Outcome<Option<String>> {
        let mut bytes = Vec::new();
        self.line += 1;
        if self.lines.read_until(b'\n', &mut bytes).map_err(|e| self.at(&format!("cannot read: {e}")))? == 0 {
            return Ok(None);
        }
        for end in [b'\n', b'\r'] {
            if bytes.last() == Some(&end) {
                bytes.pop();
            }
        }
        if self.line == 1 && bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(..3);
        }
        let text = String::from_utf8(bytes)
            .map_err(|e| self.at(&format!("not valid UTF-8 from byte {} on", e.utf8_error().valid_up_to())))?;
        Ok(Some(text))
    }

    fn next_record(&mut self) -> Outcome<Option<Input>> {
        loop {
            let Some(line) = self.next_line()? else { return Ok(None) };
            if line.trim().is_empty() {
                continue;
            }
            let record: Record =
                serde_json::from_str(&line).map_err(|e| self.at(&format!("not a JSON object: {e}")))?;
            return match (record.text, record.tokens) {
                (Some(text), None) => Ok(Some(Input::Text(text))),
                (None, Some(words)) => Ok(Some(Input::Words(words))),
                _ => Err(self.at("an object with either \"text\" or \"tokens\" is expected")),
            };
        }
    }

    fn next_sentence(&mut self) -> Outcome<Option<Input>> {
        let mut words = Vec::new();
        loop {
            let line = self.next_line()?;
            let word = line.as_deref().and_then(|l| match l.contains('\t') {
                true => l.split('\t').next(),
                false => l.split_whitespace().next(),
            });
            match word.map(str::trim).filter(|w| !w.is_empty()) {
                Some("-DOCSTART-") => {}
                Some(word) => words.push(word.to_owned()),
                None if !words.is_empty() => return Ok(Some(Input::Words(words))),
                None if line.is_none() => return Ok(None),
                None => {}
            }
        }
    }

    fn at(&self, what: &str) -> Failure {
        Failure::Other(format!("{}:{}: {what}", self.name, self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(text: &[u8], format: InputFormat) -> Documents {
        Documents { name: "f".into(), lines: Box::new(io::Cursor::new(text.to_vec())), format, line: 0 }
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
}
