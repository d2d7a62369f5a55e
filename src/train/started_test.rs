//! Adaptation on a model that carries a start.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::json;

use super::min_score::{MinScore, min_scores};
use super::{AdaptOptions, Effort, adapt, adapt_by_name};
use crate::Cancel;
use crate::data::{Dataset, LabelledText};
use crate::engine::TaggerOptions;
use crate::error::{ErrorKind, Result};
use crate::model::Model;
use crate::peft::{Adapter, Card, HEAD_BIAS, HEAD_WEIGHT, Lora, Method, MethodChoice, file};
use crate::small::{dataset, model};
use crate::start::{HeadInit, StartChoice, small_start, with_start};
use crate::tag::{Entity, Input, Tagger};

/// The small model with a start, and without.
pub(super) fn primed() -> (Vec<tempfile::TempDir>, Model, Model) {
    let (folder, plain) = model();
    let (primed_folder, primed) = with_start(&plain, Some(&small_start(&plain)));
    let (same_folder, same) = with_start(&plain, None);
    (vec![folder, primed_folder, same_folder], primed, same)
}

/// Options of a short run.
pub(super) fn short() -> AdaptOptions {
    let mut options = AdaptOptions::new(MethodChoice::named("adapter"));
    (options.epochs, options.batch_size) = (Some(1), 4);
    options
}

fn by_names(model: &Model, dev: Option<&Dataset>, options: &AdaptOptions) -> Result<Adapter> {
    adapt_by_name(model, dev, options, &mut |_| ControlFlow::Continue(()), &Cancel::new())
}

fn by_name(types: &[&str]) -> AdaptOptions {
    let mut options = AdaptOptions::new(MethodChoice::named("adapter"));
    options.types = types.iter().map(|kind| (*kind).to_owned()).collect();
    options
}

/// What the card says of an option: value and reason.
pub(super) fn decision(adapter: &Adapter, option: &str) -> (serde_json::Value, String) {
    let training = adapter.card().training.as_ref().unwrap();
    let found = training.options.iter().find(|d| d.option == option);
    let found = found.unwrap_or_else(|| panic!("{option} is not on the card"));
    (found.value.clone(), found.reason.clone().unwrap_or_default())
}

pub(super) fn numbers(adapter: &Adapter, tensor: &str) -> Vec<f32> {
    adapter.tensors()[tensor].flatten_all().unwrap().to_vec1().unwrap()
}

fn row(adapter: &Adapter, tag: &str) -> Vec<f32> {
    let at = adapter.card().tags.parse(tag).unwrap();
    let mut row: Vec<f32> = adapter.tensors()[HEAD_WEIGHT].get(at).unwrap().to_vec1().unwrap();
    row.push(numbers(adapter, HEAD_BIAS)[at]);
    row
}

pub(super) fn same_tensors(one: &Adapter, other: &Adapter) -> bool {
    one.tensors().keys().eq(other.tensors().keys())
        && one.tensors().keys().all(|t| numbers(one, t) == numbers(other, t))
}

#[test]
fn types_by_name_alone_are_the_start_and_a_head_of_names() -> Result<()> {
    let (_folders, primed, _) = primed();
    let adapter = by_names(&primed, None, &by_name(&["medicine", "musical instrument"]))?;
    assert_eq!(adapter.types(), ["medicine", "musical instrument"]);
    for (name, tensor) in primed.start().unwrap().phi() {
        assert_eq!(numbers(&adapter, name), tensor.flatten_all()?.to_vec1::<f32>()?, "{name}");
    }
    let training = adapter.card().training.clone().unwrap();
    assert_eq!((training.steps, training.sentences), (0, 0));
    assert_eq!(decision(&adapter, "start").0, json!("model"));
    assert_eq!(decision(&adapter, "head_init").0, json!("auto"));
    assert_ne!(row(&adapter, "B-medicine"), row(&adapter, "B-musical instrument"), "names tell types apart");
    // The same names in another order and spelling have the same rows.
    let other = by_names(&primed, None, &by_name(&["MusicalInstrument", "Medicine"]))?;
    for (one, two) in [("B-medicine", "B-Medicine"), ("I-musical instrument", "I-MusicalInstrument"), ("O", "O")] {
        let apart = row(&adapter, one).iter().zip(row(&other, two)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-4, "{one}: {apart}");
    }
    // It is an ordinary adapter.
    let again = Adapter::from_bytes(&adapter.to_bytes()?, &primed)?;
    assert!(same_tensors(&adapter, &again));
    // Dev data measure it.
    let measured = by_names(&primed, Some(&dataset(4, 2)), &by_name(&["LOC", "ORG", "PER"]))?;
    assert!(measured.card().training.as_ref().unwrap().initial_f1.is_some());
    Ok(())
}

