//! Texts in, entities out.

use std::ops::Range;

use rayon::ThreadPool;

use super::assemble::word_logits;
#[cfg(feature = "onnx")]
use super::classifier::TokenClassifier;
use super::decode::Decoder;
use super::rounds::{Answer, Preparation, Segment};
use super::spans::{Entity, entities};
use crate::cancel::Cancel;
use crate::data::TagSet;
use crate::engine::{self, Engine, Job, TaggerOptions};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::peft::Adapter;
#[cfg(feature = "onnx")]
use crate::text::Window;
use crate::text::{Segmentation, Split, Tokenizer};

/// Something to tag.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Raw text; words are found by [`split_words`](crate::text::split_words).
    Text(&'a str),
    /// Words that somebody else has found. Byte ranges then refer to the words joined by single blanks.
    Words(&'a [&'a str]),
}

/// The answer to one [`Input`].
#[derive(Debug, Clone, Default, PartialEq)]
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
    kind: Kind,
    segmentation: Segmentation,
    /// Entities with a lower score are left out; `None`: as adapters say.
    min_score: Option<f64>,
}

enum Kind {
    /// A backbone, to which each call brings an adapter.
    Adapted { model: Model, engine: Box<dyn Engine> },
    /// A model that has labels of its own.
    #[cfg(feature = "onnx")]
    Labelled(Box<TokenClassifier>),
}

impl Tagger {
    /// A tagger on this library's own engine where the model computes, in 32-bit floats.
    pub fn new(model: &Model) -> Tagger {
        let segmentation = model.segmentation(Split::default(), None);
        let kind = Kind::Adapted { model: model.clone(), engine: engine::plain(model) };
        Tagger { kind, segmentation, min_score: None }
    }

    /// A tagger on the engine that the options name.
    ///
    /// # Errors
    /// Where ONNX Runtime is asked for and cannot be had: `Unsupported` without the feature `onnx`, for a runtime that is
    /// too old or an execution provider that it does not have, `Io` where no library is found. `Unsupported` for a
    /// precision that the model's device does not have. `InvalidArgument` for a lowest score outside of 0 to 1 and for a
    /// window that holds no word.
    pub fn with_options(model: &Model, options: &TaggerOptions) -> Result<Tagger> {
        options.check()?;
        let segmentation = model.segmentation(options.split, options.window);
        let kind = Kind::Adapted { model: model.clone(), engine: engine::start(model, options)? };
        Ok(Tagger { kind, segmentation, min_score: options.min_score })
    }

    /// A tagger on a token classification model that others exported to ONNX: a folder with `config.json`,
    /// `tokenizer.json` and `model.onnx` (or `onnx/model.onnx`), as the `transformers` library and its exporters write
    /// it, or the model file in such a folder. It tags with the labels of its configuration and takes no adapter.
    ///
    /// The model's labels may be in any scheme; results are in IOB2. Of `options` what concerns ONNX Runtime counts.
    ///
    /// # Errors
    /// As [`Tagger::with_options`]; `Io` for a file that is not there, `Format` for a damaged one (no ONNX model, an input
    /// or the output missing, labels missing), `Unsupported` for what is not known here (a BPE tokenizer, other inputs, a
    /// newer operator set), `Mismatch` where the number of labels is another than the model's.
    #[cfg(feature = "onnx")]
    pub fn load_onnx(path: impl AsRef<std::path::Path>, options: &TaggerOptions) -> Result<Tagger> {
        options.check()?;
        let model = TokenClassifier::open(path.as_ref(), &options.onnx)?;
        let segmentation = model.segmentation(options.split, options.window);
        Ok(Tagger { kind: Kind::Labelled(Box::new(model)), segmentation, min_score: options.min_score })
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
    /// Each sentence of a text is tagged by itself, as training saw it ([`TaggerOptions::split`]). One that is longer than
    /// a window is cut into windows that overlap; each word takes the prediction of the window in which it has more
    /// context. Words that the caller has found are one sentence, unless they are more than a window could hold.
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

    /// Tags a text of any length and hands over one sentence after another: what is in memory does not grow with the
    /// text. Ranges are those of the whole text, and entities' words are counted from its beginning.
    ///
    /// # Errors
    /// As [`Tagger::tag_batch`]; `Cancelled`; the first error of `found`, which is then not called again.
    pub fn tag_sentences<'a>(
        &self,
        text: &str,
        adapter: impl Into<Option<&'a Adapter>>,
        cancel: &Cancel,
        mut found: impl FnMut(Tagged) -> Result<()>,
    ) -> Result<()> {
        self.run(&[(Input::Text(text), adapter.into())], cancel, |_, tagged| found(tagged))
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
        let mut all = vec![Tagged::default(); inputs.len()];
        self.run(&inputs, cancel, |input, sentence| {
            let Tagged { words, tags, entities } = &mut all[input];
            words.extend(sentence.words);
            tags.extend(sentence.tags);
            entities.extend(sentence.entities);
            Ok(())
        })?;
        Ok(all)
    }

    /// The entities of `inputs` alone, without words and tags, which are many where a text is long.
    pub(super) fn entities(&self, inputs: &[(Input, Option<&Adapter>)], cancel: &Cancel) -> Result<Vec<Tagged>> {
        let mut all = vec![Tagged::default(); inputs.len()];
        self.run(inputs, cancel, |input, sentence| {
            all[input].entities.extend(sentence.entities);
            Ok(())
        })?;
        Ok(all)
    }

