//! The promises of priming: every variant learns and repeats to the bit, stops and goes on anywhere, and fails clearly.

mod common;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use primer::data::DataOptions;
use primer::meta::{
    Algorithm, EpisodeHead, Hessian, InnerRate, InnerScope, Order, OuterScope, PrimeOptions, Primed, Task, prime,
    prime_observed,
};
use primer::model::{BlockType, Storage};
use primer::peft::{BitFit, Bottleneck, Lora};
use primer::{Cancel, Dataset, ErrorKind, Method, Model, evaluate};

const EXACT: Storage = Storage { embedding: BlockType::F32, encoder: BlockType::F32 };

fn tasks() -> Vec<Task> {
    (0..3).map(|i| Task::new(format!("t{i}"), common::dataset(20 + 10 * i, i as u64))).collect()
}

fn adapter(model: &Model) -> Method {
    Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4))
}

fn options(method: Method) -> PrimeOptions {
    let mut options = PrimeOptions::new(method);
    (options.support, options.query, options.steps) = (4, 4, 8);
    (options.encoder_rate, options.embedding_rate, options.method_rate) = (3e-3, 3e-3, 3e-3);
    options.checkpoint_every = 3;
    options
}

/// What a run made, to the bit: the backbone's file without its card, and the adapter.
fn content(primed: &Primed, folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let path = folder.join("content.gguf");
    // The card tells times, which differ.
    let card = BTreeMap::from([("priming".to_owned(), String::new())]);
    let written = primed.save(&path, &EXACT, &card).unwrap();
    (std::fs::read(&path).unwrap(), primed.adapter(&written).unwrap().to_bytes().unwrap())
}

/// Every algorithm, scope and switch that there is.
fn variants(model: &Model) -> Vec<PrimeOptions> {
    let of = |change: &dyn Fn(&mut PrimeOptions)| {
        let mut options = options(adapter(model));
        change(&mut options);
        options
    };
    let second = Algorithm::Maml(Order::Second(Hessian::Tangents));
    let differences = Algorithm::Maml(Order::Second(Hessian::Differences));
    vec![
        of(&|_| {}),
        of(&|o| o.algorithm = second),
        of(&|o| o.algorithm = differences),
        of(&|o| (o.algorithm, o.inner_steps, o.fresh_support, o.multi_step_loss) = (second, 2, true, true)),
        of(&|o| o.algorithm = Algorithm::MultiTask),
        of(&|o| (o.algorithm, o.inner_scope, o.inner_steps) = (Algorithm::Reptile(0.5), InnerScope::Everything, 3)),
        of(&|o| (o.inner_scope, o.outer_scope) = (InnerScope::Head, OuterScope::Both)),
        of(&|o| (o.method, o.inner_scope) = (Method::Head.into(), InnerScope::Everything)),
        of(&|o| (o.redraw, o.episodes) = (true, 2)),
        of(&|o| o.inner_rate = InnerRate::Learnt { start: 0.05, rate: 1e-2 }),
        of(&|o| (o.temperature, o.layer_decay) = (0.7, 0.9)),
        of(&|o| o.method = Method::Lora(Lora::default()).into()),
        of(&|o| o.method = Method::BitFit(BitFit::default()).into()),
        of(&|o| o.method = Method::Head.into()),
    ]
}

#[test]
fn every_variant_repeats_to_the_bit_and_no_two_are_the_same() {
    let (folder, model) = common::model();
    let mut seen = Vec::new();
    for options in variants(&model) {
        let run = || content(&prime(&model, &tasks(), &[], &options).unwrap(), folder.path());
        let one = run();
        assert!(one == run(), "{options:?}");
        assert!(!seen.contains(&one), "{options:?} changes nothing");
        seen.push(one);
    }
    let mut other = options(adapter(&model));
    other.seed = 1;
    assert!(!seen.contains(&content(&prime(&model, &tasks(), &[], &other).unwrap(), folder.path())));
}

