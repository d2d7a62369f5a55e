//! Parallel adapters: bottlenecks beside the sublayers (He et al. 2022).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::about::{About, AdapterHub, AdapterHubFormat, Given, PeftMethod, Rates};
use super::{Bottleneck, Layers, Method};
use crate::decision::Decisions;
use crate::error::Result;
use crate::model::{Adaptation, Config, Encoder, ModuleInput};
use crate::ops::Activation;
use crate::peft::interchange::Fields;
use crate::peft::parameters::{Init, Parameters};

/// Settings of scaled parallel adapters, He et al. 2022 (arXiv 2110.04366): `y + scaling · up(activation(down(x)))` for a
/// sublayer whose input is `x` and whose output is `y`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parallel {
    /// Width of the bottleneck.
    pub size: usize,
    /// An adapter beside self-attention (AdapterHub's `mh_adapter`).
    pub attention: bool,
    /// An adapter beside the feed-forward network (AdapterHub's `output_adapter`).
    pub output: bool,
    /// The non-linearity between the two projections.
    pub activation: Activation,
    /// Factor of the adapter's output.
    pub scaling: f64,
    /// The layers with adapters.
    #[serde(default)]
    pub layers: Layers,
}

pub(super) const ABOUT: About = About {
    name: "parallel",
    called: "parallel adapters",
    rates: Rates { method: 1e-3, head: 2e-3 },
    options: &[
        "layers",
        "adapter_size",
        "reduction",
        "adapter_attention",
        "adapter_output",
        "adapter_activation",
        "adapter_scaling",
    ],
    usual: |config| Method::Parallel(Parallel::feed_forward(config, 2)),
    whole_backbone: false,
    peft: None,
    adapterhub: Some(AdapterHubFormat { reads: |f| f.is_true("is_parallel"), read: Parallel::read }),
};

impl Parallel {
    /// One adapter a layer, beside the feed-forward network: AdapterHub's `par_bn`, which has a reduction of 2.
    /// `hidden / reduction` wide.
    pub fn feed_forward(config: &Config, reduction: usize) -> Parallel {
        Parallel::beside(Bottleneck { scaling: 4.0, ..Bottleneck::pfeiffer(config, reduction) })
    }

    /// The same adapters beside sublayers instead of behind them.
    fn beside(b: Bottleneck) -> Parallel {
        let Bottleneck { size, attention, output, activation, scaling, layers, norm_before: _ } = b;
        Parallel { size, attention, output, activation, scaling, layers }
    }

    /// The same adapters behind sublayers instead of beside them.
    fn behind(&self) -> Bottleneck {
        let Parallel { size, attention, output, activation, scaling, layers } = self.clone();
        Bottleneck { size, attention, output, activation, scaling, layers, norm_before: false }
    }

    fn read(f: &mut Fields, config: &Config) -> Result<Method> {
        // Where adapters behind a sublayer take their input from: these do not look at it.
        f.ignore(&["is_parallel", "original_ln_before", "residual_before_ln", "adapter_residual_before_ln"]);
        Bottleneck::from_adapterhub(f, config).map(|b| Parallel::beside(b).into())
    }
}

impl PeftMethod for Parallel {
    fn check(&self, config: &Config) -> Result<()> {
        self.behind().check(config)
    }

    fn decide(&mut self, given: &Given, list: &mut Decisions) -> Result<()> {
        let settings = given.settings;
        Bottleneck::decide_size(&mut self.size, "half", given, list)?;
        given.set("adapter_attention", &settings.adapter_attention, &mut self.attention, list);
        given.set("adapter_output", &settings.adapter_output, &mut self.output, list);
        given.set("adapter_activation", &settings.adapter_activation, &mut self.activation, list);
        given.set("adapter_scaling", &settings.adapter_scaling, &mut self.scaling, list);
        Ok(())
    }

    fn build(&self, encoder: &Encoder, _: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        let config = encoder.config();
        // As the paper and AdapterHub start them, and LoRA, too: the up-projection is zero on purpose, so that training
        // starts from the backbone's own output in spite of the scaling.
        let start = (Init::Uniform(1.0 / (config.hidden as f64).sqrt()), Init::Zeros);
        self.behind().modules(config, parameters, ModuleInput::Residual, start)
    }

    fn to_adapterhub(&self, config: &Config, adapter: &str) -> Option<AdapterHub> {
        let mut folder = self.behind().to_adapterhub(config, adapter)?;
        (folder.fields["is_parallel"], folder.fields["init_weights"]) = (json!(true), json!("mam_adapter"));
        Some(folder)
    }
}

#[cfg(test)]
#[path = "parallel_test.rs"]
mod tests;
