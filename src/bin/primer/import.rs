//! `primer import`: one model file of a Hugging Face folder.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use primer::data::Format;
use primer::model::{BlockType, ImportOptions, ImportProgress, ImportReport, ImportStage, import};
use serde_json::json;

use crate::args::{Import, Numbers};
use crate::console::{Failure, Outcome, bar, print_json};
use crate::interrupt;

pub fn run(args: &Import) -> Outcome {
    let mut options = ImportOptions {
        text: text_files(&args.text)?,
        held_out: text_files(&args.held_out)?,
        languages_without_text: args.languages.clone(),
        vocabulary: args.vocabulary.unwrap_or(usize::MAX),
        embedding: block_type(args.embedding),
        encoder: block_type(args.encoder),
        cancel: interrupt::token(),
        ..ImportOptions::default()
    };
    let card = [("name", &args.name), ("licence", &args.licence), ("attribution", &args.attribution)];
    for (key, value) in card {
        if let Some(value) = value {
            options.card.insert(key.to_owned(), value.clone());
        }
    }
    let bar = bar(&args.common, 0, "{msg} {bar:32} {percent}%");
    let mut progress = |p: ImportProgress| {
        bar.set_message(match p.stage {
            ImportStage::Counting => "counting pieces in text",
            ImportStage::Embedding => "storing the embedding",
            ImportStage::Encoder => "storing the encoder",
            ImportStage::Writing => "writing the file",
        });
        bar.set_length(p.total);
        bar.set_position(p.done);
        ControlFlow::Continue(())
    };
    let report = import(&args.source, &args.out, &options, &mut progress).map_err(interrupt::or_failure);
    bar.finish_and_clear();
    let report = report?;
    if args.common.json {
        return print_json(&as_json(&report));
    }
    println!(
        "{}: {:.1} MB, {} of {} pieces",
        args.out.display(),
        report.bytes as f64 / 1e6,
        report.pieces,
        report.pieces_before
    );
    if !options.text.is_empty() {
        println!("{:.2} % of the pieces of the counted text are kept", 100.0 * report.text_unchanged);
    }
    for (path, share) in &report.held_out_unchanged {
        println!("  {:.2} % of {}", 100.0 * share, path.display());
    }
    let (embedding, encoder) = (100.0 * report.embedding_error, 100.0 * report.encoder_error);
    println!("storing in fewer bits changed the embedding by {embedding:.2} % and the encoder by {encoder:.2} %");
    if !report.tag_head.is_empty() {
        let labels = report.tag_head.len();
        println!(
            "the source's own tag head ({labels} labels) is no part of the model; --adapter {} gives it",
            args.source.display()
        );
    }
    println!("fingerprint {}", report.fingerprint);
    Ok(())
}

fn as_json(report: &ImportReport) -> serde_json::Value {
    let held_out: Vec<_> =
        report.held_out_unchanged.iter().map(|(path, share)| json!({"file": path, "kept": share})).collect();
    json!({
        "pieces_before": report.pieces_before, "pieces": report.pieces, "languages": report.languages,
        "text_kept": report.text_unchanged, "held_out": held_out, "embedding_error": report.embedding_error,
        "encoder_error": report.encoder_error, "bytes": report.bytes, "tag_head": report.tag_head, "fingerprint": report.fingerprint,
    })
}

/// The library's name of a type of numbers.
pub fn block_type(numbers: Numbers) -> BlockType {
    match numbers {
        Numbers::Q4_0 => BlockType::Q4_0,
        Numbers::Q8_0 => BlockType::Q8_0,
        Numbers::F16 => BlockType::F16,
        Numbers::F32 => BlockType::F32,
    }
}

/// Files as they are; of a folder, the text files in it and below, in the order of their names.
fn text_files(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|e| Failure::Other(format!("{}: cannot read: {e}", path.display())))?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    inside.sort();
    let is_text = |p: &PathBuf| {
        let is_plain = p.extension().is_some_and(|e| e.eq_ignore_ascii_case("txt"));
        p.is_dir() || is_plain || Format::of_name(&p.to_string_lossy()) == Some(Format::Conll)
    };
    inside.iter().filter(|p| is_text(p)).try_for_each(|p| collect(p, files))
}
