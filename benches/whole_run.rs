//! One adaptation from start to end, measured; prints one JSON object.
//!
//!     cargo bench --bench whole_run -- --model MODEL --train FILE --method adapter --batch 16 --threads 2 --steps 30
//!
//! Processor time and memory are read from /proc and are null on other systems than Linux.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use primer::data::Sentence;
use primer::peft::Layers;
use primer::train::{Stage, adapt_observed};
use primer::{AdaptOptions, Cancel, Dataset, Device, LoadOptions, Method, Model, Precision, Progress, evaluate};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

const USAGE: &str = "\
cargo bench --bench whole_run -- --model MODEL --train FILE [OPTION ...]

  --model PATH      Hugging Face folder or GGUF file
  --train FILE      labelled sentences
  --dev FILE        measure F1 on these at the end
  --method NAME     head, adapter, lora, bitfit or full [adapter]
  --layers K        train the uppermost K layers only [all]
  --recompute       keep one tensor a layer and compute the rest again on the way back
  --quantised       keep the encoder's matrices as the file has them
  --device NAME     auto, cpu, cuda, cuda:N or metal [cpu]
  --bf16            compute in 16-bit floats, on a GPU
  --batch N         sentences a step [16]
  --threads N       [2]
  --steps N         on the first N batches of the file; where it is shorter, in several epochs [30]
  --sentences N     only the first N sentences of the file
  --epochs N        whole epochs instead of --steps
  --pieces P        sentences of exactly P pieces, made of the file's words by gluing and cutting
  --seed N          [0]
  --batches         print which sentences, by their place in the file, each step took";

/// Steps before the clock counts: page faults and cold caches.
const WARM_UP: usize = 3;

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let begun = Instant::now();
    if std::env::args().any(|a| a == "--help" || a == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(begun) {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("whole_run: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(begun: Instant) -> Outcome<Value> {
    let args = Args::parse()?;
    let (threads, batch, seed) = (args.number("threads", 2)?, args.number("batch", 16)?, args.number("seed", 0)?);
    if batch == 0 {
        return Err("--batch is 0".into());
    }
    let device: Device = args.text("device").unwrap_or("cpu").parse()?;
    let load = LoadOptions::new().threads(threads).quantised(args.text("quantised").is_some()).device(device);
    let model = Model::load_with(args.required("model")?, &load)?;
    let file = Dataset::load(args.required("train")?)?;
    let dev = args.text("dev").map(Dataset::load).transpose()?;

    let (data, places) = match args.text("pieces") {
        Some(_) => (of_pieces(&file, &model, args.number("pieces", 0)?)?, None),
        None => {
            let places = with_pieces(&file, &model)?;
            (file.select(&places)?, Some(places))
        }
    };
    let sentences = data.len().min(args.number("sentences", data.len())?).min(match args.text("epochs") {
        Some(_) => data.len(),
        None => args.number("steps", 30)?.saturating_mul(batch),
    });
    let data = data.select(&(0..sentences).collect::<Vec<_>>())?;
    let epochs = match args.text("epochs") {
        Some(_) => args.number("epochs", 1)?,
        None => args.number("steps", 30)?.div_ceil(sentences.div_ceil(batch).max(1)),
    };

    let name = args.text("method").unwrap_or("adapter");
    let mut method = Method::by_name(name, model.config())?;
    if args.text("layers").is_some() {
        method.set_layers(Layers::upper(args.number("layers", 0)?, model.config()));
    }
    let mut options = AdaptOptions::new(method);
    (options.epochs, options.batch_size, options.seed) = (Some(epochs), batch, seed as u64);
    options.recompute = args.text("recompute").is_some();
    if args.text("bf16").is_some() {
        options.precision = Precision::Bf16;
    }

    let mut clock = Clock::default();
    let mut observer = |p: &Progress| {
        clock.tick(p);
        ControlFlow::Continue(())
    };
    let loaded = begun.elapsed();
    let adapter = adapt_observed(&model, &data, None, &options, &mut observer, &Cancel::new())?;
    let adapted = begun.elapsed();
    let f1 = dev.map(|dev| evaluate(&model, &adapter, &dev)).transpose()?.map(|e| e.default.micro.f1);

    let order: Vec<Vec<usize>> = (1..=epochs).flat_map(|epoch| batches(sentences, batch, seed as u64, epoch)).collect();
    let steps = clock.steps.get(WARM_UP.saturating_sub(1)..).unwrap_or_default();
    if steps.is_empty() {
        return Err(format!("too few steps to measure: the first {WARM_UP} are not counted").into());
    }
    let timed: usize = steps.iter().map(|s| order.get(s.number - 1).map_or(0, Vec::len)).sum();
    let wall: f64 = steps.iter().map(|s| s.wall.as_secs_f64()).sum();
    // The last batch of an epoch may be a short one: it says nothing about a step.
    let full: Vec<&Step> = steps.iter().filter(|s| order.get(s.number - 1).is_none_or(|b| b.len() == batch)).collect();
    let training = adapter.card().training.as_ref();
    let mut result = json!({
        "method": name,
        "parameters": adapter.parameters(),
        "threads": model.threads(),
        "device": model.device().to_string(),
        "batch": batch,
        "sentences": sentences,
        "pieces_per_sentence": pieces(&data, &model)? as f64 / sentences as f64,
        "epochs": epochs,
        "steps": training.map(|t| t.steps),
        "step_ms_median": median(full.iter().map(|s| ms(s.wall))),
        "step_ms_min": full.iter().map(|s| ms(s.wall)).reduce(f64::min),
        "step_cpu_ms_median": median(full.iter().filter_map(|s| s.cpu.map(ms))),
        // Of the steps alone; what came before them, such as the one pass through frozen layers, stands beside it.
        "sentences_per_second": timed as f64 / wall,
        "seconds_to_first_step": clock.first.map(|first| (first - begun - loaded).as_secs_f64()),
        "peak_memory_mib": training.and_then(|t| t.peak_memory).map(|bytes| bytes as f64 / 1048576.0),
        "final_loss": clock.loss,
        "f1": f1,
        "seconds_to_load": loaded.as_secs_f64(),
        "seconds_to_adapt": (adapted - loaded).as_secs_f64(),
        "seconds": begun.elapsed().as_secs_f64(),
    });
    if args.text("batches").is_some() {
        let Some(places) = places else { return Err("--batches and --pieces exclude each other".into()) };
        let order: Vec<Vec<usize>> = order.iter().map(|b| b.iter().map(|i| places[*i]).collect()).collect();
        result["batches"] = json!(order);
    }
    Ok(result)
}

/// The command line. `cargo bench` adds `--bench`, which means nothing here.
struct Args(HashMap<String, String>);

impl Args {
    fn parse() -> Outcome<Args> {
        let known = |name: &str| USAGE.contains(&format!("\n  --{name} "));
        let mut values = HashMap::new();
        let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
        while let Some(arg) = args.next() {
            let name = arg.strip_prefix("--").filter(|name| known(name)).ok_or_else(|| format!("{arg}?\n\n{USAGE}"))?;
            let value = if ["batches", "recompute", "quantised", "bf16"].contains(&name) {
                Some(String::new())
            } else {
                args.next()
            };
            values.insert(name.to_owned(), value.ok_or_else(|| format!("{arg} has no value\n\n{USAGE}"))?);
        }
        Ok(Args(values))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn required(&self, name: &str) -> Outcome<&str> {
        self.text(name).ok_or_else(|| format!("--{name} is missing\n\n{USAGE}").into())
    }

    fn number(&self, name: &str, default: usize) -> Outcome<usize> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("--{name} {text} is not a whole number").into())
    }
}

/// What one update took.
struct Step {
    /// From 1.
    number: usize,
    wall: Duration,
    cpu: Option<Duration>,
}

/// Takes the time from one update to the next, without what lies between two epochs.
#[derive(Default)]
struct Clock {
    /// When the first update was done.
    first: Option<Instant>,
    last: Option<(Instant, Option<Duration>)>,
    steps: Vec<Step>,
    loss: f64,
}

impl Clock {
    fn tick(&mut self, progress: &Progress) {
        let now = (Instant::now(), processor_time());
        if let (Stage::Step, Some((instant, cpu))) = (progress.stage, self.last) {
            let cpu = now.1.zip(cpu).map(|(now, then)| now.saturating_sub(then));
            self.steps.push(Step { number: progress.step, wall: now.0 - instant, cpu });
        }
        if progress.stage == Stage::Step {
            self.first.get_or_insert(now.0);
            self.loss = progress.loss;
        }
        self.last = Some(now);
    }
}

/// Nanoseconds on a processor, summed over the process's threads. All of them live as long as the model.
fn processor_time() -> Option<Duration> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        sum += Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?);
    }
    Some(sum)
}

