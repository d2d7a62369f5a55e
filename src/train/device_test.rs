//! Adaptation by the operations that GPUs run, beside the host's: what is learnt, stopping, going on.

use std::ops::ControlFlow;
use std::path::Path;

use super::{AdaptOptions, adapt, adapt_observed, adapt_states};
use crate::cancel::Cancel;
use crate::error::{ErrorKind, Result};
use crate::model::{LoadOptions, Model};
use crate::ops::places::{self, Place};
use crate::peft::{Adapter, BitFit, Bottleneck, Full, Ia3, Layers, Lora, Method, Parallel};
use crate::precision::Precision;
use crate::small;

fn load(folder: &Path, place: Place) -> Model {
    let options = || LoadOptions::new().threads(1).device(places::device());
    places::at(place, || Model::load_with(folder, &options())).unwrap()
}

fn methods(model: &Model) -> Vec<Method> {
    vec![
        Method::Head,
        Method::BitFit(BitFit::default()),
        Method::Lora(Lora::default()),
        Method::Bottleneck(Bottleneck::houlsby(model.config(), 4)),
        Method::Full(Full::default()),
        Method::Ia3(Ia3::default()),
        Method::Parallel(Parallel { attention: true, ..Parallel::feed_forward(model.config(), 4) }),
        Method::Lora(Lora { layers: Layers::Only(vec![1]), ..Lora::default() }),
    ]
}

fn options(method: Method) -> AdaptOptions {
    let usual = if method.name() == "full" { 1e-4 } else { 2e-3 };
    let mut options = AdaptOptions::new(method);
    (options.epochs, options.micro_batch_pieces) = (Some(3), 60);
    (options.learning_rate, options.head_learning_rate) = (Some(usual), Some(5e-3));
    options
}

/// Runs on the thread of the test, whose place the model has.
fn run(model: &Model, place: Place, options: &AdaptOptions) -> Result<Adapter> {
    places::at(place, || adapt(model, &small::dataset(48, 1), Some(&small::dataset(24, 2)), options))
}

fn losses(adapter: &Adapter) -> Vec<f64> {
    adapter.card().training.as_ref().unwrap().epochs.iter().map(|e| e.loss).collect()
}

fn best_f1(adapter: &Adapter) -> f64 {
    let training = adapter.card().training.as_ref().unwrap();
    training.epochs.iter().filter_map(|e| e.dev_f1).fold(0.0, f64::max)
}

/// The same seed gives the same course on the host and elsewhere: losses to 1e-3, F1 to a point.
#[test]
fn every_method_learns_as_on_the_host() {
    let (folder, host) = small::model();
    for method in methods(&host) {
        let options = options(method);
        let want = run(&host, Place::Host, &options).unwrap();
        for place in places::composed() {
            let model = load(folder.path(), place);
            let got = run(&model, place, &options).unwrap();
            let (a, b) = (losses(&got), losses(&want));
            let apart = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let name = options.method.name();
            assert!(a.len() == 3 && apart < 1e-3 && b[2] < b[0], "{place:?}, {name}: {a:?}, the host has {b:?}");
            assert!((best_f1(&got) - best_f1(&want)).abs() < 0.01, "{place:?}, {name}");
            // An adapter is the same thing wherever it was made.
            assert!(Adapter::from_bytes(&got.to_bytes().unwrap(), &host).is_ok());
        }
    }
}

