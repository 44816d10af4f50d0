package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// newEngine is an engine of both languages.
func newEngine(t testing.TB, options ...engine.Option) *engine.Engine {
	t.Helper()
	eng, err := engine.New(append([]engine.Option{lua.Language, js.Language}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return eng
}

// instantiate makes an instance that the test closes.
func instantiate(t testing.TB, eng *engine.Engine, src engine.Source, options ...engine.InstanceOption) *engine.Instance {
	t.Helper()
	p, err := eng.Compile(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	i, err := eng.Instantiate(t.Context(), p, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

// pair is one program in both languages.
type pair struct{ lua, js string }

// both runs a test on each program of a pair.
func (p pair) both(t *testing.T, test func(t *testing.T, src engine.Source)) {
	t.Helper()
	for name, code := range map[string]string{"main.lua": p.lua, "main.ts": p.js} {
		t.Run(name, func(t *testing.T) { test(t, engine.FromString(name, code)) })
	}
}

type message struct {
	Text string   `json:"text"`
	Tags []string `json:"tags"`
}

func TestCall(t *testing.T) {
	program := pair{
		lua: `
			local n = 0
			return {
				count = function() n = n + 1; return n end,
				reply = function(m) return { text = m.text .. "!", tags = {} } end,
				fail = function() error("no") end,
				add = function(a, b) return a + b end,
			}`,
		js: `
			let n = 0
			export function count() { return ++n }
			export const reply = async (m: any) => ({ text: m.text + "!", tags: [] })
			export function fail() { throw new Error("no") }
			export function add(a: number, b: number) { return a + b }`,
	}
	program.both(t, func(t *testing.T, src engine.Source) {
		i := instantiate(t, newEngine(t), src)
		if got := strings.Join(i.Exports(), " "); got != "add count fail reply" {
			t.Errorf("the exports are %s", got)
		}
		for want := 1; want <= 3; want++ {
			if n, err := engine.Call[int](t.Context(), i, "count"); n != want || err != nil {
				t.Errorf("count is %d, %v", n, err)
			}
		}
		m, err := engine.Call[message](t.Context(), i, "reply", message{Text: "hello", Tags: []string{"a"}})
		if err != nil || m.Text != "hello!" || m.Tags == nil || len(m.Tags) > 0 {
			t.Errorf("%+v, %v", m, err)
		}
		if sum, err := engine.Call[float64](t.Context(), i, "add", 1, 2.5); sum != 3.5 || err != nil {
			t.Errorf("%v, %v", sum, err)
		}
		var failed *engine.Error
		if _, err := engine.Call[any](t.Context(), i, "fail"); !errors.As(err, &failed) || failed.Kind != engine.KindRuntime || failed.Line == 0 {
			t.Errorf("fail: %v", err)
		}
		if _, err := engine.Call[any](t.Context(), i, "adds"); !errors.Is(err, engine.ErrNoFunction) || !strings.Contains(err.Error(), "add") {
			t.Errorf("an unknown function: %v", err)
		}
		if _, err := engine.Call[any](t.Context(), i, "reply", make(chan int)); err == nil || !strings.Contains(err.Error(), "argument 1") {
			t.Errorf("a channel: %v", err)
		}
		if _, err := engine.Call[int](t.Context(), i, "reply", message{}); err == nil {
			t.Error("a table is an int")
		}
		if n, err := engine.Call[int](t.Context(), i, "count"); n != 4 || err != nil {
			t.Errorf("after failures count is %d, %v", n, err)
		}
	})
}

func TestCallStops(t *testing.T) {
	program := pair{
		lua: `return { spin = function() while true do end end, ok = function() return 1 end }`,
		js:  `export function spin() { for (;;) {} }; export function ok() { return 1 }`,
	}
	program.both(t, func(t *testing.T, src engine.Source) {
		i := instantiate(t, newEngine(t), src)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := engine.Call[int](ended, i, "ok"); !errors.Is(err, context.Canceled) {
			t.Errorf("a context that had ended: %v", err)
		}
		if n, err := engine.Call[int](t.Context(), i, "ok"); n != 1 || err != nil {
			t.Errorf("the instance did not live on: %v", err)
		}
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := engine.Call[int](short, i, "spin"); !errors.Is(err, engine.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a loop without end: %v", err)
		}
		if _, err := engine.Call[int](t.Context(), i, "ok"); !errors.Is(err, engine.ErrClosed) || !errors.Is(err, engine.ErrTimeout) {
			t.Errorf("after a stopped call: %v", err)
		}
	})
}

func TestCallIsBusy(t *testing.T) {
	program := pair{
		lua: `return { wait = function() return host.wait() end, back = function() return host.back() end }`,
		js:  `export const wait = async () => await host.wait(); export const back = async () => await host.back()`,
	}
	program.both(t, func(t *testing.T, src engine.Source) {
		entered, release := make(chan struct{}), make(chan struct{})
		var i *engine.Instance
		host := &engine.Module{Name: "host", Functions: []engine.Function{
			{Name: "wait", Call: func(context.Context, []any) (any, error) {
				close(entered)
				<-release
				return 1, nil
			}},
			{Name: "back", Call: func(ctx context.Context, _ []any) (any, error) { return engine.Call[any](ctx, i, "back") }},
		}}
		i = instantiate(t, newEngine(t, engine.WithModules(host)), src)
		var wait sync.WaitGroup
		wait.Go(func() {
			if n, err := engine.Call[int](t.Context(), i, "wait"); n != 1 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		})
		<-entered
		if _, err := engine.Call[int](t.Context(), i, "wait"); !errors.Is(err, engine.ErrBusy) {
			t.Errorf("a second call: %v", err)
		}
		close(release)
		wait.Wait()
		if _, err := engine.Call[int](t.Context(), i, "back"); !errors.Is(err, engine.ErrBusy) {
			t.Errorf("a call out of a call: %v", err)
		}
	})
}

func TestPool(t *testing.T) {
	program := pair{
		lua: `return { spin = function() while true do end end, twice = function(n) host.rest(); return n * 2 end }`,
		js:  `export function spin() { for (;;) {} }; export async function twice(n: number) { await host.rest(); return n * 2 }`,
	}
	program.both(t, func(t *testing.T, src engine.Source) {
		host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "rest", Call: func(context.Context, []any) (any, error) {
			time.Sleep(time.Millisecond)
			return nil, nil
		}}}}
		eng := newEngine(t, engine.WithModules(host))
		p, err := eng.Compile(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := eng.NewPool(p, 0); err == nil {
			t.Error("a pool of nothing")
		}
		pool, err := eng.NewPool(p, 3)
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for n := range 50 {
			wait.Go(func() {
				if n%10 == 0 {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
					defer cancel()
					if _, err := engine.Call[int](ctx, pool, "spin"); !errors.Is(err, engine.ErrTimeout) {
						t.Errorf("a loop without end: %v", err)
					}
				}
				if got, err := engine.Call[int](t.Context(), pool, "twice", n); got != 2*n || err != nil {
					t.Errorf("twice %d is %d, %v", n, got, err)
				}
			})
		}
		wait.Wait()
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
		if _, err := engine.Call[int](t.Context(), pool, "twice", 1); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("a closed pool: %v", err)
		}
	})
}

func TestEval(t *testing.T) {
	eng := newEngine(t, engine.WithGlobal("tenant", map[string]any{"name": "acme", "seats": []int{1, 2}}))
	for name, code := range map[string]string{
		"a.lua": `return { name = tenant.name, seats = #tenant.seats }`,
		"a.js":  `export default { name: tenant.name, seats: tenant.seats.length }`,
	} {
		got, err := engine.Eval[struct {
			Name  string `json:"name"`
			Seats int    `json:"seats"`
		}](t.Context(), eng, name, code)
		if err != nil || got.Name != "acme" || got.Seats != 2 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if list, err := engine.Eval[[]string](t.Context(), eng, "empty.lua", `return {}`); err != nil || list == nil || len(list) > 0 {
		t.Errorf("an empty table is %v, %v", list, err)
	}
}

// Everything that a Go program can get wrong is one clear error, and no panic.
func TestMisuse(t *testing.T) {
	onlyLua, err := engine.New(lua.Language)
	if err != nil {
		t.Fatal(err)
	}
	other := newEngine(t)
	ctx := t.Context()
	program := func(eng *engine.Engine, name, code string) engine.Program {
		p, err := eng.Compile(ctx, engine.FromString(name, code))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, c := range map[string]struct {
		do   func() error
		want string
	}{
		"no language": {func() error { _, err := engine.New(); return err }, "no language: pass lua.Language, js.Language, or both"},
		"nil option":  {func() error { _, err := engine.New(lua.Language, nil); return err }, "an option is nil"},
		"twice":       {func() error { _, err := engine.New(lua.Language, lua.Language); return err }, "the language lua is given twice"},
		"nil module":  {func() error { _, err := engine.New(lua.Language, engine.WithModules(nil)); return err }, "module 1 is nil"},
		"bad default": {func() error { _, err := engine.New(lua.Language, engine.WithGlobal("a b", 1)); return err }, `global "a b" is not a name`},
		"hidden module": {func() error {
			q := engine.NewModule("own_q").Func("f", func() {})
			_, err := engine.New(lua.Language, engine.WithModules(q), engine.WithGlobal("ownQ", 1))
			return err
		}, "the global ownQ has the name of a module"},
		"js in lua":    {func() error { _, err := onlyLua.Compile(ctx, engine.FromString("a.js", "1")); return err }, "compile a.js: this engine does not run js: it has lua"},
		"no extension": {func() error { _, err := onlyLua.Compile(ctx, engine.FromString("a.txt", "1")); return err }, `cannot tell the language of "a.txt"`},
		"js text": {func() error {
			_, err := onlyLua.Compile(ctx, engine.FromString("a.lua", "const x = 1"))
			return err
		}, "a.lua:1"},
		"missing file": {func() error { _, err := onlyLua.Compile(ctx, engine.FromFile("/does/not/exist.lua")); return err }, "no such file"},
		"directory":    {func() error { _, err := onlyLua.Compile(ctx, engine.FromFile(t.TempDir())); return err }, "is not a regular file"},
		"not in fs":    {func() error { _, err := onlyLua.Compile(ctx, engine.FromFS(fstest.MapFS{}, "a.lua")); return err }, "a.lua: file does not exist"},
		"nil program":  {func() error { _, err := onlyLua.Instantiate(ctx, nil); return err }, "no program"},
		"of another engine": {func() error {
			_, err := onlyLua.Instantiate(ctx, program(other, "b.lua", "return 1"))
			return err
		}, "b.lua was compiled by another engine"},
		"missing module in lua": {func() error {
			_, err := onlyLua.Compile(ctx, engine.FromString("a.lua", `local b = require("billing")`))
			if err == nil {
				_, err = engine.Eval[any](ctx, onlyLua, "a.lua", `local b = require("billing")`)
			}
			return err
		}, "billing"},
		"missing module in js": {func() error {
			_, err := other.Compile(ctx, engine.FromString("a.js", `import { plan } from "billing"`))
			return err
		}, "billing"},
		"exports nothing in lua": {func() error {
			i := instantiate(t, onlyLua, engine.FromString("a.lua", `local x = 1`))
			_, err := engine.Call[any](ctx, i, "f")
			return err
		}, "a.lua: no such function: f: the script exports nothing"},
		"exports nothing in js": {func() error {
			i := instantiate(t, other, engine.FromString("a.js", `function f() {}`))
			_, err := engine.Call[any](ctx, i, "f")
			return err
		}, "a.js: no such function: f: the script exports nothing"},
		"built-in names": {func() error {
			i := instantiate(t, onlyLua, engine.FromString("a.lua", `function f() end`))
			_, err := engine.Call[any](ctx, i, "print")
			return err
		}, "print"},
		"negative memory": {func() error {
			_, err := engine.Eval[any](ctx, onlyLua, "a.lua", "", engine.WithMemoryLimit(-1))
			return err
		}, "memory limit -1 is negative"},
		"function result in lua": {func() error { _, err := engine.Eval[any](ctx, onlyLua, "a.lua", "return print"); return err }, "is a function"},
		"function result in js":  {func() error { _, err := engine.Eval[any](ctx, other, "a.js", "export default () => 1"); return err }, "is a function"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	_, err = engine.New(engine.WithModules(&engine.Module{Name: "a b"}), engine.WithModules(nil), nil)
	for _, part := range []string{"no language", `"a b"`, "module 1 is nil", "an option is nil"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("one error for all: %v lacks %s", err, part)
		}
	}
}

// What a call left behind belongs to no other call.
func TestLateFailuresGoToTheHook(t *testing.T) {
	var late []string
	i := instantiate(t, newEngine(t), engine.FromString("main.js", `
		export function leave() { setTimeout(() => { throw new Error("late") }, 1) }
		export function ok() { return 1 }
	`), engine.WithErrorHook(func(err error) { late = append(late, err.Error()) }))
	if _, err := engine.Call[any](t.Context(), i, "leave"); err != nil {
		t.Fatal(err)
	}
	if err := i.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := engine.Call[int](t.Context(), i, "ok"); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if len(late) != 1 || !strings.Contains(late[0], "late") {
		t.Errorf("the hook got %q", late)
	}
}

// A call returns when the host calls that it began have ended, awaited or not.
func TestCallWaitsForHostCalls(t *testing.T) {
	done := false
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "save", Effect: engine.Write, Call: func(ctx context.Context, _ []any) (any, error) {
		time.Sleep(10 * time.Millisecond)
		done = ctx.Err() == nil
		return nil, nil
	}}}}
	i := instantiate(t, newEngine(t, engine.WithModules(host)), engine.FromString("main.js", `export function f() { host.save() }`))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := engine.Call[any](ctx, i, "f")
	cancel()
	if err != nil || !done {
		t.Errorf("the host call was lost: %v", err)
	}
}

func ExampleCall() {
	ctx := context.Background()
	eng, err := engine.New(js.Language)
	if err != nil {
		fmt.Println(err)
		return
	}
	prog, err := eng.Compile(ctx, engine.FromString("bot.ts", `
		let seen = 0
		export function onMessage(m: { text: string }) {
			return { text: m.text.toUpperCase(), seen: ++seen }
		}
	`))
	if err != nil {
		fmt.Println(err)
		return
	}
	inst, err := eng.Instantiate(ctx, prog)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer inst.Close()

	type reply struct {
		Text string `json:"text"`
		Seen int    `json:"seen"`
	}
	for _, text := range []string{"hello", "again"} {
		r, err := engine.Call[reply](ctx, inst, "onMessage", map[string]string{"text": text})
		fmt.Println(r.Text, r.Seen, err)
	}
	// Output:
	// HELLO 1 <nil>
	// AGAIN 2 <nil>
}

func TestFromNoFS(t *testing.T) {
	eng, err := engine.New(lua.Language)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eng.Compile(t.Context(), engine.FromFS(nil, "main.lua")); err == nil || err.Error() != "open main.lua: the file system is nil" {
		t.Error(err)
	}
}
