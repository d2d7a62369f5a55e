package primer

// #include "callback.h"
import "C"

import (
	"context"
	"unsafe"
)

// Task is a named data set, one a language or a domain.
//
// Experimental: may change or go with any minor version.
type Task struct {
	// Name is for the log, the report and errors; no two tasks to prime on share one.
	Name string
	// Data are the labelled sentences.
	Data *Dataset
}

// PrimeProgress is the state of a priming run.
//
// Experimental: may change or go with any minor version.
type PrimeProgress struct {
	// Stage is StageEncode before the first update, StageStep after every one.
	Stage Stage
	// Step is the number of updates made, those of a checkpoint included.
	Step int
	// Steps are the updates in all.
	Steps int
	// SupportLoss is the mean support loss of the update's episodes, before the first inner step; for multi-task training
	// the one loss.
	SupportLoss float64
	// QueryLoss is the mean query loss of the update's episodes; for multi-task training the one loss again; -1 for
	// Reptile, which has none.
	QueryLoss float64
	// GradientNorm is that of the update before clipping.
	GradientNorm float64
	// DevF1 is the dev tasks' mean F1 at the last look, in 0 to 1; -1 where there is none yet.
	DevF1 float64
	// Seconds since the start, those of a checkpoint included.
	Seconds float64
	// SecondsLeft is an estimate.
	SecondsLeft float64
	// Done is how many sentences of a task are encoded; later, updates made.
	Done int
	// Total is of how many.
	Total int
}

// Prime prepares a backbone for adaptation by one method, by meta-learning on tasks, and gives the method's starting
// point with it. Options may be nil, for first-order MAML with bottleneck adapters. It is safe on several goroutines at
// once.
//
// When the context ends, the run stops within one micro-batch and fails with [ErrCancelled] and the context's error.
//
// It fails with [ErrData], naming the task, for one with fewer sentences than an episode takes, without entities, or with
// a type that PrimeOptions.Types lacks; with [ErrMismatch] for an initial adapter of another method or model, or another
// run's checkpoint; with [ErrNonFinite] where training diverges; with [ErrIO] for checkpoint and log; [ErrCancelled];
// [ErrInvalidArgument], also for no task and for tasks of one name. Everything given is then what it was; the checkpoint
// is the last that was written, and that of the very update after which OnProgress ended the run.
//
// Experimental: may change or go with any minor version.
func Prime(ctx context.Context, model *Model, tasks []Task, options *PrimeOptions) (*Primed, error) {
	backbone, err := model.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer model.handle().release()
	var memory memory
	defer memory.free()
	settings, err := options.lend(&memory)
	if err != nil {
		return nil, err
	}
	if options == nil {
		options = &PrimeOptions{}
	}
	for _, task := range append(append([]Task(nil), tasks...), options.Dev...) {
		if _, err := task.Data.handle().acquire(); err != nil {
			return nil, err
		}
		defer task.Data.handle().release()
	}
	initial, err := options.Initial.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer options.Initial.handle().release()
	checkpoint, err := memory.path("Checkpoint", options.Checkpoint)
	if err != nil {
		return nil, err
	}
	log, err := memory.path("Log", options.Log)
	if err != nil {
		return nil, err
	}
	train, trainCount := memory.tasks(tasks)
	dev, devCount := memory.tasks(options.Dev)

	watched, err := watch(ctx)
	if err != nil {
		return nil, err
	}
	observer, user := observe(options.OnProgress)
	var out *C.primer_primed
	var failed *C.primer_error
	status := C.primer_go_prime(backbone, train, trainCount, dev, devCount, initial, settings, checkpoint, log,
		C.uintptr_t(user), watched.token, &out, &failed)
	if err := observer.end(user, watched.end(check(status, &failed))); err != nil {
		return nil, err
	}
	return newPrimed(out), nil
}

// tasks gives the library's form of tasks whose data the caller holds.
func (m *memory) tasks(tasks []Task) (*C.primer_task, C.size_t) {
	block := m.allocate(uintptr(len(tasks)) * C.sizeof_primer_task)
	list := unsafe.Slice((*C.primer_task)(block), len(tasks))
	for i, task := range tasks {
		list[i] = C.primer_task{name: m.text(task.Name)}
		if task.Data != nil {
			list[i].data = task.Data.ref.object
		}
	}
	return (*C.primer_task)(block), C.size_t(len(tasks))
}
