//! What all commands share: errors, models, progress bars, JSON.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use primer::{Adapter, LoadOptions, Model, Tagger};

use crate::args::{Common, Engine};

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
    /// Somebody has said why; the exit status.
    Told(u8),
}

impl Failure {
    /// Says why on standard error, unless that was done.
    pub fn tell(&self) {
        if !matches!(self, Failure::Told(_)) {
            eprintln!("primer: {self}");
        }
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Failure::Interrupted(_) => INTERRUPTED,
            Failure::Told(status) => *status,
            _ => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Library(e) => e.fmt(f),
            Failure::Output(e) => write!(f, "cannot write the result: {e}"),
            Failure::Other(text) | Failure::Interrupted(text) => f.write_str(text),
            Failure::Told(status) => write!(f, "failed with status {status}"),
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

/// A tagger, and the adapter that it needs with every text; none where the model has types of its own.
pub struct Loaded {
    /// What tags.
    pub tagger: Tagger,
    /// The backbone, where the adapter is one's own.
    pub model: Option<Model>,
    /// What to tag with.
    pub adapter: Option<Adapter>,
}

impl Loaded {
    /// The types that entities are labelled with.
    pub fn types(&self) -> &[String] {
        let own = self.tagger.tags().map_or(&[][..], |tags| tags.types());
        self.adapter.as_ref().map_or(own, |adapter| adapter.types())
    }
}

/// Loads a model with its adapter, or without one a model that needs none, onto the engine that was asked for.
pub fn load_tagger(model: &Path, adapter: Option<&Path>, engine: &Engine, common: &Common) -> Outcome<Loaded> {
    let options = engine.options(common.threads);
    let Some(adapter) = adapter else {
        let bar = spinner(common, "loading the model");
        let loaded = Loaded { tagger: labelled(model, &options)?, model: None, adapter: None };
        bar.finish_and_clear();
        return Ok(loaded);
    };
    let model = load_model(model, common)?;
    let adapter = Adapter::load(adapter, &model)?;
    Ok(Loaded { tagger: Tagger::with_options(&model, &options)?, model: Some(model), adapter: Some(adapter) })
}

/// A model that has types of its own.
fn labelled(path: &Path, options: &primer::TaggerOptions) -> Outcome<Tagger> {
    let ours = path.extension().is_some_and(|e| e == "gguf");
    if ours
        || path.join("model.safetensors").exists() && !path.join("model.onnx").exists() && !path.join("onnx").exists()
    {
        return Err(Failure::Other(format!("{}: this model needs an adapter (--adapter)", path.display())));
    }
    #[cfg(feature = "onnx")]
    return Ok(Tagger::load_onnx(path, options)?);
    #[cfg(not(feature = "onnx"))]
    Err(Failure::Other(format!("an adapter is needed (--adapter): ONNX models are not read here, {options:?}")))
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
