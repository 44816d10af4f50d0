package lua

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script runs Lua text in a fresh VM and answers what it printed, its result and its error.
func script(t testing.TB, cfg engine.Config, code string) (string, any, error) {
	t.Helper()
	var out bytes.Buffer
	cfg.Stdout = &out
	rt := NewRuntime()
	names := make([]string, len(cfg.Modules))
	for i, m := range cfg.Modules {
		names[i] = m.Name
	}
	p, err := rt.Compile(context.Background(), engine.Source{Name: "main.lua", Code: []byte(code), Language: engine.Lua}, names)
	if err != nil {
		return "", nil, err
	}
	vm, err := rt.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := vm.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	result, err := vm.Run(ctx, p)
	return out.String(), result, err
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
