//! Where JSON records start and end: one a line, in one list, or one after another over several lines.

use std::collections::VecDeque;

use crate::data::lines::LONGEST;
use crate::error::{Error, ErrorKind, Result};

/// Cuts the lines of a file into the texts of its records.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Records that are whole, with the lines where they start.
    ready: VecDeque<(u64, String)>,
    /// The record that has begun, and its line.
    open: Option<(u64, String)>,
    /// Brackets that are open in it.
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// A `[` of which it is not known yet whether it starts a list of records or a record.
    bracket: Option<u64>,
    /// Whether the records are in a list, and where that starts.
    list: Option<u64>,
    /// Whether each line is a record, as the first was.
    one_a_line: Option<bool>,
}

impl Records {
    /// Adds a line, whose number is `number`.
    ///
    /// # Errors
    /// `Data` with the line where a record does not end as it must; `TooLarge` for one of more than 64 MiB.
    pub(super) fn line(&mut self, number: u64, line: &str) -> Result<()> {
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if self.open.is_some() {
                at = self.go_on(number, line, at);
                continue;
            }
            let byte = bytes[at];
            match byte {
                b' ' | b'\t' | b',' => at += 1,
                0xef if line[at..].starts_with('\u{feff}') => at += '\u{feff}'.len_utf8(),
                b']' => {
                    if self.bracket.take().is_none() {
                        self.list = None;
                    }
                    at += 1;
                }
                b'[' if self.list.is_none() && self.bracket.is_none() => {
                    self.bracket = Some(number);
                    at += 1;
                }
                _ => {
                    self.begin(number, byte);
                    match byte {
                        b'{' | b'[' => {}
                        // A record ["text", {..}].
                        _ if self.depth == 1 => {}
                        // No record; the parser says why.
                        _ => {
                            self.open = None;
                            self.ready.push_back((number, line[at..].to_owned()));
                            return Ok(());
                        }
                    }
                }
            }
        }
        self.end_line(number)
    }

    /// Begins a record with the byte that comes next.
    fn begin(&mut self, number: u64, byte: u8) {
        (self.depth, self.in_string, self.escaped) = (0, false, false);
        let bracket = self.bracket.take();
        let mut text = String::new();
        match (bracket, byte) {
            (Some(line), b'{' | b'[') => self.list = Some(line),
            (Some(_), _) => {
                text.push('[');
                self.depth = 1;
            }
            (None, _) => {}
        }
        self.open = Some((bracket.unwrap_or(number).min(number), text));
        if self.list.is_some()
            && let Some((line, _)) = &mut self.open
        {
            *line = number;
        }
    }

    /// Goes on with the open record from byte `at`; returns where it ends in the line.
    fn go_on(&mut self, number: u64, line: &str, at: usize) -> usize {
        for (i, byte) in line.bytes().enumerate().skip(at) {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0
                        && let Some((start, mut text)) = self.open.take()
                    {
                        text.push_str(&line[at..=i]);
                        self.one_a_line.get_or_insert(start == number && self.list.is_none());
                        self.ready.push_back((start, text));
                        return i + 1;
                    }
                }
                _ => {}
            }
        }
        if let Some((_, text)) = &mut self.open {
            text.push_str(&line[at..]);
        }
        line.len()
    }

    fn end_line(&mut self, number: u64) -> Result<()> {
        let Some((start, text)) = &mut self.open else { return Ok(()) };
        if self.in_string {
            return Err(broken("a string does not end on its line").at_line(number));
        }
        if self.one_a_line == Some(true) && self.list.is_none() {
            return Err(broken("it does not end on its line, as those before it").at_line(*start));
        }
        if text.len() > LONGEST {
            let what = format!("a JSON record of more than {} MiB", LONGEST >> 20);
            return Err(Error::new(ErrorKind::TooLarge, what).at_line(*start));
        }
        text.push('\n');
        Ok(())
    }

    /// The next whole record, and the line where it starts.
    pub(super) fn take(&mut self) -> Option<(u64, String)> {
        self.ready.pop_front()
    }

    /// Whether all that was read is whole records, so that reading can go on here without what was before.
    pub(super) fn is_between_records(&self) -> bool {
        self.ready.is_empty() && self.open.is_none() && self.list.is_none() && self.bracket.is_none()
    }

    /// Checks that the file may end here.
    ///
    /// # Errors
    /// `Data` with the line where the last record or the list starts, if it does not end.
    pub(super) fn finish(&self) -> Result<()> {
        match (&self.open, self.list.or(self.bracket)) {
            (Some((line, _)), _) => Err(broken("it does not end; is the file cut off?").at_line(*line)),
            (None, Some(line)) => Err(broken("the list does not end; is the file cut off?").at_line(line)),
            (None, None) => Ok(()),
        }
    }
}

