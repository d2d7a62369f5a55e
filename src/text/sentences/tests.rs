use proptest::prelude::*;

use super::*;
use crate::text::split_words;

fn sentences(text: &str, split: Split) -> Vec<&str> {
    let whole = |words: Vec<Range<usize>>| &text[words[0].start..words[words.len() - 1].end];
    Sentences::new(text, split).map(whole).collect()
}

/// Each text is one sentence a line here.
fn check(cases: &[&[&str]]) {
    for expected in cases {
        assert_eq!(sentences(&expected.join(" "), Split::Sentences), *expected);
    }
}

#[test]
fn sentences_end_where_unicode_says() {
    check(&[
        &["Ada left.", "Bob stayed!", "Did he?", "Yes."],
        &["He said: \"Go home.\"", "She went (at last).", "“Why?”", "Nobody knows."],
        &["Она ушла.", "Он остался…", "Αυτός έφυγε.", "वह गया।", "राम आया।"],
        &["El señor vino.", "¿Quién?", "¡Nadie!"],
        &["Ende 1990.", "Danach kam er.", "Wait...", "Then go."],
        &["Han gik.", "- Hvorfor?", "20 år senere kom han.", "– Ja."],
        &["He said , \" Go home . \"", "She went .", "\" Why ? \"", "Nobody knows ."],
        &["هل ذهب؟", "نعم."],
    ]);
    assert_eq!(
        sentences("東京は首都。大阪は？「はい。」次。", Split::Sentences),
        ["東京は首都。", "大阪は？", "「はい。」", "次。"]
    );
}

#[test]
fn abbreviations_initials_and_ordinal_numbers_end_no_sentence() {
    for text in [
        "Mr. J. R. Smith of the U.S. Army met Dr. Berg at St. Louis vs. Prof. Xu.",
        "Am 3. Oktober 1990 kam Dr. Hans Berg, d. h. Herr Berg, mit der Fa. Nr. 5 z. B. nach Bad St. Peter.",
        "Le 1er mai M. Dupont et Mme. Durand, av. Foch",
        "La Sra. García y el Sr. López de la Av. Brasil",
        "Il sig. Rossi e il dott. Bianchi",
        "Г. Иванов жил на ул. Ленина в г. Москве с проф. Петровым",
        "Pan dr. Kowalski mieszka przy ul. Długiej, tzn. Anna też",
        "König Friedrich II. von Preußen und der 1. FC Köln",
        "It is approx. 3.14 e.g. at example.com or p.m. Tuesday",
        "\"Why?\" he asked, “No!” and went away.",
    ] {
        assert_eq!(sentences(text, Split::Sentences), [text]);
    }
}

#[test]
fn sentences_that_begin_with_a_small_letter_are_found() {
    check(&[
        &["Do you buy them there?", "i would like to know!", "http://example.com has it"],
        &["they closed in the evening.", "thanks again to all"],
        &["I say no.", "She sent it to me.", "It is art.", "Thank you"],
    ]);
    for text in [
        "Verordnung Nr. 5, no. 7 und Art. 3",
        "die engl. oder kath. und die Ausgabe",
        "He left... and came back, \"I am going.\" she said",
    ] {
        assert_eq!(sentences(text, Split::Sentences), [text]);
    }
}

#[test]
fn a_full_stop_before_a_capital_ends_a_sentence_without_a_blank() {
    assert_eq!(
        sentences("She left Paris.Anna Berg stayed.", Split::Sentences),
        ["She left Paris.", "Anna Berg stayed."]
    );
    assert_eq!(sentences("Из Москвы.Анна ушла", Split::Sentences), ["Из Москвы.", "Анна ушла"]);
    assert_eq!(sentences("I say no.Anna left", Split::Sentences), ["I say no.", "Anna left"]);
    for text in ["the U.S.Army at example.com had 3.14", "St.Louis", "(see www.Siemens.com)"] {
        assert_eq!(sentences(text, Split::Sentences), [text]);
    }
}

