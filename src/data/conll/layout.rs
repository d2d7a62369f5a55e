//! What the columns of a file mean, found out from its first rows.

use super::comment::{is_comment, is_comment_among_words};
use super::head::Head;
use super::names::{is_tag_name, is_word_name};
use super::numbers::{counts_words, is_number};
use super::table::Separator;
use crate::data::options::DataOptions;
use crate::data::spelling::{Style, TagCounts, is_tag};
use crate::error::{Error, Result};

/// Where a row has its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagColumn {
    pub(super) column: usize,
    /// The key of the tag where the column has `key=value|key=value`, as the last of CoNLL-U.
    pub(super) key: Option<String>,
}

impl TagColumn {
    /// The tag in a row; `None` where its key is not there.
    pub(super) fn of<'a>(&self, cells: &[&'a str]) -> Option<&'a str> {
        let cell = cells.get(self.column).copied().unwrap_or_default();
        match &self.key {
            None => Some(cell),
            Some(key) => value_of(cell, key),
        }
    }
}

/// What the columns of a file mean.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) separator: Separator,
    /// How many columns a row has.
    pub(super) width: usize,
    pub(super) word: usize,
    /// `None` where no column can be one of tags.
    pub(super) tag: Option<TagColumn>,
    /// The column that counts the words of a sentence.
    pub(super) index: Option<usize>,
    /// The names of the columns, where the file's first row has them.
    pub(super) header: Option<String>,
    /// Whether all that was looked at may be comments: a row that cannot be one decides anew.
    pub(super) is_doubtful: bool,
    /// Whether `-DOCSTART-` marks documents.
    pub(super) has_marks: bool,
    /// What people should know of the choice.
    pub(super) notes: Vec<String>,
    /// What stands between word and tag, in the rows that do not start with `#`.
    between: Vec<std::collections::HashSet<String>>,
}

impl Layout {
    /// Finds out what the columns mean from the start of a file, whole lines.
    ///
    /// # Errors
    /// `Data` where a column was chosen that is not there, where words or tags stand in no column for certain, and for files
    /// of other kinds that look like columns.
    pub(super) fn of(start: &str, options: &DataOptions) -> Result<Layout> {
        let head = Head::read(start);
        let mut notes = Vec::new();
        for (chosen, name) in [(options.word_column, "word_column"), (options.tag_column, "tag_column")] {
            if let Some(column) = chosen.filter(|&column| column >= head.width && !head.is_doubtful) {
                let n = head.width;
                let message = format!("no column {column} ({name}, from 0): the lines of this file have {n} columns");
                return Err(Error::data(message).at_line(head.first_line()));
            }
        }
        head.refuse_other_kinds(options)?;
        let index = index(&head);
        let by_name = |is: fn(&str) -> bool| head.names.iter().position(|name| is(name));
        let named = |column: Option<usize>| Some(TagColumn { column: column?, key: None });
        let tag = match named(options.tag_column).or_else(|| named(by_name(is_tag_name))) {
            Some(tag) => Some(tag),
            None => tag_column(&head, index, options, &mut notes),
        };
        let word = word_column(&head, index, tag.as_ref(), by_name(is_word_name), options, &mut notes)?;
        if options.labelled && tag.is_none() && !head.is_doubtful {
            return Err(head.no_tags(word));
        }
        let between = head.cells_between();
        let (separator, width, header) = (head.separator, head.width, head.header.map(str::to_owned));
        Ok(Layout {
            separator,
            width,
            word,
            tag,
            index,
            header,
            is_doubtful: head.is_doubtful,
            has_marks: head.has_marks,
            notes,
            between,
        })
    }

    /// Whether a line that starts with `#` is a comment. `cells` are its own.
    pub(super) fn is_comment(&self, line: &str, cells: &[&str]) -> bool {
        if self.index == Some(0) || cells.len() != self.width {
            return true;
        }
        if self.width == 1 {
            return is_comment_among_words(line);
        }
        let tag = self.tag.as_ref().and_then(|tag| tag.of(cells));
        let tag_column = self.tag.as_ref().map(|tag| tag.column);
        // Parts of speech and the like have no letters in lower case; where others have, another is no sign.
        let is_lower = |cell: &str| cell.chars().any(char::is_lowercase);
        let is_known = cells.iter().enumerate().skip(1).all(|(column, cell)| {
            Some(column) == tag_column
                || column == self.word
                || !is_lower(cell)
                || self.between.get(column).is_none_or(|known| {
                    known.is_empty() || known.contains(*cell) || known.iter().any(|cell| is_lower(cell))
                })
        });
        let is_tag = self.tag.is_none()
            || tag.is_some_and(|tag| is_tag(tag) || is_plain(self.between.get(tag_column.unwrap_or(0)), tag));
        is_comment(cells, self.separator, is_tag, is_known)
    }
}

/// Whether other rows have this in the column of their tag.
fn is_plain(known: Option<&std::collections::HashSet<String>>, tag: &str) -> bool {
    known.is_some_and(|known| known.contains(tag))
}

/// The column that counts words: the first, if any.
fn index(head: &Head) -> Option<usize> {
    if head.names.first().is_some_and(|name| matches!(name.to_ascii_lowercase().as_str(), "id" | "index" | "#")) {
        return Some(0);
    }
    let counts = head.width > 1 && counts_words(head.sentences().map(|rows| rows.map(|cells| cells[0])));
    // One row says little: what stands behind a number that is a word is its part of speech.
    let is_sure = head.rows.len() > 1
        || (head.width > 2
            && head.rows.iter().all(|row| row.cells[1].chars().any(|c| c.is_lowercase() || !c.is_ascii())));
    (counts && is_sure).then_some(0)
}

