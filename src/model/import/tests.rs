//! A small model goes through the whole import.

use serde_json::json;

use super::*;
use crate::error::ErrorKind;

/// A model with 32 channels, one layer, and a vocabulary in which `z` and `▁kaput` are of no use.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    let config = json!({"model_type": "xlm-roberta", "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 64, "vocab_size": 12, "max_position_embeddings": 10, "type_vocab_size": 1,
        "layer_norm_eps": 1e-5, "pad_token_id": 1});
    write("config.json", config.to_string().into_bytes());
    let added = [(0, "<s>"), (1, "<pad>"), (2, "</s>"), (10, "<mask>")];
    let added: Vec<_> = added.iter().map(|(id, c)| json!({"id": id, "content": c, "special": true})).collect();
    let tokenizer = json!({
        "added_tokens": added,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0],
            ["▁kaput", -1.5], ["▁", -3.0], ["a", -2.0], ["▁ab", -1.0], ["ab", -1.1], ["თბილ", -9.0], ["<mask>", 0.0]]},
    });
    write("tokenizer.json", tokenizer.to_string().into_bytes());
    write("SOURCE.json", br#"{"model":"mini","licence":"MIT","changes":"made small"}"#.to_vec());

    let mut shapes = vec![
        (WORD_EMBEDDING.to_owned(), vec![12, 32]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![10, 32]),
        ("encoder.layer.0.output.dense.weight".to_owned(), vec![32, 64]),
        ("encoder.layer.0.output.dense.bias".to_owned(), vec![32]),
    ];
    shapes.sort();
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape) in shapes {
        let begin = data.len();
        let size: usize = shape.iter().product();
        // Row r holds numbers that 4 bits hold exactly, and that tell the rows apart.
        (0..size).for_each(|i| data.extend_from_slice(&number(i / 32, i % 32).to_le_bytes()));
        header.insert(name, json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()]}));
    }
    let header = serde_json::to_vec(&header).unwrap();
    write("model.safetensors", [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat());
    write("text.txt", "ab ab xyz\n".into());
    folder
}

fn number(row: usize, column: usize) -> f32 {
    (row + 1) as f32 / 64.0 * ((column % 16) as f32 - 8.0)
}

fn options(folder: &Path, vocabulary: usize) -> ImportOptions {
    let text = vec![folder.join("text.txt")];
    let card = BTreeMap::from([("attribution".to_owned(), "somebody".to_owned())]);
    let held_out = text.clone();
    ImportOptions { text, held_out, languages_without_text: vec!["ka".into()], vocabulary, card, ..Default::default() }
}

