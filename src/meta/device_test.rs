//! Priming by the operations that GPUs run, beside the host's.

use std::path::Path;

use super::options::{Algorithm, Hessian, InnerRate, InnerScope, Order, PrimeOptions};
use super::run::prime;
use super::task::Task;
use super::{Primed, PrimeReport};
use crate::error::{ErrorKind, Result};
use crate::model::{BlockType, LoadOptions, Model, Storage};
use crate::ops::places::{self, Place};
use crate::peft::{Bottleneck, Lora, Method};
use crate::precision::Precision;
use crate::small;

fn load(folder: &Path, place: Place) -> Model {
    let options = || LoadOptions::new().threads(1).device(places::device());
    places::at(place, || Model::load_with(folder, &options())).unwrap()
}

fn run(model: &Model, place: Place, options: &PrimeOptions) -> Result<Primed> {
    let tasks = [Task::new("a", small::dataset(20, 1)), Task::new("b", small::dataset(30, 2))];
    places::at(place, || prime(model, &tasks, &[Task::new("dev", small::dataset(12, 3))], options))
}

fn variants(model: &Model) -> Vec<PrimeOptions> {
    let of = |change: &dyn Fn(&mut PrimeOptions)| {
        let method = Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4));
        let mut options = PrimeOptions::new(method);
        (options.support, options.query, options.steps, options.episodes) = (4, 4, 5, 2);
        change(&mut options);
        options
    };
    let differences = Algorithm::Maml(Order::Second(Hessian::Differences));
    vec![
        of(&|_| {}),
        of(&|o| (o.algorithm, o.inner_steps, o.fresh_support, o.multi_step_loss) = (differences, 2, true, true)),
        of(&|o| o.algorithm = Algorithm::MultiTask),
        of(&|o| (o.algorithm, o.inner_scope, o.inner_steps) = (Algorithm::Reptile(0.5), InnerScope::Everything, 2)),
        of(&|o| o.redraw = true),
        of(&|o| o.inner_rate = InnerRate::Learnt { start: 0.05, rate: 1e-2 }),
        of(&|o| (o.method, o.inner_scope) = (Method::Head.into(), InnerScope::Everything)),
        of(&|o| o.method = Method::Lora(Lora::default()).into()),
    ]
}

/// By how much the parameters of two runs differ, in relation to how far the first went from the start.
fn apart(got: &Primed, want: &Primed, folder: &Path) -> f32 {
    let numbers = |primed: &Primed, name: &str| -> Vec<f32> {
        let path = folder.join(name);
        let exact = Storage { embedding: BlockType::F32, encoder: BlockType::F32 };
        let model = primed.save(&path, &exact, &Default::default()).unwrap();
        let adapter = primed.adapter(&model).unwrap();
        let layer = &model.encoder().layers[1];
        let theta = layer.projection(crate::model::Site::Output).weight.to_tensor().unwrap();
        let all = adapter.tensors().values().chain([&theta]);
        all.flat_map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap()).collect()
    };
    let (got, want) = (numbers(got, "got.gguf"), numbers(want, "want.gguf"));
    got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn report(primed: &Primed) -> &PrimeReport {
    primed.report()
}

#[test]
fn every_variant_learns_as_on_the_host() {
    let (folder, host) = small::model();
    for options in variants(&host) {
        let want = run(&host, Place::Host, &options).unwrap();
        for place in places::composed() {
            let got = run(&load(folder.path(), place), place, &options).unwrap();
            // Adam takes a step of full size along a gradient that is nothing but rounding.
            let apart = apart(&got, &want, folder.path());
            assert!(apart < 2e-3, "{place:?}: {apart} in {options:?}");
            assert!((report(&got).dev_f1["dev"] - report(&want).dev_f1["dev"]).abs() < 0.05);
            assert_eq!(report(&got).compute, report(&want).compute);
        }
    }
}

#[test]
fn half_precision_primes_too() {
    let (folder, host) = small::model();
    let mut options = variants(&host).remove(0);
    let want = run(&host, Place::Host, &options).unwrap();
    options.precision = Precision::Bf16;
    assert_eq!(run(&host, Place::Host, &options).unwrap_err().kind(), ErrorKind::Unsupported);
    for place in places::composed() {
        let got = run(&load(folder.path(), place), place, &options).unwrap();
        let apart = apart(&got, &want, folder.path());
        assert!(apart > 0.0 && apart < 0.02, "{place:?}: {apart}");
        assert_eq!(report(&got).options["precision"], "bf16");
    }
    assert!(report(&want).options.get("precision").is_none(), "records of former runs stay valid");
}

#[test]
fn exact_second_derivatives_are_refused_before_anything_is_computed() {
    let (folder, _) = small::model();
    let model = load(folder.path(), Place::Composed);
    let mut options = variants(&model).remove(0);
    options.algorithm = Algorithm::Maml(Order::Second(Hessian::Tangents));
    let e = run(&model, Place::Composed, &options).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unsupported);
    assert!(e.message().contains("differences"), "{e}");
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_end() {
    let (folder, host) = small::model();
    for place in places::composed() {
        let model = load(folder.path(), place);
        for mut options in [variants(&host).remove(0), variants(&host).remove(5)] {
            let whole = run(&model, place, &options).unwrap();
            let path = folder.path().join("checkpoint");
            options.checkpoint = Some(path.clone());
            options.checkpoint_every = 2;
            let tasks = [Task::new("a", small::dataset(20, 1)), Task::new("b", small::dataset(30, 2))];
            let dev = [Task::new("dev", small::dataset(12, 3))];
            let mut stop = |p: &super::PrimeProgress| match p.step {
                3 => std::ops::ControlFlow::Break(()),
                _ => std::ops::ControlFlow::Continue(()),
            };
            let stopped = places::at(place, || {
                super::prime_observed(&model, &tasks, &dev, &options, &mut stop, &crate::Cancel::new())
            });
            assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
            let resumed = run(&model, place, &options).unwrap();
            assert_eq!(apart(&resumed, &whole, folder.path()), 0.0, "{place:?}: {options:?}");
            std::fs::remove_file(path).unwrap();
        }
    }
}