#[test]
fn lines_and_paragraphs_end_sentences_but_not_where_text_is_wrapped() {
    let mail = "From: Ada Berg\r\nTo: Bob\n\nDear Bob,\nplease come\u{2029}Ada\u{85}Oslo";
    let lines = ["From: Ada Berg", "To: Bob", "Dear Bob,", "please come", "Ada", "Oslo"];
    assert_eq!(sentences(mail, Split::Sentences), lines);
    assert_eq!(sentences(mail, Split::Lines), lines);
    let wrapped = "The committee of the association met on Tuesday, and so did Anna\nBerg, who had come to Oslo by the night train from the town of\nBergen. She left.";
    assert_eq!(sentences(wrapped, Split::Sentences).len(), 2);
    assert_eq!(sentences(wrapped, Split::Lines).len(), 3);
    assert_eq!(sentences(&wrapped.replace('\n', "\n\n"), Split::Sentences).len(), 4);
    assert_eq!(sentences(&wrapped.replace('\n', "\n - "), Split::Sentences).len(), 4);
    assert_eq!(sentences("One. Two.\n\nThree.", Split::None).len(), 1);
}

/// Headlines and items of lists are long, too: a capital behind one is another of them, unless the lines beside it are full.
#[test]
fn a_long_line_without_an_end_is_no_wrapped_one_by_itself() {
    let headline = "Committee of the association meets on Tuesday in the town hall of";
    assert!(headline.chars().count() >= 60);
    let follow = |next: &str| sentences(&format!("{headline}\n{next}"), Split::Sentences).len();
    assert_eq!(follow("Oslo"), 2);
    assert_eq!(follow("Oslo. She left."), 3);
    let full = "Oslo, where they had met before, and where Anna Berg had spoken of";
    assert_eq!(follow(&format!("{full}\nBergen.")), 1);
    // A paragraph in one line is wider than any that is wrapped.
    let paragraph = format!("{full} and of that {}", "and this ".repeat(10));
    assert_eq!(follow(&paragraph), 2);
    // Two sentences behind, nothing counts any more.
    let two = "Oslo is far. She left.";
    let more = format!("{two} He stayed, and so did everybody else who had come by train.");
    assert_eq!((follow(two), follow(&more)), (3, 4));
}

#[test]
fn a_sentence_without_an_end_is_cut_behind_a_comma() {
    let text = format!("{}, {}", "a ".repeat(1000), "b ".repeat(1500));
    let lengths: Vec<usize> = Sentences::new(&text, Split::None).map(|words| words.len()).collect();
    assert_eq!(lengths, [1001, 1024, 476]);
}

fn text() -> impl Strategy<Value = String> {
    let parts = [
        "a", "Ada", "é", "7", "12", "東", ".", ".", "!", "?", "。", "…", "\"", ")", "(", ",", "Mr", "J.", " ", " ",
        " ", "\n", "\r\n", "\u{2029}", "।", "II",
    ];
    prop_oneof![
        prop::collection::vec(prop::sample::select(parts.to_vec()), 0..60).prop_map(|parts| parts.concat()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn every_word_is_in_one_sentence(text in text()) {
        for split in [Split::Sentences, Split::Lines, Split::None] {
            let words: Vec<_> = Sentences::new(&text, split).flatten().collect();
            prop_assert_eq!(&words, &split_words(&text));
            prop_assert!(Sentences::new(&text, split).all(|words| !words.is_empty()));
        }
    }

    /// What comes later changes at most the last two sentences.
    #[test]
    fn sentences_do_not_hang_on_what_comes_later(text in text(), more in text()) {
        let alone: Vec<_> = Sentences::new(&text, Split::Sentences).collect();
        let longer: Vec<_> = Sentences::new(&format!("{text}\n{more}"), Split::Sentences).collect();
        let kept = alone.len().saturating_sub(2);
        prop_assert_eq!(&alone[..kept], &longer[..kept]);
    }
}
