package primer

import (
	"context"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// objects are one of each type with a handle, of their own model.
type objects struct {
	model   *Model
	adapter *Adapter
	data    *Dataset
	tagger  *Tagger
}

func newObjects(t testing.TB) objects {
	t.Helper()
	var o objects
	o.model = must(LoadModel(modelPath, nil))
	o.adapter = must(LoadAdapter(adapterPath, o.model))
	o.data = must(ReadDataset(strings.NewReader("Ada B-PER\n"), "", nil))
	o.tagger = must(o.model.NewTagger())
	return o
}

func (o objects) closeAll() {
	for _, closer := range []io.Closer{o.model, o.adapter, o.data, o.tagger} {
		closer.Close()
	}
}

// Whatever is called after Close gives an error or zero, and closing again does nothing.
func TestUseAfterClose(t *testing.T) {
	ctx, o, live := context.Background(), newObjects(t), newObjects(t)
	defer live.closeAll()
	o.closeAll()
	o.closeAll()

	input := func(a *Adapter) []Input { return []Input{{Adapter: a, Text: "Ada"}} }
	with := func(change func(*AdaptOptions)) *AdaptOptions { return quick(change) }
	calls := map[string]func() error{
		"NewTagger":                func() error { _, err := o.model.NewTagger(); return err },
		"NewTaggerWithOptions":     func() error { _, err := o.model.NewTaggerWithOptions(nil); return err },
		"Sizes":                    func() error { _, err := o.model.Sizes(); return err },
		"LoadAdapter":              func() error { _, err := LoadAdapter(adapterPath, o.model); return err },
		"AdapterFromBytes":         func() error { _, err := AdapterFromBytes(nil, o.model); return err },
		"ImportAdapter":            func() error { _, err := ImportAdapter("x", o.model, SchemeIOB2); return err },
		"Save":                     func() error { return o.adapter.Save("x") },
		"SaveONNX":                 func() error { return o.adapter.SaveONNX("x") },
		"ONNX":                     func() error { _, err := o.adapter.ONNX(); return err },
		"Export":                   func() error { return o.adapter.Export(FolderPEFT, "x") },
		"Bytes":                    func() error { _, err := o.adapter.Bytes(); return err },
		"WriteTo":                  func() error { _, err := o.adapter.WriteTo(io.Discard); return err },
		"Shots":                    func() error { _, _, err := o.data.Shots(1, 1); return err },
		"Select":                   func() error { _, err := o.data.Select(0); return err },
		"Tag":                      func() error { _, err := o.tagger.Tag(live.adapter, "Ada"); return err },
		"Tag, adapter":             func() error { _, err := live.tagger.Tag(o.adapter, "Ada"); return err },
		"TagWords":                 func() error { _, err := o.tagger.TagWords(live.adapter, []string{"Ada"}); return err },
		"TagBatch":                 func() error { _, err := o.tagger.TagBatch(ctx, input(live.adapter)); return err },
		"TagBatch, input":          func() error { _, err := live.tagger.TagBatch(ctx, input(o.adapter)); return err },
		"Tagger.Evaluate":          func() error { _, err := o.tagger.Evaluate(ctx, live.adapter, live.data); return err },
		"Tagger.Evaluate, adapter": func() error { _, err := live.tagger.Evaluate(ctx, o.adapter, live.data); return err },
		"Tagger.Evaluate, data":    func() error { _, err := live.tagger.Evaluate(ctx, live.adapter, o.data); return err },
		"Evaluate, model":          func() error { _, err := Evaluate(ctx, o.model, live.adapter, live.data); return err },
		"Evaluate":                 func() error { _, err := Evaluate(ctx, live.model, o.adapter, live.data); return err },
		"Evaluate, data":           func() error { _, err := Evaluate(ctx, live.model, live.adapter, o.data); return err },
		"Adapt, model":             func() error { _, err := Adapt(ctx, o.model, live.data, nil); return err },
		"Adapt, train":             func() error { _, err := Adapt(ctx, live.model, o.data, nil); return err },
		"Adapt, dev": func() error {
			_, err := Adapt(ctx, live.model, live.data, with(func(p *AdaptOptions) { p.Dev = o.data }))
			return err
		},
		"Adapt, initial": func() error {
			_, err := Adapt(ctx, live.model, live.data, with(func(p *AdaptOptions) { p.Initial = o.adapter }))
			return err
		},
		"Prime, model": func() error { _, err := Prime(ctx, o.model, nil, nil); return err },
		"Prime, task":  func() error { _, err := Prime(ctx, live.model, []Task{{"a", o.data}}, nil); return err },
		"Prime, dev": func() error {
			options := NewPrimeOptions()
			options.Dev = []Task{{"a", o.data}}
			_, err := Prime(ctx, live.model, []Task{{"a", live.data}}, options)
			return err
		},
		"Prime, initial": func() error {
			options := NewPrimeOptions()
			options.Initial = o.adapter
			_, err := Prime(ctx, live.model, []Task{{"a", live.data}}, options)
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			err := call()
			fails(t, err, ErrInvalidArgument, "is closed")
			if !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		})
	}
	zero := []any{o.model.Name(), o.model.Fingerprint(), o.model.Device(), o.model.DeviceNumber(),
		o.adapter.Name(), o.adapter.ParameterCount(), o.data.Len(), o.data.EntityCount(), o.data.Name(), o.data.Scheme(), len(o.model.Card()), len(o.adapter.Card()),
		len(o.adapter.Types()), len(o.adapter.Tags()), len(o.data.Types()), len(o.tagger.Types())}
	for i, value := range zero {
		if !reflect.ValueOf(value).IsZero() {
			t.Error(i, value)
		}
	}
	// What was made with a closed model goes on working.
	part := newObjects(t)
	defer part.closeAll()
	part.model.Close()
	if result, err := part.tagger.Tag(part.adapter, "Angela Merkel"); err != nil || len(result.Entities) != 1 {
		t.Error(result, err)
	}
}

