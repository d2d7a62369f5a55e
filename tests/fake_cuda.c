/* Stands in for CUDA's driver and libraries, so far as without_gpu.rs goes: built as each of them. */
#include <stddef.h>
#include <stdlib.h>

static int setting(const char *name, int otherwise) {
    const char *value = getenv(name);
    return value ? atoi(value) : otherwise;
}

int cuInit(unsigned flags) { return flags ? 1 : setting("FAKE_CUDA_INIT", 0); }

int cuDeviceGetCount(int *count) {
    *count = setting("FAKE_CUDA_DEVICES", 1);
    return 0;
}

/* These two tell whether all arguments came through: in registers of both kinds, and on the stack. */
int curandGenerateNormal(void *generator, float *out, size_t n, float mean, float deviation) {
    out[0] = (generator == NULL) + 10 * n + 100 * mean + 10000 * deviation;
    return 0;
}

int cublasSgemm_v2(void *handle, int a_op, int b_op, int m, int n, int k, const float *alpha, const float *a, int lda,
                   const float *b, int ldb, const float *beta, float *c, int ldc) {
    c[0] = *alpha * a[0] * b[0] + *beta * c[0];
    c[1] = (handle == NULL) + 2 * a_op + 4 * b_op + 10 * m + 100 * n + 1000 * k;
    c[2] = lda + 10 * ldb + 100 * ldc;
    return 0;
}
