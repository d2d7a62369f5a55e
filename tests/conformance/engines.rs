//! `engines.json`: taggers with options, what they find, and options and calls that are refused.

use primer::data::DataOptions;
use primer::{Adapter, Dataset, EngineKind, Input, Model, OnnxOptions, Result, Tagged, Tagger, TaggerOptions};
use serde::{Deserialize, Serialize};

use crate::cases::{Bytes, Options, precision, strings};
use crate::tagging::{Found, same};
use crate::{root, run};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    model: String,
    adapter: String,
    /// Taggers that must all find the same.
    taggers: Vec<Options>,
    texts: Vec<TextCase>,
    sentences: Vec<SentenceCase>,
    evaluate: Evaluate,
    refusals: Vec<Refusal>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextCase {
    name: String,
    text: String,
    #[serde(default)]
    entities: Vec<Found>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentenceCase {
    name: String,
    words: Vec<String>,
    #[serde(default)]
    entities: Vec<Found>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Evaluate {
    data: Bytes,
    file_name: String,
    #[serde(default)]
    f1: f64,
    #[serde(default)]
    sentences: usize,
    #[serde(default)]
    support: usize,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<String>,
    call: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    options: Options,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

pub fn options(given: &Options) -> TaggerOptions {
    let (mut read, mut onnx) = (TaggerOptions::new(), OnnxOptions::new());
    for (name, value) in given {
        match name.as_str() {
            "engine" => {
                read = read.engine(match value.as_str().unwrap() {
                    "PRIMER_ENGINE_NATIVE" => EngineKind::Native,
                    "PRIMER_ENGINE_ONNX" => EngineKind::Onnx,
                    "PRIMER_ENGINE_AUTO" => EngineKind::Auto,
                    other => panic!("{other}"),
                });
            }
            "precision" => {
                read = read.precision(precision(value));
            }
            "min_score" => read = read.min_score(value.as_f64().unwrap()),
            "threads" => onnx = onnx.threads(value.as_u64().unwrap() as usize),
            "onnxruntime" => onnx = onnx.library(value.as_str().unwrap()),
            "providers" => onnx = strings(value).into_iter().fold(onnx, OnnxOptions::provider),
            other => panic!("there is no option {other}"),
        }
    }
    read.onnx(onnx)
}

/// Without scores: those of 8 bits differ a little from processor to processor.
fn found(tagged: &Tagged, text: &str, adapter: &Adapter) -> Vec<Found> {
    tagged.entities.iter().map(|e| Found { score: None, ..Found::of(e, text, adapter) }).collect()
}

fn setting(suite: &Suite) -> (Model, Adapter) {
    let model = Model::load(root().join(&suite.model)).unwrap();
    let adapter = Adapter::load(root().join(&suite.adapter), &model).unwrap();
    (model, adapter)
}

/// What one tagger answers to all but the refusals.
fn answered(suite: &Suite, given: &Options) -> Suite {
    let (model, adapter) = setting(suite);
    let tagger = Tagger::with_options(&model, &options(given)).unwrap();
    assert!(tagger.tags().is_none());
    let text = |case: &TextCase| {
        let tagged = tagger.tag(&case.text, &adapter).unwrap();
        TextCase { entities: found(&tagged, &case.text, &adapter), ..case.clone() }
    };
    let sentence = |case: &SentenceCase| {
        let words: Vec<&str> = case.words.iter().map(String::as_str).collect();
        let tagged = tagger.tag_batch(&[Input::Words(&words)], &adapter).unwrap().swap_remove(0);
        SentenceCase { entities: found(&tagged, &words.join(" "), &adapter), ..case.clone() }
    };
    let (bytes, name) = (suite.evaluate.data.read(), &suite.evaluate.file_name);
    let data = Dataset::from_bytes(&bytes, name, &DataOptions::default()).unwrap();
    let cancel = primer::Cancel::new();
    let evaluation = primer::tag::evaluate_with(&tagger, &adapter, &data, &mut |_| {}, &cancel).unwrap();
    let micro = &evaluation.default.micro;
    Suite {
        texts: suite.texts.iter().map(text).collect(),
        sentences: suite.sentences.iter().map(sentence).collect(),
        evaluate: Evaluate {
            f1: (micro.f1 * 1e4).round() / 1e4,
            sentences: evaluation.sentences,
            support: micro.support,
            ..suite.evaluate.clone()
        },
        refusals: suite.refusals.iter().map(|case| refused(case, &model)).collect(),
        model: suite.model.clone(),
        adapter: suite.adapter.clone(),
        taggers: suite.taggers.clone(),
    }
}

fn compare(expected: &Suite, found: &Suite) {
    for (a, b) in expected.texts.iter().zip(&found.texts) {
        same(&a.name, &a.entities, &b.entities);
    }
    for (a, b) in expected.sentences.iter().zip(&found.sentences) {
        same(&a.name, &a.entities, &b.entities);
    }
    let (a, b) = (&expected.evaluate, &found.evaluate);
    assert!((a.f1 - b.f1).abs() < 0.1 && (a.sentences, a.support) == (b.sentences, b.support), "{}", b.f1);
    for (a, b) in expected.refusals.iter().zip(&found.refusals) {
        assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
    }
}

fn refused(case: &Refusal, model: &Model) -> Refusal {
    for need in &case.needs {
        assert!(["raw_enum", "abi", "onnx"].contains(&need.as_str()), "{}: {need}", case.name);
    }
    if case.needs.iter().any(|need| need != "onnx") {
        return case.clone();
    }
    let Err(e) = call(case, model) else { panic!("{}: it works", case.name) };
    let status = format!("PRIMER_ERR_{}", e.kind().name());
    if case.needs.iter().any(|need| need == "onnx") && !primer::FEATURES.contains(&"onnx") {
        assert_eq!(status, "PRIMER_ERR_UNSUPPORTED", "{}", case.name);
        return case.clone();
    }
    let whole = e.to_string();
    let message = match case.message.is_empty() {
        true => vec![e.message().to_string()],
        false => case.message.iter().filter(|part| whole.contains(*part)).cloned().collect(),
    };
    Refusal { status, message, file: e.file().map(|f| f.to_str().unwrap().into()), ..case.clone() }
}

fn call(case: &Refusal, model: &Model) -> Result<()> {
    let options = options(&case.options);
    match case.call.as_str() {
        "tagger_new" => Tagger::with_options(model, &options).map(drop),
        #[cfg(feature = "onnx")]
        "tagger_load_onnx" => Tagger::load_onnx(case.path.as_ref().unwrap(), &options).map(drop),
        #[cfg(not(feature = "onnx"))]
        "tagger_load_onnx" => Err(primer::Error::new(primer::ErrorKind::Unsupported, "without the feature")),
        // Without an adapter.
        "tag_text" => Tagger::with_options(model, &options)?.tag(case.text.as_ref().unwrap(), None).map(drop),
        other => panic!("there is no call {other}"),
    }
}

#[test]
fn taggers_find_the_same_on_every_engine_and_refuse_what_cannot_be() {
    let suite: Suite = read();
    for tagger in suite.taggers.iter().skip(1) {
        let found = answered(&suite, tagger);
        if std::env::var_os("PRIMER_UPDATE_CONFORMANCE").is_none() {
            compare(&suite, &found);
        }
    }
    run("engines.json", |suite: &Suite| answered(suite, &suite.taggers[0]), compare);
}

fn read() -> Suite {
    let text = std::fs::read_to_string(root().join("tests/conformance/engines.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
