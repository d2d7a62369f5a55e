package primer

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"testing"
)

// The tensors of an adapter's file: what stands behind the header, which tells times.
func tensors(t *testing.T, adapter *Adapter) []byte {
	t.Helper()
	defer adapter.Close()
	file := must(adapter.Bytes())
	return file[8+binary.LittleEndian.Uint64(file):]
}

// The tensors that the suite in Rust has recorded for a case; nil where its record is older than the library.
func tensorsOfRust(t *testing.T, number int) []byte {
	t.Helper()
	path := fmt.Sprintf("target/tmp/resolution/%d.tensors", number)
	record, err := os.Stat(path)
	if err != nil {
		return nil
	}
	library, err := os.Stat("target/release/libprimer.so")
	if err != nil || record.ModTime().Before(library.ModTime()) {
		return nil
	}
	return must(os.ReadFile(path))
}

// Options that leave something open train the adapter of those that say all of it, to the bit, and the one
// that Rust trains of them.
func TestConformanceResolution(t *testing.T) {
	var suite struct {
		Model, Train string
		Cases        []struct {
			Name              string
			Options, Resolved map[string]any
		}
	}
	readSuite(t, "resolution.json", &suite)
	if suite.Model != modelPath || len(suite.Cases) < 6 {
		t.Fatal(suite.Model, len(suite.Cases))
	}
	train := must(LoadDataset(suite.Train, nil))
	defer train.Close()
	for number, c := range suite.Cases {
		t.Run(c.Name, func(t *testing.T) {
			trained := func(given map[string]any) []byte {
				options := NewAdaptOptions()
				if !setOptions(t, "primer_adapt_options", options, given) {
					t.Fatal("the options cannot be written")
				}
				adapter, err := Adapt(context.Background(), sharedModel(), train, options)
				if err != nil {
					t.Fatal(err)
				}
				return tensors(t, adapter)
			}
			given := trained(c.Options)
			if !bytes.Equal(given, trained(c.Resolved)) {
				t.Error("other numbers")
			}
			switch known := tensorsOfRust(t, number); {
			case known == nil:
				t.Log("not compared with Rust's: its suite has not run with this library")
			case !bytes.Equal(given, known):
				t.Error("other numbers than Rust's")
			}
		})
	}
}
