// Package panics turns panics of the parser, the compiler and the host into errors.
package panics

import (
	"fmt"
	"runtime/debug"

	"github.com/crisphost/crisphost/engine"
)

// Compiling is what Recover is told while nothing runs.
const Compiling = "compile"

// Recover is deferred and turns a panic of the parser, the compiler or the host into the error of what was done with a text or a value.
func Recover(name, doing string, err *error) {
	if x := recover(); x != nil {
		*err = internalError(name, doing, x)
	}
}

// Ignore is deferred and drops such a panic, where what is there without the rest will do.
func Ignore() { _ = recover() }

// internalError is the error of a script on which the host panicked. doing is what it did.
func internalError(name, doing string, value any) error {
	kind := engine.KindRuntime
	if doing == Compiling {
		kind = engine.KindCompile
	}
	return &engine.Error{
		Kind: kind, Position: engine.Position{File: name}, Name: "InternalError",
		Message: fmt.Sprintf("the script engine cannot %s this: %v", doing, value),
		Hint:    "this is a bug in the host, not in the script: please report it with the script",
		Err:     &engine.PanicError{Function: doing, Value: value, Stack: debug.Stack()},
	}
}
