/* What a program may get wrong beyond NULL (arguments.c): sizes of structs, numbers that stand for nothing, lengths,
 * alignment, callbacks that stop a run, and things larger than the limits. */
#include <sys/mman.h>

#include "suite.h"

static primer_model *model;
static primer_dataset *data;
static primer_adapter *adapter;
static primer_tagger *tagger;
static primer_primed *primed;
static const char *folder, *scratch;

/* ---- every struct that starts with its size ---- */

static primer_status load_with(void *options, primer_error **err) {
    primer_model *out = UNSET;
    primer_status status = primer_model_load(folder, options, &out, err);
    CHECK((status == PRIMER_OK) == (out != NULL));
    primer_model_free(out);
    return status;
}

static primer_status read_with(void *options, primer_error **err) {
    primer_dataset *out = UNSET;
    primer_status status = primer_dataset_from_memory("Ada B-PER\n", 10, NULL, options, &out, err);
    CHECK((status == PRIMER_OK) == (out != NULL));
    primer_dataset_free(out);
    return status;
}

static primer_status adapt_with(void *options, primer_error **err) {
    primer_adapter *out = UNSET;
    primer_status status = primer_adapt(model, data, NULL, NULL, options, NULL, NULL, NULL, NULL, &out, err);
    CHECK((status == PRIMER_OK) == (out != NULL));
    primer_adapter_free(out);
    return status;
}

static primer_status prime_with(void *options, primer_error **err) {
    const primer_task task = {str("a"), data};
    primer_primed *out = UNSET;
    primer_status status = primer_prime(model, &task, 1, NULL, 0, NULL, options, NULL, NULL, NULL, NULL, NULL, &out, err);
    CHECK((status == PRIMER_OK) == (out != NULL));
    primer_primed_free(out);
    return status;
}

static primer_status prime_for(void *adaptation, primer_error **err) {
    primer_prime_options options;
    primer_prime_options_init(&options, sizeof options);
    options.steps = 1;
    options.support = options.query = 4;
    options.adaptation = adaptation;
    return prime_with(&options, err);
}

static primer_status tag_with(void *options, primer_error **err) {
    primer_tagger *out = UNSET;
    primer_status status = primer_tagger_new_with_options(model, options, &out, err);
    CHECK((status == PRIMER_OK) == (out != NULL));
    primer_tagger_free(out);
    return status;
}

static primer_status get_sizes(void *sizes, primer_error **err) {
    return primer_model_get_sizes(model, sizes, err);
}

static primer_status get_scores(void *scores, primer_error **err) {
    return primer_evaluate(model, adapter, data, NULL, scores, NULL, err);
}

static void init_model(void *options, size_t size) { primer_model_options_init(options, size); }
static void init_tagger(void *options, size_t size) { primer_tagger_options_init(options, size); }
static void init_dataset(void *options, size_t size) { primer_dataset_options_init(options, size); }
static void init_report(void *report, size_t size) { memset(report, 0, size); }

static void init_adapt(void *options, size_t size) {
    primer_adapt_options_init(options, size);
    if (size >= 16) ((primer_adapt_options *)options)->epochs = 1;
}

static void init_prime(void *options, size_t size) {
    primer_prime_options_init(options, size);
    if (size < sizeof(primer_prime_options)) return;
    ((primer_prime_options *)options)->steps = 1;
    ((primer_prime_options *)options)->support = ((primer_prime_options *)options)->query = 4;
}

/* Whether a newer program's fields are refused where they are set: in what is given, not in what is filled. */
enum { GIVEN = 1, FILLED = 0 };

static const struct {
    const char *type;
    size_t size, align;
    void (*init)(void *, size_t);
    primer_status (*use)(void *, primer_error **);
    int given;
} sized[] = {
    {"primer_model_options", sizeof(primer_model_options), 4, init_model, load_with, GIVEN},
    {"primer_tagger_options", sizeof(primer_tagger_options), 8, init_tagger, tag_with, GIVEN},
    {"primer_dataset_options", sizeof(primer_dataset_options), 4, init_dataset, read_with, GIVEN},
    {"primer_adapt_options", sizeof(primer_adapt_options), 8, init_adapt, adapt_with, GIVEN},
    {"primer_adapt_options", sizeof(primer_adapt_options), 8, init_adapt, prime_for, GIVEN},
    {"primer_prime_options", sizeof(primer_prime_options), 8, init_prime, prime_with, GIVEN},
    {"primer_model_sizes", sizeof(primer_model_sizes), 4, init_report, get_sizes, FILLED},
    {"primer_scores", sizeof(primer_scores), 8, init_report, get_scores, FILLED},
};

