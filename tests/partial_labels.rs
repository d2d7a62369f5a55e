//! What people mark is partial: what they leave unmarked is not unlearnt, and what was known before is kept.

mod common;

use std::ops::ControlFlow;

use primer::data::DataOptions;
use primer::peft::Bottleneck;
use primer::train::{Overlap, adapt_observed};
use primer::{AdaptOptions, Adapter, Cancel, Dataset, ErrorKind, Method, Model, adapt, evaluate};

fn options(model: &Model) -> AdaptOptions {
    let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
    options.epochs = Some(15);
    (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
    options
}

fn content(adapter: &Adapter) -> Vec<u8> {
    let bytes = adapter.to_bytes().unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

fn read(text: &str, labelled_types: &[&str]) -> Dataset {
    let labelled_types = labelled_types.iter().map(|name| (*name).to_owned()).collect();
    let options = DataOptions { labelled_types, ..DataOptions::default() };
    Dataset::from_bytes(text.as_bytes(), "generated.conll", &options).unwrap()
}

/// Columns in which only these types are marked, by other names where a pair says so.
fn marked(text: &str, types: &[(&str, &str)]) -> String {
    let tag = |tag: &str| {
        let (prefix, kind) = tag.split_once('-')?;
        let (_, name) = types.iter().find(|(of, _)| *of == kind)?;
        Some(format!("{prefix}-{name}"))
    };
    let row = |line: &str| match line.split_once('\t') {
        Some((word, old)) => format!("{word}\t{}\n", tag(old).unwrap_or_else(|| "O".to_owned())),
        None => "\n".to_owned(),
    };
    text.lines().map(row).collect()
}

/// F1 of each of these types.
fn f1(model: &Model, adapter: &Adapter, data: &Dataset, types: &[&str]) -> Vec<f64> {
    let scores = evaluate(model, adapter, data).unwrap().default;
    types.iter().map(|kind| scores.types.get(*kind).map_or(0.0, |scores| scores.f1)).collect()
}

/// Two people mark the same kind of text, one persons, the other places and companies: together they teach all of it.
/// Without a word on who marked what, each teaches that what the other marks is nothing.
#[test]
fn a_type_that_a_sentence_does_not_label_is_not_unlearnt() {
    let (_folder, model) = common::model();
    let (first, second) = (common::conll(80, 1), common::conll(80, 2));
    let list = |text: String, types: &str| {
        let with = format!("\n\n# labelled_types = {types}\n");
        format!("{}{}", &with[2..], text.trim_end().replace("\n\n", &with))
    };
    let people = marked(&first, &[("PER", "PER")]);
    let others = marked(&second, &[("LOC", "LOC"), ("ORG", "ORG")]);
    let partial = read(&format!("{}\n\n{}\n", list(people.clone(), "PER"), list(others.clone(), "LOC, ORG")), &[]);
    let silent = read(&format!("{people}\n{others}"), &[]);
    let dev = common::dataset(60, 3);
    let of = |train: &Dataset| {
        let adapter = adapt(&model, train, None, &options(&model)).unwrap();
        f1(&model, &adapter, &dev, &["LOC", "ORG", "PER"])
    };
    let (known, unknown) = (of(&partial), of(&silent));
    assert!(known.iter().all(|f1| *f1 > 0.75), "{known:?}");
    let mean = |f1: &[f64]| f1.iter().sum::<f64>() / 3.0;
    assert!(mean(&known) > mean(&unknown) + 0.05, "{known:?}, and without lists {unknown:?}");
}

/// One adapter after another: it ends with all types, the old ones first and as good as before.
#[test]
fn an_adapter_learns_more_and_keeps_what_it_knows() {
    let (_folder, model) = common::model();
    let (text, more) = (common::conll(100, 1), common::conll(60, 2));
    let old =
        adapt(&model, &read(&marked(&text, &[("PER", "PER"), ("LOC", "LOC")]), &[]), None, &options(&model)).unwrap();
    assert_eq!(old.types(), ["LOC", "PER"]);
    let train = read(&marked(&more, &[("ORG", "FIRM")]), &[]);
    let dev = read(&marked(&common::conll(60, 3), &[("PER", "PER"), ("LOC", "LOC"), ("ORG", "FIRM")]), &[]);
    let mut options = options(&model);
    options.initial = Some(old.clone());
    let new = adapt(&model, &train, None, &options).unwrap();
    assert_eq!(new.types(), ["LOC", "PER", "FIRM"]);
    let before = f1(&model, &old, &dev, &["LOC", "PER"]);
    let after = f1(&model, &new, &dev, &["LOC", "PER", "FIRM"]);
    assert!(before.iter().zip(&after).all(|(before, after)| after > &(before - 0.03)), "{before:?} {after:?}");
    assert!(after[2] > 0.8, "{after:?}");
    // What the data label is on the card; what they say of it decides, and not what the adapter says.
    let decided = new.card().training.as_ref().unwrap().options.iter().find(|d| d.option == "types").unwrap().clone();
    assert_eq!(decided.reason.as_deref(), Some("those of the initial adapter and of the training data"));

    options.drop_types = true;
    assert_eq!(adapt(&model, &train, None, &options).unwrap().types(), ["FIRM"]);
    options.drop_types = false;
    options.types = vec!["FIRM".into()];
    assert_eq!(adapt(&model, &train, None, &options).unwrap().types(), ["FIRM"]);
}

/// Nothing changes for data that label all that the adapter knows.
#[test]
fn the_same_types_give_the_same_bits() {
    let (_folder, model) = common::model();
    let old = adapt(&model, &common::dataset(60, 1), None, &options(&model)).unwrap();
    let mut again = options(&model);
    (again.initial, again.epochs) = (Some(old), Some(2));
    let kept = content(&adapt(&model, &common::dataset(40, 2), None, &again).unwrap());
    again.drop_types = true;
    assert!(kept == content(&adapt(&model, &common::dataset(40, 2), None, &again).unwrap()));
}

#[test]
fn which_of_two_entities_stays_is_a_choice() {
    let (_folder, model) = common::model();
    let text = common::conll(100, 1);
    let old = adapt(&model, &read(&marked(&text, &[("PER", "PER")]), &[]), None, &options(&model)).unwrap();
    let dev = common::conll(60, 3);
    // All persons are people now, and companies are new.
    let train = read(&marked(&text, &[("PER", "HUMAN"), ("ORG", "FIRM")]), &[]);
    let mut options = options(&model);
    options.initial = Some(old.clone());
    let new = adapt(&model, &train, None, &options).unwrap();
    let wanted = read(&marked(&dev, &[("PER", "HUMAN"), ("ORG", "FIRM")]), &[]);
    assert!(f1(&model, &new, &wanted, &["HUMAN", "FIRM"]).iter().all(|f1| *f1 > 0.8), "the new one wins");
    options.overlap = Overlap::Old;
    let new = adapt(&model, &train, None, &options).unwrap();
    let wanted = read(&marked(&dev, &[("PER", "PER"), ("ORG", "FIRM")]), &[]);
    assert!(f1(&model, &new, &wanted, &["PER", "FIRM"]).iter().all(|f1| *f1 > 0.8), "the old one wins");
    // An adapter that finds all of it leaves nothing to learn.
    let people = read("Ada\tB-HUMAN\nlives\tO\nin\tO\n\nBob\tB-HUMAN\nworks\tO\nfor\tO\n", &[]);
    let e = adapt(&model, &people, None, &options).unwrap_err();
    assert!(e.kind() == ErrorKind::Data && e.message().contains("overlap"), "{e}");
}

/// An adapter of another backbone would give answers, but of nothing.
#[test]
fn an_adapter_of_another_backbone_is_refused() {
    let ((_folder, model), (_other_folder, other)) = (common::model(), common::model_of(8));
    let mut first = options(&model);
    first.epochs = Some(1);
    let foreign = adapt(&other, &common::dataset(20, 1), None, &first).unwrap();
    first.initial = Some(foreign);
    let train = read("Acme\tB-FIRM\n", &[]);
    assert_eq!(adapt(&model, &train, None, &first).unwrap_err().kind(), ErrorKind::Mismatch);
}

/// What a sentence does not label is neither right nor wrong; in training, dev data that name no types are taken as labelled as
/// the training data are.
#[test]
fn evaluation_counts_what_is_labelled() {
    let (_folder, model) = common::model();
    let adapter = adapt(&model, &common::dataset(100, 1), None, &options(&model)).unwrap();
    let text = common::conll(60, 3);
    let whole = evaluate(&model, &adapter, &read(&text, &[])).unwrap().default;
    let people = marked(&text, &[("PER", "PER")]);
    let silent = evaluate(&model, &adapter, &read(&people, &[])).unwrap();
    let partial = evaluate(&model, &adapter, &read(&people, &["PER"])).unwrap();
    assert!(silent.default.micro.precision < 0.8 && silent.default.types["PER"].f1 == whole.types["PER"].f1);
    for scores in [&partial.default, &partial.strict] {
        assert_eq!(scores.micro.f1, whole.types["PER"].f1);
        assert_eq!(scores.types.keys().collect::<Vec<_>>(), ["PER"]);
    }
    let mut options = options(&model);
    (options.initial, options.epochs, options.evaluate_every) = (Some(adapter), Some(1), Some(1));
    let dev = read(&people, &[]);
    let new = adapt(&model, &dev, Some(&dev), &options).unwrap();
    assert_eq!(new.card().training.as_ref().unwrap().initial_f1, Some(whole.types["PER"].f1));
}

/// A run on the same words that label other types is another run.
#[test]
fn a_checkpoint_of_other_labels_is_stale() {
    let (folder, model) = common::model();
    let text = marked(&common::conll(40, 1), &[("PER", "PER")]);
    let mut options = options(&model);
    options.types = vec!["PER".into(), "LOC".into()];
    options.checkpoint = Some(folder.path().join("checkpoint"));
    let mut stop = |p: &primer::Progress| if p.epoch == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let e = adapt_observed(&model, &read(&text, &[]), None, &options, &mut stop, &Cancel::new()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Cancelled);
    let e = adapt(&model, &read(&text, &["PER"]), None, &options).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Stale, "{e}");
    assert!(adapt(&model, &read(&text, &[]), None, &options).is_ok());
}