/// The batches of an epoch, as the library draws them: the peer is then given the very same ones.
fn batches(sentences: usize, batch: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sentences).collect();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    order.shuffle(&mut rng);
    order.chunks(batch).map(<[usize]>::to_vec).collect()
}

/// The places of the sentences that have a piece; training leaves the others out.
fn with_pieces(data: &Dataset, model: &Model) -> Outcome<Vec<usize>> {
    let mut places = Vec::with_capacity(data.len());
    for (place, sentence) in data.sentences().iter().enumerate() {
        let encoding = model.tokenizer().encode(&sentence.words)?;
        if encoding.words.iter().any(|w| w.labelled.is_some()) {
            places.push(place);
        }
    }
    Ok(places)
}

/// All pieces of `data`, special pieces included.
fn pieces(data: &Dataset, model: &Model) -> Outcome<usize> {
    let special = specials(model);
    let mut sum = 0;
    for sentence in data.sentences() {
        sum += model.tokenizer().encode(&sentence.words)?.ids.len() + special;
    }
    Ok(sum)
}

fn specials(model: &Model) -> usize {
    let (before, after) = model.tokenizer().special_ids();
    before.len() + after.len()
}

/// Sentences of exactly `length` pieces, special pieces included: the words of `data` in their order, without those
/// that would run over the length.
fn of_pieces(data: &Dataset, model: &Model, length: usize) -> Outcome<Dataset> {
    let Some(room) = length.checked_sub(specials(model)).filter(|room| *room > 0) else {
        return Err(format!("--pieces {length} leaves no room for a word").into());
    };
    let mut made = Vec::new();
    let (mut words, mut tags, mut used) = (Vec::new(), Vec::new(), 0);
    for Sentence { words: from, tags: labels, .. } in data.sentences() {
        let encoding = model.tokenizer().encode(from)?;
        for ((word, tag), of_word) in from.iter().zip(labels).zip(&encoding.words) {
            if of_word.labelled.is_none() || used + of_word.pieces.len() > room {
                continue;
            }
            words.push(word.clone());
            tags.push(tag.clone());
            used += of_word.pieces.len();
            if used == room {
                made.push((std::mem::take(&mut words), std::mem::take(&mut tags)));
                used = 0;
            }
        }
    }
    Ok(Dataset::from_sentences(data.name(), made, Some(data.scheme()))?)
}

fn ms(d: Duration) -> f64 {
    1e3 * d.as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}
