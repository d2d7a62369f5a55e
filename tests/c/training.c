/* tests/conformance/adaptation.json from C: small training runs and what comes of them. */
#include "suite.h"

struct run {
    size_t updates, epochs, cancel_after;
};

static int32_t watch(const primer_progress *progress, void *user) {
    struct run *run = user;
    CHECK(progress->struct_size == sizeof *progress);
    if (progress->stage == PRIMER_STAGE_EPOCH) run->epochs++;
    if (progress->stage != PRIMER_STAGE_STEP) return 0;
    run->updates++;
    CHECK(progress->step == run->updates && progress->step <= progress->steps);
    return run->updates == run->cancel_after;
}

static primer_dataset *dataset_of(const json *path) {
    primer_dataset *dataset = NULL;
    if (path != NULL) OK(primer_dataset_load(json_text(path).data, NULL, &dataset, &err));
    return dataset;
}

static void check_adapter(const json *c, const primer_model *model, const primer_adapter *adapter) {
    CHECK(primer_adapter_parameter_count(adapter) == json_size(json_get(c, "parameters")));
    const json *types = json_get(c, "types"), *tags = json_get(c, "tags");
    CHECK(primer_adapter_type_count(adapter) == types->count && primer_adapter_tag_count(adapter) == tags->count);
    size_t i = 0;
    for (const json *t = types->first; t != NULL; t = t->next) CHECK(json_is(t, primer_adapter_type(adapter, i++).data));
    i = 0;
    for (const json *t = tags->first; t != NULL; t = t->next) CHECK(json_is(t, primer_adapter_tag(adapter, i++).data));

    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    const json *texts = json_find(c, "tag");
    for (const json *t = texts == NULL ? NULL : texts->first; t != NULL; t = t->next) {
        only(t, "text entities");
        primer_str text = json_text(json_get(t, "text"));
        primer_result *result = UNSET;
        size_t count = 0;
        OK(primer_tagger_tag_text(tagger, adapter, text.data, text.len, &result, &err));
        const primer_entity *entities = primer_result_entities(result, 0, &count);
        same_entities(json_get(t, "entities"), text, entities, count);
        primer_result_free(result);
    }
    primer_tagger_free(tagger);
    const json *expected = json_find(c, "evaluate");
    if (expected == NULL) return;
    only(expected, "data f1 sentences support");
    primer_dataset *dataset = dataset_of(json_get(expected, "data"));
    primer_scores scores;
    scores.struct_size = sizeof scores;
    OK(primer_evaluate(model, adapter, dataset, NULL, &scores, NULL, &err));
    CHECK(fabs(scores.micro.f1 - json_get(expected, "f1")->number) < 0.1);
    CHECK(scores.sentences == json_size(json_get(expected, "sentences")));
    CHECK(scores.micro.support == json_size(json_get(expected, "support")));
    primer_dataset_free(dataset);
}

static void check(const json *c, const primer_model *model, const primer_adapter *there) {
    only(c, "name train dev initial options cancel_after updates epochs parameters types tags tag evaluate");
    const json *initial = json_find(c, "initial"), *stop = json_find(c, "cancel_after");
    primer_dataset *train = dataset_of(json_get(c, "train")), *dev = dataset_of(json_find(c, "dev"));
    primer_adapt_options options = training_options(json_get(c, "options"));
    const primer_adapter *start = initial != NULL && initial->kind == JSON_TRUE ? there : NULL;
    struct run run = {0, 0, stop == NULL ? 0 : json_size(stop)};
    primer_adapter *adapter = UNSET;
    if (stop == NULL) {
        OK(primer_adapt(model, train, dev, start, &options, NULL, watch, &run, NULL, &adapter, &err));
        check_adapter(c, model, adapter);
    } else {
        FAILS(PRIMER_ERR_CANCELLED, "",
              primer_adapt(model, train, dev, start, &options, NULL, watch, &run, NULL, &adapter, &err));
        CHECK(adapter == NULL);
    }
    CHECK(run.updates == json_size(json_get(c, "updates")) && run.epochs == json_size(json_get(c, "epochs")));
    primer_adapter_free(adapter);
    primer_dataset_free(dev);
    primer_dataset_free(train);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    const json *suite = json_file("tests/conformance/adaptation.json");
    primer_model *model = suite_model(suite);
    primer_adapter *adapter = suite_adapter(suite, model);
    for (const json *c = json_get(suite, "cases")->first; c != NULL; c = c->next) {
        printf("%s\n", json_text(json_get(c, "name")).data);
        check(c, model, adapter);
    }
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
