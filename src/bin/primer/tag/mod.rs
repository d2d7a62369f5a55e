//! `primer tag`: mark the entities in texts.

mod meter;
mod output;
mod record;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::Duration;

use primer::tag::Stream;
use primer::{Cancel, ErrorKind, Tagged};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::args::{OutputFormat, Tag};
use crate::console::{Failure, Loaded, Outcome, load_tagger};
use crate::input::{Input, Located, Place, hexadecimal};
use crate::interrupt;
use crate::render::{Conll, Document, Html, Jsonl, Renderer, Terminal, use_colour};
use meter::Meter;
use output::Output;
use record::Settings;

/// How long a line from a pipe waits for others to be tagged with it.
const PATIENCE: Duration = Duration::from_millis(50);

pub fn run(args: &Tag) -> Outcome {
    if args.from_line.is_some() && args.files.len() > 1 {
        return Err(Failure::Other("--from-line: one file is needed, not several".to_owned()));
    }
    let loaded = load_tagger(&args.model, args.adapter.as_deref(), &args.engine, &args.common)?;
    let cancel = interrupt::token();
    let (mut output, files) = Output::open(args, settings(args, &loaded)?, &cancel)?;
    let mut renderer = renderer(args, loaded.types());
    let mut read = files.place();
    let meter = Meter::new(&args.common, &args.files, &read);

    let needs_words = args.output_format() == OutputFormat::Conll;
    let mut stream = loaded.tagger.stream(loaded.adapter.as_ref()).cancel(&cancel).words(needs_words);
    if !args.are_files_read() {
        stream = stream.patience(PATIENCE);
    }
    let write = |round: Vec<(Located, Tagged)>| -> Outcome {
        // One write a round, so that a pipe sees results as they come.
        let mut out = BufWriter::with_capacity(1 << 16, &mut output);
        for (Located { input, place }, tagged) in round {
            renderer.document(&document(input, tagged, loaded.types()), &mut out)?;
            read = place;
        }
        out.flush()?;
        drop(out);
        meter.show(&read);
        output.round(&read)
    };
    let done = match args.text.is_empty() {
        true => stop_on_failure(&stream, files, write, &cancel),
        false => stop_on_failure(&stream, texts(&args.text), write, &cancel),
    };
    meter.finish();
    let done = match done {
        Err(Failure::Library(e)) if e.kind() == ErrorKind::Cancelled => {
            Err(Failure::Interrupted(stopped(args, &read, &output)))
        }
        done => done,
    };
    if matches!(done, Ok(()) | Err(Failure::Interrupted(_))) {
        let mut out = BufWriter::with_capacity(1 << 16, &mut output);
        renderer.finish(&mut out)?;
        out.flush()?;
    }
    output.end(&done)?;
    done
}

/// All that the output's bytes hang on, beside the files.
fn settings(args: &Tag, loaded: &Loaded) -> Outcome<Settings> {
    let name = |value: &dyn std::fmt::Debug| json!(format!("{value:?}").to_lowercase());
    let files: Vec<_> = args.files.iter().map(|file| file.display().to_string()).collect();
    let adapter = loaded.adapter.as_ref().map(|adapter| Ok::<_, primer::Error>(Sha256::digest(adapter.to_bytes()?)));
    let adapter = adapter.transpose()?.map(|digest| hexadecimal(&digest));
    let settings = [
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        // A model of others has no fingerprint: its name must do.
        (
            "model",
            json!(loaded.model.as_ref().map_or(args.model.display().to_string(), |m| m.fingerprint().to_owned())),
        ),
        ("adapter", json!(adapter)),
        ("engine", name(&args.engine.engine)),
        ("precision", name(&args.engine.precision)),
        ("device", json!(loaded.model.as_ref().map(|model| model.device().to_string()))),
        ("provider", json!(args.engine.providers)),
        ("files", json!(files)),
        ("input", args.input.map_or(json!(null), |input| name(&input))),
        ("from-line", json!(args.from_line)),
        ("format", name(&args.output_format())),
        ("unit", name(&args.unit)),
        ("color", json!(colour(args))),
        ("min-score", json!(args.engine.tagger.min_score)),
        ("columns", json!([args.data.word_column, args.data.tag_column])),
    ];
    Ok(settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Runs the stream; where writing fails, nobody waits for more to come.
fn stop_on_failure(
    stream: &Stream,
    documents: impl Iterator<Item = Outcome<Located>> + Send,
    mut write: impl FnMut(Vec<(Located, Tagged)>) -> Outcome,
    cancel: &Cancel,
) -> Outcome {
    stream.run(documents, |round| write(round).inspect_err(|_| cancel.request()))
}

fn texts(texts: &[String]) -> impl Iterator<Item = Outcome<Located>> {
    let located = |(i, text): (usize, &String)| Located {
        input: Input::Text(text.clone()),
        place: Place { texts: i as u64 + 1, ..Place::default() },
    };
    texts.iter().enumerate().map(located).map(Ok)
}

/// Where it stopped, and how to go on.
fn stopped(args: &Tag, read: &Place, output: &Output) -> String {
    let Some(file) = args.files.get(read.file) else { return format!("stopped after {} texts", read.texts) };
    let place = format!("stopped at {}:{}", file.display(), read.line);
    if output.is_recorded() {
        format!("{place}; the same command with --resume goes on from there")
    } else if args.files.len() == 1 && args.output_format() != OutputFormat::Html {
        format!("{place}; --from-line {} goes on from there", read.line + 1)
    } else {
        place
    }
}

fn renderer(args: &Tag, types: &[String]) -> Box<dyn Renderer> {
    match args.output_format() {
        OutputFormat::Jsonl => Box::new(Jsonl { unit: args.unit }),
        OutputFormat::Conll => Box::new(Conll),
        OutputFormat::Html => {
            let title = args.files.first().and_then(|f| f.file_name()).map(|n| n.to_string_lossy().into_owned());
            Box::new(Html::new(&title.unwrap_or_else(|| "Tagged text".to_owned()), types))
        }
        OutputFormat::Terminal => Box::new(Terminal::new(colour(args), types)),
    }
}

fn colour(args: &Tag) -> bool {
    let terminal = args.out.is_none() && io::stdout().is_terminal();
    use_colour(args.colour, terminal, |name| std::env::var_os(name))
}

fn document(input: Input, tagged: Tagged, types: &[String]) -> Document {
    let mut document = match input {
        Input::Text(text) => Document::from_text(text, tagged.words),
        Input::Words(words) => Document::from_words(&words),
    };
    for entity in &tagged.entities {
        document.mark(entity.start..entity.end, &types[entity.label as usize], entity.score);
    }
    document
}
