//! Models in a Hugging Face folder: `config.json`, `model.safetensors` (or its shards), `tokenizer.json` (or `vocab.txt`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use once_cell::sync::OnceCell;
use serde::Deserialize;

use super::config::{Config, Family};
use super::mapped::{Bytes, read_small};
use super::stored::Stored;
use super::tag_head::{self, TagHead};
use super::weights::{Identity, TokenizerFile, Weights};
use super::{missing, safetensors};
use crate::error::{Error, Result};
use crate::foreign::Foreign;
use crate::log::{Level, log};
use crate::text::VocabTxt;

/// Far more than any real configuration or shard index has.
const SMALL: u64 = 16 << 20;

/// What adaptation starts from ([`Start`](crate::start::Start)), in folders of primed models.
pub(super) const START: &str = "start.safetensors";

/// What stands for a `tokenizer.json` in older folders of BERT.
pub(super) const VOCABULARY_FILES: [&str; 4] =
    ["vocab.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// Opens a folder. Nothing but headers is read: tensors stay in the mapping until they are asked for.
pub(super) fn open(folder: &Path) -> Result<Weights> {
    let config_path = folder.join("config.json");
    if let Some(e) = missing_file(&config_path, missing::config) {
        return Err(e);
    }
    let config_json = read_small(&config_path, SMALL)?;
    let config = Config::from_json(&config_json).map_err(|e| e.in_file(&config_path))?;
    let mut files = vec![("config.json".to_owned(), Bytes::from(config_json))];
    let mut tokenizer_files = Vec::new();
    let tokenizer = tokenizer(folder, config.family, &mut tokenizer_files)?;

    let (mut tensors, mut head) = (BTreeMap::new(), [None, None]);
    for name in shards(folder)? {
        let path = folder.join(&name);
        if let Some(e) = missing_file(&path, missing::weights) {
            return Err(e);
        }
        let file = Bytes::map(&path)?;
        add_tensors(&file, &mut tensors, &mut head).map_err(|e| e.in_file(&path))?;
        files.push((name, file));
    }
    let tag_head = TagHead::new(&files[0].1, head);
    if let Some(head) = &tag_head {
        log(Level::Info, || {
            let labels = head.labels().len();
            format!("{}: its own tag head of {labels} labels is no part of the backbone", folder.display())
        });
    }
    files.extend(tokenizer_files);
    // Only where it is there, so that the fingerprints of other folders stay.
    let start_path = folder.join(START);
    let start = start_path.exists().then(|| Bytes::map(&start_path)).transpose()?;
    files.extend(start.iter().map(|start| (START.to_owned(), start.clone())));

    Ok(Weights {
        path: None,
        card: card(folder, &config),
        config,
        tensors,
        tokenizer: TokenizerFile::Json(tokenizer),
        start,
        tag_head,
        identity: Identity::Files(files, OnceCell::new()),
        used: Vec::new(),
    })
}

/// What `explain` says of the folder of `path`, where there is no file there.
fn missing_file(path: &Path, explain: fn(&Path) -> Option<Error>) -> Option<Error> {
    (!path.exists()).then(|| explain(path.parent()?)).flatten()
}

/// The `tokenizer.json`, or one made of BERT's `vocab.txt`. What it is made of is added to `files`.
fn tokenizer(folder: &Path, family: Family, files: &mut Vec<(String, Bytes)>) -> Result<Bytes> {
    let path = folder.join("tokenizer.json");
    let vocabulary = folder.join(VOCABULARY_FILES[0]);
    if path.exists() || family != Family::Bert || !vocabulary.exists() {
        if let Some(e) = missing_file(&path, missing::tokenizer) {
            return Err(e);
        }
        let json = Bytes::map(&path)?;
        files.push(("tokenizer.json".to_owned(), json.clone()));
        return Ok(json);
    }
    let mut read = |name: &str| -> Result<Vec<u8>> {
        let path = folder.join(name);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let bytes = read_small(&path, SMALL)?;
        files.push((name.to_owned(), Bytes::from(bytes.clone())));
        Ok(bytes)
    };
    let [vocabulary_txt, config, special_tokens, added_tokens] = VOCABULARY_FILES;
    let parts = VocabTxt {
        vocabulary: &read(vocabulary_txt)?,
        config: &read(config)?,
        special_tokens: &read(special_tokens)?,
        added_tokens: &read(added_tokens)?,
    };
    Ok(Bytes::from(parts.tokenizer_json().map_err(|e| e.in_file(vocabulary))?))
}

/// The names of the files that hold tensors.
fn shards(folder: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    const WHOLE: &str = "model.safetensors";
    let index_path = folder.join("model.safetensors.index.json");
    if folder.join(WHOLE).exists() || !index_path.exists() {
        return Ok(vec![WHOLE.to_owned()]);
    }
    let bytes = read_small(&index_path, SMALL)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|e| {
        Foreign::or(&bytes, "an index of shards", Error::format(format!("not an index of shards: {e}")))
            .in_file(&index_path)
    })?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    for name in &names {
        // An index may come from anywhere: it must not lead out of its folder.
        let plain = Path::new(name).file_name().is_some_and(|n| n == name.as_str());
        if !plain || name.contains(['/', '\\', ':']) {
            return Err(Error::format(format!("{name:?} is no file of this folder")).in_file(&index_path));
        }
    }
    Ok(names.into_iter().collect())
}

