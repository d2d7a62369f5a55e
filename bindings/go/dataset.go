package primer

// #include "primer.h"
import "C"

import (
	"context"
	"io"
	"runtime"
	"unsafe"
)

// Dataset is labelled sentences. It is immutable and may be used on several goroutines at once.
type Dataset struct {
	ref handle[*C.primer_dataset]
}

// LoadDataset reads labelled sentences from a file. Options may be nil.
//
// It fails with [ErrIO]; with [ErrData], file and line for what cannot be read, also for no sentence at all; with
// [ErrInvalidUTF8], file, line and byte; [ErrInvalidArgument].
func LoadDataset(path string, options *DatasetOptions) (*Dataset, error) {
	return LoadDatasetContext(context.Background(), path, options)
}

// LoadDatasetContext is [LoadDataset], which ends when the context does: with [ErrCancelled] and the context's error. A
// large file takes some seconds.
func LoadDatasetContext(ctx context.Context, path string, options *DatasetOptions) (*Dataset, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	var memory memory
	defer memory.free()
	file, err := memory.name("path", path)
	if err != nil {
		return nil, err
	}
	settings, err := options.lend(&memory)
	if err != nil {
		return nil, err
	}
	watched, err := watch(ctx)
	if err != nil {
		return nil, err
	}
	var out *C.primer_dataset
	var failed *C.primer_error
	status := C.primer_dataset_load_with_cancel(file, settings, watched.token, &out, &failed)
	if err := watched.end(check(status, &failed)); err != nil {
		return nil, err
	}
	return newDataset(out), nil
}

