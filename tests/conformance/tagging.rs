//! `tagging.json`: texts and sentences with what is found in them.

use primer::text::Offsets;
use primer::{Adapter, Entity, Input, Model, Tagged, Tagger};
use serde::{Deserialize, Serialize};

use crate::{root, run};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    model: String,
    adapter: String,
    texts: Vec<TextCase>,
    sentences: Vec<SentenceCase>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextCase {
    name: String,
    text: String,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    repeat: usize,
    #[serde(default)]
    entities: Vec<Found>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<Vec<Word>>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentenceCase {
    name: String,
    words: Vec<String>,
    #[serde(default)]
    entities: Vec<Found>,
    #[serde(default)]
    tags: Vec<String>,
}

/// An entity, its range in every unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub utf16: [usize; 2],
    pub code_points: [usize; 2],
    pub first_word: usize,
    pub end_word: usize,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    pub text: String,
}

type Word = (usize, usize, String);

fn once() -> usize {
    1
}

fn is_once(repeat: &usize) -> bool {
    *repeat == 1
}

impl TextCase {
    fn text(&self) -> String {
        self.text.repeat(self.repeat)
    }
}

impl Found {
    pub fn of(entity: &Entity, text: &str, adapter: &Adapter) -> Found {
        let offsets = Offsets::new(text);
        let range = |unit: &dyn Fn(usize) -> Option<usize>| [entity.start, entity.end].map(|at| unit(at).unwrap());
        Found {
            start: entity.start,
            end: entity.end,
            utf16: range(&|at| offsets.utf16(at)),
            code_points: range(&|at| offsets.chars(at)),
            first_word: entity.words.start,
            end_word: entity.words.end,
            label: adapter.types()[entity.label as usize].clone(),
            score: Some((f64::from(entity.score) * 1e4).round() / 1e4),
            text: text[entity.start..entity.end].to_string(),
        }
    }

    /// The same but for the last digits of the score.
    pub fn is(&self, other: &Found) -> bool {
        let scores = self.score.zip(other.score).is_none_or(|(a, b)| (a - b).abs() < 1e-3);
        let exact = |f: &Found| (f.start, f.end, f.utf16, f.code_points, f.first_word, f.end_word, f.label.clone());
        scores && exact(self) == exact(other) && self.text == other.text
    }
}

pub fn same(case: &str, expected: &[Found], found: &[Found]) {
    assert_eq!(expected.len(), found.len(), "{case}: {expected:#?} and {found:#?}");
    for (a, b) in expected.iter().zip(found) {
        assert!(a.is(b), "{case}: {a:#?} and {b:#?}");
    }
}

/// The files that the suite names, with a tagger.
fn setting(suite: &Suite) -> (Adapter, Tagger) {
    let model = Model::load(root().join(&suite.model)).unwrap();
    (Adapter::load(root().join(&suite.adapter), &model).unwrap(), Tagger::new(&model))
}

fn answered(suite: &Suite, tag: impl Fn(&[Input], &Tagger, &Adapter) -> Vec<Tagged>) -> Suite {
    let (adapter, tagger) = setting(suite);
    let found = |text: &str, tagged: &Tagged| tagged.entities.iter().map(|e| Found::of(e, text, &adapter)).collect();
    let name = |tag: u32| adapter.card().tags.name(tag as usize).to_string();

    let texts: Vec<String> = suite.texts.iter().map(TextCase::text).collect();
    let inputs: Vec<Input> = texts.iter().map(|text| Input::Text(text)).collect();
    let mut answers = tag(&inputs, &tagger, &adapter).into_iter();
    let text = |(case, text): (&TextCase, &String)| {
        let tagged = answers.next().unwrap();
        let word = |(range, tag): (&std::ops::Range<usize>, &u32)| (range.start, range.end, name(*tag));
        let words = (case.repeat == 1).then(|| tagged.words.iter().zip(&tagged.tags).map(word).collect());
        TextCase { entities: found(text, &tagged), words, ..case.clone() }
    };
    let text_cases = suite.texts.iter().zip(&texts).map(text).collect();

    let words: Vec<Vec<&str>> =
        suite.sentences.iter().map(|case| case.words.iter().map(String::as_str).collect()).collect();
    let inputs: Vec<Input> = words.iter().map(|words| Input::Words(words)).collect();
    let mut answers = tag(&inputs, &tagger, &adapter).into_iter();
    let sentence = |case: &SentenceCase| {
        let tagged = answers.next().unwrap();
        let tags = tagged.tags.iter().map(|tag| name(*tag)).collect();
        SentenceCase { entities: found(&case.words.join(" "), &tagged), tags, ..case.clone() }
    };
    let sentence_cases = suite.sentences.iter().map(sentence).collect();
    Suite { model: suite.model.clone(), adapter: suite.adapter.clone(), texts: text_cases, sentences: sentence_cases }
}

fn compare(expected: &Suite, found: &Suite) {
    for (a, b) in expected.texts.iter().zip(&found.texts) {
        same(&a.name, &a.entities, &b.entities);
        assert_eq!(a.words, b.words, "{}", a.name);
    }
    for (a, b) in expected.sentences.iter().zip(&found.sentences) {
        same(&a.name, &a.entities, &b.entities);
        assert_eq!(a.tags, b.tags, "{}", a.name);
    }
}

#[test]
fn texts_and_sentences_are_tagged_as_expected() {
    let one_by_one = |inputs: &[Input], tagger: &Tagger, adapter: &Adapter| {
        inputs.iter().map(|input| tagger.tag_batch(&[*input], adapter).unwrap().swap_remove(0)).collect()
    };
    run("tagging.json", |suite: &Suite| answered(suite, one_by_one), compare);
}

#[test]
fn batches_give_the_same() {
    if std::env::var_os("PRIMER_UPDATE_CONFORMANCE").is_none() {
        let together =
            |inputs: &[Input], tagger: &Tagger, adapter: &Adapter| tagger.tag_batch(inputs, adapter).unwrap();
        run("tagging.json", |suite: &Suite| answered(suite, together), compare);
    }
}
