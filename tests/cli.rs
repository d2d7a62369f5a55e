//! The command line from outside: the names that stay, what they print, and how they fail.
#![cfg(feature = "cli")]

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn primer(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_primer"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with a model, data, and an adapter that the command line trained.
struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Work {
        let work = Work(tempfile::tempdir().unwrap());
        common::write_model(&work.0.path().join("model"), 7);
        std::fs::write(work.0.path().join("train.conll"), common::conll(120, 1)).unwrap();
        std::fs::write(work.0.path().join("dev.conll"), common::conll(20, 2)).unwrap();
        work
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn adapt(&self, method: &str, more: &[&str]) -> Value {
        let [model, train, dev, out] = ["model", "train.conll", "dev.conll", "a.safetensors"].map(|n| self.path(n));
        let mut line =
            vec!["adapt", "--model", &model, "--train", &train, "--dev", &dev, "--method", method, "--out", &out];
        line.extend(["--epochs", "20", "--lr", "5e-3", "--seed", "3", "--threads", "1", "--json"]);
        line.extend(more);
        serde_json::from_str(&stdout(&primer(&line, ""))).unwrap()
    }
}

#[test]
fn adapt_eval_and_tag_work_together_under_their_stable_names() {
    let work = Work::new();
    for method in ["head", "lora", "bitfit", "full", "ia3", "parallel", "adapter"] {
        let card = work.adapt(method, &[]);
        assert_eq!(card["tags"]["types"], serde_json::json!(["LOC", "ORG", "PER"]));
        let [model, dev, adapter] = ["model", "dev.conll", "a.safetensors"].map(|n| work.path(n));
        let evaluation = primer(&["eval", "--model", &model, "--adapter", &adapter, "--json", &dev], "");
        let scores: Value = serde_json::from_str(&stdout(&evaluation)).unwrap();
        let (f1, strict) = (scores["micro"]["f1"].as_f64().unwrap(), scores["strict"]["micro"]["f1"].as_f64().unwrap());
        assert!(f1 > 0.5 && strict <= f1 + 1e-9, "{method}: {f1}, strict {strict}");
        let best = card["training"]["best_epoch"].as_u64().unwrap() as usize;
        assert_eq!(
            card["training"]["epochs"][best - 1]["dev_f1"].as_f64(),
            Some(f1),
            "{method}: the best look is kept"
        );
    }

    let [model, adapter] = ["model", "a.safetensors"].map(|n| work.path(n));
    let tag = |more: &[&str], input: &str| {
        stdout(&primer(&[&["tag", "--model", &model, "--adapter", &adapter][..], more].concat(), input))
    };
    let file = work.path("news.txt");
    std::fs::write(&file, "Ada Smith lives in Köln .\n\nBob works for Acme .\n").unwrap();
    let lines: Vec<Value> =
        tag(&["--format", "jsonl", &file], "").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3, "a line for every line of the file");
    let first = &lines[0]["entities"][0];
    assert_eq!((first["text"].as_str(), first["label"].as_str()), (Some("Ada Smith"), Some("PER")));
    assert_eq!((first["start"].as_u64(), first["end"].as_u64()), (Some(0), Some(9)));
    assert_eq!(
        tag(&["--json"], "Ada Smith lives in Köln .\n").lines().next(),
        tag(&["--json", &file], "").lines().next()
    );
    assert!(tag(&["--format", "conll", "--text", "Bob works for Acme ."], "").contains("Bob\tB-PER\nworks\tO\n"));
    assert!(tag(&["--text", "Bob works for Acme ."], "").contains("[PER Bob]"));
    let page = tag(&["--format", "html", "--text", "Bob works for <Acme> ."], "");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("&lt;") && !page.contains("<Acme>"), "{page}");
    let tokens = tag(&["--input", "jsonl", "--json"], "{\"tokens\":[\"Bob\",\"works\",\"for\",\"Acme\",\".\"]}\n");
    let tokens: Value = serde_json::from_str(&tokens).unwrap();
    assert_eq!(tokens["ner_tags"][0], "B-PER");
    assert_eq!(tag(&[], ""), "");
}

