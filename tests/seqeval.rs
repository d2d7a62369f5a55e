//! Scores equal those of Python's seqeval 1.2.2 on a table of hard cases (tools/make_seqeval_table.py).

use std::collections::BTreeMap;

use primer::ErrorKind;
use primer::data::Scheme;
use primer::tag::{Evaluation, Mode, Score, Scores, score};
use serde::Deserialize;

/// Precision, recall, F1, support; null where Python has no number, which is 0 here.
#[derive(Deserialize)]
struct Row(Option<f64>, Option<f64>, Option<f64>, usize);

#[derive(Deserialize)]
struct Expected {
    micro: Row,
    #[serde(rename = "macro")]
    macro_: Row,
    weighted: Row,
    types: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    gold: Vec<Vec<String>>,
    predicted: Vec<Vec<String>>,
    accuracy: Option<f64>,
    default: Expected,
    /// Null where seqeval refuses the tags.
    #[serde(rename = "IOB1")]
    iob1: Option<Expected>,
    #[serde(rename = "IOB2")]
    iob2: Option<Expected>,
    #[serde(rename = "BIOES")]
    bioes: Option<Expected>,
}

fn table() -> Vec<Case> {
    serde_json::from_str(include_str!("data/seqeval.json")).unwrap()
}

fn assert_close(ours: f64, theirs: Option<f64>, what: &str) {
    // numpy adds in another order: the last bits of a mean may differ.
    assert!((ours - theirs.unwrap_or(0.0)).abs() < 1e-12, "{what}: {ours}, seqeval has {theirs:?}");
}

fn assert_equal(ours: &Score, theirs: &Row, what: &str) {
    assert_close(ours.precision, theirs.0, &format!("{what}, precision"));
    assert_close(ours.recall, theirs.1, &format!("{what}, recall"));
    assert_close(ours.f1, theirs.2, &format!("{what}, F1"));
    assert_eq!(ours.support, theirs.3, "{what}, support");
}

fn assert_all_equal(ours: &Scores, theirs: &Expected, what: &str) {
    assert_equal(&ours.micro, &theirs.micro, &format!("{what}, micro"));
    assert_equal(&ours.macro_, &theirs.macro_, &format!("{what}, macro"));
    assert_equal(&ours.weighted, &theirs.weighted, &format!("{what}, weighted"));
    assert!(ours.types.keys().eq(theirs.types.keys()), "{what}: types {:?}", ours.types.keys());
    for (name, score) in &ours.types {
        assert_equal(score, &theirs.types[name], &format!("{what}, {name}"));
    }
}

#[test]
fn every_number_of_every_case_is_that_of_seqeval() {
    let table = table();
    assert!(table.len() >= 100);
    for case in &table {
        let ours = score(&case.gold, &case.predicted, Mode::Default).unwrap();
        assert_all_equal(&ours, &case.default, &format!("{}, default", case.name));
        assert_close(ours.accuracy, case.accuracy, &format!("{}, accuracy", case.name));
        let strict = [(Scheme::Iob1, &case.iob1), (Scheme::Iob2, &case.iob2), (Scheme::Bioes, &case.bioes)];
        for (scheme, expected) in strict {
            let what = format!("{}, strict {scheme:?}", case.name);
            let ours = score(&case.gold, &case.predicted, Mode::Strict(scheme));
            match expected {
                Some(expected) => assert_all_equal(&ours.expect(&what), expected, &what),
                None => assert_eq!(ours.expect_err(&what).kind(), ErrorKind::Data, "{what}"),
            }
        }
    }
}

#[test]
fn the_table_tells_the_modes_apart() {
    // A table in which all modes agree would protect nothing.
    let differing = |f: fn(&Case) -> &Option<Expected>| {
        table().iter().filter(|case| f(case).as_ref().is_some_and(|e| e.micro.2 != case.default.micro.2)).count()
    };
    assert!(differing(|case| &case.iob1) > 10);
    assert!(differing(|case| &case.iob2) > 10);
    assert!(differing(|case| &case.bioes) > 10);
}

#[test]
fn an_evaluation_has_stable_json_keys() {
    let gold = [vec!["B-PER", "O"], vec!["B-LOC", "I-LOC"]];
    let predicted = [vec!["I-PER", "O"], vec!["B-LOC", "I-LOC"]];
    let evaluation = Evaluation::new(&gold, &predicted, Scheme::Iob2).unwrap();
    let json = serde_json::to_value(&evaluation).unwrap();
    assert_eq!(json["micro"]["f1"], 1.0);
    assert_eq!(json["strict"]["micro"]["recall"], 0.5);
    assert_eq!(json["strict"]["types"]["PER"]["support"], 1);
    assert_eq!(json["macro"]["precision"], 1.0);
    assert_eq!(json["sentences"], 2);
    assert_eq!(serde_json::from_value::<Evaluation>(json).unwrap(), evaluation);
}

#[test]
fn sentences_and_words_must_agree_and_tags_must_not_be_empty() {
    let none: [Vec<&str>; 0] = [];
    let kind = |gold: &[Vec<&str>], predicted: &[Vec<&str>]| score(gold, predicted, Mode::Default).unwrap_err().kind();
    assert_eq!(kind(&[vec!["O"]], &none), ErrorKind::InvalidArgument);
    assert_eq!(kind(&[vec!["O"]], &[vec!["O", "O"]]), ErrorKind::InvalidArgument);
    assert_eq!(kind(&[vec!["O"]], &[vec![""]]), ErrorKind::Data);
    let e = score(&[vec!["O"], vec!["O", "O"]], &[vec!["O"], vec!["O", "Q-PER"]], Mode::Strict(Scheme::Iob2));
    assert_eq!(
        e.unwrap_err().message(),
        "sentence 2, word 2: the predicted tag \"Q-PER\" is not a tag of the scheme IOB2"
    );
    assert_eq!(score(&none, &none, Mode::Default).unwrap().accuracy, 0.0);
}

#[test]
fn the_table_for_people_has_a_row_for_each_type_and_average() {
    let gold = [vec!["B-PER", "O", "B-LOC"]];
    let shown = score(&gold, &[vec!["B-PER", "O", "O"]], Mode::Default).unwrap().to_string();
    let names: Vec<_> = shown.lines().map(|line| line.trim().split("  ").next().unwrap()).collect();
    assert_eq!(names, ["precision", "", "LOC", "PER", "", "micro avg", "macro avg", "weighted avg"]);
    assert!(shown.lines().nth(3).unwrap().ends_with("1.0000    1.0000    1.0000         1"));
}
