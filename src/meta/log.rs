//! The log of a run: one JSON object a line, one line an update.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};

/// An open log, or none.
pub(super) struct Log(Option<(PathBuf, File)>);

impl Log {
    /// Opens the log at `path` and keeps its first `keep` bytes: what a checkpoint knew of it. Lines that were written later
    /// come again.
    pub fn open(path: Option<&Path>, keep: u64) -> Result<Log> {
        let Some(path) = path else { return Ok(Log(None)) };
        let open = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
            if file.metadata()?.len() > keep {
                file.set_len(keep)?;
            }
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|e| Error::io("cannot open the log", path, e))?;
        Ok(Log(Some((path.to_owned(), file))))
    }

    /// Writes a line, whole, so that whoever reads along sees whole lines.
    pub fn append(&mut self, line: &impl Serialize) -> Result<()> {
        let Some((path, file)) = &mut self.0 else { return Ok(()) };
        let mut text = serde_json::to_string(line).map_err(|e| Error::format(format!("cannot write the log: {e}")))?;
        text.push('\n');
        file.write_all(text.as_bytes()).map_err(|e| Error::io("cannot write", path, e))
    }

    /// Brings all lines to the disk; gives the log's length in bytes.
    pub fn sync(&mut self) -> Result<u64> {
        let Some((path, file)) = &mut self.0 else { return Ok(0) };
        let length = file.sync_all().and_then(|()| file.stream_position());
        length.map_err(|e| Error::io("cannot write", path, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_the_checkpoint_are_taken_back() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "an older run's").unwrap();
        let mut log = Log::open(Some(&path), 0)?;
        log.append(&1)?;
        let length = log.sync()?;
        log.append(&2)?;
        // A line that a crash cut.
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"st").unwrap();
        drop(log);
        let mut log = Log::open(Some(&path), length)?;
        log.append(&3)?;
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n3\n");
        assert!(Log::open(Some(folder.path()), 0).is_err());
        Ok(())
    }
}
