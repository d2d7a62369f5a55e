//! (IA)³: factors of keys, values and the feed-forward network's inner activations (Liu et al. 2022).

use std::path::PathBuf;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::about::{About, PeftFolder, PeftFormat, PeftMethod, Rates};
use super::{Layers, Method};
use crate::error::{Error, Result};
use crate::model::{Adaptation, Config, Encoder, LayerAdaptation, Side, Site, tensor_name};
use crate::peft::interchange::{Fields, Modules, PeftConfig, Stored, Targets};
use crate::peft::parameters::{Init, Parameters, Tensors};

/// Settings of (IA)³, Liu et al. 2022 (arXiv 2205.05638): a learnt factor for every column of what comes out of linear
/// layers or goes into them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ia3 {
    /// The linear layers whose output, bias included, is scaled.
    pub outputs: Vec<Site>,
    /// The linear layers whose input is scaled (PEFT's `feedforward_modules`): [`Site::AttentionOutput`] and
    /// [`Site::Output`] can be.
    pub inputs: Vec<Site>,
    /// The layers with factors.
    #[serde(default)]
    pub layers: Layers,
}

pub(super) const ABOUT: About = About {
    name: "ia3",
    called: "(IA)³",
    rates: Rates { method: 1e-2, head: 4e-3 },
    options: &["layers"],
    usual: |_| Method::Ia3(Ia3::default()),
    whole_backbone: false,
    peft: Some(PeftFormat { kind: "IA3", marker: ".ia3_l", read: Ia3Config::read }),
    adapterhub: None,
};

impl Default for Ia3 {
    /// Keys, values, and what goes into the feed-forward network's second layer: the paper's choice. PEFT's for BERT also
    /// scales what goes into the layer behind attention, which are the values once more.
    fn default() -> Ia3 {
        Ia3 { outputs: vec![Site::Key, Site::Value], inputs: vec![Site::Output], layers: Layers::All }
    }
}

impl Ia3 {
    /// Every place with factors: its layer, side and number of columns.
    fn places(&self, config: &Config) -> Vec<(usize, Site, Side, usize)> {
        let layers = (0..config.layers).filter(|layer| self.layers.contains(*layer));
        let sites = |layer| {
            let outputs = self.outputs.iter().map(move |site| (layer, *site, Side::Output, site.shape(config).0));
            outputs.chain(self.inputs.iter().map(move |site| (layer, *site, Side::Input, site.shape(config).1)))
        };
        layers.flat_map(sites).collect()
    }
}

/// Name of the factors of a linear layer: that of PEFT's files, behind a prefix there that depends on the model's class.
fn tensor(layer: usize, site: Site) -> String {
    tensor_name(layer, site.path(), "ia3_l")
}

/// PEFT's shape of factors: a column of outputs, a row of inputs.
fn peft_shape(side: Side, columns: usize) -> [usize; 2] {
    match side {
        Side::Input => [1, columns],
        Side::Output => [columns, 1],
    }
}

impl PeftMethod for Ia3 {
    fn check(&self, _: &Config) -> Result<()> {
        let all: Vec<Site> = self.outputs.iter().chain(&self.inputs).copied().collect();
        if all.is_empty() {
            return Err(Error::argument("(IA)³ is asked for at no linear layer"));
        }
        if let Some(twice) = (1..all.len()).find(|i| all[..*i].contains(&all[*i])) {
            return Err(Error::argument(format!("(IA)³ is asked for twice at {}", all[twice])));
        }
        let ends = [Site::AttentionOutput, Site::Output];
        match self.inputs.iter().find(|site| !ends.contains(site)) {
            None => Ok(()),
            Some(site) => Err(Error::argument(format!(
                "(IA)³ scales the inputs of {} and {}, not of {site}: others use them, too",
                ends[0], ends[1]
            ))),
        }
    }

    fn build(&self, encoder: &Encoder, _: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        let config = encoder.config();
        let mut layers = vec![LayerAdaptation::default(); config.layers];
        for (layer, site, side, columns) in self.places(config) {
            let factors = parameters.get(&tensor(layer, site), &[columns], Init::Ones)?;
            layers[layer].factors.push((site, side, factors));
        }
        Ok(Adaptation { embeddings: None, layers })
    }

