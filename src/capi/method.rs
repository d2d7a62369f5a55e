//! `primer_adapt_options`: the methods with their settings, and how they are trained.

use std::ffi::c_char;

use super::dataset::{PRIMER_SCHEME_AUTO, scheme};
use super::error::{primer_error, primer_status};
use super::guard::guard;
use super::handle::null;
use super::options::{Sized32, flag, init, unknown};
use super::strings::{array, primer_str, terminated, text, texts};
use super::tagger_options::{PRIMER_PRECISION_F32, precision};
use crate::error::{Error, Result};
use crate::model::{Config, Site};
use crate::ops::Activation;
use crate::peft::{Adapter, Layers, Lora, Method};
use crate::train::AdaptOptions;

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

/// max(x, 0).
pub const PRIMER_ACTIVATION_RELU: i32 = 0;
/// x / (1 + exp(-x)), also called SiLU.
pub const PRIMER_ACTIVATION_SWISH: i32 = 1;
/// The exact GELU.
pub const PRIMER_ACTIVATION_GELU: i32 = 2;

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

const SITES: [(u32, Site); 6] = [
    (PRIMER_SITE_QUERY, Site::Query),
    (PRIMER_SITE_KEY, Site::Key),
    (PRIMER_SITE_VALUE, Site::Value),
    (PRIMER_SITE_ATTENTION_OUTPUT, Site::AttentionOutput),
    (PRIMER_SITE_INTERMEDIATE, Site::Intermediate),
    (PRIMER_SITE_OUTPUT, Site::Output),
];

const MIB: usize = 1 << 20;

