use super::*;

fn counts(tags: &str) -> TagCounts {
    let mut counts = TagCounts::default();
    tags.split(' ').zip(1..).for_each(|(tag, line)| counts.add(tag, line));
    counts
}

fn read(tags: &str, options: &DataOptions) -> Result<String> {
    let spelling = counts(tags).spelling(options, &mut Vec::new())?;
    Ok(tags.split(' ').map(|tag| spelling.read(tag)).collect::<Vec<_>>().join(" "))
}

#[test]
fn spellings_of_certain_meaning_are_read() {
    for (tags, expected) in [
        ("B-PER I-PER O B-geo-loc", "B-PER I-PER O B-geo-loc"),
        ("B-PER L-PER O U-LOC", "B-PER L-PER O U-LOC"),
        ("B-PER M-PER E-PER O W-LOC", "B-PER I-PER E-PER O S-LOC"),
        ("B_PER I_PER O", "B-PER I-PER O"),
        ("B:PER B\u{2013}LOC O", "B-PER B-LOC O"),
        ("b-per i-per o B-LOC", "B-per I-per O B-LOC"),
        ("B-PER 0 \u{41e} o O", "B-PER O O O O"),
        ("PER-B PER-I O geo-loc-S", "B-PER I-PER O S-geo-loc"),
        ("NAME NAME O Email", "I-NAME I-NAME O I-Email"),
        ("e-mail O name", "I-e-mail O I-name"),
        ("B-PER I-PER _ _", "B-PER I-PER O O"),
        ("0 0", "O O"),
        ("O", "O"),
    ] {
        assert_eq!(read(tags, &DataOptions::default()).unwrap(), expected, "{tags}");
    }
}

#[test]
fn other_spellings_are_errors_that_say_what_may_be_meant() {
    for (tags, line, message) in [
        ("B-PER O PER", 3, "is \"B-PER\" or \"I-PER\" meant"),
        ("B-PER O LOC", 3, "is \"B-LOC\" or \"I-LOC\" meant"),
        ("B-PER O LOC-B", 3, "is \"B-LOC\" meant"),
        ("B-PER BPER", 2, "is \"B-PER\" meant"),
        ("B-PER OO", 2, "is \"O\" meant"),
        ("B-PER O B-", 3, "write the type behind it"),
        ("B I O", 1, "write the type behind it"),
        ("NNP IN", 1, "tag_column"),
        ("B-PER I-PER _ - O", 3, "\"_\" is neither"),
        ("O (PER*", 2, "brackets"),
        ("B-PER 1", 2, "tag_column"),
        ("0 1 2", 1, "tag_names"),
    ] {
        let e = read(tags, &DataOptions::default()).unwrap_err();
        assert_eq!(e.line(), Some(line), "{tags}: {e}");
        assert!(e.message().contains(message), "{tags}: {e}");
    }
    let control = counts("B-X\u{7}").spelling(&DataOptions::default(), &mut Vec::new()).unwrap_err();
    assert!(control.message().contains("control characters"), "{control}");
}

#[test]
fn numbers_are_read_by_their_names() {
    let tag_names = ["O", "B_PER", "I_PER"].map(String::from).to_vec();
    let options = DataOptions { tag_names, ..DataOptions::default() };
    assert_eq!(read("1 2 0", &options).unwrap(), "B-PER I-PER O");
    assert_eq!(read("B-LOC O", &options).unwrap(), "B-LOC O");
    for wrong in ["1 3", "-100 1"] {
        assert!(read(wrong, &options).unwrap_err().message().contains("3 names were given"), "{wrong}");
    }
}

#[test]
fn what_is_unusual_is_told() {
    let told = |tags: &str| {
        let mut notes = Vec::new();
        counts(tags).spelling(&DataOptions::default(), &mut notes).unwrap();
        notes.join("; ")
    };
    assert_eq!(told("B-PER O"), "");
    assert!(told("B_PER O").contains("\"B_PER\" as \"B-PER\""));
    assert!(told("PER O").contains("no prefixes"));
}

#[test]
fn columns_of_tags_are_told_from_others() {
    assert_eq!(counts("B-PER O").style(), Some(Style::Prefixed));
    assert_eq!(counts("B-PER O O oops").style(), Some(Style::Prefixed));
    assert_eq!(counts("PER-B O").style(), Some(Style::Suffixed));
    assert_eq!(counts("PER O").style(), Some(Style::Plain));
    for others in ["NNP VBZ IN", "1 2 3", "_ _", "O O", "- ann", "Anna Berg O."] {
        assert_eq!(counts(others).style(), None, "{others}");
    }
    assert!(counts("B-NP I-VP O").are_chunks() && !counts("B-NP B-PER").are_chunks() && !counts("O").are_chunks());
}