#[test]
fn what_names_alone_cannot_do_is_said() {
    let (_folders, primed, plain) = primed();
    let refused = |model: &Model, options: &AdaptOptions, said: &[&str]| {
        let e = by_names(model, None, options).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::InvalidArgument, "{e}");
        said.iter().for_each(|said| assert!(e.message().contains(said), "{e} says nothing of {said}"));
    };
    let options = by_name(&["medicine"]);
    refused(&plain, &options, &["carries no start", "sentences"]);
    refused(&primed, &AdaptOptions { start: StartChoice::Fresh, ..options.clone() }, &["given", "sentences"]);
    refused(
        &primed,
        &AdaptOptions { method: Method::Lora(Lora::default()).into(), ..options.clone() },
        &["method adapter"],
    );
    refused(&primed, &AdaptOptions { head_init: HeadInit::Zero, ..options.clone() }, &["head_init is zero"]);
    refused(&primed, &AdaptOptions { shots: Some(3), ..options.clone() }, &["shots"]);
    refused(&primed, &by_name(&[]), &["types"]);
    refused(&primed, &by_name(&["PER", "person"]), &["\"PER\"", "\"person\"", "do not tell them apart"]);
    refused(&primed, &by_name(&["___"]), &["\"___\"", "no word that can be read"]);
    refused(&primed, &by_name(&[&"word ".repeat(300)]), &["too long"]);
    refused(&primed, &by_name(&[&"word ".repeat(30)]), &["longer than 48 tokens"]);
    let described = |texts: &[&str]| AdaptOptions {
        descriptions: texts.iter().map(|t| (*t).to_owned()).collect(),
        ..by_name(&["medicine"])
    };
    refused(&primed, &described(&["a", "b"]), &["descriptions has 2 texts for the 1 of types"]);
    refused(&primed, &AdaptOptions { types: Vec::new(), ..described(&["a"]) }, &["types is not given"]);
    refused(&primed, &described(&[&"long ".repeat(300)]), &["longer than 48 tokens"]);
}

#[test]
fn descriptions_tell_types_of_the_same_name_apart() -> Result<()> {
    let (_folders, primed, _) = primed();
    let described = |one: &str, other: &str| AdaptOptions {
        descriptions: vec![one.into(), other.into()],
        ..by_name(&["PER", "person"])
    };
    let adapter = by_names(&primed, None, &described("who works", "in a text"))?;
    assert_ne!(row(&adapter, "B-PER"), row(&adapter, "B-person"));
    // Who describes a type that the model knows means something else by it.
    assert!(adapter.card().training.as_ref().unwrap().options.iter().all(|d| d.option != "known_types"));
    Ok(())
}

#[test]
fn a_type_that_the_model_knows_keeps_its_row_unless_the_sentences_use_it_otherwise() -> Result<()> {
    let (_folders, primed, _) = primed();
    let adapter = by_names(&primed, None, &by_name(&["PER", "medicine"]))?;
    assert_eq!(decision(&adapter, "known_types").0, json!(["PER"]));
    let prior = primed.start().unwrap().prior().unwrap();
    let point = (primed.start().unwrap().known("PER")?.unwrap() + &prior.begin)?;
    let want = (point * prior.metric.broadcast_add(&prior.scale)?.exp()?)?.to_vec1::<f32>()?;
    let found = row(&adapter, "B-PER");
    assert!(want.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + a.abs())), "{want:?} {found:?}");
    // Random rows fit no sentences: they alone count, or fit by chance; one of both is said.
    let taught = adapt(&primed, &dataset(8, 1), None, &short())?;
    let said = taught.card().training.clone().unwrap().options;
    assert!(said.iter().any(|d| ["known_types", "types_used_otherwise"].contains(&d.option.as_str())));
    Ok(())
}

