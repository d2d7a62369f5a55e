package primer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// An error says what it is about, and unwraps to its status and to nothing else.
func TestErrorDetails(t *testing.T) {
	_, err := ReadDataset(strings.NewReader("Ada B-PER\nSmith\n"), "people.conll", nil)
	failed := fails(t, err, ErrData, "primer: ", "people.conll", "2")
	if failed.File != "people.conll" || failed.Line != 2 || failed.Byte != -1 || failed.Tensor != "" {
		t.Errorf("%+v", failed)
	}
	var status Status
	wrapped := fmt.Errorf("it failed: %w", err)
	if !errors.Is(wrapped, ErrData) || errors.Is(wrapped, ErrIO) || errors.Is(wrapped, ErrClosed) ||
		!errors.As(wrapped, &status) || status != ErrData {
		t.Error(wrapped, status)
	}
	if ErrData.Error() != "primer: PRIMER_ERR_DATA" || Status(999).String() != "unknown" || OK.String() != "PRIMER_OK" {
		t.Error(ErrData, Status(999), OK)
	}

	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	_, err = tagger.Tag(sharedAdapter(), "Ada\xffSmith")
	if failed := fails(t, err, ErrInvalidUTF8, "text"); failed.Byte != 3 || failed.Line != -1 || failed.File != "" {
		t.Errorf("%+v", failed)
	}
	_, err = tagger.TagWords(sharedAdapter(), []string{"Ada", "\xc3"})
	fails(t, err, ErrInvalidUTF8, "words[1]")
	_, err = tagger.TagBatch(context.Background(), []Input{{Adapter: sharedAdapter(), Text: "a", Words: []string{"b"}}})
	fails(t, err, ErrInvalidArgument, "inputs[0]")
}

// No text, no words and no inputs are fine.
func TestEmptyInput(t *testing.T) {
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	for _, words := range [][]string{nil, {}, {""}} {
		if result, err := tagger.TagWords(sharedAdapter(), words); err != nil || len(result.Words) != len(words) {
			t.Error(words, result, err)
		}
	}
	results, err := tagger.TagBatch(context.Background(), []Input{{Adapter: sharedAdapter()}, {Adapter: sharedAdapter(), Words: []string{}}})
	if err != nil || len(results) != 2 || results[0].Entities != nil || results[1].Words != nil {
		t.Error(results, err)
	}
	if results, err := tagger.TagBatch(context.Background(), nil); err != nil || len(results) != 0 {
		t.Error(results, err)
	}
	if converted, err := ConvertOffsets("", UnitByte, UnitUTF16, nil); err != nil || len(converted) != 0 {
		t.Error(converted, err)
	}
	if converted, err := ConvertEntities("", UnitUTF16, nil); err != nil || len(converted) != 0 {
		t.Error(converted, err)
	}
}

// Entities of another text are refused, and the given ones stay.
func TestConvertEntities(t *testing.T) {
	text := "💊 Ada"
	entities := []Entity{{Start: 5, End: 8, Label: "PER", LabelIndex: 2, Score: 0.5}}
	converted, err := ConvertEntities(text, UnitUTF16, entities)
	if err != nil || converted[0] != (Entity{Start: 3, End: 6, Label: "PER", LabelIndex: 2, Score: 0.5}) {
		t.Error(converted, err)
	}
	if entities[0].Start != 5 {
		t.Error("the given entities were changed")
	}
	_, err = ConvertEntities(text, UnitUTF16, []Entity{{Start: 1, End: 4}})
	fails(t, err, ErrInvalidArgument)
	_, err = ConvertEntities(text, 9, entities)
	fails(t, err, ErrInvalidArgument, "unit")
}
