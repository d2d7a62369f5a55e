//! The head that a run starts with, where it is made of names and words.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

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
    /// Puts its rows where training starts from; beside those of `initial` as [`MadeHead::beside`] says.
    pub(super) fn put(&self, vars: &BTreeMap<String, Var>, tags: &TagSet, initial: Option<&Adapter>) -> Result<()> {
        let made = [&self.weight, &self.bias];
        let rows = match initial {
            None => made.map(Tensor::clone),
            Some(adapter) => MadeHead::beside(made, tags, adapter, &rows_of(vars)?)?,
        };
        for (name, rows) in [HEAD_WEIGHT, HEAD_BIAS].into_iter().zip(rows) {
            let var = head(vars, name)?;
            var.set(&rows.to_device(var.device())?)?;
        }
        Ok(())
    }

    /// Weight and bias that were `made`, beside the rows of `adapter` among `old`, which stay as they are: new rows are put
    /// so that their logits stand to that of O as in the head that was made.
    pub(super) fn beside(
        made: [&Tensor; 2],
        tags: &TagSet,
        adapter: &Adapter,
        old: &[Tensor; 2],
    ) -> Result<[Tensor; 2]> {
        let rows = |made: &Tensor, old: &Tensor| -> Result<Tensor> {
            let shift = (old.narrow(0, 0, 1)? - made.narrow(0, 0, 1)?)?;
            let row = |tag: usize| -> Result<Tensor> {
                match adapter.card().tags.parse(&tags.name(tag)) {
                    Some(_) => Ok(old.narrow(0, tag, 1)?),
                    None => Ok((made.narrow(0, tag, 1)? + &shift)?),
                }
            };
            Ok(Tensor::cat(&(0..tags.len()).map(row).collect::<Result<Vec<_>>>()?, 0)?)
        };
        Ok([rows(made[0], &old[0])?, rows(made[1], &old[1])?])
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

/// Weight and bias of the head, on the host.
pub(super) fn rows_of(vars: &BTreeMap<String, Var>) -> Result<[Tensor; 2]> {
    let rows = |name| -> Result<Tensor> { Ok(head(vars, name)?.as_detached_tensor().to_device(&Device::Cpu)?) };
    Ok([rows(HEAD_WEIGHT)?, rows(HEAD_BIAS)?])
}

fn head<'a>(vars: &'a BTreeMap<String, Var>, name: &str) -> Result<&'a Var> {
    vars.get(name).ok_or_else(|| Error::format("the run has no head").about_tensor(name))
}
