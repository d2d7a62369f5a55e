package primer

// #include "primer.h"
import "C"

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// numbers converts to the widths that the library has; err names the first field that does not fit.
type numbers struct {
	err error
}

func (n *numbers) uint32(field string, value int) C.uint32_t {
	if value < 0 || int64(value) > math.MaxUint32 {
		n.refuse(field, value)
	}
	return C.uint32_t(value)
}

func (n *numbers) int32(field string, value int) C.int32_t {
	if int64(value) < math.MinInt32 || int64(value) > math.MaxInt32 {
		n.refuse(field, value)
	}
	return C.int32_t(value)
}

func (n *numbers) refuse(field string, value int) {
	if n.err == nil {
		n.err = failure(ErrInvalidArgument, fmt.Sprintf("%s cannot be %d", field, value))
	}
}

func flag(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}

// unmade refuses options that were written as a literal: their zeros would stand for values that nobody chose.
func unmade(options string) error {
	return failure(ErrInvalidArgument, options+" must be made with New"+options)
}

func readAll(r io.Reader, what string) ([]byte, error) {
	if r == nil {
		return nil, failure(ErrInvalidArgument, "the reader is nil")
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, failure(ErrIO, "cannot read "+what, err)
	}
	return data, nil
}

// goStrings copies a list that the library gives one by one; nil for an empty one.
func goStrings(count C.size_t, item func(C.size_t) C.primer_str) []string {
	if count == 0 {
		return nil
	}
	list := make([]string, count)
	for i := range list {
		list[i] = goString(item(C.size_t(i)))
	}
	return list
}

func goJSON(text C.primer_str) json.RawMessage {
	if text.data == nil {
		return nil
	}
	return json.RawMessage(goString(text))
}
