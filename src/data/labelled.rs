//! Which entity types a sentence labels.
//!
//! What people mark is most often partial: one marks medicines, and persons stay unmarked. A sentence that says which types
//! it labels says of the others nothing, neither that they are there nor that they are not.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::dataset::Dataset;
use super::json::shown;
use super::source::{Labels, Record};
use super::tags::check_type;
use crate::error::{Error, OptionName, Result};

/// The key of JSON records and of comments in columns; in American spelling, too.
const KEYS: [&str; 2] = ["labelled_types", "labeled_types"];

impl Dataset {
    /// The entity types that some sentence labels, sorted: those of entities and those that `labelled_types` name.
    pub fn labelled_types(&self) -> Vec<String> {
        let named = self.sentences().iter().flat_map(|s| s.labelled_types.iter().flat_map(|types| types.iter()));
        self.types().iter().chain(named).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// The same sentences, where those that do not name the types that they label label these.
    pub(crate) fn labelling(&self, types: &[String]) -> Dataset {
        let mut set = self.clone();
        let types: Arc<[String]> = types.into();
        for sentence in &mut set.sentences {
            sentence.labelled_types.get_or_insert_with(|| types.clone());
        }
        set
    }
}

/// The types of a list.
///
/// # Errors
/// `Data` where there is none, one is there twice, or one has no proper name.
fn checked(types: Vec<String>) -> Result<Vec<String>> {
    if types.is_empty() {
        return Err(Error::data("labelled_types is empty: name the types that are labelled, or leave the list out"));
    }
    let mut seen = HashSet::new();
    for name in &types {
        check_type(name).map_err(|e| Error::data(format!("labelled_types: {}", e.message())))?;
        if !seen.insert(name) {
            return Err(Error::data(format!("labelled_types names {name:?} twice")));
        }
    }
    Ok(types)
}

/// The list of a JSON record, where it has one.
///
/// # Errors
/// `Data` where it is no list of different names.
pub(super) fn of_json(fields: &Map<String, Value>) -> Result<Option<Vec<String>>> {
    // Label Studio has the fields of the user in "data".
    let data = fields.get("data").and_then(Value::as_object);
    let value = KEYS.iter().find_map(|key| fields.get(*key).or_else(|| data?.get(*key)));
    let list = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(Error::data(format!("labelled_types is {}, and no list", shown(other)))),
    };
    let name = |value: &Value| {
        let name = value.as_str().map(str::to_owned);
        name.ok_or_else(|| Error::data(format!("labelled_types: {} is no name of a type", shown(value))))
    };
    checked(list.iter().map(name).collect::<Result<_>>()?).map(Some)
}

/// The list of a comment in columns, `# labelled_types = MEDICINE, PER`; `None` for any other line.
///
/// # Errors
/// `Data` where it does not name different types.
pub(super) fn of_comment(line: &str) -> Option<Result<Vec<String>>> {
    let text = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let rest = KEYS.iter().find_map(|key| text.strip_prefix(key))?.trim_start();
    let names = rest.strip_prefix(['=', ':'])?.trim();
    let names = match names {
        "" => Vec::new(),
        names => names.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    Some(checked(names))
}

/// The list of the options, where they have one.
///
/// # Errors
/// `InvalidArgument` where it does not name different types.
pub(super) fn of_options(types: &[String]) -> Result<Option<Arc<[String]>>> {
    if types.is_empty() {
        return Ok(None);
    }
    let option =
        |e: Error| Error::option(&e.message().replacen("labelled_types", &OptionName("labelled_types").to_string(), 1));
    checked(types.to_vec()).map(|types| Some(types.into())).map_err(option)
}

/// An error where one of a sentence's entities has a type that `types`, its list, does not name.
pub(super) fn check_entities<'a>(types: &[String], entities: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut others = entities.filter(|kind| !types.iter().any(|t| t == kind));
    match others.next() {
        None => Ok(()),
        Some(kind) => Err(Error::data(format!(
            "an entity has the type {kind:?}, which is not among the labelled_types {}: add it to them, or leave the \
             entity out",
            types.join(", ")
        ))),
    }
}

/// What people should know of lists that not all sentences have.
pub(super) fn note(records: &[Record]) -> Option<String> {
    let is_labelled = |record: &&Record| !matches!(record.labels, Labels::None);
    let all = records.iter().filter(is_labelled).count();
    let with = records.iter().filter(is_labelled).filter(|record| record.labelled.is_some()).count();
    (0 < with && with < all).then(|| {
        format!("{with} of {all} sentences have labelled_types; the other {} label all types of the data", all - with)
    })
}

#[cfg(test)]
#[path = "labelled_tests.rs"]
mod tests;
