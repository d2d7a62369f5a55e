//! Makes the head that adaptation starts with, of what the model knows of types and of what the given sentences tell.

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use super::carried::Start;
use super::head::{Evidence, Expected, Words, roles};
use super::name::{TEMPLATE, mean_pieces, read_text, spoken_text};
use super::prior::Prior;
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, TagSet, pieces, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, log};
use crate::model::{Adaptation, Encoder, Model};
use crate::ops;
use crate::text::Window;

/// What an adaptation starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartChoice {
    /// What the model carries for the method; where it carries nothing, parameters that are drawn by the seed.
    #[default]
    Auto,
    /// Parameters that are drawn by the seed.
    Fresh,
}

/// What the rows of the head start from for types that no adapter to start from knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadInit {
    /// The types' names and the words of the given sentences, where the model carries a start of the method; the words
    /// alone where it carries one of another method; else what the seed draws.
    #[default]
    Auto,
    /// The words of the given sentences alone.
    Prototype,
    /// The types' names alone. Only on a model that carries a start of the method.
    Name,
    /// Zeros.
    Zero,
    /// What the seed draws.
    Random,
}

impl HeadInit {
    /// The name that the command line uses.
    pub fn name(self) -> &'static str {
        match self {
            HeadInit::Auto => "auto",
            HeadInit::Prototype => "prototype",
            HeadInit::Name => "name",
            HeadInit::Zero => "zero",
            HeadInit::Random => "random",
        }
    }

    /// Whether the head is made of what is known, so that it finds something before any training.
    pub(crate) fn is_made(self) -> bool {
        matches!(self, HeadInit::Auto | HeadInit::Prototype | HeadInit::Name)
    }
}

/// Words that a row which priming has learnt counts for, beside those of the given sentences.
const KNOWN_WORDS: f64 = 20.0;

/// Added to the logits of a type of which neither a name nor a word is known: it is not found before training.
const NOT_KNOWN: f32 = -10.0;

/// Pieces that go through the encoder at once.
const BATCH_PIECES: usize = 1024;

/// What heads are made with: an encoder with the method's parameters in it.
pub(crate) struct HeadMaker<'a> {
    pub model: &'a Model,
    /// The model's encoder where it computes.
    pub encoder: &'a Encoder,
    pub adaptation: &'a Adaptation,
    /// What the model carries, where the method's parameters came from it.
    pub start: Option<&'a Start>,
    pub cancel: &'a Cancel,
}

/// The types whose rows are wanted.
pub(crate) struct Types<'a> {
    pub tags: &'a TagSet,
    /// What describes each type beside its name, in the order of the tag set's types; empty texts, or none at all, where
    /// nothing does.
    pub descriptions: &'a [String],
    /// The types of the adapter to start from: its rows are taken, so that nothing has to tell of them here.
    pub kept: &'a [String],
}

/// A head that was made.
pub(crate) struct MadeHead {
    /// `[tags, hidden]`, on the host.
    pub weight: Tensor,
    /// `[tags]`, on the host.
    pub bias: Tensor,
    /// The types whose rows came with the model.
    pub known: Vec<String>,
    /// The types that the model knows by their names, but not as the sentences use them.
    pub otherwise: Vec<String>,
    /// What it was made of, where words of sentences were among it.
    pub sources: Option<Sources>,
}

/// What a head is made of.
pub(crate) struct Sources {
    prior: Prior,
    expected: Expected,
    /// The types that something tells of beside words.
    named: Vec<bool>,
    evidence: Option<Evidence>,
}

/// What is known of a type's name.
enum Named {
    /// A row that came with the model.
    Known(Tensor),
    /// What the encoder reads.
    Read(Window),
    /// Nothing, for this reason.
    Nothing(String),
}

