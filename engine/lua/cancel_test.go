package lua

import (
	"bytes"
	"context"
	"errors"
	gruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// endless scripts never end by themselves.
var endless = map[string]string{
	"loop":             `while true do end`,
	"pcall":            `while true do pcall(function() while true do end end) end`,
	"pcall of pcall":   `while true do pcall(pcall, pcall, error) end`,
	"xpcall":           `while true do xpcall(function() while true do end end, function() while true do end end) end`,
	"coroutine":        `coroutine.wrap(function() while true do end end)()`,
	"coroutine pcall":  `local co = coroutine.wrap(function() while true do pcall(error) coroutine.yield() end end) while true do pcall(co) end`,
	"metamethod":       `local t = setmetatable({}, {__index = function() while true do end end}) return t.x`,
	"iterator":         `for _ in function() return 1 end do end`,
	"sort":             `local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)`,
	"tail call":        `local function f() return f() end return f()`,
	"goto":             `::top:: goto top`,
	"repeat":           `repeat until false`,
	"gsub callback":    `string.gsub("aaa", "a", function() while true do end end)`,
	"host call":        `host.wait()`,
	"host call pcall":  `while true do pcall(host.wait) end`,
	"task":             `parallel(function() while true do end end, function() host.wait() end)`,
	"tasks":            `map({1, 2, 3, 4}, function(x) while true do pcall(host.wait) end end, 2)`,
	"nested tasks":     `parallel(function() parallel(host.wait, host.wait) end, function() map({1, 2}, host.wait) end)`,
	"stream":           `for x in host.stream() do end`,
	"find":             `return (("a"):rep(40)):find(("a?"):rep(40) .. ("a"):rep(41))`,
	"match":            `return (("a"):rep(3000)):match((".-"):rep(12) .. "b")`,
	"gsub":             `return (("a"):rep(3000)):gsub((".*"):rep(12) .. "b", "x")`,
	"gmatch":           `for x in (("a"):rep(3000)):gmatch((".*"):rep(12) .. "b") do end`,
	"balance":          `return (("("):rep(300000)):match("%b()")`,
	"require circle":   `while true do pcall(require, "nothing") end`,
	"load":             `while true do load("return 1", "endless.lua")() end`,
	"error in handler": `while true do xpcall(error, function() error() end) end`,
}

// A script that compiles a text is stopped before that is done, which takes gopher-lua long where there are many constants.
func TestStopLoad(t *testing.T) {
	compiling := func() bool {
		stacks := make([]byte, 1<<20)
		return bytes.Contains(stacks[:gruntime.Stack(stacks, true)], []byte("syntax.compileTree"))
	}
	wait := func(state bool) {
		for until := time.Now().Add(5 * time.Minute); compiling() != state && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
	}
	// A busy machine may finish the text before it lets the script end.
	for range 10 {
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			wait(true)
			cancel(errors.New("enough"))
		}()
		vm, p := enginetest.Script{Source: engine.Source{Name: "a.lua", Code: []byte(`
			local lines = {}
			for i = 1, 8000 do lines[i] = "x = 'text " .. i .. "'" end
			load(table.concat(lines, "\n"))
			while true do end`)}}.Start(t, NewRuntime())
		_, err := vm.Run(ctx, p)
		stopped := compiling()
		if err == nil || !strings.Contains(err.Error(), "enough") {
			t.Fatalf("error %v", err)
		}
		wait(false) // the work ends by itself
		if stopped {
			return
		}
	}
	t.Error("the script never stopped before its text was compiled")
}

func TestStop(t *testing.T) {
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
		{Name: "stream", Call: func(ctx context.Context, _ []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) {
				yield(1, nil)
				<-ctx.Done()
				yield(nil, ctx.Err())
			}), nil
		}},
	}}
	cfg := engine.Config{Modules: []*engine.Module{host}}
	var cases []enginetest.StopCase
	for name, code := range endless {
		cases = append(cases, enginetest.StopCase{name, "print('ready') " + code, "endless.lua:1"})
	}
	enginetest.CheckScriptStops(t, NewRuntime(), "endless.lua", cfg, "kept = 'next' ", "print(kept)", cases)
	enginetest.TestStop(t, NewRuntime(), "a.lua", engine.ErrBusy, engine.ErrClosed)
}

// Sequences that a script left half-read end with the VM.
func TestSequencesEnd(t *testing.T) {
	var ended int
	host := &engine.Module{Name: "host", Functions: []engine.Function{{
		Name: "each",
		Call: func(context.Context, []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) {
				defer func() { ended++ }()
				for i := 0; yield(i, nil); i++ {
				}
			}), nil
		},
	}}}
	_, _, err := script(t, engine.Config{Modules: []*engine.Module{host}}, `
		kept = {}
		for i = 1, 3 do
			local each = host.each()
			each() each()
			kept[i] = each
		end`)
	if err != nil || ended != 3 {
		t.Errorf("%d of 3 ended, error %v", ended, err)
	}
}

// A program that fails to write its output says so.
func TestPrintFails(t *testing.T) {
	broken := engine.Config{Stdout: brokenWriter{}}
	vm, p := enginetest.Script{Source: engine.Source{Name: "a.lua", Code: []byte(`print("x")`)}, Config: broken}.Start(t, NewRuntime())
	if _, err := vm.Run(context.Background(), p); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "print") {
		t.Errorf("error %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// Printed lines reach the writer whole, one at a time.
func TestPrintWholeLines(t *testing.T) {
	var lines lineWriter
	const code = `map({1, 2, 3, 4}, function(x) for i = 1, 50 do print(x, ("y"):rep(100)) end end)`
	vm, p := enginetest.Script{Source: engine.Source{Name: "a.lua", Code: []byte(code)}, Config: engine.Config{Stdout: &lines}}.Start(t, NewRuntime())
	if _, err := vm.Run(context.Background(), p); err != nil || lines.whole != 200 || lines.torn != 0 {
		t.Errorf("%d whole lines, %d torn, error %v", lines.whole, lines.torn, err)
	}
}

type lineWriter struct{ whole, torn int }

func (w *lineWriter) Write(b []byte) (int, error) {
	if bytes.Count(b, []byte("\n")) == 1 && b[len(b)-1] == '\n' {
		w.whole++
	} else {
		w.torn++
	}
	return len(b), nil
}