#[test]
fn without_being_asked_adaptation_starts_where_the_model_says() -> Result<()> {
    let (_folders, primed, plain) = primed();
    let data = dataset(8, 1);
    let adapter = adapt(&primed, &data, None, &short())?;
    assert_eq!(decision(&adapter, "start").0, json!("model"));
    assert_eq!(decision(&adapter, "adapter_size"), (json!(4), "that of the model's start".to_owned()));
    // A step too small to be seen leaves the start.
    let still = AdaptOptions { learning_rate: Some(1e-30), head_learning_rate: Some(1e-30), ..short() };
    let still = adapt(&primed, &data, None, &still)?;
    for (name, tensor) in primed.start().unwrap().phi() {
        let start = tensor.flatten_all()?.to_vec1::<f32>()?;
        assert!(numbers(&still, name).iter().zip(&start).all(|(a, b)| (a - b).abs() < 1e-20), "{name}");
    }
    // Fresh is what a model without a start gives, to the bit, and that is as ever.
    let exact = |options: AdaptOptions| AdaptOptions {
        method: Method::by_name("adapter", plain.config()).unwrap().into(),
        ..options
    };
    let fresh = adapt(&primed, &data, None, &exact(AdaptOptions { start: StartChoice::Fresh, ..short() }))?;
    let without = adapt(&plain, &data, None, &exact(short()))?;
    assert!(same_tensors(&fresh, &without));
    assert_eq!(decision(&without, "start"), (json!("fresh"), String::new()));
    assert_eq!(decision(&without, "head_init"), (json!("random"), String::new()));
    assert_eq!(decision(&fresh, "start").1, "given");
    Ok(())
}

#[test]
fn a_start_of_another_method_or_of_other_settings_is_left_alone() -> Result<()> {
    let (_folders, primed, _) = primed();
    let data = dataset(8, 1);
    for (method, said) in [
        (MethodChoice::named("lora"), "the method adapter"),
        (Method::by_name("adapter", primed.config())?.into(), "other settings"),
    ] {
        let adapter = adapt(&primed, &data, None, &AdaptOptions { method, ..short() })?;
        let (start, why) = decision(&adapter, "start");
        assert!(start == json!("fresh") && why.contains(said), "{why}");
        assert_eq!(decision(&adapter, "head_init").0, json!("prototype"));
        let named = AdaptOptions { method: adapter.card().method.clone().into(), head_init: HeadInit::Name, ..short() };
        let e = adapt(&primed, &data, None, &named).unwrap_err();
        assert!(e.kind() == ErrorKind::InvalidArgument && e.message().contains("names cannot be read"), "{e}");
    }
    Ok(())
}

