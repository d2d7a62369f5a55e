//! The command line `primer`: tag, adapt, eval, info, import, prime, export, experiment.

mod adapt;
mod args;
mod console;
mod eval;
mod experiment;
mod export;
mod files;
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

use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
use console::{Failure, Outcome};

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let command = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli.command,
        Err(e) => e.format(&mut Cli::command()).exit(),
    };
    let done = files::check(&Cli::command(), &matches).and_then(|()| run(command));
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

fn run(command: Command) -> Outcome {
    match command {
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
    }
}
