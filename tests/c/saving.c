/* A disk that takes no more: an error, the old file whole, and nothing beside it. */
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

    FAILS(PRIMER_ERR_IO, "missing", primer_adapter_save(adapter, "/missing/folder/a", &err));
    primer_dataset_free(data);
    primer_adapter_free(adapter);
    primer_model_free(model);
    return 0;
}
