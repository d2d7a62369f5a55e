//! What is read of a Hugging Face tokenizer.json.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::foreign::Foreign;

/// The parts of the file that decide which pieces a word has; truncation, padding and decoder are not among them.
#[derive(Deserialize)]
pub(super) struct TokenizerJson {
    pub(super) added_tokens: Option<Vec<AddedToken>>,
    #[serde(default)]
    pub(super) normalizer: Value,
    #[serde(default)]
    pub(super) pre_tokenizer: Value,
    #[serde(default)]
    pub(super) post_processor: Value,
    pub(super) model: Model,
}

/// A token beside the model's pieces, or one of them that is found before the model is asked.
#[derive(Deserialize)]
pub(super) struct AddedToken {
    pub(super) id: u32,
    pub(super) content: String,
    #[serde(default)]
    pub(super) special: bool,
    #[serde(default)]
    pub(super) single_word: bool,
    #[serde(default)]
    pub(super) lstrip: bool,
    #[serde(default)]
    pub(super) rstrip: bool,
    /// Left out, it is the opposite of `special`.
    pub(super) normalized: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Model {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) vocab: Option<Vocabulary>,
    pub(super) unk_id: Option<u32>,
    #[serde(default)]
    pub(super) byte_fallback: bool,
    pub(super) unk_token: Option<String>,
    pub(super) continuing_subword_prefix: Option<String>,
    pub(super) max_input_chars_per_word: Option<usize>,
}

/// A vocabulary as the file has it: Unigram's list of pieces and scores, or WordPiece's map from pieces to ids.
pub(super) enum Vocabulary {
    Scores(Vec<(String, f64)>),
    Ids(Vec<(String, u32)>),
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Vocabulary;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of [piece, score] or a map from pieces to ids")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Vocabulary, A::Error> {
                let mut pieces = Vec::new();
                while let Some(piece) = list.next_element()? {
                    pieces.push(piece);
                }
                Ok(Vocabulary::Scores(pieces))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Vocabulary, A::Error> {
                let mut pieces = Vec::new();
                while let Some(piece) = map.next_entry()? {
                    pieces.push(piece);
                }
                Ok(Vocabulary::Ids(pieces))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A special token that the post-processor puts at an edge: its text and its id.
pub(super) type Special = (String, u32);

/// The special tokens before and after a sentence.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) before: Vec<Special>,
    pub(super) after: Vec<Special>,
}

/// More special tokens at one edge than any real tokenizer has.
const MAX_SPECIALS: usize = 8;

impl TokenizerJson {
    pub(super) fn read(bytes: &[u8]) -> Result<TokenizerJson> {
        serde_json::from_slice(bytes).map_err(|e| {
            Foreign::or(bytes, "a tokenizer.json", Error::format(format!("the tokenizer cannot be read: {e}")))
                .caused_by(e)
        })
    }

