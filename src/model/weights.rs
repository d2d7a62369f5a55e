//! Where a backbone's numbers come from, whatever file they lie in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use once_cell::sync::OnceCell;
use rayon::ThreadPool;

use super::blocks::BlockType;
use super::config::Config;
use super::fingerprint;
use super::gguf::Gguf;
use super::mapped::Bytes;
use super::stored::{Stored, Table};
use super::tag_head::TagHead;
use super::{gguf, huggingface};
use crate::error::{Error, Result};
use crate::output::InUse;
use crate::text::Tokenizer;

/// The word embedding's name.
pub(crate) const WORD_EMBEDDING: &str = "embeddings.word_embeddings.weight";

/// One tensor of a model file, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// The tensor's name, as `transformers`' `BertModel` has it.
    pub name: String,
    /// How its numbers are stored.
    pub dtype: BlockType,
    /// Its size in every direction; the last is contiguous.
    pub shape: Vec<usize>,
    /// The bytes that it takes in the file.
    pub bytes: usize,
}

/// What a tokenizer is made of.
pub(crate) enum TokenizerSource {
    /// A whole Hugging Face `tokenizer.json`.
    Json(Bytes),
    /// One whose Unigram vocabulary is kept apart, in the order of the ids, with the pieces' scores.
    UnigramParts {
        /// The `tokenizer.json` with an empty `model.vocab`.
        json: Vec<u8>,
        /// Pieces and their log-probabilities.
        pieces: Vec<(String, f64)>,
    },
}

/// Where a model file holds its tokenizer.
pub(super) enum TokenizerFile {
    /// A `tokenizer.json`.
    Json(Bytes),
    /// Keys of a GGUF file, read when they are asked for.
    Gguf(Box<Gguf>),
}

/// What identifies a model.
pub(super) enum Identity {
    /// Written in the file, and found to be true on opening where that was asked for.
    Stated(String),
    /// To be computed over these files when first asked for.
    Files(Vec<(String, Bytes)>, OnceCell<String>),
}

/// A model file that is open: its configuration, its tokenizer, and its tensors where they lie.
///
/// Everything that the file says about itself has been checked: sizes, offsets and types. Tensors are named as in
/// `transformers`' `BertModel`, without a `bert.` or `roberta.` before it.
pub(crate) struct Weights {
    pub(super) path: Option<PathBuf>,
    pub(super) config: Config,
    pub(super) tensors: BTreeMap<String, Stored>,
    pub(super) tokenizer: TokenizerFile,
    pub(super) card: BTreeMap<String, String>,
    /// The file of a folder that holds what adaptation starts from.
    pub(super) start: Option<Bytes>,
    /// A folder's own tag head.
    pub(super) tag_head: Option<TagHead>,
    pub(super) identity: Identity,
    /// Keeps the small files of a folder, which are not mapped, from being replaced.
    pub(super) used: Vec<InUse>,
}

impl Weights {
    /// Opens a Hugging Face folder, or a GGUF file that Primer wrote, of which all is read and compared with its fingerprint.
    ///
    /// # Errors
    /// `Io` where the file cannot be read, `Format` where it is damaged, `Unsupported` where it holds another kind of
    /// model, `TooLarge` where a size is beyond what is computed with.
    pub(crate) fn open(path: &Path) -> Result<Weights> {
        Weights::open_with(path, true)
    }

    /// [`Weights::open`], where wanted without comparing a GGUF file with its fingerprint.
    pub(crate) fn open_with(path: &Path, verify: bool) -> Result<Weights> {
        let folder = std::fs::metadata(path).map_err(|e| Error::io("cannot open", path, e))?.is_dir();
        let mut weights = if folder {
            huggingface::open(path)?
        } else {
            gguf::open(Bytes::map(path)?, verify).map_err(|e| e.in_file(path))?
        };
        if folder {
            let small = ["config.json", "model.safetensors.index.json", "SOURCE.json"];
            let small = small.into_iter().chain(huggingface::VOCABULARY_FILES);
            weights.used = small.map(|name| InUse::new(&path.join(name), "a model that is in use")).collect();
        }
        weights.path = Some(path.to_owned());
        Ok(weights)
    }

    /// Opens the content of a GGUF file that Primer wrote.
    pub(crate) fn from_gguf_bytes(bytes: Vec<u8>) -> Result<Weights> {
        gguf::open(Bytes::from(bytes), true)
    }

