//! Texts in, entities out.

use std::ops::Range;

use rayon::prelude::*;

use super::assemble::word_logits;
use super::decode::Decoder;
use super::spans::{Entity, entities};
use crate::cancel::Cancel;
use crate::data::TagSet;
#[cfg(feature = "onnx")]
use crate::engine::onnx::TokenClassifier;
use crate::engine::{self, Engine, Job, TaggerOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::peft::Adapter;
use crate::text::{Encoding, Tokenizer, Window, split_words};

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

impl Tagged {
    /// Entities with a lower score are gone, and their words are outside.
    fn leave_out_below(&mut self, score: f32) {
        self.entities.retain(|entity| {
            let stays = entity.score >= score;
            if !stays {
                self.tags[entity.words.clone()].fill(0);
            }
            stays
        });
    }
}

/// Tags with any adapter of its model. Cheap to make; one can be used by several threads at once.
pub struct Tagger {
    kind: Kind,
    /// Entities with a lower score are left out.
    min_score: f32,
}

enum Kind {
    /// A backbone, to which each call brings an adapter.
    Adapted { model: Model, engine: Box<dyn Engine> },
    /// A model that has labels of its own.
    #[cfg(feature = "onnx")]
    Labelled(Box<TokenClassifier>),
}

/// Words are counted in 32 bits.
const MAX_TEXT: usize = u32::MAX as usize;

impl Tagger {
    /// A tagger on this library's own engine where the model computes, in 32-bit floats.
    pub fn new(model: &Model) -> Tagger {
        Tagger { kind: Kind::Adapted { model: model.clone(), engine: engine::plain(model) }, min_score: 0.0 }
    }

    /// A tagger on the engine that the options name.
    ///
    /// # Errors
    /// Where ONNX Runtime is asked for and cannot be had: `Unsupported` without the feature `onnx`, for a runtime that is
    /// too old or an execution provider that it does not have, `Io` where no library is found. `Unsupported` for a
    /// precision that the model's device does not have. `InvalidArgument` for a lowest score outside of 0 to 1.
    pub fn with_options(model: &Model, options: &TaggerOptions) -> Result<Tagger> {
        options.check()?;
        let kind = Kind::Adapted { model: model.clone(), engine: engine::start(model, options)? };
        Ok(Tagger { kind, min_score: options.min_score as f32 })
    }

    /// A tagger on a token classification model that others exported to ONNX: a folder with `config.json`,
    /// `tokenizer.json` and `model.onnx` (or `onnx/model.onnx`), as the `transformers` library and its exporters write
    /// it, or the model file in such a folder. It tags with the labels of its configuration and takes no adapter.
    ///
    /// The model's labels may be in any scheme; results are in IOB2. Of `options` what concerns ONNX Runtime counts, and
    /// the lowest score.
    ///
    /// # Errors
    /// As [`Tagger::with_options`]; `Io` for a file that is not there, `Format` for a damaged one (no ONNX model, an input
    /// or the output missing, labels missing), `Unsupported` for what is not known here (a BPE tokenizer, other inputs, a
    /// newer operator set), `Mismatch` where the number of labels is another than the model's.
    #[cfg(feature = "onnx")]
    pub fn load_onnx(path: impl AsRef<std::path::Path>, options: &TaggerOptions) -> Result<Tagger> {
        options.check()?;
        let kind = Kind::Labelled(Box::new(TokenClassifier::open(path.as_ref(), &options.onnx)?));
        Ok(Tagger { kind, min_score: options.min_score as f32 })
    }

    /// The tags of a model that has labels of its own; `None` where each call brings an adapter.
    pub fn tags(&self) -> Option<&TagSet> {
        match &self.kind {
            Kind::Adapted { .. } => None,
            #[cfg(feature = "onnx")]
            Kind::Labelled(model) => Some(model.labels().tags()),
        }
    }

    /// Tags one text with `&adapter`, or with `None` where the model has labels of its own.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`].
    pub fn tag<'a>(&self, text: &str, adapter: impl Into<Option<&'a Adapter>>) -> Result<Tagged> {
        Ok(self.tag_batch(&[Input::Text(text)], adapter)?.swap_remove(0))
    }

    /// Tags several texts, together in batches.
    ///
    /// A text longer than the model's window is cut into windows that overlap; each word takes the prediction of the
    /// window in which it has more context.
    ///
    /// # Errors
    /// `Mismatch` where the adapter belongs to another model; `InvalidArgument` without one where the model needs it, and
    /// with one where the model has labels of its own; `TooLarge` for a text of 4 GiB or more.
    pub fn tag_batch<'a>(&self, inputs: &[Input], adapter: impl Into<Option<&'a Adapter>>) -> Result<Vec<Tagged>> {
        let adapter = adapter.into();
        let pairs: Vec<(Input, Option<&Adapter>)> = inputs.iter().map(|i| (*i, adapter)).collect();
        self.tag_mixed(&pairs)
    }

    /// Tags several texts, each with an adapter of its own: pairs of an input and `&adapter`, or an `Option` of it.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`].
    pub fn tag_mixed<'a, A>(&self, inputs: &[(Input, A)]) -> Result<Vec<Tagged>>
    where
        A: Into<Option<&'a Adapter>> + Copy,
    {
        self.tag_cancellable(inputs, &Cancel::new())
    }

    /// [`Tagger::tag_mixed`] that stops within one batch after `cancel` is requested.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`]; `Cancelled`.
    pub fn tag_cancellable<'a, A>(&self, inputs: &[(Input, A)], cancel: &Cancel) -> Result<Vec<Tagged>>
    where
        A: Into<Option<&'a Adapter>> + Copy,
    {
        let inputs: Vec<(Input, Option<&Adapter>)> = inputs.iter().map(|(input, a)| (*input, (*a).into())).collect();
        let mut tagged = match &self.kind {
            Kind::Adapted { model, engine } => adapted(model, engine.as_ref(), &inputs, cancel),
            #[cfg(feature = "onnx")]
            Kind::Labelled(model) => labelled(model, &inputs, cancel),
        }?;
        if self.min_score > 0.0 {
            tagged.iter_mut().for_each(|t| t.leave_out_below(self.min_score));
        }
        Ok(tagged)
    }
}

