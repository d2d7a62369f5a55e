/* Wrong elements of arrays and damaged files: always a status that names what is wrong, and outputs that are NULL. */
#include "test.h"

/* The call is refused for the argument `name`, which is NULL. */
#define IS_NULL(name, call) FAILS(PRIMER_ERR_INVALID_ARGUMENT, name " is NULL", call)

/* What lies in arrays and structs is checked as arguments are (arguments.c). */
static void elements(const primer_model *model, const primer_adapter *adapter, primer_tagger *tagger) {
    primer_result *r = UNSET;
    primer_str words[] = {{"x", 1}, {NULL, 1}};
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "words[1]", primer_tagger_tag_words(tagger, adapter, words, 2, &r, &err));
    CHECK(r == NULL);
    primer_input input = {adapter, {"x", 1}, NULL, 0};
    primer_input inputs[2] = {input, input};
    inputs[1].adapter = NULL;
    IS_NULL("inputs[1].adapter", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    inputs[1].adapter = (const primer_adapter *)(const void *)model;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "inputs[1].adapter is no primer_adapter",
          primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    inputs[1] = input;
    inputs[1].text.data = NULL;
    IS_NULL("inputs[1].text", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    inputs[1] = input;
    inputs[1].word_count = 1;
    IS_NULL("inputs[1].words", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    inputs[1].words = words;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "inputs[1]", primer_tagger_tag_batch(tagger, inputs, 2, NULL, &r, &err));
    CHECK(r == NULL);
    primer_str types[] = {{"PER", 3}, {NULL, 3}};
    primer_adapter *a = UNSET;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "types[1]", primer_adapter_import("x", model, 0, types, 2, &a, &err));
    CHECK(a == NULL);
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
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0);
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    elements(model, adapter, tagger);
    files(argv[1], model, adapter);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
