package lua

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// newInstance makes an instance of a Lua text.
func newInstance(t testing.TB, cfg engine.Config, code string) *vm {
	t.Helper()
	made, p := enginetest.Script{Source: engine.Source{Name: "main.lua", Code: []byte(code)}, Config: cfg}.Start(t, NewRuntime())
	v := made.(*vm)
	if err := v.Load(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestExports calls the functions that programs export.
func TestExports(t *testing.T) {
	for _, c := range []struct{ name, code, exports, call, want string }{
		{"field", `return {f = function(x) return {x} end, n = 1}`, "f", "f", "[7]"},
		{"global", `function f(x) return x + 1 end local function g() end n = 1`, "f", "f", "8"},
		{"default", `function f() end return function(x) return x * 2 end`, "default f", "default", "14"},
		{"callable table", `return {f = setmetatable({}, {__call = function(self, x) return -x end})}`, "f", "f", "-7"},
		{"callable result", `return setmetatable({g = function() end}, {__call = function(self, x) return -x end})`, "default g", "default", "-7"},
		{"behind a metatable", `return setmetatable({}, {__index = function(_, name) return function() return name end end})`, "", "anything", "anything"},
		{"own print", `function print() return "mine" end`, "print", "print", "mine"},
		{"module", `return host.nested`, "deep default", "deep", "deep"},
		{"upvalue", `local n = 0 return {f = function() n = n + 1 return n end}`, "f", "f", "1"},
		{"coroutine", `local co = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) return {f = function() return co() end}`, "f", "f", "1"},
		{"tasks", `function f(x) return {parallel(function() return host.echo(x) end, function() return x end)} end`, "f", "f", "[7 7]"},
		{"several results", `function f(x) return x, 2 end`, "f", "f", "7"},
		{"nothing", `function f() end`, "f", "f", "<nil>"},
		{"not a function", `function f() end n = 1`, "f", "n", `error main.lua: no such function: n: the script exports f`},
		{"unknown", `function on_message() end function tick() end`, "on_message tick", "onMesage",
			`error main.lua: no such function: onMesage: the script exports on_message, tick; did you mean on_message?`},
		{"library", `x = print`, "x", "print", `error main.lua: no such function: print: the script exports x`},
		{"host module", ``, "", "host", `error main.lua: no such function: host: the script exports nothing; write function host() end`},
		{"local", `local function f() end`, "", "f", `error main.lua: no such function: f: the script exports nothing; write function f() end`},
		{"global beside a table", `function f() end return {}`, "", "f",
			`error main.lua: no such function: f: the script exports nothing; put f into the table that it returns`},
		{"lookup raises", `return setmetatable({}, {__index = function() error("no") end})`, "", "f", "error main.lua:1:47: no"},
		{"lookup recurses", `local t = {} setmetatable(t, {__index = function(t, k) return t[k] end}) return t`, "", "f",
			"error main.lua:1:64: stack overflow: calls are nested more than 6400 deep (a function that calls itself needs a case in which it stops)"},
		{"raises", "function f()\n  error('no')\nend", "f", "f", "error main.lua:2:3: no"},
		{"host error", "function f() host.fail() end", "f", "f", "error main.lua:1:14: host: file does not exist"},
		{"result without a form", `function f() return {f} end`, "f", "f", "error main.lua: the result[1] is a function, which has no JSON form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newInstance(t, engine.Config{Modules: []*engine.Module{testHost()}}, c.code)
			if got := strings.Join(v.Exports(), " "); got != c.exports {
				t.Errorf("exports %q, want %q", got, c.exports)
			}
			result, err := v.Call(t.Context(), c.call, []any{7})
			got := fmt.Sprint(result)
			if err != nil {
				got = "error " + err.Error()
				if e := (*engine.Error)(nil); errors.As(err, &e) && e.Hint != "" {
					got += " (" + e.Hint + ")"
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if strings.Contains(c.want, "no such function") && !errors.Is(err, engine.ErrNoFunction) {
				t.Errorf("%v is not ErrNoFunction", err)
			}
			if err := v.Idle(t.Context()); err != nil {
				t.Errorf("Idle after the call: %v", err)
			}
		})
	}
}

// Exec runs a program to its end whatever it returns, and fails as Run does otherwise.
func TestExec(t *testing.T) {
	for code, want := range map[string]string{
		"print(1) return { f = function() end }":   "",
		"print(1) return print, coroutine.running": "",
		"print(1)":             "",
		"print(1) error('no')": "main.lua:1:10: no",
		"map({1}, function() print(1) error('no') end)": "main.lua:1:30: no",
	} {
		var out strings.Builder
		vm, p := enginetest.Script{
			Source: engine.Source{Name: "main.lua", Code: []byte(code)}, Config: engine.Config{Stdout: &out},
		}.Start(t, NewRuntime())
		got := ""
		if err := vm.(interface {
			Exec(context.Context, engine.Program) error
		}).Exec(t.Context(), p); err != nil {
			got = err.Error()
		}
		if got != want || out.String() != "1\n" {
			t.Errorf("%s: %q, printed %q, want %q", code, got, out.String(), want)
		}
	}
}

// TestCallValues gives values to a function and gets them back.
func TestCallValues(t *testing.T) {
	v := newInstance(t, engine.Config{}, `function f(...) return {n = select("#", ...), ...} end function same(x) return x end`)
	for _, c := range []struct {
		arg  any
		want string
	}{
		{nil, "<nil>"}, {true, "true"}, {1, "1"}, {uint8(2), "2"}, {2.5, "2.5"}, {"s", "s"}, {[]byte("b"), "b"},
		{[]any{1, nil, []any{}}, "[1 <nil> []]"}, {map[string]any{"a": 1}, "map[a:1]"}, {engine.JSON(`{"a":[1]}`), "map[a:[1]]"},
		{time.UnixMilli(5), "5"}, {engine.Opaque{Value: 7}, "{7}"}, {int64(1 << 53), "9007199254740992"},
		{engine.JSON(`{`), "error call same: argument 1: the host answered text that is not JSON: unexpected end of the text at byte 1"},
		{struct{}{}, "error call same: argument 1: the host gave a value of Go type struct {}, which scripts cannot take"},
	} {
		got, err := v.Call(t.Context(), "same", []any{c.arg})
		text := fmt.Sprint(got)
		if err != nil {
			text = "error " + err.Error()
		}
		if text != c.want && !strings.HasPrefix(c.want, "error call same: argument 1: the host answered text") {
			t.Errorf("%T: %s, want %s", c.arg, text, c.want)
		}
	}
}

// TestState keeps what calls have left: variables and coroutines.
func TestState(t *testing.T) {
	v := newInstance(t, engine.Config{Modules: []*engine.Module{testHost()}}, `
		local n = 0
		local co = coroutine.wrap(function(x) while true do x = coroutine.yield(x * 10) end end)
		local each = host.count(3)
		function count() n = n + 1 return n end
		function step(x) return co(x) end
		function pull() local item = each() return item and item.n end`)
	for i := range 3 {
		for name, want := range map[string]any{"count": int64(i + 1), "step": int64(i * 10), "pull": int64(i + 1)} {
			ctx, cancel := context.WithCancel(t.Context())
			if got, err := v.Call(ctx, name, []any{i}); err != nil || got != want {
				t.Errorf("%s: %v, error %v, want %v", name, got, err, want)
			}
			cancel()
		}
	}
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
	v := newInstance(t, engine.Config{Modules: []*engine.Module{host}}, `
		local each
		function begin() each = host.each() return each() end
		function pull() return each() end`)
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Hour)
	if got, err := v.Call(ctx, "begin", nil); err != nil || got != int64(1) {
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
	if got, err := v.Call(t.Context(), "pull", nil); err != nil || got != int64(2) {
		t.Fatalf("pull: %v, error %v", got, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	var e *engine.Error
	if _, err := v.Call(ctx, "pull", nil); !errors.As(err, &e) || e.Kind != engine.KindTimeout {
		t.Errorf("a pull that waits: %v, want a timeout", err)
	}
	if !errors.Is(context.Cause(hostCtx), context.DeadlineExceeded) {
		t.Errorf("the sequence ended with %v", context.Cause(hostCtx))
	}
}

// TestCallStops stops calls. Only what never began leaves an instance alive.
func TestCallStops(t *testing.T) {
	errStop := errors.New("enough")
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return 1, nil }},
		{Name: "wait_sync", Sync: true, Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return 1, nil }},
	}}
	for _, c := range []struct{ name, code, at string }{
		{"loop", "function f() while true do end end", "main.lua:1"},
		{"last host call", "function f() return host.wait() end", "main.lua:1:21"},
		{"last host call, protected", "function f() return pcall(host.wait) end", "main.lua"},
		{"last host call, synchronous", "function f() return host.wait_sync() end", "main.lua:1"},
		{"library", `function f() return (("a"):rep(3000)):match((".-"):rep(12) .. "b") end`, "main.lua:1"},
		{"long operations", `local t = {} for i = 1, 1e5 do t[i] = i end function f() while true do table.concat(t) end end`, "main.lua:1"},
		{"coroutine of an earlier call", `local co = coroutine.wrap(function() coroutine.yield() while true do end end) co() function f() co() end`, "main.lua:1"},
		{"task", "function f() map({1, 2}, function() host.wait() end) end", "main.lua:1"},
	} {
		for _, end := range []string{"deadline", "cancel", "close"} {
			t.Run(c.name+", "+end, func(t *testing.T) {
				v := newInstance(t, engine.Config{Modules: []*engine.Module{host}}, c.code)
				ctx, cancel := context.WithCancelCause(t.Context())
				kind, cause := engine.KindInterrupt, errStop
				switch end {
				case "deadline":
					kind, cause = engine.KindTimeout, context.DeadlineExceeded
					var release context.CancelFunc
					ctx, release = context.WithTimeout(ctx, 10*time.Millisecond)
					defer release()
				case "cancel":
					time.AfterFunc(10*time.Millisecond, func() { cancel(errStop) })
				case "close":
					cause = engine.ErrClosed
					time.AfterFunc(10*time.Millisecond, func() { _ = v.Close() })
				}
				defer cancel(nil)
				result, err := v.Call(ctx, "f", nil)
				var e *engine.Error
				if !errors.As(err, &e) || e.Kind != kind || !errors.Is(err, cause) || !strings.HasPrefix(e.Position.String(), c.at) {
					t.Fatalf("%v, error %v, want one of kind %v at %s by %v", result, err, kind, c.at, cause)
				}
				for name, again := range map[string]error{
					"Call": func() error { _, err := v.Call(t.Context(), "f", nil); return err }(),
					"Idle": v.Idle(t.Context()),
				} {
					if !errors.Is(again, engine.ErrClosed) || end != "close" && !errors.Is(again, cause) {
						t.Errorf("%s afterwards: %v, want that the instance is closed by %v", name, again, cause)
					}
				}
			})
		}
	}
}

