/* tests/conformance from C: constants, initial options, positions, data sets, texts and sentences. */
#include "suite.h"

static void constants_are_those_of_the_description(void) {
    const json *listed = json_get(abi(), "constants");
    CHECK(json_size(json_get(abi(), "abi_version")) == primer_abi_version());
    CHECK(json_is(json_get(abi(), "version"), primer_version()));
    CHECK(listed->count == sizeof constants / sizeof *constants);
    for (const json *c = listed->first; c != NULL; c = c->next) {
        CHECK(constant(json_get(c, "name")) == (int64_t)json_get(c, "value")->number);
        if (json_is(json_get(c, "enum"), "STATUS")) {
            CHECK(json_is(json_get(c, "name"), primer_status_name((primer_status)constant(json_get(c, "name")))));
        }
    }
}

/* Filling options by the values of the file gives what _init gives, to the byte. */
static void initial_options(void) {
    const json *suite = json_file("tests/conformance/options.json");
    size_t structs = 0;
    for (const json *s = suite->first; s != NULL; s = s->next, structs++) {
        char initial[512], filled[512];
        uint32_t size = 0;
        memset(initial, 0xAA, sizeof initial);
        memset(filled, 0, sizeof filled);
#define IS(type) \
    if (strcmp(s->name, #type) == 0) { \
        size = sizeof(type); \
        type##_init((type *)(void *)initial, size); \
    }
        IS(primer_model_options)
        IS(primer_dataset_options)
        IS(primer_adapt_options)
        IS(primer_tagger_options)
        IS(primer_prime_options)
#undef IS
        CHECK(size != 0);
        memcpy(filled, &size, sizeof size);
        for (const json *field = s->first; field != NULL; field = field->next) {
            const json *kind = json_get(layout(s->name, field->name), "type");
            if (field->kind == JSON_NULL || json_is(kind, "size_t")) continue; /* 0, as the rest of it is */
            primer_str nothing = {NULL, 0};
            json value = *field;
            if (field->kind == JSON_STRING && field->text.len == 0) value.text = nothing;
            set(filled, s->name, field->name, &value);
        }
        CHECK(memcmp(initial, filled, size) == 0);
    }
    CHECK(structs == 5);
}

static void positions(void) {
    const json *suite = json_file("tests/conformance/offsets.json");
    for (const json *c = json_get(suite, "cases")->first; c != NULL; c = c->next) {
        only(c, "name text from to positions result status message");
        size_t given[64], found[64], n = 0;
        for (const json *p = json_get(c, "positions")->first; p != NULL; p = p->next) given[n++] = json_size(p);
        memset(found, 0xAA, sizeof found);
        primer_str text = json_text(json_get(c, "text"));
        int32_t from = (int32_t)constant(json_get(c, "from")), to = (int32_t)constant(json_get(c, "to"));
        const json *result = json_find(c, "result");
        if (result != NULL) {
            OK(primer_offsets_convert(text.data, text.len, from, to, given, found, n, &err));
            size_t i = 0;
            for (const json *p = result->first; p != NULL; p = p->next) CHECK(json_size(p) == found[i++]);
            CHECK(i == n);
        } else {
            FAILS((primer_status)constant(json_get(c, "status")), json_text(json_get(c, "message")->first).data,
                  primer_offsets_convert(text.data, text.len, from, to, given, found, n, &err));
            CHECK(found[0] == (size_t)0xAAAAAAAAAAAAAAAA);
        }
    }
}

static void data_sets(void) {
    const json *suite = json_file("tests/conformance/datasets.json");
    for (const json *c = json_get(suite, "cases")->first; c != NULL; c = c->next) {
        only(c, "name data file_name options sentences entities scheme types dataset_name cut_span_count cut_spans notes shots");
        size_t size = 0;
        char *bytes = bytes_of(json_get(c, "data"), &size);
        const json *name = json_find(c, "file_name");
        primer_dataset_options options = data_options(json_find(c, "options"));
        primer_dataset *dataset = UNSET, *drawn = UNSET, *chosen = UNSET;
        OK(primer_dataset_from_memory(bytes, size, name == NULL ? NULL : name->text.data, &options, &dataset, &err));
        free(bytes);
        CHECK(primer_dataset_size(dataset) == json_size(json_get(c, "sentences")));
        CHECK(primer_dataset_entity_count(dataset) == json_size(json_get(c, "entities")));
        CHECK(primer_dataset_scheme(dataset) == constant(json_get(c, "scheme")));
        CHECK(json_is(json_get(c, "dataset_name"), primer_dataset_name(dataset).data));
        const json *types = json_get(c, "types");
        CHECK(primer_dataset_type_count(dataset) == types->count);
        size_t i = 0;
        for (const json *t = types->first; t != NULL; t = t->next) CHECK(json_is(t, primer_dataset_type(dataset, i++).data));
        const json *cut = json_find(c, "cut_spans"), *count = json_find(c, "cut_span_count"), *notes = json_find(c, "notes");
        CHECK(primer_dataset_cut_span_count(dataset) == (count == NULL ? 0 : json_size(count)));
        i = 0;
        for (const json *s = cut == NULL ? NULL : cut->first; s != NULL; s = s->next, i++) {
            char line[24];
            snprintf(line, sizeof line, "%llu", (unsigned long long)primer_dataset_cut_span_line(dataset, i));
            CHECK(json_is(s->first, line) && json_is(s->first->next, primer_dataset_cut_span_text(dataset, i).data));
            CHECK(json_is(s->first->next->next, primer_dataset_cut_span_word(dataset, i).data));
        }
        CHECK(primer_dataset_cut_span_line(dataset, i) == 0 && primer_dataset_cut_span_text(dataset, i).data == NULL);
        i = 0;
        for (const json *n = notes == NULL ? NULL : notes->first; n != NULL; n = n->next)
            CHECK(json_is(n, primer_dataset_note(dataset, i++).data));
        CHECK(primer_dataset_note_count(dataset) == i && primer_dataset_note(dataset, i).data == NULL);
        const json *shots = json_find(c, "shots");
        if (shots != NULL) {
            size_t indices[64], n = json_size(json_get(shots, "count"));
            OK(primer_dataset_shots(dataset, n, json_size(json_get(shots, "seed")), indices, &drawn, &err));
            OK(primer_dataset_select(dataset, indices, n, &chosen, &err));
            i = 0;
            for (const json *p = json_get(shots, "indices")->first; p != NULL; p = p->next) CHECK(json_size(p) == indices[i++]);
            CHECK(primer_dataset_entity_count(drawn) == json_size(json_get(shots, "entities")));
            CHECK(primer_dataset_entity_count(chosen) == json_size(json_get(shots, "entities")));
            primer_dataset_free(drawn);
            primer_dataset_free(chosen);
        }
        primer_dataset_free(dataset);
    }
}

/* What a case of text or words is, and its answer. */
static primer_str text_of(const json *c) {
    primer_str part = json_text(json_get(c, "text"));
    const json *repeat = json_find(c, "repeat");
    size_t times = repeat == NULL ? 1 : json_size(repeat);
    char *text = malloc(part.len * times + 1);
    CHECK(text != NULL);
    for (size_t i = 0; i < times; i++) memcpy(text + i * part.len, part.data, part.len);
    primer_str whole = {text, part.len * times};
    return whole;
}

static primer_str *words_of(const json *c, size_t *count, primer_str *joined) {
    const json *given = json_get(c, "words");
    primer_str *words = calloc(given->count + 1, sizeof *words);
    size_t len = 0;
    *count = 0;
    for (const json *w = given->first; w != NULL; w = w->next) len += json_text(w).len + 1;
    char *text = malloc(len + 1);
    CHECK(words != NULL && text != NULL);
    len = 0;
    for (const json *w = given->first; w != NULL; w = w->next) {
        if (*count > 0) text[len++] = ' ';
        memcpy(text + len, w->text.data, w->text.len);
        len += w->text.len;
        words[(*count)++] = w->text;
    }
    joined->data = text;
    joined->len = len;
    return words;
}

static void same_text(const json *c, primer_str text, const primer_result *result, size_t item) {
    size_t count = 0;
    const primer_entity *entities = primer_result_entities(result, item, &count);
    same_entities(json_get(c, "entities"), text, entities, count);
    const primer_word *words = primer_result_words(result, item, &count);
    const json *expected = json_find(c, "words");
    if (expected == NULL) return;
    CHECK(expected->count == count);
    for (const json *w = expected->first; w != NULL; w = w->next, words++) {
        same_range(w, words->start, words->end);
        CHECK(json_is(w->first->next->next, words->tag_name.data));
    }
}

static void same_sentence(const json *c, primer_str text, const primer_result *result, size_t item) {
    size_t count = 0;
    const primer_entity *entities = primer_result_entities(result, item, &count);
    same_entities(json_get(c, "entities"), text, entities, count);
    const primer_word *words = primer_result_words(result, item, &count);
    CHECK(json_get(c, "tags")->count == count);
    for (const json *t = json_get(c, "tags")->first; t != NULL; t = t->next) CHECK(json_is(t, (words++)->tag_name.data));
}

/* Every case alone, and all in one batch. */
static void tagging(void) {
    const json *suite = json_file("tests/conformance/tagging.json");
    primer_model *model = suite_model(suite);
    primer_adapter *adapter = suite_adapter(suite, model);
    const json *texts = json_get(suite, "texts"), *sentences = json_get(suite, "sentences");
    size_t total = texts->count + sentences->count, i = 0;
    primer_input *inputs = calloc(total, sizeof *inputs);
    primer_str *whole = calloc(total, sizeof *whole);
    primer_tagger *tagger = UNSET;
    primer_result *result = UNSET;
    CHECK(inputs != NULL && whole != NULL);
    OK(primer_tagger_new(model, &tagger, &err));
    for (const json *c = texts->first; c != NULL; c = c->next, i++) {
        only(c, "name text repeat entities words");
        inputs[i].adapter = adapter;
        whole[i] = inputs[i].text = text_of(c);
        OK(primer_tagger_tag_text(tagger, adapter, whole[i].data, whole[i].len, &result, &err));
        CHECK(primer_result_size(result) == 1);
        same_text(c, whole[i], result, 0);
        primer_result_free(result);
    }
    for (const json *c = sentences->first; c != NULL; c = c->next, i++) {
        only(c, "name words entities tags");
        inputs[i].adapter = adapter;
        inputs[i].words = words_of(c, &inputs[i].word_count, &whole[i]);
        OK(primer_tagger_tag_words(tagger, adapter, inputs[i].words, inputs[i].word_count, &result, &err));
        CHECK(primer_result_size(result) == 1);
        same_sentence(c, whole[i], result, 0);
        primer_result_free(result);
    }
    OK(primer_tagger_tag_batch(tagger, inputs, total, NULL, &result, &err));
    CHECK(primer_result_size(result) == total);
    i = 0;
    for (const json *c = texts->first; c != NULL; c = c->next, i++) same_text(c, whole[i], result, i);
    for (const json *c = sentences->first; c != NULL; c = c->next, i++) same_sentence(c, whole[i], result, i);
    primer_result_free(result);
    for (i = 0; i < total; i++) {
        free((void *)(uintptr_t)whole[i].data);
        free((void *)(uintptr_t)inputs[i].words);
    }
    free(inputs);
    free(whole);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_model_free(model);
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    constants_are_those_of_the_description();
    initial_options();
    positions();
    data_sets();
    tagging();
    return 0;
}