/// The column of tags, by what is in it.
fn tag_column(head: &Head, index: Option<usize>, options: &DataOptions, notes: &mut Vec<String>) -> Option<TagColumn> {
    let counts: Vec<TagCounts> = (0..head.width).map(|column| head.tags(column)).collect();
    // What a number stands before is the word.
    let word = options.word_column.or(index.filter(|_| head.width > 2).map(|index| index + 1));
    let is_free = |column: &usize| Some(*column) != index && Some(*column) != word;
    let styles: Vec<Option<Style>> = counts.iter().map(TagCounts::style).collect();
    let with = |style: Style| (0..head.width).filter(is_free).filter(|&c| styles[c] == Some(style)).collect::<Vec<_>>();
    // Of two columns the first is the word, even if it looks like a tag.
    let mut tagged = with(Style::Prefixed);
    tagged.retain(|&c| c > 0 || head.width > 2);
    if tagged.is_empty() {
        tagged = with(Style::Suffixed);
        tagged.retain(|&c| c > 0);
    }
    if tagged.is_empty() && head.width == 2 && styles == [Some(Style::Prefixed), None] && !counts[1].is_all_outside() {
        // Some data sets have the tag first.
        tagged = vec![0];
    }
    if tagged.iter().any(|&c| !counts[c].are_chunks()) {
        tagged.retain(|&c| !counts[c].are_chunks());
    }
    if tagged.is_empty() {
        tagged = (1..head.width).filter(is_free).filter(|&c| counts[c].is_all_outside()).collect();
    }
    if tagged.is_empty()
        && let Some((column, key)) = keyed_tags(head)
    {
        return Some(TagColumn { column, key: Some(key) });
    }
    if tagged.is_empty() {
        tagged = with(Style::Plain);
        tagged.retain(|&c| c > 0);
    }
    // The levels of nested entities come outermost first, behind a number and the word; otherwise what is last is what the
    // file is about.
    let column = if index.is_some() { tagged.first() } else { tagged.last() };
    if let (Some(&column), true) = (column, tagged.len() > 1) {
        let others: Vec<String> = tagged.iter().filter(|c| **c != column).map(|c| (c + 1).to_string()).collect();
        let name = if others.len() == 1 { "column" } else { "columns" };
        notes.push(format!(
            "{name} {} could be tags, too; those of column {} are read (tag_column chooses)",
            others.join(", "),
            column + 1
        ));
    }
    // What is last is meant for tags, right or wrong, unless it is known what else it is.
    let last = head.width.checked_sub(1).filter(|&last| {
        options.labelled
            && last > 0
            && Some(last) != options.word_column
            && head.names.is_empty()
            && !head.is_conllu()
            && !head.is_not_tags(last)
    });
    column.copied().or(last).map(|column| TagColumn { column, key: None })
}

/// The column of words.
fn word_column(
    head: &Head,
    index: Option<usize>,
    tag: Option<&TagColumn>,
    named: Option<usize>,
    options: &DataOptions,
    notes: &mut Vec<String>,
) -> Result<usize> {
    if let Some(column) = options.word_column.or(named) {
        return Ok(column);
    }
    let tag = tag.filter(|tag| tag.key.is_none()).map(|tag| tag.column);
    let mut free = (0..head.width).filter(|&column| Some(column) != index && Some(column) != tag);
    let Some(column) = free.next() else {
        if index.is_some() && head.width > 0 {
            let message = "no column of words: the first counts them, and the other is their tag; word_column chooses";
            return Err(Error::data(message).at_line(head.first_line()));
        }
        return Ok(0);
    };
    let all_numbers = head.rows.len() > 2 && head.rows.iter().all(|row| is_number(row.cells[column]));
    if all_numbers && free.next().is_some() {
        let message = format!(
            "column {} holds numbers alone, so that it is perhaps not the one of words; word_column chooses",
            column + 1
        );
        return Err(Error::data(message).at_line(head.first_line()));
    }
    let is_constant = !head.is_doubtful
        && head.rows.len() > 4
        && head.rows.iter().all(|row| row.cells[column] == head.rows[0].cells[column]);
    if is_constant && free.next().is_some() {
        let message =
            format!("column {} is the same in all rows, and no column of words; word_column chooses", column + 1);
        return Err(Error::data(message).at_line(head.first_line()));
    }
    if all_numbers {
        notes.push(format!("the words, in column {}, are numbers alone", column + 1));
    }
    Ok(column)
}

/// The key in `key=value|key=value` whose values are tags, and its column.
fn keyed_tags(head: &Head) -> Option<(usize, String)> {
    (1..head.width).rev().find_map(|column| {
        let mut keys: Vec<&str> = Vec::new();
        for row in &head.rows {
            for (key, _) in row.cells[column].split('|').filter_map(|part| part.split_once('=')) {
                if !keys.contains(&key) && keys.len() < 64 {
                    keys.push(key);
                }
            }
        }
        let is_tagged = |key: &&str| {
            let mut counts = TagCounts::default();
            head.rows.iter().filter_map(|row| value_of(row.cells[column], key)).for_each(|tag| counts.add(tag, 1));
            // Any key may be for tags that are there; nothing but "outside" is that of a name.
            counts.style() == Some(Style::Prefixed) || (is_tag_key(key) && counts.is_all_outside())
        };
        keys.into_iter().find(is_tagged).map(|key| (column, key.to_owned()))
    })
}

fn is_tag_key(key: &str) -> bool {
    matches!(key.to_ascii_lowercase().as_str(), "name" | "ne" | "ner" | "entity" | "nertag")
}

fn value_of<'a>(cell: &'a str, key: &str) -> Option<&'a str> {
    cell.split('|').filter_map(|part| part.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
}
