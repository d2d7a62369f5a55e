//! What a GGUF file gives back, and what a hostile one does not do.

use super::reader::kind;
use super::*;
use crate::error::ErrorKind;

const NUMBERS: [f32; 64] = {
    let mut numbers = [0.0; 64];
    let mut i = 0;
    while i < 64 {
        numbers[i] = (i % 15) as f32 - 7.0;
        i += 1;
    }
    numbers
};

fn config(family: Family) -> Config {
    let offset = if family == Family::Bert { 0 } else { 2 };
    Config {
        family,
        hidden: 32,
        layers: 1,
        heads: 2,
        intermediate: 64,
        vocabulary: 2,
        positions: 9,
        position_offset: offset,
        types: 2,
        eps: 1e-12,
        pad: 1,
        name: "mini".into(),
    }
}

fn card() -> BTreeMap<String, String> {
    [("name", "mini"), ("licence", "MIT"), ("attribution", "somebody")].map(|(k, v)| (k.into(), v.into())).into()
}

fn pieces() -> TokenizerSource {
    let pieces = vec![("<s>".to_owned(), 0.0), ("\u{2581}a".to_owned(), -1.25)];
    TokenizerSource::UnigramParts { json: b"{}".to_vec(), pieces }
}

fn tensors() -> Vec<Outgoing> {
    let tensor = |name: &str, dtype: BlockType, shape: &[usize]| Outgoing {
        name: name.into(),
        dtype,
        shape: shape.to_vec(),
        bytes: dtype.write(&NUMBERS[..shape.iter().product()]).unwrap(),
    };
    vec![
        tensor(WORD_EMBEDDING, BlockType::Q4_0, &[2, 32]),
        tensor("embeddings.LayerNorm.bias", BlockType::F32, &[5]),
        tensor("encoder.layer.0.intermediate.dense.weight", BlockType::Q8_0, &[2, 32]),
        tensor("encoder.layer.0.output.dense.bias", BlockType::F16, &[3]),
    ]
}

fn small() -> Vec<u8> {
    to_bytes(&config(Family::Bert), &card(), &pieces(), None, tensors()).unwrap()
}

fn error_of(bytes: &[u8]) -> ErrorKind {
    open(Bytes::from(bytes.to_vec()), true).err().expect("the file was taken").kind()
}

#[test]
fn a_model_comes_back_as_it_went() {
    for family in [Family::Bert, Family::XlmRoberta] {
        let bytes = to_bytes(&config(family), &card(), &pieces(), None, tensors()).unwrap();
        let weights = Weights::from_gguf_bytes(bytes).unwrap();
        assert_eq!(weights.config(), &config(family));
        assert_eq!(weights.card(), &card());
        let TokenizerSource::UnigramParts { json, pieces } = weights.tokenizer_source().unwrap() else {
            panic!("parts")
        };
        assert_eq!((json.as_slice(), pieces[1].clone()), (&b"{}"[..], ("\u{2581}a".to_owned(), -1.25)));
        let value = |name: &str, shape: &[usize]| {
            weights.tensor(name, shape).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(value(WORD_EMBEDDING, &[2, 32]), NUMBERS);
        assert_eq!(value("encoder.layer.0.output.dense.bias", &[3]), NUMBERS[..3]);
        let table = weights.table(WORD_EMBEDDING, [2, 32]).unwrap();
        assert_eq!(table.gather(&[1]).unwrap().to_vec2::<f32>().unwrap(), [&NUMBERS[32..]]);
        assert_eq!(weights.tensors().len(), 4);
        assert!(weights.tensor(WORD_EMBEDDING, &[32, 2]).is_err_and(|e| e.tensor() == Some(WORD_EMBEDDING)));
    }
}

#[test]
fn a_whole_tokenizer_comes_back_too() {
    let source = TokenizerSource::Json(Bytes::from(b"{\"model\":1}".to_vec()));
    let bytes = to_bytes(&config(Family::Bert), &BTreeMap::new(), &source, None, tensors()).unwrap();
    let weights = Weights::from_gguf_bytes(bytes).unwrap();
    assert!(matches!(weights.tokenizer_source(), Ok(TokenizerSource::Json(json)) if *json == *b"{\"model\":1}"));
    assert_eq!(weights.config().name, "mini");
}

#[test]
fn scores_keep_every_digit() {
    let pieces = vec![("a".to_owned(), -0.1), ("b".to_owned(), 0.5)];
    let source = TokenizerSource::UnigramParts { json: b"{}".to_vec(), pieces: pieces.clone() };
    let bytes = to_bytes(&config(Family::Bert), &card(), &source, None, tensors()).unwrap();
    let weights = Weights::from_gguf_bytes(bytes).unwrap();
    assert!(matches!(weights.tokenizer_source(), Ok(TokenizerSource::UnigramParts { pieces: p, .. }) if p == pieces));
}

#[test]
fn the_same_model_has_the_same_fingerprint() {
    let fingerprint = |bytes| Weights::from_gguf_bytes(bytes).unwrap().fingerprint().to_owned();
    assert_eq!(fingerprint(small()), fingerprint(small()));
    let mut other = card();
    other.insert("licence".into(), "MIX".into());
    let other = to_bytes(&config(Family::Bert), &other, &pieces(), None, tensors()).unwrap();
    assert_ne!(fingerprint(small()), fingerprint(other));
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = small();
    for length in 0..whole.len() {
        assert_eq!(error_of(&whole[..length]), ErrorKind::Format, "{length} of {}", whole.len());
    }
    assert_eq!(error_of(&[whole.clone(), vec![0]].concat()), ErrorKind::Format);
}

#[test]
fn a_flipped_bit_anywhere_is_noticed() {
    let whole = small();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(error_of(&bytes), ErrorKind::Format, "bit {bit}");
    }
}