static void struct_sizes(void) {
    enum { ROOM = 8192 };
    char *memory = malloc(ROOM);
    CHECK(memory != NULL);
    for (size_t i = 0; i < sizeof sized / sizeof *sized; i++) {
        const size_t size = sized[i].size;
        const size_t wrong[] = {0, 1, 3, 4, 8, size / 3 / 8 * 8, size + 1, 4096 + sized[i].align, 1 << 20, UINT32_MAX};
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
            uint32_t claimed = (uint32_t)wrong[j];
            memset(memory, 0, ROOM);
            sized[i].init(memory, size);
            memcpy(memory, &claimed, sizeof claimed);
            FAILS(PRIMER_ERR_INVALID_ARGUMENT, "struct_size", sized[i].use(memory, &err));
        }
        /* A newer program: nothing set, then something set in its last byte. */
        for (size_t more = 8; size + more <= 4096; more += more < 64 ? 8 : 1024) {
            uint32_t claimed = (uint32_t)(size + more);
            memset(memory, 0xAA, ROOM);
            sized[i].init(memory, claimed);
            memcpy(memory, &claimed, sizeof claimed);
            if (more == 8 || more == 64) OK(sized[i].use(memory, &err));
            CHECK(memory[claimed - 1] == 0 && memory[claimed] == (char)0xAA);
            memory[claimed - 1] = 1;
            if (sized[i].given) FAILS(PRIMER_ERR_UNSUPPORTED, sized[i].type, sized[i].use(memory, &err));
        }
        /* A size of another type, and a struct in the wrong place. */
        memset(memory, 0, ROOM);
        sized[i].init(memory, size);
        memmove(memory + 1, memory, size);
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, "not aligned", sized[i].use(memory + 1, &err));
    }
    free(memory);
}

/* Every struct of the header with a size is in the table. */
static void no_struct_is_left_out(void) {
    for (const json *s = json_get(abi(), "structs")->first; s != NULL; s = s->next) {
        const char *type = json_text(json_get(s, "name")).data;
        if (!json_is(json_get(json_get(s, "fields")->first, "name"), "struct_size")) continue;
        if (strstr(type, "progress") != NULL) continue; /* the library's own */
        int found = 0;
        for (size_t i = 0; i < sizeof sized / sizeof *sized; i++) found += strcmp(sized[i].type, type) == 0;
        if (found == 0) fprintf(stderr, "%s is not in the table\n", type);
        CHECK(found > 0);
    }
}

/* ---- every number that stands for something ---- */

static const char *groups_tried[64];
static size_t count_groups;

static int is_value(const char *group, int32_t number) {
    char prefix[64];
    snprintf(prefix, sizeof prefix, "PRIMER_%s_", group);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        if (strncmp(constants[i].name, prefix, strlen(prefix)) == 0 && constants[i].value == number) return 1;
    }
    return 0;
}

/* `call` has X where a constant of the group belongs. */
#define NUMBERS(group, name, call) \
    do { \
        groups_tried[count_groups++] = group; \
        for (int32_t X = -5; X <= 40; X++) { \
            int32_t number = X; \
            if (!is_value(group, X)) FAILS(PRIMER_ERR_INVALID_ARGUMENT, name, call); \
            CHECK(X == number); \
        } \
        int32_t X = INT32_MAX; \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, name, call); \
        X = INT32_MIN; \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, name, call); \
    } while (0)

