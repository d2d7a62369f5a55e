//! What is decided where nothing is given, and why; one test a rule.

use proptest::prelude::*;

use super::options::AdaptOptions;
use super::resolve::{ResolvedAdapt, TrainingData};
use crate::error::Error;
use crate::model::Config;
use crate::peft::{LayerChoice, Layers, Lora, Method, MethodChoice, MethodSettings};
use crate::precision::Precision;
use crate::{ErrorKind, Scheme};

pub(crate) fn config() -> Config {
    let json = r#"{"model_type":"bert","hidden_size":64,"num_hidden_layers":4,"num_attention_heads":2,
        "intermediate_size":16,"vocab_size":10,"max_position_embeddings":12}"#;
    Config::from_json(json.as_bytes()).unwrap()
}

fn named(name: &str, settings: MethodSettings) -> AdaptOptions {
    AdaptOptions::new(MethodChoice::Named { name: name.to_owned(), settings })
}

fn usual(name: &str) -> AdaptOptions {
    named(name, MethodSettings::default())
}

/// On 800 sentences of 10 pieces.
pub(super) fn resolve(options: &AdaptOptions) -> Result<ResolvedAdapt, Error> {
    options
        .resolve(&config(), &TrainingData { types: &["PER".to_owned()], pieces: &[10; 800], ..TrainingData::default() })
}

fn reason(run: &ResolvedAdapt, option: &str) -> String {
    let decision = run.decisions.iter().find(|d| d.option == option).unwrap();
    decision.reason.clone().unwrap_or_default()
}

fn refused(options: &AdaptOptions, names: &[&str], words: &str) {
    let e = resolve(options).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::InvalidArgument, "{e}");
    assert_eq!(e.options().collect::<Vec<_>>(), names, "{e}");
    assert!(e.message().contains(words), "{e}");
}

#[test]
fn every_method_has_its_usual_rates() {
    for (name, rate, head, words) in [
        ("head", 1e-2, 1e-2, "usual for head tuning"),
        ("adapter", 2e-3, 2e-3, "usual for bottleneck adapters"),
        ("lora", 2e-3, 2e-3, "usual for LoRA"),
        ("bitfit", 4e-3, 4e-3, "usual for BitFit"),
        ("full", 1e-4, 1e-3, "usual for full fine-tuning"),
        ("ia3", 1e-2, 4e-3, "usual for (IA)³"),
        ("parallel", 1e-3, 2e-3, "usual for parallel adapters"),
    ] {
        let run = resolve(&usual(name)).unwrap();
        assert_eq!((run.method.name(), run.learning_rate, run.head_learning_rate), (name, rate, head));
        assert_eq!((reason(&run, "learning_rate"), reason(&run, "head_learning_rate")), (words.into(), words.into()));
    }
}

#[test]
fn a_rate_given_alone_takes_the_head_s_with_it() {
    for (name, rate, head) in [("full", 1e-3, 1e-2), ("adapter", 0.01, 0.01), ("head", 0.5, 0.5), ("lora", 0.01, 0.01)]
    {
        let run = resolve(&AdaptOptions { learning_rate: Some(rate), ..usual(name) }).unwrap();
        assert!((run.head_learning_rate / head - 1.0).abs() < 1e-12, "{name}: {}", run.head_learning_rate);
        assert_eq!(reason(&run, "learning_rate"), "given");
        assert!(reason(&run, "head_learning_rate").contains("usual relation"));
        let both = AdaptOptions { learning_rate: Some(rate), head_learning_rate: Some(0.25), ..usual(name) };
        let run = resolve(&both).unwrap();
        assert_eq!((run.learning_rate, run.head_learning_rate), (rate, 0.25));
        assert_eq!(reason(&run, "head_learning_rate"), "given");
    }
    let run = resolve(&AdaptOptions { head_learning_rate: Some(0.25), ..usual("lora") }).unwrap();
    assert_eq!((run.learning_rate, run.head_learning_rate), (2e-3, 0.25), "the head's changes no other");
}

