/* tests/conformance/errors.json from C: every call fails as it should, and the error says what it is about. */
#include "suite.h"

static primer_model *model;
static primer_adapter *adapter;
static primer_tagger *tagger;
static const char *scratch;

/* A path of the suite, or an expected file; the scratch folder is filled in. */
static const char *path_of(const json *given, char *room, size_t size) {
    primer_str path = json_text(given);
    int in_scratch = strncmp(path.data, "{scratch}", 9) == 0;
    int len = snprintf(room, size, "%s%s", in_scratch ? scratch : "", path.data + (in_scratch ? 9 : 0));
    CHECK(len >= 0 && (size_t)len < size);
    return room;
}

static const char *path_in(const json *c, char *room, size_t size) {
    return path_of(json_get(c, "path"), room, size);
}

static primer_status data_in(const json *c, const json *options, primer_dataset **out, primer_error **err) {
    size_t size = 0;
    char *bytes = bytes_of(json_get(c, "data"), &size);
    const json *name = json_find(c, "file_name");
    primer_dataset_options o = data_options(options);
    primer_status status = primer_dataset_from_memory(bytes, size, name == NULL ? NULL : name->text.data, &o, out, err);
    free(bytes);
    return status;
}

static primer_dataset *dataset_in(const json *c, const json *options) {
    primer_dataset *dataset = UNSET;
    OK(data_in(c, options, &dataset, &err));
    return dataset;
}

static primer_status load_data(const json *c, primer_error **err) {
    char path[4096];
    primer_dataset *out = UNSET;
    primer_dataset_options options = data_options(json_find(c, "options"));
    primer_status status = primer_dataset_load(path_in(c, path, sizeof path), &options, &out, err);
    CHECK(out == NULL);
    return status;
}

static primer_status draw(const json *c, primer_error **err) {
    primer_dataset *dataset = dataset_in(c, NULL), *out = UNSET;
    size_t indices[64] = {0}, count = 0;
    primer_status status;
    if (json_is(json_get(c, "call"), "dataset_shots")) {
        count = json_size(json_get(c, "count"));
        status = primer_dataset_shots(dataset, count, json_size(json_get(c, "seed")), indices, &out, err);
    } else {
        for (const json *i = json_get(c, "indices")->first; i != NULL; i = i->next) indices[count++] = json_size(i);
        status = primer_dataset_select(dataset, indices, count, &out, err);
    }
    CHECK(out == NULL);
    primer_dataset_free(dataset);
    return status;
}

static primer_status load_model_or_adapter(const json *c, primer_error **err) {
    char path[4096];
    primer_model *m = UNSET;
    primer_adapter *a = UNSET;
    primer_status status;
    const json *data = json_find(c, "data"), *call = json_get(c, "call");
    size_t size = 0;
    char *bytes = data == NULL ? NULL : bytes_of(data, &size);
    if (strncmp(json_text(call).data, "model", 5) == 0) {
        status = data == NULL ? primer_model_load(path_in(c, path, sizeof path), NULL, &m, err)
                              : primer_model_from_memory(bytes, size, NULL, &m, err);
        CHECK(m == NULL);
    } else {
        status = data == NULL ? primer_adapter_load(path_in(c, path, sizeof path), model, &a, err)
                              : primer_adapter_from_memory(bytes, size, model, &a, err);
        CHECK(a == NULL);
    }
    free(bytes);
    return status;
}

static primer_status import(const json *c, primer_error **err) {
    char path[4096];
    primer_str types[8];
    size_t count = 0;
    primer_adapter *out = UNSET;
    for (const json *t = json_get(c, "types")->first; t != NULL; t = t->next) types[count++] = json_text(t);
    int32_t scheme = (int32_t)constant(json_get(c, "scheme"));
    primer_status status = primer_adapter_import(path_in(c, path, sizeof path), model, scheme, types, count, &out, err);
    CHECK(out == NULL);
    return status;
}

static primer_status tag(const json *c, primer_error **err) {
    primer_result *out = UNSET;
    primer_status status;
    primer_str words[8];
    size_t count = 0;
    const json *given = json_is(json_get(c, "call"), "tag_text") ? json_get(c, "text") : json_get(c, "words")->first;
    for (; given != NULL; given = given->next) {
        words[count].data = bytes_of(given, &words[count].len);
        if (json_find(c, "text") != NULL) break;
        count++;
    }
    if (json_find(c, "text") != NULL) {
        status = primer_tagger_tag_text(tagger, adapter, words[0].data, words[0].len, &out, err);
        count = 1;
    } else {
        status = primer_tagger_tag_words(tagger, adapter, words, count, &out, err);
    }
    CHECK(out == NULL);
    while (count-- > 0) free((void *)(uintptr_t)words[count].data);
    return status;
}

