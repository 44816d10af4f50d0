package lua

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/crisphost/crisphost/engine"
)

// compiling is what recovered is told while nothing runs.
const compiling = "compile"

// recovered, deferred, turns a panic of the parser, the compiler or the host into the error of what was done with a text or a value.
func recovered(name, doing string, err *error) {
	if x := recover(); x != nil {
		*err = internalError(name, doing, x)
	}
}

// ignored, deferred, drops such a panic, where what is there without the rest will do.
func ignored() { _ = recover() }

// internalError is the error of a script on which the host panicked. doing is what it did.
func internalError(name, doing string, value any) error {
	kind := engine.KindRuntime
	if doing == compiling {
		kind = engine.KindCompile
	}
	return &engine.Error{
		Kind: kind, Position: engine.Position{File: name}, Name: "InternalError",
		Message: fmt.Sprintf("the script engine cannot %s this: %v", doing, value),
		Hint:    "this is a mistake in the host, not in the script: please report it with the script",
		Err:     &engine.PanicError{Function: doing, Value: value, Stack: debug.Stack()},
	}
}

// await does work until ctx ends, and reports whether it was done. gopher-lua cannot be stopped, and takes minutes for a hundred thousand
// constants: it looks each one up in a list. Work that is left behind ends by itself.
func await[T any](ctx context.Context, work func() (T, error)) (result T, done bool, err error) {
	type outcome struct {
		result T
		err    error
	}
	finished := make(chan outcome, 1)
	if ctx.Err() == nil {
		go func() {
			result, err := work()
			finished <- outcome{result, err}
		}()
	}
	select {
	case o := <-finished:
		return o.result, true, o.err
	case <-ctx.Done():
		return result, false, nil
	}
}
