//! What `evaluate` says of texts is what `tag` finds in them: the model is never told where entities are.

mod common;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use primer::data::{DataOptions, LabelledText};
use primer::peft::Bottleneck;
use primer::{AdaptOptions, Adapter, Dataset, ErrorKind, Method, Model, Tagger, adapt, evaluate};
use proptest::prelude::*;

fn trained() -> &'static (tempfile::TempDir, Model, Adapter) {
    static TRAINED: OnceLock<(tempfile::TempDir, Model, Adapter)> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let (folder, model) = common::model();
        let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
        options.epochs = Some(20);
        (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
        let adapter = adapt(&model, &common::dataset(120, 1), None, &options).unwrap();
        (folder, model, adapter)
    })
}

/// Micro-F1 over bytes and types, with the counts of true, found and right entities.
fn f1(texts: &[LabelledText], model: &Model, adapter: &Adapter) -> (f64, [usize; 3]) {
    let (mut truth, mut found) = (BTreeSet::new(), BTreeSet::new());
    for (i, LabelledText { text, entities }) in texts.iter().enumerate() {
        truth.extend(entities.iter().map(|(bytes, label)| (i, bytes.start, bytes.end, label.clone())));
        let tagged = Tagger::new(model).tag(text, adapter).unwrap();
        found.extend(tagged.entities.iter().map(|e| (i, e.start, e.end, adapter.types()[e.label as usize].clone())));
    }
    let right = truth.intersection(&found).count();
    let all = truth.len() + found.len();
    (if right == 0 { 0.0 } else { 2.0 * right as f64 / all as f64 }, [truth.len(), found.len(), right])
}

fn text() -> impl Strategy<Value = LabelledText> {
    let parts = [
        "Ada",
        "Smith",
        "Bob",
        "lives",
        "in",
        "Köln",
        "Paris",
        "Acme",
        "Inc",
        "works",
        "for",
        "-",
        "'s",
        ".",
        ". ",
        " ",
        " ",
        " ",
        "\n",
        "東京",
        "7",
        ",",
        "Paris-based",
        "pro-Acme",
        "Köln.Ada",
    ];
    let text = prop::collection::vec(prop::sample::select(parts.to_vec()), 1..16).prop_map(|parts| parts.concat());
    let cuts = prop::collection::btree_set(0usize..60, 0..8);
    (text, cuts, prop::collection::vec(0usize..3, 4)).prop_map(|(text, cuts, labels)| {
        let places: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let cuts: Vec<usize> = cuts.into_iter().filter_map(|i| places.get(i).copied()).collect();
        let spans = cuts.chunks_exact(2).map(|c| c[0]..c[1]);
        let bare = |span: &Range<usize>| text[span.clone()].trim() == &text[span.clone()] && !span.is_empty();
        let named = |(span, label): (Range<usize>, usize)| (span, ["LOC", "ORG", "PER"][label].to_owned());
        let entities = spans.filter(bare).zip(labels).map(named).collect();
        LabelledText { text, entities }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn evaluation_scores_the_entities_that_tagging_finds(texts in prop::collection::vec(text(), 1..6)) {
        let (_, model, adapter) = trained();
        let Ok(data) = Dataset::from_texts("texts", texts.clone()) else { return Ok(()) };
        let evaluation = evaluate(model, adapter, &data).unwrap();
        let (f1, counts) = f1(&texts, model, adapter);
        for micro in [&evaluation.default.micro, &evaluation.strict.micro] {
            prop_assert_eq!([micro.support, micro.predicted, micro.correct], counts);
            prop_assert!((micro.f1 - f1).abs() < 1e-12, "{} {}", micro.f1, f1);
        }
    }
}

fn texts() -> Vec<LabelledText> {
    let one = |text: &str, names: &[(&str, &str)]| LabelledText {
        text: text.to_owned(),
        entities: names
            .iter()
            .map(|(name, label)| {
                let start = text.find(name).unwrap();
                (start..start + name.len(), (*label).to_owned())
            })
            .collect(),
    };
    vec![
        one("Ada Smith lives in Köln.", &[("Ada Smith", "PER"), ("Köln", "LOC")]),
        one("Bob works for Acme.", &[("Bob", "PER"), ("Acme", "ORG")]),
        one("the Parisians met Max", &[("Paris", "LOC"), ("Max", "PER")]),
        one("Bob met Ada_Smith", &[("Bob", "PER"), ("Ada", "PER")]),
    ]
}

#[test]
fn a_span_that_cuts_a_word_counts_as_missed() {
    let (_, model, adapter) = trained();
    let data = Dataset::from_texts("texts", texts()).unwrap();
    let evaluation = evaluate(model, adapter, &data).unwrap();
    assert_eq!((data.entities(), evaluation.default.micro.support, evaluation.cut_spans), (8, 8, 2));
    assert!(evaluation.default.micro.correct <= 6);
}

#[test]
fn spans_that_cut_words_are_counted_and_told_or_refused() {
    let data = Dataset::from_texts("texts", texts()).unwrap();
    let cut = data.cut_spans();
    let told: Vec<_> = cut.first.iter().map(|c| (c.line, &c.text[..], &c.word[..], c.learnt)).collect();
    assert_eq!((cut.count, told), (2, vec![(3, "Paris", "Parisians", true), (4, "Ada", "Ada_Smith", false)]));
    assert_eq!(data.select(&[0, 1]).unwrap().cut_spans().count, 0);
    let strict = DataOptions { strict: true, ..DataOptions::default() };
    let e = Dataset::from_texts_with("texts", texts(), &strict).unwrap_err();
    assert_eq!((e.kind(), e.line()), (ErrorKind::Data, Some(3)));
    assert!(Dataset::from_texts_with("texts", texts()[..2].to_vec(), &strict).is_ok());
    let line = r#"{"text": "the Parisians", "entities": [{"start": 4, "end": 9, "label": "LOC"}]}"#;
    let e = Dataset::from_bytes(line.as_bytes(), "x.jsonl", &strict).unwrap_err();
    assert!(e.to_string().starts_with("x.jsonl:1:") && e.message().contains("\"Parisians\""), "{e}");
}

/// Dev F1 in training is that of `evaluate`, which is that of tagging; and the card tells of spans that cut a word.
#[test]
fn dev_f1_of_texts_is_that_of_evaluation() {
    let (_folder, model) = common::model();
    let data = Dataset::from_texts("texts", texts()).unwrap();
    let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
    options.epochs = Some(60);
    (options.learning_rate, options.head_learning_rate) = (Some(2e-2), Some(2e-2));
    let adapter = adapt(&model, &data, Some(&data), &options).unwrap();
    let report = adapter.card().training.as_ref().unwrap();
    let kept = report.best_epoch.checked_sub(1).map_or(report.initial_f1, |epoch| report.epochs[epoch].dev_f1).unwrap();
    assert!(kept > 0.0, "nothing was learnt");
    assert_eq!(evaluate(&model, &adapter, &data).unwrap().default.micro.f1, kept);
    assert_eq!(report.cut_spans, 2);
}
