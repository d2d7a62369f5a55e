//! What a JSON record says, in the forms that annotation tools and data sets have.

use serde_json::{Map, Value};

use super::label_studio;
use super::names::names;
use super::spans::{GivenSpan, shown, spans};
use super::tokens::{Tokens, WORDS, tokens};
use super::tools;
use crate::data::labelled::of_json;
use crate::data::options::Unit;
use crate::error::{Error, Result};

/// What a record gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A text with its entities, which count `unit` where the record says so, and the types that it labels where it says those.
    Text { text: String, spans: Vec<GivenSpan>, unit: Option<Unit>, labelled: Option<Vec<String>> },
    /// Words with their tags; `nested` entities were left out for longer ones.
    Words { words: Vec<String>, tags: Option<Vec<String>>, nested: usize, labelled: Option<Vec<String>> },
    /// Nothing to learn from, and why.
    LeftOut(&'static str),
}

impl Item {
    /// Says which types are labelled, where the item itself does not.
    fn limit(&mut self, types: &[String]) {
        if let Item::Text { labelled, .. } | Item::Words { labelled, .. } = self {
            labelled.get_or_insert_with(|| types.to_vec());
        }
    }
}

/// What is asked of records, and what earlier ones said of all.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// Whether labels are read.
    pub(super) labelled: bool,
    /// The names of numbered tags.
    pub(super) names: Option<Vec<String>>,
}

pub(super) const REJECTED: &str = "records answered by \"reject\" or \"ignore\", left out";
pub(super) const NOT_ANNOTATED: &str = "tasks without annotation, left out";

/// What a record gives, in `items`.
///
/// # Errors
/// `Data` where it is in no known form.
pub(super) fn read(record: Value, context: &mut Context, items: &mut Vec<Item>) -> Result<()> {
    match record {
        Value::Object(fields) => {
            let labelled = if context.labelled { of_json(&fields)? } else { None };
            let first = items.len();
            object(fields, context, items)?;
            labelled.iter().for_each(|types| items[first..].iter_mut().for_each(|item| item.limit(types)));
            Ok(())
        }
        Value::Array(parts) => {
            items.push(pair(parts, context)?);
            Ok(())
        }
        other => Err(Error::data(format!("no JSON record: {} is no object", shown(&other)))),
    }
}

/// `["text", {"entities": [[0, 4, "PER"]]}]`, as spaCy was trained with.
fn pair(mut parts: Vec<Value>, context: &Context) -> Result<Item> {
    let wrong = |parts: Vec<Value>| {
        let all = shown(&Value::Array(parts));
        Error::data(format!("no JSON record: {all} is neither an object nor [\"text\", {{\"entities\": [..]}}]"))
    };
    if parts.len() != 2 || !parts[0].is_string() {
        return Err(wrong(parts));
    }
    let fields = match parts.pop() {
        Some(Value::Object(fields)) => fields,
        Some(list @ Value::Array(_)) => Map::from_iter([("entities".to_owned(), list)]),
        other => return Err(wrong(parts.into_iter().chain(other).collect())),
    };
    let Some(Value::String(text)) = parts.pop() else { return Err(wrong(parts)) };
    let labelled = if context.labelled { of_json(&fields)? } else { None };
    let spans = if context.labelled { spans(&fields)? } else { Some(Vec::new()) };
    match spans {
        Some(spans) => Ok(Item::Text { text, spans, unit: unit(&fields), labelled }),
        None => Err(wanted(&fields)),
    }
}

fn object(fields: Map<String, Value>, context: &mut Context, items: &mut Vec<Item>) -> Result<()> {
    if let Some(names) = names(&fields) {
        context.names = Some(names);
    }
    let has_content = WORDS.iter().chain(&["text"]).any(|key| fields.get(*key).is_some_and(|value| !value.is_null()));
    if let Some(records) = tools::records(&fields)? {
        return records.into_iter().try_for_each(|record| read(record, context, items));
    }
    if let Some(records) = columns(&fields) {
        return records.into_iter().try_for_each(|record| object(record, context, items));
    }
    if !has_content {
        if let Some(Value::Array(paragraphs)) = fields.get("paragraphs") {
            return paragraphs.iter().try_for_each(|paragraph| self::paragraph(paragraph, context, items));
        }
        if fields.get("data").is_some_and(Value::is_object) {
            return label_studio::task(&fields, context.labelled, items);
        }
        if let Some(list) = wrapped(fields.clone()) {
            return list.into_iter().try_for_each(|record| read(record, context, items));
        }
        if names(&fields).is_some() {
            // It says how numbers are to be read, and no more.
            return Ok(());
        }
    }
    if context.labelled && matches!(fields.get("answer").and_then(Value::as_str), Some("reject" | "ignore")) {
        items.push(Item::LeftOut(REJECTED));
        return Ok(());
    }
    items.push(document(fields, context)?);
    Ok(())
}

