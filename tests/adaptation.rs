//! The promises of adaptation: repeatable to the bit, never worse than the start, stoppable, resumable, and clear errors.

mod common;

use std::ops::ControlFlow;

use primer::data::DataOptions;
use primer::peft::{BitFit, Bottleneck, Full, Ia3, Layers, Lora, Parallel};
use primer::train::{Stage, adapt_observed, adapt_states};
use primer::{
    AdaptOptions, Adapter, Cancel, Dataset, ErrorKind, Method, MethodChoice, Model, Progress, adapt, evaluate,
};

fn methods(model: &Model) -> Vec<Method> {
    vec![
        Method::Head,
        Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)),
        Method::Bottleneck(Bottleneck::houlsby(model.config(), 4)),
        Method::Lora(Lora { sites: primer::model::Site::ALL.to_vec(), rslora: true, ..Lora::default() }),
        Method::BitFit(BitFit::default()),
        Method::Full(Full::default()),
        Method::Ia3(Ia3::default()),
        Method::Parallel(Parallel { attention: true, ..Parallel::feed_forward(model.config(), 4) }),
        Method::Full(Full { layers: Layers::Only(vec![1]) }),
    ]
}

fn options(method: Method) -> AdaptOptions {
    let mut options = AdaptOptions::new(method);
    options.epochs = Some(3);
    (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
    options
}

/// The card's times and memory differ from run to run; everything else must not.
fn content(adapter: &Adapter) -> Vec<u8> {
    let bytes = adapter.to_bytes().unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

#[test]
fn every_method_learns_and_repeats_to_the_bit() {
    let (_folder, model) = common::model();
    let (train, dev) = (common::dataset(60, 1), common::dataset(20, 2));
    for method in methods(&model) {
        let mut options = options(method.clone());
        options.epochs = Some(12);
        let one = adapt(&model, &train, Some(&dev), &options).unwrap();
        let two = adapt(&model, &train, Some(&dev), &options).unwrap();
        assert!(content(&one) == content(&two), "{method:?}");
        let f1 = evaluate(&model, &one, &dev).unwrap().default.micro.f1;
        let report = one.card().training.as_ref().unwrap();
        assert!(f1 > 0.5 && f1 > report.initial_f1.unwrap(), "{method:?}: F1 {f1}, {:?} before", report.initial_f1);
        assert!(report.epochs[0].loss > report.epochs.last().unwrap().loss, "{method:?}");
        options.seed = 1;
        let other = adapt(&model, &train, Some(&dev), &options).unwrap();
        assert!(content(&one) != content(&other), "{method:?}: the seed changes nothing");
    }
}

/// Sums are shared among threads, never reordered by who is faster.
#[test]
fn several_threads_repeat_to_the_bit_too() {
    let folder = tempfile::tempdir().unwrap();
    common::write_model(folder.path(), 7);
    let train = common::dataset(60, 1);
    let run = || {
        let model = Model::load_with(folder.path(), &primer::LoadOptions::new().threads(3)).unwrap();
        let method = Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4));
        content(&adapt(&model, &train, None, &options(method)).unwrap())
    };
    let first = run();
    (0..5).for_each(|_| assert!(run() == first));
}

#[test]
fn an_adapter_is_the_same_after_saving_and_loading() {
    let (folder, model) = common::model();
    let (train, dev) = (common::dataset(30, 1), common::dataset(10, 2));
    for method in methods(&model) {
        let adapter = adapt(&model, &train, None, &options(method)).unwrap();
        let path = folder.path().join("adapter.safetensors");
        adapter.save(&path).unwrap();
        let again = Adapter::load(&path, &model).unwrap();
        assert_eq!(adapter.card(), again.card());
        assert_eq!(adapter.to_bytes().unwrap(), again.to_bytes().unwrap());
        assert_eq!(evaluate(&model, &adapter, &dev).unwrap(), evaluate(&model, &again, &dev).unwrap());
    }
}

