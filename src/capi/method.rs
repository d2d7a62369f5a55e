//! `primer_adapt_options`: the methods with their settings, and how they are trained.

use std::ffi::c_char;

use super::error::{primer_error, primer_status};
use super::generated::adapt::*;
use super::generated::dataset::scheme;
use super::generated::tagger::precision;
use super::guard::guard;
use super::handle::null;
use super::options::{flag, unknown};
use super::strings::{array, terminated, text, texts};
use crate::error::{Error, Result};
use crate::model::{Config, Site};
use crate::peft::{Adapter, Layers, Method};
use crate::train::AdaptOptions;

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
        scheme: scheme(o.scheme, "scheme")?.unwrap_or(usual.scheme),
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
        precision: precision(o.precision, "precision")?,
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
            b.activation = activation(o.adapter_activation, "adapter_activation")?;
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
    use super::super::generated::tagger::PRIMER_PRECISION_BF16;
    use super::super::options::Sized32;
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
