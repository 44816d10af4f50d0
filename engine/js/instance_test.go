package js

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// living is a loaded program for a test.
type living struct {
	*vm
	t *testing.T

	mu     sync.Mutex
	failed []string // what went to OnError
}

// load loads a program.
func load(t *testing.T, code string, cfg engine.Config) *living {
	t.Helper()
	l := &living{t: t}
	cfg.OnError = func(err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failed = append(l.failed, err.Error())
	}
	made, p := script{code: code, config: cfg, name: "test.js"}.start(t, NewRuntime())
	l.vm = made.(*vm)
	if err := l.Load(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return l
}

// call checks a call: its result, or what its error contains.
func (l *living) call(name string, want any, args ...any) {
	l.t.Helper()
	got, err := l.Call(l.t.Context(), name, args)
	if text, ok := want.(failing); ok {
		if err == nil || !strings.Contains(err.Error(), string(text)) {
			l.t.Errorf("%s: %v, error %v; want error %s", name, got, err, text)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		l.t.Errorf("%s: %v (%T), error %v; want %v", name, got, got, err, want)
	}
}

type failing string

// hostModule has functions that take time.
func hostModule() *engine.Module {
	return &engine.Module{Name: "h", Functions: []engine.Function{
		{Name: "sleep", Call: func(ctx context.Context, args []any) (any, error) {
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(time.Duration(args[0].(int64)) * time.Millisecond):
				return "slept", nil
			}
		}},
		{Name: "now", Sync: true, Call: func(context.Context, []any) (any, error) { return int64(1), nil }},
	}}
}

func TestExports(t *testing.T) {
	for _, c := range []struct {
		name, code string
		exports    []string
		call       string
		want       any
	}{
		{"function", "export function add(a, b) { return a + b }", []string{"add"}, "add", int64(3)},
		{"async arrow", "export const add = async (a, b) => a + b", []string{"add"}, "add", int64(3)},
		{"default", "export default (a, b) => a + b", []string{"default"}, "default", int64(3)},
		{"renamed", "function f(a, b) { return a + b }\nexport { f as 'two words', f as add }", []string{"add", "two words"}, "two words", int64(3)},
		{"live binding", "export let add; await 1; add = (a, b) => a - b; setTimeout(() => { add = (a, b) => a + b }, 0); await new Promise(r => setTimeout(r, 5))", []string{"add"}, "add", int64(3)},
		{"reassigned", "export function add(a, b) { [add] = [(a, b) => a + b]; return add(a, b) }", []string{"add"}, "add", int64(3)},
		{"default object", "export default { n: 10, add(a, b) { return this.n + a + b } }", []string{"add", "default"}, "add", int64(13)},
		{"default instance", "class Bot { n = 20; add(a, b) { return this.n + a + b } }\nexport default new Bot()", []string{"default"}, "add", int64(23)},
		{"exports", "exports.add = (a, b) => a + b", []string{"add"}, "add", int64(3)},
		{"module.exports", "module.exports = { n: 1, add(a, b) { return this.n + a + b } }", []string{"add", "n"}, "add", int64(4)},
		{"module.exports is a function", "module.exports = (a, b) => a + b", []string{"default"}, "default", int64(3)},
		{"late exports", "exports.add = (a, b) => { exports.late = () => 5; return a }", []string{"add"}, "add", int64(1)},
		{"then", "export function then(a, b) { return a + b }", []string{"then"}, "then", int64(3)},
		{"a comment about exports", "// exports, export default\nexport const add = () => typeof module", []string{"add"}, "add", "undefined"},
		{"text like an export", "export const add = () => `\nexport { nothing };\n`.length", []string{"add"}, "add", int64(21)},
		{"prototype", "export const add = 1", []string{"add"}, "toString", failing("no such function: toString: the script exports add")},
		{"prototype of CommonJS", "exports.add = 1", []string{"add"}, "hasOwnProperty", failing("no such function: hasOwnProperty")},
		{"constructor", "export default { add() {} }", []string{"add", "default"}, "constructor", failing("no such function: constructor")},
		{"near", "export const onMessage = () => 1", []string{"onMessage"}, "onMesage", failing("did you mean onMessage?")},
		{"nothing", "function add() {}", nil, "add", failing("the script exports nothing; write export function add() {}")},
		{"value", "export const add = 1", []string{"add"}, "add", failing("the export add is not a function")},
		{"class", "export class Add {}", []string{"Add"}, "Add", failing("the export Add is a class")},
		{"generator", "export function* add() { yield 1 }", []string{"add"}, "add", failing("the result is an iterator")},
		{"function result", "export const add = () => () => 1", []string{"add"}, "add", failing("the result is a function")},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := load(t, c.code, engine.Config{})
			if got := l.Exports(); !reflect.DeepEqual(got, c.exports) && len(got)+len(c.exports) > 0 {
				t.Errorf("exports %q, want %q", got, c.exports)
			}
			l.call(c.call, c.want, int64(1), int64(2))
			_, err := l.Call(t.Context(), "missing", nil)
			if !errors.Is(err, engine.ErrNoFunction) {
				t.Errorf("missing: %v", err)
			}
		})
	}
}