#[test]
fn an_adapter_to_start_from_wins_and_types_are_put_beside_its_own() -> Result<()> {
    let (_folders, primed, _) = primed();
    let old = adapt(&primed, &dataset(8, 1), None, &short())?;
    let mut options = by_name(&["medicine", "PER"]);
    options.initial = Some(old.clone());
    let both = by_names(&primed, None, &options)?;
    assert_eq!(both.types(), ["LOC", "ORG", "PER", "medicine"]);
    for tag in ["O", "B-LOC", "I-ORG", "B-PER"] {
        assert_eq!(row(&both, tag), row(&old, tag), "{tag}");
    }
    assert!(decision(&both, "start").1.contains("adapter to start from"));
    for name in primed.start().unwrap().phi().keys() {
        assert_eq!(numbers(&both, name), numbers(&old, name), "{name}");
    }
    let drawn = AdaptOptions { head_init: HeadInit::Random, ..options.clone() };
    assert!(by_names(&primed, None, &drawn).is_err());
    // With sentences, where the rows of new types start is a choice as well.
    let still = |head_init| {
        let mut options = AdaptOptions { learning_rate: Some(1e-30), head_learning_rate: Some(1e-30), ..short() };
        (options.types, options.initial, options.head_init) = (options_types(), Some(old.clone()), head_init);
        adapt(&primed, &dataset(8, 1), None, &options)
    };
    let (auto, random) = (still(HeadInit::Auto)?, still(HeadInit::Random)?);
    assert_eq!(row(&auto, "B-PER"), row(&random, "B-PER"));
    assert_ne!(row(&auto, "B-medicine"), row(&random, "B-medicine"));
    // A new type that is called like an old one in other words takes nothing from it, which needs no sentence.
    let people = texts(&[("Ada lives in Paris", "Ada", "PERSON"), ("the Acme works", "Acme", "PERSON")]);
    let twins = adapt(&primed, &people, None, &AdaptOptions { initial: Some(old.clone()), ..short() })?;
    assert_eq!(twins.types(), ["LOC", "ORG", "PER", "PERSON"]);
    Ok(())
}

fn options_types() -> Vec<String> {
    ["LOC", "ORG", "PER", "medicine"].map(str::to_owned).to_vec()
}

#[test]
fn heads_start_as_they_are_asked_to() -> Result<()> {
    let (_folders, primed, plain) = primed();
    let data = dataset(8, 1);
    let start = |model: &Model, head_init| {
        let mut options = AdaptOptions { learning_rate: Some(1e-30), head_learning_rate: Some(1e-30), ..short() };
        (options.head_init, options.weight_decay) = (head_init, 0.0);
        adapt(model, &data, None, &options)
    };
    let mut seen: Vec<Vec<f32>> = Vec::new();
    for (model, how) in [
        (&primed, HeadInit::Auto),
        (&primed, HeadInit::Prototype),
        (&primed, HeadInit::Name),
        (&primed, HeadInit::Random),
        (&primed, HeadInit::Zero),
        (&plain, HeadInit::Prototype),
    ] {
        let weight = numbers(&start(model, how)?, HEAD_WEIGHT);
        assert!(weight.iter().all(|x| x.is_finite()) && !seen.contains(&weight), "{how:?}");
        assert_eq!(weight.iter().all(|x| x.abs() < 1e-20), how == HeadInit::Zero);
        seen.push(weight);
    }
    let zero = adapt(&plain, &data, None, &AdaptOptions { head_init: HeadInit::Zero, ..short() })?;
    assert_eq!(decision(&zero, "head_learning_rate").0, json!(1e-2));
    let auto = adapt(&primed, &data, None, &short())?;
    assert_eq!(decision(&auto, "head_learning_rate").0, json!(2e-3));
    Ok(())
}

/// Words make rows that find what they were made of, before any training.
#[test]
fn a_head_of_words_finds_them_again() -> Result<()> {
    let (_folders, _, plain) = primed();
    let data = dataset(24, 1);
    let adapter = adapt(&plain, &data, Some(&data), &AdaptOptions { head_init: HeadInit::Prototype, ..short() })?;
    let first = adapter.card().training.as_ref().unwrap().initial_f1.unwrap();
    let random = adapt(&plain, &data, Some(&data), &AdaptOptions { head_init: HeadInit::Random, ..short() })?;
    let drawn = random.card().training.as_ref().unwrap().initial_f1.unwrap();
    assert!(first > 0.3 && first > drawn + 0.1, "{first} with words, {drawn} without");
    Ok(())
}

fn texts(labels: &[(&str, &str, &str)]) -> Dataset {
    let text = |(text, entity, label): &(&str, &str, &str)| {
        let at = text.find(entity).unwrap();
        LabelledText { text: (*text).to_owned(), entities: vec![(at..at + entity.len(), (*label).to_owned())] }
    };
    Dataset::from_texts("given", labels.iter().map(text).collect()).unwrap()
}

