package primer

import (
	"context"
	"strings"
	"testing"
)

type errorCase struct {
	Name, Call     string
	Needs          []string
	Path           string
	Data           *suiteBytes
	FileName       string `json:"file_name"`
	Text           *suiteBytes
	Words          []*suiteBytes
	Method         string
	Format, Scheme any
	Types          []string
	Count          int
	Seed           uint64
	Indices        []int
	Options        map[string]any
	Initial        string

	Status  string
	Message []string
	File    string
	Line    *int64
	Byte    *int64
	Tensor  string
}

// call makes the call, which must fail. It skips the test where Go has no way to say it.
func (c *errorCase) call(t *testing.T, scratch string, tagger *Tagger) error {
	t.Helper()
	path := strings.Replace(c.Path, "{scratch}", scratch, 1)
	possible := func(can bool) {
		t.Helper()
		if !can {
			inapplicable(t, "Go's types do not allow it")
		}
	}
	dataset := func(written map[string]any) (*Dataset, error) {
		t.Helper()
		options, can := dataOptions(t, written)
		possible(can)
		return DatasetFromBytes(c.Data.read(t), c.FileName, options)
	}
	modelOptions := NewModelOptions()
	switch c.Call {
	case "model_load":
		possible(setOptions(t, "primer_model_options", modelOptions, c.Options))
		_, err := LoadModel(path, modelOptions)
		return err
	case "model_from_memory":
		possible(setOptions(t, "primer_model_options", modelOptions, c.Options))
		_, err := ModelFromBytes(c.Data.read(t), modelOptions)
		return err
	case "dataset_load":
		options, can := dataOptions(t, c.Options)
		possible(can)
		_, err := LoadDataset(path, options)
		return err
	case "dataset_from_memory":
		_, err := dataset(c.Options)
		return err
	case "dataset_shots":
		_, _, err := must(dataset(c.Options)).Shots(c.Count, c.Seed)
		return err
	case "dataset_select":
		_, err := must(dataset(c.Options)).Select(c.Indices...)
		return err
	case "adapter_load":
		_, err := LoadAdapter(path, sharedModel())
		return err
	case "adapter_from_memory":
		_, err := AdapterFromBytes(c.Data.read(t), sharedModel())
		return err
	case "adapter_save":
		return sharedAdapter().Save(path)
	case "adapter_import":
		scheme := SchemeAuto
		if c.Scheme != nil {
			scheme = Scheme(constant(t, c.Scheme))
		}
		_, err := ImportAdapter(path, sharedModel(), scheme, c.Types...)
		return err
	case "adapter_export":
		return sharedAdapter().Export(FolderFormat(constant(t, c.Format)), path)
	case "method_by_name":
		_, err := MethodByName(c.Method)
		return err
	case "tag_text":
		_, err := tagger.Tag(sharedAdapter(), string(c.Text.read(t)))
		return err
	case "tag_words":
		var words []string
		for _, word := range c.Words {
			words = append(words, string(word.read(t)))
		}
		_, err := tagger.TagWords(sharedAdapter(), words)
		return err
	case "evaluate":
		data := must(dataset(c.Options))
		_, err := Evaluate(context.Background(), sharedModel(), sharedAdapter(), data)
		return err
	case "adapt":
		options := NewAdaptOptions()
		possible(setOptions(t, "primer_adapt_options", options, c.Options))
		if c.Initial != "" {
			options.Initial = must(LoadAdapter(c.Initial, sharedModel()))
		}
		_, err := Adapt(context.Background(), sharedModel(), must(dataset(nil)), options)
		return err
	}
	t.Fatal("there is no call ", c.Call)
	return nil
}

func TestConformanceErrors(t *testing.T) {
	var suite struct {
		Model, Adapter string
		Cases          []errorCase
	}
	readSuite(t, "errors.json", &suite)
	if suite.Model != modelPath || suite.Adapter != adapterPath || len(suite.Cases) == 0 {
		t.Fatal(suite.Model, suite.Adapter)
	}
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	scratch := t.TempDir()
	skipped := 0
	for _, c := range suite.Cases {
		t.Run(c.Name, func(t *testing.T) {
			defer func() {
				if t.Skipped() {
					skipped++
				}
			}()
			failed := fails(t, c.call(t, scratch, tagger), Status(constant(t, c.Status)))
			for _, part := range c.Message {
				if !strings.Contains(failed.Message, part) {
					t.Errorf("%q does not say %q", failed.Message, part)
				}
			}
			place := func(number *int64) int64 {
				if number == nil {
					return -1
				}
				return *number
			}
			if strings.Replace(failed.File, scratch, "{scratch}", 1) != c.File || failed.Line != place(c.Line) ||
				failed.Byte != place(c.Byte) || failed.Tensor != c.Tensor {
				t.Errorf("%+v", failed)
			}
		})
	}
	// A flag that is 2 is the only thing that Go cannot say.
	if skipped > 1 {
		t.Error(skipped, "cases were skipped")
	}
}
