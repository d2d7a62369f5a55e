//! Where answers go: a file with a record of how far it is, or standard output.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Stdout, Write};
use std::path::{Path, PathBuf};

use primer::Cancel;
use primer::data::DataOptions;

use super::record::{Record, Settings};
use crate::args::{OutputFormat, Tag};
use crate::console::{Failure, Outcome};
use crate::input::{Files, Place};

/// Where answers go.
pub enum Output {
    Stdout(Stdout),
    /// A file; with a record where it can be gone on with.
    File(File, Option<Box<Record>>),
}

impl Output {
    /// Opens what the arguments name, and the files where they are read from: at their beginning, at the line that was
    /// asked for, or where an earlier run stopped.
    pub fn open(args: &Tag, settings: Settings, cancel: &Cancel) -> Outcome<(Output, Files)> {
        for path in args.files.iter().filter(|path| path.as_os_str() != "-") {
            // Better now than after hours.
            path.metadata().map_err(|e| Failure::Other(format!("{}: cannot open: {e}", path.display())))?;
        }
        let paths = match args.files.is_empty() && args.text.is_empty() {
            true => &[PathBuf::from("-")][..],
            false => &args.files,
        };
        let mut options = DataOptions { labelled: false, ..DataOptions::default() };
        args.data.apply(&mut options)?;
        let files = Files::new(paths, args.input, options, cancel);
        let first = |files: Files| files.at_line(args.from_line.unwrap_or(1));
        let Some(path) = &args.out else { return Ok((Output::Stdout(io::stdout()), first(files)?)) };
        let failed = |what: &str| Failure::Other(format!("{}: {what}", path.display()));
        let obstacle = obstacle(args, path);
        if let Some(obstacle) = obstacle.filter(|_| args.resume) {
            return Err(Failure::Other(format!("--resume: {obstacle}")));
        }
        let record = Record::path(path);
        match (args.resume, record.exists(), path.exists()) {
            (false, true, _) => {
                return Err(Failure::Other(format!(
                    "{}: the run that wrote {} was stopped before its end; --resume goes on with it, and without this \
                     file it is written anew",
                    record.display(),
                    path.display()
                )));
            }
            (true, false, true) => {
                return Err(failed("there is nothing to go on with: no run that wrote this file was stopped"));
            }
            _ => {}
        }
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = match open {
            // A pipe may be open to writing alone.
            Err(_) if obstacle.is_some() => File::create(path),
            open => open,
        }
        .map_err(|e| failed(&format!("cannot open: {e}")))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(failed("another run is writing this file"));
        }
        if obstacle.is_some() {
            // A device has no length.
            let _ = file.set_len(0);
            return Ok((Output::File(file, None), first(files)?));
        }
        if !record.exists() {
            // The record comes first: no output is without one before it is whole.
            let files = first(files)?;
            let record = Record::begin(path, settings, files.place())?;
            file.set_len(0)?;
            return Ok((Output::File(file, Some(Box::new(record))), files));
        }
        let loaded = Record::load(path, settings)?;
        let state = loaded.state();
        let Some(files) = files.go_to(&state.read)? else {
            let what = "what the earlier run read has changed since; without this file all is tagged anew";
            return Err(Failure::Other(format!("{}: {what}", record.display())));
        };
        if file.metadata()?.len() < state.written {
            return Err(failed("it is shorter than the earlier run left it"));
        }
        file.set_len(state.written)?;
        file.seek(SeekFrom::End(0))?;
        Ok((Output::File(file, Some(Box::new(loaded))), files))
    }

    /// Whether a run that is stopped can be gone on with.
    pub fn is_recorded(&self) -> bool {
        matches!(self, Output::File(_, Some(_)))
    }

    /// A round was written, of which the last text ends at `read`.
    pub fn round(&mut self, read: &Place) -> Outcome {
        match self {
            Output::File(file, Some(record)) => record.round(read.clone(), file),
            _ => Ok(()),
        }
    }

    /// Ends the record as the run ended.
    pub fn end(self, done: &Outcome) -> Outcome {
        match (self, done) {
            (Output::File(file, Some(record)), Ok(())) => record.finish(&file),
            (Output::File(file, Some(record)), Err(Failure::Interrupted(_))) => record.stop(&file),
            (Output::File(file, Some(record)), Err(_)) => {
                record.fail(&file);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(out) => out.write(bytes),
            Output::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(out) => out.flush(),
            Output::File(file, _) => file.flush(),
        }
    }
}

/// Why a run with these arguments could not be gone on with.
fn obstacle(args: &Tag, out: &Path) -> Option<&'static str> {
    let is_other = |path: &Path| path.metadata().is_ok_and(|m| !m.is_file());
    if args.output_format() == OutputFormat::Html {
        Some("a page is written at its end, as a whole; choose another --format")
    } else if !args.are_files_read() {
        Some("only files can be read again from the middle, not pipes or texts of the command line")
    } else if is_other(out) {
        Some("--out is not a file")
    } else {
        None
    }
}
