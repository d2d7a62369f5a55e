//! Entities as seqeval's default mode reads them (the rules of conlleval): lenient, every tag sequence has a reading.

use super::{Chunk, Located};
use crate::error::Result;

/// Reads the entities of all sentences in one pass.
///
/// This is seqeval 1.2.2's `get_entities` to the letter, its reading of tags without a type and with unknown prefixes
/// included. One pass over all sentences, each followed by an `O`, is part of that: the state at a sentence's start is
/// what the sentence before left.
pub(super) fn chunks<'a>(tags: &[Located<'a>]) -> Result<Vec<Chunk<'a>>> {
    let mut found = Vec::new();
    let (mut previous, mut previous_type) = ('O', "");
    let mut begin = 0;
    let outside = std::iter::once(Ok(('O', "_")));
    for (i, tag) in tags.iter().map(split).chain(outside).enumerate() {
        let (prefix, kind) = tag?;
        if ends(previous, prefix, previous_type != kind) {
            found.push(Chunk { start: begin, end: i, label: previous_type });
        }
        if starts(previous, prefix, previous_type != kind) {
            begin = i;
        }
        (previous, previous_type) = (prefix, kind);
    }
    Ok(found)
}

/// A tag's first letter and its type: what follows the first hyphen, else what follows the letter, else `_`.
fn split<'a>(tag: &Located<'a>) -> Result<(char, &'a str)> {
    let mut letters = tag.text.chars();
    let prefix = letters.next().ok_or_else(|| tag.error("is empty"))?;
    let rest = letters.as_str();
    let kind = rest.split_once('-').map_or(rest, |(_, kind)| kind);
    Ok((prefix, if kind.is_empty() { "_" } else { kind }))
}

fn ends(previous: char, next: char, other_type: bool) -> bool {
    matches!((previous, next), ('E' | 'S', _) | ('B' | 'I', 'B' | 'S' | 'O'))
        || (other_type && !matches!(previous, 'O' | '.'))
}

fn starts(previous: char, next: char, other_type: bool) -> bool {
    matches!((previous, next), (_, 'B' | 'S') | ('E' | 'S' | 'O', 'E' | 'I'))
        || (other_type && !matches!(next, 'O' | '.'))
}
