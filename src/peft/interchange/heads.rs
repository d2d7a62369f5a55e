//! Heads of other libraries: their rows may stand in any order and any scheme, under names or under none.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Tensor;
use serde_json::{Map, Value};

use super::read_json_value;
use crate::data::{Prefix, Scheme, TagSet};
use crate::error::{Error, Result};
use crate::model::Linear;
use crate::peft::parameters::Tensors;
use crate::peft::{HEAD_BIAS, HEAD_WEIGHT};

/// The file of our own that names a head's rows beside another library's files, which pass over it.
pub(super) const LABELS: &str = "labels.json";

/// The bias of a tag that the head has no row for: it is never predicted, and takes no probability from the others.
const NEVER: f32 = -1e4;

/// The names of the rows, out of the folder's `labels.json`, or else the `id2label` or `label2id` of a `config.json` there.
pub(super) fn names_in(folder: &Path) -> Result<Option<Vec<String>>> {
    for file in [LABELS, "config.json"] {
        let path = folder.join(file);
        if !path.exists() {
            continue;
        }
        let value = read_json_value(&path)?;
        let value = match value.get("id2label").or_else(|| value.get("label2id")) {
            Some(inner) if inner.is_object() || inner.is_array() => inner,
            _ if file == LABELS => &value,
            _ => continue,
        };
        return names(value).map(Some).map_err(|e| e.in_file(path));
    }
    Ok(None)
}

/// The names of a head's rows out of a list of them, a map from names to rows, or a map from rows to names.
pub(super) fn names(labels: &Value) -> Result<Vec<String>> {
    let pairs: Vec<(String, Option<u64>)> = match labels {
        Value::Array(list) => {
            let name = |v: &Value| v.as_str().map(str::to_owned);
            let names = list.iter().map(name).collect::<Option<Vec<_>>>();
            names
                .ok_or_else(|| Error::format("the list of labels holds something else than texts"))?
                .into_iter()
                .zip((0..).map(Some))
                .collect()
        }
        Value::Object(map) => map.iter().map(pair).collect(),
        _ => return Err(Error::format("labels are a list of names or a map between names and rows")),
    };
    let mut rows = BTreeMap::new();
    for (name, id) in pairs {
        let id = id.ok_or_else(|| Error::format(format!("the label {name:?} has no row's number")))?;
        if rows.insert(id, name).is_some() {
            return Err(Error::format(format!("two labels have the id {id}")));
        }
    }
    if rows.keys().copied().ne(0..rows.len() as u64) {
        return Err(Error::format("the ids of the labels are not 0, 1, 2, …"));
    }
    Ok(rows.into_values().collect())
}

/// A label and its row, of either kind of map.
fn pair((key, value): (&String, &Value)) -> (String, Option<u64>) {
    match value {
        Value::String(name) => (name.clone(), key.parse().ok()),
        id => (key.clone(), id.as_u64()),
    }
}

/// The tag set that these names make up: BIOES (or BILOU) where there are ends, IOB1 where a type has no B- to begin with,
/// else IOB2.
pub(super) fn tag_set(names: &[String]) -> Result<TagSet> {
    let mut types: Vec<String> = Vec::new();
    let mut begun: Vec<bool> = Vec::new();
    let mut ends = false;
    for name in names {
        let Some((prefix, kind)) = Prefix::split(name) else {
            return Err(Error::argument(format!(
                "the head's label {name:?} is no tag such as O, B-PER or I-PER. Name the tags of its rows in a file {LABELS} \
                in the folder, as {{\"O\": 0, \"B-PER\": 1, \"I-PER\": 2}}, or by `primer export --types`"
            )));
        };
        ends |= matches!(prefix, Prefix::E | Prefix::S);
        if prefix == Prefix::O {
            continue;
        }
        let at = types.iter().position(|t| t == kind).unwrap_or_else(|| {
            types.push(kind.to_owned());
            begun.push(false);
            types.len() - 1
        });
        begun[at] |= prefix == Prefix::B;
    }
    let scheme = match (ends, begun.iter().all(|b| *b)) {
        (true, _) => Scheme::Bioes,
        (false, true) => Scheme::Iob2,
        (false, false) => Scheme::Iob1,
    };
    TagSet::of_head(scheme, types)
}

/// Puts a head's rows into the order of `tags`; `names` are the tags of the rows. Tags that no row is for get one that is
/// never predicted.
pub(super) fn reorder(head: Linear, names: &[String], tags: &TagSet) -> Result<Tensors> {
    let (rows, hidden) = head.weight.dims2()?;
    if names.len() != rows || head.bias.dims() != [rows] {
        let message = format!("the head has {rows} rows; {} labels are named for it", names.len());
        return Err(Error::mismatch(message).about_tensor(HEAD_WEIGHT));
    }
    let mut order: Vec<Option<usize>> = vec![None; tags.len()];
    for (row, name) in names.iter().enumerate() {
        let tag = tags
            .parse(name)
            .ok_or_else(|| Error::mismatch(format!("the head's tag {name:?} is not in the tag set")))?;
        if order[tag].replace(row).is_some() {
            return Err(Error::mismatch(format!("two rows of the head are for the tag {:?}", tags.name(tag))));
        }
    }
    if order[0].is_none() {
        return Err(Error::mismatch("the head has no row for O, the tag of words outside of entities"));
    }
    let (weight, bias) = (head.weight.flatten_all()?.to_vec1::<f32>()?, head.bias.to_vec1::<f32>()?);
    let row = |row: &Option<usize>| match row {
        Some(row) => (weight[row * hidden..(row + 1) * hidden].to_vec(), bias[*row]),
        None => (vec![0.0; hidden], NEVER),
    };
    let (weight, bias): (Vec<Vec<f32>>, Vec<f32>) = order.iter().map(row).unzip();
    let device = head.weight.device();
    Ok(Tensors::from([
        (HEAD_WEIGHT.to_owned(), Tensor::from_vec(weight.concat(), (tags.len(), hidden), device)?),
        (HEAD_BIAS.to_owned(), Tensor::from_vec(bias, tags.len(), device)?),
    ]))
}

