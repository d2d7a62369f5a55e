/* Layouts and numbers that programs are compiled with. src/capi/layout.rs has the same from the library's side. */
#include "test.h"

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "the size of " #type " has changed")

_Static_assert(sizeof(void *) == 8, "these numbers are for 64 bits");

AT(primer_str, data, 0);
AT(primer_str, len, 8);
SIZE(primer_str, 16);

AT(primer_model_options, struct_size, 0);
AT(primer_model_options, threads, 4);
AT(primer_model_options, quantised, 8);
AT(primer_model_options, verify, 12);
AT(primer_model_options, device, 16);
AT(primer_model_options, device_number, 20);
SIZE(primer_model_options, 24);

AT(primer_tagger_options, struct_size, 0);
AT(primer_tagger_options, engine, 4);
AT(primer_tagger_options, precision, 8);
AT(primer_tagger_options, threads, 12);
AT(primer_tagger_options, onnxruntime, 16);
AT(primer_tagger_options, providers, 24);
AT(primer_tagger_options, provider_count, 32);
SIZE(primer_tagger_options, 40);

AT(primer_model_sizes, struct_size, 0);
AT(primer_model_sizes, layers, 4);
AT(primer_model_sizes, hidden, 8);
AT(primer_model_sizes, intermediate, 12);
AT(primer_model_sizes, heads, 16);
AT(primer_model_sizes, vocabulary, 20);
AT(primer_model_sizes, positions, 24);
AT(primer_model_sizes, threads, 28);
SIZE(primer_model_sizes, 32);

AT(primer_dataset_options, struct_size, 0);
AT(primer_dataset_options, format, 4);
AT(primer_dataset_options, scheme, 8);
AT(primer_dataset_options, unit, 12);
AT(primer_dataset_options, word_column, 16);
AT(primer_dataset_options, tag_column, 20);
AT(primer_dataset_options, labelled, 24);
AT(primer_dataset_options, reserved, 28);
SIZE(primer_dataset_options, 32);

AT(primer_progress, struct_size, 0);
AT(primer_progress, stage, 4);
AT(primer_progress, epoch, 8);
AT(primer_progress, epochs, 16);
AT(primer_progress, step, 24);
AT(primer_progress, steps, 32);
AT(primer_progress, loss, 40);
AT(primer_progress, gradient_norm, 48);
AT(primer_progress, dev_f1, 56);
AT(primer_progress, best_f1, 64);
AT(primer_progress, seconds, 72);
AT(primer_progress, seconds_left, 80);
SIZE(primer_progress, 88);

AT(primer_adapt_options, struct_size, 0);
AT(primer_adapt_options, method, 4);
AT(primer_adapt_options, scheme, 8);
AT(primer_adapt_options, epochs, 12);
AT(primer_adapt_options, batch_size, 16);
AT(primer_adapt_options, micro_batch_pieces, 20);
AT(primer_adapt_options, evaluate_every, 24);
AT(primer_adapt_options, patience, 28);
AT(primer_adapt_options, shots, 32);
AT(primer_adapt_options, cache_mib, 36);
AT(primer_adapt_options, seed, 40);
AT(primer_adapt_options, learning_rate, 48);
AT(primer_adapt_options, head_learning_rate, 56);
AT(primer_adapt_options, weight_decay, 64);
AT(primer_adapt_options, warmup, 72);
AT(primer_adapt_options, clip, 80);
AT(primer_adapt_options, types, 88);
AT(primer_adapt_options, type_count, 96);
AT(primer_adapt_options, name, 104);
AT(primer_adapt_options, layers, 120);
AT(primer_adapt_options, layer_count, 128);
AT(primer_adapt_options, adapter_size, 136);
AT(primer_adapt_options, adapter_attention, 140);
AT(primer_adapt_options, adapter_output, 144);
AT(primer_adapt_options, adapter_norm_before, 148);
AT(primer_adapt_options, adapter_activation, 152);
AT(primer_adapt_options, lora_rank, 156);
AT(primer_adapt_options, adapter_scaling, 160);
AT(primer_adapt_options, lora_alpha, 168);
AT(primer_adapt_options, lora_rslora, 176);
AT(primer_adapt_options, lora_sites, 180);
AT(primer_adapt_options, batch_pieces, 184);
AT(primer_adapt_options, recompute, 188);
AT(primer_adapt_options, head_only, 192);
AT(primer_adapt_options, reserved, 196);
AT(primer_adapt_options, precision, 200);
AT(primer_adapt_options, reserved2, 204);
SIZE(primer_adapt_options, 208);