// A context that has ended before a call begins nothing, and ends nothing.
func TestEndedContext(t *testing.T) {
	var calls int
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "touch", Call: func(context.Context, []any) (any, error) { calls++; return nil, nil }},
	}}
	var out strings.Builder
	cfg := engine.Config{Modules: []*engine.Module{host}, Stdout: &out}
	v := newInstance(t, cfg, `n = 0 function f() n = n + 1 host.touch() print("ran") return n end`)
	p, err := enginetest.Script{Source: engine.Source{Name: "other.lua", Code: []byte(`host.touch() print("ran") n = 10`)}, Config: cfg}.Compile(v.rt)
	if err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for _, c := range []struct {
		ctx  context.Context
		kind engine.Kind
		text string
	}{{canceled, engine.KindInterrupt, "the script was stopped"}, {late, engine.KindTimeout, "the script ran out of time"}} {
		for name, run := range map[string]func() error{
			"main.lua: Call":  func() error { _, err := v.Call(c.ctx, "f", nil); return err },
			"main.lua: Idle":  func() error { return v.Idle(c.ctx) },
			"other.lua: Run":  func() error { _, err := v.Run(c.ctx, p); return err },
			"other.lua: Load": func() error { return v.Load(c.ctx, p) },
		} {
			file, _, _ := strings.Cut(name, ": ")
			var e *engine.Error
			if err := run(); !errors.As(err, &e) || e.Kind != c.kind || e.Error() != file+": "+c.text || !errors.Is(err, c.ctx.Err()) {
				t.Errorf("%s: %v, want %s", name, err, c.text)
			}
		}
	}
	if calls > 0 || out.Len() > 0 {
		t.Errorf("%d host calls, printed %q", calls, out.String())
	}
	if got, err := v.Call(t.Context(), "f", nil); err != nil || got != int64(1) {
		t.Errorf("the next call: %v, error %v", got, err)
	}
}

