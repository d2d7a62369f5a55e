package primer

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// suiteEntity is an entity with its range in every unit.
type suiteEntity struct {
	Start, End int
	UTF16      [2]int
	CodePoints [2]int `json:"code_points"`
	FirstWord  int    `json:"first_word"`
	EndWord    int    `json:"end_word"`
	Label      string
	Score      *float64
	Text       string
}

// sameEntities compares the entities of a text with the expected ones, in every unit.
func sameEntities(t *testing.T, text string, adapter *Adapter, found []Entity, expected []suiteEntity) {
	t.Helper()
	if len(found) != len(expected) {
		t.Errorf("%d entities instead of %d: %+v", len(found), len(expected), found)
		return
	}
	utf16, err := ConvertEntities(text, UnitUTF16, found)
	if err != nil {
		t.Fatal(err)
	}
	codePoints, err := ConvertEntities(text, UnitCodePoint, found)
	if err != nil {
		t.Fatal(err)
	}
	types := adapter.Types()
	for i, e := range found {
		exact := suiteEntity{
			Start: e.Start, End: e.End, FirstWord: e.FirstWord, EndWord: e.EndWord,
			UTF16:      [2]int{utf16[i].Start, utf16[i].End},
			CodePoints: [2]int{codePoints[i].Start, codePoints[i].End},
			Label:      e.Label, Score: expected[i].Score, Text: text[e.Start:e.End],
		}
		if !reflect.DeepEqual(exact, expected[i]) || types[e.LabelIndex] != e.Label || utf16[i].Label != e.Label {
			t.Errorf("%+v instead of %+v", e, expected[i])
		}
		if score := expected[i].Score; score != nil && math.Abs(*score-float64(e.Score)) > 1e-3 {
			t.Errorf("%v instead of %v", e.Score, *score)
		}
	}
}

// sameResult compares the answers for an input that was tagged by itself and in a batch: scores may differ in the last
// digits.
func sameResult(t *testing.T, alone, batched Result) {
	t.Helper()
	if !reflect.DeepEqual(alone.Words, batched.Words) || len(alone.Entities) != len(batched.Entities) {
		t.Errorf("%+v and in a batch %+v", alone, batched)
		return
	}
	for i, e := range batched.Entities {
		if math.Abs(float64(e.Score-alone.Entities[i].Score)) > 1e-3 {
			t.Error(e.Score, alone.Entities[i].Score)
		}
		e.Score = alone.Entities[i].Score
		if e != alone.Entities[i] {
			t.Errorf("%+v and in a batch %+v", alone.Entities[i], e)
		}
	}
}

func TestConformanceTagging(t *testing.T) {
	var suite struct {
		Model, Adapter string
		Texts          []struct {
			Name, Text string
			Repeat     int
			Entities   []suiteEntity
			Words      [][3]any
		}
		Sentences []struct {
			Name     string
			Words    []string
			Entities []suiteEntity
			Tags     []string
		}
	}
	readSuite(t, "tagging.json", &suite)
	if suite.Model != modelPath || suite.Adapter != adapterPath || len(suite.Texts) == 0 || len(suite.Sentences) == 0 {
		t.Fatal(suite.Model, suite.Adapter)
	}
	adapter, tags := sharedAdapter(), sharedAdapter().Tags()
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()

	var inputs []Input
	var results []Result
	for _, c := range suite.Texts {
		text := strings.Repeat(c.Text, max(c.Repeat, 1))
		t.Run(c.Name, func(t *testing.T) {
			result, err := tagger.Tag(adapter, text)
			if err != nil {
				t.Fatal(err)
			}
			sameEntities(t, text, adapter, result.Entities, c.Entities)
			var words [][3]any
			for _, word := range result.Words {
				words = append(words, [3]any{word.Start, word.End, word.Tag})
				if tags[word.TagIndex] != word.Tag {
					t.Error(word)
				}
			}
			if c.Words != nil && fmt.Sprint(words) != fmt.Sprint(c.Words) {
				t.Errorf("%v instead of %v", words, c.Words)
			}
			inputs, results = append(inputs, Input{Adapter: adapter, Text: text}), append(results, result)
		})
	}
	for _, c := range suite.Sentences {
		t.Run("words: "+c.Name, func(t *testing.T) {
			result, err := tagger.TagWords(adapter, c.Words)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(c.Words, " ")
			sameEntities(t, text, adapter, result.Entities, c.Entities)
			for i, word := range result.Words {
				if len(result.Words) != len(c.Words) || text[word.Start:word.End] != c.Words[i] || word.Tag != c.Tags[i] {
					t.Errorf("%+v instead of %v, %v", result.Words, c.Words, c.Tags)
				}
			}
			inputs, results = append(inputs, Input{Adapter: adapter, Words: c.Words}), append(results, result)
		})
	}
	batch, err := tagger.TagBatch(context.Background(), inputs)
	if err != nil || len(batch) != len(results) {
		t.Fatal(len(batch), err)
	}
	for i, result := range batch {
		sameResult(t, results[i], result)
	}
}

