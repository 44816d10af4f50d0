package intl

import (
	"fmt"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// class is a class of Intl.
type class struct {
	name string
	// callable classes need no new.
	callable bool
	// construct returns what an instance holds.
	construct func(locales, options goja.Value) any
	methods   []method
	// getters return a function that is bound to its instance.
	getters []method
}

// method is a method of a class. It is given what the instance holds.
type method struct {
	name string
	call func(state any, call goja.FunctionCall) goja.Value
}

// on makes a method of instances that hold a T.
func on[T any](name string, call func(state T, call goja.FunctionCall) goja.Value) method {
	return method{name, func(state any, c goja.FunctionCall) goja.Value { return call(state.(T), c) }}
}

// held is under which symbol an instance holds its state. Scripts can find it, but see nothing in it.
var held = goja.NewSymbol("Intl")

type slot struct {
	class string
	state any
	// bound are the functions that getters have returned.
	bound map[string]goja.Value
}

// define makes the constructor of a class.
func (a *api) define(c class) *goja.Object {
	var prototype *goja.Object
	constructor := a.rt.ToValue(func(call goja.ConstructorCall) *goja.Object {
		object := call.This
		if !isNew(object, prototype) {
			if !c.callable {
				panic(a.rt.NewTypeError("Constructor Intl.%s requires 'new'", c.name))
			}
			object = a.rt.CreateObject(prototype)
		}
		a.hold(object, &slot{class: c.name, state: c.construct(call.Argument(0), call.Argument(1))})
		return object
	}).ToObject(a.rt)
	_ = constructor.DefineDataProperty("name", a.rt.ToValue(c.name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	prototype = constructor.Get("prototype").(*goja.Object)
	_ = constructor.DefineDataProperty("prototype", prototype, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	hidden(prototype, "constructor", constructor)
	_ = prototype.DefineDataPropertySymbol(goja.SymToStringTag, a.rt.ToValue("Intl."+c.name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	a.function(constructor, "supportedLocalesOf", func(call goja.FunctionCall) goja.Value {
		var supported []string
		for _, tag := range a.locales(call.Argument(0)) {
			if _, ok := cldr.Find(tag); ok {
				supported = append(supported, tag)
			}
		}
		return a.array(supported)
	})
	for _, m := range c.methods {
		a.function(prototype, m.name, func(call goja.FunctionCall) goja.Value {
			return m.call(a.slot(c.name, m.name, call.This).state, call)
		})
	}
	for _, m := range c.getters {
		a.getter(prototype, c.name, m)
	}
	return constructor
}

// isNew reports whether new made an object for a class. goja itself does not tell constructors from functions.
func isNew(object, prototype *goja.Object) bool {
	if object.GetSymbol(held) != nil {
		return false
	}
	for p := object.Prototype(); p != nil; p = p.Prototype() {
		if p == prototype {
			return true
		}
	}
	return false
}

// getter adds an accessor whose value is a function bound to the instance, one for each.
func (a *api) getter(prototype *goja.Object, class string, m method) {
	get := objects.NewFunction(a.rt, "get "+m.name, func(call goja.FunctionCall) goja.Value {
		s := a.slot(class, m.name, call.This)
		if s.bound[m.name] == nil {
			if s.bound == nil {
				s.bound = make(map[string]goja.Value)
			}
			s.bound[m.name] = objects.NewFunction(a.rt, "", func(call goja.FunctionCall) goja.Value { return m.call(s.state, call) })
		}
		return s.bound[m.name]
	})
	_ = prototype.DefineAccessorProperty(m.name, get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (a *api) hold(object *goja.Object, s *slot) {
	_ = object.DefineDataPropertySymbol(held, a.rt.ToValue(s), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
}

// slot returns what an instance of a class holds.
func (a *api) slot(class, method string, this goja.Value) *slot {
	if object, ok := this.(*goja.Object); ok {
		if value := object.GetSymbol(held); value != nil {
			if s, ok := value.Export().(*slot); ok && s.class == class {
				return s
			}
		}
	}
	panic(a.rt.NewTypeError("Method Intl.%s.prototype.%s called on incompatible receiver %s", class, method, describe(this)))
}

func describe(value goja.Value) string {
	if object, ok := value.(*goja.Object); ok {
		return "#<" + object.ClassName() + ">"
	}
	return fmt.Sprint(value)
}

// rangeError makes a RangeError to throw.
func (a *api) rangeError(format string, args ...any) *goja.Object {
	return objects.NewError(a.rt, "RangeError", fmt.Sprintf(format, args...))
}
