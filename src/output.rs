//! Outputs that would destroy what is read, or that could not be written in the end, found before any work.
//!
//! Every call that writes asks here: the command line with all paths of a command line ([`Paths`]), saving itself with
//! the files that this process has open as models or data sets.

mod identity;
mod in_use;
mod room;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use identity::{Identity, is_case_folded, resolved};
pub(crate) use in_use::{InUse, check_folder, check_target};
pub(crate) use room::check_writable;

/// How an output comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Written {
    /// A new file takes the place of what was there, once all of it is on the disk.
    Replaced,
    /// The file is opened and written from its beginning or its end; it may be a pipe or a device.
    Opened,
    /// A folder that gets files; it is made where it is not there.
    Folder,
}

/// The paths of a call by the names that its caller knows: what it reads, and what it writes.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    inputs: Vec<(String, PathBuf)>,
    outputs: Vec<(String, PathBuf, Written)>,
}

impl Paths {
    /// No paths.
    pub fn new() -> Paths {
        Paths::default()
    }

    /// Adds a file or folder that is read.
    pub fn reads(&mut self, name: impl Into<String>, path: impl Into<PathBuf>) {
        self.inputs.push((name.into(), path.into()));
    }

    /// Adds an output.
    pub fn writes(&mut self, name: impl Into<String>, path: impl Into<PathBuf>, written: Written) {
        self.outputs.push((name.into(), path.into(), written));
    }

    /// [`Paths::check_conflicts`] and [`Paths::check_writable`].
    ///
    /// # Errors
    /// Theirs.
    pub fn check(&self) -> Result<()> {
        self.check_conflicts()?;
        self.check_writable()
    }

    /// Finds outputs that would destroy something: one that is an input or another output by whatever path, link or hard
    /// link, a folder that holds an input, and a file of a folder that is read, where its name is one that readers look for.
    ///
    /// Pipes and devices, which keep nothing, are no such files.
    ///
    /// # Errors
    /// `InvalidArgument`, naming both.
    pub fn check_conflicts(&self) -> Result<()> {
        for (at, (name, path, written)) in self.outputs.iter().enumerate() {
            let refuse = |why: String| Err(Error::argument(why).in_file(path));
            for (input, read) in &self.inputs {
                // An input that is not there cannot be lost; who reads it says so.
                if read.exists() && is_same(path, read) {
                    return refuse(format!("{name} is the same file as {input}, which would be lost; choose another"));
                }
                if *written == Written::Folder && path.is_dir() && is_inside(read, path) {
                    return refuse(format!("{name} is a folder that holds {input}; choose another, or a new one"));
                }
                if read.is_dir() && holds(read, path, 3) {
                    return refuse(format!(
                        "{name} is the same file as one of {input}, which would be lost; choose another"
                    ));
                }
                if path.exists() && read.is_dir() && is_read_in_folders(path) && is_inside(path, read) {
                    return refuse(format!("{name} is a file of {input}, which is read; choose another"));
                }
            }
            for (other, theirs, _) in &self.outputs[..at] {
                if is_same(path, theirs) {
                    return refuse(format!("{name} is the same file as {other}; each needs one of its own"));
                }
            }
        }
        Ok(())
    }

    /// Finds outputs that cannot be written: a folder that is not there, is read-only or on a full disk, a folder where a
    /// file is to be.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no file, `Io` for the rest; both name the output and say what to do.
    pub fn check_writable(&self) -> Result<()> {
        let named = |name: &str| {
            let name = name.to_owned();
            move |e: Error| e.with_prefix(&format!("{name}: "))
        };
        self.outputs.iter().try_for_each(|(name, path, written)| check_writable(path, *written).map_err(named(name)))
    }
}

/// Whether both are one file or folder, or will be.
fn is_same(a: &Path, b: &Path) -> bool {
    match (Identity::of(a), Identity::of(b)) {
        (Some(a), Some(b)) => a == b,
        // Neither is there: one name in one folder.
        (None, None) if !a.exists() && !b.exists() => {
            let (a, b) = (resolved(a), resolved(b));
            a == b || is_case_folded(&a, &b)
        }
        _ => false,
    }
}

/// Whether a file that readers look for in `folder`, or in folders in it down to `depth`, is the file at `path` by another name.
fn holds(folder: &Path, path: &Path, depth: usize) -> bool {
    let Ok(inside) = std::fs::read_dir(folder) else { return false };
    inside.flatten().map(|entry| entry.path()).any(|found| match found.is_dir() {
        true => depth > 0 && holds(&found, path, depth - 1),
        false => is_read_in_folders(&found) && is_same(path, &found) && !is_inside(path, folder),
    })
}

/// Whether readers of folders (models, adapters, tasks, text) look for files of this name. Others may lie there: a
/// checkpoint of an earlier run, say.
fn is_read_in_folders(path: &Path) -> bool {
    let lower = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let (stem, extension) = (lower(path.file_stem()), lower(path.extension()));
    const STEMS: [&str; 15] = [
        "adapter",
        "config",
        "dev",
        "head",
        "merges",
        "model",
        "pytorch",
        "sentencepiece",
        "source",
        "special",
        "spiece",
        "test",
        "tokenizer",
        "train",
        "vocab",
    ];
    const TEXT: [&str; 8] = ["bio", "conll", "conllu", "iob", "iob2", "onnx", "tsv", "txt"];
    let first = stem.split(['_', '-', '.']).next().unwrap_or_default();
    STEMS.contains(&first) || TEXT.contains(&&*extension)
}