#[test]
fn a_forger_who_knows_the_fingerprint_finds_no_way_to_a_panic() {
    let whole = small();
    let key = whole.windows(FINGERPRINT.len()).position(|w| w == FINGERPRINT.as_bytes()).unwrap();
    // After the key: the type of the value and its length.
    let hole = key + FINGERPRINT.len() + 12..key + FINGERPRINT.len() + 12 + 64;
    let mut taken = 0;
    for bit in (0..whole.len() * 8).filter(|bit| !hole.contains(&(bit / 8))) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let forged = fingerprint::of_bytes(&bytes, hole.clone());
        bytes[hole.clone()].copy_from_slice(forged.as_bytes());
        let Ok(weights) = Weights::from_gguf_bytes(bytes) else { continue };
        taken += 1;
        for info in weights.tensors() {
            let _ = weights.tensor(&info.name, &info.shape);
            if let [rows, columns] = info.shape[..] {
                let table = weights.table(&info.name, [rows, columns]).unwrap();
                let _ = table.gather(&[0, rows as u32 - 1]);
            }
        }
        let _ = weights.tokenizer();
    }
    // Most bits are numbers and texts, which may be anything.
    assert!(taken > whole.len(), "{taken}");
}

#[test]
fn another_programs_file_is_refused_with_a_reason() {
    let mut writer = Writer::default();
    writer.text("general.architecture", "bert");
    let e = open(Bytes::from(writer.finish("other.key")), true).err().unwrap();
    assert!(e.message().contains("not one that Primer wrote") && e.message().contains("primer import"), "{e}");
    let mut writer = Writer::default();
    writer.text("general.architecture", "llama");
    let e = open(Bytes::from(writer.finish("other.key")), true).err().unwrap();
    assert!(e.kind() == ErrorKind::Unsupported && e.message().contains("\"llama\""), "{e}");
    let mut writer = Writer::default();
    writer.text("general.architecture", "llama");
    assert_eq!(error_of(&writer.finish(FINGERPRINT)), ErrorKind::Unsupported);
}

/// Not "version 50331648": who gets such a file must learn what it is and what to do.
#[test]
fn files_of_other_kinds_and_byte_orders_are_named() {
    for version in 1..=3u32 {
        let file = [&b"GGUF"[..], &version.to_be_bytes(), &[0; 64]].concat();
        let e = open(Bytes::from(file), true).err().unwrap();
        assert_eq!(e.kind(), ErrorKind::Format);
        assert!(e.message().contains("big-endian") && e.message().contains("primer import"), "{e}");
    }
    for (file, name) in
        [(&b"PK\x03\x04"[..], "PyTorch"), (b"<!doctype html>", "web page"), (b"\x89HDF\r\n\x1a\n", "HDF5")]
    {
        let e = open(Bytes::from(file.to_vec()), true).err().unwrap();
        assert!(e.message().contains(name), "{e}");
    }
}

