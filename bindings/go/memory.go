package primer

// #include <stdlib.h>
// #include "primer.h"
import "C"

import (
	"strings"
	"unsafe"
)

// memory is what a call lends to the library: copies outside of the garbage collector's reach, since Go pointers must
// not lie in structs that are passed to C. It is freed when the call is over.
type memory struct {
	blocks []unsafe.Pointer
}

func (m *memory) free() {
	for _, block := range m.blocks {
		C.free(block)
	}
	m.blocks = nil
}

// allocate never gives nil, not for a size of 0 either.
func (m *memory) allocate(size uintptr) unsafe.Pointer {
	block := C.malloc(C.size_t(size + 1))
	m.blocks = append(m.blocks, block)
	return block
}

// path gives a NUL-terminated copy, and NULL for "". The argument is named where it holds a NUL byte, which would cut
// it short.
func (m *memory) path(argument, path string) (*C.char, error) {
	if path == "" {
		return nil, nil
	}
	return m.name(argument, path)
}

// name is path for a string that may be empty.
func (m *memory) name(argument, name string) (*C.char, error) {
	if strings.IndexByte(name, 0) >= 0 {
		return nil, failure(ErrInvalidArgument, argument+" has a NUL byte")
	}
	block := m.allocate(uintptr(len(name)))
	bytes := unsafe.Slice((*byte)(block), len(name)+1)
	copy(bytes, name)
	bytes[len(name)] = 0
	return (*C.char)(block), nil
}

// names gives a NUL-terminated copy of each, and NULL for none.
func (m *memory) names(argument string, names []string) (**C.char, C.size_t, error) {
	if len(names) == 0 {
		return nil, 0, nil
	}
	block := (**C.char)(m.allocate(uintptr(len(names)) * unsafe.Sizeof((*C.char)(nil))))
	for i, name := range names {
		text, err := m.name(argument, name)
		if err != nil {
			return nil, 0, err
		}
		unsafe.Slice(block, len(names))[i] = text
	}
	return block, C.size_t(len(names)), nil
}

// text gives a copy with its length.
func (m *memory) text(text string) C.primer_str {
	if text == "" {
		return C.primer_str{}
	}
	block := m.allocate(uintptr(len(text)))
	copy(unsafe.Slice((*byte)(block), len(text)), text)
	return C.primer_str{data: (*C.char)(block), len: C.size_t(len(text))}
}

// texts gives copies of all in one block; nil gives NULL, an empty list does not.
func (m *memory) texts(texts []string) (*C.primer_str, C.size_t) {
	if texts == nil {
		return nil, 0
	}
	head := uintptr(len(texts)) * unsafe.Sizeof(C.primer_str{})
	size := head
	for _, text := range texts {
		size += uintptr(len(text))
	}
	block := m.allocate(size)
	list := unsafe.Slice((*C.primer_str)(block), len(texts))
	rest := unsafe.Slice((*byte)(unsafe.Add(block, head)), size-head)
	for i, text := range texts {
		list[i] = C.primer_str{data: (*C.char)(unsafe.Pointer(unsafe.SliceData(rest))), len: C.size_t(len(text))}
		rest = rest[copy(rest, text):]
	}
	return (*C.primer_str)(block), C.size_t(len(texts))
}

// indices gives a copy of the list; nil for an empty one.
func (m *memory) indices(indices []int) (*C.size_t, C.size_t) {
	if len(indices) == 0 {
		return nil, 0
	}
	block := m.allocate(uintptr(len(indices)) * unsafe.Sizeof(C.size_t(0)))
	list := unsafe.Slice((*C.size_t)(block), len(indices))
	for i, index := range indices {
		list[i] = C.size_t(index) // a negative one becomes too large, and is refused as that
	}
	return (*C.size_t)(block), C.size_t(len(indices))
}

// goString copies what the library lends.
func goString(text C.primer_str) string {
	if text.len == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text.data)), text.len))
}

// lent gives Go's own bytes to a call that does not keep them.
func lent(data []byte) (unsafe.Pointer, C.size_t) {
	if len(data) == 0 {
		return nil, 0
	}
	return unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data))
}

// lentText is lent for a string.
func lentText(text string) (*C.char, C.size_t) {
	if text == "" {
		return nil, 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))
}

// owned copies a buffer of the library and frees it.
func owned(buffer *C.primer_buffer) []byte {
	defer C.primer_buffer_free(buffer)
	size := C.primer_buffer_size(buffer)
	if size == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(C.primer_buffer_data(buffer)), size)...)
}

// counts gives a copy of the list, whose field is named where a number does not fit; nil for an empty one.
func (m *memory) counts(number *numbers, field string, counts []int) (*C.uint32_t, C.size_t) {
	if len(counts) == 0 {
		return nil, 0
	}
	block := m.allocate(uintptr(len(counts)) * unsafe.Sizeof(C.uint32_t(0)))
	for i, count := range counts {
		unsafe.Slice((*C.uint32_t)(block), len(counts))[i] = number.uint32(field, count)
	}
	return (*C.uint32_t)(block), C.size_t(len(counts))
}

// goTexts copies a list that the library lends; nil for an empty one.
func goTexts(texts *C.primer_str, count C.size_t) []string {
	var list []string
	for _, text := range unsafe.Slice(texts, count) {
		list = append(list, goString(text))
	}
	return list
}
