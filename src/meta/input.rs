//! What a run is made of: the same for all its parts, and on all its ranks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::learner::{Learner, continued, hexadecimal};
use super::measure::digest;
use super::options::EpisodeHead;
use super::resolve::ResolvedPrime;
use super::task::Task;
use super::team::Team;
use crate::error::{Error, Result};
use crate::model::Model;

/// What makes a run this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub options: Value,
    types: Vec<String>,
    backbone: String,
    data: String,
}

impl Identity {
    /// Of a run that starts.
    pub fn of(model: &Model, learner: &Learner, options: &ResolvedPrime) -> Result<Identity> {
        let mut hash = Sha256::new();
        learner.tasks.iter().for_each(|task| task.digest(&mut hash));
        if let Some(initial) = &options.initial {
            hash.update(initial.to_bytes()?);
        }
        if let Some(start) = continued(model, options) {
            hash.update(start.encode()?);
        }
        Ok(Identity {
            options: named(options),
            types: learner.tags.types().to_vec(),
            backbone: model.fingerprint().to_owned(),
            data: hexadecimal(hash),
        })
    }
}

/// The options that make a run, by their names. Every field is either among them or named here with the reason why not: an
/// option that is forgotten does not compile.
fn named(options: &ResolvedPrime) -> Value {
    let ResolvedPrime {
        method,
        algorithm,
        head,
        nameless,
        episode_tokens,
        inner_scope,
        outer_scope,
        inner_steps,
        inner_rate,
        fresh_support,
        redraw,
        multi_step_loss,
        support,
        query,
        episodes,
        steps,
        temperature,
        encoder_rate,
        embedding_rate,
        method_rate,
        layer_decay,
        weight_decay,
        warmup,
        clip,
        micro_batch_pieces,
        precision,
        scheme,
        types,
        seed,
        evaluate_every,
        name,
        // The adapter is in the digest.
        initial: _,
        // Where and how often state and log are kept changes nothing in them.
        checkpoint: _,
        restart: _,
        checkpoint_every: _,
        log: _,
        // Why options are what they are changes nothing in them.
        decisions: _,
    } = options;
    let mut named = json!({
        "method": method,
        "algorithm": algorithm,
        "inner_scope": inner_scope,
        "outer_scope": outer_scope,
        "inner_steps": inner_steps,
        "inner_rate": inner_rate,
        "fresh_support": fresh_support,
        "redraw": redraw,
        "multi_step_loss": multi_step_loss,
        "support": support,
        "query": query,
        "episodes": episodes,
        "steps": steps,
        "temperature": temperature,
        "encoder_rate": encoder_rate,
        "embedding_rate": embedding_rate,
        "method_rate": method_rate,
        "layer_decay": layer_decay,
        "weight_decay": weight_decay,
        "warmup": warmup,
        "clip": clip,
        "micro_batch_pieces": micro_batch_pieces,
        "scheme": scheme,
        "types": types,
        "seed": seed,
        "evaluate_every": evaluate_every,
        "name": name,
    });
    // Records of versions without a precision stay valid.
    if !precision.is_f32() {
        named["precision"] = json!(precision);
    }
    if *head != EpisodeHead::Shared {
        (named["head"], named["nameless"]) = (json!(head), json!(nameless));
        named["episode_tokens"] = json!(episode_tokens);
    }
    named
}

/// What a rank was called with, as far as all must agree on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    version: String,
    identity: Identity,
    dev: String,
    checkpoint_every: usize,
}

impl Input {
    /// Of a rank that starts.
    pub fn of(identity: &Identity, dev: &[Task], options: &ResolvedPrime, team: &dyn Team) -> Input {
        Input {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            identity: identity.clone(),
            dev: if team.size() > 1 { digest(dev) } else { String::new() },
            checkpoint_every: options.checkpoint_every,
        }
    }

    /// An error that names what the first rank with another input than rank 0's has differently.
    pub fn compare(all: &[Input]) -> Result<()> {
        let first = &all[0];
        let Some((rank, other)) = all.iter().enumerate().find(|(_, input)| *input != first) else { return Ok(()) };
        let (mine, theirs) = (&first.identity, &other.identity);
        let option = mine.options.as_object().zip(theirs.options.as_object()).and_then(|(mine, theirs)| {
            let mut names = mine.keys().filter(|name| mine.get(*name) != theirs.get(*name));
            names.next().map(|name| format!("the option {name}"))
        });
        let what = match option {
            _ if first.version != other.version => "the program".to_owned(),
            _ if mine.backbone != theirs.backbone => "the backbone".to_owned(),
            Some(option) => option,
            None if mine.types != theirs.types => "the entity types".to_owned(),
            None if first.dev != other.dev => "the dev tasks".to_owned(),
            None if first.checkpoint_every != other.checkpoint_every => "the option checkpoint_every".to_owned(),
            None => "the tasks or the adapter to start from".to_owned(),
        };
        Err(Error::mismatch(format!("rank {rank}: {what} must be the same as on rank 0")))
    }
}
