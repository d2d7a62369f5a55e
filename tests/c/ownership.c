/* Handles hold what they need of each other: any order of freeing is fine. Files and memory hold the same bytes. */
#include "test.h"

static void check_tags(primer_tagger *tagger, const primer_adapter *adapter) {
    primer_result *result = UNSET;
    size_t count = 0;
    OK(primer_tagger_tag_text(tagger, adapter, "Bob Smith lives in Rome.", 24, &result, &err));
    const primer_entity *entities = primer_result_entities(result, 0, &count);
    CHECK(count == 1 && entities[0].start == 0 && entities[0].end == 9 && equal(entities[0].label_name, "PER"));
    primer_result_free(result);
}

static void any_order(const char *folder) {
    primer_model *model = load_model(folder);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_ADAPTER, 1);
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    primer_model_free(model);
    check_tags(tagger, adapter);

    primer_result *result = UNSET;
    OK(primer_tagger_tag_text(tagger, adapter, "Bob Smith lives in Rome.", 24, &result, &err));
    primer_adapter_free(adapter);
    primer_tagger_free(tagger);
    size_t count = 0;
    CHECK(equal(primer_result_entities(result, 0, &count)[0].label_name, "PER") && count == 1);
    primer_result_free(result);
}

static void through_memory_and_files(const char *folder, const char *scratch) {
    primer_model *model = load_model(folder);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_ADAPTER, 1), *from_memory = UNSET, *from_file = UNSET;
    primer_buffer *bytes = UNSET, *again = UNSET;
    OK(primer_adapter_to_memory(adapter, &bytes, &err));
    OK(primer_adapter_from_memory(primer_buffer_data(bytes), primer_buffer_size(bytes), model, &from_memory, &err));
    char path[4096];
    snprintf(path, sizeof path, "%s/per.safetensors", scratch);
    OK(primer_adapter_save(adapter, path, &err));
    OK(primer_adapter_load(path, model, &from_file, &err));
    OK(primer_adapter_to_memory(from_file, &again, &err));
    CHECK(primer_buffer_size(bytes) == primer_buffer_size(again));
    CHECK(memcmp(primer_buffer_data(bytes), primer_buffer_data(again), primer_buffer_size(bytes)) == 0);

    CHECK(equal(primer_adapter_name(from_memory), "PER") && primer_adapter_type_count(from_memory) == 1);
    CHECK(equal(primer_adapter_type(from_memory, 0), "PER") && primer_adapter_type(from_memory, 1).data == NULL);
    CHECK(primer_adapter_tag_count(from_memory) == 3 && equal(primer_adapter_tag(from_memory, 2), "I-PER"));
    CHECK(primer_adapter_tag(from_memory, 3).data == NULL && primer_adapter_parameter_count(from_memory) > 100);
    CHECK(strstr(primer_adapter_card(from_memory).data, SLOW ? "\"learning_rate\":0.03" : "\"learning_rate\":0.01"));
    CHECK(primer_model_fingerprint(model).len == 64 && strstr(primer_adapter_card(adapter).data, primer_model_fingerprint(model).data));
    CHECK(equal(primer_model_name(model), "tests/tiny") && primer_model_card(model).data[0] == '{');

    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    check_tags(tagger, adapter);
    check_tags(tagger, from_memory);
    check_tags(tagger, from_file);

    /* Another load of the same model is as good. */
    primer_model *other = load_model(folder);
    primer_tagger *others = UNSET;
    OK(primer_tagger_new(other, &others, &err));
    check_tags(others, adapter);

    primer_tagger_free(others);
    primer_model_free(other);
    primer_tagger_free(tagger);
    primer_buffer_free(again);
    primer_buffer_free(bytes);
    primer_adapter_free(from_file);
    primer_adapter_free(from_memory);
    primer_adapter_free(adapter);
    primer_model_free(model);
}

static void folders_of_other_libraries(const char *folder, const char *scratch) {
    primer_model *model = load_model(folder);
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(model, &tagger, &err));
    static const int32_t methods[] = {PRIMER_METHOD_LORA, PRIMER_METHOD_ADAPTER};
    static const int32_t formats[] = {PRIMER_FOLDER_PEFT, PRIMER_FOLDER_ADAPTERHUB};
    for (int i = 0; i < 2; i++) {
        primer_adapter *adapter = trained(model, "PER", methods[i], 1), *imported = UNSET;
        char path[4096];
        snprintf(path, sizeof path, "%s/folder%d", scratch, i);
        OK(primer_adapter_export(adapter, formats[i], path, &err));
        OK(primer_adapter_load(path, model, &imported, &err));
        check_tags(tagger, imported);
        primer_adapter_free(imported);
        primer_str types[] = {{"PER", 3}};
        OK(primer_adapter_import(path, model, PRIMER_SCHEME_IOB2, types, 1, &imported, &err));
        check_tags(tagger, imported);
        primer_adapter_free(imported);
        FAILS(PRIMER_ERR_UNSUPPORTED, "", primer_adapter_export(adapter, formats[1 - i], path, &err));
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, "PRIMER_FOLDER_*", primer_adapter_export(adapter, 0, path, &err));
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, "PRIMER_SCHEME_*", primer_adapter_import(path, model, 9, types, 1, &imported, &err));
        CHECK(imported == NULL);
        primer_adapter_free(adapter);
    }
    primer_tagger_free(tagger);
    primer_model_free(model);
}