#define FIELD(type, init, use, group, which, field) \
    do { \
        type options; \
        init(&options, sizeof options); \
        which; \
        NUMBERS(group, #field " is ", (options.field = X, use(&options, &err))); \
    } while (0)

static void log_nothing(int32_t level, primer_str message, void *user) {
    (void)level;
    (void)message;
    (void)user;
}

static void numbers(void) {
    primer_adapter *a = UNSET;
    size_t position = 0;
    primer_entity entity = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/never", scratch);
    NUMBERS("LOG", "level is ", primer_log_set(X, log_nothing, NULL, &err));
    NUMBERS("UNIT", "from is ", primer_offsets_convert("x", 1, X, 0, &position, &position, 1, &err));
    NUMBERS("UNIT", "to is ", primer_offsets_convert("x", 1, 0, X, &position, &position, 1, &err));
    NUMBERS("UNIT", "unit is ", primer_entities_convert("x", 1, X, &entity, &entity, 1, &err));
    NUMBERS("SCHEME", "scheme is ", primer_adapter_import(path, model, X, NULL, 0, &a, &err));
    NUMBERS("FOLDER", "format is ", primer_adapter_export(adapter, X, path, &err));
    NUMBERS("STORAGE", "embedding is ", primer_primed_save_model(primed, path, X, PRIMER_STORAGE_F32, NULL, &err));
    NUMBERS("STORAGE", "encoder is ", primer_primed_save_model(primed, path, PRIMER_STORAGE_F32, X, NULL, &err));
    CHECK(access(path, F_OK) != 0);
#define DATA(group, field) FIELD(primer_dataset_options, primer_dataset_options_init, read_with, group, , field)
    DATA("FORMAT", format);
    DATA("SCHEME", scheme);
    DATA("UNIT", unit);
    FIELD(primer_model_options, primer_model_options_init, load_with, "DEVICE", , device);
    FIELD(primer_tagger_options, primer_tagger_options_init, tag_with, "ENGINE", , engine);
    FIELD(primer_tagger_options, primer_tagger_options_init, tag_with, "PRECISION", , precision);
    FIELD(primer_tagger_options, primer_tagger_options_init, tag_with, "SPLIT", , split);
#define ADAPT(group, chosen, field) \
    FIELD(primer_adapt_options, primer_adapt_options_init, adapt_with, group, options.method = chosen, field)
    ADAPT("METHOD", PRIMER_METHOD_HEAD, method);
    ADAPT("SCHEME", PRIMER_METHOD_HEAD, scheme);
    ADAPT("ACTIVATION", PRIMER_METHOD_ADAPTER, adapter_activation);
    ADAPT("PRECISION", PRIMER_METHOD_HEAD, precision);
    ADAPT("OVERLAP", PRIMER_METHOD_HEAD, overlap);
    ADAPT("START", PRIMER_METHOD_HEAD, start);
    ADAPT("HEAD_INIT", PRIMER_METHOD_HEAD, head_init);
    ADAPT("EFFORT", PRIMER_METHOD_HEAD, effort);
    FIELD(primer_adapt_options, primer_adapt_options_init, prime_for, "METHOD", , method);
#define PRIME(group, field) FIELD(primer_prime_options, init_prime, prime_with, group, , field)
    PRIME("ALGORITHM", algorithm);
    PRIME("ORDER", order);
    PRIME("INNER", inner_scope);
    PRIME("OUTER", outer_scope);
    PRIME("EPISODE_HEAD", head);
    PRIME("SCHEME", scheme);
    PRIME("PRECISION", precision);
    /* Flags are added up: every bit beyond the last is wrong. */
    groups_tried[count_groups++] = "SITE";
    for (int bit = 6; bit < 32; bit++) {
        primer_adapt_options options;
        primer_adapt_options_init(&options, sizeof options);
        options.method = PRIMER_METHOD_LORA;
        options.lora_sites |= (uint32_t)1 << bit;
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, "lora_sites", adapt_with(&options, &err));
    }
    for (const json *one = json_get(abi(), "constants")->first; one != NULL; one = one->next) {
        const json *group = json_get(one, "enum");
        int found = json_is(group, "STATUS") || json_is(group, "STAGE"); /* only given out */
        for (size_t i = 0; i < count_groups; i++) found += json_is(group, groups_tried[i]);
        if (!found) fprintf(stderr, "no PRIMER_%s_* was tried\n", json_text(group).data);
        CHECK(found);
    }
}

/* ---- lengths and places ---- */

