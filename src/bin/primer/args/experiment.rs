//! `primer experiment`: compare models and methods over languages, shots and seeds.

use std::path::PathBuf;

use clap::Args;

use primer::Device;

use super::{Common, TrainingNumbers, at_least_one};

/// Compare models and methods over languages, numbers of sentences and seeds.
///
/// A plan names the arms (models, with the adapters that they start from), the languages, the
/// methods, the numbers of sentences to learn from and the seeds. Every combination is run; a
/// table, its numbers as JSON, and curves are written. What is done already is not done again.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXPERIMENT)]
pub struct Experiment {
    /// The plan, a TOML file. Paths in it are relative to its folder.
    #[arg(value_name = "PLAN.toml")]
    pub plan: PathBuf,

    /// Do N runs at once [default: cores divided by --threads; 1 on a GPU]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub jobs: Option<usize>,

    /// Use N processor cores for each run.
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    pub threads: usize,

    /// Where runs compute: cpu, cuda (cuda:1 for the second GPU), metal, or auto for a GPU if there is one [default: what the plan says, else cpu]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<Device>,

    /// In what numbers runs train; bf16 is quicker and for GPUs [default: what the plan says, else f32]
    #[arg(long, value_enum, value_name = "NUMBERS")]
    pub precision: Option<TrainingNumbers>,

    /// List the runs and stop.
    #[arg(long)]
    pub dry_run: bool,

    /// Do at most N runs now; the tables show what is there.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,

    /// Keep the models' weights in few bits in memory, too: less memory, a little slower, the same result.
    #[arg(long)]
    pub quantised: bool,

    /// Write the results as JSON to standard output, too.
    #[arg(long)]
    pub json: bool,

    /// No progress.
    #[arg(short, long)]
    pub quiet: bool,
}

impl Experiment {
    /// The options that other commands have as well.
    pub fn common(&self) -> Common {
        Common { json: self.json, threads: self.threads, quantised: self.quantised, quiet: self.quiet }
    }
}

const EXPERIMENT: &str = concat!(
    "\
Examples:
  primer experiment plan.toml --dry-run
  primer experiment plan.toml
  primer experiment plan.toml --jobs 4 --threads 2

A plan:

",
    include_str!("example.toml"),
    "
Results are written to the folder `out`: runs.jsonl (every run, a line each), results.md,
results.json, f1-over-shots*.svg and f1-over-steps-*.svg. Stop with Ctrl-C at any time and go on with the
same command; at most the runs under way are lost. After a change of the plan, only what
is new is run."
);