#[test]
fn a_primed_backbone_tags_without_adaptation_and_is_the_same_from_its_file() {
    let (folder, model) = common::model();
    let dev = [Task::new("dev", common::dataset(30, 9))];
    for algorithm in [Algorithm::Maml(Order::First), Algorithm::MultiTask] {
        let mut options = options(adapter(&model));
        (options.algorithm, options.steps, options.name) = (algorithm, 60, "mini".to_owned());
        let primed = prime(&model, &tasks(), &dev, &options).unwrap();
        let f1 = primed.report().dev_f1["dev"];
        assert!(f1 > 0.8, "{algorithm:?}: F1 {f1}");
        let path = folder.path().join("primed.gguf");
        let written = primed.save(&path, &EXACT, &BTreeMap::new()).unwrap();
        let adapter = primed.adapter(&written).unwrap();
        let again = evaluate(&written, &adapter, &dev[0].data).unwrap().default.micro.f1;
        assert!((again - f1).abs() < 1e-6, "{algorithm:?}: {again} from the file, {f1} before");
        assert!(adapter.card().backbone.fingerprint.as_deref() == Some(written.fingerprint()));
        assert!(written.fingerprint() != model.fingerprint());
        assert_eq!(written.card()["name"], "mini");
        let recipe: serde_json::Value = serde_json::from_str(&written.card()["priming"]).unwrap();
        assert_eq!((recipe["steps"].as_u64(), recipe["options"]["support"].as_u64()), (Some(60), Some(4)));
        // As a folder, and from a file to a folder.
        for from in [&model, &written] {
            let folder_path = folder.path().join("folder");
            let mut options = options.clone();
            options.steps = 1;
            let primed = prime(from, &tasks(), &dev, &options).unwrap();
            let there = primed.save_folder(&folder_path, &BTreeMap::new()).unwrap();
            let adapter = primed.adapter(&there).unwrap();
            let f1 = evaluate(&there, &adapter, &dev[0].data).unwrap().default.micro.f1;
            assert!((f1 - primed.report().dev_f1["dev"]).abs() < 1e-6);
            assert_eq!((&there.card()["name"][..], there.config().name.as_str()), ("mini", "mini"));
        }
        // In few bits it is another file, and still tags.
        let storage = Storage { embedding: BlockType::Q8_0, encoder: BlockType::Q8_0 };
        let small = primed.save(folder.path().join("small.gguf"), &storage, &BTreeMap::new()).unwrap();
        let quantised = evaluate(&small, &primed.adapter(&small).unwrap(), &dev[0].data).unwrap();
        assert!(quantised.default.micro.f1 > 0.8);
    }
}

#[test]
fn the_outer_scope_is_what_changes() {
    let (folder, model) = common::model();
    let run = |change: &dyn Fn(&mut PrimeOptions)| {
        let mut options = options(adapter(&model));
        change(&mut options);
        let primed = prime(&model, &tasks(), &[], &options).unwrap();
        let (_, adapter) = content(&primed, folder.path());
        // Without what adaptation starts from, which a model's file holds beside the backbone.
        let backbone = folder.path().join("backbone");
        primed.save_folder(&backbone, &BTreeMap::new()).unwrap();
        (std::fs::read(backbone.join("model.safetensors")).unwrap(), adapter, primed.report().word_rows)
    };
    // Nothing but a start: rates that are zero in 32 bits.
    let still = run(&|o| (o.encoder_rate, o.embedding_rate, o.method_rate) = (1e-300, 1e-300, 1e-300));
    // A rate of 0 leaves a part as it is.
    let encoder = run(&|o| (o.embedding_rate, o.method_rate) = (0.0, 0.0));
    let backbone = run(&|o| o.outer_scope = OuterScope::Backbone);
    let phi = run(&|o| o.outer_scope = OuterScope::Phi);
    let adapters = |bytes: &[u8]| {
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    assert!(phi.0 == still.0 && adapters(&phi.1) != adapters(&still.1), "phi alone");
    assert!(backbone.0 != still.0 && adapters(&backbone.1) == adapters(&still.1), "the backbone alone");
    assert!(encoder.0 != still.0 && adapters(&encoder.1) == adapters(&still.1), "the encoder alone");
    assert!(phi.2 == 0 && encoder.2 == 0 && backbone.2 > 0);
}

/// A model that carries a start is primed on from it; only where everything is drawn anew is it left.
#[test]
fn priming_goes_on_from_the_start_that_a_model_carries() {
    let (folder, model) = common::model();
    let mut options = options(adapter(&model));
    (options.head, options.algorithm, options.steps) = (EpisodeHead::Made, Algorithm::MultiTask, 2);
    let once = |model: &Model, options: &PrimeOptions, name: &str| {
        let path = folder.path().join(name);
        let primed = prime(model, &tasks(), &[], options).unwrap();
        // Made heads are of no types, of which there may be thousands.
        assert!(primed.report().types.is_empty() && primed.report().options.get("types").is_none());
        assert!(primed.report().options.get("episode_tokens").is_some());
        let same = ["priming", "changes"].map(|key| (key.to_owned(), String::new()));
        let model = primed.save(&path, &EXACT, &BTreeMap::from(same)).unwrap();
        (model, std::fs::read(&path).unwrap())
    };
    let (first, written) = once(&model, &options, "first.gguf");
    (options.encoder_rate, options.embedding_rate, options.method_rate) = (0.0, 0.0, 1e-30);
    let still = once(&first, &options, "still.gguf").1;
    assert!(written == still, "steps too small to be seen leave the model and its start as they are");
    options.redraw = true;
    assert!(once(&first, &options, "new.gguf").1 != written, "what is drawn anew is not the start");
}

/// Losses and norms of a log's lines: all but the seconds.
fn log(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("seconds").unwrap();
        value
    };
    text.lines().map(line).collect()
}

