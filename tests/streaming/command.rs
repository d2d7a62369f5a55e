//! `primer tag` with files of any size: stopping, going on, and what is refused.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::{sentence, trained};

/// A folder with a model (`model`) and an adapter (`a.safetensors`).
struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Work {
        let (folder, _, adapter) = trained();
        let work = Work(tempfile::tempdir().unwrap());
        std::fs::rename(folder.path(), work.path("model")).unwrap();
        adapter.save(work.path("a.safetensors")).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    /// `primer tag` in this folder.
    fn tag(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_primer"));
        command.current_dir(self.0.path()).args(["tag", "-m", "model", "-a", "a.safetensors", "--threads", "1"]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A job in the background of a shell ignores interrupts, and hands that down.
        // SAFETY: setting a signal back to its default is allowed between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                Ok(())
            });
        }
        command
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.tag(arguments).output().unwrap();
        assert!(output.status.success(), "{}", error(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, arguments: &[&str], words: &[&str]) {
        let output = self.tag(arguments).output().unwrap();
        let error = error(&output);
        assert_eq!(output.status.code(), Some(1), "{error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
    }

    fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Starts a run and waits until its output is longer than `length`.
    fn until_longer_than(&self, length: u64, name: &str, arguments: &[&str]) -> Child {
        let mut child = self.tag(arguments).spawn().unwrap();
        while std::fs::metadata(self.path(name)).map_or(0, |m| m.len()) <= length {
            assert!(child.try_wait().unwrap().is_none(), "it was done before it could be stopped");
            std::thread::yield_now();
        }
        child
    }
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn signal(child: &Child, signal: i32) {
    // SAFETY: the child has not been waited for, so that the number is still its own.
    assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, signal) }, 0);
}

/// Enough to be stopped in the middle.
fn long_text() -> String {
    (0..24_000).map(|i| sentence(i) + "\n").collect()
}

