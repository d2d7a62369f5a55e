//! What a run begins with: the model's start, an adapter, or what the seed draws.

use crate::decision::{Decisions, GIVEN};
use crate::error::{Error, OptionName, Result};
use crate::peft::{Adapter, Method};
use crate::start::{HeadInit, Start, StartChoice};

/// What is given of what a run begins with.
pub(super) struct Beginning<'a> {
    pub start: StartChoice,
    pub head_init: HeadInit,
    pub initial: Option<&'a Adapter>,
    pub initial_head: Option<&'a Adapter>,
}

/// What a run begins with.
pub(super) struct Begun {
    pub start: StartChoice,
    pub head_init: HeadInit,
    /// Whether the method's parameters are those of the model's start, or were taught from them.
    pub near: bool,
}

impl Beginning<'_> {
    /// What the parameters of `method` and the head start from on a model that carries `carried`.
    ///
    /// # Errors
    /// `InvalidArgument` for a head that starts from names, where nothing reads them.
    pub fn decide(&self, method: &Method, carried: Option<&Start>, list: &mut Decisions) -> Result<Begun> {
        let of_start = carried.filter(|carried| carried.fits(method));
        let because = |why: &str| (StartChoice::Fresh, Some(why.to_owned()));
        let (start, why) = match (self.start, carried, self.initial, self.initial_head) {
            (StartChoice::Fresh, ..) => because(GIVEN),
            (_, None, ..) => (StartChoice::Fresh, None),
            (_, _, Some(_), _) => because("the adapter to start from takes the place of the model's start"),
            (_, _, _, Some(_)) => {
                because("initial_head was learnt with other parameters than those of the model's start")
            }
            (_, Some(_), None, None) if of_start.is_some() => {
                (StartChoice::Auto, Some(format!("the model carries parameters of the method {}", method.name())))
            }
            (_, Some(carried), None, None) => because(&match carried.method().name() == method.name() {
                true => "the model's start is of this method, but with other settings".to_owned(),
                false => format!("the model's start is of the method {}", carried.method().name()),
            }),
        };
        let value = if start == StartChoice::Auto { "model" } else { "fresh" };
        list.record("start", &value, why);
        // An adapter that was taught on the model's start has outputs like it.
        let taught = self.initial.is_some() && self.start == StartChoice::Auto;
        let near = (start == StartChoice::Auto || taught) && of_start.is_some();
        let reads_names = near && of_start.is_some_and(Start::reads_names);
        let other = self.start == StartChoice::Auto
            && carried.is_some()
            && self.initial.is_none()
            && self.initial_head.is_none();
        let (head_init, why) = match self.head_init {
            HeadInit::Auto if reads_names => (
                HeadInit::Auto,
                Some("names of the types and words of the sentences, as the model's start has it".to_owned()),
            ),
            HeadInit::Auto if other => (
                HeadInit::Prototype,
                Some("the model's start reads no names for this method: words of the sentences".to_owned()),
            ),
            HeadInit::Auto => (HeadInit::Random, None),
            HeadInit::Name if !reads_names => {
                let (option, start) = (OptionName("head_init"), OptionName("start"));
                let why = match (self.start, carried) {
                    (StartChoice::Fresh, _) => format!("{start} is fresh"),
                    (_, None) => "the model carries no start; one that was primed for new types does".to_owned(),
                    (_, Some(carried)) => {
                        format!("the model's start is one of the method {}, with its settings", carried.method().name())
                    }
                };
                return Err(Error::option(&format!("{option} is name, but names cannot be read: {why}")));
            }
            given => (given, Some(GIVEN.to_owned())),
        };
        list.record("head_init", &head_init.name(), why);
        Ok(Begun { start, head_init, near })
    }
}