/// The method of a name: "head", "adapter", "lora", "bitfit" or "full" (NUL-terminated).
///
/// Errors: PRIMER_ERR_INVALID_ARGUMENT for another name.
/// Threads: safe to call concurrently.
/// On failure: `*method` is untouched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_method_by_name(
    name: *const c_char,
    method: *mut i32,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || {
        if method.is_null() {
            return Err(null("method"));
        }
        // SAFETY: the contract of the C interface.
        let found = match unsafe { terminated(name, "name") }? {
            "head" => PRIMER_METHOD_HEAD,
            "adapter" => PRIMER_METHOD_ADAPTER,
            "lora" => PRIMER_METHOD_LORA,
            "bitfit" => PRIMER_METHOD_BITFIT,
            "full" => PRIMER_METHOD_FULL,
            other => {
                return Err(Error::argument(format!(
                    "there is no method {other:?}; choose one of {}",
                    Method::NAMES.join(", ")
                )));
            }
        };
        // SAFETY: the contract of the C interface.
        unsafe { method.write(found) };
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// Options of primer_adapt. Fill them by primer_adapt_options_init and change what you want to; the initial values work
/// for a few dozen to a few thousand sentences.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_adapt_options {
    /// sizeof(primer_adapt_options), set by primer_adapt_options_init.
    pub struct_size: u32,
    /// PRIMER_METHOD_*; initially PRIMER_METHOD_ADAPTER. PRIMER_METHOD_INITIAL does not read `layers` and what
    /// starts with adapter_ or lora_.
    pub method: i32,
    /// How tags are written: PRIMER_SCHEME_IOB2, also the meaning of the initial PRIMER_SCHEME_AUTO, or
    /// PRIMER_SCHEME_BIOES.
    pub scheme: i32,
    /// Passes over the data; initially 0, for about 600 updates, between 3 and 30 passes.
    pub epochs: u32,
    /// Sentences in an update; initially 16.
    pub batch_size: u32,
    /// Pieces that go through the encoder at once; initially 512. Larger batches are split and their gradients added, so
    /// this bounds memory and the time until a cancellation is noticed.
    pub micro_batch_pieces: u32,
    /// Epochs from one look at the dev data to the next; initially 0, for about ten looks in a run.
    pub evaluate_every: u32,
    /// Looks at the dev data without a better F1 after which training stops; initially 4. 0 never stops early.
    pub patience: u32,
    /// Trains on this many sentences drawn by the seed; initially 0, for all.
    pub shots: u32,
    /// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
    /// goes to a temporary file. Initially 256; 0 computes them anew in every epoch.
    pub cache_mib: u32,
    /// Seed of initialisation, order and shots; initially 0.
    pub seed: u64,
    /// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
    pub learning_rate: f64,
    /// Peak learning rate of the head; initially 0, for the method's usual one.
    pub head_learning_rate: f64,
    /// AdamW's weight decay; initially 0.01.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
    pub warmup: f64,
    /// Largest norm of an update's gradient; initially 1. 0 for no clipping.
    pub clip: f64,
    /// The entity types to learn, `type_count` of them; initially none, for those of the training data.
    pub types: *const primer_str,
    /// Number of types.
    pub type_count: usize,
    /// A name for the adapter's card; initially empty.
    pub name: primer_str,
    /// The layers that the method touches, `layer_count` of them, from 0 at the bottom, ascending; initially none, for all.
    pub layers: *const u32,
    /// Number of layers.
    pub layer_count: usize,
    /// Bottleneck adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width.
    pub adapter_size: u32,
    /// Bottleneck adapters: 1 for one behind self-attention; initially 0.
    pub adapter_attention: i32,
    /// Bottleneck adapters: 1, the initial value, for one behind the feed-forward network.
    pub adapter_output: i32,
    /// Bottleneck adapters: 1, the initial value, where the adapter's input has gone through residual connection and layer
    /// normalisation.
    pub adapter_norm_before: i32,
    /// Bottleneck adapters: PRIMER_ACTIVATION_*; initially PRIMER_ACTIVATION_RELU.
    pub adapter_activation: i32,
    /// LoRA: rank of the updates; initially 8.
    pub lora_rank: u32,
    /// Bottleneck adapters: factor of their output; initially 1.
    pub adapter_scaling: f64,
    /// LoRA: numerator of the scale; initially 16.
    pub lora_alpha: f64,
    /// LoRA: 1 for the rank-stabilised scale; initially 0.
    pub lora_rslora: i32,
    /// LoRA: the linear layers with an update, a sum of PRIMER_SITE_*; initially queries and values.
    pub lora_sites: u32,
    /// Pieces in an update: as many sentences as fit, at least one, whatever `batch_size` says. Initially 0, for
    /// updates of `batch_size` sentences.
    pub batch_pieces: u32,
    /// 1 keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 %
    /// more time for less memory, the same numbers to the bit. Initially 0.
    pub recompute: i32,
    /// 1 trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is given.
    /// Initially 0.
    pub head_only: i32,
    /// 0.
    pub reserved: u32,
    /// In what numbers the model computes, one of PRIMER_PRECISION_*; initially PRIMER_PRECISION_F32, which the processor
    /// has alone. GPUs have PRIMER_PRECISION_BF16, too, which is quicker.
    pub precision: i32,
    /// 0.
    pub reserved2: u32,
}

