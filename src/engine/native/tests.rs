//! The native engine against the encoder that training uses, which PyTorch's numbers vouch for.

use super::Native;
use crate::cancel::Cancel;
use crate::data::Batch;
use crate::engine::cases::{cases, model, trained, windows};
use crate::engine::{Engine, Job};
use crate::error::ErrorKind;
use crate::model::{LoadOptions, Model, Site};
use crate::ops::Kind;
use crate::peft::{Adapter, BitFit, Bottleneck, Full, Ia3, Lora, Method, Parallel};
use crate::text::Window;

fn engine(model: &Model, kind: Kind) -> Native {
    Native::new(model, kind)
}

fn logits(engine: &Native, jobs: &[(&[Window], &Adapter)]) -> Vec<Vec<f32>> {
    let jobs: Vec<Job> =
        jobs.iter().map(|(windows, adapter)| Job { windows: windows.iter().collect(), adapter }).collect();
    engine.logits(&jobs, &Cancel::new()).unwrap()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// What is tagged must be what was trained: every method, with every setting that changes what is computed.
#[test]
fn every_method_gives_the_numbers_of_training() {
    for case in cases() {
        let windows = windows(&case.model);
        let batch = Batch::of_windows(&windows);
        let built = case.adapter.built();
        let want: Vec<f32> =
            built.logits(case.model.encoder(), &batch).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert!(want.iter().any(|x| x.abs() > 0.1));
        let got = logits(&engine(&case.model, Kind::F32), &[(&windows, &case.adapter)]).remove(0);
        assert!(worst(&got, &want) < 1e-4, "{}: {}", case.name, worst(&got, &want));
        // Eight bits are coarse, and this model is small and its numbers large: near, not equal.
        let coarse = logits(&engine(&case.model, Kind::Int8), &[(&windows, &case.adapter)]).remove(0);
        let largest = want.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let off = worst(&coarse, &want) / largest;
        assert!(off > 0.0 && off < 0.15, "{}: {off} of {largest}", case.name);
    }
}

/// Neighbours in a batch, the size of batches and the number of threads change no bit.
#[test]
fn a_windows_logits_are_its_own() {
    let (folder, one) = model(false, false);
    let methods = [
        Method::Head,
        Method::BitFit(BitFit::default()),
        Method::Lora(Lora::default()),
        Method::Lora(Lora { sites: vec![Site::Intermediate, Site::Output], ..Lora::default() }),
        Method::Bottleneck(Bottleneck::houlsby(one.config(), 4)),
        Method::Full(Full::default()),
        Method::Ia3(Ia3::default()),
        Method::Lora(Lora { sites: vec![Site::AttentionOutput, Site::Output], ..Lora::default() }),
        Method::Ia3(Ia3 { outputs: vec![Site::Intermediate, Site::Output], inputs: vec![], ..Ia3::default() }),
        Method::Parallel(Parallel { attention: true, ..Parallel::feed_forward(one.config(), 4) }),
        Method::Bottleneck(Bottleneck::pfeiffer(one.config(), 4)),
    ];
    let files: Vec<Vec<u8>> = methods.map(|m| trained(&one, m, 2).to_bytes().unwrap()).to_vec();
    let windows = windows(&one);
    for kind in [Kind::F32, Kind::Int8] {
        let mut alone: Vec<Vec<f32>> = Vec::new();
        for threads in [1, 2, 3] {
            let model = Model::load_with(folder.path(), &LoadOptions::new().threads(threads)).unwrap();
            let adapters: Vec<Adapter> = files.iter().map(|f| Adapter::from_bytes(f, &model).unwrap()).collect();
            let engine = engine(&model, kind);
            // One window at a time, on one thread: what all others must equal.
            if threads == 1 {
                for adapter in &adapters {
                    let each = windows.iter().flat_map(|w| logits(&engine, &[(std::slice::from_ref(w), adapter)]));
                    alone.push(each.flatten().collect());
                }
            }
            let jobs: Vec<(&[Window], &Adapter)> = adapters.iter().map(|a| (&windows[..], a)).collect();
            assert!(logits(&engine, &jobs) == alone, "{kind:?}, {threads} threads");
        }
    }
}

#[test]
fn nothing_to_tag_is_no_work_and_a_request_stops_it() {
    let (_folder, model) = model(false, false);
    let adapter = trained(&model, Method::Head, 1);
    let engine = engine(&model, Kind::F32);
    assert_eq!(logits(&engine, &[(&[], &adapter)]), [Vec::<f32>::new()]);
    let mut unlabelled = windows(&model);
    unlabelled.iter_mut().for_each(|w| w.labelled.clear());
    assert_eq!(logits(&engine, &[(&unlabelled, &adapter)]), [Vec::<f32>::new()]);

    let cancel = Cancel::new();
    cancel.request();
    let windows = windows(&model);
    let job = Job { windows: windows.iter().collect(), adapter: &adapter };
    assert_eq!(engine.logits(&[job], &cancel).unwrap_err().kind(), ErrorKind::Cancelled);
}

/// A matrix that is not finite is found when it is first used, by name.
#[test]
fn a_number_that_is_not_finite_is_an_error_that_names_the_tensor() {
    let (folder, whole) = model(false, false);
    let adapter = trained(&whole, Method::Head, 1).to_bytes().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let name = "encoder.layer.1.output.dense.weight";
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let view = file.tensor(name).or_else(|_| file.tensor(&format!("bert.{name}"))).unwrap();
    let at = view.data().as_ptr() as usize - bytes.as_ptr() as usize;
    bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    for quantised in [false, true] {
        let model = Model::load_with(folder.path(), &LoadOptions::new().threads(1).quantised(quantised)).unwrap();
        // The backbone is another one: the card's fingerprint is not asked for here.
        let (mut card, tensors) = crate::peft::file::decode(&adapter).unwrap();
        card.backbone.fingerprint = None;
        let adapter = Adapter::new(&model, card, tensors).unwrap();
        for kind in [Kind::F32, Kind::Int8] {
            let windows = windows(&model);
            let job = Job { windows: windows.iter().collect(), adapter: &adapter };
            let e = engine(&model, kind).logits(&[job], &Cancel::new()).unwrap_err();
            assert_eq!((e.kind(), e.tensor()), (ErrorKind::Format, Some(name)), "{e}");
        }
    }
}
