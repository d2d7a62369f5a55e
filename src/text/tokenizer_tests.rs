use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The vocabulary of the small Unigram tokenizer; specials where XLM-RoBERTa has them.
fn pieces() -> Vec<(&'static str, f64)> {
    let mut pieces =
        vec![("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("▁Ber", -4.0), ("lin", -4.5)];
    pieces.extend([
        ("▁Berlin", -7.0),
        ("東", -6.0),
        ("京", -6.5),
        ("s", -3.0),
        ("<", -8.0),
        (">", -8.0),
        ("/", -8.0),
        ("A", -5.0),
    ]);
    pieces.push(("<mask>", 0.0));
    pieces
}

pub(in crate::text) fn unigram_json() -> Value {
    let special = |id: usize| {
        json!({"id": id, "content": pieces()[id].0, "special": true, "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false})
    };
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0), special(1), special(2), special(3), special(15)],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": crate::text::charsmap::tests::small_charsmap()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
        "decoder": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces()}
    })
}

fn wordpiece_json() -> Value {
    let vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ber", "##lin", "##s", "'", "s", "e", "東", "[", "]"];
    let map: serde_json::Map<String, Value> =
        vocabulary.iter().zip(0..).map(|(p, i)| (p.to_string(), json!(i))).collect();
    let special = |id: usize| {
        json!({"id": id, "content": vocabulary[id], "special": true, "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false})
    };
    json!({
        "version": "1.0",
        "added_tokens": [special(0), special(1), special(2), special(3), special(4)],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": map}
    })
}

fn from_json(json: &Value) -> Result<Tokenizer> {
    Tokenizer::from_bytes(json.to_string().as_bytes())
}

pub(in crate::text) fn unigram() -> Tokenizer {
    from_json(&unigram_json()).unwrap()
}

fn per_word(tokenizer: &Tokenizer, words: &[&str]) -> Vec<Vec<u32>> {
    let encoding = tokenizer.encode(words).unwrap();
    let ids = |r: &std::ops::Range<u32>| encoding.ids[r.start as usize..r.end as usize].to_vec();
    encoding.words.iter().map(|w| ids(&w.pieces)).collect()
}

#[test]
fn a_bare_blank_before_a_word_does_not_carry_its_tag() {
    let encoding = unigram().encode(&["Berlin", "東京", "", "▁"]).unwrap();
    assert_eq!(encoding.ids, [7, 4, 8, 9, 4]);
    let labelled: Vec<_> = encoding.words.iter().map(|w| w.labelled).collect();
    assert_eq!(labelled, [Some(0), Some(2), None, Some(4)]);
}

#[test]
fn special_tokens_never_come_out_of_text() {
    assert_eq!(
        per_word(&unigram(), &["</s>", "<mask>"]),
        [[4, 11, 13, 10, 12].to_vec(), [4, 11, 3, 10, 3, 12].to_vec()]
    );
    let bert = from_json(&wordpiece_json()).unwrap();
    assert_eq!(per_word(&bert, &["[SEP]"]), [[12, 1, 13]]);
}

#[test]
fn specials_frame_the_windows() {
    assert_eq!(unigram().special_ids(), (&[0][..], &[2][..]));
    assert_eq!(from_json(&wordpiece_json()).unwrap().special_ids(), (&[2][..], &[3][..]));
    let mut json = wordpiece_json();
    json["post_processor"] = Value::Null;
    assert_eq!(from_json(&json).unwrap().special_ids(), (&[][..], &[][..]));
}

/// Tokens of every kind, in and beyond the vocabulary; the crate numbers what is beyond it in the order of the list.
fn with_added(mut json: Value) -> Value {
    let size = match &json["model"]["vocab"] {
        Value::Array(list) => list.len(),
        map => map.as_object().unwrap().len(),
    };
    let known = match &json["model"]["vocab"] {
        Value::Array(list) => list.iter().position(|p| p[0] == "s").unwrap(),
        map => map["s"].as_u64().unwrap() as usize,
    };
    let token = |id: usize, content: &str, flags: [bool; 5]| {
        let [special, normalized, single_word, lstrip, rstrip] = flags;
        json!({"id": id, "content": content, "special": special, "normalized": normalized, "single_word": single_word,
            "lstrip": lstrip, "rstrip": rstrip})
    };
    let more = [
        token(size, "<e>", [true, false, false, false, false]),
        token(size + 1, "Berl", [false, true, false, false, false]),
        token(size + 2, "京s", [false, false, false, true, false]),
        token(size + 3, "n'", [false, false, false, false, true]),
        token(size + 4, "é", [false, true, true, true, true]),
        token(size + 5, "<e>東", [true, true, false, false, false]),
        token(known, "s", [false, false, true, false, false]),
    ];
    json["added_tokens"].as_array_mut().unwrap().extend(more);
    json
}

#[test]
fn added_tokens_are_found_within_words() {
    let tokenizer = from_json(&with_added(unigram_json())).unwrap();
    assert_eq!(
        per_word(&tokenizer, &["<e>", "Berlin", "東京s", "s", "ss"]),
        [[16].to_vec(), [17, 4, 3].to_vec(), [4, 8, 18].to_vec(), [10].to_vec(), [4, 10, 10].to_vec()]
    );
    assert_eq!(tokenizer.vocabulary_size(), 22);
    assert_eq!(unigram().vocabulary_size(), 16);
    // The word's tag is carried by the added token where it comes first.
    let encoding = tokenizer.encode(&["Berlin"]).unwrap();
    assert_eq!(encoding.words[0].labelled, Some(0));
    let bert = from_json(&with_added(wordpiece_json())).unwrap();
    assert_eq!(per_word(&bert, &["BERLIN", "[SEP]"]), [[15, 1].to_vec(), [12, 1, 13].to_vec()]);
}

#[test]
fn long_words_are_cut() {
    let tokenizer = unigram();
    let long = "東".repeat(1 << 20);
    let encoding = tokenizer.encode(&[long.as_str(), "s"]).unwrap();
    assert_eq!(encoding.words[0].pieces, 0..257);
    assert_eq!(encoding.words[1].labelled, Some(258));
}

#[test]
fn parts_make_the_same_tokenizer() {
    let mut json = unigram_json();
    json["model"]["vocab"] = Value::Null;
    let vocabulary = pieces().into_iter().map(|(p, s)| (p.to_string(), s)).collect::<Vec<_>>();
    let bytes = json.to_string();
    let tokenizer = Tokenizer::from_unigram_parts(bytes.as_bytes(), vocabulary.clone()).unwrap();
    let words = ["Berlins", "東京", "é"];
    assert_eq!(tokenizer.encode(&words).unwrap(), unigram().encode(&words).unwrap());
    let whole = unigram_json().to_string();
    assert!(Tokenizer::from_unigram_parts(whole.as_bytes(), vocabulary.clone()).is_err(), "two vocabularies");
    let mut nan = vocabulary;
    nan[9].1 = f64::NAN;
    assert!(Tokenizer::from_unigram_parts(bytes.as_bytes(), nan).is_err(), "a score that is no number");

    let mut json = wordpiece_json();
    let ids = json["model"]["vocab"].take();
    let mut list: Vec<_> = ids.as_object().unwrap().iter().map(|(p, i)| (i.as_u64(), p.clone())).collect();
    list.sort();
    let list = list.into_iter().map(|p| p.1).collect();
    let tokenizer = Tokenizer::from_wordpiece_parts(json.to_string().as_bytes(), list).unwrap();
    assert_eq!(per_word(&tokenizer, &["Berlins"]), [[5, 6, 7]]);
}

proptest! {
    /// Against the tokenizers crate, word by word, as Hugging Face does with words that are split already.
    #[test]
    fn encodes_as_the_tokenizers_crate_does(words in prop::collection::vec("[Berlins東京Ａé'<▁\u{301}\u{200d} ]{0,12}", 0..6)) {
        for json in [unigram_json(), wordpiece_json()] {
            let theirs = tokenizers::Tokenizer::from_bytes(json.to_string()).unwrap();
            let theirs = theirs.encode(words.clone(), false).unwrap();
            let ours = from_json(&json).unwrap().encode(&words).unwrap();
            prop_assert_eq!(&ours.ids[..], theirs.get_ids());
            let of_word = |w: usize| theirs.get_word_ids().iter().filter(|i| **i == Some(w as u32)).count();
            for (w, pieces) in ours.words.iter().enumerate() {
                prop_assert_eq!(pieces.pieces.len(), of_word(w));
            }
        }
    }

    /// Tokens that are special or not, normalised or not, single words, with blanks: found where the crate finds them.
    #[test]
    fn finds_added_tokens_as_the_tokenizers_crate_does(
        words in prop::collection::vec("(<e>|Berl|BERL|京s|n'|é|e\u{301}|[Berlins東京Ａé'<▁\u{301} ]){0,6}", 0..5),
    ) {
        for json in [with_added(unigram_json()), with_added(wordpiece_json())] {
            let theirs = tokenizers::Tokenizer::from_bytes(json.to_string()).unwrap();
            let theirs = theirs.encode(words.clone(), false).unwrap();
            let ours = from_json(&json).unwrap().encode(&words).unwrap();
            prop_assert_eq!(&ours.ids[..], theirs.get_ids());
            let of_word = |w: usize| theirs.get_word_ids().iter().filter(|i| **i == Some(w as u32)).count();
            for (w, pieces) in ours.words.iter().enumerate() {
                prop_assert_eq!(pieces.pieces.len(), of_word(w));
            }
        }
    }

    #[test]
    fn any_text_is_encoded(words: Vec<String>) {
        for json in [unigram_json(), wordpiece_json()] {
            let encoding = from_json(&json).unwrap().encode(&words).unwrap();
            prop_assert_eq!(encoding.words.len(), words.len());
            let ends: Vec<_> = encoding.words.iter().map(|w| w.pieces.end).collect();
            let starts: Vec<_> = encoding.words.iter().map(|w| w.pieces.start).collect();
            prop_assert!(words.is_empty() || (starts[0] == 0 && ends[ends.len() - 1] as usize == encoding.ids.len()));
            prop_assert!(starts.iter().skip(1).zip(&ends).all(|(s, e)| s == e));
        }
    }

    #[test]
    fn damaged_files_never_panic(at in 0usize..4000, value: u8, cut in 0usize..4000) {
        for json in [unigram_json(), wordpiece_json()] {
            let mut bytes = json.to_string().into_bytes();
            let cut = cut.min(bytes.len());
            prop_assert!(Tokenizer::from_bytes(&bytes[..cut.min(bytes.len() - 1)]).is_err());
            // The charsmap fills most of the file: aim at what is around it.
            let at = if at < 2000 { at } else { bytes.len() + 2000 - at };
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            if let Ok(tokenizer) = Tokenizer::from_bytes(&bytes) {
                tokenizer.encode(&["Berlin", "東京", "é", "<s>"]).unwrap();
            }
        }
    }
}

#[test]
fn hostile_files_are_format_errors() {
    let set = |mut json: Value, pointer: &str, value: Value| {
        *json.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        json
    };
    let unigram = |pointer: &str, value: Value| set(unigram_json(), pointer, value);
    let bert = |pointer: &str, value: Value| set(wordpiece_json(), pointer, value);
    let cases = [
        ("null", Value::Null),
        ("no model", json!({"version": "1.0"})),
        ("a model of text", unigram("/model", json!("Unigram"))),
        ("no vocabulary", unigram("/model/vocab", Value::Null)),
        ("empty list", unigram("/model/vocab", json!([]))),
        ("empty map", bert("/model/vocab", json!({}))),
        ("list for WordPiece", bert("/model/vocab", json!([["a", 0.0]]))),
        ("map for Unigram", unigram("/model/vocab", json!({"<s>": 0, "</s>": 2}))),
        ("a score of text", unigram("/model/vocab/7/1", json!("high"))),
        ("piece twice", unigram("/model/vocab/6/0", json!("▁Berlin"))),
        ("unk beyond the end", unigram("/model/unk_id", json!(16))),
        ("unk negative", unigram("/model/unk_id", json!(-1))),
        ("unk missing", unigram("/model/unk_id", Value::Null)),
        ("unk token missing", bert("/model/unk_token", json!("[NONE]"))),
        ("id twice", bert("/model/vocab/ber", json!(6))),
        ("id beyond limits", bert("/model/vocab/ber", json!(u32::MAX))),
        ("id not whole", bert("/model/vocab/ber", json!(1.5))),
        ("added token with another id", unigram("/added_tokens/0/id", json!(5))),
        ("added token on another's id", unigram("/added_tokens/4/content", json!("<new>"))),
        ("added token beyond limits", unigram("/added_tokens/4", json!({"id": 4294967295u32, "content": "<new>"}))),
        ("empty added token", unigram("/added_tokens/4", json!({"id": 99, "content": ""}))),
        ("special id wrong", unigram("/post_processor/special_tokens/<s>/ids/0", json!(7))),
        ("special token unknown", bert("/post_processor/sep/0", json!("[END]"))),
        ("normalizer of numbers", unigram("/normalizer", json!(4))),
    ];
    for (what, json) in cases {
        let e = from_json(&json).err().unwrap_or_else(|| panic!("accepted: {what}"));
        assert_eq!(e.kind(), ErrorKind::Format, "{what}: {e}");
    }
    for kind in ["BPE", "WordLevel", "Imagined"] {
        assert_eq!(from_json(&bert("/model/type", json!(kind))).unwrap_err().kind(), ErrorKind::Unsupported);
    }
    let deep = format!("{{\"model\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for bytes in [&b""[..], b"{", b"\xff\xfe{\0", b"{\"model\":{\"vocab\":{\"a\":0,\"a\":1}}}", deep.as_bytes()] {
        assert_eq!(Tokenizer::from_bytes(bytes).unwrap_err().kind(), ErrorKind::Format);
    }
}