// DatasetFromBytes reads labelled sentences from the contents of a file. The name stands for the file in errors and
// where its format is guessed by its ending; "" is for "memory". It fails as [LoadDataset] does.
func DatasetFromBytes(data []byte, name string, options *DatasetOptions) (*Dataset, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	var memory memory
	defer memory.free()
	file, err := memory.path("name", name)
	if err != nil {
		return nil, err
	}
	settings, err := options.lend(&memory)
	if err != nil {
		return nil, err
	}
	bytes, size := lent(data)
	var out *C.primer_dataset
	var failed *C.primer_error
	if err := check(C.primer_dataset_from_memory(bytes, size, file, settings, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newDataset(out), nil
}

// ReadDataset reads labelled sentences to the reader's end; [DatasetFromBytes] says what the name is for. It fails as
// [LoadDataset] does; where the reader fails, with [ErrIO] and the reader's error.
func ReadDataset(r io.Reader, name string, options *DatasetOptions) (*Dataset, error) {
	data, err := readAll(r, "the data set")
	if err != nil {
		return nil, err
	}
	return DatasetFromBytes(data, name, options)
}

func newDataset(object *C.primer_dataset) *Dataset {
	free := func(object *C.primer_dataset) { C.primer_dataset_free(object) }
	d := &Dataset{ref: handle[*C.primer_dataset]{object: object, free: free, name: "the data set"}}
	runtime.SetFinalizer(d, (*Dataset).Close)
	return d
}

func (d *Dataset) handle() *handle[*C.primer_dataset] {
	if d == nil {
		return nil
	}
	return &d.ref
}

// Close frees the data set when the last call with it has ended. It may be called again, and always gives nil.
func (d *Dataset) Close() error {
	d.handle().close()
	return nil
}

// Len is the number of sentences; 0 after Close.
func (d *Dataset) Len() int {
	return get(d.handle(), func(c *C.primer_dataset) int { return int(C.primer_dataset_size(c)) })
}

// EntityCount is the number of entities in all sentences; 0 after Close.
func (d *Dataset) EntityCount() int {
	return get(d.handle(), func(c *C.primer_dataset) int { return int(C.primer_dataset_entity_count(c)) })
}

// Name is the file's path as it was given, or the name of data from memory; empty after Close.
func (d *Dataset) Name() string {
	return get(d.handle(), func(c *C.primer_dataset) string { return goString(C.primer_dataset_name(c)) })
}

// Scheme is the scheme of the tags; SchemeAuto after Close.
func (d *Dataset) Scheme() Scheme {
	return get(d.handle(), func(c *C.primer_dataset) Scheme { return Scheme(C.primer_dataset_scheme(c)) })
}

// Types are the entity types of the data, sorted by name; nil after Close.
func (d *Dataset) Types() []string {
	return get(d.handle(), func(c *C.primer_dataset) []string {
		return goStrings(C.primer_dataset_type_count(c), func(i C.size_t) C.primer_str { return C.primer_dataset_type(c, i) })
	})
}

// CutSpan is an entity of data that starts or ends inside a word. Texts are shortened to 60 characters.
type CutSpan struct {
	// Line is the line of the file, from 1.
	Line int
	// Text is the entity's text.
	Text string
	// Word is the word that it cuts, the first of two.
	Word string
}

// CutSpanCount is the number of entities that start or end inside a word: no tagger of words can find them as they are,
// and evaluation counts them as missed. 0 after Close.
func (d *Dataset) CutSpanCount() int {
	return get(d.handle(), func(c *C.primer_dataset) int { return int(C.primer_dataset_cut_span_count(c)) })
}

// CutSpans are the first few of the entities that CutSpanCount counts; nil after Close.
func (d *Dataset) CutSpans() []CutSpan {
	return get(d.handle(), func(c *C.primer_dataset) (spans []CutSpan) {
		for i := C.size_t(0); ; i++ {
			line := C.primer_dataset_cut_span_line(c, i)
			if line == 0 {
				return spans
			}
			text, word := C.primer_dataset_cut_span_text(c, i), C.primer_dataset_cut_span_word(c, i)
			spans = append(spans, CutSpan{Line: int(line), Text: goString(text), Word: goString(word)})
		}
	})
}

// Notes tell what the reader passed over, or read in another way than it stands: what, how often, and the first few
// lines; nil after Close.
func (d *Dataset) Notes() []string {
	return get(d.handle(), func(c *C.primer_dataset) []string {
		return goStrings(C.primer_dataset_note_count(c), func(i C.size_t) C.primer_str { return C.primer_dataset_note(c, i) })
	})
}

// Shots draws count sentences by seed, the same on every machine, none twice. The indices are the sentences' places in
// the whole, from 0. It fails with [ErrInvalidArgument] where count is 0 or more than there are.
func (d *Dataset) Shots(count int, seed uint64) (shots *Dataset, indices []int, err error) {
	dataset, err := d.handle().acquire()
	if err != nil {
		return nil, nil, err
	}
	defer d.handle().release()
	// A count that cannot be is left to the library: there is no room to make for it.
	var places []C.size_t
	if count > 0 && C.size_t(count) <= C.primer_dataset_size(dataset) {
		places = make([]C.size_t, count)
	}
	var out *C.primer_dataset
	var failed *C.primer_error
	status := C.primer_dataset_shots(dataset, C.size_t(count), C.uint64_t(seed), unsafe.SliceData(places), &out, &failed)
	if err := check(status, &failed); err != nil {
		return nil, nil, err
	}
	indices = make([]int, count)
	for i, place := range places {
		indices[i] = int(place)
	}
	return newDataset(out), indices, nil
}

// Select gives the sentences with these indices, from 0, in this order. Scheme and types stay those of the whole. It
// fails with [ErrInvalidArgument] where there is no such sentence.
func (d *Dataset) Select(indices ...int) (*Dataset, error) {
	dataset, err := d.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer d.handle().release()
	var memory memory
	defer memory.free()
	places, count := memory.indices(indices)
	var out *C.primer_dataset
	var failed *C.primer_error
	if err := check(C.primer_dataset_select(dataset, places, count, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newDataset(out), nil
}
