//! Names of numbered tags that a file gives itself.

use serde_json::{Map, Value};

/// The names of numbered tags in a record, in their order: a list of them, or Hugging Face's `features` or `id2label`.
pub(super) fn names(fields: &Map<String, Value>) -> Option<Vec<String>> {
    let listed = ["names", "tag_names", "label_names", "label_list", "ner_tag_names", "ner_tags_names"];
    let tokens = fields.get("tokens").and_then(Value::as_array).map(Vec::len);
    // A list that is as long as the words is their tags.
    let list = listed.iter().filter_map(|key| strings(fields.get(*key)?)).find(|list| Some(list.len()) != tokens);
    list.or_else(|| by_number(fields.get("id2label")?))
        .or_else(|| by_name(fields.get("label2id")?))
        .or_else(|| in_features(fields.get("features")?))
}

fn strings(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    list.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

/// `{"0": "O", "1": "B-PER"}`.
fn by_number(value: &Value) -> Option<Vec<String>> {
    let fields = value.as_object()?;
    (0..fields.len()).map(|n| fields.get(&n.to_string())?.as_str().map(str::to_owned)).collect()
}

/// `{"O": 0, "B-PER": 1}`.
fn by_name(value: &Value) -> Option<Vec<String>> {
    let fields = value.as_object()?;
    (0..fields.len())
        .map(|n| fields.iter().find(|(_, id)| id.as_u64() == Some(n as u64)).map(|(name, _)| name.clone()))
        .collect()
}

/// `features` of a Hugging Face data set: by name, or as the list of the data set viewer.
fn in_features(value: &Value) -> Option<Vec<String>> {
    let features: Vec<&Value> = match value {
        Value::Object(fields) => vec![fields.get("ner_tags").or(fields.get("tags")).or(fields.get("labels"))?],
        Value::Array(list) => {
            let is_tags = |feature: &&Value| {
                matches!(feature.get("name").and_then(Value::as_str), Some("ner_tags" | "tags" | "labels"))
            };
            list.iter().filter(is_tags).filter_map(|feature| feature.get("type")).collect()
        }
        _ => return None,
    };
    features.into_iter().find_map(|feature| {
        // A list of class labels, by whichever name the list goes in this version.
        let inner = feature.get("feature").unwrap_or(feature);
        let inner = inner.as_array().and_then(|list| list.first()).unwrap_or(inner);
        strings(inner.get("names")?)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_stand_in_several_places() {
        for record in [
            json!({"names": ["O", "B-PER"]}),
            json!({"id2label": {"1": "B-PER", "0": "O"}}),
            json!({"label2id": {"B-PER": 1, "O": 0}}),
            json!({"features": {"ner_tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}}}),
            json!({"features": {"ner_tags": [{"names": ["O", "B-PER"], "_type": "ClassLabel"}]}}),
            json!({"features": [{"name": "tokens", "type": {}}, {"name": "ner_tags", "type": {"feature": {"names": ["O", "B-PER"]}}}]}),
        ] {
            assert_eq!(names(record.as_object().unwrap()), Some(vec!["O".to_owned(), "B-PER".into()]), "{record}");
        }
        for record in [
            json!({"names": []}),
            json!({"names": [1]}),
            json!({"tokens": ["a"], "names": ["O"]}),
            json!({"id2label": {"1": "O"}}),
        ] {
            assert_eq!(names(record.as_object().unwrap()), None, "{record}");
        }
    }
}
