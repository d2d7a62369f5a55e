//! The tag head of a Hugging Face model's folder (`…ForTokenClassification`) as an adapter that is a head alone.

use std::path::Path;

use super::heads::{LABELS, names_in, reorder, tag_names, tag_set};
use crate::data::TagSet;
use crate::error::{Error, Result};
use crate::model::{Model, tag_head};
use crate::peft::card::{Backbone, Card, VERSION};
use crate::peft::{Adapter, Method};

/// Reads the head of the model in `folder`; `model` must be that model's encoder, or what was imported from it.
pub(super) fn load(folder: &Path, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let Some((labels, head)) = tag_head(folder)? else {
        return Err(Error::format(
            "this is the folder of a model without a tag head, and no adapter: give a folder with adapter_config.json",
        )
        .in_file(folder));
    };
    let (names, tags) = match tags {
        Some(tags) => (tag_names(tags), tags.clone()),
        None => {
            let names = if folder.join(LABELS).exists() { names_in(folder)?.unwrap_or(labels) } else { labels };
            let tags = tag_set(&names).map_err(|e| e.in_file(folder))?;
            (names, tags)
        }
    };
    let tensors = reorder(head, &names, &tags).map_err(|e| e.in_file(folder))?;
    let backbone = Backbone::shape(model.config());
    let card = Card {
        version: VERSION,
        name: String::new(),
        method: Method::Head,
        tags,
        backbone,
        min_scores: Default::default(),
        training: None,
    };
    Adapter::new(model, card, tensors).map_err(|e| e.in_file(folder))
}
