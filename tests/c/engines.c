/* Taggers with options, ONNX files, evaluation by a tagger; and tests/conformance/engines.json. */
#include "suite.h"

static primer_tagger_options initial(void) {
    primer_tagger_options options;
    primer_tagger_options_init(&options, sizeof options);
    return options;
}

static void numbers(const primer_model *model) {
    static const char *const bad[] = {"cpu", "c\xff"};
    static const char *const missing[] = {NULL};
    primer_tagger *tagger = UNSET;
    primer_tagger_options options = initial();
    CHECK(options.struct_size == sizeof options && options.engine == PRIMER_ENGINE_NATIVE);
    CHECK(options.precision == PRIMER_PRECISION_F32 && options.threads == 0 && options.onnxruntime == NULL);
    CHECK(options.providers == NULL && options.provider_count == 0);
#define REFUSED(status, field, value, part) \
    do { \
        tagger = UNSET; \
        options = initial(); \
        options.provider_count = 1; \
        options.providers = bad; \
        options.field = (value); \
        FAILS(status, part, primer_tagger_new_with_options(model, &options, &tagger, &err)); \
        CHECK(tagger == NULL); \
        tagger = UNSET; \
        FAILS(status, part, primer_tagger_load_onnx("no/such/model", &options, &tagger, &err)); \
        CHECK(tagger == NULL); \
    } while (0)
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, engine, 3, "engine is 3");
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, engine, -1, "PRIMER_ENGINE_*");
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, precision, 3, "precision is 3");
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, onnxruntime, "", "onnxruntime is empty");
    REFUSED(PRIMER_ERR_INVALID_UTF8, onnxruntime, "\xff", "onnxruntime");
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, providers, NULL, "providers is NULL");
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, providers, missing, "providers[0] is NULL");
    REFUSED(PRIMER_ERR_INVALID_UTF8, provider_count, 2, "providers[1]");
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, struct_size, 12, "struct_size");
#undef REFUSED
}

/* A program of version 0.1 has no `verify`, and gets what it always got. */
static void older_model_options(const char *folder) {
    primer_model_options options;
    primer_model *model = UNSET;
    memset(&options, 0xAA, sizeof options);
    primer_model_options_init(&options, 12);
    CHECK(options.struct_size == 12 && (uint32_t)options.verify == 0xAAAAAAAA);
    OK(primer_model_load(folder, &options, &model, &err));
    primer_model_free(model);
    primer_model_options_init(&options, sizeof options);
    CHECK(options.verify == 1);
    options.verify = 2;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "verify is 2", primer_model_load(folder, &options, &model, &err));
    options.verify = 0;
    OK(primer_model_load(folder, &options, &model, &err));
    primer_model_free(model);
}

/* The tagger's own evaluation is that of primer_evaluate, and 8 bits find what a head has learnt by heart. */
static void evaluation(const primer_model *model, const primer_adapter *adapter) {
    primer_dataset *data = people("PER");
    primer_tagger *native = UNSET, *small = UNSET;
    primer_tagger_options options = initial();
    primer_scores one = {.struct_size = sizeof one}, other = {.struct_size = sizeof other};
    primer_buffer *a = UNSET, *b = UNSET;
    OK(primer_tagger_new_with_options(model, NULL, &native, &err));
    OK(primer_evaluate(model, adapter, data, NULL, &one, &a, &err));
    OK(primer_tagger_evaluate(native, adapter, data, NULL, &other, &b, &err));
    CHECK(memcmp(&one, &other, sizeof one) == 0 && one.micro.support == 12 && one.micro.f1 > 0.9);
    CHECK(primer_buffer_size(a) == primer_buffer_size(b));
    CHECK(memcmp(primer_buffer_data(a), primer_buffer_data(b), primer_buffer_size(a)) == 0);
    primer_buffer_free(a);
    primer_buffer_free(b);
    options.precision = PRIMER_PRECISION_INT8;
    OK(primer_tagger_new_with_options(model, &options, &small, &err));
    OK(primer_tagger_evaluate(small, adapter, data, NULL, &other, NULL, &err));
    CHECK(other.sentences == 12 && other.micro.f1 > 0.8);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "adapter is NULL",
          primer_tagger_evaluate(small, NULL, data, NULL, &other, NULL, &err));
    CHECK(other.sentences == 0 && other.micro.f1 == 0 && other.struct_size == sizeof other);
    primer_cancel *cancel = UNSET;
    OK(primer_cancel_new(&cancel, &err));
    primer_cancel_request(cancel);
    FAILS(PRIMER_ERR_CANCELLED, "", primer_tagger_evaluate(small, adapter, data, cancel, &other, NULL, &err));
    primer_cancel_free(cancel);
    CHECK(primer_tagger_type_count(small) == 0 && primer_tagger_type(small, 0).data == NULL);
    primer_input input = {NULL, {"x", 1}, NULL, 0};
    primer_result *result = UNSET;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "inputs[0].adapter is NULL",
          primer_tagger_tag_batch(small, &input, 1, NULL, &result, &err));
    CHECK(result == NULL);
    primer_tagger_free(native);
    primer_tagger_free(small);
    primer_dataset_free(data);
}

