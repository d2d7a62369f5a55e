/* Handles that were freed, used once more. Nobody may rely on it, but as long as the memory still tells, a second free
 * does nothing and a use is refused. Valgrind rightly calls this an error, and does not run it. */
#include "test.h"

static const char *folder;

/* Frees a handle twice, then `use` is refused. */
#define TWICE(type, handle, argument, use) \
    do { \
        type##_free(handle); \
        type##_free(handle); \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, argument " is no " #type ", or one that was freed", use); \
        type##_free(handle); \
    } while (0)

static void after_free(void) {
    primer_model *model = load_model(folder);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0), *a = UNSET;
    primer_tagger *tagger = UNSET, *t = UNSET;
    primer_result *result = UNSET, *r = UNSET;
    primer_dataset *data = people("PER"), *d = UNSET;
    primer_cancel *cancel = UNSET;
    primer_buffer *buffer = UNSET, *b = UNSET;
    primer_error *error = UNSET;
    primer_prime_options options;
    primer_primed *primed = UNSET;
    const primer_task task = {str("a"), data};
    OK(primer_tagger_new(model, &tagger, &err));
    OK(primer_tagger_tag_text(tagger, adapter, "Ada Smith", 9, &result, &err));
    OK(primer_adapter_to_memory(adapter, &buffer, &err));
    OK(primer_cancel_new(&cancel, &err));
    CHECK(primer_dataset_load("", NULL, &d, &error) == PRIMER_ERR_INVALID_ARGUMENT);
    primer_prime_options_init(&options, sizeof options);
    options.support = options.query = 4;
    options.steps = 1;
    OK(primer_prime(model, &task, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err));

    TWICE(primer_primed, primed, "primed", primer_primed_report(primed, &b, &err));
    TWICE(primer_cancel, cancel, "cancel",
          primer_adapt(model, data, NULL, NULL, NULL, NULL, NULL, NULL, cancel, &a, &err));
    CHECK(primer_cancel_is_requested(cancel) == 0);
    TWICE(primer_dataset, data, "dataset", primer_dataset_shots(data, 1, 0, NULL, &d, &err));
    CHECK(primer_dataset_size(data) == 0);
    TWICE(primer_tagger, tagger, "tagger", primer_tagger_tag_text(tagger, adapter, "x", 1, &r, &err));
    TWICE(primer_adapter, adapter, "adapter", primer_adapter_save(adapter, "never", &err));
    CHECK(primer_adapter_type_count(adapter) == 0);
    TWICE(primer_model, model, "model", primer_tagger_new(model, &t, &err));
    CHECK(primer_model_name(model).data == NULL && a == NULL && b == NULL && d == NULL && r == NULL && t == NULL);
    primer_result_free(result);
    primer_buffer_free(buffer);
    primer_buffer_free(buffer);
    CHECK(primer_buffer_data(buffer) == NULL && primer_buffer_size(buffer) == 0);
    primer_error_free(error);
    primer_error_free(error);
    CHECK(primer_error_status(error) == PRIMER_OK && primer_error_message(error).data == NULL);
}

/* Results are the caller's alone: two frees, and then nothing is in them. */
static void results(void) {
    primer_model *model = load_model(folder);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0);
    primer_tagger *tagger = UNSET;
    primer_result *result = UNSET;
    size_t count = 9;
    OK(primer_tagger_new(model, &tagger, &err));
    OK(primer_tagger_tag_text(tagger, adapter, "Ada Smith", 9, &result, &err));
    primer_result_free(result);
    primer_result_free(result);
    CHECK(primer_result_size(result) == 0);
    CHECK(primer_result_entities(result, 0, &count) == NULL && count == 0);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_model_free(model);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    folder = argv[1];
    after_free();
    results();
    return 0;
}
