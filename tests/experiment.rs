//! `primer experiment` from outside: resumed runs give the same tables, and bad plans say what is wrong and where.
#![cfg(feature = "cli")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use primer::peft::Bottleneck;
use primer::{AdaptOptions, Method, adapt};
use serde_json::Value;

const PLAN: &str = r#"title = "Two arms"
shots = [8, "all"]
seeds = [0, 1]

[arms.raw]
model = "model"

[arms.taught]
model = "model"
adapter = "taught.safetensors"

[arms.taught.methods.head]
epochs = 3

[languages.one]
train = "one.conll"
dev = "dev.conll"

[languages.two]
train = "two.conll"
dev = "dev.conll"

[methods.none]

[methods.head]
learning_rate = [1e-3, 1e-2]
epochs = 4
evaluate_every = 2

[methods.small]
method = "adapter"
reduction = 8
epochs = 2
"#;
/// Two evaluations; 2 arms x 2 languages x 2 numbers of shots x 2 seeds, of the head at two rates and of the adapter.
const RUNS: usize = 2 + 2 * 2 * 2 * 2 * 3;

/// A folder with a small model, an adapter for it, data and a plan.
struct Work(tempfile::TempDir);

impl Work {
    fn new(plan: &str) -> Work {
        let work = Work(tempfile::tempdir().unwrap());
        let write = |name: &str, text: &str| std::fs::write(work.path(name), text).unwrap();
        common::write_model(&work.path("model"), 7);
        for (name, seed) in [("one", 1), ("two", 2)] {
            write(&format!("{name}.conll"), &common::conll(24, seed));
        }
        write("dev.conll", &common::conll(12, 3));
        write("plan.toml", plan);
        let model = primer::Model::load(work.path("model")).unwrap();
        let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 8)));
        options.epochs = Some(20);
        adapt(&model, &common::dataset(60, 9), None, &options).unwrap().save(work.path("taught.safetensors")).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn experiment(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_primer"));
        command.arg("experiment").arg(self.path("plan.toml")).args(more).output().unwrap()
    }

    /// Runs that must succeed; what they print.
    fn done(&self, more: &[&str]) -> String {
        let output = self.experiment(more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The one line with which it fails.
    fn fails(&self) -> String {
        let output = self.experiment(&["--quiet"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.starts_with("primer: ") && error.trim_end().lines().count() == 1, "{error}");
        error
    }

    fn runs(&self) -> usize {
        self.text("results/runs.jsonl").lines().count()
    }
}

/// A table without its times and memory.
fn tables(markdown: &str) -> &str {
    markdown.split("## Time and memory").next().unwrap()
}

/// Takes times and memory out of results.
fn timeless(mut value: Value) -> Value {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(map) => {
                ["seconds", "update_seconds", "peak_memory"].iter().for_each(|key| drop(map.remove(*key)));
                map.values_mut().for_each(clean);
            }
            Value::Array(list) => list.iter_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut value);
    value
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_tables() {
    let whole = Work::new(PLAN);
    whole.done(&["--jobs", "1", "--quiet"]);
    assert_eq!(whole.runs(), RUNS);

    let parts = Work::new(PLAN);
    assert!(parts.done(&["--dry-run"]).ends_with(&format!("{RUNS} runs, {RUNS} to do\n")));
    assert!(!parts.path("results").exists(), "a dry run writes nothing");
    parts.done(&["--limit", "7", "--jobs", "2", "--quiet"]);
    assert_eq!(parts.runs(), 7);
    assert!(parts.text("results/results.md").contains(&format!("7 of {RUNS} runs are done")));
    // A kill in the middle of a line: half of the seventh is left.
    let lines = parts.text("results/runs.jsonl");
    std::fs::write(parts.path("results/runs.jsonl"), &lines[..lines.len() - 40]).unwrap();
    assert!(parts.done(&["--dry-run"]).ends_with(&format!("{RUNS} runs, {} to do\n", RUNS - 6)));
    parts.done(&["--jobs", "3", "--quiet"]);
    assert_eq!(parts.runs(), RUNS);

    assert_eq!(tables(&whole.text("results/results.md")), tables(&parts.text("results/results.md")));
    let json = |work: &Work| timeless(serde_json::from_str(&work.text("results/results.json")).unwrap());
    assert_eq!(json(&whole), json(&parts));
    for figure in ["f1-over-shots", "f1-over-shots-small", "f1-over-steps-head-8", "f1-over-steps-small-all"] {
        let svg = |work: &Work| work.text(&format!("results/{figure}.svg"));
        assert!(svg(&whole).starts_with("<svg") && svg(&whole) == svg(&parts), "{figure}");
    }

    // Nothing is done twice, whatever the arms are called.
    let before = parts.text("results/runs.jsonl");
    std::fs::write(parts.path("plan.toml"), PLAN.replace("arms.raw", "arms.plain")).unwrap();
    parts.done(&["--quiet"]);
    assert_eq!(parts.text("results/runs.jsonl"), before);
    assert!(parts.text("results/results.md").contains("| plain |"));
    // Nor whatever the methods are called; but all of a language whose data changed.
    std::fs::write(parts.path("plan.toml"), PLAN.replace("[methods.small]", "[methods.other]")).unwrap();
    assert!(parts.done(&["--dry-run"]).ends_with(" 0 to do\n"));
    std::fs::write(parts.path("two.conll"), common::conll(25, 2)).unwrap();
    assert!(parts.done(&["--dry-run"]).ends_with(&format!(" {} to do\n", RUNS / 2)));
}

#[test]
fn a_record_tells_what_was_run_and_what_came_out() {
    let plan = PLAN.replace("seeds = [0, 1]", "seeds = [5]").replace("shots = [8, \"all\"]", "shots = [4, 8]");
    let work = Work::new(&plan);
    let printed: Value = serde_json::from_str(&work.done(&["--json", "--quiet"])).unwrap();
    assert_eq!(printed, serde_json::from_str::<Value>(&work.text("results/results.json")).unwrap());
    let records: Vec<Value> =
        work.text("results/runs.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let find = |arm: &str, method: &str, shots: Value| {
        let all = records.iter().filter(|r| r["arm"] == arm && r["method"] == method && r["shots"] == shots);
        all.filter(|r| r["language"] == "one").collect::<Vec<_>>()
    };
    // Shots of a seed are nested, and the same for all arms and methods.
    let drawn = |r: &Value| r["results"]["drawn"].as_array().unwrap().clone();
    let (four, eight) = (drawn(find("raw", "head", 4.into())[0]), drawn(find("taught", "small", 8.into())[0]));
    assert_eq!((four.len(), &four[..]), (4, &eight[..4]));
    // The taught arm starts from its adapter where the method is the same: its F1 before training is that of no training.
    let untrained = find("taught", "none", Value::Null)[0]["results"]["last"]["dev"]["f1"].as_f64().unwrap();
    let before = |r: &Value| r["results"]["before"].as_f64().unwrap();
    assert!(untrained > 0.1 && before(find("taught", "small", 4.into())[0]) == untrained);
    assert!(before(find("raw", "small", 4.into())[0]) < untrained);
    assert!(find("raw", "none", Value::Null).is_empty(), "there is nothing to evaluate");
    // The curve has the start and every second epoch of one update each; the arm's own setting holds in its arm alone.
    let steps = |r: &Value| -> Vec<u64> {
        r["results"]["curve"].as_array().unwrap().iter().map(|p| p[0].as_u64().unwrap()).collect()
    };
    assert_eq!(steps(find("raw", "head", 8.into())[0]), [0, 2, 4]);
    assert_eq!(steps(find("taught", "head", 8.into())[0]), [0, 2, 3]);
    // The rate is the better one on dev.
    let cell = &printed["methods"][1]["arms"][0]["cells"][1];
    let tried: Vec<f64> = cell["tried"].as_array().unwrap().iter().map(|t| t["dev_f1"].as_f64().unwrap()).collect();
    let best = usize::from(tried[1] > tried[0]);
    assert_eq!(cell["chosen"]["learning_rate"], cell["tried"][best]["learning_rate"]);
    assert_eq!(cell["mean"]["f1"]["mean"].as_f64(), Some(tried[best]));
    assert!(find("raw", "head", 8.into())[0]["results"]["peak_memory"].as_u64().is_none_or(|bytes| bytes > 1 << 20));
}

#[test]
fn test_data_is_reported_and_dev_data_chooses() {
    let plan =
        PLAN.replace("dev = \"dev.conll\"", "dev = \"dev.conll\"\ntest = \"test.conll\"").replace("[0, 1]", "[0]");
    let work = Work::new(&plan);
    std::fs::write(work.path("test.conll"), common::conll(10, 4)).unwrap();
    let printed: Value = serde_json::from_str(&work.done(&["--json", "--jobs", "1", "--quiet"])).unwrap();
    assert_eq!((&printed["data"], &printed["state"]), (&"test".into(), &"best".into()));
    let figures = |of: &Value| of["seeds"][0][1].as_f64();
    let reported = figures(&printed["methods"][0]["arms"][1]["cells"][0]["languages"][0]).unwrap();
    let first: Value = serde_json::from_str(work.text("results/runs.jsonl").lines().next().unwrap()).unwrap();
    assert_eq!(first["results"]["best"]["test"]["f1"].as_f64(), Some(reported));
}

#[test]
fn a_bad_plan_is_refused_with_its_key_and_line() {
    let work = Work::new(PLAN);
    let line = |text: &str, part: &str| text.lines().position(|l| l.contains(part)).unwrap() + 1;
    for (from, to, key) in [
        ("title =", "titel =", "titel"),
        ("epochs = 2", "epoch = 2", "epoch"),
        ("epochs = 2", "epochs = 0", "epochs"),
        ("epochs = 2", "epochs = \"two\"", "epochs"),
        ("epochs = 2", "rank = 4", "rank"),
        ("epochs = 2", "clip = -1", "clip"),
        ("epochs = 2", "learning_rate = [2e-3, 0.0]", "learning_rate"),
        ("epochs = 2", "learning_rate = []", "learning_rate"),
        ("method = \"adapter\"", "method = \"magic\"", "magic"),
        ("method = \"adapter\"", "", "small"),
        ("shots = [8, \"all\"]", "shots = [8, 0]", "shots"),
        ("shots = [8, \"all\"]", "shots = [8, \"some\"]", "some"),
        ("shots = [8, \"all\"]", "shots = [8, 8]", "shots"),
        ("shots = [8, \"all\"]", "shots = []", "shots"),
        ("seeds = [0, 1]", "seeds = [0, -1]", "seeds"),
        ("seeds = [0, 1]", "seeds = [0 1]", "seeds"),
        ("arms.taught.methods.head", "arms.taught.methods.haed", "haed"),
        ("model = \"model\"", "modell = \"model\"", "modell"),
    ] {
        let plan = PLAN.replacen(from, to, 1);
        std::fs::write(work.path("plan.toml"), &plan).unwrap();
        let (error, at) = (work.fails(), if to.is_empty() { "methods.small" } else { to.split(',').next().unwrap() });
        // What cannot be said of a key alone is said of its table, up to three lines above.
        let near = line(&plan, at);
        let named = (near.saturating_sub(3)..=near).any(|n| error.contains(&format!("plan.toml:{n}: ")));
        assert!(named && error.contains(key), "{to}: {error}");
    }
    std::fs::write(
        work.path("plan.toml"),
        PLAN.replacen("dev = \"dev.conll\"", "dev = \"dev.conll\"\ntest = \"x\"", 1),
    )
    .unwrap();
    assert!(work.fails().contains("languages.two has no `test`"));
    std::fs::write(work.path("plan.toml"), PLAN.replace("shots = [8", "shots = [25")).unwrap();
    assert!(work.fails().contains("languages.one has 24 sentences"));
    std::fs::write(work.path("plan.toml"), PLAN.replace("epochs = 2", "start = \"adapter\"")).unwrap();
    assert!(work.fails().contains("arms.raw with methods.small: `start"));
    assert!(!work.path("results").exists(), "nothing is begun with a bad plan");
}

#[test]
fn a_missing_file_is_named_before_anything_is_run() {
    for name in ["one.conll", "taught.safetensors", "model/config.json", "plan.toml"] {
        let work = Work::new(PLAN);
        std::fs::remove_file(work.path(name)).unwrap();
        let file = Path::new(name).components().next().unwrap().as_os_str().to_str().unwrap();
        let error = work.fails();
        assert!(error.contains(file), "{name}: {error}");
        assert!(!work.path("results").exists());
    }
}

#[test]
fn a_damaged_record_is_an_error_and_nothing_is_overwritten() {
    let work = Work::new(PLAN);
    work.done(&["--limit", "3", "--quiet"]);
    let lines = work.text("results/runs.jsonl");
    for damage in [lines.replacen("\"key\"", "\"kay\"", 1), lines.replacen('\n', "}\n", 1)] {
        std::fs::write(work.path("results/runs.jsonl"), &damage).unwrap();
        let error = work.fails();
        assert!(error.contains("runs.jsonl:1: "), "{error}");
        assert_eq!(work.text("results/runs.jsonl"), damage);
    }
}

#[test]
fn runs_of_other_devices_and_precisions_are_other_runs() {
    let work = Work::new(PLAN);
    let listed = |plan: &str, more: &[&str]| {
        std::fs::write(work.path("plan.toml"), format!("{plan}\n{PLAN}")).unwrap();
        work.done(&[&["--dry-run"], more].concat())
    };
    let usual = listed("", &[]);
    assert_eq!(usual, listed("device = \"cpu\"\nprecision = \"f32\"", &[]));
    assert_eq!(usual, listed("device = \"cuda\"", &["--device", "cpu"]), "the command line has the last word");
    let gpu = listed("device = \"cuda\"", &[]);
    assert!(usual.lines().zip(gpu.lines()).filter(|(a, b)| a == b).count() == 1, "the last line alone is the same");
    assert_eq!(gpu, listed("", &["--device", "cuda:1"]), "which of the GPUs changes nothing");
    let half = listed("device = \"cuda\"\nprecision = \"bf16\"", &[]);
    let same = gpu.lines().zip(half.lines()).filter(|(a, b)| a == b).count();
    assert_eq!(same, 1 + 2, "evaluations without training have no precision");
}

#[test]
fn devices_and_precisions_that_cannot_be_had_are_found_before_the_first_run() {
    let fails = |line: &str, words: &[&str]| {
        let work = Work::new(&format!("{line}\n{PLAN}"));
        let error = work.fails();
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
        assert!(!work.path("results").exists());
    };
    fails("device = \"gpu\"", &["plan.toml:1", "cuda:N"]);
    fails("precision = \"bf16\"", &["bf16 is for GPUs", "--device"]);
    if !primer::FEATURES.contains(&"cuda") {
        fails("device = \"cuda\"", &["cuda", "built without the feature"]);
    }
}
