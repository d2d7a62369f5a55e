//! Models in one GGUF file: configuration, tokenizer, card and weights, under a fingerprint that covers them all.
//!
//! Names and keys are the format's own where it has them (architecture `bert`), so that other programs can look inside.
//! What it has none for stands under `primer.`: the fingerprint, the `tokenizer.json` without its vocabulary (normaliser
//! and so on), the row where positions start, what adaptation starts from, and the card.

mod names;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::blocks::BlockType;
use super::config::{Config, Family};
use super::fingerprint;
use super::mapped::Bytes;
use super::weights::{Identity, TokenizerFile, TokenizerSource, WORD_EMBEDDING, Weights};
use crate::error::{Error, Result};
pub(super) use reader::Gguf;
use writer::Writer;

const FINGERPRINT: &str = "primer.fingerprint";
const POSITION_OFFSET: &str = "primer.position_offset";
const CARD: &str = "primer.card.";
/// What adaptation starts from, as the file of its own that a folder has ([`Start`](crate::start::Start)): bytes that
/// readers of versions before 0.4 pass over.
const START: &str = "primer.start";
/// A whole `tokenizer.json`, and one whose pieces and scores stand in arrays of their own.
const TOKENIZER: &str = "tokenizer.huggingface.json";
const TOKENIZER_PARTS: &str = "primer.tokenizer.json";
const PIECES: &str = "tokenizer.ggml.tokens";
const SCORES: &str = "tokenizer.ggml.scores";

/// Opens a file. With `verify` all of it is checked, and a flipped bit anywhere is an error.
pub(super) fn open(file: Bytes, verify: bool) -> Result<Weights> {
    let gguf = Gguf::parse(file)?;
    // A damaged file is called damaged first, whatever it says that it is.
    let stated = if gguf.has(FINGERPRINT) { fingerprint(&gguf, verify)? } else { String::new() };
    check_origin(&gguf)?;
    let mut tensors = BTreeMap::new();
    for (name, tensor) in gguf.tensors()? {
        if let Some(name) = names::from_gguf(&name) {
            tensors.insert(name, tensor);
        }
    }
    let rows = tensors.get(WORD_EMBEDDING).and_then(|t| t.shape().first().copied());
    let config = config(&gguf, rows.unwrap_or(0))?;
    Ok(Weights {
        path: None,
        card: card(&gguf)?,
        tokenizer: TokenizerFile::Gguf(Box::new(gguf)),
        config,
        tensors,
        start: None,
        tag_head: None,
        identity: Identity::Stated(stated),
        used: Vec::new(),
    })
}

/// Refuses models of other architectures, and files of other programs.
fn check_origin(gguf: &Gguf) -> Result<()> {
    if gguf.has("general.architecture") {
        let architecture = gguf.text("general.architecture")?;
        if architecture != "bert" {
            let message = format!("a GGUF file of a model of the architecture {architecture:?}");
            return Err(Error::unsupported(format!("{message}; encoders of the architecture \"bert\" are read")));
        }
    }
    if !gguf.has(FINGERPRINT) {
        let message = "a GGUF file, but not one that Primer wrote: it lacks the fingerprint and the tokenizer's rules";
        return Err(Error::format(format!(
            "{message}; make one of the model's Hugging Face folder with `primer import`"
        )));
    }
    Ok(())
}

/// The fingerprint that the file gives itself; with `verify` an error where it is not that of its content.
fn fingerprint(gguf: &Gguf, verify: bool) -> Result<String> {
    let stated = gguf.text(FINGERPRINT)?;
    if verify && fingerprint::of_mapped(gguf.file(), gguf.text_range(FINGERPRINT)?) != stated {
        return Err(Error::format("the file is damaged: its content does not match its fingerprint"));
    }
    Ok(stated.to_owned())
}

fn config(gguf: &Gguf, vocabulary: usize) -> Result<Config> {
    let size = |key: &str| gguf.size(key, u32::MAX as usize);
    let family = if gguf.has(POSITION_OFFSET) { Family::XlmRoberta } else { Family::Bert };
    let eps = gguf.f32("bert.attention.layer_norm_epsilon")?;
    let config = Config {
        family,
        hidden: size("bert.embedding_length")?,
        layers: size("bert.block_count")?,
        heads: size("bert.attention.head_count")?,
        intermediate: size("bert.feed_forward_length")?,
        vocabulary,
        positions: size("bert.context_length")?,
        position_offset: if family == Family::Bert { 0 } else { size(POSITION_OFFSET)? },
        types: size("tokenizer.ggml.token_type_count")?,
        // The double that has the same shortest decimal: 1e-12 comes back as 1e-12.
        eps: eps.to_string().parse().unwrap_or(f64::from(eps)),
        pad: size("tokenizer.ggml.padding_token_id")? as u32,
        name: if gguf.has("general.name") { gguf.text("general.name")?.to_owned() } else { String::new() },
    };
    config.validate()?;
    Ok(config)
}

