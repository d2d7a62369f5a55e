//! Comments, which start with `#` as some words do.

use super::table::Separator;

/// Whether the cells of a line that starts with `#` and is as wide as a row are a comment all the same.
///
/// `is_tag`: whether the cell in the tag's column can be a tag; `is_known`: whether the cells between word and tag stand in
/// other rows, too.
pub(super) fn is_comment(cells: &[&str], separator: Separator, is_tag: bool, is_known: bool) -> bool {
    let first = cells.first().copied().unwrap_or_default();
    let after = first.trim_start_matches('#');
    if matches!((first, cells.get(1)), ("#begin" | "#end", Some(&"document"))) {
        // CoNLL-2012.
        return true;
    }
    match separator {
        // A blank behind the mark: the first cell of a tab-separated row holds a phrase.
        Separator::Tab => {
            let phrase = after.starts_with(' ') && !after.trim().is_empty();
            (phrase && (!is_tag || is_assignment(after) || is_key(after)))
                || (!is_tag && (after.trim().contains(' ') || cells.iter().any(|cell| cell.contains('='))))
        }
        Separator::Blank => {
            let rest = if after.is_empty() { cells.get(1..).unwrap_or_default() } else { cells };
            let assigns = rest.get(1).is_some_and(|cell| *cell == "=") && rest.len() > 2;
            assigns || (!is_tag && (after.is_empty() || cells.len() != 2)) || !is_known
        }
    }
}

/// Whether a line whose only column is its word is a comment: `# key = value` or a key of CoNLL-U.
pub(super) fn is_comment_among_words(line: &str) -> bool {
    let after = line.trim_start_matches('#');
    after.starts_with(' ') && (is_assignment(after) || is_key(after))
}

/// `key = value`.
fn is_assignment(text: &str) -> bool {
    let Some((key, _)) = text.split_once('=') else { return false };
    let key = key.trim();
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':'))
}

/// What comments of CoNLL-U and of shared tasks begin with.
fn is_key(text: &str) -> bool {
    const KEYS: [&str; 10] =
        ["id", "sent_id", "text", "newdoc", "newpar", "global.columns", "source", "doc_id", "begin", "end"];
    let mut words = text.split_whitespace();
    words.next().is_some_and(|key| KEYS.contains(&key)) && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(line: &str, separator: Separator, is_tag: bool) -> bool {
        let mut cells = Vec::new();
        separator.split(line, &mut cells);
        is_comment(&cells, separator, is_tag, true)
    }

    #[test]
    fn comments_may_look_like_a_word_and_a_tag() {
        for line in ["# text = Group\tO", "# id 12\tO", "#\u{20}sent_id=1\tB-X"] {
            assert!(comment(line, Separator::Tab, true), "{line:?}");
        }
        for line in ["# id 00a1-demo\tdomain=en", "# any thing\tat all", "#id 3\tx", "#a\tb=c"] {
            assert!(comment(line, Separator::Tab, false), "{line:?}");
        }
        for line in ["# type = O", "#type = O", "## a = O"] {
            assert!(comment(line, Separator::Blank, true), "{line:?}");
        }
        assert!(comment("# newpar", Separator::Blank, false));
    }

    #[test]
    fn words_may_start_with_the_mark() {
        for line in ["#\tO", "#Oslo\tB-LOC", "##\tO", "# 1\tO", "#a=b\tO"] {
            assert!(!comment(line, Separator::Tab, true), "{line:?}");
        }
        for line in ["# O", "#Oslo B-LOC", "# # O", "# = O"] {
            assert!(!comment(line, Separator::Blank, true), "{line:?}");
        }
        // A mistake in its tag, not a comment.
        assert!(!comment("#Oslo\tlOC", Separator::Tab, false) && !comment("#Oslo lOC", Separator::Blank, false));
    }
}
