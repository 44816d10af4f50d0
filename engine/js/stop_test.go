package js

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// stuckScripts never end by themselves. They say "ready" once they are where they stay.
var stuckScripts = []struct{ name, code, at string }{
	{"loop", "let n = 0;\nwhile (true) if (n++ === 0) console.log('ready')", "test.ts:2:"},
	{"loop in finally", "let n = 0;\nfunction next() { if (n++ === 9) console.log('ready') }\ntry {\n  for (;;) {\n    try { while (n < 5) next() } catch {} finally { while (true) next() }\n  }\n} catch {} finally { for (;;) next() }", "test.ts:"},
	{"loop in a function", "function spin() {\n  for (let i = 0; ; i++) if (i === 1) console.log('ready');\n}\nspin()", "test.ts:2:"},
	{"loop in a callback of a built-in", "\n[0].forEach((n) => { while (true) if (n++ === 0) console.log('ready') })", "test.ts:2:"},
	{"loop in a generator", "function* g() { for (let i = 0; ; i++) yield i }\nfor (const x of g()) if (x === 9) console.log('ready')", "test.ts:"},
	{"endless microtasks", "let n = 0;\nconst again = () => { if (n++ === 9) console.log('ready'); return Promise.resolve().then(again) };\nawait again()", "test.ts:"},
	{"endless awaits", "async function f() { for (let i = 0; ; i++) { await null; if (i === 9) console.log('ready') } }\nawait f()", "test.ts:"},
	{"host call", "setTimeout(() => console.log('ready'), 1);\nawait demo.wait()", "test.ts"},
	{"host call that is caught", "setTimeout(() => console.log('ready'), 1);\nfor (;;) { try { await demo.wait() } catch {} }", "test.ts"},
	{"many host calls", "setTimeout(() => console.log('ready'), 1);\nawait Promise.all(Array.from({ length: 1000 }, () => demo.wait()))", "test.ts"},
	{"timer", "setTimeout(() => console.log('ready'), 1);\nawait new Promise((r) => setTimeout(r, 1e9))", "test.ts"},
	{"interval", "let n = 0; setInterval(() => { if (n++ === 3) console.log('ready') }, 1)", "test.ts"},
	{"host call after the program's end", "setTimeout(() => console.log('ready'), 1);\ndemo.wait()", "test.ts"},
	{"stream", "let n = 0;\nfor await (const x of demo.endless()) if (n++ === 9) console.log('ready')", "test.ts"},
	{"default export", "let n = 0;\nexport default { get x() { for (;;) if (n++ === 0) console.log('ready') } }", "test.ts:2:"},
	{"message of an error", "let n = 0;\nthrow Object.defineProperty(new Error(''), 'message', { get() { for (;;) if (n++ === 0) console.log('ready') } })", "test.ts:2:"},
	{"polyfill", "setTimeout(() => console.log('ready'), 1);\nawait map([1, 2], () => demo.wait(), 2)", "test.ts"},
}

