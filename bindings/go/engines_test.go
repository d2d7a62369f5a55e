package primer

import (
	"bytes"
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// taggerWith makes a tagger for the shipped model, and closes it.
func taggerWith(change func(*TaggerOptions)) error {
	options := NewTaggerOptions()
	change(options)
	tagger, err := sharedModel().NewTaggerWithOptions(options)
	if err == nil {
		tagger.Close()
	}
	return err
}

// withoutONNX is the status of what needs the feature "onnx" where the library has it, or lacks it.
func withoutONNX(status Status) Status {
	if HasFeature("onnx") {
		return status
	}
	return ErrUnsupported
}

// Eight bits find the same entities, by other numbers.
func TestInt8(t *testing.T) {
	options := NewTaggerOptions()
	options.Precision = PrecisionInt8
	quick := must(sharedModel().NewTaggerWithOptions(options))
	defer quick.Close()
	exact := must(sharedModel().NewTaggerWithOptions(nil))
	defer exact.Close()
	text := "Angela Merkel wurde in Hamburg geboren."
	a, b := must(exact.Tag(sharedAdapter(), text)), must(quick.Tag(sharedAdapter(), text))
	if len(a.Entities) != 2 || len(b.Entities) != 2 || !reflect.DeepEqual(a.Words, b.Words) {
		t.Fatal(a, b)
	}
	apart := 0.0
	for i, e := range b.Entities {
		apart = max(apart, math.Abs(float64(e.Score-a.Entities[i].Score)))
		e.Score = a.Entities[i].Score
		if e != a.Entities[i] {
			t.Error(e, a.Entities[i])
		}
	}
	if apart == 0 || apart > 0.1 {
		t.Error("the scores are ", apart, " apart")
	}
	if quick.Types() != nil {
		t.Error(quick.Types())
	}
}

// A tagger scores as Evaluate does, on its own engine.
func TestEvaluateByTagger(t *testing.T) {
	ctx := context.Background()
	sentences := "Angela B-PER\nMerkel I-PER\n\nOslo B-LOC\nis O\na O\ncity O\n. O\n"
	data := must(ReadDataset(strings.NewReader(sentences), "check.conll", nil))
	defer data.Close()
	expected := must(Evaluate(ctx, sharedModel(), sharedAdapter(), data))
	for _, precision := range []Precision{PrecisionF32, PrecisionInt8} {
		options := NewTaggerOptions()
		options.Precision = precision
		tagger := must(sharedModel().NewTaggerWithOptions(options))
		scores, err := tagger.Evaluate(ctx, sharedAdapter(), data)
		if err != nil || scores.Micro.F1 != 1 || scores.Sentences != 2 || !reflect.DeepEqual(scores, expected) {
			t.Error(precision, scores, err)
		}
		tagger.Close()
	}
}

// Where ONNX Runtime is not where the options say, the error names the place, and EngineAuto goes on without.
func TestONNXRuntimeIsMissing(t *testing.T) {
	scratch := t.TempDir()
	path := filepath.Join(scratch, "libonnxruntime.so")
	options := NewTaggerOptions()
	options.Engine, options.ONNXRuntime = EngineONNX, path
	_, err := sharedModel().NewTaggerWithOptions(options)
	failed := fails(t, err, withoutONNX(ErrIO))
	if HasFeature("onnx") && (failed.File != path || !strings.Contains(failed.Message, path)) {
		t.Errorf("%+v", failed)
	}

	folder := filepath.Join(scratch, "model")
	writeSmallModel(t, folder, object{"id2label": object{"0": "O", "1": "B-PER", "2": "I-PER"}})
	_, err = LoadONNXTagger(folder, options)
	failed = fails(t, err, withoutONNX(ErrIO))
	if HasFeature("onnx") && !strings.Contains(failed.Message, "model.onnx") {
		t.Errorf("%+v", failed)
	}
	write(t, filepath.Join(folder, "model.onnx"), "nonsense")
	_, err = LoadONNXTagger(folder, options)
	failed = fails(t, err, withoutONNX(ErrIO))
	if HasFeature("onnx") && !strings.Contains(failed.Message, path) {
		t.Errorf("%+v", failed)
	}

	options.Engine = EngineAuto
	tagger := must(sharedModel().NewTaggerWithOptions(options))
	defer tagger.Close()
	if result := must(tagger.Tag(sharedAdapter(), "Angela Merkel")); len(result.Entities) != 1 {
		t.Error(result)
	}
}

// smallAdapter is an adapter of the small model that is sure of what it says. Its ONNX file is small, too.
func smallAdapter(t *testing.T, folder string) (*Model, *Adapter) {
	t.Helper()
	writeSmallModel(t, folder, nil)
	model := must(LoadModel(folder, nil))
	t.Cleanup(func() { model.Close() })
	adapter := must(Adapt(context.Background(), model, people(t), quick(func(o *AdaptOptions) {
		o.Method, o.Epochs = MethodFull, 40
		o.LearningRate, o.HeadLearningRate = 1e-2, 1e-2
	})))
	t.Cleanup(func() { adapter.Close() })
	return model, adapter
}

func TestSaveONNX(t *testing.T) {
	scratch := t.TempDir()
	_, adapter := smallAdapter(t, filepath.Join(scratch, "model"))
	path := filepath.Join(scratch, "tagger.onnx")
	if !HasFeature("onnx") {
		fails(t, adapter.SaveONNX(path), ErrUnsupported, "onnx")
		return
	}
	if err := adapter.SaveONNX(path); err != nil {
		t.Fatal(err)
	}
	data := must(adapter.ONNX())
	if !bytes.Equal(data, read(t, path)) || !bytes.Contains(data, []byte("attention_mask")) {
		t.Error(len(data), "bytes")
	}
	// A file that is there stays where another cannot be written.
	missing := filepath.Join(scratch, "none", "tagger.onnx")
	if failed := fails(t, adapter.SaveONNX(missing), ErrIO); failed.File != missing {
		t.Errorf("%+v", failed)
	}
}

// What is tagged by ONNX Runtime itself. A process loads one, which the other tests must not find loaded: the test runs in
// a process of its own.
func TestONNXRuntime(t *testing.T) {
	long(t)
	if os.Getenv("PRIMER_ONNXRUNTIME") == "" {
		skip(t, "PRIMER_ONNXRUNTIME names no library of ONNX Runtime (make onnxruntime)")
	}
	if os.Getenv("PRIMER_TEST_ALONE") == "" {
		again := exec.Command(must(os.Executable()), "-test.run=^TestONNXRuntime$", "-test.v")
		again.Dir = packagePath
		again.Env = append(os.Environ(), "PRIMER_TEST_ALONE=1")
		if said := output(t, again); !strings.Contains(said, "--- PASS: TestONNXRuntime") {
			t.Error(said)
		}
		return
	}
	ctx, folder := context.Background(), filepath.Join(t.TempDir(), "model")
	model, adapter := smallAdapter(t, folder)
	native := must(model.NewTagger())
	defer native.Close()
	options := NewTaggerOptions()
	options.Engine, options.Providers = EngineONNX, []string{"cpu"}
	tagger := must(model.NewTaggerWithOptions(options))
	defer tagger.Close()
	text := "Ada Smith lives in Paris."
	expected := must(native.Tag(adapter, text))
	if len(expected.Entities) != 1 || expected.Entities[0].Score < 0.9 {
		t.Fatal(expected)
	}
	sameResult(t, expected, must(tagger.Tag(adapter, text)))

	options.Providers = []string{"abacus"}
	_, err := model.NewTaggerWithOptions(options)
	fails(t, err, ErrInvalidArgument, "abacus")
	options.Providers, options.Precision = nil, PrecisionInt8
	_, err = model.NewTaggerWithOptions(options)
	fails(t, err, ErrUnsupported, "8 bits")

	// The same model as somebody else's, with labels of its own.
	writeSmallModel(t, folder, object{"id2label": object{"0": "O", "1": "B-PER", "2": "I-PER"}})
	if err := adapter.SaveONNX(filepath.Join(folder, "model.onnx")); err != nil {
		t.Fatal(err)
	}
	labelled := must(LoadONNXTagger(folder, nil))
	defer labelled.Close()
	if !reflect.DeepEqual(labelled.Types(), []string{"PER"}) {
		t.Error(labelled.Types())
	}
	sameResult(t, expected, must(labelled.Tag(nil, text)))
	sameResult(t, must(native.TagWords(adapter, []string{"Ada"})), must(labelled.TagWords(nil, []string{"Ada"})))
	for _, result := range must(labelled.TagBatch(ctx, []Input{{Text: text}, {Text: text}})) {
		sameResult(t, expected, result)
	}
	_, err = labelled.Tag(adapter, text)
	fails(t, err, ErrInvalidArgument, "adapter")
	a, b := must(labelled.Evaluate(ctx, nil, people(t))), must(native.Evaluate(ctx, adapter, people(t)))
	if a.Sentences != 12 || a.Micro != b.Micro {
		t.Error(a, b)
	}
	labelled.Close()
	_, err = labelled.Tag(nil, text)
	fails(t, err, ErrInvalidArgument, "closed")
	if labelled.Types() != nil {
		t.Error(labelled.Types())
	}
}

// Damage among the weights is found on loading, unless the program does not want to wait for it.
func TestVerify(t *testing.T) {
	data := read(t, modelPath)
	data[len(data)-100] ^= 1
	path := filepath.Join(t.TempDir(), "damaged.gguf")
	write(t, path, string(data))
	_, err := LoadModel(path, nil)
	fails(t, err, ErrFormat, "damaged")
	options := NewModelOptions()
	options.Verify = false
	model, err := LoadModel(path, options)
	if err != nil {
		t.Fatal(err)
	}
	model.Close()
}
