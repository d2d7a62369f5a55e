//! Precision, recall and F1 over entities, equal to those of Python's seqeval 1.2.2.
//!
//! An entity is right when its words and its type are exactly those of the truth. What counts as an entity depends on
//! the [`Mode`]: seqeval's default reads any tag sequence (an `I-` without a `B-` before it opens an entity), its
//! strict mode counts only entities that the scheme allows. Published numbers are mostly of the default mode, so an
//! [`Evaluation`] holds both. Entities of texts are compared by their bytes.

mod automaton;
mod chunks;
mod report;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::data::Scheme;
use crate::error::{Error, ErrorKind, Result};

/// How tags are read as entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// seqeval's default: as lenient as conlleval; every sequence of tags has a reading.
    Default,
    /// seqeval's `mode="strict"` with this scheme: what breaks the scheme is no entity, and a prefix that the scheme
    /// does not know is an error.
    Strict(Scheme),
}

/// Precision, recall and F1 of one entity type or of an average, each in 0..=1. A division by zero gives 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The share of the predicted entities that are right.
    pub precision: f64,
    /// The share of the true entities that were found.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// How many entities the truth has.
    pub support: usize,
    /// How many entities were predicted.
    pub predicted: usize,
    /// How many predicted entities are right.
    pub correct: usize,
}

impl Score {
    fn of(counts: Counts) -> Score {
        let Counts { support, predicted, correct } = counts;
        let ratio = |total: usize| if total == 0 { 0.0 } else { correct as f64 / total as f64 };
        let (precision, recall) = (ratio(predicted), ratio(support));
        let f1 = if correct == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
        Score { precision, recall, f1, support, predicted, correct }
    }
}

/// What [`score`] finds, over all types and for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Over the entities of all types together: the number that papers call "F1".
    pub micro: Score,
    /// The mean over the types. Its counts are totals.
    #[serde(rename = "macro")]
    pub macro_: Score,
    /// The mean over the types, each weighted by its number of true entities. Its counts are totals.
    pub weighted: Score,
    /// The share of the words whose tag is the true one, `O` included.
    pub accuracy: f64,
    /// Each type that the truth or the prediction has an entity of.
    pub types: BTreeMap<String, Score>,
}

/// The scores of a tagger on a data set. As JSON the default mode's scores stand at the top (`micro.f1`) and the strict
/// ones below `strict` (`strict.micro.f1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// As seqeval scores by default.
    #[serde(flatten)]
    pub default: Scores,
    /// As seqeval scores with `mode="strict"`.
    pub strict: Scores,
    /// How many sentences were compared.
    pub sentences: usize,
    /// How many true entities start or end inside a word, so that they could not be found.
    #[serde(default)]
    pub cut_spans: usize,
}

impl Evaluation {
    /// Scores `predicted` against `gold` in both modes; `scheme` is that of the strict one.
    ///
    /// # Errors
    /// As [`score`].
    pub fn new<G: AsRef<str>, P: AsRef<str>>(
        gold: &[Vec<G>],
        predicted: &[Vec<P>],
        scheme: Scheme,
    ) -> Result<Evaluation> {
        Ok(Evaluation {
            default: score(gold, predicted, Mode::Default)?,
            strict: score(gold, predicted, Mode::Strict(scheme))?,
            sentences: gold.len(),
            cut_spans: 0,
        })
    }

    /// All numbers as one JSON object.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|e| Error::new(ErrorKind::Compute, format!("cannot write JSON: {e}")))
    }
}

/// Compares the predicted tags with the true ones, sentence by sentence and word by word.
///
/// The numbers are those of seqeval 1.2.2 with `zero_division=0`, but for two cases without a number there: without
/// a single entity the macro average is 0 (there: NaN), and without a single word the accuracy is 0 (there: an error).
///
/// ```
/// use primer::tag::{Mode, score};
/// let gold = [vec!["B-PER", "I-PER", "O", "B-LOC"]];
/// let predicted = [vec!["B-PER", "I-PER", "O", "O"]];
/// let scores = score(&gold, &predicted, Mode::Default)?;
/// assert_eq!((scores.micro.precision, scores.micro.recall), (1.0, 0.5));
/// # Ok::<(), primer::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` where the numbers of sentences or of a sentence's words differ; `Data`, naming the sentence and
/// the word, for an empty tag and, in strict mode, for a prefix that the scheme does not have.
pub fn score<G: AsRef<str>, P: AsRef<str>>(gold: &[Vec<G>], predicted: &[Vec<P>], mode: Mode) -> Result<Scores> {
    if gold.len() != predicted.len() {
        return Err(Error::argument(format!("{} sentences but {} predictions", gold.len(), predicted.len())));
    }
    for (i, (gold, predicted)) in gold.iter().zip(predicted).enumerate() {
        if gold.len() != predicted.len() {
            let (words, tags) = (gold.len(), predicted.len());
            return Err(Error::argument(format!("sentence {}: {words} words but {tags} predicted tags", i + 1)));
        }
    }
    let (truth, guess) = (read(gold, mode, "true")?, read(predicted, mode, "predicted")?);
    let accuracy = accuracy(gold, predicted);
    Ok(Scores::of(count(&truth, &guess), accuracy))
}

/// The entities of a sentence that came as text, by their bytes.
pub(crate) type TextSpans<'a> = Vec<(Range<usize>, &'a str)>;

