//! CoNLL columns: a word a line, an empty line after each sentence.

use super::options::DataOptions;
use super::source::{Labels, Record, check_tag, check_word, lines};
use crate::error::{Error, Result};

/// Reads the sentences of a text in columns.
///
/// Columns are parted by tabs where a line has one, else by blanks; the first is the word and the last its tag unless the
/// options say otherwise, and every line has as many as the first. Lines that start with `-DOCSTART-` end a sentence. A line
/// that starts with `#`, holds no tab and ends in no tag is a comment.
pub(super) fn read(text: &str, options: &DataOptions) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut open: Option<Record> = None;
    let mut shape: Option<(u64, usize)> = None;
    let mut columns = Vec::new();
    for (number, line) in lines(text) {
        let line = line.trim_end_matches([' ', '\t', '\r']);
        columns.clear();
        match line.contains('\t') {
            true => columns.extend(line.split('\t').map(|column| column.trim_matches(' '))),
            false => columns.extend(line.split(' ').filter(|column| !column.is_empty())),
        }
        if columns.is_empty() || columns[0] == "-DOCSTART-" {
            records.extend(open.take());
            continue;
        }
        if is_comment(line, &columns, shape, options) {
            continue;
        }
        let at = |e: Error| e.at_line(number);
        let &mut (first, count) = shape.get_or_insert((number, columns.len()));
        let (word, tag) = word_and_tag(&columns, options).map_err(at)?;
        if count != columns.len() {
            let message = format!("{} columns, but line {first} has {count}", columns.len());
            return Err(Error::data(message).at_line(number));
        }
        check_word(word).map_err(at)?;
        let record = open.get_or_insert_with(|| {
            let labels = if options.labelled { Labels::Tags(Vec::new()) } else { Labels::None };
            Record { line: number, words: Vec::new(), labels }
        });
        if let (Some(tag), Labels::Tags(tags)) = (tag, &mut record.labels) {
            check_tag(tag, options).map_err(at)?;
            tags.push(tag.to_string());
        }
        record.words.push(word.to_string());
    }
    records.extend(open);
    Ok(records)
}

/// The word of a line and, where the data has labels, its tag.
fn word_and_tag<'a>(columns: &[&'a str], options: &DataOptions) -> Result<(&'a str, Option<&'a str>)> {
    let column = |index: usize, what: &str| {
        columns.get(index).copied().ok_or_else(|| {
            let (first, n) = (columns[0], columns.len());
            Error::data(format!("no {what} in column {index} (from 0) of the line of {first:?}, which has {n} columns"))
        })
    };
    let word = column(options.word_column.unwrap_or(0), "word")?;
    if !options.labelled {
        return Ok((word, None));
    }
    let last = columns.len() - 1;
    if options.tag_column.is_none() && last == options.word_column.unwrap_or(0) {
        return Err(Error::data(format!(
            "{word:?} has no tag: a line is a word and its tag, parted by a tab or a blank"
        )));
    }
    Ok((word, Some(column(options.tag_column.unwrap_or(last), "tag")?)))
}

