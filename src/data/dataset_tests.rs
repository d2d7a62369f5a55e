use super::*;
use crate::ErrorKind;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Dataset> {
    Dataset::from_bytes(text.as_bytes(), "memory", &DataOptions::default())
}

fn span(start: usize, end: usize, label: usize) -> Span {
    Span { start, end, label }
}

#[test]
fn types_are_sorted_whatever_the_order() {
    let set = parse("a\tB-PER\nb\tO\n\nc\tB-LOC\n").unwrap();
    assert_eq!((set.len(), set.entities(), set.scheme(), set.name()), (2, 2, Scheme::Iob2, "memory"));
    assert_eq!(set.types(), ["LOC", "PER"]);
    assert_eq!(set.sentences()[0].spans, [span(0, 1, 1)]);
    assert_eq!(set.sentences()[1].line, 4);
}

#[test]
fn every_scheme_gives_the_same_entities() {
    let expected = [span(0, 2, 0), span(2, 3, 0), span(4, 5, 1)];
    for (tags, scheme) in [
        ("I-A I-A B-A O I-B", Scheme::Iob1),
        ("B-A I-A B-A O B-B", Scheme::Iob2),
        ("B-A E-A S-A O S-B", Scheme::Bioes),
        ("B-A L-A U-A O U-B", Scheme::Bioes),
    ] {
        let text: String = tags.split(' ').map(|tag| format!("w {tag}\n")).collect();
        let set = parse(&text).unwrap();
        assert_eq!((set.scheme(), &set.sentences()[0].spans[..]), (scheme, &expected[..]), "{tags}");
    }
}

#[test]
fn text_records_get_tags_of_the_scheme() {
    let line = r#"{"text": "Ann Lee, Bob", "entities": [{"start": 0, "end": 3, "label": "P"}, {"start": 4, "end": 7, "label": "P"},
        {"start": 9, "end": 12, "label": "P"}]}"#;
    let line = line.replace('\n', "");
    for (scheme, tags) in [
        (None, ["B-P", "B-P", "O", "B-P"]),
        (Some(Scheme::Iob1), ["I-P", "B-P", "O", "I-P"]),
        (Some(Scheme::Bioes), ["S-P", "S-P", "O", "S-P"]),
    ] {
        let set =
            Dataset::from_bytes(line.as_bytes(), "x.jsonl", &DataOptions { scheme, ..DataOptions::default() }).unwrap();
        let sentence = &set.sentences()[0];
        assert_eq!(sentence.tags, tags);
        assert_eq!(sentence.spans.len(), 3);
        let text = sentence.text.as_ref().unwrap();
        assert_eq!((text.words[3].clone(), text.entities[1].bytes.clone()), (9..12, 4..7));
    }
}

#[test]
fn the_format_is_found_out() {
    let json = r#"{"tokens": ["a"], "ner_tags": ["B-X"]}"#;
    let read = |name: &str, text: &str| Dataset::from_bytes(text.as_bytes(), name, &DataOptions::default());
    assert_eq!(read("memory", json).unwrap().types(), ["X"]);
    assert_eq!(read("a.b.JSONL", &format!("\u{feff}{json}")).unwrap().types(), ["X"]);
    assert_eq!(read("memory", "{ B-Y\n} O\n").unwrap().types(), ["Y"]);
    assert_eq!(read("a.conll", "\u{feff}a\tB-Y").unwrap().sentences()[0].words, ["a"]);
    assert!(read("a.conll", json).is_err());
}

#[test]
fn data_that_cannot_be_used_is_an_error_with_its_place() {
    for text in ["", "\n\n", "\u{feff}", "# only a comment\n", "-DOCSTART- O\n"] {
        let e = parse(text).unwrap_err();
        assert_eq!((e.kind(), e.to_string().contains("memory")), (ErrorKind::Data, true), "{text:?}: {e}");
    }
    let e = Dataset::from_bytes(b"a\tO\n\xc3\x28\tO\n", "bad.conll", &DataOptions::default()).unwrap_err();
    assert_eq!((e.kind(), e.line(), e.byte()), (ErrorKind::InvalidUtf8, Some(2), Some(4)));
    let e = Dataset::from_bytes(b"\xff\xfea\0", "bad.conll", &DataOptions::default()).unwrap_err();
    assert!(e.to_string().contains("UTF-16"), "{e}");
    let e = parse("a\tB-X\nb\tX\n").unwrap_err();
    assert!(e.to_string().starts_with("memory:2: the tag \"X\""), "{e}");
    let folder = tempfile::tempdir().unwrap();
    let e = Dataset::load(folder.path().join("none.conll")).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Io);
    let file = folder.path().join("one.conll");
    std::fs::write(&file, "a\tO\nb\n").unwrap();
    let e = Dataset::load(&file).unwrap_err();
    assert_eq!((e.file(), e.line()), (Some(file.as_path()), Some(2)));
}