#[test]
fn half_precision_learns_too() {
    let (folder, host) = small::model();
    for method in methods(&host) {
        let mut options = options(method);
        let want = losses(&run(&host, Place::Host, &options).unwrap());
        options.precision = Precision::Bf16;
        for place in places::composed() {
            let got = losses(&run(&load(folder.path(), place), place, &options).unwrap());
            let near = got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 0.05 * w.max(1.0));
            assert!(near && got != want, "{place:?}, {}: {got:?}, the host has {want:?}", options.method.name());
        }
        assert_eq!(run(&host, Place::Host, &options).unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

/// Neither what is kept in advance nor what is computed again changes what is learnt.
#[test]
fn the_cache_and_recomputation_change_nothing() {
    let (folder, _) = small::model();
    for place in places::composed() {
        let model = load(folder.path(), place);
        for precision in [Precision::F32, Precision::Bf16] {
            let mut usual = options(methods(&model).pop().unwrap());
            (usual.precision, usual.cache) = (precision, None);
            let want = run(&model, place, &usual).unwrap();
            let changes: [&dyn Fn(&mut AdaptOptions); 3] =
                [&|o| o.cache = Some(1 << 20), &|o| o.cache = Some(0), &|o| o.recompute = true];
            for change in changes {
                let mut options = usual.clone();
                change(&mut options);
                let got = run(&model, place, &options).unwrap();
                let apart = losses(&got).iter().zip(losses(&want)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(apart < 1e-6, "{place:?}, {precision:?}: {apart}");
            }
        }
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_end() {
    let (folder, host) = small::model();
    let train = small::dataset(48, 1);
    for place in places::composed() {
        let model = load(folder.path(), place);
        for method in methods(&host) {
            let mut options = options(method);
            let whole = places::at(place, || adapt(&model, &train, None, &options)).unwrap();
            options.checkpoint = Some(folder.path().join("checkpoint"));
            let mut epochs = 0;
            let mut stop = |progress: &super::Progress| {
                epochs += usize::from(progress.stage == super::Stage::Epoch);
                if epochs == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let stopped =
                places::at(place, || adapt_observed(&model, &train, None, &options, &mut stop, &Cancel::new()));
            assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
            let resumed = places::at(place, || adapt(&model, &train, None, &options)).unwrap();
            let tensors = |a: &Adapter| {
                let values =
                    |t: &candle_core::Tensor| t.flatten_all()?.to_dtype(candle_core::DType::F32)?.to_vec1::<f32>();
                a.tensors().iter().map(|(n, t)| (n.clone(), values(t).unwrap())).collect::<Vec<_>>()
            };
            assert!(tensors(&resumed) == tensors(&whole), "{place:?}, {}", options.method.name());
        }
    }
}

#[test]
fn a_request_to_stop_is_heard_between_micro_batches() {
    let (folder, _) = small::model();
    for place in places::composed() {
        let model = load(folder.path(), place);
        let cancel = Cancel::new();
        let mut steps = 0;
        let mut observe = |progress: &super::Progress| {
            if progress.stage == super::Stage::Step {
                steps += 1;
                cancel.request();
            }
            ControlFlow::Continue(())
        };
        let options = options(Method::Head);
        let train = small::dataset(48, 1);
        let stopped = places::at(place, || adapt_observed(&model, &train, None, &options, &mut observe, &cancel));
        assert_eq!((stopped.unwrap_err().kind(), steps), (ErrorKind::Cancelled, 1), "{place:?}");
        // The model is as good as before.
        assert!(
            places::at(place, || adapt_states(
                &model,
                &train,
                None,
                &options,
                &mut |_| ControlFlow::Continue(()),
                &Cancel::new()
            ))
            .is_ok()
        );
    }
}

/// The example's data on the shipped model: what is learnt is as good as the host's. In 16 bits on a device alone, since the
/// CPU takes minutes.
#[test]
fn the_shipped_model_learns_the_example_as_well_as_on_the_host() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| crate::data::Dataset::load(root.join("examples/data").join(name)).unwrap();
    let (teach, check) = (read("teach.jsonl"), read("check.jsonl"));
    let learn = |place: Place, precision: Precision| -> f64 {
        let model = load(&root.join("models/primer-mini.gguf"), place);
        let mut options = AdaptOptions::new(Method::by_name("adapter", model.config()).unwrap());
        (options.epochs, options.precision) = (Some(8), precision);
        let adapter = places::at(place, || adapt(&model, &teach, None, &options)).unwrap();
        places::at(place, || crate::tag::evaluate(&model, &adapter, &check)).unwrap().default.micro.f1
    };
    let host = learn(Place::Host, Precision::F32);
    assert!(host > 0.6, "the host reaches {host}");
    for place in places::composed() {
        let precisions = [Precision::F32, Precision::Bf16];
        for precision in &precisions[..if place == Place::Device { 2 } else { 1 }] {
            let there = learn(place, *precision);
            println!("{place:?}, {precision:?}: F1 {there}, the host has {host}");
            assert!((there - host).abs() < 0.06, "{place:?}, {precision:?}: F1 {there}, the host has {host}");
        }
    }
}