    /// The whole content of a GGUF file; nothing for a folder.
    pub(super) fn gguf_bytes(&self) -> &[u8] {
        match &self.tokenizer {
            TokenizerFile::Gguf(gguf) => gguf.file().as_ref(),
            TokenizerFile::Json(_) => &[],
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The parts of the tokenizer, for [`Weights::tokenizer`] and for whoever takes it apart.
    pub(crate) fn tokenizer_source(&self) -> Result<TokenizerSource> {
        match &self.tokenizer {
            TokenizerFile::Json(json) => Ok(TokenizerSource::Json(json.clone())),
            TokenizerFile::Gguf(gguf) => gguf::tokenizer(gguf, self.config.vocabulary).map_err(|e| self.place(e)),
        }
    }

    /// The tokenizer. Building it takes a fraction of a second: keep it.
    ///
    /// # Errors
    /// `Format` where it is damaged or has more pieces than the model, `Unsupported` where it is of another kind.
    pub(crate) fn tokenizer(&self) -> Result<Tokenizer> {
        let tokenizer = match self.tokenizer_source()? {
            TokenizerSource::Json(json) => Tokenizer::from_bytes(&json),
            TokenizerSource::UnigramParts { json, pieces } => Tokenizer::from_unigram_parts(&json, pieces),
        };
        let tokenizer = tokenizer.map_err(|e| match &self.tokenizer {
            TokenizerFile::Json(_) => self.place_in(e, "tokenizer.json"),
            TokenizerFile::Gguf(_) => self.place(e),
        })?;
        let (pieces, rows) = (tokenizer.vocabulary_size(), self.config.vocabulary);
        if pieces > rows {
            let message = format!("the tokenizer has {pieces} pieces where the model has {rows}");
            return Err(self.place(Error::format(message)));
        }
        Ok(tokenizer)
    }

    /// What the file says about the model: name, licence, attribution and such.
    pub(crate) fn card(&self) -> &BTreeMap<String, String> {
        &self.card
    }

    /// What adaptation starts from, as its bytes, where the model carries it.
    pub(crate) fn start(&self) -> Result<Option<&[u8]>> {
        match &self.tokenizer {
            TokenizerFile::Gguf(gguf) => gguf::start(gguf).map_err(|e| self.place(e)),
            TokenizerFile::Json(_) => Ok(self.start.as_deref()),
        }
    }

    /// The tag head that a Hugging Face folder has of its own.
    pub(super) fn tag_head(&self) -> Option<&TagHead> {
        self.tag_head.as_ref()
    }

    /// 64 hexadecimal digits that change when anything in the model changes.
    pub(crate) fn fingerprint(&self) -> &str {
        match &self.identity {
            Identity::Stated(fingerprint) => fingerprint,
            Identity::Files(files, once) => once.get_or_init(|| fingerprint::of_files(files)),
        }
    }

    /// [`Weights::fingerprint`], computed by the threads of `pool`, which must not call this themselves.
    pub(crate) fn fingerprint_on(&self, pool: &ThreadPool) -> &str {
        match &self.identity {
            Identity::Stated(fingerprint) => fingerprint,
            // Locked on this thread: a worker that waits for others may take up a second call, and wait for itself.
            Identity::Files(files, once) => once.get_or_init(|| pool.install(|| fingerprint::of_files(files))),
        }
    }

    /// All tensors that are part of an encoder, sorted by name.
    pub(crate) fn tensors(&self) -> Vec<TensorInfo> {
        let info = |(name, t): (&String, &Stored)| TensorInfo {
            name: name.clone(),
            dtype: t.dtype(),
            shape: t.shape().to_vec(),
            bytes: t.bytes().len(),
        };
        self.tensors.iter().map(info).collect()
    }

    /// The tensor of this name as `f32` on the CPU.
    ///
    /// # Errors
    /// `Format`, naming the tensor, where it is missing, has another shape or a number that is not finite.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.stored(name, shape)?.to_tensor().map_err(|e| self.about(e, name))
    }

    /// The matrix of this name, left where it lies.
    pub(crate) fn matrix(&self, name: &str, shape: [usize; 2]) -> Result<Stored> {
        Ok(self.stored(name, &shape)?.clone())
    }

    /// The file or folder, unless the model was handed over in memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The table of this name, left where it lies.
    pub(crate) fn table(&self, name: &str, shape: [usize; 2]) -> Result<Table> {
        Table::new(self.stored(name, &shape)?.clone()).map_err(|e| self.about(e, name))
    }

    pub(super) fn stored(&self, name: &str, shape: &[usize]) -> Result<&Stored> {
        let found = self.tensors.get(name).ok_or_else(|| Error::format("the model lacks a tensor"));
        found.and_then(|t| t.expect_shape(shape).map(|()| t)).map_err(|e| self.about(e, name))
    }

    fn about(&self, e: Error, name: &str) -> Error {
        self.place(e.about_tensor(name))
    }

    fn place(&self, e: Error) -> Error {
        match &self.path {
            Some(path) => e.in_file(path),
            None => e,
        }
    }

    fn place_in(&self, e: Error, file: &str) -> Error {
        match &self.path {
            Some(path) => e.in_file(path.join(file)),
            None => e,
        }
    }
}
