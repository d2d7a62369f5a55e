/* Adaptation: progress, cancellation by callback and from another thread, checkpoints, evaluation, the log. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "test.h"

struct watch {
    pthread_t thread;
    int calls, starts, steps, epochs, encodes, prefixes, stop_at;
    double last_seconds;
};

static int32_t watch(const primer_progress *progress, void *user) {
    struct watch *w = user;
    CHECK(pthread_equal(w->thread, pthread_self()));
    CHECK(progress->struct_size >= sizeof *progress && progress->steps >= progress->step);
    CHECK(progress->seconds >= w->last_seconds && progress->seconds_left >= 0);
    w->encodes += progress->stage == PRIMER_STAGE_ENCODE;
    w->prefixes += progress->stage == PRIMER_STAGE_PREFIX;
    CHECK(progress->total >= progress->done);
    if (w->encodes + w->prefixes == w->calls + 1) {
        CHECK(progress->dev_f1 == -1 && progress->step == 0);
        w->calls++;
        return w->calls == w->stop_at;
    }
    CHECK(progress->dev_f1 >= 0 && progress->dev_f1 <= 1 && progress->best_f1 >= progress->dev_f1 - 1);
    w->last_seconds = progress->seconds;
    w->starts += progress->stage == PRIMER_STAGE_START;
    w->steps += progress->stage == PRIMER_STAGE_STEP;
    w->epochs += progress->stage == PRIMER_STAGE_EPOCH;
    if (progress->stage == PRIMER_STAGE_STEP) {
        CHECK(progress->loss > 0 && progress->gradient_norm > 0 && progress->step == (uint64_t)w->steps);
    }
    w->calls++;
    return w->calls == w->stop_at;
}

static void progress_and_callback(const primer_model *model, const primer_dataset *data) {
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.method = PRIMER_METHOD_HEAD;
    options.epochs = 3;
    options.batch_size = 4;
    primer_adapter *adapter = UNSET;
    struct watch w = {.thread = pthread_self()};
    OK(primer_adapt(model, data, data, NULL, &options, NULL, watch, &w, NULL, &adapter, &err));
    CHECK(w.starts == 1 && w.steps == 9 && w.epochs == 3 && w.encodes == 0 && w.prefixes == 0);
    /* What comes before training is told to those who ask for it. */
    primer_adapter *again = UNSET;
    struct watch all = {.thread = pthread_self()};
    options.preparation = 1;
    OK(primer_adapt(model, data, data, NULL, &options, NULL, watch, &all, NULL, &again, &err));
    CHECK(all.starts == 1 && all.steps == 9 && all.epochs == 3 && all.encodes > 0 && all.prefixes > 0);
    primer_adapter_free(again);
    options.preparation = 0;

    /* From what was learnt; stopped in the middle, it leaves nothing behind and its start as it was. */
    primer_buffer *before = UNSET, *after = UNSET;
    OK(primer_adapter_to_memory(adapter, &before, &err));
    for (int stop = 1; stop <= 4; stop++) {
        struct watch stopped = {.thread = pthread_self(), .stop_at = stop};
        primer_adapter *none = UNSET;
        FAILS(PRIMER_ERR_CANCELLED, "cancelled",
              primer_adapt(model, data, data, adapter, &options, NULL, watch, &stopped, NULL, &none, &err));
        CHECK(none == NULL && stopped.calls == stop);
    }
    OK(primer_adapter_to_memory(adapter, &after, &err));
    CHECK(primer_buffer_size(before) == primer_buffer_size(after));
    CHECK(memcmp(primer_buffer_data(before), primer_buffer_data(after), primer_buffer_size(before)) == 0);
    primer_buffer_free(before);
    primer_buffer_free(after);

    options.method = PRIMER_METHOD_LORA;
    primer_adapter *none = UNSET;
    FAILS(PRIMER_ERR_MISMATCH, "", primer_adapt(model, data, NULL, adapter, &options, NULL, NULL, NULL, NULL, &none, &err));
    primer_adapter_free(adapter);
}

struct race {
    sem_t running;
    atomic_int requested;
    int calls_after;
    primer_cancel *cancel;
};

static int32_t count_after(const primer_progress *progress, void *user) {
    struct race *race = user;
    (void)progress;
    if (atomic_load(&race->requested)) race->calls_after++;
    sem_post(&race->running);
    return 0;
}

static void *request(void *user) {
    struct race *race = user;
    for (int i = 0; i < 5; i++) sem_wait(&race->running);
    primer_cancel_request(race->cancel);
    atomic_store(&race->requested, 1);
    return NULL;
}

