//! Generated from interface/ by `make generate`. Do not edit: change the source.

use serde::de::MapAccess;

use super::values::{Number, OneOf, SomeOf, Whole};
use crate::args::{AdaptFlags, MethodFlags};

impl AdaptFlags {
    /// The keys of a plan that give these options.
    pub const KEYS: &[&str] = &[
        "scheme",
        "epochs",
        "batch_size",
        "batch",
        "micro_batch_pieces",
        "evaluate_every",
        "patience",
        "cache_mib",
        "weight_decay",
        "warmup",
        "clip",
        "batch_pieces",
        "recompute",
        "head_only",
        "start",
        "head_init",
        "trained_layers",
        "effort",
    ];

    /// Reads the value of `key`, and tells which option it gives; `None` where it is none of these.
    pub fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<Option<&'static str>, A::Error> {
        Ok(Some(match key {
            "scheme" => {
                self.scheme = Some(map.next_value_seed(OneOf(&["iob1", "iob2", "bioes"]))?);
                "scheme"
            }
            "epochs" => {
                self.epochs = Some(map.next_value_seed(Whole { option: "epochs", key, none: false })?);
                "epochs"
            }
            "batch_size" | "batch" => {
                self.batch_size = Some(map.next_value_seed(Whole { option: "batch_size", key, none: false })?);
                "batch_size"
            }
            "micro_batch_pieces" => {
                self.micro_batch_pieces =
                    Some(map.next_value_seed(Whole { option: "micro_batch_pieces", key, none: false })?);
                "micro_batch_pieces"
            }
            "evaluate_every" => {
                self.evaluate_every =
                    Some(map.next_value_seed(Whole { option: "evaluate_every", key, none: false })?);
                "evaluate_every"
            }
            "patience" => {
                self.patience = Some(map.next_value_seed(Whole { option: "patience", key, none: true })?);
                "patience"
            }
            "cache_mib" => {
                self.cache_mib = Some(map.next_value_seed(Whole { option: "cache_mib", key, none: true })?);
                "cache_mib"
            }
            "weight_decay" => {
                self.weight_decay = Some(map.next_value_seed(Number { option: "weight_decay", key })?);
                "weight_decay"
            }
            "warmup" => {
                self.warmup = Some(map.next_value_seed(Number { option: "warmup", key })?);
                "warmup"
            }
            "clip" => {
                self.clip = Some(map.next_value_seed(Number { option: "clip", key })?);
                "clip"
            }
            "batch_pieces" => {
                self.batch_pieces = Some(map.next_value_seed(Whole { option: "batch_pieces", key, none: false })?);
                "batch_pieces"
            }
            "recompute" => {
                self.recompute = Some(map.next_value()?);
                "recompute"
            }
            "head_only" => {
                self.head_only = Some(map.next_value()?);
                "head_only"
            }
            "start" => {
                self.start = Some(map.next_value_seed(OneOf(&["auto", "fresh"]))?);
                "start"
            }
            "head_init" => {
                self.head_init = Some(map.next_value_seed(OneOf(&["auto", "prototype", "name", "zero", "random"]))?);
                "head_init"
            }
            "trained_layers" => {
                self.trained_layers =
                    Some(map.next_value_seed(Whole { option: "trained_layers", key, none: false })?);
                "trained_layers"
            }
            "effort" => {
                self.effort = Some(map.next_value_seed(OneOf(&["none", "quick", "usual", "thorough"]))?);
                "effort"
            }
            _ => return Ok(None),
        }))
    }

    /// These options, and those of `base` where there are none.
    pub fn over(&self, base: &Self) -> Self {
        Self {
            scheme: self.scheme.clone().or_else(|| base.scheme.clone()),
            epochs: self.epochs.or(base.epochs),
            batch_size: self.batch_size.or(base.batch_size),
            micro_batch_pieces: self.micro_batch_pieces.or(base.micro_batch_pieces),
            evaluate_every: self.evaluate_every.or(base.evaluate_every),
            patience: self.patience.or(base.patience),
            cache_mib: self.cache_mib.or(base.cache_mib),
            weight_decay: self.weight_decay.or(base.weight_decay),
            warmup: self.warmup.or(base.warmup),
            clip: self.clip.or(base.clip),
            batch_pieces: self.batch_pieces.or(base.batch_pieces),
            recompute: self.recompute.or(base.recompute),
            head_only: self.head_only.or(base.head_only),
            start: self.start.clone().or_else(|| base.start.clone()),
            head_init: self.head_init.clone().or_else(|| base.head_init.clone()),
            trained_layers: self.trained_layers.or(base.trained_layers),
            effort: self.effort.clone().or_else(|| base.effort.clone()),
            ..Self::default()
        }
    }

    /// What of `options` is not as in `usual`.
    pub fn of(options: &primer::AdaptOptions, usual: &primer::AdaptOptions) -> Self {
        Self {
            scheme: (options.scheme != usual.scheme).then_some(
                match options.scheme {
                    primer::data::Scheme::Iob1 => "iob1",
                    primer::data::Scheme::Iob2 => "iob2",
                    primer::data::Scheme::Bioes => "bioes",
                }
                .to_owned(),
            ),
            epochs: (options.epochs != usual.epochs).then_some(options.epochs.map_or(0, |n| n as i128)),
            batch_size: (options.batch_size != usual.batch_size).then_some(options.batch_size as i128),
            micro_batch_pieces: (options.micro_batch_pieces != usual.micro_batch_pieces)
                .then_some(options.micro_batch_pieces as i128),
            evaluate_every: (options.evaluate_every != usual.evaluate_every)
                .then_some(options.evaluate_every.map_or(0, |n| n as i128)),
            patience: (options.patience != usual.patience).then_some(options.patience.map_or(0, |n| n as i128)),
            cache_mib: (options.cache != usual.cache).then_some(options.cache.map_or(0, |n| (n / 1048576) as i128)),
            weight_decay: (options.weight_decay != usual.weight_decay).then_some(options.weight_decay),
            warmup: (options.warmup != usual.warmup).then_some(options.warmup),
            clip: (options.clip != usual.clip).then_some(options.clip),
            batch_pieces: (options.batch_pieces != usual.batch_pieces)
                .then_some(options.batch_pieces.map_or(0, |n| n as i128)),
            recompute: (options.recompute != usual.recompute).then_some(options.recompute),
            head_only: (options.head_only != usual.head_only).then_some(options.head_only),
            start: (options.start != usual.start).then_some(
                match options.start {
                    primer::start::StartChoice::Auto => "auto",
                    primer::start::StartChoice::Fresh => "fresh",
                }
                .to_owned(),
            ),
            head_init: (options.head_init != usual.head_init).then_some(
                match options.head_init {
                    primer::start::HeadInit::Auto => "auto",
                    primer::start::HeadInit::Prototype => "prototype",
                    primer::start::HeadInit::Name => "name",
                    primer::start::HeadInit::Zero => "zero",
                    primer::start::HeadInit::Random => "random",
                }
                .to_owned(),
            ),
            trained_layers: (options.trained_layers != usual.trained_layers)
                .then_some(options.trained_layers.map_or(0, |n| n as i128)),
            effort: (options.effort != usual.effort).then_some(
                match options.effort {
                    primer::train::Effort::None => "none",
                    primer::train::Effort::Quick => "quick",
                    primer::train::Effort::Usual => "usual",
                    primer::train::Effort::Thorough => "thorough",
                }
                .to_owned(),
            ),
            ..Self::default()
        }
    }
}

