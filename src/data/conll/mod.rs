//! CoNLL columns: a word a line, an empty line after each sentence.

mod comment;
mod head;
mod layout;
mod names;
mod numbers;
mod ontonotes;
mod table;
#[cfg(test)]
mod tests;

use super::documents::not_text;
use super::labelled;
use super::lines::{LONGEST, Lines, without_mark};
use super::notes::{Note, Notes};
use super::options::DataOptions;
use super::source::{Labels, Reading, Record, check_word};
use super::spelling::TagCounts;
use crate::error::{Error, ErrorKind, Result};
use layout::Layout;
use numbers::{is_no_word, is_number};
use ontonotes::OntoNotes;
use table::{LineKind, fit, is_document_mark, is_rule};

/// Bytes at the start of a file from which its columns are found out.
pub(super) const CONLL_START: usize = 256 << 10;

/// A quotation mark in quotation marks, as programs for tables write a cell that holds one.
const QUOTED: &str = "\"\"\"\"";

const RULE: &str = "rules of hyphens between documents, left out";

/// Words of a sentence, above which it is more likely that the empty lines are missing.
const LONG: usize = 500;

/// Reads sentences of CoNLL columns, one line at a time.
///
/// What the columns mean is found out once, from the start of the file, and holds for all of it: the same for data and for
/// tagging. `docs/formats.md` says how.
pub(super) struct ConllReader {
    layout: Layout,
    /// In the place of the layout, where columns change from sentence to sentence.
    ontonotes: Option<OntoNotes>,
    options: DataOptions,
    open: Option<Record>,
    /// The types that the next sentence labels.
    labelled: Option<Vec<String>>,
    /// Bytes of the words of the open sentence.
    size: usize,
    tags: TagCounts,
    notes: Notes,
}

impl ConllReader {
    /// Finds out from `start`, the first lines of a file, what its columns mean. [`CONLL_START`] bytes are enough, which may
    /// end within a line.
    ///
    /// # Errors
    /// `Data` with the line where words or tags stand in no column for certain, and where `options` choose a column that
    /// is not there.
    pub(super) fn new(start: &str, options: &DataOptions) -> Result<ConllReader> {
        let mut end = start.len().min(CONLL_START);
        while !start.is_char_boundary(end) {
            end -= 1;
        }
        let whole = match start.len() < CONLL_START {
            true => start,
            false => &start[..start[..end].rfind(['\n', '\r']).map_or(end, |last| last + 1)],
        };
        let chosen = options.word_column.is_some() || options.tag_column.is_some();
        let ontonotes = if chosen { None } else { OntoNotes::of(whole) };
        let layout = match ontonotes {
            Some(_) => Layout::default(),
            None => Layout::of(whole, options)?,
        };
        let mut notes = Notes::default();
        layout.notes.iter().for_each(|note| notes.whole(note));
        Ok(ConllReader {
            layout,
            ontonotes,
            options: options.clone(),
            open: None,
            labelled: None,
            size: 0,
            tags: TagCounts::default(),
            notes,
        })
    }

    /// Reads a line without its end, whose number is `number`: the words of the sentence that it ends, if any.
    ///
    /// # Errors
    /// `Data` with the line for rows that do not fit into the columns; `TooLarge` for a sentence of more than 64 MiB.
    pub(super) fn line(&mut self, number: u64, line: &str) -> Result<Option<Vec<String>>> {
        Ok(self.read_line(number, line)?.map(|record| record.words))
    }

    /// The words of the sentence that the end of the file ends, if any.
    pub(super) fn finish(&mut self) -> Option<Vec<String>> {
        self.close().map(|record| record.words)
    }

    /// What was passed over, or read in another way than it stands.
    pub(super) fn notes(&self) -> &[Note] {
        self.notes.list()
    }

    fn read_line(&mut self, number: u64, line: &str) -> Result<Option<Record>> {
        if let Some(types) = labelled::of_comment(line) {
            return self.limit(types).map(|()| None).map_err(|e| e.at_line(number));
        }
        match LineKind::of(line) {
            LineKind::Blank | LineKind::Document => {
                let ended = self.ontonotes.as_mut().map_or(Ok(()), OntoNotes::end);
                ended.map_err(|e| e.at_line(number))?;
                return Ok(self.close());
            }
            LineKind::Hash if self.ontonotes.is_some() => return Ok(None),
            LineKind::Hash | LineKind::Row => {}
        }
        if let Some(ontonotes) = &mut self.ontonotes {
            let (word, tag) = ontonotes.row(line).map_err(|e| e.at_line(number))?;
            return self.word(number, word, Some(&tag)).map(|()| None).map_err(|e| e.at_line(number));
        }
        self.read_row(number, line).map_err(|e| e.at_line(number))
    }

    /// The types that the next sentence labels.
    fn limit(&mut self, types: Result<Vec<String>>) -> Result<()> {
        if !self.options.labelled {
            return Ok(());
        }
        if self.open.is_some() {
            let message = "labelled_types stands inside a sentence: put it before the first word";
            return Err(Error::data(message));
        }
        self.labelled = Some(types?);
        Ok(())
    }