/// [`score`] where some sentences came as texts: `texts` holds the true and the found entities of each that did, in place
/// of those that its tags say. In both modes a span is right when its bytes and its type are.
///
/// # Errors
/// As [`score`].
pub(crate) fn score_with_texts(
    gold: &[Vec<&str>],
    predicted: &[Vec<String>],
    texts: &[Option<(TextSpans, TextSpans)>],
    mode: Mode,
) -> Result<Scores> {
    // A text takes part by its tags only in the accuracy.
    let is_text = |i: &usize| texts.get(*i).is_some_and(Option::is_some);
    let words: Vec<usize> = (0..gold.len()).filter(|i| !is_text(i)).collect();
    let true_tags: Vec<Vec<&str>> = words.iter().map(|i| gold[*i].clone()).collect();
    let found_tags: Vec<Vec<&str>> = words.iter().map(|i| predicted[*i].iter().map(String::as_str).collect()).collect();
    let (mut truth, mut guess) = (read(&true_tags, mode, "true")?, read(&found_tags, mode, "predicted")?);
    let mut offset: usize = true_tags.iter().map(|tags| tags.len() + 1).sum();
    for (gold, found) in texts.iter().flatten() {
        for (spans, chunks) in [(gold, &mut truth), (found, &mut guess)] {
            let from = chunks.len();
            chunks.extend(spans.iter().map(|(bytes, label)| Chunk {
                start: offset + bytes.start,
                end: offset + bytes.end,
                label,
            }));
            chunks[from..].sort_unstable();
        }
        offset += gold.iter().chain(found).map(|(bytes, _)| bytes.end).max().unwrap_or(0) + 1;
    }
    Ok(Scores::of(count(&truth, &guess), accuracy(gold, predicted)))
}

/// An entity: words `start..end` among all sentences' words (one position between two sentences stays free).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Chunk<'a> {
    start: usize,
    end: usize,
    label: &'a str,
}

/// A tag and its place, for errors.
struct Located<'a> {
    text: &'a str,
    whose: &'static str,
    sentence: usize,
    word: usize,
}

impl Located<'_> {
    fn error(&self, what: &str) -> Error {
        let Located { text, whose, sentence, word } = self;
        Error::data(format!("sentence {}, word {}: the {whose} tag {text:?} {what}", sentence + 1, word + 1))
    }
}

/// The entities of all sentences, sorted, each once.
fn read<'a, T: AsRef<str>>(sentences: &'a [Vec<T>], mode: Mode, whose: &'static str) -> Result<Vec<Chunk<'a>>> {
    let locate = |sentence: usize, tags: &'a [T]| {
        let one = move |(word, tag): (usize, &'a T)| Located { text: tag.as_ref(), whose, sentence, word };
        tags.iter().enumerate().map(one)
    };
    let mut found = Vec::new();
    match mode {
        Mode::Default => {
            let mut all = Vec::with_capacity(sentences.iter().map(|tags| tags.len() + 1).sum());
            for (i, tags) in sentences.iter().enumerate() {
                all.extend(locate(i, tags));
                all.push(Located { text: "O", whose, sentence: i, word: tags.len() });
            }
            found = chunks::chunks(&all)?;
        }
        Mode::Strict(scheme) => {
            let mut offset = 0;
            let mut tags = Vec::new();
            for (i, sentence) in sentences.iter().enumerate() {
                tags.clear();
                tags.extend(locate(i, sentence));
                automaton::chunks(&tags, offset, scheme, &mut found)?;
                offset += tags.len() + 1;
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

#[derive(Clone, Copy, Default)]
struct Counts {
    support: usize,
    predicted: usize,
    correct: usize,
}

/// Counts by type; both lists are sorted and without repetition.
fn count<'a>(truth: &[Chunk<'a>], guess: &[Chunk<'a>]) -> BTreeMap<&'a str, Counts> {
    let mut types = BTreeMap::<&str, Counts>::new();
    for chunk in truth {
        types.entry(chunk.label).or_default().support += 1;
    }
    let mut rest = truth.iter().peekable();
    for chunk in guess {
        let counts = types.entry(chunk.label).or_default();
        counts.predicted += 1;
        while rest.next_if(|&other| other < chunk).is_some() {}
        counts.correct += usize::from(rest.next_if_eq(&chunk).is_some());
    }
    types
}

fn accuracy<G: AsRef<str>, P: AsRef<str>>(gold: &[Vec<G>], predicted: &[Vec<P>]) -> f64 {
    let words: usize = gold.iter().map(Vec::len).sum();
    let pairs = gold.iter().flatten().zip(predicted.iter().flatten());
    let right = pairs.filter(|(gold, predicted)| gold.as_ref() == predicted.as_ref()).count();
    if words == 0 { 0.0 } else { right as f64 / words as f64 }
}

impl Scores {
    fn of(types: BTreeMap<&str, Counts>, accuracy: f64) -> Scores {
        let mut total = Counts::default();
        for counts in types.values() {
            total.support += counts.support;
            total.predicted += counts.predicted;
            total.correct += counts.correct;
        }
        let types: BTreeMap<_, _> =
            types.into_iter().map(|(name, counts)| (name.to_owned(), Score::of(counts))).collect();
        Scores {
            micro: Score::of(total),
            macro_: average(&types, total, |_| 1.0),
            weighted: average(&types, total, |score| score.support as f64),
            accuracy,
            types,
        }
    }
}

fn average(types: &BTreeMap<String, Score>, total: Counts, weight: impl Fn(&Score) -> f64) -> Score {
    let whole: f64 = types.values().map(&weight).sum();
    let mean = |value: fn(&Score) -> f64| {
        let sum: f64 = types.values().map(|score| value(score) * weight(score)).sum();
        if whole == 0.0 { 0.0 } else { sum / whole }
    };
    let Counts { support, predicted, correct } = total;
    Score {
        precision: mean(|s| s.precision),
        recall: mean(|s| s.recall),
        f1: mean(|s| s.f1),
        support,
        predicted,
        correct,
    }
}
