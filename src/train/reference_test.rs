//! The numbers of PyTorch: encoder, logits, gradients and losses of every method on the full-size f32 backbone.
//!
//! They were computed with transformers 4.46, peft 0.13, adapters 1.0 and torch 2.5 (`tests/data/reference`). The
//! backbone is made by `tools/import_me5.py build/multilingual-e5-small`, which `make test` runs. Without it they are skipped.

use std::collections::BTreeMap;

use super::gradients::{Gradient, Gradients};
use super::optimizer::{AdamConfig, AdamW, Rates};
use super::reference::{Reference, assert_close, encoder, everywhere, flat, folder, has_backbone, model, tags};
use super::step::Step;
use crate::cancel::Cancel;
use crate::data::Sequence;
use crate::error::{Error, ErrorKind};
use crate::model::Adaptation;
use crate::ops;
use crate::peft::{Adapter, BitFit, Built, Full, Method, Parameters, Tensors, adapterhub, build, huggingface};
use crate::precision::Precision;

/// The reference's weight decay; rates are given from update to update.
const RATES: Rates = Rates { learning: 1.0, decay: 0.01 };

/// Something that trains: a method's parts with its variables.
struct Arm {
    built: Built,
    adam: AdamW,
}

impl Arm {
    fn new(method: &Method, initial: Tensors, reference: &Reference) -> Arm {
        let mut ids: Vec<u32> = reference.sequences.iter().flat_map(|s| s.window.ids.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut parameters = Parameters::train(1, initial);
        let built = build(method, encoder(), tags().len(), &ids, &mut parameters).unwrap();
        Arm { built, adam: AdamW::new(parameters.into_vars(), AdamConfig::default(), |_| RATES).unwrap() }
    }

    fn gradients(&self, reference: &Reference) -> (f64, Gradients) {
        let sequences: Vec<&Sequence> = reference.sequences.iter().collect();
        let step = Step {
            encoder: encoder(),
            built: &self.built,
            prefix: None,
            frozen: 0,
            micro_batch_pieces: 4096,
            recompute: false,
            cancel: &Cancel::new(),
        };
        step.gradients(&sequences, &self.adam).unwrap()
    }

    fn norms(&self, gradients: &Gradients) -> BTreeMap<String, f64> {
        let norm = |g: &Gradient| g.square().unwrap().sqrt();
        let names = self.adam.vars().map(|(name, _)| name.to_owned());
        names.zip(gradients).map(|(name, g)| (name, g.as_ref().map_or(f64::NAN, norm))).collect()
    }

    /// The first gradients' norms to 1 %, and the losses of five updates to 1e-3.
    fn check(&mut self, reference: &Reference, arm: &str, rate: f64) {
        let (_, gradients) = self.gradients(reference);
        check_norms(&self.norms(&gradients), &reference.norms(&format!("{arm}.grad_norms")), arm);
        let want = reference.numbers(&format!("{arm}.losses"));
        for (step, want) in want.iter().enumerate() {
            let (loss, gradients) = self.gradients(reference);
            assert!((loss - want).abs() <= 1e-3, "{arm}: loss {loss} after {step} updates, PyTorch has {want}");
            self.adam.update(gradients, rate).unwrap();
        }
    }
}

fn check_norms(got: &BTreeMap<String, f64>, want: &BTreeMap<String, f64>, arm: &str) {
    assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>(), "{arm}");
    for (name, want) in want {
        let got = got[name];
        // A key's bias cancels out of the softmax: its gradient is nothing but rounding on both sides.
        if name.ends_with("self.key.bias") {
            assert!(got < 1e-6, "{arm}: the gradient of {name} has the norm {got}");
        } else {
            assert!(got > 0.0 && (got - want).abs() <= 0.01 * want, "{arm}: {name}: {got}, PyTorch has {want}");
        }
    }
}

fn check_adapter(adapter: &Adapter, reference: &Reference, arm: &str, rate: f64) {
    let built = adapter.placed(model(), Precision::F32).unwrap();
    let logits = built.logits(encoder(), &reference.batch()).unwrap();
    assert_close(&flat(&logits), &reference.labelled(&format!("{arm}.logits")), 1e-4, arm);
    Arm::new(&adapter.card().method, adapter.tensors().clone(), reference).check(reference, arm, rate);
}

#[test]
fn encoder_and_head_give_the_reference_numbers() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        let reference = Reference::load();
        let hidden = encoder().forward(&reference.batch(), &Adaptation::default())?;
        let want = reference.packed("last_hidden_state", |s| (0..s.window.ids.len()).collect());
        assert_close(&flat(&hidden), &want, 1e-4, "last hidden state");
        let arm = Arm::new(&Method::Head, reference.head(), &reference);
        let logits = arm.built.logits(encoder(), &reference.batch())?;
        assert_close(&flat(&logits), &reference.labelled("raw.logits"), 1e-4, "logits");
        let loss = ops::cross_entropy(&logits, &reference.batch().targets)?.to_scalar::<f32>()? as f64;
        assert!((loss - reference.json["raw.loss"].as_f64().unwrap()).abs() < 1e-4);
        Ok::<_, Error>(())
    });
}

