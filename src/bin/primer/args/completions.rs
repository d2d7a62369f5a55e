//! `primer completions`: what a shell needs to complete commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::console::Outcome;

/// Write what a shell needs to complete commands, flags and their values.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

const COMPLETIONS: &str = "\
Examples:
  primer completions bash > ~/.local/share/bash-completion/completions/primer
  primer completions zsh > ~/.zfunc/_primer
  primer completions fish > ~/.config/fish/completions/primer.fish";

/// Writes the shell's script to standard output.
pub fn run(args: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "primer", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)?;
    Ok(())
}
