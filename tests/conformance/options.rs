//! `options.json`: what the options of C hold before a program changes them, read by the layouts of `abi.json`.

use serde_json::{Map, Value, json};

use crate::generated::{Init, OPTIONS, group};
use crate::{json, root};

fn initial(abi: &Value, options: &str, init: Init) -> Value {
    let layout = abi["structs"].as_array().unwrap().iter().find(|s| s["name"] == options).unwrap();
    let size = layout["size"].as_u64().unwrap() as usize;
    let mut memory = vec![u64::MAX; size.div_ceil(8)];
    // SAFETY: the memory has the size of the struct, and its alignment.
    unsafe { init(memory.as_mut_ptr(), size) };
    let bytes: Vec<u8> = memory.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut fields = Map::new();
    for field in layout["fields"].as_array().unwrap() {
        let (name, kind) = (field["name"].as_str().unwrap(), field["type"].as_str().unwrap());
        let at = field["offset"].as_u64().unwrap() as usize;
        let (four, eight) =
            (bytes[at..at + 4].try_into().unwrap(), bytes.get(at..at + 8).map(|b| b.try_into().unwrap()));
        let long = u64::from_le_bytes(eight.unwrap_or_default());
        let short = i32::from_le_bytes(four);
        if name == "struct_size" || name.starts_with("reserved") {
            assert_eq!(short, if name == "struct_size" { size as i32 } else { 0 });
            continue;
        }
        let value = match (group(options, name), kind) {
            (Some("SITE"), _) => {
                constants(abi, "SITE").filter(|(_, v)| short & *v as i32 != 0).map(|(n, _)| n).collect()
            }
            (Some(group), _) => constants(abi, group).find(|(_, v)| *v == i64::from(short)).unwrap().0.into(),
            (None, "int32_t") => json!(short),
            (None, "uint32_t") => json!(short as u32),
            (None, "uint64_t" | "size_t") => json!(long),
            (None, "double") => json!(f64::from_bits(long)),
            (None, "primer_str") => {
                assert_eq!(bytes[at..at + 16], [0; 16], "{name}");
                json!("")
            }
            (None, pointer) => {
                assert!(pointer.ends_with('*') && long == 0, "{name}");
                Value::Null
            }
        };
        fields.insert(name.to_string(), value);
    }
    fields.into()
}

fn constants<'a>(abi: &'a Value, group: &'a str) -> impl Iterator<Item = (&'a str, i64)> {
    let all = abi["constants"].as_array().unwrap().iter();
    all.filter(move |c| c["enum"] == group).map(|c| (c["name"].as_str().unwrap(), c["value"].as_i64().unwrap()))
}

#[test]
fn initial_values_are_those_of_the_file() {
    let _linked = primer::FEATURES;
    let folder = root().join("tests/conformance");
    let abi: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("abi.json")).unwrap()).unwrap();
    let found: Map<String, Value> =
        OPTIONS.iter().map(|(name, init)| (name.to_string(), initial(&abi, name, *init))).collect();
    let found = Value::from(found);
    let file = folder.join("options.json");
    if std::env::var_os("PRIMER_UPDATE_CONFORMANCE").is_some() {
        std::fs::write(&file, json::written(&found)).unwrap();
    }
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(found, expected);
}
