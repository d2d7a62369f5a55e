// Generated from interface/ by `make generate`. Do not edit: change the source.
// Code generated from interface/; DO NOT EDIT.

package primer

// #include "primer.h"
import "C"

// ModelOptions say how a backbone is loaded.
//
// Make them with [NewModelOptions] and change what you want to: a literal is refused, since of many fields 0 is a value
// of its own and not the initial one.
type ModelOptions struct {
	// Threads that tagging and training with this model use; initially 0, for all that the machine offers.
	Threads int
	// Keeps the encoder's matrices in memory as the file has them and expands each while it is used: less memory, a little
	// slower, the same numbers; initially false.
	Quantised bool
	// Reads all of a GGUF file and compares it with the fingerprint that it carries, so that damage anywhere is found on
	// loading. Without it only what is needed is read, and damage among the weights shows as wrong numbers; initially
	// true.
	Verify bool
	// Where the model computes: all that is done with it, tagging, adaptation and priming. Quantised is for the processor
	// alone; initially DeviceCPU.
	Device Device
	// Which GPU, from 0, where Device is DeviceCUDA; else 0; initially 0.
	DeviceNumber int

	made bool
}

// NewModelOptions gives the initial values.
func NewModelOptions() *ModelOptions {
	var c C.primer_model_options
	C.primer_model_options_init(&c, C.sizeof_primer_model_options)
	return modelOptionsOf(&c)
}

// modelOptionsOf copies the library's form of the options.
func modelOptionsOf(c *C.primer_model_options) *ModelOptions {
	o := &ModelOptions{
		Threads:      int(c.threads),
		Quantised:    c.quantised != 0,
		Verify:       c.verify != 0,
		Device:       Device(c.device),
		DeviceNumber: int(c.device_number),
		made:         true,
	}
	return o
}

// lend gives the library's form of the options, NULL for nil.
func (o *ModelOptions) lend(memory *memory) (*C.primer_model_options, error) {
	if o == nil {
		return nil, nil
	}
	if !o.made {
		return nil, unmade("ModelOptions")
	}
	c := (*C.primer_model_options)(memory.allocate(C.sizeof_primer_model_options))
	C.primer_model_options_init(c, C.sizeof_primer_model_options)
	var number numbers
	c.threads = number.uint32("Threads", o.Threads)
	c.quantised = flag(o.Quantised)
	c.verify = flag(o.Verify)
	c.device = C.int32_t(o.Device)
	c.device_number = number.uint32("DeviceNumber", o.DeviceNumber)
	return c, number.err
}