fn go(_: ImportProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_cut_model_has_the_rows_of_the_pieces_that_it_kept() {
    let folder = folder();
    let target = folder.path().join("mini.gguf");
    let report = import(folder.path(), &target, &options(folder.path(), 9), &mut go).unwrap();
    assert_eq!((report.pieces_before, report.pieces), (11, 9));
    assert_eq!(report.languages, BTreeMap::from([("ka".to_owned(), 1)]));
    assert_eq!((report.embedding_error, report.encoder_error), (0.0, 0.0));
    assert_eq!((report.text_unchanged, report.held_out_unchanged[0].1), (1.0, 1.0));
    assert_eq!(report.bytes, std::fs::metadata(&target).unwrap().len());

    let weights = Weights::open(&target).unwrap();
    assert_eq!(weights.fingerprint(), report.fingerprint);
    let old = Weights::open(folder.path()).unwrap();
    let expected = super::super::Config { vocabulary: 9, name: "mini".into(), ..old.config().clone() };
    assert_eq!(*weights.config(), expected);
    // Dropped are ▁kaput and ab; <mask> has moved to the end.
    let rows = weights.table(WORD_EMBEDDING, [9, 32]).unwrap().gather(&(0..9).collect::<Vec<_>>()).unwrap();
    let kept = [0, 1, 2, 3, 5, 6, 7, 9, 10];
    let expected: Vec<Vec<f32>> = kept.iter().map(|r| (0..32).map(|c| number(*r, c)).collect()).collect();
    assert_eq!(rows.to_vec2::<f32>().unwrap(), expected);
    let tokenizer = weights.tokenizer().unwrap();
    assert_eq!(tokenizer.vocabulary_size(), 9);
    assert_eq!(tokenizer.encode(&["ab"]).unwrap().ids, [6]);
    assert_eq!(old.tokenizer().unwrap().encode(&["ab"]).unwrap().ids, [7]);

    let card: Vec<_> = weights.card().iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let changes =
        "made small; vocabulary cut from 12 to 9 pieces; word embedding stored as q4_0, encoder matrices as q4_0";
    assert_eq!(card, [("attribution", "somebody"), ("changes", changes), ("licence", "MIT"), ("name", "mini")]);
    for info in weights.tensors() {
        let matrix = [WORD_EMBEDDING, "encoder.layer.0.output.dense.weight"].contains(&info.name.as_str());
        assert_eq!(info.dtype, if matrix { BlockType::Q4_0 } else { BlockType::F16 }, "{}", info.name);
    }
}

/// An added token has its own row of the embedding behind the pieces', and keeps it.
#[test]
fn added_tokens_beyond_the_pieces_are_kept() {
    let folder = folder();
    let path = folder.path().join("tokenizer.json");
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let added = json!({"id": 11, "content": "<ent>", "special": true, "normalized": false});
    json["added_tokens"].as_array_mut().unwrap().push(added);
    std::fs::write(&path, json.to_string()).unwrap();
    let [once, twice] = ["once.gguf", "twice.gguf"].map(|n| folder.path().join(n));
    assert_eq!(Weights::open(folder.path()).unwrap().tokenizer().unwrap().encode(&["<ent>"]).unwrap().ids, [11]);
    import(folder.path(), &once, &options(folder.path(), 10), &mut go).unwrap();
    import(&once, &twice, &options(folder.path(), 9), &mut go).unwrap();
    for (file, size) in [(once, 10), (twice, 9)] {
        let weights = Weights::open(&file).unwrap();
        assert_eq!(weights.config().vocabulary, size);
        let last = size as u32 - 1;
        assert_eq!(weights.tokenizer().unwrap().encode(&["<ent>"]).unwrap().ids, [last]);
        let row = weights.table(WORD_EMBEDDING, [size, 32]).unwrap().gather(&[last]).unwrap();
        let expected: Vec<f32> = (0..32).map(|c| number(11, c)).collect();
        assert_eq!(row.to_vec2::<f32>().unwrap(), [expected]);
    }
}

#[test]
fn an_imported_model_can_be_cut_further() {
    let folder = folder();
    let (once, twice) = (folder.path().join("once.gguf"), folder.path().join("twice.gguf"));
    import(folder.path(), &once, &options(folder.path(), 100), &mut go).unwrap();
    assert_eq!(Weights::open(&once).unwrap().config().vocabulary, 11);
    let report = import(&once, &twice, &options(folder.path(), 9), &mut go).unwrap();
    let direct = folder.path().join("direct.gguf");
    import(folder.path(), &direct, &options(folder.path(), 9), &mut go).unwrap();
    assert_eq!(report.pieces, 9);
    let row = |path: &Path| {
        let table = Weights::open(path).unwrap().table(WORD_EMBEDDING, [9, 32]).unwrap();
        table.gather(&[8]).unwrap().to_vec2::<f32>().unwrap()
    };
    assert_eq!(row(&twice), row(&direct));
    // What was not done is not told.
    let same = folder.path().join("same.gguf");
    import(&once, &same, &options(folder.path(), 100), &mut go).unwrap();
    let changes = Weights::open(&same).unwrap().card()["changes"].clone();
    assert_eq!(
        (changes.matches("vocabulary cut").count(), changes.matches("stored as q4_0").count()),
        (1, 2),
        "{changes}"
    );
}

#[test]
fn the_same_import_gives_the_same_file() {
    let folder = folder();
    let target = folder.path().join("mini.gguf");
    let fingerprint = || import(folder.path(), &target, &options(folder.path(), 8), &mut go).unwrap().fingerprint;
    assert_eq!(fingerprint(), fingerprint());
}

#[test]
fn stopping_at_any_step_leaves_the_old_file() {
    let folder = folder();
    let target = folder.path().join("mini.gguf");
    std::fs::write(&target, b"old").unwrap();
    let mut steps = 0;
    for stop in 0.. {
        let mut seen = 0;
        let result = import(folder.path(), &target, &options(folder.path(), 9), &mut |p| {
            assert!(p.done <= p.total);
            seen += 1;
            if seen > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if result.is_ok() {
            break;
        }
        steps += 1;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        // The same by a request, from wherever one comes.
        let (mut seen, mut options) = (0, options(folder.path(), 9));
        options.cancel = crate::Cancel::new();
        let cancel = options.cancel.clone();
        let result = import(folder.path(), &target, &options, &mut |_| {
            seen += 1;
            if seen > stop {
                cancel.request();
            }
            ControlFlow::Continue(())
        });
        // After the last of them there is nothing left to stop.
        assert!(result.is_ok() || result.unwrap_err().kind() == ErrorKind::Cancelled);
        std::fs::write(&target, b"old").unwrap();
    }
    assert!(steps >= 5, "{steps}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = folder();
    let target = folder.path().join("mini.gguf");
    let run = |change: &dyn Fn(&mut ImportOptions)| {
        let mut options = options(folder.path(), 9);
        change(&mut options);
        import(folder.path(), &target, &options, &mut go).unwrap_err().kind()
    };
    assert_eq!(run(&|o| o.vocabulary = 0), ErrorKind::InvalidArgument);
    assert_eq!(run(&|o| o.languages_without_text = vec!["xx".into()]), ErrorKind::InvalidArgument);
    assert_eq!(run(&|o| o.text.push("none.txt".into())), ErrorKind::Io);
    assert_eq!(import(&target, &target, &options(folder.path(), 9), &mut go).unwrap_err().kind(), ErrorKind::Io);
    assert!(!target.exists());
}
