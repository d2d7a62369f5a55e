//! (IA)³ beside what it is by definition: a model whose weights were scaled by hand, and differences. PyTorch's numbers are in
//! `train/reference_test.rs`.

use super::super::checks::{built, check_gradients, logits, waves, worst};
use super::*;
use crate::model::{Layer, Model, Weight};
use crate::small;

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
    let factors = |(seed, (layer, site, _, columns)): (usize, (usize, Site, Side, usize))| {
        (tensor(layer, site), (waves(&[columns], 0.4, seed) + 1.0).unwrap())
    };
    let mut tensors: Tensors = settings.places(config).into_iter().enumerate().map(factors).collect();
    tensors.insert(crate::peft::HEAD_WEIGHT.to_owned(), waves(&[3, config.hidden], 0.4, 98));
    tensors.insert(crate::peft::HEAD_BIAS.to_owned(), waves(&[3], 0.4, 99));
    tensors
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
        let mut made = built(&settings.clone().into(), &model, &tensors);
        let got = logits(&made, &model);
        made.adaptation = by_hand(&settings, &model, &tensors);
        let want = logits(&made, &model);
        made.adaptation = Adaptation::default();
        let without = logits(&made, &model);
        assert!(worst(&got, &want) < 2e-5, "{settings:?}: {}", worst(&got, &want));
        assert!(worst(&without, &want) > 0.05, "{settings:?} changes something");
    }
}

#[test]
fn gradients_of_factors_agree_with_differences() {
    let (_folder, model) = small::model();
    for settings in all() {
        check_gradients(&settings.clone().into(), &model, &tensors(&settings, model.config()));
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
