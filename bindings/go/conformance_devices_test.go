package primer

import (
	"context"
	"strings"
	"testing"
)

// without says whether no feature is there that the case needs to be absent.
func without(t *testing.T, needs []string) bool {
	t.Helper()
	for _, need := range needs {
		feature, absent := strings.CutPrefix(need, "without_")
		if !absent && need != "raw_enum" && need != "abi" {
			t.Fatal("an unknown need: ", need)
		}
		if absent && HasFeature(feature) {
			return false
		}
	}
	return true
}

func TestConformanceDevices(t *testing.T) {
	var suite struct {
		Model, Adapter string
		Loads          []struct {
			Name, Device string
			Needs        []string
			Options      map[string]any
		}
		Texts []struct {
			Name, Text string
			Entities   []suiteEntity
		}
		Train    suiteBytes
		FileName string `json:"file_name"`
		Refusals []struct {
			Name, Call, Status string
			Needs, Message     []string
			Options            map[string]any
		}
	}
	readSuite(t, "devices.json", &suite)
	if suite.Model != modelPath || suite.Adapter != adapterPath || len(suite.Loads) == 0 || len(suite.Texts) == 0 ||
		len(suite.Refusals) == 0 {
		t.Fatal(suite.Model, suite.Adapter)
	}
	modelOptions := func(t *testing.T, written map[string]any) *ModelOptions {
		t.Helper()
		options := NewModelOptions()
		if !setOptions(t, "primer_model_options", options, written) {
			t.Fatal("the options cannot be written")
		}
		return options
	}
	for _, c := range suite.Loads {
		t.Run(c.Name, func(t *testing.T) {
			if !without(t, c.Needs) {
				inapplicable(t, "the library has a feature that must be absent")
			}
			model := must(LoadModel(suite.Model, modelOptions(t, c.Options)))
			defer model.Close()
			if model.Device() == DeviceAuto || model.DeviceNumber() != 0 ||
				c.Device != "" && model.Device() != Device(constant(t, c.Device)) {
				t.Error(model.Device(), model.DeviceNumber())
			}
			adapter := must(LoadAdapter(suite.Adapter, model))
			defer adapter.Close()
			tagger := must(model.NewTagger())
			defer tagger.Close()
			for _, text := range suite.Texts {
				result, err := tagger.Tag(adapter, text.Text)
				if err != nil {
					t.Fatal(text.Name, err)
				}
				sameEntities(t, text.Text, adapter, result.Entities, text.Entities)
			}
		})
	}
	ctx := context.Background()
	train := must(DatasetFromBytes(suite.Train.read(t), suite.FileName, nil))
	defer train.Close()
	for _, c := range suite.Refusals {
		t.Run(c.Name, func(t *testing.T) {
			if !without(t, c.Needs) {
				inapplicable(t, "the library has a feature that must be absent")
			}
			var err error
			switch c.Call {
			case "model_load":
				_, err = LoadModel(suite.Model, modelOptions(t, c.Options))
			case "tagger_new":
				_, err = sharedModel().NewTaggerWithOptions(taggerOptions(t, c.Options))
			case "adapt":
				options := NewAdaptOptions()
				if !setOptions(t, "primer_adapt_options", options, c.Options) {
					t.Fatal("the options cannot be written")
				}
				_, err = Adapt(ctx, sharedModel(), train, options)
			default:
				t.Fatal("there is no call ", c.Call)
			}
			if failed := fails(t, err, Status(constant(t, c.Status)), c.Message...); failed.File != "" {
				t.Errorf("%+v", failed)
			}
		})
	}
}

// Priming has the precisions of adaptation.
func TestPrimingPrecision(t *testing.T) {
	data := people(t)
	for precision, status := range map[Precision]Status{PrecisionBF16: ErrUnsupported, 9: ErrInvalidArgument} {
		options := NewPrimeOptions()
		options.Support, options.Query, options.Steps, options.Precision = 4, 4, 1, precision
		_, err := Prime(context.Background(), sharedModel(), []Task{{Name: "one", Data: data}}, options)
		fails(t, err, status)
	}
}
