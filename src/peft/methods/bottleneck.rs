//! Bottleneck adapters inside the sublayers (Houlsby et al. 2019, Pfeiffer et al. 2020).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::about::{About, AdapterHub, AdapterHubFormat, Given, PeftMethod, Rates};
use super::{Layers, Method};
use crate::decision::{Decisions, GIVEN};
use crate::error::{Error, OptionName, Result};
use crate::limits::{ADAPTER_SCALING, Count};
use crate::model::{
    Adaptation, BottleneckModule, Config, Encoder, LayerAdaptation, Linear, ModuleInput, Sublayer, tensor_name,
};
use crate::ops::Activation;
use crate::peft::interchange::Fields;
use crate::peft::parameters::{Init, Parameters};

/// Settings of bottleneck adapters, Houlsby et al. 2019 (arXiv 1902.00751) and Pfeiffer et al. 2020 (arXiv 2005.00247):
/// `y + scaling · up(activation(down(input)))` inside a sublayer whose output is `y`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bottleneck {
    /// Width of the bottleneck.
    pub size: usize,
    /// An adapter behind self-attention (AdapterHub's `mh_adapter`).
    pub attention: bool,
    /// An adapter behind the feed-forward network (AdapterHub's `output_adapter`).
    pub output: bool,
    /// True where the adapter's input has gone through the sublayer's residual connection and layer normalisation
    /// (AdapterHub's `original_ln_before`); false where it is `y` itself.
    pub norm_before: bool,
    /// The non-linearity between the two projections.
    pub activation: Activation,
    /// Factor of the adapter's output.
    pub scaling: f64,
    /// The layers with adapters.
    #[serde(default)]
    pub layers: Layers,
}

pub(super) const ABOUT: About = About {
    name: "adapter",
    called: "bottleneck adapters",
    rates: Rates { method: 2e-3, head: 2e-3 },
    options: &[
        "layers",
        "adapter_size",
        "reduction",
        "adapter_attention",
        "adapter_output",
        "adapter_norm_before",
        "adapter_activation",
        "adapter_scaling",
    ],
    usual: |config| Method::Bottleneck(Bottleneck::pfeiffer(config, 16)),
    whole_backbone: false,
    peft: None,
    adapterhub: Some(AdapterHubFormat { reads: |f| !f.is_true("is_parallel"), read: Bottleneck::read }),
};

impl Bottleneck {
    /// One adapter a layer, behind the feed-forward network: AdapterHub's `seq_bn`. `hidden / reduction` wide.
    pub fn pfeiffer(config: &Config, reduction: usize) -> Bottleneck {
        Bottleneck {
            size: (config.hidden / reduction.max(1)).max(1),
            attention: false,
            output: true,
            norm_before: true,
            activation: Activation::Relu,
            scaling: 1.0,
            layers: Layers::All,
        }
    }

    /// Two adapters a layer: AdapterHub's `double_seq_bn`. `hidden / reduction` wide.
    pub fn houlsby(config: &Config, reduction: usize) -> Bottleneck {
        Bottleneck {
            attention: true,
            norm_before: false,
            activation: Activation::Swish,
            ..Bottleneck::pfeiffer(config, reduction)
        }
    }

    /// Takes over the width of bottlenecks that is given, of which the usual one is this `share` of the model's.
    pub(super) fn decide_size(size: &mut usize, share: &str, given: &Given, list: &mut Decisions) -> Result<()> {
        let width = given.config.hidden;
        let why;
        (*size, why) = match (given.settings.adapter_size, given.settings.reduction, given.otherwise) {
            (Some(size), ..) => (size, GIVEN.to_owned()),
            (None, Some(reduction), _) => {
                Count::up_to("reduction", width).check(reduction)?;
                (width / reduction, format!("the model's width of {width} divided by {reduction}"))
            }
            (None, None, Some(reason)) => (*size, reason.to_owned()),
            (None, None, None) => (*size, format!("{share} of the model's width of {width}")),
        };
        list.record("adapter_size", &*size, Some(why));
        Ok(())
    }

    /// Where adapters are, of the layers of this configuration.
    fn places(&self, config: &Config) -> impl Iterator<Item = (usize, Sublayer)> {
        let sublayers = [(Sublayer::Attention, self.attention), (Sublayer::Output, self.output)];
        let layers = (0..config.layers).filter(|layer| self.layers.contains(*layer));
        layers.flat_map(move |l| sublayers.into_iter().filter(|(_, wanted)| *wanted).map(move |(s, _)| (l, s)))
    }

