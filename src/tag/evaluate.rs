//! How good an adapter is on labelled data.

use super::metrics::Evaluation;
use super::tagger::{Input, Tagger};
use crate::cancel::Cancel;
use crate::data::{Dataset, write_tags};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::peft::Adapter;

/// Sentences that are tagged at once: bounds memory on large data.
const SENTENCES: usize = 1024;

/// Tags `data` with `adapter` and compares the entities with the data's own, as seqeval does.
///
/// # Errors
/// `Mismatch` where the adapter belongs to another model; `InvalidArgument` for data that was read without labels.
pub fn evaluate(model: &Model, adapter: &Adapter, data: &Dataset) -> Result<Evaluation> {
    evaluate_observed(model, adapter, data, &mut |_| {}, &Cancel::new())
}

/// [`evaluate`], telling `observer` the number of sentences done, and stopping within one batch after `cancel` is
/// requested.
///
/// # Errors
/// As [`evaluate`]; `Cancelled`.
pub fn evaluate_observed(
    model: &Model,
    adapter: &Adapter,
    data: &Dataset,
    observer: &mut dyn FnMut(usize),
    cancel: &Cancel,
) -> Result<Evaluation> {
    evaluate_with(&Tagger::new(model), adapter, data, observer, cancel)
}

/// [`evaluate_observed`] by a tagger of the caller's: on another engine, or, without an adapter, with a model that has
/// labels of its own.
///
/// # Errors
/// As [`evaluate_observed`]; `InvalidArgument` where an adapter is missing or not wanted.
pub fn evaluate_with<'a>(
    tagger: &Tagger,
    adapter: impl Into<Option<&'a Adapter>>,
    data: &Dataset,
    observer: &mut dyn FnMut(usize),
    cancel: &Cancel,
) -> Result<Evaluation> {
    let adapter = adapter.into();
    let own = adapter.map(|a| &a.card().tags).or(tagger.tags());
    let tags = own.ok_or_else(|| Error::argument("the model has no labels of its own: an adapter is needed"))?;
    if data.sentences().iter().any(|s| s.tags.len() != s.words.len()) {
        return Err(Error::argument(format!(
            "{} was read without labels; there is nothing to compare with",
            data.name()
        )));
    }
    let mut predicted: Vec<Vec<String>> = Vec::with_capacity(data.len());
    for sentences in data.sentences().chunks(SENTENCES) {
        let words: Vec<Vec<&str>> = sentences.iter().map(|s| s.words.iter().map(String::as_str).collect()).collect();
        let inputs: Vec<(Input, Option<&Adapter>)> = words.iter().map(|w| (Input::Words(w), adapter)).collect();
        for tagged in tagger.tag_cancellable(&inputs, cancel)? {
            // In the data's own scheme, so that strict scoring compares like with like.
            predicted.push(write_tags(data.scheme(), &tags.decode(&tagged.tags), tagged.tags.len(), tags.types()));
        }
        observer(predicted.len());
    }
    let gold: Vec<Vec<&str>> = data.sentences().iter().map(|s| s.tags.iter().map(String::as_str).collect()).collect();
    Evaluation::new(&gold, &predicted, data.scheme())
}
