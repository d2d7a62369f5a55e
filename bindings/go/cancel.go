package primer

// #include "primer.h"
import "C"

import (
	"context"
	"errors"
)

// cancellation lets a context stop one call of the library.
type cancellation struct {
	ctx   context.Context
	token *C.primer_cancel
	stop  func() bool
	asked chan struct{}
}

// watch begins to watch a context. The token is NULL for one that cannot end, nil included. A context that has ended
// already gives the error of a cancelled call.
func watch(ctx context.Context) (*cancellation, error) {
	c := &cancellation{ctx: ctx}
	if ctx == nil || ctx.Done() == nil {
		return c, nil
	}
	if ctx.Err() != nil {
		return nil, failure(ErrCancelled, "cancelled before it began", causes(ctx)...)
	}
	var err *C.primer_error
	if err := check(C.primer_cancel_new(&c.token, &err), &err); err != nil {
		return nil, err
	}
	c.asked = make(chan struct{})
	c.stop = context.AfterFunc(ctx, func() {
		C.primer_cancel_request(c.token)
		close(c.asked)
	})
	return c, nil
}

// end stops to watch and frees the token. Where it was the context that cancelled the call, the error says so.
func (c *cancellation) end(err error) error {
	if c.token == nil {
		return err
	}
	if !c.stop() {
		<-c.asked // the token is in use until then
	}
	requested := C.primer_cancel_is_requested(c.token) != 0
	C.primer_cancel_free(c.token)
	c.token = nil
	var failed *Error
	if requested && errors.As(err, &failed) && failed.Status == ErrCancelled && len(failed.causes) == 0 {
		failed.causes = causes(c.ctx)
	}
	return err
}

// causes are the error of a context that has ended and, where there is one of its own, its cause.
func causes(ctx context.Context) []error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == err {
		return []error{err}
	}
	return []error{err, cause}
}
