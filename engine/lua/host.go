package lua

import (
	"fmt"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// newFunction is a host function as a Lua function. Name is its whole name, for errors.
func (v *vm) newFunction(f *engine.Function, name string) *glua.LFunction {
	fn := &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		return v.call(L, f, name, 1)
	}}
	v.tracked.addFunction(fn, name)
	return fn
}

// call runs a host function with the arguments on the stack from index first.
func (v *vm) call(L *glua.LState, f *engine.Function, name string, first int) int {
	args, err := v.arguments(L, first)
	if err != nil {
		v.raise(L, fmt.Errorf("%s: %w", name, err))
	}
	var result any
	if f.Sync {
		result, err = v.invoker.Call(v.ctx, f, name, args)
		if err == nil {
			result, err = parseDocuments(result)
		}
	} else {
		ctx := v.ctx
		v.unlocked(L, func() {
			result, err = v.invoker.Call(ctx, f, name, args)
			if err == nil {
				result, err = parseDocuments(result)
			}
		})
	}
	if err != nil {
		v.raise(L, err)
	}
	return v.pushResult(L, result, name)
}

// pushResult leaves a result on the stack, of Multi each value, and answers their number.
func (v *vm) pushResult(L *glua.LState, result any, name string) int {
	values, ok := result.(engine.Multi)
	if !ok {
		values = engine.Multi{result}
	}
	for _, value := range values {
		lv, err := v.toLua(value)
		if err != nil {
			v.raise(L, fmt.Errorf("%s: %w", name, err))
		}
		L.Push(lv)
	}
	return len(values)
}
