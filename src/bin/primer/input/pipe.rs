//! A source that may keep its reader waiting for ever, read so that an interrupt is heard meanwhile.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use primer::Cancel;

/// How often the token is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Standard input or a named pipe. A thread that the end of the process ends does the waiting.
pub struct Pipe {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
    cancel: Cancel,
}

impl Pipe {
    /// Reads `source` until `cancel` is requested.
    pub fn new(mut source: impl Read + Send + 'static, cancel: &Cancel) -> Pipe {
        let (sender, chunks) = sync_channel(1);
        std::thread::spawn(move || {
            let mut chunk = vec![0; 1 << 16];
            loop {
                let read = match source.read(&mut chunk) {
                    Ok(0) => return,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    read => read.map(|n| chunk[..n].to_vec()),
                };
                if sender.send(read).is_err() {
                    return;
                }
            }
        });
        Pipe { chunks, chunk: io::Cursor::default(), cancel: cancel.clone() }
    }
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            match self.chunks.recv_timeout(LOOK) {
                Ok(chunk) => self.chunk = io::Cursor::new(chunk?),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) if self.cancel.is_requested() => {
                    return Err(io::Error::other("stopped"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_read_in_order() {
        let text: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        let mut read = Vec::new();
        Pipe::new(io::Cursor::new(text.clone()), &Cancel::new()).read_to_end(&mut read).unwrap();
        assert!(read == text);
    }

    #[test]
    fn a_source_that_says_nothing_does_not_keep_its_reader() {
        let (reader, _writer) = io::pipe().unwrap();
        let cancel = Cancel::new();
        cancel.request();
        assert!(Pipe::new(reader, &cancel).read(&mut [0]).is_err());
    }
}
