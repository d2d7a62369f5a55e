package primer_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"primer"
)

// The examples run at the top of the repository.

func Example() {
	model, err := primer.LoadModel("models/primer-mini.gguf", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	adapter, err := primer.LoadAdapter("models/per-loc-org.safetensors", model)
	if err != nil {
		log.Fatal(err)
	}
	defer adapter.Close()
	tagger, err := model.NewTagger()
	if err != nil {
		log.Fatal(err)
	}
	defer tagger.Close()

	text := "Angela Merkel wurde in Hamburg geboren."
	result, err := tagger.Tag(adapter, text)
	if err != nil {
		log.Fatal(err)
	}
	for _, entity := range result.Entities {
		fmt.Println(entity.Label, text[entity.Start:entity.End])
	}
	// Output:
	// PER Angela Merkel
	// LOC Hamburg
}

func ExampleAdapt() {
	model, adapter := load()
	defer model.Close()
	defer adapter.Close()
	train, err := primer.LoadDataset("examples/data/teach.jsonl", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer train.Close()

	options := primer.NewAdaptOptions()
	options.Method = primer.MethodInitial // that of the adapter to start from
	options.Initial = adapter
	options.HeadOnly = true
	options.Epochs = 30
	options.OnProgress = func(p primer.Progress) error {
		if p.Stage == primer.StageEpoch && p.Epoch%10 == 0 {
			fmt.Printf("epoch %d of %d\n", p.Epoch, p.Epochs)
		}
		return nil // an error would stop the training
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // as would the end of the context
	defer cancel()
	medicines, err := primer.Adapt(ctx, model, train, options)
	if err != nil {
		log.Fatal(err)
	}
	defer medicines.Close()
	fmt.Println(strings.Join(medicines.Types(), ", "))
	// Output:
	// epoch 10 of 30
	// epoch 20 of 30
	// epoch 30 of 30
	// LOC, ORG, PER, MEDICINE
}

func ExampleTagger_TagBatch() {
	model, adapter := load()
	defer model.Close()
	defer adapter.Close()
	tagger, err := model.NewTagger()
	if err != nil {
		log.Fatal(err)
	}
	defer tagger.Close()
	results, err := tagger.TagBatch(context.Background(), []primer.Input{
		{Adapter: adapter, Text: "Marie Curie est née à Varsovie."},
		{Adapter: adapter, Words: []string{"Oslo", "is", "a", "city", "."}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, result := range results {
		for _, entity := range result.Entities {
			fmt.Print(entity.Label, " ", entity.Start, "-", entity.End, "; ")
		}
		fmt.Println(len(result.Words), "words")
	}
	// Output:
	// PER 0-11; LOC 24-32; 7 words
	// LOC 0-4; 5 words
}

func ExampleReadDataset() {
	sentences := `{"text": "💊 Ada lives in Oslo.", "entities": [{"start": 2, "end": 5, "label": "PER"}]}`
	dataset, err := primer.ReadDataset(strings.NewReader(sentences), "people.jsonl", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	fmt.Println(dataset.Len(), dataset.EntityCount(), dataset.Types())

	_, err = primer.ReadDataset(strings.NewReader("Ada B-PER\nSmith\n"), "people.conll", nil)
	var failed *primer.Error
	if errors.As(err, &failed) && errors.Is(err, primer.ErrData) {
		fmt.Println(failed.File, failed.Line)
	}
	// Output:
	// 1 1 [PER]
	// people.conll 2
}

func ExampleConvertEntities() {
	text := "💊 Ada" // the pill is four bytes, two UTF-16 units and one code point
	entities := []primer.Entity{{Start: 5, End: 8, Label: "PER"}}
	converted, err := primer.ConvertEntities(text, primer.UnitUTF16, entities)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(converted[0].Start, converted[0].End)
	// Output: 3 6
}

func ExampleEvaluate() {
	model, adapter := load()
	defer model.Close()
	defer adapter.Close()
	sentences := "Angela B-PER\nMerkel I-PER\n\nOslo B-LOC\nis O\na O\ncity O\n. O\n"
	dataset, err := primer.ReadDataset(strings.NewReader(sentences), "check.conll", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	scores, err := primer.Evaluate(context.Background(), model, adapter, dataset)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("F1 %.2f over %d entities\n", scores.Micro.F1, scores.Micro.Support)
	// Output: F1 1.00 over 2 entities
}

func ExampleStatus() {
	_, err := primer.LoadModel("no such file.gguf", nil)
	fmt.Println(errors.Is(err, primer.ErrIO), errors.Is(err, primer.ErrFormat))
	// Output: true false
}

// load is what the examples above have in common.
func load() (*primer.Model, *primer.Adapter) {
	model, err := primer.LoadModel("models/primer-mini.gguf", nil)
	if err != nil {
		log.Fatal(err)
	}
	adapter, err := primer.LoadAdapter("models/per-loc-org.safetensors", model)
	if err != nil {
		log.Fatal(err)
	}
	return model, adapter
}
