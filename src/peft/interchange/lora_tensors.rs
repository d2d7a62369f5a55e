//! The updates of a LoRA folder of Hugging Face PEFT. Updates of different ranks and scales, and of some modules in some
//! layers alone, become one rank and scale by rows of zeros: the same numbers.

use candle_core::{DType, Device, Tensor};

use super::huggingface::{PeftConfig, Stored};
use super::lora_config::{LoraConfig, Settings};
use crate::error::{Error, Result};
use crate::model::{Config, Site};
use crate::peft::methods::lora_tensor;
use crate::peft::parameters::Tensors;
use crate::peft::{Layers, Lora, Method};

/// An update that the configuration asks for: its layer and site, and its settings.
type Asked = (usize, Site, Settings);

impl PeftConfig for LoraConfig {
    fn take(&self, stored: &mut Stored, backbone: &Config) -> Result<(Method, Tensors)> {
        let asked = asked(self, stored, backbone).map_err(|e| e.in_file(&self.path))?;
        let (settings, tensors) = take_updates(stored, &asked, self.rslora, backbone)?;
        Ok((settings.into(), tensors))
    }
}

fn asked(config: &LoraConfig, stored: &Stored, backbone: &Config) -> Result<Vec<Asked>> {
    let mut updates = Vec::new();
    for layer in 0..backbone.layers {
        for site in Site::ALL {
            if let Some(settings) = config.of_module(&stored.module(layer, site))? {
                updates.push((layer, site, settings));
            }
        }
    }
    match updates.is_empty() {
        true => {
            Err(Error::unsupported("\"target_modules\" and what narrows it down name no linear layer of the encoder"))
        }
        false => Ok(updates),
    }
}

fn scale(settings: Settings, rslora: bool) -> f64 {
    Lora { rank: settings.rank, alpha: settings.alpha, rslora, ..Lora::default() }.scale()
}

/// Takes the updates' tensors, and finds the one set of settings that says the same of all.
fn take_updates(stored: &mut Stored, asked: &[Asked], rslora: bool, config: &Config) -> Result<(Lora, Tensors)> {
    let largest = asked.iter().map(|a| a.2).max_by_key(|s| s.rank).unwrap_or(Settings { rank: 8, alpha: 8.0 });
    let common = scale(largest, rslora);
    let mut sites: Vec<Site> = asked.iter().map(|a| a.1).collect();
    sites.sort();
    sites.dedup();
    let mut layers: Vec<usize> = asked.iter().map(|a| a.0).collect();
    layers.dedup();
    let mut tensors = Tensors::new();
    for layer in &layers {
        for site in &sites {
            let (outputs, inputs) = site.shape(config);
            let names = ["A", "B"].map(|part| lora_tensor(*layer, *site, part));
            let [a, b] = match asked.iter().find(|a| (a.0, a.1) == (*layer, *site)) {
                None => [(largest.rank, inputs), (outputs, largest.rank)]
                    .map(|shape| Tensor::zeros(shape, DType::F32, &Device::Cpu)),
                Some((.., settings)) => {
                    let [a, b] = [0, 1].map(|i| stored.take(&names[i]));
                    let (a, b) = (a?, b?);
                    expect_shape(&a, [settings.rank, inputs], &names[0], settings)?;
                    expect_shape(&b, [outputs, settings.rank], &names[1], settings)?;
                    let missing = largest.rank - settings.rank;
                    let factor = scale(*settings, rslora) / common;
                    let b = if factor == 1.0 { b } else { (b * factor)? };
                    [a.pad_with_zeros(0, 0, missing), b.pad_with_zeros(1, 0, missing)]
                }
            };
            let [name_a, name_b] = names;
            tensors.insert(name_a, a?);
            tensors.insert(name_b, b?);
        }
    }
    let layers = if layers.len() == config.layers { Layers::All } else { Layers::Only(layers) };
    Ok((Lora { rank: largest.rank, alpha: largest.alpha, rslora, sites, layers }, tensors))
}

fn expect_shape(tensor: &Tensor, shape: [usize; 2], name: &str, settings: &Settings) -> Result<()> {
    if tensor.dims() == shape {
        return Ok(());
    }
    let message = format!("the tensor has the shape {:?}, not {shape:?} as rank {} asks", tensor.dims(), settings.rank);
    Err(Error::mismatch(message).about_tensor(name))
}
