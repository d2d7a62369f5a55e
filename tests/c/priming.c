/* Priming: progress, cancellation, checkpoints, the log, what is saved and loaded again, and whatever cannot work. */
#include <pthread.h>
#include <unistd.h>

#include "test.h"

static primer_prime_options few_steps(void) {
    primer_prime_options options;
    primer_prime_options_init(&options, sizeof options);
    options.support = options.query = 4;
    options.steps = 6;
    options.checkpoint_every = 2;
    options.encoder_rate = options.embedding_rate = options.method_rate = 3e-3;
    return options;
}

struct watch {
    pthread_t thread;
    int calls, stop_at, request_at, encoded;
    primer_cancel *cancel;
    int32_t algorithm;
    primer_prime_progress last;
};

static int32_t watch(const primer_prime_progress *progress, void *user) {
    struct watch *w = user;
    CHECK(pthread_equal(w->thread, pthread_self()));
    CHECK(progress->struct_size >= sizeof *progress);
    /* Data is encoded before the first update: of each task one sentence after the other, as much as is told. */
    if (progress->stage == PRIMER_STAGE_ENCODE) {
        CHECK(w->calls == 0 && progress->step == 0 && progress->steps == 6 && progress->done <= progress->total);
        w->encoded++;
        return 0;
    }
    CHECK(progress->stage == PRIMER_STAGE_STEP && w->encoded > 0);
    CHECK(progress->done == progress->step && progress->total == progress->steps);
    CHECK(progress->step == w->last.step + 1 && progress->step <= progress->steps && progress->steps == 6);
    CHECK(progress->support_loss > 0 && progress->gradient_norm > 0);
    CHECK(w->algorithm == PRIMER_ALGORITHM_REPTILE ? progress->query_loss == -1 : progress->query_loss > 0);
    CHECK(progress->dev_f1 == -1 || (progress->dev_f1 >= 0 && progress->dev_f1 <= 1));
    CHECK(progress->seconds >= w->last.seconds && progress->seconds_left >= 0);
    w->last = *progress;
    w->calls++;
    if (w->calls == w->request_at) primer_cancel_request(w->cancel);
    return w->calls == w->stop_at;
}

static struct watch from_step(uint64_t step) {
    struct watch w = {.thread = pthread_self()};
    w.last.step = step;
    return w;
}

static void check_tags(const primer_model *model, const primer_adapter *adapter) {
    primer_tagger *tagger = UNSET;
    primer_result *result = UNSET;
    size_t count = 0;
    OK(primer_tagger_new(model, &tagger, &err));
    OK(primer_tagger_tag_text(tagger, adapter, "Bob Smith lives in Rome.", 24, &result, &err));
    const primer_entity *entities = primer_result_entities(result, 0, &count);
    CHECK(count == 1 && entities[0].start == 0 && entities[0].end == 9 && equal(entities[0].label_name, "PER"));
    primer_result_free(result);
    primer_tagger_free(tagger);
}

/* What was learnt, as far as the method goes: bytes that are the same for the same run. */
static primer_buffer *start_of(const primer_primed *primed, const primer_model *model) {
    primer_adapter *adapter = UNSET;
    primer_buffer *bytes = UNSET;
    OK(primer_primed_adapter(primed, model, &adapter, &err));
    OK(primer_adapter_to_memory(adapter, &bytes, &err));
    primer_adapter_free(adapter);
    return bytes;
}

static int same(const primer_buffer *a, const primer_buffer *b) {
    return primer_buffer_size(a) == primer_buffer_size(b) &&
           memcmp(primer_buffer_data(a), primer_buffer_data(b), primer_buffer_size(a)) == 0;
}

