//! The model's tokenizer: from words to pieces.

use std::collections::HashMap;
use std::sync::Arc;

use super::added::AddedTokens;
use super::encoding::Encoding;
use super::normalize::Normalizer;
use super::pretokenize::PreTokenizer;
use super::tokenizer_json::{Special, TokenizerJson, Vocabulary};
use super::trie::Trie;
use super::unigram::{Best, Unigram};
use super::wordpiece::WordPiece;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};

/// Longer words are cut here before they are tokenized, in code points: only a word's first piece carries its tag, and
/// ten megabytes without a blank must not cost more than one word does.
const MAX_WORD_CHARS: usize = 256;

/// All pieces together: real vocabularies have some megabytes.
const MAX_VOCABULARY_BYTES: usize = 1 << 30;

/// Ids stay below this, so that a count of them fits everywhere.
const MAX_ID: u32 = 1 << 30;

/// The model's tokenizer: words to pieces. Cloning shares it.
///
/// Reads a Hugging Face tokenizer.json whose model is Unigram (XLM-RoBERTa) or WordPiece (BERT) and honours its normaliser,
/// pre-tokenizer and post-processor. Special tokens of the model's own vocabulary and those around a sentence never come
/// out of text: a word that reads `</s>` is four characters. Other added tokens, special or not, are found in a word as
/// the `tokenizers` crate finds them.
#[derive(Clone)]
pub struct Tokenizer(pub(super) Arc<Inner>);

pub(super) struct Inner {
    normalizer: Normalizer,
    pre_tokenizer: PreTokenizer,
    model: Model,
    /// Added tokens that come out of text.
    added: AddedTokens,
    /// Ids of the special tokens that start a window.
    pub(super) before: Vec<u32>,
    /// Ids of the special tokens that end a window.
    pub(super) after: Vec<u32>,
    /// The id of a bare "▁".
    blank: Option<u32>,
    vocabulary_size: usize,
}

enum Model {
    Unigram(Unigram),
    WordPiece(WordPiece),
}

impl Model {
    fn trie(&mut self) -> &mut Trie {
        match self {
            Model::Unigram(model) => &mut model.trie,
            Model::WordPiece(model) => &mut model.trie,
        }
    }
}

impl Tokenizer {
    /// Reads the bytes of a tokenizer.json.
    ///
    /// Errors: `Format` where the file is damaged or contradicts itself, `Unsupported` where it asks for another kind of
    /// model, normaliser, pre-tokenizer or post-processor, `TooLarge` beyond 1 GiB of pieces.
    pub fn from_bytes(tokenizer_json: &[u8]) -> Result<Tokenizer> {
        Tokenizer::from_json(TokenizerJson::read(tokenizer_json)?)
    }

    /// Puts a Unigram tokenizer together: a tokenizer.json whose model has no `vocab`, and the vocabulary as pieces and
    /// scores in the order of their ids. Errors as [`from_bytes`](Tokenizer::from_bytes).
    pub fn from_unigram_parts(json_without_vocabulary: &[u8], pieces: Vec<(String, f64)>) -> Result<Tokenizer> {
        Tokenizer::from_parts(json_without_vocabulary, Vocabulary::Scores(pieces))
    }

    /// The same for a WordPiece tokenizer; a piece's id is its index.
    pub fn from_wordpiece_parts(json_without_vocabulary: &[u8], pieces: Vec<String>) -> Result<Tokenizer> {
        Tokenizer::from_parts(json_without_vocabulary, Vocabulary::Ids(pieces.into_iter().zip(0..).collect()))
    }

    fn from_parts(json: &[u8], vocabulary: Vocabulary) -> Result<Tokenizer> {
        let mut json = TokenizerJson::read(json)?;
        match &json.model.vocab {
            None => {}
            Some(Vocabulary::Scores(pieces)) if pieces.is_empty() => {}
            Some(Vocabulary::Ids(pieces)) if pieces.is_empty() => {}
            Some(_) => return Err(Error::format("the tokenizer has two vocabularies")),
        }
        json.model.vocab = Some(vocabulary);
        Tokenizer::from_json(json)
    }

