package primer

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The files that the repository ships, and where this package is in it.
const (
	modelPath   = "models/primer-mini.gguf"
	adapterPath = "models/per-loc-org.safetensors"
	packagePath = "bindings/go"
)

// The tests run at the top of the repository, which the paths of the conformance suite are relative to.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	failed := m.Run()
	// What only dead Go values point to is a leak of C's memory, which an address sanitizer then finds.
	runtime.GC()
	runtime.GC()
	os.Exit(failed)
}

// The model and its adapter are loaded once for all tests, which may not close them.
var (
	sharedModel = sync.OnceValue(func() *Model {
		options := NewModelOptions()
		options.Threads = 2
		return must(LoadModel(modelPath, options))
	})
	sharedAdapter = sync.OnceValue(func() *Adapter { return must(LoadAdapter(adapterPath, sharedModel())) })
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// people is a few sentences in which a person lives in a place.
func people(t testing.TB) *Dataset {
	t.Helper()
	var text strings.Builder
	for i := 0; i < 12; i++ {
		name := []string{"Ada", "Bob", "Zoe", "Max"}[i%4]
		place := []string{"Paris", "Rome", "Oslo"}[i%3]
		text.WriteString(name + " B-PER\nSmith I-PER\nlives O\nin O\n" + place + " O\n. O\n\n")
	}
	dataset := must(ReadDataset(strings.NewReader(text.String()), "people.conll", nil))
	t.Cleanup(func() { dataset.Close() })
	return dataset
}

// quick are options for a run of seconds or less, in which the head alone is trained, with what changes them.
func quick(change ...func(*AdaptOptions)) *AdaptOptions {
	options := NewAdaptOptions()
	options.Method = MethodHead
	options.Epochs = 3
	options.BatchSize = 4
	for _, change := range change {
		change(options)
	}
	return options
}

// fails checks that an error has a status and that its message contains all parts.
func fails(t testing.TB, err error, status Status, parts ...string) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) || !errors.Is(err, status) || failed.Status != status {
		t.Fatalf("%v instead of %v", err, status)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Fatalf("%q does not say %q", err, part)
		}
	}
	return failed
}

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestVersion(t *testing.T) {
	if LibraryABIVersion() < ABIVersion || !strings.HasPrefix(LibraryVersion(), "0.") {
		t.Error(LibraryABIVersion(), LibraryVersion())
	}
	if HasFeature("no such feature") || HasFeature("a\x00b") {
		t.Error("it has any feature")
	}
	for _, c := range []struct {
		header, library uint32
		fits            bool
	}{
		{1, 1, true}, {1, 2, true}, {2, 1, false}, {1, 1<<16 | 1, false}, {1<<16 | 1, 1, false}, {1 << 16, 1<<16 | 3, true},
	} {
		err := compatible(c.header, c.library)
		if c.fits != (err == nil) {
			t.Error(c, err)
		}
		if err != nil {
			fails(t, err, ErrMismatch, "interface")
		}
	}
}