// TestStopInNestedAsyncFunctions stops a script deeper in async functions than unwinding reaches: the VM still serves the
// next program, but starts afresh.
func TestStopInNestedAsyncFunctions(t *testing.T) {
	rt := NewRuntime()
	var out bytes.Buffer
	vm, err := rt.New(engine.Config{Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = vm.Close() }()
	run := func(code string) error {
		p, err := script{code: code}.compile(t, rt)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		_, err = vm.Run(ctx, p)
		return err
	}
	const nested = "globalThis.kept = %d; async function f(n) { if (n > 0) return f(n - 1); for (let i = 0; ; i++) ; }\nf(%d)"
	for _, c := range []struct {
		depth int
		want  string
	}{{unwindDepth / 2, "number\n"}, {unwindDepth * 2, "undefined\n"}} {
		out.Reset()
		if err := run(fmt.Sprintf(nested, c.depth, c.depth)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("depth %d: %v, want a timeout", c.depth, err)
		}
		if err := run("await null; console.log(typeof kept); delete globalThis.kept"); err != nil || out.String() != c.want {
			t.Errorf("after depth %d: %v, printed %q, want %q", c.depth, err, out.String(), c.want)
		}
	}
}

// TestStopKeepsTheVM stops a script that waits, many times: what it left must be there whenever the interrupt comes, which
// runs beside the loop that notices the end of the context by itself.
func TestStopKeepsTheVM(t *testing.T) {
	const runs, calls = 200, 50
	var begun atomic.Int32
	var cancel context.CancelFunc
	stop := &engine.Module{Name: "stop", Apply: &engine.Function{Name: "stop", Call: func(ctx context.Context, _ []any) (any, error) {
		if begun.Add(1)%calls == 0 {
			cancel()
			for started := time.Now(); time.Since(started) < 50*time.Microsecond; { // let the loop go first
			}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	cfg := engine.Config{Modules: []*engine.Module{stop}}
	rt := NewRuntime()
	waits, err := script{code: fmt.Sprintf("globalThis.kept = (globalThis.kept ?? 0) + 1; await Promise.all(Array.from({ length: %d }, () => stop()))", calls), config: cfg}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := script{code: "export default kept", config: cfg}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = vm.Close() }()
	for range runs {
		var ctx context.Context
		ctx, cancel = context.WithCancel(context.Background())
		_, err := vm.Run(ctx, waits)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		begun.Store(0)
	}
	if result, err := vm.Run(context.Background(), kept); err != nil || result != int64(runs) {
		t.Errorf("the last program: %v, error %v; want %d", result, err, runs)
	}
}

// TestStopWhileWaiting stops a script by the very call that it awaits.
func TestStopWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stop := &engine.Module{Name: "stop", Apply: &engine.Function{Name: "stop", Call: func(ctx context.Context, _ []any) (any, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	cfg := engine.Config{Modules: []*engine.Module{stop}}
	rt := NewRuntime()
	p, err := script{code: "let n = 1;\nfor (;;) { try { await stop() } catch { n++ } }", config: cfg}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = vm.Close() }()
	var failure *engine.Error
	if _, err = vm.Run(ctx, p); !errors.As(err, &failure) || failure.Line != 2 || failure.Kind != engine.KindInterrupt || failure.Message != "the script was stopped" {
		t.Errorf("Run: %+v", err)
	}
}

// readyWriter closes a channel at the first line.
type readyWriter struct{ ready chan struct{} }

func (w *readyWriter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "ready") {
		close(w.ready)
	}
	return len(p), nil
}

// stuckConfig adds a stream without end.
func stuckConfig() engine.Config {
	cfg := demoConfig()
	cfg.Modules[0].Functions = append(cfg.Modules[0].Functions, engine.Function{Name: "endless", Sync: true, Call: func(context.Context, []any) (any, error) {
		return engine.Sequence(func(yield func(any, error) bool) {
			for yield(1, nil) {
			}
		}), nil
	}})
	return cfg
}

func TestStop(t *testing.T) {
	errStop := errors.New("somebody pressed Ctrl-C")
	for _, c := range stuckScripts {
		t.Run(c.name, func(t *testing.T) {
			ready := &readyWriter{make(chan struct{})}
			cfg := stuckConfig()
			cfg.Stdout = ready
			rt := NewRuntime()
			p, err := script{code: "globalThis.kept = 'next'; " + c.code, config: cfg}.compile(t, rt)
			if err != nil {
				t.Fatal(err)
			}
			vm, err := rt.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(context.Background())
			go func() {
				<-ready.ready
				cancel(errStop)
			}()
			_, err = vm.Run(ctx, p)
			var failure *engine.Error
			if !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || !errors.Is(err, errStop) {
				t.Errorf("Run: %v, want an interrupt by %v", err, errStop)
			} else if !strings.HasPrefix(failure.Position.String(), c.at) {
				t.Errorf("stopped at %v, want %s", failure.Position, c.at)
			}
			// The VM serves the next program, which finds what the stopped one left.
			var out bytes.Buffer
			vm.(interface{ setStdout(*bytes.Buffer) }).setStdout(&out)
			next, err := script{code: "console.log(await demo.echo(kept))", config: cfg}.compile(t, rt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := vm.Run(context.Background(), next); err != nil || out.String() != "[ 'next' ]\n" {
				t.Errorf("the next program: %v, printed %q", err, out.String())
			}
			if err := vm.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// setStdout changes where the VM prints, for tests that run several programs.
func (v *vm) setStdout(w *bytes.Buffer) { v.cfg.Stdout = w }

func TestTimeout(t *testing.T) {
	out := script{code: "let n = 0;\nwhile (true) n++", timeout: 20 * time.Millisecond}.run(t)
	var failure *engine.Error
	if !errors.As(out.err, &failure) || failure.Kind != engine.KindTimeout || !errors.Is(out.err, context.DeadlineExceeded) {
		t.Fatalf("Run: %v, want a timeout", out.err)
	}
	if failure.Message != "the script ran out of time" || failure.Line != 2 {
		t.Errorf("Run: %v", failure)
	}
}

func TestRunWithEndedContext(t *testing.T) {
	rt := NewRuntime()
	p, err := script{code: "console.log('no')"}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	vm, err := rt.New(engine.Config{Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = vm.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var failure *engine.Error
	if _, err := vm.Run(ctx, p); !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || out.Len() > 0 {
		t.Errorf("Run: %v, printed %q", err, out.String())
	}
}

func TestCloseStopsTheRun(t *testing.T) {
	ready := &readyWriter{make(chan struct{})}
	cfg := demoConfig()
	cfg.Stdout = ready
	rt := NewRuntime()
	p, err := script{code: "console.log('ready'); await demo.wait()", config: cfg}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := vm.Run(context.Background(), p)
		ended <- err
	}()
	<-ready.ready
	if _, err := vm.Run(context.Background(), p); !errors.Is(err, errRunning) {
		t.Errorf("a second Run: %v, want %v", err, errRunning)
	}
	if err := vm.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-ended; !errors.Is(err, errClosed) {
		t.Errorf("Run: %v, want %v", err, errClosed)
	}
	if _, err := vm.Run(context.Background(), p); !errors.Is(err, errClosed) {
		t.Errorf("Run after Close: %v, want %v", err, errClosed)
	}
}

func TestRegularExpressionsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the time limit of regular expressions, a few seconds")
	}
	const text = `const s = "a".repeat(40) + "!"; `
	for _, c := range []string{
		`/^(?=a)(a+)+$/.test(s)`, `/^(?=a)(a+)+$/.exec(s)`, `s.replace(/^(?=a)(a+)+$/, () => "")`,
	} {
		t.Run(c, func(t *testing.T) {
			out := script{code: text + "try { " + c + " } catch (e) { console.log(e.message) }"}.run(t)
			if out.err != nil || out.stdout != "the regular expression /^(?=a)(a+)+$/ took longer than 2s and was given up: make it simpler or the text shorter\n" {
				t.Errorf("printed %q, error %v", out.stdout, out.err)
			}
		})
	}
}
