package primer

import (
	"context"
	"errors"
	"runtime"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// noHandles checks that a function leaves none of the handles behind that it makes.
func noHandles(t *testing.T, f func()) {
	t.Helper()
	first := cgo.NewHandle(nil)
	defer first.Delete()
	f()
	last := cgo.NewHandle(nil)
	defer last.Delete()
	if last-first < 2 {
		t.Error("no handle was made")
	}
	for handle := first + 1; handle < last; handle++ {
		func() {
			defer func() { recover() }() // as it panics for one that is no more
			t.Errorf("%T is left", handle.Value())
		}()
	}
}

func primeQuickly() *PrimeOptions {
	options := NewPrimeOptions()
	options.Support, options.Query, options.Steps, options.OuterScope = 2, 2, 3, OuterPhi
	return options
}

// runs are the two calls that tell of their progress, with a function that is called at each update.
func runs(t *testing.T) map[string]func(func() error) error {
	data, ctx := people(t), context.Background()
	return map[string]func(func() error) error{
		"Adapt": func(each func() error) error {
			options := quick()
			options.OnProgress = func(Progress) error { return each() }
			adapter, err := Adapt(ctx, sharedModel(), data, options)
			if (adapter == nil) != (err != nil) {
				t.Error("there must be an adapter or an error")
			}
			return err
		},
		"Prime": func(each func() error) error {
			options := primeQuickly()
			options.OnProgress = func(PrimeProgress) error { return each() }
			primed, err := Prime(ctx, sharedModel(), []Task{{"a", data}}, options)
			if (primed == nil) != (err != nil) {
				t.Error("there must be a primed backbone or an error")
			}
			return err
		},
	}
}

// An error of the function ends the run, and comes back.
func TestCallbackErrors(t *testing.T) {
	enough := errors.New("it is enough")
	for name, run := range runs(t) {
		t.Run(name, func(t *testing.T) {
			noHandles(t, func() {
				calls := 0
				err := run(func() error {
					if calls++; calls == 2 {
						return enough
					}
					return nil
				})
				fails(t, err, ErrCancelled, "it is enough")
				if !errors.Is(err, enough) || errors.Is(err, context.Canceled) || calls != 2 {
					t.Error(err, calls)
				}
				if err := run(func() error { return nil }); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A panic of the function ends the run and goes on behind it: it does not cross the library.
func TestCallbackPanics(t *testing.T) {
	for name, run := range runs(t) {
		t.Run(name, func(t *testing.T) {
			noHandles(t, func() {
				calls := 0
				defer func() {
					if value := recover(); value != "a defect" || calls != 1 {
						t.Error(value, calls)
					}
				}()
				run(func() error { calls++; panic("a defect") })
				t.Error("the panic is lost")
			})
			if err := run(func() error { return nil }); err != nil {
				t.Error(err) // the model is as it was
			}
		})
	}
}

// Goexit, which testing.T.FailNow calls, ends the run and then the goroutine that called.
func TestCallbackExits(t *testing.T) {
	for name, run := range runs(t) {
		t.Run(name, func(t *testing.T) {
			noHandles(t, func() {
				var work sync.WaitGroup
				work.Add(1)
				calls, returned := 0, false
				go func() {
					defer work.Done()
					run(func() error { calls++; runtime.Goexit(); return nil })
					returned = true
				}()
				work.Wait()
				if returned || calls != 1 {
					t.Error(returned, calls)
				}
			})
		})
	}
}

// The function may use the package, the model of its own run included.
func TestCallbackUsesThePackage(t *testing.T) {
	for name, run := range runs(t) {
		t.Run(name, func(t *testing.T) {
			tagger := must(sharedModel().NewTagger())
			defer tagger.Close()
			err := run(func() error {
				result, err := tagger.Tag(sharedAdapter(), "Angela Merkel")
				if err == nil && len(result.Entities) != 1 {
					err = errors.New("it does not tag")
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	data := people(t)
	options := quick()
	options.Dev = data
	options.EvaluateEvery = 1
	var seen []Progress
	options.OnProgress = func(p Progress) error {
		seen = append(seen, p)
		return nil
	}
	adapter := must(Adapt(context.Background(), sharedModel(), data, options))
	defer adapter.Close()
	stages := map[Stage]int{}
	for i, p := range seen {
		stages[p.Stage]++
		if p.Epochs != 3 || p.Steps != 9 || p.Step != stages[StageStep] || p.Epoch > p.Epochs {
			t.Errorf("%+v", p)
		}
		if i > 0 && (p.Loss <= 0 || (p.GradientNorm > 0) != (p.Stage == StageStep) || p.Seconds < seen[i-1].Seconds || p.SecondsLeft < 0) {
			t.Errorf("%+v", p)
		}
		if p.DevF1 < 0 || p.BestF1 < p.DevF1 || p.BestF1 > 1 {
			t.Errorf("%+v", p)
		}
	}
	if stages[StageStart] != 1 || stages[StageStep] != 9 || stages[StageEpoch] != 3 {
		t.Error(stages)
	}
}

// What comes before training is told where that is asked for.
func TestPreparation(t *testing.T) {
	data := people(t)
	options := quick()
	options.Preparation = true
	var seen []Progress
	options.OnProgress = func(p Progress) error {
		seen = append(seen, p)
		return nil
	}
	must(Adapt(context.Background(), sharedModel(), data, options)).Close()
	if first := seen[0]; first.Stage != StageEncode || first.Total != data.Len() || first.Done > first.Total {
		t.Errorf("%+v", first)
	}
	if last := seen[len(seen)-1]; last.Stage != StageEpoch {
		t.Errorf("%+v", last)
	}
}

func TestLog(t *testing.T) {
	defer SetLog(LogInfo, nil)
	var messages atomic.Int64
	noHandles(t, func() {
		collect := func(level LogLevel, message string) {
			if level != LogInfo && level != LogWarn || message == "" {
				t.Error(level, message)
			}
			messages.Add(1)
			if err := SetLog(LogInfo, nil); !errors.Is(err, ErrBusy) {
				t.Error(err) // the library waits for this function: it cannot be taken away
			}
			panic("is dropped")
		}
		if err := SetLog(LogInfo, collect); err != nil {
			t.Fatal(err)
		}
		fails(t, SetLog(7, collect), ErrInvalidArgument)
		must(Adapt(context.Background(), sharedModel(), people(t), quick())).Close()
		must(LoadModel(modelPath, nil)).Close()
		if err := SetLog(LogWarn, func(LogLevel, string) {}); err != nil {
			t.Fatal(err)
		}
		if err := SetLog(LogInfo, nil); err != nil {
			t.Fatal(err)
		}
	})
	count := messages.Load()
	if count == 0 {
		t.Error("no message came")
	}
	must(LoadModel(modelPath, nil)).Close()
	if messages.Load() != count {
		t.Error("a message came after the end")
	}
	if err := SetLog(LogInfo, nil); err != nil || strings.Contains(LogInfo.String(), "(") {
		t.Error(err)
	}
}
