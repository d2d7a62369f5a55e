package primer

// #include "primer.h"
import "C"

import (
	"encoding/json"
	"io"
	"runtime"
)

// Model is a backbone: a multilingual encoder with its tokenizer. It is immutable, and one serves any number of
// adapters, taggers and training runs, also on several goroutines at once. They hold what they need of it: it may be
// closed while they live.
type Model struct {
	ref handle[*C.primer_model]
}

// LoadModel loads a backbone: a GGUF file of this library, or a Hugging Face folder (config.json, model.safetensors,
// tokenizer.json) of the BERT or XLM-RoBERTa family. Options may be nil.
//
// The file is mapped into memory: it must not be changed or cut short while the model or anything made of it lives.
// Replacing it by renaming another file over it is fine.
//
// It fails with [ErrIO]; with [ErrFormat] for a damaged file, with the tensor where it is about one; with
// [ErrUnsupported] for a model of another family, and for a device that the library was built without; with [ErrDevice]
// for a device that is not there or cannot be used; [ErrTooLarge]; [ErrInvalidArgument].
func LoadModel(path string, options *ModelOptions) (*Model, error) {
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
	var out *C.primer_model
	var failed *C.primer_error
	if err := check(C.primer_model_load(file, settings, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newModel(out), nil
}

// ModelFromBytes loads a backbone from the contents of a GGUF file, which are copied. It fails as [LoadModel] does.
func ModelFromBytes(data []byte, options *ModelOptions) (*Model, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	var memory memory
	defer memory.free()
	settings, err := options.lend(&memory)
	if err != nil {
		return nil, err
	}
	bytes, size := lent(data)
	var out *C.primer_model
	var failed *C.primer_error
	if err := check(C.primer_model_from_memory(bytes, size, settings, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newModel(out), nil
}

// ReadModel reads a GGUF file to its end and loads the backbone in it. It fails as [LoadModel] does; where the reader
// fails, with [ErrIO] and the reader's error.
func ReadModel(r io.Reader, options *ModelOptions) (*Model, error) {
	data, err := readAll(r, "the model")
	if err != nil {
		return nil, err
	}
	return ModelFromBytes(data, options)
}

func newModel(object *C.primer_model) *Model {
	free := func(object *C.primer_model) { C.primer_model_free(object) }
	m := &Model{ref: handle[*C.primer_model]{object: object, free: free, name: "the model"}}
	runtime.SetFinalizer(m, (*Model).Close)
	return m
}

func (m *Model) handle() *handle[*C.primer_model] {
	if m == nil {
		return nil
	}
	return &m.ref
}

// Close frees the model when the last call with it has ended. Adapters and taggers made with it go on working. It may
// be called again, and always gives nil.
func (m *Model) Close() error {
	m.handle().close()
	return nil
}

// Name is the model's name, for people; it may be empty, and is after Close.
func (m *Model) Name() string {
	return get(m.handle(), func(c *C.primer_model) string { return goString(C.primer_model_name(c)) })
}

// Fingerprint identifies the backbone's exact contents: 64 hexadecimal digits, or none after Close. For a folder the
// first call reads it all, which takes about a second a gigabyte.
func (m *Model) Fingerprint() string {
	return get(m.handle(), func(c *C.primer_model) string { return goString(C.primer_model_fingerprint(c)) })
}

// Card is what the model says of itself (name, licence, attribution and the like): a JSON object whose values are
// strings. It is nil after Close.
func (m *Model) Card() json.RawMessage {
	return get(m.handle(), func(c *C.primer_model) json.RawMessage { return goJSON(C.primer_model_card(c)) })
}

// Device is where the model computes, never DeviceAuto; DeviceCPU after Close.
func (m *Model) Device() Device {
	return get(m.handle(), func(c *C.primer_model) Device { return Device(C.primer_model_device(c, nil)) })
}

// DeviceNumber is which GPU that is, for DeviceCUDA; 0 for the others, and after Close.
func (m *Model) DeviceNumber() int {
	return get(m.handle(), func(c *C.primer_model) int {
		var number C.uint32_t
		C.primer_model_device(c, &number)
		return int(number)
	})
}

// ModelSizes are a backbone's sizes.
type ModelSizes struct {
	// Layers of the encoder.
	Layers int
	// Hidden is the width of the encoder.
	Hidden int
	// Intermediate is the width of the feed-forward network.
	Intermediate int
	// Heads is how many attention heads a layer has.
	Heads int
	// Vocabulary is how many pieces the tokenizer's vocabulary may hold.
	Vocabulary int
	// Positions is how many pieces a window has; longer text is cut into windows that overlap.
	Positions int
	// Threads is how many threads work for this model.
	Threads int
}

// Sizes gives the model's sizes. It fails after Close.
func (m *Model) Sizes() (ModelSizes, error) {
	model, err := m.handle().acquire()
	if err != nil {
		return ModelSizes{}, err
	}
	defer m.handle().release()
	c := C.primer_model_sizes{struct_size: C.sizeof_primer_model_sizes}
	var failed *C.primer_error
	if err := check(C.primer_model_get_sizes(model, &c, &failed), &failed); err != nil {
		return ModelSizes{}, err
	}
	return ModelSizes{
		Layers:       int(c.layers),
		Hidden:       int(c.hidden),
		Intermediate: int(c.intermediate),
		Heads:        int(c.heads),
		Vocabulary:   int(c.vocabulary),
		Positions:    int(c.positions),
		Threads:      int(c.threads),
	}, nil
}