/// What adaptation starts from, where the file has it.
pub(super) fn start(gguf: &Gguf) -> Result<Option<&[u8]>> {
    match gguf.has(START) {
        true => Ok(Some(&gguf.file()[gguf.bytes_range(START)?])),
        false => Ok(None),
    }
}

/// Reads the tokenizer of a model with so many rows of embeddings.
pub(super) fn tokenizer(gguf: &Gguf, vocabulary: usize) -> Result<TokenizerSource> {
    if gguf.has(TOKENIZER) {
        return Ok(TokenizerSource::Json(Bytes::from(gguf.text(TOKENIZER)?.as_bytes().to_vec())));
    }
    let json = gguf.text(TOKENIZER_PARTS)?.as_bytes().to_vec();
    let (pieces, scores) = (gguf.texts(PIECES)?, gguf.floats(SCORES)?);
    if pieces.len() != scores.len() || pieces.len() > vocabulary {
        let counts = format!("{} pieces, {} scores and {vocabulary} embeddings", pieces.len(), scores.len());
        return Err(Error::format(format!("{counts} do not fit together")));
    }
    if !scores.iter().all(|s| s.is_finite()) {
        return Err(Error::format("a piece's score is not finite"));
    }
    Ok(TokenizerSource::UnigramParts { json, pieces: pieces.into_iter().zip(scores).collect() })
}

/// Keys of the card that GGUF has a name for.
const CARD_NAMES: [(&str, &str); 4] = [
    ("name", "general.name"),
    ("licence", "general.license"),
    ("description", "general.description"),
    ("source", "general.source.url"),
];

fn card(gguf: &Gguf) -> Result<BTreeMap<String, String>> {
    let mut card = BTreeMap::new();
    for key in gguf.keys() {
        let name = key.strip_prefix(CARD).or_else(|| CARD_NAMES.iter().find(|n| n.1 == key).map(|n| n.0));
        if let Some(name) = name {
            card.insert(name.to_owned(), gguf.text(key)?.to_owned());
        }
    }
    Ok(card)
}

/// A tensor on its way into a file: its name in `BertModel`, how it is stored, its shape, its bytes.
pub(super) struct Outgoing {
    pub(super) name: String,
    pub(super) dtype: BlockType,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

/// The bytes of a file that [`open`] reads; `start` is what adaptation starts from. Tensors that GGUF has no name for are left out.
pub(super) fn to_bytes(
    config: &Config,
    card: &BTreeMap<String, String>,
    tokenizer: &TokenizerSource,
    start: Option<&[u8]>,
    tensors: impl IntoIterator<Item = Outgoing>,
) -> Result<Vec<u8>> {
    config.validate()?;
    let mut out = Writer::default();
    out.text("general.architecture", "bert");
    for (name, text) in card {
        match CARD_NAMES.iter().find(|n| n.0 == name) {
            Some((_, key)) => out.text(key, text),
            None => out.text(&format!("{CARD}{name}"), text),
        }
    }
    if !card.contains_key("name") && !config.name.is_empty() {
        out.text("general.name", &config.name);
    }
    // All within u32: the configuration is valid.
    out.u32("bert.context_length", config.positions as u32);
    out.u32("bert.embedding_length", config.hidden as u32);
    out.u32("bert.feed_forward_length", config.intermediate as u32);
    out.u32("bert.block_count", config.layers as u32);
    out.u32("bert.attention.head_count", config.heads as u32);
    out.f32("bert.attention.layer_norm_epsilon", config.eps as f32);
    out.u32("tokenizer.ggml.token_type_count", config.types as u32);
    out.u32("tokenizer.ggml.padding_token_id", config.pad);
    if config.family == Family::XlmRoberta {
        out.u32(POSITION_OFFSET, config.position_offset as u32);
    }
    let text = |json: &[u8]| {
        let text = String::from_utf8(json.to_vec());
        text.map_err(|e| Error::format("the tokenizer is not UTF-8").at_byte(e.utf8_error().valid_up_to() as u64))
    };
    match tokenizer {
        TokenizerSource::Json(json) => {
            out.text("tokenizer.ggml.model", "bert");
            out.text(TOKENIZER, &text(json)?);
        }
        TokenizerSource::UnigramParts { json, pieces } => {
            // What the format calls a Unigram tokenizer.
            out.text("tokenizer.ggml.model", "t5");
            out.texts(PIECES, pieces.iter().map(|p| p.0.as_str()));
            out.floats(SCORES, pieces.iter().map(|p| p.1));
            out.text(TOKENIZER_PARTS, &text(json)?);
        }
    }
    if let Some(start) = start {
        out.bytes(START, start);
    }
    for tensor in tensors {
        if let Some(name) = names::to_gguf(&tensor.name) {
            out.tensor(name, tensor.dtype, tensor.shape, tensor.bytes);
        }
    }
    Ok(out.finish(FINGERPRINT))
}
