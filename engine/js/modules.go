package js

import (
	"fmt"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/words"
)

// loadModule is the function by which a bundle loads host modules. It is also what remains of require and import when the
// name is not a literal, and files are out of reach then.
func (v *vm) loadModule(call goja.FunctionCall) goja.Value {
	name := words.Camel(call.Argument(0).String())
	if _, ok := v.globals.modules[name]; !ok {
		panic(objects.NewError(v.rt, "Error", fmt.Sprintf("there is no host module %q; files can be imported only by names that are literals", call.Argument(0))))
	}
	return v.rt.GlobalObject().Get(name)
}

// moduleObject builds the object of a module. What is in it is built at the first access.
func (v *vm) moduleObject(m *engine.Module) *goja.Object {
	return v.moduleAt(m, words.Camel(m.Name), m.Name)
}

// moduleAt builds the object of a module that scripts reach by path, for example "crisp.people.eventNames". HostName is
// its dotted name as the host writes it.
func (v *vm) moduleAt(m *engine.Module, path, hostName string) *goja.Object {
	var object *goja.Object
	if m.Apply != nil {
		object = v.hostFunction(m.Apply, path, hostName)
	} else {
		object = v.rt.NewObject()
	}
	v.tracked.AddModule(object, m)
	for i := range m.Functions {
		f := &m.Functions[i]
		name := words.Camel(f.Name)
		v.defineLazy(object, name, func() goja.Value { return v.hostFunction(f, path+"."+name, hostName+"."+f.Name) })
	}
	for _, sub := range m.Modules {
		name := words.Camel(sub.Name)
		v.defineLazy(object, name, func() goja.Value { return v.moduleAt(sub, path+"."+name, hostName+"."+sub.Name) })
	}
	for _, c := range v.invoker.Values(m) {
		v.defineLazy(object, c.Name, func() goja.Value { return v.constant(path+"."+c.Name, c.Value) })
	}
	return object
}

// defineLazy defines a property whose value is built at the first access and then stays.
func (v *vm) defineLazy(object *goja.Object, name string, build func() goja.Value) {
	getter := v.rt.ToValue(func(goja.FunctionCall) goja.Value {
		value := build()
		_ = object.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		return value
	})
	v.tracked.AddGetter(getter)
	_ = object.DefineAccessorProperty(name, getter, nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// constant turns a host's constant into a value.
func (v *vm) constant(name string, value any) goja.Value {
	result, err := v.toValue(value)
	if err != nil {
		panic(v.rt.NewTypeError(fmt.Sprintf("%s: %v", name, err)))
	}
	return result
}
