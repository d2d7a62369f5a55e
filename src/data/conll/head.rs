//! The first rows of a file, from which its columns are found out.

use std::collections::HashSet;

use super::comment::is_comment_among_words;
use super::names::{global_columns, is_header};
use super::numbers::is_number;
use super::table::{LineKind, Separator, fit, is_rule, separator, width};
use crate::data::lines::without_mark;
use crate::data::options::DataOptions;
use crate::data::spelling::TagCounts;
use crate::error::{Error, Result};

/// Rows that are looked at; more would teach nothing new.
const MOST_ROWS: usize = 4096;

/// A row whose width is the file's.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) cells: Vec<&'a str>,
    /// Whether a sentence starts here.
    pub(super) is_first: bool,
}

/// The first rows of a file.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) separator: Separator,
    pub(super) width: usize,
    pub(super) rows: Vec<Row<'a>>,
    /// The names of the columns, by a first row or by CoNLL-U Plus; none elsewhere.
    pub(super) names: Vec<String>,
    /// The first row where it holds the names.
    pub(super) header: Option<&'a str>,
    /// Whether all rows start with `#`, so that they may all be comments.
    pub(super) is_doubtful: bool,
    /// Whether documents are marked by `-DOCSTART-`, so that a rule of hyphens by itself is a mark, too, and no word.
    pub(super) has_marks: bool,
    /// The line that says that the file is WebAnno's.
    webanno: Option<u64>,
}

