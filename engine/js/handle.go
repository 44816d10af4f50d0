package js

import (
	"fmt"
	"reflect"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/weakmap"
	"github.com/crisphost/crisphost/internal/words"
)

// handles are the handles that scripts have, and the prototypes of their classes.
type handles struct {
	objects weakmap.Cache[handleKey, goja.Object]
	classes map[*engine.Class]*goja.Object
}

// handleKey tells handles apart without keeping what they stand for alive. While an object has its handle nothing else can
// have the address.
type handleKey struct {
	class   *engine.Class
	address uintptr
}

// handleObject is the object of a handle. It has no members of its own; its methods come from the prototype.
type handleObject struct {
	vm     *vm
	handle engine.Handle
}

func (*handleObject) Get(string) goja.Value { return nil }
func (*handleObject) Has(string) bool       { return false }
func (*handleObject) Delete(string) bool    { return true }
func (*handleObject) Keys() []string        { return nil }

// Set implements goja.DynamicObject.
func (h *handleObject) Set(name string, _ goja.Value) bool {
	panic(h.vm.rt.NewTypeError(fmt.Sprintf("a %s has no member %s that can be set", h.handle.Class.Name, name)))
}

// handleValue is the object of a handle: the same as long as scripts have it.
func (v *vm) handleValue(h engine.Handle) (goja.Value, error) {
	pointer := reflect.ValueOf(h.Value)
	if h.Class == nil || pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return nil, fmt.Errorf("the host gave a handle of %T, which is no pointer to something with a class", h.Value)
	}
	key := handleKey{h.Class, pointer.Pointer()}
	if object := v.handles.objects.Get(key); object != nil {
		if held, ok := handleOf(object); ok && held.Value == h.Value {
			return object, nil
		}
	}
	object := v.rt.NewDynamicObject(&handleObject{v, h})
	if err := object.SetPrototype(v.classPrototype(h.Class)); err != nil {
		panic(err) // a dynamic object accepts any prototype
	}
	v.handles.objects.Set(key, object)
	return object, nil
}

// handleOf returns the handle of a value that is the object of one.
func handleOf(value goja.Value) (engine.Handle, bool) {
	object, ok := value.(*goja.Object)
	if !ok || object.ExportType() != typeHandle {
		return engine.Handle{}, false
	}
	return object.Export().(*handleObject).handle, true
}

// classPrototype is the prototype of a class's handles.
func (v *vm) classPrototype(class *engine.Class) *goja.Object {
	if prototype := v.handles.classes[class]; prototype != nil {
		return prototype
	}
	prototype := v.rt.NewObject()
	hidden := func(name string, value goja.Value) {
		_ = prototype.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	hidden("toJSON", objects.NewFunction(v.rt, "toJSON", func(goja.FunctionCall) goja.Value {
		panic(v.rt.NewTypeError(fmt.Sprintf("a %s has no JSON form", class.Name)))
	}))
	for i := range class.Methods {
		m := &class.Methods[i]
		name := words.Camel(m.Name)
		hidden(name, v.hostMethod(class, m, class.Name+"."+name, class.CallName(m.Name)))
	}
	_ = prototype.DefineDataPropertySymbol(goja.SymToStringTag, v.rt.ToValue(class.Name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if v.handles.classes == nil {
		v.handles.classes = make(map[*engine.Class]*goja.Object)
	}
	v.handles.classes[class] = prototype
	return prototype
}

// fromMethodCall turns a call of a method into the arguments of its function: the handle, then the arguments of the call.
func (v *vm) fromMethodCall(f *hostFunc, call goja.FunctionCall) ([]any, error) {
	receiver, ok := handleOf(call.This)
	if !ok || receiver.Class != f.class {
		return nil, &engine.HostError{
			Name: "TypeError", Call: f.path, Message: "it is a method and was called without its " + f.class.Name,
			Hint: "call it on the object that has it, as in x.method(...), or bind it to the object",
		}
	}
	return v.fromArguments(f.Arguments, call.Arguments, receiver)
}
