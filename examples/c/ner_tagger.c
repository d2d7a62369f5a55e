/*
 * Tags names in sentences of many languages, then teaches the model a new kind of name: examples/ner_tagger.rs in C,
 * with the same standard output. Run it from the top of the repository; the Makefile beside this file builds it.
 *
 *     examples/c/ner_tagger
 *     examples/c/ner_tagger "Angela Merkel wurde in Hamburg geboren."
 *     cat letters.txt | examples/c/ner_tagger --no-teach
 *
 * C99, and POSIX for what is asked of standard input.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "primer.h"

static const char USAGE[] =
    "usage: ner_tagger [--model PATH] [--adapter PATH] [--no-teach] [TEXT ... | -]\n"
    "\n"
    "Tags every TEXT, or with - every line of standard input, or some sentences of its own;\n"
    "then teaches the model a new entity type and tags with that, too.\n"
    "\n"
    "  --model PATH     the backbone (models/primer-mini.gguf)\n"
    "  --adapter PATH   what tags persons, places and organisations (models/per-loc-org.safetensors)\n"
    "  --no-teach       only tag\n";

static const char *const SENTENCES[] = {
    "Tim Berners-Lee invented the World Wide Web at CERN near Geneva.",
    "Angela Merkel wurde in Hamburg geboren und studierte Physik an der Universität Leipzig.",
    "Marie Curie est née à Varsovie et a enseigné à la Sorbonne.",
    "Lionel Messi nació en Rosario y jugó muchos años en el FC Barcelona.",
    "Дмитрий Менделеев родился в Тобольске и преподавал в Петербургском университете.",
    "Сергій Корольов народився в Житомирі та навчався в Київському політехнічному інституті.",
    "Ο Μίκης Θεοδωράκης γεννήθηκε στη Χίο και σπούδασε στο Ωδείο Αθηνών.",
    "Arvo Pärt sündis Paides ja õppis Tallinna Konservatooriumis.",
    "Orhan Pamuk İstanbul'da doğdu ve Columbia Üniversitesi'nde ders verdi.",
    "Wangari Maathai alizaliwa Nyeri na alisoma katika Chuo Kikuu cha Nairobi.",
    "ولد نجيب محفوظ في القاهرة ودرس الفلسفة في جامعة القاهرة.",
    "इसरो का मुख्यालय बेंगलुरु में है और विक्रम साराभाई को उसका जनक माना जाता है।",
    "马云在杭州创办了阿里巴巴集团。",
    "本田宗一郎は浜松市で本田技研工業を設立した。",
    "이건희는 대구에서 태어나 삼성전자 회장을 지냈다.",
};

/* Sentences to learn MEDICINE from, and others with other medicines to check what was learnt. */
static const char TEACH[] = "examples/data/teach.jsonl";
static const char CHECK[] = "examples/data/check.jsonl";

