package primer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestModel(t *testing.T) {
	file := must(os.Open(modelPath))
	defer file.Close()
	options := NewModelOptions()
	options.Threads, options.Quantised = 1, true
	model, err := ReadModel(file, options)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	if model.Name() != sharedModel().Name() || model.Name() == "" || model.Fingerprint() != sharedModel().Fingerprint() ||
		len(model.Fingerprint()) != 64 {
		t.Error(model.Name(), model.Fingerprint())
	}
	var card map[string]string
	if err := json.Unmarshal(model.Card(), &card); err != nil || card["general.name"] == "" && card["name"] == "" {
		t.Error(card, err)
	}
	sizes := must(model.Sizes())
	if sizes.Threads != 1 || sizes.Layers < 1 || sizes.Hidden%sizes.Heads != 0 || sizes.Intermediate < 1 ||
		sizes.Vocabulary < 1000 || sizes.Positions < 100 {
		t.Errorf("%+v", sizes)
	}
	if shared := must(sharedModel().Sizes()); shared.Threads != 2 || shared.Hidden != sizes.Hidden {
		t.Errorf("%+v", shared)
	}
}

// An adapter that was written and read again tags as before, whichever way it went.
func TestAdapterFiles(t *testing.T) {
	text := "Angela Merkel wurde in Hamburg geboren."
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	expected := must(tagger.Tag(sharedAdapter(), text))
	same := func(adapter *Adapter, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer adapter.Close()
		result, err := tagger.Tag(adapter, text)
		if err != nil {
			t.Fatal(err)
		}
		sameResult(t, expected, result)
		if !reflect.DeepEqual(adapter.Types(), sharedAdapter().Types()) {
			t.Error(adapter.Types())
		}
	}
	scratch := t.TempDir()
	path := filepath.Join(scratch, "a name with ümlauts.safetensors")
	if err := sharedAdapter().Save(path); err != nil {
		t.Fatal(err)
	}
	same(LoadAdapter(path, sharedModel()))

	var buffer bytes.Buffer
	n, err := sharedAdapter().WriteTo(&buffer)
	if err != nil || n != int64(buffer.Len()) || !bytes.Equal(buffer.Bytes(), must(sharedAdapter().Bytes())) ||
		!bytes.Equal(buffer.Bytes(), read(t, path)) {
		t.Error(n, buffer.Len(), err)
	}
	same(ReadAdapter(&buffer, sharedModel()))
	same(AdapterFromBytes(read(t, path), sharedModel()))

	folder := filepath.Join(scratch, "folder")
	if err := sharedAdapter().Export(FolderAdapterHub, folder); err != nil {
		t.Fatal(err)
	}
	same(LoadAdapter(folder, sharedModel()))
	same(ImportAdapter(folder, sharedModel(), SchemeIOB2, sharedAdapter().Types()...))
	fails(t, sharedAdapter().Export(FolderPEFT, folder), ErrUnsupported)

	broken := errors.New("the disk is full")
	if _, err := sharedAdapter().WriteTo(writer(func([]byte) (int, error) { return 0, broken })); err != broken {
		t.Error(err)
	}
	var card struct{ Version int }
	if err := json.Unmarshal(sharedAdapter().Card(), &card); err != nil || sharedAdapter().ParameterCount() < 1000 {
		t.Error(string(sharedAdapter().Card()), err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(data []byte) (int, error) { return w(data) }

// An error of a reader comes through.
func TestReaderErrors(t *testing.T) {
	broken := errors.New("the line is cut")
	reader := io.MultiReader(strings.NewReader("Ada B-PER\n"), iotest.ErrReader(broken))
	_, err := ReadDataset(reader, "people.conll", nil)
	fails(t, err, ErrIO, "the data set", "the line is cut")
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	_, err = ReadModel(iotest.ErrReader(broken), nil)
	fails(t, err, ErrIO, "the model", "the line is cut")
	_, err = ReadAdapter(iotest.ErrReader(broken), sharedModel())
	fails(t, err, ErrIO, "the adapter", "the line is cut")
}

// A NUL byte must not cut a path short: another file would be read or written.
func TestNamesWithNUL(t *testing.T) {
	path := modelPath + "\x00.txt"
	calls := map[string]func() error{
		"path":       func() error { _, err := LoadModel(path, nil); return err },
		"Checkpoint": func() error { return adaptWith(t, func(o *AdaptOptions) { o.Checkpoint = path }) },
		"folder":     func() error { return sharedAdapter().Export(FolderAdapterHub, path) },
		"name":       func() error { _, err := ReadDataset(strings.NewReader("Ada B-PER\n"), "a\x00b", nil); return err },
	}
	for argument, call := range calls {
		fails(t, call(), ErrInvalidArgument, argument+" has a NUL byte")
	}
	for _, call := range []func() error{
		func() error { _, err := LoadDataset(path, nil); return err },
		func() error { _, err := LoadAdapter(path, sharedModel()); return err },
		func() error { _, err := ImportAdapter(path, sharedModel(), SchemeIOB2); return err },
		func() error { return sharedAdapter().Save(path) },
		func() error { return sharedAdapter().SaveONNX(path) },
		func() error { _, err := LoadONNXTagger(path, nil); return err },
		func() error { return taggerWith(func(o *TaggerOptions) { o.ONNXRuntime = path }) },
		func() error { return taggerWith(func(o *TaggerOptions) { o.Providers = []string{"cpu", "a\x00"} }) },
		func() error { _, err := MethodByName("lora\x00"); return err },
	} {
		fails(t, call(), ErrInvalidArgument, "has a NUL byte")
	}
}

func adaptWith(t *testing.T, change func(*AdaptOptions)) error {
	adapter, err := Adapt(context.Background(), sharedModel(), people(t), quick(change))
	if err == nil {
		adapter.Close()
	}
	return err
}

// A run that was stopped goes on from its checkpoint, to the very same adapter.
func TestCheckpoint(t *testing.T) {
	data, ctx := people(t), context.Background()
	whole := must(Adapt(ctx, sharedModel(), data, quick()))
	defer whole.Close()
	path := filepath.Join(t.TempDir(), "run.checkpoint")
	stopped := errors.New("stopped")
	fails(t, adaptWith(t, func(o *AdaptOptions) {
		o.Checkpoint = path
		o.OnProgress = func(p Progress) error {
			if p.Epoch == 2 && p.Stage == StageStep {
				return stopped
			}
			return nil
		}
	}), ErrCancelled, "stopped")
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	fails(t, adaptWith(t, func(o *AdaptOptions) { o.Checkpoint, o.Seed = path, 9 }), ErrStale)
	first := 0
	resumed := must(Adapt(ctx, sharedModel(), data, quick(func(o *AdaptOptions) {
		o.Checkpoint = path
		o.OnProgress = func(p Progress) error {
			if first == 0 {
				first = p.Epoch
			}
			return nil
		}
	})))
	defer resumed.Close()
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	text := "Zoe Smith lives in Rome and met Bob."
	a, b := must(tagger.Tag(whole, text)), must(tagger.Tag(resumed, text))
	if first != 2 || !reflect.DeepEqual(a, b) {
		t.Errorf("from epoch %d: %+v and %+v", first, a, b)
	}
}
