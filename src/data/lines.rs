//! Lines of a source, whatever ends them, with the place that they end at.

use std::io::{BufRead, ErrorKind as IoKind};

use sha2::{Digest, Sha256};

use super::foreign;
use crate::error::{Error, ErrorKind, Result};

/// A longer line is no text: it would have to be in memory as a whole.
pub(super) const LONGEST: usize = 64 << 20;

/// The lines of a text in UTF-8, one at a time.
///
/// LF, CR and CRLF end a line, and so do several CR before an LF, as files have them that were converted twice; nothing
/// else does that Unicode calls a line end. A byte order mark at the start of a line is left out: files that were joined
/// have them in their middle.
pub(super) struct Lines<R> {
    source: R,
    /// The line that was read last, with its end.
    raw: Vec<u8>,
    /// Empty lines that end by CR and were read already.
    empty: u64,
    line: u64,
    byte: u64,
    digest: Option<Sha256>,
}

impl<R: BufRead> Lines<R> {
    /// Reads `source` from its start.
    pub(super) fn new(source: R) -> Lines<R> {
        Lines { source, raw: Vec::new(), empty: 0, line: 0, byte: 0, digest: None }
    }

    /// Adds all that is read to `digest`.
    pub(super) fn digested(mut self, digest: Sha256) -> Lines<R> {
        self.digest = Some(digest);
        self
    }

    /// The digest of all lines that were read.
    pub(super) fn digest(&self) -> Option<&Sha256> {
        self.digest.as_ref()
    }

    /// How many lines were read.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The bytes of all lines that were read, with their ends.
    pub(super) fn byte(&self) -> u64 {
        self.byte
    }

    /// The next line without its end; `None` at the end of the source.
    ///
    /// # Errors
    /// `Io`; `InvalidUtf8` with line and byte of the source, which names UTF-16 where it is that; `TooLarge` for a line of
    /// more than 64 MiB; `Data` where the source is no text at all but, for instance, an archive.
    #[allow(clippy::should_implement_trait)] // the line is borrowed
    pub(super) fn next(&mut self) -> Result<Option<&str>> {
        let start = self.byte;
        if !self.read()? {
            return Ok(None);
        }
        let mut line = &self.raw[..];
        while let [rest @ .., b'\n' | b'\r'] = line {
            line = rest;
        }
        match std::str::from_utf8(line) {
            Ok(text) => Ok(Some(without_mark(text))),
            Err(e) => {
                let at = e.valid_up_to();
                let what = foreign::not_utf8(&line[at..]);
                Err(Error::new(ErrorKind::InvalidUtf8, what).at_line(self.line).at_byte(start + at as u64))
            }
        }
    }

    /// Passes over lines until `count` were read.
    ///
    /// # Errors
    /// `Io`; `Data` where there are fewer.
    pub(super) fn skip_lines(&mut self, count: u64) -> Result<()> {
        while self.line < count {
            if !self.read()? {
                return Err(Error::data(format!("there are only {} lines", self.line)));
            }
        }
        Ok(())
    }

    /// Passes over as many bytes, or all that there are, which have as many lines. False: they end within a line.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn skip_bytes(&mut self, count: u64, lines: u64) -> Result<bool> {
        let mut last = b'\n';
        while self.byte < count {
            let some = fill(&mut self.source)?;
            let some = &some[..some.len().min((count - self.byte) as usize)];
            let Some(end) = some.last() else { break };
            last = *end;
            if let Some(digest) = &mut self.digest {
                digest.update(some);
            }
            let read = some.len();
            self.byte += read as u64;
            self.source.consume(read);
        }
        self.line = lines;
        let next = fill(&mut self.source)?.first();
        Ok(match last {
            b'\n' => true,
            b'\r' => next != Some(&b'\n'),
            _ => next.is_none(),
        })
    }

    /// Reads a line with its end. False: there is none.
    fn read(&mut self) -> Result<bool> {
        self.raw.clear();
        if self.empty > 0 {
            self.empty -= 1;
            self.raw.push(b'\r');
            self.count();
            return Ok(true);
        }
        loop {
            let some = fill(&mut self.source)?;
            if some.is_empty() {
                break;
            }
            if self.line == 0 && self.raw.is_empty() {
                foreign::check(some).map_err(|e| e.at_line(1))?;
            }
            let end = some.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let ending = end.map(|end| some[end]);
            let read = end.unwrap_or(some.len());
            self.raw.extend_from_slice(&some[..read]);
            self.source.consume(read);
            self.check_length()?;
            match ending {
                None => continue,
                Some(b'\n') => {
                    self.source.consume(1);
                    self.raw.push(b'\n');
                }
                Some(_) => self.read_returns()?,
            }
            break;
        }
        if self.raw.is_empty() {
            return Ok(false);
        }
        self.count();
        Ok(true)
    }

    /// Reads a run of CR: one line's end where an LF follows, else each of them ends one.
    fn read_returns(&mut self) -> Result<()> {
        let mut count = 0;
        loop {
            match fill(&mut self.source)?.first() {
                Some(b'\r') => {
                    self.source.consume(1);
                    count += 1;
                }
                Some(b'\n') => {
                    self.source.consume(1);
                    self.raw.extend(std::iter::repeat_n(b'\r', count));
                    self.raw.push(b'\n');
                    return self.check_length();
                }
                _ => {
                    self.raw.push(b'\r');
                    self.empty = count as u64 - 1;
                    return Ok(());
                }
            }
        }
    }

    fn check_length(&self) -> Result<()> {
        match self.raw.len() > LONGEST {
            true => {
                let what = format!("a line of more than {} MiB", LONGEST >> 20);
                Err(Error::new(ErrorKind::TooLarge, what).at_line(self.line + 1))
            }
            false => Ok(()),
        }
    }

    fn count(&mut self) {
        self.line += 1;
        self.byte += self.raw.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(&self.raw);
        }
    }
}

/// A line without a byte order mark at its start. Before a separator of columns it is a word, if a strange one.
pub(super) fn without_mark(line: &str) -> &str {
    line.strip_prefix('\u{feff}').filter(|rest| !rest.starts_with(['\t', ' '])).unwrap_or(line)
}

/// What is there, waiting for at least a byte; empty at the end.
fn fill(source: &mut impl BufRead) -> Result<&[u8]> {
    let failed = |e: std::io::Error| Error::new(ErrorKind::Io, format!("cannot read: {e}")).caused_by(e);
    // Asked twice, since the checker lets no borrow out of a loop; not at the end, where a terminal would wait anew.
    loop {
        match source.fill_buf() {
            Ok([]) => return Ok(&[]),
            Ok(_) => break,
            Err(e) if e.kind() == IoKind::Interrupted => {}
            Err(e) => return Err(failed(e)),
        }
    }
    source.fill_buf().map_err(failed)
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