/// A file with a true fingerprint whose tensors are described by hand: name, dimensions, type, offset.
fn described(tensors: &[(&[u8], &[u64], u32, u64)], data: usize) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend_from_slice(&3u32.to_le_bytes());
    out.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
    out.extend_from_slice(&2u64.to_le_bytes());
    let text = |out: &mut Vec<u8>, text: &[u8]| {
        out.extend_from_slice(&(text.len() as u64).to_le_bytes());
        out.extend_from_slice(text);
    };
    text(&mut out, b"general.architecture");
    out.extend_from_slice(&kind::TEXT.to_le_bytes());
    text(&mut out, b"bert");
    text(&mut out, FINGERPRINT.as_bytes());
    out.extend_from_slice(&kind::TEXT.to_le_bytes());
    text(&mut out, &[b'0'; 64]);
    let hole = out.len() - 64..out.len();
    for (name, dimensions, kind, offset) in tensors {
        text(&mut out, name);
        out.extend_from_slice(&(dimensions.len() as u32).to_le_bytes());
        dimensions.iter().for_each(|d| out.extend_from_slice(&d.to_le_bytes()));
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
    }
    out.resize(out.len().next_multiple_of(32) + data, 0);
    let fingerprint = fingerprint::of_bytes(&out, hole.clone());
    out[hole].copy_from_slice(fingerprint.as_bytes());
    out
}

#[test]
fn hostile_tensors_with_a_true_fingerprint_are_refused() {
    let tensors = |file: Vec<u8>| Gguf::parse(Bytes::from(file)).and_then(|g| g.tensors().map(|t| t.len()));
    assert_eq!(tensors(described(&[(b"a", &[8], 0, 0), (b"b", &[2, 4], 0, 32)], 64)).unwrap(), 2);
    let q4 = BlockType::Q4_0.gguf();
    for (what, entries, data) in [
        ("out of range", vec![(&b"a"[..], &[8][..], 0, 64)], 32),
        ("huge offset", vec![(b"a", &[8], 0, u64::MAX - 31)], 32),
        ("not aligned", vec![(b"a", &[8], 0, 4)], 64),
        ("overlap", vec![(b"a", &[16], 0, 0), (b"b", &[8], 0, 32)], 64),
        ("same place", vec![(b"a", &[8], 0, 0), (b"b", &[8], 0, 0)], 32),
        ("same name", vec![(b"a", &[8], 0, 0), (b"a", &[8], 0, 32)], 64),
        ("overflow", vec![(b"a", &[1 << 62, 1 << 62], 0, 0)], 32),
        ("too many bytes", vec![(b"a", &[1 << 62], 0, 0)], 32),
        ("zero", vec![(b"a", &[0], 0, 0)], 0),
        ("no dimension", vec![(b"a", &[], 0, 0)], 32),
        ("five dimensions", vec![(b"a", &[1, 1, 1, 1, 8], 0, 0)], 32),
        ("half a block", vec![(b"a", &[16, 2], q4, 0)], 32),
        ("no name", vec![(b"", &[8], 0, 0)], 32),
        ("name not UTF-8", vec![(b"\xff", &[8], 0, 0)], 32),
        ("trailing bytes", vec![(b"a", &[8], 0, 0)], 65),
    ] {
        let e = tensors(described(&entries, data)).err().unwrap_or_else(|| panic!("{what} was taken"));
        assert_eq!(e.kind(), ErrorKind::Format, "{what}");
    }
    let e = tensors(described(&[(b"a", &[8], 12, 0)], 32)).unwrap_err();
    assert_eq!((e.kind(), e.tensor()), (ErrorKind::Unsupported, Some("a")));
}

#[test]
fn absurd_counts_cost_nothing() {
    let head = |tensors: u64, values: u64, rest: &[u8]| {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        out.extend_from_slice(&tensors.to_le_bytes());
        out.extend_from_slice(&values.to_le_bytes());
        out.extend_from_slice(rest);
        out
    };
    let value =
        |kind: u32, rest: &[&[u8]]| [&1u64.to_le_bytes()[..], b"k", &kind.to_le_bytes(), &rest.concat()].concat();
    let (all, one) = (u64::MAX.to_le_bytes(), 1u64.to_le_bytes());
    for file in [
        head(u64::MAX, 0, b""),
        head(0, u64::MAX, b""),
        head(0, 1, &all),
        head(0, 1, &value(kind::TEXT, &[&all])),
        head(0, 1, &value(kind::ARRAY, &[&kind::TEXT.to_le_bytes(), &all])),
        head(0, 1, &value(kind::ARRAY, &[&kind::F64.to_le_bytes(), &(1u64 << 61).to_le_bytes()])),
        head(0, 1, &value(kind::ARRAY, &[&kind::ARRAY.to_le_bytes(), &one, &kind::U8.to_le_bytes(), &one, b"x"])),
        head(0, 1, &value(13, &[&all])),
        head(0, 2, &[value(kind::U8, &[b"x"]), value(kind::U8, &[b"x"])].concat()),
        b"GGUF\x02\0\0\0".to_vec(),
        b"GGML".to_vec(),
    ] {
        assert_eq!(error_of(&file), ErrorKind::Format);
    }
}

