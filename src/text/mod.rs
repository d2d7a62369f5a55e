//! From text to what the encoder reads: words, pieces, windows, and positions in other units.
//!
//! [`split_words`] cuts raw text into words, [`Tokenizer::encode`] cuts words into pieces and names the piece that
//! carries each word's tag, [`Tokenizer::windows`] cuts a long sentence into stretches that fit the encoder, and
//! [`Offsets`] translates between bytes, UTF-16 units and code points.

mod added;
mod charsmap;
mod encoding;
mod normalize;
mod offsets;
mod pretokenize;
mod tokenizer;
mod tokenizer_json;
mod trie;
mod unigram;
mod vocab_txt;
mod window;
mod wordpiece;
mod words;

pub use encoding::{Encoding, WordPieces};
pub use offsets::Offsets;
pub use tokenizer::Tokenizer;
pub(crate) use vocab_txt::VocabTxt;
pub use window::{Labelled, Window};
pub use words::split_words;
