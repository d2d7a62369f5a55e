//! Which types sentences label, as files and options say it.

use serde_json::json;

use super::*;
use crate::data::DataOptions;
use crate::error::ErrorKind;

fn comment(line: &str) -> Option<String> {
    of_comment(line).map(|list| list.map_or_else(|e| e.message().to_owned(), |list| list.join("|")))
}

#[test]
fn a_comment_names_types() {
    for line in
        ["# labelled_types = A, musical work", "#labelled_types=A,musical work", "## labeled_types : A , musical work"]
    {
        assert_eq!(comment(line).as_deref(), Some("A|musical work"), "{line}");
    }
    for line in ["labelled_types = A", "# labelled_types A", "# labelled_types_of = A", "# text = labelled_types = A"] {
        assert_eq!(comment(line), None, "{line}");
    }
    assert!(comment("# labelled_types = A, A").unwrap().contains("\"A\" twice"));
    assert!(comment("# labelled_types =").unwrap().contains("is empty"));
    assert!(comment("# labelled_types = A,").unwrap().contains("the entity type \"\" is empty"));
}

#[test]
fn a_record_names_types() {
    let read = |record: Value| of_json(record.as_object().unwrap());
    assert_eq!(read(json!({"text": "a", "labelled_types": ["A", "B"]})).unwrap(), Some(vec!["A".into(), "B".into()]));
    assert_eq!(read(json!({"data": {"text": "a", "labelled_types": ["A"]}})).unwrap(), Some(vec!["A".into()]));
    assert_eq!(read(json!({"text": "a", "labelled_types": null})).unwrap(), None);
    for (list, message) in [
        (json!([]), "is empty"),
        (json!(["A", "A"]), "\"A\" twice"),
        (json!(["A", ""]), "is empty"),
        (json!("A"), "no list"),
        (json!(["A", 3]), "3 is no name"),
    ] {
        let e = read(json!({"labelled_types": list})).unwrap_err();
        assert!(e.message().contains(message), "{e}");
    }
}

fn read(text: &str, name: &str, labelled_types: &[&str]) -> Result<Dataset> {
    let labelled_types = labelled_types.iter().map(|name| (*name).to_owned()).collect();
    Dataset::from_bytes(text.as_bytes(), name, &DataOptions { labelled_types, ..DataOptions::default() })
}

/// The types that each sentence labels, and its words.
fn lists(set: &Dataset) -> Vec<(String, String)> {
    let list = |s: &crate::data::Sentence| s.labelled_types.as_ref().map_or("all".to_owned(), |types| types.join("|"));
    set.sentences().iter().map(|s| (list(s), s.words.join(" "))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(list, words)| ((*list).to_owned(), (*words).to_owned())).collect()
}

/// A comment holds for the sentence that follows it, whatever parts the columns, and is a comment for who does not ask.
#[test]
fn sentences_in_columns_say_what_they_label() {
    for tab in ["\t", " "] {
        let text = format!(
            "# labelled_types = MED\naspirin{tab}B-MED\nhelps{tab}O\n\nAda{tab}B-PER\n\n\n#labelled_types=PER, MED\n\nBob{tab}B-PER\n"
        );
        let set = read(&text, "x.conll", &[]).unwrap();
        assert_eq!(lists(&set), pairs(&[("MED", "aspirin helps"), ("all", "Ada"), ("PER|MED", "Bob")]));
        assert!(set.notes().iter().any(|note| note.what.starts_with("2 of 3 sentences have labelled_types")));
        // What a set says holds for sentences that say nothing.
        let set = read(&text, "x.conll", &["PER"]).unwrap();
        assert_eq!(lists(&set)[1].0, "PER");
        assert!(set.notes().is_empty());
        let unlabelled = DataOptions { labelled: false, ..DataOptions::default() };
        let words = Dataset::from_bytes(text.as_bytes(), "x.conll", &unlabelled).unwrap();
        assert_eq!(lists(&words), pairs(&[("all", "aspirin helps"), ("all", "Ada"), ("all", "Bob")]));
    }
    let inside = "aspirin\tB-MED\n# labelled_types = MED\nhelps\tO\n";
    let e = read(inside, "x.conll", &[]).unwrap_err();
    assert!(e.to_string().contains("x.conll:2:") && e.message().contains("inside a sentence"), "{e}");
}

