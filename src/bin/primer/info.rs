//! `primer info`: what is in a model, an adapter or a data file, and what can compute.

use std::io::{self, Write};
use std::path::Path;

use primer::peft::Card;
use primer::{Adapter, Dataset, Device, FEATURES, Model};
use serde_json::{Value, json};

use crate::adapt::summary;
use crate::args::Info;
use crate::console::{Failure, Outcome, load_model, print_json};

/// What a file turned out to be.
enum About {
    Model(Box<Model>),
    Adapter(Box<Card>),
    /// Another library's adapter folder: its configuration.
    Folder(Value),
    Data(Dataset),
}

pub fn run(args: &Info) -> Outcome {
    let files = args.files.iter().map(|path| Ok((path, look(path, args)?))).collect::<Outcome<Vec<_>>>()?;
    let devices = if args.devices { devices() } else { Vec::new() };
    if args.common.json {
        let mut all: Vec<Value> = files.iter().map(|(path, about)| as_json(path, about, args.tensors)).collect();
        if args.devices {
            let one = |(device, unusable): &(String, Option<String>)| json!({"device": device, "usable": unusable.is_none(), "reason": unusable});
            let devices: Vec<Value> = devices.iter().map(one).collect();
            let version = env!("CARGO_PKG_VERSION");
            all.push(json!({"kind": "program", "version": version, "features": FEATURES, "devices": devices}));
        }
        return print_json(&all);
    }
    let mut out = io::stdout().lock();
    if args.devices {
        let features = if FEATURES.is_empty() { "no features".to_owned() } else { FEATURES.join(", ") };
        writeln!(out, "primer {}, built with {features}", env!("CARGO_PKG_VERSION"))?;
        for (device, unusable) in &devices {
            match unusable {
                None => writeln!(out, "  {device:8} can be used")?,
                Some(reason) => writeln!(out, "  {device:8} cannot be used: {reason}")?,
            }
        }
    }
    for (path, about) in &files {
        writeln!(out, "{}", path.display())?;
        print(about, args.tensors, &mut out)?;
    }
    Ok(())
}

/// Each device, and why it cannot be used where it cannot.
fn devices() -> Vec<(String, Option<String>)> {
    // More GPUs than a machine has; the first that is not there ends the search.
    const MOST: usize = 64;
    let reason = |device: Device| device.find().err().map(|e| e.message().to_owned());
    let mut found = vec![(Device::Cpu.to_string(), None)];
    let gpus = (0..MOST).map(Device::Cuda).take_while(|gpu| gpu.find().is_ok());
    found.extend(gpus.map(|gpu| (gpu.to_string(), None)));
    if found.len() == 1 {
        found.push(("cuda".to_owned(), reason(Device::Cuda(0))));
    }
    found.push((Device::Metal.to_string(), reason(Device::Metal)));
    found
}

fn look(path: &Path, args: &Info) -> Outcome<About> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if path.join("config.json").exists() || extension == "gguf" {
        return Ok(About::Model(Box::new(load_model(path, &args.common)?)));
    }
    if extension == "safetensors" {
        let bytes = std::fs::read(path).map_err(|e| Failure::Other(format!("{}: cannot read: {e}", path.display())))?;
        let card = Adapter::read_card(&bytes).map_err(|e| Failure::Other(format!("{}: {e}", path.display())))?;
        return Ok(About::Adapter(Box::new(card)));
    }
    if path.join("adapter_config.json").exists() {
        let path = path.join("adapter_config.json");
        let bytes =
            std::fs::read(&path).map_err(|e| Failure::Other(format!("{}: cannot read: {e}", path.display())))?;
        let config = serde_json::from_slice(&bytes);
        return Ok(About::Folder(config.map_err(|e| Failure::Other(format!("{}: not JSON: {e}", path.display())))?));
    }
    // Other folders and the files of other programs: the reader of models says what they are.
    const FOREIGN: [&str; 9] = ["bin", "pt", "pth", "h5", "onnx", "model", "msgpack", "ckpt", "zip"];
    if path.is_dir() || FOREIGN.contains(&extension) {
        return Ok(About::Model(Box::new(load_model(path, &args.common)?)));
    }
    Ok(About::Data(Dataset::load_with(path, &args.reading.options()?)?))
}

