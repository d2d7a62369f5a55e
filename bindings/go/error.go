package primer

// #include "primer.h"
import "C"

import "strings"

// Error is why a call failed. Every error of this package is one.
//
// It unwraps to its Status, so that errors.Is(err, primer.ErrMismatch) tells a kind of failure from others, and to what
// made it fail on the side of Go: the error of a context, of a progress function or of an [io.Reader].
type Error struct {
	// Status is the kind of failure.
	Status Status
	// Message is for people, in English, with file, line, tensor and byte where they are known.
	Message string
	// File is the file that the error is about, as it was given; for data from memory its name. Empty where there is
	// none.
	File string
	// Line is the line that the error is about, counted from 1; -1 where there is none.
	Line int64
	// Byte is the byte that the error is about, counted from 0 in the file, line or text; -1 where there is none.
	Byte int64
	// Tensor is the name of the tensor that the error is about. Empty where there is none.
	Tensor string

	causes []error
}

// Error gives the message, and what is behind it.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("primer: ")
	text.WriteString(e.Message)
	for _, cause := range e.causes {
		if cause != ErrClosed {
			text.WriteString(": ")
			text.WriteString(cause.Error())
		}
	}
	return text.String()
}

// Unwrap gives the status and the causes.
func (e *Error) Unwrap() []error {
	return append([]error{e.Status}, e.causes...)
}

// failure is an error that is found on this side.
func failure(status Status, message string, causes ...error) *Error {
	return &Error{Status: status, Message: message, Line: -1, Byte: -1, causes: causes}
}

// check turns what a function of the library returned into a Go error and frees the library's. It takes the address of
// the error, since the order in which Go evaluates arguments is otherwise free.
func check(status C.primer_status, err **C.primer_error) error {
	defer func() {
		C.primer_error_free(*err)
		*err = nil
	}()
	if status == C.PRIMER_OK {
		return nil
	}
	if *err == nil {
		return failure(Status(status), Status(status).String())
	}
	return &Error{
		Status:  Status(C.primer_error_status(*err)),
		Message: goString(C.primer_error_message(*err)),
		File:    goString(C.primer_error_file(*err)),
		Line:    int64(C.primer_error_line(*err)),
		Byte:    int64(C.primer_error_byte(*err)),
		Tensor:  goString(C.primer_error_tensor(*err)),
	}
}
