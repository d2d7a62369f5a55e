//! JSON: records of tokens and tags, or of text and entities, one a line, in a list, or one after another.

mod label_studio;
mod names;
mod positions;
mod record;
mod spans;
mod stream;
#[cfg(test)]
mod tests;
mod tokens;
mod tools;

use serde_json::Value;

use super::align::text_record;
use super::documents::Unlabelled;
use super::lines::Lines;
use super::notes::Notes;
use super::options::DataOptions;
use super::overlap::{OVER, apart};
use super::source::{Labels, Reading, Record, check_word};
use super::spelling::TagCounts;
use crate::error::{Error, Result};
use crate::text::split_words;
use record::{Context, Item};
pub(in crate::data) use spans::shown;
use stream::Records;

/// Reads texts and words out of JSON records, without their labels, from lines that come one at a time.
#[derive(Default)]
pub(super) struct JsonReader {
    records: Records,
    context: Context,
    /// What the last record gave and was not taken yet, the last first.
    contents: Vec<Unlabelled>,
}

impl JsonReader {
    /// Adds a line without its end, whose number is `number`.
    ///
    /// # Errors
    /// `Data` with the line where a record does not end as it must; `TooLarge` for a record of more than 64 MiB.
    pub(super) fn line(&mut self, number: u64, line: &str) -> Result<()> {
        self.records.line(number, line)
    }

    /// What is to be tagged of the lines so far, in their order; `None` where more of them are needed.
    ///
    /// # Errors
    /// `Data` with the line of a record in no known form.
    pub(super) fn take(&mut self) -> Result<Option<Unlabelled>> {
        while self.contents.is_empty() {
            let Some((line, text)) = self.records.take() else { return Ok(None) };
            let items = items(&text, &mut self.context).map_err(|e| e.at_line(line))?;
            self.contents.extend(items.into_iter().rev().filter_map(|item| match item {
                Item::Text { text, .. } => Some(Unlabelled::Text(text)),
                Item::Words { words, .. } => Some(Unlabelled::Words(words)),
                Item::LeftOut(_) => None,
            }));
        }
        Ok(self.contents.pop())
    }

    /// Whether reading can go on behind the last line without what was before it.
    pub(super) fn is_between_records(&self) -> bool {
        self.contents.is_empty() && self.records.is_between_records()
    }

    /// Checks that the file may end here.
    ///
    /// # Errors
    /// `Data` where a record or a list does not end.
    pub(super) fn finish(&self) -> Result<()> {
        self.records.finish()
    }
}

/// Reads the records of a file. Records without a word are left out.
pub(super) fn read(bytes: &[u8], options: &DataOptions) -> Result<Reading> {
    let mut lines = Lines::new(bytes);
    let (mut records, mut count) = (Records::default(), 0);
    let names = (!options.tag_names.is_empty()).then(|| options.tag_names.clone());
    let mut context = Context { labelled: options.labelled, names };
    let mut reading = Reading { records: Vec::new(), tags: TagCounts::default(), notes: Notes::default() };
    loop {
        let number = lines.line() + 1;
        options.check(number)?;
        match lines.next()? {
            Some(line) => records.line(number, line)?,
            None => break,
        }
        while let Some((line, text)) = records.take() {
            options.check(count)?;
            count += 1;
            let mut add = || -> Result<()> {
                items(&text, &mut context)?.into_iter().try_for_each(|item| reading.add(item, line, options))
            };
            add().map_err(|e| e.at_line(line))?;
        }
    }
    records.finish()?;
    Ok(reading)
}

/// What the text of a record gives.
fn items(text: &str, context: &mut Context) -> Result<Vec<Item>> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        let cause = e.to_string();
        let cause = cause.split(" at line ").next().unwrap_or(&cause).to_owned();
        let line = text.split('\n').nth(e.line().saturating_sub(1)).unwrap_or_default();
        let rest = line.get(e.column().saturating_sub(1)..).unwrap_or_default();
        let hint = match text.trim_start().as_bytes() {
            _ if ["NaN", "Infinity", "-Infinity"].iter().any(|name| rest.starts_with(name)) => {
                "; that is no number of JSON: write null"
            }
            [b'{' | b'[' | b'(', b'\'' | b'(', ..] => "; this is Python's notation: write it by json.dumps",
            _ => "",
        };
        let place = if e.line() > 1 { format!("line {} of it, ", e.line()) } else { String::new() };
        Error::data(format!("no JSON record: {cause} at {place}column {}{hint}", e.column()))
    })?;
    let mut items = Vec::with_capacity(1);
    record::read(value, context, &mut items)?;
    Ok(items)
}

impl Reading {
    fn add(&mut self, item: Item, line: u64, options: &DataOptions) -> Result<()> {
        match item {
            Item::LeftOut(why) => self.notes.at(line, why),
            Item::Words { words, .. } if words.is_empty() => {}
            Item::Words { words, tags, nested, labelled } => {
                if nested > 0 && options.strict {
                    return Err(Error::data("entities overlap, which strict reading refuses"));
                }
                if nested > 0 {
                    self.notes.count(line, nested, OVER);
                }
                words.iter().try_for_each(|word| check_word(word))?;
                let labels = match tags {
                    Some(tags) => {
                        tags.iter().for_each(|tag| self.tags.add(tag, line));
                        Labels::Tags(tags)
                    }
                    None => Labels::None,
                };
                self.records.push(Record { line, words, labels, labelled });
            }
            Item::Text { text, spans, unit, labelled } => {
                if !options.labelled {
                    let words: Vec<String> = split_words(&text).into_iter().map(|word| text[word].to_owned()).collect();
                    let record = Record { line, words, labels: Labels::None, labelled: None };
                    self.records.extend((!record.words.is_empty()).then_some(record));
                    return Ok(());
                }
                let unit = unit.unwrap_or(options.unit);
                let entities = positions::entities(&text, spans, unit, line, &mut self.notes)?;
                let entities = apart(entities, options.strict, line, &mut self.notes)?;
                let record = text_record(text, entities, options.strict, line)?;
                self.records.extend(record.map(|record| Record { labelled, ..record }));
            }
        }
        Ok(())
    }
}
