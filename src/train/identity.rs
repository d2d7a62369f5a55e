//! What makes a run this run and no other, so that a checkpoint is not taken up by another.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::examples::Examples;
use super::resolve::ResolvedAdapt;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::model::Model;

/// What must be equal for a checkpoint to be taken up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunIdentity {
    /// Options by their names; none in checkpoints of versions that kept them otherwise.
    #[serde(default)]
    options: Map<String, Value>,
    backbone: String,
    /// Digest of the training and dev sequences and of the adapters to start from.
    data: String,
}

impl RunIdentity {
    /// The identity of a run with these options on this data.
    pub fn of(
        model: &Model,
        examples: &Examples,
        dev: Option<&Dataset>,
        options: &ResolvedAdapt,
    ) -> Result<RunIdentity> {
        let mut hash = Sha256::new();
        examples.digest(&mut hash);
        if let Some(dev) = dev {
            for sentence in dev.sentences() {
                sentence.words.iter().chain(&sentence.tags).for_each(|w| {
                    hash.update(w);
                    hash.update([0]);
                });
                sentence.digest_labelled(&mut hash);
                if let Some(source) = &sentence.text {
                    source.digest(&mut hash);
                }
            }
        }
        for (what, adapter) in [("initial", &options.initial), ("head", &options.initial_head)] {
            if let Some(adapter) = adapter {
                hash.update(what);
                hash.update(adapter.to_bytes()?);
            }
        }
        Ok(RunIdentity {
            options: named(options)?,
            backbone: model.fingerprint().to_owned(),
            data: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
        })
    }
}

/// The options that make a run, by their names. Every field is either among them or named here with the reason why not: an
/// option that is forgotten does not compile.
fn named(options: &ResolvedAdapt) -> Result<Map<String, Value>> {
    let ResolvedAdapt {
        method,
        scheme,
        types,
        drop_types,
        overlap,
        head_only,
        trained_layers,
        // What it decides is here.
        effort: _,
        epochs,
        learning_rate,
        head_learning_rate,
        weight_decay,
        warmup,
        clip,
        batch_size,
        batch_pieces,
        micro_batch_pieces,
        evaluate_every,
        patience,
        precision,
        seed,
        start,
        head_init,
        descriptions,
        // Adapters are in the digest.
        initial: _,
        initial_head: _,
        // The sentences that were drawn are in the digest.
        shots: _,
        // The same numbers to the bit, for more or less memory.
        recompute: _,
        cache: _,
        // Where the state is kept changes nothing in it.
        checkpoint: _,
        restart: _,
        // Stands on the card alone.
        name: _,
        // Why options are what they are changes nothing in them.
        decisions: _,
    } = options;
    let named = json!({
        "method": method,
        "scheme": scheme,
        "types": types,
        "drop_types": drop_types,
        "overlap": overlap,
        "head_only": head_only,
        "trained_layers": trained_layers,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "head_learning_rate": head_learning_rate,
        "weight_decay": weight_decay,
        "warmup": warmup,
        "clip": clip,
        "batch_size": batch_size,
        "batch_pieces": batch_pieces,
        "micro_batch_pieces": micro_batch_pieces,
        "evaluate_every": evaluate_every,
        "patience": patience,
        "precision": precision,
        "seed": seed,
        "start": start,
        "head_init": head_init,
        "descriptions": descriptions,
    });
    match named {
        Value::Object(named) => Ok(named),
        _ => Err(Error::argument("the options of a run are no object")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::AdaptOptions;
    use super::super::resolve_test::resolve;
    use super::*;
    use crate::Scheme;
    use crate::peft::{Lora, Method};
    use crate::precision::Precision;
    use crate::start::HeadInit;

    /// Each option that changes what comes of a run makes another run of it; where a run keeps its state does not.
    #[test]
    fn another_option_is_another_run() {
        let of = |change: fn(&mut AdaptOptions)| {
            let mut options = AdaptOptions::new(Method::Lora(Lora::default()));
            change(&mut options);
            named(&resolve(&options).unwrap()).unwrap()
        };
        let usual = of(|_| {});
        let others: [fn(&mut AdaptOptions); 22] = [
            |o| o.method = Method::Lora(Lora { alpha: 3.0, ..Lora::default() }).into(),
            |o| o.scheme = Scheme::Bioes,
            |o| o.types = vec!["X".into()],
            |o| o.drop_types = true,
            |o| o.overlap = crate::train::Overlap::Old,
            |o| o.head_only = true,
            |o| o.trained_layers = Some(1),
            |o| o.epochs = Some(1),
            |o| o.learning_rate = Some(1.0),
            |o| o.head_learning_rate = Some(1.0),
            |o| o.weight_decay = 1.0,
            |o| o.warmup = 1.0,
            |o| o.clip = 2.0,
            |o| o.batch_size = 1,
            |o| o.batch_pieces = Some(1000),
            |o| o.micro_batch_pieces = 1,
            |o| o.evaluate_every = Some(7),
            |o| o.patience = None,
            |o| o.precision = Precision::Bf16,
            |o| o.seed = 1,
            |o| o.head_init = HeadInit::Zero,
            |o| (o.types, o.descriptions) = (vec!["PER".into()], vec!["who".into()]),
        ];
        for (i, change) in others.into_iter().enumerate() {
            assert_ne!(of(change), usual, "{i}");
        }
        assert_eq!(usual.len(), others.len() + 1, "each has its test, and what the start is with a model that has one");
        let same = of(|o| (o.recompute, o.cache, o.checkpoint, o.name) = (true, None, Some("c".into()), "n".into()));
        assert_eq!(same, usual);
    }

    #[test]
    fn an_identity_of_another_version_is_that_of_another_run() {
        let old = r#"{"method":{"kind":"head"},"backbone":"b","epochs":3,"numbers":[1.0],"seed":0,"data":"d"}"#;
        let old: RunIdentity = serde_json::from_str(old).unwrap();
        let options = named(&resolve(&AdaptOptions::new(Method::Head)).unwrap()).unwrap();
        assert!(old != RunIdentity { options, backbone: "b".into(), data: "d".into() });
    }
}
