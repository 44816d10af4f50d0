package engine

import (
	"context"
	"errors"
)

// Stopped returns the error of a script whose context ended: of KindTimeout past its deadline, of KindMemory when it took too much
// memory, and of KindInterrupt otherwise.
// It wraps the context's cause and tells it, unless that is one of the context package's own. Runtimes add the place.
func Stopped(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	e := &Error{Kind: KindInterrupt, Message: "the script was stopped", Err: cause}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Kind = KindTimeout
	}
	if errors.As(cause, new(*MemoryError)) {
		e.Kind = KindMemory
	}
	switch {
	case cause == context.DeadlineExceeded: //nolint:errorlint // a cause that wraps it says more itself
		e.Message = "the script ran out of time"
	case cause != nil && cause != context.Canceled: //nolint:errorlint // as above
		e.Message += ": " + cause.Error()
	}
	return e
}
