/* NULL everywhere, wrong handles, damaged files: always a status that names what is wrong, and outputs that are NULL. */
#include "test.h"

/* The call is refused for the argument `name`, which is NULL. */
#define IS_NULL(name, call) FAILS(PRIMER_ERR_INVALID_ARGUMENT, name " is NULL", call)

static void unused(int32_t level, primer_str message, void *user) {
    (void)level;
    (void)message;
    (void)user;
    abort();
}

static void null_arguments(const char *folder, const primer_model *model, const primer_dataset *data,
                           const primer_adapter *adapter, primer_tagger *tagger) {
    primer_model *m = UNSET;
    IS_NULL("path", primer_model_load(NULL, NULL, &m, &err));
    CHECK(m == NULL);
    IS_NULL("out", primer_model_load(folder, NULL, NULL, &err));
    IS_NULL("data", primer_model_from_memory(NULL, 5, NULL, &m, &err));
    IS_NULL("out", primer_model_from_memory("GGUF", 4, NULL, NULL, &err));
    IS_NULL("sizes", primer_model_get_sizes(model, NULL, &err));

    primer_dataset *d = UNSET;
    IS_NULL("path", primer_dataset_load(NULL, NULL, &d, &err));
    CHECK(d == NULL);
    IS_NULL("out", primer_dataset_load(folder, NULL, NULL, &err));
    IS_NULL("data", primer_dataset_from_memory(NULL, 1, NULL, NULL, &d, &err));
    IS_NULL("out", primer_dataset_from_memory("a O\n", 4, NULL, NULL, NULL, &err));
    IS_NULL("dataset", primer_dataset_shots(NULL, 1, 0, NULL, &d, &err));
    IS_NULL("out", primer_dataset_shots(data, 1, 0, NULL, NULL, &err));
    IS_NULL("dataset", primer_dataset_select(NULL, NULL, 0, &d, &err));
    IS_NULL("indices", primer_dataset_select(data, NULL, 1, &d, &err));

    primer_adapter *a = UNSET;
    primer_buffer *buffer = UNSET;
    IS_NULL("path", primer_adapter_load(NULL, model, &a, &err));
    CHECK(a == NULL);
    IS_NULL("model", primer_adapter_load("x", NULL, &a, &err));
    IS_NULL("out", primer_adapter_load("x", model, NULL, &err));
    IS_NULL("data", primer_adapter_from_memory(NULL, 1, model, &a, &err));
    IS_NULL("model", primer_adapter_from_memory("x", 1, NULL, &a, &err));
    IS_NULL("adapter", primer_adapter_save(NULL, "x", &err));
    IS_NULL("path", primer_adapter_save(adapter, NULL, &err));
    IS_NULL("adapter", primer_adapter_to_memory(NULL, &buffer, &err));
    CHECK(buffer == NULL);
    IS_NULL("out", primer_adapter_to_memory(adapter, NULL, &err));
    IS_NULL("folder", primer_adapter_import(NULL, model, 0, NULL, 0, &a, &err));
    IS_NULL("model", primer_adapter_import("x", NULL, 0, NULL, 0, &a, &err));
    IS_NULL("types", primer_adapter_import("x", model, 0, NULL, 2, &a, &err));
    IS_NULL("folder", primer_adapter_export(adapter, PRIMER_FOLDER_PEFT, NULL, &err));
    IS_NULL("adapter", primer_adapter_export(NULL, PRIMER_FOLDER_PEFT, "x", &err));

    IS_NULL("model", primer_adapt(NULL, data, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &a, &err));
    IS_NULL("train", primer_adapt(model, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &a, &err));
    IS_NULL("out", primer_adapt(model, data, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &err));

    primer_tagger *t = UNSET;
    primer_result *r = UNSET;
    IS_NULL("model", primer_tagger_new(NULL, &t, &err));
    CHECK(t == NULL);
    IS_NULL("out", primer_tagger_new(model, NULL, &err));
    IS_NULL("tagger", primer_tagger_tag_text(NULL, adapter, "x", 1, &r, &err));
    CHECK(r == NULL);
    IS_NULL("adapter", primer_tagger_tag_text(tagger, NULL, "x", 1, &r, &err));
    IS_NULL("text", primer_tagger_tag_text(tagger, adapter, NULL, 1, &r, &err));
    IS_NULL("out", primer_tagger_tag_text(tagger, adapter, "x", 1, NULL, &err));
    IS_NULL("words", primer_tagger_tag_words(tagger, adapter, NULL, 1, &r, &err));
    primer_str words[] = {{"x", 1}, {NULL, 1}};
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "words[1]", primer_tagger_tag_words(tagger, adapter, words, 2, &r, &err));
    IS_NULL("inputs", primer_tagger_tag_batch(tagger, NULL, 1, NULL, &r, &err));
    primer_input input = {adapter, {"x", 1}, NULL, 0};
    primer_input inputs[2] = {input, input};
    inputs[1].adapter = NULL;
    IS_NULL("inputs[1].adapter", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    inputs[1] = input;
    inputs[1].word_count = 1;
    IS_NULL("inputs[1].words", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    inputs[1].words = words;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "inputs[1]", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    CHECK(r == NULL);

    primer_scores scores;
    scores.struct_size = sizeof scores;
    IS_NULL("model", primer_evaluate(NULL, adapter, data, NULL, &scores, NULL, &err));
    IS_NULL("adapter", primer_evaluate(model, NULL, data, NULL, &scores, NULL, &err));
    buffer = UNSET;
    IS_NULL("dataset", primer_evaluate(model, adapter, NULL, NULL, &scores, &buffer, &err));
    CHECK(buffer == NULL && scores.micro.f1 == 0);
    IS_NULL("scores", primer_evaluate(model, adapter, data, NULL, NULL, NULL, &err));

    IS_NULL("out", primer_cancel_new(NULL, &err));
    size_t position = 0;
    IS_NULL("text", primer_offsets_convert(NULL, 1, 0, 0, &position, &position, 1, &err));
    IS_NULL("positions", primer_offsets_convert("x", 1, 0, 0, NULL, &position, 1, &err));
    IS_NULL("out", primer_offsets_convert("x", 1, 0, 0, &position, NULL, 1, &err));
    primer_entity entity;
    IS_NULL("entities", primer_entities_convert("x", 1, 0, NULL, &entity, 1, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "level is 9", primer_log_set(9, unused, NULL, &err));

    /* An error that nobody wants. */
    CHECK(primer_model_load(NULL, NULL, &m, NULL) == PRIMER_ERR_INVALID_ARGUMENT);
}

static void infallible_functions_take_null(void) {
    size_t count = 9;
    CHECK(primer_error_status(NULL) == PRIMER_OK && primer_error_message(NULL).data == NULL);
    CHECK(primer_error_file(NULL).data == NULL && primer_error_tensor(NULL).data == NULL);
    CHECK(primer_error_line(NULL) == -1 && primer_error_byte(NULL) == -1);
    CHECK(primer_buffer_data(NULL) == NULL && primer_buffer_size(NULL) == 0);
    CHECK(primer_cancel_is_requested(NULL) == 0);
    primer_cancel_request(NULL);
    CHECK(primer_model_name(NULL).data == NULL && primer_model_fingerprint(NULL).data == NULL);
    CHECK(primer_model_card(NULL).data == NULL);
    CHECK(primer_dataset_size(NULL) == 0 && primer_dataset_entity_count(NULL) == 0);
    CHECK(primer_dataset_name(NULL).data == NULL && primer_dataset_scheme(NULL) == PRIMER_SCHEME_AUTO);
    CHECK(primer_dataset_type_count(NULL) == 0 && primer_dataset_type(NULL, 0).data == NULL);
    CHECK(primer_adapter_name(NULL).data == NULL && primer_adapter_card(NULL).data == NULL);
    CHECK(primer_adapter_parameter_count(NULL) == 0 && primer_adapter_type_count(NULL) == 0);
    CHECK(primer_adapter_type(NULL, 0).data == NULL && primer_adapter_tag_count(NULL) == 0);
    CHECK(primer_adapter_tag(NULL, 0).data == NULL);
    CHECK(primer_result_size(NULL) == 0 && primer_result_entities(NULL, 0, &count) == NULL && count == 0);
    count = 9;
    CHECK(primer_result_words(NULL, 0, &count) == NULL && count == 0 && primer_result_words(NULL, 0, NULL) == NULL);
    primer_error_free(NULL);
    primer_buffer_free(NULL);
    primer_cancel_free(NULL);
    primer_model_free(NULL);
    primer_dataset_free(NULL);
    primer_adapter_free(NULL);
    primer_tagger_free(NULL);
    primer_result_free(NULL);
}

static void handles_of_another_type(primer_model *model, const primer_adapter *adapter, primer_tagger *tagger) {
    primer_tagger *t = UNSET;
    primer_result *r = UNSET;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "model is no primer_model",
          primer_tagger_new((const primer_model *)(const void *)adapter, &t, &err));
    CHECK(t == NULL);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "adapter is no primer_adapter",
          primer_tagger_tag_text(tagger, (const primer_adapter *)(void *)model, "x", 1, &r, &err));
    CHECK(primer_adapter_type_count((const primer_adapter *)(void *)model) == 0);
    primer_dataset_free((primer_dataset *)(void *)model);
    CHECK(primer_model_name(model).data != NULL);
}