/// What another library's configuration is of: the library, the method, and the model that it was trained on.
fn origin(config: &Value) -> (&'static str, String, &str) {
    match config["peft_type"].as_str() {
        Some(method) => {
            ("Hugging Face PEFT", method.to_owned(), config["base_model_name_or_path"].as_str().unwrap_or(""))
        }
        None => {
            let method = config["config"]["architecture"].as_str().unwrap_or("bottleneck");
            ("AdapterHub", method.to_owned(), config["model_name"].as_str().unwrap_or(""))
        }
    }
}

fn as_json(path: &Path, about: &About, tensors: bool) -> Value {
    let file = path.display().to_string();
    match about {
        About::Model(model) => {
            let mut value = json!({
                "file": file, "kind": "model", "config": model.config(), "card": model.card(),
                "fingerprint": model.fingerprint(),
            });
            if let Some(head) = model.tag_head() {
                value["tag_head"] = json!(head.labels());
            }
            if let Some(start) = model.start() {
                value["start"] = json!({
                    "method": start.method(), "schemes": start.schemes(), "reads_names": start.reads_names(),
                    "known_types": start.known_types(), "template": start.template(), "record": start.record(),
                });
            }
            if tensors {
                let info = |t: primer::model::TensorInfo| json!({"name": t.name, "type": t.dtype.to_string(), "shape": t.shape, "bytes": t.bytes});
                value["tensors"] = model.tensors().into_iter().map(info).collect();
            }
            value
        }
        About::Adapter(card) => json!({"file": file, "kind": "adapter", "card": card}),
        About::Folder(config) => {
            let (library, method, base) = origin(config);
            json!({"file": file, "kind": "adapter folder", "library": library, "method": method, "base": base, "config": config})
        }
        About::Data(data) => json!({
            "file": file, "kind": "data", "sentences": data.len(), "types": data.types(), "scheme": data.scheme(),
            "entities": data.entities(), "cut_spans": data.cut_spans(), "notes": data.notes(),
        }),
    }
}

/// What the record of a priming run comes to in a line; all of it is in `--json`.
fn priming(key: &str, value: &str) -> Option<String> {
    let record: Value = serde_json::from_str(value).ok().filter(|_| key == "priming")?;
    let (options, updates) = (&record["options"], record["steps"].as_u64()?);
    let head = match options["head"].as_str() {
        Some(head) => format!(", heads {head}"),
        None => String::new(),
    };
    let algorithm =
        options["algorithm"].as_str().or_else(|| options["algorithm"].as_object()?.keys().next().map(String::as_str));
    let tasks = record["tasks"].as_array()?;
    let sentences: u64 = tasks.iter().filter_map(|task| task[1].as_u64()).sum();
    let scores: Vec<String> = record["dev_f1"]
        .as_object()?
        .iter()
        .filter_map(|(task, f1)| Some(format!("{task} {:.1}", 100.0 * f1.as_f64()?)))
        .collect();
    let scores = if scores.is_empty() { String::new() } else { format!("; dev F1 {}", scores.join(", ")) };
    let (algorithm, tasks) = (algorithm.unwrap_or("?").replace('_', "-"), tasks.len());
    Some(format!(
        "{updates} updates of {algorithm}{head}, {tasks} tasks of {sentences} sentences{scores} (--json has the whole record)"
    ))
}

