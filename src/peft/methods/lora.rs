//! LoRA: low-rank updates beside linear layers (Hu et al. 2021).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::about::{About, Given, PeftFolder, PeftFormat, PeftMethod, Rates};
use super::{Layers, Method};
use crate::decision::Decisions;
use crate::error::{Error, OptionName, Result};
use crate::limits::{Count, LORA_ALPHA};
use crate::model::{Adaptation, Config, Encoder, LayerAdaptation, LowRank, Site, tensor_name};
use crate::peft::interchange::LoraConfig;
use crate::peft::parameters::{Init, Parameters};

/// Settings of LoRA, Hu et al. 2021 (arXiv 2106.09685): `y + s · B A x` beside linear layers, with `s = alpha / rank`, or
/// `alpha / √rank` for rsLoRA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lora {
    /// Rank of the update.
    pub rank: usize,
    /// Numerator of the scale.
    pub alpha: f64,
    /// Rank-stabilised scale: Kalajdzievski 2023 (arXiv 2312.03732).
    #[serde(default)]
    pub rslora: bool,
    /// The linear layers with an update.
    pub sites: Vec<Site>,
    /// The layers with updates.
    #[serde(default)]
    pub layers: Layers,
}

pub(super) const ABOUT: About = About {
    name: "lora",
    called: "LoRA",
    rates: Rates { method: 2e-3, head: 2e-3 },
    options: &["layers", "lora_rank", "lora_alpha", "lora_rslora", "lora_sites"],
    usual: |_| Method::Lora(Lora::default()),
    whole_backbone: false,
    peft: Some(PeftFormat { kind: "LORA", marker: ".lora_", read: LoraConfig::read }),
    adapterhub: None,
};

impl Default for Lora {
    /// Rank 8, alpha 16, queries and values: the paper's choice and that of Hugging Face PEFT for BERT.
    fn default() -> Lora {
        Lora { rank: 8, alpha: 16.0, rslora: false, sites: vec![Site::Query, Site::Value], layers: Layers::All }
    }
}

impl Lora {
    /// The factor `s` of the update.
    pub fn scale(&self) -> f64 {
        self.alpha / if self.rslora { (self.rank as f64).sqrt() } else { self.rank as f64 }
    }
}

/// Name of an update's tensor, `A` or `B`: that of PEFT's files, behind a prefix there that depends on the model's class.
pub(crate) fn tensor(layer: usize, site: Site, part: &str) -> String {
    tensor_name(layer, site.path(), &format!("lora_{part}.weight"))
}

impl PeftMethod for Lora {
    fn check(&self, config: &Config) -> Result<()> {
        Count::up_to("lora_rank", 4 * config.hidden).check(self.rank)?;
        LORA_ALPHA.check(self.alpha)?;
        let sites = OptionName("lora_sites");
        if self.sites.is_empty() {
            return Err(Error::option(&format!("{sites} is empty: LoRA is asked for beside no linear layer")));
        }
        if (1..self.sites.len()).any(|i| self.sites[..i].contains(&self.sites[i])) {
            return Err(Error::option(&format!("{sites} names a linear layer twice")));
        }
        Ok(())
    }

    fn decide(&mut self, given: &Given, list: &mut Decisions) -> Result<()> {
        let settings = given.settings;
        given.set("lora_rank", &settings.lora_rank, &mut self.rank, list);
        let (alpha, rank) = (self.alpha, self.rank as f64);
        self.alpha = list.decide("lora_alpha", settings.lora_alpha, || match (settings.lora_rank, given.otherwise) {
            (None, Some(reason)) => (alpha, reason.to_owned()),
            _ => (2.0 * rank, "twice lora_rank".to_owned()),
        });
        given.set("lora_rslora", &settings.lora_rslora, &mut self.rslora, list);
        given.set("lora_sites", &settings.lora_sites, &mut self.sites, list);
        Ok(())
    }

    fn build(&self, encoder: &Encoder, _: &[u32], parameters: &mut Parameters) -> Result<Adaptation> {
        let config = encoder.config();
        let mut update = |layer: usize, site: Site| -> Result<(Site, LowRank)> {
            let (outputs, inputs) = site.shape(config);
            // As PEFT starts them: A by Kaiming's uniform rule with slope √5, which is 1/√inputs; B zero on purpose,
            // so that training starts from the backbone's own output.
            let uniform = Init::Uniform(1.0 / (inputs as f64).sqrt());
            let a = parameters.get(&tensor(layer, site, "A"), &[self.rank, inputs], uniform)?;
            let b = parameters.get(&tensor(layer, site, "B"), &[outputs, self.rank], Init::Zeros)?;
            Ok((site, LowRank { a, b, scale: self.scale() }))
        };
        let layer = |layer: usize| -> Result<LayerAdaptation> {
            let sites = self.sites.iter().filter(|_| self.layers.contains(layer));
            let low_rank = sites.map(|site| update(layer, *site)).collect::<Result<_>>()?;
            Ok(LayerAdaptation { low_rank, ..LayerAdaptation::default() })
        };
        let layers = (0..config.layers).map(layer).collect::<Result<_>>()?;
        Ok(Adaptation { embeddings: None, layers })
    }

    fn to_peft(&self, _: &Config) -> Option<PeftFolder> {
        let layers = match &self.layers {
            Layers::All => Value::Null,
            Layers::Only(list) => json!(list),
        };
        Some(PeftFolder::of(json!({
            "alpha_pattern": {}, "bias": "none", "init_lora_weights": true, "layers_pattern": null,
            "layers_to_transform": layers, "lora_alpha": self.alpha, "lora_dropout": 0.0, "r": self.rank,
            "rank_pattern": {}, "target_modules": self.sites.iter().map(|s| s.path()).collect::<Vec<_>>(),
            "use_dora": false, "use_rslora": self.rslora,
        })))
    }
}