// A deadline that passes inside the last host call of a run is a timeout, although the function gave a result.
func TestDeadlineInLastCall(t *testing.T) {
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return 1, nil }},
	}}
	for code, at := range map[string]string{
		"return host.wait()":                 "main.lua:1:8",
		"host.wait()":                        "main.lua:1:1",
		"local x = host.wait()":              "main.lua:1:11",
		"pcall(host.wait)":                   "main.lua",
		"return pcall(host.wait)":            "main.lua",
		"parallel(host.wait, host.wait)":     "main.lua:1",
		"return coroutine.wrap(host.wait)()": "main.lua:1",
		"return tostring(setmetatable({}, {__tostring = host.wait}))": "main.lua:1",
	} {
		o := enginetest.Script{
			Source: engine.Source{Name: "main.lua", Code: []byte(code)}, Config: engine.Config{Modules: []*engine.Module{host}}, Timeout: 5 * time.Millisecond,
		}.Run(t, NewRuntime())
		var e *engine.Error
		if !errors.As(o.Err, &e) || e.Kind != engine.KindTimeout || !strings.HasPrefix(e.Position.String(), at) {
			t.Errorf("%s: %v, error %v, want a timeout at %s", code, o.Result, o.Err, at)
		}
	}
}

// TestBusy calls an instance while it runs a call, from outside and from a host function.
func TestBusy(t *testing.T) {
	var v *vm
	inside := make(chan struct{})
	release := make(chan struct{})
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "again", Call: func(ctx context.Context, _ []any) (any, error) { return v.Call(ctx, "f", nil) }},
		{Name: "forgetful", Call: func(context.Context, []any) (any, error) { return v.Call(context.Background(), "f", nil) }},
		{Name: "wait", Call: func(context.Context, []any) (any, error) { close(inside); <-release; return nil, nil }},
	}}
	v = newInstance(t, engine.Config{Modules: []*engine.Module{host}}, `
		function again() host.again() end
		function forgetful() host.forgetful() end
		function wait() host.wait() return "done" end
		function f() end`)
	for name, want := range map[string]string{
		"again":     "main.lua:2:12: the instance is running another call, which is the one that calls this function",
		"forgetful": "main.lua:3:12: the instance is running another call",
	} {
		if _, err := v.Call(t.Context(), name, nil); !errors.Is(err, engine.ErrBusy) || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if got, err := v.Call(t.Context(), "wait", nil); err != nil || got != "done" {
			t.Errorf("wait: %v, error %v", got, err)
		}
	})
	<-inside
	for name, err := range map[string]error{
		"Call": func() error { _, err := v.Call(t.Context(), "f", nil); return err }(),
		"Idle": v.Idle(t.Context()),
	} {
		if !errors.Is(err, engine.ErrBusy) {
			t.Errorf("%s during a call: %v", name, err)
		}
	}
	if got := strings.Join(v.Exports(), " "); got != "again f forgetful wait" {
		t.Errorf("exports during a call: %s", got)
	}
	close(release)
	wg.Wait()
	if _, err := v.Call(t.Context(), "f", nil); err != nil {
		t.Errorf("after the call: %v", err)
	}
}

