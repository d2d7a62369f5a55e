//! What all commands share: errors, models, progress bars, JSON.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use primer::{LoadOptions, Model};

use crate::args::Common;

/// The exit status after Ctrl-C, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Why a command failed.
pub enum Failure {
    /// The library's reason.
    Library(primer::Error),
    /// The result could not be written.
    Output(io::Error),
    /// A reason of the command line's own.
    Other(String),
    /// Ctrl-C: where it stopped.
    Interrupted(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Library(e) => e.fmt(f),
            Failure::Output(e) => write!(f, "cannot write the result: {e}"),
            Failure::Other(text) | Failure::Interrupted(text) => f.write_str(text),
        }
    }
}

impl From<primer::Error> for Failure {
    fn from(e: primer::Error) -> Failure {
        Failure::Library(e)
    }
}

impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Failure {
        Failure::Output(e)
    }
}

/// The result of a command.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Loads a model on as many threads as were asked for.
pub fn load_model(path: &Path, common: &Common) -> Outcome<Model> {
    let bar = spinner(common, "loading the model");
    let model = Model::load_with(path, &LoadOptions::new().threads(common.threads).quantised(common.quantised))?;
    bar.finish_and_clear();
    Ok(model)
}

fn hidden(common: &Common) -> bool {
    common.quiet || !io::stderr().is_terminal()
}

/// A sign of life for work whose length is not known.
pub fn spinner(common: &Common, message: &'static str) -> ProgressBar {
    if hidden(common) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A bar on standard error, for `length` things; hidden where nobody looks.
pub fn bar(common: &Common, length: u64, template: &str) -> ProgressBar {
    if hidden(common) {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style.progress_chars("━━╌"))
}

/// Prints a JSON object on standard output.
pub fn print_json(value: &impl serde::Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::Other(format!("cannot write JSON: {e}")))?;
    Ok(writeln!(io::stdout(), "{text}")?)
}
