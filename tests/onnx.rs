//! ONNX from the command line: files that are written, and libraries that are not ONNX Runtime. Tests that need the real
//! library take it from `PRIMER_ONNXRUNTIME`, and say so where it is not set.
#![cfg(all(feature = "cli", feature = "onnx"))]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use primer::{AdaptOptions, Method, adapt};

/// A folder with the small model, an adapter and data.
struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Work {
        let work = Work(tempfile::tempdir().unwrap());
        common::write_model(&work.path("model"), 7);
        std::fs::write(work.path("dev.conll"), common::conll(20, 2)).unwrap();
        let model = primer::Model::load(work.path("model")).unwrap();
        let mut options = AdaptOptions::new(Method::by_name("adapter", model.config()).unwrap());
        options.epochs = Some(20);
        (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
        adapt(&model, &common::dataset(120, 1), None, &options).unwrap().save(work.path("a.safetensors")).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `primer` in this folder, without the variable that names a library.
    fn primer(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_primer"));
        command.args(line.split(' ')).current_dir(self.0.path()).env_remove("PRIMER_ONNXRUNTIME").output().unwrap()
    }

    #[track_caller]
    fn done(&self, line: &str) -> String {
        let output = self.primer(line);
        assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Fails with one line that has these words.
    #[track_caller]
    fn fails(&self, line: &str, words: &[&str]) {
        let output = self.primer(line);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{line}: {error}");
        assert!(error.starts_with("primer: ") && error.trim_end().lines().count() == 1, "{line}: {error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
    }
}

const TAG: &str = "tag --model model --adapter a.safetensors --json --text Ada";

#[test]
fn a_model_is_exported() {
    let work = Work::new();
    let line = "export --model model --adapter a.safetensors --onnx out.onnx";
    assert!(work.done(line).contains("saved out.onnx"));
    let bytes = std::fs::read(work.path("out.onnx")).unwrap();
    assert!(bytes.windows(14).any(|w| w == b"attention_mask"));
    work.fails("export --model model --adapter a.safetensors --onnx no/out.onnx", &["no/out.onnx"]);
}

#[test]
fn what_is_not_onnx_runtime_is_refused_and_auto_goes_on_without() {
    let work = Work::new();
    let native = work.done(TAG);
    std::fs::write(work.path("text.so"), "no library").unwrap();
    let mut libraries = vec![("none.so", "none.so"), ("text.so", "cannot load"), ("model", "cannot load")];
    let c = [
        ("other.so", "int primer_test;", "not ONNX Runtime"),
        ("old.so", &base("1.16.3"), "1.16.3 is too old"),
        ("odd.so", &base("nonsense"), "nonsense is too old"),
    ];
    for (name, source, words) in c {
        if compile(&work.path(name), source) {
            libraries.push((name, words));
        }
    }
    for (library, words) in libraries {
        work.fails(&format!("{TAG} --engine onnx --onnxruntime {library}"), &[library, words]);
        assert_eq!(work.done(&format!("{TAG} --engine auto --onnxruntime {library}")), native, "{library}");
    }
    // Whatever the system has: an answer or a clear error.
    assert_eq!(work.done(&format!("{TAG} --engine auto --precision int8")).lines().count(), 1);
}

/// The beginning of ONNX Runtime's interface, of this version.
fn base(version: &str) -> String {
    format!(
        "static const char *version(void) {{ return \"{version}\"; }}
         static const void *api(unsigned n) {{ (void)n; return 0; }}
         static const struct {{ const void *(*a)(unsigned); const char *(*v)(void); }} base = {{ api, version }};
         const void *OrtGetApiBase(void) {{ return &base; }}"
    )
}

/// Makes a shared library of C; false where there is no compiler, and the test is skipped.
fn compile(library: &Path, source: &str) -> bool {
    let file = library.with_extension("c");
    std::fs::write(&file, source).unwrap();
    let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([library, &file]).status();
    match status {
        Ok(status) => {
            assert!(status.success(), "{source}");
            true
        }
        Err(e) => {
            common::skip::because(&format!("no C compiler: cc: {e}"));
            false
        }
    }
}

#[test]
fn the_command_line_tags_by_onnx_runtime() {
    let Some(library) = common::skip::onnxruntime() else { return };
    let work = Work::new();
    let onnx = format!("--onnxruntime {}", library.to_str().unwrap());
    let native = work.done(TAG);
    assert_eq!(work.done(&format!("{TAG} --engine onnx {onnx}")), native);
    assert_eq!(work.done(&format!("{TAG} --engine auto --provider cpu {onnx}")), native);
    let eval = "eval --model model --adapter a.safetensors --json dev.conll";
    assert_eq!(work.done(&format!("{eval} --engine onnx {onnx}")), work.done(eval));
    work.fails(&format!("{TAG} --engine onnx {onnx} --precision int8"), &["8 bits"]);
    work.fails(&format!("{TAG} --engine onnx {onnx} --provider abacus"), &["abacus", "cuda"]);

    // The same model as somebody else's.
    work.fails("tag --model model --text Ada", &["model", "--adapter"]);
    work.done("export --model model --adapter a.safetensors --onnx model/model.onnx");
    let config = std::fs::read_to_string(work.path("model/config.json")).unwrap();
    let labels = r#"{"id2label":{"0":"O","1":"B-LOC","2":"I-LOC","3":"B-ORG","4":"I-ORG","5":"B-PER","6":"I-PER"},"#;
    std::fs::write(work.path("model/config.json"), config.replacen('{', labels, 1)).unwrap();
    assert_eq!(work.done(&format!("tag --model model --json --text Ada {onnx}")), native);
    let scores = work.done(&format!("eval --model model {onnx} dev.conll"));
    assert!(scores.contains("PER") && scores.contains("20 sentences"), "{scores}");
    work.fails(&format!("tag --model none {onnx} --text Ada"), &["none"]);
    std::fs::write(work.path("model/model.onnx"), "nonsense").unwrap();
    work.fails(&format!("tag --model model {onnx} --text Ada"), &["model/model.onnx", "ONNX Runtime refuses"]);
}
