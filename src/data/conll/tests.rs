use super::*;
use crate::data::{Dataset, Scheme};

/// Each sentence: its line, its words and its tags.
fn read_all(text: &str, options: &DataOptions) -> Result<Vec<(u64, String, String)>> {
    let options = DataOptions { format: Some(crate::data::Format::Conll), ..options.clone() };
    let set = Dataset::from_bytes(text.as_bytes(), "f", &options)?;
    Ok(set.sentences().iter().map(|s| (s.line, s.words.join("|"), s.tags.join("|"))).collect())
}

fn sentences(text: &str) -> Vec<(u64, String, String)> {
    read_all(text, &DataOptions::default()).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}

/// The words and tags of all sentences, as `word/tag`.
fn tagged(text: &str) -> String {
    let shown = |(_, words, tags): (u64, String, String)| {
        words.split('|').zip(tags.split('|')).map(|(w, t)| format!("{w}/{t}")).collect::<Vec<_>>().join(" ")
    };
    sentences(text).into_iter().map(shown).collect::<Vec<_>>().join(" | ")
}

fn one(line: u64, words: &str, tags: &str) -> (u64, String, String) {
    (line, words.into(), tags.into())
}

fn error(text: &str) -> Error {
    read_all(text, &DataOptions::default()).err().unwrap_or_else(|| panic!("accepted {text:?}"))
}

#[test]
fn columns_of_every_common_kind_are_read() {
    let expected = [one(1, "EU|rejects", "B-ORG|O"), one(4, "Paris", "B-LOC")];
    assert_eq!(sentences("EU\tB-ORG\nrejects\tO\n\nParis\tB-LOC\n"), expected);
    assert_eq!(sentences("EU B-ORG\nrejects O\n\nParis B-LOC"), expected);
    assert_eq!(sentences("EU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n  \t\r\nParis NNP I-NP B-LOC\r\n"), expected);
    assert_eq!(sentences("EU  B-ORG \nrejects   O\n\nParis B-LOC\n\n\n"), expected);
    assert_eq!(sentences("EU \t B-ORG\nrejects\tO\t\n\u{3000}\nParis\tB-LOC\t\t\n\n\n"), expected);
}