// Neither nil nor a zero value crashes: the library says what is missing.
func TestNil(t *testing.T) {
	ctx, data := context.Background(), people(t)
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	for _, model := range []*Model{nil, {}} {
		_, err := model.NewTagger()
		fails(t, err, ErrInvalidArgument, "model is NULL")
		_, err = LoadAdapter(adapterPath, model)
		fails(t, err, ErrInvalidArgument, "model is NULL")
		_, err = Adapt(ctx, model, data, nil)
		fails(t, err, ErrInvalidArgument, "model is NULL")
		if model.Name() != "" || model.Fingerprint() != "" || model.Card() != nil || model.Close() != nil {
			t.Error("nothing has something")
		}
	}
	_, err := Adapt(ctx, sharedModel(), nil, nil)
	fails(t, err, ErrInvalidArgument, "types must name what is to be found")
	_, err = tagger.Tag(nil, "Ada")
	fails(t, err, ErrInvalidArgument, "adapter is NULL")
	_, err = tagger.TagBatch(ctx, []Input{{Text: "Ada"}})
	fails(t, err, ErrInvalidArgument, "adapter")
	_, err = tagger.TagWords(nil, []string{"Ada"})
	fails(t, err, ErrInvalidArgument, "adapter")
	_, err = tagger.Evaluate(ctx, nil, data)
	fails(t, err, ErrInvalidArgument, "adapter")
	_, err = tagger.Evaluate(ctx, sharedAdapter(), nil)
	fails(t, err, ErrInvalidArgument, "dataset is NULL")
	_, err = (*Model)(nil).NewTaggerWithOptions(nil)
	fails(t, err, ErrInvalidArgument, "model is NULL")
	_, err = (*Tagger)(nil).Tag(sharedAdapter(), "Ada")
	fails(t, err, ErrInvalidArgument, "tagger is NULL")
	_, err = (*Tagger)(nil).Evaluate(ctx, sharedAdapter(), data)
	fails(t, err, ErrInvalidArgument, "tagger is NULL")
	fails(t, (*Adapter)(nil).SaveONNX("x"), ErrInvalidArgument, "adapter is NULL")
	_, err = Prime(ctx, sharedModel(), []Task{{Name: "a"}}, nil)
	fails(t, err, ErrInvalidArgument)
	_, err = ReadModel(nil, nil)
	fails(t, err, ErrInvalidArgument, "reader")
	fails(t, (*Adapter)(nil).Save("x"), ErrInvalidArgument, "adapter is NULL")
	_, err = (*Primed)(nil).Report()
	fails(t, err, ErrInvalidArgument, "primed is NULL")
	if (*Dataset)(nil).Len() != 0 || (*Dataset)(nil).Types() != nil || (*Tagger)(nil).Types() != nil || (*Adapter)(nil).Close() != nil {
		t.Error("nothing has something")
	}
	var none context.Context
	if _, err := tagger.TagBatch(none, nil); err != nil {
		t.Error(err)
	}
}