#[test]
fn shots_are_reported_and_adapters_taught_further() {
    let work = Work::new();
    let card = work.adapt("adapter", &["--shots", "20", "--name", "first"]);
    assert_eq!(card["training"]["shots"].as_array().unwrap().len(), 20);
    let first = work.path("first.safetensors");
    std::fs::rename(work.path("a.safetensors"), &first).unwrap();
    let further = work.adapt("adapter", &["--from", &first]);
    assert!(further["training"]["initial_f1"].as_f64().unwrap() > 0.0, "it starts from what it knew");
    let info = stdout(&primer(&["info", &first, &work.path("dev.conll"), &work.path("model")], ""));
    for word in ["adapter first (adapter)", "LOC, ORG, PER", "sentences used", "20 sentences", "2 layers of width 32"] {
        assert!(info.contains(word), "{word} is not in {info}");
    }
    let info: Value = serde_json::from_str(&stdout(&primer(&["info", "--json", &first], ""))).unwrap();
    assert_eq!(info[0]["card"]["name"], "first");
}

#[test]
fn an_imported_model_and_exported_adapters_can_be_used() {
    let work = Work::new();
    let [folder, model, train] = ["model", "m.gguf", "train.conll"].map(|n| work.path(n));
    let report = primer(&["import", &folder, "--out", &model, "--text", &train, "--vocabulary", "60", "--json"], "");
    let report: Value = serde_json::from_str(&stdout(&report)).unwrap();
    assert_eq!(report["pieces"], 60);
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(&model, &folder).unwrap();
    for (method, format) in [("adapter", "adapterhub"), ("parallel", "adapterhub"), ("lora", "peft"), ("ia3", "peft")] {
        work.adapt(method, &[]);
        let [adapter, out, dev] = ["a.safetensors", format, "dev.conll"].map(|n| work.path(n));
        stdout(&primer(&["export", "--model", &folder, "--adapter", &adapter, "--format", format, "--out", &out], ""));
        let f1 = |adapter: &str| {
            let output = primer(&["eval", "--model", &folder, "--adapter", adapter, "--json", &dev], "");
            serde_json::from_str::<Value>(&stdout(&output)).unwrap()["micro"]["f1"].as_f64()
        };
        assert_eq!(f1(&adapter), f1(&out), "{format}");
    }
}

#[test]
fn a_model_is_primed_on_tasks_and_adapted_afterwards() {
    let work = Work::new();
    for (i, name) in ["aa", "bb"].into_iter().enumerate() {
        let folder = work.0.path().join("tasks").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("train.conll"), common::conll(40, 10 + i as u64)).unwrap();
    }
    let [model, tasks, train, dev, out] =
        ["model", "tasks", "train.conll", "dev.conll", "p.gguf"].map(|n| work.path(n));
    let [start, log, checkpoint] = ["start.safetensors", "run.jsonl", "run.checkpoint"].map(|n| work.path(n));
    let (mine, held_out) = (format!("mine={train}"), format!("held={dev}"));
    let line = [
        &["prime", "--model", &model, "--task", &tasks, &mine, "--dev", &held_out, "--out", &out][..],
        &["--adapter-out", &start, "--log", &log, "--checkpoint", &checkpoint, "--steps", "40", "--threads", "1"],
        &["--encoder-lr", "3e-3", "--embedding-lr", "3e-3", "--method-lr", "3e-3", "--support", "4", "--query", "4"],
        &["--embedding", "f32", "--encoder", "f32"],
    ]
    .concat();
    let report: Value = serde_json::from_str(&stdout(&primer(&[&line[..], &["--json"]].concat(), ""))).unwrap();
    let names: Vec<&str> = report["tasks"].as_array().unwrap().iter().map(|t| t[0].as_str().unwrap()).collect();
    assert_eq!(names, ["aa", "bb", "mine"]);
    assert!(!Path::new(&checkpoint).exists(), "it has done its work");
    let lines = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((lines.len(), lines[39]["step"].as_u64()), (40, Some(40)));
    assert_eq!(lines[39]["compute"]["forward"], 80);
    let evaluation = primer(&["eval", "--model", &out, "--adapter", &start, "--json", &dev], "");
    let f1 = serde_json::from_str::<Value>(&stdout(&evaluation)).unwrap()["micro"]["f1"].as_f64().unwrap();
    assert!((f1 - report["dev_f1"]["held"].as_f64().unwrap()).abs() < 1e-6 && f1 > 0.5, "{f1}, {report}");
    let mine = work.path("mine.safetensors");
    let adapted = primer(&["adapt", "--model", &out, "--train", &train, "--from", &start, "--out", &mine], "");
    assert!(stdout(&adapted).contains("learnt LOC, ORG, PER"));

    let fails = |arguments: &[&str], word: &str| {
        let output = primer(arguments, "");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && error.contains(word), "{error}");
    };
    fails(&["prime", "--model", &model, "--task", "no.conll", "--out", &out], "no.conll");
    let empty = work.path("model");
    fails(&["prime", "--model", &model, "--task", &empty, "--out", &out], "train.*");
}