#[test]
fn a_run_that_was_stopped_twice_ends_with_the_same_bytes() {
    let work = Work::new();
    let text = long_text();
    let middle = text[..text.len() / 2].rfind('\n').unwrap() + 1;
    work.write("a.txt", &text[..middle]);
    work.write("b.txt", &text[middle..]);
    for format in ["jsonl", "conll", "terminal"] {
        let line = ["--format", format, "a.txt", "b.txt", "--out", "out"];
        let resume = [&line[..], &["--resume"]].concat();
        work.done(&["--format", format, "a.txt", "b.txt", "--out", "whole"]);
        let whole = work.read("whole");

        let child = work.until_longer_than(0, "out", &line);
        signal(&child, libc::SIGINT);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", error(&output));
        assert!(error(&output).contains("stopped at a.txt:") && error(&output).contains("--resume"));
        let part = work.read("out");
        assert!(whole.starts_with(&part) && part.ends_with('\n') && part.len() < whole.len());
        let record: Value = serde_json::from_str(&work.read("out.progress")).unwrap();
        assert_eq!(record["state"]["written"], part.len(), "nothing that was tagged is lost");
        let stopped = record["state"]["read"]["line"].as_u64().unwrap();
        assert!(error(&output).contains(&format!("a.txt:{stopped};")));

        work.fails(&line, &["out.progress", "--resume"]);
        work.fails(&[&resume[..], &["--min-score", "0.5"]].concat(), &["out.progress", "min-score: none, not 0.5"]);
        assert_eq!(work.read("out"), part, "a refusal harms nothing");

        let mut child = work.until_longer_than(part.len() as u64, "out", &resume);
        signal(&child, libc::SIGSTOP);
        work.fails(&resume, &["another run"]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(work.exists("out.progress"), "it was not done");
        // What a crash may leave behind the last round.
        let mut out = std::fs::OpenOptions::new().append(true).open(work.path("out")).unwrap();
        out.write_all(b"half a li").unwrap();
        work.done(&resume);
        assert!(work.read("out") == whole, "{format}");
        assert!(!work.exists("out.progress"));
        work.fails(&resume, &["nothing to go on with"]);
        assert!(work.read("out") == whole);
        std::fs::remove_file(work.path("out")).unwrap();
    }
}

#[test]
fn a_run_that_met_bad_input_goes_on_when_it_is_mended() {
    let work = Work::new();
    let text: String = (0..3000).map(|i| sentence(i) + "\n").collect();
    work.write("good.txt", &text);
    work.done(&["--json", "good.txt", "--out", "whole"]);
    let bad = [text.as_bytes(), b"\xff\n"].concat();
    work.write("in.txt", &bad);
    let line = ["--json", "in.txt", "--out", "out"];
    let resume = [&line[..], &["--resume"]].concat();
    work.fails(&line, &["in.txt:3001", "UTF-8"]);
    assert_eq!(work.read("out"), work.read("whole"), "what comes before the fault is tagged");
    work.fails(&resume, &["in.txt:3001", "UTF-8"]);

    work.write("in.txt", [b"Other", &bad[5..]].concat());
    work.fails(&resume, &["out.progress", "has changed"]);
    let more = text.clone() + &text;
    work.write("in.txt", &more);
    work.done(&resume);
    work.done(&["--json", "in.txt", "--out", "whole"]);
    assert!(work.read("out") == work.read("whole"));
}

#[test]
fn resuming_what_was_never_begun_begins_it() {
    let work = Work::new();
    work.write("in.txt", "Ada lives in Köln .\n");
    work.done(&["--json", "in.txt", "--out", "out", "--resume"]);
    assert_eq!(work.read("out").lines().count(), 1);
    work.write("out.progress", "{}");
    work.fails(&["--json", "in.txt", "--out", "out", "--resume"], &["out.progress", "not a record"]);
}

#[test]
fn what_cannot_be_gone_on_with_says_why() {
    let work = Work::new();
    work.write("in.txt", "Ada lives in Köln .\n");
    work.fails(&["--format", "html", "in.txt", "--out", "out", "--resume"], &["--resume", "page"]);
    work.fails(&["--out", "out", "--resume"], &["--resume", "pipes"]);
    work.fails(&["in.txt", "--out", "/dev/null", "--resume"], &["--resume", "--out is not a file"]);
    work.fails(&["in.txt", "--out", "in.txt"], &["in.txt", "same file", "choose another"]);
    work.fails(&["in.txt", "none.txt", "--out", "out"], &["none.txt"]);
    assert_eq!(work.read("in.txt"), "Ada lives in Köln .\n");
    assert!(!work.exists("out"));
    work.done(&["in.txt", "--out", "/dev/null"]);
    work.done(&["--format", "html", "in.txt", "--out", "out"]);
    assert!(!work.exists("out.progress"));
}

#[test]
fn a_pipe_is_answered_at_once_and_can_be_interrupted_while_it_is_silent() {
    let work = Work::new();
    let mut child = work.tag(&["--json"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for text in ["Ada lives in Köln .", "Bob lives in Oslo ."] {
        writeln!(input, "{text}").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["text"], text);
    }
    signal(&child, libc::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(error(&output).contains("stopped after 2 texts"), "{}", error(&output));
    drop(input);
}

#[test]
fn a_page_of_an_interrupted_run_is_a_page() {
    let work = Work::new();
    work.write("in.txt", long_text());
    let child = work.tag(&["--format", "html", "in.txt", "--out", "out"]).spawn().unwrap();
    // The handler is in place before the file is opened.
    while !work.exists("out") {
        std::thread::yield_now();
    }
    signal(&child, libc::SIGINT);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert!(work.read("out").ends_with("</html>\n"));
}

#[test]
fn a_host_that_keeps_its_own_place_starts_at_a_line() {
    let work = Work::new();
    let text: String = (0..20).map(|i| sentence(i) + "\n").collect();
    work.write("in.txt", &text);
    let texts = |arguments: &[&str]| -> Vec<String> {
        let lines = work.done(arguments);
        lines.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned()).collect()
    };
    for line in [1, 8, 20, 21] {
        let want: Vec<&str> = text.lines().skip(line - 1).collect();
        assert_eq!(texts(&["--json", "in.txt", "--from-line", &line.to_string()]), want);
    }
    work.fails(&["--json", "in.txt", "--from-line", "22"], &["in.txt", "20 lines"]);
    work.fails(&["--json", "in.txt", "in.txt", "--from-line", "2"], &["--from-line"]);
    assert_eq!(work.tag(&["in.txt", "--from-line", "0"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_line_without_end_is_refused_by_its_number() {
    let work = Work::new();
    work.write("in.txt", [b"Ada lives in Paris .\n".as_slice(), &vec![b'x'; (64 << 20) + 1]].concat());
    let output = work.tag(&["--json", "in.txt"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("in.txt:2: a line of more than 64 MiB"), "{}", error(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}
