package js

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/export"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/nearest"
)

// instance is what a program left behind that was loaded: calls go on with its run.
type instance struct {
	run *run
	// exports has a member for each export. Of a CommonJS file it is module.exports.
	exports *goja.Object
	common  bool
	names   []string
	hasOwn  goja.Callable
	object  *goja.Object // Object.prototype
	// functions are the exported functions called so far, by name. An export can be assigned anew.
	functions map[string]exportedFunction
	// ended is why the instance cannot be called any more, or nil.
	ended error
}

// exportedFunction is a function of an export's value.
type exportedFunction struct {
	value goja.Value
	call  goja.Callable
}

// Load runs the top level of a program and keeps what it exports for Call.
func (v *vm) Load(ctx context.Context, p engine.Program) error {
	prog, ok := p.(*bundle.Program)
	if !ok {
		return fmt.Errorf("load %s: the program was made by another runtime (%T)", p.Name(), p)
	}
	if v.instance.run != nil {
		return fmt.Errorf("load %s: the instance has a program already", p.Name())
	}
	r := newRun(ctx, v, prog)
	return v.enter(ctx, r, func() (err error) {
		v.run, v.instance.run = r, r
		defer func() { v.instance.ended = err }() // half of a top level is nothing to call
		if err := loop.Unwind(v.rt, r.start); err != nil {
			return err
		}
		if err := r.settle(r.main); err != nil {
			return err
		}
		return v.keepExports(r)
	})
}

// keepExports remembers what the top level exported.
func (v *vm) keepExports(r *run) error {
	i := &v.instance
	i.functions = make(map[string]exportedFunction)
	constructor := v.rt.Get("Object").ToObject(v.rt)
	i.object = constructor.Get("prototype").ToObject(v.rt)
	i.hasOwn, _ = goja.AssertFunction(i.object.Get("hasOwnProperty"))
	exports, ok := r.exports.(*goja.Object)
	if !ok {
		return nil
	}
	i.exports, i.common = exports, exports.Prototype() != nil
	names := make(map[string]bool)
	var failed error
	exception := v.rt.Try(func() {
		function := func(x goja.Value) bool { _, ok := goja.AssertFunction(x); return ok }
		if i.common && function(exports) {
			names["default"] = true
		}
		for _, name := range exports.Keys() {
			names[name] = true
		}
		if object, ok := exports.Get("default").(*goja.Object); ok && !function(object) {
			for _, name := range object.Keys() {
				names[name] = names[name] || function(object.Get(name))
			}
		}
	})
	if exception != nil {
		failed = exception
	}
	maps.DeleteFunc(names, func(_ string, exported bool) bool { return !exported })
	v.mu.Lock()
	defer v.mu.Unlock()
	i.names = slices.Sorted(maps.Keys(names))
	return failed
}

// Exports returns the names of what the program exported when its top level had run, sorted.
func (v *vm) Exports() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.instance.names)
}

// Call calls an exported function. It returns when the result is settled and the host calls that it began have ended.
func (v *vm) Call(ctx context.Context, name string, args []any) (result any, err error) {
	r := v.instance.run
	if r == nil {
		return nil, fmt.Errorf("call %s: no program was loaded", name)
	}
	err = v.enter(ctx, r, func() error {
		if err := r.catchUp(); err != nil {
			return err
		}
		function, this, err := v.exported(name)
		if err != nil {
			return err
		}
		values := make([]goja.Value, len(args))
		for n, arg := range args {
			if values[n], err = v.toValue(arg); err != nil {
				return fmt.Errorf("call %s: argument %d: %w", name, n+1, err)
			}
		}
		value, err := function(this, values...)
		if err != nil {
			return err
		}
		promise := promiseOf(value)
		if promise != nil || r.pending > 0 || len(r.rejected) > 0 {
			if err := r.settle(promise); err != nil {
				return err
			}
		}
		if promise != nil {
			value = promise.Result()
		}
		result, err = v.exportValue(value)
		return err
	})
	return result, err
}

// promiseOf is the promise that a value is, or nil.
func promiseOf(value goja.Value) *goja.Promise {
	if object, ok := value.(*goja.Object); ok && object.ExportType() == objects.TypePromise {
		return object.Export().(*goja.Promise)
	}
	return nil
}

