package js

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/js/internal/console"
	"github.com/crisphost/crisphost/engine/js/internal/export"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// maxCauses is how many causes of an error its message shows.
const maxCauses = 5

// failure turns the reason why a run ended into the error that Run returns. To describe what a script threw may run code of
// the script, which may be stopped in turn.
func (r *run) failure(err error) error {
	if r.ctx.Err() != nil {
		return r.stopped(err)
	}
	e := &engine.Error{Kind: engine.KindRuntime, Position: engine.Position{File: r.program.Name()}}
	trouble := r.vm.protect(func() error {
		return loop.Unwind(r.vm.rt, func() error {
			r.explain(e, err)
			return nil
		})
	})
	switch {
	case trouble == nil:
		return e
	case r.ctx.Err() != nil:
		return r.stopped(trouble)
	default:
		e.Message = "uncaught exception that cannot be shown: " + trouble.Error()
		return e
	}
}

// explain fills the error by its reason.
func (r *run) explain(e *engine.Error, err error) {
	var exception *goja.Exception
	var overflow *goja.StackOverflowError
	var rejected *rejection
	var panicked *syntax.PanicError
	switch {
	case errors.As(err, &overflow):
		e.Name, e.Message = "RangeError", "too many calls inside each other"
		e.Hint = "a function that calls itself needs a case in which it stops"
		r.setTrace(e, overflow.Stack())
		const shown = 10
		e.Trace = e.Trace[:min(len(e.Trace), shown)]
	case errors.As(err, &rejected):
		r.describe(e, rejected.value, nil)
		if rejected.unhandled {
			e.Hint = joinHints(e.Hint, "the promise was rejected and nothing awaits it")
		}
	case errors.As(err, &exception):
		r.describe(e, exception.Value(), exception.Stack())
	case errors.As(err, &panicked) && strings.Contains(panicked.Error(), "makeslice"):
		e.Name, e.Message = "RangeError", "the script asked for something larger than any memory"
	case errors.As(err, &panicked):
		e.Name, e.Message = "InternalError", "the script engine failed: "+panicked.Error()
		e.Hint = syntax.HintReport
		e.Err = err
	case errors.Is(err, errStuck):
		e.Message = errStuck.Error()
		e.Hint = "some promise here is neither resolved nor rejected by anything that is still under way"
		r.setAwait(e)
	default:
		e.Message, e.Err = err.Error(), err
	}
}

// stopped is the error of a run whose context ended, with the place where the script was.
func (r *run) stopped(err error) error {
	e := limits.Stopped(r.ctx)
	e.File = r.program.Name()
	var interrupted *goja.InterruptedError
	switch {
	case errors.As(err, &interrupted):
		r.setTrace(e, interrupted.Stack())
	case r.stoppedAt != nil:
		r.setTrace(e, r.stoppedAt)
	default:
		r.setAwait(e)
	}
	return e
}

// setAwait sets the place of an error to where the script waits, as far as that is known.
func (r *run) setAwait(e *engine.Error) {
	if at, f, ok := r.waitsAt(); ok {
		e.Position, e.SourceLine = at, f.Line(at.Line)
		e.Trace = []engine.Frame{{Position: at}}
	}
}