impl HeadMaker<'_> {
    /// The head for `types` by what `sequences` label; `None` where the seed draws it. `count` is told of sequences.
    ///
    /// # Errors
    /// `InvalidArgument`, naming the type, where nothing tells of it: it has no word, and no name that can be read and is
    /// its own.
    pub fn make(
        &self,
        how: HeadInit,
        types: &Types,
        sequences: &[&Sequence],
        count: &mut dyn FnMut(usize, usize) -> Result<()>,
    ) -> Result<Option<MadeHead>> {
        let (width, tags) = (self.encoder.config().hidden, types.tags);
        let (words, names) = match how {
            HeadInit::Random => return Ok(None),
            HeadInit::Zero => {
                let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu);
                let (weight, bias) = (zeros(&[tags.len(), width])?, zeros(&[tags.len()])?);
                return Ok(Some(MadeHead { weight, bias, known: Vec::new(), otherwise: Vec::new(), sources: None }));
            }
            HeadInit::Auto => (true, true),
            HeadInit::Prototype => (true, false),
            HeadInit::Name => (false, true),
        };
        let evidence = match words {
            true => self.evidence(sequences, tags, count)?,
            false => None,
        };
        let prior = match (self.start.and_then(Start::prior), &evidence) {
            (Some(prior), _) => prior.clone(),
            (None, Some(evidence)) => match Prior::of_evidence(evidence) {
                Ok(prior) => prior,
                Err(e) => {
                    log(Level::Warn, || format!("the head starts as the seed draws it: {}", e.message()));
                    return Ok(None);
                }
            },
            (None, None) => return Ok(None),
        };
        let counts = match &evidence {
            Some(evidence) => evidence.counts()?.flatten_all()?.to_vec1::<f32>()?,
            None => vec![0.0; tags.types().len()],
        };
        let names = if names && self.start.is_some() { Some(self.named(types, &counts)?) } else { None };
        let Told { expected, named, known, otherwise } = self.expected(&prior, tags, names, evidence.as_ref())?;
        let sources = Sources { prior, expected, named, evidence };
        let (weight, bias) = sources.head(tags, sources.evidence.as_ref())?;
        Ok(Some(MadeHead { weight, bias, known, otherwise, sources: Some(sources) }))
    }

    /// The outputs of a sentence's words, `[labelled, hidden]`, and the head as it is without what this sentence tells;
    /// `None` where the sentence tells nothing.
    pub fn without(
        &self,
        sources: &Sources,
        tags: &TagSet,
        sentence: &[Sequence],
    ) -> Result<Option<(Tensor, Tensor, Tensor)>> {
        let Some(all) = &sources.evidence else { return Ok(None) };
        let batch = Batch::of_sequences(sentence).stopped_by(self.cancel);
        let hidden = self.outputs(&batch)?;
        let sentence: Vec<&Sequence> = sentence.iter().collect();
        let Some(own) = evidence_of(&sentence, &batch, &hidden, tags)? else { return Ok(None) };
        let (weight, bias) = sources.head(tags, Some(&all.less(&own)?))?;
        Ok(Some((hidden, weight, bias)))
    }

    /// What the words of `sequences` tell of the types; `None` where there are none.
    pub fn evidence(
        &self,
        sequences: &[&Sequence],
        tags: &TagSet,
        count: &mut dyn FnMut(usize, usize) -> Result<()>,
    ) -> Result<Option<Evidence>> {
        let mut all: Option<Evidence> = None;
        for run in runs(sequences.iter().map(|s| s.window.ids.len()), BATCH_PIECES) {
            let (run, end) = (&sequences[run.clone()], run.end);
            let batch = Batch::of_sequences(run.iter().copied()).stopped_by(self.cancel);
            let Some(found) = evidence_of(run, &batch, &self.outputs(&batch)?, tags)? else { continue };
            all = Some(match all {
                Some(all) => all.add(&found)?,
                None => found,
            });
            count(end, sequences.len())?;
        }
        Ok(all)
    }

    /// The encoder's outputs for the labelled pieces of `batch`, `[labelled, hidden]`, on the host.
    fn outputs(&self, batch: &Batch) -> Result<Tensor> {
        self.model.pool().install(|| {
            let full = |e: Error| e.asked_of(&self.encoder.place().device, || pieces(batch));
            let hidden = self.encoder.forward(batch, self.adaptation).map_err(full)?;
            let rows = ops::cast(&ops::select_rows(&hidden, &batch.labelled)?, DType::F32)?;
            Ok(rows.to_device(&Device::Cpu)?.detach())
        })
    }

    /// The mean outputs of texts, `[texts, hidden]`, on the host.
    fn means(&self, windows: &[&Window]) -> Result<Tensor> {
        let mut means = Vec::new();
        for run in runs(windows.iter().map(|w| w.ids.len()), BATCH_PIECES) {
            let batch = Batch::of_windows(windows[run.clone()].iter().copied()).stopped_by(self.cancel);
            let lengths: Vec<usize> = windows[run].iter().map(|w| w.ids.len()).collect();
            means.push(mean_pieces(&self.outputs(&batch)?, &lengths)?);
        }
        Ok(Tensor::cat(&means, 0)?)
    }

    /// What is known of every type's name. `counts` are the words of each type.
    fn named(&self, types: &Types, counts: &[f32]) -> Result<Vec<Named>> {
        let template = self.start.map_or(TEMPLATE, Start::template);
        let names = types.tags.types();
        let description = |i: usize| types.descriptions.get(i).map_or("", String::as_str);
        let texts: Vec<String> = names.iter().enumerate().map(|(i, kind)| spoken_text(kind, description(i))).collect();
        let mut found = Vec::with_capacity(names.len());
        for (i, (kind, text)) in names.iter().zip(&texts).enumerate() {
            if types.kept.contains(kind) {
                found.push(Named::Nothing(String::new()));
                continue;
            }
            let twin = texts.iter().enumerate().find(|(j, other)| *j != i && *other == text && !text.is_empty());
            let named = match (twin, self.start) {
                (Some((j, _)), _) => Named::Nothing(format!(
                    "it is {text:?} in words, as {:?} is, so that names do not tell them apart: describe them, or give \
                    sentences of both",
                    names[j]
                )),
                (None, Some(start)) if description(i).trim().is_empty() => match start.known(kind)? {
                    Some(row) => Named::Known(row),
                    None => self.read(template, text)?,
                },
                (None, _) => self.read(template, text)?,
            };
            if let Named::Nothing(why) = &named {
                if counts[i] == 0.0 {
                    let message =
                        format!("nothing tells what the entity type {kind:?} is: no sentence has it, and {why}");
                    return Err(Error::argument(message));
                }
                log(Level::Warn, || format!("the entity type {kind:?} starts from its words alone: {why}"));
            }
            found.push(named);
        }
        Ok(found)
    }

    fn read(&self, template: &str, text: &str) -> Result<Named> {
        let most = self.encoder.config().positions;
        Ok(match read_text(self.model.tokenizer(), template, text, most)? {
            Ok(window) => Named::Read(window),
            Err(why) => Named::Nothing(why),
        })
    }

    /// What is expected of the types by what is known of their names, the types whose rows came with the model, and those
    /// that it knows otherwise.
    fn expected(
        &self,
        prior: &Prior,
        tags: &TagSet,
        names: Option<Vec<Named>>,
        evidence: Option<&Evidence>,
    ) -> Result<Told> {
        let types = tags.types();
        let nameless = prior.expected(None, types.len())?;
        let Some(mut names) = names else {
            let named = vec![false; types.len()];
            return Ok(Told { expected: nameless, named, known: Vec::new(), otherwise: Vec::new() });
        };
        let (mut known, mut otherwise) = (Vec::new(), Vec::new());
        for (i, named) in names.iter_mut().enumerate() {
            let Named::Known(row) = named else { continue };
            match evidence.is_none_or(|found| fits(prior, row, found, i).unwrap_or(false)) {
                true => known.push(types[i].clone()),
                false => {
                    let kind = &types[i];
                    log(Level::Warn, || {
                        format!("the model knows a type {kind:?}, but not as the sentences use it: they alone count")
                    });
                    otherwise.push(kind.clone());
                    *named = Named::Nothing(String::new());
                }
            }
        }
        let windows: Vec<&Window> =
            names.iter().filter_map(|n| if let Named::Read(window) = n { Some(window) } else { None }).collect();
        let read = match windows.is_empty() {
            true => None,
            false => Some(prior.expected(Some(&self.means(&windows)?), windows.len())?),
        };
        let (mut offsets, mut strengths, mut new, mut next) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let number = |t: &Tensor, row: usize| -> Result<f32> { Ok(t.get(row)?.get(0)?.to_scalar::<f32>()?) };
        for (i, named) in names.iter().enumerate() {
            let (offset, strength, is_new) = match (named, &read) {
                (Named::Known(row), _) => (row.clone(), KNOWN_WORDS as f32, 0f32),
                (Named::Read(_), Some(read)) => {
                    next += 1;
                    (read.offset.get(next - 1)?, number(&read.strength, next - 1)?, 1.0)
                }
                _ => (nameless.offset.get(i)?, number(&nameless.strength, i)?, 1.0),
            };
            offsets.push(offset);
            strengths.push(strength);
            new.push(is_new);
        }
        let column = |values: Vec<f32>| Tensor::from_vec(values, (types.len(), 1), &Device::Cpu);
        let (strength, new) = (column(strengths)?, column(new)?);
        let expected = Expected { offset: Tensor::stack(&offsets, 0)?, strength, new };
        let named = names.iter().map(|n| !matches!(n, Named::Nothing(_))).collect();
        Ok(Told { expected, named, known, otherwise })
    }
}

