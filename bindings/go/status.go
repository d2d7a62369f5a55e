package primer

// #include "primer.h"
import "C"

// Status says what kind of failure an [Error] is. The Err… constants are the statuses: compare with [errors.Is].
type Status int32

const (
	// OK is success; no error has it.
	OK Status = C.PRIMER_OK
	// ErrInvalidArgument: an argument or option has a value that cannot be used; the message names it.
	ErrInvalidArgument Status = C.PRIMER_ERR_INVALID_ARGUMENT
	// ErrInvalidUTF8: text is not valid UTF-8; [Error.Byte] is the first bad byte.
	ErrInvalidUTF8 Status = C.PRIMER_ERR_INVALID_UTF8
	// ErrIO: the operating system refused, or an [io.Reader] did: no such file, no permission, disk full.
	ErrIO Status = C.PRIMER_ERR_IO
	// ErrFormat: a model, tokenizer or adapter file is damaged or not what it claims to be.
	ErrFormat Status = C.PRIMER_ERR_FORMAT
	// ErrData: labelled data cannot be read; [Error.File] and [Error.Line] say where.
	ErrData Status = C.PRIMER_ERR_DATA
	// ErrMismatch: two things that are fine by themselves do not fit, as an adapter and another model.
	ErrMismatch Status = C.PRIMER_ERR_MISMATCH
	// ErrUnsupported: a file or an option is well formed but asks for something that the library, as it was built, does
	// not do.
	ErrUnsupported Status = C.PRIMER_ERR_UNSUPPORTED
	// ErrCancelled: a context or a callback asked to stop. The error then wraps the context's or the callback's, too.
	ErrCancelled Status = C.PRIMER_ERR_CANCELLED
	// ErrBusy: a [Tagger] was in use by another call.
	ErrBusy Status = C.PRIMER_ERR_BUSY
	// ErrNonFinite: a loss or a gradient is not finite: training has diverged.
	ErrNonFinite Status = C.PRIMER_ERR_NON_FINITE
	// ErrTooLarge: something is larger than the limit that protects the process.
	ErrTooLarge Status = C.PRIMER_ERR_TOO_LARGE
	// ErrCompute: a computation failed inside the tensor library or on the device.
	ErrCompute Status = C.PRIMER_ERR_COMPUTE
	// ErrPanic: a defect of the library was caught; please report the message. A [Tagger] that was in the call can
	// only be closed.
	ErrPanic Status = C.PRIMER_ERR_PANIC
	// ErrOutOfMemory: a device's memory does not hold what was asked of it. Smaller batches may fit.
	ErrOutOfMemory Status = C.PRIMER_ERR_OUT_OF_MEMORY
	// ErrDevice: the device that was asked for is not there, or cannot be used.
	ErrDevice Status = C.PRIMER_ERR_DEVICE
)

// String gives the status as the C header spells it, "PRIMER_ERR_IO".
func (s Status) String() string {
	return C.GoString(C.primer_status_name(C.primer_status(s)))
}

// Error makes a status an error, to compare with by [errors.Is].
func (s Status) Error() string {
	return "primer: " + s.String()
}
