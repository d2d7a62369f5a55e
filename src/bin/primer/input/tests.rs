use proptest::prelude::*;

use super::*;
use crate::render::{Conll, Document, Renderer};

fn unlabelled() -> DataOptions {
    DataOptions { labelled: false, ..DataOptions::default() }
}

fn read(text: &[u8], format: Option<Format>) -> Result<Vec<Input>, String> {
    let source = Box::new(io::Cursor::new(text.to_vec()));
    let all = Documents::new(source, format, false, &unlabelled(), Sha256::new());
    let mut source = Source { name: "f".into(), all: all.map_err(|e| failed("f", e).to_string())? };
    let mut found = Vec::new();
    while let Some(input) = source.next().map_err(|e| e.to_string())? {
        found.push(input);
    }
    Ok(found)
}

fn all(text: &str, format: Option<Format>) -> Vec<String> {
    let shown = |input| match input {
        Input::Text(text) => text,
        Input::Words(words) => words.join("|"),
    };
    read(text.as_bytes(), format).unwrap().into_iter().map(shown).collect()
}

#[test]
fn every_line_of_text_is_a_document_also_an_empty_one() {
    assert_eq!(all("\u{feff}a b\r\n\nc", None), ["a b", "", "c"]);
    assert_eq!(all("a b\r\rc\r", None), ["a b", "", "c"]);
    assert_eq!(all("\u{feff}a\n\u{feff}b\u{2028}c\n", None), ["a", "b\u{2028}c"]);
}

#[test]
fn columns_are_sentences_of_words() {
    let text = "-DOCSTART-\tO\n\nAda\tB-PER\nwrote\tO\n\n\nKöln\tB-LOC\n";
    assert_eq!(all(text, Some(Format::Conll)), ["Ada|wrote", "Köln"]);
    let text = "# text = Ada\n1\tAda\tB-PER\t-\tann\n2\twrote\tO\t-\tann\n";
    assert_eq!(all(text, Some(Format::Conll)), ["Ada|wrote"]);
    assert_eq!(all("Ada\nwrote\n\nKöln", Some(Format::Conll)), ["Ada|wrote", "Köln"]);
    assert_eq!(all("10\u{a0}000 O\nEuro O\n", Some(Format::Conll)), ["10\u{a0}000|Euro"]);
}

#[test]
fn records_hold_text_or_tokens() {
    assert_eq!(all("{\"text\":\"a b\",\"id\":1}\n\n{\"tokens\":[\"a\",\"b\"]}\n", Some(Format::Jsonl)), ["a b", "a|b"]);
    assert_eq!(
        all("[{\"text\":\"a b\"},\n{\"data\":{\"text\":\"c\"},\"annotations\":[]}]", Some(Format::Jsonl)),
        ["a b", "c"]
    );
    // Nothing is left out that is only to be tagged.
    assert_eq!(all("{\"text\":\"a\",\"answer\":\"reject\"}", Some(Format::Jsonl)), ["a"]);
}

#[test]
fn an_error_names_the_line() {
    for (text, format, place) in [
        (&b"ok\n\xff\n"[..], None, "f:2: not valid UTF-8"),
        (b"\xff\xfea\0", None, "f:1: not valid UTF-8, but UTF-16"),
        (b"\xff\xfea\0", Some(Format::Conll), "f:1: not valid UTF-8, but UTF-16"),
        (b"\xff\xfea\0", Some(Format::Jsonl), "f:1: not valid UTF-8, but UTF-16"),
        (b"{\"text\":1}", Some(Format::Jsonl), "f:1: \"text\" is 1"),
        (b"{}", Some(Format::Jsonl), "f:1: a record needs"),
        (b"[{\"text\":\"a\"}", Some(Format::Jsonl), "f:1: no JSON record: the list does not end"),
        (b"a\tO\nb O\n", Some(Format::Conll), "f:2: \"b O\" has no tag: 1 column"),
        (b"a\nNew York\nb\n", Some(Format::Conll), "f:2: 2 columns"),
    ] {
        let error = read(text, format).unwrap_err();
        assert!(error.starts_with(place), "{error}");
    }
}

#[test]
fn a_place_is_where_reading_goes_on_unless_what_is_before_it_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.txt", "b.CONLL", "c.jsonl", "d.json"].map(|name| folder.path().join(name));
    let texts = [
        "one\n\nthree\rfour",
        "1\tAda\tO\n2\tx\tO\n\n\n1\tBob\tO\n",
        "\n{\"text\":\"x\"}\n\n{\"text\":\"y\"} {\"text\":\"z\"}\n",
        "[{\"text\":\"p\"}, {\"text\":\n\"q\"},\n{\"text\":\"r\"}]\n",
    ];
    paths.iter().zip(texts).for_each(|(path, text)| std::fs::write(path, text).unwrap());
    let files = || Files::new(&paths, None, unlabelled(), &Cancel::new());
    let all: Vec<Located> = files().map(|d| d.ok().unwrap()).collect();
    assert_eq!(all.len(), 12);
    for (count, document) in all.iter().enumerate() {
        let rest = files().go_to(&document.place).ok().flatten().expect("nothing has changed");
        let rest: Vec<_> = rest.map(|d| d.ok().map(|d| (d.input, d.place)).unwrap()).collect();
        assert!(rest.iter().map(|(i, p)| (i, p)).eq(all[count + 1..].iter().map(|d| (&d.input, &d.place))), "{count}");
    }
    let same = |document: &Located| files().go_to(&document.place).ok().flatten().is_some();
    std::fs::write(&paths[3], texts[3].replace('p', "P")).unwrap();
    assert!(same(&all[8]) && !same(&all[9]) && !same(&all[11]), "a list is read again, and is another");
    std::fs::write(&paths[1], texts[1].replace("Ada", "Eva")).unwrap();
    assert_eq!(all[..7].iter().map(same).collect::<Vec<_>>(), [true, true, true, true, false, false, false]);
    // A file that has grown after it was read to its end.
    std::fs::write(&paths[0], "one\n\nthree\rfour\nfive").unwrap();
    assert!(same(&all[2]) && !same(&all[4]));
}