/// Whether `path` lies in `folder`, however deep.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let (path, folder) = (resolved(path), Identity::of(folder));
    folder.is_some() && path.ancestors().skip(1).any(|above| Identity::of(above) == folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn paths(inputs: &[&Path], outputs: &[(&Path, Written)]) -> Paths {
        let mut paths = Paths::new();
        inputs.iter().for_each(|p| paths.reads("--in", *p));
        outputs.iter().for_each(|(p, written)| paths.writes("--out", *p, *written));
        paths
    }

    fn refused(paths: &Paths, what: &str) {
        refused_as(ErrorKind::InvalidArgument, paths, what);
    }

    fn refused_as(kind: ErrorKind, paths: &Paths, what: &str) {
        let e = paths.check().unwrap_err();
        assert!(e.kind() == kind && e.to_string().contains(what), "{e}");
    }

    /// An input is known again by every path that leads to it.
    #[test]
    fn an_input_is_found_by_whatever_path() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let input = at("data.conll");
        std::fs::write(&input, "a O\n").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        let mut others = vec![input.clone(), at("./data.conll"), at("sub/../data.conll")];
        std::fs::hard_link(&input, at("hard")).unwrap();
        others.push(at("hard"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("data.conll", at("soft")).unwrap();
            std::os::unix::fs::symlink("..", at("sub/up")).unwrap();
            others.extend([at("soft"), at("sub/up/data.conll"), at("sub/up/hard")]);
        }
        for out in &others {
            for written in [Written::Replaced, Written::Opened, Written::Folder] {
                refused(&paths(&[&input], &[(out, written)]), "same file as --in");
                refused(&paths(&[out], &[(&input, written)]), "same file as --in");
            }
        }
        assert!(paths(&[&input], &[(&at("new"), Written::Replaced)]).check().is_ok());
        assert_eq!(std::fs::read(&input).unwrap(), b"a O\n");
    }

    /// A folder that is written does not hold what is read; a folder that is read is not written into files that it has.
    #[test]
    fn folders_keep_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("model/onnx")).unwrap();
        std::fs::write(at("model/onnx/model.onnx"), "x").unwrap();
        let (model, inside) = (at("model"), at("model/onnx/model.onnx"));
        refused(&paths(&[&inside], &[(&model, Written::Folder)]), "holds --in");
        refused(&paths(&[&model], &[(folder.path(), Written::Folder)]), "holds --in");
        refused(&paths(&[&model], &[(&inside, Written::Replaced)]), "a file of --in");
        refused(&paths(&[&model], &[(&model, Written::Folder)]), "same file");
        std::fs::write(at("model/checkpoint"), "x").unwrap();
        for name in ["model/new.safetensors", "model/checkpoint"] {
            assert!(paths(&[&model], &[(&at(name), Written::Replaced)]).check().is_ok(), "{name}");
        }
        assert!(paths(&[&model], &[(&at("other"), Written::Folder)]).check().is_ok());
        refused_as(ErrorKind::Io, &paths(&[], &[(&model, Written::Replaced)]), "is a folder");
    }

    /// Two outputs that are not there yet are one file by one name, also through a link that leads nowhere yet.
    #[test]
    fn two_outputs_are_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (a, same) = (at("new"), at("./new"));
        refused(&paths(&[], &[(&a, Written::Replaced), (&same, Written::Opened)]), "same file as --out");
        assert!(paths(&[], &[(&a, Written::Replaced), (&at("NEW2"), Written::Opened)]).check().is_ok());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("new", at("link")).unwrap();
            refused(&paths(&[], &[(&a, Written::Replaced), (&at("link"), Written::Opened)]), "same file");
        }
    }

    /// What cannot be written is known before the work, and nothing is left of having tried.
    #[test]
    fn an_output_that_cannot_be_written_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        for written in [Written::Replaced, Written::Opened] {
            let e = paths(&[], &[(&at("none/a"), written)]).check().unwrap_err();
            assert!(e.kind() == ErrorKind::Io && e.to_string().contains("--out: the folder"), "{e}");
            let e = paths(&[], &[(&at("file/a"), written)]).check().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Io, "{e}");
        }
        assert!(paths(&[], &[(&at("file/a/b"), Written::Folder)]).check().is_err());
        assert!(paths(&[], &[(&at("file"), Written::Folder)]).check().is_err());
        assert!(paths(&[], &[(&at("x/y/z"), Written::Folder)]).check().is_ok(), "folders are made");
        assert!(paths(&[], &[(Path::new(""), Written::Replaced)]).check().is_err());
        let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["file"]);
    }

    /// Devices keep nothing: they are read and written as one likes, but never replaced by a file.
    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let null = Path::new("/dev/null");
        assert!(paths(&[null], &[(null, Written::Opened)]).check().is_ok());
        refused_as(ErrorKind::Io, &paths(&[], &[(null, Written::Replaced)]), "not an ordinary file");
        assert!(crate::save::save_atomically(null, |_| Ok(())).is_err());
        assert!(!std::fs::metadata(null).unwrap().is_file());
    }

    /// On a full disk the error comes before the work.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_takes_no_files_is_refused() {
        let e = paths(&[], &[(Path::new("/proc/model.gguf"), Written::Replaced)]).check().unwrap_err();
        assert!(e.kind() == ErrorKind::Io && e.to_string().contains("cannot write"), "{e}");
    }
}
