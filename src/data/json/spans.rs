//! Entities of a text as annotation tools write them.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// An entity as a record has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GivenSpan {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: String,
    /// What it covers, where the record says so.
    pub(super) text: Option<String>,
}

/// What tools call the list of a text's entities.
const LISTS: [&str; 3] = ["entities", "spans", "ents"];

/// What some tools call it, and others use for topics and the like.
const PERHAPS_LISTS: [&str; 4] = ["label", "labels", "annotations", "annotation"];

/// The entities of a record; `None` where no field holds any list of them.
///
/// # Errors
/// `Data` where a list is in no known form, or two fields hold different ones.
pub(super) fn spans(record: &Map<String, Value>) -> Result<Option<Vec<GivenSpan>>> {
    let mut found: Option<(&str, Vec<GivenSpan>)> = None;
    for key in LISTS {
        let list = match record.get(key) {
            None => continue,
            // A text without entities.
            Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => parse(list).map_err(|e| Error::data(format!("{key}: {}", e.message())))?,
            // spaCy: groups of spans of other kinds.
            Some(Value::Object(_)) if key == "spans" => continue,
            Some(_) => return Err(Error::data(format!("{key:?} is no list"))),
        };
        found = Some(merged(found, key, list)?);
    }
    let others = record.keys().filter(|key| !LISTS.contains(&key.as_str()));
    let (known, unknown): (Vec<&String>, Vec<&String>) = others.partition(|key| PERHAPS_LISTS.contains(&key.as_str()));
    for key in known {
        if let Some(Value::Array(list)) = record.get(key)
            && list.iter().all(is_span)
        {
            found = Some(merged(found, key, parse(list)?)?);
        }
    }
    if found.is_none() {
        // Label Studio's JSON-MIN names the list as the project does.
        // Tokens have places and tags, too.
        for key in unknown.into_iter().filter(|key| *key != "tokens") {
            if let Some(Value::Array(list)) = record.get(key)
                && !list.is_empty()
                && list.iter().all(|item| is_span(item) && item.is_object() && label(item).is_ok())
            {
                found = Some(merged(found, key, parse(list)?)?);
            }
        }
    }
    Ok(found.map(|(_, list)| list))
}

/// The list of one field or another, where at most one has entities or both have the same.
fn merged<'a>(
    found: Option<(&'a str, Vec<GivenSpan>)>,
    key: &'a str,
    list: Vec<GivenSpan>,
) -> Result<(&'a str, Vec<GivenSpan>)> {
    let same = |a: &[GivenSpan], b: &[GivenSpan]| {
        let places = |list: &[GivenSpan]| {
            let mut places: Vec<_> = list.iter().map(|s| (s.start, s.end, s.label.clone())).collect();
            places.sort();
            places
        };
        places(a) == places(b)
    };
    match found {
        Some((other, before)) if !before.is_empty() => match list.is_empty() || same(&before, &list) {
            true => Ok((other, before)),
            false => Err(Error::data(format!("{other:?} and {key:?} hold different entities; leave one of them out"))),
        },
        _ => Ok((key, list)),
    }
}

/// Reads a list of entities.
pub(super) fn parse(list: &[Value]) -> Result<Vec<GivenSpan>> {
    let mut spans = Vec::with_capacity(list.len());
    for item in list.iter().filter(|item| !item.is_null()) {
        match item {
            Value::Array(parts) => spans.push(triple(parts)?),
            Value::Object(fields) => {
                let (start, end) = places(fields)?;
                let text = fields.get("text").and_then(Value::as_str).map(str::to_owned);
                for label in labels(item)? {
                    spans.push(GivenSpan { start, end, label, text: text.clone() });
                }
            }
            other => return Err(Error::data(format!("the entity {} has neither start nor end", shown(other)))),
        }
    }
    Ok(spans)
}

