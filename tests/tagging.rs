//! What a tagger promises whatever the text: valid tags, ranges of the caller's text, the same answer alone or in a batch.

mod common;

use primer::peft::Bottleneck;
use primer::{AdaptOptions, Adapter, Input, Method, Model, Tagged, Tagger, TaggerOptions, adapt};
use proptest::prelude::*;

fn trained(model: &Model, seed: u64) -> Adapter {
    let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
    options.epochs = Some(20);
    options.seed = seed;
    (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
    adapt(model, &common::dataset(120, 1), None, &options).unwrap()
}

fn check(text: &str, tagged: &Tagged, adapter: &Adapter) {
    let tags = &adapter.card().tags;
    assert_eq!(tagged.words.len(), tagged.tags.len());
    let mut end = 0;
    for word in &tagged.words {
        assert!(word.start >= end && word.end > word.start && text.get(word.clone()).is_some(), "{word:?} in {text:?}");
        end = word.end;
    }
    let mut previous = None;
    for tag in tagged.tags.iter().map(|t| *t as usize) {
        assert!(tags.may_follow(previous, Some(tag)));
        previous = Some(tag);
    }
    let mut end = 0;
    for entity in &tagged.entities {
        assert!(entity.start >= end && entity.end > entity.start && text.get(entity.start..entity.end).is_some());
        assert!((0.0..=1.0).contains(&entity.score) && (entity.label as usize) < tags.types().len());
        end = entity.end;
    }
}

fn found<'a>(text: &'a str, tagged: &Tagged, adapter: &'a Adapter) -> Vec<(&'a str, &'a str)> {
    let entity = |e: &primer::Entity| (adapter.types()[e.label as usize].as_str(), &text[e.start..e.end]);
    tagged.entities.iter().map(entity).collect()
}

#[test]
fn entities_are_ranges_of_the_callers_text() {
    let (_folder, model) = common::model();
    let adapter = trained(&model, 0);
    let text = "Ada Smith lives in Köln.";
    let tagged = Tagger::new(&model).tag(text, &adapter).unwrap();
    check(text, &tagged, &adapter);
    assert_eq!(found(text, &tagged, &adapter), [("PER", "Ada Smith"), ("LOC", "Köln")]);
}

/// A host that wants few wrong names gets those of enough score, and no word of the others stays tagged.
#[test]
fn what_scores_too_little_is_left_out() {
    let (_folder, model) = common::model();
    let adapter = trained(&model, 0);
    let text = "Ada Smith lives in Köln.";
    let all = Tagger::new(&model).tag(text, &adapter).unwrap();
    let mut scores: Vec<f32> = all.entities.iter().map(|e| e.score).collect();
    scores.sort_by(f32::total_cmp);
    assert!(scores.len() == 2 && scores[0] < scores[1], "{scores:?}");
    let between = f64::from(scores[0] + scores[1]) / 2.0;
    let least = |score| Tagger::with_options(&model, &TaggerOptions::new().min_score(score));
    let some = least(between).unwrap().tag(text, &adapter).unwrap();
    check(text, &some, &adapter);
    assert_eq!(some.entities, all.entities.iter().filter(|e| e.score == scores[1]).cloned().collect::<Vec<_>>());
    for (word, tag) in some.tags.iter().enumerate() {
        assert_eq!(*tag != 0, some.entities[0].words.contains(&word), "word {word}");
    }
    assert_eq!(least(0.0).unwrap().tag(text, &adapter).unwrap(), all);
    assert_eq!(least(f64::from(scores[0])).unwrap().tag(text, &adapter).unwrap(), all, "the limit itself is enough");
    for wrong in [-0.1, 1.1, f64::NAN] {
        let error = least(wrong).map(|_| ()).unwrap_err();
        assert!(error.message().starts_with("min_score is ") && error.message().contains("between 0 and 1"), "{error}");
    }
}

#[test]
fn given_words_are_ranges_of_their_joined_text() {
    let (_folder, model) = common::model();
    let adapter = trained(&model, 0);
    let words = ["Ada", "Smith", "lives", "in", "Köln", "."];
    let tagged = &Tagger::new(&model).tag_batch(&[Input::Words(&words)], &adapter).unwrap()[0];
    let text = words.join(" ");
    check(&text, tagged, &adapter);
    assert_eq!(found(&text, tagged, &adapter), [("PER", "Ada Smith"), ("LOC", "Köln")]);
}

