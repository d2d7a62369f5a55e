package primer

// #include "primer.h"
import "C"

import (
	"encoding/json"
	"io"
	"runtime"
)

// Adapter is a trained method with its tag head, and the card that says what it is. It is immutable and may be used on
// several goroutines at once. It holds what it needs of its model, which may be closed. One model serves any number of
// adapters, chosen per call.
type Adapter struct {
	ref handle[*C.primer_adapter]
}

// LoadAdapter reads an adapter file, or a folder of PEFT or AdapterHub that names its tags, and checks that it belongs
// to the model.
//
// It fails with [ErrIO]; with [ErrFormat] for a damaged file, [ErrUnsupported] for a newer one or unknown settings,
// [ErrMismatch] for another model's, [ErrTooLarge]; [ErrInvalidArgument].
func LoadAdapter(path string, model *Model) (*Adapter, error) {
	backbone, err := model.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer model.handle().release()
	var memory memory
	defer memory.free()
	file, err := memory.name("path", path)
	if err != nil {
		return nil, err
	}
	var out *C.primer_adapter
	var failed *C.primer_error
	if err := check(C.primer_adapter_load(file, backbone, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newAdapter(out), nil
}

// AdapterFromBytes reads the adapter in the contents of a file and checks that it belongs to the model. It fails as
// [LoadAdapter] does.
func AdapterFromBytes(data []byte, model *Model) (*Adapter, error) {
	backbone, err := model.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer model.handle().release()
	bytes, size := lent(data)
	var out *C.primer_adapter
	var failed *C.primer_error
	if err := check(C.primer_adapter_from_memory(bytes, size, backbone, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return newAdapter(out), nil
}

// ReadAdapter reads an adapter file to its end and checks that it belongs to the model. It fails as [LoadAdapter] does;
// where the reader fails, with [ErrIO] and the reader's error.
func ReadAdapter(r io.Reader, model *Model) (*Adapter, error) {
	data, err := readAll(r, "the adapter")
	if err != nil {
		return nil, err
	}
	return AdapterFromBytes(data, model)
}

// ImportAdapter reads a folder of PEFT or AdapterHub, whichever it is, naming the rows of its head: tag O first, then
// for each of the types its B- and I- tag, or with SchemeBIOES its B-, I-, E- and S- tag. No types leave the names to
// the folder, as [LoadAdapter] does.
//
// It fails as [LoadAdapter] does, and with [ErrUnsupported] also for settings that would change the numbers in a way
// that is not computed here, by name.
func ImportAdapter(folder string, model *Model, scheme Scheme, types ...string) (*Adapter, error) {
	backbone, err := model.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer model.handle().release()
	var memory memory
	defer memory.free()
	path, err := memory.name("folder", folder)
	if err != nil {
		return nil, err
	}
	names, count := memory.texts(types)
	var out *C.primer_adapter
	var failed *C.primer_error
	status := C.primer_adapter_import(path, backbone, C.int32_t(scheme), names, count, &out, &failed)
	if err := check(status, &failed); err != nil {
		return nil, err
	}
	return newAdapter(out), nil
}

func newAdapter(object *C.primer_adapter) *Adapter {
	free := func(object *C.primer_adapter) { C.primer_adapter_free(object) }
	a := &Adapter{ref: handle[*C.primer_adapter]{object: object, free: free, name: "the adapter"}}
	runtime.SetFinalizer(a, (*Adapter).Close)
	return a
}

func (a *Adapter) handle() *handle[*C.primer_adapter] {
	if a == nil {
		return nil
	}
	return &a.ref
}

// Close frees the adapter when the last call with it has ended. Adapters made with it go on working. It may be called
// again, and always gives nil.
func (a *Adapter) Close() error {
	a.handle().close()
	return nil
}

// Save writes the adapter to one file. It is safe on several goroutines, also with the same path: one of the files
// stays. It fails with [ErrIO], also for a full disk, or [ErrInvalidArgument]; what was there before is then untouched.
func (a *Adapter) Save(path string) error {
	adapter, err := a.handle().acquire()
	if err != nil {
		return err
	}
	defer a.handle().release()
	var memory memory
	defer memory.free()
	file, err := memory.name("path", path)
	if err != nil {
		return err
	}
	var failed *C.primer_error
	return check(C.primer_adapter_save(adapter, file, &failed), &failed)
}

// Bytes gives what Save writes. It fails after Close.
func (a *Adapter) Bytes() ([]byte, error) {
	adapter, err := a.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer a.handle().release()
	var out *C.primer_buffer
	var failed *C.primer_error
	if err := check(C.primer_adapter_to_memory(adapter, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return owned(out), nil
}

// WriteTo writes to w what Save writes to a file, and implements [io.WriterTo]. An error of w is given as it is.
func (a *Adapter) WriteTo(w io.Writer) (int64, error) {
	data, err := a.Bytes()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(data)
	return int64(n), err
}

// Export writes the adapter as a folder that another library loads: a LoRA adapter as FolderPEFT, a bottleneck adapter
// as FolderAdapterHub. The folder is made where it is missing; two exports must not write to one at the same time.
//
// It fails with [ErrUnsupported] for an adapter of another method; [ErrIO]; [ErrInvalidArgument]. No file is then half
// written; of the folder's files some may be there already.
func (a *Adapter) Export(format FolderFormat, folder string) error {
	adapter, err := a.handle().acquire()
	if err != nil {
		return err
	}
	defer a.handle().release()
	var memory memory
	defer memory.free()
	path, err := memory.name("folder", folder)
	if err != nil {
		return err
	}
	var failed *C.primer_error
	return check(C.primer_adapter_export(adapter, C.int32_t(format), path, &failed), &failed)
}

// SaveONNX writes the model with the adapter in it as one ONNX file for other runtimes, as docs/formats.md describes it: it
// takes input_ids and attention_mask and gives logits. All of the model is in it, in 32-bit floats. It is safe on several
// goroutines, also with the same path: one of the files stays.
//
// It fails with [ErrTooLarge] beyond the 2 GiB that such a file can hold; [ErrUnsupported] where the library was built
// without the feature "onnx"; [ErrIO], also for a full disk; [ErrInvalidArgument]. What was there before is then untouched.
func (a *Adapter) SaveONNX(path string) error {
	adapter, err := a.handle().acquire()
	if err != nil {
		return err
	}
	defer a.handle().release()
	var memory memory
	defer memory.free()
	file, err := memory.name("path", path)
	if err != nil {
		return err
	}
	var failed *C.primer_error
	return check(C.primer_adapter_save_onnx(adapter, file, &failed), &failed)
}

// ONNX gives what SaveONNX writes. It fails as that does.
func (a *Adapter) ONNX() ([]byte, error) {
	adapter, err := a.handle().acquire()
	if err != nil {
		return nil, err
	}
	defer a.handle().release()
	var out *C.primer_buffer
	var failed *C.primer_error
	if err := check(C.primer_adapter_to_onnx(adapter, &out, &failed), &failed); err != nil {
		return nil, err
	}
	return owned(out), nil
}

// Name is the adapter's name, for people; it may be empty, and is after Close.
func (a *Adapter) Name() string {
	return get(a.handle(), func(c *C.primer_adapter) string { return goString(C.primer_adapter_name(c)) })
}

// Card is a JSON object: version, name, method and its settings, tags, backbone, and how the adapter was trained. It is
// nil after Close.
func (a *Adapter) Card() json.RawMessage {
	return get(a.handle(), func(c *C.primer_adapter) json.RawMessage { return goJSON(C.primer_adapter_card(c)) })
}

// ParameterCount is the number of the adapter's parameters, head included; 0 after Close.
func (a *Adapter) ParameterCount() int {
	return get(a.handle(), func(c *C.primer_adapter) int { return int(C.primer_adapter_parameter_count(c)) })
}

// Types are the entity types that the adapter tags; [Entity.LabelIndex] is an index of them. Nil after Close.
func (a *Adapter) Types() []string {
	return get(a.handle(), func(c *C.primer_adapter) []string {
		return goStrings(C.primer_adapter_type_count(c), func(i C.size_t) C.primer_str { return C.primer_adapter_type(c, i) })
	})
}

// Tags are O, and the types with the scheme's prefixes; [Word.TagIndex] is an index of them. Nil after Close.
func (a *Adapter) Tags() []string {
	return get(a.handle(), func(c *C.primer_adapter) []string {
		return goStrings(C.primer_adapter_tag_count(c), func(i C.size_t) C.primer_str { return C.primer_adapter_tag(c, i) })
	})
}
