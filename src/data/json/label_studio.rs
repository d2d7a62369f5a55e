//! Tasks as Label Studio exports them: `{"data": {"text": ..}, "annotations": [{"result": [..]}]}`.

use serde_json::{Map, Value};

use super::record::{Item, NOT_ANNOTATED};
use super::spans::{parse, shown};
use crate::error::{Error, Result};

/// Reads a task, in `items`: its text and the first annotation that was not cancelled.
///
/// # Errors
/// `Data` where the text is not certain or a region has no known form.
pub(super) fn task(task: &Map<String, Value>, labelled: bool, items: &mut Vec<Item>) -> Result<()> {
    let data = task.get("data").and_then(Value::as_object).ok_or_else(|| Error::data("a task without \"data\""))?;
    if !labelled {
        items.push(Item::Text { text: text(data)?, spans: Vec::new(), unit: None, labelled: None });
        return Ok(());
    }
    let annotations = ["annotations", "completions"].iter().find_map(|key| task.get(*key)?.as_array());
    let holds = |annotation: &&Value, key: &str| annotation.get(key).is_some_and(|value| value == true);
    let given = annotations.into_iter().flatten();
    let mut kept = given.filter(|a| !holds(a, "was_cancelled") && !holds(a, "skipped"));
    let Some(annotation) = kept.next() else {
        items.push(Item::LeftOut(NOT_ANNOTATED));
        return Ok(());
    };
    let results = annotation.get("result").and_then(Value::as_array);
    let results =
        results.ok_or_else(|| Error::data(format!("the annotation {} has no \"result\"", shown(annotation))))?;
    // Relations and choices about the whole text are no regions of it.
    let is_region = |value: &&Value| {
        let fields = value.as_object();
        fields.is_some_and(|fields| fields.contains_key("start") && fields.keys().any(|key| key.ends_with("labels")))
    };
    let regions: Vec<Value> =
        results.iter().filter_map(|result| result.get("value")).filter(is_region).cloned().collect();
    items.push(Item::Text { text: text(data)?, spans: parse(&regions)?, unit: None, labelled: None });
    if kept.next().is_some() {
        items.push(Item::LeftOut("further annotations of a task, left out: the first is read"));
    }
    Ok(())
}

/// The text of a task: its only string, or the one that is called so.
fn text(data: &Map<String, Value>) -> Result<String> {
    let named = ["text", "content", "body"].iter().find_map(|key| data.get(*key)?.as_str());
    let mut strings = data.values().filter_map(Value::as_str);
    let only = strings.next().filter(|_| strings.next().is_none());
    named.or(only).map(str::to_owned).ok_or_else(|| {
        let all = shown(&Value::Object(data.clone()));
        Error::data(format!("which field of the task's data {all} is its text? Name it \"text\""))
    })
}