// exportValue turns a function's result into its Go form.
func (v *vm) exportValue(value goja.Value) (result any, err error) {
	e := export.New(host{v}, "the result")
	if _, ok := value.(*goja.Object); !ok {
		return e.Export(value)
	}
	if exception := v.rt.Try(func() { result, err = e.Export(value) }); exception != nil {
		return nil, exception
	}
	return result, err
}

// exported finds an exported function and what this is in it: the object that has it, or undefined.
func (v *vm) exported(name string) (goja.Callable, goja.Value, error) {
	i := &v.instance
	known, ok := i.functions[name]
	if ok && i.run.program.Fixed[name] {
		return known.call, goja.Undefined(), nil
	}
	var value, this goja.Value = nil, goja.Undefined()
	if i.exports != nil && !i.common {
		value = i.exports.Get(name) // its getters do not throw
	}
	if value == nil {
		if exception := v.rt.Try(func() { value, this = v.member(name) }); exception != nil {
			return nil, nil, exception
		}
	}
	if ok && value == known.value {
		return known.call, this, nil
	}
	if value == nil {
		return nil, nil, i.unknown(name)
	}
	call, ok := goja.AssertFunction(value)
	if !ok {
		return nil, nil, fmt.Errorf("%w: the export %s is not a function", engine.ErrNoFunction, name)
	}
	if text := value.String(); strings.HasPrefix(text, "class ") || strings.HasPrefix(text, "class{") {
		return nil, nil, fmt.Errorf("%w: the export %s is a class; export a function that makes an object of it", engine.ErrNoFunction, name)
	}
	i.functions[name] = exportedFunction{value, call}
	return call, this, nil
}

// member finds what a CommonJS file exports, and the methods of an object that is the default export.
func (v *vm) member(name string) (value, this goja.Value) {
	i := &v.instance
	if i.exports == nil {
		return nil, goja.Undefined()
	}
	own := i.exports
	if !i.common {
		own, _ = i.exports.Get("default").(*goja.Object)
	} else if _, ok := goja.AssertFunction(own); ok && name == "default" {
		return own, goja.Undefined()
	}
	for from := own; from != nil && from != i.object; from = from.Prototype() {
		if _, isFunction := goja.AssertFunction(from); isFunction && from != own || name == "constructor" {
			break
		}
		if has, err := i.hasOwn(from, v.rt.ToValue(name)); err != nil {
			panic(err)
		} else if has.ToBoolean() {
			return own.Get(name), own
		}
	}
	return nil, goja.Undefined()
}

// unknown is the error of a call of something that is not exported.
func (i *instance) unknown(name string) error {
	if len(i.names) == 0 {
		return fmt.Errorf("%w: %s: the script exports nothing; write export function %s() {}", engine.ErrNoFunction, name, name)
	}
	text := strings.Join(i.names, ", ")
	if near := nearest.To(name, i.names); near != "" {
		text += "; did you mean " + near + "?"
	}
	return fmt.Errorf("%w: %s: the script exports %s", engine.ErrNoFunction, name, text)
}

// Idle runs timers and what calls left behind until nothing is pending or ctx ends. When ctx ends while no code of the script
// runs, the instance lives on.
func (v *vm) Idle(ctx context.Context) error {
	r := v.instance.run
	if r == nil {
		return errors.New("idle: no program was loaded")
	}
	return v.enter(ctx, r, func() error {
		for {
			if r.ctx.Err() != nil {
				return v.rested(ctx, context.Cause(r.ctx))
			}
			progress, wait, err := r.turn(r.turnTask)
			switch {
			case err != nil:
				return v.rested(ctx, err)
			case progress:
				r.reportRejected()
			case !r.waits():
				return nil
			default:
				r.Sleep(r.ctx, wait)
			}
		}
	})
}

// restedError ends Idle when its context ended between two tasks.
type restedError struct{ error }

func (e restedError) Unwrap() error { return e.error }

// rested is the error of Idle after a task, if that was not stopped: of the context, unless something else ended the call.
func (v *vm) rested(ctx context.Context, err error) error {
	if !loop.IsUncatchable(err) && ctx.Err() != nil && errors.Is(context.Cause(v.run.ctx), context.Cause(ctx)) {
		return restedError{err}
	}
	return err
}

