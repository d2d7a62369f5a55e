package primer

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"
)

// distinct sets every exported field to a value that no other has and that is not the initial one.
func distinct(t *testing.T, options any) {
	t.Helper()
	value := reflect.ValueOf(options).Elem()
	for i := 0; i < value.NumField(); i++ {
		field := value.Field(i)
		switch {
		case !value.Type().Field(i).IsExported():
		case field.Kind() == reflect.Bool:
			field.SetBool(!field.Bool())
		case field.CanInt():
			field.SetInt(int64(1000 + i))
		case field.CanUint():
			field.SetUint(uint64(1000 + i))
		case field.CanFloat():
			field.SetFloat(1000.5 + float64(i))
		case field.Type() == reflect.TypeOf([]string{}):
			field.Set(reflect.ValueOf([]string{value.Type().Field(i).Name, "", "a\x00ü"}))
		}
		switch value.Type().Field(i).Name {
		case "Providers": // texts that end with NUL
			field.Set(reflect.ValueOf([]string{"cuda", "", "cpü"}))
		case "ONNXRuntime":
			field.SetString("/a/päth.so")
		case "Layers":
			field.Set(reflect.ValueOf([]int{7, 0, math.MaxUint32}))
		case "Name":
			field.SetString("a name\x00 of bytes")
		}
	}
}

// What is written into C's structs is what was set, field by field.
func TestOptionsReachTheLibrary(t *testing.T) {
	var memory memory
	defer memory.free()
	same := func(options, back any, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(options, back) {
			t.Errorf("%+v\nbecame\n%+v\n%v", options, back, err)
		}
	}
	model := NewModelOptions()
	distinct(t, model)
	m, err := model.lend(&memory)
	same(model, modelOptionsOf(m), err)

	tagger := NewTaggerOptions()
	distinct(t, tagger)
	g, err := tagger.lend(&memory)
	same(tagger, taggerOptionsOf(g), err)

	dataset := NewDatasetOptions()
	distinct(t, dataset)
	d, err := dataset.lend(&memory)
	same(dataset, datasetOptionsOf(d), err)

	adapt := NewAdaptOptions()
	distinct(t, adapt)
	a, err := adapt.lend(&memory)
	same(adapt, adaptOptionsOf(a), err)

	prime := NewPrimeOptions()
	distinct(t, prime)
	prime.Adaptation = adapt
	p, err := prime.lend(&memory)
	same(prime, primeOptionsOf(p), err)

	for _, options := range []any{model, tagger, dataset, adapt, prime} {
		value := reflect.ValueOf(options).Elem()
		for i := 0; i < value.NumField(); i++ {
			field := value.Type().Field(i)
			switch field.Name {
			case "AdaptRun", "PrimeRun": // are arguments in C
			default:
				if value.Field(i).IsZero() && field.Type.Kind() != reflect.Bool {
					t.Errorf("%T.%s was not tried", options, field.Name)
				}
			}
		}
	}
}

// Zeros that nobody chose are refused: a literal could not be told from options without decay, patience and so on.
func TestOptionsMustBeMade(t *testing.T) {
	ctx, data := context.Background(), people(t)
	_, err := LoadModel(modelPath, &ModelOptions{Threads: 1})
	fails(t, err, ErrInvalidArgument, "ModelOptions must be made with NewModelOptions")
	_, err = ModelFromBytes(nil, &ModelOptions{})
	fails(t, err, ErrInvalidArgument, "NewModelOptions")
	_, err = sharedModel().NewTaggerWithOptions(&TaggerOptions{Precision: PrecisionInt8})
	fails(t, err, ErrInvalidArgument, "NewTaggerOptions")
	_, err = LoadONNXTagger("x", &TaggerOptions{})
	fails(t, err, ErrInvalidArgument, "NewTaggerOptions")
	_, err = LoadDataset("x", &DatasetOptions{})
	fails(t, err, ErrInvalidArgument, "NewDatasetOptions")
	_, err = ReadDataset(strings.NewReader("x"), "x", &DatasetOptions{})
	fails(t, err, ErrInvalidArgument, "NewDatasetOptions")
	_, err = Adapt(ctx, sharedModel(), data, &AdaptOptions{Epochs: 1})
	fails(t, err, ErrInvalidArgument, "NewAdaptOptions")
	_, err = Prime(ctx, sharedModel(), nil, &PrimeOptions{})
	fails(t, err, ErrInvalidArgument, "NewPrimeOptions")
	options := NewPrimeOptions()
	options.Adaptation = &AdaptOptions{}
	_, err = Prime(ctx, sharedModel(), nil, options)
	fails(t, err, ErrInvalidArgument, "NewAdaptOptions")
}