/// `primer` with these arguments until `path` has `lines` lines, then Ctrl-C.
#[cfg(unix)]
fn interrupted(arguments: &[&str], lines: usize, path: &str) -> Output {
    use std::os::unix::process::CommandExt;

    let mut command = Command::new(env!("CARGO_BIN_EXE_primer"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A job in the background of a shell ignores interrupts, and hands that down.
    // SAFETY: setting a signal back to its default is allowed between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.spawn().unwrap();
    while std::fs::read(path).map_or(0, |bytes| bytes.iter().filter(|b| **b == b'\n').count()) < lines {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it could be stopped");
        std::thread::yield_now();
    }
    // SAFETY: the child has not been waited for, so that the number is still its own.
    assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) }, 0);
    child.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on_and_ends_as_if_it_had_not_been() {
    let work = Work::new();
    let [model, train, dev, log, checkpoint] =
        ["model", "train.conll", "dev.conll", "run.jsonl", "run.checkpoint"].map(|n| work.path(n));
    let [out, start] = ["p.gguf", "start.safetensors"].map(|n| work.path(n));
    let line = |kept: bool| {
        let mut line = vec!["prime", "--model", &model, "--task", &train, "--out", &out, "--adapter-out", &start];
        line.extend(["--steps", "400", "--threads", "1", "--support", "4", "--query", "4", "--log", &log, "-q"]);
        line.extend(["--checkpoint", &checkpoint].iter().filter(|_| kept));
        line
    };
    let numbers = || {
        let bytes = std::fs::read(&start).unwrap();
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    stdout(&primer(&line(false), ""));
    let whole = numbers();
    [&out, &start, &log].iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let says = |output: &Output, words: &[&str]| {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{error}");
        assert!(error.starts_with("primer: stopped") && error.trim_end().lines().count() == 1, "{error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
        assert!(!Path::new(&out).exists() && !Path::new(&start).exists());
    };
    says(&interrupted(&line(false), 3, &log), &["of 400", "nothing is kept without --checkpoint"]);
    std::fs::remove_file(&log).unwrap();
    // Long before the usual checkpoint: that of the very step is there.
    says(&interrupted(&line(true), 3, &log), &["of 400", "the same command goes on from", "run.checkpoint"]);
    let steps = std::fs::read_to_string(&log).unwrap().lines().count();
    assert!((3..50).contains(&steps), "{steps}");
    says(&interrupted(&line(true), steps + 1, &log), &["the same command goes on"]);
    stdout(&primer(&line(true), ""));
    assert!(numbers() == whole);
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 400, "no step twice");

    // Adaptation keeps whole epochs. Its checkpoint tells how far it is.
    [&out, &start].iter().for_each(|path| std::fs::remove_file(path).unwrap());
    std::fs::write(work.path("long.conll"), common::conll(400, 5)).unwrap();
    let long = work.path("long.conll");
    let adapt = |epochs: &'static str| {
        let mut line = vec!["adapt", "--model", &model, "--train", &long, "--dev", &dev, "--out", &start];
        line.extend(["--method", "full", "--epochs", epochs, "--threads", "1", "--checkpoint", &checkpoint, "-q"]);
        line
    };
    says(&interrupted(&adapt("50"), 1, &checkpoint), &["of 50", "goes on after the last whole epoch"]);
    assert!(Path::new(&checkpoint).exists());
    // The checkpoint of another run is refused, with the flag that says to start anew; and that does.
    let refused = primer(&adapt("2"), "");
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && error.contains("set --restart to start anew"), "{error}");
    let mut line = adapt("2");
    line.push("--restart");
    stdout(&primer(&line, ""));
    assert!(Path::new(&start).exists() && !Path::new(&checkpoint).exists());
}

/// Started several times, they would do the same work and write the same files.
#[cfg(not(feature = "mpi"))]
#[test]
fn one_of_several_processes_is_refused_without_mpi() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_primer"));
    command.args(["prime", "--model", "m", "--task", "t", "--out", "o"]).env("OMPI_COMM_WORLD_SIZE", "4");
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && error.contains("built without MPI"), "{error}");
}

