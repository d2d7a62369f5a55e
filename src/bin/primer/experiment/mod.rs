//! `primer experiment`: a plan's runs, its tables and its curves.

mod curves;
mod figure;
mod generated;
mod grid;
mod job;
mod journal;
mod markdown;
mod plan;
mod reading;
mod runner;
mod settings;
mod statistics;
mod summary;
mod values;
mod worker;

use std::path::Path;

use primer::Device;

use crate::args::Experiment;
use crate::console::{Failure, Outcome, fits, print_json, spinner, unusable};

use grid::{Inputs, Resources, Run};
use journal::Journal;
use plan::Plan;
use summary::Summary;

pub use worker::run as run_one;

pub fn run(args: &Experiment) -> Outcome {
    let plan = Plan::load(&args.plan)?;
    let paths = plan.paths(&args.plan);
    if args.dry_run { paths.check_conflicts() } else { paths.check() }?;
    let resources = resources(args, &plan)?;
    let spinner = spinner(&args.common(), "reading the plan's files");
    let inputs = Inputs::load(&plan)?;
    let runs = grid::runs(&plan, &inputs, resources)?;
    spinner.finish_and_clear();
    let path = plan.out.join("runs.jsonl");
    if args.dry_run {
        return list(&plan, &runs, &path);
    }
    std::fs::create_dir_all(&plan.out)
        .map_err(|e| Failure::Other(format!("{}: cannot make the folder: {e}", plan.out.display())))?;
    let (mut journal, mut done) = Journal::open(&path)?;
    let mut todo: Vec<&Run> = grid::distinct(&runs).into_iter().filter(|run| !done.contains_key(&run.key)).collect();
    todo.truncate(args.limit.unwrap_or(usize::MAX));
    let failures = runner::run_all(&plan, &todo, &mut journal, &mut done, jobs(args, resources.device), args)?;
    let summary = Summary::new(&plan, &inputs, &runs, &done);
    write(&plan, &summary)?;
    if args.json {
        print_json(&summary)?;
    } else {
        println!(
            "{} of {} runs are done; see {}",
            summary.done,
            summary.planned,
            plan.out.join("results.md").display()
        );
    }
    match failures {
        0 => Ok(()),
        n => Err(Failure::Other(format!("{n} runs failed; the same command tries them again"))),
    }
}

/// What runs compute with: the command line has the last word. A device that cannot be used is found before the first run.
fn resources(args: &Experiment, plan: &Plan) -> Outcome<Resources> {
    let wanted = args.device.or(plan.device).unwrap_or_default();
    let device = match wanted {
        // A list needs no device, but which one is meant it must know.
        wanted if args.dry_run && wanted != Device::Auto => wanted,
        wanted => wanted.find().map_err(|e| unusable(wanted, e))?,
    };
    let precision = args.precision.or(plan.precision).unwrap_or_default();
    fits(precision.into(), device)?;
    if args.quantised && device != Device::Cpu {
        return Err(Failure::Other(format!("--quantised is for the processor; these runs compute on {device}")));
    }
    Ok(Resources { threads: args.threads, quantised: args.quantised, device, precision })
}

/// As many runs at once as keep all cores busy; a GPU does one at a time.
fn jobs(args: &Experiment, device: Device) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let usual = if device == Device::Cpu { cores / args.threads } else { 1 };
    args.jobs.unwrap_or(usual.max(1))
}

fn list(plan: &Plan, runs: &[Run], journal: &Path) -> Outcome {
    use std::io::Write;
    let (done, _) = journal::read(journal)?;
    let mut out = std::io::stdout().lock();
    let distinct = grid::distinct(runs);
    for run in &distinct {
        let mark = if done.contains_key(&run.key) { "done " } else { "to do" };
        writeln!(out, "{mark}  {}  {}", &run.key[..8], runner::describe(plan, run))?;
    }
    let left = distinct.iter().filter(|run| !done.contains_key(&run.key)).count();
    Ok(writeln!(out, "{} runs, {left} to do", distinct.len())?)
}

/// Writes tables and curves anew.
fn write(plan: &Plan, summary: &Summary) -> Outcome {
    let json = serde_json::to_string_pretty(summary).map_err(|e| Failure::Other(format!("cannot write JSON: {e}")))?;
    replace(&plan.out.join("results.json"), &(json + "\n"))?;
    let figures = curves::figures(summary)?;
    for (name, svg) in &figures {
        replace(&plan.out.join(name), svg)?;
    }
    replace(
        &plan.out.join("results.md"),
        &markdown::tables(plan, summary, figures.iter().map(|(name, _)| name.as_str())),
    )
}

/// Replaces a file as a whole: a reader never sees half of it.
fn replace(path: &Path, text: &str) -> Outcome {
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, path))
        .map_err(|e| Failure::Other(format!("{}: cannot write: {e}", path.display())))
}
