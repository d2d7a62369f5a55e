/* A host of version 0.3, compiled with the header of then: it knows its structs' sizes, three stages and the statuses up to
   PRIMER_ERR_DEVICE. */
#include "test.h"

_Static_assert(PRIMER_VERSION_MAJOR == 0 && PRIMER_VERSION_MINOR == 3, "the header of 0.3");

struct seen {
    int calls, stages[3];
};

static int32_t watch(const primer_progress *progress, void *user) {
    struct seen *seen = user;
    CHECK(progress->struct_size >= sizeof *progress);
    CHECK(progress->stage >= PRIMER_STAGE_START && progress->stage <= PRIMER_STAGE_EPOCH);
    CHECK(seen->calls++ > 0 || progress->stage == PRIMER_STAGE_START);
    seen->stages[progress->stage]++;
    return 0;
}

int main(int argc, char **argv) {
    CHECK(argc > 2 && (primer_abi_version() >> 16) == PRIMER_VERSION_MAJOR);
    primer_model *model = load_model(argv[1]);
    primer_dataset *data = people("PER");

    /* An option of each version that it knows; what lies behind its structs is not touched. */
    struct {
        primer_adapt_options options;
        uint64_t behind;
    } given = {.behind = 0xfeedfacecafebeefu};
    primer_adapt_options_init(&given.options, sizeof given.options);
    CHECK(given.options.struct_size == sizeof given.options && given.behind == 0xfeedfacecafebeefu);
    given.options.method = PRIMER_METHOD_LORA;
    given.options.epochs = 2;
    given.options.batch_pieces = 64;
    given.options.recompute = 1;
    given.options.precision = PRIMER_PRECISION_F32;
    struct seen seen = {0};
    primer_adapter *adapter = UNSET;
    OK(primer_adapt(model, data, data, NULL, &given.options, NULL, watch, &seen, NULL, &adapter, &err));
    CHECK(seen.stages[PRIMER_STAGE_START] == 1 && seen.stages[PRIMER_STAGE_STEP] > 0 && seen.stages[PRIMER_STAGE_EPOCH] == 2);

    /* A folder to save to has the status that it had. */
    FAILS(PRIMER_ERR_IO, "cannot save", primer_adapter_save(adapter, argv[2], &err));
    char path[4096];
    snprintf(path, sizeof path, "%s/a.safetensors", argv[2]);
    OK(primer_adapter_save(adapter, path, &err));
    primer_adapter_free(adapter);
    OK(primer_adapter_load(path, model, &adapter, &err));

    primer_tagger_options options;
    primer_tagger_options_init(&options, sizeof options);
    options.precision = PRIMER_PRECISION_INT8;
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new_with_options(model, &options, &tagger, &err));
    primer_result *result = UNSET;
    OK(primer_tagger_tag_text(tagger, adapter, "Ada Smith lives in Oslo.", 24, &result, &err));
    size_t count = 0;
    CHECK(primer_result_words(result, 0, &count) != NULL && count == 6);
    primer_scores scores = {.struct_size = sizeof scores};
    OK(primer_evaluate(model, adapter, data, NULL, &scores, NULL, &err));
    CHECK(scores.sentences == 12);

    primer_result_free(result);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_dataset_free(data);
    primer_model_free(model);
    return 0;
}
