//! What priming makes: a backbone, and the starting point of its method.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Tensor;
use serde::Serialize;
use serde_json::Value;

use super::objective::Compute;
use super::resolve::ResolvedPrime;
use super::space::{Group, Space};
use crate::data::TagSet;
use crate::decision::Decision;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LoadOptions, Model, Rewrite, Storage};
use crate::peft::{Adapter, Backbone, CARD_VERSION, Card, Method, Tensors};
use crate::start::{Prior, Start, StartParts};

/// The record of a priming run. It stands in the card of the backbone under `priming`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PrimeReport {
    /// The options that decide the outcome, as JSON.
    pub options: Value,
    /// Why options are what they are, where they are no plain defaults.
    pub decisions: Vec<Decision>,
    /// The entity types, in the order of the head's rows; none where heads were made.
    pub types: Vec<String>,
    /// Name and number of sentences of every task.
    pub tasks: Vec<(String, usize)>,
    /// Updates made.
    pub steps: usize,
    /// Wall time in seconds, former parts of a resumed run included.
    pub seconds: f64,
    /// Processes that shared the work.
    pub ranks: usize,
    /// Threads that it ran on, those of all ranks together.
    pub threads: usize,
    /// The device that it ran on, where that was not the processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Peak resident memory in bytes of the process, or of the largest rank; where the system tells it.
    pub peak_memory: Option<u64>,
    /// Passes that were computed, on all ranks together.
    pub compute: Compute,
    /// Rows of the word embedding that were trained.
    pub word_rows: usize,
    /// F1 of every dev task at the end, without any adaptation, in 0 to 1.
    pub dev_f1: BTreeMap<String, f64>,
}

impl PrimeReport {
    /// All of it as one JSON object.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|e| Error::new(ErrorKind::Compute, format!("cannot write JSON: {e}")))
    }
}

/// A primed backbone in memory, with the parameters of its method.
pub struct Primed {
    model: Model,
    space: Space,
    point: Vec<Tensor>,
    /// The pieces whose word embeddings the point holds.
    ids: Vec<u32>,
    tags: TagSet,
    method: Method,
    name: String,
    report: PrimeReport,
}

impl Primed {
    pub(super) fn new(
        model: &Model,
        space: Space,
        point: Vec<Tensor>,
        ids: Vec<u32>,
        tags: TagSet,
        options: &ResolvedPrime,
        report: PrimeReport,
    ) -> Primed {
        let (model, method, name) = (model.clone(), options.method.clone(), options.name.clone());
        Primed { model, space, point, ids, tags, method, name, report }
    }

    /// The record of the run.
    pub fn report(&self) -> &PrimeReport {
        &self.report
    }

    /// Writes the primed backbone to one GGUF file, stored as `storage` says, with tokenizer and card; `card` adds to the
    /// card, or takes the place of what the source said. Gives the model in that file, read back on as many threads and the
    /// device of the source.
    ///
    /// # Errors
    /// `Io`; what stood at `path` before is then untouched. `InvalidArgument` for a storage that the widths do not allow.
    pub fn save(&self, path: impl AsRef<Path>, storage: &Storage, card: &BTreeMap<String, String>) -> Result<Model> {
        self.write(path.as_ref(), card, |rewrite, path| rewrite.gguf(storage, path))
    }

    /// [`Primed::save`] as a Hugging Face folder in 32-bit floats: `config.json`, `tokenizer.json`, `model.safetensors`, and
    /// `SOURCE.json` with the card.
    ///
    /// # Errors
    /// `Io`; each file is there whole or not at all.
    pub fn save_folder(&self, folder: impl AsRef<Path>, card: &BTreeMap<String, String>) -> Result<Model> {
        self.write(folder.as_ref(), card, |rewrite, folder| rewrite.folder(folder))
    }

    fn write(
        &self,
        path: &Path,
        card: &BTreeMap<String, String>,
        write: impl FnOnce(&Rewrite, &Path) -> Result<()> + Send,
    ) -> Result<Model> {
        let mut card = card.clone();
        let report = serde_json::to_string(&self.report).map_err(|e| Error::argument(format!("the report: {e}")))?;
        card.entry("priming".to_owned()).or_insert(report);
        if !self.name.is_empty() {
            card.entry("name".to_owned()).or_insert_with(|| self.name.clone());
        }
        let (ids, rows) = (self.ids.clone(), self.point[self.space.rows].clone());
        let words = self.model.encoder().embeddings.word.with_rows(ids, rows);
        let tensors: Tensors = self.space.names.iter().cloned().zip(self.point.iter().cloned()).collect();
        let done = format!("primed for {} on {} tasks", self.method.name(), self.report.tasks.len());
        let start = self.start()?;
        let rewrite = Rewrite { model: &self.model, words: &words, tensors: &tensors, start: Some(&start), done, card };
        self.model.pool().install(|| write(&rewrite, path))?;
        let options = LoadOptions::new().threads(self.model.threads()).device(self.model.device());
        Model::load_with(path, &options)
    }

    /// What adaptation will start from: the method's parameters, and with made heads what these are made of.
    fn start(&self) -> Result<Start> {
        let prior = self.space.of_group(Group::Prior, &self.point);
        Start::new(StartParts {
            method: self.method.clone(),
            phi: self.space.of_group(Group::Phi, &self.point),
            prior: if prior.is_empty() { None } else { Some(Prior::from_tensors(&prior, self.model.config().hidden)?) },
            schemes: vec![self.tags.scheme()],
            known: Vec::new(),
            record: Value::Null,
        })
    }

    /// The method's parameters with the head, bound to `model`, which is what [`Primed::save`] gave.
    ///
    /// # Errors
    /// `Mismatch` for a model of another shape; `InvalidArgument` where heads were made, so that there is none.
    pub fn adapter(&self, model: &Model) -> Result<Adapter> {
        if !self.space.of_group(Group::Prior, &self.point).is_empty() {
            let message = "priming with made heads gives no adapter: the model carries what adaptation starts from";
            return Err(Error::argument(message));
        }
        let card = Card {
            version: CARD_VERSION,
            name: self.name.clone(),
            method: self.method.clone(),
            tags: self.tags.clone(),
            backbone: Backbone::of(model),
            min_scores: BTreeMap::new(),
            training: None,
        };
        Adapter::new(model, card, self.space.of_group(Group::Phi, &self.point))
    }
}

impl std::fmt::Debug for Primed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Primed").field(&self.report).finish()
    }
}
