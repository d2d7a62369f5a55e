//! Tagging, measured; prints one JSON object.
//!
//!     cargo bench --bench tagging -- --model MODEL --adapter ADAPTER --data FILE --batch 32 --threads 2
//!
//! What is timed is all that a host waits for: words to pieces, the forward pass, decoding. Processor time and memory are
//! read from /proc and are null on other systems than Linux.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use primer::{
    Adapter, Cancel, Dataset, Device, EngineKind, ErrorKind, Input, LoadOptions, Model, OnnxOptions, Precision, Tagger,
    TaggerOptions,
};
use serde_json::{Value, json};

const USAGE: &str = "\
cargo bench --bench tagging -- --model MODEL --adapter ADAPTER --data FILE [OPTION ...]

  --model PATH        Hugging Face folder or GGUF file
  --adapter PATH      adapter file or folder
  --data FILE         sentences, given as words
  --batch N           sentences a call [32]
  --threads N         [2]
  --device NAME       auto, cpu, cuda, cuda:N or metal [cpu]
  --precision NAME    f32, bf16 (on a GPU) or int8 (on the CPU) [f32]
  --engine NAME       native or onnx [native]
  --onnxruntime PATH  the library of ONNX Runtime
  --quantised         keep the encoder's matrices as the file has them
  --seconds S         pass over the sentences until S seconds are over [4]
  --sentences N       only the first N sentences of the file
  --text MB           put the sentences together as one text of so many megabytes and tag it in one call, for S seconds
                      or to its end; for what is told of memory, S must be long enough for some rounds
  --first             tag the first sentence alone and end";

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
            eprintln!("tagging: {e}");
            ExitCode::FAILURE
        }
    }
}

struct Arguments {
    given: Vec<(String, String)>,
}

impl Arguments {
    const FLAGS: [&str; 3] = ["--quantised", "--first", "--bench"];

    fn read() -> Outcome<Arguments> {
        let mut given = Vec::new();
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = match Arguments::FLAGS.contains(&name.as_str()) {
                true => String::new(),
                false => words.next().ok_or_else(|| format!("{name} asks for a value"))?,
            };
            given.push((name, value));
        }
        Ok(Arguments { given })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Outcome<&str> {
        Ok(self.get(name).ok_or_else(|| format!("{name} is needed; see --help"))?)
    }

    fn number<T: std::str::FromStr>(&self, name: &str, otherwise: T) -> Outcome<T> {
        match self.get(name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| format!("{name} cannot be {text}").into()),
        }
    }
}

fn run(begun: Instant) -> Outcome<Value> {
    let arguments = Arguments::read()?;
    let device = arguments.number("--device", Device::Cpu)?;
    let load = LoadOptions::new().threads(arguments.number("--threads", 2)?).device(device);
    let model =
        Model::load_with(arguments.needed("--model")?, &load.quantised(arguments.get("--quantised").is_some()))?;
    let adapter = Adapter::load(arguments.needed("--adapter")?, &model)?;
    let tagger = Tagger::with_options(&model, &options(&arguments)?)?;
    let data = Dataset::load(arguments.needed("--data")?)?;
    let count = arguments.number("--sentences", data.len())?.min(data.len());
    let words: Vec<Vec<&str>> =
        data.sentences()[..count].iter().map(|s| s.words.iter().map(String::as_str).collect()).collect();
    let inputs: Vec<Input> = words.iter().map(|w| Input::Words(w)).collect();
    let batch: usize = arguments.number("--batch", 32)?;
    if batch == 0 || inputs.is_empty() {
        return Err("there is nothing to tag".into());
    }
    if arguments.get("--first").is_some() {
        tagger.tag_batch(&inputs[..1], &adapter)?;
        let seconds = begun.elapsed().as_secs_f64();
        return Ok(json!({ "seconds_to_first_sentence": seconds, "resident_mib": resident(), "peak_mib": peak() }));
    }
    let seconds: f64 = arguments.number("--seconds", 4.0)?;
    if let Some(megabytes) = arguments.get("--text") {
        return long_text(&tagger, &adapter, &words, megabytes.parse()?, Duration::from_secs_f64(seconds));
    }
    inputs.chunks(batch).take(2).try_for_each(|chunk| tagger.tag_batch(chunk, &adapter).map(drop))?;
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    let start = Instant::now();
    // Whole passes over calls of the full size: every process measures the same sentences equally often.
    while start.elapsed().as_secs_f64() < seconds || wall.is_empty() {
        for chunk in inputs.chunks_exact(batch.min(inputs.len())) {
            let (begun, processor) = (Instant::now(), processor_time());
            tagger.tag_batch(chunk, &adapter)?;
            wall.push(begun.elapsed().as_secs_f64() / chunk.len() as f64);
            cpu.push(processor.zip(processor_time()).map(|(a, b)| (b - a).as_secs_f64() / chunk.len() as f64));
        }
    }
    let total: f64 = wall.iter().sum();
    let n = wall.len();
    let cpu: Option<Vec<f64>> = cpu.into_iter().collect();
    Ok(json!({
        "batch": batch,
        "device": model.device().to_string(),
        "calls": n,
        // Of all calls together, since calls differ in length.
        "sentences_per_second": n as f64 / total,
        "sentences_per_second_median": 1.0 / median(wall.clone()),
        "milliseconds_per_sentence_median": 1e3 * median(wall),
        "cpu_milliseconds_per_sentence": cpu.map(|c| 1e3 * c.iter().sum::<f64>() / n as f64),
        "resident_mib": resident(),
        "peak_mib": peak(),
    }))
}

