//! Whether an output can be written.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::Written;
use super::in_use::{check_target, no_file};
use crate::error::{Error, Result};
use crate::save::Temporary;

/// What a disk must take at least: more than any folder entry, little enough to write in no time.
const ROOM: usize = 1 << 20;

/// Finds out whether an output can be written, and leaves nothing behind.
///
/// # Errors
/// `InvalidArgument` for what is in use or has no name; `Io` for what cannot be written as asked for, and where the folder is
/// not there, is read-only or full.
pub(crate) fn check_writable(path: &Path, written: Written) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match (written, std::fs::metadata(path)) {
        (Written::Folder, Ok(found)) if found.is_dir() => probe(path, path),
        (Written::Folder, Ok(_)) => Err(no_file("this is a file; a folder is needed for the result", path)),
        (Written::Folder, Err(_)) => {
            // The part of the path that is there decides.
            let there = path.ancestors().skip(1).map(or_here).find(|above| above.exists());
            probe(there.unwrap_or(folder), path)
        }
        (_, Ok(found)) if found.is_dir() => Err(no_file("this is a folder; a file is needed for the result", path)),
        // Opening a pipe would wait for its reader.
        (Written::Opened, Ok(found)) if !found.is_file() => Ok(()),
        (Written::Opened, Ok(_)) => {
            check_target(path)?;
            let opened = OpenOptions::new().write(true).open(path);
            opened.map(drop).map_err(|e| Error::io("cannot write to this file", path, e))
        }
        _ if path.file_name().is_none() => Err(Error::argument("not a file name to save to").in_file(path)),
        (Written::Replaced, _) => check_target(path).and_then(|()| probe(folder, path)),
        (Written::Opened, Err(_)) => probe(folder, path),
    }
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Writes a file into `folder`, and removes it.
fn probe(folder: &Path, path: &Path) -> Result<()> {
    if !folder.exists() {
        let message = format!("the folder {} is not there; make it first", folder.display());
        return Err(Error::new(crate::error::ErrorKind::Io, message).in_file(path));
    }
    let write = || {
        let (_removed, mut file) = Temporary::create(folder, "probe")?;
        file.write_all(&vec![0; ROOM])
    };
    write().map_err(|e| Error::io(&format!("cannot write into the folder {}", folder.display()), path, e))
}