#[test]
fn the_head_alone_has_the_rates_of_head_tuning() {
    let head_only = AdaptOptions { head_only: true, ..usual("adapter") };
    let run = resolve(&head_only).unwrap();
    assert_eq!((run.head_learning_rate, run.frozen_layers(&config())), (1e-2, 4));
    assert_eq!(reason(&run, "head_learning_rate"), "head_only: usual for head tuning");
    let run = resolve(&AdaptOptions { learning_rate: Some(0.05), ..head_only.clone() }).unwrap();
    assert_eq!(run.head_learning_rate, 0.05);
    let run = resolve(&AdaptOptions { head_learning_rate: Some(0.03), ..head_only }).unwrap();
    assert_eq!(run.head_learning_rate, 0.03);
}

#[test]
fn alpha_is_twice_a_rank_that_is_given_alone() {
    let lora = |lora_rank, lora_alpha| {
        let run = resolve(&named("lora", MethodSettings { lora_rank, lora_alpha, ..Default::default() })).unwrap();
        let Method::Lora(l) = &run.method else { panic!("LoRA was asked for") };
        (l.rank, l.alpha, reason(&run, "lora_alpha"))
    };
    assert_eq!(lora(None, None), (8, 16.0, "twice lora_rank".to_owned()));
    assert_eq!(lora(Some(16), None), (16, 32.0, "twice lora_rank".to_owned()));
    assert_eq!(lora(Some(16), Some(16.0)), (16, 16.0, "given".to_owned()));
    assert_eq!(lora(None, Some(4.0)), (8, 4.0, "given".to_owned()));
}

#[test]
fn the_adapter_to_start_from_gives_what_is_not_given() {
    let start = Method::Lora(Lora { rank: 4, alpha: 3.0, layers: Layers::Only(vec![1, 2]), ..Lora::default() });
    let on = |choice: &MethodChoice| choice.resolve(&config(), Some(&start));
    assert_eq!(on(&MethodChoice::Initial).unwrap(), start);
    assert_eq!(on(&MethodChoice::named("lora")).unwrap(), start);
    let settings = MethodSettings { lora_rank: Some(2), ..Default::default() };
    let Method::Lora(l) = on(&MethodChoice::Named { name: "lora".into(), settings }).unwrap() else { panic!() };
    assert_eq!((l.rank, l.alpha, l.layers), (2, 4.0, Layers::Only(vec![1, 2])));
    let other = on(&MethodChoice::named("adapter")).unwrap();
    assert_eq!(other, Method::by_name("adapter", &config()).unwrap(), "of another method nothing is taken");
    let of_start = Some((&start, crate::peft::OF_START));
    assert!(MethodChoice::Initial.decide(&config(), of_start, &mut Default::default()).is_err());
    let e = MethodChoice::Initial.resolve(&config(), None).unwrap_err();
    assert!(e.message().starts_with("method is that of the initial adapter"), "{e}");
    let mut list = crate::decision::Decisions::default();
    MethodChoice::named("lora").decide(&config(), Some((&start, crate::peft::OF_INITIAL)), &mut list).unwrap();
    let reasons: Vec<_> = list.into_list().into_iter().skip(1).map(|d| d.reason.unwrap()).collect();
    assert!(reasons.iter().all(|reason| reason == "that of the adapter to start from"), "{reasons:?}");
}

#[test]
fn bottlenecks_are_as_wide_as_a_share_of_the_model() {
    let size = |adapter_size, reduction| {
        let run = resolve(&named("adapter", MethodSettings { adapter_size, reduction, ..Default::default() })).unwrap();
        let Method::Bottleneck(b) = &run.method else { panic!("bottleneck adapters were asked for") };
        (b.size, reason(&run, "adapter_size"))
    };
    assert_eq!(size(None, None), (4, "a sixteenth of the model's width of 64".to_owned()));
    assert_eq!(size(None, Some(2)), (32, "the model's width of 64 divided by 2".to_owned()));
    assert_eq!(size(Some(5), None), (5, "given".to_owned()));
}