/// A record of one text or sentence.
fn document(fields: Map<String, Value>, context: &Context) -> Result<Item> {
    let tokens = tokens(&fields, context)?;
    let text = match fields.get("text").cloned() {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => return Err(Error::data(format!("\"text\" is {}, and no string", shown(&other)))),
    };
    match (tokens, text) {
        (Some(Tokens { words, tags: tags @ Some(_), nested, .. }), _) => {
            Ok(Item::Words { words, tags, nested, labelled: None })
        }
        (tokens, Some(text)) => {
            if !context.labelled {
                return Ok(match tokens.filter(|tokens| tokens.are_strings) {
                    Some(tokens) => Item::Words { words: tokens.words, tags: None, nested: 0, labelled: None },
                    None => Item::Text { text, spans: Vec::new(), unit: None, labelled: None },
                });
            }
            // Prodigy leaves the list out where there is no entity.
            let is_answered = fields.get("answer").is_some_and(|answer| answer == "accept");
            match spans(&fields)?.or(is_answered.then(Vec::new)) {
                Some(spans) => Ok(Item::Text { text, spans, unit: unit(&fields), labelled: None }),
                None => Err(wanted(&fields)),
            }
        }
        (Some(tokens), None) if !context.labelled => {
            Ok(Item::Words { words: tokens.words, tags: None, nested: 0, labelled: None })
        }
        (None, None) => named_otherwise(&fields, context.labelled).ok_or_else(|| wanted(&fields)),
        _ => Err(wanted(&fields)),
    }
}

/// A record whose text has another name, as in Label Studio's JSON-MIN: the field in which the texts of its entities are where
/// they say.
fn named_otherwise(fields: &Map<String, Value>, labelled: bool) -> Option<Item> {
    let spans = spans(fields).ok()??;
    const TEXTS: [&str; 7] = ["sentence", "data", "content", "document", "raw", "raw_text", "doc"];
    if spans.is_empty() || spans.iter().any(|span| span.text.is_none()) {
        let text = TEXTS.iter().find_map(|key| fields.get(*key)?.as_str())?.to_owned();
        return Some(Item::Text {
            text,
            spans: if labelled { spans } else { Vec::new() },
            unit: unit(fields),
            labelled: None,
        });
    }
    let is_there = |text: &str| {
        spans.iter().all(|span| {
            let chars = text.chars().skip(span.start).take(span.end.saturating_sub(span.start));
            span.text.as_ref().is_some_and(|given| chars.eq(given.chars()))
        })
    };
    let text = fields.values().filter_map(Value::as_str).find(|text| is_there(text))?.to_owned();
    Some(Item::Text { text, spans: if labelled { spans } else { Vec::new() }, unit: None, labelled: None })
}

/// The records of a table that was written by columns: lists of words, and as long lists of what else there is.
fn columns(fields: &Map<String, Value>) -> Option<Vec<Map<String, Value>>> {
    let tokens = WORDS.iter().find_map(|key| fields.get(*key)?.as_array())?;
    if tokens.is_empty() || !tokens.iter().all(Value::is_array) {
        return None;
    }
    let fits = |value: &Value| value.as_array().is_some_and(|list| list.len() == tokens.len());
    let columns: Vec<(&String, &Value)> = fields.iter().filter(|(_, value)| fits(value)).collect();
    let record = |i: usize| columns.iter().map(|(key, list)| ((*key).clone(), list[i].clone())).collect();
    Some((0..tokens.len()).map(record).collect())
}

/// The records of a list within an object, as of programs that write one object a file, or of rows of a table.
fn wrapped(mut fields: Map<String, Value>) -> Option<Vec<Value>> {
    const KEYS: [&str; 8] = ["rows", "row", "data", "examples", "records", "documents", "annotations", "sentences"];
    let key = KEYS.iter().find(|key| {
        let is_record = |value: &Value| {
            value.is_object()
                || value.is_null()
                || matches!(value, Value::Array(pair) if pair.len() == 2 && pair[0].is_string())
        };
        match fields.get(**key) {
            Some(Value::Array(list)) => !list.is_empty() && list.iter().all(is_record),
            Some(Value::Object(_)) => **key == "row",
            _ => false,
        }
    })?;
    match fields.remove(*key)? {
        Value::Array(list) => Some(list.into_iter().filter(|value| !value.is_null()).collect()),
        record => Some(vec![record]),
    }
}

/// A paragraph of spaCy's JSON for training: sentences of tokens with `orth` and `ner`.
fn paragraph(paragraph: &Value, context: &Context, items: &mut Vec<Item>) -> Result<()> {
    let wrong = || Error::data(format!("the paragraph {} has no \"sentences\" of \"tokens\"", shown(paragraph)));
    if let (Some(Value::String(text)), Some(Value::Array(_)), None) =
        (paragraph.get("raw"), paragraph.get("entities"), paragraph.get("sentences"))
    {
        let fields = paragraph.as_object().ok_or_else(wrong)?;
        let spans = if context.labelled { spans(fields)?.unwrap_or_default() } else { Vec::new() };
        items.push(Item::Text { text: text.clone(), spans, unit: None, labelled: None });
        return Ok(());
    }
    for sentence in paragraph.get("sentences").and_then(Value::as_array).ok_or_else(wrong)? {
        let fields = sentence.as_object().ok_or_else(wrong)?;
        let Tokens { words, tags, .. } = tokens(fields, context)?.ok_or_else(wrong)?;
        if context.labelled && tags.is_none() && !words.is_empty() {
            return Err(Error::data("a sentence has tokens without \"ner\""));
        }
        items.push(Item::Words { words, tags, nested: 0, labelled: None });
    }
    Ok(())
}

/// The unit that a record names for itself; a field of that name may be anything else.
fn unit(fields: &Map<String, Value>) -> Option<Unit> {
    fields.get("unit")?.as_str()?.parse().ok()
}

/// The error for a record without what is wanted, with what it has.
fn wanted(fields: &Map<String, Value>) -> Error {
    let keys: Vec<&str> = fields.keys().map(String::as_str).take(12).collect();
    let has = if keys.is_empty() { String::new() } else { format!("; this one has only {}", keys.join(", ")) };
    Error::data(format!("a record needs \"tokens\" and \"ner_tags\", or \"text\" and \"entities\"{has}"))
}
