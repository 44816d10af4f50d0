package lua

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestCloseDuringCall closes an instance out of its own call. The call ends, and the instance is freed afterwards.
func TestCloseDuringCall(t *testing.T) {
	var v *vm
	stop := engine.Function{Name: "stop", Call: func(context.Context, []any) (any, error) { return nil, v.Close() }}
	stopSync := stop
	stopSync.Name, stopSync.Sync = "stop_sync", true
	ended := make(chan struct{})
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		stop, stopSync,
		{Name: "stop_loaded", Call: func(context.Context, []any) (any, error) {
			other := newInstance(t, engine.Config{Modules: []*engine.Module{{Name: "host", Functions: []engine.Function{stop}}}}, "function f() host.stop() end")
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
	for name, code := range map[string]string{
		"host call":         "return host.stop()",
		"synchronous call":  "return host.stop_sync()",
		"protected":         "pcall(host.stop) while true do end",
		"task":              "map({1, 2}, function() host.stop() end)",
		"deep":              "local function down(n) if n == 0 then host.stop() end down(n - 1) return n end down(3000)",
		"coroutine":         "coroutine.wrap(function() host.stop() end)()",
		"sequence":          "for _ in host.each() do end",
		"other instance":    "host.stop_loaded()",
		"last function":     "host.on_close()",
		"print":             "print('x')",
		"print, protected":  "pcall(print, 'x')",
		"print in a thread": "parallel(function() print('x') end)",
	} {
		t.Run(name, func(t *testing.T) {
			ended = make(chan struct{})
			cfg := engine.Config{Modules: []*engine.Module{host}, Stdout: closingWriter{&v}}
			v = newInstance(t, cfg, "local each = host.open() each() function f() "+code+" end")
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
			case <-time.After(enginetest.Longest):
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
type closingWriter struct{ v **vm }

func (w closingWriter) Write(p []byte) (int, error) { return len(p), (*w.v).Close() }
