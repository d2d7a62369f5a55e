//! Annotation tools whose records have a form of their own: read where text and labels stand in them for certain, else named.

use serde_json::{Map, Value, json};

use super::spans::shown;
use crate::error::{Error, Result};

type Fields = Map<String, Value>;

/// The records that a tool's record stands for, in the form that all others have; `None` for a record of no such tool.
///
/// # Errors
/// `Data`, naming the tool and how to convert, for what cannot be read; for DyGIE++ where an entity lies in no sentence.
pub(super) fn records(fields: &Fields) -> Result<Option<Vec<Value>>> {
    if let Some((tool, what)) = unread(fields) {
        return Err(Error::data(format!("{tool}: {what}")));
    }
    if let Some(sentences) = list(fields, "sentences")
        && !sentences.is_empty()
        && sentences.iter().all(|s| s.as_array().is_some_and(|words| words.iter().all(Value::is_string)))
    {
        return dygie(fields, sentences).map(Some);
    }
    let one = |text: &Value, spans: Vec<Value>| Ok(Some(vec![json!({"text": text, "entities": spans})]));
    // UBIAI: its "tokens" are the entities.
    if let (Some(text @ Value::String(_)), Some(tokens)) = (fields.get("document"), list(fields, "tokens"))
        && (fields.contains_key("documentName") || !tokens.is_empty())
        && tokens.iter().all(|token| token.get("entityLabel").is_some())
    {
        return one(text, tokens.iter().map(|token| span(token, ["start", "end", "entityLabel", "text"])).collect());
    }
    // Amazon SageMaker Ground Truth: the labels stand below the name of the job.
    if let Some(text @ Value::String(_)) = fields.get("source")
        && let Some(spans) = fields.values().find_map(|job| job.get("annotations")?.get("entities")?.as_array())
    {
        return one(text, spans.iter().map(|s| span(s, ["startOffset", "endOffset", "label", ""])).collect());
    }
    // Google Vertex AI.
    if let (Some(text @ Value::String(_)), Some(spans)) =
        (fields.get("textContent"), list(fields, "textSegmentAnnotations"))
    {
        return one(text, spans.iter().map(|s| span(s, ["startOffset", "endOffset", "displayName", ""])).collect());
    }
    // LightTag.
    if let (Some(text @ Value::String(_)), Some(spans)) = (fields.get("content"), list(fields, "annotations"))
        && spans.iter().all(|span| ["start", "end", "tag"].iter().all(|key| span.get(*key).is_some()))
    {
        return one(text, spans.iter().map(|s| span(s, ["start", "end", "tag", "value"])).collect());
    }
    // Rasa.
    let examples = fields.get("rasa_nlu_data").and_then(|data| data.get("common_examples")?.as_array());
    Ok(examples.map(|examples| {
        let record = |example: &Value| {
            let spans = example.get("entities").and_then(Value::as_array).into_iter().flatten();
            // The value is what the entity stands for, and need not be what the text has.
            json!({"text": example.get("text"),
                "entities": spans.map(|s| span(s, ["start", "end", "entity", ""])).collect::<Vec<_>>()})
        };
        examples.iter().map(record).collect()
    }))
}

fn list<'a>(fields: &'a Fields, key: &str) -> Option<&'a Vec<Value>> {
    fields.get(key)?.as_array()
}

/// An entity by the names of its start, end, label and text in a tool's record.
fn span(given: &Value, [start, end, label, text]: [&str; 4]) -> Value {
    let mut fields = Map::new();
    for (name, key) in [("start", start), ("end", end), ("label", label), ("text", text)] {
        fields.extend(given.get(key).map(|value| (name.to_owned(), value.clone())));
    }
    Value::Object(fields)
}

/// DyGIE++ and SciERC: lists of words, and for each the entities as first and last word, counted through the document.
fn dygie(fields: &Fields, sentences: &[Value]) -> Result<Vec<Value>> {
    let labelled = list(fields, "ner").filter(|lists| lists.len() == sentences.len());
    let (mut records, mut from) = (Vec::with_capacity(sentences.len()), 0);
    for (i, sentence) in sentences.iter().enumerate() {
        let words = sentence.as_array().map_or(0, Vec::len) as u64;
        let within = |given: &Value| -> Result<Value> {
            let place = |at: usize| given.get(at)?.as_u64()?.checked_sub(from).filter(|place| *place < words);
            match (place(0), place(1), given.get(2).and_then(Value::as_str)) {
                (Some(first), Some(last), Some(label)) if first <= last => Ok(json!([first, last, label])),
                _ => Err(Error::data(format!(
                    "ner: {} is no [first word, last word, type] within sentence {}, which has the words {from} to {} of the \
                     document",
                    shown(given),
                    i + 1,
                    (from + words).saturating_sub(1)
                ))),
            }
        };
        let mut record = Map::from_iter([("tokenized_text".to_owned(), sentence.clone())]);
        if let Some(lists) = labelled {
            let spans = lists[i].as_array().into_iter().flatten().map(within).collect::<Result<Vec<_>>>()?;
            record.insert("ner".to_owned(), spans.into());
        }
        records.push(Value::Object(record));
        from += words;
    }
    Ok(records)
}

/// The first of the documents that an object lists.
fn first_document(fields: &Fields) -> Option<&Value> {
    list(fields, "documents")?.first()
}

