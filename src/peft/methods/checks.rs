//! What the tests of methods beside their files share: what a method gives, and differences.

use candle_core::{Device, Tensor};

use super::Method;
use crate::data::Batch;
use crate::model::Model;
use crate::ops::Tape;
use crate::peft::parameters::{Parameters, Tensors};
use crate::peft::{Built, build};
use crate::text::Labelled;

/// A sentence whose every token is labelled.
pub(super) fn batch(model: &Model) -> Batch {
    let words = ["Ada", "met", "Bob", "in", "Paris", "."];
    let mut windows = model.windows(&model.tokenizer().encode(&words).unwrap());
    for window in &mut windows {
        window.labelled = (0..window.ids.len() as u32).map(|piece| Labelled { piece, word: piece }).collect();
    }
    Batch::of_windows(&windows)
}

/// The numbers of a tensor, row by row.
pub(super) fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Numbers of between minus and plus `bound` that `seed` chooses.
pub(super) fn waves(shape: &[usize], bound: f32, seed: usize) -> Tensor {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| bound * (seed as f32 + 1.7 * i as f32).sin()).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// The method with these tensors and a head of three tags.
pub(super) fn built(method: &Method, model: &Model, tensors: &Tensors) -> Built {
    let mut parameters = Parameters::load(tensors.clone());
    let built = build(method, model.encoder(), 3, &[], &mut parameters).unwrap();
    parameters.finish().unwrap();
    built
}

/// The logits of [`batch`].
pub(super) fn logits(built: &Built, model: &Model) -> Vec<f32> {
    numbers(&built.logits(model.encoder(), &batch(model)).unwrap())
}

/// Largest difference.
pub(super) fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Along its gradient, the sum of the logits rises by the gradient's square: for each of the method's own tensors.
pub(super) fn check_gradients(method: &Method, model: &Model, start: &Tensors) {
    let batch = batch(model);
    let mut parameters = Parameters::train(1, start.clone());
    let trained = build(method, model.encoder(), 3, &[], &mut parameters).unwrap();
    let vars = parameters.into_vars();
    let (rows, tape) = Tape::record(|| trained.logits(model.encoder(), &batch)).unwrap();
    let mut gradients = tape.backward(&rows, &rows.ones_like().unwrap()).unwrap();
    for name in start.keys().filter(|name| !name.starts_with("classifier.")) {
        let gradient = gradients.take::<f32>(vars[name].as_tensor()).unwrap().unwrap();
        let square: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
        let direction = Tensor::from_vec(gradient, start[name].shape(), &Device::Cpu).unwrap();
        let sum = |step: f64| -> f64 {
            let mut moved = start.clone();
            moved.insert(name.clone(), (&start[name] + (&direction * step).unwrap()).unwrap());
            logits(&built(method, model, &moved), model).iter().map(|x| f64::from(*x)).sum()
        };
        let step = 1e-2 / square.sqrt();
        let difference = (sum(step) - sum(-step)) / (2.0 * step);
        assert!(
            square > 0.0 && (difference - square).abs() < 0.02 * square,
            "{method:?}, {name}: {difference}, not {square}"
        );
    }
}
