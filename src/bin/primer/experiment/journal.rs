//! The runs that are done: one line of JSON each, on the disk before the next run is reported.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::grid::Run;
use super::job::Results;
use super::plan::Plan;
use super::values::Shots;
use crate::console::{Failure, Outcome};

/// A line: the run for people, its key for the program, and its results.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub key: String,
    /// Names as they were when the run was made; the key alone decides where the results belong.
    pub arm: String,
    pub language: String,
    pub method: String,
    /// `null` where nothing was trained.
    pub shots: Option<Shots>,
    pub seed: u64,
    pub learning_rate: Option<f64>,
    pub head_learning_rate: Option<f64>,
    /// Version of the program that made the run.
    pub version: String,
    pub threads: usize,
    pub results: Results,
}

impl Record {
    pub fn new(plan: &Plan, run: &Run, results: Results) -> Record {
        let training = run.job.identity.training.as_ref();
        Record {
            key: run.key.clone(),
            arm: plan.arms[run.place.arm].0.clone(),
            language: plan.languages[run.place.language].0.clone(),
            method: plan.methods[run.place.method].0.clone(),
            shots: run.place.shots,
            seed: run.place.seed,
            learning_rate: training.map(|t| t.learning_rate),
            head_learning_rate: training.map(|t| t.head_learning_rate),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            threads: run.job.threads,
            results,
        }
    }
}

/// `runs.jsonl`, held by one experiment at a time.
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// The results that a journal holds, by key.
pub type Done = HashMap<String, Results>;

impl Journal {
    /// Opens or begins the journal. What a kill left of a last line is cut off.
    pub fn open(path: &Path) -> Outcome<(Journal, Done)> {
        let failed = |e: std::io::Error| Failure::Other(format!("{}: cannot write: {e}", path.display()));
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::Other(format!("{}: another experiment writes to it now", path.display())));
            }
            // Some network file systems have no locks.
            Err(TryLockError::Error(_)) => {}
        }
        let (done, whole) = read(path)?;
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok((Journal { path: path.to_owned(), file }, done))
    }

    /// Adds a run; it is on the disk when this returns.
    pub fn add(&mut self, record: &Record) -> Outcome {
        let failed = |e: std::io::Error| Failure::Other(format!("{}: cannot write: {e}", self.path.display()));
        let mut line = serde_json::to_vec(record).map_err(|e| failed(e.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(failed)
    }
}

/// The results of a journal that may not be there yet, and the length of its whole lines.
pub fn read(path: &Path) -> Outcome<(Done, u64)> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((Done::new(), 0)),
        Err(e) => return Err(Failure::Other(format!("{}: cannot read: {e}", path.display()))),
    };
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let mut done = Done::new();
    for (line, text) in (1..).zip(bytes[..whole].split_inclusive(|b| *b == b'\n')) {
        let record: Record = serde_json::from_slice(text)
            .map_err(|e| Failure::Other(format!("{}:{line}: not the record of a run: {e}", path.display())))?;
        done.insert(record.key, record.results);
    }
    Ok((done, whole as u64))
}
