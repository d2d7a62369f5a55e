//! Files that this process reads: models that are mapped, data sets that are loaded.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::identity::{Identity, resolved};
use super::is_inside;
use crate::error::{Error, ErrorKind, Result};

/// A file, by how many it is used.
struct Entry {
    users: usize,
    path: PathBuf,
    what: &'static str,
}

static FILES: LazyLock<Mutex<HashMap<Identity, Entry>>> = LazyLock::new(Mutex::default);

fn files() -> MutexGuard<'static, HashMap<Identity, Entry>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a file from being replaced by this library for as long as it lives.
#[derive(Debug)]
pub(crate) struct InUse(Option<Identity>);

impl InUse {
    /// Of the file at `path`, which is `what` ("a model that is in use").
    pub fn new(path: &Path, what: &'static str) -> InUse {
        let identity = Identity::of(path);
        if let Some(identity) = &identity {
            let entry = || Entry { users: 0, path: resolved(path), what };
            files().entry(identity.clone()).or_insert_with(entry).users += 1;
        }
        InUse(identity)
    }
}

impl Clone for InUse {
    fn clone(&self) -> InUse {
        let mut files = files();
        if let Some(entry) = self.0.as_ref().and_then(|identity| files.get_mut(identity)) {
            entry.users += 1;
        }
        InUse(self.0.clone())
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let Some(identity) = &self.0 else { return };
        let mut files = files();
        if let Some(entry) = files.get_mut(identity) {
            entry.users -= 1;
            if entry.users == 0 {
                files.remove(identity);
            }
        }
    }
}

/// Refuses a file to write that is in use, and what is no file.
///
/// # Errors
/// `InvalidArgument` for what is in use; `Io` for what cannot be written as a file.
pub(crate) fn check_target(path: &Path) -> Result<()> {
    let used = Identity::of(path).and_then(|identity| files().get(&identity).map(|entry| entry.what));
    match used {
        Some(what) => Err(Error::argument(format!("this file is {what}; choose another for the result")).in_file(path)),
        None => match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(no_file("this is a folder; a file is needed for the result", path)),
            Ok(found) if !found.is_file() => Err(no_file("not an ordinary file, so that it cannot be replaced", path)),
            _ => Ok(()),
        },
    }
}

/// The error for a path where no file can be written.
pub(crate) fn no_file(why: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Io, format!("cannot save: {why}")).in_file(path)
}

/// Refuses a folder to write that holds files in use.
///
/// # Errors
/// `InvalidArgument`.
pub(crate) fn check_folder(folder: &Path) -> Result<()> {
    let used: Vec<(PathBuf, &str)> = files().values().map(|entry| (entry.path.clone(), entry.what)).collect();
    match used.iter().find(|(path, _)| is_inside(path, folder)) {
        None => Ok(()),
        Some((path, what)) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let message = format!("this folder holds {name}, {what}; choose another, or a new one, for the result");
            Err(Error::argument(message).in_file(folder))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file is kept for as long as somebody uses it, and no longer.
    #[test]
    fn a_file_is_free_after_its_last_user() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let one = InUse::new(&path, "a model that is in use");
        let two = one.clone();
        drop(one);
        assert!(check_target(&path).unwrap_err().message().contains("a model that is in use"));
        assert!(check_folder(folder.path()).is_err());
        assert!(crate::save::save_atomically(&path, |_| Ok(())).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        drop(two);
        check_target(&path).and_then(|()| check_folder(folder.path())).unwrap();
    }
}
