//! The head that a run starts with, where it is made of names and words.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::examples::Examples;
use super::progress::{Counter, Stage};
use super::resolve::ResolvedAdapt;
use crate::data::{Sequence, TagSet};
use crate::decision::Decision;
use crate::error::{Error, Result};
use crate::peft::{Adapter, HEAD_BIAS, HEAD_WEIGHT};
use crate::start::{HeadMaker, MadeHead, Types};

impl ResolvedAdapt {
    /// The head that these options ask for; `None` where nothing is to be made: the seed draws it, or an adapter to start
    /// from has all of it.
    pub(super) fn make_head(
        &self,
        maker: &HeadMaker,
        tags: &TagSet,
        examples: &Examples,
        counter: &mut Counter,
    ) -> Result<Option<MadeHead>> {
        let initial = self.initial.as_ref().or(self.initial_head.as_ref());
        if initial
            .is_some_and(|adapter| (0..tags.len()).all(|tag| adapter.card().tags.parse(&tags.name(tag)).is_some()))
        {
            return Ok(None);
        }
        let kept = initial.map_or(&[][..], |adapter| adapter.card().tags.types());
        let types = Types { tags, descriptions: &self.descriptions, kept };
        let sequences: Vec<&Sequence> = examples.sentences.iter().flatten().collect();
        maker.make(self.head_init, &types, &sequences, &mut |done, total| counter.count(Stage::Prefix, done, total))
    }
}

impl MadeHead {
    /// Puts its rows where training starts from. Rows of `initial` stay as they are; new ones are put so that their logits
    /// stand to that of O as in the head that was made.
    pub(super) fn put(&self, vars: &BTreeMap<String, Var>, tags: &TagSet, initial: Option<&Adapter>) -> Result<()> {
        for (name, made) in [(HEAD_WEIGHT, &self.weight), (HEAD_BIAS, &self.bias)] {
            let var = vars.get(name).ok_or_else(|| Error::format("the run has no head").about_tensor(name))?;
            let rows = match initial {
                None => made.clone(),
                Some(adapter) => {
                    let old = var.to_device(made.device())?;
                    let shift = (old.narrow(0, 0, 1)? - made.narrow(0, 0, 1)?)?;
                    let row = |tag: usize| -> Result<Tensor> {
                        match adapter.card().tags.parse(&tags.name(tag)) {
                            Some(_) => Ok(old.narrow(0, tag, 1)?),
                            None => Ok((made.narrow(0, tag, 1)? + &shift)?),
                        }
                    };
                    Tensor::cat(&(0..tags.len()).map(row).collect::<Result<Vec<_>>>()?, 0)?
                }
            };
            var.set(&rows.to_device(var.device())?)?;
        }
        Ok(())
    }

    /// What the card says of single types.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        let one = |option: &str, types: &[String], reason: &str| {
            (!types.is_empty()).then(|| Decision {
                option: option.to_owned(),
                value: types.into(),
                reason: Some(reason.to_owned()),
            })
        };
        let known = one("known_types", &self.known, "their rows came with the model");
        let otherwise = "the model knows types of these names, but the sentences use them otherwise: they alone count";
        known.into_iter().chain(one("types_used_otherwise", &self.otherwise, otherwise)).collect()
    }
}
