//! A tokenizer with some pieces only, under new ids.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::model::mapped::Bytes;
use crate::model::weights::TokenizerSource;

/// A tokenizer taken apart.
pub(super) struct Parts {
    /// The `tokenizer.json` without its vocabulary.
    json: Map<String, Value>,
    /// Pieces by id, with scores (added tokens beyond them are not among them; one between them is empty): the tokenizer's, or for WordPiece, whose vocabularies are sorted by frequency, the
    /// place from the end.
    pub(super) pieces: Vec<(String, f64)>,
    /// What stands before a piece that starts a word (Unigram) or goes on in one (WordPiece).
    mark: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Unigram,
    WordPiece,
}

impl Parts {
    pub(super) fn new(source: TokenizerSource) -> Result<Parts> {
        let (json, apart) = match &source {
            TokenizerSource::Json(json) => (&**json, None),
            TokenizerSource::UnigramParts { json, pieces } => (&json[..], Some(pieces.clone())),
        };
        let bad = |what: &str| Error::format(format!("the tokenizer {what}"));
        let mut json: Map<String, Value> =
            serde_json::from_slice(json).map_err(|e| bad(&format!("cannot be read: {e}")).caused_by(e))?;
        let model = json.get_mut("model").and_then(Value::as_object_mut).ok_or_else(|| bad("has no model"))?;
        let vocabulary = model.remove("vocab").unwrap_or_default();
        let kind = match model.get("type").and_then(Value::as_str) {
            Some("Unigram") => Kind::Unigram,
            Some("WordPiece") => Kind::WordPiece,
            None if apart.is_some() || vocabulary.is_array() => Kind::Unigram,
            other => {
                let name = other.unwrap_or("without a type");
                return Err(Error::unsupported(format!("a vocabulary of the kind {name} cannot be cut")));
            }
        };
        let (pieces, mark) = match (kind, apart) {
            (Kind::Unigram, Some(pieces)) => (pieces, "\u{2581}".to_owned()),
            (Kind::Unigram, None) => {
                let pieces = serde_json::from_value(vocabulary);
                (pieces.map_err(|e| bad(&format!("has no usable vocabulary: {e}")))?, "\u{2581}".to_owned())
            }
            (Kind::WordPiece, _) => {
                let mark = model.get("continuing_subword_prefix").and_then(Value::as_str).unwrap_or("##").to_owned();
                let ids: BTreeMap<String, u32> =
                    serde_json::from_value(vocabulary).map_err(|e| bad(&format!("has no usable vocabulary: {e}")))?;
                let highest = ids.values().max().copied().unwrap_or(0);
                // Ids that added tokens have between the pieces hold a place, but no piece.
                let added = json.get("added_tokens").and_then(Value::as_array).into_iter().flatten();
                let added = added.filter_map(|t| u32::try_from(t["id"].as_u64()?).ok()).filter(|id| *id < highest);
                let mut pieces: BTreeMap<u32, String> = added.map(|id| (id, String::new())).collect();
                for (piece, id) in ids {
                    if pieces.insert(id, piece).is_some_and(|other| !other.is_empty()) {
                        return Err(bad(&format!("has two pieces with the id {id}")));
                    }
                }
                if pieces.keys().copied().ne((0..).take(pieces.len())) {
                    return Err(bad("has ids with gaps, and cannot be cut"));
                }
                (pieces.into_values().zip(0..).map(|(p, i)| (p, -f64::from(i))).collect(), mark)
            }
        };
        Ok(Parts { json, pieces, mark, kind })
    }

    /// A piece without the mark before it.
    pub(super) fn bare(&self, id: usize) -> &str {
        let piece = self.pieces[id].0.as_str();
        piece.strip_prefix(&self.mark).unwrap_or(piece)
    }

