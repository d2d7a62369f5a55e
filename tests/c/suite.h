/* What the programs that run tests/conformance share: constants by name, options by the names of their fields, bytes,
 * and entities. The programs run in the repository's top folder, their last argument. */
#ifndef SUITE_H
#define SUITE_H

#include <math.h>
#include <unistd.h>

#include "json.h"

#include "constants.h"

/* A constant by its name; a number stands for itself, and a list for the sum of flags. */
static inline int64_t constant(const json *name) {
    if (name->kind == JSON_NUMBER) return (int64_t)name->number;
    if (name->kind == JSON_ARRAY) {
        int64_t sum = 0;
        for (const json *flag = name->first; flag != NULL; flag = flag->next) sum += constant(flag);
        return sum;
    }
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        if (json_is(name, constants[i].name)) return constants[i].value;
    }
    fprintf(stderr, "there is no constant %s\n", json_text(name).data);
    exit(1);
}

/* Fails on a case with a field that is in none of `known`, names parted by blanks. */
static inline void only(const json *object, const char *known) {
    for (const json *field = object->first; field != NULL; field = field->next) {
        size_t len = strlen(field->name);
        const char *at = known;
        while ((at = strstr(at, field->name)) != NULL && ((at > known && at[-1] != ' ') || (at[len] != ' ' && at[len] != 0))) at++;
        if (at == NULL) fprintf(stderr, "the field \"%s\" is unknown\n", field->name);
        CHECK(at != NULL);
    }
}

static inline const json *abi(void) {
    static const json *read = NULL;
    if (read == NULL) read = json_file("tests/conformance/abi.json");
    return read;
}

/* What abi.json says of a field. */
static inline const json *layout(const char *type, const char *name) {
    const json *s = json_get(abi(), "structs")->first;
    while (s != NULL && !json_is(json_get(s, "name"), type)) s = s->next;
    const json *field = json_get(s, "fields")->first;
    while (field != NULL && !json_is(json_get(field, "name"), name)) field = field->next;
    if (field == NULL) fprintf(stderr, "%s has no field %s\n", type, name);
    CHECK(field != NULL);
    return field;
}

static inline void set(void *options, const char *type, const char *name, const json *value);

/* A list of `given` as an array and its length, two fields of options. */
static inline void set_list(void *options, size_t list, const json *given) {
    const char *type = lists[list].type, *item = lists[list].item;
    int texts = strcmp(item, "primer_str") == 0, names = strcmp(item, "const char *") == 0;
    char *items = keep(given->count * (texts ? sizeof(primer_str) : names ? sizeof(const char *) : sizeof(uint32_t)));
    size_t i = 0;
    for (const json *one = given->first; one != NULL; one = one->next, i++) {
        if (texts) ((primer_str *)(void *)items)[i] = json_text(one);
        else if (names) ((const char **)(void *)items)[i] = json_text(one).data;
        else ((uint32_t *)(void *)items)[i] = (uint32_t)json_size(one);
    }
    memcpy((char *)options + json_size(json_get(layout(type, lists[list].items), "offset")), &items, sizeof items);
    memcpy((char *)options + json_size(json_get(layout(type, lists[list].count), "offset")), &given->count, sizeof given->count);
}

/* Sets a field of options by its name. */
static inline void set(void *options, const char *type, const char *name, const json *value) {
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].type, type) == 0 && strcmp(lists[i].items, name) == 0) {
            set_list(options, i, value);
            return;
        }
    }
    const json *field = layout(type, name), *kind = json_get(field, "type");
    char *place = (char *)options + json_size(json_get(field, "offset"));
    if (json_is(kind, "double")) {
        CHECK(value->kind == JSON_NUMBER);
        memcpy(place, &value->number, 8);
    } else if (json_is(kind, "uint64_t")) {
        uint64_t number = json_size(value);
        memcpy(place, &number, 8);
    } else if (json_is(kind, "primer_str")) {
        memcpy(place, &value->text, sizeof value->text);
    } else {
        CHECK(json_is(kind, "int32_t") || json_is(kind, "uint32_t"));
        int32_t number = (int32_t)constant(value);
        memcpy(place, &number, 4);
    }
}

/* Sets what a case has as its options. */
static inline void set_all(void *options, const char *type, const json *given) {
    for (const json *field = given == NULL ? NULL : given->first; field != NULL; field = field->next) {
        set(options, type, field->name, field);
    }
}

