//! Labelled sentences: readers, label schemes and tag sets.
//!
//! A [`Dataset`] comes out of CoNLL columns or JSON, in any of the schemes IOB1, IOB2 and BIOES, with any entity types;
//! a [`TagSet`] is what a tag head predicts, and turns spans into tag numbers and back.

mod align;
mod batch;
mod conll;
mod cut;
mod dataset;
mod documents;
mod foreign;
mod json;
mod labelled;
mod lines;
mod notes;
mod options;
mod overlap;
mod sample;
mod scheme;
mod sentence;
mod source;
mod spans;
mod spelling;
mod tags;
mod write;

pub(crate) use batch::{Batch, Sequence, pieces, runs};
pub use cut::{CutSpan, CutSpans};
pub use dataset::Dataset;
pub use documents::{Documents, Unlabelled};
pub use notes::Note;
pub use options::{DataOptions, Format, Unit};
pub(crate) use sample::draw;
pub use scheme::{Prefix, Scheme};
pub use sentence::{LabelledText, Sentence, SourceText, Span, TextSpan};
#[cfg(feature = "onnx")]
pub(crate) use spans::read_spans;
pub use tags::TagSet;
pub(crate) use write::write_tags;