/// Adds a file's tensors under their plain names, and those of a tag head to `head`. What is neither (poolers, other
/// heads, counters) is left out.
fn add_tensors(file: &Bytes, tensors: &mut BTreeMap<String, Stored>, head: &mut [Option<Stored>; 2]) -> Result<()> {
    for entry in safetensors::read(file)? {
        if let Some(i) = tag_head::TENSORS.iter().position(|n| *n == entry.name) {
            head[i] = entry.tensor.ok();
            continue;
        }
        let Some(name) = plain_name(&entry.name) else { continue };
        let tensor = entry.tensor.map_err(|dtype| {
            let message = format!("numbers of type {dtype:?} are not read, only F32, F16 and BF16");
            Error::unsupported(format!("{message}; in Python: AutoModel.from_pretrained(FOLDER).float()"))
                .about_tensor(&entry.name)
        })?;
        if tensors.insert(name, tensor).is_some() {
            return Err(Error::format("the model holds a tensor twice").about_tensor(&entry.name));
        }
    }
    Ok(())
}

/// The name in `BertModel`, or nothing for a tensor that an encoder does not have.
fn plain_name(name: &str) -> Option<String> {
    let plain = name.strip_prefix("bert.").or_else(|| name.strip_prefix("roberta.")).unwrap_or(name);
    let ours = plain.starts_with("encoder.layer.") || plain.starts_with("embeddings.");
    if !ours || plain.ends_with("_ids") {
        return None;
    }
    // Files converted from TensorFlow name the layer norms' tensors as it did.
    Some(match plain.strip_suffix(".LayerNorm.gamma") {
        Some(stem) => format!("{stem}.LayerNorm.weight"),
        None => match plain.strip_suffix(".LayerNorm.beta") {
            Some(stem) => format!("{stem}.LayerNorm.bias"),
            None => plain.to_owned(),
        },
    })
}

/// What `SOURCE.json` says about the model's origin, where there is one. It informs people, so that nothing depends on it.
fn card(folder: &Path, config: &Config) -> BTreeMap<String, String> {
    let mut card = BTreeMap::new();
    let source = read_small(&folder.join("SOURCE.json"), SMALL).ok();
    let source: Option<serde_json::Map<_, _>> = source.and_then(|s| serde_json::from_slice(&s).ok());
    for (key, value) in source.into_iter().flatten() {
        if let serde_json::Value::String(text) = value {
            card.insert(if key == "model" { "name".to_owned() } else { key }, text);
        }
    }
    if !config.name.is_empty() {
        card.entry("name".to_owned()).or_insert_with(|| config.name.clone());
    }
    card
}

#[cfg(test)]
mod tests {
    use super::super::weights::WORD_EMBEDDING;
    use super::*;
    use crate::error::ErrorKind;