#[test]
fn data_without_entities_or_labels_is_legal() {
    let set = parse("a O\nb O\n").unwrap();
    assert_eq!((set.entities(), set.types().len()), (0, 0));
    let options = DataOptions { labelled: false, ..DataOptions::default() };
    let set = Dataset::from_bytes(b"a\nb\n\nc\n", "memory", &options).unwrap();
    assert_eq!((set.len(), set.sentences()[0].tags.len()), (2, 0));
}

#[test]
fn sentences_and_texts_from_memory_are_checked_like_files() {
    let strings = |words: &[&str]| words.iter().map(|w| w.to_string()).collect::<Vec<_>>();
    let make =
        |words: &[&str], tags: &[&str]| Dataset::from_sentences("m", vec![(strings(words), strings(tags))], None);
    assert_eq!(make(&["a", "b"], &["B-X", "I-X"]).unwrap().sentences()[0].spans, [span(0, 2, 0)]);
    for (words, tags) in [(&["a"][..], &[][..]), (&[], &[]), (&[""], &["O"]), (&["a"], &["X"])] {
        let e = make(words, tags).unwrap_err();
        assert_eq!((e.kind(), e.line()), (ErrorKind::Data, Some(1)), "{e}");
    }
    let texts = |range| {
        let text = LabelledText { text: "Zoë ran".into(), entities: vec![(range, "P".to_string())] };
        Dataset::from_texts("m", vec![text])
    };
    assert_eq!(texts(0..4).unwrap().sentences()[0].spans, [span(0, 1, 0)]);
    assert_eq!(texts(0..3).unwrap_err().kind(), ErrorKind::Data);
}

#[test]
fn shots_are_drawn_by_seed() {
    let text: String = (0..50).map(|i| format!("w{i} B-T{i}\n\n")).collect();
    let set = parse(&text).unwrap();
    let (ten, indices) = set.shots(10, 3).unwrap();
    assert_eq!((ten.len(), ten.types().len()), (10, 50));
    assert!(ten.sentences().iter().zip(&indices).all(|(s, i)| s.words[0] == format!("w{i}")));
    let (twenty, more) = set.shots(20, 3).unwrap();
    assert_eq!((&more[..10], twenty.len()), (&indices[..], 20));
    assert_ne!(set.shots(10, 4).unwrap().1, indices);
    for n in [0, 51] {
        assert_eq!(set.shots(n, 1).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(set.select(&[50]).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn labels_follow_another_list_of_types() {
    let set = parse("a B-X\nb B-Y\n").unwrap();
    let types = ["Y", "Z", "X"].map(String::from);
    let other = set.with_types(&types).unwrap();
    assert_eq!(other.sentences()[0].spans, [span(0, 1, 2), span(1, 2, 0)]);
    assert_eq!(other.types(), types);
    let e = set.with_types(&types[..2]).unwrap_err();
    assert_eq!((e.kind(), e.line()), (ErrorKind::Mismatch, Some(1)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "[a{}\":,\\[\\]0-9BIO\\-X #\t\n\r\u{feff}]{0,60}") {
        for name in ["x.conll", "x.jsonl", "x"] {
            for bytes in [&bytes[..], text.as_bytes()] {
                if let Ok(set) = Dataset::from_bytes(bytes, name, &DataOptions::default()) {
                    prop_assert!(!set.is_empty());
                    for s in set.sentences() {
                        prop_assert_eq!(s.tags.len(), s.words.len());
                        prop_assert!(s.spans.iter().all(|p| p.start < p.end && p.end <= s.words.len() && p.label < set.types().len()));
                    }
                }
            }
        }
    }
}