/* Primed, written, read again: it tags by its starting point, and adapts from it. */
static void saved_and_loaded(const primer_model *model, const primer_task *tasks, const char *scratch) {
    primer_prime_options options = few_steps();
    options.steps = 60;
    options.name = str("primed in C");
    primer_primed *primed = UNSET;
    OK(primer_prime(model, tasks, 2, tasks, 1, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err));

    primer_buffer *report = UNSET;
    OK(primer_primed_report(primed, &report, &err));
    const char *json = primer_buffer_data(report);
    CHECK(strstr(json, "\"steps\":60") && strstr(json, "\"tasks\":[[\"a\",12],[\"b\",12]]"));
    CHECK(strstr(json, "\"types\":[\"PER\"]") && strstr(json, "\"dev_f1\":{\"a\":1.0}"));
    primer_buffer_free(report);

    char path[4000], start[4096], other[4096];
    snprintf(path, sizeof path, "%s/primed.gguf", scratch);
    snprintf(start, sizeof start, "%s/start.safetensors", scratch);
    snprintf(other, sizeof other, "%s/other.gguf", scratch);
    OK(primer_primed_save_model(primed, path, PRIMER_STORAGE_F32, PRIMER_STORAGE_F32, start, &err));
    OK(primer_primed_save_model(primed, other, PRIMER_STORAGE_Q4_0, PRIMER_STORAGE_Q8_0, NULL, &err));
    primer_model *loaded = load_model(path), *small = load_model(other);
    CHECK(equal(primer_model_name(loaded), "primed in C") && strstr(primer_model_card(loaded).data, "priming"));
    primer_adapter *adapter = UNSET, *none = UNSET, *bound = UNSET, *adapted = UNSET;
    OK(primer_adapter_load(start, loaded, &adapter, &err));
    CHECK(equal(primer_adapter_name(adapter), "primed in C"));
    check_tags(loaded, adapter);

    /* The adapter belongs to the very file: neither to the source nor to the same in fewer bits. */
    FAILS(PRIMER_ERR_MISMATCH, "", primer_adapter_load(start, model, &none, &err));
    FAILS(PRIMER_ERR_MISMATCH, "", primer_adapter_load(start, small, &none, &err));
    CHECK(none == NULL);
    OK(primer_primed_adapter(primed, small, &bound, &err));
    check_tags(small, bound);

    /* It lives on without what it was made of, and another task starts from it. */
    primer_primed_free(primed);
    primer_adapt_options adapt;
    primer_adapt_options_init(&adapt, sizeof adapt);
    adapt.method = PRIMER_METHOD_INITIAL;
    adapt.epochs = 1;
    OK(primer_adapt(loaded, tasks[0].data, NULL, adapter, &adapt, NULL, NULL, NULL, NULL, &adapted, &err));
    check_tags(loaded, adapted);
    primer_adapter_free(adapted);
    primer_adapter_free(bound);
    primer_adapter_free(adapter);
    primer_model_free(small);
    primer_model_free(loaded);
}