/// CoNLL-2002 and 2003, WNUT, MultiCoNER, Universal NER, GermEval, CoNLL-U with tags in its last column or in MISC, CoNLL-U
/// Plus, a row of names, Label Studio's CoNLL: the words and the tags of entities, whatever stands beside them.
#[test]
fn layouts_of_known_data_sets_are_recognised() {
    let expected = "Anna/B-PER in/O Oslo/B-LOC";
    for text in [
        "-DOCSTART- -X- O O\n\nAnna NNP B-NP B-PER\nin IN B-PP O\nOslo NNP B-NP B-LOC\n",
        "Anna NP B-PER\nin SPS O\nOslo NC B-LOC\n",
        "Anna\tB-PER\nin\tO\nOslo\tB-LOC\n",
        "# id 7e-demo\tdomain=en\nAnna _ _ B-PER\nin _ _ O\nOslo _ _ B-LOC\n",
        "# sent_id = a\n# text = Anna in Oslo\n1\tAnna\tB-PER\t-\tann\n2\tin\tO\t-\tann\n3\tOslo\tB-LOC\t-\tann\n",
        "#\thttp://example.org [2009]\n1\tAnna\tB-PER\tO\n2\tin\tO\tO\n3\tOslo\tB-LOC\tB-ORG\n",
        "1\tAnna\t_\tN\t_\t_\t0\tr\t_\tB-PER\n2-3\tinOslo\t_\t_\t_\t_\t_\t_\t_\tO\n2\tin\t_\tA\t_\t_\t1\td\t_\tO\n3\tOslo\t_\tN\t_\t_\t2\td\t_\tB-LOC\n3.1\tx\t_\tN\t_\t_\t2\td\t_\tO\n",
        "1\tAnna\t_\tN\t_\t_\t0\tr\t_\tname=B-PER\n2\tin\t_\tA\t_\t_\t1\td\t_\tSpaceAfter=No|name=O\n3\tOslo\t_\tN\t_\t_\t2\td\t_\tname=B-LOC|x=y\n",
        "# global.columns = ID FORM NER LEMMA\n1\tAnna\tB-PER\tAnna\n2\tin\tO\tin\n3\tOslo\tB-LOC\tOslo\n",
        "# global.columns = PROJECT:NE FORM\nB-PER\tAnna\nO\tin\nB-LOC\tOslo\n",
        "# global.columns = ID FORM PROJECT:NER\n1\tAnna\tB-PER\n2\tin\t_\n3\tOslo\tB-LOC\n",
        "text\tlabel\nAnna\tB-PER\nin\tO\nOslo\tB-LOC\n",
        "id token pos_tag ner_tag lemma\n1 Anna N B-PER anna\n2 in A O in\n3 Oslo N B-LOC oslo\n",
        "-DOCSTART- -X- O\nAnna -X- _ B-PER\nin -X- _ O\nOslo -X- _ B-LOC\n\n",
        "0 Anna B-PER\n1 in O\n2 Oslo B-LOC\n",
        "B-PER\tAnna\nO\tin\nB-LOC\tOslo\n",
    ] {
        let found = tagged(text);
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn comments_are_left_out_wherever_they_stand_and_whatever_they_look_like() {
    for text in [
        "Oslo X Y B-LOC\n\n# type = O\nin X Y O\n",
        "# text = blood type O\nOslo\tB-LOC\n# any thing\tat all\n\nin\tO\n",
        "# text = takes vitamin B-12\nOslo B-LOC\n# newpar\n\n#\nin O\n# id a\tb=O\n",
        "# a b c O\nOslo X Y B-LOC\n\n# blood X O\nin X Y O\n",
        "#begin document (x); part 0\nOslo B-LOC\n\n#end document\nin O\n",
    ] {
        assert_eq!(tagged(text).replace(" X", ""), "Oslo/B-LOC | in/O", "{text}");
    }
}

#[test]
fn words_may_start_with_the_mark_of_comments() {
    assert_eq!(
        tagged("Anna B-PER\n# O\n#Oslo B-LOC\n# B-LOC\n1 I-LOC\n"),
        "Anna/B-PER #/O #Oslo/B-LOC #/B-LOC 1/I-LOC"
    );
    assert_eq!(tagged("# text = # 1\n#\tO\n#1\tB-X\n"), "#/O #1/B-X");
    assert_eq!(tagged("a\tO\n#\tO\n# 1\tO\n"), "a/O #/O # 1/O");
    assert_eq!(tagged("a x y O\n# # y O\n"), "a/O #/O");
    assert_eq!(tagged("a lemma X O\n# sharp X O\n"), "a/O #/O");
    let words = DataOptions { labelled: false, ..DataOptions::default() };
    assert_eq!(read_all("# a b\nOslo\n#\n#x\n\nx\n", &words).unwrap(), [one(2, "Oslo|#|#x", ""), one(6, "x", "")]);
}

#[test]
fn document_marks_of_every_form_end_a_sentence() {
    for mark in [
        "-DOCSTART-",
        "-DOCSTART- -X- O O",
        "-DOCSTART-\tO",
        "-DOCSTART- (1)\tO",
        "-docstart- O",
        "-DOCSTART-\n\n--------------\tO\n",
        "---------",
    ] {
        assert_eq!(tagged(&format!("{mark}\na\tO\n{mark}\nb\tO\n")), "a/O | b/O", "{mark}");
    }
    assert_eq!(tagged("a\tO\n--------------\tO\nb\tO\n"), "a/O --------------/O b/O", "a rule in a sentence is a word");
    assert_eq!(tagged("a\tO\n\n--------------\tO\n\nb\tO\n"), "a/O | --------------/O | b/O", "without marks, too");
}

#[test]
fn words_keep_blanks_that_are_no_separators() {
    assert_eq!(
        sentences("New York\tB-LOC\na\u{a0}b\tO\n\u{200b}\tO\nx\0y\tO\n\u{2028}\tO\n\u{85}\tO\n\u{feff}\tO"),
        [one(1, "New York|a\u{a0}b|\u{200b}|x\0y|\u{2028}|\u{85}|\u{feff}", "B-LOC|O|O|O|O|O|O")]
    );
    assert_eq!(sentences("a\u{a0}b O\n\u{3000} O"), [one(1, "a\u{a0}b|\u{3000}", "O|O")]);
}

#[test]
fn marks_and_line_ends_of_every_kind_are_left_out() {
    let expected = "Anna/B-PER in/O | Oslo/B-LOC";
    for end in ["\n", "\r\n", "\r", "\r\r\n"] {
        let text = format!("\u{feff}Anna\tB-PER{end}in\tO{end}{end}\u{feff}Oslo\tB-LOC{end}");
        assert_eq!(tagged(&text), expected, "{end:?}");
    }
    assert_eq!(tagged("Anna\tB-PER\nin\tO\u{feff}\n\u{feff}\nOslo\tB-LOC"), expected);
    let e = error("Anna\tB-PER\nin\tO\u{feff}Oslo\tB-LOC");
    assert!(e.message().contains("joined"), "{e}");
}

#[test]
fn columns_can_be_chosen() {
    let options = DataOptions { word_column: Some(1), tag_column: Some(2), ..DataOptions::default() };
    let text = "# newdoc\n1\tOslo\tB-LOC\t-\t-\n2\t.\tO\t-\t-\n";
    assert_eq!(read_all(text, &options).unwrap(), [one(2, "Oslo|.", "B-LOC|O")]);
    let inner = DataOptions { tag_column: Some(3), ..DataOptions::default() };
    assert_eq!(read_all("1\ta\tO\tB-X\n2\tb\tB-Y\tO\n", &inner).unwrap(), [one(1, "a|b", "B-X|O")]);
    let numbers = DataOptions { word_column: Some(0), ..DataOptions::default() };
    assert_eq!(read_all("1\tO\n2\tB-X\n", &numbers).unwrap(), [one(1, "1|2", "O|B-X")]);
    for (options, message) in [
        (DataOptions { tag_column: Some(7), ..DataOptions::default() }, "no column 7 (tag_column"),
        (DataOptions { word_column: Some(2), ..DataOptions::default() }, "no column 2 (word_column"),
        (DataOptions { scheme: Some(Scheme::Iob2), ..DataOptions::default() }, "does not belong to IOB2"),
    ] {
        let e = read_all("a S-X\nb O\n", &options).unwrap_err();
        assert!(e.message().contains(message), "{e}");
    }
}

#[test]
fn numbers_are_never_learnt_as_words_in_silence() {
    for text in ["1\tO\n2\tB-X\n", "17 x O\n17 y B-X\n18 z O\n", "1 2 O\n3 4 O\n9 9 O\n"] {
        let e = error(text);
        assert!(e.message().contains("word_column"), "{text}: {e}");
    }
    let set = Dataset::from_bytes(b"1999\tB-X\n2001\tO\n7\tO\n", "f", &DataOptions::default()).unwrap();
    assert!(set.notes().iter().any(|note| note.what.contains("numbers alone")), "{:?}", set.notes());
    assert_eq!(tagged("1999 CD B-X\n"), "1999/B-X");
}

#[test]
fn what_is_passed_over_is_told() {
    let told = |text: &str| {
        let set = Dataset::from_bytes(text.as_bytes(), "f", &DataOptions::default()).unwrap();
        set.notes().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(told("a\tO\n"), "");
    assert!(told("token\ttag\na\tO\n").contains("column names, left out: 1 (line 1)"));
    assert!(told("1\ta\tO\tO\n2-3\tbc\tO\tO\n2\tb\tB-X\tO\n3\tc\tO\tB-Y\n").contains("left out: 1 (line 2)"));
    assert!(told("1\ta\tO\tB-Y\n2\tb\tB-X\tO\n").contains("column 4 could be tags"));
    assert!(told("a\tNAME\nb\tO\n").contains("no prefixes"));
    assert!(told(&"a\tO\n".repeat(501)).contains("no empty line"));
}

#[test]
fn errors_name_the_line_and_what_is_wrong() {
    let cases = [
        ("a\tO\nb\n", 2, "parted by tabs, and here is none"),
        ("Anna\tB-PER\nlives O\nin\tO\nNew York B-LOC\n", 2, "parted by tabs, and here is none"),
        ("a O\nb\tO\nc O\n", 2, "here is a tab"),
        ("a\tB-X\nb\tPER\n", 2, "the tag \"PER\" is neither"),
        ("a\tO\n\nb\tB-\n", 3, "the tag \"B-\""),
        ("a O\nNew York B-LOC\n", 2, "3 columns in the line of \"New\", but the others have 2"),
        ("a\tO\n\tO\n", 2, "a word is empty"),
        ("Anna\tB-PER\nlives\t\nin\tO\n", 2, "\"lives\" has no tag"),
        ("a\tb\tO\nc\tO\nd\te\tO\n", 2, "2 columns in the line of \"c\", but the others have 3"),
        ("a O\nb B-X\u{7}\n", 2, "control characters"),
        (&"doc1 x B-X\n".repeat(5), 1, "the same in all rows"),
        ("a,O\nb,B-X\n", 1, "commas separate nothing"),
        ("1\ta\t_\tN\t_\t_\t0\tr\t_\t_\n", 1, "tag_column"),
        ("# global.columns = ID FORM LEMMA\n1\ta\ta\n2\tb\tb\n", 2, "ID, FORM, LEMMA"),
        ("T1\tPER 0 4\tAnna\n", 1, "brat"),
        ("#FORMAT=WebAnno TSV 3\n\n1-1\t0-4\tAnna\tPER\n", 1, "WebAnno"),
        ("{\"tokens\": [\"a\"]}\n", 1, "this is JSON"),
        ("<!DOCTYPE html>\n<html>\n", 1, "HTML"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", 1, "Git LFS"),
        ("1\ta\tO\n2\tb\tO\nx\tc\tB-X\n3\td\tO\n4\te\tO\n5\tf\tO\n", 3, "counts the words"),
    ];
    for (text, line, message) in cases {
        let e = error(text);
        assert_eq!(e.line(), Some(line), "{text:?}: {e}");
        assert!(e.message().contains(message), "{text:?}: {e}");
    }
}

/// What columns mean is found out from the start of a file alone, so that a stream needs no more of it in memory.
#[test]
fn a_long_file_is_read_as_its_start_says() {
    let row = |i: usize| format!("{}\tw{i}\tO\t-\tann\n{}", i % 5 + 1, if i % 5 == 4 { "\n" } else { "" });
    let text: String = (0..30_000).map(row).collect();
    assert!(text.len() > CONLL_START);
    let set = Dataset::from_bytes(text.as_bytes(), "f", &DataOptions::default()).unwrap();
    assert_eq!((set.len(), set.sentences()[5999].words[4].as_str()), (6000, "w29999"));
    // Comments that are longer than the start put off the decision to the first row.
    let comments = "# a comment of no use to anybody at all\n".repeat(8000);
    assert!(tagged(&format!("{comments}1\tAnna\tB-PER\n")) == "Anna/B-PER");
}

/// Columns of CoNLL-2012 come and go with predicates, and entities stand in brackets.
#[test]
fn ontonotes_is_read_with_its_brackets() {
    let row = |i: usize, word: &str, entity: &str, more: &str| {
        format!("bc/cctv/00/cctv_0000   0   {i}   {word}   NN   (TOP*   -   -   -   Speaker#1   {entity}{more}   -\n")
    };
    let text = [
        "#begin document (bc/cctv/00/cctv_0000); part 000\n".to_owned(),
        row(0, "Hong", "(GPE*", "   (ARG0*   *"),
        row(1, "Kong", "*)", "   *)   *"),
        row(2, "is", "*", "   (V*)   *"),
        row(3, "Ours", "(ORG)", "   *   *"),
        "\n".to_owned(),
        row(0, "Yes", "*", ""),
        "\n#end document\n".to_owned(),
    ]
    .concat();
    assert_eq!(sentences(&text), [one(2, "Hong|Kong|is|Ours", "B-GPE|I-GPE|O|B-ORG"), one(7, "Yes", "O")]);
    let mut reader = ConllReader::new(&text, &DataOptions { labelled: false, ..DataOptions::default() }).unwrap();
    let lines: Vec<_> = text.lines().zip(1..).filter_map(|(line, n)| reader.line(n, line).unwrap()).collect();
    assert_eq!(lines, [vec!["Hong", "Kong", "is", "Ours"], vec!["Yes"]]);
    for (from, to, line, message) in [
        ("*)   *)", "*   *)", 5, "within another"),
        ("*)   *)", "(ORG)   *)", 3, "within another"),
        ("(GPE*", "*)", 2, "none is open"),
        ("(ORG)", "(ORG*", 6, "ends within"),
        ("   Speaker#1   *   -", "", 7, "CoNLL-2012 has 12"),
    ] {
        let e = error(&(text.replacen(from, to, 1) + &row(0, "No", "*", "").repeat(3)));
        assert!(e.line() == Some(line) && e.message().contains(message), "{to}: {e}");
    }
}

/// What spreadsheets and programs for tables put in quotation marks: refused where it is certain, told where it may be meant.
#[test]
fn cells_in_quotation_marks_are_told() {
    for all in ["\"Anna\"\t\"B-PER\"\n\"ran\"\t\"O\"\n", "\"ran\"\t\"O\"\n\"Anna\"\t\"B-PER\"\n"] {
        let e = error(all);
        assert!(e.message().contains("in quotation marks") && e.line() == Some(1), "{e}");
    }
    let set = Dataset::from_bytes(b"\"\tO\nAnna\tB-PER\n\"\"\"\"\tO\n", "f.tsv", &DataOptions::default()).unwrap();
    assert_eq!(set.sentences()[0].words, ["\"", "Anna", "\"\"\"\""]);
    assert!(set.notes().iter().any(|note| note.to_string().contains("four quotation marks")), "{:?}", set.notes());
    assert!(read_all("\"\tO\nAnna\tB-PER\n", &DataOptions::default()).is_ok(), "a quotation mark is a word");
}