impl<'a> Head<'a> {
    /// Reads the rows at the start of a file; those of another width are for the reader to refuse.
    pub(super) fn read(start: &'a str) -> Head<'a> {
        let mut lines: Vec<(u64, LineKind, &str)> = Vec::new();
        for (number, line) in (1..).zip(start.split('\n').flat_map(|line| line.trim_end_matches('\r').split('\r'))) {
            let line = without_mark(line);
            lines.push((number, LineKind::of(line), line));
            if lines.len() >= 2 * MOST_ROWS {
                break;
            }
        }
        let separator = separator(lines.iter().map(|&(_, kind, line)| (kind, line)));
        let mut names: Vec<String> = lines.iter().find_map(|(_, _, line)| global_columns(line)).unwrap_or_default();
        let webanno = lines.iter().find(|(_, _, line)| line.starts_with("#FORMAT=WebAnno")).map(|(line, ..)| *line);
        let has_marks = lines.iter().any(|(_, kind, _)| *kind == LineKind::Document);
        let has_rows = lines.iter().any(|(_, kind, _)| *kind == LineKind::Row);
        // Where all rows start with #, those stay that say nothing of the text.
        let is_word = |line: &str| !is_comment_among_words(line) && line.trim() != "#";
        let has_words = lines.iter().any(|&(_, kind, line)| kind == LineKind::Hash && is_word(line));
        let is_row = |kind: LineKind, line: &str| match kind {
            LineKind::Row => true,
            LineKind::Hash => !has_rows && (is_word(line) || !has_words),
            LineKind::Blank | LineKind::Document => false,
        };
        let mut cells = Vec::new();
        let mut sizes = Vec::new();
        let has_others = lines.iter().any(|(_, kind, line)| is_row(*kind, line) && !is_rule(line.trim()));
        for (_, kind, line) in &lines {
            if !is_row(*kind, line) || (has_others && is_rule(line.trim())) {
                continue;
            }
            separator.split(line, &mut cells);
            let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
            sizes.push((cells.len(), filled));
        }
        let width = width(&sizes);
        let (mut rows, mut header, mut is_first) = (Vec::new(), None, true);
        for (line, kind, text) in lines {
            if !is_row(kind, text) {
                is_first |= kind != LineKind::Hash;
                continue;
            }
            separator.split(text, &mut cells);
            if fit(&mut cells, text, separator, width).is_err() {
                continue;
            }
            if rows.is_empty() && header.is_none() && is_header(&cells) {
                if names.is_empty() {
                    names = cells.iter().map(|cell| (*cell).to_owned()).collect();
                }
                header = Some(text);
                continue;
            }
            rows.push(Row { line, cells: cells.clone(), is_first: std::mem::take(&mut is_first) });
        }
        if names.len() != width {
            names.clear();
        }
        Head { separator, width, rows, names, header, is_doubtful: !has_rows, has_marks, webanno }
    }

    pub(super) fn first_line(&self) -> u64 {
        self.rows.first().map_or(1, |row| row.line)
    }

    /// The rows of each sentence.
    pub(super) fn sentences(&self) -> impl Iterator<Item = impl Iterator<Item = &[&'a str]>> {
        self.rows.chunk_by(|_, next| !next.is_first).map(|rows| rows.iter().map(|row| &row.cells[..]))
    }

    /// What stands in a column, as if it were tags.
    pub(super) fn tags(&self, column: usize) -> TagCounts {
        let mut counts = TagCounts::default();
        self.rows.iter().for_each(|row| counts.add(row.cells[column], row.line));
        counts
    }

    /// What stands in each column behind the first.
    pub(super) fn cells_between(&self) -> Vec<HashSet<String>> {
        let column = |c: usize| match c {
            0 => HashSet::new(),
            _ if self.is_doubtful => HashSet::new(),
            c => self.rows.iter().map(|row| row.cells[c].to_owned()).collect(),
        };
        (0..self.width).map(column).collect()
    }

    /// Ten columns, of which the first are numbers.
    pub(super) fn is_conllu(&self) -> bool {
        let numbered = || self.rows.iter().all(|row| is_number(row.cells[0]));
        self.width == 10 && self.separator == Separator::Tab && !self.rows.is_empty() && numbered()
    }

    /// Whether a column is certainly not meant for tags: none of its cells is like one, and it is not the only one beside
    /// the words.
    pub(super) fn is_not_tags(&self, column: usize) -> bool {
        let nothing = |cell: &str| matches!(cell, "" | "_" | "-") || is_number(cell);
        self.width > 2 && self.rows.iter().all(|row| nothing(row.cells[column]))
    }

    /// Refuses what looks like columns and is another format, by its name.
    ///
    /// # Errors
    /// `Data`.
    pub(super) fn refuse_other_kinds(&self, options: &DataOptions) -> Result<()> {
        if let Some(line) = self.webanno {
            let what = "this is WebAnno's TSV, which is not read; export CoNLL 2002 there, or JSON";
            return Err(Error::data(what).at_line(line));
        }
        let Some(first) = self.rows.first() else { return Ok(()) };
        let at = |what: &str| Err(Error::data(what).at_line(first.line));
        let start = first.cells.join(" ").to_lowercase();
        if start.starts_with("<!doctype html") || start.starts_with("<html") {
            return at("this is an HTML page and no data: perhaps a download that failed");
        }
        if start.starts_with("<?xml") {
            return at("this is XML, which is not read: write CoNLL columns or JSON Lines");
        }
        if start.starts_with("version https://git-lfs") {
            return at("this is a pointer of Git LFS, not the file itself; `git lfs pull` gets it");
        }
        if self.separator == Separator::Tab && self.width >= 2 && is_standoff(&first.cells) {
            return at(
                "this is standoff annotation of brat, which is kept apart from its text; write both as JSON Lines with \
                 \"text\" and \"entities\"",
            );
        }
        if options.labelled && (start.starts_with('{') || start.starts_with("[{")) && start.contains("\":") {
            return at("this is JSON, but read as CoNLL: name the file .jsonl or .json, or choose the format");
        }
        Ok(())
    }

    /// The error where tags are wanted and no column is one of tags.
    pub(super) fn no_tags(&self, word: usize) -> Error {
        let row = self.rows.first();
        let first = row.and_then(|row| row.cells.get(word)).copied().unwrap_or_default();
        let shown: String = first.chars().take(40).collect();
        let message = if self.width == 1 && first.contains(',') {
            format!("{shown:?} has no tag; commas separate nothing here: write a tab between word and tag")
        } else if self.width == 1 {
            format!("{shown:?} has no tag: a line is a word and its tag, separated by a tab or a blank")
        } else if self.names.len() == self.width {
            let names = self.names.join(", ");
            format!("no column is named for tags of entities among {names}; tag_column chooses one, from 0")
        } else {
            format!("none of the {} columns holds tags of entities; tag_column chooses one, from 0", self.width)
        };
        Error::data(message).at_line(self.first_line())
    }
}

/// `T1<TAB>PER 0 9<TAB>Anna Berg`.
fn is_standoff(cells: &[&str]) -> bool {
    let is_id = |id: &str| id.len() > 1 && id.starts_with('T') && id[1..].bytes().all(|b| b.is_ascii_digit());
    let mut parts = cells[1].split([' ', ';']).skip(1).peekable();
    is_id(cells[0]) && parts.peek().is_some() && parts.all(|n| n.parse::<u64>().is_ok())
}
