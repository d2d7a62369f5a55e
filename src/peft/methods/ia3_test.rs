//! (IA)³ beside what it is by definition: a model whose weights were scaled by hand, and differences.

use candle_core::{Device, Tensor};

use super::*;
use crate::data::Batch;
use crate::model::{Layer, Model, Weight};
use crate::ops::Tape;
use crate::peft::{Built, Tensors, build};
use crate::small;
use crate::text::Labelled;

/// Every site, the inputs of both layers that have some, and the upper layer alone.
fn all() -> [Ia3; 4] {
    [
        Ia3::default(),
        Ia3 {
            outputs: vec![Site::Query, Site::Intermediate, Site::Output],
            inputs: vec![Site::AttentionOutput],
            ..Ia3::default()
        },
        Ia3 { outputs: vec![Site::AttentionOutput], inputs: vec![], ..Ia3::default() },
        Ia3 { layers: Layers::Only(vec![1]), ..Ia3::default() },
    ]
}

/// Factors far from 1, by the names of the method's tensors, and a head of three tags.
fn tensors(settings: &Ia3, config: &Config) -> Tensors {
    let random = |shape: &[usize], seed: u64| {
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|i| 0.4 * (seed as f32 + 1.7 * i as f32).sin()).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    };
    let factors = |(seed, (layer, site, _, columns)): (usize, (usize, Site, Side, usize))| {
        (tensor(layer, site), (random(&[columns], seed as u64) + 1.0).unwrap())
    };
    let mut tensors: Tensors = settings.places(config).into_iter().enumerate().map(factors).collect();
    tensors.insert(crate::peft::HEAD_WEIGHT.to_owned(), random(&[3, config.hidden], 98));
    tensors.insert(crate::peft::HEAD_BIAS.to_owned(), random(&[3], 99));
    tensors
}

fn batch(model: &Model) -> Batch {
    let words = ["Ada", "met", "Bob", "in", "Paris", "."];
    let mut windows = model.windows(&model.tokenizer().encode(&words).unwrap());
    for window in &mut windows {
        window.labelled = (0..window.ids.len() as u32).map(|piece| Labelled { piece, word: piece }).collect();
    }
    Batch::of_windows(&windows)
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The backbone's layers with the factors in their weights and biases.
fn by_hand(settings: &Ia3, model: &Model, tensors: &Tensors) -> Adaptation {
    let config = model.config();
    let of = |layer: usize, site: Site, sites: &[Site]| {
        tensors.get(&tensor(layer, site)).filter(|_| sites.contains(&site)).cloned()
    };
    let layer = |(index, base): (usize, &Layer)| -> Result<LayerAdaptation> {
        let matrix = |_: &str, site: Site| {
            let mut weight = base.projection(site).weight.read()?;
            if let Some(factors) = of(index, site, &settings.outputs) {
                weight = weight.broadcast_mul(&factors.reshape(((), 1))?)?;
            }
            if let Some(factors) = of(index, site, &settings.inputs) {
                weight = weight.broadcast_mul(&factors.reshape((1, ()))?)?;
            }
            Ok(Weight::Dense(weight))
        };
        let vector = |name: &str, _: usize| {
            let own = settings.outputs.iter().find(|site| tensor_name(index, site.path(), "bias") == name);
            let factors = own.and_then(|site| tensors.get(&tensor(index, *site)));
            let base = base.vector(index, name)?;
            Ok(factors.map_or_else(|| Ok(base.clone()), |factors| base * factors)?)
        };
        let own = Some(Layer::build(config, index, matrix, vector)?);
        Ok(LayerAdaptation { own, ..LayerAdaptation::default() })
    };
    let layers = model.encoder().layers.iter().enumerate().map(layer).collect::<Result<_>>().unwrap();
    Adaptation { embeddings: None, layers }
}

#[test]
fn factors_are_what_scaled_weights_are() {
    let (_folder, model) = small::model();
    for settings in all() {
        let tensors = tensors(&settings, model.config());
        let mut parameters = Parameters::load(tensors.clone());
        let mut built = build(&settings.clone().into(), model.encoder(), 3, &[], &mut parameters).unwrap();
        parameters.finish().unwrap();
        let logits = |built: &Built| numbers(&built.logits(model.encoder(), &batch(&model)).unwrap());
        let got = logits(&built);
        built.adaptation = by_hand(&settings, &model, &tensors);
        let want = logits(&built);
        built.adaptation = Adaptation::default();
        let worst = |other: &[f32]| want.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst(&got) < 2e-5, "{settings:?}: {}", worst(&got));
        assert!(worst(&logits(&built)) > 0.05, "{settings:?} changes something");
    }
}

/// Along its gradient, the sum of the logits rises by the gradient's square.
#[test]
fn gradients_of_factors_agree_with_differences() {
    let (_folder, model) = small::model();
    let batch = batch(&model);
    for settings in all() {
        let start = tensors(&settings, model.config());
        let at = |tensors: Tensors| {
            let mut parameters = Parameters::train(1, tensors);
            let built = build(&settings.clone().into(), model.encoder(), 3, &[], &mut parameters).unwrap();
            (built, parameters.into_vars())
        };
        let (built, vars) = at(start.clone());
        let (logits, tape) = Tape::record(|| built.logits(model.encoder(), &batch)).unwrap();
        let mut gradients = tape.backward(&logits, &logits.ones_like().unwrap()).unwrap();
        for name in start.keys().filter(|name| name.ends_with("ia3_l")) {
            let gradient = gradients.take::<f32>(vars[name].as_tensor()).unwrap().unwrap();
            let square: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
            let direction = Tensor::from_vec(gradient, start[name].shape(), &Device::Cpu).unwrap();
            let sum = |step: f64| -> f64 {
                let mut moved = start.clone();
                moved.insert(name.clone(), (&start[name] + (&direction * step).unwrap()).unwrap());
                let logits = at(moved).0.logits(model.encoder(), &batch).unwrap();
                numbers(&logits).iter().map(|x| f64::from(*x)).sum()
            };
            // A step of about a hundredth of a factor.
            let step = 1e-2 / square.sqrt();
            let difference = (sum(step) - sum(-step)) / (2.0 * step);
            assert!(square > 0.0 && (difference - square).abs() < 0.02 * square, "{name}: {difference}, not {square}");
        }
    }
}

#[test]
fn places_that_cannot_work_are_refused() {
    let (_folder, model) = small::model();
    let refused = |settings: Ia3, word: &str| {
        let e = Method::from(settings).check(model.config()).unwrap_err();
        assert!(e.message().contains(word), "{e}");
    };
    refused(Ia3 { outputs: vec![], inputs: vec![], layers: Layers::All }, "no linear layer");
    refused(Ia3 { outputs: vec![Site::Output], ..Ia3::default() }, "twice at output.dense");
    refused(Ia3 { inputs: vec![Site::Query], ..Ia3::default() }, "not of attention.self.query");
    refused(Ia3 { layers: Layers::Only(vec![9]), ..Ia3::default() }, "below 2");
}