    fn from_json(mut json: TokenizerJson) -> Result<Tokenizer> {
        // The kind first: other kinds have other rules, and the first of them that is not known would be blamed.
        if let Some(kind) = json.model.kind.as_deref().filter(|kind| !["Unigram", "WordPiece"].contains(kind)) {
            return Err(Error::unsupported(format!(
                "the tokenizer's model is {kind}; Unigram (as XLM-RoBERTa has it) and WordPiece (BERT) are read"
            )));
        }
        let normalizer = Normalizer::from_json(&json.normalizer)?;
        let pre_tokenizer = PreTokenizer::from_json(&json.pre_tokenizer)?;
        let frame = json.frame()?;
        let vocabulary = json.model.vocab.take().ok_or_else(|| Error::format("the tokenizer has no vocabulary"))?;
        let pieces: Vec<(&[u8], u32)> = match &vocabulary {
            Vocabulary::Scores(pieces) => {
                pieces.iter().zip(0..).map(|((piece, _), id)| (piece.as_bytes(), id)).collect()
            }
            Vocabulary::Ids(pieces) => pieces.iter().map(|(piece, id)| (piece.as_bytes(), *id)).collect(),
        };
        if pieces.iter().map(|p| p.0.len()).sum::<usize>() > MAX_VOCABULARY_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, "the tokenizer's vocabulary is longer than 1 GiB"));
        }
        let mut ids = Ids::of(&pieces)?;
        let trie = Trie::build(&pieces).map_err(|at| {
            Error::format(format!("the tokenizer holds the piece {:?} twice", String::from_utf8_lossy(pieces[at].0)))
        })?;
        let blank = pre_tokenizer.blank().and_then(|c| trie.get(c.encode_utf8(&mut [0; 4]).as_bytes()));
        let mut added = Vec::new();
        let mut kept_out = Vec::new();
        for token in json.added_tokens.take().unwrap_or_default() {
            let known = trie.get(token.content.as_bytes());
            ids.add(known, token.id, &token.content)?;
            let frames = frame.before.iter().chain(&frame.after).any(|f| f.0 == token.content);
            match token.special && known.is_some() || frames {
                true => kept_out.push((token.content, token.id)),
                false => added.push(token),
            }
        }
        for (text, id) in frame.before.iter().chain(&frame.after) {
            let known = kept_out.iter().find(|s| s.0 == *text).map(|s| s.1);
            if known.or_else(|| trie.get(text.as_bytes())) != Some(*id) {
                return Err(Error::format(format!(
                    "the special token {text:?} does not have the id {id} in the vocabulary"
                )));
            }
        }
        let added = AddedTokens::new(&added, &normalizer)?;
        drop(pieces);

        let mut model = match (json.model.kind.as_deref(), vocabulary) {
            (Some("Unigram") | None, Vocabulary::Scores(pieces)) => unigram(&json, trie, pieces)?,
            (Some("WordPiece"), Vocabulary::Ids(_)) => wordpiece(&json, trie)?,
            (None, Vocabulary::Ids(_)) if json.model.continuing_subword_prefix.is_some() => wordpiece(&json, trie)?,
            (Some("Unigram" | "WordPiece"), _) => {
                return Err(Error::format("the tokenizer's vocabulary has not the form that its model needs"));
            }
            (kind, _) => {
                let kind = kind.unwrap_or("without a type");
                return Err(Error::unsupported(format!(
                    "the tokenizer's model {kind} is neither Unigram nor WordPiece"
                )));
            }
        };
        let trie = model.trie();
        kept_out.iter().for_each(|(content, _)| trie.remove(content.as_bytes()));
        let id_of = |specials: Vec<Special>| specials.into_iter().map(|s| s.1).collect();
        Ok(Tokenizer(Arc::new(Inner {
            normalizer,
            pre_tokenizer,
            model,
            added,
            before: id_of(frame.before),
            after: id_of(frame.after),
            blank,
            vocabulary_size: ids.size,
        })))
    }

    /// One more than the highest id: the encoder's embedding must have at least as many rows.
    pub fn vocabulary_size(&self) -> usize {
        self.0.vocabulary_size
    }

    /// The ids of the special tokens around a sentence: those before it and those after it.
    pub fn special_ids(&self) -> (&[u32], &[u32]) {
        (&self.0.before, &self.0.after)
    }

    /// Cuts the words of one sentence into pieces, each word by itself, as Hugging Face does with
    /// `is_split_into_words=True`; no special tokens are added.
    ///
    /// Only the first 256 code points of a word are looked at. Errors: `TooLarge` beyond 2³⁰ pieces.
    pub fn encode(&self, words: &[impl AsRef<str>]) -> Result<Encoding> {
        self.encode_until(words, &Cancel::new())
    }

    /// [`Tokenizer::encode`], which looks at `cancel` before every word.
    pub(crate) fn encode_until(&self, words: &[impl AsRef<str>], cancel: &Cancel) -> Result<Encoding> {
        let inner = &*self.0;
        let mut encoding =
            Encoding { ids: Vec::with_capacity(words.len() * 2), words: Vec::with_capacity(words.len()) };
        let (mut buffer, mut best) = (String::new(), Vec::new());
        for word in words {
            cancel.check()?;
            let start = encoding.ids.len();
            if start > MAX_ID as usize {
                return Err(Error::new(ErrorKind::TooLarge, "a text of more than 2^30 pieces"));
            }
            inner.pieces(cut(word.as_ref()), &mut encoding.ids, &mut buffer, &mut best)?;
            encoding.end_word(start as u32, inner.blank);
        }
        Ok(encoding)
    }
}

