/* A disk that takes no more: an error, the old file whole, and nothing beside it. */
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static int files_in(const char *folder) {
    DIR *dir = opendir(folder);
    int count = 0;
    CHECK(dir != NULL);
    while (readdir(dir) != NULL) count++;
    closedir(dir);
    return count;
}

static long size_of(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 ? (long)s.st_size : -1;
}

/* Writes beyond this many bytes fail from now on, as on a full disk. */
static void limit(rlim_t bytes) {
    struct rlimit r;
    CHECK(getrlimit(RLIMIT_FSIZE, &r) == 0);
    r.rlim_cur = bytes;
    CHECK(setrlimit(RLIMIT_FSIZE, &r) == 0);
}

static int32_t stop_at_third(const primer_prime_progress *progress, void *user) {
    (void)user;
    return progress->step == 3;
}

static primer_buffer *start_of(const primer_primed *primed, const primer_model *model) {
    primer_adapter *adapter = UNSET;
    primer_buffer *bytes = UNSET;
    OK(primer_primed_adapter(primed, model, &adapter, &err));
    OK(primer_adapter_to_memory(adapter, &bytes, &err));
    primer_adapter_free(adapter);
    return bytes;
}

/* A priming run whose next checkpoint does not fit fails, keeps the last one to the byte, and goes on from it later. */
static void priming(const primer_model *model, const primer_dataset *data, const char *path) {
    primer_prime_options options;
    primer_prime_options_init(&options, sizeof options);
    options.support = options.query = 2;
    options.steps = 6;
    options.checkpoint_every = 1;
    const primer_task task = {str("people"), data};
    primer_primed *whole = UNSET, *primed = UNSET;
    OK(primer_prime(model, &task, 1, NULL, 0, NULL, &options, NULL, NULL, NULL, NULL, NULL, &whole, &err));

    FAILS(PRIMER_ERR_CANCELLED, "", primer_prime(model, &task, 1, NULL, 0, NULL, &options, path, NULL, stop_at_third, NULL,
                                                 NULL, &primed, &err));
    size_t size = 0, size_after = 0;
    char *before = file_bytes(path, &size);
    for (int part = 0; part < 3; part++) {
        limit((rlim_t)(size * (size_t)part / 3));
        FAILS(PRIMER_ERR_IO, path, primer_prime(model, &task, 1, NULL, 0, NULL, &options, path, NULL, NULL, NULL, NULL,
                                                &primed, &err));
        limit(RLIM_INFINITY);
        char *after = file_bytes(path, &size_after);
        CHECK(primed == NULL && size_after == size && memcmp(before, after, size) == 0);
        free(after);
    }
    free(before);
    OK(primer_prime(model, &task, 1, NULL, 0, NULL, &options, path, NULL, NULL, NULL, NULL, &primed, &err));
    primer_buffer *expected = start_of(whole, model), *found = start_of(primed, model);
    CHECK(primer_buffer_size(expected) == primer_buffer_size(found));
    CHECK(memcmp(primer_buffer_data(expected), primer_buffer_data(found), primer_buffer_size(found)) == 0);
    primer_buffer_free(expected);
    primer_buffer_free(found);
    primer_primed_free(whole);
    primer_primed_free(primed);
    CHECK(unlink(path) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    signal(SIGXFSZ, SIG_IGN);
    primer_model *model = load_model(argv[1]);
    primer_adapter *adapter = trained(model, "PER", PRIMER_METHOD_ADAPTER, 1), *again = UNSET;
    char path[4096], other[4096];
    snprintf(path, sizeof path, "%s/kept.safetensors", argv[2]);
    snprintf(other, sizeof other, "%s/never.safetensors", argv[2]);
    OK(primer_adapter_save(adapter, path, &err));
    long size = size_of(path);
    int files = files_in(argv[2]);
    CHECK(size > 1000);

    for (rlim_t bytes = 0; bytes < (rlim_t)size; bytes += 997) {
        limit(bytes);
        primer_error *err = UNSET;
        CHECK(primer_adapter_save(adapter, path, &err) == PRIMER_ERR_IO && equal(primer_error_file(err), path));
        primer_error_free(err);
        FAILS(PRIMER_ERR_IO, "never.safetensors", primer_adapter_save(adapter, other, &err));
        limit(RLIM_INFINITY);
        CHECK(size_of(path) == size && size_of(other) == -1 && files_in(argv[2]) == files);
    }
    OK(primer_adapter_load(path, model, &again, &err));
    primer_adapter_free(again);

    /* The checkpoint of the last whole epoch stays when the next does not fit, and the run says so. */
    primer_dataset *data = people("PER");
    primer_adapter *none = UNSET;
    limit(100);
    FAILS(PRIMER_ERR_IO, "never", primer_adapt(model, data, NULL, NULL, NULL, other, NULL, NULL, NULL, &none, &err));
    limit(RLIM_INFINITY);
    CHECK(none == NULL && size_of(other) == -1 && files_in(argv[2]) == files);

    priming(model, data, other);
    CHECK(files_in(argv[2]) == files);

    FAILS(PRIMER_ERR_IO, "missing", primer_adapter_save(adapter, "/missing/folder/a", &err));
    primer_dataset_free(data);
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
