//! Tags names in sentences of many languages, then teaches the model a new kind of name.
//!
//! ```text
//! cargo run --release --example ner_tagger
//! cargo run --release --example ner_tagger -- "Angela Merkel wurde in Hamburg geboren."
//! cat letters.txt | cargo run --release --example ner_tagger -- --no-teach
//! ```
//!
//! Results go to standard output. What differs from run to run (the progress bar, the seconds) goes to standard error.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use primer::train::adapt_observed;
use primer::{AdaptOptions, Adapter, Cancel, Dataset, Input, Model, Tagger, evaluate};

const USAGE: &str = "\
usage: ner_tagger [--model PATH] [--adapter PATH] [--no-teach] [TEXT ... | -]

Tags every TEXT, or with - every line of standard input, or some sentences of its own;
then teaches the model a new entity type and tags with that, too.

  --model PATH     the backbone (models/primer-mini.gguf)
  --adapter PATH   what tags persons, places and organisations (models/per-loc-org.safetensors)
  --no-teach       only tag";

const SENTENCES: [&str; 15] = [
    "Tim Berners-Lee invented the World Wide Web at CERN near Geneva.",
    "Angela Merkel wurde in Hamburg geboren und studierte Physik an der Universität Leipzig.",
    "Marie Curie est née à Varsovie et a enseigné à la Sorbonne.",
    "Lionel Messi nació en Rosario y jugó muchos años en el FC Barcelona.",
    "Дмитрий Менделеев родился в Тобольске и преподавал в Петербургском университете.",
    "Сергій Корольов народився в Житомирі та навчався в Київському політехнічному інституті.",
    "Ο Μίκης Θεοδωράκης γεννήθηκε στη Χίο και σπούδασε στο Ωδείο Αθηνών.",
    "Arvo Pärt sündis Paides ja õppis Tallinna Konservatooriumis.",
    "Orhan Pamuk İstanbul'da doğdu ve Columbia Üniversitesi'nde ders verdi.",
    "Wangari Maathai alizaliwa Nyeri na alisoma katika Chuo Kikuu cha Nairobi.",
    "ولد نجيب محفوظ في القاهرة ودرس الفلسفة في جامعة القاهرة.",
    "इसरो का मुख्यालय बेंगलुरु में है और विक्रम साराभाई को उसका जनक माना जाता है।",
    "马云在杭州创办了阿里巴巴集团。",
    "本田宗一郎は浜松市で本田技研工業を設立した。",
    "이건희는 대구에서 태어나 삼성전자 회장을 지냈다.",
];

/// Sentences to learn MEDICINE from, and others with other medicines to check what was learnt.
const TEACH: &str = "examples/data/teach.jsonl";
const CHECK: &str = "examples/data/check.jsonl";

