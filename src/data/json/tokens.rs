//! Words and tags of a record.

use serde_json::{Map, Value};

use super::record::Context;
use super::spans::shown;
use crate::data::spelling::is_tag;
use crate::error::{Error, Result};

/// The words of a record.
pub(super) struct Tokens {
    pub(super) words: Vec<String>,
    pub(super) tags: Option<Vec<String>>,
    /// Entities that overlap longer ones and were left out.
    pub(super) nested: usize,
    /// Whether the words stand by themselves, and not as parts of what a tool knows of a text.
    pub(super) are_strings: bool,
}

/// What data sets call the words, the surest first.
pub(super) const WORDS: [&str; 3] = ["tokens", "tokenized_text", "words"];

/// What data sets call the tags, the surest first.
const TAGS: [&str; 8] = ["ner_tags", "ner_labels", "ner", "tags", "labels", "label", "bio_tags", "iob_tags"];

/// The words of a record, and their tags where labels are read; `None` where there are no tokens.
///
/// # Errors
/// `Data` where tokens are no words, or are not as many as the tags.
pub(super) fn tokens(fields: &Map<String, Value>, context: &Context) -> Result<Option<Tokens>> {
    let list = match WORDS.iter().find_map(|key| fields.get(*key).filter(|value| !value.is_null())) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        // A text may be called so, too.
        Some(Value::String(_)) if !fields.contains_key("tokens") => return Ok(None),
        Some(other) => return Err(Error::data(format!("\"tokens\" is {}, and no list", shown(other)))),
    };
    if list.iter().all(Value::is_string) {
        let words: Vec<String> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let spans = fields.get("ner").and_then(Value::as_array).filter(|list| is_spans_of_words(list));
        let (tags, nested) = match spans {
            Some(spans) if context.labelled && (!spans.is_empty() || fields.contains_key("tokenized_text")) => {
                let (tags, nested) = spans_of_words(spans, words.len())?;
                (Some(tags), nested)
            }
            _ if context.labelled => (tags(fields, words.len(), context)?, 0),
            _ => (None, 0),
        };
        return Ok(Some(Tokens { words, tags, nested, are_strings: true }));
    }
    let field = |token: &Value, names: &[&str]| {
        let named = || names.iter().find_map(|name| token.get(*name).and_then(Value::as_str));
        token.as_str().or_else(named).map(str::to_owned)
    };
    let mut words = Vec::with_capacity(list.len());
    for token in list {
        match field(token, &["text", "orth", "token", "word", "form"]) {
            Some(word) => words.push(word),
            // Tokens of a text may be no more than places in it.
            None if fields.contains_key("text") && token.is_object() => return Ok(None),
            None => return Err(Error::data(format!("the token {} is no word", shown(token)))),
        }
    }
    let tag = |token: &Value| match token.is_object() {
        true => field(token, &["ner", "ner_tag", "ner_label", "entity", "label", "iob"]),
        false => None,
    };
    let own: Option<Vec<String>> = list.iter().map(tag).collect();
    let tags = match own.filter(|own| !own.is_empty() && context.labelled) {
        Some(own) => Some(own),
        None if context.labelled => tags(fields, words.len(), context)?,
        None => None,
    };
    Ok(Some(Tokens { words, tags, nested: 0, are_strings: false }))
}

/// Whether these are entities as GLiNER has them: `[first word, last word, type]`.
fn is_spans_of_words(list: &[Value]) -> bool {
    let is_span = |span: &Value| matches!(span.as_array().map(Vec::as_slice), Some([a, b, Value::String(_), ..]) if a.is_u64() && b.is_u64());
    list.iter().all(is_span)
}

/// The tags of `words` words with such entities, the longest first, and how many were left out since they overlap one.
///
/// # Errors
/// `Data` for an entity that does not lie among the words.
fn spans_of_words(list: &[Value], words: usize) -> Result<(Vec<String>, usize)> {
    let mut spans = Vec::with_capacity(list.len());
    for span in list {
        let number = |i: usize| span[i].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let (first, last) = (number(0), number(1));
        if first > last || last >= words {
            let message =
                format!("ner: {} lies outside the {words} words; its numbers are its first and last", shown(span));
            return Err(Error::data(message));
        }
        spans.push((first, last, span[2].as_str().unwrap_or_default()));
    }
    spans.sort_by_key(|(first, last, _)| (std::cmp::Reverse(last - first), *first));
    spans.dedup();
    let (mut tags, mut nested) = (vec!["O".to_owned(); words], 0);
    for (first, last, kind) in spans {
        if tags[first..=last].iter().any(|tag| tag != "O") {
            nested += 1;
            continue;
        }
        tags[first] = format!("B-{kind}");
        tags[first + 1..=last].iter_mut().for_each(|tag| *tag = format!("I-{kind}"));
    }
    Ok((tags, nested))
}

