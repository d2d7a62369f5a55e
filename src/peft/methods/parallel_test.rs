//! Parallel adapters beside what they are by definition, and differences. PyTorch's numbers are in `train/reference_test.rs`.

use candle_core::Tensor;

use super::super::checks::{built, check_gradients, logits, waves, worst};
use super::*;
use crate::model::{Layer, LayerAdaptation, Model, Site, Weight, tensor_name};
use crate::peft::build;
use crate::peft::parameters::Tensors;
use crate::small;

/// Parameters far from where they start.
fn tensors(settings: &Parallel, model: &Model) -> Tensors {
    let mut parameters = Parameters::train(5, Tensors::new());
    build(&settings.clone().into(), model.encoder(), 3, &[], &mut parameters).unwrap();
    let vars = parameters.into_vars().into_iter().enumerate();
    vars.map(|(seed, (name, var))| (name, waves(var.dims(), 0.3, seed))).collect()
}

/// The backbone with the adapters beside its feed-forward networks as more neurons of these.
fn widened(settings: &Parallel, model: &Model, tensors: &Tensors) -> Adaptation {
    let layer = |(index, base): (usize, &Layer)| -> Result<LayerAdaptation> {
        let part = |projection: &str, part: &str| &tensors[&tensor_name(index, &format!("output.{projection}"), part)];
        let matrix = |_: &str, site: Site| {
            let weight = base.projection(site).weight.read()?;
            Ok(Weight::Dense(match site {
                Site::Intermediate => Tensor::cat(&[&weight, part("adapter_down", "weight")], 0)?,
                Site::Output => {
                    Tensor::cat(&[&weight, &(part("adapter_up", "weight") * settings.scaling)?], 1)?.contiguous()?
                }
                _ => weight,
            }))
        };
        let vector = |name: &str, _: usize| {
            let own = base.vector(index, name)?;
            Ok(match name {
                _ if name.ends_with(".intermediate.dense.bias") => {
                    Tensor::cat(&[own, part("adapter_down", "bias")], 0)?
                }
                _ if name.ends_with("layer.0.output.dense.bias") || name.ends_with("layer.1.output.dense.bias") => {
                    (own + (part("adapter_up", "bias") * settings.scaling)?)?
                }
                _ => own.clone(),
            })
        };
        let own = Some(Layer::build(model.config(), index, matrix, vector)?);
        Ok(LayerAdaptation { own, ..LayerAdaptation::default() })
    };
    let layers = model.encoder().layers.iter().enumerate().map(layer).collect::<Result<_>>().unwrap();
    Adaptation { embeddings: None, layers }
}

/// With the feed-forward network's own activation, adapters beside it are more neurons of it.
#[test]
fn adapters_beside_a_feed_forward_network_make_it_wider() {
    let (_folder, model) = small::model();
    let gelu = Parallel { activation: Activation::Gelu, ..Parallel::feed_forward(model.config(), 4) };
    for scaling in [4.0, 0.5] {
        let settings = Parallel { scaling, ..gelu.clone() };
        let tensors = tensors(&settings, &model);
        let mut made = built(&settings.clone().into(), &model, &tensors);
        let got = logits(&made, &model);
        made.adaptation = Adaptation::default();
        let without = logits(&made, &model);
        made.adaptation = widened(&settings, &model, &tensors);
        let want = logits(&made, &model);
        assert!(worst(&got, &want) < 2e-5, "{scaling}: {}", worst(&got, &want));
        assert!(worst(&without, &want) > 0.05, "{scaling}: they change something");
    }
}

#[test]
fn gradients_agree_with_differences() {
    let (_folder, model) = small::model();
    let usual = Parallel::feed_forward(model.config(), 4);
    for settings in [
        usual.clone(),
        Parallel { attention: true, output: false, activation: Activation::Gelu, ..usual.clone() },
        Parallel { attention: true, activation: Activation::Swish, scaling: 0.5, ..usual.clone() },
        Parallel { attention: true, layers: Layers::Only(vec![1]), ..usual },
    ] {
        let tensors = tensors(&settings, &model);
        check_gradients(&settings.into(), &model, &tensors);
    }
}

/// Training starts from the backbone's own numbers, and moves: one of the two projections has a gradient.
#[test]
fn a_fresh_adapter_changes_nothing() {
    let (_folder, model) = small::model();
    let method = Method::from(Parallel { attention: true, ..Parallel::feed_forward(model.config(), 2) });
    let mut parameters = Parameters::train(3, Tensors::new());
    let mut made = build(&method, model.encoder(), 3, &[], &mut parameters).unwrap();
    let got = logits(&made, &model);
    made.adaptation = Adaptation::default();
    assert_eq!(got, logits(&made, &model));
    let vars = parameters.into_vars();
    let zero = |name: &str| vars[name].flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().all(|x| *x == 0.0);
    assert!(zero(&tensor_name(0, "output.adapter_up", "weight")));
    assert!(!zero(&tensor_name(0, "output.adapter_down", "weight")));
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let (_folder, model) = small::model();
    let usual = Parallel::feed_forward(model.config(), 2);
    assert_eq!((usual.size, usual.scaling), (model.config().hidden / 2, 4.0), "AdapterHub's par_bn");
    for (settings, word) in [
        (Parallel { size: 0, ..usual.clone() }, "adapter_size"),
        (Parallel { output: false, ..usual.clone() }, "in no sublayer"),
        (Parallel { scaling: f64::NAN, ..usual.clone() }, "adapter_scaling"),
        (Parallel { layers: Layers::Only(vec![9]), ..usual }, "below 2"),
    ] {
        let e = Method::from(settings).check(model.config()).unwrap_err();
        assert!(e.message().contains(word), "{e}");
    }
}
