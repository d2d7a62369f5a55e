//! CoNLL columns: word, tab, tag (IOB2); a blank line after each document.

use std::io::{self, Write};

use super::{Document, Renderer};

/// One word a line with its tag.
pub struct Conll;

impl Renderer for Conll {
    fn document(&mut self, document: &Document, out: &mut dyn Write) -> io::Result<()> {
        for (word, tag) in document.tags() {
            // A blank cannot be told from the columns' own, and no other replacement is shorter.
            let word = word.replace(['\t', '\n', '\r'], " ");
            writeln!(out, "{word}\t{tag}")?;
        }
        if document.words.is_empty() { Ok(()) } else { writeln!(out) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hostile, rendered};
    use super::*;

    #[test]
    fn each_word_has_a_line_and_each_document_ends_with_a_blank_one() {
        let mut document = Document::from_words(&["New", "York", "!"]);
        document.mark_words(0..2, "LOC", 1.0);
        let empty = Document::from_text("", vec![]);
        let text = rendered(Conll, &[document, empty, Document::from_words(&["x"])]);
        assert_eq!(text, "New\tB-LOC\nYork\tI-LOC\n!\tO\n\nx\tO\n\n");
    }

    #[test]
    fn no_word_breaks_the_columns() {
        let documents = [Document::from_words(&["a\tb", "c\r\nd"]), hostile()];
        for line in rendered(Conll, &documents).split('\n').filter(|line| !line.is_empty()) {
            assert_eq!(line.split('\t').count(), 2, "{line:?}");
        }
    }
}
