/* Structs of other sizes, and numbers that stand for nothing. */
#include "test.h"

static const char *const CONLL = "Ada B-PER\n";

static primer_status read_data(primer_dataset_options *options, primer_dataset **out, primer_error **err) {
    return primer_dataset_from_memory(CONLL, strlen(CONLL), NULL, options, out, err);
}

static void sizes(const primer_model *model) {
    primer_dataset *dataset = UNSET;
    /* A newer program: more than the library knows, and all of it 0. */
    struct {
        primer_dataset_options known;
        uint64_t later;
    } newer;
    memset(&newer, 0xAA, sizeof newer);
    primer_dataset_options_init(&newer.known, sizeof newer);
    CHECK(newer.known.struct_size == sizeof newer && newer.later == 0);
    OK(read_data(&newer.known, &dataset, &err));
    primer_dataset_free(dataset);
    newer.later = 1;
    dataset = UNSET;
    FAILS(PRIMER_ERR_UNSUPPORTED, "does not know", read_data(&newer.known, &dataset, &err));
    CHECK(dataset == NULL);

    /* A size that was never set, or is too small. */
    primer_dataset_options options;
    primer_dataset_options_init(&options, sizeof options);
    static const uint32_t wrong[] = {0, 4, 28, 33, 4097, UINT32_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.struct_size = wrong[i];
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, "struct_size", read_data(&options, &dataset, &err));
    }

    /* An older program's struct: nothing behind it is written. */
    unsigned char small[8];
    memset(small, 0xAA, sizeof small);
    primer_dataset_options_init((primer_dataset_options *)(void *)small, 6);
    CHECK(small[6] == 0xAA && small[7] == 0xAA);
    primer_dataset_options_init((primer_dataset_options *)(void *)small, 0);
    primer_dataset_options_init(NULL, sizeof options);
    primer_model_options_init(NULL, 8);
    primer_adapt_options_init(NULL, 8);

    struct {
        primer_model_sizes known;
        uint32_t later;
    } sizes;
    memset(&sizes, 0xAA, sizeof sizes);
    sizes.known.struct_size = sizeof sizes;
    OK(primer_model_get_sizes(model, &sizes.known, &err));
    CHECK(sizes.known.hidden == 32 && sizes.known.layers == 2 && sizes.known.threads == 1 && sizes.later == 0);
    CHECK(sizes.known.struct_size == sizeof sizes);
    sizes.known.struct_size = 12;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "struct_size", primer_model_get_sizes(model, &sizes.known, &err));
    CHECK(sizes.known.hidden == 32);
    sizes.known.struct_size = sizeof sizes;
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "model is NULL", primer_model_get_sizes(NULL, &sizes.known, &err));
    CHECK(sizes.known.hidden == 0 && sizes.known.struct_size == sizeof sizes);
}

static void data_numbers(void) {
    primer_dataset *dataset = UNSET;
    primer_dataset_options options, initial;
    primer_dataset_options_init(&initial, sizeof initial);
    CHECK(initial.struct_size == sizeof initial && initial.unit == PRIMER_UNIT_CODE_POINT && initial.labelled == 1);
#define REFUSED(field, value, part) \
    do { \
        options = initial; \
        options.field = (value); \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, part, read_data(&options, &dataset, &err)); \
    } while (0)
    REFUSED(format, 3, "format is 3");
    REFUSED(format, -1, "PRIMER_FORMAT_*");
    REFUSED(scheme, 4, "scheme is 4");
    REFUSED(unit, 99, "unit is 99");
    REFUSED(word_column, -2, "word_column");
    REFUSED(tag_column, INT32_MIN, "tag_column");
    REFUSED(labelled, 2, "labelled is 2");
    REFUSED(reserved, 1, "reserved");
#undef REFUSED
}

