package primer

// #include "primer.h"
import "C"

import "unsafe"

// TaggerOptions are the options of [Model.NewTaggerWithOptions] and [LoadONNXTagger]. Make them with [NewTaggerOptions].
type TaggerOptions struct {
	// Engine is what runs the forward pass; initially EngineNative. [LoadONNXTagger] does not read it.
	Engine Engine
	// Precision is in what numbers; initially PrecisionF32. [LoadONNXTagger] does not read it.
	Precision Precision
	// Threads is how many threads run a model that [LoadONNXTagger] reads; initially 0, for all that the machine offers.
	// Adapted models run on as many as [ModelOptions] says.
	Threads int
	// ONNXRuntime is the shared library of ONNX Runtime. Where it is empty, as it is initially, the environment variable
	// PRIMER_ONNXRUNTIME names it, and without that the system is asked for it. A process loads one, once, and keeps it.
	ONNXRuntime string
	// Providers are ONNX Runtime's execution providers by name ("cpu", "cuda", "coreml", ...), the most wanted first;
	// initially none, for the processor.
	Providers []string

	made bool
}

// NewTaggerOptions gives the initial values.
func NewTaggerOptions() *TaggerOptions {
	var c C.primer_tagger_options
	C.primer_tagger_options_init(&c, C.sizeof_primer_tagger_options)
	return taggerOptionsOf(&c)
}

// taggerOptionsOf copies the library's form of the options.
func taggerOptionsOf(c *C.primer_tagger_options) *TaggerOptions {
	o := &TaggerOptions{
		Engine:    Engine(c.engine),
		Precision: Precision(c.precision),
		Threads:   int(c.threads),
		made:      true,
	}
	if c.onnxruntime != nil {
		o.ONNXRuntime = C.GoString(c.onnxruntime)
	}
	for _, provider := range unsafe.Slice(c.providers, c.provider_count) {
		o.Providers = append(o.Providers, C.GoString(provider))
	}
	return o
}

// lend gives the library's form of the options, NULL for nil.
func (o *TaggerOptions) lend(memory *memory) (*C.primer_tagger_options, error) {
	if o == nil {
		return nil, nil
	}
	if !o.made {
		return nil, unmade("TaggerOptions")
	}
	var c C.primer_tagger_options
	C.primer_tagger_options_init(&c, C.sizeof_primer_tagger_options)
	var number numbers
	c.engine = C.int32_t(o.Engine)
	c.precision = C.int32_t(o.Precision)
	c.threads = number.uint32("Threads", o.Threads)
	var err error
	if c.onnxruntime, err = memory.path("ONNXRuntime", o.ONNXRuntime); err != nil {
		return nil, err
	}
	if c.providers, c.provider_count, err = memory.names("Providers", o.Providers); err != nil {
		return nil, err
	}
	return &c, number.err
}

// NewTaggerWithOptions makes a tagger for the model on an engine and in a precision of the caller's choice. Options may be
// nil.
//
// Where ONNX Runtime is asked for and cannot be had, it fails with [ErrIO] for a library that is not found, with
// [ErrUnsupported] for one that is too old or lacks an execution provider, for another precision than PrecisionF32,
// and where the library was built without the feature "onnx". It fails with [ErrUnsupported] for a precision that the
// model's device does not have. It fails with [ErrInvalidArgument] after Close,
// for an engine, a precision or a provider that does not exist, and for another ONNX Runtime than the process has loaded.
func (m *Model) NewTaggerWithOptions(options *TaggerOptions) (*Tagger, error) {
	model, err := m.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer m.handle().release()
	var memory memory
	defer memory.free()
	settings, err := options.lend(&memory)
	if err != nil {
		return nil, err
	}
	var out *C.primer_tagger
	var failed *C.primer_error
	if err := check(C.primer_tagger_new_with_options(model, settings, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newTagger(out), nil
}

// LoadONNXTagger makes a tagger of a token classification model that others exported to ONNX: a folder with config.json,
// tokenizer.json and model.onnx (or onnx/model.onnx), as the transformers library and its exporters write it, or the model
// file in such a folder. It tags with the labels of its configuration, which [Tagger.Types] tells: its calls take nil for
// the adapter, and no other. Options may be nil.
//
// It fails as [Model.NewTaggerWithOptions] does; with [ErrIO] for a file that is not there; with [ErrFormat] for a damaged
// one, [ErrUnsupported] for a tokenizer or a model of another kind, [ErrMismatch] where the number of labels is not the
// model's.
func LoadONNXTagger(path string, options *TaggerOptions) (*Tagger, error) {
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
	var out *C.primer_tagger
	var failed *C.primer_error
	if err := check(C.primer_tagger_load_onnx(file, settings, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newTagger(out), nil
}