/// Tags by a backbone, each input with its adapter.
fn adapted(
    model: &Model,
    engine: &dyn Engine,
    inputs: &[(Input, Option<&Adapter>)],
    cancel: &Cancel,
) -> Result<Vec<Tagged>> {
    let mut adapters: Vec<&Adapter> = Vec::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, (_, adapter)) in inputs.iter().enumerate() {
        let adapter =
            adapter.ok_or_else(|| Error::argument("the model has no labels of its own: an adapter is needed"))?;
        match adapters.iter().position(|a| a.is_same(adapter)) {
            Some(group) => groups[group].push(index),
            None => {
                adapter.belongs_to(model)?;
                adapters.push(adapter);
                groups.push(vec![index]);
            }
        }
    }
    let prepare = |(input, _): &(Input, _)| prepare(*input, model.tokenizer(), |e| model.windows(e), cancel);
    let texts = model.pool().install(|| inputs.par_iter().map(prepare).collect::<Result<Vec<_>>>())?;
    let windows = |group: &Vec<usize>| group.iter().flat_map(|i| &texts[*i].windows).collect();
    let jobs: Vec<Job> =
        groups.iter().zip(&adapters).map(|(group, adapter)| Job { windows: windows(group), adapter }).collect();
    let logits = engine.logits(&jobs, cancel)?;
    let mut tagged: Vec<Option<Tagged>> = (0..inputs.len()).map(|_| None).collect();
    for ((adapter, group), logits) in adapters.iter().zip(&groups).zip(&logits) {
        let texts: Vec<&Text> = group.iter().map(|i| &texts[*i]).collect();
        for (index, result) in group.iter().zip(decode(&texts, adapter, logits, cancel)?) {
            tagged[*index] = Some(result);
        }
    }
    Ok(tagged.into_iter().flatten().collect())
}

/// Tags by a model that has labels of its own.
#[cfg(feature = "onnx")]
fn labelled(model: &TokenClassifier, inputs: &[(Input, Option<&Adapter>)], cancel: &Cancel) -> Result<Vec<Tagged>> {
    if inputs.iter().any(|(_, adapter)| adapter.is_some()) {
        return Err(Error::argument("the model has labels of its own and takes no adapter"));
    }
    let prepare = |(input, _): &(Input, _)| prepare(*input, model.tokenizer(), |e| model.windows(e), cancel);
    let texts = model.pool().install(|| inputs.par_iter().map(prepare).collect::<Result<Vec<_>>>())?;
    let windows: Vec<&Window> = texts.iter().flat_map(|t| &t.windows).collect();
    let labels = model.labels();
    let logits = model.logits(&windows, cancel)?;
    let mut rows = logits.chunks_exact(labels.len());
    let tag = |text: Text| {
        cancel.check()?;
        let logits = word_logits(&text.windows, text.words.len(), labels.len(), &mut rows);
        let (tags, entities) = labels.decode(&logits, &text.words)?;
        Ok(Tagged { words: text.words, tags, entities })
    };
    texts.into_iter().map(tag).collect()
}

/// Words and windows of one input.
fn prepare(
    input: Input,
    tokenizer: &Tokenizer,
    windows: impl Fn(&Encoding) -> Vec<Window>,
    cancel: &Cancel,
) -> Result<Text> {
    cancel.check()?;
    let (words, encoding) = match input {
        Input::Text(text) if text.len() > MAX_TEXT => return Err(too_large(text.len())),
        Input::Text(text) => {
            let ranges = split_words(text);
            let words: Vec<&str> = ranges.iter().map(|r| &text[r.clone()]).collect();
            let encoding = tokenizer.encode_until(&words, cancel)?;
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
            (ranges, tokenizer.encode_until(words, cancel)?)
        }
    };
    Ok(Text { words, windows: windows(&encoding) })
}

/// Tags and entities of texts, from the logits of their windows' labelled pieces.
fn decode(texts: &[&Text], adapter: &Adapter, logits: &[f32], cancel: &Cancel) -> Result<Vec<Tagged>> {
    // Windows of a text label its words in their order, so the rows come in the order of the words.
    let tags = &adapter.card().tags;
    let decoder = Decoder::new(tags);
    let mut rows = logits.chunks_exact(tags.len());
    texts
        .iter()
        .map(|text| {
            cancel.check()?;
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
