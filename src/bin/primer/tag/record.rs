//! What a run that was stopped leaves beside its output, so that another can go on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::console::{Failure, Outcome};
use crate::files;
use crate::input::Place;

/// How often the record is renewed: what a crash costs at most, and a round.
const EVERY: Duration = Duration::from_secs(3);

/// What decides on the bytes of the output, by the names that people know.
pub type Settings = BTreeMap<String, Value>;

/// The file's contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    settings: Settings,
    state: State,
}

/// How far the run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What was read.
    pub read: Place,
    /// Bytes of the output that are its answers.
    pub written: u64,
}

/// The record of one output file, `FILE.progress`.
pub struct Record {
    path: PathBuf,
    settings: Settings,
    /// The end of the last round, and of the one before it, which is certainly a whole one.
    state: State,
    certain: State,
    saved: Instant,
}

impl Record {
    /// Where the record of `output` is.
    pub fn path(output: &Path) -> PathBuf {
        files::record(output)
    }

    /// The record of a run that begins at `read`.
    pub fn begin(output: &Path, settings: Settings, read: Place) -> Outcome<Record> {
        let state = State { read, written: 0 };
        let record =
            Record { path: Record::path(output), settings, certain: state.clone(), state, saved: Instant::now() };
        record.save(&record.state)?;
        Ok(record)
    }

    /// The record that an earlier run with the same settings left.
    pub fn load(output: &Path, settings: Settings) -> Outcome<Record> {
        let path = Record::path(output);
        let bytes = std::fs::read(&path).map_err(|e| failed(&path, format!("cannot read: {e}")))?;
        let Contents { settings: earlier, state } =
            serde_json::from_slice(&bytes).map_err(|e| failed(&path, format!("not a record of progress: {e}")))?;
        if let Some(difference) = difference(&earlier, &settings) {
            return Err(failed(&path, format!("{difference}; go on with the same, or remove this file to begin anew")));
        }
        Ok(Record { path, settings, certain: state.clone(), state, saved: Instant::now() })
    }

    /// How far the run is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Another round is in the output. Now and then it is put on the disk, and then the record.
    pub fn round(&mut self, read: Place, output: &mut File) -> Outcome {
        let written = io::Seek::stream_position(output)?;
        // That there is another round shows that the one before it was full.
        self.certain = std::mem::replace(&mut self.state, State { read, written });
        if self.saved.elapsed() >= EVERY {
            output.sync_data()?;
            self.save(&self.certain)?;
            self.saved = Instant::now();
        }
        Ok(())
    }

    /// The run was stopped between two rounds.
    pub fn stop(self, output: &File) -> Outcome {
        output.sync_data()?;
        self.save(&self.state)
    }

    /// The run failed. Its last round may have ended where the fault is: with the fault mended it would be longer.
    pub fn fail(self, output: &File) {
        // The failure itself is what is told; the record from before is good, too.
        let _ = output.sync_data().map_err(Failure::Output).and_then(|()| self.save(&self.certain));
    }

    /// The output is whole: nothing is left to go on with.
    pub fn finish(self, output: &File) -> Outcome {
        output.sync_data()?;
        std::fs::remove_file(&self.path).map_err(|e| failed(&self.path, format!("cannot remove: {e}")))
    }

    /// Puts the record in the place of the one before, whole.
    fn save(&self, state: &State) -> Outcome {
        let contents = Contents { settings: self.settings.clone(), state: state.clone() };
        let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let save = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut file, &contents)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok(())
        };
        save().map_err(|e| failed(&self.path, format!("cannot save: {e}")))
    }
}

fn failed(path: &Path, what: String) -> Failure {
    Failure::Other(format!("{}: {what}", path.display()))
}

/// The first setting that is another, in words.
fn difference(earlier: &Settings, now: &Settings) -> Option<String> {
    let mut names: Vec<&String> = earlier.keys().chain(now.keys()).collect();
    names.sort();
    let shown = |value: Option<&Value>| value.filter(|v| !v.is_null()).map_or("none".to_owned(), Value::to_string);
    names.into_iter().find(|name| earlier.get(*name) != now.get(*name)).map(|name| {
        let (was, is) = (shown(earlier.get(name)), shown(now.get(name)));
        format!("the earlier run had another {name}: {was}, not {is}")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_named() {
        let settings = |score: Value| Settings::from([("format".into(), json!("jsonl")), ("min-score".into(), score)]);
        assert_eq!(difference(&settings(json!(0.5)), &settings(json!(0.5))), None);
        let told = difference(&settings(json!(0.5)), &settings(Value::Null)).unwrap();
        assert_eq!(told, "the earlier run had another min-score: 0.5, not none");
        assert!(difference(&settings(json!(0.5)), &Settings::new()).unwrap().contains("another format"));
    }

    #[test]
    fn after_a_failure_the_last_round_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let mut output = File::create(&path).unwrap();
        let settings = Settings::from([("format".into(), json!("jsonl"))]);
        let place = |texts| Place { texts, ..Place::default() };
        let mut record = Record::begin(&path, settings.clone(), place(0)).ok().unwrap();
        for texts in 1..4 {
            output.write_all(b"answer\n").unwrap();
            assert!(record.round(place(texts), &mut output).is_ok());
        }
        let load = || Record::load(&path, settings.clone()).ok().unwrap();
        assert_eq!(load().state, State { read: place(0), written: 0 }, "there is a record from the beginning");
        record.fail(&output);
        assert_eq!(load().state, State { read: place(2), written: 14 });
        let mut record = load();
        assert!(record.round(place(3), &mut output).is_ok() && record.stop(&output).is_ok());
        assert_eq!(load().state, State { read: place(3), written: 21 });
        assert!(load().finish(&output).is_ok() && Record::load(&path, settings.clone()).is_err());
    }
}
