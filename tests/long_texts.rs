//! Long texts: each sentence is tagged as if it stood alone, whatever stands beside it.

mod common;

use std::sync::OnceLock;

use primer::data::{DataOptions, Format};
use primer::peft::Bottleneck;
use primer::{
    AdaptOptions, Adapter, Cancel, Dataset, ErrorKind, Input, Method, Model, Split, Tagged, Tagger, TaggerOptions,
    adapt, evaluate,
};
use proptest::prelude::*;

fn trained() -> &'static (tempfile::TempDir, Model, Adapter) {
    static TRAINED: OnceLock<(tempfile::TempDir, Model, Adapter)> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let (folder, model) = common::model();
        let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
        options.epochs = Some(20);
        (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
        let adapter = adapt(&model, &common::dataset(120, 1), None, &options).unwrap();
        (folder, model, adapter)
    })
}

/// Where the entities are and of which type, moved by `start` bytes.
fn found(tagged: &Tagged, start: usize) -> Vec<(usize, usize, u32)> {
    tagged.entities.iter().map(|e| (e.start + start, e.end + start, e.label)).collect()
}

fn sentence() -> impl Strategy<Value = String> {
    let words = ["Ada", "Smith", "lives", "in", "Köln", "Paris", "Acme", "works", "for", "the", "and", "東京"]; // no abbreviation
    let ends = [" .", ".", "!", "?", "\n", "\n\n", "…"];
    let words = prop::collection::vec(prop::sample::select(words.to_vec()), 3..12);
    (words, prop::sample::select(ends.to_vec())).prop_map(|(words, end)| format!("Bob {}{end}", words.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_found_does_not_hang_on_what_comes_two_sentences_later(
        text in prop::collection::vec(sentence(), 1..8),
        more in prop::collection::vec(sentence(), 1..8),
    ) {
        let (_, model, adapter) = trained();
        let tagger = Tagger::new(model);
        let (text, more) = (text.join(" "), more.join(" "));
        let between = " Ada met Bob. Bob works for Acme. ";
        let alone = tagger.tag(&format!("{text}{between}"), adapter).unwrap();
        let longer = tagger.tag(&format!("{text}{between}{more}"), adapter).unwrap();
        let inside = |tagged: &Tagged| -> Vec<_> { found(tagged, 0).into_iter().filter(|e| e.1 <= text.len()).collect() };
        prop_assert_eq!(inside(&alone), inside(&longer));
    }

    #[test]
    fn a_text_has_the_entities_of_its_sentences(sentences in prop::collection::vec(sentence(), 1..30)) {
        let (_, model, adapter) = trained();
        let tagger = Tagger::new(model);
        let (mut text, mut expected) = (String::new(), Vec::new());
        for sentence in &sentences {
            expected.extend(found(&tagger.tag(sentence, adapter).unwrap(), text.len()));
            text += sentence;
            text.push(' ');
        }
        prop_assert_eq!(found(&tagger.tag(&text, adapter).unwrap(), 0), expected.clone());
        let mut streamed = Vec::new();
        tagger.tag_sentences(&text, adapter, &Cancel::new(), |part| {
            streamed.extend(found(&part, 0));
            Ok(())
        }).unwrap();
        prop_assert_eq!(streamed, expected);
    }
}

/// Rounds are smaller than this text: words, tags and entities are put together in order.
#[test]
fn a_text_of_many_rounds_is_tagged_to_its_end() {
    let (_, model, adapter) = trained();
    let tagger = Tagger::new(model);
    let part = "Ada Smith lives in Köln. Bob works for Acme. ";
    let one = tagger.tag(part, adapter).unwrap();
    assert!(one.entities.len() >= 2, "{:?}", one.entities);
    let text = part.repeat(2000);
    let whole = tagger.tag(&text, adapter).unwrap();
    assert_eq!((whole.words.len(), whole.tags.len()), (2000 * one.words.len(), 2000 * one.tags.len()));
    let expected: Vec<_> = (0..2000).flat_map(|i| found(&one, i * part.len())).collect();
    assert_eq!(found(&whole, 0), expected);
    for entity in &whole.entities {
        assert_eq!(
            (whole.words[entity.words.start].start, whole.words[entity.words.end - 1].end),
            (entity.start, entity.end)
        );
    }
    // Several inputs of several rounds keep apart.
    let batch = tagger.tag_batch(&[Input::Text(part), Input::Text(&text), Input::Words(&["Ada"])], adapter).unwrap();
    assert_eq!((&batch[0], &batch[1], batch[2].words.len()), (&one, &whole, 1));
}

#[test]
fn hosts_can_say_where_texts_are_cut() {
    let (_, model, adapter) = trained();
    let tag = |split, text: &str| {
        let options = TaggerOptions::new().split(split);
        found(&Tagger::with_options(model, &options).unwrap().tag(text, adapter).unwrap(), 0)
    };
    let (first, second) = ("Ada Smith lives in Köln .", "Bob works for Acme .");
    let alone: Vec<_> = {
        let tagger = Tagger::new(model);
        let second = found(&tagger.tag(second, adapter).unwrap(), first.len() + 1);
        found(&tagger.tag(first, adapter).unwrap(), 0).into_iter().chain(second).collect()
    };
    assert_eq!(tag(Split::Sentences, &format!("{first} {second}")), alone);
    assert_eq!(tag(Split::Lines, &format!("{first}\n{second}")), alone);
    let options = TaggerOptions::new().window(3);
    assert_eq!(Tagger::with_options(model, &options).err().unwrap().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_request_stops_a_long_text_before_it_is_cut_into_words() {
    let (_, model, adapter) = trained();
    let cancel = Cancel::new();
    let mut seen = 0;
    let text = "Ada Smith lives in Köln. ".repeat(20_000);
    let e = Tagger::new(model)
        .tag_sentences(&text, adapter, &cancel, |_| {
            seen += 1;
            cancel.request();
            Ok(())
        })
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Cancelled);
    assert!(seen < 5_000, "{seen} sentences were tagged after the request");
}

/// Training cuts texts as tagging does: a text of three sentences is learnt as three.
#[test]
fn training_sees_the_sentences_of_a_text() {
    let (_folder, model) = common::model();
    let text = |sentences: &[&str]| {
        let line = |text: &str| {
            let start = text.find("Ada").unwrap();
            format!(
                "{{\"text\": \"{text}\", \"entities\": [{{\"start\": {start}, \"end\": {}, \"label\": \"PER\"}}]}}\n",
                start + 3
            )
        };
        let data: String = sentences.iter().map(|s| line(s)).collect();
        let options = DataOptions { format: Some(Format::Jsonl), ..DataOptions::default() };
        Dataset::from_bytes(data.as_bytes(), "texts", &options).unwrap()
    };
    let whole = text(&["Ada works for Acme. The Acme met. Bob in Paris."]);
    let mut options = AdaptOptions::new(Method::Head);
    (options.epochs, options.batch_size) = (Some(2), 1);
    let adapter = adapt(&model, &whole, None, &options).unwrap();
    assert_eq!(adapter.card().training.as_ref().unwrap().steps, 6);
    let evaluation = evaluate(&model, &adapter, &whole).unwrap();
    assert_eq!((evaluation.sentences, evaluation.default.micro.support), (1, 1));
}
