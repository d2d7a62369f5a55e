// Generated from interface/adapt.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

use super::super::options::{Sized32, flag, init, members, unknown, unused};
use super::super::strings::{array, primer_str, text, texts};
use super::dataset::PRIMER_SCHEME_AUTO;
use super::tagger::PRIMER_PRECISION_F32;
use crate::error::Result;

/// The method of the adapter to start from, with that adapter's settings.
pub const PRIMER_METHOD_INITIAL: i32 = -1;
/// The tag head alone.
pub const PRIMER_METHOD_HEAD: i32 = 0;
/// Bottleneck adapters and head.
pub const PRIMER_METHOD_ADAPTER: i32 = 1;
/// LoRA and head.
pub const PRIMER_METHOD_LORA: i32 = 2;
/// The biases and head.
pub const PRIMER_METHOD_BITFIT: i32 = 3;
/// Every parameter of the model.
pub const PRIMER_METHOD_FULL: i32 = 4;
/// (IA)^3: factors of keys, values and the feed-forward network's inner activations, and head.
pub const PRIMER_METHOD_IA3: i32 = 5;
/// Scaled bottleneck adapters beside the feed-forward networks, and head.
pub const PRIMER_METHOD_PARALLEL: i32 = 6;

/// max(x, 0).
pub const PRIMER_ACTIVATION_RELU: i32 = 0;
/// x / (1 + exp(-x)), also called SiLU.
pub const PRIMER_ACTIVATION_SWISH: i32 = 1;
/// The exact GELU.
pub const PRIMER_ACTIVATION_GELU: i32 = 2;

/// The Activation of a constant, which `option` names in errors.
pub(in crate::capi) fn activation(value: i32, option: &str) -> Result<crate::ops::Activation> {
    match value {
        PRIMER_ACTIVATION_RELU => Ok(crate::ops::Activation::Relu),
        PRIMER_ACTIVATION_SWISH => Ok(crate::ops::Activation::Swish),
        PRIMER_ACTIVATION_GELU => Ok(crate::ops::Activation::Gelu),
        other => Err(unknown(other, option, "PRIMER_ACTIVATION_*")),
    }
}

/// The projection to queries. The PRIMER_SITE_* are added up.
pub const PRIMER_SITE_QUERY: u32 = 1;
/// The projection to keys.
pub const PRIMER_SITE_KEY: u32 = 2;
/// The projection to values.
pub const PRIMER_SITE_VALUE: u32 = 4;
/// The projection behind attention.
pub const PRIMER_SITE_ATTENTION_OUTPUT: u32 = 8;
/// The first layer of the feed-forward network.
pub const PRIMER_SITE_INTERMEDIATE: u32 = 16;
/// The second layer of the feed-forward network.
pub const PRIMER_SITE_OUTPUT: u32 = 32;

/// The bits of PRIMER_SITE_* and what they stand for.
pub(in crate::capi) const SITES: [(u32, crate::model::Site); 6] = [
    (PRIMER_SITE_QUERY, crate::model::Site::Query),
    (PRIMER_SITE_KEY, crate::model::Site::Key),
    (PRIMER_SITE_VALUE, crate::model::Site::Value),
    (PRIMER_SITE_ATTENTION_OUTPUT, crate::model::Site::AttentionOutput),
    (PRIMER_SITE_INTERMEDIATE, crate::model::Site::Intermediate),
    (PRIMER_SITE_OUTPUT, crate::model::Site::Output),
];

/// That of the data; the other is no entity then, not even the rest of it.
pub const PRIMER_OVERLAP_NEW: i32 = 0;
/// That of the initial adapter; the other is not learnt there.
pub const PRIMER_OVERLAP_OLD: i32 = 1;

/// The Overlap of a constant, which `option` names in errors.
pub(in crate::capi) fn overlap(value: i32, option: &str) -> Result<crate::train::Overlap> {
    match value {
        PRIMER_OVERLAP_NEW => Ok(crate::train::Overlap::New),
        PRIMER_OVERLAP_OLD => Ok(crate::train::Overlap::Old),
        other => Err(unknown(other, option, "PRIMER_OVERLAP_*")),
    }
}

