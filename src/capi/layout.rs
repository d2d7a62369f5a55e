// Generated from interface/ and src/capi/ by `make generate`. Do not edit: change the source.
//! The layouts that hosts are compiled with, as Rust sees them: what is promised of them stands in tests/abi.

#![cfg(target_pointer_width = "64")]

use std::mem::offset_of;

#[allow(unused_imports, reason = "which module has which struct is of no interest here")]
use super::{
    adapt::*, adapter::*, buffer::*, cancel::*, dataset::*, error::*, evaluate::*, generated::adapt::*,
    generated::adapter::*, generated::dataset::*, generated::log::*, generated::model::*, generated::prime::*,
    generated::status::*, generated::storage::*, generated::tagger::*, log::*, method::*, model::*, offsets::*,
    onnx::*, prime::*, primed::*, result::*, strings::*, tagger::*, version::*,
};

/// Offsets of all fields in order, and the size.
macro_rules! layout {
    ($type:path: $($field:ident)*) => { (vec![$(offset_of!($type, $field)),*], size_of::<$type>()) };
}

#[test]
fn layouts_are_those_of_the_header() {
    assert_eq!(layout!(primer_str: data len), (vec![0, 8], 16));
    assert_eq!(
        layout!(primer_model_options: struct_size threads quantised verify device device_number),
        (vec![0, 4, 8, 12, 16, 20], 24)
    );
    assert_eq!(
        layout!(primer_model_sizes: struct_size layers hidden intermediate heads vocabulary positions threads),
        (vec![0, 4, 8, 12, 16, 20, 24, 28], 32)
    );
    assert_eq!(
        layout!(primer_dataset_options: struct_size format scheme unit word_column tag_column labelled reserved strict reserved2 tag_names tag_name_count labelled_types labelled_type_count),
        (vec![0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64], 72)
    );
    assert_eq!(
        layout!(primer_adapt_options: struct_size method scheme epochs batch_size micro_batch_pieces evaluate_every patience shots cache_mib seed learning_rate head_learning_rate weight_decay warmup clip types type_count name layers layer_count adapter_size adapter_attention adapter_output adapter_norm_before adapter_activation lora_rank adapter_scaling lora_alpha lora_rslora lora_sites batch_pieces recompute head_only reserved precision reserved2 drop_types overlap restart preparation start head_init descriptions description_count trained_layers effort),
        (
            vec![
                0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 104, 120, 128, 136, 140, 144, 148,
                152, 156, 160, 168, 176, 180, 184, 188, 192, 196, 200, 204, 208, 212, 216, 220, 224, 228, 232, 240,
                248, 252
            ],
            256
        )
    );
    assert_eq!(
        layout!(primer_progress: struct_size stage epoch epochs step steps loss gradient_norm dev_f1 best_f1 seconds seconds_left done total),
        (vec![0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96], 104)
    );
    assert_eq!(
        layout!(primer_tagger_options: struct_size engine precision threads onnxruntime providers provider_count min_score split window),
        (vec![0, 4, 8, 12, 16, 24, 32, 40, 48, 52], 56)
    );
    assert_eq!(layout!(primer_input: adapter text words word_count), (vec![0, 8, 24, 32], 40));
    assert_eq!(
        layout!(primer_entity: start end first_word end_word label score label_name),
        (vec![0, 8, 16, 24, 32, 36, 40], 56)
    );
    assert_eq!(layout!(primer_word: start end tag tag_name), (vec![0, 8, 16, 24], 40));
    assert_eq!(layout!(primer_score: precision recall f1 support predicted correct), (vec![0, 8, 16, 24, 32, 40], 48));
    assert_eq!(
        layout!(primer_scores: struct_size reserved sentences micro strict_micro accuracy),
        (vec![0, 4, 8, 16, 64, 112], 120)
    );
    assert_eq!(
        layout!(primer_prime_options: struct_size algorithm order inner_scope outer_scope inner_steps fresh_support redraw multi_step_loss support query episodes steps micro_batch_pieces scheme evaluate_every checkpoint_every precision adaptation seed inner_rate learn_inner_rate reptile_rate temperature encoder_rate embedding_rate method_rate layer_decay weight_decay warmup clip types type_count name restart head nameless episode_tokens reserved),
        (
            vec![
                0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 80, 88, 96, 104, 112, 120,
                128, 136, 144, 152, 160, 168, 176, 184, 192, 208, 212, 216, 224, 228
            ],
            232
        )
    );
    assert_eq!(layout!(primer_task: name data), (vec![0, 16], 24));
    assert_eq!(
        layout!(primer_prime_progress: struct_size stage step steps support_loss query_loss gradient_norm dev_f1 seconds seconds_left done total),
        (vec![0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80], 88)
    );
}
