package primer

// #include "primer.h"
import "C"

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
