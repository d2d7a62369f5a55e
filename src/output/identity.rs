//! When two paths lead to one file.

use std::path::{Path, PathBuf};

use crate::save::Temporary;

/// What tells a file from all others, whatever its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// Device and number on it.
    #[cfg(unix)]
    Number(u64, u64),
    /// Its one name without links, where files have no numbers.
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Identity {
    /// Of the file or folder at `path`, links followed; `None` where there is none, and for pipes and devices, which keep
    /// nothing that could be lost.
    pub fn of(path: &Path) -> Option<Identity> {
        let found = std::fs::metadata(path).ok().filter(|found| found.is_file() || found.is_dir())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Some(Identity::Number(found.dev(), found.ino()))
        }
        #[cfg(not(unix))]
        {
            let _ = found;
            std::fs::canonicalize(path).ok().map(Identity::Path)
        }
    }
}

/// The path without links, also where the file, or all of the path's end, is not there yet.
pub(super) fn resolved(path: &Path) -> PathBuf {
    resolve(path, 40)
}

fn resolve(path: &Path, links: usize) -> PathBuf {
    if let Ok(whole) = std::fs::canonicalize(path) {
        return whole;
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => return path.to_owned(),
    };
    // A link whose target is not there yet.
    if let (Ok(target), true) = (std::fs::read_link(path), links > 0) {
        return resolve(&parent.join(target), links - 1);
    }
    match path.file_name() {
        Some(name) => resolve(parent, links).join(name),
        None => path.to_owned(),
    }
}

/// Whether two paths without links differ by nothing but the case of the name, in a folder that does not tell them apart.
pub(super) fn is_case_folded(a: &Path, b: &Path) -> bool {
    let lower = |path: &Path| path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    if a.parent() != b.parent() || lower(a) != lower(b) {
        return false;
    }
    let Some(folder) = a.parent() else { return false };
    let Ok((probe, _)) = Temporary::create(folder, "case") else { return false };
    let name = probe.path().file_name().map(|name| name.to_string_lossy().to_uppercase());
    name.is_some_and(|name| folder.join(name).exists())
}