fn print(about: &About, tensors: bool, out: &mut dyn Write) -> Outcome {
    match about {
        About::Model(model) => {
            let c = model.config();
            writeln!(out, "  model {}", c.name)?;
            writeln!(
                out,
                "  {} layers of width {}, {} heads, windows of {} pieces",
                c.layers, c.hidden, c.heads, c.positions
            )?;
            writeln!(out, "  {} pieces in the vocabulary", c.vocabulary)?;
            writeln!(out, "  fingerprint {}", model.fingerprint())?;
            for (key, value) in model.card() {
                match priming(key, value) {
                    Some(summary) => writeln!(out, "  {key}: {summary}")?,
                    None => writeln!(out, "  {key}: {value}")?,
                }
            }
            if let Some(start) = model.start() {
                let names = if start.reads_names() { ", and a head of types' names and words" } else { "" };
                writeln!(out, "  adaptation starts from parameters of the method {}{names}", start.method().name())?;
                if !start.known_types().is_empty() {
                    writeln!(out, "  it knows the types {}", start.known_types().join(", "))?;
                }
            }
            if let Some(head) = model.tag_head() {
                let labels = head.labels();
                writeln!(
                    out,
                    "  a tag head of its own, which is no part of the model: {} labels ({})",
                    labels.len(),
                    labels.join(", ")
                )?;
                writeln!(out, "  (to tag with it, give this folder as the adapter too)")?;
            }
            for t in if tensors { model.tensors() } else { Vec::new() } {
                writeln!(out, "  {:60} {:>5} {:?}", t.name, t.dtype.to_string(), t.shape)?;
            }
        }
        About::Adapter(card) => {
            writeln!(out, "  adapter {} ({})", card.name, card.method.name())?;
            writeln!(out, "  tags {} as {}", card.tags.types().join(", "), card.tags.scheme())?;
            let fingerprint = card.backbone.fingerprint.as_deref().unwrap_or("unknown");
            writeln!(out, "  for the model {} with fingerprint {fingerprint}", card.backbone.name)?;
            for line in summary(card, "").lines() {
                writeln!(out, "  {line}")?;
            }
            // What is always so is in the guide.
            let decided = card.training.iter().flat_map(|t| &t.options).filter(|option| option.reason.is_some());
            for (i, option) in decided.enumerate() {
                let title = if i == 0 { "options: " } else { "         " };
                writeln!(out, "  {title}{option}")?;
            }
            if let Some(t) = card.training.as_ref().filter(|t| !t.shots.is_empty()) {
                writeln!(out, "  sentences used, counted from 0: {:?}", t.shots)?;
            }
        }
        About::Folder(config) => {
            let (library, method, base) = origin(config);
            writeln!(out, "  an adapter folder of {library} ({method}) for the model {base:?}")?;
            writeln!(out, "  (to tag with it, give it by --adapter, with the model that it was trained on)")?;
        }
        About::Data(data) => {
            writeln!(out, "  {} sentences, {} entities ({})", data.len(), data.entities(), data.scheme())?;
            writeln!(out, "  types {}", data.types().join(", "))?;
            for note in data.notes() {
                writeln!(out, "  {note}")?;
            }
            let cut = data.cut_spans();
            if cut.count > 0 {
                for line in cut.to_string().lines() {
                    writeln!(out, "  {line}")?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record may name thousands of types and tasks; who looks at a file reads a line.
    #[test]
    fn a_record_of_priming_is_a_line() {
        let record = json!({
            "options": {"algorithm": {"maml": "first"}, "head": "made"}, "steps": 7, "tasks": [["a", 3], ["b", 4]],
            "dev_f1": {"a names": 0.1234},
        });
        let line =
            "7 updates of maml, heads made, 2 tasks of 7 sentences; dev F1 a names 12.3 (--json has the whole record)";
        assert_eq!(priming("priming", &record.to_string()).as_deref(), Some(line));
        let old = json!({"options": {"algorithm": "multi_task"}, "steps": 1, "tasks": [], "dev_f1": {}});
        let line = "1 updates of multi-task, 0 tasks of 0 sentences (--json has the whole record)";
        assert_eq!(priming("priming", &old.to_string()).as_deref(), Some(line));
        // What is no such record is printed as it stands.
        assert_eq!(priming("licence", &record.to_string()), None);
        assert_eq!(priming("priming", "by hand"), None);
        assert_eq!(priming("priming", "{}"), None);
    }
}