/// What names tell of types.
struct Told {
    expected: Expected,
    /// The types of which something is told.
    named: Vec<bool>,
    /// The types whose rows came with the model, and those that it knows otherwise.
    known: Vec<String>,
    otherwise: Vec<String>,
}

impl Sources {
    /// Weight `[tags, hidden]` and bias `[tags]` of the head that is made of these words in place of its own.
    fn head(&self, tags: &TagSet, evidence: Option<&Evidence>) -> Result<(Tensor, Tensor)> {
        let (weight, mut bias) = self.prior.rows(tags, &self.expected, evidence)?;
        let counts = match evidence {
            Some(evidence) => evidence.counts()?.flatten_all()?.to_vec1::<f32>()?,
            None => vec![0.0; tags.types().len()],
        };
        let strange: Vec<bool> = counts.iter().zip(&self.named).map(|(n, named)| *n < 0.5 && !named).collect();
        if strange.contains(&true) {
            let less = (0..tags.len()).map(|tag| tags.type_of(tag).map_or(0.0, |t| f32::from(strange[t]) * NOT_KNOWN));
            bias = (bias + Tensor::new(less.collect::<Vec<_>>(), &Device::Cpu)?)?;
        }
        for t in [&weight, &bias] {
            if !t.flatten_all()?.to_vec1::<f32>()?.iter().all(|x| x.is_finite()) {
                let message = "the head that is made of names and words is not finite; choose another head_init";
                return Err(Error::new(ErrorKind::NonFinite, message));
            }
        }
        Ok((weight, bias))
    }
}

