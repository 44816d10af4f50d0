package js

import (
	"context"
	"net/http"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/console"
	"github.com/crisphost/crisphost/engine/js/internal/export"
	"github.com/crisphost/crisphost/engine/js/internal/web"
)

// host is a VM as the packages below see it.
type host struct{ vm *vm }

var (
	_ console.Host = host{}
	_ export.Host  = host{}
	_ web.Host     = host{}
	_ web.Loop     = runLoop{}
)

// inspect renders a value for people.
func (v *vm) inspect(value goja.Value) string { return console.Inspect(host{v}, value) }

func (h host) Runtime() *goja.Runtime       { return h.vm.rt }
func (h host) Now() time.Time               { return h.vm.cfg.Now() }
func (h host) Transport() http.RoundTripper { return h.vm.fetch }
func (h host) Loop() web.Loop               { return runLoop{h.vm.run} }

// Value implements web.Host.
func (h host) Value(x any) (goja.Value, error) { return h.vm.toValue(x) }

// Error implements web.Host.
func (h host) Error(err error, frames []goja.StackFrame) goja.Value {
	return h.vm.errorValue(err, frames)
}

// Guard implements web.Host.
func (h host) Guard(promise *goja.Promise, call string) goja.Value {
	return h.vm.guarded(promise, h.vm.promisesOf(call))
}

// IsHostObject implements web.Host.
func (h host) IsHostObject(object *goja.Object) bool { return h.ShowHostObject(object) != "" }

// ShowHostObject implements console.Host.
func (host) ShowHostObject(object *goja.Object) string {
	switch object.ExportType() {
	case typeOpaque:
		return "[Opaque]"
	case typeHandle:
		return object.Export().(*handleObject).handle.Class.Name + " {}"
	case typeSequence:
		return "Sequence {}"
	}
	return ""
}

// Stopped implements export.Host.
func (h host) Stopped() error {
	if run := h.vm.run; run != nil && run.ctx.Err() != nil {
		return context.Cause(run.ctx)
	}
	return nil
}

// HostValue implements export.Host.
func (host) HostValue(object *goja.Object) (value any, problem string, ok bool) {
	switch object.ExportType() {
	case typeOpaque:
		return object.Export().(*opaqueObject).value, "", true
	case typeHandle:
		return object.Export().(*handleObject).handle, "", true
	case typeSequence:
		return nil, "is an async iterable, which has no JSON form: collect it with Array.fromAsync", true
	}
	return nil, "", false
}

// Inspect implements export.Host.
func (h host) Inspect(value goja.Value) string { return h.vm.inspect(value) }

// Failure implements export.Host.
func (h host) Failure(object *goja.Object, convert func(goja.Value) any) *engine.Failure {
	name, message := console.ErrorText(object)
	f := &engine.Failure{Name: name, Message: message, Trace: h.ErrorTrace(object)}
	for _, key := range console.ErrorFields(object) {
		f.Fields = append(f.Fields, engine.Field{Name: key, Value: convert(object.Get(key))})
	}
	return f
}

// Trace implements console.Host.
func (h host) Trace() []engine.Frame { return h.vm.trace(h.vm.rt.CaptureCallStack(0, nil)) }

// ErrorTrace implements console.Host.
func (h host) ErrorTrace(object *goja.Object) []engine.Frame {
	return h.vm.trace(h.vm.framesOf(object))
}

// PrintTable implements console.Host.
func (h host) PrintTable() goja.Callable {
	m := h.vm.globals.modules["printTable"]
	if m == nil || m.Apply == nil {
		return nil
	}
	printTable, _ := goja.AssertFunction(h.vm.rt.GlobalObject().Get("printTable"))
	return printTable
}

// runLoop is a run as the interfaces of the web see it.
type runLoop struct{ run *run }

func (l runLoop) Context() context.Context { return l.run.ctx }

// After implements web.Loop.
func (l runLoop) After(delay time.Duration, callback goja.Callable) {
	l.run.timers.After(delay, callback)
}

// Begin implements web.Loop.
func (l runLoop) Begin(operation func(ctx context.Context) func() error) { l.run.begin(operation) }
