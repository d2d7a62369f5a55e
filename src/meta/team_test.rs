//! Priming by a team: the result of one process, one end for all ranks, one rank that writes.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::team::threads::Threads;
use super::*;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{BlockType, LoadOptions, Model, Storage};
use crate::ops::places::{self, Place};
use crate::peft::{Bottleneck, Lora, Method};
use crate::small;

const EXACT: Storage = Storage { embedding: BlockType::F32, encoder: BlockType::F32 };

fn tasks() -> Vec<Task> {
    (0..3).map(|i| Task::new(format!("t{i}"), small::dataset(20 + 10 * i, i as u64))).collect()
}

fn dev() -> Vec<Task> {
    (0..3).map(|i| Task::new(format!("d{i}"), small::dataset(12, 20 + i as u64))).collect()
}

fn options(model: &Model) -> PrimeOptions {
    let method = Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4));
    let mut options = PrimeOptions::new(method);
    (options.support, options.query, options.episodes, options.steps) = (4, 4, 5, 4);
    (options.encoder_rate, options.embedding_rate, options.method_rate) = (3e-3, 3e-3, 3e-3);
    (options.checkpoint_every, options.evaluate_every) = (2, 2);
    options
}

/// What each rank ends with; `change` is what it has differently.
fn run(
    model: &Model,
    options: &PrimeOptions,
    size: usize,
    change: impl Fn(usize, &mut PrimeOptions) + Sync,
) -> Vec<Result<Primed>> {
    Threads::run(size, |team| {
        let mut options = options.clone();
        change(team.rank(), &mut options);
        prime_team(model, &tasks(), &dev(), &options, &team, &mut |_| ControlFlow::Continue(()), &Cancel::new())
    })
}

/// All numbers of a result: the backbone, all rows of its word embedding included, then the adapter.
fn numbers(primed: &Primed) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let written = primed.save_folder(folder.path().join("model"), &BTreeMap::new()).unwrap();
    let load = |path: &Path| {
        let tensors = candle_core::safetensors::load(path, &candle_core::Device::Cpu).unwrap();
        let tensors: BTreeMap<_, _> = tensors.into_iter().collect();
        tensors.into_values().flat_map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap()).collect::<Vec<_>>()
    };
    let mut all = load(&folder.path().join("model/model.safetensors"));
    let adapter = folder.path().join("adapter.safetensors");
    primed.adapter(&written).unwrap().save(&adapter).unwrap();
    all.extend(load(&adapter));
    all
}

fn farthest(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A log's lines without their times.
fn log(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("seconds").unwrap();
        value
    };
    text.lines().map(line).collect()
}

#[test]
fn a_team_learns_what_one_process_learns() {
    let (folder, model) = small::model();
    let of = |change: &dyn Fn(&mut PrimeOptions)| {
        let mut options = options(&model);
        change(&mut options);
        options
    };
    let second = Algorithm::Maml(Order::Second(Hessian::Tangents));
    let variants = [
        of(&|_| {}),
        of(&|o| (o.algorithm, o.inner_steps, o.fresh_support) = (second, 2, true)),
        of(&|o| o.algorithm = Algorithm::MultiTask),
        of(&|o| (o.algorithm, o.inner_scope, o.inner_steps) = (Algorithm::Reptile(0.5), InnerScope::Everything, 2)),
        of(&|o| (o.algorithm, o.inner_rate) = (second, InnerRate::Learnt { start: 0.05, rate: 1e-2 })),
        of(&|o| (o.redraw, o.method) = (true, Method::Lora(Lora::default()).into())),
        // Most ranks have nothing to do.
        of(&|o| o.episodes = 1),
    ];
    for mut options in variants {
        let path = |name: &str| folder.path().join(name);
        options.log = Some(path("alone.jsonl"));
        let alone = prime(&model, &tasks(), &dev(), &options).unwrap();
        let want = numbers(&alone);
        let mut start = options.clone();
        (start.encoder_rate, start.embedding_rate, start.method_rate) = (1e-30, 1e-30, 1e-30);
        (start.steps, start.log) = (1, None);
        if let Algorithm::Reptile(rate) = &mut start.algorithm {
            *rate = 1e-30;
        }
        let moved = farthest(&want, &numbers(&prime(&model, &tasks(), &[], &start).unwrap()));
        assert!(moved > 1e-3, "a run that hardly moves shows nothing: {moved}, {options:?}");
        for size in [2, 3, 4] {
            options.log = Some(path("team.jsonl"));
            // A log of a rank that is not the first would fail.
            let all = run(&model, &options, size, |rank, o| {
                if rank > 0 {
                    (o.log, o.checkpoint) = (Some("/no/such/folder".into()), Some("/no/such/folder".into()));
                }
            });
            let all: Vec<Primed> = all.into_iter().map(Result::unwrap).collect();
            let got = numbers(&all[0]);
            let distance = farthest(&want, &got);
            assert!(distance == 0.0, "{size} ranks are {distance} away: {options:?}");
            for (rank, primed) in all.iter().enumerate() {
                assert!(numbers(primed) == got, "rank {rank} of {size} has other bits: {options:?}");
                let (r, a) = (primed.report(), alone.report());
                assert_eq!((r.compute, r.word_rows, r.steps), (a.compute, a.word_rows, a.steps), "rank {rank}");
                assert_eq!((r.ranks, r.threads), (size, size * a.threads));
                assert_eq!((r.dev_f1.len(), &r.dev_f1), (3, &a.dev_f1));
            }
            assert_eq!(log(&path("alone.jsonl")), log(&path("team.jsonl")), "{size} ranks: {options:?}");
        }
    }
}

