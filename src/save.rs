//! Saving without loss: a reader sees the old file or the whole new one, also after a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::output::check_target;

/// Writes `path` through a temporary file in the same folder, which replaces it only when every byte is on the disk.
///
/// On any failure the old file is what it was and the temporary file is gone. A symbolic link at `path` is replaced,
/// not followed. A file that this process uses as a model or a data set is refused (see [`crate::output`]).
pub(crate) fn save_atomically(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> Result<()> {
    let failed = |e| Error::io("cannot save", path, e);
    check_target(path)?;
    let name = path.file_name().ok_or_else(|| Error::argument("not a file name to save to").in_file(path))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (mut temporary, file) = Temporary::create(folder, &name.to_string_lossy()).map_err(failed)?;
    let mut buffer = BufWriter::with_capacity(1 << 16, &file);
    write(&mut buffer).and_then(|()| buffer.flush()).map_err(failed)?;
    drop(buffer);
    file.sync_all().map_err(failed)?;
    drop(file);
    std::fs::rename(&temporary.path, path).map_err(failed)?;
    temporary.kept = true;
    sync_folder(folder).map_err(failed)
}

/// [`save_atomically`] of `bytes`, which ends soon after `cancel` is requested: the old file is then what it was.
///
/// # Errors
/// `Io`; `Cancelled`.
pub(crate) fn save_until(path: &Path, bytes: &[u8], cancel: &Cancel) -> Result<()> {
    // Some tens of milliseconds on a slow disk.
    const BLOCK: usize = 4 << 20;
    let saved = save_atomically(path, |file| {
        for block in bytes.chunks(BLOCK) {
            if cancel.is_requested() {
                return Err(io::Error::other("cancelled"));
            }
            file.write_all(block)?;
        }
        Ok(())
    });
    saved.or_else(|e| cancel.check().and(Err(e)))
}

/// A file that is removed again unless it is kept.
pub(crate) struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    /// Makes an empty file in `folder` whose name says `name`.
    pub fn create(folder: &Path, name: &str) -> io::Result<(Temporary, File)> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut tries = 0;
        loop {
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".{name}.{}-{n}.tmp", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((Temporary { path, kept: false }, file)),
                // A process of the same number may have died and left its file behind.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The new name is on the disk only when the folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems cannot do it.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for text in [&b"long old text"[..], b"new"] {
            save_atomically(&path, |f| f.write_all(text)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_temporary() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"old").unwrap();
        let full = |f: &mut BufWriter<&File>| {
            f.write_all(&[1; 100_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        let e = save_atomically(&path, full).unwrap_err();
        assert_eq!((e.kind(), e.file()), (ErrorKind::Io, Some(&*path)));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        // A folder cannot be replaced by a file: the failure of the last step.
        std::fs::create_dir(folder.path().join("b")).unwrap();
        assert!(save_atomically(&folder.path().join("b"), |f| f.write_all(b"x")).is_err());
        assert_eq!(names(folder.path()), ["a", "b"]);
        assert!(save_atomically(&folder.path().join("none/a"), |_| Ok(())).is_err());
        assert_eq!(save_atomically(Path::new("/"), |_| Ok(())).unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn a_panic_in_the_writer_leaves_no_temporary() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let caught = std::panic::catch_unwind(|| save_atomically(&path, |_| panic!("in the writer")));
        assert!(caught.is_err());
        assert!(names(folder.path()).is_empty());
    }
}
