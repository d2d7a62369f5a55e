//! `resolution.json`: options that leave something open train the adapter of those that say all of it, to the bit; from Rust
//! and from the command line. What Rust trains is recorded in `target/tmp/resolution`, for the suites of the other languages to
//! compare theirs with: numbers differ in their last digits from processor to processor, so that no digest could stand in the suite.

use primer::{Adapter, Dataset, Model, adapt};
use serde::Deserialize;

use crate::cases::{Options, adapt_options};
use crate::root;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    model: String,
    train: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    options: Options,
    resolved: Options,
}

fn suite() -> Suite {
    let text = std::fs::read_to_string(root().join("tests/conformance/resolution.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The tensors of an adapter's file: what stands behind the header, which tells times.
fn tensors(file: &[u8]) -> &[u8] {
    let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    &file[8 + header..]
}

#[test]
fn what_is_left_open_is_what_the_suite_says() {
    let suite = suite();
    let model = Model::load(root().join(&suite.model)).unwrap();
    let train = Dataset::load(root().join(&suite.train)).unwrap();
    assert!(suite.cases.len() > 5);
    let record = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("resolution");
    let _ = std::fs::remove_dir_all(&record);
    std::fs::create_dir_all(&record).unwrap();
    for (number, case) in suite.cases.iter().enumerate() {
        let trained = |options: &Options| adapt(&model, &train, None, &adapt_options(options, None)).unwrap();
        let (given, resolved) = (trained(&case.options), trained(&case.resolved));
        assert_eq!(given.card().method, resolved.card().method, "{}", case.name);
        let bytes = |adapter: &Adapter| adapter.to_bytes().unwrap();
        assert!(tensors(&bytes(&given)) == tensors(&bytes(&resolved)), "{}", case.name);
        std::fs::write(record.join(format!("{number}.tensors")), tensors(&bytes(&given))).unwrap();
    }
}

/// The command line's flags for options of C.
#[cfg(feature = "cli")]
fn flags(options: &Options) -> Vec<String> {
    let mut flags = Vec::new();
    for (name, value) in options {
        let (flag, value) = match name.as_str() {
            "method" => {
                let name = value.as_str().unwrap().strip_prefix("PRIMER_METHOD_").unwrap();
                ("--method", name.to_ascii_lowercase())
            }
            // Lists in the suite end with the uppermost layer.
            "layers" => ("--layers", value.as_array().unwrap().len().to_string()),
            "learning_rate" => ("--lr", value.to_string()),
            "lora_rank" => ("--rank", value.to_string()),
            "batch_size" => ("--batch", value.to_string()),
            "epochs" => ("--epochs", value.to_string()),
            "shots" => ("--shots", value.to_string()),
            "seed" => ("--seed", value.to_string()),
            "head_only" => {
                flags.push("--head-only".to_owned());
                continue;
            }
            other => panic!("the command line has no flag for {other}"),
        };
        flags.extend([flag.to_owned(), value]);
    }
    flags
}

#[cfg(feature = "cli")]
#[test]
fn the_command_line_trains_the_same_adapter() {
    let suite = suite();
    let model = Model::load(root().join(&suite.model)).unwrap();
    let train = Dataset::load(root().join(&suite.train)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("adapter.safetensors");
    for case in &suite.cases {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_primer"));
        command.current_dir(root()).args([
            "adapt",
            "--quiet",
            "--model",
            &suite.model,
            "--train",
            &suite.train,
            "--out",
        ]);
        let done = command.arg(&out).args(flags(&case.options)).output().unwrap();
        assert!(done.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&done.stderr));
        let ours = adapt(&model, &train, None, &adapt_options(&case.resolved, None)).unwrap().to_bytes().unwrap();
        assert!(tensors(&std::fs::read(&out).unwrap()) == tensors(&ours), "{}", case.name);
    }
}
