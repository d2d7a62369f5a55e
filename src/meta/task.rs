//! Tasks: the data sets that a backbone is primed on, one a language or a domain.

use std::collections::BTreeSet;
use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::resolve::ResolvedPrime;
use crate::data::{Dataset, Sequence, TagSet};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::train::examples::Examples;
use crate::train::{Counter, Stage};

/// A named data set.
#[derive(Debug, Clone)]
pub struct Task {
    /// A name for logs, cards and errors; no two tasks of a run share one.
    pub name: String,
    /// Its labelled sentences.
    pub data: Dataset,
    /// How often it is drawn beside others, above 0: its probability is this times its sentences to the power of
    /// [`PrimeOptions::temperature`](super::PrimeOptions::temperature), divided by the sum over all tasks.
    pub weight: f64,
}

impl Task {
    /// A task of that name.
    pub fn new(name: impl Into<String>, data: Dataset) -> Task {
        Task { name: name.into(), data, weight: 1.0 }
    }

    /// The same task, drawn so often beside others.
    pub fn weighted(self, weight: f64) -> Task {
        Task { weight, ..self }
    }
}

/// The entity types of all tasks, sorted.
pub(super) fn types(tasks: &[Task]) -> Vec<String> {
    let all: BTreeSet<&String> = tasks.iter().flat_map(|task| task.data.types()).collect();
    all.into_iter().cloned().collect()
}

/// The tags that all tasks share.
pub(super) fn tags(tasks: &[Task], options: &ResolvedPrime) -> Result<TagSet> {
    check_names(tasks)?;
    if tasks.is_empty() {
        return Err(Error::argument("there is no task to prime on"));
    }
    TagSet::new(options.scheme, options.types.clone())
}

/// The tags of a task's own types.
pub(super) fn own_tags(task: &Task, options: &ResolvedPrime) -> Result<TagSet> {
    let tags = TagSet::new(options.scheme, task.data.types().to_vec());
    tags.map_err(|e| Error::data(format!("task {:?}: {e}", task.name)).caused_by(e))
}

/// An error where two tasks have one name.
pub(super) fn check_names(tasks: &[Task]) -> Result<()> {
    let mut names = BTreeSet::new();
    if let Some(task) = tasks.iter().find(|t| !names.insert(&t.name)) {
        return Err(Error::argument(format!("two tasks have the name {:?}", task.name)));
    }
    match tasks.iter().find(|t| !(t.weight > 0.0 && t.weight.is_finite())) {
        None => Ok(()),
        Some(t) => {
            let message = format!("task {:?} has the weight {}; it must be a finite number above 0", t.name, t.weight);
            Err(Error::argument(message))
        }
    }
}

/// An error where a task has an entity type that is not among the tags.
pub(super) fn check_types(task: &Task, tags: &TagSet) -> Result<()> {
    let foreign = |kind: &&String| !tags.types().contains(kind);
    let used = |kind: &String| {
        let index = task.data.types().iter().position(|t| t == kind);
        task.data.sentences().iter().any(|s| s.spans.iter().any(|span| Some(span.label) == index))
    };
    match task.data.types().iter().filter(foreign).find(|kind| used(kind)) {
        None => Ok(()),
        Some(kind) => Err(Error::data(format!(
            "task {:?}: the entity type {kind:?} is not one of {}",
            task.name,
            tags.types().join(", ")
        ))),
    }
}

/// A task's sentences, ready for the encoder.
pub(super) struct Encoded {
    pub name: String,
    pub weight: f64,
    /// What its targets are numbers of.
    pub tags: TagSet,
    sentences: Vec<Vec<Sequence>>,
    /// Sentences that hold an entity.
    with_entities: Vec<usize>,
}

impl Encoded {
    /// Encodes a task and checks that episodes of `options` can be drawn from it. Of longer sequences the first `longest`
    /// pieces are kept.
    pub fn new(
        model: &Model,
        task: &Task,
        tags: &TagSet,
        options: &ResolvedPrime,
        longest: usize,
        counter: &mut Counter,
    ) -> Result<Encoded> {
        check_types(task, tags)?;
        let examples = Examples::encode(model, &task.data, tags, &mut |n, all| counter.count(Stage::Encode, n, all));
        let examples = examples.map_err(|e| match e.kind() {
            ErrorKind::Cancelled => e,
            _ => Error::data(format!("task {:?}: {e}", task.name)).caused_by(e),
        })?;
        let mut sentences = examples.sentences;
        sentences.iter_mut().flatten().for_each(|sequence| sequence.truncate(longest));
        let wanted = options.sentences();
        if sentences.len() < wanted {
            return Err(Error::data(format!(
                "task {:?}: {} sentences are fewer than an episode takes, which is {wanted}",
                task.name,
                sentences.len()
            )));
        }
        let entity = |sentence: &Vec<Sequence>| sentence.iter().any(|s| s.targets.iter().any(|t| *t != 0));
        let with_entities: Vec<usize> = (0..sentences.len()).filter(|i| entity(&sentences[*i])).collect();
        if with_entities.len() < options.support_batches() {
            let found = match with_entities.len() {
                0 => "no sentence has an entity".to_owned(),
                n => format!("only {n} sentences have an entity, fewer than an episode's support batches"),
            };
            return Err(Error::data(format!("task {:?}: {found}", task.name)));
        }
        Ok(Encoded { name: task.name.clone(), weight: task.weight, tags: tags.clone(), sentences, with_entities })
    }

    /// The sentences that hold an entity of each type.
    pub fn by_type(&self) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new(); self.tags.types().len()];
        for (number, sentence) in self.sentences.iter().enumerate() {
            let targets = sentence.iter().flat_map(|s| &s.targets);
            let types: BTreeSet<usize> = targets.filter_map(|tag| self.tags.type_of(*tag as usize)).collect();
            types.into_iter().for_each(|kind| found[kind].push(number));
        }
        found
    }

    /// The number of sentences.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// The sequences of these sentences.
    pub fn sequences(&self, sentences: &[usize]) -> Vec<&Sequence> {
        sentences.iter().flat_map(|i| &self.sentences[*i]).collect()
    }

    /// True where one of these sentences holds an entity.
    pub fn has_entity(&self, sentences: &[usize]) -> bool {
        sentences.iter().any(|i| self.with_entities.binary_search(i).is_ok())
    }

    /// Where none of the sentences at `places` of `chosen` holds an entity, puts one there that does. It may come from a
    /// place elsewhere in the choice, which then gets the other in exchange.
    pub fn put_entity(&self, chosen: &mut [usize], places: Range<usize>, random: &mut ChaCha8Rng) {
        if self.has_entity(&chosen[places.clone()]) {
            return;
        }
        // Not one that an earlier support batch would miss.
        let earlier = &chosen[..places.start];
        let free: Vec<usize> = self.with_entities.iter().copied().filter(|s| !earlier.contains(s)).collect();
        if free.is_empty() {
            return;
        }
        let sentence = free[random.random_range(0..free.len())];
        match chosen.iter().position(|c| *c == sentence) {
            Some(other) => chosen.swap(other, places.start),
            None => chosen[places.start] = sentence,
        }
    }

    /// A digest of everything that a run sees of the task.
    pub fn digest(&self, hash: &mut Sha256) {
        hash.update((self.name.len() as u64).to_le_bytes());
        hash.update(&self.name);
        hash.update((self.sentences.len() as u64).to_le_bytes());
        // Digests of versions without weights stay valid.
        if self.weight != 1.0 {
            hash.update(self.weight.to_le_bytes());
        }
        Examples::digest_of(&self.sentences, hash);
    }
}
