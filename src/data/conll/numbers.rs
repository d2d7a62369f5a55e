//! Columns that count.

/// Whether a cell is a number, as of words, offsets or sentences: `7`, `2-3`, `1.1`.
pub(super) fn is_number(cell: &str) -> bool {
    let mut parts = cell.splitn(2, ['-', '.', ':']);
    let is_digits = |part: &str| !part.is_empty() && part.len() < 19 && part.bytes().all(|b| b.is_ascii_digit());
    parts.next().is_some_and(is_digits) && parts.next().is_none_or(is_digits)
}

/// Whether a number stands for no word by itself: `2-3` for several that are written as one, `1.1` for none.
pub(super) fn is_no_word(cell: &str) -> bool {
    is_number(cell) && !cell.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the cells of sentences count their rows: one more each, from 0, 1, or where the sentence before ended. One in five
/// may be a mistake, which is an error of its row and no sign of another column.
pub(super) fn counts_words<'a, S: Iterator<Item = &'a str>>(sentences: impl Iterator<Item = S>) -> bool {
    let (mut previous, mut right, mut all): (Option<u64>, usize, usize) = (None, 0, 0);
    for sentence in sentences {
        let mut is_first = true;
        for cell in sentence.filter(|cell| !is_no_word(cell)) {
            all += 1;
            let Ok(number) = cell.parse::<u64>() else { continue };
            let goes_on = previous.is_some_and(|before| before.checked_add(1) == Some(number));
            right += usize::from(goes_on || (is_first && number <= 1));
            (previous, is_first) = (Some(number), false);
        }
    }
    right > 0 && 5 * right >= 4 * all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> bool {
        counts_words(text.split('|').map(|sentence| sentence.split_whitespace()))
    }

    #[test]
    fn numbers_of_words_are_told_from_words_that_are_numbers() {
        for column in ["1 2 3|1 2", "0 1 2|0", "1 2-3 2 3 3.1 4", "1 2|3 4 5", "1|1|1"] {
            assert!(counts(column), "{column}");
        }
        for column in ["", "7 8", "1 3", "1 2 Oslo", "1999 2000", "1 2|5 6", "2 2 2"] {
            assert!(!counts(column), "{column}");
        }
        assert!(is_number("7") && is_number("2-3") && is_number("1.1") && is_no_word("2-3") && !is_no_word("23"));
        for word in ["", "-", "7a", "1-", ".5", "1.2.3", "٣"] {
            assert!(!is_number(word), "{word}");
        }
    }
}
