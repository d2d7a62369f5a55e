//! What a primed model carries for adaptation to start from: the method and its parameters, and what heads of new types
//! are made of.
//!
//! One safetensors file with a card as JSON in its metadata, under `primer.start`: the method's tensors by the names that
//! an adapter has them by, without a head; those of the [`Prior`]; and `start.known`, the offsets of types that priming
//! has seen. A Hugging Face folder holds it as `start.safetensors`, a GGUF file as an array of bytes under the key
//! `primer.start`.

use std::collections::{BTreeSet, HashMap};

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::name::{TEMPLATE, spoken_name};
use super::prior::{PREFIX, Prior};
use crate::data::Scheme;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Encoder;
use crate::peft::{HEAD_BIAS, HEAD_WEIGHT, Method, Parameters, Tensors, build, file};

/// The metadata key of the card.
const CARD: &str = "primer.start";

/// The version that this library writes, and the newest that it reads.
const VERSION: u32 = 1;

/// The tensor with the offsets of known types.
const KNOWN: &str = "start.known";

/// Bytes of a known type's name, at most.
const MOST_NAME_BYTES: usize = 1024;

/// What a primed model carries for adaptation to start from.
#[derive(Debug, Clone)]
pub struct Start {
    card: StartCard,
    /// The method's parameters, without a head.
    phi: Tensors,
    prior: Option<Prior>,
    /// Offsets of the known types, `[types, hidden]`.
    known: Option<Tensor>,
}

/// What the file says beside its tensors. Unknown fields are refused: they could change what the numbers mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartCard {
    version: u32,
    method: Method,
    /// The schemes of tags that it was made with; the first is the usual one.
    schemes: Vec<Scheme>,
    /// What stands before a name when it goes through the encoder.
    template: String,
    /// The names of the known types, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    known: Vec<String>,
    /// How it was made, for people.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    record: Value,
}

/// What a start is made of.
pub(crate) struct StartParts {
    /// The method, with all its settings, on the model that will carry the start.
    pub method: Method,
    /// Its parameters; those of a head are left out.
    pub phi: Tensors,
    /// What heads of new types are made of.
    pub prior: Option<Prior>,
    /// The schemes of tags in priming, the usual one first.
    pub schemes: Vec<Scheme>,
    /// Types that priming has seen much of: the name and the offset v, `[hidden]`, where B + v and I + v are the type's
    /// points. Names that are the same in words are one type: the first counts.
    pub known: Vec<(String, Tensor)>,
    /// How it was made, for people.
    pub record: Value,
}

impl Start {
    /// Puts a start together.
    ///
    /// # Errors
    /// `InvalidArgument` for known types without a prior, and for the method `full`, whose parameters are the model.
    pub(crate) fn new(parts: StartParts) -> Result<Start> {
        let StartParts { method, mut phi, prior, schemes, known, record } = parts;
        if method.about().whole_backbone {
            let called = method.about().called;
            return Err(Error::argument(format!(
                "{called} has no parameters beside the model: there is no start of it"
            )));
        }
        if prior.is_none() && !known.is_empty() {
            return Err(Error::argument("types are known by offsets from a prior, and there is none"));
        }
        phi.retain(|name, _| name != HEAD_WEIGHT && name != HEAD_BIAS);
        let (mut names, mut rows) = (Vec::new(), Vec::new());
        for (name, row) in known {
            let spoken = spoken_name(&name);
            if !spoken.is_empty() && spoken.len() <= MOST_NAME_BYTES && !names.contains(&spoken) {
                names.push(spoken);
                rows.push(row.to_device(&Device::Cpu)?.detach());
            }
        }
        let known = if rows.is_empty() { None } else { Some(Tensor::stack(&rows, 0)?) };
        let on_host = |(name, t): (String, Tensor)| Ok((name, t.to_device(&Device::Cpu)?.detach()));
        let phi = phi.into_iter().map(on_host).collect::<Result<_>>()?;
        let template = TEMPLATE.to_owned();
        Ok(Start {
            card: StartCard { version: VERSION, method, schemes, template, known: names, record },
            phi,
            prior,
            known,
        })
    }