AT(primer_entity, start, 0);
AT(primer_entity, end, 8);
AT(primer_entity, first_word, 16);
AT(primer_entity, end_word, 24);
AT(primer_entity, label, 32);
AT(primer_entity, score, 36);
AT(primer_entity, label_name, 40);
SIZE(primer_entity, 56);

AT(primer_word, start, 0);
AT(primer_word, end, 8);
AT(primer_word, tag, 16);
AT(primer_word, tag_name, 24);
SIZE(primer_word, 40);

AT(primer_input, adapter, 0);
AT(primer_input, text, 8);
AT(primer_input, words, 24);
AT(primer_input, word_count, 32);
SIZE(primer_input, 40);

AT(primer_score, precision, 0);
AT(primer_score, recall, 8);
AT(primer_score, f1, 16);
AT(primer_score, support, 24);
AT(primer_score, predicted, 32);
AT(primer_score, correct, 40);
SIZE(primer_score, 48);

AT(primer_scores, struct_size, 0);
AT(primer_scores, reserved, 4);
AT(primer_scores, sentences, 8);
AT(primer_scores, micro, 16);
AT(primer_scores, strict_micro, 64);
AT(primer_scores, accuracy, 112);
SIZE(primer_scores, 120);

AT(primer_task, name, 0);
AT(primer_task, data, 16);
SIZE(primer_task, 24);

AT(primer_prime_progress, struct_size, 0);
AT(primer_prime_progress, reserved, 4);
AT(primer_prime_progress, step, 8);
AT(primer_prime_progress, steps, 16);
AT(primer_prime_progress, support_loss, 24);
AT(primer_prime_progress, query_loss, 32);
AT(primer_prime_progress, gradient_norm, 40);
AT(primer_prime_progress, dev_f1, 48);
AT(primer_prime_progress, seconds, 56);
AT(primer_prime_progress, seconds_left, 64);
SIZE(primer_prime_progress, 72);

AT(primer_prime_options, struct_size, 0);
AT(primer_prime_options, algorithm, 4);
AT(primer_prime_options, order, 8);
AT(primer_prime_options, inner_scope, 12);
AT(primer_prime_options, outer_scope, 16);
AT(primer_prime_options, inner_steps, 20);
AT(primer_prime_options, fresh_support, 24);
AT(primer_prime_options, redraw, 28);
AT(primer_prime_options, multi_step_loss, 32);
AT(primer_prime_options, support, 36);
AT(primer_prime_options, query, 40);
AT(primer_prime_options, episodes, 44);
AT(primer_prime_options, steps, 48);
AT(primer_prime_options, micro_batch_pieces, 52);
AT(primer_prime_options, scheme, 56);
AT(primer_prime_options, evaluate_every, 60);
AT(primer_prime_options, checkpoint_every, 64);
AT(primer_prime_options, precision, 68);
AT(primer_prime_options, adaptation, 72);
AT(primer_prime_options, seed, 80);
AT(primer_prime_options, inner_rate, 88);
AT(primer_prime_options, learn_inner_rate, 96);
AT(primer_prime_options, reptile_rate, 104);
AT(primer_prime_options, temperature, 112);
AT(primer_prime_options, encoder_rate, 120);
AT(primer_prime_options, embedding_rate, 128);
AT(primer_prime_options, method_rate, 136);
AT(primer_prime_options, layer_decay, 144);
AT(primer_prime_options, weight_decay, 152);
AT(primer_prime_options, warmup, 160);
AT(primer_prime_options, clip, 168);
AT(primer_prime_options, types, 176);
AT(primer_prime_options, type_count, 184);
AT(primer_prime_options, name, 192);
SIZE(primer_prime_options, 208);