#[test]
fn a_text_longer_than_the_window_is_tagged_to_its_end() {
    let (_folder, model) = common::model();
    let adapter = trained(&model, 0);
    let sentence = "Ada Smith lives in Köln . Bob works for Acme . ";
    let text = sentence.repeat(50);
    let tagged = Tagger::new(&model).tag(&text, &adapter).unwrap();
    check(&text, &tagged, &adapter);
    // The small model has never seen two sentences in one; it finds most all the same, in every window.
    let hits = tagged.entities.iter().filter(|e| ["Ada Smith", "Köln", "Bob", "Acme"].contains(&&text[e.start..e.end]));
    let ends: Vec<usize> = hits.map(|e| e.end).collect();
    assert!(ends.len() > 100, "{} entities of 200", ends.len());
    assert!(ends.windows(2).all(|w| w[1] - w[0] < 4 * sentence.len()), "a stretch without an entity");
    assert!(tagged.entities.last().unwrap().end > text.len() - sentence.len());
}

#[test]
fn alone_in_a_batch_or_with_other_adapters_the_answer_is_the_same() {
    let (_folder, model) = common::model();
    let (one, two) = (trained(&model, 0), trained(&model, 1));
    let texts = ["Ada lives in Paris", "", "the Acme Inc met Bob in Oslo", "Zoe Smith works for Yota .", "x"];
    let tagger = Tagger::new(&model);
    let mixed: Vec<(Input, &Adapter)> =
        texts.iter().flat_map(|t| [(Input::Text(t), &one), (Input::Text(t), &two)]).collect();
    let together = tagger.tag_mixed(&mixed).unwrap();
    for ((input, adapter), together) in mixed.iter().zip(together) {
        let alone = tagger.tag_batch(&[*input], *adapter).unwrap().remove(0);
        assert_eq!((&alone.words, &alone.tags), (&together.words, &together.tags));
        for (a, b) in alone.entities.iter().zip(&together.entities) {
            assert!((a.score - b.score).abs() < 1e-5);
        }
    }
    assert_eq!(tagger.tag_batch(&[], &one).unwrap(), []);
}

#[test]
fn eight_threads_with_their_own_adapters_do_not_disturb_each_other() {
    let (_folder, model) = common::model();
    let adapters: Vec<Adapter> = (0..4).map(|seed| trained(&model, seed)).collect();
    let tagger = Tagger::new(&model);
    let text = "Ada Smith lives in Köln . the Yota Inc met Zoe in Rome";
    let want: Vec<Tagged> = adapters.iter().map(|a| tagger.tag(text, a).unwrap()).collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (tagger, adapters, want) = (&tagger, &adapters, &want);
            scope.spawn(move || {
                for round in 0..20 {
                    let which = (thread + round) % adapters.len();
                    assert_eq!(tagger.tag(text, &adapters[which]).unwrap(), want[which]);
                }
            });
        }
    });
}

#[test]
fn odd_texts_are_tagged_without_complaint() {
    let (_folder, model) = common::model();
    let adapter = trained(&model, 0);
    let tagger = Tagger::new(&model);
    let joined = "👩‍👩‍👧‍👦 met 🇰🇪 in Köln";
    for text in [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{200b}\u{200d}\u{feff}",
        joined,
        "e\u{301}\u{301}\u{301}",
        "東京は",
        "שלום Ada",
        "\r\n\t",
    ] {
        check(text, &tagger.tag(text, &adapter).unwrap(), &adapter);
    }
    let long = "a".repeat(10 << 20);
    check(&long, &tagger.tag(&long, &adapter).unwrap(), &adapter);
    let zero_width = ["Ada", "\u{200b}", "", "Köln"];
    let tagged = &tagger.tag_batch(&[Input::Words(&zero_width)], &adapter).unwrap()[0];
    assert_eq!(tagged.tags.len(), 4);
    assert_eq!(tagged.tags[2], 0, "a word without a piece is no entity");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_gives_valid_tags_and_ranges(texts in prop::collection::vec(".{0,200}", 1..6)) {
        let (_folder, model) = common::model();
        let mut options = AdaptOptions::new(Method::Head);
        options.epochs = Some(1);
        let adapter = adapt(&model, &common::dataset(8, 1), None, &options).unwrap();
        let inputs: Vec<Input> = texts.iter().map(|t| Input::Text(t)).collect();
        for (text, tagged) in texts.iter().zip(Tagger::new(&model).tag_batch(&inputs, &adapter).unwrap()) {
            check(text, &tagged, &adapter);
        }
    }
}
