//! The normaliser of a tokenizer.json: a list of steps, each checked when it is read and bounded when it runs.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use tokenizers::{NormalizedString, Normalizer as _, NormalizerWrapper};

use super::charsmap::Charsmap;
use crate::error::{Error, Result};

/// A normalised word is cut here, so that no rule can blow up a word without end.
pub(super) const MAX_NORMALIZED_BYTES: usize = 4096;

/// The longest text that a rule may put in for a match: real rules put in a character.
const MAX_REPLACEMENT_BYTES: usize = 64;

/// The longest regular expression: real ones are a handful of characters.
const MAX_PATTERN_BYTES: usize = 256;

/// The longest list of steps: real ones have up to five.
const MAX_STEPS: usize = 32;

#[derive(Default)]
pub(super) struct Normalizer {
    steps: Vec<Step>,
}

enum Step {
    Charsmap(Charsmap),
    Replace {
        from: String,
        to: String,
    },
    /// Two or more blanks become one text: a part of every XLM-RoBERTa tokenizer that a word hardly ever needs.
    CollapseBlanks(NormalizerWrapper),
    Library(NormalizerWrapper),
}

impl Normalizer {
    /// Reads the value of `normalizer`, which may be null.
    pub(super) fn from_json(value: &Value) -> Result<Normalizer> {
        let mut steps = Vec::new();
        if !value.is_null() {
            read(value, &mut steps)?;
        }
        Ok(Normalizer { steps })
    }

    /// One word, normalised.
    pub(super) fn apply<'a>(&self, word: &'a str) -> Result<Cow<'a, str>> {
        let mut text = Cow::Borrowed(word);
        for step in &self.steps {
            let changed = match step {
                Step::Charsmap(map) => map.apply(&text, MAX_NORMALIZED_BYTES),
                Step::Replace { from, to } => text.contains(from.as_str()).then(|| text.replace(from, to)),
                Step::CollapseBlanks(step) if text.contains("  ") => Some(run(step, &text)?),
                Step::CollapseBlanks(_) => None,
                Step::Library(step) => Some(run(step, &text)?),
            };
            if let Some(mut changed) = changed {
                if changed.len() > MAX_NORMALIZED_BYTES {
                    let cut = (0..=MAX_NORMALIZED_BYTES).rev().find(|&i| changed.is_char_boundary(i));
                    changed.truncate(cut.unwrap_or(0));
                }
                text = Cow::Owned(changed);
            }
        }
        Ok(text)
    }
}

fn run(step: &NormalizerWrapper, text: &str) -> Result<String> {
    guarded("normalizer", || {
        let mut string = NormalizedString::from(text);
        step.normalize(&mut string).map_err(|e| Error::format(format!("the tokenizer's normalizer failed: {e}")))?;
        Ok(string.get().to_owned())
    })
}

/// Runs code of the `tokenizers` crate on values out of a file; a panic there means that the file is damaged.
pub(super) fn guarded<T>(what: &str, f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f))
        .unwrap_or_else(|_| Err(Error::format(format!("the tokenizer's {what} is damaged"))))
}

fn read(value: &Value, steps: &mut Vec<Step>) -> Result<()> {
    let kind = value["type"].as_str().ok_or_else(|| Error::format("a normalizer of the tokenizer has no type"))?;
    if steps.len() >= MAX_STEPS {
        return Err(Error::format(format!("the tokenizer's normalizer has more than {MAX_STEPS} steps")));
    }
    match kind {
        "Sequence" => {
            let list = value["normalizers"].as_array();
            let list = list.ok_or_else(|| Error::format("a Sequence of normalizers has no list of them"))?;
            return list.iter().try_for_each(|value| read(value, steps));
        }
        "Precompiled" => match &value["precompiled_charsmap"] {
            // SentencePiece models without a map say so with nothing or null.
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => steps.push(Step::Charsmap(Charsmap::from_base64(text)?)),
            _ => return Err(Error::format("precompiled_charsmap is no text")),
        },
        "Replace" => {
            let to = short_text(value, "content")?;
            let pattern = &value["pattern"];
            if let Some(from) = pattern["String"].as_str() {
                if from.is_empty() {
                    return Err(Error::format("a Replace normalizer has an empty pattern"));
                }
                steps.push(Step::Replace { from: from.into(), to: to.into() });
            } else if pattern["Regex"] == " {2,}" {
                steps.push(Step::CollapseBlanks(library(value)?));
            } else if pattern["Regex"].as_str().is_some_and(|regex| regex.len() <= MAX_PATTERN_BYTES) {
                steps.push(Step::Library(library(value)?));
            } else {
                return Err(Error::format("a Replace normalizer has no usable pattern"));
            }
        }
        "Prepend" => {
            short_text(value, "prepend")?;
            steps.push(Step::Library(library(value)?));
        }
        "BertNormalizer" | "NFC" | "NFD" | "NFKC" | "NFKD" | "Nmt" | "Lowercase" | "Strip" | "StripAccents" => {
            steps.push(Step::Library(library(value)?));
        }
        other => return Err(Error::unsupported(format!("the tokenizer's normalizer {other:?} is not supported"))),
    }
    Ok(())
}

