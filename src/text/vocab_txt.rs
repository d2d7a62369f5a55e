//! BERT's older tokenizer files: a `vocab.txt` with one piece a line, and settings beside it, as a `tokenizer.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::foreign::Foreign;

/// The contents of a folder's files; what it lacks is empty.
pub(crate) struct VocabTxt<'a> {
    /// `vocab.txt`: the line's number, from 0, is the piece's id.
    pub(crate) vocabulary: &'a [u8],
    /// `tokenizer_config.json`.
    pub(crate) config: &'a [u8],
    /// `special_tokens_map.json`.
    pub(crate) special_tokens: &'a [u8],
    /// `added_tokens.json`.
    pub(crate) added_tokens: &'a [u8],
}

/// The special tokens by role, with their usual names.
const SPECIAL: [(&str, &str); 5] = [
    ("pad_token", "[PAD]"),
    ("unk_token", "[UNK]"),
    ("cls_token", "[CLS]"),
    ("sep_token", "[SEP]"),
    ("mask_token", "[MASK]"),
];

/// The classes of `transformers` that cut text as BERT does.
const CLASSES: [&str; 3] = ["BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast"];

impl VocabTxt<'_> {
    /// The `tokenizer.json` that `transformers` makes of these files.
    ///
    /// Without a `do_lower_case`, letters become lower case where no piece of the vocabulary has a capital.
    ///
    /// # Errors
    /// `Format` where a file is damaged or lacks the special tokens, `Unsupported` for settings of other tokenizers.
    pub(crate) fn tokenizer_json(&self) -> Result<Vec<u8>> {
        let vocabulary = self.pieces()?;
        let config = object(self.config, "tokenizer_config.json")?;
        let map = object(self.special_tokens, "special_tokens_map.json")?;
        let more = object(self.added_tokens, "added_tokens.json")?;
        let refuse = |key: &str, value: &Value| {
            Err(Error::unsupported(format!(
                "tokenizer_config.json: {key:?} is {value}, which a vocab.txt is not read with"
            )))
        };
        match &config["tokenizer_class"] {
            Value::Null => {}
            Value::String(class) if CLASSES.contains(&class.as_str()) => {}
            other => return refuse("tokenizer_class", other),
        }
        if config["do_basic_tokenize"] == false {
            return refuse("do_basic_tokenize", &config["do_basic_tokenize"]);
        }

        let special: Vec<String> = SPECIAL
            .iter()
            .map(|(role, usual)| {
                text(&config[*role]).or_else(|| text(&map[*role])).unwrap_or_else(|| (*usual).to_owned())
            })
            .collect();
        let id = |piece: &str| {
            let missing =
                || Error::format(format!("vocab.txt lacks the special token {piece:?}; is it a WordPiece vocabulary?"));
            vocabulary.get(piece).copied().ok_or_else(missing)
        };
        let (unknown, cls, sep) = (&special[1], &special[2], &special[3]);
        id(unknown)?;

        let mut added: BTreeMap<u32, Value> = BTreeMap::new();
        let token = |id: u32, content: &str, special: bool| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": !special, "special": special})
        };
        let special_ids = special.iter().filter_map(|s| Some((*vocabulary.get(s.as_str())?, s)));
        added.extend(special_ids.map(|(id, content)| (id, token(id, content, true))));
        let also_special: Vec<String> = [&config["additional_special_tokens"], &map["additional_special_tokens"]]
            .into_iter()
            .flat_map(|list| list.as_array().into_iter().flatten().filter_map(text))
            .collect();
        for (content, id) in more.as_object().into_iter().flatten() {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| Error::format(format!("added_tokens.json: {content:?} has no id")))?;
            added.insert(id, token(id, content, also_special.contains(content)));
        }
        for (id, settings) in config["added_tokens_decoder"].as_object().into_iter().flatten() {
            let wrong = || Error::format(format!("tokenizer_config.json: the added token {id:?} is none"));
            let id: u32 = id.parse().map_err(|_| wrong())?;
            let mut settings = settings.as_object().cloned().ok_or_else(wrong)?;
            settings.insert("id".to_owned(), json!(id));
            added.insert(id, Value::Object(settings));
        }

        let capital = |piece: &&str| !special.iter().any(|s| s == piece) && piece.chars().any(char::is_uppercase);
        let lower = config["do_lower_case"].as_bool().unwrap_or_else(|| !vocabulary.keys().any(|p| capital(&&**p)));
        let json = json!({
            "added_tokens": added.into_values().collect::<Vec<_>>(),
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "lowercase": lower,
                "handle_chinese_chars": config["tokenize_chinese_chars"].as_bool().unwrap_or(true),
                "strip_accents": config["strip_accents"].as_bool()},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "sep": [sep, id(sep)?], "cls": [cls, id(cls)?]},
            "model": {"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": vocabulary},
        });
        Ok(json.to_string().into_bytes())
    }

    /// Pieces and their ids. Of a piece that comes twice the last counts, as in `transformers`.
    fn pieces(&self) -> Result<BTreeMap<&str, u32>> {
        let text = std::str::from_utf8(self.vocabulary).map_err(|e| {
            Foreign::or(self.vocabulary, "a vocabulary", Error::format("not UTF-8")).at_byte(e.valid_up_to() as u64)
        })?;
        // Python's `readlines`: \n, \r\n and \r end a line.
        let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        let pieces: BTreeMap<&str, u32> = lines.zip(0..).filter(|(piece, _)| !piece.is_empty()).collect();
        match Foreign::of(self.vocabulary) {
            None => Ok(pieces),
            Some(_) => Err(Foreign::or(self.vocabulary, "a vocabulary", Error::format("no vocabulary"))),
        }
    }
}

