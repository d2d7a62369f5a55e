/* What the library calls, as the functions in callback.go that run it. `user` is a number, a cgo.Handle: Go does not let
 * numbers pass for pointers, C does. */
#ifndef PRIMER_GO_CALLBACK_H
#define PRIMER_GO_CALLBACK_H

#include "primer.h"

primer_status primer_go_adapt(const primer_model *model, const primer_dataset *train, const primer_dataset *dev,
                              const primer_adapter *initial, const primer_adapt_options *options,
                              const char *checkpoint, uintptr_t user, const primer_cancel *cancel,
                              primer_adapter **out, primer_error **err);

primer_status primer_go_prime(const primer_model *model, const primer_task *tasks, size_t task_count,
                              const primer_task *dev, size_t dev_count, const primer_adapter *initial,
                              const primer_prime_options *options, const char *checkpoint, const char *log,
                              uintptr_t user, const primer_cancel *cancel, primer_primed **out, primer_error **err);

primer_status primer_go_log_set(int32_t level, uintptr_t user, primer_error **err);

#endif