/// With dev data the start counts as epoch 0: a run that only makes things worse gives the start back.
#[test]
fn adaptation_never_makes_an_adapter_worse() {
    let (_folder, model) = common::model();
    let (train, dev) = (common::dataset(60, 1), common::dataset(20, 2));
    let mut good = options(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
    good.epochs = Some(12);
    let good_adapter = adapt(&model, &train, Some(&dev), &good).unwrap();
    let before = evaluate(&model, &good_adapter, &dev).unwrap().default.micro.f1;
    let mut harmful = good.clone();
    harmful.initial = Some(good_adapter);
    (harmful.learning_rate, harmful.head_learning_rate, harmful.patience) = (Some(3.0), Some(3.0), Some(2));
    harmful.evaluate_every = Some(1);
    let after = adapt(&model, &train, Some(&dev), &harmful).unwrap();
    let report = after.card().training.as_ref().unwrap();
    assert_eq!(report.initial_f1, Some(before));
    assert_eq!(report.epochs.len(), 2, "patience stops the run");
    assert_eq!(report.best_epoch, 0);
    assert_eq!(evaluate(&model, &after, &dev).unwrap().default.micro.f1, before);
}

#[test]
fn a_new_type_keeps_what_the_head_knows_of_the_others() {
    let (_folder, model) = common::model();
    let train = common::dataset(60, 1);
    let mut first = options(Method::Head);
    first.types = vec!["LOC".into(), "ORG".into(), "PER".into()];
    first.epochs = Some(10);
    let old = adapt(&model, &train, None, &first).unwrap();
    let mut second = first.clone();
    second.types.push("DRUG".into());
    second.initial = Some(old.clone());
    (second.epochs, second.learning_rate, second.head_learning_rate) = (Some(1), Some(1e-9), Some(1e-9));
    let new = adapt(&model, &train, None, &second).unwrap();
    assert_eq!(new.types(), ["LOC", "ORG", "PER", "DRUG"]);
    let f1 = |adapter| evaluate(&model, adapter, &train).unwrap().default.micro.f1;
    // The new type's rows are small random numbers: they may win a word here or there, not more.
    assert!(f1(&new) > f1(&old) - 0.05, "{} {}", f1(&new), f1(&old));
}

#[test]
fn a_head_may_start_a_run_of_another_method() {
    let (_folder, model) = common::model();
    let train = common::dataset(60, 1);
    let mut first = options(Method::Head);
    first.epochs = Some(12);
    let head = adapt(&model, &train, None, &first).unwrap();
    let mut lora = options(Method::Lora(Lora::default()));
    lora.initial = Some(head.clone());
    assert_eq!(adapt(&model, &train, None, &lora).unwrap_err().kind(), ErrorKind::Mismatch);
    lora.initial_head = lora.initial.take();
    (lora.epochs, lora.learning_rate, lora.head_learning_rate) = (Some(1), Some(1e-9), Some(1e-9));
    let f1 = |adapter| evaluate(&model, adapter, &train).unwrap().default.micro.f1;
    // Fresh low-rank updates are next to nothing: what the run knows is the head's knowledge.
    let warm = adapt(&model, &train, None, &lora).unwrap();
    assert!(f1(&head) > 0.3 && (f1(&warm) - f1(&head)).abs() < 0.02, "{} {}", f1(&warm), f1(&head));
    lora.initial = Some(head);
    assert_eq!(adapt(&model, &train, None, &lora).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn the_last_state_is_kept_beside_the_best() {
    let (_folder, model) = common::model();
    let (train, dev) = (common::dataset(60, 1), common::dataset(20, 2));
    let mut options = options(Method::Head);
    (options.epochs, options.evaluate_every, options.patience) = (Some(6), Some(1), None);
    let go = |dev| adapt_states(&model, &train, dev, &options, &mut |_| ControlFlow::Continue(()), &Cancel::new());
    let states = go(Some(&dev)).unwrap();
    let report = states.last.card().training.clone().unwrap();
    assert_eq!((report.best_epoch, report.epochs.len()), (6, 6));
    let f1 = |adapter| Some(evaluate(&model, adapter, &dev).unwrap().default.micro.f1);
    assert_eq!(f1(&states.last), report.epochs[5].dev_f1);
    assert_eq!(content(&states.best), content(&adapt(&model, &train, Some(&dev), &options).unwrap()));
    // Looking at dev data changes nothing of the training.
    let blind = go(None).unwrap();
    assert_eq!(content(&blind.last), content(&states.last));
    assert_eq!(content(&blind.best), content(&states.last));
}

#[test]
fn a_run_that_was_stopped_goes_on_from_its_checkpoint_to_the_bit() {
    let (folder, model) = common::model();
    let (train, dev) = (common::dataset(40, 1), common::dataset(10, 2));
    for method in methods(&model) {
        let mut options = options(method);
        let whole = adapt(&model, &train, Some(&dev), &options).unwrap();
        options.checkpoint = Some(folder.path().join("checkpoint"));
        let mut stop = |p: &Progress| match (p.stage, p.epoch) {
            (Stage::Step, 3) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let stopped = adapt_observed(&model, &train, Some(&dev), &options, &mut stop, &Cancel::new());
        assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
        let mut first = None;
        let mut watch = |p: &Progress| {
            if p.stage == Stage::Step {
                first.get_or_insert(p.epoch);
            }
            ControlFlow::Continue(())
        };
        let resumed = adapt_observed(&model, &train, Some(&dev), &options, &mut watch, &Cancel::new()).unwrap();
        assert_eq!(first, Some(3), "the epochs that were done are not done again");
        assert!(content(&whole) == content(&resumed), "{:?}", options.method);
        assert!(!folder.path().join("checkpoint").exists());
    }
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let (folder, model) = common::model();
    let train = common::dataset(20, 1);
    let mut options = options(Method::Head);
    options.checkpoint = Some(folder.path().join("checkpoint"));
    let mut stop = |p: &Progress| if p.epoch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    adapt_observed(&model, &train, None, &options, &mut stop, &Cancel::new()).unwrap_err();
    let changes: [fn(&mut AdaptOptions); 3] = [|o| o.seed = 9, |o| o.learning_rate = Some(1e-3), |o| o.batch_size = 8];
    for change in changes {
        let mut other = options.clone();
        change(&mut other);
        assert_eq!(adapt(&model, &train, None, &other).unwrap_err().kind(), ErrorKind::Stale);
    }
    let other_data = adapt(&model, &common::dataset(20, 5), None, &options).unwrap_err();
    assert_eq!(other_data.kind(), ErrorKind::Stale);
    // What is another is told, and what to do; `restart` begins anew, and the checkpoint is then this run's.
    let (mut other, mut steps) = (options.clone(), 0);
    other.seed = 9;
    let e = adapt(&model, &train, None, &other).unwrap_err();
    assert!(e.message().contains("seed") && e.message().contains("restart"), "{e}");
    assert!(other_data.message().contains("other data"), "{other_data}");
    other.restart = true;
    let mut watch = |p: &Progress| {
        steps += usize::from(p.stage == Stage::Step);
        if p.epoch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    adapt_observed(&model, &train, None, &other, &mut watch, &Cancel::new()).unwrap_err();
    assert!(steps > 0);
    assert_eq!(adapt(&model, &train, None, &options).unwrap_err().kind(), ErrorKind::Stale);
    // A file that is no checkpoint is never written over.
    std::fs::write(folder.path().join("checkpoint"), b"not a checkpoint").unwrap();
    for options in [&options, &other] {
        assert_eq!(adapt(&model, &train, None, options).unwrap_err().kind(), ErrorKind::Format);
    }
    assert_eq!(std::fs::read(folder.path().join("checkpoint")).unwrap(), b"not a checkpoint");
}

#[test]
fn a_request_from_another_thread_stops_within_a_micro_batch() {
    let (_folder, model) = common::model();
    let train = common::dataset(200, 1);
    let mut options = options(Method::Head);
    options.epochs = Some(1000);
    let cancel = Cancel::new();
    let mut steps_after = 0;
    let mut observer = |_: &Progress| {
        if cancel.is_requested() {
            steps_after += 1;
        }
        let cancel = cancel.clone();
        std::thread::spawn(move || cancel.request()).join().unwrap();
        ControlFlow::Continue(())
    };
    let error = adapt_observed(&model, &train, None, &options, &mut observer, &cancel).unwrap_err();
    assert_eq!((error.kind(), steps_after), (ErrorKind::Cancelled, 0));
}

/// Progress begins with the first sentence that is read, and a run that is stopped anywhere before its first update leaves
/// everything as it was.
#[test]
fn what_comes_before_the_first_update_is_told_and_can_be_stopped() {
    let (folder, model) = common::model();
    let (train, dev) = (common::dataset(30, 1), common::dataset(10, 2));
    let mut options = options(Method::Head);
    options.checkpoint = Some(folder.path().join("checkpoint"));
    let names = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = names();
    let mut stages = Vec::new();
    let mut watch = |p: &Progress| {
        assert!(p.done <= p.total && p.total > 0, "{p:?}");
        stages.push((p.stage, p.done, p.total));
        ControlFlow::Continue(())
    };
    adapt_observed(&model, &train, Some(&dev), &options, &mut watch, &Cancel::new()).unwrap();
    let told = |stage, total| [0, total].map(|done| stages.contains(&(stage, done, total)));
    assert_eq!((told(Stage::Encode, 30), told(Stage::Prefix, 30)), ([true; 2], [true; 2]), "{stages:?}");
    assert_eq!((stages[0].0, told(Stage::Prefix, 10)), (Stage::Encode, [true; 2]));
    let begun = stages.iter().position(|s| s.0 == Stage::Start).unwrap();
    for at in 0..begun {
        for asked in [false, true] {
            let (mut calls, cancel) = (0, Cancel::new());
            let mut stop = |_: &Progress| {
                calls += 1;
                match calls > at {
                    true if asked => cancel.request(),
                    true => return ControlFlow::Break(()),
                    false => {}
                }
                ControlFlow::Continue(())
            };
            let e = adapt_observed(&model, &train, Some(&dev), &options, &mut stop, &cancel).unwrap_err();
            assert_eq!((e.kind(), names()), (ErrorKind::Cancelled, before));
        }
    }
}

/// What cannot be written in the end is known before the first sentence is read, and nothing that is read is lost.
#[test]
fn an_output_that_would_be_lost_or_destroy_something_is_refused_at_once() {
    let (folder, model) = common::model();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("train.conll"), common::conll(20, 1)).unwrap();
    let train = Dataset::load(at("train.conll")).unwrap();
    let mut never = |_: &Progress| -> ControlFlow<()> { panic!("work was begun") };
    for (place, kind) in [
        (at("none/checkpoint"), ErrorKind::Io),
        (folder.path().to_owned(), ErrorKind::Io),
        (at("train.conll"), ErrorKind::InvalidArgument),
        (at("model.safetensors"), ErrorKind::InvalidArgument),
        (at("config.json"), ErrorKind::InvalidArgument),
    ] {
        let mut options = options(Method::Head);
        options.checkpoint = Some(place.clone());
        let e = adapt_observed(&model, &train, None, &options, &mut never, &Cancel::new()).unwrap_err();
        assert_eq!((e.kind(), e.file()), (kind, Some(&*place)), "{e}");
    }
    let adapter = adapt(&model, &train, None, &options(Method::Head)).unwrap();
    let before: Vec<_> = ["train.conll", "model.safetensors", "config.json", "tokenizer.json"]
        .map(|name| (name, std::fs::read(at(name)).unwrap()))
        .into();
    for (name, bytes) in &before {
        std::fs::hard_link(at(name), at("link")).unwrap();
        for place in [at(name), at("./nowhere/..").join(name), at("link")] {
            if place.exists() {
                assert_eq!(adapter.save(&place).unwrap_err().kind(), ErrorKind::InvalidArgument, "{}", place.display());
            }
        }
        std::fs::remove_file(at("link")).unwrap();
        assert!(std::fs::read(at(name)).unwrap() == *bytes);
    }
    let lora = adapt(&model, &train, None, &options(Method::Lora(Lora::default()))).unwrap();
    assert_eq!(
        primer::peft::huggingface::save(&lora, &model, folder.path()).unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    // Data that nobody uses any more may be replaced.
    drop(train);
    adapter.save(at("train.conll")).unwrap();
}

/// Many small batches or one: the gradient of an update is the same but for rounding.
#[test]
fn micro_batches_change_nothing_but_rounding() {
    let (_folder, model) = common::model();
    let (train, dev) = (common::dataset(32, 1), common::dataset(16, 2));
    let loss = |pieces: usize| {
        let mut options = options(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
        options.micro_batch_pieces = pieces;
        let adapter = adapt(&model, &train, Some(&dev), &options).unwrap();
        adapter.card().training.as_ref().unwrap().epochs.iter().map(|e| e.loss).collect::<Vec<_>>()
    };
    for (a, b) in loss(4096).iter().zip(loss(20)) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

/// Frozen layers run once: in memory, on disk, or anew in every epoch, the numbers are the same to the bit.
#[test]
fn the_outputs_of_frozen_layers_may_be_kept_or_not() {
    let (_folder, model) = common::model();
    let (train, dev) = (common::dataset(60, 1), common::dataset(20, 2));
    let upper = Layers::Only(vec![1]);
    let mut bottleneck = Bottleneck::pfeiffer(model.config(), 4);
    bottleneck.layers = upper.clone();
    for method in [Method::Head, Method::Bottleneck(bottleneck), Method::BitFit(BitFit { layers: upper })] {
        let run = |cache: Option<usize>| {
            let mut options = options(method.clone());
            options.cache = cache;
            let adapter = adapt(&model, &train, Some(&dev), &options).unwrap();
            let epochs = adapter.card().training.clone().unwrap().epochs;
            (content(&adapter), epochs)
        };
        let anew = run(None);
        assert!(run(Some(1 << 30)) == anew, "{method:?} in memory");
        assert!(run(Some(0)) == anew, "{method:?} on disk");
    }
}

/// Weights that stay quantised in memory give the same adapter to the bit, whatever the method and the block type.
#[test]
fn a_quantised_encoder_gives_the_same_numbers() {
    use primer::model::{BlockType, ImportOptions, import};
    let folder = tempfile::tempdir().unwrap();
    common::write_model(&folder.path().join("model"), 7);
    let gguf = folder.path().join("model.gguf");
    let train = common::dataset(40, 1);
    for encoder in [BlockType::Q4_0, BlockType::Q8_0, BlockType::F16] {
        let options_of = ImportOptions { encoder, languages_without_text: Vec::new(), ..ImportOptions::default() };
        import(&folder.path().join("model"), &gguf, &options_of, &mut |_| ControlFlow::Continue(())).unwrap();
        let load =
            |quantised| Model::load_with(&gguf, &primer::LoadOptions::new().threads(1).quantised(quantised)).unwrap();
        let (expanded, quantised) = (load(false), load(true));
        for method in methods(&expanded) {
            let run = |model: &Model| content(&adapt(model, &train, None, &options(method.clone())).unwrap());
            assert!(run(&expanded) == run(&quantised), "{encoder} {method:?}");
        }
    }
}

#[test]
fn shots_are_drawn_by_the_seed_and_written_down() {
    let (_folder, model) = common::model();
    let train = common::dataset(40, 1);
    let mut options = options(Method::Head);
    options.shots = Some(10);
    let report = |o: &AdaptOptions| adapt(&model, &train, None, o).unwrap().card().training.clone().unwrap();
    let one = report(&options);
    assert_eq!((one.sentences, one.shots.len()), (10, 10));
    assert_eq!(one.shots, report(&options).shots);
    options.seed = 1;
    assert_ne!(one.shots, report(&options).shots);
}

#[test]
fn what_cannot_work_is_refused_with_a_reason() {
    let (_folder, model) = common::model();
    let train = common::dataset(10, 1);
    let refused = |change: &dyn Fn(&mut AdaptOptions), word: &str| {
        let mut options = options(Method::Lora(Lora::default()));
        change(&mut options);
        let error = adapt(&model, &train, None, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        assert!(error.message().contains(word), "{error}");
    };
    refused(&|o| o.learning_rate = Some(f64::NAN), "learning_rate");
    refused(&|o| o.batch_size = 0, "batch_size");
    refused(&|o| o.epochs = Some(0), "epochs");
    refused(&|o| o.shots = Some(0), "shots");
    refused(&|o| o.warmup = 1.5, "warmup");
    refused(&|o| o.scheme = primer::Scheme::Iob1, "IOB1");
    refused(&|o| o.method = Method::Lora(Lora { rank: 0, ..Lora::default() }).into(), "rank");
    let layers = |list: &[usize]| MethodChoice::from(Method::BitFit(BitFit { layers: Layers::Only(list.to_vec()) }));
    refused(&|o| o.method = layers(&[1, 0]), "ascending");
    refused(&|o| o.method = layers(&[2]), "below 2");

    let no_entity = Dataset::from_bytes(b"a O\nb O\n", "plain", &DataOptions::default()).unwrap();
    let error = adapt(&model, &no_entity, None, &options(Method::Head)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    let one_label = Dataset::from_bytes(b"a B-X\nb O\n", "one", &DataOptions::default()).unwrap();
    assert_eq!(adapt(&model, &one_label, None, &options(Method::Head)).unwrap().types(), ["X"]);
    let mut unknown = options(Method::Head);
    unknown.types = vec!["PER".into()];
    let error = adapt(&model, &train, None, &unknown).unwrap_err();
    assert!(error.message().contains("LOC") || error.message().contains("ORG"), "{error}");
}