/// What the model carries for the method; where it carries nothing, what the seed draws.
pub const PRIMER_START_AUTO: i32 = 0;
/// What the seed draws.
pub const PRIMER_START_FRESH: i32 = 1;

/// The StartChoice of a constant, which `option` names in errors.
pub(in crate::capi) fn start(value: i32, option: &str) -> Result<crate::start::StartChoice> {
    match value {
        PRIMER_START_AUTO => Ok(crate::start::StartChoice::Auto),
        PRIMER_START_FRESH => Ok(crate::start::StartChoice::Fresh),
        other => Err(unknown(other, option, "PRIMER_START_*")),
    }
}

/// Names of the types and words of the sentences, where the model carries a start of the method; words alone where it
/// is of another; else what the seed draws.
pub const PRIMER_HEAD_INIT_AUTO: i32 = 0;
/// Words of the sentences alone.
pub const PRIMER_HEAD_INIT_PROTOTYPE: i32 = 1;
/// Names of the types alone; only where the model carries a start of the method.
pub const PRIMER_HEAD_INIT_NAME: i32 = 2;
/// Zeros.
pub const PRIMER_HEAD_INIT_ZERO: i32 = 3;
/// What the seed draws.
pub const PRIMER_HEAD_INIT_RANDOM: i32 = 4;

/// The HeadInit of a constant, which `option` names in errors.
pub(in crate::capi) fn head_init(value: i32, option: &str) -> Result<crate::start::HeadInit> {
    match value {
        PRIMER_HEAD_INIT_AUTO => Ok(crate::start::HeadInit::Auto),
        PRIMER_HEAD_INIT_PROTOTYPE => Ok(crate::start::HeadInit::Prototype),
        PRIMER_HEAD_INIT_NAME => Ok(crate::start::HeadInit::Name),
        PRIMER_HEAD_INIT_ZERO => Ok(crate::start::HeadInit::Zero),
        PRIMER_HEAD_INIT_RANDOM => Ok(crate::start::HeadInit::Random),
        other => Err(unknown(other, option, "PRIMER_HEAD_INIT_*")),
    }
}

/// Nothing: the head as it starts, at once.
pub const PRIMER_EFFORT_NONE: i32 = 0;
/// A few updates of the uppermost layers.
pub const PRIMER_EFFORT_QUICK: i32 = 1;
/// On a model that carries a start, the uppermost layers in seconds; on another, as PRIMER_EFFORT_THOROUGH.
pub const PRIMER_EFFORT_USUAL: i32 = 2;
/// All that the method touches, about 600 updates.
pub const PRIMER_EFFORT_THOROUGH: i32 = 3;

/// The Effort of a constant, which `option` names in errors.
pub(in crate::capi) fn effort(value: i32, option: &str) -> Result<crate::train::Effort> {
    match value {
        PRIMER_EFFORT_NONE => Ok(crate::train::Effort::None),
        PRIMER_EFFORT_QUICK => Ok(crate::train::Effort::Quick),
        PRIMER_EFFORT_USUAL => Ok(crate::train::Effort::Usual),
        PRIMER_EFFORT_THOROUGH => Ok(crate::train::Effort::Thorough),
        other => Err(unknown(other, option, "PRIMER_EFFORT_*")),
    }
}

/// The dev data was tagged before training.
pub const PRIMER_STAGE_START: i32 = 0;
/// An update was made.
pub const PRIMER_STAGE_STEP: i32 = 1;
/// An epoch has ended and the dev data, if any, was tagged.
pub const PRIMER_STAGE_EPOCH: i32 = 2;
/// Before training, sentences are cut into tokens. Told where it is asked for.
pub const PRIMER_STAGE_ENCODE: i32 = 3;
/// Before training, what frozen lower layers give is computed. Told where it is asked for.
pub const PRIMER_STAGE_PREFIX: i32 = 4;

