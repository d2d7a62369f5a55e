//! How soon calls end once they are asked to: median and worst over requests spread over a call's whole length.
//!
//!     cargo bench --features cli --bench cancel -- [--trials N] [--threads N] [--seconds S] [NAME ...]
//!
//! Operations whose name holds one of NAME, all without. A request comes within the first S seconds of a call [20]. Runs on
//! the shipped model; sentences have 500 words, the text to tag 50 MB. Meant for a quiet machine.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use primer::data::DataOptions;
use primer::meta::{Algorithm, Hessian, Order, PrimeOptions, prime_observed};
use primer::model::{ImportOptions, import};
use primer::tag::evaluate_observed;
use primer::train::adapt_observed;
use primer::{
    AdaptOptions, Adapter, Cancel, Dataset, ErrorKind, Input, LoadOptions, Method, Model, Result, Scheme, Tagger, Task,
};

/// What is measured, by its name.
type Operation<'a> = (String, Box<dyn Fn(&Cancel) -> Result<()> + Sync + 'a>);

const WORDS: [&str; 12] =
    ["Ada", "Lovelace", "lived", "in", "London", ",", "Nairobi", "ni", "mji", "mkuu", "wa", "Siemens"];

fn main() -> ExitCode {
    let (mut trials, mut threads, mut seconds, mut names) = (20, 0, 20.0, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(20.0);
        match &*argument {
            "--trials" => trials = number() as usize,
            "--threads" => threads = number() as usize,
            "--seconds" => seconds = number(),
            "--bench" => {}
            name => names.push(name.to_owned()),
        }
    }
    match run(trials, threads, seconds, &names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("cancel: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    trials: usize,
    threads: usize,
    seconds: f64,
    names: &[String],
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let path = models.join("primer-mini.gguf");
    let model = Model::load_with(&path, &LoadOptions::new().threads(threads))?;
    let adapter = Adapter::load(models.join("per-loc-org.safetensors"), &model)?;
    let folder = tempfile::tempdir()?;
    let out = folder.path().to_owned();
    let (long, many) = (data(64, 500)?, data(2000, 30)?);
    let text = WORDS.join(" ").repeat(50_000_000 / 55);
    let line = format!("{{\"text\": \"{}\", \"entities\": []}}\n", WORDS.join(" "));
    let lines = line.repeat(50_000_000 / line.len());
    println!("{:28} {:>8} {:>8} {:>8}", "operation", "median", "worst", "trials");
    for (name, operation) in operations(&model, &adapter, (&long, &many), (&text, &lines), (&path, &out)) {
        if names.is_empty() || names.iter().any(|n| name.contains(&**n)) {
            measure(&name, &*operation, trials, seconds)?;
        }
    }
    Ok(())
}

/// `sentences` of so many words, with entities.
fn data(sentences: usize, words: usize) -> Result<Dataset> {
    let one = |i: usize| {
        let words: Vec<String> = (0..words).map(|w| WORDS[(w * 5 + i) % WORDS.len()].to_owned()).collect();
        let tag = |word: &String| if ["London", "Nairobi"].contains(&&**word) { "B-LOC" } else { "O" };
        let tags = words.iter().map(|w| tag(w).to_owned()).collect();
        (words, tags)
    };
    Dataset::from_sentences("generated", (0..sentences).map(one).collect(), Some(Scheme::Iob2))
}

fn operations<'a>(
    model: &'a Model,
    adapter: &'a Adapter,
    (long, many): (&'a Dataset, &'a Dataset),
    (text, lines): (&'a str, &'a str),
    (path, out): (&'a Path, &'a PathBuf),
) -> Vec<Operation<'a>> {
    let mut all: Vec<Operation> = Vec::new();
    for (name, recompute) in
        [("head", false), ("adapter", false), ("adapter", true), ("lora", false), ("bitfit", false), ("full", false)]
    {
        let shown = format!("adapt {name}{}", if recompute { " recompute" } else { "" });
        let adapt = move |cancel: &Cancel| {
            let mut options = AdaptOptions::new(Method::by_name(name, model.config())?);
            (options.recompute, options.epochs) = (recompute, Some(2));
            adapt_observed(model, long, Some(long), &options, &mut |_| ControlFlow::Continue(()), cancel).map(drop)
        };
        all.push((shown, Box::new(adapt)));
    }
    for (name, algorithm) in [
        ("first", Algorithm::Maml(Order::First)),
        ("second tangents", Algorithm::Maml(Order::Second(Hessian::Tangents))),
        ("second differences", Algorithm::Maml(Order::Second(Hessian::Differences))),
        ("multi-task", Algorithm::MultiTask),
        ("reptile", Algorithm::Reptile(0.1)),
    ] {
        let prime = move |cancel: &Cancel| {
            let mut options = PrimeOptions::new(Method::by_name("adapter", model.config())?);
            (options.algorithm, options.steps, options.support, options.query) = (algorithm, 2, 4, 4);
            let tasks = [Task::new("a", long.clone()), Task::new("b", many.clone())];
            prime_observed(model, &tasks, &tasks, &options, &mut |_| ControlFlow::Continue(()), cancel).map(drop)
        };
        all.push((format!("prime {name}"), Box::new(prime)));
    }
    let tagger = Tagger::new(model);
    let tag = move |cancel: &Cancel| tagger.tag_cancellable(&[(Input::Text(text), adapter)], cancel).map(drop);
    all.push(("tag 50 MB".to_owned(), Box::new(tag)));
    let load = move |cancel: &Cancel| {
        let options = DataOptions { cancel: cancel.clone(), ..DataOptions::default() };
        Dataset::from_bytes(lines.as_bytes(), "lines.jsonl", &options).map(drop)
    };
    all.push(("load data of 50 MB".to_owned(), Box::new(load)));
    let evaluate = |cancel: &Cancel| evaluate_observed(model, adapter, many, &mut |_| {}, cancel).map(drop);
    all.push(("evaluate".to_owned(), Box::new(evaluate)));
    let import = |cancel: &Cancel| {
        let options = ImportOptions { cancel: cancel.clone(), ..ImportOptions::default() };
        let source = source(path);
        import(&source, &out.join("imported.gguf"), &options, &mut |_| ControlFlow::Continue(())).map(drop)
    };
    all.push(("import".to_owned(), Box::new(import)));
    #[cfg(feature = "onnx")]
    all.push((
        "export onnx".to_owned(),
        Box::new(|cancel| primer::onnx::export_cancellable(adapter, out.join("model.onnx"), cancel)),
    ));
    all
}