#[test]
fn layers_are_a_list_or_the_uppermost() {
    let layers = |choice| named("bitfit", MethodSettings { layers: Some(choice), ..Default::default() });
    let run = resolve(&layers(LayerChoice::Upper(2))).unwrap();
    assert_eq!(run.method.layers(), Some(&Layers::Only(vec![2, 3])));
    assert_eq!(reason(&run, "layers"), "the uppermost 2 of 4");
    let run = resolve(&layers(LayerChoice::Only(vec![0, 2]))).unwrap();
    assert_eq!(run.method.layers(), Some(&Layers::Only(vec![0, 2])));
    refused(&layers(LayerChoice::Upper(5)), &["layers"], "is 5; it must lie between 1 and 4");
    refused(&layers(LayerChoice::Upper(0)), &["layers"], "is 0; it must lie between 1 and 4");
    refused(&layers(LayerChoice::Only(vec![4])), &["layers"], "below 4");
}

#[test]
fn epochs_follow_from_the_updates_of_one() {
    let run = resolve(&usual("adapter")).unwrap();
    assert_eq!((run.epochs, run.evaluate_every), (12, 2), "800 sentences make 50 updates");
    assert_eq!(reason(&run, "epochs"), "about 600 updates of 800 sentences");
    assert_eq!(reason(&run, "evaluate_every"), "about 10 looks in 12 epochs");
    let by_pieces = AdaptOptions { batch_pieces: Some(40), ..usual("adapter") };
    assert_eq!(resolve(&by_pieces).unwrap().epochs, 3, "4 sentences an update: 200 updates");
    let few = AdaptOptions { batch_size: 800, ..usual("adapter") };
    assert_eq!(resolve(&few).unwrap().epochs, 30);
    let run = resolve(&AdaptOptions { epochs: Some(7), evaluate_every: Some(3), ..usual("adapter") }).unwrap();
    assert_eq!((run.epochs, run.evaluate_every), (7, 3));
    assert_eq!((reason(&run, "epochs"), reason(&run, "evaluate_every")), ("given".into(), "given".into()));
}

#[test]
fn types_are_those_of_the_data() {
    let run = resolve(&usual("head")).unwrap();
    assert_eq!((&run.types[..], reason(&run, "types")), (&["PER".to_owned()][..], "those of the training data".into()));
    let run = resolve(&AdaptOptions { types: vec!["LOC".into()], ..usual("head") }).unwrap();
    assert_eq!((&run.types[..], reason(&run, "types")), (&["LOC".to_owned()][..], "given".into()));
}

#[test]
fn plain_defaults_have_no_reason_and_what_is_changed_is_given() {
    let run = resolve(&usual("adapter")).unwrap();
    let changed = resolve(&AdaptOptions { seed: 3, clip: 0.5, patience: None, ..usual("adapter") }).unwrap();
    for option in ["seed", "clip", "patience"] {
        assert_eq!((reason(&run, option), reason(&changed, option)), (String::new(), "given".to_owned()));
    }
    let text = changed.decisions.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(text.contains("learning_rate 0.002 (usual for bottleneck adapters)"), "{text}");
    assert!(text.contains("patience null (given)") && text.contains("batch_size 16\n"), "{text}");
}

#[test]
fn settings_of_another_method_are_refused() {
    let rank = MethodSettings { lora_rank: Some(8), ..Default::default() };
    let words = "lora_rank is a setting of the method lora, and method is adapter";
    refused(&named("adapter", rank), &["lora_rank", "method"], words);
    let size = MethodSettings { adapter_size: Some(8), ..Default::default() };
    refused(&named("lora", size), &["adapter_size", "method"], "of the methods adapter, parallel, and method is lora");
    let layers = MethodSettings { layers: Some(LayerChoice::Upper(1)), ..Default::default() };
    refused(&named("head", layers), &["layers", "method"], "of the methods adapter, lora, bitfit, full");
    refused(&usual("prompt"), &[], "there is no method \"prompt\"; choose one of head, adapter");
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    let both = AdaptOptions { batch_size: 8, batch_pieces: Some(100), ..usual("adapter") };
    refused(&both, &["batch_size", "batch_pieces"], "exclude each other");
    let both = MethodSettings { adapter_size: Some(8), reduction: Some(8), ..Default::default() };
    refused(&named("adapter", both), &["adapter_size", "reduction"], "exclude each other");
}