#[test]
fn a_run_that_was_stopped_anywhere_ends_as_if_it_had_not() {
    let (folder, model) = common::model();
    let path = |name: &str| folder.path().join(name);
    for (number, variant) in variants(&model).into_iter().enumerate() {
        let mut options = variant.clone();
        options.log = Some(path("whole.jsonl"));
        let whole = content(&prime(&model, &tasks(), &[], &options).unwrap(), folder.path());
        options.log = Some(path("parts.jsonl"));
        options.checkpoint = Some(path(&format!("{number}.checkpoint")));
        // Once as an observer stops it, once in the middle of an update, as a crash would.
        let stop = |at: usize, hard: bool| {
            let cancel = Cancel::new();
            let stopped = prime_observed(
                &model,
                &tasks(),
                &[],
                &options,
                &mut |p| match p.step == at {
                    true if hard => {
                        cancel.request();
                        ControlFlow::Continue(())
                    }
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                },
                &cancel,
            );
            assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
        };
        stop(2, false);
        stop(5, true);
        let parts = content(&prime(&model, &tasks(), &[], &options).unwrap(), folder.path());
        assert!(parts == whole, "{variant:?}");
        assert_eq!(log(&path("whole.jsonl")), log(&path("parts.jsonl")), "{variant:?}");
        assert_eq!(log(&path("parts.jsonl")).len(), options.steps);
        // A run that is over is not run again.
        let mut none = |p: &primer::meta::PrimeProgress| match p.stage {
            primer::train::Stage::Encode => ControlFlow::Continue(()),
            _ => panic!("a step was taken"),
        };
        let again = prime_observed(&model, &tasks(), &[], &options, &mut none, &Cancel::new()).unwrap();
        assert!(content(&again, folder.path()) == whole);
    }
}

#[test]
fn a_checkpoint_of_another_run_or_a_damaged_one_is_refused() {
    let (folder, model) = common::model();
    let mut options = options(adapter(&model));
    let path = folder.path().join("checkpoint");
    options.checkpoint = Some(path.clone());
    prime(&model, &tasks(), &[], &options).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let refused = |options: &PrimeOptions, tasks: &[Task], kind: ErrorKind| {
        let e = prime(&model, tasks, &[], options).unwrap_err();
        assert_eq!((e.kind(), e.file()), (kind, Some(&*path)), "{e}");
        assert!(std::fs::read(&path).unwrap() == bytes, "it stays as it was");
    };
    let changes: [fn(&mut PrimeOptions); 3] =
        [|o| o.seed = 9, |o| o.inner_rate = InnerRate::Fixed(0.2), |o| o.steps = 9];
    for change in changes {
        let mut other = options.clone();
        change(&mut other);
        refused(&other, &tasks(), ErrorKind::Stale);
    }
    refused(&options, &tasks()[1..], ErrorKind::Stale);
    for damaged in [&bytes[..bytes.len() / 2], b"x", b""] {
        std::fs::write(&path, damaged).unwrap();
        let e = prime(&model, &tasks(), &[], &options).unwrap_err();
        assert_eq!((e.kind(), e.file()), (ErrorKind::Format, Some(&*path)));
    }
}

