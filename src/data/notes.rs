//! What a reader passed over, or read in another way than it stands.

use std::fmt;

use serde::Serialize;

/// How many lines a note names.
const SHOWN: usize = 5;

/// Something about data that was read all the same, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is, in words.
    pub what: String,
    /// How often.
    pub count: usize,
    /// The first few lines of the file where it is so, from 1; none where it is so of the file as a whole.
    pub lines: Vec<u64>,
}

impl fmt::Display for Note {
    /// `what: count (lines 1, 2, 3 and others)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.lines.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = self.lines.iter().map(u64::to_string).collect();
        let name = if lines.len() == 1 { "line" } else { "lines" };
        let more = if lines.len() == SHOWN && self.count > SHOWN { " and others" } else { "" };
        write!(f, ": {} ({name} {}{more})", self.count, lines.join(", "))
    }
}

/// Notes as they come up; those of one text are one note.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Something about a line.
    pub(crate) fn at(&mut self, line: u64, what: &str) {
        self.count(line, 1, what);
    }

    /// Something that a line has `count` times.
    pub(crate) fn count(&mut self, line: u64, count: usize, what: &str) {
        let at = self.0.iter().position(|note| note.what == what).unwrap_or_else(|| {
            self.0.push(Note { what: what.to_owned(), count: 0, lines: Vec::new() });
            self.0.len() - 1
        });
        let note = &mut self.0[at];
        note.count += count;
        if note.lines.len() < SHOWN && note.lines.last() != Some(&line) {
            note.lines.push(line);
        }
    }

    /// Something about the file as a whole.
    pub(crate) fn whole(&mut self, what: impl Into<String>) {
        self.0.push(Note { what: what.into(), count: 1, lines: Vec::new() });
    }

    /// The notes, in the order in which they came up.
    pub(crate) fn list(&self) -> &[Note] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_how_often_and_where_first() {
        let mut notes = Notes::default();
        (3..10).for_each(|line| notes.at(line, "twice"));
        notes.count(4, 2, "once");
        notes.whole("always");
        let told: Vec<String> = notes.list().iter().map(Note::to_string).collect();
        assert_eq!(told, ["twice: 7 (lines 3, 4, 5, 6, 7 and others)", "once: 2 (line 4)", "always"]);
    }
}