// SAFETY: numbers and pointers that are checked before use, without padding: the layout is frozen in `layout.rs`.
unsafe impl Sized32 for primer_adapt_options {
    const NAME: &'static str = "primer_adapt_options";
    const FIRST: usize = 184;
    fn initial() -> primer_adapt_options {
        let (usual, lora) = (AdaptOptions::new(Method::Head), Lora::default());
        primer_adapt_options {
            struct_size: size_of::<primer_adapt_options>() as u32,
            method: PRIMER_METHOD_ADAPTER,
            scheme: PRIMER_SCHEME_AUTO,
            epochs: 0,
            batch_size: usual.batch_size as u32,
            micro_batch_pieces: usual.micro_batch_pieces as u32,
            evaluate_every: 0,
            patience: usual.patience.unwrap_or(0) as u32,
            shots: 0,
            cache_mib: usual.cache.unwrap_or(0).div_ceil(MIB) as u32,
            seed: usual.seed,
            learning_rate: 0.0,
            head_learning_rate: 0.0,
            weight_decay: usual.weight_decay,
            warmup: usual.warmup,
            clip: usual.clip,
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
            lora_rank: lora.rank as u32,
            adapter_scaling: 1.0,
            lora_alpha: lora.alpha,
            lora_rslora: lora.rslora.into(),
            lora_sites: mask(&lora.sites),
            batch_pieces: 0,
            recompute: usual.recompute.into(),
            head_only: usual.head_only.into(),
            reserved: 0,
            precision: PRIMER_PRECISION_F32,
            reserved2: 0,
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

fn mask(sites: &[Site]) -> u32 {
    SITES.iter().filter(|(_, site)| sites.contains(site)).map(|(bit, _)| bit).sum()
}

/// The options as Rust has them, for a backbone of this configuration.
///
/// # Safety
/// The arrays and texts are what the header promises.
pub(super) unsafe fn adapt_options(
    o: &primer_adapt_options,
    config: &Config,
    initial: Option<&Adapter>,
) -> Result<AdaptOptions> {
    // SAFETY: the caller's promise.
    let (types, name, method) = unsafe {
        let types = texts(o.types, o.type_count, "types")?;
        (types, text(o.name.data, o.name.len, "name")?, chosen_method(o, config, initial)?)
    };
    let given = |n: u32| if n == 0 { None } else { Some(n as usize) };
    let rate = |rate: f64, usual: f64| if rate == 0.0 { usual } else { rate };
    for (value, name) in [(o.reserved, "reserved"), (o.reserved2, "reserved2")] {
        if value != 0 {
            return Err(Error::argument(format!("{name} is {value}; it must be 0")));
        }
    }
    let head_only = flag(o.head_only, "head_only")?;
    let mut usual = AdaptOptions::new(method);
    if head_only {
        usual.head_learning_rate = AdaptOptions::new(Method::Head).head_learning_rate;
    }
    // Every field by its name: one that is new in Rust does not compile before it has its place here.
    Ok(AdaptOptions {
        scheme: scheme(o.scheme)?.unwrap_or(usual.scheme),
        types: types.into_iter().map(str::to_owned).collect(),
        initial: initial.cloned(),
        initial_head: None,
        epochs: given(o.epochs),
        learning_rate: rate(o.learning_rate, usual.learning_rate),
        head_learning_rate: rate(o.head_learning_rate, usual.head_learning_rate),
        weight_decay: o.weight_decay,
        warmup: o.warmup,
        clip: o.clip,
        batch_size: o.batch_size as usize,
        batch_pieces: given(o.batch_pieces),
        micro_batch_pieces: o.micro_batch_pieces as usize,
        recompute: flag(o.recompute, "recompute")?,
        head_only,
        cache: given(o.cache_mib).map(|n| n.saturating_mul(MIB)),
        evaluate_every: given(o.evaluate_every),
        patience: given(o.patience),
        precision: precision(o.precision)?,
        seed: o.seed,
        shots: given(o.shots),
        checkpoint: None,
        name: name.to_owned(),
        method: usual.method,
    })
}

/// The method of these options with its settings and layers; nothing else of them is read.
///
/// # Safety
/// `layers` is what the header promises.
pub(super) unsafe fn chosen_method(
    o: &primer_adapt_options,
    config: &Config,
    initial: Option<&Adapter>,
) -> Result<Method> {
    if o.method == PRIMER_METHOD_INITIAL {
        let missing = || Error::argument("method is PRIMER_METHOD_INITIAL, but no initial adapter is given");
        return Ok(initial.ok_or_else(missing)?.card().method.clone());
    }
    // SAFETY: the caller's promise.
    let layers = unsafe { array(o.layers, o.layer_count, "layers") }?;
    let mut method = method(o, config)?;
    if !layers.is_empty() {
        method.set_layers(Layers::Only(layers.iter().map(|l| *l as usize).collect()));
    }
    Ok(method)
}

fn method(o: &primer_adapt_options, config: &Config) -> Result<Method> {
    let name = match o.method {
        PRIMER_METHOD_HEAD => "head",
        PRIMER_METHOD_ADAPTER => "adapter",
        PRIMER_METHOD_LORA => "lora",
        PRIMER_METHOD_BITFIT => "bitfit",
        PRIMER_METHOD_FULL => "full",
        other => return Err(unknown(other, "method", "PRIMER_METHOD_*")),
    };
    let mut method = Method::by_name(name, config)?;
    match &mut method {
        Method::Bottleneck(b) => {
            if o.adapter_size != 0 {
                b.size = o.adapter_size as usize;
            }
            b.attention = flag(o.adapter_attention, "adapter_attention")?;
            b.output = flag(o.adapter_output, "adapter_output")?;
            b.norm_before = flag(o.adapter_norm_before, "adapter_norm_before")?;
            b.activation = match o.adapter_activation {
                PRIMER_ACTIVATION_RELU => Activation::Relu,
                PRIMER_ACTIVATION_SWISH => Activation::Swish,
                PRIMER_ACTIVATION_GELU => Activation::Gelu,
                other => return Err(unknown(other, "adapter_activation", "PRIMER_ACTIVATION_*")),
            };
            b.scaling = o.adapter_scaling;
        }
        Method::Lora(l) => {
            l.rank = o.lora_rank as usize;
            l.alpha = o.lora_alpha;
            l.rslora = flag(o.lora_rslora, "lora_rslora")?;
            if o.lora_sites & !mask(&Site::ALL) != 0 {
                return Err(Error::argument(format!("lora_sites is {:#x}, more than all PRIMER_SITE_*", o.lora_sites)));
            }
            l.sites = SITES.iter().filter(|(bit, _)| o.lora_sites & bit != 0).map(|(_, site)| *site).collect();
        }
        Method::Head | Method::BitFit(_) | Method::Full(_) => {}
    }
    Ok(method)
}

#[cfg(test)]
mod tests {
    use super::super::tagger_options::PRIMER_PRECISION_BF16;
    use super::*;
    use crate::precision::Precision;

    fn config() -> Config {
        let json = r#"{"model_type":"bert","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":2,
            "intermediate_size":16,"vocab_size":10,"max_position_embeddings":12}"#;
        Config::from_json(json.as_bytes()).unwrap()
    }

    #[test]
    fn initial_options_are_those_of_rust() {
        let config = config();
        for (number, name) in Method::NAMES.iter().enumerate() {
            let o = primer_adapt_options { method: number as i32, ..Sized32::initial() };
            let ours = unsafe { adapt_options(&o, &config, None) }.unwrap();
            let theirs = AdaptOptions::new(Method::by_name(name, &config).unwrap());
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        }
    }

    #[test]
    fn the_header_states_the_initial_values() {
        let o: primer_adapt_options = Sized32::initial();
        assert_eq!((o.batch_size, o.micro_batch_pieces, o.patience, o.seed), (16, 512, 4, 0), "and so do the comments");
        assert_eq!(o.cache_mib, 256, "and so do the comments");
        assert_eq!((o.weight_decay, o.warmup, o.clip), (0.01, 0.1, 1.0), "and so do the comments");
        let sites = PRIMER_SITE_QUERY | PRIMER_SITE_VALUE;
        assert_eq!(
            (o.lora_rank, o.lora_alpha, o.lora_rslora, o.lora_sites),
            (8, 16.0, 0, sites),
            "and so do the comments"
        );
    }

    /// A program of version 0.2 had a struct of 200 bytes: what comes behind is as ever.
    #[test]
    fn the_precision_is_as_asked_and_that_of_ever_for_older_programs() {
        let ours = |precision, struct_size| {
            let o = primer_adapt_options { precision, struct_size, ..Sized32::initial() };
            unsafe { super::super::options::read(&o).and_then(|o| adapt_options(&o, &config(), None)) }
        };
        let whole = size_of::<primer_adapt_options>() as u32;
        assert_eq!(ours(PRIMER_PRECISION_BF16, whole).unwrap().precision, Precision::Bf16);
        assert_eq!(ours(PRIMER_PRECISION_BF16, 200).unwrap().precision, Precision::F32);
        assert!(ours(3, whole).unwrap_err().message().starts_with("precision is 3"));
    }

    #[test]
    fn sites_are_chosen_by_their_bits() {
        for (bit, site) in SITES {
            assert_eq!(mask(&[site]), bit);
            let o = primer_adapt_options { method: PRIMER_METHOD_LORA, lora_sites: bit, ..Sized32::initial() };
            let Method::Lora(l) = method(&o, &config()).unwrap() else { panic!("LoRA was asked for") };
            assert_eq!(l.sites, [site]);
        }
        assert_eq!(mask(&Site::ALL), 63);
        let o = primer_adapt_options { method: PRIMER_METHOD_LORA, lora_sites: 64, ..Sized32::initial() };
        assert!(method(&o, &config()).is_err());
    }
}
