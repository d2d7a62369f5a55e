package primer

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
)

// One model and one adapter serve any number of goroutines, each with a tagger of its own.
func TestTaggersOnManyGoroutines(t *testing.T) {
	text := "Angela Merkel wurde in Hamburg geboren."
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	expected := must(tagger.Tag(sharedAdapter(), text))
	if len(expected.Entities) != 2 {
		t.Fatal(expected)
	}
	var work sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		work.Add(1)
		go func() {
			defer work.Done()
			tagger := must(sharedModel().NewTagger())
			defer tagger.Close()
			for round := 0; round < 10; round++ {
				result, err := tagger.Tag(sharedAdapter(), text)
				if err != nil || !reflect.DeepEqual(result, expected) {
					t.Error(result, err)
				}
				_ = sharedAdapter().Types()
			}
		}()
	}
	work.Wait()
}

// One tagger that two goroutines want gives one of them ErrBusy and the other its answer.
func TestTaggerIsExclusive(t *testing.T) {
	text := "Angela Merkel wurde in Hamburg geboren."
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	expected := must(tagger.Tag(sharedAdapter(), text))
	var stop atomic.Bool
	var work sync.WaitGroup
	for worker := 0; worker < 2; worker++ {
		work.Add(1)
		go func() {
			defer work.Done()
			defer stop.Store(true)
			for i := 0; i < 100000 && !stop.Load(); i++ {
				result, err := tagger.Tag(sharedAdapter(), text)
				if errors.Is(err, ErrBusy) {
					fails(t, err, ErrBusy, "in use")
					return
				}
				if err != nil || !reflect.DeepEqual(result, expected) {
					t.Error(result, err)
					return
				}
			}
			if !stop.Load() {
				t.Error("the tagger was never in use by the other")
			}
		}()
	}
	work.Wait()
	if result, err := tagger.Tag(sharedAdapter(), text); err != nil || !reflect.DeepEqual(result, expected) {
		t.Error(result, err)
	}
}
