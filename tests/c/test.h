/* What the tests share. Each test is a program that gets the folder of a small model, with the same model as one file
 * beside it (MODEL and MODEL.gguf), an empty folder for files, and the top of the repository. */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "primer.h"

/* 1 where everything takes fifty times as long: less of the same is done. */
#ifndef SLOW
#define SLOW 0
#endif

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

/* What outputs hold before a call: it must be overwritten. */
#define UNSET ((void *)1)

/* `call` mentions `err` as its last argument. */
#define OK(call) \
    do { \
        primer_error *err = UNSET; \
        primer_status status_ = (call); \
        expect_ok(status_, err, __FILE__, __LINE__); \
    } while (0)

/* The call fails with `status` and a message that contains `part`. */
#define FAILS(status, part, call) \
    do { \
        primer_error *err = UNSET; \
        primer_status status_ = (call); \
        expect_failure(status_, err, (status), (part), __FILE__, __LINE__); \
        primer_error_free(err); \
    } while (0)

static inline void expect_ok(primer_status status, primer_error *err, const char *file, int line) {
    if (status != PRIMER_OK || err != NULL) {
        fprintf(stderr, "%s:%d: %s: %s\n", file, line, primer_status_name(status), primer_error_message(err).data);
        exit(1);
    }
}

static inline void expect_failure(primer_status status, primer_error *err, primer_status expected, const char *part,
                                  const char *file, int line) {
    if (status != expected || err == NULL || err == UNSET) {
        fprintf(stderr, "%s:%d: %s instead of %s\n", file, line, primer_status_name(status), primer_status_name(expected));
        exit(1);
    }
    primer_str message = primer_error_message(err);
    if (primer_error_status(err) != expected || strlen(message.data) != message.len || !strstr(message.data, part)) {
        fprintf(stderr, "%s:%d: \"%s\" does not say \"%s\"\n", file, line, message.data, part);
        exit(1);
    }
}

static inline int equal(primer_str text, const char *expected) {
    return text.data != NULL && text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

static inline primer_str str(const char *text) {
    primer_str s = {text, strlen(text)};
    return s;
}

static inline char *file_bytes(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    *size = (size_t)ftell(file);
    char *bytes = malloc(*size);
    CHECK(bytes != NULL && fseek(file, 0, SEEK_SET) == 0 && fread(bytes, 1, *size, file) == *size);
    fclose(file);
    return bytes;
}

static inline primer_model *load_model(const char *folder) {
    primer_model *model = UNSET;
    primer_model_options options;
    primer_model_options_init(&options, sizeof options);
    options.threads = 1;
    OK(primer_model_load(folder, &options, &model, &err));
    return model;
}

/* Twelve sentences in which a person, called `type`, lives in a place. */
static inline primer_dataset *people(const char *type) {
    static const char *const names[] = {"Ada", "Bob", "Zoe", "Max"};
    static const char *const places[] = {"Paris", "Rome", "Oslo"};
    char *text = malloc(1 << 14);
    size_t len = 0;
    CHECK(text != NULL);
    for (int i = 0; i < 12; i++) {
        const char *name = names[i % 4], *place = places[i % 3];
        len += (size_t)sprintf(text + len, "%s B-%s\nSmith I-%s\nlives O\nin O\n%s O\n. O\n\n", name, type, type, place);
    }
    primer_dataset *dataset = UNSET;
    OK(primer_dataset_from_memory(text, len, "people.conll", NULL, &dataset, &err));
    free(text);
    return dataset;
}

/* An adapter that has learnt `people(type)` by heart. */
static inline primer_adapter *trained(const primer_model *model, const char *type, int32_t method, uint64_t seed) {
    primer_dataset *train = people(type);
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.method = method;
    options.epochs = SLOW ? 10 : 30;
    options.batch_size = 4;
    options.seed = seed;
    options.learning_rate = options.head_learning_rate = SLOW ? 3e-2 : 1e-2;
    options.name = str(type);
    primer_adapter *adapter = UNSET;
    OK(primer_adapt(model, train, NULL, NULL, &options, NULL, NULL, NULL, NULL, &adapter, &err));
    primer_dataset_free(train);
    return adapter;
}

#endif