// A failed call, whatever way, leaves the instance and its stack as they were.
func TestFailedCalls(t *testing.T) {
	v := newInstance(t, engine.Config{Modules: []*engine.Module{testHost()}}, `
		local function deep() return 1 + deep() end
		function overflow() return deep() end
		function full() return unpack({}, 1, 1e7) end
		function crash() host.crash() end
		function raise() error({}) end
		function ok() return #"four" end`)
	for range 3 {
		for _, name := range []string{"overflow", "full", "crash", "raise"} {
			if _, err := v.Call(t.Context(), name, nil); err == nil {
				t.Errorf("%s does not fail", name)
			}
			if got, err := v.Call(t.Context(), "ok", nil); err != nil || got != int64(4) || v.L.GetTop() != 0 {
				t.Errorf("after %s: %v, error %v", name, got, err)
			}
		}
	}
}

// Load fails as Run does. There is nothing to call then, nor before.
func TestLoadFails(t *testing.T) {
	made, p := enginetest.Script{Source: engine.Source{Name: "main.lua", Code: []byte("function f() end\nerror('no')")}}.Start(t, NewRuntime())
	v := made.(*vm)
	if _, err := v.Call(t.Context(), "f", nil); !errors.Is(err, engine.ErrNoFunction) || v.Exports() != nil {
		t.Errorf("a call before Load: %v", err)
	}
	var e *engine.Error
	if err := v.Load(t.Context(), p); !errors.As(err, &e) || e.Error() != "main.lua:2:1: no" {
		t.Errorf("Load: %v", err)
	}
	other, err := enginetest.Script{Source: engine.Source{Name: "main.lua"}}.Compile(NewRuntime())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Load(t.Context(), other); err == nil {
		t.Error("a program of another runtime is taken")
	}
}