static void lengths(void) {
    primer_model *m = UNSET;
    primer_dataset *d = UNSET;
    primer_adapter *a = UNSET;
    primer_result *r = UNSET;
    size_t positions[2] = {0, 0};
    primer_str words[2] = {{"x", 1}, {"y", SIZE_MAX}};
    primer_input input = {adapter, {"x", 1}, NULL, 0};
    primer_entity entity = {0};
#define MOST "more than memory can hold"
#define TOO_MANY(part, call) FAILS(PRIMER_ERR_INVALID_ARGUMENT, part, call)
    TOO_MANY(MOST, primer_model_from_memory("GGUF", SIZE_MAX, NULL, &m, &err));
    TOO_MANY(MOST, primer_dataset_from_memory("x", SIZE_MAX, NULL, NULL, &d, &err));
    TOO_MANY("", primer_dataset_shots(data, SIZE_MAX, 0, positions, &d, &err));
    TOO_MANY(MOST, primer_dataset_select(data, positions, SIZE_MAX, &d, &err));
    positions[1] = SIZE_MAX;
    TOO_MANY("", primer_dataset_select(data, positions, 2, &d, &err));
    TOO_MANY(MOST, primer_adapter_from_memory("x", SIZE_MAX, model, &a, &err));
    TOO_MANY(MOST, primer_adapter_import("x", model, 0, words, SIZE_MAX, &a, &err));
    TOO_MANY(MOST, primer_tagger_tag_text(tagger, adapter, "x", SIZE_MAX, &r, &err));
    TOO_MANY(MOST, primer_tagger_tag_words(tagger, adapter, words, SIZE_MAX, &r, &err));
    TOO_MANY(MOST, primer_tagger_tag_words(tagger, adapter, words, SIZE_MAX / sizeof *words, &r, &err));
    TOO_MANY("words[1]", primer_tagger_tag_words(tagger, adapter, words, 2, &r, &err));
    TOO_MANY(MOST, primer_tagger_tag_batch(tagger, &input, SIZE_MAX, NULL, &r, &err));
    input.text.len = SIZE_MAX;
    TOO_MANY("inputs[0].text", primer_tagger_tag_batch(tagger, &input, 1, NULL, &r, &err));
    input.text.len = 0;
    input.words = words;
    input.word_count = SIZE_MAX;
    TOO_MANY("inputs[0].words", primer_tagger_tag_batch(tagger, &input, 1, NULL, &r, &err));
    TOO_MANY(MOST, primer_offsets_convert("x", SIZE_MAX, 0, 0, positions, positions, 1, &err));
    TOO_MANY(MOST, primer_offsets_convert("x", 1, 0, 0, positions, positions, SIZE_MAX, &err));
    TOO_MANY(MOST, primer_entities_convert("x", 1, 0, &entity, &entity, SIZE_MAX, &err));
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.types = words;
    options.type_count = SIZE_MAX;
    TOO_MANY("types", adapt_with(&options, &err));
    const uint32_t layer = 0;
    options.type_count = 0;
    options.layers = &layer;
    options.layer_count = SIZE_MAX;
    TOO_MANY("layers", adapt_with(&options, &err));

    /* Arrays and handles in places where none can be. */
    char *odd = (char *)positions + 1;
    TOO_MANY("positions is not aligned", primer_offsets_convert("x", 1, 0, 0, (size_t *)(void *)odd, positions, 1, &err));
    TOO_MANY("words is not aligned", primer_tagger_tag_words(tagger, adapter, (primer_str *)(void *)odd, 1, &r, &err));
    TOO_MANY("inputs is not aligned", primer_tagger_tag_batch(tagger, (primer_input *)(void *)odd, 1, NULL, &r, &err));
    TOO_MANY("indices is not aligned", primer_dataset_select(data, (size_t *)(void *)odd, 1, &d, &err));
    TOO_MANY("adapter is no primer_adapter",
             primer_tagger_tag_text(tagger, (primer_adapter *)(void *)odd, "x", 1, &r, &err));
    primer_adapter_free((primer_adapter *)(void *)odd);
    CHECK(primer_adapter_name((primer_adapter *)(void *)odd).data == NULL);
    CHECK(m == NULL && d == NULL && a == NULL && r == NULL);
}

/* Memory of this size that costs nothing, full of NUL bytes. */
static void larger_than_the_limits(void) {
    size_t size = ((size_t)1 << 32) + 1;
    char *zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(zeros != MAP_FAILED);
    primer_result *r = UNSET;
    FAILS(PRIMER_ERR_TOO_LARGE, "4294967297", primer_tagger_tag_text(tagger, adapter, zeros, size, &r, &err));
    primer_str words[] = {{"Ada", 3}, {zeros, size - 1}};
    FAILS(PRIMER_ERR_TOO_LARGE, "a text of", primer_tagger_tag_words(tagger, adapter, words, 2, &r, &err));
    CHECK(r == NULL);
    CHECK(munmap(zeros, size) == 0);

    char path[4096];
    snprintf(path, sizeof path, "%s/large.safetensors", scratch);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && ftruncate(fileno(file), (off_t)size) == 0 && fclose(file) == 0);
    primer_adapter *a = UNSET;
    FAILS(PRIMER_ERR_TOO_LARGE, "large.safetensors", primer_adapter_load(path, model, &a, &err));
    CHECK(a == NULL);

    snprintf(path, sizeof path, "%s/config.json", scratch);
    file = fopen(path, "w");
    CHECK(file != NULL);
    fputs("{\"model_type\": \"bert\", \"hidden_size\": 8000000, \"num_hidden_layers\": 2, \"num_attention_heads\": 2,"
          "\"intermediate_size\": 8, \"vocab_size\": 8, \"max_position_embeddings\": 8}", file);
    CHECK(fclose(file) == 0);
    primer_model *m = UNSET;
    FAILS(PRIMER_ERR_TOO_LARGE, "8000000", primer_model_load(scratch, NULL, &m, &err));
    CHECK(m == NULL);
}

