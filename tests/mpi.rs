//! Priming under `mpirun`: the result of one process, and a clear end for all ranks whatever happens to one.
//!
//! `make test-mpi` runs it: it needs Open MPI.
#![cfg(all(feature = "cli", feature = "mpi", target_os = "linux"))]

mod common;

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const PRIMER: &str = env!("CARGO_BIN_EXE_primer");

/// After this, a run counts as hanging. None takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(240);

/// A folder with a model and tasks.
struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Work {
        let work = Work(tempfile::tempdir().unwrap());
        common::write_model(&work.path("model"), 7);
        for i in 0..3 {
            std::fs::write(work.path(&format!("t{i}.conll")), common::conll(30 + 10 * i, i as u64)).unwrap();
        }
        std::fs::write(work.path("d.conll"), common::conll(20, 9)).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What follows `primer`: a run of so many steps whose files begin with `name`.
    fn arguments(&self, name: &str, steps: usize) -> Vec<String> {
        let text = format!(
            "prime --model model --task t0.conll t1.conll t2.conll --dev d.conll --folder --out {name} \
             --adapter-out {name}.safetensors --log {name}.jsonl --checkpoint {name}.checkpoint --checkpoint-every 5 \
             --steps {steps} --support 4 --query 4 --encoder-lr 3e-3 --embedding-lr 3e-3 --threads 1 --json"
        );
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Containers run tests as root, on fewer cores than ranks.
        command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        command
    }

    /// `mpirun` with these ranks, each group with arguments of its own.
    fn mpirun(&self, groups: &[(usize, Vec<String>)]) -> Child {
        let mut command = self.command("mpirun");
        command.args(["--oversubscribe", "--bind-to", "none"]);
        for (i, (ranks, arguments)) in groups.iter().enumerate() {
            command.args([":"].iter().take(i.min(1)));
            command.args(["-n", &ranks.to_string(), PRIMER]).args(arguments);
        }
        command.spawn().expect("mpirun is missing (Debian: openmpi-bin)")
    }

    /// Waits until the run has kept a checkpoint and made a few more steps.
    fn wait_for_checkpoint(&self, name: &str, child: &mut Child) {
        let start = Instant::now();
        let lines = || std::fs::read_to_string(self.path(&format!("{name}.jsonl"))).map_or(0, |t| t.lines().count());
        while lines() < 12 || !self.path(&format!("{name}.checkpoint")).exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
            assert!(start.elapsed() < PATIENCE, "it hangs");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The process that is this rank of a run in this folder.
    fn pid(&self, rank: usize) -> String {
        let wanted = format!("OMPI_COMM_WORLD_RANK={rank}");
        let here = self.0.path().canonicalize().unwrap();
        let is = |process: &PathBuf| {
            let environment = std::fs::read(process.join("environ")).unwrap_or_default();
            std::fs::read_link(process.join("cwd")).is_ok_and(|folder| folder == here)
                && environment.split(|b| *b == 0).any(|variable| variable == wanted.as_bytes())
        };
        let found = std::fs::read_dir("/proc").unwrap().map(|e| e.unwrap().path()).find(is).expect("the rank runs");
        found.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// All numbers of what a run made: the whole backbone, and the adapter without its card.
    fn content(&self, name: &str) -> (Vec<u8>, Vec<u8>) {
        let tensors = |path: PathBuf| {
            let bytes = std::fs::read(path).unwrap();
            let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            bytes[8 + header..].to_vec()
        };
        (tensors(self.path(name).join("model.safetensors")), tensors(self.path(&format!("{name}.safetensors"))))
    }
}

fn send(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
}

/// The end of a run, which must come.
fn end(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// The report of a run that went well, on standard output once.
fn report(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a run that failed said, once.
fn failure(output: &Output, words: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{error}");
    words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in {error}"));
    assert!(error.lines().filter(|line| line.starts_with("primer: ")).count() <= 1, "{error}");
}

fn largest_difference(one: &[u8], other: &[u8]) -> f32 {
    assert_eq!(one.len(), other.len());
    let numbers = |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect::<Vec<_>>();
    numbers(one).into_iter().zip(numbers(other)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn ranks_learn_what_one_process_learns() {
    let work = Work::new();
    let of =
        |name: &str, more: &[&str]| [work.arguments(name, 12), more.iter().map(|s| (*s).to_owned()).collect()].concat();
    let variants: [&[&str]; 4] = [
        &["--episodes", "4"],
        &["--episodes", "3", "--order", "second", "--learn-inner-lr", "0.01", "--inner-steps", "2"],
        &["--episodes", "1", "--algorithm", "multi-task"],
        &["--episodes", "5", "--algorithm", "reptile", "--inner", "everything"],
    ];
    for more in variants {
        let alone = report(&work.command(PRIMER).args(of("alone", more)).output().unwrap());
        assert_eq!(alone["ranks"], 1);
        let want = work.content("alone");
        for ranks in [2, 4] {
            let report = report(&end(work.mpirun(&[(ranks, of("team", more))])));
            let got = work.content("team");
            let distances = (largest_difference(&want.0, &got.0), largest_difference(&want.1, &got.1));
            assert!(distances.0 < 1e-5 && distances.1 < 1e-5, "{ranks} ranks are {distances:?} away with {more:?}");
            assert_eq!((&report["ranks"], &report["threads"]), (&ranks.into(), &ranks.into()));
            assert_eq!((&report["compute"], &report["dev_f1"]), (&alone["compute"], &alone["dev_f1"]));
            let log = std::fs::read_to_string(work.path("team.jsonl")).unwrap();
            assert_eq!(log.lines().count(), 12, "rank 0 alone writes it");
            assert!(!work.path("team.checkpoint").exists(), "it has done its work");
        }
    }
    // Every rank of one machine takes its share of the cores.
    let mut arguments = of("team", variants[0]);
    arguments.retain(|a| a != "--threads" && a != "1");
    let threads = report(&end(work.mpirun(&[(2, arguments)])))["threads"].as_u64().unwrap() as usize;
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(threads, 2 * (cores / 2).max(1));
}

#[test]
fn a_killed_rank_ends_the_run_and_the_checkpoint_goes_on_to_the_same_end() {
    let work = Work::new();
    let steps = 400;
    report(&work.command(PRIMER).args(work.arguments("whole", steps)).output().unwrap());
    for (ranks, victim, signal, words) in [
        (2, 1, "-KILL", &["signal 9"][..]),
        (4, 0, "-KILL", &["signal 9"]),
        (4, 3, "-KILL", &["signal 9"]),
        (2, 1, "-TERM", &["rank 1: cancelled", "step", "parts.checkpoint"]),
        (4, 2, "-INT", &["rank 2: cancelled", "step", "parts.checkpoint"]),
    ] {
        let mut child = work.mpirun(&[(ranks, work.arguments("parts", steps))]);
        work.wait_for_checkpoint("parts", &mut child);
        send(signal, &work.pid(victim));
        failure(&end(child), words);
        assert!(!work.path("parts").exists(), "nothing half done is there");
        report(&end(work.mpirun(&[(ranks, work.arguments("parts", steps))])));
        assert!(work.content("parts") == work.content("whole"), "{signal} to rank {victim} of {ranks}");
        std::fs::remove_dir_all(work.path("parts")).unwrap();
    }
    // Ctrl-C at the launcher, and another number of ranks goes on.
    let mut child = work.mpirun(&[(3, work.arguments("parts", steps))]);
    work.wait_for_checkpoint("parts", &mut child);
    send("-INT", &child.id().to_string());
    assert!(!end(child).status.success());
    report(&end(work.mpirun(&[(2, work.arguments("parts", steps))])));
    assert!(work.content("parts") == work.content("whole"), "Ctrl-C");
}

#[test]
fn an_error_of_one_rank_is_told_once_and_ends_all() {
    let work = Work::new();
    let changed = |from: &str, to: &str| {
        work.arguments("x", 50).into_iter().map(|a| if a == from { to.to_owned() } else { a }).collect::<Vec<_>>()
    };
    let good = || work.arguments("x", 50);
    // A file that one machine lacks, and other data there.
    let output = end(work.mpirun(&[(1, good()), (1, changed("t1.conll", "t7.conll"))]));
    failure(&output, &["rank 1: ", "t7.conll"]);
    let output = end(work.mpirun(&[(3, good()), (1, changed("t1.conll", "d.conll"))]));
    failure(&output, &["rank 3: the tasks", "must be the same as on rank 0"]);
    let seed = [good(), vec!["--seed".to_owned(), "5".to_owned()]].concat();
    failure(&end(work.mpirun(&[(1, good()), (1, seed)])), &["rank 1: ", "seed"]);
    // In the middle of the run, on the rank that writes.
    failure(&end(work.mpirun(&[(4, changed("x.jsonl", "/dev/full"))])), &["rank 0: /dev/full"]);
    assert!(!work.path("x").exists() && !work.path("x.safetensors").exists());
}
