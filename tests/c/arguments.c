/* NULL for every pointer that a function takes, and another handle for every handle. A table keeps the books: an
 * argument of the header's functions that is in none of the lines below fails the test. */
#include "suite.h"

/* Every kind of thing that a function takes or makes. */
static primer_model *model, *m;
static primer_dataset *data, *d;
static primer_adapter *adapter, *a;
static primer_tagger *tagger, *t;
static primer_result *result, *r;
static primer_buffer *buffer, *b;
static primer_cancel *cancel, *c;
static primer_primed *primed, *p;
static primer_error *error;

/* "function argument" of what was tried. */
static char tried[400][80];
static size_t count_tried;

static void note(const char *function, const char *argument) {
    CHECK(count_tried < sizeof tried / sizeof *tried);
    snprintf(tried[count_tried++], sizeof *tried, "%s %s", function, argument);
}

static int is_tried(const char *function, const char *argument) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "%s %s", function, argument);
    for (size_t i = 0; i < count_tried; i++) {
        if (strcmp(tried[i], wanted) == 0) return 1;
    }
    return 0;
}

static void unset(void) {
    m = UNSET;
    d = UNSET;
    a = UNSET;
    t = UNSET;
    r = UNSET;
    b = UNSET;
    c = UNSET;
    p = UNSET;
}

static const json *arguments_of(const char *function) {
    const json *f = json_get(abi(), "functions")->first;
    while (f != NULL && !json_is(json_get(f, "name"), function)) f = f->next;
    CHECK(f != NULL);
    return json_get(f, "arguments")->first;
}

/* Whether an argument is a place for a handle that the function makes. */
static int is_output(const json *argument) {
    primer_str type = json_text(json_get(argument, "type"));
    return strcmp(type.data + type.len - 2, "**") == 0 && !json_is(json_get(argument, "name"), "err");
}

/* After a failure all outputs are NULL. */
static void refused(const char *function, const char *argument) {
    int outputs = 0;
    for (const json *given = arguments_of(function); given != NULL; given = given->next) {
        outputs += is_output(given) && !json_is(json_get(given, "name"), argument);
    }
    int null = !m + !d + !a + !t + !r + !b + !c + !p;
    if (null != outputs) fprintf(stderr, "%s without %s\n", function, argument);
    CHECK(null == outputs);
    note(function, argument);
}

/* A live handle that is none of the argument's type. */
static void *foreign(const char *argument) {
    return strcmp(argument, "cancel") == 0 ? (void *)data : (void *)cancel;
}