    /// The settings out of AdapterHub's configuration; what is not a bottleneck adapter, or not computed here, is refused.
    pub(super) fn from_adapterhub(f: &mut Fields, config: &Config) -> Result<Bottleneck> {
        // First what kind of adapter it is: the others have other fields.
        let architecture = f.take("architecture");
        if !architecture.is_null() {
            return Err(f.error(
                "architecture",
                &architecture,
                "of AdapterHub's adapters, bottleneck adapters are read",
            ));
        }
        f.off(&["inv_adapter", "invertible_adapter"], "invertible adapters at the embeddings are not computed here")?;
        const OTHER: &str = "such adapters are not computed here";
        f.off(&["is_parallel", "phm_layer", "use_gating", "ln_before", "ln_after", "cross_adapter"], OTHER)?;
        f.off(&["adapter_residual_before_ln"], OTHER)?;
        f.expect("original_ln_after", &[json!(true)])?;
        f.expect("residual_before_ln", &[json!(true)])?;
        f.expect("stochastic_depth", &[json!(0.0)])?;
        // Initialisation, dropout (a matter of training) and the settings of PHM layers, which are off.
        f.ignore(&["dropout", "init_weights", "init_weights_seed", "inv_adapter_reduction_factor", "factorized_phm_W"]);
        f.ignore(&[
            "factorized_phm_rule",
            "hypercomplex_nonlinearity",
            "learn_phm",
            "phm_bias",
            "phm_c_init",
            "phm_dim",
        ]);
        f.ignore(&["phm_init_range", "phm_rank", "shared_W_phm", "shared_phm_rule"]);
        let reduction = f.number("reduction_factor", None)?;
        // AdapterHub's own rounding and least width.
        let size = ((config.hidden as f64 / reduction) as usize).max(1);
        let name_of = f.take("non_linearity");
        let activation = match name_of.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("relu") => Activation::Relu,
            Some("swish" | "silu") => Activation::Swish,
            Some("gelu") => Activation::Gelu,
            _ => return Err(f.error("non_linearity", &name_of, "supported: relu, swish, gelu")),
        };
        let leave_out = f.take("leave_out");
        let layers = layers_beside(&leave_out, config.layers)
            .ok_or_else(|| f.error("leave_out", &leave_out, "a list of layers is expected"))?;
        Ok(Bottleneck {
            size,
            attention: f.flag("mh_adapter", false)?,
            output: f.flag("output_adapter", true)?,
            norm_before: f.flag("original_ln_before", false)?,
            activation,
            scaling: f.number("scaling", Some(1.0))?,
            layers,
        })
    }

    fn read(f: &mut Fields, config: &Config) -> Result<Method> {
        Bottleneck::from_adapterhub(f, config).map(Method::from)
    }

    /// Modules that read `input`, whose projections start as `down` and `up` say.
    pub(super) fn modules(
        &self,
        config: &Config,
        parameters: &mut Parameters,
        input: ModuleInput,
        (down, up): (Init, Init),
    ) -> Result<Adaptation> {
        let mut layers = vec![LayerAdaptation::default(); config.layers];
        for (layer, sublayer) in self.places(config) {
            let mut linear = |projection: &str, outputs, inputs, start| -> Result<Linear> {
                let [weight, bias] = ["weight", "bias"].map(|part| tensor(layer, sublayer, projection, part));
                Ok(Linear {
                    weight: parameters.get(&weight, &[outputs, inputs], start)?,
                    bias: parameters.get(&bias, &[outputs], Init::Zeros)?,
                })
            };
            let module = BottleneckModule {
                down: linear("down", self.size, config.hidden, down)?,
                up: linear("up", config.hidden, self.size, up)?,
                activation: self.activation,
                scaling: self.scaling,
                input,
            };
            *layers[layer].bottleneck_mut(sublayer) = Some(module);
        }
        Ok(Adaptation { embeddings: None, layers })
    }

    /// `(our name, AdapterHub's name behind that of the model)` of every tensor of the adapter called `adapter`.
    fn adapterhub_names(&self, config: &Config, adapter: &str) -> Vec<(String, String)> {
        let mut names = Vec::new();
        for (layer, sublayer) in self.places(config) {
            // The down-projection is the first module of a sequence there.
            for (projection, module) in [("down", "adapter_down.0"), ("up", "adapter_up")] {
                for part in ["weight", "bias"] {
                    let theirs = tensor_name(layer, &format!("{}.adapters.{adapter}.{module}", sublayer.path()), part);
                    names.push((tensor(layer, sublayer, projection, part), theirs));
                }
            }
        }
        names
    }
}

