//! F1 of a point: on an episode's query sentences and on the dev tasks.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::learner::{Learner, Place, hexadecimal};
use super::options::EpisodeHead;
use super::resolve::ResolvedPrime;
use super::space::Composite;
use super::task::{Task, check_names, check_types};
use super::type_dev::TypeDev;
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, TagSet, runs};
use crate::error::Result;
use crate::model::Model;
use crate::tag::{Decoder, Mode, score};
use crate::train::Counter;
use crate::train::dev::Dev;

/// The micro-F1 (seqeval's default) on `sequences`, each taken as a sentence.
pub(super) fn f1(
    model: &Composite,
    tags: &TagSet,
    sequences: &[&Sequence],
    pieces: usize,
    cancel: &Cancel,
) -> Result<f64> {
    let decoder = Decoder::new(tags);
    let names = |numbers: &[u32]| -> Vec<String> { numbers.iter().map(|t| tags.name(*t as usize)).collect() };
    let (mut gold, mut predicted) = (Vec::new(), Vec::new());
    for run in runs(sequences.iter().map(|s| s.window.ids.len()), pieces) {
        let sequences = &sequences[run];
        let batch = Batch::of_sequences(sequences.iter().copied()).stopped_by(cancel);
        let logits = model.logits(&batch)?.flatten_all()?.to_vec1::<f32>()?;
        let mut rest = &logits[..];
        for sequence in sequences {
            let (mine, others) = rest.split_at(sequence.targets.len() * tags.len());
            rest = others;
            gold.push(names(&sequence.targets));
            // What the sentence does not label is neither right nor wrong.
            let known = |(row, tag)| if sequence.is_open(row, tag) { 0 } else { tag };
            predicted.push(names(&decoder.decode(mine)?.into_iter().enumerate().map(known).collect::<Vec<_>>()));
        }
    }
    Ok(score(&gold, &predicted, Mode::Default)?.micro.f1)
}

/// A digest of everything that F1 hangs on in these tasks.
pub(super) fn digest(tasks: &[Task]) -> String {
    let mut hash = Sha256::new();
    for task in tasks {
        let words = task.data.sentences().iter().flat_map(|s| s.words.iter().chain(&s.tags));
        for text in [&task.name].into_iter().chain(words) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        for source in task.data.sentences().iter().filter_map(|s| s.text.as_ref()) {
            source.digest(&mut hash);
        }
        task.data.sentences().iter().for_each(|s| s.digest_labelled(&mut hash));
        hash.update((task.data.len() as u64).to_le_bytes());
    }
    hexadecimal(hash)
}

/// The dev tasks, ready for the encoder.
pub(super) enum DevTasks<'a> {
    /// Of the types that the shared head knows.
    Tags(Vec<(&'a str, Dev<'a>)>),
    /// Of types of their own.
    Types(TypeDev),
}

impl<'a> DevTasks<'a> {
    pub fn encode(
        model: &Model,
        tasks: &'a [Task],
        learner: &Learner,
        options: &ResolvedPrime,
        cancel: &Cancel,
        counter: &mut Counter,
    ) -> Result<DevTasks<'a>> {
        check_names(tasks)?;
        if options.head == EpisodeHead::Made {
            return TypeDev::encode(model, tasks, options, counter).map(DevTasks::Types);
        }
        let encode = |task: &'a Task| {
            check_types(task, &learner.tags)?;
            Ok((&task.name[..], Dev::encode(model, model.encoder(), &task.data, None, cancel, counter)?))
        };
        Ok(DevTasks::Tags(tasks.iter().map(encode).collect::<Result<_>>()?))
    }

    /// Name and F1 of the tasks of `rank` among `size`, without any adaptation.
    pub fn f1(&self, learner: &Learner, (rank, size): Place, cancel: &Cancel) -> Result<BTreeMap<String, f64>> {
        let tasks = match self {
            DevTasks::Tags(tasks) => tasks,
            DevTasks::Types(tasks) => return tasks.f1(learner, (rank, size), cancel),
        };
        let model = learner.model()?;
        let f1 = |(name, dev): &(&str, Dev)| {
            cancel.check()?;
            Ok(((*name).to_owned(), dev.f1(&model.encoder, &model.built, &learner.tags, cancel)?))
        };
        tasks.iter().skip(rank).step_by(size).map(f1).collect()
    }

    pub fn is_empty(&self) -> bool {
        match self {
            DevTasks::Tags(tasks) => tasks.is_empty(),
            DevTasks::Types(tasks) => tasks.is_empty(),
        }
    }
}