fn short_text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    let text =
        value[key].as_str().ok_or_else(|| Error::format(format!("a normalizer of the tokenizer lacks {key:?}")))?;
    if text.len() > MAX_REPLACEMENT_BYTES {
        return Err(Error::format(format!("a normalizer of the tokenizer puts in {} bytes for one match", text.len())));
    }
    Ok(text)
}

fn library(value: &Value) -> Result<NormalizerWrapper> {
    let read = || serde_json::from_value(value.clone()).map_err(|e| e.to_string());
    guarded("normalizer", || {
        read().map_err(|e| Error::format(format!("the tokenizer's normalizer cannot be read: {e}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use serde_json::json;

    fn apply(value: Value, word: &str) -> String {
        Normalizer::from_json(&value).unwrap().apply(word).unwrap().into_owned()
    }

    #[test]
    fn steps_run_in_order() {
        let lower = json!({"type": "Lowercase"});
        let replace = json!({"type": "Replace", "pattern": {"String": "a"}, "content": "X"});
        let blanks = json!({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "});
        let bert = json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true});
        assert_eq!(apply(json!({"type": "Sequence", "normalizers": [lower, replace, blanks]}), "Aa  b"), "XX b");
        assert_eq!(apply(json!({"type": "Sequence", "normalizers": [replace, lower]}), "Aa"), "ax");
        assert_eq!(apply(bert, "É東\0"), "e 東 ");
        assert_eq!(apply(json!({"type": "NFKC"}), "ﬁ"), "fi");
        assert_eq!(apply(Value::Null, "ﬁ"), "ﬁ");
        assert_eq!(apply(json!({"type": "Precompiled", "precompiled_charsmap": null}), "ﬁ"), "ﬁ");
    }

    #[test]
    fn growth_is_bounded() {
        let double = json!({"type": "Replace", "pattern": {"Regex": "."}, "content": "aa"});
        let value = json!({"type": "Sequence", "normalizers": vec![double; 30]});
        assert_eq!(apply(value, "a").len(), MAX_NORMALIZED_BYTES);
    }

    #[test]
    fn hostile_normalizers_are_errors() {
        let long = "a".repeat(65);
        let cases = [
            json!(7),
            json!({}),
            json!({"type": 3}),
            json!({"type": "Sequence"}),
            json!({"type": "Sequence", "normalizers": vec![json!({"type": "NFC"}); 33]}),
            json!({"type": "Sequence", "normalizers": [null]}),
            json!({"type": "Precompiled", "precompiled_charsmap": [1]}),
            json!({"type": "Replace", "pattern": {"String": ""}, "content": "a"}),
            json!({"type": "Replace", "pattern": {"String": "b"}, "content": long}),
            json!({"type": "Replace", "pattern": {"Regex": "(unclosed"}, "content": "a"}),
            json!({"type": "Replace", "pattern": {"Regex": "((a{1000}){1000}){1000}"}, "content": "a"}),
            json!({"type": "Replace", "pattern": {"Regex": "a".repeat(300)}, "content": "a"}),
            json!({"type": "Replace", "pattern": 3, "content": "a"}),
            json!({"type": "Prepend"}),
            json!({"type": "BertNormalizer", "clean_text": 3}),
        ];
        for case in cases {
            let e = Normalizer::from_json(&case).err().unwrap_or_else(|| panic!("accepted {case}"));
            assert_eq!(e.kind(), ErrorKind::Format, "{case}");
        }
        let e = Normalizer::from_json(&json!({"type": "ByteLevel"})).err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Unsupported);
    }
}
