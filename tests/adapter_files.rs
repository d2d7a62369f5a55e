//! Adapter files from a hostile hand: each is refused with a reason, none panics, and nothing is half written.

mod common;

use primer::data::DataOptions;
use primer::peft::{Bottleneck, Lora};
use primer::{AdaptOptions, Adapter, Dataset, ErrorKind, Method, Model, adapt};
use proptest::prelude::*;
use serde_json::{Value, json};

fn adapter(model: &Model, method: Method) -> Adapter {
    let mut options = AdaptOptions::new(method);
    options.epochs = Some(1);
    let train = Dataset::from_bytes(common::conll(10, 1).as_bytes(), "t", &DataOptions::default()).unwrap();
    adapt(model, &train, None, &options).unwrap()
}

fn pfeiffer(model: &Model) -> Adapter {
    adapter(model, Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)))
}

/// The adapter's bytes with its card changed.
fn with_card(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    with_header(bytes, |header| {
        let mut card: Value = serde_json::from_str(header["__metadata__"]["primer.adapter"].as_str().unwrap()).unwrap();
        change(&mut card);
        header["__metadata__"]["primer.adapter"] = json!(card.to_string());
    })
}

fn with_header(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&bytes[8..end]).unwrap();
    change(&mut header);
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[end..]].concat()
}

