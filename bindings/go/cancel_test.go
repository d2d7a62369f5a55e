package primer

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// longRun are options for a run that takes minutes unless it is stopped; begun is called at the first update.
func longRun(begun func()) *AdaptOptions {
	return quick(func(o *AdaptOptions) {
		o.Method = MethodLoRA
		o.Epochs = 100000
		o.OnProgress = func(p Progress) error {
			if p.Step == 1 && begun != nil {
				begun()
			}
			return nil
		}
	})
}

// A cancelled context stops each call that takes one, and the error tells of both.
func TestContextStopsCalls(t *testing.T) {
	data := people(t)
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	long := make([]Input, 4000)
	for i := range long {
		long[i] = Input{Adapter: sharedAdapter(), Text: "Angela Merkel wurde in Hamburg geboren."}
	}
	big := must(ReadDataset(strings.NewReader(strings.Repeat("Ada B-PER\nlives O\nin O\nOslo O\n\n", 5000)), "", nil))
	defer big.Close()
	primeOptions := NewPrimeOptions()
	primeOptions.Support, primeOptions.Query, primeOptions.Steps = 2, 2, 100000
	primeOptions.OuterScope = OuterPhi

	// Each call is given time to begin.
	for name, call := range map[string]func(context.Context) error{
		"Adapt": func(ctx context.Context) error { _, err := Adapt(ctx, sharedModel(), data, longRun(nil)); return err },
		"TagContext": func(ctx context.Context) error {
			_, err := tagger.TagContext(ctx, sharedAdapter(), strings.Repeat("Angela Merkel wurde in Hamburg geboren. ", 4000))
			return err
		},
		"TagBatch": func(ctx context.Context) error { _, err := tagger.TagBatch(ctx, long); return err },
		"Evaluate": func(ctx context.Context) error {
			_, err := Evaluate(ctx, sharedModel(), sharedAdapter(), big)
			return err
		},
		"Tagger.Evaluate": func(ctx context.Context) error {
			_, err := tagger.Evaluate(ctx, sharedAdapter(), big)
			return err
		},
		"Prime": func(ctx context.Context) error {
			_, err := Prime(ctx, sharedModel(), []Task{{"a", data}}, primeOptions)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(300*time.Millisecond, cancel)
			err := call(ctx)
			fails(t, err, ErrCancelled, "context canceled")
			if !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}

			ctx, cancel = context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			err = call(ctx)
			fails(t, err, ErrCancelled, "deadline")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}

			// One that has ended already lets nothing begin.
			cause := errors.New("the user left")
			ended, end := context.WithCancelCause(context.Background())
			end(cause)
			err = call(ended)
			fails(t, err, ErrCancelled, "the user left")
			if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
				t.Error(err)
			}
		})
	}
	// The tagger is as it was.
	if result, err := tagger.Tag(sharedAdapter(), "Angela Merkel"); err != nil || len(result.Entities) != 1 {
		t.Error(result, err)
	}
}

// The cause of a context goes with the error, and a context that outlives the call changes nothing.
func TestContextOfACall(t *testing.T) {
	data, cause := people(t), errors.New("the battery is low")
	ctx, cancel := context.WithCancelCause(context.Background())
	_, err := Adapt(ctx, sharedModel(), data, longRun(func() { cancel(cause) }))
	fails(t, err, ErrCancelled, "the battery is low")
	if !errors.Is(err, cause) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	// A function that ends the context and gives its error says so once.
	ctx, stop := context.WithCancel(context.Background())
	_, err = Adapt(ctx, sharedModel(), data, quick(func(o *AdaptOptions) {
		o.OnProgress = func(Progress) error {
			stop()
			return ctx.Err()
		}
	}))
	fails(t, err, ErrCancelled)
	if !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "context canceled") != 1 {
		t.Error(err)
	}

	parent, end := context.WithCancel(context.Background())
	before := runtime.NumGoroutine()
	for i := 0; i < 20; i++ {
		adapter, err := Adapt(parent, sharedModel(), data, quick(func(o *AdaptOptions) { o.Epochs = 1 }))
		if err != nil {
			t.Fatal(err)
		}
		adapter.Close()
	}
	end()
	for wait := 0; runtime.NumGoroutine() > before && wait < 100; wait++ {
		time.Sleep(10 * time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines became %d", before, after)
	}
}

// A context may end at any moment: it either stops the call or does not, and nothing is freed while it is asked.
func TestContextEndsAtAnyMoment(t *testing.T) {
	data := people(t)
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	inputs := []Input{{Adapter: sharedAdapter(), Text: "Angela Merkel"}, {Adapter: sharedAdapter(), Text: "Oslo"}}
	stopped := 0
	for i := 0; i < 100; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*200*time.Microsecond)
		if _, err := tagger.TagBatch(ctx, inputs); err != nil {
			fails(t, err, ErrCancelled)
			stopped++
		}
		if adapter, err := Adapt(ctx, sharedModel(), data, quick(func(o *AdaptOptions) { o.Epochs = 1 })); err != nil {
			fails(t, err, ErrCancelled)
		} else {
			adapter.Close()
		}
		cancel()
	}
	if stopped == 0 {
		t.Error("no context ended in time")
	}
}

// A call that ends while its token is being asked waits with the token's end.
func TestTokenOutlivesItsUse(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	watched := must(watch(ctx))
	watched.stop() // the context is played from here on: it has ended, but asks late
	watched.stop = func() bool { return false }
	var asked atomic.Bool
	go func() {
		time.Sleep(50 * time.Millisecond)
		asked.Store(true)
		close(watched.asked)
	}()
	if err := watched.end(nil); err != nil || !asked.Load() {
		t.Error("the token is gone before it was asked", err)
	}
}