static void adapt_numbers(const primer_model *model) {
    primer_dataset *train = people("PER");
    primer_adapter *adapter = UNSET;
    primer_adapt_options options, initial;
    primer_adapt_options_init(&initial, sizeof initial);
    CHECK(initial.method == PRIMER_METHOD_ADAPTER && initial.batch_size == 16 && initial.batch_pieces == 0 && initial.recompute == 0 &&
          initial.lora_rank == 8);
    const uint32_t layers[] = {1, 0};
    const uint32_t above[] = {2};
    const primer_str twice[] = {{"PER", 3}, {"PER", 3}};
    const primer_str bad[] = {{"PER", 3}, {"P\xff", 2}};
    (void)layers;
#define REFUSED(which, field, value, part) \
    do { \
        options = initial; \
        options.method = (which); \
        options.field = (value); \
        FAILS(PRIMER_ERR_INVALID_ARGUMENT, part, \
              primer_adapt(model, train, NULL, NULL, &options, NULL, NULL, NULL, NULL, &adapter, &err)); \
        CHECK(adapter == NULL); \
    } while (0)
    const int32_t head = PRIMER_METHOD_HEAD, bottleneck = PRIMER_METHOD_ADAPTER, lora = PRIMER_METHOD_LORA;
    REFUSED(head, method, 99, "method is 99");
    REFUSED(head, method, -2, "PRIMER_METHOD_*");
    REFUSED(head, method, PRIMER_METHOD_INITIAL, "no initial adapter");
    REFUSED(head, scheme, 7, "scheme is 7");
    REFUSED(head, scheme, PRIMER_SCHEME_IOB1, "IOB1");
    REFUSED(head, batch_size, 0, "batch_size");
    REFUSED(head, micro_batch_pieces, 0, "micro_batch_pieces");
    REFUSED(head, head_learning_rate, -1.0, "head_learning_rate");
    REFUSED(head, learning_rate, 0.0 / 0.0, "learning_rate");
    REFUSED(head, weight_decay, 1.0 / 0.0, "weight_decay");
    REFUSED(head, warmup, 1.5, "warmup");
    REFUSED(head, clip, -1.0, "clip");
    REFUSED(head, shots, 1000, "1000");
    REFUSED(head, type_count, 1, "types is NULL");
    REFUSED(head, layer_count, 1, "layers is NULL");
    REFUSED(head, name.len, 1, "name is NULL");
    REFUSED(bottleneck, adapter_size, 100000, "size");
    REFUSED(bottleneck, adapter_attention, 2, "adapter_attention is 2");
    REFUSED(bottleneck, adapter_norm_before, -1, "adapter_norm_before is -1");
    REFUSED(bottleneck, adapter_output, 0, "no sublayer");
    REFUSED(bottleneck, adapter_activation, 3, "adapter_activation is 3");
    REFUSED(bottleneck, adapter_scaling, 0.0 / 0.0, "scaling");
    REFUSED(lora, lora_rank, 0, "rank");
    REFUSED(lora, lora_alpha, 1.0 / 0.0, "alpha");
    REFUSED(lora, lora_rslora, 3, "lora_rslora is 3");
    REFUSED(lora, lora_sites, 0, "no linear layer");
    REFUSED(lora, lora_sites, 64, "lora_sites");
    REFUSED(bottleneck, recompute, 2, "recompute is 2");
    REFUSED(bottleneck, head_only, -1, "head_only is -1");
    REFUSED(bottleneck, reserved, 1, "reserved");
    REFUSED(bottleneck, precision, 3, "precision is 3");
    REFUSED(bottleneck, precision, -1, "PRIMER_PRECISION_*");
    REFUSED(bottleneck, reserved2, 1, "reserved2 is 1");
    initial.layer_count = 2;
    REFUSED(lora, layers, layers, "ascending");
    initial.layer_count = 1;
    REFUSED(lora, layers, above, "below 2");
    initial.layer_count = 0;
    initial.type_count = 2;
    REFUSED(head, types, twice, "PER");
#undef REFUSED
    initial.types = bad;
    FAILS(PRIMER_ERR_INVALID_UTF8, "types[1]",
          primer_adapt(model, train, NULL, NULL, &initial, NULL, NULL, NULL, NULL, &adapter, &err));
    primer_dataset_free(train);
}

static void names(void) {
    int32_t method = 77;
    OK(primer_method_by_name("head", &method, &err));
    CHECK(method == PRIMER_METHOD_HEAD);
    OK(primer_method_by_name("adapter", &method, &err));
    CHECK(method == PRIMER_METHOD_ADAPTER);
    OK(primer_method_by_name("lora", &method, &err));
    CHECK(method == PRIMER_METHOD_LORA);
    OK(primer_method_by_name("bitfit", &method, &err));
    CHECK(method == PRIMER_METHOD_BITFIT);
    OK(primer_method_by_name("full", &method, &err));
    CHECK(method == PRIMER_METHOD_FULL);
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "bitfit", primer_method_by_name("prompt", &method, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "name is NULL", primer_method_by_name(NULL, &method, &err));
    FAILS(PRIMER_ERR_INVALID_ARGUMENT, "method is NULL", primer_method_by_name("head", NULL, &err));
    CHECK(method == PRIMER_METHOD_FULL);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    primer_model *model = load_model(argv[1]);
    sizes(model);
    data_numbers();
    adapt_numbers(model);
    names();
    primer_model_free(model);
    return 0;
}