    const CONFIG: &str = r#"{"model_type":"bert","hidden_size":2,"num_hidden_layers":1,"num_attention_heads":1,
        "intermediate_size":4,"vocab_size":3,"max_position_embeddings":8,"type_vocab_size":2}"#;

    /// A safetensors file of tensors given as name, type, shape and bytes.
    fn safetensors(tensors: &[(&str, &str, &[usize], Vec<u8>)]) -> Vec<u8> {
        let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
        for (name, dtype, shape, bytes) in tensors {
            let begin = data.len();
            data.extend_from_slice(bytes);
            header.insert(
                (*name).to_owned(),
                serde_json::json!({"dtype": dtype, "shape": shape, "data_offsets": [begin, data.len()]}),
            );
        }
        let header = serde_json::to_vec(&header).unwrap();
        [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
    }

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("config.json", CONFIG.as_bytes()), ("tokenizer.json", b"{}")].iter().chain(files) {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn f32s(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    const NUMBERS: [f32; 6] = [0.5, -1.0, 2.0, 0.0, 1.5, -0.25];

    fn values(weights: &Weights, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        Ok(weights.tensor(name, shape)?.flatten_all()?.to_vec1()?)
    }

    #[test]
    fn every_type_and_prefix_gives_the_same_numbers() {
        let f16 = NUMBERS.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect::<Vec<_>>();
        let bf16 = NUMBERS.iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect::<Vec<_>>();
        for (dtype, bytes) in [("F32", f32s(&NUMBERS)), ("F16", f16), ("BF16", bf16)] {
            for prefix in ["", "bert.", "roberta."] {
                let name = format!("{prefix}{WORD_EMBEDDING}");
                let file = safetensors(&[(&name, dtype, &[3, 2], bytes.clone())]);
                let folder = folder(&[("model.safetensors", &file)]);
                let weights = Weights::open(folder.path()).unwrap();
                assert_eq!(values(&weights, WORD_EMBEDDING, &[3, 2]).unwrap(), NUMBERS);
                let table = weights.table(WORD_EMBEDDING, [3, 2]).unwrap();
                assert_eq!(table.gather(&[2]).unwrap().to_vec2::<f32>().unwrap(), [[1.5, -0.25]]);
            }
        }
    }

    #[test]
    fn tensors_of_no_encoder_are_ignored_and_old_names_are_understood() {
        let file = safetensors(&[
            ("bert.embeddings.LayerNorm.gamma", "F32", &[2], f32s(&[1.0, 2.0])),
            ("bert.embeddings.LayerNorm.beta", "F32", &[2], f32s(&[3.0, 4.0])),
            ("bert.embeddings.position_ids", "I64", &[1], vec![0; 8]),
            ("bert.pooler.dense.bias", "F32", &[1], f32s(&[0.0])),
            ("cls.predictions.bias", "F64", &[1], vec![0; 8]),
        ]);
        let folder = folder(&[("model.safetensors", &file)]);
        let weights = Weights::open(folder.path()).unwrap();
        assert_eq!(values(&weights, "embeddings.LayerNorm.weight", &[2]).unwrap(), [1.0, 2.0]);
        assert_eq!(values(&weights, "embeddings.LayerNorm.bias", &[2]).unwrap(), [3.0, 4.0]);
        assert_eq!(weights.tensors().len(), 2);
    }

    #[test]
    fn shards_make_one_model() {
        let name = "encoder.layer.0.output.dense.bias";
        let one = safetensors(&[(WORD_EMBEDDING, "F32", &[3, 2], f32s(&NUMBERS))]);
        let two = safetensors(&[(name, "F32", &[2], f32s(&[7.0, 8.0]))]);
        let index = |a: &str, b: &str| format!(r#"{{"weight_map":{{"{WORD_EMBEDDING}":"{a}","{name}":"{b}"}}}}"#);
        let open = |index: String, two: &[u8]| {
            let folder = folder(&[
                ("a.safetensors", &one),
                ("b.safetensors", two),
                ("model.safetensors.index.json", index.as_bytes()),
            ]);
            Weights::open(folder.path()).and_then(|w| values(&w, name, &[2]))
        };
        assert_eq!(open(index("a.safetensors", "b.safetensors"), &two).unwrap(), [7.0, 8.0]);
        let e = open(index("a.safetensors", "b.safetensors"), &one).unwrap_err();
        assert_eq!((e.kind(), e.tensor()), (ErrorKind::Format, Some(WORD_EMBEDDING)));
        assert_eq!(open(index("a.safetensors", "c.safetensors"), &two).unwrap_err().kind(), ErrorKind::Io);
        for outside in ["../b.safetensors", "/b.safetensors", "", "..", "x/b.safetensors", "c:b"] {
            assert_eq!(open(index("a.safetensors", outside), &two).unwrap_err().kind(), ErrorKind::Format, "{outside}");
        }
        assert_eq!(open("[]".to_owned(), &two).unwrap_err().kind(), ErrorKind::Format);
    }

    #[test]
    fn errors_name_the_file_and_the_tensor() {
        let file = safetensors(&[
            ("embeddings.LayerNorm.weight", "F32", &[2], f32s(&[1.0, f32::NAN])),
            (WORD_EMBEDDING, "F32", &[3, 2], f32s(&NUMBERS)),
        ]);
        let folder = folder(&[("model.safetensors", &file)]);
        let weights = Weights::open(folder.path()).unwrap();
        for (name, shape) in
            [("embeddings.LayerNorm.weight", &[2][..]), (WORD_EMBEDDING, &[2, 3]), ("embeddings.none", &[1])]
        {
            let e = weights.tensor(name, shape).unwrap_err();
            assert_eq!((e.kind(), e.tensor(), e.file()), (ErrorKind::Format, Some(name), Some(folder.path())));
        }
        assert!(weights.table(WORD_EMBEDDING, [2, 3]).is_err());

        let long = safetensors(&[(WORD_EMBEDDING, "I64", &[1], vec![0; 8])]);
        std::fs::write(folder.path().join("model.safetensors"), long).unwrap();
        let e = Weights::open(folder.path()).err().unwrap();
        assert_eq!((e.kind(), e.tensor()), (ErrorKind::Unsupported, Some(WORD_EMBEDDING)));
        assert_eq!(e.file(), Some(&*folder.path().join("model.safetensors")));

        std::fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
        assert_eq!(Weights::open(folder.path()).err().unwrap().kind(), ErrorKind::Io);
    }

    #[test]
    fn the_fingerprint_changes_with_every_file() {
        let file = safetensors(&[(WORD_EMBEDDING, "F32", &[3, 2], f32s(&NUMBERS))]);
        let folder = folder(&[("model.safetensors", &file)]);
        let fingerprint = || Weights::open(folder.path()).unwrap().fingerprint().to_owned();
        let mut seen = vec![fingerprint()];
        assert_eq!(seen[0].len(), 64);
        assert_eq!(fingerprint(), seen[0]);
        for name in ["config.json", "tokenizer.json"] {
            let mut content = std::fs::read(folder.path().join(name)).unwrap();
            content.push(b' ');
            std::fs::write(folder.path().join(name), content).unwrap();
            seen.push(fingerprint());
        }
        let other = safetensors(&[(WORD_EMBEDDING, "F32", &[3, 2], f32s(&[0.0; 6]))]);
        std::fs::write(folder.path().join("model.safetensors"), other).unwrap();
        seen.push(fingerprint());
        let different: BTreeSet<_> = seen.iter().collect();
        assert_eq!(different.len(), 4);
    }

    #[test]
    fn the_card_says_where_a_model_comes_from() {
        let file = safetensors(&[]);
        let source = br#"{"model":"mini","licence":"MIT","wheels":[1]}"#;
        let folder = folder(&[("model.safetensors", &file), ("SOURCE.json", source)]);
        let weights = Weights::open(folder.path()).unwrap();
        let card: Vec<_> = weights.card().iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(card, [("licence", "MIT"), ("name", "mini")]);
    }
}
