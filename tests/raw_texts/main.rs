//! What labelled data shows of raw text: how many entities words allow, and how well long texts are tagged. The tests that
//! measure need data that is not part of this repository, and run when they are asked for:
//! `PRIMER_DATA=FOLDER cargo test --release --test raw_texts -- --ignored --nocapture`.

mod detokenise;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use detokenise::detokenise;
use primer::text::split_words;
use primer::{Adapter, Dataset, Input, Model, Split, Tagger, TaggerOptions};

/// A raw sentence and its entities in bytes.
type Labelled = (String, Vec<(Range<usize>, String)>);

/// The sentences of a file in columns, as raw texts.
fn sentences(path: &Path) -> Vec<Labelled> {
    let data = Dataset::load(path).unwrap();
    let sentence = |s: &primer::data::Sentence| {
        let (text, tokens) = detokenise(&s.words);
        let entity = |span: &primer::data::Span| {
            (tokens[span.start].start..tokens[span.end - 1].end, data.types()[span.label].clone())
        };
        let entities = s.spans.iter().map(entity).collect();
        (text, entities)
    };
    data.sentences().iter().map(sentence).collect()
}

/// All files of this name below the folder that the environment names.
fn files(name: &str) -> Vec<PathBuf> {
    let folder = std::env::var_os("PRIMER_DATA").expect("PRIMER_DATA names a folder of labelled data");
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|n| n == name) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
#[ignore = "measures on data of PRIMER_DATA"]
fn share_of_entity_boundaries_that_fall_on_word_boundaries() {
    let mut total = [0, 0];
    for path in files("train.conll") {
        let mut here = [0, 0];
        for (text, entities) in sentences(&path) {
            let words = split_words(&text);
            let starts: HashSet<usize> = words.iter().map(|w| w.start).collect();
            let ends: HashSet<usize> = words.iter().map(|w| w.end).collect();
            for (bytes, _) in entities {
                here[0] += usize::from(starts.contains(&bytes.start)) + usize::from(ends.contains(&bytes.end));
                here[1] += 2;
            }
        }
        println!(
            "{:7.3} % of {:6} {}",
            100.0 * f64::from(here[0] as u32) / f64::from(here[1].max(1) as u32),
            here[1],
            path.display()
        );
        total = [total[0] + here[0], total[1] + here[1]];
    }
    let share = 100.0 * total[0] as f64 / total[1] as f64;
    println!("{share:7.3} % of {:6} in all", total[1]);
    assert!(share >= 99.5);
}

/// Micro-F1 in percent of what `tagger` finds in `texts`, by bytes and types.
fn f1(tagger: &Tagger, adapter: &Adapter, texts: &[Labelled]) -> f64 {
    let inputs: Vec<Input> = texts.iter().map(|(text, _)| Input::Text(text)).collect();
    let (mut right, mut all) = (0, 0);
    for (tagged, (_, entities)) in tagger.tag_batch(&inputs, adapter).unwrap().iter().zip(texts) {
        let name = |label: u32| adapter.types()[label as usize].clone();
        let found: BTreeSet<_> = tagged.entities.iter().map(|e| (e.start, e.end, name(e.label))).collect();
        let gold: BTreeSet<_> = entities.iter().map(|(b, label)| (b.start, b.end, label.clone())).collect();
        right += gold.intersection(&found).count();
        all += gold.len() + found.len();
    }
    200.0 * right as f64 / all.max(1) as f64
}

/// What stands between two sentences of a document where the first has no end of its own, as headlines and items of lists
/// have none; a blank stands where it has one.
const LINE_END: char = '\n';
const BLANK: char = ' ';

/// `texts` put together, so many at a time.
fn documents(texts: &[Labelled], size: usize, endless: char) -> Vec<Labelled> {
    let join = |texts: &[Labelled]| {
        let (mut whole, mut all) = (String::new(), Vec::new());
        for (text, entities) in texts {
            if !whole.is_empty() {
                let ends = |c: char| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？');
                let last = whole.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»']).chars().next_back();
                whole.push(if last.is_some_and(ends) { BLANK } else { endless });
            }
            let start = whole.len();
            all.extend(entities.iter().map(|(b, label)| (b.start + start..b.end + start, label.clone())));
            whole.push_str(text);
        }
        (whole, all)
    };
    texts.chunks(size).map(join).collect()
}

/// Sentences of each set that long texts are made of.
const SENTENCES: usize = 600;

/// Prints rows for `docs/results.md`, of the sets that have types of the adapter.
#[test]
#[ignore = "measures on data of PRIMER_DATA"]
fn long_texts_are_tagged_as_well_as_sentences() {
    let model = Model::load("models/primer-mini.gguf").unwrap();
    let adapter = Adapter::load("models/per-loc-org.safetensors", &model).unwrap();
    let tagger = |options: TaggerOptions| Tagger::with_options(&model, &options).unwrap();
    println!(
        "| data | sentence by sentence | texts of 50, by line ends | by blanks alone | without a split, windows of 64 | 128 \
         | 256 | 512 |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut lost: f64 = 0.0;
    for path in files("test.conll") {
        let mut texts = sentences(&path);
        texts.truncate(SENTENCES);
        if !texts.iter().flat_map(|(_, entities)| entities).any(|(_, kind)| adapter.types().contains(kind)) {
            continue;
        }
        let [long, blanks] = [LINE_END, BLANK].map(|endless| documents(&texts, 50, endless));
        let plain = tagger(TaggerOptions::new());
        let mut row = vec![f1(&plain, &adapter, &texts), f1(&plain, &adapter, &long), f1(&plain, &adapter, &blanks)];
        let whole = |window| tagger(TaggerOptions::new().split(Split::None).window(window));
        row.extend([64, 128, 256, 512].map(|window| f1(&whole(window), &adapter, &long)));
        let cells: Vec<String> = row.iter().map(|f1| format!("{f1:.1}")).collect();
        let mut names = path.iter().rev().skip(1).map(|part| part.to_string_lossy());
        let (language, set) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        println!("| {set} {language} | {} |", cells.join(" | "));
        lost = lost.max(row[0] - row[1]);
    }
    assert!(lost <= 0.5, "long texts lose up to {lost:.1} points, more than half a one");
}
