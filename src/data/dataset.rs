//! A set of labelled sentences.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::align::{Aligned, Entity, text_record};
use super::notes::{Note, Notes};
use super::options::{DataOptions, Format};
use super::overlap::apart;
use super::sample::sample;
use super::scheme::{Prefix, Scheme, SchemeEvidence};
use super::sentence::{LabelledText, Sentence, SourceText, Span, TextSpan};
use super::source::{Labels, Reading, Record, check_word};
use super::spans::{Label, read_spans};
use super::spelling::TagCounts;
use super::write::write_tags;
use super::{conll, json, labelled};
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::output::InUse;

/// Labelled sentences with the scheme and the entity types of their tags.
///
/// Files are CoNLL columns (a word and its tag a line, separated by tabs or blanks, an empty line after each sentence) or
/// JSON records (`{"tokens": [..], "ner_tags": [..]}`, or `{"text": .., "entities": [{"start": .., "end": .., "label":
/// ..}]}`, whose words are those of [`split_words`](crate::text::split_words), as in tagging; entities that cut a word are
/// counted by [`Dataset::cut_spans`]). `docs/formats.md` lists the layouts and the tools' forms that are known, and
/// [`Dataset::notes`] tells what was passed over.
///
/// The scheme is found out where it is not given: any E- or S- tag means BIOES; otherwise entities that start with I-
/// speak for IOB1, entities that start with B- where IOB1 would have I- speak for IOB2, and the more frequent of the two
/// decides. Entities are read as seqeval's default mode reads them, which is right for valid data of every
/// scheme and takes an I- or E- that continues nothing as the start of an entity.
#[derive(Debug, Clone)]
pub struct Dataset {
    name: String,
    scheme: Scheme,
    types: Vec<String>,
    pub(super) sentences: Vec<Sentence>,
    notes: Vec<Note>,
    /// Keeps the file that it was read from, and that others may be drawn from again, from being replaced.
    file: Option<InUse>,
}

impl Dataset {
    /// Reads a file; everything about it is found out. Errors as [`load_with`](Dataset::load_with).
    pub fn load(path: impl AsRef<Path>) -> Result<Dataset> {
        Dataset::load_with(path, &DataOptions::default())
    }

