//! candle-transformers' own BERT as a tagger, measured; prints one JSON object with the names of benches/tagging.rs.
//!
//!     candle_bert --model FOLDER --data FILE --batch 32 --threads 2
//!
//! FOLDER is a Hugging Face folder of a `BertForTokenClassification`. Batches are padded to their longest sentence, as
//! candle's examples do; what is timed is words to pieces, the forward pass, and the best tag of each word.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, IndexOp, Module, Tensor, D};
use candle_nn::{Linear, VarBuilder};
use candle_transformers::models::bert::{BertModel, Config};
use serde_json::{json, Value};
use tokenizers::Tokenizer;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run(Instant::now()) {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("candle_bert: {e}");
            ExitCode::FAILURE
        }
    }
}

fn argument(name: &str) -> Option<String> {
    let words: Vec<String> = std::env::args().collect();
    words.iter().position(|w| w == name).and_then(|i| words.get(i + 1).cloned())
}

fn number<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    argument(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

struct Tagger {
    tokenizer: Tokenizer,
    bert: BertModel,
    head: Linear,
    /// `<s>`, `</s>`, `<pad>` and the bare blank, which is not labelled.
    special: [u32; 4],
}

impl Tagger {
    fn load(folder: &Path) -> Outcome<Tagger> {
        let config: Config = serde_json::from_slice(&std::fs::read(folder.join("config.json"))?)?;
        let weights = [folder.join("model.safetensors")];
        // SAFETY: the file is not changed while it is mapped.
        let weights = unsafe { VarBuilder::from_mmaped_safetensors(&weights, DType::F32, &Device::Cpu)? };
        let head = (weights.pp("classifier").get_unchecked("weight")?, weights.pp("classifier").get_unchecked("bias")?);
        let tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))?;
        let id = |piece| tokenizer.token_to_id(piece).ok_or(format!("the tokenizer has no {piece}"));
        Ok(Tagger {
            special: [id("<s>")?, id("</s>")?, id("<pad>")?, id("▁")?],
            bert: BertModel::load(weights.pp("bert"), &config)?,
            head: Linear::new(head.0, Some(head.1)),
            tokenizer,
        })
    }

    /// Pieces, and where each word's label is.
    fn encode(&self, words: &[String]) -> Outcome<(Vec<u32>, Vec<usize>)> {
        let [first, last, _, blank] = self.special;
        let (mut ids, mut labelled) = (vec![first], Vec::new());
        for word in words {
            let word = self.tokenizer.encode_fast(word.as_str(), false)?;
            let skipped = usize::from(word.get_ids().len() > 1 && word.get_ids()[0] == blank);
            if !word.is_empty() {
                labelled.push(ids.len() + skipped);
            }
            ids.extend_from_slice(word.get_ids());
        }
        ids.push(last);
        Ok((ids, labelled))
    }

    fn tag(&self, sentences: &[Vec<String>]) -> Outcome<Vec<Vec<u32>>> {
        let encoded = sentences.iter().map(|s| self.encode(s)).collect::<Outcome<Vec<_>>>()?;
        let (rows, length) = (encoded.len(), encoded.iter().map(|e| e.0.len()).max().unwrap_or(0));
        let mut ids = vec![self.special[2]; rows * length];
        let mut mask = vec![0u32; rows * length];
        for (row, (pieces, _)) in encoded.iter().enumerate() {
            ids[row * length..][..pieces.len()].copy_from_slice(pieces);
            mask[row * length..][..pieces.len()].fill(1);
        }
        let ids = Tensor::from_vec(ids, (rows, length), &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, (rows, length), &Device::Cpu)?;
        let states = self.bert.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let best = self.head.forward(&states)?.argmax(D::Minus1)?;
        let row = |(row, (_, labelled)): (usize, &(Vec<u32>, Vec<usize>))| {
            let best: Vec<u32> = best.i(row)?.to_vec1()?;
            Ok(labelled.iter().map(|at| best[*at]).collect())
        };
        encoded.iter().enumerate().map(row).collect()
    }
}

fn run(begun: Instant) -> Outcome<Value> {
    // Read by the threads of candle's products and loops.
    std::env::set_var("RAYON_NUM_THREADS", number("--threads", 2usize).to_string());
    let folder = argument("--model").ok_or("--model is needed")?;
    let tagger = Tagger::load(Path::new(&folder))?;
    let mut sentences = read(&argument("--data").ok_or("--data is needed")?)?;
    sentences.truncate(number("--sentences", sentences.len()));
    let batch: usize = number("--batch", 32);
    if batch == 0 || sentences.len() < batch {
        return Err("there is nothing to tag".into());
    }
    if std::env::args().any(|a| a == "--first") {
        tagger.tag(&sentences[..1])?;
        let seconds = begun.elapsed().as_secs_f64();
        return Ok(json!({
            "seconds_to_first_sentence": seconds, "resident_mib": status("VmRSS"), "peak_mib": status("VmHWM"),
        }));
    }
    sentences.chunks(batch).take(2).try_for_each(|chunk| tagger.tag(chunk).map(drop))?;
    let (seconds, start) = (number("--seconds", 4.0), Instant::now());
    let (mut wall, mut cpu, mut count) = (Vec::new(), 0.0, 0);
    // Whole passes, until the time is over.
    while start.elapsed().as_secs_f64() < seconds {
        for chunk in sentences.chunks_exact(batch) {
            let (begun, processor) = (Instant::now(), processor_time()?);
            tagger.tag(chunk)?;
            wall.push(begun.elapsed().as_secs_f64());
            cpu += (processor_time()? - processor).as_secs_f64();
            count += chunk.len();
        }
    }
    let total: f64 = wall.iter().sum();
    wall.sort_by(f64::total_cmp);
    let median = wall[wall.len() / 2] / batch as f64;
    Ok(json!({
        "batch": batch,
        "calls": wall.len(),
        "sentences_per_second": count as f64 / total,
        "milliseconds_per_sentence_median": 1e3 * median,
        "cpu_milliseconds_per_sentence": 1e3 * cpu / count as f64,
        "resident_mib": status("VmRSS"),
        "peak_mib": status("VmHWM"),
    }))
}

/// The words of a CoNLL file.
fn read(path: &str) -> Outcome<Vec<Vec<String>>> {
    let (mut sentences, mut words) = (Vec::new(), Vec::new());
    for line in std::fs::read_to_string(path)?.split('\n').chain([""]) {
        match line.split_whitespace().next() {
            Some(word) => words.push(word.to_owned()),
            None if !words.is_empty() => sentences.push(std::mem::take(&mut words)),
            None => {}
        }
    }
    Ok(sentences)
}

/// Processor time of the whole process.
fn processor_time() -> Outcome<Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or("").parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// A size of /proc/self/status in MiB.
fn status(name: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kib| (kib / 1024.0 * 10.0).round() / 10.0)
}
