// Generated from interface/ by `make generate`. Do not edit: change the source.
//
// Options by the names of C's fields.
#include "conformance.hpp"

namespace conformance {

void visit(primer::ModelOptions &options, Fields &fields) {
    fields("threads", options.threads);
    fields("quantised", options.quantised);
    fields("verify", options.verify);
    fields("device", options.device);
    fields("device_number", options.device_number);
}

void visit(primer::DatasetOptions &options, Fields &fields) {
    fields("format", options.format);
    fields("scheme", options.scheme);
    fields("unit", options.unit);
    fields("word_column", options.word_column);
    fields("tag_column", options.tag_column);
    fields("labelled", options.labelled);
    fields("strict", options.strict);
    fields("tag_names", "tag_name_count", options.tag_names);
    fields("labelled_types", "labelled_type_count", options.labelled_types);
}

void visit(primer::AdaptOptions &options, Fields &fields) {
    fields("method", options.method);
    fields("scheme", options.scheme);
    fields("epochs", options.epochs);
    fields("batch_size", options.batch_size);
    fields("micro_batch_pieces", options.micro_batch_pieces);
    fields("evaluate_every", options.evaluate_every);
    fields("patience", options.patience);
    fields("shots", options.shots);
    fields("cache_mib", options.cache_mib);
    fields("seed", options.seed);
    fields("learning_rate", options.learning_rate);
    fields("head_learning_rate", options.head_learning_rate);
    fields("weight_decay", options.weight_decay);
    fields("warmup", options.warmup);
    fields("clip", options.clip);
    fields("types", "type_count", options.types);
    fields("name", options.name);
    fields("layers", "layer_count", options.layers);
    fields("adapter_size", options.adapter_size);
    fields("adapter_attention", options.adapter_attention);
    fields("adapter_output", options.adapter_output);
    fields("adapter_norm_before", options.adapter_norm_before);
    fields("adapter_activation", options.adapter_activation);
    fields("lora_rank", options.lora_rank);
    fields("adapter_scaling", options.adapter_scaling);
    fields("lora_alpha", options.lora_alpha);
    fields("lora_rslora", options.lora_rslora);
    fields("lora_sites", options.lora_sites);
    fields("batch_pieces", options.batch_pieces);
    fields("recompute", options.recompute);
    fields("head_only", options.head_only);
    fields("precision", options.precision);
    fields("drop_types", options.drop_types);
    fields("overlap", options.overlap);
    fields("restart", options.restart);
    fields("preparation", options.preparation);
    fields("start", options.start);
    fields("head_init", options.head_init);
    fields("descriptions", "description_count", options.descriptions);
    fields("trained_layers", options.trained_layers);
    fields("effort", options.effort);
}

void visit(primer::TaggerOptions &options, Fields &fields) {
    fields("engine", options.engine);
    fields("precision", options.precision);
    fields("threads", options.threads);
    fields("onnxruntime", options.onnxruntime);
    fields("providers", "provider_count", options.providers);
    fields("min_score", options.min_score);
    fields("split", options.split);
    fields("window", options.window);
}

void visit(primer::experimental::PrimeOptions &options, Fields &fields) {
    fields("algorithm", options.algorithm);
    fields("order", options.order);
    fields("inner_scope", options.inner_scope);
    fields("outer_scope", options.outer_scope);
    fields("inner_steps", options.inner_steps);
    fields("fresh_support", options.fresh_support);
    fields("redraw", options.redraw);
    fields("multi_step_loss", options.multi_step_loss);
    fields("support", options.support);
    fields("query", options.query);
    fields("episodes", options.episodes);
    fields("steps", options.steps);
    fields("micro_batch_pieces", options.micro_batch_pieces);
    fields("scheme", options.scheme);
    fields("evaluate_every", options.evaluate_every);
    fields("checkpoint_every", options.checkpoint_every);
    fields("precision", options.precision);
    fields("seed", options.seed);
    fields("inner_rate", options.inner_rate);
    fields("learn_inner_rate", options.learn_inner_rate);
    fields("reptile_rate", options.reptile_rate);
    fields("temperature", options.temperature);
    fields("encoder_rate", options.encoder_rate);
    fields("embedding_rate", options.embedding_rate);
    fields("method_rate", options.method_rate);
    fields("layer_decay", options.layer_decay);
    fields("weight_decay", options.weight_decay);
    fields("warmup", options.warmup);
    fields("clip", options.clip);
    fields("types", "type_count", options.types);
    fields("name", options.name);
    fields("restart", options.restart);
    fields("head", options.head);
    fields("nameless", options.nameless);
    fields("episode_tokens", options.episode_tokens);
}

} // namespace conformance
