//! Added tokens: found in a word before the model cuts it, as the `tokenizers` crate finds them.

use fancy_regex::Regex;

use super::normalize::Normalizer;
use super::tokenizer_json::AddedToken;
use super::trie::{ROOT, Trie};
use crate::error::{Error, Result};

/// The added tokens of a tokenizer that come out of text.
pub(super) struct AddedTokens {
    /// Matched against the word as it stands.
    pub(super) verbatim: Matcher,
    /// Matched, in their normalised form, against what is left of it, normalised.
    pub(super) normalized: Matcher,
}

/// Tokens that are looked for in a text.
pub(super) struct Matcher {
    tokens: Vec<Token>,
    /// From contents to indices in `tokens`.
    trie: Option<Trie>,
    /// What counts as a part of a word: the regular expression `\w`.
    word: Regex,
}

struct Token {
    id: u32,
    /// Found only where no word goes on beside it.
    single_word: bool,
    /// Takes the blanks before it, and behind it.
    lstrip: bool,
    rstrip: bool,
}

impl AddedTokens {
    pub(super) fn new(tokens: &[AddedToken], normalizer: &Normalizer) -> Result<AddedTokens> {
        let (mut verbatim, mut normalized) = (Vec::new(), Vec::new());
        for token in tokens {
            match token.normalized.unwrap_or(!token.special) {
                false => verbatim.push((token.content.clone(), token)),
                true => normalized.push((normalizer.apply(&token.content)?.into_owned(), token)),
            }
        }
        Ok(AddedTokens { verbatim: Matcher::new(verbatim)?, normalized: Matcher::new(normalized)? })
    }
}

impl Matcher {
    fn new(mut contents: Vec<(String, &AddedToken)>) -> Result<Matcher> {
        // Two that look the same once they are normalised: the lower id.
        contents.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
        contents.dedup_by(|a, b| a.0 == b.0);
        contents.retain(|c| !c.0.is_empty());
        let entries: Vec<(&[u8], u32)> = contents.iter().zip(0..).map(|((text, _), i)| (text.as_bytes(), i)).collect();
        let trie = match entries.is_empty() {
            true => None,
            false => Some(Trie::build(&entries).map_err(|_| Error::format("an added token is there twice"))?),
        };
        let token = |t: &AddedToken| Token { id: t.id, single_word: t.single_word, lstrip: t.lstrip, rstrip: t.rstrip };
        let word = Regex::new(r"\A\w\z").map_err(|e| Error::format(format!("no regular expression: {e}")))?;
        Ok(Matcher { tokens: contents.iter().map(|c| token(c.1)).collect(), trie, word })
    }

    /// Calls `f` with the stretches of `text` in their order: tokens with their ids, and what lies between them. An empty
    /// text is one empty stretch.
    pub(super) fn split<'t>(&self, text: &'t str, mut f: impl FnMut(&'t str, Option<u32>) -> Result<()>) -> Result<()> {
        let Some(trie) = self.trie.as_ref().filter(|_| !text.is_empty()) else { return f(text, None) };
        // What is handed out, and where the next token may begin: a token that took the blanks behind it is still
        // followed by one that is found among them.
        let (mut done, mut at) = (0, 0);
        while at < text.len() {
            let Some((end, token)) = longest(trie, &text.as_bytes()[at..]) else {
                at += 1;
                continue;
            };
            let (mut start, mut stop) = (at, at + end);
            at = stop;
            let Token { id, single_word, lstrip, rstrip } = self.tokens[token as usize];
            let is_word = |c: Option<char>| c.is_some_and(|c| self.is_word(c));
            if single_word && (is_word(text[..start].chars().next_back()) || is_word(text[stop..].chars().next())) {
                continue;
            }
            if lstrip {
                start = text[..start].trim_end().len().max(done);
            }
            if rstrip {
                stop = text.len() - text[stop..].trim_start().len();
            }
            if done < start {
                f(&text[done..start], None)?;
            }
            f(&text[start..stop], Some(id))?;
            done = done.max(stop);
        }
        if done < text.len() {
            f(&text[done..], None)?;
        }
        Ok(())
    }

    fn is_word(&self, c: char) -> bool {
        self.word.is_match(c.encode_utf8(&mut [0; 4])).unwrap_or(false)
    }
}

/// The longest token that `bytes` begin with: its length and its index.
fn longest(trie: &Trie, bytes: &[u8]) -> Option<(usize, u32)> {
    let (mut node, mut longest) = (ROOT, None);
    for (end, &byte) in (1..).zip(bytes) {
        let Some(next) = trie.child(node, byte) else { break };
        node = next;
        longest = trie.id(node).map(|index| (end, index)).or(longest);
    }
    longest
}