// TestStopWhileShowing throws a value whose text never ends: the call was stopped, and says so.
func TestStopWhileShowing(t *testing.T) {
	v := newInstance(t, engine.Config{}, `function f() error(setmetatable({}, {__tostring = function() while true do end end})) end`)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := v.Call(ctx, "f", nil); !errors.Is(err, engine.ErrTimeout) {
		t.Errorf("the call: %v", err)
	}
	if _, err := v.Call(t.Context(), "f", nil); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("the next call: %v", err)
	}
}

// TestExportsInsideCall has a host function that asks for the exports while the script holds the VM.
func TestExportsInsideCall(t *testing.T) {
	var v *vm
	back := &engine.Module{Name: "back", Functions: []engine.Function{{Name: "exports", Sync: true, Call: func(context.Context, []any) (any, error) {
		return strings.Join(v.Exports(), " "), nil
	}}}}
	v = newInstance(t, engine.Config{Modules: []*engine.Module{back}}, "function f() return back.exports() end")
	done := make(chan any, 1)
	go func() {
		got, err := v.Call(context.Background(), "f", nil)
		done <- fmt.Sprint(got, err)
	}()
	select {
	case got := <-done:
		if got != "f<nil>" && got != "f <nil>" {
			t.Errorf("got %v", got)
		}
	case <-time.After(enginetest.Longest):
		t.Fatal("the call waits for itself")
	}
}
