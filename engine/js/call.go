package js

import (
	"context"
	"errors"
	"fmt"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// callFrames is how many frames of the caller an error of an asynchronous call shows.
const callFrames = 12

// hostFunction adapts a host function. Path is how scripts reach it, and words its name as the host writes it.
func (v *vm) hostFunction(f *engine.Function, path, words string) *goja.Object {
	return v.hostMethod(nil, f, path, words)
}

// hostMethod is hostFunction for a method of a class, or with nil for a function of a module.
func (v *vm) hostMethod(class *engine.Class, f *engine.Function, path, words string) *goja.Object {
	call := v.callAsync
	if f.Sync {
		call = v.callSync
	}
	h := &hostFunc{Function: f, class: class, path: path, words: words}
	object := v.function(camelCase(f.Name), func(c goja.FunctionCall) goja.Value { return call(h, c) })
	v.tracked.addFunction(object, path)
	return object
}

// hostFunc is a host function as scripts reach it.
type hostFunc struct {
	*engine.Function
	// class is that of a method, or nil.
	class *engine.Class
	// path is how scripts write it, and words is its name as the host writes it.
	path, words string
}

// arguments are the Go arguments of a call.
func (v *vm) arguments(f *hostFunc, c goja.FunctionCall) ([]any, error) {
	if f.class != nil {
		return v.fromMethodCall(f.class, f.path, c)
	}
	return v.fromArguments(c.Arguments)
}

// callSync calls a function that answers at once.
func (v *vm) callSync(f *hostFunc, c goja.FunctionCall) goja.Value {
	args, err := v.arguments(f, c)
	if err != nil {
		panic(v.errorValue(named(f.path, err), nil))
	}
	result, err := v.invoke(v.run.ctx, f, args)
	if err != nil {
		panic(v.errorValue(named(f.path, err), nil))
	}
	value, err := v.resultValue(result, f.words)
	if err != nil {
		panic(v.errorValue(fmt.Errorf("%s: %w", f.path, err), nil))
	}
	return value
}

// callAsync starts a call and returns the promise of its result.
func (v *vm) callAsync(f *hostFunc, c goja.FunctionCall) goja.Value {
	promise, resolve, reject := v.rt.NewPromise()
	frames := v.rt.CaptureCallStack(callFrames, make([]goja.StackFrame, 0, 4))
	var args []any
	var err error
	exception := v.rt.Try(func() { args, err = v.arguments(f, c) })
	if exception != nil || err != nil {
		var reason goja.Value
		if exception != nil {
			reason = exception.Value()
		} else {
			reason = v.errorValue(named(f.path, err), frames)
		}
		if err := reject(reason); err != nil {
			panic(err)
		}
		return v.rt.ToValue(promise)
	}
	v.run.begin(func(ctx context.Context) func() error {
		result, err := v.invoke(ctx, f, args)
		return func() error {
			if err != nil {
				return reject(v.errorValue(named(f.path, err), frames))
			}
			value, err := v.resultValue(result, f.words)
			if err != nil {
				return reject(v.errorValue(fmt.Errorf("%s: %w", f.path, err), frames))
			}
			return resolve(value)
		}
	})
	return v.rt.ToValue(promise)
}

// invoke makes the call and reads its result if that is JSON.
func (v *vm) invoke(ctx context.Context, f *hostFunc, args []any) (result any, err error) {
	result, err = v.invoker.Call(ctx, f.Function, f.words, args)
	if err != nil {
		return nil, err
	}
	if result, err = prepare(result); err != nil {
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
	var argument *engine.ArgumentError
	if errors.As(err, &argument) {
		return &namedError{path: path, err: argument}
	}
	return err
}
