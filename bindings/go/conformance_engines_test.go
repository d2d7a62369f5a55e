package primer

import (
	"context"
	"math"
	"strings"
	"testing"
)

// refusal is a tagger that cannot be made, or does not tag.
type refusal struct {
	Name, Call string
	Needs      []string
	Path, Text string
	Options    map[string]any

	Status  string
	Message []string
	File    string
}

func (r *refusal) call(t *testing.T) error {
	t.Helper()
	options := taggerOptions(t, r.Options)
	switch r.Call {
	case "tagger_new":
		if r.Options["onnxruntime"] == "" {
			inapplicable(t, "an empty string stands for none in Go")
		}
		_, err := sharedModel().NewTaggerWithOptions(options)
		return err
	case "tagger_load_onnx":
		_, err := LoadONNXTagger(r.Path, options)
		return err
	case "tag_text":
		tagger := must(sharedModel().NewTaggerWithOptions(options))
		defer tagger.Close()
		_, err := tagger.Tag(nil, r.Text)
		return err
	}
	t.Fatal("there is no call ", r.Call)
	return nil
}

func taggerOptions(t *testing.T, written map[string]any) *TaggerOptions {
	t.Helper()
	options := NewTaggerOptions()
	if !setOptions(t, "primer_tagger_options", options, written) {
		t.Fatal("the options cannot be written")
	}
	return options
}

func TestConformanceEngines(t *testing.T) {
	var suite struct {
		Model, Adapter string
		Taggers        []map[string]any
		Texts          []struct {
			Name, Text string
			Entities   []suiteEntity
		}
		Sentences []struct {
			Name     string
			Words    []string
			Entities []suiteEntity
		}
		Evaluate struct {
			Data               suiteBytes
			FileName           string `json:"file_name"`
			F1                 float64
			Sentences, Support int
		}
		Refusals []refusal
	}
	readSuite(t, "engines.json", &suite)
	if suite.Model != modelPath || suite.Adapter != adapterPath || len(suite.Taggers) == 0 || len(suite.Texts) == 0 ||
		len(suite.Sentences) == 0 || len(suite.Refusals) == 0 {
		t.Fatal(suite.Model, suite.Adapter)
	}
	ctx, adapter := context.Background(), sharedAdapter()
	for _, written := range suite.Taggers {
		tagger := must(sharedModel().NewTaggerWithOptions(taggerOptions(t, written)))
		defer tagger.Close()
		for _, c := range suite.Texts {
			t.Run(c.Name, func(t *testing.T) {
				result, err := tagger.Tag(adapter, c.Text)
				if err != nil {
					t.Fatal(err)
				}
				sameEntities(t, c.Text, adapter, result.Entities, c.Entities)
			})
		}
		for _, c := range suite.Sentences {
			t.Run("words: "+c.Name, func(t *testing.T) {
				result, err := tagger.TagWords(adapter, c.Words)
				if err != nil {
					t.Fatal(err)
				}
				sameEntities(t, strings.Join(c.Words, " "), adapter, result.Entities, c.Entities)
			})
		}
		data := must(DatasetFromBytes(suite.Evaluate.Data.read(t), suite.Evaluate.FileName, nil))
		defer data.Close()
		scores, err := tagger.Evaluate(ctx, adapter, data)
		if err != nil || math.Abs(scores.Micro.F1-suite.Evaluate.F1) > 0.1 ||
			scores.Sentences != suite.Evaluate.Sentences || scores.Micro.Support != suite.Evaluate.Support {
			t.Errorf("%+v, %v", scores, err)
		}
	}
	for _, c := range suite.Refusals {
		t.Run(c.Name, func(t *testing.T) {
			onnx := false
			for _, need := range c.Needs {
				onnx = onnx || need == "onnx"
			}
			err := c.call(t)
			if onnx && !HasFeature("onnx") {
				fails(t, err, ErrUnsupported)
				return
			}
			if failed := fails(t, err, Status(constant(t, c.Status)), c.Message...); failed.File != c.File {
				t.Errorf("%+v", failed)
			}
		})
	}
}
