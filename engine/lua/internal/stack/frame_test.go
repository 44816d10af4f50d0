package stack

import (
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// gopher-lua's unexported fields are where this package looks for them.
func TestInternals(t *testing.T) {
	internals()
	L := glua.NewState()
	defer L.Close()
	L.Push(L.NewFunction(func(L *glua.LState) int {
		f := Current(L)
		if !f.Valid() || !f.Fn().IsG || f.Parent().Valid() || f.localBase() != f.base()+1 {
			t.Errorf("frame %v", f)
		}
		if isProtected(L) {
			t.Error("protected without a handler")
		}
		SetProtected(L, true)
		if !isProtected(L) {
			t.Error("protection does not stick")
		}
		SetProtected(L, false)
		return 0
	}))
	L.Call(0, 0)
}
