package primer

// #include "primer.h"
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// Tagger tags text with any adapter of its model, or with the labels that its model has by itself. It is exclusive: of two calls at the same time one fails with
// [ErrBusy] and does not disturb the other. It is cheap to make; make one a goroutine.
type Tagger struct {
	ref handle[*C.primer_tagger]
}

// NewTagger makes a tagger for the model, on the library's own engine in 32-bit floats. It fails after Close.
func (m *Model) NewTagger() (*Tagger, error) {
	model, err := m.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer m.handle().release()
	var out *C.primer_tagger
	var failed *C.primer_error
	if err := check(C.primer_tagger_new(model, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newTagger(out), nil
}

// newTagger takes over an object.
func newTagger(object *C.primer_tagger) *Tagger {
	free := func(object *C.primer_tagger) { C.primer_tagger_free(object) }
	t := &Tagger{ref: handle[*C.primer_tagger]{object: object, free: free, name: "the tagger"}}
	runtime.SetFinalizer(t, (*Tagger).Close)
	return t
}

func (t *Tagger) handle() *handle[*C.primer_tagger] {
	if t == nil {
		return nil
	}
	return &t.ref
}

// Close frees the tagger when the last call with it has ended. It may be called again, and always gives nil.
func (t *Tagger) Close() error {
	t.handle().close()
	return nil
}

// Types are the entity types of a model that has labels of its own: [Entity.LabelIndex] is an index of them then, and
// [Word.TagIndex] one of O and each type's B- and I- tag. Nil where adapters bring the types, and after Close.
func (t *Tagger) Types() []string {
	return get(t.handle(), func(c *C.primer_tagger) []string {
		return goStrings(C.primer_tagger_type_count(c), func(i C.size_t) C.primer_str { return C.primer_tagger_type(c, i) })
	})
}

// Tag tags one text of any length below 4 GiB. To be able to stop a long one, use
// [Tagger.TagContext]. The adapter is nil
// where the model has labels of its own, and there alone.
//
// It fails with [ErrInvalidUTF8] and the byte; with [ErrMismatch] for another model's adapter; [ErrBusy];
// [ErrTooLarge]; [ErrInvalidArgument]. The tagger may then be used again, but after [ErrPanic].
func (t *Tagger) Tag(adapter *Adapter, text string) (Result, error) {
	return t.tag(adapter, func(tagger *C.primer_tagger, adapter *C.primer_adapter, out **C.primer_result,
		failed **C.primer_error) C.primer_status {
		data, size := lentText(text)
		return C.primer_tagger_tag_text(tagger, adapter, data, size, out, failed)
	})
}

// TagContext is [Tagger.Tag] that stops when the context ends, and then fails with [ErrCancelled] and the context's error.
func (t *Tagger) TagContext(ctx context.Context, adapter *Adapter, text string) (Result, error) {
	watched, err := watch(ctx)
	if err != nil {
		return Result{}, err
	}
	result, err := t.tag(adapter, func(tagger *C.primer_tagger, adapter *C.primer_adapter, out **C.primer_result,
		failed **C.primer_error) C.primer_status {
		data, size := lentText(text)
		return C.primer_tagger_tag_text_with_cancel(tagger, adapter, data, size, watched.token, out, failed)
	})
	return result, watched.end(err)
}

// TagWords tags one sentence whose words the caller has found. Byte ranges in the result refer to the words joined by
// single blanks, and its words are exactly these. It fails as [Tagger.Tag] does; the message names the word.
func (t *Tagger) TagWords(adapter *Adapter, words []string) (Result, error) {
	return t.tag(adapter, func(tagger *C.primer_tagger, adapter *C.primer_adapter, out **C.primer_result,
		failed **C.primer_error) C.primer_status {
		var memory memory
		defer memory.free()
		list, count := memory.texts(words)
		return C.primer_tagger_tag_words(tagger, adapter, list, count, out, failed)
	})
}

// tag does what Tag and TagWords share.
func (t *Tagger) tag(adapter *Adapter, call func(*C.primer_tagger, *C.primer_adapter, **C.primer_result,
	**C.primer_error) C.primer_status) (Result, error) {
	tagger, err := t.handle().acquire()
	if err != nil {
		return Result{}, err
	}
	defer t.handle().release()
	method, err := adapter.handle().acquire()
	if err != nil {
		return Result{}, err
	}
	defer adapter.handle().release()
	var out *C.primer_result
	var failed *C.primer_error
	if err := check(call(tagger, method, &out, &failed), &failed); err != nil {
		return Result{}, err
	}
	return results(out)[0], nil
}

// Input is something to tag, and with what: text, or words that the caller has found.
type Input struct {
	// Adapter to tag it with; nil where the model has labels of its own.
	Adapter *Adapter
	// Text is the text; it must be empty where there are words.
	Text string
	// Words are the words; nil where text is given.
	Words []string
}

// TagBatch tags inputs together, each with its own adapter, and gives a result for each, in their order. When the
// context ends, it fails with [ErrCancelled] and the context's error. Otherwise it fails as [Tagger.Tag] does; the
// message names the input.
func (t *Tagger) TagBatch(ctx context.Context, inputs []Input) ([]Result, error) {
	tagger, err := t.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer t.handle().release()

	var memory memory
	defer memory.free()
	size := uintptr(len(inputs)) * C.sizeof_primer_input
	list := unsafe.Slice((*C.primer_input)(memory.allocate(size)), len(inputs))
	for i, input := range inputs {
		adapter, err := input.Adapter.handle().acquire()
		if err != nil {
			return nil, err
		}
		defer input.Adapter.handle().release()
		list[i] = C.primer_input{adapter: adapter, text: memory.text(input.Text)}
		list[i].words, list[i].word_count = memory.texts(input.Words)
	}

	watched, err := watch(ctx)
	if err != nil {
		return nil, err
	}
	var out *C.primer_result
	var failed *C.primer_error
	status := C.primer_tagger_tag_batch(tagger, unsafe.SliceData(list), C.size_t(len(list)), watched.token, &out, &failed)
	if err := watched.end(check(status, &failed)); err != nil {
		return nil, err
	}
	return results(out), nil
}