static void models_from_memory(const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s.gguf", folder);
    size_t size = 0;
    char *bytes = file_bytes(path, &size);
    primer_model *from_file = load_model(path), *from_memory = UNSET;
    OK(primer_model_from_memory(bytes, size, NULL, &from_memory, &err));
    memset(bytes, 0, size);
    free(bytes);
    CHECK(equal(primer_model_fingerprint(from_memory), primer_model_fingerprint(from_file).data));

    /* An adapter that was trained on one serves the other. */
    primer_adapter *adapter = trained(from_file, "PER", PRIMER_METHOD_ADAPTER, 1);
    primer_model_free(from_file);
    primer_tagger *tagger = UNSET;
    OK(primer_tagger_new(from_memory, &tagger, &err));
    primer_model_free(from_memory);
    check_tags(tagger, adapter);

    /* But not another backbone. */
    primer_model *folders = load_model(folder);
    primer_tagger *others = UNSET;
    primer_result *none = UNSET;
    primer_buffer *saved = UNSET;
    primer_adapter *loaded = UNSET;
    OK(primer_tagger_new(folders, &others, &err));
    FAILS(PRIMER_ERR_MISMATCH, "", primer_tagger_tag_text(others, adapter, "x", 1, &none, &err));
    OK(primer_adapter_to_memory(adapter, &saved, &err));
    FAILS(PRIMER_ERR_MISMATCH, "fingerprint",
          primer_adapter_from_memory(primer_buffer_data(saved), primer_buffer_size(saved), folders, &loaded, &err));
    CHECK(none == NULL && loaded == NULL);
    primer_buffer_free(saved);
    primer_tagger_free(others);
    primer_model_free(folders);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
}

static void data_sets(void) {
    primer_dataset *all = people("PER"), *some = UNSET, *same = UNSET;
    CHECK(primer_dataset_size(all) == 12 && primer_dataset_entity_count(all) == 12);
    CHECK(equal(primer_dataset_name(all), "people.conll") && primer_dataset_scheme(all) == PRIMER_SCHEME_IOB2);
    CHECK(primer_dataset_type_count(all) == 1 && equal(primer_dataset_type(all, 0), "PER"));
    CHECK(primer_dataset_type(all, 1).data == NULL);
    size_t indices[3] = {99, 99, 99};
    OK(primer_dataset_shots(all, 3, 5, indices, &some, &err));
    OK(primer_dataset_select(all, indices, 3, &same, &err));
    primer_dataset_free(all);
    CHECK(primer_dataset_size(some) == 3 && primer_dataset_size(same) == 3);
    CHECK(indices[0] < 12 && indices[1] < 12 && indices[2] < 12 && indices[0] != indices[1]);
    primer_dataset *none = UNSET;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "4", primer_dataset_shots(some, 4, 0, indices, &none, &err));
    indices[0] = 3;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "3", primer_dataset_select(some, indices, 1, &none, &err));
    CHECK(none == NULL);
    primer_dataset_free(some);
    primer_dataset_free(same);

    static const char jsonl[] = "{\"text\": \"\xf0\x9f\x98\x80 Ada\", \"entities\": [{\"start\": 3, \"end\": 6, \"label\": \"PER\"}]}\n";
    primer_dataset_options options;
    primer_dataset_options_init(&options, sizeof options);
    options.unit = PRIMER_UNIT_UTF16;
    OK(primer_dataset_from_memory(jsonl, sizeof jsonl - 1, "a.jsonl", &options, &all, &err));
    CHECK(primer_dataset_size(all) == 1 && primer_dataset_entity_count(all) == 1);
    primer_dataset_free(all);
    options.unit = PRIMER_UNIT_CODE_POINT;
    FAILS(PRIMER_ERR_DATA, "a.jsonl:1", primer_dataset_from_memory(jsonl, sizeof jsonl - 1, "a.jsonl", &options, &all, &err));
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    any_order(argv[1]);
    through_memory_and_files(argv[1], argv[2]);
    folders_of_other_libraries(argv[1], argv[2]);
    models_from_memory(argv[1]);
    data_sets();
    return 0;
}