/// How an adapter is trained. The initial values work for a few dozen to a few thousand sentences.
///
/// Options of primer_adapt: fill them by primer_adapt_options_init and change what you want to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_adapt_options {
    /// sizeof(primer_adapt_options), set by primer_adapt_options_init.
    pub struct_size: u32,
    /// PRIMER_METHOD_*: what is trained. PRIMER_METHOD_INITIAL does not read `layers` and what starts with adapter_ or
    /// lora_; initially PRIMER_METHOD_ADAPTER.
    pub method: i32,
    /// PRIMER_SCHEME_*: how tags are written: PRIMER_SCHEME_IOB2, also the meaning of PRIMER_SCHEME_AUTO, or
    /// PRIMER_SCHEME_BIOES; initially PRIMER_SCHEME_AUTO.
    pub scheme: i32,
    /// Passes over the data; initially 0, for what `effort` says: usually about 600 updates, between 3 and 30 passes;
    /// on a model that carries a start 120, between 4 and 10, and none on few mentions.
    pub epochs: u32,
    /// Sentences in an update. On a model that carries a start the initial value stands for 4, but with
    /// PRIMER_EFFORT_THOROUGH; initially 16.
    pub batch_size: u32,
    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed; initially 512.
    pub micro_batch_pieces: u32,
    /// Epochs from one evaluation on the dev data to the next; initially 0, for about ten evaluations in a run.
    pub evaluate_every: u32,
    /// Evaluations on the dev data without a better F1 after which training stops; initially 4. 0 stands for no early
    /// stop.
    pub patience: u32,
    /// Trains on this many sentences drawn by the seed; initially 0, for all.
    pub shots: u32,
    /// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
    /// goes to a temporary file; initially 256. 0 stands for computing them anew in every epoch.
    pub cache_mib: u32,
    /// Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit;
    /// initially 0.
    pub seed: u64,
    /// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
    pub learning_rate: f64,
    /// Peak learning rate of the head; initially 0, for the method's usual one, in proportion where `learning_rate` is
    /// given, and with `head_only` for that of head tuning.
    pub head_learning_rate: f64,
    /// AdamW's weight decay; initially 0.01.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
    pub warmup: f64,
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    pub clip: f64,
    /// The entity types to learn; initially none, for those of the training data.
    pub types: *const primer_str,
    /// Number of `types`.
    pub type_count: usize,
    /// A name for the adapter's card; initially empty.
    pub name: primer_str,
    /// The layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
    pub layers: *const u32,
    /// Number of `layers`.
    pub layer_count: usize,
    /// Bottleneck and parallel adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width;
    /// half of it for PRIMER_METHOD_PARALLEL.
    pub adapter_size: u32,
    /// 1: bottleneck adapters: one behind self-attention; parallel ones: beside it; initially 0.
    pub adapter_attention: i32,
    /// 1: bottleneck adapters: one behind the feed-forward network; parallel ones: beside it; initially 1.
    pub adapter_output: i32,
    /// 1: bottleneck adapters: the adapter's input has gone through residual connection and layer normalisation;
    /// initially 1.
    pub adapter_norm_before: i32,
    /// PRIMER_ACTIVATION_*: bottleneck and parallel adapters: the non-linearity; initially PRIMER_ACTIVATION_RELU.
    pub adapter_activation: i32,
    /// LoRA: rank of the updates; initially 8.
    pub lora_rank: u32,
    /// Bottleneck and parallel adapters: factor of their output. For PRIMER_METHOD_PARALLEL the initial value stands
    /// for 4; initially 1.
    pub adapter_scaling: f64,
    /// LoRA: numerator of the scale; initially 0, for twice `lora_rank`.
    pub lora_alpha: f64,
    /// 1: loRA: the rank-stabilised scale, alpha / sqrt(rank); initially 0.
    pub lora_rslora: i32,
    /// LoRA: the linear layers with an update; initially PRIMER_SITE_QUERY and PRIMER_SITE_VALUE.
    pub lora_sites: u32,
    /// Tokens in an update: as many sentences as fit, at least one; `batch_size` must then have its initial value;
    /// initially 0, for updates of `batch_size` sentences.
    pub batch_pieces: u32,
    /// 1: keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 %
    /// more time for less memory, the same numbers to the bit; initially 0.
    pub recompute: i32,
    /// 1: trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given; initially 0.
    pub head_only: i32,
    /// Leave it 0.
    pub reserved: u32,
    /// PRIMER_PRECISION_*: the dtype in which the model computes: PRIMER_PRECISION_F32, which the processor has alone,
    /// or on GPUs PRIMER_PRECISION_BF16, which is quicker; initially PRIMER_PRECISION_F32.
    pub precision: i32,
    /// Leave it 0.
    pub reserved2: u32,
    /// 1: leaves out the types that the initial adapter knows beside those of the training data. Otherwise they are
    /// kept: what that adapter finds of them in the sentences is learnt, too; initially 0.
    pub drop_types: i32,
    /// PRIMER_OVERLAP_*: which entity stays where one of the data and one that the initial adapter finds overlap;
    /// initially PRIMER_OVERLAP_NEW.
    pub overlap: i32,
    /// 1: starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
    /// initially 0.
    pub restart: i32,
    /// 1: progress is told before training, too: PRIMER_STAGE_ENCODE and PRIMER_STAGE_PREFIX, which programs of earlier
    /// versions do not know; initially 0.
    pub preparation: i32,
    /// PRIMER_START_*: what the method's parameters start from where no adapter to start from is given; initially
    /// PRIMER_START_AUTO.
    pub start: i32,
    /// PRIMER_HEAD_INIT_*: what the head starts from, but for the rows that an adapter to start from has; initially
    /// PRIMER_HEAD_INIT_AUTO.
    pub head_init: i32,
    /// What describes each of `types` beside its name, in their order; an empty text where there is nothing to say;
    /// initially none, for names alone.
    pub descriptions: *const primer_str,
    /// Number of `descriptions`.
    pub description_count: usize,
    /// How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once
    /// a sentence; initially 0, for all that the method touches.
    pub trained_layers: u32,
    /// PRIMER_EFFORT_*: how much is trained where `epochs`, `trained_layers` and rates are not given; initially
    /// PRIMER_EFFORT_USUAL.
    pub effort: i32,
}