// Go's int is wider than the library's numbers: what does not fit is refused and not cut.
func TestNumbersThatDoNotFit(t *testing.T) {
	ctx, data := context.Background(), people(t)
	for _, epochs := range []int{-1, math.MaxUint32 + 1} {
		_, err := Adapt(ctx, sharedModel(), data, quick(func(o *AdaptOptions) { o.Epochs = epochs }))
		fails(t, err, ErrInvalidArgument, "Epochs cannot be")
	}
	_, err := Adapt(ctx, sharedModel(), data, quick(func(o *AdaptOptions) { o.Layers = []int{-3} }))
	fails(t, err, ErrInvalidArgument, "Layers cannot be -3")
	gpu := NewModelOptions()
	gpu.DeviceNumber = -1
	_, err = LoadModel(modelPath, gpu)
	fails(t, err, ErrInvalidArgument, "DeviceNumber cannot be -1")
	threads := NewTaggerOptions()
	threads.Threads = -1
	_, err = LoadONNXTagger("x", threads)
	fails(t, err, ErrInvalidArgument, "Threads cannot be -1")
	columns := NewDatasetOptions()
	columns.TagColumn = math.MinInt32 - 1
	_, err = LoadDataset("x", columns)
	fails(t, err, ErrInvalidArgument, "TagColumn cannot be")
	_, err = data.Select(0, -1)
	fails(t, err, ErrInvalidArgument)
	for _, count := range []int{-1, 0, 13, math.MaxInt} {
		_, _, err = data.Shots(count, 1)
		fails(t, err, ErrInvalidArgument)
	}
	_, err = ConvertOffsets("text", UnitByte, UnitUTF16, []int{-1})
	fails(t, err, ErrInvalidArgument)
}

// What the library refuses by itself comes through: enumerations out of range, among others.
func TestWrongOptionsAreRefused(t *testing.T) {
	ctx, data := context.Background(), people(t)
	for part, change := range map[string]func(*AdaptOptions){
		"method":     func(o *AdaptOptions) { o.Method = 99 },
		"scheme":     func(o *AdaptOptions) { o.Scheme = -7 },
		"lora_sites": func(o *AdaptOptions) { o.Method, o.LoRASites = MethodLoRA, 1<<30 },
		"batch_size": func(o *AdaptOptions) { o.BatchSize = 0 },
		"precision":  func(o *AdaptOptions) { o.Precision = 9 },
		"initial":    func(o *AdaptOptions) { o.Method = MethodInitial },
		"layers":     func(o *AdaptOptions) { o.Method, o.Layers = MethodLoRA, []int{1000} },
	} {
		_, err := Adapt(ctx, sharedModel(), data, quick(change))
		fails(t, err, ErrInvalidArgument, part)
	}
	for part, change := range map[string]func(*TaggerOptions){
		"engine":    func(o *TaggerOptions) { o.Engine = 99 },
		"precision": func(o *TaggerOptions) { o.Precision = -1 },
	} {
		options := NewTaggerOptions()
		change(options)
		_, err := sharedModel().NewTaggerWithOptions(options)
		fails(t, err, ErrInvalidArgument, part)
	}
	fails(t, sharedAdapter().Export(9, t.TempDir()), ErrInvalidArgument, "format")
	fails(t, SetLog(9, func(LogLevel, string) {}), ErrInvalidArgument, "level")
}
