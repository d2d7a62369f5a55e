//! The adapter: what adaptation makes, tagging uses, and files keep.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::card::Card;
use super::parameters::{Parameters, Tensors};
use super::{Built, Plan, build, file, interchange};
use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::ops::Kind;
use crate::precision::Precision;
use crate::save::save_atomically;

/// A trained method with its tag head and card, bound to the backbone that it was checked against.
///
/// Immutable, and cheap to clone: clones share everything. It holds a reference to its backbone.
#[derive(Clone)]
pub struct Adapter(Arc<Inner>);

struct Inner {
    card: Card,
    tensors: Tensors,
    built: Built,
    /// What it does in inference, by [`Kind`], from the first tagging on.
    plans: [OnceCell<Plan>; 2],
    /// What it is made of at the places where its model computes, by precision, from the first use on.
    placed: [OnceCell<Arc<Built>>; 2],
    model: Model,
}

impl Adapter {
    /// Checks card and tensors against `model` and builds the adapter.
    pub(crate) fn new(model: &Model, card: Card, tensors: Tensors) -> Result<Adapter> {
        card.check(model)?;
        let mut parameters = Parameters::load(tensors.clone());
        let built = build(&card.method, model.encoder(), card.tags.len(), &[], &mut parameters)?;
        parameters.finish()?;
        Ok(Adapter(Arc::new(Inner {
            card,
            tensors,
            built,
            plans: Default::default(),
            placed: Default::default(),
            model: model.clone(),
        })))
    }

    /// Reads an adapter file, or a folder of another library, and checks that it belongs to `model`.
    ///
    /// # Errors
    /// `Io`; `Format` for a damaged file, `Unsupported` for a newer one or unknown settings, `Mismatch` for another
    /// backbone.
    pub fn load(path: impl AsRef<Path>, model: &Model) -> Result<Adapter> {
        let path = path.as_ref();
        if path.is_dir() {
            return Adapter::load_folder(path, model, None);
        }
        let bytes = file::read(path)?;
        Adapter::from_bytes(&bytes, model).map_err(|e| e.in_file(path))
    }

    /// Reads a folder of Hugging Face PEFT (LoRA, (IA)³) or AdapterHub (bottleneck and parallel adapters). `tags` names the rows of the head
    /// in their order where the folder does not.
    ///
    /// # Errors
    /// As [`huggingface::load`](super::huggingface::load) and [`adapterhub::load`](super::adapterhub::load).
    pub fn load_folder(folder: impl AsRef<Path>, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
        interchange::load(folder.as_ref(), model, tags)
    }

    /// [`Adapter::load`] from memory.
    pub fn from_bytes(bytes: &[u8], model: &Model) -> Result<Adapter> {
        let (card, tensors) = file::decode(bytes)?;
        Adapter::new(model, card, tensors)
    }

    /// Writes the adapter to one file, which is there whole or not at all. It may be the one that this adapter, or
    /// another, was loaded from: adapters are read into memory and need their files no more.
    ///
    /// # Errors
    /// `Io`; what stood at `path` before is then untouched.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let bytes = self.to_bytes()?;
        save_atomically(path.as_ref(), |file| std::io::Write::write_all(file, &bytes))
    }

    /// The bytes that [`Adapter::save`] writes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        file::encode(&self.0.card, &self.0.tensors)
    }

    /// Writes a LoRA or (IA)³ adapter as a folder of Hugging Face PEFT.
    ///
    /// # Errors
    /// As [`huggingface::save`](super::huggingface::save).
    pub fn save_peft(&self, folder: impl AsRef<Path>) -> Result<()> {
        interchange::huggingface::save(self, &self.0.model, folder)
    }

    /// Writes a bottleneck adapter as a folder of AdapterHub, where it is called `ner`.
    ///
    /// # Errors
    /// As [`adapterhub::save`](super::adapterhub::save).
    pub fn save_adapterhub(&self, folder: impl AsRef<Path>) -> Result<()> {
        interchange::adapterhub::save(self, &self.0.model, "ner", folder)
    }

    /// The card of the adapter in `bytes`, without its backbone.
    pub fn read_card(bytes: &[u8]) -> Result<Card> {
        file::decode(bytes).map(|(card, _)| card)
    }

    /// What the adapter says of itself.
    pub fn card(&self) -> &Card {
        &self.0.card
    }

    /// The entity types that it tags.
    pub fn types(&self) -> &[String] {
        self.0.card.tags.types()
    }

    /// Number of its parameters, head included.
    pub fn parameters(&self) -> usize {
        self.0.tensors.values().map(|t| t.elem_count()).sum()
    }

    /// The same adapter under another name.
    pub fn named(&self, name: impl Into<String>) -> Result<Adapter> {
        let card = Card { name: name.into(), ..self.0.card.clone() };
        Adapter::new(&self.0.model, card, self.0.tensors.clone())
    }

    /// The same adapter with these lowest scores of types ([`Card::min_scores`]) in place of its own.
    ///
    /// # Errors
    /// `InvalidArgument` for a type that it does not have and for a score outside of 0 to 1.
    pub fn with_min_scores(&self, min_scores: BTreeMap<String, f64>) -> Result<Adapter> {
        let card = Card { min_scores, ..self.0.card.clone() };
        card.check_min_scores().map_err(Error::argument)?;
        Adapter::new(&self.0.model, card, self.0.tensors.clone())
    }

    pub(crate) fn is_same(&self, other: &Adapter) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The backbone that it was checked against.
    #[cfg(feature = "onnx")]
    pub(crate) fn model(&self) -> &Model {
        &self.0.model
    }

    pub(crate) fn tensors(&self) -> &Tensors {
        &self.0.tensors
    }

    #[cfg(any(test, feature = "onnx"))]
    pub(crate) fn built(&self) -> &Built {
        &self.0.built
    }

    /// What the adapter does in inference in numbers of this kind. As [`Model::packed`], not to be called by the model's
    /// own threads.
    pub(crate) fn plan(&self, kind: Kind) -> Result<&Plan> {
        let Inner { built, model, .. } = &*self.0;
        self.0.plans[kind as usize].get_or_try_init(|| model.pool().install(|| Plan::new(built, model.encoder(), kind)))
    }

    /// The method with the parts of `model`, its own or another load of the same, where that computes.
    pub(crate) fn placed(&self, model: &Model, precision: Precision) -> Result<Arc<Built>> {
        let build = || -> Result<Arc<Built>> {
            let (encoder, Inner { card, tensors, .. }) = (model.placed(precision)?, &*self.0);
            let mut parameters = Parameters::load(tensors.clone()).on(&encoder.place().device);
            Ok(Arc::new(build(&card.method, encoder, card.tags.len(), &[], &mut parameters)?))
        };
        match self.0.model.same_as(model) {
            true => self.0.placed[usize::from(precision == Precision::Bf16)].get_or_try_init(build).cloned(),
            false => build(),
        }
    }

    /// An error when the adapter was loaded for another backbone than `model`.
    pub(crate) fn belongs_to(&self, model: &Model) -> Result<()> {
        if self.0.model.same_as(model) {
            return Ok(());
        }
        // Another load of the same backbone is as good.
        match self.0.card.backbone.fingerprint.as_deref() {
            Some(fingerprint) if fingerprint == model.fingerprint() => Ok(()),
            _ => Err(Error::mismatch("the adapter was loaded for another model")),
        }
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Adapter").field(&self.0.card).finish()
    }
}
