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
	call := v.callAsync
	if f.Sync {
		call = v.callSync
	}
	object := v.function(camelCase(f.Name), func(c goja.FunctionCall) goja.Value { return call(f, path, words, c.Arguments) })
	v.tracked.addFunction(object, path)
	return object
}

// callSync calls a function that answers at once. Receiver is the handle of a method.
func (v *vm) callSync(f *engine.Function, path, words string, arguments []goja.Value, receiver ...any) goja.Value {
	args, err := v.fromArguments(arguments, receiver...)
	if err != nil {
		panic(v.errorValue(named(path, err), nil))
	}
	result, err := v.invoke(v.run.ctx, f, path, words, args)
	if err != nil {
		panic(v.errorValue(named(path, err), nil))
	}
	value, err := v.toValue(result)
	if err != nil {
		panic(v.errorValue(fmt.Errorf("%s: %w", path, err), nil))
	}
	return value
}

// callAsync starts a call and returns the promise of its result.
func (v *vm) callAsync(f *engine.Function, path, words string, arguments []goja.Value, receiver ...any) goja.Value {
	promise, resolve, reject := v.rt.NewPromise()
	frames := v.rt.CaptureCallStack(callFrames, make([]goja.StackFrame, 0, 4))
	var args []any
	var err error
	exception := v.rt.Try(func() { args, err = v.fromArguments(arguments, receiver...) })
	if exception != nil || err != nil {
		var reason goja.Value
		if exception != nil {
			reason = exception.Value()
		} else {
			reason = v.errorValue(named(path, err), frames)
		}
		if err := reject(reason); err != nil {
			panic(err)
		}
		return v.rt.ToValue(promise)
	}
	v.run.begin(func(ctx context.Context) func() error {
		result, err := v.invoke(ctx, f, path, words, args)
		return func() error {
			if err != nil {
				return reject(v.errorValue(named(path, err), frames))
			}
			value, err := v.toValue(result)
			if err != nil {
				return reject(v.errorValue(fmt.Errorf("%s: %w", path, err), frames))
			}
			return resolve(value)
		}
	})
	return v.rt.ToValue(promise)
}

// invoke makes the call and reads its result if that is JSON.
func (v *vm) invoke(ctx context.Context, f *engine.Function, path, words string, args []any) (result any, err error) {
	result, err = v.invoker.Call(ctx, f, words, args)
	if err != nil {
		return nil, err
	}
	if result, err = prepare(result); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
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
