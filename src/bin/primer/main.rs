//! The command line `primer`: tag, adapt, eval, info, import, prime, export, experiment.

mod adapt;
mod args;
mod console;
mod eval;
mod experiment;
mod export;
mod flags;
mod import;
mod info;
mod input;
mod interrupt;
mod prime;
mod ranks;
mod render;
mod tag;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use console::Failure;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Tag(args) => tag::run(&args),
        Command::Adapt(args) => adapt::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Prime(args) => prime::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Experiment(args) => experiment::run(&args),
        Command::Completions(args) => args::complete(&args),
        Command::ExperimentRun => experiment::run_one(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Who closed the pipe has seen enough.
        Err(Failure::Output(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(e) => {
            e.tell();
            e.status().into()
        }
    }
}
