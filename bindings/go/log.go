package primer

// #include "callback.h"
import "C"

import (
	"runtime/cgo"
	"sync"
)

// LogFunc receives a message. It may be called on any goroutine, also on several at once, and must return: it must not
// call [runtime.Goexit]. There is nobody to tell of a panic in it: it is dropped.
type LogFunc func(level LogLevel, message string)

var logging struct {
	sync.Mutex
	handle cgo.Handle
}

// SetLog sends the library's messages to log, those of level and more important ones; nil turns logging off, as it is
// at the start. The setting is one for the whole process. When SetLog returns, the function that was set before is not
// called any more.
//
// It fails with [ErrInvalidArgument] for another level, and with [ErrBusy] while another call of it runs, which is also
// what the function itself would get.
func SetLog(level LogLevel, log LogFunc) error {
	if err := usable(); err != nil {
		return err
	}
	// To wait here could be for ever: the library waits for the function to return, and that perhaps for the lock.
	if !logging.TryLock() {
		return failure(ErrBusy, "SetLog is in use by another call")
	}
	defer logging.Unlock()
	var handle cgo.Handle
	if log != nil {
		handle = cgo.NewHandle(log)
	}
	var err *C.primer_error
	if err := check(C.primer_go_log_set(C.int32_t(level), C.uintptr_t(handle), &err), &err); err != nil {
		if handle != 0 {
			handle.Delete()
		}
		return err
	}
	if logging.handle != 0 {
		logging.handle.Delete()
	}
	logging.handle = handle
	return nil
}
