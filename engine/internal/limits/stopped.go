package limits

import (
	"context"
	"errors"

	"github.com/crisphost/crisphost/engine"
)

// Stopped returns the error of a script whose context ended: of KindTimeout past its deadline, of KindMemory when it took too much
// memory, and of KindInterrupt otherwise.
// It wraps the context's cause and tells it, unless that is one of the context package's own. Runtimes add the place.
func Stopped(ctx context.Context) *engine.Error {
	cause := context.Cause(ctx)
	e := &engine.Error{Kind: engine.KindInterrupt, Message: "the script was stopped", Err: cause}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Kind = engine.KindTimeout
	}
	if errors.As(cause, new(*engine.MemoryError)) {
		e.Kind = engine.KindMemory
	}
	switch {
	case cause == context.DeadlineExceeded: //nolint:errorlint // a cause that wraps it says more itself
		e.Message = "the script ran out of time"
	case cause != nil && cause != context.Canceled: //nolint:errorlint // as above
		e.Message += ": " + cause.Error()
	}
	return e
}
