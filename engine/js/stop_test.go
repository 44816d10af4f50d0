package js

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// stuckScripts never end by themselves.
var stuckScripts = []enginetest.StopCase{
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
	vm := enginetest.NewVM(t, rt, engine.Config{Stdout: &out})
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
	}{{loop.UnwindDepth / 2, "number\n"}, {loop.UnwindDepth * 2, "undefined\n"}} {
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
	vm, waits := script{code: fmt.Sprintf("globalThis.kept = (globalThis.kept ?? 0) + 1; await Promise.all(Array.from({ length: %d }, () => stop()))", calls), config: cfg}.start(t, rt)
	kept, err := script{code: "export default kept", config: cfg}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
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
	vm, p := script{code: "let n = 1;\nfor (;;) { try { await stop() } catch { n++ } }", config: cfg}.start(t, NewRuntime())
	var failure *engine.Error
	if _, err := vm.Run(ctx, p); !errors.As(err, &failure) || failure.Line != 2 || failure.Kind != engine.KindInterrupt || failure.Message != "the script was stopped" {
		t.Errorf("Run: %+v", err)
	}
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
	keep, next := "globalThis.kept = 'next'; ", "console.log((await demo.echo(kept))[0])"
	enginetest.CheckScriptStops(t, NewRuntime(), "test.ts", stuckConfig(), keep, next, stuckScripts)
	enginetest.TestStop(t, NewRuntime(), "test.ts", errRunning, errClosed)
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
