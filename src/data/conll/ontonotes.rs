//! CoNLL-2011 and 2012, as OntoNotes is given away: entities in brackets over many columns.

use super::table::{LineKind, Separator};
use crate::error::{Error, Result};

/// The columns of the word and of its entities' brackets, from 0; behind them come as many as a sentence has predicates.
const WORD: usize = 3;
const ENTITY: usize = 10;

/// The least number of columns: one of coreference behind those of predicates, of which there may be none.
const WIDTH: usize = 12;

/// Reads rows of this format.
#[derive(Debug, Default)]
pub(super) struct OntoNotes {
    /// The type of the entity that is open.
    open: Option<String>,
}

impl OntoNotes {
    /// A reader, where `start`, the beginning of a file, is in this format.
    pub(super) fn of(start: &str) -> Option<OntoNotes> {
        let mut lines = start.lines().map(|line| line.trim_start_matches('\u{feff}'));
        let first = lines.find(|line| !line.trim().is_empty())?;
        let row = lines.find(|line| LineKind::of(line) == LineKind::Row)?;
        let fits = cells(row).get(ENTITY).is_some_and(|cell| brackets(cell).is_ok());
        (first.starts_with("#begin document") && fits).then(OntoNotes::default)
    }

    /// The word and the tag of a row.
    ///
    /// # Errors
    /// `Data` for too few columns, for brackets that do not open and close one entity at a time.
    pub(super) fn row<'a>(&mut self, line: &'a str) -> Result<(&'a str, String)> {
        let cells = cells(line);
        if cells.len() < WIDTH {
            let message = format!("{} columns, but CoNLL-2012 has {WIDTH} or more", cells.len());
            return Err(Error::data(message));
        }
        let (opens, closes) = brackets(cells[ENTITY])?;
        if opens.is_some() && self.open.is_some() {
            return Err(Error::data(format!("{:?} opens an entity within another", cells[ENTITY])));
        }
        if closes && opens.is_none() && self.open.is_none() {
            return Err(Error::data(format!("{:?} closes an entity, and none is open", cells[ENTITY])));
        }
        let tag = match (opens, &self.open) {
            (Some(name), _) => {
                self.open = Some(name.to_owned());
                format!("B-{name}")
            }
            (None, Some(name)) => format!("I-{name}"),
            (None, None) => "O".to_owned(),
        };
        if closes {
            self.open = None;
        }
        Ok((cells[WORD], tag))
    }

    /// Ends a sentence, and with it what is open.
    ///
    /// # Errors
    /// `Data` where an entity is.
    pub(super) fn end(&mut self) -> Result<()> {
        match self.open.take() {
            None => Ok(()),
            Some(name) => Err(Error::data(format!("the sentence ends within an entity ({name}*"))),
        }
    }
}

fn cells(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    // Columns are parted by blanks, or by tabs where somebody has made them so.
    let separator = if line.contains('\t') { Separator::Tab } else { Separator::Blank };
    separator.split(line, &mut cells);
    cells
}

/// What `(PERSON*`, `*`, `*)` and `(PERSON)` open and close.
fn brackets(cell: &str) -> Result<(Option<&str>, bool)> {
    let wrong = || Error::data(format!("{:?} is no bracket of entities", cell.chars().take(40).collect::<String>()));
    let (rest, closes) = cell.strip_suffix(')').map_or((cell, false), |rest| (rest, true));
    match rest.strip_prefix('(') {
        None => (rest == "*").then_some((None, closes)).ok_or_else(wrong),
        Some(open) => {
            let name = open.strip_suffix('*').unwrap_or(open);
            let is_name = !name.is_empty() && !name.contains(['(', ')', '*']) && (closes || open.ends_with('*'));
            is_name.then_some((Some(name), closes)).ok_or_else(wrong)
        }
    }
}
