package primer

// #include "callback.h"
import "C"

import (
	"errors"
	"runtime"
	"runtime/cgo"
)

// observer carries the progress of one call to the caller's function, and what comes back to the end of the call.
type observer[T any] struct {
	call    func(T) error
	outcome outcome
}

// outcome is how a function of the caller's ended.
type outcome struct {
	err      error
	panicked any
	exited   bool
}

// apart calls a function of the caller's, whatever it does. It runs on a goroutine of its own: neither a panic nor
// runtime.Goexit, which testing.T.FailNow calls, may unwind the frames of the library below.
func apart(f func() error) outcome {
	ended := make(chan outcome, 1)
	go func() {
		o := outcome{exited: true}
		defer func() {
			if o.exited {
				o.panicked = recover()
				o.exited = o.panicked == nil
			}
			ended <- o
		}()
		o.err = f()
		o.exited = false
	}()
	return <-ended
}

func (o outcome) stops() bool {
	return o.err != nil || o.panicked != nil || o.exited
}

// observe gives the number by which the library names a function, 0 for none.
func observe[T any](call func(T) error) (*observer[T], cgo.Handle) {
	o := &observer[T]{call: call}
	if call == nil {
		return o, 0
	}
	return o, cgo.NewHandle(o)
}

// tell hands progress on; the library stops where it is not 0.
func tell[T any](user C.uintptr_t, progress T) C.int32_t {
	o := cgo.Handle(user).Value().(*observer[T])
	if !o.outcome.stops() {
		o.outcome = apart(func() error { return o.call(progress) })
	}
	if o.outcome.stops() {
		return 1
	}
	return 0
}

// end goes on with what the caller's function began: it panics as that did, or ends the goroutine, or says in the error
// of the cancelled call why.
func (o *observer[T]) end(user cgo.Handle, err error) error {
	if user != 0 {
		user.Delete()
	}
	switch {
	case o.outcome.panicked != nil:
		panic(o.outcome.panicked)
	case o.outcome.exited:
		runtime.Goexit()
	}
	var failed *Error
	if o.outcome.err != nil && errors.As(err, &failed) && failed.Status == ErrCancelled && !errors.Is(err, o.outcome.err) {
		failed.causes = append(failed.causes, o.outcome.err)
	}
	return err
}

//export primerGoAdaptProgress
func primerGoAdaptProgress(progress *C.primer_progress, user C.uintptr_t) C.int32_t {
	var done, total int
	// An older library has a shorter struct.
	if progress.struct_size >= C.sizeof_primer_progress {
		done, total = int(progress.done), int(progress.total)
	}
	return tell(user, Progress{
		Stage:        Stage(progress.stage),
		Epoch:        int(progress.epoch),
		Epochs:       int(progress.epochs),
		Step:         int(progress.step),
		Steps:        int(progress.steps),
		Loss:         float64(progress.loss),
		GradientNorm: float64(progress.gradient_norm),
		DevF1:        float64(progress.dev_f1),
		BestF1:       float64(progress.best_f1),
		Seconds:      float64(progress.seconds),
		SecondsLeft:  float64(progress.seconds_left),
		Done:         done,
		Total:        total,
	})
}

//export primerGoPrimeProgress
func primerGoPrimeProgress(progress *C.primer_prime_progress, user C.uintptr_t) C.int32_t {
	var done, total int
	// An older library has a shorter struct.
	if progress.struct_size >= C.sizeof_primer_prime_progress {
		done, total = int(progress.done), int(progress.total)
	}
	return tell(user, PrimeProgress{
		Stage:        Stage(progress.stage),
		Step:         int(progress.step),
		Steps:        int(progress.steps),
		SupportLoss:  float64(progress.support_loss),
		QueryLoss:    float64(progress.query_loss),
		GradientNorm: float64(progress.gradient_norm),
		DevF1:        float64(progress.dev_f1),
		Seconds:      float64(progress.seconds),
		SecondsLeft:  float64(progress.seconds_left),
		Done:         done,
		Total:        total,
	})
}

//export primerGoLog
func primerGoLog(level C.int32_t, message C.primer_str, user C.uintptr_t) {
	// Not apart: the library knows by the thread that SetLog is called from here, and refuses what would wait for ever.
	defer func() { recover() }()
	cgo.Handle(user).Value().(LogFunc)(LogLevel(level), goString(message))
}