/// In whatever form a record comes.
#[test]
fn records_say_what_they_label() {
    let text = concat!(
        r#"{"text": "aspirin", "entities": [[0, 7, "MED"]], "labelled_types": ["MED", "PER"]}"#,
        "\n",
        r#"{"tokens": ["Ada"], "ner_tags": ["B-PER"]}"#,
        "\n",
        r#"{"tokens": ["Bob"], "ner_tags": ["B-PER"], "labeled_types": ["PER"]}"#,
        "\n",
        r#"["Eva", {"entities": [], "labelled_types": ["MED"]}]"#,
        "\n",
        r#"{"rows": [{"text": "Tim", "entities": [], "labelled_types": ["PER"]}, {"text": "Ute", "entities": []}], "labelled_types": ["MED"]}"#,
    );
    let set = read(text, "x.jsonl", &[]).unwrap();
    let expected =
        [("MED|PER", "aspirin"), ("all", "Ada"), ("PER", "Bob"), ("MED", "Eva"), ("PER", "Tim"), ("MED", "Ute")];
    assert_eq!(lists(&set), pairs(&expected));
    assert_eq!(set.labelled_types(), ["MED", "PER"]);
    let task = r#"[{"data": {"text": "aspirin", "labelled_types": ["MED"]}, "annotations": [{"result": []}]}]"#;
    assert_eq!(lists(&read(task, "x.json", &[]).unwrap()), pairs(&[("MED", "aspirin")]));
}

/// What is marked and yet not said to be labelled is a mistake in one or the other.
#[test]
fn an_entity_of_another_type_is_an_error() {
    let conll = "a\tO\n\n# labelled_types = MED\nAda\tB-PER\n";
    let json = r#"{"text": "Ada", "entities": [[0, 3, "PER"]], "labelled_types": ["MED"]}"#;
    // Less than half of a word: no word of it is learnt, but it is there.
    let cut = r#"{"text": "unamerican", "entities": [[2, 4, "PER"]], "labelled_types": ["MED"]}"#;
    for (text, name, list, line) in [
        (conll, "x.conll", &[][..], 4),
        (json, "x.jsonl", &[], 1),
        (cut, "x.jsonl", &[], 1),
        ("a\tO\n\nAda\tB-PER\n", "x.conll", &["MED"], 3),
    ] {
        let e = read(text, name, list).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Data);
        assert!(e.message().contains("the type \"PER\", which is not among the labelled_types MED"), "{e}");
        assert!(e.to_string().contains(&format!("{name}:{line}:")), "{e}");
    }
}

#[test]
fn lists_that_cannot_be_are_errors() {
    for (list, message) in [(&["A", "A"][..], "twice"), (&[""], "empty"), (&["A", "b\n"], "control")] {
        let e = read("a\tB-A\n", "x.conll", list).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::InvalidArgument, "{e}");
        assert!(e.to_string().contains(message) && e.to_string().contains("labelled_types"), "{e}");
    }
    let e = read("# labelled_types = A, A\na\tB-A\n", "x.conll", &[]).unwrap_err();
    assert!(e.kind() == ErrorKind::Data && e.to_string().contains("x.conll:1:"), "{e}");
}

/// A set of texts made in memory takes the list of its options.
#[test]
fn texts_in_memory_label_what_the_options_say() {
    let text = || crate::data::LabelledText { text: "Ada".into(), entities: vec![(0..3, "PER".into())] };
    let options = |kind: &str| DataOptions { labelled_types: vec![kind.into()], ..DataOptions::default() };
    let set = Dataset::from_texts_with("t", vec![text()], &options("PER")).unwrap();
    assert_eq!(lists(&set), pairs(&[("PER", "Ada")]));
    assert!(Dataset::from_texts_with("t", vec![text()], &options("MED")).is_err());
    assert_eq!(lists(&set.select(&[0]).unwrap()), lists(&set));
    assert_eq!(lists(&set.with_types(&["X".into(), "PER".into()]).unwrap()), lists(&set));
}
