//! Bytes of a file that is mapped into memory, or bytes that the caller handed over.
//!
//! The only `unsafe` outside the operations and the C interface: a mapping is a `&[u8]` whose content somebody else can
//! change. Every reader here checks what it reads when it reads it and never keeps a reference that depends on the
//! content (`str`, `bool`), so a file that changes under a running process gives wrong numbers or errors, not undefined
//! values. A file that is cut short while mapped makes the operating system end the process (SIGBUS): replace model files
//! by renaming, as [`crate::save`] does, never by writing into them.

use std::fs::File;
use std::io::Read;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use crate::error::{Error, ErrorKind, Result};
use crate::output::InUse;

/// Shared read-only bytes; a clone is another reference.
#[derive(Clone)]
pub(crate) struct Bytes(Arc<Storage>);

enum Storage {
    /// With what keeps the file from being replaced; nothing does for a file without a name.
    Mapped(Mmap, #[allow(dead_code, reason = "lives as long as the mapping")] Option<InUse>),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps the ordinary file at `path`. Pages are read when they are first touched, and shared between processes.
    pub(crate) fn map(path: &Path) -> Result<Bytes> {
        let (file, length) = open(path)?;
        if length == 0 {
            return Ok(Bytes::from(Vec::new()));
        }
        let used = InUse::new(path, "a model that is in use");
        Bytes::mapped(&file, Some(used)).map_err(|e| Error::io("cannot map", path, e))
    }

    /// Maps an open file that is not empty and has no name.
    pub(crate) fn of_file(file: &File) -> std::io::Result<Bytes> {
        Bytes::mapped(file, None)
    }

    fn mapped(file: &File, used: Option<InUse>) -> std::io::Result<Bytes> {
        // SAFETY: the mapping is private to this process and read-only, and lives as long as any clone of this value. What
        // another process may do to the file, and why that is survivable, is said at the top of this file.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Bytes(Arc::new(Storage::Mapped(map, used))))
    }
}

impl Bytes {
    /// Gives the memory of mapped pages back; they are read from the file again when they are touched. For bytes that
    /// were read once and are not needed soon.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Storage::Mapped(map, _) = &*self.0 {
            // SAFETY: the mapping is read-only, so no page holds anything that the file does not.
            let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, range.len()) };
        }
        #[cfg(not(unix))]
        let _ = range;
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes(Arc::new(Storage::Owned(bytes)))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &*self.0 {
            Storage::Mapped(map, _) => map,
            Storage::Owned(bytes) => bytes,
        }
    }
}

/// Reads a small file whole; more than `limit` bytes is an error before anything is allocated.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let (file, length) = open(path)?;
    if length > limit {
        let message = format!("the file has {length} bytes, more than the {limit} allowed here");
        return Err(Error::new(ErrorKind::TooLarge, message).in_file(path));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    // A file can grow after it was measured.
    file.take(limit).read_to_end(&mut bytes).map_err(|e| Error::io("cannot read", path, e))?;
    Ok(bytes)
}

/// Opens an ordinary file: a folder cannot be read, and opening a pipe would wait for ever.
fn open(path: &Path) -> Result<(File, u64)> {
    let found = std::fs::metadata(path).map_err(|e| Error::io("cannot open", path, e))?;
    if !found.is_file() {
        return Err(Error::argument("not an ordinary file").in_file(path));
    }
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
    let length = file.metadata().map_err(|e| Error::io("cannot open", path, e))?.len();
    Ok((file, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_files_and_refuses_what_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        let bytes = Bytes::map(&path).unwrap();
        let other = bytes.clone();
        drop(bytes);
        assert_eq!(&*other, b"abc");
        std::fs::write(folder.path().join("empty"), b"").unwrap();
        assert!(Bytes::map(&folder.path().join("empty")).unwrap().is_empty());
        assert_eq!(Bytes::map(folder.path()).err().unwrap().kind(), ErrorKind::InvalidArgument);
        assert_eq!(Bytes::map(&folder.path().join("none")).err().unwrap().kind(), ErrorKind::Io);
    }

    #[test]
    fn a_file_over_the_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        assert_eq!(read_small(&path, 3).unwrap(), b"abc");
        assert_eq!(read_small(&path, 2).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}
