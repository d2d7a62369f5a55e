package primer

// #include "callback.h"
import "C"

import "context"

// Progress is the state of a training run.
type Progress struct {
	// Stage is what has just happened.
	Stage Stage
	// Epoch is the current epoch, from 1; 0 before training.
	Epoch int
	// Epochs in all, if training does not stop early.
	Epochs int
	// Step is the number of updates made.
	Step int
	// Steps are the updates in all, if training does not stop early.
	Steps int
	// Loss of the last update; at the end of an epoch the mean over its updates.
	Loss float64
	// GradientNorm is that of the last update before clipping.
	GradientNorm float64
	// DevF1 is the last F1 on the dev data, in 0 to 1; -1 where there is none yet.
	DevF1 float64
	// BestF1 is the best F1 on the dev data so far; -1 where there is none yet.
	BestF1 float64
	// Seconds since the start.
	Seconds float64
	// SecondsLeft is an estimate.
	SecondsLeft float64
	// Done is how much of a stage before training is done: sentences or windows. In training, updates made.
	Done int
	// Total is of how much.
	Total int
}

// Adapt trains an adapter for the model on labelled sentences. Without them (nil) the types of the options are found by
// their names alone, on a model that carries a start which reads names. Options may be nil, for bottleneck adapters with their
// usual settings. The run is repeatable to the bit by the options' seed. It is safe on several goroutines at once.
//
// When the context ends, the run stops within one micro-batch, some ten to a few hundred milliseconds, and fails with
// [ErrCancelled] and the context's error.
//
// It fails with [ErrData] for data without an entity; with [ErrMismatch] for entity types that were not asked for, an
// initial adapter of another method or model, or another run's checkpoint; with [ErrNonFinite] where training diverges;
// with [ErrIO] for the checkpoint; [ErrCancelled]; [ErrInvalidArgument]. Everything given is then what it was; the
// checkpoint is that of the last whole epoch.
func Adapt(ctx context.Context, model *Model, train *Dataset, options *AdaptOptions) (*Adapter, error) {
	backbone, err := model.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer model.handle().release()
	data, err := train.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer train.handle().release()

	var memory memory
	defer memory.free()
	settings, err := options.lend(&memory)
	if err != nil {
		return nil, err
	}
	if options == nil {
		options = &AdaptOptions{}
	}
	dev, err := options.Dev.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer options.Dev.handle().release()
	initial, err := options.Initial.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer options.Initial.handle().release()
	checkpoint, err := memory.path("Checkpoint", options.Checkpoint)
	if err != nil {
		return nil, err
	}

	watched, err := watch(ctx)
	if err != nil {
		return nil, err
	}
	observer, user := observe(options.OnProgress)
	var out *C.primer_adapter
	var failed *C.primer_error
	status := C.primer_go_adapt(backbone, data, dev, initial, settings, checkpoint, C.uintptr_t(user), watched.token,
		&out, &failed)
	if err := observer.end(user, watched.end(check(status, &failed))); err != nil {
		return nil, err
	}
	return newAdapter(out), nil
}
