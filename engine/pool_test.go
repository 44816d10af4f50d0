package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func TestPoolHasNoInstanceFree(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "rest", Call: func(context.Context, []any) (any, error) {
		close(entered)
		<-leave
		return nil, nil
	}}}}
	eng := newEngine(t, engine.WithModules(host))
	p, err := eng.Compile(t.Context(), engine.FromString("a.lua", `function rest() host.rest() end`))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := eng.NewPool(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan error)
	go func() {
		_, err := engine.Call[any](t.Context(), pool, "rest")
		first <- err
	}()
	<-entered

	late, release := context.WithDeadline(t.Context(), time.Now().Add(time.Millisecond))
	defer release()
	_, err = engine.Call[any](late, pool, "rest")
	if !errors.Is(err, engine.ErrTimeout) || err.Error() != "a.lua: the call ran out of time before it began" {
		t.Errorf("past the deadline: %v", err)
	}
	reason := errors.New("shutting down")
	stopped, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	_, err = engine.Call[any](stopped, pool, "rest")
	if !errors.Is(err, reason) || err.Error() != "a.lua: the call was stopped before it began: shutting down" {
		t.Errorf("stopped: %v", err)
	}

	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
}
