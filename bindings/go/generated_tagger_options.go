// Generated from interface/ by `make generate`. Do not edit: change the source.
// Code generated from interface/; DO NOT EDIT.

package primer

// #include "primer.h"
import "C"

import "unsafe"

// TaggerOptions say what a tagger runs on, and how exactly it computes.
//
// Make them with [NewTaggerOptions] and change what you want to: a literal is refused, since of many fields 0 is a
// value of its own and not the initial one.
type TaggerOptions struct {
	// What runs the model; an ONNX model of others runs on ONNX Runtime whatever is said here; initially EngineNative.
	Engine Engine
	// The dtype in which it computes; an ONNX model of others has its own; initially PrecisionF32.
	Precision Precision
	// Threads of an ONNX model of others. Others use their model's; initially 0, for all that the machine offers.
	Threads int
	// The path of ONNX Runtime's shared library. A process loads one and keeps it; initially empty, for the one that the
	// environment variable PRIMER_ONNXRUNTIME names, or else the system's.
	ONNXRuntime string
	// Execution providers of ONNX Runtime by name ("cpu", "cuda", "coreml", ...), the most wanted first; initially none,
	// for the processor alone.
	Providers []string
	// Entities with a lower score are left out, and their words are tagged O; a tiny score leaves none out; initially 0,
	// for as the adapter's card says of types that were learnt from little, else none.
	MinScore float64
	// Where texts are cut. Training cuts into sentences, so other choices are for hosts that know their texts; initially
	// SplitSentences.
	Split Split
	// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
	// encoder has positions; initially 0, for as in training, 256.
	Window int

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
		MinScore:  float64(c.min_score),
		Split:     Split(c.split),
		Window:    int(c.window),
		made:      true,
	}
	if c.onnxruntime != nil {
		o.ONNXRuntime = C.GoString(c.onnxruntime)
	}
	for _, one := range unsafe.Slice(c.providers, c.provider_count) {
		o.Providers = append(o.Providers, C.GoString(one))
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
	c := (*C.primer_tagger_options)(memory.allocate(C.sizeof_primer_tagger_options))
	C.primer_tagger_options_init(c, C.sizeof_primer_tagger_options)
	var err error
	var number numbers
	c.engine = C.int32_t(o.Engine)
	c.precision = C.int32_t(o.Precision)
	c.threads = number.uint32("Threads", o.Threads)
	if c.onnxruntime, err = memory.path("ONNXRuntime", o.ONNXRuntime); err != nil {
		return nil, err
	}
	if c.providers, c.provider_count, err = memory.names("Providers", o.Providers); err != nil {
		return nil, err
	}
	c.min_score = C.double(o.MinScore)
	c.split = C.int32_t(o.Split)
	c.window = number.uint32("Window", o.Window)
	return c, number.err
}