#[test]
fn a_team_on_devices_learns_what_one_learns_there() {
    let (folder, host) = small::model();
    for place in places::composed() {
        let load = || Model::load_with(folder.path(), &LoadOptions::new().threads(1).device(places::device())).unwrap();
        let model = places::at(place, load);
        for rate in [InnerRate::Fixed(0.1), InnerRate::Learnt { start: 0.05, rate: 1e-2 }] {
            let options = PrimeOptions { inner_rate: rate, ..options(&host) };
            let alone = places::at(place, || prime(&model, &tasks(), &dev(), &options)).unwrap();
            let all = Threads::run(2, |team| {
                let mut observer = |_: &PrimeProgress| ControlFlow::Continue(());
                places::at(place, || {
                    prime_team(&model, &tasks(), &dev(), &options, &team, &mut observer, &Cancel::new())
                })
            });
            for primed in all {
                let distance = farthest(&numbers(&alone), &numbers(&primed.unwrap()));
                // A device of its own may add in another order every time.
                assert!(distance <= if place == Place::Composed { 0.0 } else { 2e-3 }, "{place:?}: {distance}");
            }
        }
    }
}

/// That every rank has this error.
fn all_fail(all: Vec<Result<Primed>>, kind: ErrorKind, words: &[&str]) {
    for (rank, done) in all.into_iter().enumerate() {
        let e = done.unwrap_err();
        assert_eq!(e.kind(), kind, "rank {rank}: {e}");
        words.iter().for_each(|word| assert!(e.to_string().contains(word), "rank {rank}: {word} is not in {e}"));
    }
}

#[test]
fn a_run_that_was_stopped_on_any_rank_goes_on_to_the_same_end() {
    let (folder, model) = small::model();
    let mut options = options(&model);
    options.steps = 7;
    let content = |primed: &Primed| {
        let path = folder.path().join("content.gguf");
        // The card tells times, which differ.
        let written = primed.save(&path, &EXACT, &BTreeMap::from([("priming".to_owned(), String::new())])).unwrap();
        (std::fs::read(&path).unwrap(), primed.adapter(&written).unwrap().to_bytes().unwrap())
    };
    let whole = content(&prime(&model, &tasks(), &dev(), &options).unwrap());
    options.checkpoint = Some(folder.path().join("checkpoint"));
    options.log = Some(folder.path().join("log"));
    let stop = |size: usize, at: usize, hard: Option<usize>| {
        let cancel = Cancel::new();
        Threads::run(size, |team| {
            // Rank 0 alone has the files: the others get its state, and are told of theirs in no way.
            let mut options = options.clone();
            if team.rank() > 0 {
                (options.checkpoint, options.log) = (Some("/no/such/folder".into()), None);
            }
            let mine = if hard == Some(team.rank()) { cancel.clone() } else { Cancel::new() };
            let mut observer = |p: &PrimeProgress| {
                assert_eq!(team.rank(), 0, "rank 0 alone tells");
                match p.step == at {
                    true if hard.is_some() => cancel.request(),
                    true => return ControlFlow::Break(()),
                    false => {}
                }
                ControlFlow::Continue(())
            };
            prime_team(&model, &tasks(), &dev(), &options, &team, &mut observer, &mine)
        })
    };
    all_fail(stop(3, 1, None), ErrorKind::Cancelled, &["rank 0"]);
    all_fail(stop(3, 3, Some(2)), ErrorKind::Cancelled, &["rank 2"]);
    all_fail(stop(3, 5, Some(0)), ErrorKind::Cancelled, &["rank 0"]);
    let copy = std::fs::read(folder.path().join("checkpoint")).unwrap();
    let all = stop(3, usize::MAX, None);
    all.iter().for_each(|primed| assert!(content(primed.as_ref().unwrap()) == whole));
    assert_eq!(log(&folder.path().join("log")).len(), 7);
    // Another number of ranks may go on.
    std::fs::write(folder.path().join("checkpoint"), &copy).unwrap();
    assert!(content(stop(2, usize::MAX, None)[1].as_ref().unwrap()) == whole);
    // A damaged checkpoint is everybody's error.
    std::fs::write(folder.path().join("checkpoint"), &copy[..copy.len() / 2]).unwrap();
    all_fail(stop(3, 1, None), ErrorKind::Format, &["rank 0: ", "checkpoint"]);
}