    /// Patterns of whole names: of a list, `output.dense` would also mean the layer behind attention.
    fn to_peft(&self, config: &Config) -> Option<PeftFolder> {
        let layers: Vec<String> =
            (0..config.layers).filter(|l| self.layers.contains(*l)).map(|l| l.to_string()).collect();
        let pattern = |sites: &[Site]| {
            let paths: Vec<String> = sites.iter().map(|site| site.path().replace('.', r"\.")).collect();
            format!(r".*encoder\.layer\.(?:{})\.(?:{})", layers.join("|"), paths.join("|"))
        };
        let feedforward = if self.inputs.is_empty() { json!([]) } else { json!(pattern(&self.inputs)) };
        let all = [&self.outputs[..], &self.inputs[..]].concat();
        let mut folder = PeftFolder::of(json!({
            "feedforward_modules": feedforward, "init_ia3_weights": true,
            "target_modules": pattern(&all),
        }));
        let shape = |(layer, site, side, columns)| (tensor(layer, site), peft_shape(side, columns));
        folder.shapes = self.places(config).into_iter().map(shape).collect();
        Some(folder)
    }
}

/// The `adapter_config.json` of an (IA)³ adapter of Hugging Face PEFT.
struct Ia3Config {
    path: PathBuf,
    targets: Targets,
    feedforward: Modules,
}

impl Ia3Config {
    fn read(f: &mut Fields) -> Result<Box<dyn PeftConfig>> {
        f.off(&["fan_in_fan_out"], "it is for weights stored as [inputs, outputs], which this encoder has not")?;
        // How training started: it changes factors alone.
        f.ignore(&["init_ia3_weights"]);
        Ok(Box::new(Ia3Config {
            path: f.path().to_owned(),
            targets: Targets::read(f, &["key", "value", "output.dense"])?,
            feedforward: Modules::read(f, "feedforward_modules", &["output.dense"])?,
        }))
    }

    /// Where factors are, by PEFT's rules. A place that is left out in some of the layers has factors of 1 there.
    fn settings(&self, stored: &Stored, config: &Config) -> Result<(Ia3, Vec<(usize, Site)>)> {
        let (mut settings, mut asked) = (Ia3 { outputs: vec![], inputs: vec![], layers: Layers::All }, Vec::new());
        let mut layers = Vec::new();
        for layer in 0..config.layers {
            for site in Site::ALL {
                let module = stored.module(layer, site);
                if !self.targets.contains(&module)? {
                    continue;
                }
                let input = self.feedforward.contains(&module)?;
                let (mine, other) = match input {
                    true => (&mut settings.inputs, &settings.outputs),
                    false => (&mut settings.outputs, &settings.inputs),
                };
                if other.contains(&site) {
                    let message = format!("\"feedforward_modules\" names {site} in some layers and not in others");
                    return Err(Error::unsupported(message));
                }
                if !mine.contains(&site) {
                    mine.push(site);
                }
                layers.push(layer);
                asked.push((layer, site));
            }
        }
        if asked.is_empty() {
            let message = "\"target_modules\" and what narrows it down name no linear layer of the encoder";
            return Err(Error::unsupported(message));
        }
        layers.dedup();
        if layers.len() < config.layers {
            settings.layers = Layers::Only(layers);
        }
        settings.check(config).map_err(|e| Error::unsupported(e.message().to_owned()))?;
        Ok((settings, asked))
    }
}

impl PeftConfig for Ia3Config {
    fn take(&self, stored: &mut Stored, config: &Config) -> Result<(Method, Tensors)> {
        let (settings, asked) = self.settings(stored, config).map_err(|e| e.in_file(&self.path))?;
        let mut tensors = Tensors::new();
        for (layer, site, side, columns) in settings.places(config) {
            let (name, shape) = (tensor(layer, site), peft_shape(side, columns));
            let factors = match asked.contains(&(layer, site)) {
                false => Tensor::ones(columns, candle_core::DType::F32, &candle_core::Device::Cpu)?,
                true => {
                    let factors = stored.take(&name)?;
                    if factors.dims() != shape {
                        let message = format!("the tensor has the shape {:?}, not {shape:?}", factors.dims());
                        return Err(Error::mismatch(message).about_tensor(name));
                    }
                    factors.reshape(columns)?
                }
            };
            tensors.insert(name, factors);
        }
        Ok((settings.into(), tensors))
    }
}

#[cfg(test)]
#[path = "ia3_test.rs"]
mod tests;
