package lua

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
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
	args, err := v.values.Arguments(L, f.Arguments, nil, first)
	if err != nil {
		v.raise(L, fmt.Errorf("%s: %w", name, err))
	}
	return v.invoke(L, f, name, name, args)
}

// invoke runs a host function and leaves its results on the stack. Name is how errors begin, and call the name that gates
// see.
func (v *vm) invoke(L *glua.LState, f *engine.Function, name, call string, args []any) int {
	var (
		result any
		err    error
	)
	host := v.context()
	if f.Sync {
		result, err = v.answer(host, f, call, args)
	} else {
		v.unlocked(L, func() { result, err = v.answer(host, f, call, args) })
	}
	v.stopIfHalted(L)
	if argument, ok := err.(*engine.ArgumentError); ok { //nolint:errorlint // one that is wrapped says whose argument it is
		err = fmt.Errorf("%s: %w", name, argument)
	}
	if err != nil {
		v.raise(L, err)
	}
	return v.pushResult(L, result, name)
}

// answer calls a host function and reads its result if that is JSON.
func (v *vm) answer(ctx context.Context, f *engine.Function, name string, args []any) (any, error) {
	result, err := v.invoker.Call(ctx, f, name, args)
	if err != nil {
		return nil, err
	}
	return value.ParseDocuments(result)
}

// pushResult leaves a result on the stack, of Multi each value, and answers their number.
func (v *vm) pushResult(L *glua.LState, result any, name string) int {
	values, ok := result.(engine.Multi)
	if !ok {
		values = engine.Multi{result}
	}
	for _, value := range values {
		if seq, ok := value.(engine.Sequence); ok {
			L.Push(v.newSequence(seq, name))
			continue
		}
		lv, err := v.values.ToLua(value)
		if err != nil {
			v.raise(L, fmt.Errorf("%s: %w", name, err))
		}
		L.Push(lv)
	}
	return len(values)
}
