//! Does the runs, several at a time, each in a process of its own.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::grid::{Place, Run};
use super::job::{Message, Results};
use super::journal::{Done, Journal, Record};
use super::plan::Plan;
use super::values::Shots;
use crate::args::{Common, Experiment};
use crate::console::{Outcome, bar};

/// The command that does one run.
pub const WORKER: &str = "experiment-run";

/// Does all of `todo`, adding each to the journal and to `done`. A run that fails does not keep the others from being
/// done; how many failed is the result.
pub fn run_all(
    plan: &Plan,
    todo: &[&Run],
    journal: &mut Journal,
    done: &mut Done,
    jobs: usize,
    args: &Experiment,
) -> Outcome<usize> {
    let common = args.common();
    let queue = Mutex::new(todo.iter().copied().collect::<VecDeque<_>>());
    let stop = AtomicBool::new(false);
    let mut failures = 0;
    std::thread::scope(|scope| {
        let (sender, results) = channel();
        for _ in 0..jobs.min(todo.len()) {
            let (sender, queue, stop) = (sender.clone(), &queue, &stop);
            scope.spawn(move || work(queue, stop, &sender));
        }
        drop(sender);
        let mut report = Report::new(plan, todo, &common, jobs);
        let finished: Outcome = results.iter().try_for_each(|(run, result)| {
            match result {
                Ok(results) => {
                    journal.add(&Record::new(plan, run, results.clone()))?;
                    report.done(run, &results);
                    done.insert(run.key.clone(), results);
                }
                Err(reason) => {
                    failures += 1;
                    report.failed(run, &reason);
                }
            }
            Ok(())
        });
        stop.store(true, Ordering::Relaxed);
        report.bar.finish_and_clear();
        finished
    })?;
    Ok(failures)
}

type Finished<'a> = (&'a Run, Result<Results, String>);

fn work<'a>(queue: &Mutex<VecDeque<&'a Run>>, stop: &AtomicBool, sender: &Sender<Finished<'a>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(run) = next.filter(|_| !stop.load(Ordering::Relaxed)) else { return };
        if sender.send((run, in_process(run, stop))).is_err() {
            return;
        }
    }
}

/// Does one run; when `stop` is set its process is ended.
fn in_process(run: &Run, stop: &AtomicBool) -> Result<Results, String> {
    let program = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
    let mut command = Command::new(program);
    command.arg(WORKER).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = Ended(command.spawn().map_err(|e| format!("cannot start a process: {e}"))?);
    let mut job = serde_json::to_vec(&run.job).map_err(|e| format!("cannot describe the run: {e}"))?;
    job.push(b'\n');
    let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err("cannot talk to a process".to_owned()) };
    stdin.write_all(&job).map_err(|e| format!("cannot describe the run: {e}"))?;
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|e| format!("cannot hear of the run: {e}"))?;
        match serde_json::from_str(&line) {
            Ok(Message::Done(results)) => return Ok(*results),
            Ok(Message::Failed(reason)) => return Err(reason),
            Ok(Message::Step(..)) if stop.load(Ordering::Relaxed) => return Err("stopped".to_owned()),
            Ok(Message::Step(..)) => {}
            Err(e) => return Err(format!("a line of the run's process is not understood: {e}")),
        }
    }
    let status = child.0.wait().map_err(|e| format!("cannot hear of the run: {e}"))?;
    Err(format!("its process ended without a result ({status}); is there enough memory?"))
}

/// A process that does not outlive its owner.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It is gone already, or it must go; there is nothing to do about a failure.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tells of progress on standard error.
struct Report<'a> {
    plan: &'a Plan,
    bar: indicatif::ProgressBar,
    quiet: bool,
    jobs: usize,
    /// Seconds of the runs that are done, by what decides most about them.
    seconds: HashMap<(usize, Option<Shots>), Vec<f64>>,
    left: Vec<Place>,
}

impl<'a> Report<'a> {
    fn new(plan: &'a Plan, todo: &[&Run], common: &Common, jobs: usize) -> Report<'a> {
        let bar = bar(common, todo.len() as u64, "{bar:32} {pos}/{len} runs, {elapsed}{msg}");
        bar.enable_steady_tick(Duration::from_millis(500));
        let left = todo.iter().map(|run| run.place).collect();
        Report { plan, bar, quiet: common.quiet, jobs, seconds: HashMap::new(), left }
    }

    fn done(&mut self, run: &Run, results: &Results) {
        self.seconds.entry((run.place.method, run.place.shots)).or_default().push(results.seconds);
        let f1 = 100.0 * results.last.dev.f1;
        let figures = match &results.diverged {
            Some(why) => format!("diverged: {why}"),
            None => format!("dev F1 {f1:.2} after {} updates, {:.0} s", results.steps, results.seconds),
        };
        self.tell(run, &figures);
    }

    fn failed(&mut self, run: &Run, reason: &str) {
        self.tell(run, &format!("FAILED: {reason}"));
    }

    fn tell(&mut self, run: &Run, what: &str) {
        if let Some(at) = self.left.iter().position(|place| *place == run.place) {
            self.left.swap_remove(at);
        }
        self.bar.inc(1);
        self.bar.set_message(self.time_left());
        let line = format!("{}: {what}", describe(self.plan, run));
        match self.bar.is_hidden() {
            false => self.bar.println(line),
            true if !self.quiet => eprintln!("{line}{}", self.time_left()),
            true => {}
        }
    }

    /// An estimate from runs of the same method and number of shots, or of all where there are none yet.
    fn time_left(&self) -> String {
        let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len().max(1) as f64;
        let all: Vec<f64> = self.seconds.values().flatten().copied().collect();
        let of = |place: &Place| self.seconds.get(&(place.method, place.shots)).map_or_else(|| mean(&all), |s| mean(s));
        let seconds = self.left.iter().map(of).sum::<f64>() / self.jobs.max(1) as f64;
        match seconds {
            _ if self.left.is_empty() || all.is_empty() => String::new(),
            s if s < 90.0 => format!(", about {s:.0} s left"),
            s if s < 5400.0 => format!(", about {:.0} min left", s / 60.0),
            s => format!(", about {:.1} h left", s / 3600.0),
        }
    }
}

/// A run in words.
pub fn describe(plan: &Plan, run: &Run) -> String {
    let place = &run.place;
    let (arm, language) = (&plan.arms[place.arm].0, &plan.languages[place.language].0);
    let method = &plan.methods[place.method].0;
    match (&run.job.identity.training, place.shots) {
        (Some(t), Some(shots)) => {
            let rates = if t.head_learning_rate == t.learning_rate {
                format!("rate {}", t.learning_rate)
            } else {
                format!("rate {}, head {}", t.learning_rate, t.head_learning_rate)
            };
            format!("{language}, {arm}, {method}, {shots} shots, seed {}, {rates}", place.seed)
        }
        _ => format!("{language}, {arm}, {method}"),
    }
}
