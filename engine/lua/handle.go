package lua

import (
	"fmt"
	"reflect"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/weakmap"
	glua "github.com/yuin/gopher-lua"
)

// handles are the handles that scripts have, and the metatables of their classes.
type handles struct {
	objects weakmap.Cache[handleKey, glua.LUserData]
	classes map[*engine.Class]*glua.LTable
}

// handleKey tells handles apart without keeping what they stand for alive. While an object has its handle nothing else can have the address.
type handleKey struct {
	class   *engine.Class
	address uintptr
}

// handleToLua is the object of a handle: the same as long as scripts have it.
func (v *vm) handleToLua(h engine.Handle) (glua.LValue, error) {
	pointer := reflect.ValueOf(h.Value)
	if h.Class == nil || pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return glua.LNil, fmt.Errorf("the host gave a handle of %T, which is no pointer to something with a class", h.Value)
	}
	key := handleKey{h.Class, pointer.Pointer()}
	if object := v.handles.objects.Get(key); object != nil {
		if held, ok := object.Value.(engine.Handle); ok && held.Value == h.Value {
			return object, nil
		}
	}
	object := &glua.LUserData{Value: h, Metatable: v.classMeta(h.Class)}
	v.handles.objects.Set(key, object)
	return object, nil
}

// classMeta is the metatable of a class's handles.
func (v *vm) classMeta(class *engine.Class) *glua.LTable {
	if mt := v.handles.classes[class]; mt != nil {
		return mt
	}
	methods := v.L.CreateTable(0, len(class.Methods))
	for i := range class.Methods {
		m := &class.Methods[i]
		name := class.Name + "." + m.Name
		fn := &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int { return v.callMethod(L, class, m, name) }}
		v.tracked.addFunction(fn, name)
		methods.RawSetString(m.Name, fn)
	}
	mt := v.L.CreateTable(0, 4)
	mt.RawSetString("__index", methods)
	mt.RawSetString("__newindex", &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		L.RaiseError("a %s has no fields that can be set", class.Name)
		return 0
	}})
	mt.RawSetString("__metatable", glua.LString(class.Name))
	mt.RawSetString("__tostring", &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		L.Push(glua.LString(class.Name))
		return 1
	}})
	if v.handles.classes == nil {
		v.handles.classes = map[*engine.Class]*glua.LTable{}
	}
	v.handles.classes[class] = mt
	return mt
}

// callMethod calls a method of the handle that is the first argument.
func (v *vm) callMethod(L *glua.LState, class *engine.Class, m *engine.Function, name string) int {
	object, _ := L.Get(1).(*glua.LUserData)
	var receiver engine.Handle
	if object != nil {
		receiver, _ = object.Value.(engine.Handle)
	}
	if receiver.Class != class {
		v.raise(L, &engine.HostError{
			Name: "TypeError", Call: name, Message: "it is a method and was called without its " + class.Name,
			Hint: fmt.Sprintf("Call it with a colon: x:%s(...).", m.Name),
		})
	}
	args, err := v.values.Arguments(L, m.Arguments, receiver, 2)
	if err != nil {
		v.raise(L, fmt.Errorf("%s: %w", name, err))
	}
	return v.invoke(L, m, name, class.CallName(m.Name), args)
}
