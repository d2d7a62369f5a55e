//! Entities as seqeval's strict mode reads them: only what the scheme allows counts.
//!
//! The patterns are seqeval 1.2.2's (`seqeval/scheme.py`), its peculiar ones included: they are what other people's
//! numbers were computed with.

use super::{Chunk, Located};
use crate::data::Scheme;
use crate::error::Result;

const I: u8 = 1;
const O: u8 = 2;
const B: u8 = 4;
const E: u8 = 8;
const S: u8 = 16;
const ANY: u8 = I | O | B | E | S;

/// What a pattern asks of the types of two neighbouring tags.
enum Types {
    Same,
    Different,
    Any,
}

use Types::{Any, Different, Same};

/// Prefixes of the tag before, prefixes of the tag, their types.
type Pattern = (u8, u8, Types);

/// What a scheme allows, and where its entities start, go on and end.
struct Grammar {
    name: &'static str,
    allowed: u8,
    start: &'static [Pattern],
    inside: &'static [Pattern],
    end: &'static [Pattern],
}

static IOB1: Grammar = Grammar {
    name: "IOB1",
    allowed: I | O | B,
    start: &[(O, I, Any), (I, I, Different), (B, I, Any), (I, B, Same), (B, B, Same)],
    inside: &[(B, I, Same), (I, I, Same)],
    end: &[(I, I, Different), (I, O, Any), (I, B, Any), (B, O, Any), (B, I, Different), (B, B, Same)],
};

static IOB2: Grammar = Grammar {
    name: "IOB2",
    allowed: I | O | B,
    start: &[(ANY, B, Any)],
    inside: &[(B, I, Same), (I, I, Same)],
    end: &[(I, O, Any), (I, I, Different), (I, B, Any), (B, O, Any), (B, I, Different), (B, B, Any)],
};

static BIOES: Grammar = Grammar {
    name: "BIOES",
    allowed: ANY,
    start: &[(ANY, B, Any), (ANY, S, Any)],
    inside: &[(B, I, Same), (B, E, Same), (I, I, Same), (I, E, Same)],
    end: &[(S, ANY, Any), (E, ANY, Any)],
};

#[derive(Clone, Copy)]
struct Token<'a> {
    prefix: u8,
    label: &'a str,
}

const OUTSIDE: Token<'static> = Token { prefix: O, label: "_" };

impl<'a> Token<'a> {
    fn parse(tag: &Located<'a>, grammar: &Grammar) -> Result<Token<'a>> {
        let mut letters = tag.text.chars();
        let prefix = match letters.next() {
            Some('I') => I,
            Some('O') => O,
            Some('B') => B,
            Some('E') => E,
            Some('S') => S,
            _ => 0,
        };
        if prefix & grammar.allowed == 0 {
            return Err(tag.error(&format!("is not a tag of the scheme {}", grammar.name)));
        }
        let label = letters.as_str().trim_matches('-');
        Ok(Token { prefix, label: if label.is_empty() { "_" } else { label } })
    }

    fn matches(self, previous: Token<'_>, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|(before, here, types)| {
            before & previous.prefix != 0
                && here & self.prefix != 0
                && match types {
                    Same => previous.label == self.label,
                    Different => previous.label != self.label,
                    Any => true,
                }
        })
    }
}

/// Reads the entities of one sentence, whose first word has the position `offset` among all sentences' words.
pub(super) fn chunks<'a>(
    tags: &[Located<'a>],
    offset: usize,
    scheme: Scheme,
    found: &mut Vec<Chunk<'a>>,
) -> Result<()> {
    let grammar = match scheme {
        Scheme::Iob1 => &IOB1,
        Scheme::Iob2 => &IOB2,
        Scheme::Bioes => &BIOES,
    };
    let mut tokens = tags.iter().map(|tag| Token::parse(tag, grammar)).collect::<Result<Vec<_>>>()?;
    tokens.push(OUTSIDE);
    let mut previous = OUTSIDE;
    let mut i = 0;
    while i < tokens.len() {
        let start = i;
        i += 1;
        if tokens[start].matches(previous, grammar.start) {
            // The closing O is inside of nothing, so this stops before it.
            while tokens[i].matches(tokens[i - 1], grammar.inside) {
                i += 1;
            }
            if tokens[i].matches(tokens[i - 1], grammar.end) {
                found.push(Chunk { start: offset + start, end: offset + i, label: tokens[start].label });
            }
        }
        previous = tokens[i - 1];
    }
    Ok(())
}
