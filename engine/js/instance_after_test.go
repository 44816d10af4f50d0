package js

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
	"github.com/crisphost/crisphost/internal/testwait"
)

// TestIdleReportsRejections has promises that are rejected while Idle runs timers.
func TestIdleReportsRejections(t *testing.T) {
	l := load(t, `setTimeout(() => { Promise.reject(new Error("late")) }, 1)
		setTimeout(() => { Promise.reject(new Error("never")).catch(() => {}) }, 1)
		AbortSignal.timeout(1).onabort = () => { throw new Error("in a handler") }
		setTimeout(() => {}, 10)
		export function endless() { setTimeout(() => { Promise.reject(new Error("meanwhile")) }, 1); setInterval(() => {}, 1) }`, engine.Config{})
	if err := l.Idle(t.Context()); err != nil {
		t.Error(err)
	}
	if text := strings.Join(l.failed, "\n"); len(l.failed) != 2 || !strings.Contains(text, "late") || !strings.Contains(text, "in a handler") {
		t.Errorf("the hook has %q", l.failed)
	}
	l.call("endless", nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	idle := make(chan error, 1)
	go func() { idle <- l.Idle(ctx) }()
	testwait.Until(t, "the hook has it", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.failed) == 3
	})
	cancel()
	if err := <-idle; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if text := strings.Join(l.failed, "\n"); len(l.failed) != 3 || !strings.Contains(text, "meanwhile") {
		t.Errorf("the hook has %q", l.failed)
	}
}

// TestStopWhileShowing throws errors whose look never ends: the call is stopped, and the instance with it.
func TestStopWhileShowing(t *testing.T) {
	const look = "throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } })"
	stopped := func(f func(context.Context) error) {
		t.Helper()
		done := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			defer cancel()
			done <- f(ctx)
		}()
		select {
		case err := <-done:
			if !errors.Is(err, engine.ErrTimeout) {
				t.Error(err)
			}
		case <-time.After(enginetest.Longest):
			t.Fatal("the call did not stop")
		}
	}
	for _, code := range []string{"export function f() { " + look + " }", "export async function f() { await null; " + look + " }"} {
		l := load(t, code, engine.Config{})
		stopped(func(ctx context.Context) error { _, err := l.Call(ctx, "f", nil); return err })
		if _, err := l.Call(t.Context(), "f", nil); !errors.Is(err, engine.ErrClosed) {
			t.Error(err)
		}
	}
	vm, p := script{code: look, name: "test.js"}.start(t, NewRuntime())
	stopped(func(ctx context.Context) error { return vm.Load(ctx, p) })
}

// A sequence outlives the call that began it, and that call's context; the next call's stops it.
func TestSequenceOutlivesCall(t *testing.T) {
	type key struct{}
	begun := make(chan context.Context, 2)
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "each", Sync: true, Call: func(ctx context.Context, _ []any) (any, error) {
		begun <- ctx
		return engine.Sequence(func(yield func(any, error) bool) {
			for i := 1; i < 3 && ctx.Err() == nil; i++ {
				if !yield(i, nil) {
					return
				}
			}
			<-ctx.Done()
			yield(nil, context.Cause(ctx))
		}), nil
	}}}}
	l := load(t, `
		let each;
		export const pull = async () => (await each.next()).value;
		export const begin = () => { each = host.each(); return pull() };
	`, engine.Config{Modules: []*engine.Module{host}})
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Hour)
	if got, err := l.Call(ctx, "begin", nil); err != nil || got != int64(1) {
		t.Fatalf("begin: %v, error %v", got, err)
	}
	cancel()
	hostCtx := <-begun
	if hostCtx.Err() != nil || hostCtx.Value(key{}) != "value" {
		t.Errorf("the context of the sequence: error %v, value %v", hostCtx.Err(), hostCtx.Value(key{}))
	}
	if _, ok := hostCtx.Deadline(); ok {
		t.Error("the context of the sequence keeps the deadline of the call that began it")
	}
	l.call("pull", int64(2))
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	var e *engine.Error
	if _, err := l.Call(ctx, "pull", nil); !errors.As(err, &e) || e.Kind != engine.KindTimeout {
		t.Errorf("a pull that waits: %v, want a timeout", err)
	}
	if !errors.Is(context.Cause(hostCtx), context.DeadlineExceeded) {
		t.Errorf("the sequence ended with %v", context.Cause(hostCtx))
	}
}

// What nobody can read any more frees its context: sequences that were read to the end, left early, never read, or lost.
func TestSequencesEnd(t *testing.T) {
	given := make(chan context.Context, 4)
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "each", Call: func(ctx context.Context, _ []any) (any, error) {
		given <- ctx
		return engine.Sequence(func(yield func(any, error) bool) { _ = yield(1, nil) && yield(2, nil) }), nil
	}}}}
	l := load(t, `
		export const whole = async () => { for await (const x of await host.each()); };
		export const early = async () => { for await (const x of await host.each()) break };
		export const lost = async () => { await host.each() };
		export const half = async () => { await (await host.each()).next() };
	`, engine.Config{Modules: []*engine.Module{host}})
	for _, name := range []string{"whole", "early", "lost", "half"} {
		l.call(name, nil)
		ctx := <-given
		for ctx.Err() == nil {
			if t.Context().Err() != nil {
				t.Fatalf("%s: the context does not end", name)
			}
			runtime.GC()
			l.call(name, nil) // goja's stack keeps the last values
			<-given
		}
	}
}
