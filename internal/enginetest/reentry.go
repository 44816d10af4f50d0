package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// CheckSessionInsideEval evaluates entries that call host functions which use the session: the functions eval, get, get_now (a Sync
// one) and set of module back.
func CheckSessionInsideEval(t *testing.T, rt engine.Runtime, entries []string) {
	t.Helper()
	var s engine.Session
	back := &engine.Module{Name: "back", Functions: []engine.Function{
		{Name: "eval", Call: func(ctx context.Context, _ []any) (any, error) {
			_, err := s.Eval(ctx, "inner", "1")
			return nil, err
		}},
		{Name: "get", Call: func(context.Context, []any) (any, error) { return s.Get("x") }},
		{Name: "get_now", Sync: true, Call: func(context.Context, []any) (any, error) { return s.Get("x") }},
		{Name: "set", Call: func(context.Context, []any) (any, error) { return nil, s.Set("x", 1) }},
	}}
	s = NewSession(t, rt, engine.Config{Modules: []*engine.Module{back}})
	for _, code := range entries {
		done := make(chan error, 1)
		go func() {
			_, err := s.Eval(context.Background(), "outer", code)
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, engine.ErrBusy) {
				t.Errorf("%s: %v", code, err)
			}
		case <-time.After(Longest):
			t.Fatal(code + " waits for itself")
		}
	}
}

// CheckCloseDuringCall closes instances out of their own calls. The call ends, and the instance is freed afterwards.
//
// Load makes an instance with a function f of a body. It takes one item of host.open before. Stop is a body that calls host.stop;
// cases are bodies that call functions of module host, or print.
func CheckCloseDuringCall(t *testing.T, load func(t *testing.T, cfg engine.Config, open bool, body string) engine.VM, stop string, cases map[string]string) {
	t.Helper()
	var v engine.VM
	stopped := engine.Function{Name: "stop", Call: func(context.Context, []any) (any, error) { return nil, v.Close() }}
	stoppedSync := stopped
	stoppedSync.Name, stoppedSync.Sync = "stop_sync", true
	ended := make(chan struct{})
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		stopped, stoppedSync,
		{Name: "stop_loaded", Call: func(context.Context, []any) (any, error) {
			cfg := engine.Config{Modules: []*engine.Module{{Name: "host", Functions: []engine.Function{stopped}}}}
			other := load(t, cfg, false, stop)
			_, err := other.Call(t.Context(), "f", nil)
			return nil, errors.Join(err, other.Close())
		}},
		{Name: "on_close", Sync: true, Call: func(ctx context.Context, _ []any) (any, error) {
			engine.OnClose(ctx, func() { _ = v.Close() })
			return nil, v.Close()
		}},
		{Name: "each", Sync: true, Call: func(context.Context, []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) {
				if yield(1, nil) {
					yield(nil, v.Close())
				}
			}), nil
		}},
		{Name: "open", Sync: true, Call: func(context.Context, []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) {
				defer close(ended)
				yield(1, nil)
			}), nil
		}},
	}}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			ended = make(chan struct{})
			v = load(t, engine.Config{Modules: []*engine.Module{host}, Stdout: closingWriter{&v}}, true, body)
			done := make(chan error)
			go func() {
				_, err := v.Call(t.Context(), "f", nil)
				done <- err
			}()
			select {
			case err := <-done:
				if !errors.Is(err, engine.ErrClosed) {
					t.Errorf("the call: %v", err)
				}
			case <-time.After(Longest):
				t.Fatal("the call waits for itself")
			}
			if err := v.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-ended: // Close has waited until everything was freed
			default:
				t.Error("a sequence is left open")
			}
			if _, err := v.Call(t.Context(), "f", nil); !errors.Is(err, engine.ErrClosed) {
				t.Errorf("a call afterwards: %v", err)
			}
		})
	}
}

// closingWriter closes an instance when something is written.
type closingWriter struct{ v *engine.VM }

func (w closingWriter) Write(p []byte) (int, error) { return len(p), (*w.v).Close() }