#[test]
fn the_wrong_backbone_is_refused_and_both_are_named() {
    let (_a, model) = common::model();
    let (_b, other) = common::model_of(8);
    let bytes = pfeiffer(&model).to_bytes().unwrap();
    let error = Adapter::from_bytes(&bytes, &other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    for fingerprint in [model.fingerprint(), other.fingerprint()] {
        assert!(error.message().contains(&fingerprint[..12]), "{error}");
    }
    let adapter = Adapter::from_bytes(&bytes, &model).unwrap();
    let error = primer::Tagger::new(&other).tag("Ada", &adapter).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
}

#[test]
fn the_same_backbone_loaded_twice_is_the_same() {
    let (folder, model) = common::model();
    let again = Model::load(folder.path()).unwrap();
    let adapter = pfeiffer(&model);
    assert!(primer::Tagger::new(&again).tag("Ada lives in Paris", &adapter).is_ok());
}

#[test]
fn cards_that_ask_for_the_unknown_are_refused() {
    let (_folder, model) = common::model();
    let bytes = pfeiffer(&model).to_bytes().unwrap();
    let kind = |change: fn(&mut Value)| Adapter::from_bytes(&with_card(&bytes, change), &model).unwrap_err().kind();
    assert_eq!(kind(|c| c["version"] = json!(2)), ErrorKind::Unsupported);
    assert_eq!(kind(|c| c["version"] = json!("x")), ErrorKind::Format);
    assert_eq!(kind(|c| c["unheard_of"] = json!(true)), ErrorKind::Unsupported);
    assert_eq!(kind(|c| c["method"]["gating"] = json!(true)), ErrorKind::Unsupported);
    assert_eq!(kind(|c| c["method"]["kind"] = json!("prefix_tuning")), ErrorKind::Unsupported);
    assert_eq!(kind(|c| c["method"]["size"] = json!(0)), ErrorKind::Format);
    assert_eq!(kind(|c| c["method"]["size"] = json!(usize::MAX)), ErrorKind::Format);
    assert_eq!(kind(|c| c["method"]["layers"] = json!([5])), ErrorKind::Format);
    assert_eq!(kind(|c| c["tags"]["types"] = json!(["A", "A"])), ErrorKind::Unsupported);
    assert_eq!(kind(|c| c["tags"]["scheme"] = json!("IOB3")), ErrorKind::Unsupported);
    assert_eq!(kind(|c| c["backbone"]["hidden"] = json!(768)), ErrorKind::Mismatch);
    assert_eq!(kind(|c| *c = json!([])), ErrorKind::Format);
}

#[test]
fn tensors_that_do_not_fit_are_refused_by_name() {
    let (_folder, model) = common::model();
    let bytes = pfeiffer(&model).to_bytes().unwrap();
    let error = |change: &dyn Fn(&mut Value)| Adapter::from_bytes(&with_header(&bytes, change), &model).unwrap_err();
    let rename = |from: &'static str, to: &'static str| {
        move |h: &mut Value| {
            let tensor = h.as_object_mut().unwrap().remove(from).unwrap();
            h[to] = tensor;
        }
    };
    let down = "encoder.layer.0.output.adapter_down.weight";
    assert_eq!(error(&rename(down, "something.else")).tensor(), Some(down));
    let fewer = error(&|h| h["classifier.bias"]["shape"] = json!([7, 1]));
    assert_eq!((fewer.kind(), fewer.tensor()), (ErrorKind::Mismatch, Some("classifier.bias")));
    let integers = error(&|h| h["classifier.bias"]["dtype"] = json!("I32"));
    assert_eq!((integers.kind(), integers.tensor()), (ErrorKind::Unsupported, Some("classifier.bias")));
    let mut more = pfeiffer(&model).to_bytes().unwrap();
    more = with_card(&more, |c| c["method"]["layers"] = json!([1]));
    let surplus = Adapter::from_bytes(&more, &model).unwrap_err();
    assert!(surplus.tensor().is_some_and(|t| t.starts_with("encoder.layer.0.")), "{surplus}");
    let mut infinite = bytes.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert_eq!(Adapter::from_bytes(&infinite, &model).unwrap_err().kind(), ErrorKind::Format);
}

#[test]
fn every_truncation_is_an_error() {
    let (_folder, model) = common::model();
    let bytes = adapter(&model, Method::Head).to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(Adapter::from_bytes(&bytes[..length], &model).is_err(), "{length} bytes");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(Adapter::from_bytes(&longer, &model).is_err());
    assert!(Adapter::from_bytes(&[0xff; 64], &model).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A flipped bit in the numbers may go unseen; nowhere may it panic.
    #[test]
    fn no_flipped_bit_panics(flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4)) {
        let (_folder, model) = common::model();
        let mut bytes = adapter(&model, Method::Lora(Lora::default())).to_bytes().unwrap();
        let length = bytes.len();
        for (index, bit) in flips {
            bytes[index.index(length)] ^= 1 << bit;
        }
        let _ = Adapter::from_bytes(&bytes, &model);
    }
}

#[test]
fn a_failed_save_leaves_what_was_there() {
    let (folder, model) = common::model();
    let adapter = pfeiffer(&model);
    let missing = folder.path().join("no/such/folder/a.safetensors");
    assert_eq!(adapter.save(&missing).unwrap_err().kind(), ErrorKind::Io);
    let path = folder.path().join("kept");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("inside"), b"x").unwrap();
    // A folder cannot be replaced by a file, and is told apart from what the operating system refuses.
    let error = adapter.save(&path).unwrap_err();
    assert!(error.kind() == ErrorKind::Io && error.message().contains("cannot save: this is a folder"), "{error}");
    assert_eq!(std::fs::read(path.join("inside")).unwrap(), b"x");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|n| !n.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

/// Adapters are read into memory: the file that one was loaded from may be written over by itself or by another.
#[test]
fn an_adapter_may_be_saved_over_the_file_of_a_loaded_one() {
    let (folder, model) = common::model();
    let path = folder.path().join("a.safetensors");
    pfeiffer(&model).save(&path).unwrap();
    let loaded = Adapter::load(&path, &model).unwrap();
    let bytes = loaded.to_bytes().unwrap();
    loaded.save(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let other = adapter(&model, Method::Lora(Lora::default()));
    other.save(&path).unwrap();
    assert_eq!(loaded.to_bytes().unwrap(), bytes, "what was loaded is as it was");
    let again = Adapter::load(&path, &model).unwrap();
    assert_eq!(again.to_bytes().unwrap(), other.to_bytes().unwrap());
    again.save_peft(folder.path().join("peft")).unwrap();
    let folded = Adapter::load(folder.path().join("peft"), &model).unwrap();
    folded.save_peft(folder.path().join("peft")).unwrap();
    assert!(Adapter::load(folder.path().join("peft"), &model).is_ok());
}

#[test]
fn folders_of_other_libraries_with_unknown_flags_are_refused_by_name() {
    let (folder, model) = common::model();
    let path = folder.path().join("hub");
    primer::peft::adapterhub::save(&pfeiffer(&model), &model, "ner", &path).unwrap();
    assert!(Adapter::load(&path, &model).is_ok());
    let config = path.join("adapter_config.json");
    let good: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    for (flag, value) in [
        ("use_gating", json!(true)),
        ("ln_before", json!(true)),
        ("phm_layer", json!(true)),
        ("is_parallel", json!("yes")),
        ("inv_adapter", json!("nice")),
        ("non_linearity", json!("leaky_relu")),
        ("reduction_factor", json!({"default": 16})),
        ("some_new_flag", json!(1)),
    ] {
        let mut changed = good.clone();
        changed["config"][flag] = value;
        std::fs::write(&config, changed.to_string()).unwrap();
        let error = Adapter::load(&path, &model).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.message().contains(flag), "{error}");
        assert_eq!(error.file(), Some(config.as_path()));
    }

    let path = folder.path().join("peft");
    let lora = adapter(&model, Method::Lora(Lora::default()));
    primer::peft::huggingface::save(&lora, &model, &path).unwrap();
    assert_eq!(Adapter::load(&path, &model).unwrap().types(), lora.types());
    let config = path.join("adapter_config.json");
    let good: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    for (flag, value) in [
        ("use_dora", json!(true)),
        ("bias", json!("all")),
        ("peft_type", json!("PREFIX_TUNING")),
        ("task_type", json!("SEQ_CLS")),
        ("target_modules", json!(["classifier"])),
        ("init_lora_weights", json!("pissa")),
        ("some_new_flag", json!(1)),
    ] {
        let mut changed = good.clone();
        changed[flag] = value;
        std::fs::write(&config, changed.to_string()).unwrap();
        let error = Adapter::load(&path, &model).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{flag}: {error}");
        assert!(error.message().contains(flag), "{error}");
    }
}