/* What the new adapter has never seen. */
static const char *const NEW_SENTENCES[] = {
    "Dr. Anna Schmidt of the Charité in Berlin prescribed ciprofloxacin 250 mg for ten days.",
    "À Lyon, le docteur Martin lui a donné de la prednisone.",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void die(const char *message, const char *about)
{
    fprintf(stderr, "ner_tagger: %s%s\n", message, about);
    exit(EXIT_FAILURE);
}

/* Ends the program where a call of the library has failed; a real host would free the error and go on. */
static void check(primer_status status, primer_error *const *err)
{
    if (status != PRIMER_OK)
        die(primer_error_message(*err).data, "");
}

/* Texts to tag, with their lengths: a line of standard input may hold NUL bytes. */
struct texts {
    primer_str *items;
    size_t count;
};

static void add_text(struct texts *texts, const char *data, size_t len)
{
    char *copy = malloc(len + 1);
    primer_str *items = realloc(texts->items, (texts->count + 1) * sizeof *items);
    if (copy == NULL || items == NULL)
        die("out of memory", "");
    memcpy(copy, data, len);
    copy[len] = '\0';
    texts->items = items;
    texts->items[texts->count].data = copy;
    texts->items[texts->count].len = len;
    texts->count++;
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free((char *)texts->items[i].data);
    free(texts->items);
}

/*
 * Adds the lines of standard input that are not empty. Unless `asked` for, a standard input that is silent for a
 * second counts as empty: it may be a pipe that nobody writes to.
 */
static void add_lines_of_stdin(struct texts *texts, int asked)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (!asked && poll(&input, 1, 1000) <= 0)
        return;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    while ((len = getline(&line, &capacity, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n' && --len > 0 && line[len - 1] == '\r')
            len--;
        if (len > 0)
            add_text(texts, line, (size_t)len);
    }
    if (ferror(stdin))
        die("standard input: ", strerror(errno));
    free(line);
}

/* Prints each text with the entities that each adapter finds in it. */
static void tag(const primer_model *model, const primer_adapter *const *adapters, size_t adapter_count,
                const struct texts *texts)
{
    primer_error *err = NULL;
    primer_tagger *tagger = NULL;
    primer_result *result = NULL;

    /* All in one call, so that texts go through the model in batches. */
    size_t count = texts->count * adapter_count;
    primer_input *inputs = calloc(count + 1, sizeof *inputs);
    if (inputs == NULL)
        die("out of memory", "");
    for (size_t i = 0; i < count; i++) {
        inputs[i].text = texts->items[i / adapter_count];
        inputs[i].adapter = adapters[i % adapter_count];
    }
    check(primer_tagger_new(model, &tagger, &err), &err);
    check(primer_tagger_tag_batch(tagger, inputs, count, NULL, &result, &err), &err);

    for (size_t i = 0; i < count; i++) {
        primer_str text = inputs[i].text;
        if (i % adapter_count == 0) {
            fwrite(text.data, 1, text.len, stdout);
            putchar('\n');
        }
        size_t entity_count;
        const primer_entity *entities = primer_result_entities(result, i, &entity_count);
        for (size_t e = 0; e < entity_count; e++) {
            /* The name comes last, so that one written from right to left moves nothing else in a terminal. */
            printf("    %.2f  %s  ", entities[e].score, entities[e].label_name.data);
            fwrite(text.data + entities[e].start, 1, entities[e].end - entities[e].start, stdout);
            putchar('\n');
        }
        if (i % adapter_count == adapter_count - 1)
            putchar('\n');
    }
    primer_result_free(result);
    primer_tagger_free(tagger);
    free(inputs);
}

static double f1(const primer_model *model, const primer_adapter *adapter, const primer_dataset *data)
{
    primer_error *err = NULL;
    primer_scores scores = {0};
    scores.struct_size = sizeof scores;
    check(primer_evaluate(model, adapter, data, NULL, &scores, NULL, &err), &err);
    return scores.micro.f1;
}

/* Is called after every update. `user` is what primer_adapt was given: here where the seconds go. */
static int32_t show_progress(const primer_progress *progress, void *user)
{
    *(double *)user = progress->seconds;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%llu/%llu updates, loss %.3f, %.0f s left ", (unsigned long long)progress->step,
                (unsigned long long)progress->steps, progress->loss, progress->seconds_left);
    return 0; /* anything else would cancel */
}

/* Teaches a new entity type on top of those that `names` knows: the adapter that comes out knows all of them. The data
 * say that MEDICINE is all that they label. */
static primer_adapter *teach(const primer_model *model, const primer_adapter *names)
{
    primer_error *err = NULL;
    primer_dataset *train = NULL, *held_out = NULL;
    check(primer_dataset_load(TEACH, NULL, &train, &err), &err);
    check(primer_dataset_load(CHECK, NULL, &held_out, &err), &err);

    printf("Learning ");
    for (size_t i = 0; i < primer_dataset_type_count(train); i++)
        printf("%s%s", i == 0 ? "" : ", ", primer_dataset_type(train, i).data);
    printf(" from %zu sentences, checking it on %zu others.\n", primer_dataset_size(train),
           primer_dataset_size(held_out));
    printf("F1 before: %.3f\n", f1(model, names, held_out));
    fflush(stdout);

    primer_adapt_options options;
    primer_adapt_options_init(&options, sizeof options);
    options.method = PRIMER_METHOD_INITIAL; /* that of `names`, with its settings */

    primer_adapter *adapter = NULL;
    double seconds = 0.0;
    check(primer_adapt(model, train, NULL, names, &options, NULL, show_progress, &seconds, NULL, &adapter, &err), &err);
    fprintf(stderr, "%sLearnt in %.1f s.\n", isatty(STDERR_FILENO) ? "\n" : "", seconds);

    printf("F1 after:  %.3f\n\n", f1(model, adapter, held_out));
    primer_dataset_free(held_out);
    primer_dataset_free(train);
    return adapter;
}

int main(int argc, char **argv)
{
    const char *model_path = "models/primer-mini.gguf";
    const char *adapter_path = "models/per-loc-org.safetensors";
    struct texts texts = {NULL, 0};
    int teaches = 1, from_stdin = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--model") == 0 || strcmp(argv[i], "--adapter") == 0) {
            if (i + 1 == argc)
                die("a path is missing after ", argv[i]);
            *(argv[i][2] == 'm' ? &model_path : &adapter_path) = argv[i + 1];
            i++;
        } else if (strcmp(argv[i], "--no-teach") == 0) {
            teaches = 0;
        } else if (strcmp(argv[i], "--help") == 0) {
            fputs(USAGE, stdout);
            return EXIT_SUCCESS;
        } else if (strcmp(argv[i], "-") == 0) {
            from_stdin = 1;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            die("see --help; unknown flag ", argv[i]);
        } else {
            add_text(&texts, argv[i], strlen(argv[i]));
        }
    }
    if (from_stdin || (texts.count == 0 && !isatty(STDIN_FILENO)))
        add_lines_of_stdin(&texts, from_stdin);
    if (texts.count == 0 && !from_stdin)
        for (size_t i = 0; i < COUNT(SENTENCES); i++)
            add_text(&texts, SENTENCES[i], strlen(SENTENCES[i]));

    /* The backbone is loaded once. Adapters are small, and one model serves any number of them. */
    primer_error *err = NULL;
    primer_model *model = NULL;
    primer_adapter *names = NULL;
    check(primer_model_load(model_path, NULL, &model, &err), &err);
    check(primer_adapter_load(adapter_path, model, &names, &err), &err);
    const primer_adapter *adapters[1] = {names};
    tag(model, adapters, 1, &texts);
    free_texts(&texts);

    if (teaches) {
        primer_adapter *all = teach(model, names);
        adapters[0] = all;
        struct texts fresh = {NULL, 0};
        for (size_t i = 0; i < COUNT(NEW_SENTENCES); i++)
            add_text(&fresh, NEW_SENTENCES[i], strlen(NEW_SENTENCES[i]));
        tag(model, adapters, 1, &fresh);
        free_texts(&fresh);
        primer_adapter_free(all);
    }
    primer_adapter_free(names);
    primer_model_free(model);
    if (fflush(stdout) != 0 || ferror(stdout))
        die("standard output: ", strerror(errno));
    return EXIT_SUCCESS;
}
