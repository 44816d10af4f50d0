package loop

import "github.com/dop251/goja"

// QueueMicrotask runs a function after the current job.
func QueueMicrotask(rt *goja.Runtime, call goja.FunctionCall) goja.Value {
	callback := call.Argument(0)
	if _, ok := goja.AssertFunction(callback); !ok {
		panic(rt.NewTypeError("queueMicrotask: argument 1 must be a function"))
	}
	promise, resolve, _ := rt.NewPromise()
	if err := resolve(goja.Undefined()); err != nil {
		panic(err)
	}
	then, _ := goja.AssertFunction(rt.ToValue(promise).ToObject(rt).Get("then"))
	// The value of a resolved promise is not an argument of the callback.
	job := rt.ToValue(func(goja.FunctionCall) goja.Value {
		f, _ := goja.AssertFunction(callback)
		if _, err := f(goja.Undefined()); err != nil {
			panic(err)
		}
		return goja.Undefined()
	})
	if _, err := then(rt.ToValue(promise), job); err != nil {
		panic(err)
	}
	return goja.Undefined()
}