#[test]
fn an_error_of_one_rank_ends_the_run_on_all() {
    let (folder, model) = small::model();
    let options = options(&model);
    let fails = |change: &(dyn Fn(usize, &mut PrimeOptions) + Sync), kind, words: &[&str]| {
        all_fail(run(&model, &options, 3, change), kind, words);
    };
    fails(&|rank, o| o.episodes *= usize::from(rank != 1), ErrorKind::InvalidArgument, &["rank 1: episodes is 0"]);
    fails(&|rank, o| o.seed += u64::from(rank == 2), ErrorKind::Mismatch, &["rank 2: ", "option seed", "rank 0"]);
    fails(&|rank, o| o.checkpoint_every += rank, ErrorKind::Mismatch, &["rank 1: ", "checkpoint_every"]);
    fails(&|_, o| o.inner_rate = InnerRate::Fixed(1e30), ErrorKind::NonFinite, &["rank 0: update 1: "]);
    let nowhere = folder.path().join("no/folder");
    fails(&|_, o| o.checkpoint = Some(nowhere.clone()), ErrorKind::Io, &["rank 0: ", "no/folder"]);
    if cfg!(target_os = "linux") {
        fails(&|_, o| o.log = Some("/dev/full".into()), ErrorKind::Io, &["rank 0: /dev/full"]);
    }
    let with_other = |change: fn(&mut Vec<Task>, &mut Vec<Task>), word: &str| {
        let all = Threads::run(2, |team| {
            let (mut tasks, mut dev) = (tasks(), dev());
            if team.rank() == 1 {
                change(&mut tasks, &mut dev);
            }
            let mut observer = |_: &PrimeProgress| ControlFlow::Continue(());
            prime_team(&model, &tasks, &dev, &options, &team, &mut observer, &Cancel::new())
        });
        all_fail(all, ErrorKind::Mismatch, &["rank 1: ", word]);
    };
    with_other(|tasks, _| tasks[1].data = small::dataset(30, 77), "the tasks");
    with_other(|_, dev| dev[2].data = small::dataset(12, 77), "the dev tasks");
}

/// A network that turns a bit of what rank 1 gets.
struct Faulty(Threads);

impl Team for Faulty {
    fn rank(&self) -> usize {
        self.0.rank()
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn broadcast(&self, bytes: &mut [u8]) -> Result<()> {
        self.0.broadcast(bytes)
    }

    fn gather(&self, mine: &[u8], all: &mut [u8]) -> Result<()> {
        self.0.gather(mine, all)?;
        // Numbers alone, no message: the sign of the last but one.
        if self.rank() == 1 && mine.len() > 1 << 14 {
            let at = all.len() - 5;
            all[at] ^= 0x80;
        }
        Ok(())
    }

    fn exchange(&self, mine: &[u8], theirs: &mut [u8]) -> Result<()> {
        self.0.exchange(mine, theirs)
    }
}

#[test]
fn ranks_whose_parameters_differ_are_found_before_the_checkpoint() {
    let (folder, model) = small::model();
    let mut options = options(&model);
    options.checkpoint = Some(folder.path().join("checkpoint"));
    let all = Threads::run(2, |team| {
        let mut observer = |_: &PrimeProgress| ControlFlow::Continue(());
        prime_team(&model, &tasks(), &[], &options, &Faulty(team), &mut observer, &Cancel::new())
    });
    all_fail(all, ErrorKind::Compute, &["rank 1: its parameters are no longer those of rank 0"]);
    assert!(!folder.path().join("checkpoint").exists(), "nothing wrong was kept");
}

#[test]
fn a_rank_that_goes_away_keeps_nobody_waiting() {
    let (_folder, model) = small::model();
    let options = options(&model);
    // As a rank would whose process dies: its channels close.
    let all = Threads::run(3, |team| match team.rank() {
        1 => Err(Error::new(ErrorKind::Compute, "dead")),
        _ => prime_team(&model, &tasks(), &[], &options, &team, &mut |_| ControlFlow::Continue(()), &Cancel::new()),
    });
    all_fail(all, ErrorKind::Compute, &[]);
}
