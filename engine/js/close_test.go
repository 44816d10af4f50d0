package js

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
			cfg := engine.Config{Modules: []*engine.Module{{Name: "host", Functions: []engine.Function{stop}}}}
			other := load(t, "export async function f() { await host.stop() }", cfg)
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
		"host call":        "return host.stop()",
		"awaited":          "await host.stop(); for (;;);",
		"synchronous call": "host.stopSync(); for (;;);",
		"caught":           "try { await host.stop() } catch {} for (;;);",
		"calls at once":    "await Promise.all([1, 2].map(() => host.stop())); for (;;);",
		"timer":            "await new Promise(() => setTimeout(() => host.stop(), 0))",
		"sequence":         "for await (const _ of host.each()); for (;;);",
		"other instance":   "await host.stopLoaded(); for (;;);",
		"last function":    "host.onClose(); for (;;);",
		"print":            "console.log('x'); for (;;);",
	} {
		t.Run(name, func(t *testing.T) {
			ended = make(chan struct{})
			cfg := engine.Config{Modules: []*engine.Module{host}, Stdout: closingWriter{&v}}
			v = load(t, "const each = host.open()[Symbol.asyncIterator](); await each.next(); export async function f() { "+code+" }", cfg).vm
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

// TestCloseAtTheBeginning closes instances at the moment at which a call that never ends begins.
func TestCloseAtTheBeginning(t *testing.T) {
	made, p := script{code: "export function f() { for (;;); }", name: "test.js"}.start(t, NewRuntime())
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		v := newVM(engine.Config{})
		if err := v.Load(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		begun, done := make(chan struct{}), make(chan error)
		go func() {
			close(begun)
			_, err := v.Call(context.Background(), "f", nil)
			done <- err
		}()
		<-begun
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if !errors.Is(err, engine.ErrClosed) {
				t.Fatal(err)
			}
		case <-time.After(enginetest.Longest):
			t.Fatal("the call did not stop")
		}
	}
}