    /// The ids that no cut may drop: added tokens, the unknown piece, and what the post-processor inserts.
    pub(super) fn special(&self) -> Result<Vec<u32>> {
        let mut json = Value::Object(self.json.clone());
        let mut ids = Vec::new();
        visit_ids(&mut json, &mut |id| {
            ids.push(*id);
            Ok(())
        })?;
        if let Some(unknown) = json["model"]["unk_token"].as_str() {
            ids.extend((0..).zip(&self.pieces).find(|(_, p)| p.0 == unknown).map(|(id, _)| id));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// The tokenizer of the pieces that are `kept` (old ids, ascending); a piece's new id is its place there.
    pub(super) fn cut(&self, kept: &[u32]) -> Result<TokenizerSource> {
        let mut json = Value::Object(self.json.clone());
        visit_ids(&mut json, &mut |id| {
            let new =
                kept.binary_search(id).map_err(|_| Error::format(format!("the special piece {id} is cut off")))?;
            *id = new as u32;
            Ok(())
        })?;
        // Neither has a say in how a word is cut; padding names an id.
        json["padding"] = Value::Null;
        json["truncation"] = Value::Null;
        let pieces: Vec<(String, f64)> = kept.iter().filter_map(|id| self.pieces.get(*id as usize)).cloned().collect();
        match self.kind {
            Kind::Unigram => {
                json["model"]["vocab"] = Value::Array(Vec::new());
                Ok(TokenizerSource::UnigramParts { json: json.to_string().into_bytes(), pieces })
            }
            Kind::WordPiece => {
                let vocabulary = pieces.into_iter().zip(0u32..).map(|((piece, _), id)| (piece, Value::from(id)));
                let vocabulary = vocabulary.filter(|(piece, _)| !piece.is_empty());
                json["model"]["vocab"] = Value::Object(vocabulary.collect());
                Ok(TokenizerSource::Json(Bytes::from(json.to_string().into_bytes())))
            }
        }
    }
}

/// Calls `f` on every piece id in a tokenizer.json, outside its vocabulary.
fn visit_ids(json: &mut Value, f: &mut impl FnMut(&mut u32) -> Result<()>) -> Result<()> {
    let mut visit = |value: &mut Value| -> Result<()> {
        let bad = || Error::format("the tokenizer has a piece id that is none");
        let mut id = value.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(bad)?;
        f(&mut id)?;
        *value = Value::from(id);
        Ok(())
    };
    if let Some(added) = json.get_mut("added_tokens").and_then(Value::as_array_mut) {
        added.iter_mut().filter_map(|token| token.get_mut("id")).try_for_each(&mut visit)?;
    }
    if let Some(unknown) = json.pointer_mut("/model/unk_id").filter(|id| !id.is_null()) {
        visit(unknown)?;
    }
    if let Some(processor) = json.get_mut("post_processor") {
        let list = match processor.get_mut("processors").and_then(Value::as_array_mut) {
            Some(list) => list.iter_mut().collect(),
            None => vec![processor],
        };
        for processor in list {
            for key in ["/sep/1", "/cls/1"] {
                processor.pointer_mut(key).map(&mut visit).transpose()?;
            }
            let tokens = processor.get_mut("special_tokens").and_then(Value::as_object_mut);
            for token in tokens.into_iter().flat_map(|t| t.values_mut()) {
                let ids = token.get_mut("ids").and_then(Value::as_array_mut);
                ids.into_iter().flatten().try_for_each(&mut visit)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::text::Tokenizer;

    fn source(json: Value) -> TokenizerSource {
        TokenizerSource::Json(Bytes::from(json.to_string().into_bytes()))
    }

    fn tokenizer(source: TokenizerSource) -> Tokenizer {
        match source {
            TokenizerSource::Json(json) => Tokenizer::from_bytes(&json).unwrap(),
            TokenizerSource::UnigramParts { json, pieces } => Tokenizer::from_unigram_parts(&json, pieces).unwrap(),
        }
    }

    fn unigram() -> Value {
        let template =
            json!([{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "</s>"}}]);
        json!({
            "padding": {"pad_id": 1},
            "added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 7, "content": "</s>", "special": true}],
            "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
            "post_processor": {"type": "TemplateProcessing", "single": template, "special_tokens": {
                "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [7], "tokens": ["</s>"]}}},
            "model": {"type": "Unigram", "unk_id": 2, "vocab":
                [["<s>", 0.0], ["x", -9.0], ["<unk>", 0.0], ["▁", -3.0], ["a", -2.0], ["▁a", -1.0], ["b", -2.0], ["</s>", 0.0]]},
        })
    }

    #[test]
    fn special_pieces_move_with_the_others() {
        let parts = Parts::new(source(unigram())).unwrap();
        assert_eq!(parts.special().unwrap(), [0, 2, 7]);
        assert_eq!((parts.bare(3), parts.bare(5), parts.bare(6)), ("", "a", "b"));
        let cut = tokenizer(parts.cut(&[0, 2, 3, 5, 6, 7]).unwrap());
        let encoding = cut.encode(&["ab", "z"]).unwrap();
        assert_eq!(encoding.ids, [3, 4, 2, 1]);
        assert_eq!(cut.windows(&encoding, 8, 0)[0].ids, [0, 3, 4, 2, 1, 5]);
        assert!(parts.cut(&[0, 2, 3]).is_err());
    }

    #[test]
    fn a_cut_tokenizer_can_be_cut_again() {
        let once = Parts::new(source(unigram())).unwrap().cut(&[0, 2, 3, 4, 5, 6, 7]).unwrap();
        let twice = Parts::new(once).unwrap();
        assert_eq!(twice.special().unwrap(), [0, 1, 6]);
        assert_eq!(tokenizer(twice.cut(&[0, 1, 2, 3, 4, 5, 6]).unwrap()).encode(&["ab"]).unwrap().ids, [4, 5]);
    }

    #[test]
    fn word_pieces_are_cut_too() {
        let parts = Parts::new(source(json!({
            "added_tokens": [{"id": 1, "content": "[CLS]", "special": true}],
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": false},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "ab": 3, "a": 4, "##b": 5}},
        })))
        .unwrap();
        assert_eq!(parts.special().unwrap(), [0, 1, 2]);
        assert_eq!((parts.bare(5), parts.bare(4)), ("b", "a"));
        let cut = tokenizer(parts.cut(&[0, 1, 2, 4, 5]).unwrap());
        assert_eq!(cut.encode(&["ab", "c"]).unwrap().ids, [3, 4, 0]);
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        use crate::error::ErrorKind;
        let kind = |json| Parts::new(source(json)).and_then(|p| p.special().map(|_| p)).err().unwrap().kind();
        assert_eq!(kind(json!({"model": {"type": "BPE", "vocab": {}}})), ErrorKind::Unsupported);
        assert_eq!(kind(json!({"model": {"type": "WordPiece", "vocab": {"a": 0, "b": 2}}})), ErrorKind::Format);
        assert_eq!(kind(json!({"model": {"type": "Unigram", "vocab": [["a"]]}})), ErrorKind::Format);
        assert_eq!(kind(json!({"model": {"type": "Unigram", "unk_id": -1, "vocab": []}})), ErrorKind::Format);
        assert_eq!(
            kind(json!({"added_tokens": [{"id": "x"}], "model": {"type": "Unigram", "vocab": []}})),
            ErrorKind::Format
        );
        assert_eq!(kind(json!({})), ErrorKind::Format);
    }
}