// describe fills the error from what a script threw. Looking at it may run code of the script, which may throw again.
func (r *run) describe(e *engine.Error, value goja.Value, frames []goja.StackFrame) {
	rt := r.vm.rt
	object, isObject := value.(*goja.Object)
	if !isObject {
		e.Message = "uncaught " + r.vm.inspect(value)
		e.Hint = "throw an Error instead, which knows where it was made"
		r.setTrace(e, frames)
		return
	}
	if frames == nil {
		// goja tells the frames of an error object only by throwing it.
		if exception := rt.Try(func() { panic(value) }); exception != nil {
			frames = exception.Stack()
		}
	}
	exception := rt.Try(func() {
		if object.ClassName() != "Error" {
			e.Message = "uncaught " + r.vm.inspect(value)
			return
		}
		e.Name, e.Message = console.ErrorText(object)
		e.Message += r.causes(object) + r.innerErrors(object, &frames)
		if t := r.vm.thrownBy(object); t != nil {
			e.Err = t.err
			if t.frames != nil {
				frames = t.frames
			}
			var host *engine.HostError
			if errors.As(t.err, &host) {
				e.Hint = host.Hint
			}
		}
	})
	if exception != nil {
		e.Message = "uncaught exception that cannot be shown: " + exception.Error()
	}
	r.setTrace(e, frames)
	if e.Name == "ReferenceError" && (e.Message == "exports is not defined" || e.Message == "module is not defined") {
		e.Hint = "a file with import, export or an await outside of functions is an ES module: write export function f() {}, or export default"
	}
	if e.Hint == "" {
		e.Hint = r.memberHint(e)
	}
}

// causes describes the chain of causes of an error.
func (r *run) causes(object *goja.Object) string {
	var b strings.Builder
	for range maxCauses {
		cause := object.Get("cause")
		if objects.IsNullish(cause) {
			break
		}
		next, ok := cause.(*goja.Object)
		if !ok || next.ClassName() != "Error" {
			fmt.Fprintf(&b, "\n  cause: %s", r.vm.inspect(cause))
			break
		}
		name, message := console.ErrorText(next)
		fmt.Fprintf(&b, "\n  cause: %s: %s", name, message)
		object = next
	}
	return b.String()
}

// innerErrors describes the errors of an AggregateError, which knows no place of its own when Promise.any has made it: that of the first
// one takes its place.
func (r *run) innerErrors(object *goja.Object, frames *[]goja.StackFrame) string {
	list, ok := object.Get("errors").(*goja.Object)
	if !ok || list.ClassName() != "Array" {
		return ""
	}
	var b strings.Builder
	count := int(list.Get("length").ToInteger())
	for i := range min(count, maxCauses) {
		inner, ok := list.Get(strconv.Itoa(i)).(*goja.Object)
		if !ok || inner.ClassName() != "Error" {
			fmt.Fprintf(&b, "\n  error %d: %s", i+1, r.vm.inspect(list.Get(strconv.Itoa(i))))
			continue
		}
		name, message := console.ErrorText(inner)
		own := r.vm.framesOf(inner)
		if len(r.program.Trace(*frames)) == 0 {
			*frames = own
		}
		fmt.Fprintf(&b, "\n  error %d: %s: %s", i+1, name, message)
		if trace := r.program.Trace(own); len(trace) > 0 {
			fmt.Fprintf(&b, " (%s)", trace[0].Position)
		}
	}
	if count > maxCauses {
		fmt.Fprintf(&b, "\n  and %d more", count-maxCauses)
	}
	return b.String()
}

func joinHints(hints ...string) string {
	var kept []string
	for _, hint := range hints {
		if hint != "" {
			kept = append(kept, hint)
		}
	}
	return strings.Join(kept, "\n")
}

// setTrace sets the trace, and the place from its innermost frame.
func (r *run) setTrace(e *engine.Error, frames []goja.StackFrame) {
	e.Trace = r.program.Trace(frames)
	if len(e.Trace) == 0 {
		return
	}
	e.Position = e.Trace[0].Position
	for _, frame := range frames {
		if at, f, ok := r.program.FramePosition(frame); ok {
			e.SourceLine = f.Line(at.Line)
			return
		}
	}
}

// exportResult turns the default export into the result of Run.
func (r *run) exportResult() (result any, err error) {
	if r.result == nil {
		return nil, nil
	}
	exception := r.vm.rt.Try(func() {
		e := export.New(host{r.vm}, "the default export")
		result, err = e.Export(r.result)
	})
	if exception != nil {
		return nil, exception
	}
	var argument *engine.ArgumentError
	if errors.As(err, &argument) {
		return nil, fmt.Errorf("%w; the default export is the script's result", err)
	}
	return result, err
}
