//! The layouts that hosts are compiled with: a change here breaks every one of them. `tests/c/layout.c` has the same
//! numbers from the C compiler's side.

#![cfg(target_pointer_width = "64")]

use std::mem::offset_of;

use super::adapt::primer_progress;
use super::dataset::primer_dataset_options;
use super::evaluate::{primer_score, primer_scores};
use super::method::primer_adapt_options;
use super::model::{primer_model_options, primer_model_sizes};
use super::prime::{primer_prime_progress, primer_task};
use super::prime_options::primer_prime_options;
use super::result::{primer_entity, primer_word};
use super::strings::primer_str;
use super::tagger::primer_input;
use super::tagger_options::primer_tagger_options;

/// Offsets of all fields in order, and the size.
macro_rules! layout {
    ($type:ident: $($field:ident)*) => { (vec![$(offset_of!($type, $field)),*], size_of::<$type>()) };
}

/// Fields of these sizes, one behind the other without a gap: padding would let unset bytes across the boundary.
fn packed(sizes: &[usize]) -> (Vec<usize>, usize) {
    let mut end = 0;
    let offsets = sizes.iter().map(|size| {
        end += size;
        end - size
    });
    (offsets.collect(), end)
}

#[test]
fn layouts_are_frozen() {
    assert_eq!(layout!(primer_str: data len), packed(&[8, 8]));
    assert_eq!(
        layout!(primer_model_options: struct_size threads quantised verify device device_number),
        packed(&[4; 6])
    );
    assert_eq!(
        layout!(primer_model_sizes: struct_size layers hidden intermediate heads vocabulary positions threads),
        packed(&[4; 8])
    );
    assert_eq!(
        layout!(primer_dataset_options: struct_size format scheme unit word_column tag_column labelled reserved),
        packed(&[4; 8])
    );
    assert_eq!(
        layout!(primer_progress: struct_size stage epoch epochs step steps loss gradient_norm dev_f1 best_f1 seconds
            seconds_left),
        packed(&[4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8])
    );
    assert_eq!(
        layout!(primer_adapt_options: struct_size method scheme epochs batch_size micro_batch_pieces evaluate_every patience shots
            cache_mib seed
            learning_rate head_learning_rate weight_decay warmup clip types type_count name layers layer_count
            adapter_size adapter_attention adapter_output adapter_norm_before adapter_activation lora_rank
            adapter_scaling lora_alpha lora_rslora lora_sites batch_pieces recompute head_only reserved precision reserved2),
        packed(&[
            4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 16, 8, 8, 4, 4, 4, 4, 4, 4, 8, 8, 4, 4, 4, 4, 4, 4,
            4, 4
        ])
    );
    assert_eq!(
        layout!(primer_entity: start end first_word end_word label score label_name),
        packed(&[8, 8, 8, 8, 4, 4, 16])
    );
    assert_eq!(layout!(primer_word: start end tag tag_name), packed(&[8, 8, 8, 16]));
    assert_eq!(
        layout!(primer_tagger_options: struct_size engine precision threads onnxruntime providers provider_count),
        packed(&[4, 4, 4, 4, 8, 8, 8])
    );
    assert_eq!(layout!(primer_input: adapter text words word_count), packed(&[8, 16, 8, 8]));
    assert_eq!(layout!(primer_score: precision recall f1 support predicted correct), packed(&[8; 6]));
    assert_eq!(
        layout!(primer_scores: struct_size reserved sentences micro strict_micro accuracy),
        packed(&[4, 4, 8, 48, 48, 8])
    );
    assert_eq!(layout!(primer_task: name data), packed(&[16, 8]));
    assert_eq!(
        layout!(primer_prime_progress: struct_size reserved step steps support_loss query_loss gradient_norm dev_f1
            seconds seconds_left),
        packed(&[4, 4, 8, 8, 8, 8, 8, 8, 8, 8])
    );
    let (words, numbers) = ([4; 18], [8; 13]);
    assert_eq!(
        layout!(primer_prime_options: struct_size algorithm order inner_scope outer_scope inner_steps fresh_support
            redraw multi_step_loss support query episodes steps micro_batch_pieces scheme evaluate_every
            checkpoint_every precision adaptation seed inner_rate learn_inner_rate reptile_rate temperature encoder_rate
            embedding_rate method_rate layer_decay weight_decay warmup clip types type_count name),
        packed(&[&words[..], &numbers[..], &[8, 8, 16]].concat())
    );
}
