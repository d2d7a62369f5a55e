//! A token classification model of the `transformers` library that others exported to ONNX.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::ThreadPool;
use serde::Deserialize;

use super::labels::Labels;
use crate::cancel::Cancel;
use crate::engine::OnnxOptions;
use crate::engine::onnx::{Session, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{read_small, thread_pool};
use crate::text::{Segmentation, Split, Tokenizer, Window};

/// Far more than any configuration has.
const SMALL: u64 = 16 << 20;

/// Larger vocabularies than this are not read as a tokenizer.
const TOKENIZER: u64 = 1 << 30;

/// The longest window where the configuration names none, as BERT has it.
const WINDOW: usize = 512;

/// A model with its own labels, which needs no adapter.
pub(crate) struct TokenClassifier {
    session: Session,
    tokenizer: Tokenizer,
    labels: Labels,
    pad: u32,
    window: usize,
    pool: ThreadPool,
}

/// A `config.json`, as far as it matters.
#[derive(Deserialize)]
struct Config {
    id2label: Option<BTreeMap<usize, String>>,
    model_type: Option<String>,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<u32>,
}

impl TokenClassifier {
    /// Reads a folder with `config.json`, `tokenizer.json` and `model.onnx` (or `onnx/model.onnx`), or the model file of
    /// such a folder.
    ///
    /// # Errors
    /// `Io` for a file that is not there, `Format` for a damaged one, `Unsupported` for a tokenizer or a model of another
    /// kind, `Mismatch` where labels and model do not fit; and those of the runtime.
    pub fn open(path: &Path, options: &OnnxOptions) -> Result<TokenClassifier> {
        let (folder, model) = places(path)?;
        let config_path = folder.join("config.json");
        let config = read_config(&read_small(&config_path, SMALL)?).map_err(|e| e.in_file(&config_path))?;
        let labels = config.labels().map_err(|e| e.in_file(&config_path))?;
        let tokenizer_path = folder.join("tokenizer.json");
        let tokenizer = read_small(&tokenizer_path, TOKENIZER)?;
        let tokenizer = Tokenizer::from_bytes(&tokenizer).map_err(|e| e.in_file(&tokenizer_path))?;
        let pool = thread_pool(options.threads)?;
        let session = Session::open(Source::File(&model), options, pool.current_num_threads());
        let session = session.map_err(|e| e.in_file(&model))?;
        match session.tags {
            Some(tags) if tags != labels.len() => {
                let message = format!("the model tells {tags} labels apart where config.json names {}", labels.len());
                Err(Error::mismatch(message).in_file(&model))
            }
            _ => Ok(TokenClassifier {
                session,
                tokenizer,
                labels,
                pad: config.pad_token_id.unwrap_or(0),
                window: config.window(),
                pool,
            }),
        }
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// How texts are cut for this model.
    pub fn segmentation(&self, split: Split, window: Option<usize>) -> Segmentation {
        Segmentation::new(split, window, self.window)
    }

    pub fn pool(&self) -> &ThreadPool {
        &self.pool
    }

    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The logits of the windows' labelled pieces, row-major `[labelled, labels]`, in the order of [`Labels`].
    pub fn logits(&self, windows: &[&Window], cancel: &Cancel) -> Result<Vec<f32>> {
        let mut logits = self.session.logits(windows, self.labels.len(), self.pad, cancel)?;
        logits.chunks_exact_mut(self.labels.len()).for_each(|row| self.labels.reorder(row));
        Ok(logits)
    }
}

/// The folder with configuration and tokenizer, and the model's file.
fn places(path: &Path) -> Result<(PathBuf, PathBuf)> {
    let is_folder = std::fs::metadata(path).map_err(|e| Error::io("cannot open", path, e))?.is_dir();
    if is_folder {
        let known = [path.join("model.onnx"), path.join("onnx").join("model.onnx")];
        let model = known.into_iter().find(|p| p.is_file());
        let missing =
            || Error::new(ErrorKind::Io, "the folder has neither model.onnx nor onnx/model.onnx").in_file(path);
        return Ok((path.to_owned(), model.ok_or_else(missing)?));
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let above = folder.parent().map(Path::to_owned);
    let whole = [Some(folder.clone()), above].into_iter().flatten().find(|f| f.join("config.json").is_file());
    Ok((whole.unwrap_or(folder), path.to_owned()))
}

fn read_config(json: &[u8]) -> Result<Config> {
    serde_json::from_slice(json).map_err(|e| Error::format(format!("not a model configuration: {e}")).caused_by(e))
}

impl Config {
    fn labels(&self) -> Result<Labels> {
        let named = self.id2label.as_ref().filter(|l| !l.is_empty());
        let named = named.ok_or_else(|| Error::format("the configuration names no labels (id2label)"))?;
        if let Some((number, _)) = named.keys().enumerate().find(|(at, id)| at != *id) {
            return Err(Error::format(format!("the configuration's id2label has no label {number}")));
        }
        Labels::new(&named.values().map(String::as_str).collect::<Vec<_>>())
    }

    /// The longest window in pieces.
    fn window(&self) -> usize {
        let rows = self.max_position_embeddings.unwrap_or(WINDOW);
        // Families whose positions begin behind that of the padding piece.
        let after_padding = ["xlm-roberta", "roberta", "camembert", "mpnet"];
        let offset = match &self.model_type {
            Some(kind) if after_padding.contains(&kind.as_str()) => self.pad_token_id.unwrap_or(1) as usize + 1,
            _ => 0,
        };
        rows.saturating_sub(offset).max(1)
    }
}
