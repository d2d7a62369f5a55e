//! How good an adapter is on labelled data.

use super::compare::compare;
use super::metrics::{Evaluation, Mode};
use super::spans::Entity;
use super::tagger::{Input, Tagger};
use crate::cancel::Cancel;
use crate::data::{Dataset, Sentence, Span};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::peft::Adapter;

/// Sentences that are tagged at once: bounds memory on large data.
const SENTENCES: usize = 1024;

/// Tags `data` with `adapter` and compares the entities with the data's own: sentences of words as seqeval does, texts by
/// the bytes of their entities. A text is tagged as [`Tagger::tag`] tags it, without a look at where its entities are.
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
    let mut found: Vec<Vec<Span>> = Vec::with_capacity(data.len());
    for sentences in data.sentences().chunks(SENTENCES) {
        let words: Vec<Vec<&str>> = sentences.iter().map(words_of).collect();
        let inputs: Vec<(Input, Option<&Adapter>)> =
            sentences.iter().zip(&words).map(|(s, words)| (input(s, words), adapter)).collect();
        for tagged in tagger.tag_cancellable(&inputs, cancel)? {
            let span = |e: &Entity| Span { start: e.words.start, end: e.words.end, label: e.label as usize };
            found.push(tagged.entities.iter().map(span).collect());
        }
        observer(found.len());
    }
    let scores = |mode| compare(data, &found, tags.types(), mode);
    Ok(Evaluation {
        default: scores(Mode::Default)?,
        strict: scores(Mode::Strict(data.scheme()))?,
        sentences: data.len(),
        cut_spans: data.cut_spans().count,
    })
}

/// The words of a sentence that came as words; none of a text, which is tagged as it is.
fn words_of(sentence: &Sentence) -> Vec<&str> {
    match sentence.text {
        Some(_) => Vec::new(),
        None => sentence.words.iter().map(String::as_str).collect(),
    }
}

fn input<'a>(sentence: &'a Sentence, words: &'a [&'a str]) -> Input<'a> {
    match &sentence.text {
        Some(source) => Input::Text(&source.text),
        None => Input::Words(words),
    }
}