/* `call` has X as that argument, which must not be NULL. */
#define POINTER(function, argument, call) \
    do { \
        void *X = NULL; \
        unset(); \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, #argument " is NULL", function call); \
        refused(#function, #argument); \
    } while (0)

/* ... and must be a handle of its type. */
#define HANDLE(function, argument, call) \
    do { \
        POINTER(function, argument, call); \
        ANOTHER(function, argument, call); \
    } while (0)

#define ANOTHER(function, argument, call) \
    do { \
        void *X = foreign(#argument); \
        unset(); \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, #argument " is no primer_", function call); \
        refused(#function, #argument); \
    } while (0)

/* ... and may be NULL. */
#define OPTIONAL(function, argument, call) \
    do { \
        void *X = NULL; \
        OK(function call); \
        note(#function, #argument); \
    } while (0)

/* Nobody wants the error. */
#define NO_ERROR(function, call) \
    do { \
        CHECK(function call == PRIMER_ERR_INVALID_ARGUMENT); \
        note(#function, "err"); \
    } while (0)

/* A function that cannot fail answers with nothing, for NULL and for another handle. */
#define READS(function, argument, condition) \
    do { \
        for (int i = 0; i < 2; i++) { \
            void *X = i == 0 ? NULL : foreign(#argument); \
            CHECK(condition); \
        } \
        note(#function, #argument); \
    } while (0)

#define FREES(function, argument) \
    do { \
        function(NULL); \
        function(foreign(#argument)); \
        note(#function, #argument); \
    } while (0)

static void log_nothing(int32_t level, primer_str message, void *user) {
    (void)level;
    (void)message;
    (void)user;
}

static void reading(void) {
    size_t n = 9;
    READS(primer_error_status, error, primer_error_status(X) == PRIMER_OK);
    READS(primer_error_message, error, primer_error_message(X).data == NULL && primer_error_message(X).len == 0);
    READS(primer_error_file, error, primer_error_file(X).data == NULL);
    READS(primer_error_tensor, error, primer_error_tensor(X).data == NULL);
    READS(primer_error_line, error, primer_error_line(X) == -1);
    READS(primer_error_byte, error, primer_error_byte(X) == -1);
    READS(primer_buffer_data, buffer, primer_buffer_data(X) == NULL);
    READS(primer_buffer_size, buffer, primer_buffer_size(X) == 0);
    READS(primer_cancel_request, cancel, (primer_cancel_request(X), 1));
    READS(primer_cancel_is_requested, cancel, primer_cancel_is_requested(X) == 0);
    READS(primer_model_name, model, primer_model_name(X).data == NULL);
    READS(primer_model_fingerprint, model, primer_model_fingerprint(X).data == NULL);
    READS(primer_model_card, model, primer_model_card(X).data == NULL);
    uint32_t gpu = 9;
    READS(primer_model_device, model, primer_model_device(X, &gpu) == PRIMER_DEVICE_CPU && gpu == 0);
    CHECK(primer_model_device(model, NULL) == PRIMER_DEVICE_CPU);
    note("primer_model_device", "number");
    READS(primer_dataset_size, dataset, primer_dataset_size(X) == 0);
    READS(primer_dataset_entity_count, dataset, primer_dataset_entity_count(X) == 0);
    READS(primer_dataset_name, dataset, primer_dataset_name(X).data == NULL);
    READS(primer_dataset_scheme, dataset, primer_dataset_scheme(X) == PRIMER_SCHEME_AUTO);
    READS(primer_dataset_type_count, dataset, primer_dataset_type_count(X) == 0);
    READS(primer_dataset_type, dataset, primer_dataset_type(X, 0).data == NULL);
    READS(primer_dataset_cut_span_count, dataset, primer_dataset_cut_span_count(X) == 0);
    READS(primer_dataset_cut_span_line, dataset, primer_dataset_cut_span_line(X, 0) == 0);
    READS(primer_dataset_cut_span_text, dataset, primer_dataset_cut_span_text(X, 0).data == NULL);
    READS(primer_dataset_cut_span_word, dataset, primer_dataset_cut_span_word(X, 0).data == NULL);
    READS(primer_dataset_note_count, dataset, primer_dataset_note_count(X) == 0);
    READS(primer_dataset_note, dataset, primer_dataset_note(X, 0).data == NULL);
    READS(primer_adapter_name, adapter, primer_adapter_name(X).data == NULL);
    READS(primer_adapter_card, adapter, primer_adapter_card(X).data == NULL);
    READS(primer_adapter_parameter_count, adapter, primer_adapter_parameter_count(X) == 0);
    READS(primer_adapter_type_count, adapter, primer_adapter_type_count(X) == 0);
    READS(primer_adapter_type, adapter, primer_adapter_type(X, 0).data == NULL);
    READS(primer_adapter_tag_count, adapter, primer_adapter_tag_count(X) == 0);
    READS(primer_adapter_tag, adapter, primer_adapter_tag(X, 0).data == NULL);
    READS(primer_tagger_type_count, tagger, primer_tagger_type_count(X) == 0);
    READS(primer_tagger_type, tagger, primer_tagger_type(X, 0).data == NULL);
    READS(primer_result_size, result, primer_result_size(X) == 0);
    READS(primer_result_entities, result, primer_result_entities(X, 0, &n) == NULL && n == 0);
    READS(primer_result_words, result, primer_result_words(X, 0, &n) == NULL && n == 0);
    CHECK(primer_result_entities(result, 0, NULL) == NULL && primer_result_words(result, 0, NULL) == NULL);
    note("primer_result_entities", "count");
    note("primer_result_words", "count");
    CHECK(primer_has_feature(NULL) == 0);
    note("primer_has_feature", "name");
#define INIT(type) \
    do { \
        type##_init(NULL, sizeof(type)); \
        note(#type "_init", "options"); \
    } while (0)
    INIT(primer_model_options);
    INIT(primer_dataset_options);
    INIT(primer_adapt_options);
    INIT(primer_tagger_options);
    INIT(primer_prime_options);
}

static void freeing(void) {
    FREES(primer_error_free, error);
    FREES(primer_buffer_free, buffer);
    FREES(primer_cancel_free, cancel);
    FREES(primer_model_free, model);
    FREES(primer_dataset_free, dataset);
    FREES(primer_adapter_free, adapter);
    FREES(primer_tagger_free, tagger);
    FREES(primer_result_free, result);
    FREES(primer_primed_free, primed);
    /* Neither was freed. */
    CHECK(primer_cancel_is_requested(cancel) == 0 && primer_dataset_size(data) == 12);
}

static void loading(const char *folder, const char *scratch) {
    char path[4096];
    snprintf(path, sizeof path, "%s/a.safetensors", scratch);
    OK(primer_log_set(PRIMER_LOG_INFO, log_nothing, NULL, &err));
    note("primer_log_set", "user");
    OK(primer_log_set(PRIMER_LOG_INFO, NULL, NULL, &err));
    note("primer_log_set", "callback");
    CHECK(primer_log_set(9, log_nothing, NULL, NULL) == PRIMER_ERR_INVALID_ARGUMENT);
    note("primer_log_set", "err");
    POINTER(primer_cancel_new, out, (X, &err));
    NO_ERROR(primer_cancel_new, (NULL, NULL));

    POINTER(primer_model_load, path, (X, NULL, &m, &err));
    POINTER(primer_model_load, out, (folder, NULL, X, &err));
    OPTIONAL(primer_model_load, options, (folder, X, &m, &err));
    primer_model_free(m);
    NO_ERROR(primer_model_load, (NULL, NULL, NULL, NULL));
    size_t size = 0;
    snprintf(path, sizeof path, "%s.gguf", folder);
    char *bytes = file_bytes(path, &size);
    POINTER(primer_model_from_memory, data, (X, 5, NULL, &m, &err));
    POINTER(primer_model_from_memory, out, (bytes, size, NULL, X, &err));
    OPTIONAL(primer_model_from_memory, options, (bytes, size, X, &m, &err));
    primer_model_free(m);
    free(bytes);
    NO_ERROR(primer_model_from_memory, (NULL, 0, NULL, NULL, NULL));
    primer_model_sizes sizes = {.struct_size = sizeof sizes};
    HANDLE(primer_model_get_sizes, model, (X, &sizes, &err));
    POINTER(primer_model_get_sizes, sizes, (model, X, &err));
    NO_ERROR(primer_model_get_sizes, (NULL, NULL, NULL));

    snprintf(path, sizeof path, "%s/words.conll", scratch);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("Ada B-PER\n", file) >= 0 && fclose(file) == 0);
    POINTER(primer_dataset_load, path, (X, NULL, &d, &err));
    POINTER(primer_dataset_load, out, (path, NULL, X, &err));
    OPTIONAL(primer_dataset_load, options, (path, X, &d, &err));
    primer_dataset_free(d);
    NO_ERROR(primer_dataset_load, (NULL, NULL, NULL, NULL));
    POINTER(primer_dataset_load_with_cancel, path, (X, NULL, NULL, &d, &err));
    POINTER(primer_dataset_load_with_cancel, out, (path, NULL, NULL, X, &err));
    ANOTHER(primer_dataset_load_with_cancel, cancel, (path, NULL, X, &d, &err));
    OPTIONAL(primer_dataset_load_with_cancel, options, (path, X, NULL, &d, &err));
    primer_dataset_free(d);
    NO_ERROR(primer_dataset_load_with_cancel, (NULL, NULL, NULL, NULL, NULL));
    POINTER(primer_dataset_from_memory, data, (X, 1, NULL, NULL, &d, &err));
    POINTER(primer_dataset_from_memory, out, ("a O\n", 4, NULL, NULL, X, &err));
    OPTIONAL(primer_dataset_from_memory, name, ("a O\n", 4, X, NULL, &d, &err));
    primer_dataset_free(d);
    OPTIONAL(primer_dataset_from_memory, options, ("a O\n", 4, "a", X, &d, &err));
    primer_dataset_free(d);
    NO_ERROR(primer_dataset_from_memory, (NULL, 0, NULL, NULL, NULL, NULL));
    size_t indices[] = {0};
    HANDLE(primer_dataset_shots, dataset, (X, 1, 0, NULL, &d, &err));
    POINTER(primer_dataset_shots, out, (data, 1, 0, NULL, X, &err));
    OPTIONAL(primer_dataset_shots, indices, (data, 1, 0, X, &d, &err));
    primer_dataset_free(d);
    NO_ERROR(primer_dataset_shots, (NULL, 0, 0, NULL, NULL, NULL));
    HANDLE(primer_dataset_select, dataset, (X, indices, 1, &d, &err));
    POINTER(primer_dataset_select, indices, (data, X, 1, &d, &err));
    POINTER(primer_dataset_select, out, (data, indices, 1, X, &err));
    NO_ERROR(primer_dataset_select, (NULL, NULL, 0, NULL, NULL));
}

static void adapters(const char *scratch) {
    char path[4096];
    snprintf(path, sizeof path, "%s/a.safetensors", scratch);
    OK(primer_adapter_save(adapter, path, &err));
    HANDLE(primer_adapter_save, adapter, (X, path, &err));
    POINTER(primer_adapter_save, path, (adapter, X, &err));
    NO_ERROR(primer_adapter_save, (NULL, NULL, NULL));
    POINTER(primer_adapter_load, path, (X, model, &a, &err));
    HANDLE(primer_adapter_load, model, (path, X, &a, &err));
    POINTER(primer_adapter_load, out, (path, model, X, &err));
    NO_ERROR(primer_adapter_load, (NULL, NULL, NULL, NULL));
    HANDLE(primer_adapter_to_memory, adapter, (X, &b, &err));
    POINTER(primer_adapter_to_memory, out, (adapter, X, &err));
    NO_ERROR(primer_adapter_to_memory, (NULL, NULL, NULL));
    POINTER(primer_adapter_from_memory, data, (X, 1, model, &a, &err));
    HANDLE(primer_adapter_from_memory, model, ("x", 1, X, &a, &err));
    POINTER(primer_adapter_from_memory, out, ("x", 1, model, X, &err));
    NO_ERROR(primer_adapter_from_memory, (NULL, 0, NULL, NULL, NULL));
    POINTER(primer_adapter_import, folder, (X, model, 0, NULL, 0, &a, &err));
    HANDLE(primer_adapter_import, model, (scratch, X, 0, NULL, 0, &a, &err));
    POINTER(primer_adapter_import, types, (scratch, model, 0, X, 2, &a, &err));
    POINTER(primer_adapter_import, out, (scratch, model, 0, NULL, 0, X, &err));
    NO_ERROR(primer_adapter_import, (NULL, NULL, 0, NULL, 0, NULL, NULL));
    HANDLE(primer_adapter_export, adapter, (X, PRIMER_FOLDER_PEFT, scratch, &err));
    POINTER(primer_adapter_export, folder, (adapter, PRIMER_FOLDER_PEFT, X, &err));
    NO_ERROR(primer_adapter_export, (NULL, 0, NULL, NULL));

    HANDLE(primer_adapter_save_onnx, adapter, (X, path, &err));
    POINTER(primer_adapter_save_onnx, path, (adapter, X, &err));
    NO_ERROR(primer_adapter_save_onnx, (NULL, NULL, NULL));
    HANDLE(primer_adapter_to_onnx, adapter, (X, &b, &err));
    POINTER(primer_adapter_to_onnx, out, (adapter, X, &err));
    NO_ERROR(primer_adapter_to_onnx, (NULL, NULL, NULL));

    int32_t method = 77;
    POINTER(primer_method_by_name, name, (X, &method, &err));
    POINTER(primer_method_by_name, method, ("head", X, &err));
    NO_ERROR(primer_method_by_name, (NULL, NULL, NULL));
    CHECK(method == 77);
}

static void training(void) {
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.method = PRIMER_METHOD_HEAD;
    options.epochs = 1;
    const primer_adapt_options *o = &options;
    HANDLE(primer_adapt, model, (X, data, NULL, NULL, o, NULL, NULL, NULL, NULL, &a, &err));
    /* Without sentences there must be types to find by their names. */
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "types must name what is to be found",
          primer_adapt(model, NULL, NULL, NULL, o, NULL, NULL, NULL, NULL, &a, &err));
    ANOTHER(primer_adapt, train, (model, X, NULL, NULL, o, NULL, NULL, NULL, NULL, &a, &err));
    ANOTHER(primer_adapt, dev, (model, data, X, NULL, o, NULL, NULL, NULL, NULL, &a, &err));
    ANOTHER(primer_adapt, initial, (model, data, NULL, X, o, NULL, NULL, NULL, NULL, &a, &err));
    ANOTHER(primer_adapt, cancel, (model, data, NULL, NULL, o, NULL, NULL, NULL, X, &a, &err));
    POINTER(primer_adapt, out, (model, data, NULL, NULL, o, NULL, NULL, NULL, NULL, X, &err));
    NO_ERROR(primer_adapt, (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
    OK(primer_adapt(model, data, NULL, NULL, o, NULL, NULL, NULL, NULL, &a, &err));
    note("primer_adapt", "checkpoint");
    note("primer_adapt", "progress");
    note("primer_adapt", "user");
    primer_adapter_free(a);
    primer_dataset *few = UNSET;
    OK(primer_dataset_shots(data, 1, 0, NULL, &few, &err));
    OPTIONAL(primer_adapt, options, (model, few, NULL, NULL, X, NULL, NULL, NULL, NULL, &a, &err));
    primer_adapter_free(a);
    primer_dataset_free(few);

    primer_scores scores = {.struct_size = sizeof scores};
    HANDLE(primer_evaluate, model, (X, adapter, data, NULL, &scores, &b, &err));
    HANDLE(primer_evaluate, adapter, (model, X, data, NULL, &scores, &b, &err));
    HANDLE(primer_evaluate, dataset, (model, adapter, X, NULL, &scores, &b, &err));
    ANOTHER(primer_evaluate, cancel, (model, adapter, data, X, &scores, &b, &err));
    POINTER(primer_evaluate, scores, (model, adapter, data, NULL, X, &b, &err));
    OPTIONAL(primer_evaluate, json, (model, adapter, data, NULL, &scores, X, &err));
    NO_ERROR(primer_evaluate, (NULL, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void tagging(void) {
    primer_str words[] = {{"x", 1}};
    primer_input input = {adapter, {"x", 1}, NULL, 0};
    HANDLE(primer_tagger_new, model, (X, &t, &err));
    POINTER(primer_tagger_new, out, (model, X, &err));
    NO_ERROR(primer_tagger_new, (NULL, NULL, NULL));
    HANDLE(primer_tagger_new_with_options, model, (X, NULL, &t, &err));
    POINTER(primer_tagger_new_with_options, out, (model, NULL, X, &err));
    OPTIONAL(primer_tagger_new_with_options, options, (model, X, &t, &err));
    primer_tagger_free(t);
    NO_ERROR(primer_tagger_new_with_options, (NULL, NULL, NULL, NULL));
    POINTER(primer_tagger_load_onnx, path, (X, NULL, &t, &err));
    POINTER(primer_tagger_load_onnx, out, ("no/such/model", NULL, X, &err));
    NO_ERROR(primer_tagger_load_onnx, (NULL, NULL, NULL, NULL));
    /* NULL is not what it is refused for. */
    t = UNSET;
    FAILS(primer_has_feature("onnx") ? PRIMER_ERR_IO : PRIMER_ERR_UNSUPPORTED, "",
          primer_tagger_load_onnx("no/such/model", NULL, &t, &err));
    CHECK(t == NULL);
    note("primer_tagger_load_onnx", "options");
    primer_scores scores = {.struct_size = sizeof scores};
    HANDLE(primer_tagger_evaluate, tagger, (X, adapter, data, NULL, &scores, &b, &err));
    HANDLE(primer_tagger_evaluate, adapter, (tagger, X, data, NULL, &scores, &b, &err));
    HANDLE(primer_tagger_evaluate, dataset, (tagger, adapter, X, NULL, &scores, &b, &err));
    ANOTHER(primer_tagger_evaluate, cancel, (tagger, adapter, data, X, &scores, &b, &err));
    POINTER(primer_tagger_evaluate, scores, (tagger, adapter, data, NULL, X, &b, &err));
    OPTIONAL(primer_tagger_evaluate, json, (tagger, adapter, data, NULL, &scores, X, &err));
    NO_ERROR(primer_tagger_evaluate, (NULL, NULL, NULL, NULL, NULL, NULL, NULL));
    HANDLE(primer_tagger_tag_text, tagger, (X, adapter, "x", 1, &r, &err));
    HANDLE(primer_tagger_tag_text, adapter, (tagger, X, "x", 1, &r, &err));
    POINTER(primer_tagger_tag_text, text, (tagger, adapter, X, 1, &r, &err));
    POINTER(primer_tagger_tag_text, out, (tagger, adapter, "x", 1, X, &err));
    NO_ERROR(primer_tagger_tag_text, (NULL, NULL, NULL, 0, NULL, NULL));
    HANDLE(primer_tagger_tag_text_with_cancel, tagger, (X, adapter, "x", 1, NULL, &r, &err));
    HANDLE(primer_tagger_tag_text_with_cancel, adapter, (tagger, X, "x", 1, NULL, &r, &err));
    POINTER(primer_tagger_tag_text_with_cancel, text, (tagger, adapter, X, 1, NULL, &r, &err));
    ANOTHER(primer_tagger_tag_text_with_cancel, cancel, (tagger, adapter, "x", 1, X, &r, &err));
    POINTER(primer_tagger_tag_text_with_cancel, out, (tagger, adapter, "x", 1, NULL, X, &err));
    NO_ERROR(primer_tagger_tag_text_with_cancel, (NULL, NULL, NULL, 0, NULL, NULL, NULL));
    HANDLE(primer_tagger_tag_words, tagger, (X, adapter, words, 1, &r, &err));
    HANDLE(primer_tagger_tag_words, adapter, (tagger, X, words, 1, &r, &err));
    POINTER(primer_tagger_tag_words, words, (tagger, adapter, X, 1, &r, &err));
    POINTER(primer_tagger_tag_words, out, (tagger, adapter, words, 1, X, &err));
    NO_ERROR(primer_tagger_tag_words, (NULL, NULL, NULL, 0, NULL, NULL));
    HANDLE(primer_tagger_tag_batch, tagger, (X, &input, 1, NULL, &r, &err));
    POINTER(primer_tagger_tag_batch, inputs, (tagger, X, 1, NULL, &r, &err));
    ANOTHER(primer_tagger_tag_batch, cancel, (tagger, &input, 1, X, &r, &err));
    POINTER(primer_tagger_tag_batch, out, (tagger, &input, 1, NULL, X, &err));
    NO_ERROR(primer_tagger_tag_batch, (NULL, NULL, 0, NULL, NULL, NULL));

    size_t position = 0;
    primer_entity entity = {0};
    POINTER(primer_offsets_convert, text, (X, 1, 0, 0, &position, &position, 1, &err));
    POINTER(primer_offsets_convert, positions, ("x", 1, 0, 0, X, &position, 1, &err));
    POINTER(primer_offsets_convert, out, ("x", 1, 0, 0, &position, X, 1, &err));
    NO_ERROR(primer_offsets_convert, (NULL, 1, 0, 0, NULL, NULL, 0, NULL));
    POINTER(primer_entities_convert, text, (X, 1, 0, &entity, &entity, 1, &err));
    POINTER(primer_entities_convert, entities, ("x", 1, 0, X, &entity, 1, &err));
    POINTER(primer_entities_convert, out, ("x", 1, 0, &entity, X, 1, &err));
    NO_ERROR(primer_entities_convert, (NULL, 1, 0, NULL, NULL, 0, NULL));
}

static void priming(const char *scratch) {
    primer_prime_options options;
    primer_prime_options_init(&options, sizeof options);
    options.support = options.query = 4;
    options.steps = 1;
    const primer_prime_options *o = &options;
    const primer_task task = {str("a"), data};
    OK(primer_prime(model, &task, 1, NULL, 0, NULL, o, NULL, NULL, NULL, NULL, NULL, &primed, &err));
    static const char *const optional[] = {"dev", "initial", "checkpoint", "log", "progress", "user", "cancel"};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) note("primer_prime", optional[i]);
    HANDLE(primer_prime, model, (X, &task, 1, NULL, 0, NULL, o, NULL, NULL, NULL, NULL, NULL, &p, &err));
    POINTER(primer_prime, tasks, (model, X, 1, NULL, 0, NULL, o, NULL, NULL, NULL, NULL, NULL, &p, &err));
    POINTER(primer_prime, dev, (model, &task, 1, X, 1, NULL, o, NULL, NULL, NULL, NULL, NULL, &p, &err));
    ANOTHER(primer_prime, initial, (model, &task, 1, NULL, 0, X, o, NULL, NULL, NULL, NULL, NULL, &p, &err));
    ANOTHER(primer_prime, cancel, (model, &task, 1, NULL, 0, NULL, o, NULL, NULL, NULL, NULL, X, &p, &err));
    POINTER(primer_prime, out, (model, &task, 1, NULL, 0, NULL, o, NULL, NULL, NULL, NULL, NULL, X, &err));
    /* The initial options ask for more sentences than these. */
    FAILS(PRIMER_ERR_DATA, "episode",
          primer_prime(model, &task, 1, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &p, &err));
    note("primer_prime", "options");
    NO_ERROR(primer_prime, (NULL, NULL, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL));

    char path[4096];
    snprintf(path, sizeof path, "%s/primed.gguf", scratch);
    const int32_t f32 = PRIMER_STORAGE_F32;
    HANDLE(primer_primed_save_model, primed, (X, path, f32, f32, NULL, &err));
    POINTER(primer_primed_save_model, path, (primed, X, f32, f32, NULL, &err));
    OPTIONAL(primer_primed_save_model, adapter, (primed, path, f32, f32, X, &err));
    NO_ERROR(primer_primed_save_model, (NULL, NULL, 0, 0, NULL, NULL));
    HANDLE(primer_primed_adapter, primed, (X, model, &a, &err));
    HANDLE(primer_primed_adapter, model, (primed, X, &a, &err));
    POINTER(primer_primed_adapter, out, (primed, model, X, &err));
    NO_ERROR(primer_primed_adapter, (NULL, NULL, NULL, NULL));
    HANDLE(primer_primed_report, primed, (X, &b, &err));
    POINTER(primer_primed_report, out, (primed, X, &err));
    NO_ERROR(primer_primed_report, (NULL, NULL, NULL));
}

/* Every pointer of every function was tried. */
static void nothing_is_left_out(void) {
    int missing = 0;
    for (const json *f = json_get(abi(), "functions")->first; f != NULL; f = f->next) {
        const char *function = json_text(json_get(f, "name")).data;
        for (const json *given = json_get(f, "arguments")->first; given != NULL; given = given->next) {
            primer_str type = json_text(json_get(given, "type"));
            const char *argument = json_text(json_get(given, "name")).data;
            int pointer = type.data[type.len - 1] == '*' || strstr(type.data, "_fn") != NULL;
            if (pointer && !is_tried(function, argument)) {
                fprintf(stderr, "%s: its argument \"%s\" was not tried\n", function, argument);
                missing++;
            }
        }
    }
    CHECK(missing == 0);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    model = load_model(argv[1]);
    data = people("PER");
    adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0);
    OK(primer_tagger_new(model, &tagger, &err));
    OK(primer_tagger_tag_text(tagger, adapter, "x", 1, &result, &err));
    OK(primer_adapter_to_memory(adapter, &buffer, &err));
    OK(primer_cancel_new(&cancel, &err));
    CHECK(primer_model_load("", NULL, &m, &error) != PRIMER_OK);
    reading();
    freeing();
    loading(argv[1], argv[2]);
    adapters(argv[2]);
    training();
    tagging();
    priming(argv[2]);
    nothing_is_left_out();
    primer_error_free(error);
    primer_primed_free(primed);
    primer_cancel_free(cancel);
    primer_buffer_free(buffer);
    primer_result_free(result);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_dataset_free(data);
    primer_model_free(model);
    return 0;
}