#[test]
fn few_mentions_and_strange_names_are_no_trouble() -> Result<()> {
    let (_folders, primed, plain) = primed();
    // One mention of each, two types with the same words, two with the same name, one with no name, one with no mention.
    let data = texts(&[
        ("Ada lives in Paris", "Paris", "LOC"),
        ("Bob lives in Paris", "Paris", "town"),
        ("the Acme works", "Acme", "PER"),
        ("Ada met Bob", "Ada", "person"),
        ("in Rome", "Rome", "___"),
    ]);
    let mut options = short();
    options.types = ["LOC", "town", "PER", "person", "___", "medicine"].map(str::to_owned).to_vec();
    for model in [&primed, &plain] {
        for head_init in [HeadInit::Auto, HeadInit::Prototype] {
            let adapter = adapt(model, &data, None, &AdaptOptions { head_init, ..options.clone() })?;
            assert_eq!(adapter.types(), options.types);
            assert!(numbers(&adapter, HEAD_WEIGHT).iter().all(|x| x.is_finite()));
        }
    }
    // A type of which nothing tells at all is not found before training, and does not take from others.
    let still = AdaptOptions {
        head_init: HeadInit::Prototype,
        learning_rate: Some(1e-30),
        head_learning_rate: Some(1e-30),
        ..options
    };
    let adapter = adapt(&plain, &data, None, &still)?;
    let bias = |tag: &str| row(&adapter, tag)[crate::small::HIDDEN];
    assert!(
        bias("B-medicine") < bias("B-LOC") - 5.0 || row(&adapter, "B-medicine")[..8] != row(&adapter, "B-LOC")[..8]
    );
    // Every word an entity: there is nothing to make O of, and the seed draws.
    let all = Dataset::from_bytes(b"Ada\tB-PER\nSmith\tI-PER\n", "all", &Default::default())?;
    adapt(&plain, &all, None, &AdaptOptions { head_init: HeadInit::Prototype, ..short() })?;
    Ok(())
}

/// What the card says from leaving sentences out is what one gets by really leaving each out.
#[test]
fn the_lowest_score_comes_from_sentences_that_the_head_has_not_seen() -> Result<()> {
    let (_folders, primed, _) = primed();
    let mut chosen = 0;
    for (seed, head_init) in (0..8).flat_map(|seed| [(seed, HeadInit::Auto), (seed, HeadInit::Prototype)]) {
        let data = dataset(12, seed);
        let options = AdaptOptions { effort: Effort::None, head_init, ..by_name(&["LOC", "ORG", "PER"]) };
        let adapter = adapt(&primed, &data, None, &options)?;
        let (mut found, mut labelled) = (Vec::new(), 0);
        for left in 0..data.len() {
            let rest = data.select(&(0..data.len()).filter(|i| *i != left).collect::<Vec<_>>())?;
            let head = adapt(&primed, &rest, None, &options)?.with_min_scores(BTreeMap::new())?;
            let sentence = &data.sentences()[left];
            let words: Vec<&str> = sentence.words.iter().map(String::as_str).collect();
            let tagged = &Tagger::new(&primed).tag_batch(&[Input::Words(&words)], &head)?[0];
            let gold: Vec<_> = sentence.spans.iter().map(|s| (s.start..s.end, &data.types()[s.label])).collect();
            labelled += gold.len();
            let right = |e: &Entity| gold.contains(&(e.words.clone(), &head.types()[e.label as usize]));
            found.extend(tagged.entities.iter().map(|e| (f64::from(e.score), right(e))));
        }
        let expected = MinScore::best(&found, labelled).map(|best| best.score);
        chosen += usize::from(expected.is_some());
        let card = &adapter.card().min_scores;
        for kind in adapter.types() {
            assert_eq!(card.get(kind).copied(), expected, "{kind}, seed {seed}, {head_init:?}: {found:?}");
        }
        if let Some(score) = expected {
            assert_eq!(decision(&adapter, "min_score").0, json!(score));
        }
    }
    assert!(chosen > 0, "nothing was ever chosen");
    Ok(())
}

