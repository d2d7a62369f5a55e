//! Texts in, entities out.

use std::ops::Range;

use rayon::prelude::*;

use super::assemble::word_logits;
use super::decode::Decoder;
use super::spans::{Entity, entities};
use crate::cancel::Cancel;
use crate::engine::{self, Engine, Job, Native, TaggerOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::peft::Adapter;
use crate::text::{Window, split_words};

/// Something to tag.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Raw text; words are found by [`split_words`].
    Text(&'a str),
    /// Words that somebody else has found. Byte ranges then refer to the words joined by single blanks.
    Words(&'a [&'a str]),
}

/// The answer to one [`Input`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tagged {
    /// Every word's byte range.
    pub words: Vec<Range<usize>>,
    /// Every word's tag, valid under the adapter's scheme: an index into its tag set.
    pub tags: Vec<u32>,
    /// The entities in the order of the text; none overlaps another.
    pub entities: Vec<Entity>,
}

/// Tags with any adapter of its model. Cheap to make; one can be used by several threads at once.
pub struct Tagger {
    model: Model,
    engine: Box<dyn Engine>,
}

/// Words are counted in 32 bits.
const MAX_TEXT: usize = u32::MAX as usize;

impl Tagger {
    /// A tagger on this library's own engine, in 32-bit floats.
    pub fn new(model: &Model) -> Tagger {
        Tagger { model: model.clone(), engine: Box::new(Native::new(model, &TaggerOptions::new())) }
    }

    /// A tagger on the engine that the options name.
    ///
    /// # Errors
    /// Where ONNX Runtime is asked for and cannot be had: `Unsupported` without the feature `onnx`, for a runtime that is
    /// too old or an execution provider that it does not have, `Io` where no library is found.
    pub fn with_options(model: &Model, options: &TaggerOptions) -> Result<Tagger> {
        Ok(Tagger { model: model.clone(), engine: engine::start(model, options)? })
    }

    /// Tags one text.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`].
    pub fn tag(&self, text: &str, adapter: &Adapter) -> Result<Tagged> {
        Ok(self.tag_batch(&[Input::Text(text)], adapter)?.swap_remove(0))
    }

    /// Tags several texts, together in batches.
    ///
    /// A text longer than the model's window is cut into windows that overlap; each word takes the prediction of the
    /// window in which it has more context.
    ///
    /// # Errors
    /// `Mismatch` where the adapter belongs to another model; `TooLarge` for a text of 4 GiB or more.
    pub fn tag_batch(&self, inputs: &[Input], adapter: &Adapter) -> Result<Vec<Tagged>> {
        let pairs: Vec<(Input, &Adapter)> = inputs.iter().map(|i| (*i, adapter)).collect();
        self.tag_mixed(&pairs)
    }

    /// Tags several texts, each with an adapter of its own.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`].
    pub fn tag_mixed(&self, inputs: &[(Input, &Adapter)]) -> Result<Vec<Tagged>> {
        self.tag_cancellable(inputs, &Cancel::new())
    }

    /// [`Tagger::tag_mixed`] that stops within one batch after `cancel` is requested.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`]; `Cancelled`.
    pub fn tag_cancellable(&self, inputs: &[(Input, &Adapter)], cancel: &Cancel) -> Result<Vec<Tagged>> {
        let mut adapters: Vec<&Adapter> = Vec::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (index, (_, adapter)) in inputs.iter().enumerate() {
            match adapters.iter().position(|a| a.is_same(adapter)) {
                Some(group) => groups[group].push(index),
                None => {
                    adapter.belongs_to(&self.model)?;
                    adapters.push(adapter);
                    groups.push(vec![index]);
                }
            }
        }
        let prepare = || inputs.par_iter().map(|(input, _)| self.prepare(*input)).collect::<Result<Vec<_>>>();
        let texts = self.model.pool().install(prepare)?;
        let windows = |group: &Vec<usize>| group.iter().flat_map(|i| &texts[*i].windows).collect();
        let jobs: Vec<Job> =
            groups.iter().zip(&adapters).map(|(group, adapter)| Job { windows: windows(group), adapter }).collect();
        let logits = self.engine.logits(&jobs, cancel)?;
        let mut tagged: Vec<Option<Tagged>> = (0..inputs.len()).map(|_| None).collect();
        for ((adapter, group), logits) in adapters.iter().zip(&groups).zip(&logits) {
            let texts: Vec<&Text> = group.iter().map(|i| &texts[*i]).collect();
            for (index, result) in group.iter().zip(decode(&texts, adapter, logits)?) {
                tagged[*index] = Some(result);
            }
        }
        Ok(tagged.into_iter().flatten().collect())
    }

    /// Words and windows of one input.
    fn prepare(&self, input: Input) -> Result<Text> {
        let (words, encoding) = match input {
            Input::Text(text) if text.len() > MAX_TEXT => return Err(too_large(text.len())),
            Input::Text(text) => {
                let ranges = split_words(text);
                let words: Vec<&str> = ranges.iter().map(|r| &text[r.clone()]).collect();
                let encoding = self.model.tokenizer().encode(&words)?;
                (ranges, encoding)
            }
            Input::Words(words) => {
                let mut end = 0;
                let ranges: Vec<_> = words
                    .iter()
                    .map(|word| {
                        let start = end;
                        end = start + word.len() + 1;
                        start..start + word.len()
                    })
                    .collect();
                if end > MAX_TEXT {
                    return Err(too_large(end));
                }
                (ranges, self.model.tokenizer().encode(words)?)
            }
        };
        Ok(Text { words, windows: self.model.windows(&encoding) })
    }
}

/// Tags and entities of texts, from the logits of their windows' labelled pieces.
fn decode(texts: &[&Text], adapter: &Adapter, logits: &[f32]) -> Result<Vec<Tagged>> {
    // Windows of a text label its words in their order, so the rows come in the order of the words.
    let tags = &adapter.card().tags;
    let decoder = Decoder::new(tags);
    let mut rows = logits.chunks_exact(tags.len());
    texts
        .iter()
        .map(|text| {
            let logits = word_logits(&text.windows, text.words.len(), tags.len(), &mut rows);
            let chosen = decoder.decode(&logits)?;
            let entities = entities(&chosen, &logits, &text.words, tags)?;
            Ok(Tagged { words: text.words.clone(), tags: chosen, entities })
        })
        .collect()
}

/// An input, ready for batches.
struct Text {
    words: Vec<Range<usize>>,
    windows: Vec<Window>,
}

fn too_large(bytes: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("a text of {bytes} bytes; at most {MAX_TEXT} are tagged in one piece"))
}