/// One text of so many megabytes, in one call: how fast, in how much memory beside the text, and how soon it stops.
fn long_text(
    tagger: &Tagger,
    adapter: &Adapter,
    words: &[Vec<&str>],
    megabytes: usize,
    limit: Duration,
) -> Outcome<Value> {
    let mut text = String::with_capacity(megabytes * 1_000_000 + 4096);
    for sentence in words.iter().cycle() {
        if text.len() >= megabytes * 1_000_000 {
            break;
        }
        text += &sentence.join(" ");
        text.push('\n');
    }
    let (cancel, begun, mut done, mut sentences) = (Cancel::new(), Instant::now(), 0, 0);
    let (mut early, mut asked) = (None, None);
    let before = resident();
    let ended = tagger.tag_sentences(&text, adapter, &cancel, |part| {
        done = part.words.last().map_or(done, |word| word.end);
        sentences += 1;
        if begun.elapsed() > limit / 10 && early.is_none() {
            early = Some((done, resident()));
        }
        if begun.elapsed() > limit && asked.is_none() {
            asked = Some(Instant::now());
            cancel.request();
        }
        Ok(())
    });
    let seconds = begun.elapsed().as_secs_f64();
    match ended {
        Err(e) if e.kind() != ErrorKind::Cancelled => return Err(e.into()),
        _ => {}
    }
    Ok(json!({
        "text_bytes": text.len(),
        "tagged_bytes": done,
        "sentences": sentences,
        "kilobytes_per_second": done as f64 / 1e3 / seconds,
        "resident_mib_before": before,
        "resident_mib_after_a_tenth": early.map(|(_, mib)| mib),
        "resident_mib_at_the_end": resident(),
        "peak_mib": peak(),
        "milliseconds_to_stop": asked.map(|asked| asked.elapsed().as_secs_f64() * 1e3),
    }))
}

fn options(arguments: &Arguments) -> Outcome<TaggerOptions> {
    let precision = match arguments.get("--precision") {
        None | Some("f32") => Precision::F32,
        Some("bf16") => Precision::Bf16,
        Some("int8") => Precision::Int8,
        Some(other) => return Err(format!("--precision is f32, bf16 or int8, not {other}").into()),
    };
    let engine = match arguments.get("--engine") {
        None | Some("native") => EngineKind::Native,
        Some("onnx") => EngineKind::Onnx,
        Some(other) => return Err(format!("--engine is native or onnx, not {other}").into()),
    };
    let onnx = match arguments.get("--onnxruntime") {
        Some(path) => OnnxOptions::new().library(path),
        None => OnnxOptions::new(),
    };
    Ok(TaggerOptions::new().precision(precision).engine(engine).onnx(onnx))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Processor time of the whole process.
fn processor_time() -> Option<Duration> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let of = |task: std::fs::DirEntry| -> Option<u64> {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    Some(Duration::from_nanos(threads.flatten().filter_map(of).sum()))
}

fn status(name: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kib| (kib / 1024.0 * 10.0).round() / 10.0)
}

/// Resident memory now, in MiB.
fn resident() -> Option<f64> {
    status("VmRSS")
}

/// Its largest value so far.
fn peak() -> Option<f64> {
    status("VmHWM")
}
