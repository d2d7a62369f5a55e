//! Streams of documents: in the library, and as files that `primer tag` reads.

#[cfg(all(feature = "cli", unix))]
mod command;
#[path = "../common/mod.rs"]
mod common;
mod library;

use primer::peft::Bottleneck;
use primer::{AdaptOptions, Adapter, Method, Model, adapt};

/// A small model and an adapter that finds some names.
fn trained() -> (tempfile::TempDir, Model, Adapter) {
    let (folder, model) = common::model();
    let mut options = AdaptOptions::new(Method::Bottleneck(Bottleneck::pfeiffer(model.config(), 4)));
    options.epochs = Some(10);
    (options.learning_rate, options.head_learning_rate) = (Some(5e-3), Some(1e-2));
    let adapter = adapt(&model, &common::dataset(120, 1), None, &options).unwrap();
    (folder, model, adapter)
}

/// Sentences with names in them, of different lengths.
fn sentence(i: usize) -> String {
    let names = ["Ada Smith", "Bob", "Zoe", "the Yota Inc"];
    let places = ["Köln", "Paris", "Oslo"];
    let half = |n: usize| format!("{} lives in {} .", names[n % names.len()], places[n % places.len()]);
    (i..=i + i % 4).map(half).collect::<Vec<_>>().join(" ")
}
