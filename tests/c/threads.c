/* Eight threads with an adapter each on one model, a batch with all of them, and one tagger that two threads want. */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "test.h"

enum { THREADS = SLOW ? 3 : 8, ROUNDS = SLOW ? 2 : 20 };

static primer_model *model;
static primer_adapter *adapters[THREADS];
static primer_result *expected[THREADS];
static const char text[] = "Zoe Smith lives in Oslo. Max Smith lives in Rome and Ada met Bob Smith.";

static void same(const primer_result *a, size_t item_a, const primer_result *b, size_t item_b) {
    size_t count_a = 0, count_b = 0;
    const primer_entity *x = primer_result_entities(a, item_a, &count_a);
    const primer_entity *y = primer_result_entities(b, item_b, &count_b);
    CHECK(count_a == count_b && count_a > 0);
    for (size_t i = 0; i < count_a; i++) {
        CHECK(x[i].start == y[i].start && x[i].end == y[i].end && x[i].score == y[i].score);
        CHECK(equal(x[i].label_name, y[i].label_name.data));
    }
    const primer_word *v = primer_result_words(a, item_a, &count_a);
    const primer_word *w = primer_result_words(b, item_b, &count_b);
    CHECK(count_a == count_b);
    for (size_t i = 0; i < count_a; i++) CHECK(v[i].start == w[i].start && v[i].tag == w[i].tag);
}

static void *work(void *user) {
    size_t mine = (size_t)user;
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    for (int round = 0; round < ROUNDS; round++) {
        primer_result *result = UNSET;
        OK(primer_tagger_tag_text(tagger, adapters[mine], text, sizeof text - 1, &result, &err));
        same(result, 0, expected[mine], 0);
        primer_result_free(result);
    }
    primer_tagger_free(tagger);
    return NULL;
}

static void many_adapters(void) {
    primer_tagger *tagger = UNSET;
    primer_input inputs[2 * THREADS];
    OK(primer_tagger_new(model, &tagger, &err));
    for (size_t i = 0; i < THREADS; i++) {
        char type[] = {'T', (char)('0' + i), 0};
        adapters[i] = trained(model, type, i % 2 ? PRIMER_METHOD_HEAD : PRIMER_METHOD_LORA, i);
        OK(primer_tagger_tag_text(tagger, adapters[i], text, sizeof text - 1, &expected[i], &err));
        size_t count = 0;
        const primer_entity *entities = primer_result_entities(expected[i], 0, &count);
        CHECK(count > 0 && equal(entities[0].label_name, type));
        primer_input input = {adapters[i], {text, sizeof text - 1}, NULL, 0};
        inputs[i] = inputs[THREADS + i] = input;
    }
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (size_t i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);

    primer_result *batch = UNSET;
    OK(primer_tagger_tag_batch(tagger, inputs, 2 * THREADS, NULL, &batch, &err));
    CHECK(primer_result_size(batch) == 2 * THREADS);
    for (size_t i = 0; i < 2 * THREADS; i++) {
        size_t count = 0, ignored = 0;
        const primer_entity *a = primer_result_entities(batch, i, &count);
        const primer_entity *b = primer_result_entities(expected[i % THREADS], 0, &ignored);
        CHECK(count == ignored && a[0].start == b[0].start && equal(a[0].label_name, b[0].label_name.data));
    }
    primer_result_free(batch);
    primer_tagger_free(tagger);
}

/* All work is done by the one thread that the model was given: a host keeps its cores. */
static void no_other_threads(void) {
#if defined(__linux__) && !defined(__SANITIZE_THREAD__)
    DIR *tasks = opendir("/proc/self/task");
    int others = 0;
    CHECK(tasks != NULL);
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        char path[300], name[32] = "";
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid()) continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *comm = fopen(path, "r");
        CHECK(comm != NULL && fgets(name, sizeof name, comm) != NULL);
        fclose(comm);
        CHECK(strcmp(name, "primer-0\n") == 0);
        others++;
    }
    closedir(tasks);
    CHECK(others == 1);
#endif
}

static primer_tagger *shared;
static atomic_int busy, done;

static void *contend(void *user) {
    primer_str *given = user;
    for (int answers = 0; answers < 5 || (!atomic_load(&busy) && answers < 100000);) {
        primer_result *result = UNSET;
        primer_error *err = UNSET;
        primer_status status = primer_tagger_tag_text(shared, adapters[0], given->data, given->len, &result, &err);
        if (status == PRIMER_OK) {
            CHECK(err == NULL && primer_result_size(result) == 1);
            primer_result_free(result);
            answers++;
        } else {
            CHECK(status == PRIMER_ERR_BUSY && result == NULL && strstr(primer_error_message(err).data, "in use"));
            primer_error_free(err);
            atomic_store(&busy, 1);
        }
    }
    atomic_fetch_add(&done, 1);
    return NULL;
}

static void one_tagger(void) {
    primer_str given = {text, sizeof text - 1};
    OK(primer_tagger_new(model, &shared, &err));
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, contend, &given) == 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&busy) && atomic_load(&done) == 2);
    primer_result *result = UNSET;
    OK(primer_tagger_tag_text(shared, adapters[0], text, sizeof text - 1, &result, &err));
    same(result, 0, expected[0], 0);
    primer_result_free(result);
    primer_tagger_free(shared);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    model = load_model(argv[1]);
    many_adapters();
    no_other_threads();
    one_tagger();
    for (size_t i = 0; i < THREADS; i++) {
        primer_result_free(expected[i]);
        primer_adapter_free(adapters[i]);
    }
    primer_model_free(model);
    return 0;
}
