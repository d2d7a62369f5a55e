//! Heads of other libraries: their rows may stand in any order, under names or under none.

use std::collections::BTreeMap;

use candle_core::Tensor;
use serde_json::{Map, Value};

use crate::data::{Scheme, TagSet};
use crate::error::{Error, Result};
use crate::model::Linear;
use crate::peft::parameters::Tensors;
use crate::peft::{HEAD_BIAS, HEAD_WEIGHT};

/// The names of a head's rows out of `label2id`.
pub(super) fn names(label2id: &Map<String, Value>) -> Result<Vec<String>> {
    let mut rows = BTreeMap::new();
    for (name, id) in label2id {
        let id = id.as_u64().ok_or_else(|| Error::format(format!("the label {name:?} has the id {id}")))?;
        if rows.insert(id, name.clone()).is_some() {
            return Err(Error::format(format!("two labels have the id {id}")));
        }
    }
    if rows.keys().copied().ne(0..rows.len() as u64) {
        return Err(Error::format("the ids of the labels are not 0, 1, 2, …"));
    }
    Ok(rows.into_values().collect())
}

/// The tag set that these names make up, or an error that asks for one.
pub(super) fn tag_set(names: &[String]) -> Result<TagSet> {
    let mut types: Vec<String> = Vec::new();
    let mut scheme = Scheme::Iob2;
    for name in names.iter().filter(|n| *n != "O") {
        let Some((prefix, kind)) = name.split_once('-') else {
            return Err(Error::argument(format!(
                "the head's label {name:?} is no tag such as O, B-PER or I-PER; give the tags in the order of its rows"
            )));
        };
        if matches!(prefix, "E" | "S") {
            scheme = Scheme::Bioes;
        }
        if !types.iter().any(|t| t == kind) {
            types.push(kind.to_owned());
        }
    }
    TagSet::new(scheme, types)
}

/// Puts a head's rows into the order of `tags`; `names` are the tags of the rows.
pub(super) fn reorder(head: Linear, names: &[String], tags: &TagSet) -> Result<Tensors> {
    let rows = head.weight.dim(0)?;
    let mut order = vec![None; tags.len()];
    for (row, name) in names.iter().enumerate() {
        let tag = tags
            .parse(name)
            .ok_or_else(|| Error::mismatch(format!("the head's tag {name:?} is not in the tag set")))?;
        order[tag] = Some(row as u32);
    }
    let order: Option<Vec<u32>> = order.into_iter().collect();
    match order {
        Some(order) if names.len() == rows && order.len() == rows => {
            let order = Tensor::new(order, head.weight.device())?;
            Ok(Tensors::from([
                (HEAD_WEIGHT.to_owned(), head.weight.index_select(&order, 0)?),
                (HEAD_BIAS.to_owned(), head.bias.index_select(&order, 0)?),
            ]))
        }
        _ => Err(Error::mismatch(format!("the head has {rows} rows; the tag set has {} tags", tags.len()))),
    }
}

/// `{"O": 0, "B-PER": 1, …}`.
pub(super) fn label2id(tags: &TagSet) -> Value {
    Value::Object((0..tags.len()).map(|tag| (tags.name(tag).to_string(), Value::from(tag))).collect())
}

/// The names of all tags in order.
pub(super) fn tag_names(tags: &TagSet) -> Vec<String> {
    (0..tags.len()).map(|tag| tags.name(tag).to_string()).collect()
}