#[test]
fn failures_are_one_clear_line_and_exit_status_1() {
    let work = Work::new();
    work.adapt("head", &[]);
    let [model, adapter, bad] = ["model", "a.safetensors", "bad.conll"].map(|n| work.path(n));
    std::fs::write(&bad, "Ada B-PER\nlives\n").unwrap();
    let fails = |arguments: &[&str], input: &str, words: &[&str]| {
        let output = primer(arguments, input);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.starts_with("primer: ") && error.trim_end().lines().count() == 1, "{error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
        assert!(output.stdout.is_empty());
    };
    fails(&["eval", "--model", &model, "--adapter", &adapter, &bad], "", &["bad.conll:2"]);
    fails(&["tag", "--model", "nowhere.gguf", "--adapter", &adapter], "x", &["nowhere.gguf"]);
    fails(&["tag", "--model", &model, "--adapter", &bad], "x", &["bad.conll"]);
    fails(&["tag", "--model", &model, "--adapter", &adapter, "no.txt"], "", &["no.txt"]);
    let out = work.path("no/such/folder/a.safetensors");
    let train = work.path("train.conll");
    let line =
        ["adapt", "--model", &model, "--train", &train, "--method", "head", "--epochs", "1", "--out", &out, "-q"];
    fails(&line, "", &["no/such/folder"]);
    assert!(!Path::new(&out).exists());
    assert_eq!(primer(&["tag"], "").status.code(), Some(2), "wrong usage");
}

#[test]
fn devices_and_precisions_are_chosen_and_refused_with_advice() {
    let work = Work::new();
    work.adapt("head", &["--device", "auto"]);
    let [model, adapter, train, dev, out] =
        ["model", "a.safetensors", "train.conll", "dev.conll", "never"].map(|n| work.path(n));
    let text = "Bob works for Acme .";
    let tag = ["tag", "--model", &model, "--adapter", &adapter, "--text", text];
    let eval = ["eval", "--model", &model, "--adapter", &adapter, &dev];
    let adapt = ["adapt", "--model", &model, "--train", &train, "--out", &out];
    let prime = ["prime", "--model", &model, "--task", &train, "--out", &out, "--steps", "1"];
    let marked = |more: &[&str]| stdout(&primer(&[&tag[..], more].concat(), ""));
    assert_eq!(
        marked(&["--device", "auto"]),
        marked(&[]),
        "a GPU finds the same, and without one auto is the processor"
    );

    let refused = |arguments: &[&str], words: &[&str]| {
        let output = primer(arguments, "");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.starts_with("primer: ") && error.trim_end().lines().count() == 1, "{error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
        assert!(output.stdout.is_empty() && !Path::new(&out).exists());
    };
    for command in [&tag[..], &eval, &adapt, &prime] {
        refused(&[command, &["--precision", "bf16"]].concat(), &["--precision bf16", "--device"]);
        for (device, feature) in [("cuda", "cuda"), ("cuda:3", "cuda"), ("metal", "metal")] {
            if !primer::FEATURES.contains(&feature) {
                let words = [&*format!("--device {device}"), "built without the feature", "primer info --devices"];
                refused(&[command, &["--device", device]].concat(), &words);
            }
        }
    }
    refused(&["tag", "--model", "folder", "--device", "auto", "--text", text], &["--provider"]);
    refused(&[&tag[..], &["--device", "auto", "--engine", "onnx"]].concat(), &["--provider"]);
}

#[test]
fn info_tells_which_devices_can_be_used_with_or_without_one() {
    let told = stdout(&primer(&["info", "--devices"], ""));
    assert!(told.contains("cpu") && told.contains("can be used") && told.contains(env!("CARGO_PKG_VERSION")), "{told}");
    let work = Work::new();
    let told = stdout(&primer(&["info", "--devices", "--json", &work.path("dev.conll")], ""));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told[0]["kind"], &told[1]["kind"]), (&"data".into(), &"program".into()));
    assert_eq!(told[1]["features"], serde_json::json!(primer::FEATURES));
    let devices = told[1]["devices"].as_array().unwrap();
    assert_eq!((&devices[0]["device"], &devices[0]["usable"]), (&"cpu".into(), &true.into()));
    for device in devices {
        assert_eq!(device["usable"] == false, device["reason"].is_string(), "{device}");
    }
    assert!(devices.iter().any(|d| d["device"].as_str().unwrap().starts_with("cuda")), "{devices:?}");
    assert!(devices.iter().any(|d| d["device"] == "metal"), "{devices:?}");
}

