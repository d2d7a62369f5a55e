//! The pre-tokenizer of a tokenizer.json: how a normalised word is cut before the model sees it.

use serde_json::Value;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _, PreTokenizerWrapper};

use super::normalize::guarded;
use crate::error::{Error, Result};

pub(super) enum PreTokenizer {
    /// The word goes to the model as it is.
    Whole,
    /// What XLM-RoBERTa does, without the crate's bookkeeping of positions.
    Metaspace { metaspace: Metaspace, split_blanks: bool },
    /// Whatever else BERT-like tokenizers do.
    Library(PreTokenizerWrapper),
}

impl PreTokenizer {
    /// Reads the value of `pre_tokenizer`, which may be null.
    pub(super) fn from_json(value: &Value) -> Result<PreTokenizer> {
        if value.is_null() {
            return Ok(PreTokenizer::Whole);
        }
        check(value)?;
        let steps = match value["pretokenizers"].as_array() {
            Some(list) => list.as_slice(),
            None => std::slice::from_ref(value),
        };
        let kinds: Vec<&str> = steps.iter().filter_map(|step| step["type"].as_str()).collect();
        Ok(match kinds[..] {
            ["Metaspace"] => PreTokenizer::Metaspace { metaspace: library(&steps[0])?, split_blanks: false },
            ["WhitespaceSplit", "Metaspace"] => {
                PreTokenizer::Metaspace { metaspace: library(&steps[1])?, split_blanks: true }
            }
            _ => PreTokenizer::Library(library(value)?),
        })
    }

    /// The character that stands for the blank before a word.
    pub(super) fn blank(&self) -> Option<char> {
        match self {
            PreTokenizer::Metaspace { metaspace, .. } => Some(metaspace.get_replacement()),
            _ => None,
        }
    }

    /// Calls `f` with the parts of `text` in their order; `first`: it starts the word. `buffer` is working memory.
    pub(super) fn split(&self, text: &str, first: bool, buffer: &mut String, mut f: impl FnMut(&str)) -> Result<()> {
        match self {
            PreTokenizer::Whole if text.is_empty() => {}
            PreTokenizer::Whole => f(text),
            PreTokenizer::Metaspace { metaspace, split_blanks: false } => {
                split_metaspace(metaspace, text, first, buffer, &mut f);
            }
            PreTokenizer::Metaspace { metaspace, split_blanks: true } => {
                for part in text.split_whitespace() {
                    let first = first && part.as_ptr() == text.as_ptr();
                    split_metaspace(metaspace, part, first, buffer, &mut f);
                }
            }
            PreTokenizer::Library(library) => guarded("pre_tokenizer", || {
                let mut string = PreTokenizedString::from(text);
                library
                    .pre_tokenize(&mut string)
                    .map_err(|e| Error::format(format!("the tokenizer's pre_tokenizer failed: {e}")))?;
                let parts = string.get_splits(OffsetReferential::Normalized, OffsetType::None);
                parts.iter().for_each(|part| f(part.0));
                Ok(())
            })?,
        }
        Ok(())
    }
}

/// `first`: the part starts the word.
fn split_metaspace(metaspace: &Metaspace, part: &str, first: bool, buffer: &mut String, f: &mut impl FnMut(&str)) {
    if part.is_empty() {
        return;
    }
    let blank = metaspace.get_replacement();
    let prepend = match metaspace.prepend_scheme {
        PrependScheme::Always => true,
        PrependScheme::First => first,
        PrependScheme::Never => false,
    };
    buffer.clear();
    if prepend && !part.starts_with([' ', blank]) {
        buffer.push(blank);
    }
    buffer.extend(part.chars().map(|c| if c == ' ' { blank } else { c }));
    if !metaspace.get_split() {
        f(buffer);
        return;
    }
    // Every blank starts a part of its own.
    let mut start = 0;
    for (at, _) in buffer.match_indices(blank) {
        if at > start {
            f(&buffer[start..at]);
            start = at;
        }
    }
    f(&buffer[start..]);
}

/// Lets through the pre-tokenizers that are known to be sound on any text.
fn check(value: &Value) -> Result<()> {
    let kind = value["type"].as_str().ok_or_else(|| Error::format("a pre_tokenizer of the tokenizer has no type"))?;
    match kind {
        "Sequence" => {
            let list = value["pretokenizers"].as_array();
            list.ok_or_else(|| Error::format("a Sequence of pretokenizers has no list of them"))?
                .iter()
                .try_for_each(check)
        }
        "Metaspace" | "BertPreTokenizer" | "Whitespace" | "WhitespaceSplit" | "Punctuation" | "Digits" => Ok(()),
        other => Err(Error::unsupported(format!("the tokenizer's pre_tokenizer {other:?} is not supported"))),
    }
}

fn library<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T> {
    let read = || serde_json::from_value(value.clone()).map_err(|e| e.to_string());
    guarded("pre_tokenizer", || {
        read().map_err(|e| Error::format(format!("the tokenizer's pre_tokenizer cannot be read: {e}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use proptest::prelude::*;
    use serde_json::json;

    fn split(value: &Value, text: &str) -> Vec<String> {
        let mut parts = Vec::new();
        let tokenizer = PreTokenizer::from_json(value).unwrap();
        tokenizer.split(text, true, &mut "rest".into(), |part| parts.push(part.to_string())).unwrap();
        parts
    }

    proptest! {
        #[test]
        fn splits_as_the_tokenizers_crate_does(
            text in "[ab ▁\u{a0}\u{3000}é!]{0,12}",
            scheme in prop::sample::select(vec!["always", "first", "never"]),
            cut: bool,
            blanks: bool,
        ) {
            let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": cut});
            let value = match blanks {
                true => json!({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]}),
                false => metaspace,
            };
            let library: PreTokenizerWrapper = serde_json::from_value(value.clone()).unwrap();
            let mut string = PreTokenizedString::from(text.as_str());
            library.pre_tokenize(&mut string).unwrap();
            let parts = string.get_splits(OffsetReferential::Normalized, OffsetType::None);
            let theirs: Vec<String> = parts.iter().map(|p| p.0.to_string()).collect();
            prop_assert_eq!(split(&value, &text), theirs);
        }
    }

    #[test]
    fn bert_cuts_at_punctuation() {
        assert_eq!(split(&json!({"type": "BertPreTokenizer"}), "O'Neil 東"), ["O", "'", "Neil", "東"]);
        assert_eq!(split(&Value::Null, "a b"), ["a b"]);
        assert!(split(&Value::Null, "").is_empty());
    }

    #[test]
    fn hostile_pre_tokenizers_are_errors() {
        let cases = [
            (json!([]), ErrorKind::Format),
            (json!({"type": "Metaspace"}), ErrorKind::Format),
            (json!({"type": "Metaspace", "replacement": "ab"}), ErrorKind::Format),
            (json!({"type": "Sequence", "pretokenizers": 1}), ErrorKind::Format),
            (json!({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {}]}), ErrorKind::Format),
            (json!({"type": "FixedLength", "length": 0}), ErrorKind::Unsupported),
            (json!({"type": "Split", "pattern": {"Regex": "("}}), ErrorKind::Unsupported),
        ];
        for (case, kind) in cases {
            let e = PreTokenizer::from_json(&case).err().unwrap_or_else(|| panic!("accepted {case}"));
            assert_eq!(e.kind(), kind, "{case}");
        }
    }
}
