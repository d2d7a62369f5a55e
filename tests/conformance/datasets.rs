//! `datasets.json`: labelled data in every format, and what is read of it.

use primer::Dataset;
use serde::{Deserialize, Serialize};

use crate::cases::{Bytes, Options, data_options, scheme_name};
use crate::run;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    cases: Vec<Case>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    data: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    options: Options,
    #[serde(default)]
    sentences: usize,
    #[serde(default)]
    entities: usize,
    #[serde(default)]
    scheme: String,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    dataset_name: String,
    /// Entities that cut a word: how many, and line, text and word of the first few.
    #[serde(default, skip_serializing_if = "is_zero")]
    cut_span_count: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cut_spans: Vec<[String; 3]>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shots: Option<Shots>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shots {
    count: usize,
    seed: u64,
    #[serde(default)]
    indices: Vec<usize>,
    #[serde(default)]
    entities: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn answer(case: &Case) -> Case {
    let name = case.file_name.as_deref().unwrap_or("memory");
    let data = Dataset::from_bytes(&case.data.read(), name, &data_options(&case.options))
        .unwrap_or_else(|e| panic!("{}: {e}", case.name));
    let draw = |shots: &Shots| {
        let (drawn, indices) = data.shots(shots.count, shots.seed).unwrap();
        assert_eq!(data.select(&indices).unwrap().entities(), drawn.entities());
        Shots { indices, entities: drawn.entities(), ..*shots }
    };
    let cut = data.cut_spans();
    Case {
        cut_span_count: cut.count,
        cut_spans: cut.first.iter().map(|c| [c.line.to_string(), c.text.clone(), c.word.clone()]).collect(),
        notes: data.notes().iter().map(ToString::to_string).collect(),
        sentences: data.len(),
        entities: data.entities(),
        scheme: scheme_name(data.scheme()),
        types: data.types().to_vec(),
        dataset_name: data.name().to_string(),
        shots: case.shots.as_ref().map(draw),
        ..case.clone()
    }
}

#[test]
fn data_is_read_as_expected() {
    let answered = |suite: &Suite| Suite { cases: suite.cases.iter().map(answer).collect() };
    run("datasets.json", answered, |expected: &Suite, found| {
        for (a, b) in expected.cases.iter().zip(&found.cases) {
            assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
        }
    });
}