    /// Tags `inputs` and hands over each sentence with the number of its input.
    fn run(
        &self,
        inputs: &[(Input, Option<&Adapter>)],
        cancel: &Cancel,
        found: impl FnMut(usize, Tagged) -> Result<()>,
    ) -> Result<()> {
        match &self.kind {
            Kind::Adapted { model, engine } => self.adapted((model, engine.as_ref()), inputs, cancel, found),
            #[cfg(feature = "onnx")]
            Kind::Labelled(model) => self.labelled(model, inputs, cancel, found),
        }
    }

    /// Tags by a backbone, each input with its adapter.
    fn adapted(
        &self,
        (model, engine): (&Model, &dyn Engine),
        inputs: &[(Input, Option<&Adapter>)],
        cancel: &Cancel,
        found: impl FnMut(usize, Tagged) -> Result<()>,
    ) -> Result<()> {
        let mut adapters: Vec<&Adapter> = Vec::new();
        let mut adapter_of: Vec<usize> = Vec::with_capacity(inputs.len());
        for (_, adapter) in inputs {
            let adapter =
                adapter.ok_or_else(|| Error::argument("the model has no labels of its own: an adapter is needed"))?;
            let known = adapters.iter().position(|a| a.is_same(adapter));
            if known.is_none() {
                adapter.belongs_to(model)?;
                adapters.push(adapter);
            }
            adapter_of.push(known.unwrap_or(adapters.len() - 1));
        }
        let lowest: Vec<Vec<f64>> = adapters.iter().map(|a| self.lowest_scores(a)).collect();
        let decoders: Vec<Decoder> = adapters.iter().map(|a| Decoder::new(&a.card().tags)).collect();
        let tags = adapters.iter().map(|a| a.card().tags.len()).max().unwrap_or(1);
        let inputs: Vec<Input> = inputs.iter().map(|(input, _)| *input).collect();
        let answer = |segments: &[Segment]| {
            let mut jobs: Vec<Job> = adapters.iter().map(|adapter| Job { windows: Vec::new(), adapter }).collect();
            for segment in segments {
                jobs[adapter_of[segment.input]].windows.extend(&segment.windows);
            }
            let logits = engine.logits(&jobs, cancel)?;
            let mut rows: Vec<_> =
                logits.iter().zip(&adapters).map(|(rows, a)| rows.chunks_exact(a.card().tags.len())).collect();
            segments
                .iter()
                .map(|segment| {
                    let at = adapter_of[segment.input];
                    let tags = &adapters[at].card().tags;
                    let logits = word_logits(&segment.windows, segment.words.len(), tags.len(), &mut rows[at]);
                    let chosen = decoders[at].decode(&logits)?;
                    let entities = entities(&chosen, &logits, &segment.words, tags)?;
                    Ok(certain((chosen, entities), |label| lowest[at][label as usize]))
                })
                .collect()
        };
        self.preparation(model.tokenizer(), model.pool(), tags).run(&inputs, cancel, answer, found)
    }

    /// Tags by a model that has labels of its own.
    #[cfg(feature = "onnx")]
    fn labelled(
        &self,
        model: &TokenClassifier,
        inputs: &[(Input, Option<&Adapter>)],
        cancel: &Cancel,
        found: impl FnMut(usize, Tagged) -> Result<()>,
    ) -> Result<()> {
        if inputs.iter().any(|(_, adapter)| adapter.is_some()) {
            return Err(Error::argument("the model has labels of its own and takes no adapter"));
        }
        let labels = model.labels();
        let answer = |segments: &[Segment]| {
            let windows: Vec<&Window> = segments.iter().flat_map(|s| &s.windows).collect();
            let logits = model.logits(&windows, cancel)?;
            let mut rows = logits.chunks_exact(labels.len());
            let tag = |segment: &Segment| {
                let logits = word_logits(&segment.windows, segment.words.len(), labels.len(), &mut rows);
                let lowest = self.min_score.unwrap_or(0.0);
                Ok(certain(labels.decode(&logits, &segment.words)?, |_| lowest))
            };
            segments.iter().map(tag).collect()
        };
        let (tokenizer, pool) = (model.tokenizer(), model.pool());
        let inputs: Vec<Input> = inputs.iter().map(|(input, _)| *input).collect();
        self.preparation(tokenizer, pool, labels.len()).run(&inputs, cancel, answer, found)
    }

    /// The lowest score of every type of `adapter` with which an entity is told.
    fn lowest_scores(&self, adapter: &Adapter) -> Vec<f64> {
        let of_card = |kind: &String| adapter.card().min_scores.get(kind).copied().unwrap_or(0.0);
        adapter.types().iter().map(|kind| self.min_score.unwrap_or_else(|| of_card(kind))).collect()
    }

    fn preparation<'a>(&self, tokenizer: &'a Tokenizer, pool: &'a ThreadPool, tags: usize) -> Preparation<'a> {
        Preparation { segmentation: self.segmentation, tokenizer, pool, tags }
    }
}

/// Without the entities that have less than the lowest score of their type; their words are outside.
fn certain((mut tags, mut entities): Answer, lowest: impl Fn(u32) -> f64) -> Answer {
    entities.retain(|entity| {
        let stays = f64::from(entity.score) >= lowest(entity.label);
        if !stays {
            tags[entity.words.clone()].fill(0);
        }
        stays
    });
    (tags, entities)
}