    fn read_row(&mut self, number: u64, line: &str) -> Result<Option<Record>> {
        let is_hash = line.starts_with('#');
        if self.layout.is_doubtful && !is_hash {
            // The start of the file held no other row.
            self.layout = Layout::of(line, &self.options)?;
            self.layout.notes.iter().for_each(|note| self.notes.whole(note));
        }
        let (separator, width) = (self.layout.separator, self.layout.width);
        let mut cells = Vec::with_capacity(width + 1);
        separator.split(line, &mut cells);
        let fitting = fit(&mut cells, line, separator, width);
        // A word without a tag is none of labelled data.
        let is_bare = self.options.labelled && self.layout.tag.is_none();
        if is_hash && (is_bare || self.layout.is_comment(line, &cells)) {
            return Ok(None);
        }
        if fitting.is_err() && is_rule(line.trim()) {
            self.notes.at(number, RULE);
            return Ok(self.close());
        }
        fitting?;
        if self.layout.header.as_deref() == Some(line) && self.open.is_none() {
            self.layout.header = None;
            self.notes.at(number, "a row of column names, left out");
            return Ok(None);
        }
        if let Some(index) = self.layout.index {
            let cell = cells[index];
            if is_no_word(cell) {
                self.notes.at(number, "rows of a range or an empty word (2-3, 1.1), left out");
                return Ok(None);
            }
            if !is_number(cell) {
                let shown: String = cell.chars().take(40).collect();
                let message = format!("column {} counts the words of a sentence, but here is {shown:?}", index + 1);
                return Err(Error::data(message));
            }
        }
        let word = cells[self.layout.word];
        if is_document_mark(word) {
            return Ok(self.close());
        }
        let column = self.layout.tag.clone().filter(|_| self.options.labelled);
        let tag = column.as_ref().map(|column| column.of(&cells).unwrap_or("O").trim_matches('\u{feff}'));
        if let (Some(""), Some(column)) = (tag, &column) {
            let shown: String = word.chars().take(40).collect();
            return Err(Error::data(format!("{shown:?} has no tag: column {} is empty", column.column + 1)));
        }
        self.word(number, word, tag)?;
        Ok(None)
    }

    /// Adds a word and its tag to the open sentence.
    fn word(&mut self, number: u64, word: &str, tag: Option<&str>) -> Result<()> {
        check_word(word)?;
        if word == QUOTED {
            self.notes.at(number, "words of four quotation marks, read as they stand: a spreadsheet writes one so");
        }
        let record = self.open.get_or_insert_with(|| {
            let labels = if self.options.labelled { Labels::Tags(Vec::new()) } else { Labels::None };
            Record { line: number, words: Vec::new(), labels, labelled: self.labelled.take() }
        });
        if let (Some(tag), Labels::Tags(tags)) = (tag, &mut record.labels) {
            self.tags.add(tag, number);
            tags.push(tag.to_owned());
        }
        record.words.push(word.to_owned());
        self.size += word.len() + size_of::<String>();
        if self.size > LONGEST {
            let message = format!("a sentence of more than {} MiB, without an empty line", LONGEST >> 20);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        Ok(())
    }

    /// Ends the open sentence.
    fn close(&mut self) -> Option<Record> {
        self.size = 0;
        let record = self.open.take()?;
        if let [word] = &record.words[..]
            && self.layout.has_marks
            && is_rule(word)
            && !matches!(&record.labels, Labels::Tags(tags) if tags[0] != "O")
        {
            self.notes.at(record.line, RULE);
            return None;
        }
        Some(record)
    }
}

/// Reads the sentences of a text in columns.
pub(super) fn read(bytes: &[u8], options: &DataOptions) -> Result<Reading> {
    let start = &bytes[..bytes.len().min(CONLL_START)];
    let mut lines = Lines::new(bytes);
    let start = String::from_utf8_lossy(start);
    // What is no text is named before its columns are looked for.
    super::foreign::check(bytes).map_err(|e| e.at_line(1))?;
    let reader = ConllReader::new(without_mark(&start), options);
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(e) => return Err(not_text(bytes).unwrap_or(e)),
    };
    let mut records = Vec::new();
    loop {
        let number = lines.line() + 1;
        options.check(number)?;
        match lines.next()? {
            Some(line) => records.extend(reader.read_line(number, line)?),
            None => break,
        }
    }
    reader.ontonotes.as_mut().map_or(Ok(()), OntoNotes::end).map_err(|e| e.at_line(lines.line()))?;
    records.extend(reader.close());
    if let [record] = &records[..]
        && record.words.len() > LONG
    {
        let n = record.words.len();
        reader.notes.whole(format!("all {n} words are one sentence: there is no empty line between sentences"));
    }
    Ok(Reading { records, tags: reader.tags, notes: reader.notes })
}
