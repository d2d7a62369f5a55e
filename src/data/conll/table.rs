//! The lines of a file in columns, before their columns have a meaning.

use crate::error::{Error, Result};

/// What parts the columns of a file; one for all its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Separator {
    /// One tab; blanks round a cell are no part of it, those inside are.
    Tab,
    /// Blanks (U+0020), one or more. No other blank of Unicode parts anything: NBSP is part of a word.
    #[default]
    Blank,
}

impl Separator {
    /// The cells of a line, in `cells`.
    pub(super) fn split<'a>(self, line: &'a str, cells: &mut Vec<&'a str>) {
        cells.clear();
        match self {
            Separator::Tab => cells.extend(line.split('\t').map(|cell| cell.trim_matches(' '))),
            Separator::Blank => cells.extend(line.trim_end_matches('\t').split(' ').filter(|cell| !cell.is_empty())),
        }
    }
}

/// What a line is by its look alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Nothing but blanks: the end of a sentence.
    Blank,
    /// `-DOCSTART-` in any form.
    Document,
    /// It starts with `#`: a comment, or a row of a word that does.
    Hash,
    /// A row.
    Row,
}

impl LineKind {
    pub(super) fn of(line: &str) -> LineKind {
        if line.starts_with('#') {
            LineKind::Hash
        } else if line.chars().all(|c| matches!(c, ' ' | '\t' | '\u{feff}')) || is_blank_of_unicode(line) {
            LineKind::Blank
        } else if is_document_mark(line) {
            LineKind::Document
        } else {
            LineKind::Row
        }
    }
}

/// A line of blanks alone that holds no columns.
fn is_blank_of_unicode(line: &str) -> bool {
    !line.contains('\t') && line.chars().all(char::is_whitespace)
}

/// `-DOCSTART-` at the start of a line, whatever follows it.
pub(super) fn is_document_mark(line: &str) -> bool {
    const MARK: &str = "-DOCSTART-";
    line.get(..MARK.len()).is_some_and(|start| start.eq_ignore_ascii_case(MARK))
        && line[MARK.len()..].chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '\u{feff}'))
}

/// A rule of hyphens, which stands by itself between documents in the place of `-DOCSTART-`.
pub(super) fn is_rule(word: &str) -> bool {
    word.len() >= 8 && word.bytes().all(|b| b == b'-')
}

/// How the file's lines are parted: by tabs where at least half of the rows have one.
pub(super) fn separator<'a>(lines: impl Iterator<Item = (LineKind, &'a str)>) -> Separator {
    let (mut rows, mut tabs, mut hashes, mut hash_tabs) = (0, 0, 0, 0);
    for (kind, line) in lines {
        let (all, with) = match kind {
            LineKind::Row => (&mut rows, &mut tabs),
            LineKind::Hash => (&mut hashes, &mut hash_tabs),
            LineKind::Blank | LineKind::Document => continue,
        };
        *all += 1;
        *with += usize::from(line.contains('\t'));
    }
    let has_tabs = if rows > 0 { 2 * tabs >= rows && tabs > 0 } else { 2 * hash_tabs >= hashes && hash_tabs > 0 };
    if has_tabs { Separator::Tab } else { Separator::Blank }
}

/// The number of columns that most rows have; that of the first row of those that are as frequent. 0 without rows. A row
/// is given as its cells and those of them before the empty ones at its end, which count only where all rows have as many
/// cells.
pub(super) fn width(rows: &[(usize, usize)]) -> usize {
    let Some(&(first, _)) = rows.first() else { return 0 };
    if rows.iter().all(|(cells, _)| *cells == first) {
        return first;
    }
    let mut seen: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    rows.iter().for_each(|(_, filled)| *seen.entry(*filled).or_default() += 1);
    let most = seen.values().copied().max().unwrap_or(0);
    rows.iter().map(|(_, filled)| *filled).find(|n| seen.get(n) == Some(&most)).unwrap_or(0)
}

/// Makes a row as wide as the file: empty cells at its end do not count.
///
/// # Errors
/// `Data` where it has another number of columns, with the likely cause.
pub(super) fn fit(cells: &mut Vec<&str>, line: &str, separator: Separator, width: usize) -> Result<()> {
    while cells.len() > width && cells.last().is_some_and(|cell| cell.is_empty()) {
        cells.pop();
    }
    if cells.len() == width {
        return Ok(());
    }
    let n = cells.len();
    let cause = match separator {
        _ if line.contains('\u{feff}') => {
            "; in it is a byte order mark: two files were joined without a line end between"
        }
        Separator::Tab if !line.contains('\t') => "; the columns of this file are parted by tabs, and here is none",
        Separator::Blank if line.contains('\t') => "; the columns of this file are parted by blanks, and here is a tab",
        Separator::Blank if n < width && cells.iter().any(|cell| cell.contains(',') && cell.len() > 2) => {
            "; commas separate nothing here: write tabs between columns"
        }
        Separator::Blank if n > width => "; where words hold blanks, columns must be parted by tabs",
        _ => "",
    };
    let shown: String = cells.first().unwrap_or(&"").chars().take(40).collect();
    let what = match (n, width) {
        (1, 2) => format!("{shown:?} has no tag: 1 column, but the others have 2"),
        (1, _) => format!("1 column in the line of {shown:?}, but the others have {width}"),
        _ => format!("{n} columns in the line of {shown:?}, but the others have {width}"),
    };
    Err(Error::data(format!("{what}{cause}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_what_they_look_like() {
        for line in ["", " ", " \t ", "\u{feff}", "\u{3000}", "\u{a0}\u{2009}"] {
            assert_eq!(LineKind::of(line), LineKind::Blank, "{line:?}");
        }
        for line in ["-DOCSTART-", "-DOCSTART- -X- O O", "-DOCSTART-\tO", "-DOCSTART- (1)\tO", "-docstart- O"] {
            assert_eq!(LineKind::of(line), LineKind::Document, "{line:?}");
        }
        for line in ["\u{3000}\tO", "\u{a0} O", "-DOCSTART-x O", "-DOC O", "a", "--------"] {
            assert_eq!(LineKind::of(line), LineKind::Row, "{line:?}");
        }
        assert_eq!(LineKind::of("# a"), LineKind::Hash);
    }

    #[test]
    fn the_width_is_what_most_rows_have() {
        assert_eq!(width(&[(3, 3), (2, 2), (2, 2)]), 2);
        assert_eq!(width(&[(3, 3), (2, 2)]), 3);
        assert_eq!(width(&[(3, 2), (2, 2)]), 2);
        assert_eq!(width(&[(3, 2), (3, 2), (3, 3)]), 3);
        assert_eq!(width(&[]), 0);
    }
}
