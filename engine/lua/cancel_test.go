package lua

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// endless scripts, each of which tells when it is under way.
var endless = map[string]string{
	"loop":             `host.ready() while true do end`,
	"pcall":            `host.ready() while true do pcall(function() while true do end end) end`,
	"pcall of pcall":   `host.ready() while true do pcall(pcall, pcall, error) end`,
	"xpcall":           `host.ready() while true do xpcall(function() while true do end end, function() while true do end end) end`,
	"coroutine":        `host.ready() coroutine.wrap(function() while true do end end)()`,
	"coroutine pcall":  `host.ready() local co = coroutine.wrap(function() while true do pcall(error) coroutine.yield() end end) while true do pcall(co) end`,
	"metamethod":       `host.ready() local t = setmetatable({}, {__index = function() while true do end end}) return t.x`,
	"iterator":         `host.ready() for _ in function() return 1 end do end`,
	"sort":             `host.ready() local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)`,
	"tail call":        `host.ready() local function f() return f() end return f()`,
	"goto":             `host.ready() ::top:: goto top`,
	"repeat":           `host.ready() repeat until false`,
	"gsub callback":    `host.ready() string.gsub("aaa", "a", function() while true do end end)`,
	"host call":        `host.ready() host.wait()`,
	"host call pcall":  `host.ready() while true do pcall(host.wait) end`,
	"task":             `host.ready() parallel(function() while true do end end, function() host.wait() end)`,
	"tasks":            `host.ready() map({1, 2, 3, 4}, function(x) while true do pcall(host.wait) end end, 2)`,
	"nested tasks":     `host.ready() parallel(function() parallel(host.wait, host.wait) end, function() map({1, 2}, host.wait) end)`,
	"stream":           `host.ready() for x in host.stream() do end`,
	"find":             `host.ready() return (("a"):rep(40)):find(("a?"):rep(40) .. ("a"):rep(41))`,
	"match":            `host.ready() return (("a"):rep(3000)):match((".-"):rep(12) .. "b")`,
	"gsub":             `host.ready() return (("a"):rep(3000)):gsub((".*"):rep(12) .. "b", "x")`,
	"gmatch":           `host.ready() for x in (("a"):rep(3000)):gmatch((".*"):rep(12) .. "b") do end`,
	"balance":          `host.ready() return (("("):rep(300000)):match("%b()")`,
	"require circle":   `host.ready() while true do pcall(require, "nothing") end`,
	"load":             `host.ready() while true do load("return 1")() end`,
	"error in handler": `host.ready() while true do xpcall(error, function() error() end) end`,
}

func TestStopCompile(t *testing.T) {
	var code strings.Builder
	code.WriteString("local t = {}\n")
	for i := range 8000 {
		fmt.Fprintf(&code, "t[%d] = 'text %d'\n", i, i)
	}
	cause := errors.New("enough")
	for name, limit := range map[string]time.Duration{"before": -time.Second, "meanwhile": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(context.Background(), limit, cause)
			defer cancel()
			rt := NewRuntime().(*runtime)
			_, err := rt.Compile(ctx, engine.Source{Name: "large.lua", Code: []byte(code.String()), Language: engine.Lua}, nil)
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindTimeout || !errors.Is(err, cause) || e.Error() != "large.lua: the script was stopped: enough" {
				t.Errorf("error %v", err)
			}
			// The work that was left behind ends by itself, and is kept.
			for kept, until := 0, time.Now().Add(time.Minute); limit > 0 && kept == 0 && time.Now().Before(until); {
				time.Sleep(10 * time.Millisecond)
				rt.mu.Lock()
				kept = len(rt.chunks)
				rt.mu.Unlock()
			}
		})
	}
}

func TestStop(t *testing.T) {
	for name, code := range endless {
		t.Run(name, func(t *testing.T) {
			ready := make(chan struct{})
			host := &engine.Module{Name: "host", Functions: []engine.Function{
				{Name: "ready", Sync: true, Call: func(context.Context, []any) (any, error) { close(ready); return nil, nil }},
				{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
				{Name: "stream", Call: func(ctx context.Context, _ []any) (any, error) {
					return engine.Sequence(func(yield func(any, error) bool) {
						yield(1, nil)
						<-ctx.Done()
						yield(nil, ctx.Err())
					}), nil
				}},
			}}
			rt := NewRuntime()
			p, err := rt.Compile(context.Background(), engine.Source{Name: "endless.lua", Code: []byte(code)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			vm, err := rt.New(engine.Config{Modules: []*engine.Module{host}})
			if err != nil {
				t.Fatal(err)
			}
			defer vm.Close()
			cause := errors.New("enough")
			ctx, cancel := context.WithCancelCause(context.Background())
			go func() {
				<-ready
				cancel(cause)
			}()
			_, err = vm.Run(ctx, p)
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindInterrupt || !errors.Is(err, cause) {
				t.Fatalf("error %v", err)
			}
			if e.Line != 1 {
				t.Errorf("position %v", e.Position)
			}
			// The VM is as good as new.
			again, err := rt.Compile(context.Background(), engine.Source{Name: "again.lua", Code: []byte(`return 1 + 1`)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if result, err := vm.Run(context.Background(), again); err != nil || result != int64(2) {
				t.Errorf("afterwards: %v, %v", result, err)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	rt := NewRuntime()
	p, err := rt.Compile(context.Background(), engine.Source{Name: "slow.lua", Code: []byte("\nwhile true do end")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = vm.Run(ctx, p)
	var e *engine.Error
	if !errors.As(err, &e) || e.Kind != engine.KindTimeout || e.Line != 2 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if _, err := vm.Run(ctx, p); !errors.As(err, &e) || e.Kind != engine.KindTimeout {
		t.Errorf("with an ended context: %v", err)
	}
}

// A VM that is closed stops what it runs.
func TestCloseStops(t *testing.T) {
	ready := make(chan struct{})
	rt := NewRuntime()
	p, err := rt.Compile(context.Background(), engine.Source{Name: "a.lua", Code: []byte(endless["tasks"])}, nil)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(engine.Config{Modules: []*engine.Module{{Name: "host", Functions: []engine.Function{
		{Name: "ready", Sync: true, Call: func(context.Context, []any) (any, error) { close(ready); return nil, nil }},
		{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := vm.Run(context.Background(), p)
		done <- err
	}()
	<-ready
	if _, err := vm.Run(context.Background(), p); !errors.Is(err, errBusy) {
		t.Errorf("a second run at the same time: %v", err)
	}
	if err := vm.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, errClosed) {
		t.Errorf("the run ended with %v", err)
	}
	if _, err := vm.Run(context.Background(), p); !errors.Is(err, errClosed) {
		t.Errorf("a run afterwards: %v", err)
	}
	if err := vm.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
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
	rt := NewRuntime()
	p, err := rt.Compile(context.Background(), engine.Source{Name: "a.lua", Code: []byte(`print("x")`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(engine.Config{Stdout: brokenWriter{}})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
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
	rt := NewRuntime()
	p, err := rt.Compile(context.Background(), engine.Source{Name: "a.lua", Code: []byte(
		`map({1, 2, 3, 4}, function(x) for i = 1, 50 do print(x, ("y"):rep(100)) end end)`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := rt.New(engine.Config{Stdout: &lines})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
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