static inline primer_dataset_options data_options(const json *given) {
    primer_dataset_options options;
    primer_dataset_options_init(&options, sizeof options);
    set_all(&options, "primer_dataset_options", given);
    return options;
}

static inline primer_adapt_options training_options(const json *given) {
    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    set_all(&options, "primer_adapt_options", given);
    return options;
}

static inline size_t unhex(primer_str hex, char *out) {
    for (size_t i = 0; i < hex.len; i += 2) {
        unsigned byte = 0;
        CHECK(sscanf(hex.data + i, "%2x", &byte) == 1);
        out[i / 2] = (char)byte;
    }
    return hex.len / 2;
}

/* The bytes of {"text"}, {"hex"} or {"file", "size", "changes"}; the caller frees them. */
static inline char *bytes_of(const json *given, size_t *size) {
    only(given, "text hex file size changes");
    const json *text = json_find(given, "text"), *hex = json_find(given, "hex"), *keep = json_find(given, "size");
    char *bytes = NULL;
    if (text != NULL) {
        *size = text->text.len;
        CHECK((bytes = malloc(*size + 1)) != NULL);
        memcpy(bytes, text->text.data, *size);
    } else if (hex != NULL) {
        CHECK((bytes = malloc(hex->text.len + 1)) != NULL);
        *size = unhex(hex->text, bytes);
    } else {
        bytes = file_bytes(json_text(json_get(given, "file")).data, size);
    }
    if (keep != NULL) *size = json_size(keep);
    const json *changes = json_find(given, "changes");
    for (const json *change = changes == NULL ? NULL : changes->first; change != NULL; change = change->next) {
        unhex(json_text(change->first->next), bytes + json_size(change->first));
    }
    return bytes;
}

static inline void same_range(const json *expected, size_t start, size_t end) {
    CHECK(json_size(expected->first) == start && json_size(expected->first->next) == end);
}

/* The entities of an item are those of a case. */
static inline void same_entities(const json *expected, primer_str text, const primer_entity *found, size_t count) {
    CHECK(count == expected->count);
    primer_entity *utf16 = calloc(count + 1, sizeof *utf16), *code_points = calloc(count + 1, sizeof *utf16);
    CHECK(utf16 != NULL && code_points != NULL);
    OK(primer_entities_convert(text.data, text.len, PRIMER_UNIT_UTF16, found, utf16, count, &err));
    OK(primer_entities_convert(text.data, text.len, PRIMER_UNIT_CODE_POINT, found, code_points, count, &err));
    size_t i = 0;
    for (const json *e = expected->first; e != NULL; e = e->next, i++) {
        only(e, "start end utf16 code_points first_word end_word label score text");
        CHECK(json_size(json_get(e, "start")) == found[i].start && json_size(json_get(e, "end")) == found[i].end);
        same_range(json_get(e, "utf16"), utf16[i].start, utf16[i].end);
        same_range(json_get(e, "code_points"), code_points[i].start, code_points[i].end);
        CHECK(json_size(json_get(e, "first_word")) == found[i].first_word);
        CHECK(json_size(json_get(e, "end_word")) == found[i].end_word);
        CHECK(json_is(json_get(e, "label"), found[i].label_name.data));
        primer_str part = json_text(json_get(e, "text"));
        CHECK(part.len == found[i].end - found[i].start && memcmp(part.data, text.data + found[i].start, part.len) == 0);
        const json *score = json_find(e, "score");
        CHECK(score == NULL || fabs(score->number - (double)found[i].score) < 1e-3);
    }
    free(utf16);
    free(code_points);
}

/* The files at the top of a suite. */
static inline primer_model *suite_model(const json *suite) {
    primer_model *model = UNSET;
    OK(primer_model_load(json_text(json_get(suite, "model")).data, NULL, &model, &err));
    return model;
}

static inline primer_adapter *suite_adapter(const json *suite, const primer_model *model) {
    primer_adapter *adapter = UNSET;
    OK(primer_adapter_load(json_text(json_get(suite, "adapter")).data, model, &adapter, &err));
    return adapter;
}

/* The arguments are model, scratch folder and the repository's top. */
static inline void at_the_top(int argc, char **argv) {
    CHECK(argc == 4 && chdir(argv[3]) == 0);
}

#endif
