//! `errors.json`: calls that must fail, and what the error says.

use std::path::{Path, PathBuf};

use primer::{Adapter, Dataset, Error, LoadOptions, Method, Model, Result, Scheme, TagSet, Tagger, adapt, evaluate};
use serde::{Deserialize, Serialize};

use crate::cases::{Bytes, Options, adapt_options, data_options, scheme};
use crate::{root, run};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    model: String,
    adapter: String,
    cases: Vec<Case>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<String>,
    call: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<Vec<Bytes>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scheme: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    types: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    indices: Option<Vec<usize>>,
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    options: Options,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    initial: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    byte: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tensor: Option<String>,
}

/// Where the calls run.
struct Setting {
    model: Model,
    adapter: Adapter,
    scratch: tempfile::TempDir,
}

impl Setting {
    fn path(&self, path: &Option<String>) -> PathBuf {
        path.as_ref().unwrap().replace("{scratch}", self.scratch.path().to_str().unwrap()).into()
    }

    fn written(&self, path: &Path) -> String {
        path.to_str().unwrap().replace(self.scratch.path().to_str().unwrap(), "{scratch}")
    }

    fn data(&self, case: &Case) -> Result<Dataset> {
        let name = case.file_name.as_deref().unwrap_or("memory");
        let options = if case.call == "adapt" { Options::new() } else { case.options.clone() };
        Dataset::from_bytes(&case.data.as_ref().unwrap().read(), name, &data_options(&options))
    }

    fn call(&self, case: &Case) -> Result<()> {
        let Setting { model, adapter, .. } = self;
        let bytes = || case.data.as_ref().unwrap().read();
        match case.call.as_str() {
            "model_load" => Model::load(self.path(&case.path)).map(drop),
            "model_from_memory" => Model::from_bytes(bytes(), &LoadOptions::new()).map(drop),
            "dataset_load" => Dataset::load_with(self.path(&case.path), &data_options(&case.options)).map(drop),
            "dataset_from_memory" => self.data(case).map(drop),
            "dataset_shots" => self.data(case)?.shots(case.count.unwrap(), case.seed.unwrap()).map(drop),
            "dataset_select" => self.data(case)?.select(case.indices.as_ref().unwrap()).map(drop),
            "adapter_load" => Adapter::load(self.path(&case.path), model).map(drop),
            "adapter_from_memory" => Adapter::from_bytes(&bytes(), model).map(drop),
            "adapter_save" => adapter.save(self.path(&case.path)),
            "adapter_import" => {
                let types = case.types.clone().unwrap_or_default();
                let scheme = case.scheme.as_ref().and_then(scheme).unwrap_or(Scheme::Iob2);
                let tags = if types.is_empty() { None } else { Some(TagSet::new(scheme, types)?) };
                Adapter::load_folder(self.path(&case.path), model, tags.as_ref()).map(drop)
            }
            "adapter_export" => match case.format.as_ref().unwrap().as_str().unwrap() {
                "PRIMER_FOLDER_PEFT" => adapter.save_peft(self.path(&case.path)),
                "PRIMER_FOLDER_ADAPTERHUB" => adapter.save_adapterhub(self.path(&case.path)),
                other => panic!("{other}"),
            },
            "method_by_name" => Method::by_name(case.method.as_ref().unwrap(), model.config()).map(drop),
            "tag_text" => {
                let text = String::from_utf8(case.text.as_ref().unwrap().read()).unwrap();
                Tagger::new(model).tag(&text, adapter).map(drop)
            }
            "adapt" => {
                let initial = case.initial.as_ref().map(|path| Adapter::load(root().join(path), model).unwrap());
                let options = adapt_options(&case.options, initial.as_ref());
                adapt(model, &self.data(case)?, None, &options).map(drop)
            }
            "evaluate" => evaluate(model, adapter, &self.data(case)?).map(drop),
            other => panic!("there is no call {other}"),
        }
    }
}

/// Rust's strings and enumerations hold nothing wrong, and it does not pass C's checks.
fn is_possible(case: &Case) -> bool {
    for need in &case.needs {
        assert!(["raw_text", "raw_enum", "abi"].contains(&need.as_str()), "{}: {need}", case.name);
    }
    case.needs.is_empty()
}

fn answer(case: &Case, setting: &Setting) -> Case {
    if !is_possible(case) {
        return case.clone();
    }
    let Err(e) = setting.call(case) else { panic!("{}: it works", case.name) };
    Case {
        status: format!("PRIMER_ERR_{}", e.kind().name()),
        message: message(case, &e),
        file: e.file().map(|file| setting.written(file)),
        line: e.line(),
        byte: e.byte(),
        tensor: e.tensor().map(str::to_string),
        ..case.clone()
    }
}

/// The parts that the case expects; the whole message for a new case.
fn message(case: &Case, e: &Error) -> Vec<String> {
    let whole = e.to_string();
    match case.message.is_empty() {
        true => vec![e.message().to_string()],
        false => case.message.iter().filter(|part| whole.contains(*part)).cloned().collect(),
    }
}

#[test]
fn failures_are_as_expected() {
    let answered = |suite: &Suite| {
        let model = Model::load(root().join(&suite.model)).unwrap();
        let adapter = Adapter::load(root().join(&suite.adapter), &model).unwrap();
        let setting = Setting { model, adapter, scratch: tempfile::tempdir().unwrap() };
        let cases = suite.cases.iter().map(|case| answer(case, &setting)).collect();
        Suite { model: suite.model.clone(), adapter: suite.adapter.clone(), cases }
    };
    run("errors.json", answered, |expected: &Suite, found| {
        for (a, b) in expected.cases.iter().zip(&found.cases) {
            assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
        }
    });
}
