//! `primer_adapt_options`: the methods with their settings, and how they are trained.

use std::ffi::c_char;

use super::error::{primer_error, primer_status};
use super::generated::adapt::*;
use super::guard::guard;
use super::handle::null;
use super::options::unknown;
use super::strings::terminated;
use crate::error::Result;
use crate::peft::{Adapter, Method, MethodChoice, MethodSettings};
use crate::train::AdaptOptions;

/// The method of a name (NUL-terminated), which is that of its constant in small letters: "lora" for PRIMER_METHOD_LORA.
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
        let found = Method::number(unsafe { terminated(name, "name") }?)?;
        // SAFETY: the contract of the C interface.
        unsafe { method.write(found as i32) };
        Ok(())
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}

/// The options as they are given; what is not, is for [`AdaptOptions::resolve`] to decide.
///
/// # Safety
/// The arrays and texts are what the header promises.
pub(super) unsafe fn adapt_options(o: &primer_adapt_options, initial: Option<&Adapter>) -> Result<AdaptOptions> {
    // SAFETY: the caller's promise, here and below.
    let mut options = AdaptOptions::new(unsafe { method_choice(o) }?);
    unsafe { o.apply(&mut options) }?;
    options.initial = initial.cloned();
    Ok(options)
}

/// The method of these options with what is given of its settings; nothing else of them is read.
///
/// # Safety
/// `layers` is what the header promises.
pub(super) unsafe fn method_choice(o: &primer_adapt_options) -> Result<MethodChoice> {
    if o.method == PRIMER_METHOD_INITIAL {
        return Ok(MethodChoice::Initial);
    }
    let name = usize::try_from(o.method).ok().and_then(|number| Method::NAMES.get(number));
    let name = *name.ok_or_else(|| unknown(o.method, "method", "PRIMER_METHOD_*"))?;
    let mut settings = MethodSettings::default();
    // SAFETY: the caller's promise.
    unsafe { o.apply_method(&mut settings) }?;
    Ok(MethodChoice::Named { name: name.to_owned(), settings })
}

#[cfg(test)]
mod tests {
    use super::super::generated::tagger::PRIMER_PRECISION_BF16;
    use super::super::options::Sized32;
    use super::*;
    use crate::model::{Config, Site};
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
            let ours = unsafe { adapt_options(&o, None) }.unwrap();
            let theirs = AdaptOptions::new(MethodChoice::named(*name));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
            let method = ours.method.resolve(&config, None).unwrap();
            assert_eq!(method, Method::by_name(name, &config).unwrap());
        }
    }

    /// The library numbers its methods by their places in its list; programs were compiled with these numbers.
    #[test]
    fn the_numbers_of_methods_are_those_of_the_header() {
        for (name, number) in [
            ("head", PRIMER_METHOD_HEAD),
            ("adapter", PRIMER_METHOD_ADAPTER),
            ("lora", PRIMER_METHOD_LORA),
            ("bitfit", PRIMER_METHOD_BITFIT),
            ("full", PRIMER_METHOD_FULL),
            ("ia3", PRIMER_METHOD_IA3),
            ("parallel", PRIMER_METHOD_PARALLEL),
        ] {
            assert_eq!(Method::number(name).unwrap() as i32, number, "{name}");
        }
        for other in [-2, Method::NAMES.len() as i32, i32::MAX, i32::MIN] {
            let o = primer_adapt_options { method: other, ..Sized32::initial() };
            assert!(unsafe { method_choice(&o) }.unwrap_err().message().starts_with(&format!("method is {other}")));
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
            (8, 0.0, 0, sites),
            "and so do the comments"
        );
    }

    /// A program of version 0.2 had a struct of 200 bytes: what comes behind is as ever.
    #[test]
    fn the_precision_is_as_asked_and_that_of_ever_for_older_programs() {
        let ours = |precision, struct_size| {
            let o = primer_adapt_options { precision, struct_size, ..Sized32::initial() };
            unsafe { super::super::options::read(&o).and_then(|o| adapt_options(&o, None)) }
        };
        let whole = size_of::<primer_adapt_options>() as u32;
        assert_eq!(ours(PRIMER_PRECISION_BF16, whole).unwrap().precision, Precision::Bf16);
        assert_eq!(ours(PRIMER_PRECISION_BF16, 200).unwrap().precision, Precision::F32);
        assert!(ours(3, whole).unwrap_err().message().starts_with("precision is 3"));
    }

    #[test]
    fn sites_are_chosen_by_their_bits() {
        for (bit, site) in SITES {
            let o = primer_adapt_options { method: PRIMER_METHOD_LORA, lora_sites: bit, ..Sized32::initial() };
            let method = unsafe { method_choice(&o) }.unwrap().resolve(&config(), None).unwrap();
            let Method::Lora(l) = method else { panic!("LoRA was asked for") };
            assert_eq!(l.sites, [site]);
        }
        assert_eq!(SITES.map(|(_, site)| site), Site::ALL);
        let o = primer_adapt_options { method: PRIMER_METHOD_LORA, lora_sites: 64, ..Sized32::initial() };
        assert!(unsafe { method_choice(&o) }.is_err());
    }
}
