package builtins

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// maxArguments bounds the arguments that a list is made of. goja makes room for all of them at once.
const maxArguments = 1 << 20

// boundApply makes the functions that take arguments as a list look at its length.
func (a *Additions) boundApply() {
	if proto, ok := a.prototype("Function"); ok {
		a.wrap(proto, "apply", func(call goja.FunctionCall) goja.Value {
			return a.applied("Function.prototype.apply", call.This, call.Argument(0), call.Argument(1))
		})
	}
	object, ok := a.rt.GlobalObject().Get("Reflect").(*goja.Object)
	if !ok {
		return
	}
	a.wrap(object, "apply", func(call goja.FunctionCall) goja.Value {
		return a.applied("Reflect.apply", call.Argument(0), call.Argument(1), call.Argument(2))
	})
	a.wrap(object, "construct", func(call goja.FunctionCall) goja.Value {
		if args, ok := a.arguments("Reflect.construct", call.Argument(1)); ok {
			call.Arguments[1] = a.rt.NewArray(args...)
		}
		return nil
	})
}

// applied calls a function with the arguments of a list. It is nil where goja's own function can do that.
func (a *Additions) applied(name string, function, this, list goja.Value) goja.Value {
	f, isFunction := goja.AssertFunction(function)
	if !isFunction {
		return nil
	}
	args, ok := a.arguments(name, list)
	if !ok {
		return nil
	}
	values := make([]goja.Value, len(args))
	for i, arg := range args {
		values[i] = arg.(goja.Value)
	}
	value, err := f(this, values...)
	if err != nil {
		panic(err)
	}
	return value
}

// arguments returns the items of a list, whose length is read once. It is false for what need not or cannot be read here.
func (a *Additions) arguments(name string, list goja.Value) ([]any, bool) {
	object, ok := list.(*goja.Object)
	if !ok {
		return nil, false
	}
	length := 0.0
	if n := object.Get("length"); n != nil {
		length = n.ToFloat()
	}
	if math.IsNaN(length) {
		length = 0
	}
	if length > maxArguments {
		panic(objects.NewError(a.rt, "RangeError", fmt.Sprintf("%s: a list of %.0f arguments is more than the %d that a call may have", name, length, maxArguments)))
	}
	if object.ClassName() == "Array" && object.ExportType() == reflect.TypeFor[[]any]() {
		return nil, false // the length of an array does not change when it is read again
	}
	items := make([]any, max(int(length), 0))
	for i := range items {
		items[i] = goja.Undefined()
		if item := object.Get(strconv.Itoa(i)); item != nil {
			items[i] = item
		}
	}
	return items, true
}