static void failed_saves(const primer_model *model, const primer_task *tasks, const char *scratch) {
    primer_prime_options options = few_steps();
    options.steps = 1;
    primer_primed *primed = UNSET;
    OK(primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err));
    const int32_t f32 = PRIMER_STORAGE_F32;
    char path[4096];
    snprintf(path, sizeof path, "%s/failed.gguf", scratch);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "embedding is 3", primer_primed_save_model(primed, path, 3, f32, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "encoder is -1", primer_primed_save_model(primed, path, f32, -1, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "path is NULL", primer_primed_save_model(primed, NULL, f32, f32, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "path is empty", primer_primed_save_model(primed, "", f32, f32, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "adapter is empty", primer_primed_save_model(primed, path, f32, f32, "", &err));
    FAILS(PRIMER_ERR_INVALID_UTF8, "adapter", primer_primed_save_model(primed, path, f32, f32, "a\xff", &err));
    CHECK(access(path, F_OK) != 0);
    FAILS(PRIMER_ERR_IO, "missing", primer_primed_save_model(primed, "/missing/a.gguf", f32, f32, NULL, &err));
    FAILS(PRIMER_ERR_IO, "missing", primer_primed_save_model(primed, path, f32, f32, "/missing/a", &err));
    CHECK(access(path, F_OK) == 0);

    primer_adapter *adapter = UNSET;
    primer_buffer *report = UNSET;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "primed is NULL", primer_primed_save_model(NULL, path, f32, f32, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "primed is NULL", primer_primed_adapter(NULL, model, &adapter, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "model is NULL", primer_primed_adapter(primed, NULL, &adapter, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "out is NULL", primer_primed_adapter(primed, model, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "primed is NULL", primer_primed_report(NULL, &report, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "out is NULL", primer_primed_report(primed, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "primed is no primer_primed",
          primer_primed_report((const primer_primed *)(const void *)model, &report, &err));
    CHECK(adapter == NULL && report == NULL);
    primer_primed_free((primer_primed *)(void *)tasks[0].data);
    primer_primed_free(NULL);
    primer_primed_free(primed);
}

static int lines_in(const char *path) {
    size_t size = 0;
    int lines = 0;
    char *bytes = file_bytes(path, &size);
    for (size_t i = 0; i < size; i++) lines += bytes[i] == '\n';
    free(bytes);
    return lines;
}

/* A run that is stopped after any update, by the callback or in the middle of one, ends with the same numbers. */
static void stopped_and_resumed(const primer_model *model, const primer_task *tasks, const char *scratch) {
    primer_prime_options options = few_steps();
    options.evaluate_every = 1;
    char checkpoint[4096], log[4096];
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", scratch);
    snprintf(log, sizeof log, "%s/log.jsonl", scratch);
    primer_primed *whole = UNSET, *resumed = UNSET, *none = UNSET;
    struct watch w = from_step(0);
    OK(primer_prime(model, tasks, 2, tasks, 1, NULL, &options, NULL, NULL, watch, &w, NULL, &whole, &err));
    CHECK(w.calls == 6 && w.last.dev_f1 >= 0);

    w = from_step(0);
    w.stop_at = 3;
    FAILS(PRIMER_ERR_CANCELLED, "cancelled",
          primer_prime(model, tasks, 2, tasks, 1, NULL, &options, checkpoint, log, watch, &w, NULL, &none, &err));
    CHECK(none == NULL && w.calls == 3 && access(checkpoint, F_OK) == 0 && lines_in(log) == 3);

    /* From update 3 on; the request after update 5 leaves the checkpoint of update 4. */
    w = from_step(3);
    w.request_at = 2;
    OK(primer_cancel_new(&w.cancel, &err));
    FAILS(PRIMER_ERR_CANCELLED, "cancelled",
          primer_prime(model, tasks, 2, tasks, 1, NULL, &options, checkpoint, log, watch, &w, w.cancel, &none, &err));
    CHECK(none == NULL && w.calls == 2);
    primer_cancel_free(w.cancel);

    options.seed = 1;
    FAILS(PRIMER_ERR_STALE, checkpoint,
          primer_prime(model, tasks, 2, tasks, 1, NULL, &options, checkpoint, log, NULL, NULL, NULL, &none, &err));
    options.seed = 0;
    w = from_step(4);
    OK(primer_prime(model, tasks, 2, tasks, 1, NULL, &options, checkpoint, log, watch, &w, NULL, &resumed, &err));
    CHECK(w.calls == 2 && lines_in(log) == 6 && access(checkpoint, F_OK) == 0);

    primer_buffer *one = start_of(whole, model), *two = start_of(resumed, model);
    CHECK(same(one, two));
    primer_buffer_free(two);
    primer_primed_free(resumed);

    /* Another seed is another run. */
    options.seed = 1;
    OK(primer_prime(model, tasks, 2, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &resumed, &err));
    two = start_of(resumed, model);
    CHECK(!same(one, two));
    primer_buffer_free(two);
    primer_buffer_free(one);
    primer_primed_free(resumed);
    primer_primed_free(whole);
}

/* Every algorithm and method runs, and what one run has made another goes on from. */
static void variants(const primer_model *model, const primer_task *tasks) {
    static const int32_t all[][2] = {
        {PRIMER_ALGORITHM_MAML, PRIMER_ORDER_FIRST},       {PRIMER_ALGORITHM_MAML, PRIMER_ORDER_TANGENTS},
        {PRIMER_ALGORITHM_MAML, PRIMER_ORDER_DIFFERENCES}, {PRIMER_ALGORITHM_MULTI_TASK, PRIMER_ORDER_FIRST},
        {PRIMER_ALGORITHM_REPTILE, PRIMER_ORDER_FIRST},
    };
    primer_adapt_options adaptation;
    primer_adapt_options_init(&adaptation, sizeof adaptation);
    adaptation.method = PRIMER_METHOD_LORA;
    adaptation.lora_rank = 3;
    primer_prime_options options = few_steps();
    options.adaptation = &adaptation;
    options.inner_steps = 2;
    primer_primed *primed = UNSET;
    primer_buffer *starts[5];
    for (int i = 0; i < 5; i++) {
        options.algorithm = all[i][0];
        options.order = all[i][1];
        struct watch w = from_step(0);
        w.algorithm = options.algorithm;
        OK(primer_prime(model, tasks, 2, NULL, 0, NULL, &options, NULL, NULL, watch, &w, NULL, &primed, &err));
        starts[i] = start_of(primed, model);
        for (int j = 0; j < i; j++) CHECK(!same(starts[i], starts[j]));
        if (i < 4) primer_primed_free(primed);
    }
    for (int i = 0; i < 5; i++) primer_buffer_free(starts[i]);

    primer_adapter *first = UNSET;
    primer_primed *second = UNSET;
    OK(primer_primed_adapter(primed, model, &first, &err));
    CHECK(strstr(primer_adapter_card(first).data, "\"rank\":3"));
    primer_primed_free(primed);
    options = few_steps();
    FAILS(PRIMER_ERR_MISMATCH, "method",
          primer_prime(model, tasks, 1, NULL, 0, first, &options, NULL, NULL, NULL, NULL, NULL, &second, &err));
    CHECK(second == NULL);
    adaptation.method = PRIMER_METHOD_INITIAL;
    options.adaptation = &adaptation;
    OK(primer_prime(model, tasks, 1, NULL, 0, first, &options, NULL, NULL, NULL, NULL, NULL, &second, &err));
    primer_primed_free(second);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "no initial adapter",
          primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &second, &err));
    primer_adapter_free(first);
}

static void bad_tasks(const primer_model *model, const primer_task *tasks) {
    primer_prime_options options = few_steps();
    primer_primed *primed = UNSET;
#define REFUSED(status, part, tasks, count, dev, dev_count) \
    do { \
        FAILS(status, part, \
              primer_prime(model, tasks, count, dev, dev_count, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err)); \
        CHECK(primed == NULL); \
        primed = UNSET; \
    } while (0)
    const primer_str bad = {"b\xff", 2}, gone = {NULL, 1}, places = str("LOC");
    const primer_task no_data[] = {tasks[0], {str("b"), NULL}}, twins[] = {tasks[0], tasks[0]};
    const primer_task bad_name[] = {tasks[0], {bad, tasks[1].data}}, no_name[] = {{gone, tasks[0].data}};
    const primer_task no_dataset[] = {{str("b"), (const primer_dataset *)(const void *)model}};
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "no task", NULL, 0, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "tasks is NULL", NULL, 1, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "dev is NULL", tasks, 1, NULL, 1);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "tasks has", tasks, SIZE_MAX, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "tasks[1].data is NULL", no_data, 2, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "dev[1].data is NULL", tasks, 1, no_data, 2);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "tasks[0].data is no primer_dataset", no_dataset, 1, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "tasks[0].name is NULL", no_name, 1, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_UTF8, "tasks[1].name", bad_name, 2, NULL, 0);
    REFUSED(PRIMER_ERR_INVALID_ARGUMENT, "two tasks have the name \"a\"", twins, 2, NULL, 0);

    primer_dataset *others = people("LOC"), *plain = UNSET;
    char text[64] = "";
    for (int i = 0; i < 8; i++) strcat(text, "a O\n\n");
    OK(primer_dataset_from_memory(text, strlen(text), NULL, NULL, &plain, &err));
    const primer_task without[] = {tasks[0], {str("plain"), plain}}, foreign[] = {{str("other"), others}};
    REFUSED(PRIMER_ERR_DATA, "\"plain\": no sentence has an entity", without, 2, NULL, 0);
    options.types = &places;
    options.type_count = 1;
    REFUSED(PRIMER_ERR_DATA, "task \"a\": the entity type \"PER\" is not one of LOC", tasks, 1, NULL, 0);
    options.type_count = 0;
    REFUSED(PRIMER_ERR_DATA, "task \"other\": the entity type \"LOC\" is not one of PER", tasks, 1, foreign, 1);
    options.support = 9;
    REFUSED(PRIMER_ERR_DATA, "task \"a\": 12 sentences are fewer", tasks, 1, NULL, 0);
    primer_dataset_free(plain);
    primer_dataset_free(others);
#undef REFUSED
}

static void bad_arguments(const primer_model *model, const primer_task *tasks) {
    primer_prime_options options = few_steps();
    primer_primed *primed = UNSET;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "out is NULL",
          primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, NULL, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "model is NULL",
          primer_prime(NULL, tasks, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err));
    CHECK(primed == NULL);
    /* NULL options are the initial ones, whose episodes take more sentences. */
    FAILS(PRIMER_ERR_DATA, "12 sentences are fewer than an episode takes, which is 32",
          primer_prime(model, tasks, 1, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &primed, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "checkpoint is empty",
          primer_prime(model, tasks, 1, NULL, 0, NULL, &options, "", NULL, NULL, NULL, NULL, &primed, &err));
    FAILS(PRIMER_ERR_INVALID_UTF8, "log",
          primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, "\xff", NULL, NULL, NULL, &primed, &err));
    FAILS(PRIMER_ERR_IO, "missing",
          primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, "/missing/log", NULL, NULL, NULL, &primed, &err));
    primer_cancel *cancel = UNSET;
    OK(primer_cancel_new(&cancel, &err));
    primer_cancel_request(cancel);
    FAILS(PRIMER_ERR_CANCELLED, "",
          primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, cancel, &primed, &err));
    primer_cancel_free(cancel);
    CHECK(primer_prime(NULL, NULL, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) ==
          PRIMER_ERR_INVALID_ARGUMENT);
}