/// The folder that the shipped model was made of, where it is there; else the model itself.
fn source(model: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("build/multilingual-e5-small");
    if folder.join("SOURCE.json").exists() { folder } else { model.to_owned() }
}

fn measure(name: &str, operation: &(dyn Fn(&Cancel) -> Result<()> + Sync), trials: usize, seconds: f64) -> Result<()> {
    // How long the call takes, or the part of it in which it is asked to stop. Also a warm-up.
    let cancel = Cancel::new();
    let length = stopped(operation, &cancel, Duration::from_secs_f64(seconds)).0;
    let mut latencies: Vec<Duration> = Vec::new();
    for trial in 0..trials {
        // Spread evenly, in no order.
        let share = (0.5 + trial as f64 * 0.618_034).fract();
        let (_, latency, done) = stopped(operation, &Cancel::new(), length.mul_f64(share));
        match done {
            Err(e) if e.kind() == ErrorKind::Cancelled => latencies.push(latency),
            // It was quicker this time.
            Ok(()) => {}
            Err(e) => return Err(e),
        }
    }
    latencies.sort();
    let shown = |at: usize| latencies.get(at).map_or("-".to_owned(), |l| format!("{:.0} ms", l.as_secs_f64() * 1e3));
    println!(
        "{name:28} {:>8} {:>8} {:>8}",
        shown(latencies.len() / 2),
        shown(latencies.len().saturating_sub(1)),
        latencies.len()
    );
    Ok(())
}

/// Runs an operation and asks it to stop after a while; how long it ran until then, how long it took to end, and its end.
fn stopped(
    operation: &(dyn Fn(&Cancel) -> Result<()> + Sync),
    cancel: &Cancel,
    after: Duration,
) -> (Duration, Duration, Result<()>) {
    let begun = Instant::now();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let asks = scope.spawn(move || {
            // An end before that wakes it.
            let _ = receiver.recv_timeout(after);
            cancel.request();
            Instant::now()
        });
        let done = operation(cancel);
        let ended = Instant::now();
        drop(sender);
        let asked = asks.join().unwrap_or(ended);
        (ended.min(asked) - begun, ended.saturating_duration_since(asked), done)
    })
}