impl Inner {
    /// Appends the ids of one word's pieces; `buffer` and `best` are working memory.
    fn pieces(&self, word: &str, ids: &mut Vec<u32>, buffer: &mut String, best: &mut Vec<Best>) -> Result<()> {
        self.added.verbatim.split(word, |part, id| {
            if let Some(id) = id {
                ids.push(id);
                return Ok(());
            }
            let text = self.normalizer.apply(part)?;
            let starts = part.as_ptr() == word.as_ptr();
            self.added.normalized.split(&text, |part, id| {
                if let Some(id) = id {
                    ids.push(id);
                    return Ok(());
                }
                let first = starts && part.as_ptr() == text.as_ptr();
                self.pre_tokenizer.split(part, first, buffer, |part| match &self.model {
                    Model::Unigram(model) => model.tokenize(part, best, ids),
                    Model::WordPiece(model) => model.tokenize(part, ids),
                })
            })
        })
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer").field("vocabulary_size", &self.0.vocabulary_size).finish_non_exhaustive()
    }
}

/// The first characters of a word, as many as are looked at.
fn cut(word: &str) -> &str {
    if word.len() <= MAX_WORD_CHARS {
        return word;
    }
    word.char_indices().nth(MAX_WORD_CHARS).map_or(word, |(end, _)| &word[..end])
}

fn unigram(json: &TokenizerJson, trie: Trie, pieces: Vec<(String, f64)>) -> Result<Model> {
    let unknown = json.model.unk_id.ok_or_else(|| Error::format("the tokenizer has no unk_id"))?;
    if unknown as usize >= pieces.len() {
        return Err(Error::format(format!(
            "the tokenizer's unk_id {unknown} is not among its {} pieces",
            pieces.len()
        )));
    }
    let scores: Vec<f64> = pieces.into_iter().map(|p| p.1).collect();
    if scores.iter().any(|s| !s.is_finite()) {
        return Err(Error::format("a piece of the tokenizer has a score that is not finite"));
    }
    Ok(Model::Unigram(Unigram::new(trie, scores, unknown, json.model.byte_fallback)))
}

fn wordpiece(json: &TokenizerJson, trie: Trie) -> Result<Model> {
    let unknown = json.model.unk_token.as_deref().unwrap_or("[UNK]");
    let unknown = trie
        .get(unknown.as_bytes())
        .ok_or_else(|| Error::format(format!("the tokenizer's vocabulary lacks its unk_token {unknown:?}")))?;
    let prefix = json.model.continuing_subword_prefix.as_deref().unwrap_or("##");
    let longest = json.model.max_input_chars_per_word.unwrap_or(100);
    Ok(Model::WordPiece(WordPiece::new(trie, unknown, prefix, longest)))
}

/// The ids in use, each by one piece.
struct Ids {
    sorted: Vec<u32>,
    added: HashMap<u32, String>,
    size: usize,
}

impl Ids {
    fn of(pieces: &[(&[u8], u32)]) -> Result<Ids> {
        let mut sorted: Vec<u32> = pieces.iter().map(|p| p.1).collect();
        sorted.sort_unstable();
        if let Some(w) = sorted.windows(2).find(|w| w[0] == w[1]) {
            return Err(Error::format(format!("two pieces of the tokenizer have the id {}", w[0])));
        }
        let highest = sorted.last().copied();
        let highest = highest.ok_or_else(|| Error::format("the tokenizer's vocabulary is empty"))?;
        Ids::check(highest)?;
        Ok(Ids { sorted, added: HashMap::new(), size: highest as usize + 1 })
    }

    fn check(id: u32) -> Result<()> {
        if id >= MAX_ID {
            return Err(Error::format(format!("a piece of the tokenizer has the id {id}, beyond every vocabulary")));
        }
        Ok(())
    }

    /// An added token; `known` is its id in the vocabulary.
    fn add(&mut self, known: Option<u32>, id: u32, content: &str) -> Result<()> {
        Ids::check(id)?;
        let taken = self.added.insert(id, content.into()).is_some_and(|other| other != content);
        let taken = taken || known != Some(id) && (known.is_some() || self.sorted.binary_search(&id).is_ok());
        if taken || content.is_empty() {
            return Err(Error::format(format!("the added token {content:?} cannot have the id {id}")));
        }
        self.size = self.size.max(id as usize + 1);
        Ok(())
    }
}

#[cfg(test)]
#[path = "tokenizer_tests.rs"]
pub(in crate::text) mod tests;
