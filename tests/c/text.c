/* Text as it comes: invalid UTF-8, NUL bytes, emoji, nothing at all; and positions in other units. */
#include "test.h"

static void tagging(const primer_model *model, const primer_adapter *adapter) {
    primer_tagger *tagger = UNSET;
    primer_result *result = UNSET;
    primer_error *err = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));

    CHECK(primer_tagger_tag_text(tagger, adapter, "Ada \xc3\x28 lives", 12, &result, &err) == PRIMER_ERR_INVALID_UTF8);
    CHECK(result == NULL && primer_error_byte(err) == 4);
    primer_error_free(err);
    /* A character that the length cuts. */
    CHECK(primer_tagger_tag_text(tagger, adapter, "K\xc3\xb6ln", 2, &result, &err) == PRIMER_ERR_INVALID_UTF8);
    CHECK(primer_error_byte(err) == 1);
    primer_error_free(err);
    primer_str words[] = {{"Ada", 3}, {"a\xff", 2}};
    CHECK(primer_tagger_tag_words(tagger, adapter, words, 2, &result, &err) == PRIMER_ERR_INVALID_UTF8);
    CHECK(primer_error_byte(err) == 1 && strstr(primer_error_message(err).data, "words[1]"));
    primer_error_free(err);

    /* NUL bytes are text like any other; the rest is still tagged at its place. */
    static const char text[] = "\0Ada Smith\0 lives in Oslo. \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 Ada Smith lives in Rome.";
    size_t count = 0;
    OK(primer_tagger_tag_text(tagger, adapter, text, sizeof text - 1, &result, &err));
    CHECK(primer_result_size(result) == 1);
    const primer_word *found = primer_result_words(result, 0, &count);
    CHECK(count == 13 && equal(found[0].tag_name, "B-PER") && equal(found[1].tag_name, "I-PER"));
    CHECK(found[2].tag == 0 && equal(found[2].tag_name, "O"));
    CHECK(memcmp(text + found[7].start, "Ada", 3) == 0 && found[6].end - found[6].start == 11);
    const primer_entity *entities = primer_result_entities(result, 0, &count);
    CHECK(count >= 1 && entities[0].start == 1 && entities[0].end == 10 && entities[0].label == 0);
    for (size_t i = 0; i < count; i++) {
        CHECK(entities[i].end_word > entities[i].first_word && equal(entities[i].label_name, "PER"));
        CHECK(entities[i].start == found[entities[i].first_word].start);
        CHECK(entities[i].end == found[entities[i].end_word - 1].end);
        CHECK(entities[i].score > 0 && entities[i].score <= 1);
    }
    CHECK(primer_result_entities(result, 1, &count) == NULL && count == 0);
    CHECK(primer_result_words(result, SIZE_MAX, &count) == NULL && count == 0);

    /* Behind the family of 11 bytes, which are 5 units of UTF-16 and 3 code points. */
    primer_entity given[2] = {entities[0], entities[0]}, other[2];
    given[1].start = found[7].start;
    given[1].end = found[8].end;
    OK(primer_entities_convert(text, sizeof text - 1, PRIMER_UNIT_UTF16, given, other, 2, &err));
    CHECK(other[0].start == 1 && other[1].start == given[1].start - 6 && other[1].end == other[1].start + 9);
    CHECK(other[1].label_name.data == given[1].label_name.data && other[1].score == given[1].score);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "position", primer_entities_convert(text, 12, PRIMER_UNIT_UTF16, given, other, 2, &err));
    CHECK(other[1].start == given[1].start - 6);
    OK(primer_entities_convert(text, sizeof text - 1, PRIMER_UNIT_CODE_POINT, given, given, 2, &err));
    CHECK(given[1].start == other[1].start - 2 && given[0].end == 10);
    primer_result_free(result);

    /* Nothing to tag is an answer without words. */
    OK(primer_tagger_tag_text(tagger, adapter, NULL, 0, &result, &err));
    CHECK(primer_result_size(result) == 1 && primer_result_words(result, 0, &count) == NULL && count == 0);
    primer_result_free(result);
    OK(primer_tagger_tag_words(tagger, adapter, NULL, 0, &result, &err));
    CHECK(primer_result_size(result) == 1);
    primer_result_free(result);
    OK(primer_tagger_tag_batch(tagger, NULL, 0, NULL, &result, &err));
    CHECK(primer_result_size(result) == 0);
    primer_result_free(result);

    /* Given words stay as they are, also odd ones. */
    primer_str odd[] = {{"Ada", 3}, {"Smith", 5}, {"", 0}, {NULL, 0}, {" ", 1}, {"\0", 1}, {"lives", 5}};
    OK(primer_tagger_tag_words(tagger, adapter, odd, 7, &result, &err));
    found = primer_result_words(result, 0, &count);
    CHECK(count == 7 && found[6].start == 16 && found[6].end == 21);
    primer_result_free(result);

    /* A long text without a blank. */
    size_t size = SLOW ? 1 << 12 : 1 << 20;
    char *long_text = malloc(size);
    CHECK(long_text != NULL);
    memset(long_text, 'a', size);
    OK(primer_tagger_tag_text(tagger, adapter, long_text, size, &result, &err));
    primer_result_free(result);
    free(long_text);
    primer_tagger_free(tagger);
}

static void positions(void) {
    static const char text[] = "a\xc3\xa9\xf0\x9f\x98\x80z"; /* a, e acute, an emoji, z */
    size_t bytes[] = {0, 1, 3, 7, 8}, out[5];
    static const size_t utf16[] = {0, 1, 2, 4, 5}, points[] = {0, 1, 2, 3, 4};
    OK(primer_offsets_convert(text, 8, PRIMER_UNIT_BYTE, PRIMER_UNIT_UTF16, bytes, out, 5, &err));
    CHECK(memcmp(out, utf16, sizeof out) == 0);
    OK(primer_offsets_convert(text, 8, PRIMER_UNIT_UTF16, PRIMER_UNIT_CODE_POINT, out, out, 5, &err));
    CHECK(memcmp(out, points, sizeof out) == 0);
    OK(primer_offsets_convert(text, 8, PRIMER_UNIT_CODE_POINT, PRIMER_UNIT_BYTE, out, out, 5, &err));
    CHECK(memcmp(out, bytes, sizeof out) == 0);
    OK(primer_offsets_convert(text, 8, PRIMER_UNIT_BYTE, PRIMER_UNIT_BYTE, NULL, NULL, 0, &err));
    static const size_t wrong[] = {2, 9, SIZE_MAX};
    for (int i = 0; i < 3; i++) {
        for (int32_t unit = PRIMER_UNIT_BYTE; unit <= PRIMER_UNIT_CODE_POINT; unit++) {
            FAILS(PRIMER_ERR_INVALID_ARGUMENT, "position",
                  primer_offsets_convert(text, 8, PRIMER_UNIT_BYTE, unit, &wrong[i], out, 1, &err));
        }
    }
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "PRIMER_UNIT_*", primer_offsets_convert(text, 8, 3, 0, bytes, out, 1, &err));
    FAILS(PRIMER_ERR_INVALID_UTF8, "byte 1", primer_offsets_convert(text, 2, 0, 1, bytes, out, 1, &err));
    CHECK(out[0] == 0);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    primer_model *model = load_model(argv[1]);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_ADAPTER, 1);
    tagging(model, adapter);
    positions();
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
