//! Generated from interface/ by `make generate`. Do not edit: change the source.

unsafe extern "C" {
    fn primer_model_options_init(options: *mut u64, struct_size: usize);
    fn primer_dataset_options_init(options: *mut u64, struct_size: usize);
    fn primer_adapt_options_init(options: *mut u64, struct_size: usize);
    fn primer_tagger_options_init(options: *mut u64, struct_size: usize);
    fn primer_prime_options_init(options: *mut u64, struct_size: usize);
}

/// Fills a struct of options with its initial values.
pub type Init = unsafe extern "C" fn(*mut u64, usize);

/// The structs of options, and what fills them.
pub const OPTIONS: [(&str, Init); 5] = [
    ("primer_model_options", primer_model_options_init),
    ("primer_dataset_options", primer_dataset_options_init),
    ("primer_adapt_options", primer_adapt_options_init),
    ("primer_tagger_options", primer_tagger_options_init),
    ("primer_prime_options", primer_prime_options_init),
];

/// The group of constants of an enumeration's or a set's field.
pub fn group(options: &str, field: &str) -> Option<&'static str> {
    Some(match (options, field) {
        ("primer_model_options", "device") => "DEVICE",
        ("primer_dataset_options", "format") => "FORMAT",
        ("primer_dataset_options", "scheme") => "SCHEME",
        ("primer_dataset_options", "unit") => "UNIT",
        ("primer_adapt_options", "method") => "METHOD",
        ("primer_adapt_options", "scheme") => "SCHEME",
        ("primer_adapt_options", "adapter_activation") => "ACTIVATION",
        ("primer_adapt_options", "lora_sites") => "SITE",
        ("primer_adapt_options", "precision") => "PRECISION",
        ("primer_adapt_options", "overlap") => "OVERLAP",
        ("primer_adapt_options", "start") => "START",
        ("primer_adapt_options", "head_init") => "HEAD_INIT",
        ("primer_adapt_options", "effort") => "EFFORT",
        ("primer_tagger_options", "engine") => "ENGINE",
        ("primer_tagger_options", "precision") => "PRECISION",
        ("primer_tagger_options", "split") => "SPLIT",
        ("primer_prime_options", "algorithm") => "ALGORITHM",
        ("primer_prime_options", "order") => "ORDER",
        ("primer_prime_options", "inner_scope") => "INNER",
        ("primer_prime_options", "outer_scope") => "OUTER",
        ("primer_prime_options", "scheme") => "SCHEME",
        ("primer_prime_options", "precision") => "PRECISION",
        ("primer_prime_options", "head") => "EPISODE_HEAD",
        _ => return None,
    })
}
