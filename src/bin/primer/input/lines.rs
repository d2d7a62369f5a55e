//! Lines of a source, with the place that they end at.

use std::io::{BufRead, Read};

use sha2::{Digest, Sha256};

use crate::console::{Failure, Outcome};

/// A longer line is no text: it would have to be in memory as a whole.
pub const LONGEST: usize = 64 << 20;

/// The lines of one source.
pub struct Lines {
    name: String,
    source: Box<dyn BufRead + Send>,
    /// How many lines were read, and their bytes.
    pub line: u64,
    pub byte: u64,
    /// Of all that was read, here and in the sources before.
    pub digest: Sha256,
}

impl Lines {
    pub fn new(name: String, source: Box<dyn BufRead + Send>, digest: Sha256) -> Lines {
        Lines { name, source, line: 0, byte: 0, digest }
    }

    /// The next line without its end.
    pub fn next(&mut self) -> Outcome<Option<String>> {
        let mut bytes = Vec::new();
        if !self.read(&mut bytes)? {
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
        let invalid = |e: std::string::FromUtf8Error| {
            self.at(&format!("not valid UTF-8 from byte {} on", e.utf8_error().valid_up_to()))
        };
        Ok(Some(String::from_utf8(bytes).map_err(invalid)?))
    }

    /// Passes over lines until `count` were read.
    pub fn skip_lines(&mut self, count: u64) -> Outcome {
        let mut bytes = Vec::new();
        while self.line < count {
            if !self.read(&mut bytes)? {
                return Err(Failure::Other(format!("{}: there are only {} lines", self.name, self.line)));
            }
            bytes.clear();
        }
        Ok(())
    }

    /// Passes over as many bytes, or all that there are, which have as many lines. False: they end within a line.
    pub fn skip_bytes(&mut self, count: u64, lines: u64) -> Outcome<bool> {
        let failed = |name: &str, e| Failure::Other(format!("{name}: cannot read: {e}"));
        let mut last = b'\n';
        while self.byte < count {
            let some = self.source.fill_buf().map_err(|e| failed(&self.name, e))?;
            let some = &some[..some.len().min((count - self.byte) as usize)];
            let Some(end) = some.last() else { break };
            last = *end;
            self.digest.update(some);
            self.byte += some.len() as u64;
            let read = some.len();
            self.source.consume(read);
        }
        self.line = lines;
        Ok(last == b'\n' || self.source.fill_buf().map_err(|e| failed(&self.name, e))?.is_empty())
    }

    /// An error that names the line that was read last.
    pub fn at(&self, what: &str) -> Failure {
        Failure::Other(format!("{}:{}: {what}", self.name, self.line))
    }

    /// Reads a line with its end. False: there is none.
    fn read(&mut self, bytes: &mut Vec<u8>) -> Outcome<bool> {
        self.line += 1;
        let most = LONGEST as u64 + 1;
        let read = (&mut self.source).take(most).read_until(b'\n', bytes);
        let read = read.map_err(|e| self.at(&format!("cannot read: {e}")))?;
        if read == 0 {
            self.line -= 1;
            return Ok(false);
        }
        if read as u64 == most && bytes.last() != Some(&b'\n') {
            return Err(self.at(&format!("a line of more than {} MiB", LONGEST >> 20)));
        }
        self.digest.update(&bytes);
        self.byte += read as u64;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, repeat};

    use super::*;

    #[test]
    fn a_line_without_end_is_an_error_and_not_kept_in_memory() {
        let text = b"one\n".chain(repeat(b'x'));
        let mut lines = Lines::new("f".into(), Box::new(BufReader::new(text)), Sha256::new());
        assert_eq!(lines.next().ok().flatten().as_deref(), Some("one"));
        assert_eq!(lines.next().err().map(|e| e.to_string()).as_deref(), Some("f:2: a line of more than 64 MiB"));
    }

    #[test]
    fn what_was_passed_over_counts_as_read() {
        let text = "a\nb\r\nc";
        let open = || Lines::new("f".into(), Box::new(text.as_bytes()), Sha256::new());
        let (mut read, mut lines, mut bytes) = (open(), open(), open());
        (0..2).for_each(|_| assert!(read.next().is_ok()));
        assert!(lines.skip_lines(2).is_ok() && bytes.skip_bytes(5, 2).is_ok_and(|whole| whole));
        for other in [&mut lines, &mut bytes] {
            assert_eq!((other.line, other.byte), (2, 5));
            assert_eq!(other.digest.clone().finalize(), read.digest.clone().finalize());
            assert_eq!(other.next().ok().flatten().as_deref(), Some("c"));
        }
        assert!(open().skip_bytes(4, 2).is_ok_and(|whole| !whole) && open().skip_bytes(6, 3).is_ok_and(|whole| whole));
        assert!(open().skip_lines(3).is_ok() && open().skip_lines(4).is_err());
    }
}
