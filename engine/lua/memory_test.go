package lua

import (
	"context"
	"errors"
	"reflect"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/testrequire"
)

func TestMemoryLimit(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes the script outrun the watch on its memory")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	rt := NewRuntime()
	for _, code := range []string{
		"local list = {} while true do pcall(function() while true do list[#list + 1] = { n = #list } end end) end",
		"local s = 'x' while true do s = s .. s end",
		"local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
	} {
		goruntime.GC() // what the last one left counts as in use before
		v, err := rt.New(engine.Config{MemoryLimit: 128 << 20})
		if err != nil {
			t.Fatal(err)
		}
		p, err := rt.Compile(ctx, engine.Source{Name: "grow.lua", Code: []byte(code), Language: engine.Lua}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Run(ctx, p)
		var failure *engine.Error
		if !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || failure.Line != 1 || !errors.As(err, new(*engine.MemoryError)) {
			t.Errorf("%s: %v", code, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSessionMemoryLimit goes on after an entry that took too much.
func TestSessionMemoryLimit(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes the script outrun the watch on its memory")
	}
	goruntime.GC() // what other tests left counts as in use before
	s := sessionOf(t, engine.Config{MemoryLimit: 128 << 20})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for range 2 {
		_, err := s.Eval(ctx, "grow", "kept = 'x' while true do kept = kept .. kept end")
		if !errors.As(err, new(*engine.MemoryError)) {
			t.Fatalf("grow: %v", err)
		}
		if o, err := s.Eval(ctx, "next", "kept = nil return 40 + 2"); err != nil || o.Text != "42" {
			t.Fatalf("next: %+v, %v", o, err)
		}
	}
}

// TestRunsLeaveNothing runs a program many times in one VM: no run may leave a trace on the context that Close ends.
func TestRunsLeaveNothing(t *testing.T) {
	rt := NewRuntime()
	made, err := rt.New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = made.Close() }()
	p, err := rt.Compile(t.Context(), engine.Source{Name: "a.lua", Code: []byte("return 1"), Language: engine.Lua}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := made.Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if n := reflect.ValueOf(made.(*vm).closing).Elem().FieldByName("children").Len(); n != 0 {
		t.Errorf("%d runs are still tied to the VM's end", n)
	}
}