/// A file in columns, and the words that it has.
#[derive(Debug)]
struct Columns {
    text: String,
    sentences: Vec<Vec<String>>,
}

/// Files of every layout, line end and separator, with comments, marks, and words that look like something else.
fn columns() -> impl Strategy<Value = Columns> {
    let word = "[abO#\"'.é東\u{a0}\u{3000}\u{2028}\u{200b}7][abO#\"' .=é東\u{a0}\u{3000}\u{85}\u{feff}\u{301}7-]{0,5}";
    let row = (word, prop::sample::select(vec!["O", "B-X", "I-X"]));
    let sentences = prop::collection::vec(prop::collection::vec(row, 1..5), 1..5);
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", "\r\r\n"]);
    (sentences, 0usize..7, end, any::<bool>(), any::<bool>()).prop_filter_map(
        "other words",
        |(rows, layout, end, marks, comments)| {
            let tabs = layout != 1 && layout != 2;
            let fit = |word: &str| {
                let word: String = if tabs { word.trim_matches(' ').to_owned() } else { word.replace(' ', "") };
                // In front of a phrase the mark begins a comment.
                let phrase = word.starts_with('#') && word.contains('=');
                (!phrase && !word.is_empty()).then_some(word)
            };
            let sentences: Vec<Vec<(String, &str)>> = rows
                .iter()
                .map(|rows| rows.iter().map(|(word, tag)| Some((fit(word)?, *tag))).collect())
                .collect::<Option<_>>()?;
            let words = || sentences.iter().flatten().map(|(word, _)| word.as_str());
            // One row does not show that a number counts; words that are numbers alone are refused.
            if words().count() < 2 || words().all(|word| word.bytes().all(|b| b.is_ascii_digit())) {
                return None;
            }
            let mut text = String::new();
            for rows in &sentences {
                if marks {
                    text += &format!("\u{feff}-DOCSTART- -X- O{end} \t{end}");
                }
                if comments {
                    text += &format!("# sent_id = 1{end}# text = of type O{end}#{end}");
                }
                for (n, (word, tag)) in (1..).zip(rows) {
                    text += &match layout {
                        0 => format!("{word}\t{tag}"),
                        1 => format!("{word} {tag}"),
                        2 => format!("{word} NN  _ {tag} "),
                        3 => format!("{n}\t{word}\t{tag}\t-\tann"),
                        4 => format!("{n}\t{word}\t{tag}\tO"),
                        5 => format!("{n}\t{word}\t_\tX\t_\t_\t0\troot\t_\t{tag}"),
                        _ => format!("{n}\t{word}\t_\tX\t_\t_\t0\troot\t_\tSpaceAfter=No|name={tag}"),
                    };
                    text += end;
                }
                text += end;
            }
            let sentences = sentences.iter().map(|rows| rows.iter().map(|(word, _)| word.clone()).collect()).collect();
            Some(Columns { text, sentences })
        },
    )
}

proptest! {
    /// Rows out are rows in: `tag` prints the words of the file, and data has the same.
    #[test]
    fn words_come_out_as_they_are_in_the_file(columns in columns()) {
        let words: Vec<Input> = columns.sentences.iter().cloned().map(Input::Words).collect();
        prop_assert_eq!(&read(columns.text.as_bytes(), Some(Format::Conll)).unwrap(), &words);
        let mut printed = Vec::new();
        for sentence in &columns.sentences {
            Conll.document(&Document::from_words(sentence), &mut printed).unwrap();
        }
        let printed = String::from_utf8(printed).unwrap();
        let rows: Vec<&str> = printed.split('\n').filter_map(|line| line.strip_suffix("\tO")).collect();
        prop_assert_eq!(rows, columns.sentences.concat());
        let set = primer::Dataset::from_bytes(columns.text.as_bytes(), "f.conll", &DataOptions::default()).unwrap();
        let learnt: Vec<Vec<String>> = set.sentences().iter().map(|s| s.words.clone()).collect();
        prop_assert_eq!(learnt, columns.sentences);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "[a1{}\":,\\[\\]O\\-#\t \n\r\u{feff}]{0,40}") {
        for format in [None, Some(Format::Jsonl), Some(Format::Conll)] {
            let _ = read(&bytes, format);
            let _ = read(text.as_bytes(), format);
        }
    }
}
