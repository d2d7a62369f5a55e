package primer

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// The suite in tests/conformance, whose README.md explains the files: what every language must do alike.

// readSuite reads a file of the suite. What it does not know fails.
func readSuite(t *testing.T, name string, suite any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(read(t, "tests/conformance", name)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(suite); err != nil {
		t.Fatal(name, err)
	}
}

// suiteBytes are bytes that need not be text.
type suiteBytes struct {
	Text, Hex, File *string
	Size            *int
	Changes         [][2]any
}

func (b *suiteBytes) read(t *testing.T) []byte {
	t.Helper()
	var data []byte
	switch {
	case b.Text != nil:
		data = []byte(*b.Text)
	case b.Hex != nil:
		data = must(hex.DecodeString(*b.Hex))
	case b.File != nil:
		data = read(t, *b.File)
	default:
		t.Fatal("bytes of no kind")
	}
	if b.Size != nil && *b.Size < len(data) {
		data = data[:*b.Size]
	}
	for _, change := range b.Changes {
		copy(data[int(change[0].(float64)):], must(hex.DecodeString(change[1].(string))))
	}
	return data
}

// constant gives the value of a constant's name, of a list of names that are added up, or of a number.
func constant(t *testing.T, written any) int64 {
	t.Helper()
	switch written := written.(type) {
	case string:
		value, known := constants[written]
		if !known {
			t.Fatal("there is no constant", written)
		}
		return int64(value)
	case []any:
		sum := int64(0)
		for _, name := range written {
			sum |= constant(t, name)
		}
		return sum
	case float64:
		return int64(written)
	}
	t.Fatalf("%v is no constant", written)
	return 0
}

// setOptions sets fields by the names of C's. It is false where Go has no way to say it: a flag that is neither 0 nor 1.
func setOptions(t *testing.T, structName string, options any, written map[string]any) bool {
	t.Helper()
	for name, value := range written {
		field := reflect.ValueOf(options).Elem().FieldByName(goField(structName, name))
		if !field.IsValid() {
			t.Fatal("there is no option ", name)
		}
		switch field.Kind() {
		case reflect.Bool:
			if value != 0.0 && value != 1.0 {
				return false
			}
			field.SetBool(value == 1.0)
		case reflect.Float64:
			field.SetFloat(value.(float64))
		case reflect.String:
			field.SetString(value.(string))
		case reflect.Slice:
			data := must(json.Marshal(value))
			if err := json.Unmarshal(data, field.Addr().Interface()); err != nil {
				t.Fatal(name, err)
			}
		case reflect.Uint32, reflect.Uint64:
			field.SetUint(uint64(constant(t, value)))
		default:
			field.SetInt(constant(t, value))
		}
	}
	return true
}

func dataOptions(t *testing.T, written map[string]any) (*DatasetOptions, bool) {
	t.Helper()
	options := NewDatasetOptions()
	return options, setOptions(t, "primer_dataset_options", options, written)
}

// The initial values of all options.
func TestConformanceOptions(t *testing.T) {
	made := map[string]any{
		"primer_model_options":   NewModelOptions(),
		"primer_tagger_options":  NewTaggerOptions(),
		"primer_dataset_options": NewDatasetOptions(),
		"primer_adapt_options":   NewAdaptOptions(),
		"primer_prime_options":   NewPrimeOptions(),
	}
	suite := map[string]map[string]any{}
	readSuite(t, "options.json", &suite)
	if len(suite) != len(made) {
		t.Error(len(suite), "structs")
	}
	for structName, fields := range suite {
		value := reflect.ValueOf(made[structName]).Elem()
		for name, expected := range fields {
			if goField(structName, name) == "" {
				continue
			}
			field := value.FieldByName(goField(structName, name))
			var same bool
			switch {
			case expected == nil:
				same = field.IsZero()
			case field.Kind() == reflect.Bool:
				same = field.Bool() == (constant(t, expected) == 1)
			case field.CanFloat():
				same = field.Float() == expected.(float64)
			case field.Kind() == reflect.String:
				same = field.String() == expected.(string)
			case field.CanUint():
				same = field.Uint() == uint64(constant(t, expected))
			default:
				same = field.Int() == constant(t, expected)
			}
			if !same {
				t.Errorf("%s.%s is %v and not %v", structName, name, field, expected)
			}
		}
	}
}

func TestConformanceOffsets(t *testing.T) {
	var suite struct {
		Cases []struct {
			Name, Text, From, To, Status string
			Positions, Result            []int
			Message                      []string
		}
	}
	readSuite(t, "offsets.json", &suite)
	for _, c := range suite.Cases {
		t.Run(c.Name, func(t *testing.T) {
			from, to := Unit(constant(t, c.From)), Unit(constant(t, c.To))
			result, err := ConvertOffsets(c.Text, from, to, c.Positions)
			if c.Status != "" {
				fails(t, err, Status(constant(t, c.Status)), c.Message...)
			} else if err != nil || fmt.Sprint(result) != fmt.Sprint(c.Result) {
				t.Errorf("%v, %v instead of %v", result, err, c.Result)
			}
		})
	}
	if len(suite.Cases) == 0 {
		t.Error("no cases")
	}
}

func TestConformanceDatasets(t *testing.T) {
	var suite struct {
		Cases []struct {
			Name                string
			Data                suiteBytes
			FileName            string `json:"file_name"`
			Options             map[string]any
			Sentences, Entities int
			Scheme              string
			Types               []string
			DatasetName         string      `json:"dataset_name"`
			CutSpanCount        int         `json:"cut_span_count"`
			CutSpans            [][3]string `json:"cut_spans"`
			Notes               []string
			Shots               *struct {
				Count    int
				Seed     uint64
				Indices  []int
				Entities int
			}
		}
	}
	readSuite(t, "datasets.json", &suite)
	for _, c := range suite.Cases {
		t.Run(c.Name, func(t *testing.T) {
			options, possible := dataOptions(t, c.Options)
			if !possible {
				t.Fatal("the options cannot be written")
			}
			data, err := ReadDataset(bytes.NewReader(c.Data.read(t)), c.FileName, options)
			if err != nil {
				t.Fatal(err)
			}
			defer data.Close()
			if data.Len() != c.Sentences || data.EntityCount() != c.Entities || data.Name() != c.DatasetName ||
				data.Scheme() != Scheme(constant(t, c.Scheme)) || fmt.Sprint(data.Types()) != fmt.Sprint(c.Types) {
				t.Error(data.Len(), data.EntityCount(), data.Name(), data.Scheme(), data.Types())
			}
			var cut [][3]string
			for _, s := range data.CutSpans() {
				cut = append(cut, [3]string{fmt.Sprint(s.Line), s.Text, s.Word})
			}
			if data.CutSpanCount() != c.CutSpanCount || !reflect.DeepEqual(cut, c.CutSpans) ||
				fmt.Sprint(data.Notes()) != fmt.Sprint(c.Notes) {
				t.Error(data.CutSpanCount(), cut, data.Notes())
			}
			if c.Shots == nil {
				return
			}
			shots, indices, err := data.Shots(c.Shots.Count, c.Shots.Seed)
			if err != nil {
				t.Fatal(err)
			}
			defer shots.Close()
			same := must(data.Select(indices...))
			defer same.Close()
			if !reflect.DeepEqual(indices, c.Shots.Indices) || shots.Len() != c.Shots.Count ||
				shots.EntityCount() != c.Shots.Entities || same.EntityCount() != c.Shots.Entities {
				t.Error(indices, shots.Len(), shots.EntityCount())
			}
		})
	}
	if len(suite.Cases) == 0 {
		t.Error("no cases")
	}
}
