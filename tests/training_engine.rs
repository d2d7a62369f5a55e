//! The promises of the training engine: ways that save time or memory give the numbers of the usual way, and what goes
//! wrong on the way leaves a good state.

mod common;

use std::ops::ControlFlow;

use primer::peft::{BitFit, Bottleneck, Full, Ia3, Layers, Lora, Parallel};
use primer::train::adapt_observed;
use primer::{AdaptOptions, Adapter, Cancel, Dataset, ErrorKind, LoadOptions, Method, Model, Progress, adapt};

fn options(method: Method) -> AdaptOptions {
    let mut options = AdaptOptions::new(method);
    (options.epochs, options.learning_rate, options.head_learning_rate) = (Some(3), Some(5e-3), Some(1e-2));
    options
}

fn pfeiffer(model: &Model, layers: Layers) -> Method {
    Method::Bottleneck(Bottleneck { layers, ..Bottleneck::pfeiffer(model.config(), 4) })
}

/// The tensors; the card's times and memory differ from run to run.
fn content(adapter: &Adapter) -> Vec<u8> {
    let bytes = adapter.to_bytes().unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

/// Recomputed activations are the kept ones to the bit, with every method, in all layers or the upper one, with a cached
/// prefix or without.
#[test]
fn recomputation_changes_no_bit() {
    let (_folder, model) = common::model();
    let train = common::dataset(40, 1);
    let upper = || Layers::Only(vec![1]);
    let beside = Parallel::feed_forward(model.config(), 4);
    let methods = [
        Method::Head,
        pfeiffer(&model, Layers::All),
        pfeiffer(&model, upper()),
        Method::Lora(Lora::default()),
        Method::BitFit(BitFit::default()),
        Method::BitFit(BitFit { layers: upper() }),
        Method::Full(Full::default()),
        Method::Ia3(Ia3::default()),
        Method::Ia3(Ia3 { layers: upper(), ..Ia3::default() }),
        Method::Parallel(Parallel { attention: true, ..beside.clone() }),
        Method::Parallel(Parallel { layers: upper(), ..beside }),
        Method::Full(Full { layers: upper() }),
    ];
    for method in methods {
        for cache in [Some(1 << 30), None] {
            let run = |recompute| {
                let mut options = options(method.clone());
                (options.recompute, options.cache, options.micro_batch_pieces) = (recompute, cache, 60);
                content(&adapt(&model, &train, None, &options).unwrap())
            };
            assert!(run(true) == run(false), "{method:?}, cache {cache:?}");
        }
    }
}

/// By pieces, every sentence is seen once an epoch, and the schedule knows the number of updates in advance.
#[test]
fn updates_by_pieces_cover_the_data() {
    let (_folder, model) = common::model();
    let train = common::dataset(40, 1);
    let mut options = options(pfeiffer(&model, Layers::All));
    options.batch_pieces = Some(50);
    let mut seen = Vec::new();
    let mut observer = |p: &Progress| {
        seen.push((p.epoch, p.step, p.steps));
        ControlFlow::Continue(())
    };
    let one = adapt_observed(&model, &train, None, &options, &mut observer, &Cancel::new()).unwrap();
    let (_, last, planned) = *seen.last().unwrap();
    assert_eq!(last, planned);
    let pieces: usize =
        train.sentences().iter().map(|s| model.tokenizer().encode(&s.words).unwrap().ids.len() + 2).sum();
    let least = 3 * pieces.div_ceil(50);
    assert!((least..3 * 40).contains(&planned), "{planned} updates, at least {least}");
    // An update holds at least one sentence, however few pieces are asked for.
    options.batch_pieces = Some(1);
    let single = adapt(&model, &train, None, &options).unwrap();
    assert_eq!(single.card().training.as_ref().unwrap().steps, 3 * 40);
    assert!(content(&one) != content(&single));
}

/// A sentence that is longer than the encoder's window is learnt in pieces of it.
#[test]
fn a_sentence_longer_than_the_window_is_learnt() {
    let (_folder, model) = common::model();
    let short = common::dataset(200, 1);
    let (words, tags) = short.sentences().iter().fold((Vec::new(), Vec::new()), |(mut words, mut tags), s| {
        words.extend(s.words.clone());
        tags.extend(s.tags.clone());
        (words, tags)
    });
    assert!(words.len() > 2 * model.config().positions);
    let long = Dataset::from_sentences("long", vec![(words, tags)], Some(short.scheme())).unwrap();
    let adapter = adapt(&model, &long, None, &options(pfeiffer(&model, Layers::All))).unwrap();
    let report = adapter.card().training.as_ref().unwrap();
    // One line of words, which holds sentences of its own: each is an example.
    assert_eq!(report.sentences, 1);
    assert!(report.steps > 3 && report.steps <= 3 * 200_usize.div_ceil(16), "{} updates", report.steps);
    assert!(report.epochs.iter().all(|e| e.loss.is_finite()));
}

#[test]
fn a_diverging_run_names_the_update_and_the_tensor() {
    let (_folder, model) = common::model();
    for method in [Method::Full(Full::default()), pfeiffer(&model, Layers::All)] {
        let mut options = options(method);
        (options.learning_rate, options.head_learning_rate, options.epochs) = (Some(1e30), Some(1e30), Some(5));
        let error = adapt(&model, &common::dataset(20, 1), None, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NonFinite, "{error}");
        assert!(error.message().starts_with("update "), "{error}");
        assert!(error.tensor().is_some(), "{error}");
    }
}

/// A run that diverges leaves the checkpoint of the last epoch that was good.
#[test]
fn a_diverging_run_keeps_the_last_good_state() {
    let (folder, model) = common::model();
    let train = common::dataset(20, 1);
    let mut options = options(Method::Full(Full::default()));
    // The rate rises over the whole run: the first epoch is harmless, a later one is not.
    (options.learning_rate, options.head_learning_rate, options.warmup) = (Some(1e30), Some(1e30), 1.0);
    (options.epochs, options.batch_size) = (Some(5), 20);
    options.checkpoint = Some(folder.path().join("checkpoint"));
    let mut good = Vec::new();
    let mut observer = |p: &Progress| {
        if p.stage == primer::train::Stage::Epoch {
            good = std::fs::read(folder.path().join("checkpoint")).unwrap();
        }
        ControlFlow::Continue(())
    };
    let error = adapt_observed(&model, &train, None, &options, &mut observer, &Cancel::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NonFinite, "{error}");
    assert!(!good.is_empty());
    assert!(std::fs::read(folder.path().join("checkpoint")).unwrap() == good);
}

/// Work is shared among threads, sums are not: the number of threads changes no bit. On the shipped model, whose products
/// are large enough to be shared.
#[test]
fn the_number_of_threads_changes_no_bit() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/primer-mini.gguf");
    let train = common::dataset(24, 1);
    let methods = Method::NAMES;
    let runs = [1, 2, 3].map(|threads| {
        let model = Model::load_with(&path, &LoadOptions::new().threads(threads)).unwrap();
        methods.map(|name| {
            let mut options = options(Method::by_name(name, model.config()).unwrap());
            (options.epochs, options.batch_size) = (Some(1), 12);
            content(&adapt(&model, &train, None, &options).unwrap())
        })
    });
    for (i, name) in methods.iter().enumerate() {
        assert!(runs[0][i] == runs[1][i] && runs[1][i] == runs[2][i], "{name}");
    }
}

