package primer

// #include "primer.h"
import "C"

import (
	"context"
	"encoding/json"
)

// Score is precision, recall and F1 over entities, each in 0 to 1, with the counts behind them. A division by zero gives
// 0.
type Score struct {
	// Precision is the share of the predicted entities that are right.
	Precision float64
	// Recall is the share of the true entities that were found.
	Recall float64
	// F1 is the harmonic mean of precision and recall.
	F1 float64
	// Support is how many entities the truth has.
	Support int
	// Predicted is how many entities were predicted.
	Predicted int
	// Correct is how many predicted entities are right.
	Correct int
}

// Scores are scores over all types together (micro), equal to those of Python's seqeval.
type Scores struct {
	// Sentences is how many were compared.
	Sentences int
	// Micro is as seqeval scores by default.
	Micro Score
	// StrictMicro is as seqeval scores with mode="strict".
	StrictMicro Score
	// Accuracy is the share of the words whose tag is the true one, O included.
	Accuracy float64
	// JSON is all of them as a JSON object: micro, macro, weighted, accuracy and types at the top, the strict ones below
	// "strict".
	JSON json.RawMessage
}

// Evaluate tags a data set with an adapter and compares the entities with the data's own. It is safe on several
// goroutines at once.
//
// It fails with [ErrMismatch] for another model's adapter; with [ErrCancelled] and the context's error when that ends;
// [ErrInvalidArgument].
func Evaluate(ctx context.Context, model *Model, adapter *Adapter, dataset *Dataset) (Scores, error) {
	backbone, err := model.handle().acquire()
	if err != nil {
		return Scores{}, err
	}
	defer model.handle().release()
	method, err := adapter.handle().acquire()
	if err != nil {
		return Scores{}, err
	}
	defer adapter.handle().release()
	data, err := dataset.handle().acquire()
	if err != nil {
		return Scores{}, err
	}
	defer dataset.handle().release()

	return scored(ctx, func(cancel *C.primer_cancel, scores *C.primer_scores, json **C.primer_buffer,
		failed **C.primer_error) C.primer_status {
		return C.primer_evaluate(backbone, method, data, cancel, scores, json, failed)
	})
}

// Evaluate is [Evaluate] by this tagger, on its engine and in its precision. The adapter is nil where the model has labels
// of its own.
//
// It fails as [Tagger.Tag] does; with [ErrCancelled] and the context's error when that ends.
func (t *Tagger) Evaluate(ctx context.Context, adapter *Adapter, dataset *Dataset) (Scores, error) {
	tagger, err := t.handle().acquire()
	if err != nil {
		return Scores{}, err
	}
	defer t.handle().release()
	method, err := adapter.handle().acquire()
	if err != nil {
		return Scores{}, err
	}
	defer adapter.handle().release()
	data, err := dataset.handle().acquire()
	if err != nil {
		return Scores{}, err
	}
	defer dataset.handle().release()
	return scored(ctx, func(cancel *C.primer_cancel, scores *C.primer_scores, json **C.primer_buffer,
		failed **C.primer_error) C.primer_status {
		return C.primer_tagger_evaluate(tagger, method, data, cancel, scores, json, failed)
	})
}

// scored makes a call that gives scores, which the end of the context stops.
func scored(ctx context.Context, call func(*C.primer_cancel, *C.primer_scores, **C.primer_buffer,
	**C.primer_error) C.primer_status) (Scores, error) {
	watched, err := watch(ctx)
	if err != nil {
		return Scores{}, err
	}
	c := C.primer_scores{struct_size: C.sizeof_primer_scores}
	var all *C.primer_buffer
	var failed *C.primer_error
	status := call(watched.token, &c, &all, &failed)
	if err := watched.end(check(status, &failed)); err != nil {
		return Scores{}, err
	}
	return Scores{
		Sentences:   int(c.sentences),
		Micro:       scoreOf(c.micro),
		StrictMicro: scoreOf(c.strict_micro),
		Accuracy:    float64(c.accuracy),
		JSON:        owned(all),
	}, nil
}

func scoreOf(c C.primer_score) Score {
	return Score{
		Precision: float64(c.precision),
		Recall:    float64(c.recall),
		F1:        float64(c.f1),
		Support:   int(c.support),
		Predicted: int(c.predicted),
		Correct:   int(c.correct),
	}
}