fn broken(why: &str) -> Error {
    Error::data(format!("no JSON record: {why}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Result<Vec<(u64, String)>> {
        let mut records = Records::default();
        (1..).zip(text.split('\n')).try_for_each(|(number, line)| records.line(number, line))?;
        records.finish()?;
        Ok(std::iter::from_fn(|| records.take()).collect())
    }

    fn texts(text: &str) -> Vec<(u64, String)> {
        cut(text).unwrap().into_iter().map(|(line, text)| (line, text.replace(['\n', ' '], ""))).collect()
    }

    #[test]
    fn records_are_found_however_they_are_put() {
        let one = |line: u64, text: &str| (line, text.to_owned());
        assert_eq!(texts("{\"a\":1}\n\n {\"b\":[2]}"), [one(1, "{\"a\":1}"), one(3, "{\"b\":[2]}")]);
        assert_eq!(texts("[{\"a\":1},{\"b\":2}]"), [one(1, "{\"a\":1}"), one(1, "{\"b\":2}")]);
        assert_eq!(texts("[\n  {\n\"a\":1\n},\n{\"b\":2}\n]\n"), [one(2, "{\"a\":1}"), one(5, "{\"b\":2}")]);
        assert_eq!(texts("[\"x\", {\"e\":[]}]\n[\"y\", {}]"), [one(1, "[\"x\",{\"e\":[]}]"), one(2, "[\"y\",{}]")]);
        assert_eq!(texts("[[\"x\", {}], [\"y\", {}]]"), [one(1, "[\"x\",{}]"), one(1, "[\"y\",{}]")]);
        assert_eq!(texts("{\n\"a\": \"]}\\\"{\"}\n"), [one(1, "{\"a\":\"]}\\\"{\"}")]);
        assert_eq!(texts("[]\n[ ]\n"), []);
        assert_eq!(texts("[{\"a\":1}]\u{feff}[{\"a\":2}]"), [one(1, "{\"a\":1}"), one(1, "{\"a\":2}")]);
        assert_eq!(texts("oops\n"), [one(1, "oops")]);
    }

    #[test]
    fn what_does_not_end_is_an_error_with_its_line() {
        for (text, line, message) in [
            ("{\"a\":1}\n{\"a\":\n1}", 2, "as those before it"),
            ("{\"a\": \"x\n\"}", 1, "a string does not end"),
            ("\n[\n{\"a\":1},", 2, "the list does not end"),
            ("{\"a\":1}\n[", 2, "the list does not end"),
            ("\n{\"a\":1\n", 2, "it does not end"),
        ] {
            let e = cut(text).unwrap_err();
            assert_eq!(e.line(), Some(line), "{text:?}: {e}");
            assert!(e.message().contains(message), "{text:?}: {e}");
        }
    }

    proptest! {
        /// Any objects come out whole and in order, also in a list, also over lines.
        #[test]
        fn records_come_out_whole(
            values in prop::collection::vec(prop::collection::btree_map("[a\"\\\\{}\\[\\]é]{0,4}", prop::collection::vec("[\\]x\"{}, ]{0,4}", 0..3), 0..3), 0..4),
            list: bool,
            pretty: bool,
        ) {
            let one = |value: &_| if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
            let written: Vec<String> = values.iter().map(|value| one(value).unwrap()).collect();
            // Several lines a record only where the first has several: what is one a line stays so.
            let text = if list { format!("[{}]", written.join(",\n")) } else { written.join("\n") };
            let Ok(cut) = cut(&text) else {
                prop_assert!(pretty && !list);
                return Ok(());
            };
            let cut: Vec<serde_json::Value> = cut.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect();
            let values: Vec<serde_json::Value> = values.iter().map(|value| serde_json::to_value(value).unwrap()).collect();
            prop_assert_eq!(cut, values);
        }
    }
}