// SAFETY: numbers, and pointers that are checked before use, without padding: the generator has made sure.
unsafe impl Sized32 for primer_adapt_options {
    const NAME: &'static str = "primer_adapt_options";
    const FIRST: usize = 184;
    fn initial() -> primer_adapt_options {
        primer_adapt_options {
            struct_size: size_of::<primer_adapt_options>() as u32,
            method: PRIMER_METHOD_ADAPTER,
            scheme: PRIMER_SCHEME_AUTO,
            epochs: 0,
            batch_size: 16,
            micro_batch_pieces: 512,
            evaluate_every: 0,
            patience: 4,
            shots: 0,
            cache_mib: 256,
            seed: 0,
            learning_rate: 0.0,
            head_learning_rate: 0.0,
            weight_decay: 0.01,
            warmup: 0.1,
            clip: 1.0,
            types: std::ptr::null(),
            type_count: 0,
            name: primer_str::NONE,
            layers: std::ptr::null(),
            layer_count: 0,
            adapter_size: 0,
            adapter_attention: 0,
            adapter_output: 1,
            adapter_norm_before: 1,
            adapter_activation: PRIMER_ACTIVATION_RELU,
            lora_rank: 8,
            adapter_scaling: 1.0,
            lora_alpha: 0.0,
            lora_rslora: 0,
            lora_sites: PRIMER_SITE_QUERY | PRIMER_SITE_VALUE,
            batch_pieces: 0,
            recompute: 0,
            head_only: 0,
            reserved: 0,
            precision: PRIMER_PRECISION_F32,
            reserved2: 0,
            drop_types: 0,
            overlap: PRIMER_OVERLAP_NEW,
            restart: 0,
            preparation: 0,
            start: PRIMER_START_AUTO,
            head_init: PRIMER_HEAD_INIT_AUTO,
            descriptions: std::ptr::null(),
            description_count: 0,
            trained_layers: 0,
            effort: PRIMER_EFFORT_USUAL,
        }
    }
}