/* Numbers are never reused: a table of all, so that one that changes does not compile. */
#define IS(constant, number) _Static_assert((constant) == (number), #constant " has changed")
IS(PRIMER_OK, 0);
IS(PRIMER_ERR_INVALID_ARGUMENT, 1);
IS(PRIMER_ERR_INVALID_UTF8, 2);
IS(PRIMER_ERR_IO, 3);
IS(PRIMER_ERR_FORMAT, 4);
IS(PRIMER_ERR_DATA, 5);
IS(PRIMER_ERR_MISMATCH, 6);
IS(PRIMER_ERR_UNSUPPORTED, 7);
IS(PRIMER_ERR_CANCELLED, 8);
IS(PRIMER_ERR_BUSY, 9);
IS(PRIMER_ERR_NON_FINITE, 10);
IS(PRIMER_ERR_TOO_LARGE, 11);
IS(PRIMER_ERR_COMPUTE, 12);
IS(PRIMER_ERR_PANIC, 13);
IS(PRIMER_ERR_OUT_OF_MEMORY, 14);
IS(PRIMER_ERR_DEVICE, 15);
IS(PRIMER_LOG_WARN, 1);
IS(PRIMER_LOG_INFO, 2);
IS(PRIMER_FORMAT_AUTO, 0);
IS(PRIMER_FORMAT_CONLL, 1);
IS(PRIMER_FORMAT_JSONL, 2);
IS(PRIMER_SCHEME_AUTO, 0);
IS(PRIMER_SCHEME_IOB1, 1);
IS(PRIMER_SCHEME_IOB2, 2);
IS(PRIMER_SCHEME_BIOES, 3);
IS(PRIMER_FOLDER_PEFT, 1);
IS(PRIMER_FOLDER_ADAPTERHUB, 2);
IS(PRIMER_METHOD_INITIAL, -1);
IS(PRIMER_METHOD_INITIAL, -1);
IS(PRIMER_METHOD_HEAD, 0);
IS(PRIMER_METHOD_ADAPTER, 1);
IS(PRIMER_METHOD_LORA, 2);
IS(PRIMER_METHOD_BITFIT, 3);
IS(PRIMER_METHOD_FULL, 4);
IS(PRIMER_ACTIVATION_RELU, 0);
IS(PRIMER_ACTIVATION_SWISH, 1);
IS(PRIMER_ACTIVATION_GELU, 2);
IS(PRIMER_SITE_QUERY, 1);
IS(PRIMER_SITE_KEY, 2);
IS(PRIMER_SITE_VALUE, 4);
IS(PRIMER_SITE_ATTENTION_OUTPUT, 8);
IS(PRIMER_SITE_INTERMEDIATE, 16);
IS(PRIMER_SITE_OUTPUT, 32);
IS(PRIMER_STAGE_START, 0);
IS(PRIMER_STAGE_STEP, 1);
IS(PRIMER_STAGE_EPOCH, 2);
IS(PRIMER_ENGINE_NATIVE, 0);
IS(PRIMER_ENGINE_ONNX, 1);
IS(PRIMER_ENGINE_AUTO, 2);
IS(PRIMER_PRECISION_F32, 0);
IS(PRIMER_PRECISION_INT8, 1);
IS(PRIMER_PRECISION_BF16, 2);
IS(PRIMER_DEVICE_CPU, 0);
IS(PRIMER_DEVICE_AUTO, 1);
IS(PRIMER_DEVICE_CUDA, 2);
IS(PRIMER_DEVICE_METAL, 3);
IS(PRIMER_UNIT_BYTE, 0);
IS(PRIMER_UNIT_UTF16, 1);
IS(PRIMER_UNIT_CODE_POINT, 2);
IS(PRIMER_ALGORITHM_MAML, 0);
IS(PRIMER_ALGORITHM_MULTI_TASK, 1);
IS(PRIMER_ALGORITHM_REPTILE, 2);
IS(PRIMER_ORDER_FIRST, 0);
IS(PRIMER_ORDER_TANGENTS, 1);
IS(PRIMER_ORDER_DIFFERENCES, 2);
IS(PRIMER_INNER_PHI, 0);
IS(PRIMER_INNER_HEAD, 1);
IS(PRIMER_INNER_EVERYTHING, 2);
IS(PRIMER_OUTER_BOTH, 0);
IS(PRIMER_OUTER_BACKBONE, 1);
IS(PRIMER_OUTER_PHI, 2);
IS(PRIMER_STORAGE_F32, 0);
IS(PRIMER_STORAGE_F16, 1);
IS(PRIMER_STORAGE_Q4_0, 2);
IS(PRIMER_STORAGE_Q8_0, 8);
IS(PRIMER_STORAGE_BF16, 30);

int main(void) {
    CHECK(primer_abi_version() == PRIMER_ABI_VERSION);
    CHECK(strcmp(primer_version(), PRIMER_VERSION) == 0);
    CHECK(primer_has_feature("no such feature") == 0 && primer_has_feature(NULL) == 0);
    for (primer_status s = -2; s < 20; s++) {
        CHECK((strncmp(primer_status_name(s), "PRIMER_", 7) == 0) == (s >= PRIMER_OK && s <= PRIMER_ERR_DEVICE));
    }
    return 0;
}