/// The object in a JSON file; null where there is no file.
fn object(bytes: &[u8], name: &str) -> Result<Value> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let value = serde_json::from_slice(bytes);
    let value = value.map_err(|e| Foreign::or(bytes, name, Error::format(format!("{name} is not JSON: {e}"))))?;
    match value {
        Value::Object(map) => Ok(Value::Object(map)),
        _ => Err(Error::format(format!("{name} is not a JSON object"))),
    }
}

/// A token as these files have it: a text, or an object with its `content`.
fn text(token: &Value) -> Option<String> {
    let token: &Value = token.as_object().and_then(|map: &Map<_, _>| map.get("content")).unwrap_or(token);
    token.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::text::Tokenizer;

    const CASED: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nBerlin\nber\n##lin\n##s\n";

    fn tokenizer(vocabulary: &str, config: &str, map: &str, added: &str) -> Result<Tokenizer> {
        let [vocabulary, config, special_tokens, added_tokens] = [vocabulary, config, map, added].map(str::as_bytes);
        Tokenizer::from_bytes(&VocabTxt { vocabulary, config, special_tokens, added_tokens }.tokenizer_json()?)
    }

    fn ids(tokenizer: &Tokenizer, word: &str) -> Vec<u32> {
        tokenizer.encode(&[word]).unwrap().ids
    }

    #[test]
    fn lines_are_ids_and_capitals_tell_whether_case_counts() {
        let cased = tokenizer(CASED, "", "", "").unwrap();
        assert_eq!((ids(&cased, "Berlin"), ids(&cased, "berlins")), (vec![5], vec![6, 7, 8]));
        assert_eq!((cased.special_ids(), cased.vocabulary_size()), ((&[2][..], &[3][..]), 9));
        let told = tokenizer(CASED, r#"{"do_lower_case":true,"tokenizer_class":"BertTokenizer"}"#, "", "").unwrap();
        assert_eq!(ids(&told, "Berlin"), [6, 7]);
        let uncased = tokenizer(&CASED.replace("Berlin\n", "x\n"), "", "", "").unwrap();
        assert_eq!(ids(&uncased, "BERLIN"), [6, 7]);
        let windows = tokenizer(&CASED.replace('\n', "\r\n"), "", "", "").unwrap();
        assert_eq!(ids(&windows, "Berlins"), [5, 8], "the ends of Windows' lines are no part of a piece");
    }

    #[test]
    fn settings_beside_it_count() {
        let named = CASED.replace("[UNK]", "<unk>").replace("[CLS]", "<s>");
        let map = r#"{"unk_token":{"content":"<unk>"},"cls_token":"<s>","additional_special_tokens":["<e>"]}"#;
        let tokenizer =
            tokenizer(&named, r#"{"added_tokens_decoder":{"10":{"content":"<f>"}}}"#, map, r#"{"<e>":9}"#).unwrap();
        assert_eq!((ids(&tokenizer, "zz"), ids(&tokenizer, "<f>")), (vec![1], vec![10]));
        assert_eq!(tokenizer.vocabulary_size(), 11);
        // Of a piece that is there twice the later id counts.
        let twice = format!("{CASED}Berlin\n");
        assert_eq!(ids(&super::tests::tokenizer(&twice, "", "", "").unwrap(), "Berlin"), [9]);
    }

    #[test]
    fn what_is_no_such_vocabulary_is_refused_with_a_reason() {
        let refused = |vocabulary: &str, config: &str, map: &str, added: &str| {
            tokenizer(vocabulary, config, map, added).map(|_| ()).expect_err("accepted")
        };
        let cases = [
            (refused("the 100\nof 90\n", "", "", ""), ErrorKind::Format, "[UNK]"),
            (refused("version https://git-lfs.github.com/spec/v1\n", "", "", ""), ErrorKind::Format, "LFS"),
            (refused("", "", "", ""), ErrorKind::Format, "empty"),
            (refused("<html>", "", "", ""), ErrorKind::Format, "web page"),
            (refused(CASED, "[]", "", ""), ErrorKind::Format, "tokenizer_config.json"),
            (refused(CASED, "{", "", ""), ErrorKind::Format, "tokenizer_config.json"),
            (refused(CASED, "", "7", ""), ErrorKind::Format, "special_tokens_map.json"),
            (refused(CASED, "", "", r#"{"a":"b"}"#), ErrorKind::Format, "added_tokens.json"),
            (refused(CASED, r#"{"added_tokens_decoder":{"x":1}}"#, "", ""), ErrorKind::Format, "added token"),
            (refused(CASED, r#"{"do_basic_tokenize":false}"#, "", ""), ErrorKind::Unsupported, "do_basic_tokenize"),
            (
                refused(CASED, r#"{"tokenizer_class":"BertJapaneseTokenizer"}"#, "", ""),
                ErrorKind::Unsupported,
                "Japanese",
            ),
        ];
        for (e, kind, word) in cases {
            assert!(e.kind() == kind && e.message().contains(word), "{word}: {e}");
        }
    }
}