#[test]
fn tasks_and_options_that_cannot_work_are_clear_errors() {
    let (_folder, model) = common::model();
    let data = |text: &str| Dataset::from_bytes(text.as_bytes(), "data", &DataOptions::default()).unwrap();
    let good = options(adapter(&model));
    let fails = |tasks: &[Task], options: &PrimeOptions, kind: ErrorKind, words: &[&str]| {
        let e = prime(&model, tasks, &[], options).unwrap_err();
        assert_eq!(e.kind(), kind, "{e}");
        words.iter().for_each(|word| assert!(e.to_string().contains(word), "{word} is not in {e}"));
    };
    let with = |name: &str, data: Dataset| [tasks(), vec![Task::new(name, data)]].concat();
    fails(&[], &good, ErrorKind::InvalidArgument, &[]);
    fails(&with("t1", common::dataset(20, 1)), &good, ErrorKind::InvalidArgument, &["t1"]);
    fails(&with("few", common::dataset(7, 1)), &good, ErrorKind::Data, &["few", "7", "8"]);
    fails(&with("none", data(&"a\tO\n\n".repeat(20))), &good, ErrorKind::Data, &["none", "entity"]);
    let mut typed = good.clone();
    typed.types = ["LOC", "ORG"].map(str::to_owned).to_vec();
    fails(&tasks(), &typed, ErrorKind::Data, &["t0", "PER", "LOC, ORG"]);
    let twice = [Task::new("dev", common::dataset(9, 1)), Task::new("dev", common::dataset(9, 2))];
    let e = prime(&model, &tasks(), &twice, &good).unwrap_err();
    assert!(e.kind() == ErrorKind::InvalidArgument && e.to_string().contains("\"dev\""), "{e}");
    let foreign = Task::new("dev", data("a\tB-MISC\n"));
    let e = prime(&model, &tasks(), &[foreign], &good).unwrap_err();
    assert!(e.kind() == ErrorKind::Data && e.to_string().contains("MISC"), "{e}");
    let changes: [fn(&mut PrimeOptions); 10] = [
        |o| o.inner_steps = 0,
        |o| o.episodes = 0,
        |o| o.support = usize::MAX,
        |o| o.encoder_rate = f64::NAN,
        |o| o.inner_rate = InnerRate::Fixed(0.0),
        |o| o.clip = -1.0,
        |o| o.temperature = 1.5,
        |o| o.method = Method::Full(Default::default()).into(),
        |o| (o.redraw, o.outer_scope) = (true, OuterScope::Phi),
        |o| (o.algorithm, o.inner_rate) = (Algorithm::MultiTask, InnerRate::Learnt { start: 0.1, rate: 0.1 }),
    ];
    for change in changes {
        let mut options = good.clone();
        change(&mut options);
        fails(&tasks(), &options, ErrorKind::InvalidArgument, &[]);
    }
    let mut wild = good.clone();
    (wild.inner_rate, wild.steps) = (InnerRate::Fixed(1e30), 2);
    fails(&tasks(), &wild, ErrorKind::NonFinite, &[]);
}

#[test]
fn a_log_or_checkpoint_that_cannot_be_written_is_an_io_error() {
    let (folder, model) = common::model();
    let nowhere = folder.path().join("no/such/folder");
    let changes: [fn(&mut PrimeOptions, &Path); 2] =
        [|o, p| o.log = Some(p.to_owned()), |o, p| o.checkpoint = Some(p.to_owned())];
    for change in changes {
        let mut options = options(adapter(&model));
        change(&mut options, &nowhere);
        assert_eq!(prime(&model, &tasks(), &[], &options).unwrap_err().kind(), ErrorKind::Io);
    }
    // A full disk.
    if cfg!(target_os = "linux") {
        let mut options = options(adapter(&model));
        options.checkpoint = Some(folder.path().join("checkpoint"));
        options.steps = 3;
        prime(&model, &tasks(), &[], &options).unwrap();
        let before = std::fs::read(folder.path().join("checkpoint")).unwrap();
        options.log = Some("/dev/full".into());
        let mut other = options.clone();
        (other.checkpoint, other.steps) = (None, 2);
        assert_eq!(prime(&model, &tasks(), &[], &other).unwrap_err().kind(), ErrorKind::Io);
        assert!(std::fs::read(folder.path().join("checkpoint")).unwrap() == before);
    }
}