/// `[start, end, label]`, as doccano and spaCy have it.
fn triple(parts: &[Value]) -> Result<GivenSpan> {
    let whole = Value::Array(parts.to_vec());
    match parts {
        [start, end, Value::String(label), rest @ ..] if start.is_number() && end.is_number() => Ok(GivenSpan {
            start: position(start)?,
            end: position(end)?,
            label: label.clone(),
            text: rest.first().and_then(Value::as_str).map(str::to_owned),
        }),
        [Value::String(_), Value::String(_), Value::Array(_), ..] => Err(Error::data(format!(
            "the entity {} is in the form of brat, [id, type, [[start, end]]]; write {{\"start\", \"end\", \"label\"}}",
            shown(&whole)
        ))),
        _ => Err(Error::data(format!("the entity {} is not [start, end, label]", shown(&whole)))),
    }
}

/// Whether a value has the form of an entity.
fn is_span(value: &Value) -> bool {
    match value {
        Value::Array(parts) => {
            matches!(&parts[..], [a, b, Value::String(_), ..] if a.is_number() && b.is_number())
        }
        Value::Object(fields) => places(fields).is_ok(),
        Value::Null => true,
        _ => false,
    }
}

/// Where an entity starts and ends, by whichever names.
fn places(fields: &Map<String, Value>) -> Result<(usize, usize)> {
    // Regions of hypertext count within elements, and within the whole text beside it.
    let fields = fields.get("globalOffsets").and_then(Value::as_object).unwrap_or(fields);
    let named = |names: &[&str]| names.iter().find_map(|name| fields.get(*name));
    let wrong = |what: &str| {
        let all = shown(&Value::Object(fields.clone()));
        Err(Error::data(format!("the entity {all} {what}")))
    };
    if let Some(Value::Array(parts)) = fields.get("offsets").or(fields.get("span")) {
        // One part in a list of parts, or the two numbers themselves.
        return match &parts[..] {
            [Value::Array(part)] if part.len() == 2 => Ok((position(&part[0])?, position(&part[1])?)),
            [start, end] if start.is_number() && end.is_number() => Ok((position(start)?, position(end)?)),
            _ => wrong("has not one start and one end: entities of several parts, as of brat, are not read"),
        };
    }
    let start = named(&["start", "start_offset", "startOffset", "begin", "offset", "start_char"]);
    let end = named(&["end", "end_offset", "endOffset", "end_char"]);
    match (start, end, fields.get("length")) {
        (Some(start), Some(end), _) => Ok((position(start)?, position(end)?)),
        (Some(start), None, Some(length)) => {
            let (start, length) = (position(start)?, position(length)?);
            Ok((start, start.saturating_add(length)))
        }
        _ => wrong("has no \"start\" and \"end\""),
    }
}

fn label(item: &Value) -> Result<String> {
    labels(item)?.into_iter().next().ok_or_else(|| Error::data(format!("the entity {} has no label", shown(item))))
}

/// The labels of an entity: one, but for tools that allow several.
fn labels(item: &Value) -> Result<Vec<String>> {
    const NAMES: [&str; 8] = ["label", "labels", "type", "entity_type", "entity_group", "entity", "category", "tag"];
    let field = NAMES.iter().filter_map(|name| item.get(*name)).find(|value| !value.is_null());
    // Label Studio: "hypertextlabels", "paragraphlabels".
    let field = field.or_else(|| {
        let fields = item.as_object()?;
        fields.iter().find(|(name, value)| name.ends_with("labels") && value.is_array()).map(|(_, value)| value)
    });
    let none = || Error::data(format!("the entity {} has no label", shown(item)));
    match field {
        Some(Value::String(label)) => Ok(vec![label.clone()]),
        Some(Value::Array(list)) if !list.is_empty() => {
            list.iter().map(|label| label.as_str().map(str::to_owned).ok_or_else(none)).collect()
        }
        Some(number @ Value::Number(_)) => {
            Err(Error::data(format!("the label {number} of an entity is a number: export the names of the labels")))
        }
        _ => Err(none()),
    }
}

