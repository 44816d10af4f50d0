package lua

import (
	"bytes"
	"errors"
	goruntime "runtime"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
	"github.com/crisphost/crisphost/internal/testrequire"
)

func TestMemoryLimit(t *testing.T) {
	enginetest.TestMemoryLimit(t, NewRuntime(), "grow.lua", []string{
		"local list = {} while true do pcall(function() while true do list[#list + 1] = { n = #list } end end) end",
		"local s = 'x' while true do s = s .. s end",
		"local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
	}, "kept = 'x' while true do kept = kept .. kept end", "kept = nil return 40 + 2")
}

// TestRunsLeaveNothing runs a program many times in one VM: no run may leave a context behind that Close ends, but for those that left a
// sequence open.
func TestRunsLeaveNothing(t *testing.T) {
	for code, kept := range map[string]int{
		"return 1":                      0,
		"host.show()":                   0,
		"for _ in host.count(2) do end": 0,
		"all = all or {} all[#all + 1] = host.count(2)": 10,
	} {
		made, p := enginetest.Script{
			Source: engine.Source{Name: "a.lua", Code: []byte(code)}, Config: engine.Config{Modules: []*engine.Module{testHost()}},
		}.Start(t, NewRuntime())
		v := made.(*vm)
		for range 10 {
			if _, err := v.Run(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		if n := v.kept.Len(); n != kept || v.host.Load() != nil {
			t.Errorf("%s: %d contexts are kept, want %d", code, n, kept)
		}
		if err := v.Close(); err != nil || v.kept.Len() > 0 {
			t.Errorf("%s: %d contexts are kept in a VM that was closed, error %v", code, v.kept.Len(), err)
		}
	}
}

// TestMemoryLimitOfCalls lets the program take memory between calls, which is not that of a call.
func TestMemoryLimitOfCalls(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes the script outrun the watch on its memory")
	}
	const limit = 64 << 20
	v := newInstance(t, engine.Config{Modules: []*engine.Module{testHost()}, MemoryLimit: limit}, `
		function wait() host.sleep(200) return "done" end
		function grow() local s = "x" while true do s = s .. s end end`)
	goruntime.GC() // what other tests left must not make room
	ballast := bytes.Repeat([]byte("x"), 3*limit)
	if got, err := v.Call(t.Context(), "wait", nil); err != nil || got != "done" {
		t.Errorf("a call that takes nothing: %v, error %v", got, err)
	}
	goruntime.KeepAlive(ballast)
	_, err := v.Call(t.Context(), "grow", nil)
	if exceeded := (*engine.MemoryError)(nil); !errors.As(err, &exceeded) || exceeded.Limit != limit {
		t.Errorf("a call that takes all: %v", err)
	}
	if _, err := v.Call(t.Context(), "wait", nil); !errors.Is(err, engine.ErrClosed) || !errors.As(err, new(*engine.MemoryError)) {
		t.Errorf("the next call: %v", err)
	}
}
