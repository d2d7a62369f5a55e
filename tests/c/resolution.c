/* tests/conformance/resolution.json from C: options that leave something open train the adapter of those that say all of
   it, to the bit, and the one that Rust trains of them. */
#include <sys/stat.h>

#include "suite.h"

/* Compares tensors with those that the suite in Rust has recorded for the case of this number; 0 where its record is older
   than the library: then it is none of this library's. */
static int compared_with_rust(int number, const unsigned char *tensors, size_t size) {
    char path[64];
    struct stat record, library;
    snprintf(path, sizeof path, "target/tmp/resolution/%d.tensors", number);
    if (stat(path, &record) != 0 || stat("target/release/libprimer.so", &library) != 0) return 0;
    if (record.st_mtime < library.st_mtime) return 0;
    size_t known = 0;
    char *bytes = file_bytes(path, &known);
    CHECK(known == size && memcmp(bytes, tensors, size) == 0);
    free(bytes);
    return 1;
}

/* The tensors of the adapter that these options train: what stands behind the header of its file, which tells times. */
static primer_buffer *tensors_of(const primer_model *model, const primer_dataset *train, const json *given,
                                 const unsigned char **tensors, size_t *size) {
    primer_adapt_options options = training_options(given);
    primer_adapter *adapter = UNSET;
    primer_buffer *file = UNSET;
    OK(primer_adapt(model, train, NULL, NULL, &options, NULL, NULL, NULL, NULL, &adapter, &err));
    OK(primer_adapter_to_memory(adapter, &file, &err));
    primer_adapter_free(adapter);
    const unsigned char *bytes = primer_buffer_data(file);
    size_t header = 0;
    CHECK(primer_buffer_size(file) > 8);
    for (int i = 7; i >= 0; i--) header = header << 8 | bytes[i];
    CHECK(header < primer_buffer_size(file) - 8);
    *tensors = bytes + 8 + header;
    *size = primer_buffer_size(file) - 8 - header;
    return file;
}

int main(int argc, char **argv) {
    at_the_top(argc, argv);
    const json *suite = json_file("tests/conformance/resolution.json");
    only(suite, "model train cases");
    primer_model *model = suite_model(suite);
    primer_dataset *train = UNSET;
    OK(primer_dataset_load(json_text(json_get(suite, "train")).data, NULL, &train, &err));
    CHECK(json_get(suite, "cases")->count > 5);
    int number = 0, compared = 0;
    for (const json *c = json_get(suite, "cases")->first; c != NULL; c = c->next) {
        only(c, "name options resolved");
        printf("%s\n", json_text(json_get(c, "name")).data);
        const unsigned char *given = NULL, *resolved = NULL;
        size_t size = 0, other = 0;
        primer_buffer *one = tensors_of(model, train, json_get(c, "options"), &given, &size);
        primer_buffer *two = tensors_of(model, train, json_get(c, "resolved"), &resolved, &other);
        CHECK(size == other && memcmp(given, resolved, size) == 0);
        compared += compared_with_rust(number++, given, size);
        primer_buffer_free(one);
        primer_buffer_free(two);
    }
    printf("%d of %d compared with Rust's\n", compared, number);
    CHECK(compared == 0 || compared == number);
    primer_dataset_free(train);
    primer_model_free(model);
    return 0;
}
