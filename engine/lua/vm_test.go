package lua

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/internal/enginetest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script runs Lua text in a fresh VM and answers what it printed, its result and its error.
func script(t testing.TB, cfg engine.Config, code string) (string, any, error) {
	t.Helper()
	o := enginetest.Script{Source: engine.Source{Name: "main.lua", Code: []byte(code)}, Config: cfg}.Run(t, NewRuntime())
	return o.Stdout, o.Result, o.Err
}

func TestRun(t *testing.T) {
	slow := &engine.Module{Name: "host", Functions: []engine.Function{{
		Name: "add",
		Call: func(ctx context.Context, args []any) (any, error) { return args[0].(int64) + args[1].(int64), nil },
	}, {
		Name: "fail",
		Call: func(ctx context.Context, args []any) (any, error) {
			return nil, &engine.HostError{Name: "CrispError", Message: "not found", Hint: "look elsewhere"}
		},
	}, {
		Name: "page",
		Call: func(ctx context.Context, args []any) (any, error) {
			return engine.JSON(`{"items":[{"id":"a","n":1},null],"empty":[],"none":null}`), nil
		},
	}}}
	out, result, err := script(t, engine.Config{Modules: []*engine.Module{slow}}, `
		print("hello", 1, 2.5, nil, true)
		print(host.add(1, 2))
		local ok, e = pcall(host.fail)
		print(ok, e, e.hint)
		local p = host.page()
		print(p.items[1].id, p.items[2], #p.items, #p.empty, p.none)
		local a, b = parallel(function() return host.add(1, 1) end, function() return host.add(2, 2) end)
		print(a, b)
		for i, v in ipairs(map({1, 2, 3}, function(x) return host.add(x, x) end)) do print(i, v) end
		return p
	`)
	if err != nil {
		t.Fatal(err)
	}
	want := "hello\t1\t2.5\tnil\ttrue\n3\nfalse\tCrispError: not found\tlook elsewhere\na\tnull\t2\t0\tnil\n2\t4\n1\t2\n2\t4\n3\t6\n"
	if out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
	if m, ok := result.(map[string]any); !ok || len(m["items"].([]any)) != 2 {
		t.Errorf("result %#v", result)
	}
	_, _, err = script(t, engine.Config{Modules: []*engine.Module{slow}}, "local x\n  host.fail()")
	var e *engine.Error
	if !errors.As(err, &e) || e.Line != 2 || e.Column != 3 || e.Hint == "" || !strings.Contains(e.Error(), "main.lua:2:3: CrispError: not found") {
		t.Errorf("error %v %#v", err, e)
	}
}

// A name of a host module that was written wrongly is nil to Lua.
func TestMemberHints(t *testing.T) {
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "get_meta"}}, Modules: []*engine.Module{
		{Name: "pages", Functions: []engine.Function{{Name: "list"}}},
	}}
	for code, want := range map[string]string{
		`local x = 1 host.pages.lisst(x)`:   "host.pages has no member lisst: did you mean host.pages.list?",
		`print(host.page.list())`:           "host has no member page: did you mean host.pages?",
		`host.getMeta()`:                    "host has no member getMeta: did you mean host.get_meta?",
		`host.pages:zzzzzz()`:               "",
		`hots.pages.list()`:                 "did you mean host?",
		`local t = {} t.x()`:                "",
		`error("attempt to call a trifle")`: "",
		`host.zzzzzz()`:                     "host has no member zzzzzz",
	} {
		_, _, err := script(t, engine.Config{Modules: []*engine.Module{host}}, code)
		var e *engine.Error
		if !errors.As(err, &e) || e.Hint != want {
			t.Errorf("%s: error %v, hint %q, want %q", code, err, e.Hint, want)
		}
	}
}

// A host function's error reaches the caller of Run whichever way it takes through the script.
func TestErrorsKeepTheirCause(t *testing.T) {
	for name, code := range map[string]string{
		"direct":    "host.fail()",
		"rethrown":  "local ok, e = pcall(host.fail) error(e)",
		"assert":    "assert(pcall(error, 1) or nil, select(2, pcall(host.fail)))",
		"parallel":  "parallel(function() end, function() host.fail() end)",
		"map":       "map({1}, host.fail)",
		"coroutine": "coroutine.wrap(host.fail)()",
		"resume":    "local _, e = coroutine.resume(coroutine.create(function() host.fail() end)) error(e)",
		"xpcall":    "local _, e = xpcall(host.fail, function(e) return e end) error(e)",
		"handler":   "local _, e = xpcall(function() host.fail() end, function(e) error(e) end) error(e)",
		"sort":      "table.sort({2, 1}, function() host.fail() end)",
		"index":     "local t = setmetatable({}, {__index = host.fail}) return t.x",
		"sequence":  "for x in host.count(1, true) do end",
	} {
		_, _, err := script(t, engine.Config{Modules: []*engine.Module{testHost()}}, code)
		var e *engine.Error
		if !errors.As(err, &e) || e.Kind != engine.KindRuntime || e.Line != 1 || e.Err == nil {
			t.Errorf("%s: error %#v", name, err)
		}
		if name != "sequence" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the cause is lost: %v", name, err)
		}
	}
}

