package js

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestCloseDuringCall closes an instance out of its own call.
func TestCloseDuringCall(t *testing.T) {
	loaded := func(t *testing.T, cfg engine.Config, open bool, body string) engine.VM {
		code := "export async function f() { " + body + " }"
		if open {
			code = "const each = host.open()[Symbol.asyncIterator](); await each.next(); " + code
		}
		return load(t, code, cfg).vm
	}
	enginetest.CheckCloseDuringCall(t, loaded, "await host.stop()", map[string]string{
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
	})
}

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