/// Fills options with their initial values. `struct_size` is sizeof(primer_adapt_options). NULL is fine.
///
/// Threads: safe to call concurrently on different structs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_adapt_options_init(options: *mut primer_adapt_options, struct_size: usize) {
    // SAFETY: the contract of the C interface.
    unsafe { init(options, struct_size) }
}

impl primer_adapt_options {
    /// Takes over into the library's options what stands for itself.
    ///
    /// # Safety
    /// The arrays and texts behind pointers are what the header promises.
    pub(in crate::capi) unsafe fn apply(&self, options: &mut crate::train::AdaptOptions) -> Result<()> {
        // Every option by its name: one that is new in Rust does not compile before interface/ has it.
        let crate::train::AdaptOptions {
            scheme: to_scheme,
            epochs: to_epochs,
            batch_size: to_batch_size,
            micro_batch_pieces: to_micro_batch_pieces,
            evaluate_every: to_evaluate_every,
            patience: to_patience,
            shots: to_shots,
            cache: to_cache,
            seed: to_seed,
            learning_rate: to_learning_rate,
            head_learning_rate: to_head_learning_rate,
            weight_decay: to_weight_decay,
            warmup: to_warmup,
            clip: to_clip,
            types: to_types,
            name: to_name,
            batch_pieces: to_batch_pieces,
            recompute: to_recompute,
            head_only: to_head_only,
            precision: to_precision,
            drop_types: to_drop_types,
            overlap: to_overlap,
            restart: to_restart,
            start: to_start,
            head_init: to_head_init,
            descriptions: to_descriptions,
            trained_layers: to_trained_layers,
            effort: to_effort,
            method: _,
            initial: _,
            initial_head: _,
            checkpoint: _,
        } = options;
        if let Some(given) = super::dataset::scheme(self.scheme, "scheme")? {
            *to_scheme = given;
        }
        *to_epochs = (self.epochs != 0).then_some(self.epochs as usize);
        *to_batch_size = self.batch_size as usize;
        *to_micro_batch_pieces = self.micro_batch_pieces as usize;
        *to_evaluate_every = (self.evaluate_every != 0).then_some(self.evaluate_every as usize);
        *to_patience = (self.patience != 0).then_some(self.patience as usize);
        *to_shots = (self.shots != 0).then_some(self.shots as usize);
        *to_cache = (self.cache_mib != 0).then_some((self.cache_mib as usize).saturating_mul(1048576));
        *to_seed = self.seed;
        *to_learning_rate = (self.learning_rate != 0.0).then_some(self.learning_rate);
        *to_head_learning_rate = (self.head_learning_rate != 0.0).then_some(self.head_learning_rate);
        *to_weight_decay = self.weight_decay;
        *to_warmup = self.warmup;
        *to_clip = self.clip;
        // SAFETY: the caller's promise.
        let types = unsafe { texts(self.types, self.type_count, "types") }?;
        *to_types = types.into_iter().map(str::to_owned).collect();
        // SAFETY: the caller's promise.
        *to_name = unsafe { text(self.name.data, self.name.len, "name") }?.to_owned();
        *to_batch_pieces = (self.batch_pieces != 0).then_some(self.batch_pieces as usize);
        *to_recompute = flag(self.recompute, "recompute")?;
        *to_head_only = flag(self.head_only, "head_only")?;
        *to_precision = super::tagger::precision(self.precision, "precision")?;
        *to_drop_types = flag(self.drop_types, "drop_types")?;
        *to_overlap = super::adapt::overlap(self.overlap, "overlap")?;
        *to_restart = flag(self.restart, "restart")?;
        *to_start = super::adapt::start(self.start, "start")?;
        *to_head_init = super::adapt::head_init(self.head_init, "head_init")?;
        // SAFETY: the caller's promise.
        let descriptions = unsafe { texts(self.descriptions, self.description_count, "descriptions") }?;
        *to_descriptions = descriptions.into_iter().map(str::to_owned).collect();
        *to_trained_layers = (self.trained_layers != 0).then_some(self.trained_layers as usize);
        *to_effort = super::adapt::effort(self.effort, "effort")?;
        unused(self.reserved, "reserved")?;
        unused(self.reserved2, "reserved2")?;
        Ok(())
    }

