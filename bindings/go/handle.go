package primer

import (
	"errors"
	"sync"
)

// ErrClosed is what a call with a closed model, data set, adapter, tagger or primed backbone gives. Such an error has
// the status [ErrInvalidArgument], too.
var ErrClosed = errors.New("primer: already closed")

// handle owns an object of the library. A call holds it from acquire to release, so that close frees it under nobody:
// the last holder does. The pointer into the handle that a deferred release keeps also keeps the garbage collector,
// and with it the finaliser, away from the Go value that the handle is part of.
type handle[P comparable] struct {
	mu     sync.Mutex
	object P
	users  int
	closed bool
	free   func(P)
	name   string
}

// acquire gives the object until release. A nil handle and one that was never set give NULL, which the library refuses
// where it needs an object.
func (h *handle[P]) acquire() (P, error) {
	var null P
	if h == nil {
		return null, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return null, failure(ErrInvalidArgument, h.name+" is closed", ErrClosed)
	}
	h.users++
	return h.object, nil
}

// release ends what acquire began.
func (h *handle[P]) release() {
	if h == nil {
		return
	}
	h.mu.Lock()
	h.users--
	last := h.closed && h.users == 0
	h.mu.Unlock()
	if last {
		h.drop()
	}
}

// close lets no further call begin. It does not wait for those that run.
func (h *handle[P]) close() {
	if h == nil {
		return
	}
	h.mu.Lock()
	last := !h.closed && h.users == 0
	h.closed = true
	h.mu.Unlock()
	if last {
		h.drop()
	}
}

func (h *handle[P]) drop() {
	var null P
	if h.object != null {
		h.free(h.object)
		h.object = null
	}
}

// get asks the object for something that cannot fail; after Close the getter is given NULL, for which the library
// answers zero.
func get[P comparable, T any](h *handle[P], getter func(P) T) T {
	object, err := h.acquire()
	if err == nil {
		defer h.release()
	}
	return getter(object)
}
