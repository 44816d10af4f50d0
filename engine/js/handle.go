package js

import (
	"fmt"
	"reflect"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/weakmap"
)

// handles are the handles that scripts have, and the prototypes of their classes.
type handles struct {
	objects    weakmap.Cache[handleKey, goja.Object]
	prototypes map[*engine.Class]*goja.Object
}

// handleKey tells handles apart without keeping what they stand for alive. While an object has its handle nothing else
// can have the address.
type handleKey struct {
	class   *engine.Class
	address uintptr
}

// handleObject is a handle as an object. Its methods come from the prototype.
type handleObject struct {
	vm     *vm
	handle engine.Handle
}

func (*handleObject) Get(string) goja.Value { return nil }
func (*handleObject) Has(string) bool       { return false }
func (*handleObject) Delete(string) bool    { return true }
func (*handleObject) Keys() []string        { return nil }

func (h *handleObject) Set(name string, _ goja.Value) bool {
	panic(h.vm.newError("TypeError", fmt.Sprintf("a %s has no member %s that can be set", h.handle.Class.Name, name)))
}

var typeHandle = reflect.TypeFor[*handleObject]()

// newHandle is the object of a handle: the same as long as scripts have it.
func (v *vm) newHandle(h engine.Handle) (goja.Value, error) {
	pointer := reflect.ValueOf(h.Value)
	if h.Class == nil || pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return nil, fmt.Errorf("the host gave a handle of %T, which is no pointer to something with a class", h.Value)
	}
	key := handleKey{h.Class, pointer.Pointer()}
	if object := v.handles.objects.Get(key); object != nil && object.Export().(*handleObject).handle.Value == h.Value {
		return object, nil
	}
	object := v.rt.NewDynamicObject(&handleObject{v, h})
	if err := object.SetPrototype(v.classPrototype(h.Class)); err != nil {
		return nil, err
	}
	v.handles.objects.Set(key, object)
	return object, nil
}

// classPrototype has the methods of a class.
func (v *vm) classPrototype(class *engine.Class) *goja.Object {
	if prototype := v.handles.prototypes[class]; prototype != nil {
		return prototype
	}
	prototype := v.rt.NewObject()
	hidden := func(name string, value goja.Value) {
		_ = prototype.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	for i := range class.Methods {
		m := &class.Methods[i]
		hidden(camelCase(m.Name), v.method(class, m))
	}
	hidden("toJSON", v.function("toJSON", func(goja.FunctionCall) goja.Value {
		panic(v.newError("TypeError", "a "+class.Name+" has no JSON form"))
	}))
	_ = prototype.DefineDataPropertySymbol(goja.SymToStringTag, v.rt.ToValue(class.Name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if v.handles.prototypes == nil {
		v.handles.prototypes = map[*engine.Class]*goja.Object{}
	}
	v.handles.prototypes[class] = prototype
	return prototype
}

// method adapts a method, whose first argument is the handle that it is called on.
func (v *vm) method(class *engine.Class, m *engine.Function) *goja.Object {
	name := camelCase(m.Name)
	path, words := class.Name+"."+name, class.CallName(m.Name)
	call := v.callAsync
	if m.Sync {
		call = v.callSync
	}
	object := v.function(name, func(c goja.FunctionCall) goja.Value {
		if this, ok := c.This.(*goja.Object); ok && this.ExportType() == typeHandle {
			if h := this.Export().(*handleObject).handle; h.Class == class {
				return call(m, path, words, c.Arguments, h)
			}
		}
		panic(v.errorValue(&engine.HostError{
			Name: "TypeError", Call: class.Name + "." + m.Name, Message: "it is a method and was called without its " + class.Name,
			Hint: fmt.Sprintf("Call it on the object: x.%s(...).", name),
		}, nil))
	})
	v.tracked.addFunction(object, path)
	return object
}