/// Types that an adapter to start from brings are told as it told them, unless they are taught further.
#[test]
fn kept_types_keep_their_lowest_score() -> Result<()> {
    let (_folders, primed, _) = primed();
    let scores = |all: &[(&str, f64)]| all.iter().map(|(kind, s)| ((*kind).to_owned(), *s)).collect::<BTreeMap<_, _>>();
    let old = by_names(&primed, None, &by_name(&["LOC", "PER"]))?.with_min_scores(scores(&[("PER", 0.3)]))?;
    let more = AdaptOptions { initial: Some(old.clone()), ..by_name(&["medicine"]) };
    assert_eq!(by_names(&primed, None, &more)?.card().min_scores, scores(&[("PER", 0.3)]));
    let further = AdaptOptions { initial: Some(old.clone()), ..short() };
    assert_eq!(adapt(&primed, &dataset(8, 1), None, &further)?.card().min_scores, BTreeMap::new());
    let tags =
        crate::data::TagSet::new(crate::data::Scheme::Iob2, ["LOC", "PER", "medicine"].map(String::from).to_vec())?;
    let chosen = MinScore::best(&[(0.9, true), (0.8, true), (0.7, true), (0.41, false)], 3);
    let score = chosen.as_ref().unwrap().score;
    let found = min_scores(chosen.as_ref(), &tags, Some(&old), &["medicine".to_owned()]);
    assert_eq!(found, scores(&[("PER", 0.3), ("medicine", score)]));
    Ok(())
}

/// A tagger leaves out what the card says, unless it is told a score of its own.
#[test]
fn a_tagger_goes_by_the_card() -> Result<()> {
    let (_folders, primed, _) = primed();
    let adapter = by_names(&primed, None, &by_name(&["LOC", "ORG", "PER"]))?;
    let words = ["Ada", "Smith", "lives", "in", "Köln", "."];
    let tag = |adapter: &Adapter, options: &TaggerOptions| -> Result<Vec<Entity>> {
        Ok(Tagger::with_options(&primed, options)?.tag_batch(&[Input::Words(&words)], adapter)?.swap_remove(0).entities)
    };
    let all = tag(&adapter, &TaggerOptions::new())?;
    assert!(!all.is_empty());
    let hidden = adapter.types()[all[0].label as usize].clone();
    let least = |score: f64| adapter.with_min_scores(BTreeMap::from([(hidden.clone(), score)]));
    let certain = least(1.0)?;
    let expected: Vec<Entity> = all.iter().filter(|e| adapter.types()[e.label as usize] != hidden).cloned().collect();
    assert_eq!(tag(&certain, &TaggerOptions::new())?, expected);
    assert_eq!(tag(&certain, &TaggerOptions::new().min_score(0.0))?, all);
    // The card comes back from a file; a score that is none does not.
    assert_eq!(tag(&Adapter::from_bytes(&certain.to_bytes()?, &primed)?, &TaggerOptions::new())?, expected);
    for wrong in [1.5, -0.1, f64::NAN] {
        let e = least(wrong).map(|_| ()).unwrap_err();
        assert!(e.kind() == ErrorKind::InvalidArgument && e.message().contains("between 0 and 1"), "{e}");
    }
    let e = adapter.with_min_scores(BTreeMap::from([("ship".to_owned(), 0.5)])).map(|_| ()).unwrap_err();
    assert!(e.message().contains("\"ship\"") && e.message().contains("LOC, ORG, PER"), "{e}");
    let card = Card { min_scores: BTreeMap::from([(hidden, 1.5)]), ..adapter.card().clone() };
    let damaged = file::encode(&card, adapter.tensors())?;
    let e = Adapter::from_bytes(&damaged, &primed).map(|_| ()).unwrap_err();
    assert!(e.kind() == ErrorKind::Format && e.message().contains("lowest score"), "{e}");
    Ok(())
}
