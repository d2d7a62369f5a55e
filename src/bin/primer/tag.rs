//! `primer tag`: mark the entities in texts.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use crate::args::{OutputFormat, Tag};
use crate::console::{Failure, Loaded, Outcome, bar, load_tagger};
use crate::input::{Documents, Input};
use crate::render::{Conll, Document, Html, Jsonl, Renderer, Terminal, use_colour};

/// Documents that are tagged at once: enough to fill batches, few enough to show results early.
const AT_ONCE: usize = 128;

pub fn run(args: &Tag) -> Outcome {
    let loaded = load_tagger(&args.model, args.adapter.as_deref(), &args.engine, &args.common)?;
    let mut out: Box<dyn Write> = match &args.out {
        Some(path) => Box::new(File::create(path).map_err(|e| Failure::Other(format!("{}: {e}", path.display())))?),
        None => Box::new(io::stdout()),
    };
    // One write for each round of documents, so that a pipe sees results as they come.
    let mut out = BufWriter::with_capacity(1 << 16, &mut out);
    let mut renderer = renderer(args, loaded.types());
    let bar = bar(&args.common, 0, "{spinner} {pos} texts tagged, {per_sec}");
    let mut round = Vec::with_capacity(AT_ONCE);
    let mut finish_round = |round: &mut Vec<Input>, out: &mut dyn Write| -> Outcome {
        for document in tag(&loaded, round, args.min_score)? {
            renderer.document(&document, out)?;
        }
        bar.inc(round.len() as u64);
        round.clear();
        Ok(out.flush()?)
    };
    if !args.text.is_empty() {
        round.extend(args.text.iter().cloned().map(Input::Text));
        finish_round(&mut round, &mut out)?;
    } else {
        let stdin = [PathBuf::from("-")];
        for path in if args.files.is_empty() { &stdin[..] } else { &args.files[..] } {
            let mut documents = Documents::open(path, args.input)?;
            while let Some(input) = documents.next()? {
                round.push(input);
                if round.len() == AT_ONCE {
                    finish_round(&mut round, &mut out)?;
                }
            }
        }
        finish_round(&mut round, &mut out)?;
    }
    bar.finish_and_clear();
    renderer.finish(&mut out)?;
    Ok(out.flush()?)
}

fn renderer(args: &Tag, types: &[String]) -> Box<dyn Renderer> {
    let format = if args.common.json { OutputFormat::Jsonl } else { args.format };
    match format {
        OutputFormat::Jsonl => Box::new(Jsonl { unit: args.unit }),
        OutputFormat::Conll => Box::new(Conll),
        OutputFormat::Html => {
            let title = args.files.first().and_then(|f| f.file_name()).map(|n| n.to_string_lossy().into_owned());
            Box::new(Html::new(&title.unwrap_or_else(|| "Tagged text".to_owned()), types))
        }
        OutputFormat::Terminal => {
            let terminal = args.out.is_none() && io::stdout().is_terminal();
            Box::new(Terminal::new(use_colour(args.colour, terminal, |name| std::env::var_os(name)), types))
        }
    }
}

fn tag(loaded: &Loaded, inputs: &[Input], min_score: f32) -> Outcome<Vec<Document>> {
    let words: Vec<Vec<&str>> = inputs
        .iter()
        .map(|input| match input {
            Input::Text(_) => Vec::new(),
            Input::Words(words) => words.iter().map(String::as_str).collect(),
        })
        .collect();
    let given: Vec<primer::Input> = inputs
        .iter()
        .zip(&words)
        .map(|(input, words)| match input {
            Input::Text(text) => primer::Input::Text(text),
            Input::Words(_) => primer::Input::Words(words),
        })
        .collect();
    let tagged = loaded.tagger.tag_batch(&given, loaded.adapter.as_ref())?;
    let document = |(input, tagged): (&Input, primer::Tagged)| {
        let mut document = match input {
            Input::Text(text) => Document::from_text(text.clone(), tagged.words),
            Input::Words(words) => Document::from_words(words),
        };
        for entity in tagged.entities.iter().filter(|e| e.score >= min_score) {
            document.mark(entity.start..entity.end, &loaded.types()[entity.label as usize], entity.score);
        }
        document
    };
    Ok(inputs.iter().zip(tagged).map(document).collect())
}