/* ---- data without labels ---- */

static void nothing_to_compare_with(void) {
    primer_dataset_options options;
    primer_dataset_options_init(&options, sizeof options);
    options.labelled = 0;
    primer_dataset *plain = UNSET;
    primer_scores scores = {.struct_size = sizeof scores};
    primer_adapter *a = UNSET;
    OK(primer_dataset_from_memory("Ada\nSmith\n", 10, NULL, &options, &plain, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "without labels", primer_evaluate(model, adapter, plain, NULL, &scores, NULL, &err));
    FAILS(PRIMER_ERR_DATA, "no sentence has an entity",
          primer_adapt(model, plain, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &a, &err));
    CHECK(a == NULL && scores.sentences == 0);
    primer_dataset_free(plain);
}

/* ---- callbacks ---- */

struct stop {
    int32_t stage, answer;
    int calls;
};

/* Uses the library from within, then stops the run with any number that is not 0. */
static int32_t stop_at(const primer_progress *progress, void *user) {
    struct stop *stop = user;
    primer_result *r = UNSET;
    OK(primer_tagger_tag_text(tagger, adapter, "Ada Smith lives in Rome.", 24, &r, &err));
    primer_result_free(r);
    stop->calls++;
    return progress->stage == stop->stage ? stop->answer : 0;
}

static int32_t stop_priming(const primer_prime_progress *progress, void *user) {
    (void)progress;
    return *(int32_t *)user;
}

static void callbacks(void) {
    static const int32_t answers[] = {1, -1, 2, INT32_MIN, INT32_MAX};
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.epochs = 2;
    primer_adapter *a = UNSET;
    for (int32_t stage = PRIMER_STAGE_START; stage <= PRIMER_STAGE_EPOCH; stage++) {
        for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
            struct stop stop = {stage, answers[i], 0};
            FAILS(PRIMER_ERR_CANCELLED, "cancelled",
                  primer_adapt(model, data, data, NULL, &options, NULL, stop_at, &stop, NULL, &a, &err));
            CHECK(a == NULL && stop.calls == stage + 1);
        }
    }
    primer_prime_options prime;
    init_prime(&prime, sizeof prime);
    prime.steps = 3;
    const primer_task task = {str("a"), data};
    primer_primed *p = UNSET;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        int32_t answer = answers[i];
        FAILS(PRIMER_ERR_CANCELLED, "cancelled",
              primer_prime(model, &task, 1, NULL, 0, NULL, &prime, NULL, NULL, stop_priming, &answer, NULL, &p, &err));
        CHECK(p == NULL);
    }
    /* A token that was used stays used. */
    primer_cancel *cancel = UNSET;
    primer_scores scores = {.struct_size = sizeof scores};
    primer_input input = {adapter, {"x", 1}, NULL, 0};
    primer_result *r = UNSET;
    OK(primer_cancel_new(&cancel, &err));
    primer_cancel_request(cancel);
    primer_cancel_request(cancel);
    for (int i = 0; i < 2; i++) {
        FAILS(PRIMER_ERR_CANCELLED, "", primer_tagger_tag_batch(tagger, &input, 1, cancel, &r, &err));
        FAILS(PRIMER_ERR_CANCELLED, "", primer_evaluate(model, adapter, data, cancel, &scores, NULL, &err));
        FAILS(PRIMER_ERR_CANCELLED, "",
              primer_adapt(model, data, NULL, NULL, &options, NULL, NULL, NULL, cancel, &a, &err));
    }
    primer_cancel_free(cancel);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    folder = argv[1];
    scratch = argv[2];
    model = load_model(folder);
    data = people("PER");
    adapter = trained(model, "PER", PRIMER_METHOD_HEAD, 0);
    OK(primer_tagger_new(model, &tagger, &err));
    primer_prime_options options;
    init_prime(&options, sizeof options);
    const primer_task task = {str("a"), data};
    OK(primer_prime(model, &task, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &primed, &err));
    struct_sizes();
    no_struct_is_left_out();
    numbers();
    lengths();
    nothing_to_compare_with();
    callbacks();
    larger_than_the_limits();
    primer_primed_free(primed);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_dataset_free(data);
    primer_model_free(model);
    return 0;
}
