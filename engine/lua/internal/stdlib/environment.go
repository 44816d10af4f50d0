package stdlib

import (
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	glua "github.com/yuin/gopher-lua"
)

// environmentOf is the function that getfenv and setfenv mean: one given as a value, or the one at a level of the stack, where
// 1 is the caller. Level 0 and functions of Go stand for the globals.
func environmentOf(L *glua.LState) *glua.LFunction {
	var fn *glua.LFunction
	switch value := L.Get(1).(type) {
	case *glua.LFunction:
		fn = value
	case glua.LNumber, *glua.LNilType:
		level := OptInt(L, 1, 1)
		if level < 0 {
			L.ArgError(1, "level must be non-negative")
		}
		if level == 0 {
			return nil
		}
		f := stack.Current(L)
		for ; level > 0 && f.Valid(); level-- {
			f = f.Parent()
		}
		if !f.Valid() {
			L.ArgError(1, "invalid level")
		}
		fn = f.Fn()
	default:
		L.ArgError(1, "function or level expected, got "+stack.TypeName(value))
	}
	if fn.IsG {
		return nil
	}
	return fn
}

func baseGetFEnv(L *glua.LState) int {
	if fn := environmentOf(L); fn != nil {
		L.Push(fn.Env)
	} else {
		L.Push(L.G.Global)
	}
	return 1
}

func baseSetFEnv(L *glua.LState) int {
	env := L.CheckTable(2)
	fn := environmentOf(L)
	if fn == nil {
		L.RaiseError("'setfenv' cannot change environment of given object")
		return 0
	}
	fn.Env = env
	L.Push(fn)
	return 1
}