static primer_status adapt(const json *c, primer_error **err) {
    primer_dataset *dataset = dataset_in(c, NULL);
    primer_adapter *initial = NULL, *out = UNSET;
    const json *from = json_find(c, "initial");
    if (from != NULL) OK(primer_adapter_load(json_text(from).data, model, &initial, &err));
    primer_adapt_options options = training_options(json_find(c, "options"));
    primer_status status = primer_adapt(model, dataset, NULL, initial, &options, NULL, NULL, NULL, NULL, &out, err);
    CHECK(out == NULL);
    primer_adapter_free(initial);
    primer_dataset_free(dataset);
    return status;
}

static primer_status evaluate(const json *c, primer_error **err) {
    primer_dataset *dataset = dataset_in(c, json_find(c, "options"));
    primer_scores scores;
    scores.struct_size = sizeof scores;
    primer_status status = primer_evaluate(model, adapter, dataset, NULL, &scores, NULL, err);
    primer_dataset_free(dataset);
    return status;
}

static primer_status call(const json *c, primer_error **err) {
    char path[4096];
    const char *name = json_text(json_get(c, "call")).data;
    int32_t method = 77;
    primer_dataset *dataset = UNSET;
#define IS(other) (strcmp(name, other) == 0)
    if (IS("model_load") || IS("model_from_memory") || IS("adapter_load") || IS("adapter_from_memory")) {
        return load_model_or_adapter(c, err);
    }
    if (IS("dataset_load")) return load_data(c, err);
    if (IS("dataset_from_memory")) {
        primer_status status = data_in(c, json_find(c, "options"), &dataset, err);
        CHECK(dataset == NULL);
        return status;
    }
    if (IS("dataset_shots") || IS("dataset_select")) return draw(c, err);
    if (IS("adapter_save")) return primer_adapter_save(adapter, path_in(c, path, sizeof path), err);
    if (IS("adapter_import")) return import(c, err);
    if (IS("adapter_export")) {
        return primer_adapter_export(adapter, (int32_t)constant(json_get(c, "format")), path_in(c, path, sizeof path), err);
    }
    if (IS("method_by_name")) {
        primer_status status = primer_method_by_name(json_text(json_get(c, "method")).data, &method, err);
        CHECK(method == 77);
        return status;
    }
    if (IS("tag_text") || IS("tag_words")) return tag(c, err);
    if (IS("adapt")) return adapt(c, err);
    if (IS("evaluate")) return evaluate(c, err);
#undef IS
    fprintf(stderr, "there is no call %s\n", name);
    exit(1);
}

static void same_text(const json *c, const char *field, primer_str found) {
    char room[4096];
    const json *expected = json_find(c, field);
    CHECK(expected == NULL ? found.data == NULL : equal(found, path_of(expected, room, sizeof room)));
}

static void same_number(const json *c, const char *field, int64_t found) {
    const json *expected = json_find(c, field);
    CHECK(found == (expected == NULL ? -1 : (int64_t)json_size(expected)));
}

static void check(const json *c) {
    only(c, "name needs call path data file_name text words method format scheme types count seed indices options "
            "initial status message file line byte tensor");
    primer_error *err = UNSET;
    primer_status status = call(c, &err);
    if (status != constant(json_get(c, "status"))) {
        fprintf(stderr, "%s: %s %s\n", json_text(json_get(c, "name")).data, primer_status_name(status),
                primer_error_message(err).data);
    }
    CHECK(status == constant(json_get(c, "status")) && primer_error_status(err) == status);
    const char *message = primer_error_message(err).data;
    CHECK(json_get(c, "message")->count > 0);
    for (const json *part = json_get(c, "message")->first; part != NULL; part = part->next) {
        if (strstr(message, json_text(part).data) == NULL) fprintf(stderr, "\"%s\" is not in \"%s\"\n", part->text.data, message);
        CHECK(strstr(message, part->text.data) != NULL);
    }
    same_text(c, "file", primer_error_file(err));
    same_text(c, "tensor", primer_error_tensor(err));
    same_number(c, "line", primer_error_line(err));
    same_number(c, "byte", primer_error_byte(err));
    primer_error_free(err);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    scratch = argv[2];
    const json *suite = json_file("tests/conformance/errors.json");
    model = suite_model(suite);
    adapter = suite_adapter(suite, model);
    OK(primer_tagger_new(model, &tagger, &err));
    for (const json *c = json_get(suite, "cases")->first; c != NULL; c = c->next) check(c);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