    /// Takes over what is given of this part; a field with its initial value counts as not given.
    ///
    /// # Safety
    /// The arrays and texts behind pointers are what the header promises.
    pub(in crate::capi) unsafe fn apply_method(&self, options: &mut crate::peft::MethodSettings) -> Result<()> {
        // Every option by its name: one that is new in Rust does not compile before interface/ has it.
        let crate::peft::MethodSettings {
            layers: to_layers,
            adapter_size: to_adapter_size,
            adapter_attention: to_adapter_attention,
            adapter_output: to_adapter_output,
            adapter_norm_before: to_adapter_norm_before,
            adapter_activation: to_adapter_activation,
            lora_rank: to_lora_rank,
            adapter_scaling: to_adapter_scaling,
            lora_alpha: to_lora_alpha,
            lora_rslora: to_lora_rslora,
            lora_sites: to_lora_sites,
            reduction: _,
        } = options;
        let initial: primer_adapt_options = Sized32::initial();
        // SAFETY: the caller's promise.
        let layers = unsafe { array(self.layers, self.layer_count, "layers") }?;
        *to_layers =
            (!layers.is_empty()).then(|| crate::peft::LayerChoice::Only(layers.iter().map(|n| *n as usize).collect()));
        if self.adapter_size != initial.adapter_size {
            *to_adapter_size = Some(self.adapter_size as usize);
        }
        let adapter_attention = flag(self.adapter_attention, "adapter_attention")?;
        if self.adapter_attention != initial.adapter_attention {
            *to_adapter_attention = Some(adapter_attention);
        }
        let adapter_output = flag(self.adapter_output, "adapter_output")?;
        if self.adapter_output != initial.adapter_output {
            *to_adapter_output = Some(adapter_output);
        }
        let adapter_norm_before = flag(self.adapter_norm_before, "adapter_norm_before")?;
        if self.adapter_norm_before != initial.adapter_norm_before {
            *to_adapter_norm_before = Some(adapter_norm_before);
        }
        let adapter_activation = super::adapt::activation(self.adapter_activation, "adapter_activation")?;
        if self.adapter_activation != initial.adapter_activation {
            *to_adapter_activation = Some(adapter_activation);
        }
        if self.lora_rank != initial.lora_rank {
            *to_lora_rank = Some(self.lora_rank as usize);
        }
        if self.adapter_scaling != initial.adapter_scaling {
            *to_adapter_scaling = Some(self.adapter_scaling);
        }
        if self.lora_alpha != initial.lora_alpha {
            *to_lora_alpha = Some(self.lora_alpha);
        }
        let lora_rslora = flag(self.lora_rslora, "lora_rslora")?;
        if self.lora_rslora != initial.lora_rslora {
            *to_lora_rslora = Some(lora_rslora);
        }
        let lora_sites = members(self.lora_sites, &super::adapt::SITES, "lora_sites", "PRIMER_SITE_*")?;
        if self.lora_sites != initial.lora_sites {
            *to_lora_sites = Some(lora_sites);
        }
        Ok(())
    }
}
