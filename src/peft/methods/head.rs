//! The tag head alone: nothing is changed in the encoder.

use super::Method;
use super::about::{About, PeftMethod, Rates};
use crate::error::Result;
use crate::model::{Adaptation, Encoder};
use crate::peft::parameters::Parameters;

/// The head alone, which has no settings.
pub(super) struct Head;

pub(super) const ABOUT: About = About {
    name: "head",
    called: "head tuning",
    rates: Rates { method: 1e-2, head: 1e-2 },
    options: &[],
    usual: |_| Method::Head,
    whole_backbone: false,
    peft: None,
    adapterhub: None,
};

impl PeftMethod for Head {
    fn build(&self, _: &Encoder, _: &[u32], _: &mut Parameters) -> Result<Adaptation> {
        Ok(Adaptation::default())
    }
}
