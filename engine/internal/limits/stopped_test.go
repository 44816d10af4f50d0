package limits

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func TestStopped(t *testing.T) {
	past := time.Now().Add(-time.Second)
	reason := errors.New("interrupted")
	for _, c := range []struct {
		name    string
		context func() (context.Context, func())
		kind    engine.Kind
		message string
		wraps   error
	}{
		{"cancelled", func() (context.Context, func()) {
			ctx, cancel := context.WithCancel(context.Background())
			return ctx, cancel
		}, engine.KindInterrupt, "the script was stopped", context.Canceled},
		{"cancelled with a cause", func() (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(context.Background())
			return ctx, func() { cancel(reason) }
		}, engine.KindInterrupt, "the script was stopped: interrupted", reason},
		{"past the deadline", func() (context.Context, func()) {
			ctx, cancel := context.WithDeadline(context.Background(), past)
			return ctx, cancel
		}, engine.KindTimeout, "the script ran out of time", context.DeadlineExceeded},
		{"past the deadline with a cause", func() (context.Context, func()) {
			ctx, cancel := context.WithDeadlineCause(context.Background(), past, reason)
			return ctx, cancel
		}, engine.KindTimeout, "the script was stopped: interrupted", reason},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := c.context()
			cancel()
			if e := Stopped(ctx); e.Kind != c.kind || e.Message != c.message || !errors.Is(e, c.wraps) {
				t.Errorf("%v: %q, wraps %v", e.Kind, e.Message, e.Err)
			}
		})
	}
}
