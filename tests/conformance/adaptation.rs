//! `adaptation.json`: small training runs and what comes of them.

use std::ops::ControlFlow;

use primer::train::{Stage, adapt_observed};
use primer::{Adapter, Cancel, Dataset, ErrorKind, Model, Tagger, evaluate};
use serde::{Deserialize, Serialize};

use crate::cases::{Options, adapt_options};
use crate::tagging::{Found, same};
use crate::{root, run};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    model: String,
    adapter: String,
    cases: Vec<Case>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    train: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dev: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    initial: bool,
    options: Options,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancel_after: Option<usize>,
    #[serde(default)]
    updates: usize,
    #[serde(default)]
    epochs: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameters: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    types: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tag: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evaluate: Option<Scores>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
    #[serde(default)]
    entities: Vec<Found>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scores {
    data: String,
    #[serde(default)]
    f1: f64,
    #[serde(default)]
    sentences: u64,
    #[serde(default)]
    support: u64,
}

fn answer(case: &Case, model: &Model, initial: &Adapter) -> Case {
    let data = |path: &String| Dataset::load(root().join(path)).unwrap();
    let dev = case.dev.as_ref().map(data);
    let options = adapt_options(&case.options, case.initial.then_some(initial));
    let (mut updates, mut epochs) = (0, 0);
    let mut observer = |progress: &primer::Progress| {
        updates += usize::from(progress.stage == Stage::Step);
        epochs += usize::from(progress.stage == Stage::Epoch);
        let stops = progress.stage == Stage::Step && case.cancel_after == Some(updates);
        if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let trained = adapt_observed(model, &data(&case.train), dev.as_ref(), &options, &mut observer, &Cancel::new());
    let mut found = Case { updates, epochs, ..case.clone() };
    if case.cancel_after.is_some() {
        assert_eq!(trained.unwrap_err().kind(), ErrorKind::Cancelled, "{}", case.name);
        return found;
    }
    let adapter = trained.unwrap_or_else(|e| panic!("{}: {e}", case.name));
    let tagger = Tagger::new(model);
    found.parameters = Some(adapter.parameters());
    found.types = adapter.types().to_vec();
    let tags = &adapter.card().tags;
    found.tags = (0..tags.len()).map(|tag| tags.name(tag)).collect();
    for text in &mut found.tag {
        let tagged = tagger.tag(&text.text, &adapter).unwrap();
        if std::env::var_os("PRIMER_UPDATE_CONFORMANCE").is_some() {
            let doubtful = tagged.entities.iter().find(|e| e.score < 0.6);
            assert!(doubtful.is_none(), "{}: {:?} is too doubtful for a test", case.name, doubtful);
        }
        let without_score = |e| Found { score: None, ..Found::of(e, &text.text, &adapter) };
        text.entities = tagged.entities.iter().map(without_score).collect();
    }
    if let Some(scores) = &mut found.evaluate {
        let evaluation = evaluate(model, &adapter, &data(&scores.data)).unwrap();
        scores.f1 = (evaluation.default.micro.f1 * 1e4).round() / 1e4;
        scores.sentences = evaluation.sentences as u64;
        scores.support = evaluation.default.micro.support as u64;
    }
    found
}

#[test]
fn adapters_are_trained_as_expected() {
    let answered = |suite: &Suite| {
        let model = Model::load(root().join(&suite.model)).unwrap();
        let adapter = Adapter::load(root().join(&suite.adapter), &model).unwrap();
        let timed = |case: &Case| {
            let begun = std::time::Instant::now();
            let found = answer(case, &model, &adapter);
            println!("{}: {:.1} s", case.name, begun.elapsed().as_secs_f64());
            found
        };
        Suite {
            model: suite.model.clone(),
            adapter: suite.adapter.clone(),
            cases: suite.cases.iter().map(timed).collect(),
        }
    };
    run("adaptation.json", answered, |expected: &Suite, found| {
        for (a, b) in expected.cases.iter().zip(&found.cases) {
            let exact = |c: &Case| (c.updates, c.epochs, c.parameters, c.types.clone(), c.tags.clone());
            assert_eq!(exact(a), exact(b), "{}", a.name);
            for (x, y) in a.tag.iter().zip(&b.tag) {
                same(&a.name, &x.entities, &y.entities);
            }
            if let (Some(x), Some(y)) = (&a.evaluate, &b.evaluate) {
                assert!((x.f1 - y.f1).abs() < 0.1, "{}: {x:?} and {y:?}", a.name);
                assert_eq!((x.sentences, x.support), (y.sentences, y.support), "{}", a.name);
            }
        }
    });
}