func TestConformanceAdaptation(t *testing.T) {
	var suite struct {
		Model, Adapter string
		Cases          []struct {
			Name, Train     string
			Dev             string
			Initial         bool
			Options         map[string]any
			CancelAfter     int `json:"cancel_after"`
			Updates, Epochs int
			Parameters      int
			Types, Tags     []string
			Tag             []struct {
				Text     string
				Entities []suiteEntity
			}
			Evaluate *struct {
				Data               string
				F1                 float64
				Sentences, Support int
			}
		}
	}
	readSuite(t, "adaptation.json", &suite)
	if suite.Model != modelPath || suite.Adapter != adapterPath || len(suite.Cases) == 0 {
		t.Fatal(suite.Model, suite.Adapter)
	}
	tagger := must(sharedModel().NewTagger())
	defer tagger.Close()
	for _, c := range suite.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if c.CancelAfter == 0 {
				long(t)
			}
			train := must(LoadDataset(c.Train, nil))
			defer train.Close()
			options := NewAdaptOptions()
			if !setOptions(t, "primer_adapt_options", options, c.Options) {
				t.Fatal("the options cannot be written")
			}
			if c.Dev != "" {
				options.Dev = must(LoadDataset(c.Dev, nil))
				defer options.Dev.Close()
			}
			if c.Initial {
				options.Initial = sharedAdapter()
			}
			updates, epochs := 0, 0
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			options.OnProgress = func(p Progress) error {
				switch p.Stage {
				case StageStep:
					updates++
				case StageEpoch:
					epochs++
				}
				if c.CancelAfter > 0 && p.Stage == StageStep && updates == c.CancelAfter {
					return fmt.Errorf("after update %d", updates)
				}
				return nil
			}
			adapter, err := Adapt(ctx, sharedModel(), train, options)
			if updates != c.Updates || epochs != c.Epochs {
				t.Error(updates, "updates", epochs, "epochs")
			}
			if c.CancelAfter > 0 {
				fails(t, err, ErrCancelled, fmt.Sprint("after update ", c.CancelAfter))
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer adapter.Close()
			if adapter.ParameterCount() != c.Parameters || !reflect.DeepEqual(adapter.Types(), c.Types) ||
				!reflect.DeepEqual(adapter.Tags(), c.Tags) || adapter.Name() != options.Name {
				t.Error(adapter.ParameterCount(), adapter.Types(), adapter.Tags(), adapter.Name())
			}
			for _, question := range c.Tag {
				result, err := tagger.Tag(adapter, question.Text)
				if err != nil {
					t.Fatal(err)
				}
				sameEntities(t, question.Text, adapter, result.Entities, question.Entities)
			}
			if c.Evaluate == nil {
				return
			}
			check := must(LoadDataset(c.Evaluate.Data, nil))
			defer check.Close()
			scores, err := Evaluate(ctx, sharedModel(), adapter, check)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(scores.Micro.F1-c.Evaluate.F1) > 0.1 || scores.Sentences != c.Evaluate.Sentences ||
				scores.Micro.Support != c.Evaluate.Support || !json.Valid(scores.JSON) {
				t.Errorf("%+v", scores)
			}
		})
	}
}
