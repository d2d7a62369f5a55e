//! What all commands share: errors, models, progress bars, JSON.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use primer::data::DataOptions;
use primer::{Adapter, Dataset, Device, ErrorKind, LoadOptions, Model, Precision, Tagger};

use crate::args::{Common, Engine, EngineName, Place, Reading};
use crate::flags::flag;

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
            Failure::Library(e) => f.write_str(&e.display_as(flag)),
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
    load_model_on(path, Place::HOST, common)
}

/// [`load_model`] where it shall compute, in numbers that this place must have.
pub fn load_model_on(path: &Path, place: Place, common: &Common) -> Outcome<Model> {
    let bar = spinner(common, "loading the model");
    let options = LoadOptions::new().threads(common.threads).quantised(common.quantised).device(place.device);
    let model = Model::load_with(path, &options).map_err(|e| match e.file() {
        None => unusable(place.device, e),
        Some(_) => e.into(),
    })?;
    bar.finish_and_clear();
    fits(place.precision, model.device())?;
    Ok(model)
}

/// Reads labelled data, and says on standard error what of it was passed over and which of its entities no tagger of words
/// can find.
pub fn load_data(path: &Path, flags: &Reading) -> Outcome<Dataset> {
    load_data_with(path, &flags.options()?)
}

/// [`load_data`] by the library's options.
pub fn load_data_with(path: &Path, options: &DataOptions) -> Outcome<Dataset> {
    let data = Dataset::load_with(path, options)?;
    data.notes().iter().for_each(|note| eprintln!("primer: {}: {note}", path.display()));
    let cut = data.cut_spans();
    if cut.count > 0 {
        eprintln!("primer: {}: {cut}", path.display());
    }
    Ok(data)
}

/// Why a device cannot be had, and what to do.
pub fn unusable(device: Device, e: primer::Error) -> Failure {
    match e.kind() {
        ErrorKind::Unsupported | ErrorKind::Device => {
            Failure::Other(format!("--device {device}: {e} (`primer info --devices` tells what can be used here)"))
        }
        _ => e.into(),
    }
}

/// Whether a device has numbers of this kind.
pub fn fits(precision: Precision, device: Device) -> Outcome {
    let needed = match (precision, device) {
        (Precision::Bf16, Device::Cpu) => "--precision bf16 is for GPUs: choose one by --device",
        (Precision::Int8, device) if device != Device::Cpu => "--precision int8 is for --device cpu",
        _ => return Ok(()),
    };
    Err(Failure::Other(format!("{needed} (this run computes on {device})")))
}

/// Where something was computed, as the end of a sentence; nothing for the processor.
pub fn computed_on(device: Device, precision: Precision) -> String {
    match (device, precision) {
        (Device::Cpu, _) => String::new(),
        (device, Precision::Bf16) => format!(", on {device} in bf16"),
        (device, _) => format!(", on {device}"),
    }
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
    let options = engine.options(common.threads)?;
    let Some(adapter) = adapter else {
        let bar = spinner(common, "loading the model");
        let loaded = Loaded { tagger: labelled(model, engine, &options)?, model: None, adapter: None };
        bar.finish_and_clear();
        return Ok(loaded);
    };
    let place = match engine.engine {
        EngineName::Native => engine.place(),
        EngineName::Onnx => without_device(engine).map(|()| Place::HOST)?,
        // Which numbers fit is the engine's to say.
        EngineName::Auto => Place { device: engine.device, ..Place::HOST },
    };
    let model = load_model_on(model, place, common)?;
    let adapter = Adapter::load(adapter, &model)?;
    Ok(Loaded { tagger: Tagger::with_options(&model, &options)?, model: Some(model), adapter: Some(adapter) })
}

/// Refuses a device of our own for what runs on ONNX Runtime.
fn without_device(engine: &Engine) -> Outcome {
    let message = "--device is for this program's own engine; ONNX Runtime computes where --provider says";
    match engine.device {
        Device::Cpu => Ok(()),
        _ => Err(Failure::Other(message.to_owned())),
    }
}

/// A model that has types of its own.
fn labelled(path: &Path, engine: &Engine, options: &primer::TaggerOptions) -> Outcome<Tagger> {
    let ours = path.extension().is_some_and(|e| e == "gguf");
    if ours
        || path.join("model.safetensors").exists() && !path.join("model.onnx").exists() && !path.join("onnx").exists()
    {
        return Err(Failure::Other(format!("{}: this model needs an adapter (--adapter)", path.display())));
    }
    without_device(engine)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_device_unless_it_is_the_processor() {
        assert_eq!(computed_on(Device::Cpu, Precision::F32), "");
        assert_eq!(computed_on(Device::Cuda(1), Precision::F32), ", on cuda:1");
        assert_eq!(computed_on(Device::Metal, Precision::Bf16), ", on metal in bf16");
    }

    #[test]
    fn numbers_that_a_device_lacks_are_refused_with_advice() {
        for (precision, device, fit) in [
            (Precision::F32, Device::Cpu, true),
            (Precision::Int8, Device::Cpu, true),
            (Precision::Bf16, Device::Cpu, false),
            (Precision::F32, Device::Cuda(0), true),
            (Precision::Bf16, Device::Cuda(0), true),
            (Precision::Int8, Device::Metal, false),
        ] {
            let done = fits(precision, device);
            assert_eq!(done.is_ok(), fit, "{precision:?} on {device}");
            assert!(done.err().is_none_or(|e| e.to_string().contains("--device")));
        }
    }
}
