package primer

// #include "primer.h"
import "C"

import (
	"encoding/json"
	"runtime"
)

// Primed is a primed backbone in memory, with the starting point of its method. It is immutable and may be used on
// several goroutines at once.
//
// Experimental: may change or go with any minor version.
type Primed struct {
	ref handle[*C.primer_primed]
}

func newPrimed(object *C.primer_primed) *Primed {
	free := func(object *C.primer_primed) { C.primer_primed_free(object) }
	p := &Primed{ref: handle[*C.primer_primed]{object: object, free: free, name: "the primed backbone"}}
	runtime.SetFinalizer(p, (*Primed).Close)
	return p
}

func (p *Primed) handle() *handle[*C.primer_primed] {
	if p == nil {
		return nil
	}
	return &p.ref
}

// Close frees the primed backbone when the last call with it has ended. Files and adapters made of it go on working. It
// may be called again, and always gives nil.
func (p *Primed) Close() error {
	p.handle().close()
	return nil
}

// SaveModel writes the primed backbone to one GGUF file, with tokenizer and card, and, unless adapter is empty, the
// method's starting point to another file. Embedding and encoder are how the word embedding and how the layers' matrices
// are stored. The adapter belongs to the backbone as it was written, by its fingerprint: after another SaveModel with
// another storage it needs to be written anew. Two calls must not write to one path at the same time.
//
// It fails with [ErrIO], also for a full disk; [ErrInvalidArgument], also for a storage that the model's widths do not
// allow. What was at path before is then untouched; where it was the adapter that could not be written, the backbone is
// at path, and what was at adapter is untouched.
func (p *Primed) SaveModel(path string, embedding, encoder Storage, adapter string) error {
	primed, err := p.handle().acquire()
	if err != nil {
		return err
	}
	defer p.handle().release()
	var memory memory
	defer memory.free()
	file, err := memory.name("path", path)
	if err != nil {
		return err
	}
	start, err := memory.path("adapter", adapter)
	if err != nil {
		return err
	}
	var failed *C.primer_error
	return check(C.primer_primed_save_model(primed, file, C.int32_t(embedding), C.int32_t(encoder), start, &failed), &failed)
}

// Adapter gives the method's starting point with the head, bound to a model that [LoadModel] has read from what SaveModel
// wrote. It tags the primed entity types as it is, and [Adapt] starts from it. It fails with [ErrMismatch] for a model of
// another shape; [ErrInvalidArgument].
func (p *Primed) Adapter(model *Model) (*Adapter, error) {
	primed, err := p.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer p.handle().release()
	backbone, err := model.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer model.handle().release()
	var out *C.primer_adapter
	var failed *C.primer_error
	if err := check(C.primer_primed_adapter(primed, backbone, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newAdapter(out), nil
}

// Report is the record of the run, a JSON object: options, types, tasks, steps, seconds, ranks, threads, device where that
// was not the processor, peak_memory, compute, word_rows, and dev_f1, the F1 of every dev task at the end without any
// adaptation. It fails after Close.
func (p *Primed) Report() (json.RawMessage, error) {
	primed, err := p.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer p.handle().release()
	var out *C.primer_buffer
	var failed *C.primer_error
	if err := check(C.primer_primed_report(primed, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return owned(out), nil
}