/// What the new adapter has never seen.
const NEW_SENTENCES: [&str; 2] = [
    "Dr. Anna Schmidt of the Charité in Berlin prescribed ciprofloxacin 250 mg for ten days.",
    "À Lyon, le docteur Martin lui a donné de la prednisone.",
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("ner_tagger: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let Some(options) = Options::from_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
    // The backbone is loaded once. Adapters are small, and one model serves any number of them.
    let model = Model::load(&options.model)?;
    let names = Adapter::load(&options.adapter, &model)?;
    tag(&model, &[&names], &options.texts)?;
    if options.teach {
        let all = teach(&model, &names)?;
        let texts = NEW_SENTENCES.map(String::from);
        tag(&model, &[&all], &texts)?;
    }
    Ok(())
}

/// Prints each text with the entities that each adapter finds in it.
fn tag(model: &Model, adapters: &[&Adapter], texts: &[String]) -> Result<()> {
    // All in one call, so that texts go through the model in batches.
    let pairs = texts.iter().flat_map(|text| adapters.iter().map(move |adapter| (Input::Text(text), *adapter)));
    let answers = Tagger::new(model).tag_mixed(&pairs.collect::<Vec<_>>())?;

    let mut out = io::stdout().lock();
    for (text, answers) in texts.iter().zip(answers.chunks(adapters.len())) {
        writeln!(out, "{text}")?;
        for (adapter, answer) in adapters.iter().zip(answers) {
            for entity in &answer.entities {
                let label = &adapter.types()[entity.label as usize];
                // The name comes last, so that one written from right to left moves nothing else in a terminal.
                writeln!(out, "    {:.2}  {label}  {}", entity.score, &text[entity.start..entity.end])?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Teaches a new entity type on top of those that `names` knows: the adapter that comes out knows all of them. The data
/// say that MEDICINE is all that they label.
fn teach(model: &Model, names: &Adapter) -> Result<Adapter> {
    let train = Dataset::load(TEACH)?;
    let check = Dataset::load(CHECK)?;
    let types = train.types().join(", ");
    println!("Learning {types} from {} sentences, checking it on {} others.", train.len(), check.len());
    println!("F1 before: {:.3}", evaluate(model, names, &check)?.default.micro.f1);

    let mut options = AdaptOptions::new(names.card().method.clone());
    options.initial = Some(names.clone());

    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} updates, {msg}")?);
    let begun = Instant::now();
    let mut observer = |progress: &primer::Progress| {
        bar.set_length(progress.steps as u64);
        bar.set_position(progress.step as u64);
        bar.set_message(format!("loss {:.3}, {:.0} s left", progress.loss, progress.seconds_left));
        ControlFlow::Continue(())
    };
    let adapter = adapt_observed(model, &train, None, &options, &mut observer, &Cancel::new())?;
    bar.finish_and_clear();
    eprintln!("Learnt in {:.1} s.", begun.elapsed().as_secs_f64());

    println!("F1 after:  {:.3}\n", evaluate(model, &adapter, &check)?.default.micro.f1);
    Ok(adapter)
}

struct Options {
    model: String,
    adapter: String,
    teach: bool,
    texts: Vec<String>,
}

impl Options {
    /// What the command line asks for; `None` for help.
    fn from_arguments() -> Result<Option<Options>> {
        let mut options = Options {
            model: "models/primer-mini.gguf".into(),
            adapter: "models/per-loc-org.safetensors".into(),
            teach: true,
            texts: Vec::new(),
        };
        let mut stdin = false;
        let mut arguments =
            std::env::args_os().skip(1).map(|a| a.into_string().map_err(|a| format!("{a:?} is no UTF-8")));
        while let Some(argument) = arguments.next().transpose()? {
            let mut value = || arguments.next().unwrap_or_else(|| Err(format!("a path is missing after {argument}")));
            match argument.as_str() {
                "--model" => options.model = value()?,
                "--adapter" => options.adapter = value()?,
                "--no-teach" => options.teach = false,
                "--help" => return Ok(None),
                "-" => stdin = true,
                flag if flag.starts_with("--") => return Err(format!("see --help; unknown flag {flag}").into()),
                text => options.texts.push(text.into()),
            }
        }
        if stdin || options.texts.is_empty() && !io::stdin().is_terminal() {
            options.texts.extend(lines_of_stdin(stdin)?);
        }
        if options.texts.is_empty() && !stdin {
            options.texts = SENTENCES.map(String::from).into();
        }
        Ok(Some(options))
    }
}

/// The lines of standard input that are not empty. Unless `asked` for, a standard input that is silent for a second
/// counts as empty: it may be a pipe that nobody writes to.
fn lines_of_stdin(asked: bool) -> Result<Vec<String>> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || io::stdin().lines().try_for_each(|line| sender.send(line)));
    let first = match asked {
        true => lines.recv().ok(),
        false => lines.recv_timeout(Duration::from_secs(1)).ok(),
    };
    let Some(first) = first else { return Ok(Vec::new()) };
    let lines = std::iter::once(first).chain(lines).collect::<io::Result<Vec<String>>>()?;
    Ok(lines.into_iter().filter(|line| !line.is_empty()).collect())
}
