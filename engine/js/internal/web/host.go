// Package web has the interfaces of the web platform: URL, fetch, encodings, events, crypto and what belongs to them.
package web

import (
	"context"
	"net/http"
	"time"

	"github.com/dop251/goja"
)

// Host is what the interfaces need of the VM that they belong to.
type Host interface {
	Runtime() *goja.Runtime
	// Now is the VM's clock, and Transport what its requests go through.
	Now() time.Time
	Transport() http.RoundTripper
	// Loop returns the event loop of the run in progress.
	Loop() Loop
	// Value turns a value of the host into one of the script, and Error an error that a call with these frames came to.
	Value(x any) (goja.Value, error)
	Error(err error, frames []goja.StackFrame) goja.Value
	// Guard returns a promise that explains what to write when a script takes it for the result of the call.
	Guard(promise *goja.Promise, call string) goja.Value
	// IsHostObject reports whether an object stands for something of the host's.
	IsHostObject(object *goja.Object) bool
}

// Loop is the event loop of one run.
type Loop interface {
	// Context ends with the run.
	Context() context.Context
	// After calls a function after a time. It does not keep the run going.
	After(delay time.Duration, callback goja.Callable)
	// Begin starts an operation on a goroutine of its own. Its outcome, called on the VM's goroutine, ends it.
	Begin(operation func(ctx context.Context) (outcome func() error))
}

// web makes the interfaces in one runtime.
type web struct {
	host Host
	rt   *goja.Runtime
}