impl MethodFlags {
    /// The keys of a plan that give these options.
    pub const KEYS: &[&str] = &[
        "adapter_size",
        "adapter_attention",
        "adapter_output",
        "adapter_norm_before",
        "adapter_activation",
        "lora_rank",
        "rank",
        "adapter_scaling",
        "lora_alpha",
        "lora_rslora",
        "lora_sites",
        "reduction",
        "layers",
    ];

    /// Reads the value of `key`, and tells which option it gives; `None` where it is none of these.
    pub fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<Option<&'static str>, A::Error> {
        Ok(Some(match key {
            "adapter_size" => {
                self.adapter_size = Some(map.next_value_seed(Whole { option: "adapter_size", key, none: false })?);
                "adapter_size"
            }
            "adapter_attention" => {
                self.adapter_attention = Some(map.next_value()?);
                "adapter_attention"
            }
            "adapter_output" => {
                self.adapter_output = Some(map.next_value()?);
                "adapter_output"
            }
            "adapter_norm_before" => {
                self.adapter_norm_before = Some(map.next_value()?);
                "adapter_norm_before"
            }
            "adapter_activation" => {
                self.adapter_activation = Some(map.next_value_seed(OneOf(&["relu", "swish", "gelu"]))?);
                "adapter_activation"
            }
            "lora_rank" | "rank" => {
                self.lora_rank = Some(map.next_value_seed(Whole { option: "lora_rank", key, none: false })?);
                "lora_rank"
            }
            "adapter_scaling" => {
                self.adapter_scaling = Some(map.next_value_seed(Number { option: "adapter_scaling", key })?);
                "adapter_scaling"
            }
            "lora_alpha" => {
                self.lora_alpha = Some(map.next_value_seed(Number { option: "lora_alpha", key })?);
                "lora_alpha"
            }
            "lora_rslora" => {
                self.lora_rslora = Some(map.next_value()?);
                "lora_rslora"
            }
            "lora_sites" => {
                self.lora_sites = map.next_value_seed(SomeOf(&[
                    "query",
                    "key",
                    "value",
                    "attention-output",
                    "intermediate",
                    "output",
                ]))?;
                "lora_sites"
            }
            "reduction" => {
                self.reduction = Some(map.next_value_seed(Whole { option: "reduction", key, none: false })?);
                "reduction"
            }
            "layers" => {
                self.layers = Some(map.next_value_seed(Whole { option: "layers", key, none: false })?);
                "layers"
            }
            _ => return Ok(None),
        }))
    }

    /// These options, and those of `base` where there are none.
    pub fn over(&self, base: &Self) -> Self {
        Self {
            adapter_size: self.adapter_size.or(base.adapter_size),
            adapter_attention: self.adapter_attention.or(base.adapter_attention),
            adapter_output: self.adapter_output.or(base.adapter_output),
            adapter_norm_before: self.adapter_norm_before.or(base.adapter_norm_before),
            adapter_activation: self.adapter_activation.clone().or_else(|| base.adapter_activation.clone()),
            lora_rank: self.lora_rank.or(base.lora_rank),
            adapter_scaling: self.adapter_scaling.or(base.adapter_scaling),
            lora_alpha: self.lora_alpha.or(base.lora_alpha),
            lora_rslora: self.lora_rslora.or(base.lora_rslora),
            lora_sites: if self.lora_sites.is_empty() { base.lora_sites.clone() } else { self.lora_sites.clone() },
            reduction: self.reduction.or(base.reduction),
            layers: self.layers.or(base.layers),
            ..Self::default()
        }
    }
}
