//! The conformance suite from Rust. `PRIMER_UPDATE_CONFORMANCE=1` writes the answers anew.

#[path = "../common/json.rs"]
mod json;

mod adaptation;
mod cases;
mod datasets;
mod devices;
mod engines;
mod errors;
mod generated;
mod offsets;
mod options;
mod resolution;
mod tagging;

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Asks the questions of a file and compares the answers, or writes them.
fn run<T: Serialize + DeserializeOwned>(file: &str, answer: impl FnOnce(&T) -> T, compare: impl FnOnce(&T, &T)) {
    let path = root().join("tests/conformance").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let expected: T = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    let found = answer(&expected);
    if std::env::var_os("PRIMER_UPDATE_CONFORMANCE").is_some() {
        std::fs::write(&path, json::written(&found)).unwrap();
    } else {
        compare(&expected, &found);
    }
}
