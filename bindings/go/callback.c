/* A handle of 0 stands for no callback. */
#include "callback.h"
#include "_cgo_export.h"

static int32_t adapt_progress(const primer_progress *progress, void *user)
{
    return primerGoAdaptProgress((primer_progress *)progress, (uintptr_t)user);
}

static int32_t prime_progress(const primer_prime_progress *progress, void *user)
{
    return primerGoPrimeProgress((primer_prime_progress *)progress, (uintptr_t)user);
}

static void log_message(int32_t level, primer_str message, void *user)
{
    primerGoLog(level, message, (uintptr_t)user);
}

primer_status primer_go_adapt(const primer_model *model, const primer_dataset *train, const primer_dataset *dev,
                              const primer_adapter *initial, const primer_adapt_options *options,
                              const char *checkpoint, uintptr_t user, const primer_cancel *cancel,
                              primer_adapter **out, primer_error **err)
{
    return primer_adapt(model, train, dev, initial, options, checkpoint, user ? adapt_progress : NULL, (void *)user,
                        cancel, out, err);
}

primer_status primer_go_prime(const primer_model *model, const primer_task *tasks, size_t task_count,
                              const primer_task *dev, size_t dev_count, const primer_adapter *initial,
                              const primer_prime_options *options, const char *checkpoint, const char *log,
                              uintptr_t user, const primer_cancel *cancel, primer_primed **out, primer_error **err)
{
    return primer_prime(model, tasks, task_count, dev, dev_count, initial, options, checkpoint, log,
                        user ? prime_progress : NULL, (void *)user, cancel, out, err);
}

primer_status primer_go_log_set(int32_t level, uintptr_t user, primer_error **err)
{
    return primer_log_set(level, user ? log_message : NULL, (void *)user, err);
}