fn is_comment(line: &str, columns: &[&str], shape: Option<(u64, usize)>, options: &DataOptions) -> bool {
    if !line.starts_with('#') || line.contains('\t') {
        return false;
    }
    if !options.labelled {
        return columns.len() > 1 && shape.is_none_or(|(_, count)| count != columns.len());
    }
    match word_and_tag(columns, options) {
        Ok((_, Some(tag))) => check_tag(tag, &DataOptions::default()).is_err(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str, options: &DataOptions) -> Result<Vec<(u64, String, String)>> {
        let flat = |r: Record| {
            let Labels::Tags(tags) = r.labels else { return (r.line, r.words.join("|"), "none".into()) };
            assert_eq!(tags.len(), r.words.len());
            (r.line, r.words.join("|"), tags.join("|"))
        };
        Ok(read(text, options)?.into_iter().map(flat).collect())
    }

    fn sentences(text: &str) -> Vec<(u64, String, String)> {
        read_all(text, &DataOptions::default()).unwrap()
    }

    fn one(line: u64, words: &str, tags: &str) -> (u64, String, String) {
        (line, words.into(), tags.into())
    }

    #[test]
    fn columns_of_every_common_kind_are_read() {
        let expected = [one(1, "EU|rejects", "B-ORG|O"), one(4, "Paris", "B-LOC")];
        assert_eq!(sentences("EU\tB-ORG\nrejects\tO\n\nParis\tB-LOC\n"), expected);
        assert_eq!(sentences("EU B-ORG\nrejects O\n\nParis B-LOC"), expected);
        assert_eq!(sentences("EU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n  \t\r\nParis NNP I-NP B-LOC\r\n"), expected);
        assert_eq!(sentences("EU  B-ORG \nrejects   O\n\nParis\tB-LOC\t\n\n\n"), expected);
    }

    #[test]
    fn document_marks_and_comments_are_left_out() {
        let text = "-DOCSTART- -X- O O\n\n# sent_id = 1\n#\na x y O\n-DOCSTART- -X- O O\n# b c O\n";
        assert_eq!(sentences(text), [one(5, "a", "O"), one(7, "#", "O")]);
        assert_eq!(sentences("# text = # 1\n#\tO\n#1\tB-X\n"), [one(2, "#|#1", "O|B-X")]);
    }

    #[test]
    fn words_keep_blanks_that_are_no_separators() {
        assert_eq!(
            sentences("New York\tB-LOC\na\u{a0}b\tO\n\u{200b}\tO\nx\0y\tO\n\u{2028}\tO"),
            [one(1, "New York|a\u{a0}b|\u{200b}|x\0y|\u{2028}", "B-LOC|O|O|O|O")]
        );
        assert_eq!(sentences("a\u{a0}b O\n\u{3000} O"), [one(1, "a\u{a0}b|\u{3000}", "O|O")]);
    }

    #[test]
    fn columns_can_be_chosen() {
        let options = DataOptions { word_column: Some(1), tag_column: Some(2), ..DataOptions::default() };
        let text = "# newdoc\n1\tOslo\tB-LOC\t-\t-\n2\t.\tO\t-\t-\n";
        assert_eq!(read_all(text, &options).unwrap(), [one(2, "Oslo|.", "B-LOC|O")]);
        let words = DataOptions { labelled: false, ..DataOptions::default() };
        assert_eq!(read_all("# a b\nOslo\n#\n\nx\n", &words).unwrap(), [one(2, "Oslo|#", "none"), one(5, "x", "none")]);
    }

    #[test]
    fn errors_name_the_line_and_what_is_wrong() {
        let cases = [
            ("a\tO\nb\n", 2, "\"b\" has no tag"),
            ("a\tO\nb\tPER\n", 2, "the tag \"PER\" is neither"),
            ("a\tO\n\nb\tB-\n", 3, "the tag \"B-\""),
            ("a O\nNew York B-LOC\n", 2, "3 columns, but line 1 has 2"),
            ("a\tO\n\tO\n", 2, "a word is empty"),
            (" \tO\n", 1, "a word is empty"),
            ("a\tb\tO\nc\tO\n", 2, "2 columns, but line 1 has 3"),
            ("a O\nb B-X\u{7}\n", 2, "control characters"),
        ];
        for (text, line, message) in cases {
            let e = read_all(text, &DataOptions::default()).unwrap_err();
            assert_eq!(e.line(), Some(line), "{text:?}: {e}");
            assert!(e.message().contains(message), "{text:?}: {e}");
        }
        let options = DataOptions { tag_column: Some(7), ..DataOptions::default() };
        let e = read_all("a O\n", &options).unwrap_err();
        assert!(e.message().contains("no tag in column 7"), "{e}");
        let options = DataOptions { scheme: Some(super::super::Scheme::Iob2), ..DataOptions::default() };
        let e = read_all("a S-X\n", &options).unwrap_err();
        assert!(e.message().contains("does not belong to IOB2"), "{e}");
    }
}