static void onnx_files(const primer_adapter *adapter, const char *scratch) {
    char path[4096], lost[4096];
    size_t size = 0;
    primer_buffer *buffer = UNSET;
    snprintf(path, sizeof path, "%s/model.onnx", scratch);
    snprintf(lost, sizeof lost, "%s/missing/model.onnx", scratch);
    if (!primer_has_feature("onnx")) {
        FAILS(PRIMER_ERR_UNSUPPORTED, "onnx", primer_adapter_save_onnx(adapter, path, &err));
        FAILS(PRIMER_ERR_UNSUPPORTED, "onnx", primer_adapter_to_onnx(adapter, &buffer, &err));
        CHECK(buffer == NULL && access(path, F_OK) != 0);
        return;
    }
    OK(primer_adapter_save_onnx(adapter, path, &err));
    OK(primer_adapter_to_onnx(adapter, &buffer, &err));
    char *bytes = file_bytes(path, &size);
    /* The first field of a protobuf ModelProto: ir_version, a number. */
    CHECK(size > 1000 && bytes[0] == 0x08);
    CHECK(primer_buffer_size(buffer) == size && memcmp(primer_buffer_data(buffer), bytes, size) == 0);
    free(bytes);
    primer_buffer_free(buffer);
    FAILS(PRIMER_ERR_IO, "make it first", primer_adapter_save_onnx(adapter, lost, &err));
    CHECK(access(lost, F_OK) != 0);
}

/* Options of the suite: numbers as everywhere, and what other options lack. */
static primer_tagger_options options_of(const json *given) {
    primer_tagger_options options = initial();
    for (const json *field = given == NULL ? NULL : given->first; field != NULL; field = field->next) {
        if (strcmp(field->name, "onnxruntime") == 0) {
            options.onnxruntime = json_text(field).data;
        } else if (strcmp(field->name, "providers") == 0) {
            const char **names = keep(field->count * sizeof *names);
            for (const json *name = field->first; name != NULL; name = name->next) {
                names[options.provider_count++] = json_text(name).data;
            }
            options.providers = names;
        } else {
            set(&options, "primer_tagger_options", field->name, field);
        }
    }
    return options;
}