/// Name of a projection's tensor: BERT's module path, then `adapter_down` or `adapter_up`.
fn tensor(layer: usize, sublayer: Sublayer, projection: &str, part: &str) -> String {
    tensor_name(layer, &format!("{}.adapter_{projection}", sublayer.path()), part)
}

/// The layers beside those of AdapterHub's `leave_out`.
fn layers_beside(leave_out: &Value, count: usize) -> Option<Layers> {
    match leave_out {
        Value::Null => Some(Layers::All),
        Value::Array(list) if list.is_empty() => Some(Layers::All),
        Value::Array(list) => {
            let out = list.iter().map(Value::as_u64).collect::<Option<Vec<_>>>()?;
            Some(Layers::Only((0..count).filter(|l| !out.contains(&(*l as u64))).collect()))
        }
        _ => None,
    }
}

/// The reduction factor from which AdapterHub, which rounds down, computes `size` again.
fn reduction(hidden: usize, size: usize) -> Value {
    if hidden.is_multiple_of(size) {
        return json!(hidden / size);
    }
    json!(hidden as f64 / (size as f64 + 0.5))
}

impl PeftMethod for Bottleneck {
    fn check(&self, config: &Config) -> Result<()> {
        Count::up_to("adapter_size", 4 * config.hidden).check(self.size)?;
        ADAPTER_SCALING.check(self.scaling)?;
        if !self.attention && !self.output {
            let (one, other) = (OptionName("adapter_attention"), OptionName("adapter_output"));
            let message = format!("{one} and {other} are both off: bottleneck adapters are asked for in no sublayer");
            return Err(Error::option(&message));
        }
        Ok(())
    }

    fn decide(&mut self, given: &Given, list: &mut Decisions) -> Result<()> {
        let settings = given.settings;
        Bottleneck::decide_size(&mut self.size, "a sixteenth", given, list)?;
        given.set("adapter_attention", &settings.adapter_attention, &mut self.attention, list);
        given.set("adapter_output", &settings.adapter_output, &mut self.output, list);
        given.set("adapter_norm_before", &settings.adapter_norm_before, &mut self.norm_before, list);
        given.set("adapter_activation", &settings.adapter_activation, &mut self.activation, list);
        given.set("adapter_scaling", &settings.adapter_scaling, &mut self.scaling, list);
        Ok(())
    }

    fn build(&self, encoder: &Encoder, _: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        let input = if self.norm_before { ModuleInput::Normed } else { ModuleInput::Output };
        // Small, not zero: a zero up-projection would cut the first gradient of the down-projection.
        let start = Init::Normal(0.02);
        self.modules(encoder.config(), parameters, input, (start, start))
    }

    fn to_adapterhub(&self, config: &Config, adapter: &str) -> Option<AdapterHub> {
        let leave_out: Vec<usize> = (0..config.layers).filter(|l| !self.layers.contains(*l)).collect();
        let fields = json!({
            "adapter_residual_before_ln": false, "cross_adapter": false, "dropout": 0.0, "factorized_phm_W": true,
            "factorized_phm_rule": false, "hypercomplex_nonlinearity": "glorot-uniform", "init_weights": "bert",
            "inv_adapter": null, "inv_adapter_reduction_factor": null, "is_parallel": false, "learn_phm": true,
            "leave_out": leave_out, "ln_after": false, "ln_before": false, "mh_adapter": self.attention,
            "non_linearity": self.activation, "original_ln_after": true, "original_ln_before": self.norm_before,
            "output_adapter": self.output, "phm_bias": true, "phm_c_init": "normal", "phm_dim": 4,
            "phm_init_range": 0.0001, "phm_layer": false, "phm_rank": 1,
            "reduction_factor": reduction(config.hidden, self.size), "residual_before_ln": true,
            "scaling": self.scaling, "shared_W_phm": false, "shared_phm_rule": true, "use_gating": false,
        });
        Some(AdapterHub { fields, names: self.adapterhub_names(config, adapter) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reduction_factor_gives_the_size_back() {
        for size in 1..=384 {
            let factor = reduction(384, size).as_f64().unwrap();
            assert_eq!((384.0 / factor) as usize, size);
        }
    }
}
