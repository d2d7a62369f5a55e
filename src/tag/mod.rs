//! From logits to named entities, and how good they are.
//!
//! [`Decoder`] finds the best tag sequence that the scheme allows, [`entities`] turns tags into byte ranges with a
//! score, and [`metrics`] compares tags with the truth as Python's seqeval does.

mod assemble;
#[cfg(feature = "onnx")]
mod classifier;
mod compare;
mod decode;
mod evaluate;
#[cfg(feature = "onnx")]
mod labels;
pub mod metrics;
mod queue;
mod rounds;
mod spans;
mod stream;
mod tagger;

pub(crate) use assemble::word_logits;
pub(crate) use compare::compare;
pub use decode::{Decoder, force_outside};
pub use evaluate::{evaluate, evaluate_observed, evaluate_with};
pub use metrics::{Evaluation, Mode, Score, Scores, score};
pub(crate) use spans::score_of;
pub use spans::{Entity, entities};
pub use stream::{Content, Document, Stream};
pub use tagger::{Input, Tagged, Tagger};