    /// The file's bytes. Offsets of known types are half floats: there may be thousands.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let mut tensors = self.phi.clone();
        if let Some(prior) = &self.prior {
            tensors.extend(prior.to_tensors()?);
        }
        if let Some(known) = &self.known {
            tensors.insert(KNOWN.to_owned(), known.to_dtype(DType::F16)?);
        }
        let card = serde_json::to_string(&self.card)
            .map_err(|e| Error::new(ErrorKind::Compute, format!("cannot write the model's start: {e}")))?;
        file::serialize(tensors, HashMap::from([(CARD.to_owned(), card)]))
    }

    /// The start in these bytes, for the model whose encoder is given.
    ///
    /// # Errors
    /// `Unsupported` for a newer version and for fields that are not known, `Format` for whatever else is wrong.
    pub(crate) fn decode(bytes: &[u8], encoder: &Encoder) -> Result<Start> {
        let read = || {
            let start = Start::read(bytes, encoder.config().hidden)?;
            start.check(encoder)?;
            Ok(start)
        };
        read().map_err(|e: Error| e.with_prefix("the model's start: "))
    }

    fn read(bytes: &[u8], hidden: usize) -> Result<Start> {
        let card = file::metadata(bytes, CARD)?;
        let card = card.ok_or_else(|| Error::format(format!("its metadata holds no {CARD:?}")))?;
        // The version first: a newer card may have fields that this library does not know.
        let value: Value =
            serde_json::from_str(&card).map_err(|e| Error::format(format!("its card is not JSON: {e}")))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(v) if (1..=u64::from(VERSION)).contains(&v) => {}
            Some(v) => {
                let message = format!("its format is version {v}; this library reads up to {VERSION}");
                return Err(Error::unsupported(message));
            }
            None => return Err(Error::format("its card names no version")),
        }
        let card: StartCard = serde_json::from_value(value)
            .map_err(|e| Error::unsupported(format!("its card asks for something unknown: {e}")))?;
        let mut phi = file::tensors(bytes)?;
        let known = phi.remove(KNOWN);
        let ours: Tensors = phi.extract_if(.., |name, _| name.starts_with(PREFIX)).collect();
        let prior = match ours.is_empty() {
            true => None,
            false => Some(Prior::from_tensors(&ours, hidden)?),
        };
        let surplus = ours.keys().find(|name| !Prior::NAMES.contains(&&name[PREFIX.len()..]));
        if let Some(name) = surplus {
            return Err(Error::format("a tensor that has no place in a start").about_tensor(name));
        }
        Ok(Start { card, phi, prior, known })
    }

    /// An error where this is no start for the model whose encoder is given.
    pub(crate) fn check(&self, encoder: &Encoder) -> Result<()> {
        let (config, card) = (encoder.config(), &self.card);
        let wrong = |message: &str| Err(Error::format(message));
        if card.method.about().whole_backbone {
            return wrong(&format!("{} has no parameters beside the model", card.method.about().called));
        }
        if card.schemes.is_empty() || card.schemes.contains(&Scheme::Iob1) {
            return wrong("it fits no scheme that can be learnt");
        }
        if card.template.len() > MOST_NAME_BYTES || card.template.split_whitespace().count() != 1 {
            return wrong("what stands before names must be one word");
        }
        // Settings come from a file here: what would be a wrong argument elsewhere is a wrong file.
        card.method.check(config).map_err(|e| Error::format(e.message().to_owned()))?;
        if let Some(prior) = &self.prior {
            prior.check()?;
        }
        match (&self.known, &self.prior) {
            (None, _) if card.known.is_empty() => {}
            (None, _) => return wrong("it names known types and has no rows of them"),
            (Some(_), None) => return wrong("it has rows of known types without what they are offsets from"),
            (Some(known), _) if known.dims() != [card.known.len(), config.hidden] => {
                let names = card.known.len();
                let message = format!("shape {:?} for {names} names and a width of {}", known.dims(), config.hidden);
                return Err(Error::format(message).about_tensor(KNOWN));
            }
            (Some(_), Some(_)) => {}
        }
        let mut seen = BTreeSet::new();
        for name in &card.known {
            if name.is_empty() || name.len() > MOST_NAME_BYTES || spoken_name(name) != *name {
                return wrong(&format!("{name:?} is no name of a type in words"));
            }
            if !seen.insert(name) {
                return wrong(&format!("the type {name:?} is known twice"));
            }
        }
        // Every tensor of the method must be there, in its shape, and none beside; a head of one tag stands in for those of
        // adaptations.
        let mut tensors = self.phi.clone();
        for (name, shape) in [(HEAD_WEIGHT, vec![1, config.hidden]), (HEAD_BIAS, vec![1])] {
            if tensors.insert(name.to_owned(), Tensor::zeros(shape, DType::F32, &Device::Cpu)?).is_some() {
                return Err(Error::format("a start has no head").about_tensor(name));
            }
        }
        let mut parameters = Parameters::load(tensors);
        let format = |e: Error| match e.tensor().map(str::to_owned) {
            Some(tensor) => Error::format(e.message().to_owned()).about_tensor(tensor),
            None => e,
        };
        build(&card.method, encoder, 1, &[], &mut parameters).and_then(|_| parameters.finish()).map_err(format)
    }

    /// The method whose parameters it has, with all its settings.
    pub fn method(&self) -> &Method {
        &self.card.method
    }

    /// Whether it is a start of this method, with these settings: of its own, or of any where the encoder has nothing of a
    /// method in it.
    pub(crate) fn fits(&self, method: &Method) -> bool {
        self.card.method == *method || self.card.method.layers().is_none()
    }

    /// The schemes of tags that it was made with, the usual one first. Heads of the others that can be learnt are made all
    /// the same.
    pub fn schemes(&self) -> &[Scheme] {
        &self.card.schemes
    }

    /// Whether heads of new types can be made of their names.
    pub fn reads_names(&self) -> bool {
        self.prior.is_some()
    }

    /// The types whose rows it has, by their names in words.
    pub fn known_types(&self) -> &[String] {
        &self.card.known
    }

    /// What stands before a name when it goes through the encoder.
    pub fn template(&self) -> &str {
        &self.card.template
    }

    /// How it was made, as JSON for people; null where nothing is recorded.
    pub fn record(&self) -> &Value {
        &self.card.record
    }

    /// The method's parameters, without a head.
    pub(crate) fn phi(&self) -> &Tensors {
        &self.phi
    }

    /// What heads of new types are made of.
    pub(crate) fn prior(&self) -> Option<&Prior> {
        self.prior.as_ref()
    }

    /// The offset of a known type, `[hidden]`, by any spelling that is the same in words.
    pub(crate) fn known(&self, kind: &str) -> Result<Option<Tensor>> {
        let spoken = spoken_name(kind);
        match (self.card.known.iter().position(|name| *name == spoken), &self.known) {
            (Some(row), Some(known)) => Ok(Some(known.get(row)?)),
            _ => Ok(None),
        }
    }
}
