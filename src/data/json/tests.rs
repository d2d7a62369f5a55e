use serde_json::json;

use super::*;
use crate::ErrorKind;
use crate::data::{Dataset, Unit};

fn load(text: &str, options: &DataOptions) -> Result<Dataset> {
    Dataset::from_bytes(text.as_bytes(), "f.json", options)
}

/// The entities of all sentences, as `words/type`.
fn entities(set: &Dataset) -> String {
    let mut found = Vec::new();
    for sentence in set.sentences() {
        for span in &sentence.spans {
            found.push(format!("{}/{}", sentence.words[span.start..span.end].join(" "), set.types()[span.label]));
        }
    }
    found.join(", ")
}

fn read(text: &str) -> String {
    entities(&load(text, &DataOptions::default()).unwrap_or_else(|e| panic!("{text}: {e}")))
}

fn notes(text: &str) -> String {
    let set = load(text, &DataOptions::default()).unwrap();
    set.notes().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Prodigy, doccano old and new, Label Studio (tasks and JSON-MIN), spaCy for training in versions 2 and 3, records of Hugging
/// Face, and what programs write beside.
#[test]
fn records_of_every_tool_give_the_same_entities() {
    let text = "Anna Berg moved to Oslo.";
    let words = json!(["Anna", "Berg", "moved", "to", "Oslo", "."]);
    let tags = json!(["B-PER", "I-PER", "O", "O", "B-LOC", "O"]);
    let numbers = json!([1, 2, 0, 0, 3, 0]);
    let names = json!(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]);
    let spans = json!([{"start": 0, "end": 9, "label": "PER"}, {"start": 19, "end": 23, "label": "LOC"}]);
    let triples = json!([[0, 9, "PER"], [19, 23, "LOC"]]);
    let ner = |words: &[(&str, &str)]| {
        words.iter().map(|(orth, ner)| json!({"orth": orth, "ner": ner, "tag": "X"})).collect::<Vec<_>>()
    };
    let region = |start: usize, end: usize, text: &str, label: &str| json!({"value": {"start": start, "end": end, "text": text, "labels": [label]}, "type": "labels", "from_name": "label"});
    let bilou =
        ner(&[("Anna", "B-PER"), ("Berg", "L-PER"), ("moved", "O"), ("to", "O"), ("Oslo", "U-LOC"), (".", "O")]);
    let records = [
        json!({"text": text, "tokens": [{"text": "Anna", "start": 0, "end": 4, "id": 0, "ws": true}], "spans": [
            {"start": 0, "end": 9, "token_start": 0, "token_end": 1, "label": "PER"},
            {"start": 19, "end": 23, "token_start": 4, "token_end": 4, "label": "LOC"}], "answer": "accept", "_input_hash": 1}),
        json!({"id": 1, "text": text, "label": triples, "Comments": []}),
        json!({"id": 1, "text": text, "labels": triples, "meta": {}}),
        json!({"text": text, "entities": [{"id": 1, "start_offset": 0, "end_offset": 9, "label": "PER"},
            {"id": 2, "start_offset": 19, "end_offset": 23, "label": "LOC"}], "relations": [{"from_id": 1, "to_id": 2, "type": "in"}]}),
        json!({"id": 1, "data": {"text": text}, "annotations": [{"was_cancelled": true, "result": []}, {"id": 2, "result": [
            region(0, 9, "Anna Berg", "PER"), region(19, 23, "Oslo", "LOC"), {"type": "relation", "from_id": "a", "to_id": "b"},
            {"type": "choices", "value": {"choices": ["news"]}}]}], "predictions": []}),
        json!({"id": 1, "text": text, "annotator": 1, "label": [
            {"start": 0, "end": 9, "text": "Anna Berg", "labels": ["PER"]}, {"start": 19, "end": 23, "text": "Oslo", "labels": ["LOC"]}]}),
        json!({"id": 1, "review": text, "created_at": "today", "ner": [
            {"start": 0, "end": 9, "text": "Anna Berg", "labels": ["PER"]}, {"start": 19, "end": 23, "text": "Oslo", "labels": ["LOC"]}]}),
        json!([text, {"entities": triples}]),
        json!({"id": 1, "data": text, "label": triples}),
        json!({"sentence": text, "entities": spans}),
        json!({"words": words, "ner": tags}),
        json!({"tokens": [words, ["no"]], "ner_tags": [tags, ["O"]], "id": ["0", "1"]}),
        json!({"tokenized_text": words, "ner": [[0, 1, "PER"], [4, 4, "LOC"]]}),
        json!({"text": text, "ents": spans, "sents": [], "tokens": [{"id": 0, "start": 0, "end": 4, "tag": "NNP"}], "spans": {}}),
        json!({"id": 0, "paragraphs": [{"raw": text, "sentences": [{"tokens": bilou, "brackets": []}]}]}),
        json!({"classes": ["PER"], "annotations": [[text, {"entities": triples}], null]}),
        json!({"tokens": words, "ner_tags": tags, "tags": tags}),
        json!({"text": text, "tokens": words, "ner_tags": tags}),
        json!({"tokens": words, "ner_tags": numbers, "names": names}),
        json!({"tokens": words, "ner_tags": numbers, "ner_tags_text": tags}),
        json!({"features": [{"name": "ner_tags", "type": {"feature": {"names": names}}}], "rows": [{"row_idx": 0, "row": {"tokens": words, "ner_tags": numbers}}]}),
        json!({"text": text, "tags": "news", "unit": "cardiology", "entities": spans, "spans": []}),
        json!({"doc_key": "d", "sentences": [words], "ner": [[[0, 1, "PER"], [4, 4, "LOC"]]], "relations": [[]]}),
        json!({"documentName": "d", "document": text, "tokens": [
            {"text": "Anna Berg", "start": 0, "end": 9, "token_start": 0, "token_end": 1, "entityLabel": "PER"},
            {"text": "Oslo", "start": 19, "end": 23, "token_start": 4, "token_end": 4, "entityLabel": "LOC"}], "relations": []}),
        json!({"source": text, "job": {"annotations": {"entities": [{"label": "PER", "startOffset": 0, "endOffset": 9},
            {"label": "LOC", "startOffset": 19, "endOffset": 23}], "labels": []}}, "job-metadata": {"entities": [{"confidence": 0}]}}),
        json!({"textContent": text, "textSegmentAnnotations": [{"startOffset": "0", "endOffset": "9", "displayName": "PER"},
            {"startOffset": 19, "endOffset": 23, "displayName": "LOC"}]}),
        json!({"examples": [{"content": text, "annotations": [{"start": 0, "end": 9, "tag": "PER", "value": "Anna Berg"},
            {"start": 19, "end": 23, "tag": "LOC", "value": "Oslo"}]}], "relations": []}),
        json!({"rasa_nlu_data": {"common_examples": [{"text": text, "intent": "x", "entities": [
            {"start": 0, "end": 9, "value": "she", "entity": "PER"}, {"start": 19, "end": 23, "value": "oslo", "entity": "LOC"}]}]}}),
    ];
    for record in records {
        for file in [
            record.to_string(),
            format!("\u{feff}{record}\r\u{feff}"),
            json!([record]).to_string(),
            serde_json::to_string_pretty(&record).unwrap(),
            serde_json::to_string_pretty(&json!([record])).unwrap(),
        ] {
            assert_eq!(read(&file), "Anna Berg/PER, Oslo/LOC", "{file}");
        }
    }
    // Names in a record of their own hold for all that follow.
    let header = json!({"id2label": {"0": "O", "1": "B-PER", "2": "I-PER", "3": "B-LOC"}});
    assert_eq!(
        read(&format!("{header}\n{}", json!({"tokens": words, "ner_tags": numbers}))),
        "Anna Berg/PER, Oslo/LOC"
    );
}