    /// Reads the value of `post_processor`, which may be null.
    pub(super) fn frame(&self) -> Result<Frame> {
        let mut frame = Frame::default();
        if !self.post_processor.is_null() {
            read_frame(&self.post_processor, &mut frame)?;
        }
        if frame.before.len().max(frame.after.len()) > MAX_SPECIALS {
            return Err(Error::format("the tokenizer's post_processor adds too many special tokens"));
        }
        Ok(frame)
    }
}

fn read_frame(value: &Value, frame: &mut Frame) -> Result<()> {
    let wrong = |what: &str| Error::format(format!("the tokenizer's post_processor {what}"));
    let pair = |key: &str| -> Result<Special> {
        Special::deserialize(&value[key]).map_err(|e| wrong(&format!("has no usable {key:?}: {e}")))
    };
    match value["type"].as_str().ok_or_else(|| wrong("has no type"))? {
        "BertProcessing" | "RobertaProcessing" => {
            frame.before.insert(0, pair("cls")?);
            frame.after.push(pair("sep")?);
        }
        "TemplateProcessing" => {
            let template = value["single"].as_array().ok_or_else(|| wrong("has no template for one sequence"))?;
            let (mut before, mut after, mut sequences) = (Vec::new(), Vec::new(), 0);
            for part in template {
                if part["Sequence"]["id"] == "A" {
                    sequences += 1;
                    continue;
                }
                let name = part["SpecialToken"]["id"].as_str().ok_or_else(|| wrong("has a part of unknown kind"))?;
                let token = &value["special_tokens"][name];
                let ids =
                    Vec::<u32>::deserialize(&token["ids"]).map_err(|_| wrong(&format!("has no ids for {name:?}")))?;
                let texts = Vec::<String>::deserialize(&token["tokens"]);
                let texts = texts.map_err(|_| wrong(&format!("has no tokens for {name:?}")))?;
                if ids.len() != texts.len() {
                    return Err(wrong(&format!("has {} ids for {} tokens", ids.len(), texts.len())));
                }
                let side = if sequences == 0 { &mut before } else { &mut after };
                side.extend(texts.into_iter().zip(ids));
            }
            if sequences != 1 {
                return Err(wrong("does not hold the sequence exactly once"));
            }
            frame.before.splice(0..0, before);
            frame.after.extend(after);
        }
        "Sequence" => {
            let list = value["processors"].as_array().ok_or_else(|| wrong("has no list of processors"))?;
            list.iter().try_for_each(|value| read_frame(value, frame))?;
        }
        // Moves offsets only.
        "ByteLevel" => {}
        other => return Err(Error::unsupported(format!("the tokenizer's post_processor {other:?} is not supported"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frame(value: Value) -> Result<Frame> {
        let mut json = TokenizerJson::read(br#"{"model": {}}"#)?;
        json.post_processor = value;
        json.frame()
    }

    #[test]
    fn every_kind_of_post_processor_gives_its_specials() {
        let ids = |v: Value| {
            let frame = frame(v).unwrap();
            let ids = |side: Vec<Special>| side.into_iter().map(|s| s.1).collect::<Vec<_>>();
            (ids(frame.before), ids(frame.after))
        };
        let bert = json!({"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]});
        assert_eq!(ids(bert.clone()), (vec![101], vec![102]));
        let byte_level = json!({"type": "ByteLevel"});
        assert_eq!(ids(json!({"type": "Sequence", "processors": [byte_level, bert]})), (vec![101], vec![102]));
        let template = json!({"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "x"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "y"}}],
            "special_tokens": {"x": {"ids": [0, 5], "tokens": ["<s>", "<l>"]}, "y": {"ids": [2], "tokens": ["</s>"]}}});
        assert_eq!(ids(template), (vec![0, 5], vec![2]));
        assert_eq!(ids(Value::Null), (vec![], vec![]));
    }

    #[test]
    fn hostile_post_processors_are_errors() {
        let sequence = json!({"Sequence": {"id": "A"}});
        let special = json!({"SpecialToken": {"id": "x"}});
        let many = json!({"x": {"ids": vec![0; 9], "tokens": vec!["a"; 9]}});
        let cases = [
            json!("text"),
            json!({"type": "BertProcessing", "sep": ["[SEP]", -1], "cls": ["[CLS]", 101]}),
            json!({"type": "BertProcessing", "sep": ["[SEP]"]}),
            json!({"type": "TemplateProcessing"}),
            json!({"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B"}}]}),
            json!({"type": "TemplateProcessing", "single": [sequence, sequence]}),
            json!({"type": "TemplateProcessing", "single": [special, sequence]}),
            json!({"type": "TemplateProcessing", "single": [special, sequence], "special_tokens": {"x": {"ids": [1], "tokens": []}}}),
            json!({"type": "TemplateProcessing", "single": [special, sequence], "special_tokens": many}),
            json!({"type": "Sequence", "processors": {}}),
            json!({"type": "Imagined"}),
        ];
        for case in cases {
            assert!(frame(case.clone()).is_err(), "{case}");
        }
    }
}
