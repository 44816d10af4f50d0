package js

import (
	"context"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/entry"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
	"github.com/crisphost/crisphost/internal/words"
)

// In a session a call of the host gives its result wherever it stands: where no await can stand, the host function itself waits, in the
// middle of the script's functions. Outcomes of other calls are taken meanwhile, which settles their promises; what waits for those runs
// later, since goja runs no job while a function is under way.

// waiting knows the entries of a session by the file names that goja reports.
type waiting struct {
	entries map[string]*entry.Places
}

// waitDepth is how many built-in functions may lie between a host function and the entry that calls them.
const waitDepth = 16

// waitsHere reports whether the host function at hand is called where an entry means its result, and notes that for .save.
func (v *vm) waitsHere(f *hostFunc, call goja.FunctionCall) bool {
	frames := v.rt.CaptureCallStack(waitDepth, make([]goja.StackFrame, 0, waitDepth))
	// A built-in function that calls a host function makes no frame for it: the innermost frame is then its own.
	direct := len(frames) > 0 && frames[0].FuncName() == words.Camel(f.Name) && !(goja.IsUndefined(call.This) && callsBack(f.Name))
	for i := range frames {
		at, ok := entryPlace(&frames[i])
		if !ok {
			continue
		}
		c := v.waiting.entries[at.Filename]
		if c == nil {
			return false // a file, whose author awaits
		}
		switch c.Calls[entry.Place{Line: at.Line, Column: at.Column}].Site {
		case rewrite.GivesPromise:
			return false
		case rewrite.GivesDirect:
			if direct && i == 1 {
				return false
			}
		}
		v.learn(direct)
		return true
	}
	return false // a job or a timer, whose function is no entry's
}

// entryPlace is the place of a frame outside of built-in functions and eval.
func entryPlace(frame *goja.StackFrame) (at struct {
	Filename     string
	Line, Column int
}, ok bool,
) {
	p := frame.Position()
	at.Filename, at.Line, at.Column = p.Filename, p.Line, p.Column
	return at, p.Filename != "" && p.Filename != "<eval>"
}

// callsBack reports whether arrays have a method of that name that calls functions.
func callsBack(name string) bool {
	switch name {
	case "every", "filter", "find", "map", "some", "sort":
		return true
	}
	return false
}

// learn notes the calls of entries that are under way, which a script has to await.
func (v *vm) learn(direct bool) {
	through := ""
	for i, frame := range v.rt.CaptureCallStack(0, nil) {
		at, ok := entryPlace(&frame)
		if !ok {
			if i > 0 || !direct {
				through = frame.FuncName()
			}
			continue
		}
		if c := v.waiting.entries[at.Filename]; c != nil {
			if site, ok := c.Calls[entry.Place{Line: at.Line, Column: at.Column}]; ok {
				c.Lessons.Waits[site.Offset] = through
			}
		}
		through = ""
	}
}

// callWaiting makes a call and waits for its outcome.
func (v *vm) callWaiting(f *hostFunc, call goja.FunctionCall) goja.Value {
	c := v.newAsyncCall(f, call)
	exception := v.rt.Try(c.convert)
	c.call = goja.FunctionCall{}
	if exception != nil {
		c.release()
		panic(exception.Value())
	}
	if err := c.err; err != nil {
		c.release()
		panic(v.errorValue(named(f.path, err), nil))
	}
	var result, reason any
	done := false
	c.resolve = func(value any) error { result, done = value, true; return nil }
	c.reject = func(value any) error { reason, done = value, true; return nil }
	v.run.launch(c.operation)
	if !v.run.waitFor(func() bool { return done }) {
		return goja.Undefined()
	}
	if reason != nil {
		panic(reason)
	}
	return v.rt.ToValue(result)
}

// waitFor takes outcomes of the host until one makes done true. It is false when the run has been stopped, whose script goes no
// further then.
func (r *run) waitFor(done func() bool) bool {
	for !done() {
		if r.ctx.Err() != nil {
			r.vm.rt.Interrupt(context.Cause(r.ctx))
			return false
		}
		f := r.Next()
		if f == nil {
			r.Sleep(r.ctx, -1)
			continue
		}
		if err := f(); err != nil {
			panic(err)
		}
	}
	return true
}

// waitingIterator walks a stream without await.
func (v *vm) waitingIterator(stream *goja.Object) goja.Value {
	for i, frame := range v.rt.CaptureCallStack(waitDepth, nil) {
		at, ok := entryPlace(&frame)
		if !ok {
			continue
		}
		c := v.waiting.entries[at.Filename]
		if c == nil {
			panic(v.rt.NewTypeError(asyncIterable))
		}
		through := ""
		if i > 0 {
			through = "a built-in function"
		}
		c.Lessons.Walked[c.Offset(at.Line, at.Column)] = through
		break
	}
	s := stream.Export().(*sequence)
	take := func(promise goja.Value) goja.Value {
		p := promiseOf(promise)
		switch {
		case !v.run.waitFor(func() bool { return p.State() != goja.PromiseStatePending }):
			return v.rt.NewObject()
		case p.State() == goja.PromiseStateRejected:
			v.trackRejection(p, goja.PromiseRejectionHandle)
			panic(p.Result())
		}
		return p.Result()
	}
	iterator := v.rt.NewObject()
	_ = iterator.Set("next", objects.NewFunction(v.rt, "next", func(goja.FunctionCall) goja.Value { return take(s.next()) }))
	_ = iterator.Set("return", objects.NewFunction(v.rt, "return", func(call goja.FunctionCall) goja.Value { return take(s.stop(call.Argument(0))) }))
	return iterator
}

// refusePromise returns its argument, unless that is a promise. The second argument names the function that gave it.
func (v *vm) refusePromise(call goja.FunctionCall) goja.Value {
	if promiseOf(call.Argument(0)) != nil {
		name := call.Argument(1).String()
		panic(v.rt.NewTypeError(name + " gives a promise, which has to be awaited: make the function around it async and write await " + name + "(...)"))
	}
	return call.Argument(0)
}

// refuseAsync returns its argument, unless that is an async function. The second argument names the method that would call it.
func (v *vm) refuseAsync(call goja.FunctionCall) goja.Value {
	if f, ok := call.Argument(0).(*goja.Object); ok {
		if tag := f.GetSymbol(goja.SymToStringTag); tag != nil && tag.String() == "AsyncFunction" {
			panic(v.rt.NewTypeError(call.Argument(1).String() + " takes the promise of an async function for its result: leave async away, or write a loop"))
		}
	}
	return call.Argument(0)
}