    /// Reads a file.
    ///
    /// Errors: `Io`; `Cancelled` where that was asked for; `InvalidUtf8` with line and byte; `Data` with line where a line cannot be read, a tag has no known shape,
    /// or there is no sentence at all. All of them name the file.
    pub fn load_with(path: impl AsRef<Path>, options: &DataOptions) -> Result<Dataset> {
        let path = path.as_ref();
        options.cancel.check()?;
        let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, e))?;
        let mut data = Dataset::from_bytes(&bytes, &path.to_string_lossy(), options).map_err(|e| e.in_file(path))?;
        data.file = Some(InUse::new(path, "a data set that is in use"));
        Ok(data)
    }

    /// Reads a file's bytes; `name` stands for the file in errors and where its format is guessed. Errors as
    /// [`load_with`](Dataset::load_with).
    pub fn from_bytes(bytes: &[u8], name: &str, options: &DataOptions) -> Result<Dataset> {
        let read = || {
            let format = options.format.unwrap_or_else(|| Format::guess(name, bytes));
            let reading = match format {
                Format::Conll => conll::read(bytes, options)?,
                Format::Jsonl => json::read(bytes, options)?,
            };
            Dataset::build(name, reading, options)
        };
        read().map_err(|e| e.in_file(name))
    }

    /// Makes a data set of words and their tags.
    ///
    /// Errors: `Data` with the number of the sentence, from 1, as the line.
    pub fn from_sentences(
        name: &str,
        sentences: Vec<(Vec<String>, Vec<String>)>,
        scheme: Option<Scheme>,
    ) -> Result<Dataset> {
        let options = DataOptions { scheme, ..DataOptions::default() };
        let mut counts = TagCounts::default();
        let record = |(line, (words, tags)): (u64, (Vec<String>, Vec<String>))| {
            let check = || {
                if words.len() != tags.len() || words.is_empty() {
                    return Err(Error::data(format!("a sentence of {} words with {} tags", words.len(), tags.len())));
                }
                words.iter().try_for_each(|word| check_word(word))
            };
            check().map_err(|e| e.at_line(line).in_file(name))?;
            tags.iter().for_each(|tag| counts.add(tag, line));
            Ok(Record { line, words, labels: Labels::Tags(tags), labelled: None })
        };
        let records = (1..).zip(sentences).map(record).collect::<Result<_>>()?;
        let reading = Reading { records, tags: counts, notes: Notes::default() };
        Dataset::build(name, reading, &options).map_err(|e| e.in_file(name))
    }

    /// Makes a data set of texts and their entities; texts without a word are left out.
    ///
    /// Errors: `Data` with the number of the text, from 1, as the line.
    pub fn from_texts(name: &str, texts: Vec<LabelledText>) -> Result<Dataset> {
        Dataset::from_texts_with(name, texts, &DataOptions::default())
    }

    /// [`from_texts`](Dataset::from_texts) with the scheme and the strictness of `options`.
    ///
    /// Errors: as there; `Data` for an entity that cuts a word, where reading is strict.
    pub fn from_texts_with(name: &str, texts: Vec<LabelledText>, options: &DataOptions) -> Result<Dataset> {
        let (mut records, mut notes) = (Vec::with_capacity(texts.len()), Notes::default());
        for (line, LabelledText { text, entities }) in (1..).zip(texts) {
            let entity = |(bytes, label): (Range<usize>, String)| match text.get(bytes.clone()) {
                Some(_) => Ok(Entity { given: bytes.clone(), bytes, label }),
                None => Err(Error::data(format!(
                    "the entity {}..{} ({:?}) lies outside the text or inside a character",
                    bytes.start,
                    bytes.end,
                    label.chars().take(40).collect::<String>()
                ))),
            };
            let entities = entities.into_iter().map(entity).collect::<Result<Vec<_>>>();
            options.check(line)?;
            let record = entities.and_then(|entities| {
                let entities = apart(entities, options.strict, line, &mut notes)?;
                text_record(text, entities, options.strict, line)
            });
            records.extend(record.map_err(|e| e.at_line(line).in_file(name))?);
        }
        let reading = Reading { records, tags: TagCounts::default(), notes };
        Dataset::build(name, reading, options).map_err(|e| e.in_file(name))
    }

    fn build(name: &str, reading: Reading, options: &DataOptions) -> Result<Dataset> {
        let Reading { mut records, tags, mut notes } = reading;
        if records.is_empty() {
            let passed: Vec<String> = notes.list().iter().map(|note| format!("; {note}")).collect();
            return Err(Error::data(format!("the data holds no sentence{}", passed.concat())));
        }
        let mut spelt = Vec::new();
        let spelling = tags.spelling(options, &mut spelt)?;
        spelt.into_iter().for_each(|note| notes.whole(note));
        for (record, number) in records.iter_mut().zip(1..) {
            options.check(number)?;
            if let Labels::Tags(tags) = &mut record.labels {
                spelling.apply(tags);
            }
        }
        let usual = labelled::of_options(&options.labelled_types)?;
        if usual.is_none() {
            labelled::note(&records).into_iter().for_each(|note| notes.whole(note));
        }
        let types = entity_types(&records);
        options.cancel.check()?;
        let index: HashMap<&str, usize> = types.iter().zip(0..).map(|(name, i)| (name.as_str(), i)).collect();
        let index = |kind: &str| index.get(kind).copied().unwrap_or(0);
        // Tags were checked as they were read.
        let label = |tag: &String| -> Label { Prefix::split(tag).map_or((Prefix::O, 0), |(p, kind)| (p, index(kind))) };
        let labels: Vec<Vec<Label>> = records
            .iter()
            .map(|record| match &record.labels {
                Labels::Tags(tags) => tags.iter().map(label).collect(),
                Labels::None | Labels::Text { .. } => Vec::new(),
            })
            .collect();
        let scheme = options.scheme.unwrap_or_else(|| {
            let mut evidence = SchemeEvidence::default();
            labels.iter().for_each(|labels| evidence.add(labels));
            evidence.scheme()
        });
        options.cancel.check()?;
        let sentence = |((record, labels), number): ((Record, Vec<Label>), u64)| -> Result<Sentence> {
            options.check(number)?;
            let Record { line, mut words, labels: given, labelled } = record;
            let labelled_types = match &given {
                Labels::None => None,
                Labels::Tags(_) | Labels::Text { .. } => labelled.map(Arc::from).or_else(|| usual.clone()),
            };
            let (tags, spans, text) = match given {
                Labels::None => (Vec::new(), Vec::new(), None),
                Labels::Tags(tags) => (tags, read_spans(labels), None),
                Labels::Text { text, words: ranges, entities } => {
                    words = ranges.iter().map(|range| text[range.clone()].to_owned()).collect();
                    let learnt = entities.iter().filter(|e| !e.words.is_empty());
                    let span = |e: &Aligned| Span { start: e.words.start, end: e.words.end, label: index(&e.label) };
                    let spans: Vec<Span> = learnt.map(span).collect();
                    let entity = |e: Aligned| TextSpan { label: index(&e.label), bytes: e.bytes };
                    let entities = entities.into_iter().map(entity).collect();
                    let source = SourceText { text, words: ranges, entities };
                    (write_tags(scheme, &spans, words.len(), &types), spans, Some(source))
                }
            };
            if let Some(named) = &labelled_types {
                let in_text = text.iter().flat_map(|text| text.entities.iter().map(|e| e.label));
                let entities = spans.iter().map(|span| span.label).chain(in_text).map(|label| types[label].as_str());
                labelled::check_entities(named, entities).map_err(|e| e.at_line(line))?;
            }
            Ok(Sentence { words, tags, spans, text, labelled_types, line })
        };
        let sentences = records.into_iter().zip(labels).zip(1..).map(sentence).collect::<Result<_>>()?;
        let set =
            Dataset { name: name.to_string(), scheme, types, sentences, notes: notes.list().to_vec(), file: None };
        for note in set.notes() {
            log(Level::Warn, || format!("{name}: {note}"));
        }
        let cut = set.cut_spans();
        if cut.count > 0 {
            log(Level::Warn, || format!("{name}: {cut}"));
        }
        Ok(set)
    }

    /// The number of sentences; at least one, unless [`select`](Dataset::select) chose none.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether there is no sentence.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// The sentences, in their order.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// The number of entities in all sentences.
    pub fn entities(&self) -> usize {
        self.sentences.iter().map(|s| s.text.as_ref().map_or(s.spans.len(), |text| text.entities.len())).sum()
    }

    /// The entity types, sorted, so that they do not depend on the order of the sentences; spans' labels are indices into
    /// them.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// What the reader passed over, or read in another way than it stands; of the whole file, also after
    /// [`select`](Dataset::select).
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The scheme of the tags.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The file's path or the name that was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sentences with these indices, in this order; scheme and types stay those of the whole.
    ///
    /// Errors: `InvalidArgument` where there is no such sentence.
    pub fn select(&self, indices: &[usize]) -> Result<Dataset> {
        let sentence = |&index: &usize| {
            let missing =
                || Error::argument(format!("there is no sentence {index} in {} of {}", self.len(), self.name));
            self.sentences.get(index).cloned().ok_or_else(missing)
        };
        let sentences = indices.iter().map(sentence).collect::<Result<_>>()?;
        Ok(Dataset {
            name: self.name.clone(),
            scheme: self.scheme,
            types: self.types.clone(),
            sentences,
            notes: self.notes.clone(),
            file: self.file.clone(),
        })
    }

    /// `n` sentences drawn by `seed`, without putting any back, and their indices in the order of the draw.
    ///
    /// The same on every machine; a smaller draw with the same seed is the start of a larger one. Errors: `InvalidArgument`
    /// where `n` is 0 or more than there are.
    pub fn shots(&self, n: usize, seed: u64) -> Result<(Dataset, Vec<usize>)> {
        if n == 0 || n > self.len() {
            return Err(Error::argument(format!("cannot draw {n} of the {} sentences of {}", self.len(), self.name)));
        }
        let indices = sample(self.len(), n, seed);
        Ok((self.select(&indices)?, indices))
    }

    /// The same sentences with labels that are indices into `types`: those of an adapter, or of several data sets together.
    ///
    /// Errors: `Mismatch` where an entity of the data has a type that is not among them.
    pub fn with_types(&self, types: &[String]) -> Result<Dataset> {
        let index: HashMap<&str, usize> = types.iter().zip(0..).map(|(name, i)| (name.as_str(), i)).collect();
        let new: Vec<Option<usize>> = self.types.iter().map(|name| index.get(name.as_str()).copied()).collect();
        let mut set = Dataset { types: types.to_vec(), ..self.clone() };
        for sentence in &mut set.sentences {
            let text = sentence.text.iter_mut().flat_map(|text| text.entities.iter_mut().map(|e| &mut e.label));
            for label in sentence.spans.iter_mut().map(|span| &mut span.label).chain(text) {
                *label = new.get(*label).copied().flatten().ok_or_else(|| {
                    let name = self.types.get(*label).map_or("", String::as_str);
                    let message = format!("the entity type {name:?} is not one of {}", types.join(", "));
                    Error::mismatch(message).in_file(&self.name).at_line(sentence.line)
                })?;
            }
        }
        Ok(set)
    }
}

fn entity_types(records: &[Record]) -> Vec<String> {
    let mut types = BTreeSet::new();
    for record in records {
        match &record.labels {
            Labels::None => {}
            Labels::Tags(tags) => types.extend(tags.iter().filter_map(|tag| Some(Prefix::split(tag)?.1))),
            Labels::Text { entities, .. } => types.extend(entities.iter().map(|e| e.label.as_str())),
        }
    }
    types.remove("");
    types.into_iter().map(str::to_string).collect()
}

#[cfg(test)]
#[path = "dataset_tests.rs"]
mod tests;