#[test]
fn full_fine_tuning_trains_as_pytorch_does() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        let reference = Reference::load();
        let mut arm = Arm::new(&Method::Full(Full::default()), reference.head(), &reference);
        let logits = arm.built.logits(encoder(), &reference.batch()).unwrap();
        assert_close(&flat(&logits), &reference.labelled("full.logits"), 1e-4, "full");
        arm.check(&reference, "full", 5e-5);
        Ok::<_, Error>(())
    });
}

#[test]
fn a_batch_without_a_tag_is_an_error_and_one_in_part_is_not() {
    if !has_backbone() {
        return;
    }
    let mut reference = Reference::load();
    let arm = Arm::new(&Method::Head, reference.head(), &reference);
    let cancel = Cancel::new();
    let (encoder, built) = (encoder(), &arm.built);
    // Every micro-batch holds one sentence.
    let step =
        Step { encoder, built, prefix: None, frozen: 12, micro_batch_pieces: 1, recompute: true, cancel: &cancel };
    assert_eq!(step.gradients(&[], &arm.adam).unwrap_err().kind(), ErrorKind::Data);
    reference.sequences[0].targets.clear();
    reference.sequences[0].window.labelled.clear();
    let sequences: Vec<&Sequence> = reference.sequences.iter().collect();
    assert_eq!(step.gradients(&sequences[..1], &arm.adam).unwrap_err().kind(), ErrorKind::Data);
    let (with, gradients) = step.gradients(&sequences, &arm.adam).unwrap();
    let (without, others) = step.gradients(&sequences[1..], &arm.adam).unwrap();
    let numbers = |g: Gradients| g.into_iter().map(|g| g.unwrap().into_host().unwrap()).collect::<Vec<_>>();
    assert_eq!((with, numbers(gradients)), (without, numbers(others)));
}

/// BitFit's and the head's gradients are among those of full fine-tuning.
#[test]
fn bitfit_and_head_have_their_share_of_the_full_gradient() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        let reference = Reference::load();
        let full = reference.norms("full.grad_norms");
        for method in [Method::BitFit(BitFit::default()), Method::Head] {
            let arm = Arm::new(&method, reference.head(), &reference);
            let got = arm.norms(&arm.gradients(&reference).1);
            let bitfit = matches!(method, Method::BitFit(_));
            let trained = |name: &String| name.starts_with("classifier.") || (bitfit && name.ends_with(".bias"));
            let want = full.iter().filter(|(name, _)| trained(name)).map(|(n, v)| (n.clone(), *v)).collect();
            check_norms(&got, &want, method.name());
        }
        Ok::<_, Error>(())
    });
}

#[test]
fn a_peft_folder_loads_and_trains_as_pytorch_does() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        for (arm, rate) in [("lora", 1e-3), ("ia3", 1e-3)] {
            let adapter = huggingface::load(folder().join(format!("peft-{arm}")), model(), Some(&tags()))?;
            check_adapter(&adapter, &Reference::load(), arm, rate);
        }
        Ok::<_, Error>(())
    });
}

#[test]
fn adapterhub_folders_load_and_train_as_pytorch_does() {
    if !has_backbone() {
        return;
    }
    everywhere(|| {
        for arm in ["seq_bn", "double_seq_bn", "par_bn", "par_bn_both"] {
            let adapter = adapterhub::load(folder().join(format!("adapterhub-{arm}")), model(), Some(&tags()))?;
            check_adapter(&adapter, &Reference::load(), arm, 1e-3);
        }
        Ok::<_, Error>(())
    });
}

/// What is saved in the formats of other libraries gives the same adapter when it is read again.
#[test]
fn saved_folders_give_the_same_adapter_back() -> Result<(), Error> {
    if !has_backbone() {
        return Ok(());
    }
    let scratch = tempfile::tempdir().unwrap();
    for arm in ["lora", "ia3"] {
        let adapter = huggingface::load(folder().join(format!("peft-{arm}")), model(), Some(&tags()))?;
        huggingface::save(&adapter, model(), scratch.path().join(arm))?;
        let again = huggingface::load(scratch.path().join(arm), model(), None)?;
        assert_eq!(adapter.to_bytes()?, again.to_bytes()?);
    }
    for arm in ["seq_bn", "double_seq_bn", "par_bn", "par_bn_both"] {
        let adapter = adapterhub::load(folder().join(format!("adapterhub-{arm}")), model(), Some(&tags()))?;
        adapterhub::save(&adapter, model(), "ner", scratch.path().join(arm))?;
        let again = adapterhub::load(scratch.path().join(arm), model(), None)?;
        assert_eq!(adapter.to_bytes()?, again.to_bytes()?);
    }
    Ok(())
}
