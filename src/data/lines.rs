//! Lines of a source, whatever ends them, with the place that they end at.

use std::io::{BufRead, ErrorKind as IoKind};

use sha2::{Digest, Sha256};

use super::foreign;
use crate::error::{Error, ErrorKind, Result};

/// A longer line is no text: it would have to be in memory as a whole.
pub(crate) const LONGEST: usize = 64 << 20;

/// The lines of a text in UTF-8, one at a time.
///
/// LF, CR and CRLF end a line, and so do several CR before an LF, as files have them that were converted twice; nothing
/// else does that Unicode calls a line end. A byte order mark at the start of a line is left out: files that were joined
/// have them in their middle.
pub struct Lines<R> {
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
    pub fn new(source: R) -> Lines<R> {
        Lines { source, raw: Vec::new(), empty: 0, line: 0, byte: 0, digest: None }
    }

    /// Adds all that is read to `digest`.
    pub fn digested(mut self, digest: Sha256) -> Lines<R> {
        self.digest = Some(digest);
        self
    }

    /// The digest of all lines that were read.
    pub fn digest(&self) -> Option<&Sha256> {
        self.digest.as_ref()
    }

    /// How many lines were read.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The bytes of all lines that were read, with their ends.
    pub fn byte(&self) -> u64 {
        self.byte
    }

    /// The next line without its end; `None` at the end of the source.
    ///
    /// # Errors
    /// `Io`; `InvalidUtf8` with line and byte of the source, which names UTF-16 where it is that; `TooLarge` for a line of
    /// more than 64 MiB; `Data` where the source is no text at all but, for instance, an archive.
    #[allow(clippy::should_implement_trait)] // the line is borrowed
    pub fn next(&mut self) -> Result<Option<&str>> {
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
    pub fn skip_lines(&mut self, count: u64) -> Result<()> {
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
    pub fn skip_bytes(&mut self, count: u64, lines: u64) -> Result<bool> {
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
mod tests {
    use std::io::{BufReader, Read, repeat};

    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8], capacity: usize) -> Vec<String> {
        let mut lines = Lines::new(BufReader::with_capacity(capacity, text));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line.to_owned());
        }
        assert_eq!(lines.byte(), text.len() as u64);
        assert_eq!(lines.line(), found.len() as u64);
        found
    }

    #[test]
    fn every_line_end_ends_one_line() {
        for end in ["\n", "\r", "\r\n", "\r\r\n", "\r\r\r\n"] {
            let text = ["a", "", "b c", "\u{2028}\u{85}\u{b}", ""].join(end);
            assert_eq!(all(text.as_bytes(), 3), ["a", "", "b c", "\u{2028}\u{85}\u{b}"], "{end:?}");
        }
        assert_eq!(all(b"a\nb\rc\r\nd\r\r\ne\r\rf", 64), ["a", "b", "c", "d", "e", "", "f"]);
        assert_eq!(all(b"\r\n\n\r", 64), ["", "", ""]);
    }

    #[test]
    fn marks_at_the_start_of_any_line_are_left_out() {
        assert_eq!(all("\u{feff}a\n\u{feff}\n\u{feff}b\u{feff}c".as_bytes(), 4), ["a", "", "b\u{feff}c"]);
    }

    #[test]
    fn what_is_no_utf8_is_named() {
        let error = |bytes: &[u8]| {
            let mut lines = Lines::new(bytes);
            loop {
                match lines.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("no error in {bytes:?}"),
                    Err(e) => break e,
                }
            }
        };
        let e = error(b"a\r\n\xef\xbb\xbfb\xffc\n");
        assert_eq!((e.kind(), e.line(), e.byte()), (ErrorKind::InvalidUtf8, Some(2), Some(7)), "{e}");
        for (bytes, name) in [
            (&b"\xff\xfea\0"[..], "UTF-16"),
            (b"\xfe\xff\0a", "UTF-16"),
            (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
            (b"A\0n\0n\0a\0\t\0O\0\n\0", "UTF-16"),
            (b"\0A\0n\0n\0a\0\t\0O\0\n", "UTF-16"),
            (b"Anna\tO\n\xff\xfeA\0", "UTF-16"),
            (b"Zo\xeb\tO\n", "Latin-1"),
            (b"\x1f\x8b\x08rest", "gzip"),
            (b"PK\x03\x04rest", "ZIP"),
            (b"PAR1rest", "Parquet"),
        ] {
            let e = error(bytes);
            assert!(e.to_string().contains(name), "{e}");
        }
    }

    #[test]
    fn a_line_without_end_is_an_error_and_not_kept_in_memory() {
        let mut lines = Lines::new(BufReader::new(b"one\n".chain(repeat(b'x'))));
        assert_eq!(lines.next().unwrap(), Some("one"));
        let e = lines.next().unwrap_err();
        assert_eq!((e.kind(), e.line()), (ErrorKind::TooLarge, Some(2)));
    }

    #[test]
    fn what_was_passed_over_counts_as_read() {
        let text = "a\nb\r\nc";
        let open = || Lines::new(text.as_bytes()).digested(Sha256::new());
        let digest = |lines: &Lines<&[u8]>| lines.digest().unwrap().clone().finalize();
        let (mut read, mut lines, mut bytes) = (open(), open(), open());
        (0..2).for_each(|_| assert!(read.next().is_ok()));
        assert!(lines.skip_lines(2).is_ok() && bytes.skip_bytes(5, 2).unwrap());
        for other in [&mut lines, &mut bytes] {
            assert_eq!((other.line(), other.byte()), (2, 5));
            assert_eq!(digest(other), digest(&read));
            assert_eq!(other.next().unwrap(), Some("c"));
        }
        assert!(
            !open().skip_bytes(3, 2).unwrap() && !open().skip_bytes(4, 2).unwrap() && open().skip_bytes(6, 3).unwrap()
        );
        assert!(open().skip_lines(3).is_ok() && open().skip_lines(4).is_err());
    }

    proptest! {
        /// Wherever a buffer ends, the lines are the same, and going on behind any of them gives the rest.
        #[test]
        fn lines_do_not_depend_on_buffers(text in "[ab\r\n\u{feff}]{0,30}", capacity in 1usize..9) {
            let whole = all(text.as_bytes(), 64);
            prop_assert_eq!(&all(text.as_bytes(), capacity), &whole);
            let mut lines = Lines::new(text.as_bytes());
            for read in 1..=whole.len() {
                lines.next().unwrap();
                let mut rest = Lines::new(BufReader::with_capacity(capacity, text.as_bytes()));
                prop_assert!(rest.skip_bytes(lines.byte(), lines.line()).unwrap());
                for line in &whole[read..] {
                    prop_assert_eq!(rest.next().unwrap(), Some(&line[..]));
                }
                prop_assert_eq!(rest.next().unwrap(), None);
            }
        }
    }
}
