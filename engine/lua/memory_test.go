package lua

import (
	"reflect"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestMemoryLimit(t *testing.T) {
	enginetest.TestMemoryLimit(t, NewRuntime(), "grow.lua", []string{
		"local list = {} while true do pcall(function() while true do list[#list + 1] = { n = #list } end end) end",
		"local s = 'x' while true do s = s .. s end",
		"local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
	}, "kept = 'x' while true do kept = kept .. kept end", "kept = nil return 40 + 2")
}

// TestRunsLeaveNothing runs a program many times in one VM: no run may leave a trace on the context that Close ends.
func TestRunsLeaveNothing(t *testing.T) {
	made, p := enginetest.Script{Source: engine.Source{Name: "a.lua", Code: []byte("return 1")}}.Start(t, NewRuntime())
	for range 10 {
		if _, err := made.Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if n := reflect.ValueOf(made.(*vm).closing).Elem().FieldByName("children").Len(); n != 0 {
		t.Errorf("%d runs are still tied to the VM's end", n)
	}
}
