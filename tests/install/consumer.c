/* A program that somebody writes against an installed Primer: prints the entities of a sentence. */
#include <primer.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *text = "Angela Merkel wurde in Hamburg geboren.";
    primer_model *model = NULL;
    primer_adapter *adapter = NULL;
    primer_tagger *tagger = NULL;
    primer_result *result = NULL;
    primer_error *err = NULL;
    size_t count = 0, i;
    int failed;

    if (argc != 3)
        return 2;
    failed = primer_model_load(argv[1], NULL, &model, &err) != PRIMER_OK ||
             primer_adapter_load(argv[2], model, &adapter, &err) != PRIMER_OK ||
             primer_tagger_new(model, &tagger, &err) != PRIMER_OK ||
             primer_tagger_tag_text(tagger, adapter, text, strlen(text), &result, &err) != PRIMER_OK;
    if (failed) {
        fprintf(stderr, "%s\n", primer_error_message(err).data);
    } else {
        const primer_entity *entities = primer_result_entities(result, 0, &count);
        for (i = 0; i < count; i++)
            printf("%s %.*s\n", entities[i].label_name.data, (int)(entities[i].end - entities[i].start),
                   text + entities[i].start);
    }
    primer_result_free(result);
    primer_tagger_free(tagger);
    primer_adapter_free(adapter);
    primer_model_free(model);
    primer_error_free(err);
    return failed;
}
