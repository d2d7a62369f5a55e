package primer

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A primed backbone is saved and loaded, tags by its starting point, and an adaptation starts from it.
func TestPrime(t *testing.T) {
	data, ctx, scratch := people(t), context.Background(), t.TempDir()
	options := primeQuickly()
	options.Steps = 4
	options.Name = "primed in Go"
	options.Log = filepath.Join(scratch, "log.jsonl")
	options.Dev = []Task{{"check", data}}
	options.Adaptation = NewAdaptOptions()
	options.Adaptation.Method = MethodLoRA
	options.Adaptation.LoRARank = 4
	var seen []PrimeProgress
	options.OnProgress = func(p PrimeProgress) error {
		seen = append(seen, p)
		return nil
	}
	primed, err := Prime(ctx, sharedModel(), []Task{{"a", data}, {"b", data}}, options)
	if err != nil {
		t.Fatal(err)
	}
	defer primed.Close()
	encoding := slices.IndexFunc(seen, func(p PrimeProgress) bool { return p.Stage != StageEncode })
	if encoding < 1 || seen[0].Total != data.Len() || seen[0].Done > seen[0].Total || seen[0].Steps != 4 {
		t.Errorf("before the first update: %d, %+v", encoding, seen[0])
	}
	seen = seen[encoding:]
	for i, p := range seen {
		if p.Stage != StageStep || p.Done != p.Step || p.Total != 4 || p.Step != i+1 || p.Steps != 4 || p.SupportLoss <= 0 || p.QueryLoss <= 0 || p.GradientNorm <= 0 || p.Seconds <= 0 ||
			p.SecondsLeft < 0 || p.DevF1 > 1 {
			t.Errorf("%+v", p)
		}
	}
	if lines := strings.Count(string(read(t, options.Log)), "\n"); len(seen) != 4 || lines != 4 {
		t.Error(len(seen), lines)
	}
	var report struct {
		Steps int
		Types []string
		DevF1 map[string]float64 `json:"dev_f1"`
	}
	if err := json.Unmarshal(must(primed.Report()), &report); err != nil || report.Steps != 4 || len(report.Types) != 1 ||
		len(report.DevF1) != 1 {
		t.Error(report, err)
	}

	path, start := filepath.Join(scratch, "primed.gguf"), filepath.Join(scratch, "start.safetensors")
	if err := primed.SaveModel(path, StorageF16, StorageF16, start); err != nil {
		t.Fatal(err)
	}
	fails(t, primed.SaveModel(filepath.Join(scratch, "x.gguf"), 99, StorageF32, ""), ErrInvalidArgument, "embedding")
	fails(t, primed.SaveModel("a\x00b", StorageF32, StorageF32, ""), ErrInvalidArgument, "NUL")
	model := must(LoadModel(path, nil))
	defer model.Close()
	if model.Name() != "primed in Go" {
		t.Error(model.Name())
	}
	adapter := must(LoadAdapter(start, model))
	defer adapter.Close()
	bound := must(primed.Adapter(model))
	defer bound.Close()
	if adapter.ParameterCount() != bound.ParameterCount() || adapter.Types()[0] != "PER" {
		t.Error(adapter.ParameterCount(), bound.ParameterCount())
	}
	_, err = LoadAdapter(start, sharedModel())
	fails(t, err, ErrMismatch)
	adapt := quick(func(o *AdaptOptions) { o.Method, o.Initial, o.Epochs = MethodInitial, adapter, 1 })
	must(Adapt(ctx, model, data, adapt)).Close()

	primed.Close()
	_, err = primed.Report()
	fails(t, err, ErrInvalidArgument, "closed")
	_, err = primed.Adapter(model)
	fails(t, err, ErrInvalidArgument, "closed")
	fails(t, primed.SaveModel(path, StorageF32, StorageF32, ""), ErrInvalidArgument, "closed")
}

// Types are found by their names alone on a model that carries a start; without it that is an error that says so.
func TestAdaptByName(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "started.gguf")
	options := NewAdaptOptions()
	options.Types = []string{"city", "musical instrument"}
	options.Start = StartChoiceFresh
	_, err := Adapt(ctx, sharedModel(), nil, options)
	fails(t, err, ErrInvalidArgument, "labelled sentences")
	options.Start = StartChoiceAuto

	priming := primeQuickly()
	priming.Algorithm, priming.Head, priming.Steps = AlgorithmMultiTask, EpisodeHeadMade, 1
	primed := must(Prime(ctx, sharedModel(), []Task{{"people", people(t)}}, priming))
	defer primed.Close()
	if err := primed.SaveModel(path, StorageQ4_0, StorageQ8_0, ""); err != nil {
		t.Fatal(err)
	}
	model := must(LoadModel(path, nil))
	defer model.Close()
	options.Descriptions = []string{"", "what music is played on"}
	adapter := must(Adapt(ctx, model, nil, options))
	defer adapter.Close()
	if types := adapter.Types(); !slices.Equal(types, options.Types) {
		t.Error(types)
	}
	options.Descriptions = []string{"one", "two", "three"}
	_, err = Adapt(ctx, model, nil, options)
	fails(t, err, ErrInvalidArgument, "descriptions")

	closed := people(t)
	closed.Close()
	_, err = Adapt(ctx, model, closed, options)
	fails(t, err, ErrInvalidArgument, "closed")
}

// A run that its function stops leaves a checkpoint, and goes on from it.
func TestPrimeCheckpoint(t *testing.T) {
	data, ctx := people(t), context.Background()
	options := primeQuickly()
	options.Checkpoint = filepath.Join(t.TempDir(), "run.checkpoint")
	first, stop := 0, errors.New("later")
	options.OnProgress = func(p PrimeProgress) error {
		if first = p.Step; first == 2 {
			return stop
		}
		return nil
	}
	_, err := Prime(ctx, sharedModel(), []Task{{"a", data}}, options)
	fails(t, err, ErrCancelled, "later")
	if _, err := os.Stat(options.Checkpoint); err != nil || first != 2 {
		t.Fatal(err, first)
	}
	first = 0
	options.OnProgress = func(p PrimeProgress) error {
		if first == 0 {
			first = p.Step
		}
		return nil
	}
	must(Prime(ctx, sharedModel(), []Task{{"a", data}}, options)).Close()
	if first != 3 {
		t.Error("it went on from update", first)
	}
}

func TestPrimeErrors(t *testing.T) {
	data, ctx := people(t), context.Background()
	for part, tasks := range map[string][]Task{
		"task":      nil,
		"same name": {{"same name", data}, {"same name", data}},
	} {
		_, err := Prime(ctx, sharedModel(), tasks, primeQuickly())
		fails(t, err, ErrInvalidArgument, part)
	}
	options := primeQuickly()
	options.Support = 100
	_, err := Prime(ctx, sharedModel(), []Task{{"few", data}}, options)
	fails(t, err, ErrData, "few")
	options = primeQuickly()
	options.Algorithm = 50
	_, err = Prime(ctx, sharedModel(), []Task{{"a", data}}, options)
	fails(t, err, ErrInvalidArgument, "algorithm")
	options = primeQuickly()
	options.Steps = -1
	_, err = Prime(ctx, sharedModel(), []Task{{"a", data}}, options)
	fails(t, err, ErrInvalidArgument, "Steps")
}
