//! What makes a checkpoint one of another run, in words.

use serde::Serialize;
use serde_json::Value;

/// Differences that a message names.
const NAMED: usize = 4;

/// What `theirs`, the identity in a checkpoint, has otherwise than `mine`; `None` where both are the same run.
///
/// Identities are objects of named options; digests are under the names `data` and `backbone`.
pub(crate) fn difference<T: Serialize + PartialEq>(theirs: &T, mine: &T) -> Option<String> {
    if theirs == mine {
        return None;
    }
    let value = |identity: &T| serde_json::to_value(identity).unwrap_or_default();
    let mut found = Vec::new();
    collect("", &value(theirs), &value(mine), &mut found);
    // What decides on all others comes first: with other data, usual numbers of epochs are others, too.
    found.sort_by_key(|(name, _)| !["data", "backbone"].contains(&name.as_str()));
    let more = found.len().saturating_sub(NAMED);
    let mut words: Vec<String> = found.into_iter().take(NAMED).map(|(_, text)| text).collect();
    match more {
        0 if words.is_empty() => words.push("other options".to_owned()),
        0 => {}
        n => words.push(format!("{n} other options more")),
    }
    Some(words.join("; "))
}

/// Adds the names of values that differ, with words for each.
fn collect(name: &str, theirs: &Value, mine: &Value, found: &mut Vec<(String, String)>) {
    if theirs == mine {
        return;
    }
    if let (Value::Object(theirs), Value::Object(mine)) = (theirs, mine) {
        let names: std::collections::BTreeSet<&String> = theirs.keys().chain(mine.keys()).collect();
        for name in names {
            let get = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            collect(name, &get(theirs), &get(mine), found);
        }
        return;
    }
    let text = match name {
        "data" => "other data".to_owned(),
        "backbone" => "another backbone".to_owned(),
        _ => format!("the option {name} at {}, not {}", shown(theirs), shown(mine)),
    };
    found.push((name.to_owned(), text));
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Who is refused learns what to change.
    #[test]
    fn a_difference_is_named_with_both_values() {
        let identity = |seed: u64, data: &str| json!({"options": {"seed": seed, "clip": 1.0}, "data": data});
        assert_eq!(difference(&identity(1, "a"), &identity(1, "a")), None);
        let told = difference(&identity(1, "a"), &identity(2, "b")).unwrap();
        assert_eq!(told, "other data; the option seed at 1, not 2");
        let told = difference(&json!({"backbone": "x", "a": 1}), &json!({"backbone": "y"})).unwrap();
        assert_eq!(told, "another backbone; the option a at 1, not nothing");
        let many = |n: u64| Value::Object((0..9).map(|i| (format!("o{i}"), json!(n))).collect());
        assert!(difference(&many(1), &many(2)).unwrap().ends_with("5 other options more"));
    }
}
