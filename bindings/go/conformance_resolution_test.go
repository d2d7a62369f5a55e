package primer

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"
)

// The tensors of an adapter's file: what stands behind the header, which tells times.
func tensors(t *testing.T, adapter *Adapter) []byte {
	t.Helper()
	defer adapter.Close()
	file := must(adapter.Bytes())
	return file[8+binary.LittleEndian.Uint64(file):]
}

// Options that leave something open train the adapter of those that say all of it, to the bit.
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
	for _, c := range suite.Cases {
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
			if !bytes.Equal(trained(c.Options), trained(c.Resolved)) {
				t.Error("other numbers")
			}
		})
	}
}