// Closing while calls run lets them end, and frees the object once.
func TestCloseWhileInUse(t *testing.T) {
	for round := 0; round < 20; round++ {
		tagger := must(sharedModel().NewTagger())
		freed := make(chan string, 2)
		watchFree(&tagger.ref, freed)
		var work sync.WaitGroup
		for worker := 0; worker < 4; worker++ {
			work.Add(1)
			go func() {
				defer work.Done()
				for {
					result, err := tagger.Tag(sharedAdapter(), "Angela Merkel")
					switch {
					case errors.Is(err, ErrClosed):
						return
					case errors.Is(err, ErrBusy):
					case err != nil || len(result.Entities) != 1:
						t.Error(result, err)
						return
					}
				}
			}()
		}
		for closer := 0; closer < 2; closer++ {
			work.Add(1)
			go func() {
				defer work.Done()
				time.Sleep(time.Duration(round) * time.Millisecond)
				tagger.Close()
			}()
		}
		work.Wait()
		if len(freed) != 1 {
			t.Fatal(len(freed), "times freed")
		}
	}
}

// What nobody closes is freed with the Go value, and not before.
func TestFinalisers(t *testing.T) {
	freed := make(chan string, 10)
	func() {
		o := newObjects(t)
		watchFree(&o.model.ref, freed)
		watchFree(&o.adapter.ref, freed)
		watchFree(&o.data.ref, freed)
		watchFree(&o.tagger.ref, freed)
		runtime.GC()
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		if len(freed) != 0 {
			t.Error("freed while in use: ", <-freed)
		}
		runtime.KeepAlive(o)
	}()
	names := map[string]bool{}
	for tries := 0; len(names) < 4; tries++ {
		if tries == 60 {
			t.Fatal("only these were freed: ", names)
		}
		runtime.GC()
		select {
		case name := <-freed:
			names[name] = true
		case <-time.After(time.Second):
		}
	}
}

func watchFree[P comparable](h *handle[P], freed chan<- string) {
	free, name := h.free, h.name
	h.free = func(object P) {
		free(object)
		freed <- name
	}
}

// A call that is the last use of its object keeps it: the collector must not free it under the call.
func TestCallsKeepTheirObjects(t *testing.T) {
	stop := make(chan struct{})
	var collector sync.WaitGroup
	collector.Add(1)
	go func() {
		defer collector.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for i := 0; i < 40; i++ {
		result, err := must(sharedModel().NewTagger()).Tag(sharedAdapter(), "Angela Merkel")
		if err != nil || len(result.Entities) != 1 {
			t.Fatal(result, err)
		}
		if n := must(DatasetFromBytes([]byte("Ada B-PER\n"), "", nil)).EntityCount(); n != 1 {
			t.Fatal(n)
		}
	}
	close(stop)
	collector.Wait()
}