/// The head over a method that stays as it is: nothing but the head moves, cached or not the bits are the same, and the
/// adapter that it starts from keeps its parameters.
#[test]
fn the_head_alone_is_trained_over_an_adapter_that_stays() {
    let (folder, model) = common::model();
    let (train, dev) = (common::dataset(40, 1), common::dataset(20, 2));
    for method in [pfeiffer(&model, Layers::All), Method::Lora(Lora::default()), Method::Full(Full::default())] {
        let start = adapt(&model, &train, None, &options(method.clone())).unwrap();
        let run = |cache| {
            let mut options = options(method.clone());
            (options.initial, options.head_only, options.cache) = (Some(start.clone()), true, cache);
            adapt(&model, &train, Some(&dev), &options).unwrap()
        };
        let (cached, anew) = (run(Some(1 << 30)), run(None));
        assert!(content(&cached) == content(&anew), "{method:?}");
        let report = cached.card().training.as_ref().unwrap();
        assert!(report.parameters < start.parameters() && report.epochs[0].loss > report.epochs[2].loss, "{method:?}");
        let tensors = |adapter: &Adapter, name: &str| {
            adapter.save(folder.path().join(name)).unwrap();
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
            file.tensors()
                .into_iter()
                .map(|(name, view)| (name, view.data().to_vec()))
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let (before, after) = (tensors(&start, "before"), tensors(&cached, "after"));
        assert!(before.keys().eq(after.keys()), "{method:?}");
        let moved = before.iter().filter(|(name, bytes)| after[*name] != **bytes);
        assert!(moved.map(|(name, _)| name.as_str()).eq(["classifier.bias", "classifier.weight"]), "{method:?}");
    }
}