/// What the labelled words of `batch` tell, which holds `sequences` and has these outputs; `None` where they tell nothing.
fn evidence_of(sequences: &[&Sequence], batch: &Batch, hidden: &Tensor, tags: &TagSet) -> Result<Option<Evidence>> {
    // A word that is O for all that is said, and may be of a type that the sentence does not label, tells nothing.
    let known =
        |s: &Sequence, row: usize| s.targets[row] != 0 || !(1..tags.len() as u32).any(|tag| s.is_open(row, tag));
    let known = sequences.iter().flat_map(|s| (0..s.targets.len()).map(|row| known(s, row)));
    let known: Vec<u32> = (0..).zip(known).filter(|(_, known)| *known).map(|(row, _)| row).collect();
    if known.is_empty() {
        return Ok(None);
    }
    let roles = roles(tags, known.iter().map(|row| batch.targets[*row as usize]));
    let hidden = hidden.index_select(&Tensor::new(known, &Device::Cpu)?, 0)?;
    Evidence::of(Words { hidden: &hidden, roles: &roles }, tags.types().len()).map(Some)
}

/// Whether the words of a type lie nearer to its known row than to a type of which nothing is known; true without words.
fn fits(prior: &Prior, row: &Tensor, found: &Evidence, kind: usize) -> Result<bool> {
    let count = f64::from(found.counts()?.get(kind)?.get(0)?.to_scalar::<f32>()?);
    if count == 0.0 {
        return Ok(true);
    }
    let mean = (prior.away(found)?.get(kind)? / count)?;
    let factor = prior.metric.exp()?;
    let far = |away: Tensor| -> Result<f32> { Ok((away.sqr()? * &factor)?.sum_all()?.to_scalar::<f32>()?) };
    Ok(far((&mean - row)?)? < far(mean)?)
}