static void finds(const json *suite, primer_tagger *tagger, const primer_adapter *adapter) {
    primer_result *result = UNSET;
    size_t count = 0;
    for (const json *c = json_get(suite, "texts")->first; c != NULL; c = c->next) {
        only(c, "name text entities");
        primer_str text = json_text(json_get(c, "text"));
        OK(primer_tagger_tag_text(tagger, adapter, text.data, text.len, &result, &err));
        const primer_entity *entities = primer_result_entities(result, 0, &count);
        same_entities(json_get(c, "entities"), text, entities, count);
        primer_result_free(result);
    }
    for (const json *c = json_get(suite, "sentences")->first; c != NULL; c = c->next) {
        only(c, "name words entities");
        primer_str words[64];
        char joined[4096];
        size_t n = 0, len = 0;
        for (const json *w = json_get(c, "words")->first; w != NULL; w = w->next) {
            CHECK(n < 64 && len + json_text(w).len + 1 < sizeof joined);
            if (n > 0) joined[len++] = ' ';
            memcpy(joined + len, json_text(w).data, json_text(w).len);
            len += json_text(w).len;
            words[n++] = json_text(w);
        }
        OK(primer_tagger_tag_words(tagger, adapter, words, n, &result, &err));
        const primer_entity *entities = primer_result_entities(result, 0, &count);
        primer_str text = {joined, len};
        same_entities(json_get(c, "entities"), text, entities, count);
        primer_result_free(result);
    }
    const json *c = json_get(suite, "evaluate");
    only(c, "data file_name f1 sentences support");
    size_t size = 0;
    char *bytes = bytes_of(json_get(c, "data"), &size);
    primer_dataset *data = UNSET;
    primer_scores scores = {.struct_size = sizeof scores};
    OK(primer_dataset_from_memory(bytes, size, json_text(json_get(c, "file_name")).data, NULL, &data, &err));
    free(bytes);
    OK(primer_tagger_evaluate(tagger, adapter, data, NULL, &scores, NULL, &err));
    CHECK(fabs(scores.micro.f1 - json_get(c, "f1")->number) < 0.1);
    CHECK(scores.sentences == json_size(json_get(c, "sentences")));
    CHECK(scores.micro.support == json_size(json_get(c, "support")));
    primer_dataset_free(data);
}

static void refuses(const json *c, const primer_model *model) {
    only(c, "name needs call path text options status message file");
    int onnx = 0;
    const json *needs = json_find(c, "needs");
    for (const json *n = needs == NULL ? NULL : needs->first; n != NULL; n = n->next) onnx |= json_is(n, "onnx");
    primer_tagger_options options = options_of(json_find(c, "options"));
    const json *call = json_get(c, "call");
    primer_tagger *tagger = NULL;
    primer_error *err = UNSET;
    primer_status status;
    if (json_is(call, "tagger_new")) {
        status = primer_tagger_new_with_options(model, &options, &tagger, &err);
    } else if (json_is(call, "tagger_load_onnx")) {
        status = primer_tagger_load_onnx(json_text(json_get(c, "path")).data, &options, &tagger, &err);
    } else {
        CHECK(json_is(call, "tag_text"));
        primer_str text = json_text(json_get(c, "text"));
        primer_result *result = UNSET;
        status = primer_tagger_new_with_options(model, &options, &tagger, &err);
        CHECK(status == PRIMER_OK);
        status = primer_tagger_tag_text(tagger, NULL, text.data, text.len, &result, &err);
        CHECK(result == NULL);
        primer_tagger_free(tagger);
        tagger = NULL;
    }
    CHECK(tagger == NULL && primer_error_status(err) == status);
    if (onnx && !primer_has_feature("onnx")) {
        CHECK(status == PRIMER_ERR_UNSUPPORTED);
    } else {
        CHECK(json_is(json_get(c, "status"), primer_status_name(status)));
        for (const json *part = json_get(c, "message")->first; part != NULL; part = part->next) {
            if (strstr(primer_error_message(err).data, json_text(part).data) == NULL) {
                fprintf(stderr, "%s: %s\n", json_text(json_get(c, "name")).data, primer_error_message(err).data);
                exit(1);
            }
        }
        const json *file = json_find(c, "file");
        CHECK(file == NULL ? primer_error_file(err).data == NULL : json_is(file, primer_error_file(err).data));
    }
    primer_error_free(err);
}

static void conformance(void) {
    const json *suite = json_file("tests/conformance/engines.json");
    only(suite, "model adapter taggers texts sentences evaluate refusals");
    primer_model *model = suite_model(suite);
    primer_adapter *adapter = suite_adapter(suite, model);
    for (const json *t = json_get(suite, "taggers")->first; t != NULL; t = t->next) {
        primer_tagger_options options = options_of(t);
        primer_tagger *tagger = UNSET;
        OK(primer_tagger_new_with_options(model, &options, &tagger, &err));
        finds(suite, tagger, adapter);
        primer_tagger_free(tagger);
    }
    for (const json *c = json_get(suite, "refusals")->first; c != NULL; c = c->next) refuses(c, model);
    primer_adapter_free(adapter);
    primer_model_free(model);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    primer_model *model = load_model(argv[1]);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0);
    numbers(model);
    older_model_options(argv[1]);
    evaluation(model, adapter);
    onnx_files(adapter, argv[2]);
    conformance();
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