/// `{"O": 0, "B-PER": 1, …}`.
pub(super) fn label2id(tags: &TagSet) -> Value {
    Value::Object((0..tags.len()).map(|tag| (tags.name(tag).to_string(), Value::from(tag))).collect::<Map<_, _>>())
}

/// The names of all tags in order.
pub(super) fn tag_names(tags: &TagSet) -> Vec<String> {
    (0..tags.len()).map(|tag| tags.name(tag).to_string()).collect()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use serde_json::json;

    use super::*;
    use crate::error::ErrorKind;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    /// A head whose row r has the weights r, r + 0.5 and the bias r.
    fn head(rows: usize) -> Linear {
        let weight: Vec<f32> = (0..rows).flat_map(|r| [r as f32, r as f32 + 0.5]).collect();
        let bias: Vec<f32> = (0..rows).map(|r| r as f32).collect();
        let (weight, bias) =
            (Tensor::from_vec(weight, (rows, 2), &Device::Cpu), Tensor::from_vec(bias, rows, &Device::Cpu));
        Linear { weight: weight.unwrap(), bias: bias.unwrap() }
    }

    fn reordered(names: &[&str]) -> (TagSet, Vec<f32>) {
        let names = owned(names);
        let tags = tag_set(&names).unwrap();
        let tensors = reorder(head(names.len()), &names, &tags).unwrap();
        let weight = tensors[HEAD_WEIGHT].to_vec2::<f32>().unwrap();
        let bias = tensors[HEAD_BIAS].to_vec1::<f32>().unwrap();
        // Weights travel with their bias.
        assert!(weight.iter().zip(&bias).all(|(w, b)| if *b == NEVER {
            w == &[0.0, 0.0]
        } else {
            w == &[*b, *b + 0.5]
        }));
        (tags, bias)
    }

    #[test]
    fn labels_are_read_in_every_form() {
        let expected = owned(&["O", "B-A", "I-A"]);
        for labels in
            [json!(["O", "B-A", "I-A"]), json!({"I-A": 2, "O": 0, "B-A": 1}), json!({"2": "I-A", "0": "O", "1": "B-A"})]
        {
            assert_eq!(names(&labels).unwrap(), expected, "{labels}");
        }
        for labels in
            [json!(3), json!([1]), json!({"O": "x"}), json!({"O": 0, "B": 0}), json!({"O": 1}), json!({"O": -1})]
        {
            assert_eq!(names(&labels).unwrap_err().kind(), ErrorKind::Format, "{labels}");
        }
    }

    #[test]
    fn rows_are_put_in_order_whatever_the_scheme() {
        let (tags, bias) = reordered(&["I-B", "B-A", "O", "I-A", "B-B"]);
        assert_eq!(
            (tags.scheme(), tags.types(), bias),
            (Scheme::Iob2, &owned(&["B", "A"])[..], vec![2.0, 4.0, 0.0, 1.0, 3.0])
        );
        let bioes = reordered(&["O", "S-A", "E-A", "I-A", "B-A"]);
        let bilou = reordered(&["O", "U-A", "L-A", "I-A", "B-A"]);
        assert_eq!(bioes, bilou);
        assert_eq!((bioes.0.scheme(), bioes.1), (Scheme::Bioes, vec![0.0, 4.0, 3.0, 2.0, 1.0]));
    }

    #[test]
    fn tags_without_a_row_are_never_predicted() {
        assert_eq!(reordered(&["O", "B-A", "I-A", "B-B"]).1, [0.0, 1.0, 2.0, 3.0, NEVER]);
        assert_eq!(reordered(&["O", "U-A"]).1, [0.0, NEVER, NEVER, NEVER, 1.0]);
        // Types without a B-: their entities begin with I-, which IOB2 would forbid.
        let (tags, bias) = reordered(&["O", "I-A", "I-B", "B-B"]);
        assert_eq!((tags.scheme(), bias), (Scheme::Iob1, vec![0.0, NEVER, 1.0, 3.0, 2.0]));
    }

    #[test]
    fn heads_that_cannot_be_read_are_refused_with_a_reason() {
        let e = tag_set(&owned(&["LABEL_0", "LABEL_1"])).unwrap_err();
        assert!(e.message().contains("LABEL_0") && e.message().contains(LABELS), "{e}");
        let error = |rows, names: &[&str]| {
            let names = owned(names);
            reorder(head(rows), &names, &tag_set(&names).unwrap()).unwrap_err()
        };
        assert!(error(4, &["O", "B-A", "I-A"]).message().contains("4 rows"));
        assert!(error(2, &["B-A", "I-A"]).message().contains("no row for O"));
        assert!(error(3, &["O", "E-A", "L-A"]).message().contains("two rows"));
    }
}