static void files(const char *folder, const primer_model *model, const primer_adapter *adapter) {
    primer_model *m = UNSET;
    primer_error *err = NULL;
    CHECK(primer_model_load("/no/such/file", NULL, &m, &err) == PRIMER_ERR_IO && m == NULL);
    CHECK(strstr(primer_error_file(err).data, "/no/such/file") && primer_error_line(err) == -1);
    primer_error_free(err);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "path is empty", primer_model_load("", NULL, &m, &err));
    FAILS(PRIMER_ERR_INVALID_UTF8, "path", primer_model_load("a\xff", NULL, &m, &err));
    FAILS(PRIMER_ERR_FORMAT, "", primer_model_from_memory("GGUF and more", 13, NULL, &m, &err));
    FAILS(PRIMER_ERR_FORMAT, "", primer_model_from_memory(NULL, 0, NULL, &m, &err));

    /* Cut short or changed in any place, a model is refused. */
    char path[4096];
    size_t model_size = 0;
    snprintf(path, sizeof path, "%s.gguf", folder);
    char *bytes = file_bytes(path, &model_size);
    for (size_t at = 0; at < model_size; at += at < 400 ? 7 : model_size / 30) {
        bytes[at] ^= 0x21;
        CHECK(primer_model_from_memory(bytes, model_size, NULL, &m, NULL) != PRIMER_OK && m == NULL);
        bytes[at] ^= 0x21;
        FAILS(PRIMER_ERR_FORMAT, "", primer_model_from_memory(bytes, at, NULL, &m, &err));
    }
    free(bytes);

    primer_dataset *d = UNSET;
    CHECK(primer_dataset_from_memory("a O\nb X-Y-\nc\n", 13, "bad.conll", NULL, &d, &err) == PRIMER_ERR_DATA && d == NULL);
    CHECK(equal(primer_error_file(err), "bad.conll") && primer_error_line(err) >= 2);
    primer_error_free(err);
    CHECK(primer_dataset_from_memory("a O\nb\xff O\n", 10, NULL, NULL, &d, &err) == PRIMER_ERR_INVALID_UTF8);
    CHECK(equal(primer_error_file(err), "memory") && primer_error_byte(err) >= 1);
    primer_error_free(err);
    FAILS(PRIMER_ERR_DATA, "", primer_dataset_from_memory(NULL, 0, NULL, NULL, &d, &err));
    FAILS(PRIMER_ERR_IO, "", primer_dataset_load(folder, NULL, &d, &err));

    /* Every prefix and every flipped byte of an adapter: an error, or an adapter, but no crash. */
    primer_buffer *buffer = UNSET;
    primer_adapter *a = UNSET;
    OK(primer_adapter_to_memory(adapter, &buffer, &err));
    size_t size = primer_buffer_size(buffer);
    unsigned char *copy = malloc(size);
    CHECK(copy != NULL);
    memcpy(copy, primer_buffer_data(buffer), size);
    for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : size / 40) {
        FAILS(PRIMER_ERR_FORMAT, "", primer_adapter_from_memory(copy, cut, model, &a, &err));
        CHECK(a == NULL);
    }
    for (size_t at = 0; at < size; at += at < 1200 ? 3 : size / 20) {
        copy[at] ^= 0x21;
        primer_status status = primer_adapter_from_memory(copy, size, model, &a, NULL);
        CHECK((status == PRIMER_OK) == (a != NULL) && status != PRIMER_ERR_PANIC);
        primer_adapter_free(a);
        copy[at] ^= 0x21;
    }
    free(copy);
    primer_buffer_free(buffer);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    primer_model *model = load_model(argv[1]);
    primer_dataset *data = people("PER");
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0);
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    null_arguments(argv[1], model, data, adapter, tagger);
    infallible_functions_take_null();
    handles_of_another_type(model, adapter, tagger);
    files(argv[1], model, adapter);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_dataset_free(data);
    primer_model_free(model);
    return 0;
}