/// A position: a whole number from 0, which some tools write as 3.0 or "3".
fn position(value: &Value) -> Result<usize> {
    let number = match value {
        Value::Number(n) => {
            n.as_u64().or_else(|| n.as_f64().filter(|f| *f >= 0.0 && f.fract() == 0.0 && *f < 1e15).map(|f| f as u64))
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let number = number.and_then(|n| usize::try_from(n).ok());
    number.ok_or_else(|| Error::data(format!("{} is no position in a text: a whole number from 0 is", shown(value))))
}

/// A value, shortened.
pub(in crate::data) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(record: Value) -> Result<Option<Vec<(usize, usize, String)>>> {
        let found = spans(record.as_object().unwrap())?;
        Ok(found.map(|list| list.into_iter().map(|s| (s.start, s.end, s.label)).collect()))
    }

    #[test]
    fn every_tool_has_a_form_of_its_own() {
        for record in [
            json!({"entities": [{"start": 0, "end": 9, "label": "PER"}]}),
            json!({"spans": [{"start": 0, "end": 9, "label": "PER", "token_start": 0, "token_end": 1}]}),
            json!({"ents": [{"start": 0, "end": 9, "label": "PER"}], "spans": {"sc": []}}),
            json!({"label": [[0, 9, "PER"]]}),
            json!({"labels": [[0, 9, "PER"]]}),
            json!({"entities": [[0, 9, "PER"]]}),
            json!({"entities": [{"id": 5, "start_offset": 0, "end_offset": 9, "label": "PER"}], "relations": []}),
            json!({"label": [{"start": 0, "end": 9, "text": "Anna Berg", "labels": ["PER"]}], "id": 4}),
            json!({"ner": [{"start": 0, "end": 9, "text": "Anna Berg", "labels": ["PER"]}], "annotator": 1}),
            json!({"entities": [{"offset": 0, "length": 9, "category": "PER"}]}),
            json!({"entities": [{"offsets": [[0, 9]], "type": "PER", "text": ["Anna Berg"]}]}),
            json!({"entities": [{"start": "0", "end": 9.0, "type": "PER"}, null]}),
            json!({"entities": [{"start": 0, "end": 9, "label": "PER"}], "spans": []}),
            json!({"entities": [], "spans": [{"start": 0, "end": 9, "label": "PER"}]}),
            json!({"entities": [{"start": 0, "end": 9, "label": "PER"}], "label": ["news"], "labels": "x"}),
        ] {
            assert_eq!(read(record.clone()).unwrap(), Some(vec![(0, 9, "PER".to_owned())]), "{record}");
        }
        assert_eq!(read(json!({"entities": null})).unwrap(), Some(vec![]));
        assert_eq!(read(json!({"label": []})).unwrap(), Some(vec![]));
        for none in [json!({"text": "a"}), json!({"label": "news", "tags": ["a"]}), json!({"labels": ["a", "b"]})] {
            assert_eq!(read(none).unwrap(), None);
        }
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (record, message) in [
            (json!({"entities": [["T1", "PER", [[0, 9]]]]}), "brat"),
            (json!({"entities": [{"offsets": [[0, 4], [6, 9]], "type": "PER"}]}), "several parts"),
            (json!({"entities": [[0, "PER"]]}), "[start, end, label]"),
            (json!({"entities": ["Anna"]}), "neither start nor end"),
            (json!({"entities": {"PER": ["Anna"]}}), "no list"),
            (json!({"entities": [{"start": 0, "label": "PER"}]}), "no \"start\" and \"end\""),
            (json!({"entities": [{"start": 0, "end": 2}]}), "no label"),
            (json!({"entities": [{"start": 0, "end": 2, "label": 3}]}), "is a number"),
            (json!({"entities": [{"start": -1, "end": 2, "label": "A"}]}), "-1 is no position"),
            (json!({"entities": [[0, 1.5, "A"]]}), "1.5 is no position"),
            (json!({"entities": [[0, 1, "A"]], "spans": [[0, 2, "A"]]}), "different"),
        ] {
            let e = read(record.clone()).unwrap_err();
            assert!(e.message().contains(message), "{record}: {e}");
        }
    }
}
