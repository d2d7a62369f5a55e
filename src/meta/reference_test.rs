//! The meta-gradients of PyTorch: LoRA and head inside, everything outside, on the full-size f32 backbone.
//!
//! They were computed by `torch.autograd` with `create_graph` (`tests/data/reference`).

use std::cell::Cell;
use std::collections::BTreeMap;

use super::maml::{Batches, How, Inner, MetaGradient, meta_gradient};
use super::objective::{Compute, Objective};
use super::options::{Hessian, InnerScope, Order, PrimeOptions};
use super::space::{Heads, Space};
use crate::cancel::Cancel;
use crate::data::Sequence;
use crate::error::Result;
use crate::peft::huggingface;
use crate::train::gradients::square;
use crate::train::reference::{Reference, everywhere, folder, has_backbone, model, rename, tags};

/// The gradient of the reference's episode, and the names of the space.
fn gradient(reference: &Reference, steps: usize, order: Order) -> Result<(MetaGradient, Vec<String>)> {
    let adapter = huggingface::load(folder().join("peft-lora"), model(), Some(&tags()))?;
    let method = &adapter.card().method;
    let options = PrimeOptions::new(method).resolve(model().config(), tags().types())?;
    let (space, mut point) = Space::new(model(), &options, Heads::Rows(tags().len()), adapter.tensors().clone())?;
    let mut ids: Vec<u32> = reference.sequences.iter().flat_map(|s| s.window.ids.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    point[space.rows] = model().encoder().embeddings.word.base(&ids)?;
    let (cancel, compute) = (Cancel::new(), Cell::new(Compute::default()));
    let objective =
        Objective { space: &space, ids: &ids, micro_batch_pieces: 4096, cancel: &cancel, compute: &compute };
    let (outer, inner) = (space.inner(InnerScope::Everything), space.inner(InnerScope::Phi));
    let rates = vec![0.1; inner.len()];
    let sequences: Vec<&Sequence> = reference.sequences.iter().collect();
    let batches = Batches { supports: vec![sequences[..4].to_vec()], query: sequences[4..].to_vec() };
    let inner = Inner { parameters: &inner, rates: &rates, steps };
    let how = How { order, multi_step: false, rates: false };
    let found = meta_gradient(&objective, &point, &outer, &inner, &batches, &how)?;
    Ok((found, space.names.clone()))
}

/// Losses to 1e-4, every parameter's norm to 1 %, whole tensors to `tolerance` of their norm.
fn check(steps: usize, order: Order, key: &str, tolerance: f64) -> Result<()> {
    let reference = Reference::load();
    let (found, names) = gradient(&reference, steps, order)?;
    let run = &reference.json["maml"]["runs"][key];
    let losses = run["support_losses"].as_array().unwrap();
    assert_eq!(found.support_losses.len(), losses.len());
    let close = |got: f64, want: &serde_json::Value| (got - want.as_f64().unwrap()).abs() < 1e-4;
    assert!(found.support_losses.iter().zip(losses).all(|(g, w)| close(*g, w)), "{key}: {:?}", found.support_losses);
    assert!(close(found.query_loss, &run["query_loss"]), "{key}: {}", found.query_loss);

    let without: Vec<&String> =
        names.iter().zip(&found.gradients).filter(|(_, g)| g.is_none()).map(|(name, _)| name).collect();
    assert!(without.is_empty(), "{key}: no gradient for {without:?}");
    let got: BTreeMap<&str, Vec<f32>> =
        names.iter().zip(&found.gradients).map(|(n, g)| (&n[..], g.as_ref().unwrap().to_host().unwrap())).collect();
    let norms = run["meta_grad_norms"].as_object().unwrap().iter();
    // The head that PEFT puts aside takes no part.
    let norms: BTreeMap<String, f64> = norms
        .filter(|(name, _)| !name.contains("original_module"))
        .map(|(name, norm)| (rename(name), norm.as_f64().unwrap()))
        .collect();
    assert_eq!(norms.keys().map(|n| &n[..]).collect::<Vec<_>>(), got.keys().copied().collect::<Vec<_>>(), "{key}");
    let (mut worst, mut worst_name) = (0.0, "");
    for (name, want) in &norms {
        let norm = square(&got[&name[..]]).sqrt();
        // A key's bias cancels out of the softmax: its gradient is nothing but rounding on both sides.
        if name.ends_with("self.key.bias") {
            assert!(norm < 1e-5, "{key}: the gradient of {name} has the norm {norm}");
            continue;
        }
        let off = (norm - want).abs() / want;
        if off > worst {
            (worst, worst_name) = (off, name);
        }
    }
    assert!(worst <= 0.01, "{key}: the norm of {worst_name} is off by {worst}");

    let mut whole = 0;
    let prefix = format!("maml.{key}.");
    for name in reference.names().into_iter().filter(|n| n.starts_with(&prefix)) {
        let (_, want) = reference.floats(&name);
        let got = &got[&rename(&name[prefix.len()..])[..]];
        let difference: Vec<f32> = got.iter().zip(&want).map(|(g, w)| g - w).collect();
        let off = (square(&difference) / square(&want)).sqrt();
        assert!(off <= tolerance, "{name}: off by {off}");
        whole += 1;
    }
    assert_eq!(whole, 4, "{key}");
    Ok(())
}

#[test]
fn first_order_gives_pytorchs_gradient() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        check(1, Order::First, "K1.order1", 1e-3)?;
        check(2, Order::First, "K2.order1", 1e-3)
    });
}

#[test]
fn central_differences_give_pytorchs_exact_gradient() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        check(1, Order::Second(Hessian::Differences), "K1.order2", 1e-3)?;
        check(2, Order::Second(Hessian::Differences), "K2.order2", 1e-3)
    });
}

#[test]
fn tangents_give_pytorchs_exact_gradient() -> Result<()> {
    if !has_backbone() {
        return Ok(());
    }
    check(1, Order::Second(Hessian::Tangents), "K1.order2", 1e-3)?;
    check(2, Order::Second(Hessian::Tangents), "K2.order2", 1e-3)
}

/// The two orders are not one by another name.
#[test]
fn the_orders_differ() -> Result<()> {
    if !has_backbone() {
        return Ok(());
    }
    let reference = Reference::load();
    let (first, names) = gradient(&reference, 1, Order::First)?;
    let (second, _) = gradient(&reference, 1, Order::Second(Hessian::Tangents))?;
    let at = names.iter().position(|n| n == "encoder.layer.5.output.dense.bias").unwrap();
    let [a, b] = [&first, &second].map(|g| g.gradients[at].as_ref().unwrap().to_host().unwrap());
    let difference: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    assert!(square(&difference) > 1e-4 * square(&a));
    Ok(())
}