#[test]
fn what_is_out_of_range_is_refused_by_name() {
    let change = |change: fn(&mut AdaptOptions)| {
        let mut options = usual("adapter");
        change(&mut options);
        options
    };
    let ranged = "it must lie between 1 and 16777216";
    refused(&change(|o| o.batch_size = 0), &["batch_size"], &format!("batch_size is 0; {ranged}"));
    refused(&change(|o| o.epochs = Some(0)), &["epochs"], ranged);
    refused(&change(|o| o.micro_batch_pieces = usize::MAX), &["micro_batch_pieces"], ranged);
    refused(&change(|o| o.batch_pieces = Some(0)), &["batch_pieces"], ranged);
    refused(&change(|o| o.shots = Some(0)), &["shots"], "is 0");
    refused(&change(|o| o.patience = Some(0)), &["patience"], "is 0");
    refused(&change(|o| o.evaluate_every = Some(0)), &["evaluate_every"], "is 0");
    refused(&change(|o| o.learning_rate = Some(f64::NAN)), &["learning_rate"], "is NaN");
    refused(&change(|o| o.head_learning_rate = Some(f64::INFINITY)), &["head_learning_rate"], "is inf");
    refused(&change(|o| o.warmup = 1.5), &["warmup"], "is 1.5; it must lie between 0 and 1");
    refused(&change(|o| o.weight_decay = -1.0), &["weight_decay"], "is -1");
    refused(&change(|o| o.clip = f64::NEG_INFINITY), &["clip"], "is -inf");
    refused(&change(|o| o.precision = Precision::Int8), &["precision"], "8-bit");
    refused(&change(|o| o.scheme = Scheme::Iob1), &["scheme"], "IOB1");
    let size = |n| MethodSettings { adapter_size: Some(n), ..Default::default() };
    refused(&named("adapter", size(257)), &["adapter_size"], "is 257; it must lie between 1 and 256");
    let reduction = MethodSettings { reduction: Some(65), ..Default::default() };
    refused(&named("adapter", reduction), &["reduction"], "is 65; it must lie between 1 and 64");
    let alpha = MethodSettings { lora_alpha: Some(f64::NAN), ..Default::default() };
    refused(&named("lora", alpha), &["lora_alpha"], "is NaN, not a finite number");
}

fn given() -> impl Strategy<Value = AdaptOptions> {
    let method = (0..5usize, proptest::option::of(1..4usize), proptest::option::of(1..20usize));
    let rates = (proptest::option::of(1e-5..1.0f64), proptest::option::of(1e-5..1.0f64));
    let counts = (proptest::option::of(1..99usize), proptest::option::of(1..99usize), proptest::option::of(1..99usize));
    (method, rates, counts, any::<bool>(), any::<u64>()).prop_map(
        |((method, layers, n), rates, counts, head_only, seed)| {
            let name = Method::NAMES[method];
            let settings = MethodSettings {
                layers: layers.filter(|_| name != "head").map(LayerChoice::Upper),
                adapter_size: n.filter(|_| name == "adapter"),
                lora_rank: n.filter(|_| name == "lora"),
                ..Default::default()
            };
            let (epochs, batch_pieces, evaluate_every) = counts;
            let (learning_rate, head_learning_rate) = rates;
            let options = named(name, settings);
            AdaptOptions {
                epochs,
                batch_pieces,
                evaluate_every,
                learning_rate,
                head_learning_rate,
                head_only,
                seed,
                ..options
            }
        },
    )
}

proptest! {
    /// What is decided stays decided: a run can be repeated from its record.
    #[test]
    fn what_is_resolved_resolves_to_itself(options in given()) {
        let once = resolve(&options).unwrap();
        let again = resolve(&once.clone().into()).unwrap();
        let values = |run: &ResolvedAdapt| format!("{:?}", ResolvedAdapt { decisions: Vec::new(), ..run.clone() });
        prop_assert_eq!(values(&once), values(&again));
        let list = |run: &ResolvedAdapt| {
            run.decisions.iter().map(|d| (d.option.clone(), d.value.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(list(&once), list(&again));
    }
}