/// The tags of as many words.
fn tags(fields: &Map<String, Value>, words: usize, context: &Context) -> Result<Option<Vec<String>>> {
    let lists = || TAGS.iter().filter_map(|key| Some((*key, fields.get(*key)?.as_array()?)));
    let is_tags = |list: &[Value]| list.iter().all(|tag| tag.is_string() || tag.is_i64());
    let fitting = || lists().filter(|(_, list)| list.len() == words && is_tags(list));
    let are_names = |list: &[Value]| list.iter().all(Value::is_string);
    let strings = |list: &[Value]| list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    // Names are surer than numbers, but only where they are tags: "tags" may be parts of speech.
    let (surest, rest) = (fitting().next(), || fitting().skip(1));
    let Some((_, list)) = surest else {
        return match lists().find(|(key, list)| *key == "ner_tags" || (is_tags(list) && !fields.contains_key("text"))) {
            Some((key, list)) if list.len() != words => {
                Err(Error::data(format!("{words} tokens, but {} {key}", list.len())))
            }
            Some((key, list)) => {
                let wrong = list.iter().find(|tag| !tag.is_string() && !tag.is_i64()).unwrap_or(&Value::Null);
                Err(Error::data(format!("{key}: {} is no tag", shown(wrong))))
            }
            None => Ok(None),
        };
    };
    if are_names(list) {
        return Ok(Some(strings(list)));
    }
    if let Some(names) = &context.names {
        return list.iter().map(|tag| named(tag, names)).collect::<Result<_>>().map(Some);
    }
    let beside =
        fields.iter().filter(|(key, _)| !WORDS.contains(&key.as_str())).filter_map(|(_, value)| value.as_array());
    let mut beside = rest().map(|(_, list)| list).chain(beside);
    let is_beside = |list: &&Vec<Value>| list.len() == words && list.iter().all(|tag| tag.as_str().is_some_and(is_tag));
    if let Some(list) = beside.find(is_beside).filter(|list| !list.is_empty()) {
        return Ok(Some(strings(list)));
    }
    Ok(Some(list.iter().map(|tag| tag.as_str().map_or_else(|| tag.to_string(), str::to_owned)).collect()))
}

/// The name of a numbered tag.
fn named(tag: &Value, names: &[String]) -> Result<String> {
    let number = match tag {
        Value::String(name) => return Ok(name.clone()),
        number => number.as_u64().and_then(|n| usize::try_from(n).ok()),
    };
    let name = number.and_then(|n| names.get(n)).cloned();
    name.ok_or_else(|| Error::data(format!("the tag {tag} has no name: the file names {} of them", names.len())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(record: Value) -> Result<Option<(String, Option<String>)>> {
        let context = Context { labelled: true, names: None };
        let found = tokens(record.as_object().unwrap(), &context)?;
        Ok(found.map(|t| (t.words.join(" "), t.tags.map(|tags| tags.join(" ")))))
    }

    #[test]
    fn tags_have_many_names() {
        let expected = Some(("Anna ran".to_owned(), Some("B-PER O".to_owned())));
        for record in [
            json!({"tokens": ["Anna", "ran"], "ner_tags": ["B-PER", "O"], "tags": ["NNP", "VBD"]}),
            json!({"tokens": ["Anna", "ran"], "tags": ["B-PER", "O"]}),
            json!({"tokens": ["Anna", "ran"], "labels": ["B-PER", "O"], "tags": "news"}),
            json!({"tokens": [{"text": "Anna", "ner": "B-PER", "tag": "NNP"}, {"text": "ran", "ner": "O", "tag": "VBD"}]}),
            json!({"words": ["Anna", "ran"], "ner": ["B-PER", "O"]}),
            json!({"tokens": [{"orth": "Anna", "ner": "B-PER"}, {"orth": "ran", "ner": "O"}]}),
            json!({"tokens": ["Anna", "ran"], "ner_tags": [1, 0], "ner_tags_text": ["B-PER", "O"], "pos": ["NNP", "VBD"]}),
        ] {
            assert_eq!(read(record.clone()).unwrap(), expected, "{record}");
        }
        let of_words = json!({"tokenized_text": ["Anna", "ran"], "ner": [[0, 0, "PER"]]});
        assert_eq!(read(of_words).unwrap(), expected);
        let none = json!({"tokenized_text": ["Anna", "ran"], "ner": []});
        assert_eq!(read(none).unwrap().unwrap().1.as_deref(), Some("O O"));
        let nested =
            json!({"tokenized_text": ["a", "b", "c"], "ner": [[1, 1, "X"], [0, 1, "Y"], [2, 2, "X"], [2, 2, "X"]]});
        assert_eq!(read(nested).unwrap().unwrap().1.as_deref(), Some("B-Y I-Y B-X"));
        let numbers = json!({"tokens": ["Anna", "ran"], "ner_tags": [1, 0]});
        assert_eq!(read(numbers).unwrap().unwrap().1.as_deref(), Some("1 0"));
        // Tokens that only divide a text, as Prodigy and spaCy have them, carry no tags.
        let places = json!({"text": "Anna", "tokens": [{"start": 0, "end": 4, "id": 0}]});
        assert_eq!(read(places).unwrap(), None);
        let parts = json!({"text": "Anna", "tokens": [{"text": "Anna", "start": 0, "end": 4}], "label": ["news", "a"]});
        assert_eq!(read(parts).unwrap(), Some(("Anna".to_owned(), None)));
    }

    #[test]
    fn words_and_tags_must_fit() {
        for (record, message) in [
            (json!({"tokens": ["a"], "ner_tags": []}), "1 tokens, but 0 ner_tags"),
            (json!({"tokens": ["a"], "tags": ["O", "O"]}), "1 tokens, but 2 tags"),
            (json!({"tokens": ["a"], "ner_tags": [null]}), "null is no tag"),
            (json!({"tokens": ["a"], "ner_tags": [1.5]}), "1.5 is no tag"),
            (json!({"tokens": "a b"}), "no list"),
            (json!({"tokens": ["a", 3]}), "3 is no word"),
            (json!({"tokenized_text": ["a"], "ner": [[0, 1, "X"]]}), "outside the 1 words"),
        ] {
            let e = read(record.clone()).err().unwrap_or_else(|| panic!("accepted {record}"));
            assert!(e.message().contains(message), "{record}: {e}");
        }
    }
}