func TestCallsGoOn(t *testing.T) {
	l := load(t, `
let n = 0, log = [];
const every = setInterval(() => {}, 10000);
export function quiet() { clearInterval(every) }
export function count() { return ++n }
export function later() { h.sleep(20).then(x => { log.push(x) }); return "now" }
export const logged = () => log;
export async function fail() { await null; throw new Error("own") }
export async function wait() { await new Promise(() => {}) }
export function timer() { setTimeout(() => { log.push("timer"); throw new Error("in a timer") }, 0) }
export function orphan() { Promise.reject(new Error("nobody awaits")); return 1 }
export function spin() { for (;;); }
`, engine.Config{Modules: []*engine.Module{hostModule()}})
	l.call("count", int64(1))
	l.call("count", int64(2))
	ctx, cancel := context.WithCancel(t.Context())
	if got, err := l.Call(ctx, "later", nil); err != nil || got != "now" {
		t.Errorf("later: %v, %v", got, err)
	}
	cancel()
	l.call("logged", []any{"slept"})
	l.call("fail", failing("own"))
	l.call("count", int64(3))
	if len(l.failed) > 0 {
		t.Errorf("reported %q", l.failed)
	}
	l.call("orphan", int64(1))
	if len(l.failed) != 1 || !strings.Contains(l.failed[0], "nobody awaits") {
		t.Errorf("reported %q", l.failed)
	}
	l.call("timer", nil)
	l.call("quiet", nil)
	if err := l.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.call("logged", []any{"slept", "timer"})
	if len(l.failed) != 2 || !strings.Contains(l.failed[1], "in a timer") {
		t.Errorf("reported %q", l.failed)
	}
	if _, err := l.Call(ctx, "count", nil); err == nil || errors.Is(err, engine.ErrClosed) {
		t.Errorf("a context that had ended: %v", err)
	}
	l.call("count", int64(4))

	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := l.Call(ctx, "spin", nil)
	var stopped *engine.Error
	if !errors.As(err, &stopped) || stopped.Kind != engine.KindTimeout || stopped.Line == 0 {
		t.Errorf("spin: %v", err)
	}
	if _, err := l.Call(t.Context(), "count", nil); !errors.Is(err, engine.ErrClosed) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after a stop: %v", err)
	}
}