#[test]
fn a_wrong_type_of_value_is_refused() {
    let mut out = Writer::default();
    out.u32("n", 7);
    out.f32("x", 0.5);
    out.text("t", "a");
    out.texts("ts", ["a", "b"].into_iter());
    let gguf = Gguf::parse(Bytes::from(out.finish(FINGERPRINT))).unwrap();
    assert_eq!((gguf.size("n", 7).unwrap(), gguf.f32("x").unwrap(), gguf.text("t").unwrap()), (7, 0.5, "a"));
    assert_eq!(gguf.texts("ts").unwrap(), ["a", "b"]);
    assert!(gguf.size("n", 6).is_err() && gguf.size("x", 9).is_err() && gguf.size("none", 9).is_err());
    assert!(
        gguf.text("n").is_err() && gguf.texts("t").is_err() && gguf.floats("ts").is_err() && gguf.f32("n").is_err()
    );
}

#[test]
fn a_tokenizer_that_does_not_fit_the_embedding_is_refused() {
    let open = |pieces: Vec<(&str, f64)>| {
        let pieces = pieces.into_iter().map(|(p, s)| (p.to_owned(), s)).collect();
        let source = TokenizerSource::UnigramParts { json: b"{}".to_vec(), pieces };
        let bytes = to_bytes(&config(Family::Bert), &card(), &source, None, tensors()).unwrap();
        Weights::from_gguf_bytes(bytes).and_then(|w| w.tokenizer_source())
    };
    assert!(open(vec![("a", 0.0)]).is_ok());
    assert!(open(vec![("a", 0.0), ("b", 0.0), ("c", 0.0)]).is_err());
    assert!(open(vec![("a", f64::NAN)]).is_err());
}

/// A file may hold what this version does not know, as one with a start does for versions before 0.4: their reader, whose
/// keys and values are these, passes over it.
#[test]
fn keys_that_are_not_known_are_passed_over() {
    let with = |start: Option<&[u8]>| to_bytes(&config(Family::Bert), &card(), &pieces(), start, tensors()).unwrap();
    let weights = Weights::from_gguf_bytes(with(Some(&[1, 2, 3]))).unwrap();
    assert_eq!(weights.start().unwrap(), Some(&[1u8, 2, 3][..]));
    let key = |bytes: Vec<u8>, name: &[u8]| {
        let mut bytes = bytes;
        let at = bytes.windows(START.len()).position(|w| w == START.as_bytes()).unwrap();
        bytes[at..at + START.len()].copy_from_slice(name);
        let stated = bytes.windows(FINGERPRINT.len()).position(|w| w == FINGERPRINT.as_bytes()).unwrap();
        let hole = stated + FINGERPRINT.len() + 12..stated + FINGERPRINT.len() + 12 + 64;
        let fingerprint = fingerprint::of_bytes(&bytes, hole.clone());
        bytes[hole].copy_from_slice(fingerprint.as_bytes());
        bytes
    };
    let unknown = Weights::from_gguf_bytes(key(with(Some(&[1, 2, 3])), b"primer.other")).unwrap();
    assert_eq!((unknown.start().unwrap(), unknown.card()), (None, weights.card()));
    assert_eq!(unknown.tensors(), weights.tensors());
    assert_ne!(unknown.fingerprint(), weights.fingerprint());
    let without = Weights::from_gguf_bytes(with(None)).unwrap();
    assert_eq!(without.start().unwrap(), None);
    assert_ne!(without.fingerprint(), weights.fingerprint(), "the fingerprint covers the start");
}

#[test]
fn a_start_that_is_no_array_of_bytes_is_refused() {
    let mut writer = Writer::default();
    writer.text(START, "text");
    let gguf = Gguf::parse(Bytes::from(writer.finish(FINGERPRINT))).unwrap();
    let e = start(&gguf).unwrap_err();
    assert!(e.kind() == ErrorKind::Format && e.message().contains(START), "{e}");
}
