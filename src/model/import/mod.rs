//! A model from elsewhere to one small file: the vocabulary cut to the pieces that matter, the weights quantised.

mod choose;
mod count;
mod language;
mod tokenizer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::blocks::BlockType;
use super::config::Family;
use super::gguf::{self, Outgoing};
use super::storage::{Change, Storage, store};
use super::stored::Table;
use super::weights::{WORD_EMBEDDING, Weights};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::output::{Paths, Written};
use crate::save::save_until;
use crate::text::Tokenizer;
use choose::Vocabulary;
use count::Counter;
use language::Language;
use tokenizer::Parts;

/// What [`import`] makes of a model. The default is how Primer's own model is made, but for the text.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Text in the languages to be served, whose pieces are counted: plain UTF-8, or CoNLL columns (`.conll`, `.conllu`,
    /// `.tsv`, `.iob`, `.bio`), of which the first counts.
    pub text: Vec<PathBuf>,
    /// Text that is only measured: how much of it is cut into the same pieces as before.
    pub held_out: Vec<PathBuf>,
    /// Languages to be served of which there is no text, as ISO 639 codes: their pieces are told by letters and by the
    /// tokenizer's own scores.
    pub languages_without_text: Vec<String>,
    /// How many pieces to keep. All are kept where there are no more.
    pub vocabulary: usize,
    /// How the word embedding is stored. It stays quantised in memory.
    pub embedding: BlockType,
    /// How the layers' matrices are stored. They are expanded when the model is loaded. Biases and layer norms lose nothing:
    /// they are half floats where these can hold them exactly, else 32-bit floats.
    pub encoder: BlockType,
    /// What to say about the model (`name`, `licence`, `attribution` and whatever else), over what the source says.
    pub card: BTreeMap<String, String>,
    /// Stops the import, from any thread: it ends with `Cancelled`, and the target is what it was.
    pub cancel: Cancel,
}