func TestIdle(t *testing.T) {
	l := load(t, "let n = 0; export const start = () => { setTimeout(() => { n++ }, 5) }; export const get = () => n; export const forever = () => { setInterval(() => { n++ }, 1) }", engine.Config{})
	l.call("start", nil)
	if err := l.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.call("get", int64(1))
	l.call("forever", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := l.Idle(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Idle ended with %v", err)
	}
}

// TestIdleEnds ends Idle's context while nothing of the script runs, which the instance survives, and while a timer does.
func TestIdleEnds(t *testing.T) {
	var waiting chan struct{}
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) {
		close(waiting)
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}}}}
	// The timer that makes the call may still be under way when the context ends. Then the script is stopped, and another is tried.
	var l *living
	for rested := false; !rested; {
		waiting = make(chan struct{})
		l = load(t, `
			let log = "", n = 0;
			export const begin = () => { setTimeout(() => host.wait().catch(e => { log += e.message }), 0); setTimeout(() => {}, 1e9) };
			export const get = () => log;
			export const spin = () => { setTimeout(() => { for (;;); }, 0) };
		`, engine.Config{Modules: []*engine.Module{host}})
		l.call("begin", nil)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-waiting
			time.Sleep(5 * time.Millisecond)
			cancel()
		}()
		if err := l.Idle(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Idle ended with %v", err)
		}
		_, err := l.Call(t.Context(), "get", nil)
		rested = !errors.Is(err, engine.ErrClosed)
	}
	for l.run.pending > 0 { // the outcome of the host call comes in with a later call
		if _, err := l.Call(t.Context(), "get", nil); err != nil {
			t.Fatal(err)
		}
	}
	l.call("get", "context canceled")
	if len(l.failed) > 0 {
		t.Errorf("reported %q", l.failed)
	}
	l.call("spin", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := l.Idle(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Idle ended with %v", err)
	}
	if _, err := l.Call(t.Context(), "get", nil); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("after a timer was stopped: %v", err)
	}
}

// TestPanics lets host functions panic. Scripts do not see the text, which may hold secrets.
func TestPanics(t *testing.T) {
	boom := func() { panic("secret dsn") }
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "call_it", Call: func(context.Context, []any) (any, error) { boom(); return nil, nil }},
		{Name: "sync", Sync: true, Call: func(context.Context, []any) (any, error) { boom(); return nil, nil }},
		{Name: "each", Call: func(context.Context, []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) { yield(1, nil); boom() }), nil
		}},
	}}
	for code, want := range map[string]string{
		"await host.callIt()": "main.js:1:12: host.callIt: failed inside the host",
		"host.sync()":         "main.js:1:6: host.sync: failed inside the host",
		"for await (const x of await host.each());": "main.js:1:1: host.each: failed inside the host",
	} {
		var hook []*engine.PanicError
		cfg := engine.Config{Modules: []*engine.Module{host}, OnPanic: func(e *engine.PanicError) { hook = append(hook, e) }}
		out := script{code: code, name: "main.js", config: cfg}.run(t)
		if out.err == nil || out.err.Error() != want {
			t.Errorf("%s: %v, want %s", code, out.err, want)
		}
		if len(hook) != 1 || hook[0].Value != "secret dsn" || !strings.Contains(string(hook[0].Stack), "TestPanics") {
			t.Errorf("%s: the hook has %v", code, hook)
		}
	}
}

