//! From text to what the encoder reads: words, pieces, windows, and positions in other units.
//!
//! [`split_words`] cuts raw text into words, [`Split`] says where a text is cut into sentences, [`Tokenizer::encode`] cuts
//! words into pieces and names the piece that carries each word's tag, [`Tokenizer::windows`] cuts a long sentence into
//! stretches that fit the encoder, and [`Offsets`] translates between bytes, UTF-16 units and code points.

mod charsmap;
mod encoding;
mod normalize;
mod offsets;
mod pretokenize;
mod segments;
mod sentences;
mod tokenizer;
mod tokenizer_json;
mod trie;
mod unigram;
mod window;
mod wordpiece;
mod words;

pub use encoding::{Encoding, WordPieces};
pub use offsets::Offsets;
pub(crate) use segments::Segmentation;
pub use sentences::Split;
pub use tokenizer::Tokenizer;
pub use window::{Labelled, Window};
pub use words::split_words;