static void bad_options(const primer_model *model, const primer_task *tasks) {
    primer_prime_options options, initial = few_steps();
    primer_primed *primed = UNSET;
    CHECK(initial.struct_size == sizeof initial && initial.adaptation == NULL && initial.inner_steps == 1);
#define REFUSED(field, value, part) \
    do { \
        options = initial; \
        options.field = (value); \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, part, \
              primer_prime(model, tasks, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err)); \
        CHECK(primed == NULL); \
    } while (0)
    REFUSED(struct_size, 0, "struct_size is 0");
    REFUSED(struct_size, sizeof initial - 8, "struct_size");
    REFUSED(struct_size, UINT32_MAX, "struct_size");
    REFUSED(algorithm, 3, "algorithm is 3");
    REFUSED(algorithm, -1, "PRIMER_ALGORITHM_*");
    REFUSED(order, 3, "order is 3");
    REFUSED(inner_scope, 3, "inner_scope is 3");
    REFUSED(outer_scope, -7, "outer_scope is -7");
    REFUSED(fresh_support, 2, "fresh_support is 2");
    REFUSED(redraw, -1, "redraw is -1");
    REFUSED(multi_step_loss, 5, "multi_step_loss is 5");
    REFUSED(precision, 3, "precision is 3");
    REFUSED(scheme, 9, "scheme is 9");
    REFUSED(scheme, PRIMER_SCHEME_IOB1, "IOB1");
    REFUSED(inner_steps, 0, "inner_steps is 0");
    REFUSED(support, 0, "support is 0");
    REFUSED(query, 0, "query is 0");
    REFUSED(query, UINT32_MAX, "query is 4294967295; it must lie between 1 and 16777216");
    REFUSED(episodes, 0, "episodes is 0");
    REFUSED(steps, 0, "steps is 0");
    REFUSED(steps, UINT32_MAX, "between 1 and 16777216");
    REFUSED(micro_batch_pieces, 0, "micro_batch_pieces is 0");
    REFUSED(checkpoint_every, 0, "checkpoint_every is 0");
    REFUSED(inner_rate, 0.0, "inner_rate is 0");
    REFUSED(learn_inner_rate, -1.0, "learn_inner_rate is -1");
    REFUSED(learn_inner_rate, 0.0 / 0.0, "learn_inner_rate");
    REFUSED(encoder_rate, -1.0, "encoder_rate");
    REFUSED(embedding_rate, 1.0 / 0.0, "embedding_rate");
    REFUSED(method_rate, 0.0 / 0.0, "method_rate");
    REFUSED(layer_decay, 0.0, "layer_decay");
    REFUSED(weight_decay, -1.0, "weight_decay");
    REFUSED(warmup, 1.5, "warmup");
    REFUSED(clip, -1.0, "clip");
    REFUSED(temperature, 2.0, "temperature");
    REFUSED(type_count, 1, "types is NULL");
    REFUSED(name.len, 1, "name is NULL");

    /* What belongs to Reptile is read with Reptile. */
    initial.algorithm = PRIMER_ALGORITHM_REPTILE;
    REFUSED(reptile_rate, 0.0, "reptile_rate is 0");
    REFUSED(learn_inner_rate, 0.1, "MAML alone");
    initial.algorithm = PRIMER_ALGORITHM_MAML;

    primer_adapt_options adaptation;
    primer_adapt_options_init(&adaptation, sizeof adaptation);
    adaptation.method = PRIMER_METHOD_FULL;
    REFUSED(adaptation, &adaptation, "full fine-tuning");
    adaptation.method = 99;
    REFUSED(adaptation, &adaptation, "method is 99");
    adaptation.method = PRIMER_METHOD_ADAPTER;
    adaptation.adapter_output = 2;
    REFUSED(adaptation, &adaptation, "adapter_output is 2");
    adaptation.struct_size = 1;
    REFUSED(adaptation, &adaptation, "adaptation: struct_size is 1");
#undef REFUSED
    primer_prime_options_init(NULL, sizeof options);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    primer_model *model = load_model(argv[1]);
    primer_dataset *one = people("PER"), *two = people("PER");
    const primer_task tasks[] = {{str("a"), one}, {str("b"), two}};
    bad_arguments(model, tasks);
    bad_options(model, tasks);
    bad_tasks(model, tasks);
    if (!SLOW) variants(model, tasks);
    stopped_and_resumed(model, tasks, argv[2]);
    failed_saves(model, tasks, argv[2]);
    if (!SLOW) saved_and_loaded(model, tasks, argv[2]);
    primer_dataset_free(two);
    primer_dataset_free(one);
    primer_model_free(model);
    return 0;
}