// enter lets f run in the instance. A script that is stopped meanwhile is half done, which ends the instance.
func (v *vm) enter(ctx context.Context, r *run, f func() error) error {
	if v.invoker.Called(ctx) {
		return fmt.Errorf("%w: it is the one that called this host function", engine.ErrBusy)
	}
	c := callcontext.New(ctx, v, &v.kept)
	switch err := v.begin(c.End); {
	case errors.Is(err, errClosed):
		return engine.ErrClosed
	case err != nil:
		return engine.ErrBusy
	}
	defer v.end()
	if v.instance.ended != nil {
		return fmt.Errorf("%w by an earlier call: %w", engine.ErrClosed, v.instance.ended)
	}
	if ctx.Err() != nil { // nothing has run
		e := limits.Stopped(ctx)
		e.File = r.program.Name()
		return e
	}
	if v.supervisor != nil {
		// What the process uses by now is not this call's.
		defer limits.NewSupervisor(&v.cfg).Watch(c, c.End)()
	}
	r.ctx, r.started = c, time.Now()
	watched.begin(ctx, v, c)
	err := v.protect(f)
	var stopped bool
	if err != nil {
		var rested restedError
		uncatchable, ends := loop.IsUncatchable(err), !errors.As(err, &rested)
		err = r.failure(err) // which may run code of the script, and be stopped
		stopped = (c.Err() != nil || uncatchable) && ends
	}
	if interrupted := v.watch.end(); interrupted {
		v.rt.ClearInterrupt()
	}
	if err == nil {
		c.Leave()
		return nil
	}
	if stopped {
		v.instance.ended = err
		v.kept.EndAll(context.Cause(c))
	}
	c.Leave()
	return err
}

// catchUp runs the timers that are due and what came in since the last call.
func (r *run) catchUp() error {
	const enough = 100 // of timers that start each other
	for range enough {
		if !r.timers.Waiting() && r.pending == 0 && len(r.rejected) == 0 {
			return nil
		}
		progress, _, err := r.turn(r.turnTask)
		if err != nil || !progress {
			return err
		}
	}
	return nil
}

// settle runs the event loop until a promise is settled, which may be nil, and no host call is under way. What nobody awaits
// and fails goes to Config.OnError.
func (r *run) settle(p *goja.Promise) error {
	for {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		r.forget(p)
		settled := p == nil || p.State() != goja.PromiseStatePending
		if settled && r.pending == 0 {
			r.reportRejected()
			if p != nil && p.State() == goja.PromiseStateRejected {
				return &rejection{value: p.Result()}
			}
			return nil
		}
		progress, wait, err := r.turn(r.turnTask)
		switch {
		case err != nil:
			return err
		case progress:
		case !r.waits():
			r.forget(p)
			if p.State() == goja.PromiseStatePending {
				return errStuck
			}
		default:
			r.Sleep(r.ctx, wait)
		}
	}
}

// forget takes a promise off the list of those that nobody awaits.
func (r *run) forget(p *goja.Promise) {
	r.rejected = slices.DeleteFunc(r.rejected, func(other *goja.Promise) bool { return other == p })
}

// reportRejected reports the promises that were rejected and that nobody awaits.
func (r *run) reportRejected() {
	for len(r.rejected) > 0 {
		p := r.rejected[0]
		r.rejected = r.rejected[1:]
		r.report(&rejection{value: p.Result(), unhandled: true})
	}
}

// report tells the host of a failure that is no call's.
func (r *run) report(err error) {
	if r.vm.cfg.OnError != nil {
		r.vm.cfg.OnError(r.failure(err))
	}
}

// turnTask runs one task and reports what it throws. Its error is why the script was stopped.
func (r *run) turnTask(f func() error) error {
	var failed error
	if exception := r.vm.rt.Try(func() { failed = f() }); exception != nil {
		failed = exception
	}
	if loop.IsUncatchable(failed) {
		return failed
	}
	if r.ctx.Err() != nil {
		return cmp.Or(failed, context.Cause(r.ctx))
	}
	if failed != nil {
		r.report(failed)
	}
	return nil
}
