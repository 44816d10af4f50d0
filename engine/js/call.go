package js

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/words"
)

// hostFunction adapts a host function. Path is how scripts reach it, and words its name as the host writes it.
func (v *vm) hostFunction(f *engine.Function, path, words string) *goja.Object {
	return v.hostMethod(nil, f, path, words)
}

// hostMethod is hostFunction for a method of a class, or with nil for a function of a module.
func (v *vm) hostMethod(class *engine.Class, f *engine.Function, path, hostName string) *goja.Object {
	call := v.callAsync
	if f.Sync {
		call = v.callSync
	}
	h := &hostFunc{Function: f, class: class, path: path, words: hostName}
	object := objects.NewFunction(v.rt, words.Camel(f.Name), func(c goja.FunctionCall) goja.Value { return call(h, c) })
	v.tracked.AddFunction(object, path)
	return object
}

// hostFunc is a host function as scripts reach it.
type hostFunc struct {
	*engine.Function
	// class is that of a method, or nil.
	class *engine.Class
	// path is how scripts write it, and words is its name as the host writes it.
	path, words string
	// prototype is that of its promises, made with the first one.
	prototype *goja.Object
}

// arguments are the Go arguments of a call.
func (v *vm) arguments(f *hostFunc, c goja.FunctionCall) ([]any, error) {
	if f.class != nil {
		return v.fromMethodCall(f, c)
	}
	return v.fromArguments(f.Arguments, c.Arguments)
}

// callSync calls a Sync function and returns its result.
func (v *vm) callSync(f *hostFunc, c goja.FunctionCall) goja.Value {
	args, err := v.arguments(f, c)
	if err != nil {
		panic(v.errorValue(named(f.path, err), nil))
	}
	result, err := v.invoke(v.run.ctx, f, args)
	if err != nil {
		v.noteStop()
		panic(v.errorValue(named(f.path, err), nil))
	}
	value, err := v.resultValue(result, f.words)
	if err != nil {
		v.noteStop()
		panic(v.errorValue(fmt.Errorf("%s: %w", f.path, err), nil))
	}
	return value
}

// noteStop notes where a host call has failed because the run has to stop.
func (v *vm) noteStop() {
	if v.run.ctx.Err() != nil && v.run.stoppedAt == nil {
		v.run.stoppedAt = v.rt.CaptureCallStack(0, nil)
	}
}

// asyncCall is an asynchronous host call. A VM uses them again: a call that need not wait should not cost much more than the
// promise of its result.
type asyncCall struct {
	*operation
	vm              *vm
	function        *hostFunc
	call            goja.FunctionCall
	convert         func() // fromScript as a function
	args            []any
	result          any
	err             error
	resolve, reject func(any) error
	// frames are the calls that led to the host.
	frames []goja.StackFrame
	// begun tells that the call has begun, where the script waits for that.
	begun func()
}

// maxIdleCalls is how many asyncCalls a VM keeps.
const maxIdleCalls = 64

func (v *vm) newAsyncCall(f *hostFunc, call goja.FunctionCall) *asyncCall {
	var c *asyncCall
	if n := len(v.idleCalls); n > 0 {
		c = v.idleCalls[n-1]
		v.idleCalls = v.idleCalls[:n-1]
	} else {
		c = &asyncCall{vm: v}
		c.operation = newOperation(c.invoke, c.settle)
		c.convert = c.fromScript
	}
	c.function, c.call = f, call
	c.frames = v.rt.CaptureCallStack(objects.CallFrames, c.frames[:0:cap(c.frames)])
	return c
}

// release makes the record ready for another call.
func (c *asyncCall) release() {
	c.function, c.call, c.args, c.result, c.err, c.resolve, c.reject = nil, goja.FunctionCall{}, nil, nil, nil, nil, nil
	c.begun = nil
	if v := c.vm; len(v.idleCalls) < maxIdleCalls {
		v.idleCalls = append(v.idleCalls, c)
	}
}

// callAsync starts a call and returns the promise of its result, or waits where an entry of a session means the result.
func (v *vm) callAsync(f *hostFunc, call goja.FunctionCall) goja.Value {
	if v.waiting != nil && v.waitsHere(f, call) {
		return v.callWaiting(f, call)
	}
	promise, resolve, reject := v.rt.NewPromise()
	c := v.newAsyncCall(f, call)
	exception := v.rt.Try(c.convert)
	c.call = goja.FunctionCall{}
	if exception != nil || c.err != nil {
		var reason goja.Value
		if exception != nil {
			reason = exception.Value()
		} else {
			reason = v.errorValue(named(f.path, c.err), c.takeFrames())
		}
		c.release()
		if err := reject(reason); err != nil {
			panic(err)
		}
		return v.guarded(promise, f.promises(v))
	}
	c.resolve, c.reject = resolve, reject
	if !f.Begins || v.run.calling >= maxCalls {
		v.run.launch(c.operation)
		return v.guarded(promise, f.promises(v))
	}
	begun := make(chan struct{})
	c.begun = sync.OnceFunc(func() { close(begun) })
	v.run.launch(c.operation)
	<-begun
	return v.guarded(promise, f.promises(v))
}

// takeFrames gives the frames away, to an error that keeps them.
func (c *asyncCall) takeFrames() []goja.StackFrame {
	frames := c.frames
	c.frames = nil
	return frames
}

func (c *asyncCall) fromScript() { c.args, c.err = c.vm.arguments(c.function, c.call) }

// invoke makes the call. It runs beside the script.
func (c *asyncCall) invoke(ctx context.Context) {
	if c.begun != nil {
		defer c.begun()
		ctx = callcontext.WithBegun(ctx, c.begun)
	}
	c.result, c.err = c.vm.invoke(ctx, c.function, c.args)
}

// settle settles the promise.
func (c *asyncCall) settle() error {
	v, err := c.vm, named(c.function.path, c.err)
	var value goja.Value
	if err == nil {
		if value, err = v.resultValue(c.result, c.function.words); err != nil {
			err = fmt.Errorf("%s: %w", c.function.path, err)
		}
	}
	resolve, reject := c.resolve, c.reject
	if err != nil {
		reason := v.errorValue(err, c.takeFrames())
		c.release()
		return reject(reason)
	}
	c.release()
	return resolve(value)
}

// invoke makes the call and reads its result if that is JSON.
func (v *vm) invoke(ctx context.Context, f *hostFunc, args []any) (result any, err error) {
	result, err = v.invoker.Call(ctx, f.Function, f.words, args)
	if err != nil {
		return nil, err
	}
	if result, err = lazy.Prepare(result); err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return result, nil
}

// namedError is an argument error with the name of the function that refused it.
type namedError struct {
	path string
	err  *engine.ArgumentError
}

func (e *namedError) Error() string { return e.path + ": " + e.err.Error() }
func (e *namedError) Unwrap() error { return e.err }

// named adds the function's name to an argument error.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	var argument *engine.ArgumentError
	if errors.As(err, &argument) {
		return &namedError{path: path, err: argument}
	}
	return err
}