/* It would train for hours if the request were not noticed. */
static void another_thread(const primer_model *model, const primer_dataset *data) {
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.epochs = 1000000;
    options.batch_size = 4;
    struct race race = {.requested = 0};
    CHECK(sem_init(&race.running, 0, 0) == 0);
    OK(primer_cancel_new(&race.cancel, &err));
    CHECK(primer_cancel_is_requested(race.cancel) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, request, &race) == 0);
    primer_adapter *adapter = UNSET;
    FAILS(PRIMER_ERR_CANCELLED, "",
          primer_adapt(model, data, NULL, NULL, &options, NULL, count_after, &race, race.cancel, &adapter, &err));
    CHECK(adapter == NULL && pthread_join(thread, NULL) == 0 && race.calls_after == 0);
    CHECK(primer_cancel_is_requested(race.cancel) == 1);

    /* The token stays requested: calls that get it do not even start. */
    FAILS(PRIMER_ERR_CANCELLED, "",
          primer_adapt(model, data, NULL, NULL, &options, NULL, NULL, NULL, race.cancel, &adapter, &err));
    primer_cancel_free(race.cancel);
    sem_destroy(&race.running);
}

static void checkpoints(const primer_model *model, const primer_dataset *data, const char *scratch) {
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.epochs = 4;
    options.batch_size = 4;
    char path[4096];
    snprintf(path, sizeof path, "%s/checkpoint", scratch);
    primer_adapter *whole = UNSET, *resumed = UNSET, *none = UNSET;
    OK(primer_adapt(model, data, data, NULL, &options, NULL, NULL, NULL, NULL, &whole, &err));
    struct watch stopped = {.thread = pthread_self(), .stop_at = 8};
    FAILS(PRIMER_ERR_CANCELLED, "",
          primer_adapt(model, data, data, NULL, &options, path, watch, &stopped, NULL, &none, &err));
    CHECK(access(path, F_OK) == 0);
    options.seed = 1;
    FAILS(PRIMER_ERR_STALE, path, primer_adapt(model, data, data, NULL, &options, path, NULL, NULL, NULL, &none, &err));
    /* Anew, on a copy of it: this run's own checkpoint is removed at its end. */
    size_t size = 0;
    char *kept = file_bytes(path, &size);
    options.restart = 1;
    OK(primer_adapt(model, data, data, NULL, &options, path, NULL, NULL, NULL, &none, &err));
    primer_adapter_free(none);
    options.restart = 0;
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(kept, 1, size, file) == size && fclose(file) == 0);
    free(kept);
    options.seed = 0;
    OK(primer_adapt(model, data, data, NULL, &options, path, NULL, NULL, NULL, &resumed, &err));
    CHECK(access(path, F_OK) != 0);

    /* Resumed or not, the same numbers; the cards differ in the seconds that it took. */
    primer_scores a = {.struct_size = sizeof a}, b = {.struct_size = sizeof b};
    OK(primer_evaluate(model, whole, data, NULL, &a, NULL, &err));
    OK(primer_evaluate(model, resumed, data, NULL, &b, NULL, &err));
    CHECK(memcmp(&a, &b, sizeof a) == 0);
    primer_adapter_free(whole);
    primer_adapter_free(resumed);
}