func TestTrace(t *testing.T) {
	_, _, err := script(t, engine.Config{}, `
local t = {}
function t.inner(x) error("deep") end
local function middle() t.inner(1) return 1 end
middle()
`)
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	var got []string
	for _, f := range e.Trace {
		got = append(got, f.Function+"@"+f.Position.String())
	}
	if want := "inner@main.lua:3:21 middle@main.lua:4:25 @main.lua:5:1"; strings.Join(got, " ") != want {
		t.Errorf("trace %v, want %s", got, want)
	}
	if e.SourceLine != `function t.inner(x) error("deep") end` {
		t.Errorf("source line %q", e.SourceLine)
	}
	// A deep one is cut in the middle.
	_, _, err = script(t, engine.Config{}, "local function f(n) if n == 0 then error('x') end return 1 + f(n - 1) end\nf(200)")
	if !errors.As(err, &e) || len(e.Trace) != stack.MaxFrames || e.Trace[stack.MaxFrames-1].Line != 2 {
		t.Errorf("%d frames", len(e.Trace))
	}
}

func TestResults(t *testing.T) {
	for code, want := range map[string]string{
		``:                                      `<nil>`,
		`return nil`:                            `<nil>`,
		`return 1, 2`:                           `1`,
		`return 1.5`:                            `1.5`,
		`return "s"`:                            `"s"`,
		`return {1, {a = true}}`:                `[]interface {}{1, map[string]interface {}{"a":true}}`,
		`return host.json('{"a":[1]}')`:         `map[string]interface {}{"a":[]interface {}{1}}`,
		`return json.null`:                      `<nil>`,
		`return limits.most, limits == limits2`: `10`,
		`return word .. tostring(off)`:          `"textfalse"`,
	} {
		_, got, err := script(t, engine.Config{
			Modules: []*engine.Module{testHost(), {Name: "json"}},
			Globals: []engine.Constant{{Name: "limits", Value: map[string]any{"most": 10}}, {Name: "word", Value: "text"}, {Name: "off", Value: false}},
		}, code)
		if s := fmt.Sprintf("%#v", got); err != nil || s != want {
			t.Errorf("%s: %s, error %v, want %s", code, s, err, want)
		}
	}
	for code, want := range map[string]string{
		`return print`:                                  "the result is a function, which has no JSON form",
		`return {{f = print}}`:                          "the result[1].f is a function, which has no JSON form",
		`return {[10] = 1}`:                             "the result has number keys that are not 1 to n; fill gaps with json.null, or say json.object(...) to make names of them",
		`return coroutine.create(print)`:                "the result is a thread, which has no JSON form",
		`return 0/0`:                                    "the result is not a number (the result of 0/0 or the like), which has no JSON form",
		`local t = {} t.t = t return t`:                 "the result.t contains itself",
		`return host`:                                   "the result is a module; call its functions with a dot, not a colon",
		`return setmetatable({}, {__index = 1}), print`: "",
	} {
		_, _, err := script(t, engine.Config{Modules: []*engine.Module{testHost()}}, code)
		if want != "" {
			want = "main.lua: " + want
		}
		if text := fmt.Sprint(err); text != want && (want != "" || err != nil) {
			t.Errorf("%s: error %q, want %q", code, text, want)
		}
	}
	if _, err := NewRuntime().New(engine.Config{Globals: []engine.Constant{{Name: "x", Value: struct{}{}}}}); err == nil {
		t.Error("a global that scripts cannot hold is taken")
	}
}

// A VM runs several programs with the same globals, and one runtime serves several VMs at the same time.
func TestPrograms(t *testing.T) {
	rt := NewRuntime()
	ctx := context.Background()
	compile := func(name, code string) engine.Program {
		p, err := rt.Compile(ctx, engine.Source{Name: name, Code: []byte(code)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := compile("a.lua", `total = (total or 0) + 1 each = each or host.count(3)`)
	second := compile("b.lua", `return {total, each().n}`)
	failing := compile("c.lua", "\n  error('no')")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			vm, err := rt.New(engine.Config{Modules: []*engine.Module{testHost()}})
			if err != nil {
				t.Error(err)
				return
			}
			defer vm.Close()
			for i := range 3 {
				if _, err := vm.Run(ctx, first); err != nil {
					t.Error(err)
				}
				if got, err := vm.Run(context.Background(), second); err != nil || fmt.Sprint(got) != fmt.Sprintf("[%d %d]", i+1, i+1) {
					t.Errorf("run %d: %v, error %v", i, got, err)
				}
				var e *engine.Error
				if _, err := vm.Run(context.Background(), failing); !errors.As(err, &e) || e.Position.String() != "c.lua:2:3" {
					t.Errorf("error %v", err)
				}
			}
		})
	}
	wg.Wait()
	vm, err := NewRuntime().New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	if _, err := vm.Run(ctx, first); err == nil {
		t.Error("a program of another runtime is taken")
	}
}