/// The tool whose record it is and what to do, where it cannot be read.
fn unread(fields: &Fields) -> Option<(&'static str, &'static str)> {
    let has = |keys: &[&str]| keys.iter().all(|key| fields.contains_key(*key));
    let below = |key: &str| first_document(fields.get(key)?.as_object()?);
    let is_azure = || {
        has(&["projectFileVersion", "assets"])
            || below("assets").is_some_and(|document| document.get("location").is_some())
    };
    let is_result = || {
        let is_scored = |document: &Value| document.pointer("/entities/0/confidenceScore").is_some();
        let document = below("results").or_else(|| first_document(fields));
        document.is_some_and(|document| is_scored(document) && document.get("text").is_none())
    };
    let points = || list(fields, "annotation").is_some_and(|l| l.iter().any(|a| a.get("points").is_some()));
    Some(match () {
        () if has(&["annotatable", "entities"]) => (
            "an annotation of tagtog",
            "its text stands in another file (plain.html), and names of types in annotations-legend.json; write both as \
             {\"text\": .., \"entities\": [{\"start\", \"end\", \"label\"}]}",
        ),
        () if is_azure() => (
            "a project of Azure AI Language",
            "its texts stand in files of their own; write each with its labels as {\"text\": .., \"unit\": \"utf16\", \"entities\": \
             [{\"offset\", \"length\", \"category\"}]}, \"unit\" as its stringIndexType says",
        ),
        () if is_result() => (
            "results of Azure AI Language",
            "they are without their texts; write each with its entities as {\"text\": .., \"entities\": [{\"offset\", \"length\", \
             \"category\"}]}",
        ),
        () if has(&["data_row", "projects"]) || has(&["Labeled Data", "Label"]) => (
            "an export of Labelbox",
            "its locations may end with the last character, not behind it: compare one with the text; write {\"text\": .., \
             \"entities\": [{\"start\", \"end\", \"label\"}]} of row_data (Labeled Data), location and name, with 1 added to each end \
             where that is so",
        ),
        () if points() => (
            "an export of Dataturks",
            "its points end with the last character, not behind it; write {\"text\": .., \"entities\": [{\"start\", \"end\", \
             \"label\"}]}, with 1 added to each end",
        ),
        () if has(&["%FEATURE_STRUCTURES"]) || has(&["_referenced_fss"]) => {
            ("UIMA's JSON, as INCEpTION and WebAnno write it", "export as CoNLL 2002 or CoNLL 2003")
        }
        () if fields.get("@context").is_some_and(|c| c.to_string().contains("/anno.jsonld")) => (
            "a Web annotation",
            "its text stands elsewhere; write {\"text\": .., \"entities\": [{\"start\", \"end\", \"label\"}]}",
        ),
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(record: Value) -> Result<Option<Vec<Value>>> {
        records(record.as_object().unwrap())
    }

    /// A record that others have, too, is left to them.
    #[test]
    fn records_of_no_tool_are_left_alone() {
        for record in [
            json!({"text": "a", "entities": []}),
            json!({"document": "a", "entities": []}),
            json!({"source": "a", "text": "b", "labels": []}),
            json!({"content": "a", "annotations": [{"start": 0, "end": 1, "label": "X"}]}),
            json!({"sentences": [{"text": "a"}]}),
            json!({"documents": [{"content": "a", "entities": [{"start": 0, "end": 1, "label": "X"}]}]}),
            json!({"annotation": [{"start": 0, "end": 1, "label": "X"}], "text": "a"}),
            json!({"tokens": ["a"], "document": "a", "ner_tags": ["O"]}),
        ] {
            assert_eq!(of(record.clone()).unwrap(), None, "{record}");
        }
    }

    #[test]
    fn what_stands_in_other_files_or_counts_otherwise_is_named_with_what_to_do() {
        let label = json!({"objects": [{"title": "PER", "data": {"location": {"start": 0, "end": 8}}}]});
        for (record, tool) in [
            (json!({"annotatable": {"parts": ["s1p1"]}, "entities": [], "metas": {}}), "tagtog"),
            (json!({"projectFileVersion": "2022-05-01", "assets": {"documents": []}}), "Azure"),
            (json!({"assets": {"documents": [{"location": "a.txt", "entities": []}]}}), "Azure"),
            (
                json!({"kind": "x", "results": {"documents": [{"id": "1", "entities": [{"offset": 0, "confidenceScore": 1}]}]}}),
                "Azure",
            ),
            (json!({"data_row": {"row_data": "a"}, "projects": {}}), "Labelbox"),
            (json!({"ID": "1", "Labeled Data": "a", "Label": label}), "Labelbox"),
            (
                json!({"content": "a", "annotation": [{"label": ["X"], "points": [{"start": 0, "end": 0}]}]}),
                "Dataturks",
            ),
            (json!({"%TYPES": {}, "%FEATURE_STRUCTURES": []}), "INCEpTION"),
            (json!({"@context": "http://www.w3.org/ns/anno.jsonld", "body": []}), "Web annotation"),
        ] {
            let e = of(record.clone()).unwrap_err();
            assert!(e.message().contains(tool), "{record}: {e}");
            assert!(e.message().contains("write") || e.message().contains("export as"), "{record}: {e}");
        }
    }

    #[test]
    fn words_of_a_document_are_counted_through_its_sentences() {
        let record =
            |ner: Value| json!({"doc_key": "d", "sentences": [["In", "Oslo", "."], ["Anna", "ran"]], "ner": ner});
        let read = of(record(json!([[[1, 1, "LOC"]], [[3, 3, "PER"]]]))).unwrap().unwrap();
        assert_eq!(read[0]["ner"], json!([[1, 1, "LOC"]]));
        assert_eq!(read[1], json!({"tokenized_text": ["Anna", "ran"], "ner": [[0, 0, "PER"]]}));
        for outside in
            [json!([[[1, 3, "X"]], []]), json!([[], [[2, 3, "X"]]]), json!([[[2, 1, "X"]], []]), json!([[[0, 0]], []])]
        {
            let e = of(record(outside.clone())).unwrap_err();
            assert!(e.message().contains("within sentence"), "{outside}: {e}");
        }
    }
}
