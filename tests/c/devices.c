/* Devices and precisions: options of older programs, refusals, and tests/conformance/devices.json. */
#include "suite.h"

/* Programs of versions 0.1 and 0.2 have no device, and compute where they always did. */
static void older_model_options(const char *folder) {
    static const uint32_t sizes[] = {12, 16};
    for (size_t i = 0; i < 2; i++) {
        primer_model_options options;
        primer_model *model = UNSET;
        memset(&options, 0xAA, sizeof options);
        primer_model_options_init(&options, sizes[i]);
        CHECK(options.struct_size == sizes[i] && (uint32_t)options.device == 0xAAAAAAAA);
        OK(primer_model_load(folder, &options, &model, &err));
        CHECK(primer_model_device(model, NULL) == PRIMER_DEVICE_CPU);
        primer_model_free(model);
    }
}

/* A program of version 0.2 has no precision of training: what lies behind its struct is not read. */
static void older_adapt_options(const primer_model *model) {
    primer_adapt_options options;
    primer_adapter *adapter = UNSET;
    primer_dataset *train = people("PER");
    memset(&options, 0xAA, sizeof options);
    primer_adapt_options_init(&options, 200);
    CHECK(options.struct_size == 200 && (uint32_t)options.precision == 0xAAAAAAAA);
    options.epochs = 1;
    OK(primer_adapt(model, train, NULL, NULL, &options, NULL, NULL, NULL, NULL, &adapter, &err));
    primer_adapter_free(adapter);
    primer_adapt_options_init(&options, sizeof options);
    CHECK(options.precision == PRIMER_PRECISION_F32 && options.reserved == 0 && options.reserved2 == 0);
    primer_dataset_free(train);
}

/* Priming has the precisions of adaptation. */
static void precisions_of_priming(const primer_model *model) {
    primer_dataset *train = people("PER");
    const primer_task task = {{"one", 3}, train};
    primer_primed *primed = UNSET;
    primer_prime_options options;
    primer_prime_options_init(&options, sizeof options);
    CHECK(options.precision == PRIMER_PRECISION_F32);
    options.support = options.query = 4;
    options.steps = 1;
    options.precision = PRIMER_PRECISION_BF16;
    FAILS(PRIMER_ERR_UNSUPPORTED, "16-bit floats are for GPUs",
          primer_prime(model, &task, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err));
    CHECK(primed == NULL);
    primer_dataset_free(train);
}

/* Whether no feature is there that the case needs to be absent. */
static int is_possible(const json *c) {
    const json *needs = json_find(c, "needs");
    for (const json *n = needs == NULL ? NULL : needs->first; n != NULL; n = n->next) {
        const char *need = json_text(n).data;
        if (json_is(n, "raw_enum") || json_is(n, "abi")) continue;
        CHECK(strncmp(need, "without_", 8) == 0);
        if (primer_has_feature(need + 8)) return 0;
    }
    return 1;
}

static void loads(const json *suite, const json *c) {
    only(c, "name needs options device");
    if (!is_possible(c)) return;
    primer_model_options options;
    primer_model *model = UNSET;
    primer_tagger *tagger = UNSET;
    primer_result *result = UNSET;
    uint32_t number = 77;
    primer_model_options_init(&options, sizeof options);
    set_all(&options, "primer_model_options", json_get(c, "options"));
    OK(primer_model_load(json_text(json_get(suite, "model")).data, &options, &model, &err));
    const json *device = json_find(c, "device");
    CHECK(device == NULL || primer_model_device(model, NULL) == (int32_t)constant(device));
    CHECK(primer_model_device(model, &number) != PRIMER_DEVICE_AUTO && number == 0);
    primer_adapter *adapter = suite_adapter(suite, model);
    OK(primer_tagger_new(model, &tagger, &err));
    for (const json *t = json_get(suite, "texts")->first; t != NULL; t = t->next) {
        only(t, "name text entities");
        size_t count = 0;
        primer_str text = json_text(json_get(t, "text"));
        OK(primer_tagger_tag_text(tagger, adapter, text.data, text.len, &result, &err));
        const primer_entity *entities = primer_result_entities(result, 0, &count);
        same_entities(json_get(t, "entities"), text, entities, count);
        primer_result_free(result);
    }
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_model_free(model);
}

static void refuses(const json *suite, const json *c, const primer_model *model) {
    only(c, "name needs call options status message");
    if (!is_possible(c)) return;
    const json *call = json_get(c, "call"), *given = json_find(c, "options");
    primer_model *m = NULL;
    primer_tagger *tagger = NULL;
    primer_adapter *adapter = NULL;
    primer_error *err = UNSET;
    primer_status status;
    if (json_is(call, "model_load")) {
        primer_model_options options;
        primer_model_options_init(&options, sizeof options);
        set_all(&options, "primer_model_options", given);
        m = UNSET;
        status = primer_model_load(json_text(json_get(suite, "model")).data, &options, &m, &err);
    } else if (json_is(call, "tagger_new")) {
        primer_tagger_options options;
        primer_tagger_options_init(&options, sizeof options);
        set_all(&options, "primer_tagger_options", given);
        tagger = UNSET;
        status = primer_tagger_new_with_options(model, &options, &tagger, &err);
    } else {
        CHECK(json_is(call, "adapt"));
        size_t size = 0;
        char *bytes = bytes_of(json_get(suite, "train"), &size);
        primer_dataset *train = UNSET;
        OK(primer_dataset_from_memory(bytes, size, json_text(json_get(suite, "file_name")).data, NULL, &train, &err));
        free(bytes);
        primer_adapt_options options = training_options(given);
        adapter = UNSET;
        status = primer_adapt(model, train, NULL, NULL, &options, NULL, NULL, NULL, NULL, &adapter, &err);
        primer_dataset_free(train);
    }
    CHECK(m == NULL && tagger == NULL && adapter == NULL && primer_error_status(err) == status);
    if (!json_is(json_get(c, "status"), primer_status_name(status))) {
        fprintf(stderr, "%s: %s\n", json_text(json_get(c, "name")).data, primer_status_name(status));
    }
    CHECK(json_is(json_get(c, "status"), primer_status_name(status)));
    CHECK(json_get(c, "message")->count > 0 && primer_error_file(err).data == NULL);
    for (const json *part = json_get(c, "message")->first; part != NULL; part = part->next) {
        CHECK(strstr(primer_error_message(err).data, json_text(part).data) != NULL);
    }
    primer_error_free(err);
}

static void conformance(void) {
    const json *suite = json_file("tests/conformance/devices.json");
    only(suite, "model adapter loads texts train file_name refusals");
    primer_model *model = suite_model(suite);
    for (const json *c = json_get(suite, "loads")->first; c != NULL; c = c->next) loads(suite, c);
    for (const json *c = json_get(suite, "refusals")->first; c != NULL; c = c->next) refuses(suite, c, model);
    primer_model_free(model);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    primer_model *model = load_model(argv[1]);
    older_model_options(argv[1]);
    older_adapt_options(model);
    precisions_of_priming(model);
    conformance();
    primer_model_free(model);
    return 0;
}