impl Default for ImportOptions {
    fn default() -> ImportOptions {
        let languages = ["bn", "ka", "kk", "ml", "mr", "ms", "sw", "ta", "te", "tl", "ur"];
        ImportOptions {
            text: Vec::new(),
            held_out: Vec::new(),
            languages_without_text: languages.map(str::to_owned).to_vec(),
            vocabulary: 152_448,
            embedding: BlockType::Q4_0,
            encoder: BlockType::Q4_0,
            card: BTreeMap::new(),
            cancel: Cancel::new(),
        }
    }
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStage {
    /// Counting pieces; the unit is a file of text.
    Counting,
    /// Storing the word embedding; the unit is a row.
    Embedding,
    /// Storing the encoder; the unit is a tensor.
    Encoder,
    /// Writing the file; the unit is the file.
    Writing,
}

/// How far an import is.
#[derive(Debug, Clone, Copy)]
pub struct ImportProgress {
    /// What is being done.
    pub stage: ImportStage,
    /// How much of it is done, in the stage's unit.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

/// What an import came to.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Pieces of the source's tokenizer.
    pub pieces_before: usize,
    /// Pieces that were kept.
    pub pieces: usize,
    /// Pieces kept for the sake of each language without text.
    pub languages: BTreeMap<String, usize>,
    /// The share of pieces in the counted text that were kept, from 0 to 1; 1 where there was no text.
    pub text_unchanged: f64,
    /// The same for each file of [`ImportOptions::held_out`].
    pub held_out_unchanged: Vec<(PathBuf, f64)>,
    /// What quantising changed in the word embedding: the root mean square of the change over that of the numbers.
    pub embedding_error: f64,
    /// The same for the encoder's matrices.
    pub encoder_error: f64,
    /// The labels of the source's own tag head, which is no part of the new model; empty where it has none.
    pub tag_head: Vec<String>,
    /// Size of the file.
    pub bytes: u64,
    /// The new model's fingerprint.
    pub fingerprint: String,
}

/// Makes one GGUF file of a model in a Hugging Face folder (or of another such file).
///
/// The vocabulary is cut to [`ImportOptions::vocabulary`] pieces; the text that only uses kept pieces is cut into the same
/// pieces as before, other text into smaller ones. Pieces keep their order, special pieces are always kept. `target` is
/// replaced only when the whole file is written; `progress` may stop the work at any step.
///
/// # Errors
/// `InvalidArgument` for options that make no sense and for a target that is read, `Io` for one that cannot be written, `Data` or `InvalidUtf8` for text that cannot be read, `Cancelled`
/// where `progress` says so, and what [loading a model](crate::model) may give.
pub fn import(
    source: &Path,
    target: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
) -> Result<ImportReport> {
    let cancel = &options.cancel;
    let mut step = |stage, done, total| match progress(ImportProgress { stage, done, total }) {
        ControlFlow::Continue(()) => cancel.check(),
        ControlFlow::Break(()) => Err(Error::cancelled()),
    };
    let languages = options.languages_without_text.iter().map(|l| Language::of(l)).collect::<Result<Vec<_>>>()?;
    if options.vocabulary == 0 {
        return Err(Error::argument("a vocabulary of no pieces"));
    }
    let mut paths = Paths::new();
    paths.reads("the source", source);
    options.text.iter().for_each(|path| paths.reads("a text", path));
    options.held_out.iter().for_each(|path| paths.reads("a held-out text", path));
    paths.writes("the target", target, Written::Replaced);
    paths.check()?;
    let opened = source.to_owned();
    let (weights, parts, tokenizer) = cancel.or_leave(move || {
        let weights = Weights::open(&opened)?;
        let parts = Parts::new(weights.tokenizer_source()?)?;
        let tokenizer = weights.tokenizer()?;
        Ok((weights, parts, tokenizer))
    })?;
    let mut config = weights.config().clone();
    let size = tokenizer.vocabulary_size().max(parts.pieces.len());
    // Added tokens beyond the model's pieces stay too, behind them.
    let (always, added): (Vec<u32>, Vec<u32>) =
        always(&parts, &weights, size)?.into_iter().partition(|id| (*id as usize) < parts.pieces.len());

    let files = (options.text.len() + options.held_out.len()) as u64;
    let mut counter = Counter::new(&tokenizer, size, cancel);
    for (done, path) in (0..).zip(&options.text) {
        step(ImportStage::Counting, done, files)?;
        counter.add_file(path)?;
    }
    let counts = counter.finish()?;
    let vocabulary = Vocabulary {
        bare: (0..parts.pieces.len()).map(|id| parts.bare(id)).collect(),
        scores: parts.pieces.iter().map(|p| p.1).collect(),
        counts: &counts,
    };
    let room = options.vocabulary.saturating_sub(added.len());
    let choice = choose::choose(&vocabulary, &always, &languages, room);
    let kept = [choice.ids(), added].concat();
    let mut held_out_unchanged = Vec::new();
    for (done, path) in (options.text.len() as u64..).zip(&options.held_out) {
        step(ImportStage::Counting, done, files)?;
        held_out_unchanged.push((path.clone(), held_out(path, &tokenizer, &kept, size, cancel)?));
    }

    config.pad = kept.binary_search(&config.pad).map_or(config.pad, |new| new as u32);
    config.vocabulary = kept.len();
    let (embedding, embedding_error) = cut_embedding(&weights, &kept, options.embedding, &mut step)?;
    let (mut tensors, encoder_error) = store_encoder(&weights, options, &mut step)?;
    tensors.push(embedding);
    let card = card(&weights, options, &kept);
    if let Some(name) = card.get("name") {
        config.name.clone_from(name);
    }

    step(ImportStage::Writing, 0, 1)?;
    let cut = parts.cut(&kept)?;
    let start = weights.start()?.map(<[u8]>::to_vec);
    let check = cancel.or_leave(move || {
        let bytes = gguf::to_bytes(&config, &card, &cut, start.as_deref(), tensors)?;
        // What was written must be what a reader takes.
        let check = Weights::from_gguf_bytes(bytes)?;
        check.tokenizer()?;
        Ok(check)
    })?;
    let bytes = check.gguf_bytes();
    save_until(target, bytes, cancel)?;
    step(ImportStage::Writing, 1, 1).ok();
    Ok(ImportReport {
        pieces_before: size,
        pieces: kept.len(),
        languages: choice.languages.iter().map(|(code, n)| ((*code).to_owned(), *n)).collect(),
        text_unchanged: share(&counts, &kept),
        held_out_unchanged,
        embedding_error,
        encoder_error,
        tag_head: weights.tag_head().map(|h| h.labels().to_vec()).unwrap_or_default(),
        bytes: bytes.len() as u64,
        fingerprint: check.fingerprint().to_owned(),
    })
}

/// Ids that must stay: special pieces, and where positions depend on the padding's id, all up to it.
/// `size` is one more than the highest id. Ascending.
fn always(parts: &Parts, weights: &Weights, size: usize) -> Result<Vec<u32>> {
    let mut always = parts.special()?;
    let config = weights.config();
    let first = if config.family == Family::XlmRoberta { 0 } else { config.pad };
    always.extend(first..=config.pad);
    if let Some(id) = always.iter().find(|id| **id as usize >= size) {
        return Err(Error::unsupported(format!("the special piece {id} is outside the vocabulary of {size}")));
    }
    always.sort_unstable();
    always.dedup();
    Ok(always)
}

/// The share of all that was counted that lies in ids that are kept.
fn share(counts: &[u64], kept: &[u32]) -> f64 {
    let all: u64 = counts.iter().sum();
    let unchanged: u64 = kept.iter().map(|id| counts[*id as usize]).sum();
    if all == 0 { 1.0 } else { unchanged as f64 / all as f64 }
}

fn held_out(path: &Path, tokenizer: &Tokenizer, kept: &[u32], size: usize, cancel: &Cancel) -> Result<f64> {
    let mut counter = Counter::new(tokenizer, size, cancel);
    counter.add_file(path)?;
    Ok(share(&counter.finish()?, kept))
}

type Step<'a> = &'a mut dyn FnMut(ImportStage, u64, u64) -> Result<()>;

/// The rows that are kept, a few thousand at a time: the whole table as floats may be gigabytes.
fn cut_embedding(weights: &Weights, kept: &[u32], dtype: BlockType, step: Step) -> Result<(Outgoing, f64)> {
    const ROWS: usize = 4096;
    let config = weights.config();
    let columns = config.hidden;
    if !columns.is_multiple_of(dtype.block_len()) {
        return Err(Error::argument(format!("rows of {columns} numbers cannot be stored as {dtype}")));
    }
    let table: Table = weights.table(WORD_EMBEDDING, [config.vocabulary, columns])?;
    let (mut bytes, mut change) = (Vec::new(), Change::default());
    for (i, ids) in kept.chunks(ROWS).enumerate() {
        step(ImportStage::Embedding, (i * ROWS) as u64, kept.len() as u64)?;
        let mut rows = vec![0.0; ids.len() * columns];
        table
            .gather_into(ids, &mut rows)
            .and_then(|()| store(&rows, dtype))
            .map(|(stored, changed)| {
                bytes.extend_from_slice(&stored);
                change = change.add(changed);
            })
            .map_err(|e| e.about_tensor(WORD_EMBEDDING))?;
    }
    let shape = vec![kept.len(), columns];
    Ok((Outgoing { name: WORD_EMBEDDING.to_owned(), dtype, shape, bytes }, change.relative()))
}

/// All tensors but the word embedding.
fn store_encoder(weights: &Weights, options: &ImportOptions, step: Step) -> Result<(Vec<Outgoing>, f64)> {
    let storage = Storage { embedding: options.embedding, encoder: options.encoder };
    let all: Vec<_> = weights.tensors().into_iter().filter(|t| t.name != WORD_EMBEDDING).collect();
    let mut change = Change::default();
    let mut tensors = Vec::new();
    // Few at a time, so that progress is seen and one can stop.
    for (i, group) in all.chunks(16).enumerate() {
        step(ImportStage::Encoder, (i * 16) as u64, all.len() as u64)?;
        let stored = group.par_iter().map(|info| -> Result<(Outgoing, Change)> {
            options.cancel.check()?;
            let numbers = weights.stored(&info.name, &info.shape)?.to_f32();
            let stored = numbers.and_then(|n| {
                let dtype = storage.type_of(info, &n);
                store(&n, dtype).map(|(bytes, change)| (dtype, bytes, change))
            });
            let (dtype, bytes, change) = stored.map_err(|e| e.about_tensor(&info.name))?;
            Ok((Outgoing { name: info.name.clone(), dtype, shape: info.shape.clone(), bytes }, change))
        });
        for (tensor, changed) in stored.collect::<Result<Vec<_>>>()? {
            // What is hardly changed would only hide what is.
            if tensor.dtype == options.encoder {
                change = change.add(changed);
            }
            tensors.push(tensor);
        }
    }
    Ok((tensors, change.relative()))
}

/// What the source says of itself, what was done to it, and what the user says.
fn card(weights: &Weights, options: &ImportOptions, kept: &[u32]) -> BTreeMap<String, String> {
    let mut card = weights.card().clone();
    let before = weights.config().vocabulary;
    let stored = format!("word embedding stored as {}, encoder matrices as {}", options.embedding, options.encoder);
    let done = match kept.len() {
        kept if kept == before => stored,
        kept => format!("vocabulary cut from {before} to {kept} pieces; {stored}"),
    };
    let changes = card.entry("changes".to_owned()).or_default();
    *changes = if changes.is_empty() { done } else { format!("{changes}; {done}") };
    card.extend(options.card.clone());
    card
}
