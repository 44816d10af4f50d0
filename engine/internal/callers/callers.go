// Package callers looks at the calls around a function. A VM is told to close by whoever has it, which may be a function that
// one of its own calls has called, on any goroutine that the call has begun.
package callers

import (
	"reflect"
	"runtime"
)

// Set is a set of functions.
type Set map[string]bool

// Of returns a set of functions, given as func values or method expressions.
func Of(functions ...any) Set {
	s := make(Set, len(functions))
	for _, f := range functions {
		s[runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()] = true
	}
	return s
}

// Around reports whether one of the functions is among the callers of its caller, on this goroutine.
func (s Set) Around() bool {
	pcs := make([]uintptr, 256)
	n := runtime.Callers(2, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 4*len(pcs))
		n = runtime.Callers(2, pcs)
	}
	frames := runtime.CallersFrames(pcs[:n])
	for more := n > 0; more; {
		var frame runtime.Frame
		if frame, more = frames.Next(); s[frame.Function] {
			return true
		}
	}
	return false
}