func TestCallInsideCall(t *testing.T) {
	var l *living
	back := &engine.Module{Name: "back", Functions: []engine.Function{{Name: "call", Call: func(ctx context.Context, _ []any) (any, error) {
		return l.Call(ctx, "f", nil)
	}}, {Name: "lost", Call: func(context.Context, []any) (any, error) { return l.Call(context.Background(), "f", nil) }}}}
	l = load(t, "export const f = () => back.call(); export const g = () => back.lost()", engine.Config{Modules: []*engine.Module{back}})
	for _, name := range []string{"f", "g"} {
		if _, err := l.Call(t.Context(), name, nil); !errors.Is(err, engine.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloseStopsCalls(t *testing.T) {
	for _, code := range []string{"for (;;);", "return h.sleep(60000)"} {
		started := make(chan struct{})
		begin := &engine.Module{Name: "begin", Functions: []engine.Function{{Name: "now", Sync: true, Call: func(context.Context, []any) (any, error) {
			close(started)
			return nil, nil
		}}}}
		l := load(t, "export function f() { begin.now(); "+code+" }", engine.Config{Modules: []*engine.Module{hostModule(), begin}})
		done := make(chan error, 1)
		go func() {
			_, err := l.Call(context.Background(), "f", nil)
			done <- err
		}()
		<-started
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err == nil {
			t.Error("the call of a closed instance gave no error")
		}
		if _, err := l.Call(t.Context(), "f", nil); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestHostValuesWithoutForm(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = []any{cycle}
	var value any
	give := &engine.Module{Name: "give", Functions: []engine.Function{
		{Name: "sync", Sync: true, Call: func(context.Context, []any) (any, error) { return value, nil }},
		{Name: "later", Call: func(context.Context, []any) (any, error) { return value, nil }},
		{Name: "panics", Call: func(context.Context, []any) (any, error) { panic("the password is hunter2") }},
	}}
	l := load(t, "export const sync = () => give.sync(); export const later = () => give.later(); export const panics = () => give.panics(); export const same = x => x",
		engine.Config{Modules: []*engine.Module{give}})
	for _, c := range []struct{ value, want any }{
		{int64(1)<<53 + 1, failing("9007199254740993, which scripts would see rounded")},
		{-int64(1)<<53 - 1, failing("which scripts would see rounded")},
		{uint64(1)<<63 + 1, failing("9223372036854775809, which scripts would see rounded")},
		{int64(1) << 53, int64(1) << 53},
		{uint64(7), int64(7)},
		{cycle, failing("is nested more than 500 levels deep")},
		{engine.Record{{Name: "b", Value: 1}, {Name: "a", Value: []any{2}}}, map[string]any{"a": []any{int64(2)}, "b": int64(1)}},
	} {
		value = c.value
		l.call("sync", c.want)
		l.call("later", c.want)
		l.call("same", c.want, c.value)
	}
	_, err := l.Call(t.Context(), "panics", nil)
	var p *engine.PanicError
	if err == nil || strings.Contains(err.Error(), "hunter2") || !errors.As(err, &p) {
		t.Errorf("panics: %v", err)
	}
	l.call("same", failing("argument 1: the host gave a value of Go type func()"), func() {})
}

// TestReassignedExports calls exports that calls assign anew, in every way that there is.
func TestReassignedExports(t *testing.T) {
	for _, assign := range []string{"f = g", "[f] = [g]", "({ f } = { f: g })", "({ x: f = g } = {})", "for (f of [g]);", "f &&= g", "[...[f]] = [g]"} {
		l := load(t, "const g = () => 2; export let f = () => { "+assign+"; return 1 }", engine.Config{})
		l.call("f", int64(1))
		if got, err := l.Call(t.Context(), "f", nil); err != nil || got != int64(2) {
			t.Errorf("%s: %v, %v", assign, got, err)
		}
	}
}

// TestCommonJSWithAwait assigns exports where esbuild takes a file for an ES module.
func TestCommonJSWithAwait(t *testing.T) {
	for _, code := range []string{"exports.f = 1; await 1", "module.exports = 1; await 1"} {
		out := script{code: code, name: "test.js"}.run(t)
		var failure *engine.Error
		if !errors.As(out.err, &failure) || !strings.Contains(failure.Hint, "is an ES module: write export function") {
			t.Errorf("%s: %v", code, out.err)
		}
	}
}

// TestTimeoutAfterCall starts a signal's timeout in one call, which ends it in another. It does not hold up a call.
func TestTimeoutAfterCall(t *testing.T) {
	l := load(t, `let signal, seen = 0
		export function begin(ms) { signal = AbortSignal.timeout(ms); signal.addEventListener("abort", () => seen++) }
		export async function wait() { await new Promise((done) => setTimeout(done, 20)) }
		export const state = () => [signal.aborted, seen]`, engine.Config{})
	l.call("begin", nil, 1)
	l.call("wait", nil)
	l.call("state", []any{true, int64(1)})
	l.call("begin", nil, 3_600_000)
	if err := l.Idle(t.Context()); err != nil {
		t.Error(err)
	}
	l.call("state", []any{false, int64(1)})
}
