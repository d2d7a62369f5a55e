//! What an effort trains, and what it leaves as it starts.

use serde_json::json;

use super::effort::{Effort, FEW_MENTIONS};
use super::started_test::{decision, numbers, primed, same_tensors, short};
use super::{AdaptOptions, adapt};
use crate::error::{ErrorKind, Result};
use crate::model::layer_of;
use crate::small::dataset;
use crate::start::HeadInit;

/// What the method has below the trained layers stays as the model's start has it, whether it is computed once or in
/// every epoch, which are the same numbers.
#[test]
fn layers_that_are_not_trained_stay_as_they_start() -> Result<()> {
    let (_folders, primed, _) = primed();
    let layers = primed.config().layers;
    for trained in 1..=layers {
        let options = AdaptOptions { trained_layers: Some(trained), ..short() };
        let adapter = adapt(&primed, &dataset(8, 1), None, &options)?;
        for (name, tensor) in primed.start().unwrap().phi() {
            let same = numbers(&adapter, name) == tensor.flatten_all()?.to_vec1::<f32>()?;
            let below = layer_of(name).is_some_and(|layer| layer < layers - trained);
            assert_eq!(same, below, "{name} with {trained} of {layers} layers");
        }
        let anew = adapt(&primed, &dataset(8, 1), None, &AdaptOptions { cache: None, ..options })?;
        let most = |name: &String| {
            let pairs = numbers(&adapter, name).into_iter().zip(numbers(&anew, name));
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        assert!(adapter.tensors().keys().all(|name| most(name) < 1e-5));
    }
    // As many as there are, or more, are all.
    let all = adapt(&primed, &dataset(8, 1), None, &AdaptOptions { effort: Effort::Thorough, ..short() })?;
    let more = AdaptOptions { effort: Effort::Thorough, trained_layers: Some(layers + 5), ..short() };
    assert!(same_tensors(&all, &adapt(&primed, &dataset(8, 1), None, &more)?));
    Ok(())
}

#[test]
fn an_effort_decides_what_is_not_given_and_the_card_says_so() -> Result<()> {
    let (_folders, primed, plain) = primed();
    let data = dataset(40, 1);
    assert!(data.entities() >= FEW_MENTIONS * data.types().len());
    let of = |effort| AdaptOptions { effort, epochs: None, ..short() };
    for effort in [Effort::None, Effort::Quick, Effort::Usual, Effort::Thorough] {
        let adapter = adapt(&primed, &data, None, &of(effort))?;
        let recipe = effort.recipe(true);
        assert_eq!(
            decision(&adapter, "epochs").0,
            json!(recipe.updates.div_ceil(10).clamp(recipe.epochs.0, recipe.epochs.1))
        );
        let training = adapter.card().training.clone().unwrap();
        assert_eq!(training.steps == 0, effort == Effort::None);
        let given = AdaptOptions { epochs: Some(1), trained_layers: Some(1), ..of(effort) };
        let adapter = adapt(&primed, &data, None, &given)?;
        assert_eq!(decision(&adapter, "trained_layers"), (json!(1), "given".to_owned()));
        assert_eq!(decision(&adapter, "epochs"), (json!(1), "given".to_owned()));
    }
    // Without a start the usual effort is what it ever was.
    let (usual, thorough) =
        (adapt(&plain, &data, None, &of(Effort::Usual))?, adapt(&plain, &data, None, &of(Effort::Thorough))?);
    assert!(same_tensors(&usual, &thorough));
    // Of nothing that is known no head can be made; words are something.
    let e = adapt(&plain, &data, None, &of(Effort::None)).unwrap_err();
    assert!(e.kind() == ErrorKind::InvalidArgument && e.message().contains("prototype"), "{e}");
    let words = AdaptOptions { head_init: HeadInit::Prototype, ..of(Effort::None) };
    assert_eq!(adapt(&plain, &data, None, &words)?.card().training.as_ref().unwrap().steps, 0);
    let drawn = AdaptOptions { head_init: HeadInit::Random, ..of(Effort::None) };
    assert!(adapt(&primed, &data, None, &drawn).is_err(), "a head that is drawn and not trained finds nothing");
    // Who trains the head alone gives its rate, at any effort.
    let head = AdaptOptions { head_only: true, learning_rate: Some(0.03), ..short() };
    assert_eq!(decision(&adapt(&primed, &data, None, &head)?, "head_learning_rate").0, json!(0.03));
    let both = AdaptOptions { head_only: true, trained_layers: Some(1), ..short() };
    let e = adapt(&plain, &data, None, &both).unwrap_err();
    assert!(e.message().contains("head_only") && e.message().contains("trained_layers"), "{e}");
    Ok(())
}

/// A head that is made of few mentions is left as it is, unless something is said of training.
#[test]
fn few_mentions_are_not_trained_on() -> Result<()> {
    let (_folders, primed, plain) = primed();
    let data = dataset(8, 1);
    assert!(data.entities() < FEW_MENTIONS * data.types().len());
    let usual = AdaptOptions { epochs: None, ..short() };
    let steps = |model, dev, options: &AdaptOptions| -> Result<usize> {
        Ok(adapt(model, &data, dev, options)?.card().training.as_ref().unwrap().steps)
    };
    let adapter = adapt(&primed, &data, None, &usual)?;
    let (epochs, why) = decision(&adapter, "epochs");
    assert!(epochs == json!(0) && why.contains("mentions of 3 types"), "{epochs} {why}");
    assert!(same_tensors(
        &adapter,
        &adapt(&primed, &data, None, &AdaptOptions { effort: Effort::None, ..usual.clone() })?
    ));
    let asked: [AdaptOptions; 6] = [
        AdaptOptions { effort: Effort::Thorough, ..usual.clone() },
        AdaptOptions { epochs: Some(1), ..usual.clone() },
        AdaptOptions { trained_layers: Some(1), ..usual.clone() },
        AdaptOptions { learning_rate: Some(1e-3), ..usual.clone() },
        AdaptOptions { head_only: true, ..usual.clone() },
        AdaptOptions { head_init: HeadInit::Zero, ..usual.clone() },
    ];
    for options in &asked {
        assert!(steps(&primed, None, options)? > 0, "{options:?}");
    }
    // Dev data tell whether training did good.
    let dev = dataset(8, 2);
    assert!(steps(&primed, Some(&dev), &usual)? > 0);
    assert!(steps(&plain, None, &usual)? > 0);
    // What an adapter knows already is not made, but taught further.
    let further = AdaptOptions { initial: Some(adapter), ..usual };
    assert!(steps(&primed, None, &further)? > 0);
    Ok(())
}