#[test]
fn numbered_tags_need_names() {
    let text = r#"{"tokens": ["Anna", "ran"], "ner_tags": [1, 0]}"#;
    let e = load(text, &DataOptions::default()).unwrap_err();
    assert!(e.message().contains("tag_names") && e.line() == Some(1), "{e}");
    let tag_names = vec!["O".to_owned(), "B-PER".into()];
    let options = DataOptions { tag_names, ..DataOptions::default() };
    assert_eq!(entities(&load(text, &options).unwrap()), "Anna/PER");
    let e = load(&text.replace("[1", "[2"), &options).unwrap_err();
    assert!(e.message().contains("no name"), "{e}");
}

#[test]
fn what_annotators_refused_is_left_out_and_counted() {
    let good = r#"{"text": "Oslo", "spans": [{"start": 0, "end": 4, "label": "LOC"}], "answer": "accept"}"#;
    let text = [good, &good.replace("accept", "reject"), &good.replace("accept", "ignore")].join("\n");
    assert_eq!(read(&text), "Oslo/LOC");
    assert!(notes(&text).contains("left out: 2 (lines 2, 3)"), "{}", notes(&text));
    assert_eq!(read(&format!("{good}\n{}", r#"{"text": "Nothing.", "answer": "accept"}"#)), "Oslo/LOC");
    let e = load(&good.replace("accept", "reject"), &DataOptions::default()).unwrap_err();
    assert!(e.message().contains("reject"), "{e}");
    let task =
        json!([{"data": {"text": "a"}, "annotations": []}, {"data": {"text": "b"}, "annotations": [{"result": []}]}]);
    assert!(notes(&task.to_string()).contains("without annotation, left out: 1"));
}

#[test]
fn a_record_may_have_no_entity() {
    let text =
        "{\"text\": \"Oslo\", \"entities\": [[0, 4, \"LOC\"]]}\n{\"text\": \"Nothing here.\", \"entities\": null}";
    let set = load(text, &DataOptions::default()).unwrap();
    assert_eq!((set.len(), set.entities()), (2, 1));
}

#[test]
fn positions_count_what_the_unit_says() {
    assert!("cardiology".parse::<Unit>().is_err() && "UTF-16".parse::<Unit>().is_ok_and(|unit| unit == Unit::Utf16));
    let record = |start: usize, end: usize, unit: &str| {
        format!(r#"{{"text": "😀 Zoë.", {unit} "entities": [{{"start": {start}, "end": {end}, "label": "PER"}}]}}"#)
    };
    for (unit, name, start, end) in
        [(Unit::CodePoint, "code-point", 2, 5), (Unit::Utf16, "UTF-16", 3, 6), (Unit::Byte, "bytes", 5, 9)]
    {
        let options = DataOptions { unit, ..DataOptions::default() };
        assert_eq!(entities(&load(&record(start, end, ""), &options).unwrap()), "Zoë/PER");
        // The record itself knows best.
        assert_eq!(read(&record(start, end, &format!("\"unit\": {name:?},"))), "Zoë/PER");
    }
}

#[test]
fn duplicates_overlaps_and_cut_graphemes_are_told() {
    let record = |spans: &str| format!("{{\"text\": \"Anna Berg, Zoe\u{308}\", \"entities\": [{spans}]}}");
    let strict = DataOptions { strict: true, ..DataOptions::default() };
    for (spans, found, told) in [
        ("[0, 9, \"PER\"], [0, 9, \"PER\"]", "Anna Berg/PER", "there twice"),
        ("[0, 4, \"GIVEN\"], [0, 9, \"PER\"]", "Anna Berg/PER", "longer ones"),
        ("[11, 14, \"PER\"]", "Zoe\u{308}/PER", "widened"),
    ] {
        assert_eq!(read(&record(spans)), found);
        assert!(notes(&record(spans)).contains(told), "{}", notes(&record(spans)));
        assert_eq!(load(&record(spans), &strict).is_err(), told == "longer ones");
    }
}

#[test]
fn data_without_labels_are_words() {
    let words = DataOptions { labelled: false, ..DataOptions::default() };
    for text in [
        r#"{"tokens": ["a", "b"]}"#,
        r#"{"text": "a b"}"#,
        r#"{"text": "a b", "entities": [{"start": 9, "end": 8, "label": ""}]}"#,
        r#"{"tokens": ["a", "b"], "ner_tags": [7]}"#,
        r#"{"text": "a b", "answer": "reject"}"#,
        r#"{"document": "a b", "tokens": [{"text": "b", "start": 2, "end": 3, "entityLabel": "X"}]}"#,
        r#"{"doc_key": "d", "sentences": [["a", "b"]]}"#,
    ] {
        let set = load(text, &words).unwrap();
        assert_eq!((set.sentences()[0].words.join("|").as_str(), set.sentences()[0].tags.len()), ("a|b", 0), "{text}");
    }
    assert_eq!(load("\n{\"tokens\": [\"a b\"]}\r\n{\"tokens\": []}\n", &words).unwrap().len(), 1);
}

#[test]
fn errors_name_the_line_and_what_is_wrong() {
    let with = |entities: &str| format!(r#"{{"text": "ab c", "entities": [{entities}]}}"#);
    let entity = |start: i64, end: i64| with(&format!(r#"{{"start": {start}, "end": {end}, "label": "X"}}"#));
    let cases = [
        ("{".to_string(), "no JSON record"),
        ("[1]".into(), "no JSON record"),
        ("7".into(), "no JSON record"),
        ("oops".into(), "no JSON record"),
        (r#"{"text": "a", "score": NaN}"#.into(), "write null"),
        ("[('a', {'entities': []})]".into(), "json.dumps"),
        (r#"{"text": "a" "b"}"#.into(), "at column"),
        (r#"{"tokens": ["a"], "ner_tags": []}"#.into(), "1 tokens, but 0 ner_tags"),
        (r#"{"tokens": ["a", " "], "ner_tags": ["O", "O"]}"#.into(), "a word is empty"),
        (r#"{"tokens": ["a"], "ner_tags": ["PER"]}"#.into(), "the tag \"PER\""),
        (r#"{"tokens": ["a"]}"#.into(), "a record needs"),
        (r#"{"text": "a", "id": 3}"#.into(), "only id, text"),
        (r#"{"text": 5, "entities": []}"#.into(), "no string"),
        (r#"{"text": "\ud800", "entities": []}"#.into(), "no JSON record"),
        (r#"{"data": {"a": "x", "b": "y"}, "annotations": [{"result": []}]}"#.into(), "is its text"),
        (entity(0, 5), "outside the text"),
        (entity(-1, 2), "-1 is no position"),
        (entity(1, 1), "is empty"),
        (entity(2, 1), "is empty"),
        (entity(2, 3), "covers no word"),
        (with(r#"["T1", "X", [[0, 2]]]"#), "brat"),
        (with(r#"{"start": 0, "end": 2, "label": ""}"#), "the entity type"),
    ];
    for (text, message) in cases {
        let e =
            load(&format!("\n{text}\n"), &DataOptions::default()).err().unwrap_or_else(|| panic!("accepted {text}"));
        assert_eq!((e.kind(), e.line()), (ErrorKind::Data, Some(2)), "{text}: {e}");
        assert!(e.message().contains(message), "{text}: {e}");
    }
}