static void evaluation(const primer_model *model, const primer_dataset *data) {
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_ADAPTER, 1);
    primer_scores scores = {.struct_size = sizeof scores};
    primer_buffer *json = UNSET;
    OK(primer_evaluate(model, adapter, data, NULL, &scores, &json, &err));
    CHECK(scores.sentences == 12 && scores.micro.support == 12 && scores.micro.f1 == 1 && scores.strict_micro.f1 == 1);
    CHECK(scores.micro.correct == 12 && scores.micro.precision == 1 && scores.micro.recall == 1 && scores.accuracy == 1);
    CHECK(strlen(primer_buffer_data(json)) == primer_buffer_size(json));
    CHECK(strstr(primer_buffer_data(json), "\"strict\":{\"micro\":") && strstr(primer_buffer_data(json), "\"types\":{\"PER\":"));
    primer_buffer_free(json);

    primer_cancel *cancel = UNSET;
    OK(primer_cancel_new(&cancel, &err));
    primer_cancel_request(cancel);
    FAILS(PRIMER_ERR_CANCELLED, "", primer_evaluate(model, adapter, data, cancel, &scores, &json, &err));
    CHECK(json == NULL && scores.micro.f1 == 0 && scores.struct_size == sizeof scores);
    primer_dataset *loaded = UNSET;
    FAILS(PRIMER_ERR_CANCELLED, "",
          primer_dataset_load_with_cancel("examples/data/teach.jsonl", NULL, cancel, &loaded, &err));
    CHECK(loaded == NULL);
    primer_tagger *tagger = UNSET;
    primer_result *result = UNSET;
    primer_input input = {adapter, {"Ada", 3}, NULL, 0};
    OK(primer_tagger_new(model, &tagger, &err));
    FAILS(PRIMER_ERR_CANCELLED, "", primer_tagger_tag_batch(tagger, &input, 1, cancel, &result, &err));
    CHECK(result == NULL);
    FAILS(PRIMER_ERR_CANCELLED, "", primer_tagger_tag_text_with_cancel(tagger, adapter, "Ada", 3, cancel, &result, &err));
    CHECK(result == NULL);
    OK(primer_tagger_tag_text_with_cancel(tagger, adapter, "Ada", 3, NULL, &result, &err));
    primer_result_free(result);
    OK(primer_tagger_tag_batch(tagger, &input, 1, NULL, &result, &err));
    primer_result_free(result);
    primer_tagger_free(tagger);
    primer_cancel_free(cancel);
    primer_adapter_free(adapter);
}

/* Training goes on from an adapter whose settings nobody has to know. */
static void from_another(const primer_model *model, const primer_dataset *data) {
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.method = PRIMER_METHOD_LORA;
    options.lora_rank = 3;
    options.epochs = 1;
    primer_adapter *first = UNSET, *second = UNSET;
    OK(primer_adapt(model, data, NULL, NULL, &options, NULL, NULL, NULL, NULL, &first, &err));

    primer_adapt_options_init(&options, sizeof options);
    options.epochs = 1;
    FAILS(PRIMER_ERR_MISMATCH, "method",
          primer_adapt(model, data, NULL, first, &options, NULL, NULL, NULL, NULL, &second, &err));
    options.method = PRIMER_METHOD_INITIAL;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "no initial adapter",
          primer_adapt(model, data, NULL, NULL, &options, NULL, NULL, NULL, NULL, &second, &err));
    OK(primer_adapt(model, data, NULL, first, &options, NULL, NULL, NULL, NULL, &second, &err));
    CHECK(strstr(primer_adapter_card(second).data, "\"rank\":3"));
    primer_adapter_free(second);
    primer_adapter_free(first);
}

static void no_entity(const primer_model *model) {
    primer_dataset *data = UNSET;
    primer_adapter *adapter = UNSET;
    OK(primer_dataset_from_memory("a O\nb O\n", 8, NULL, NULL, &data, &err));
    FAILS(PRIMER_ERR_DATA, "no sentence has an entity",
          primer_adapt(model, data, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &adapter, &err));
    CHECK(adapter == NULL);
    primer_dataset_free(data);
}

static atomic_int messages;

static void listen(int32_t level, primer_str message, void *user) {
    CHECK(level == PRIMER_LOG_INFO && user == &messages && strlen(message.data) == message.len);
    /* The callback may use the library, but not change the log. */
    FAILS(PRIMER_ERR_BUSY, "", primer_log_set(PRIMER_LOG_INFO, NULL, NULL, &err));
    atomic_fetch_add(&messages, 1);
}

static void logging(const char *folder) {
    OK(primer_log_set(PRIMER_LOG_INFO, listen, &messages, &err));
    primer_model *model = load_model(folder);
    CHECK(atomic_load(&messages) == 1);
    primer_adapter_free(trained(model, "PER", PRIMER_METHOD_HEAD, 0));
    CHECK(atomic_load(&messages) == 3);
    OK(primer_log_set(PRIMER_LOG_WARN, listen, &messages, &err));
    primer_model_free(model);
    model = load_model(folder);
    OK(primer_log_set(PRIMER_LOG_INFO, NULL, NULL, &err));
    primer_model_free(model);
    model = load_model(folder);
    CHECK(atomic_load(&messages) == 3);
    primer_model_free(model);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    primer_model *model = load_model(argv[1]);
    primer_dataset *data = people("PER");
    progress_and_callback(model, data);
    another_thread(model, data);
    checkpoints(model, data, argv[2]);
    evaluation(model, data);
    from_another(model, data);
    no_entity(model);
    logging(argv[1]);
    primer_dataset_free(data);
    primer_model_free(model);
    return 0;
}