/// What the library refuses is said with the names that the caller typed, and what it decided is told with the reasons.
#[test]
fn options_are_refused_by_their_flags_and_told_with_their_reasons() {
    let work = Work::new();
    work.adapt("lora", &["--rank", "4"]);
    let [model, train, adapter] = ["model", "train.conll", "a.safetensors"].map(|n| work.path(n));
    let told = stdout(&primer(&["info", &adapter], ""));
    for part in ["lora_alpha 8.0 (twice lora_rank)", "learning_rate 0.005 (given)", "learning_rate was given alone"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("batch_size"), "a plain default is not told: {told}");
    for (more, part) in [
        (["--method", "adapter", "--rank", "4"], "--rank is a setting of the method lora, and --method is adapter"),
        (["--method", "head", "--layers", "1"], "--layers is a setting of the methods adapter, lora, bitfit, full"),
        (["--method", "lora", "--layers", "9"], "--layers is 9; it must lie between 1 and 2"),
        (["--method", "lora", "--rank", "9999"], "--rank is 9999; it must lie between 1 and "),
        (["--method", "lora", "--epochs", "99999999"], "--epochs is 99999999; it must lie between 1 and 16777216"),
    ] {
        let line = ["adapt", "--model", &model, "--train", &train, "--out", &adapter];
        let failed = primer(&[&line[..], &more[..]].concat(), "");
        let error = String::from_utf8_lossy(&failed.stderr);
        assert!(failed.status.code() == Some(1) && error.contains(part), "{part}: {error}");
    }
}

/// No command loses what it reads: what its output would destroy is refused with exit status 1 before any work, and every
/// byte is what it was.
#[test]
fn nothing_that_is_read_is_written_over() {
    let work = Work::new();
    let [model, train, adapter, text] = ["model", "train.conll", "a.safetensors", "text.txt"].map(|n| work.path(n));
    work.adapt("head", &[]);
    std::fs::write(&text, "Ada Lovelace lived in London.\n").unwrap();
    let plan = work.path("plan.toml");
    let toml = "out = '.'\nshots = [1]\nseeds = [1]\n[arms.a]\nmodel = 'model'\n[languages.x]\ntrain = 'train.conll'\ndev = \
         'train.conll'\n[methods.head]\n";
    std::fs::write(&plan, toml).unwrap();
    let weights = work.path("model/model.safetensors");
    let link = work.path("link");
    std::fs::hard_link(&weights, &link).unwrap();
    let files = [&train, &adapter, &text, &weights, &plan];
    let before = files.map(|file| std::fs::read(file).unwrap());
    let (with_model, with_both) = (["--model", &model], ["--model", &model, "--adapter", &adapter]);
    let commands: [Vec<&str>; 9] = [
        [&["tag"], &with_both[..], &["--out", &weights, &text]].concat(),
        [&["tag"], &with_both[..], &["--out", &link, &text]].concat(),
        [&["tag"], &with_both[..], &["--out", &text, &text]].concat(),
        [&["adapt"], &with_model[..], &["--train", &train, "--out", &train]].concat(),
        [&["adapt"], &with_model[..], &["--train", &train, "--out", &adapter, "--checkpoint", &train]].concat(),
        [&["prime"], &with_model[..], &["--task", &train, "--out", &adapter, "--log", &train]].concat(),
        [&["export"], &with_both[..], &["--format", "peft", "--out", &model]].concat(),
        vec!["import", &model, "--out", &weights],
        vec!["experiment", &plan],
    ];
    for command in commands {
        let failed = primer(&command, "");
        let told = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert_eq!(failed.status.code(), Some(1), "{command:?}: {told}");
        assert!(told.contains("choose another"), "{command:?}: {told}");
        assert!(files.iter().zip(&before).all(|(file, bytes)| std::fs::read(file).unwrap() == *bytes), "{command:?}");
    }
    // What cannot be written is known before the work, too.
    let nowhere = work.path("none/out");
    let failed = primer(&["adapt", "--model", &model, "--train", &train, "--out", &nowhere], "");
    assert!(String::from_utf8_lossy(&failed.stderr).contains("make it first"));
}
