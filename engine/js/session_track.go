package js

import (
	"reflect"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

func newTracked() *tracked {
	return &tracked{functions: make(map[*goja.Object]string), modules: make(map[*goja.Object]*engine.Module), getters: make(map[goja.Value]bool)}
}

// tracked is what a session remembers of the host's objects, for completion and help. A VM that runs programs has none: all
// methods work on nil.
type tracked struct {
	functions map[*goja.Object]string         // the paths of host functions
	modules   map[*goja.Object]*engine.Module // the modules behind objects
	getters   map[goja.Value]bool             // those that make the member of a host's object
	// streams counts the sequences handed to scripts.
	streams int

	rt         *goja.Runtime
	plain      *goja.Object // Object.prototype
	descriptor goja.Callable
}

func (t *tracked) addFunction(object *goja.Object, path string) {
	if t != nil {
		t.functions[object] = path
	}
}

func (t *tracked) addModule(object *goja.Object, m *engine.Module) {
	if t != nil {
		t.modules[object] = m
	}
}

func (t *tracked) addGetter(getter goja.Value) {
	if t != nil {
		t.getters[getter] = true
	}
}

func (t *tracked) addStream() {
	if t != nil {
		t.streams++
	}
}

// inspect prepares the look at objects without running code of scripts. It is called before any script can change what it needs.
func (t *tracked) inspect(rt *goja.Runtime) {
	object := rt.Get("Object").(*goja.Object)
	t.plain, _ = object.Get("prototype").(*goja.Object)
	t.descriptor, _ = goja.AssertFunction(object.Get("getOwnPropertyDescriptor"))
	t.rt = rt
}

// lazy tells whether a member of a host's module is still to be made.
func (t *tracked) lazy(object *goja.Object, name string) bool {
	if object.ExportType() == typeProxy {
		return false
	}
	answer, err := t.descriptor(goja.Undefined(), object, t.rt.ToValue(name))
	if err != nil {
		return false
	}
	descriptor, ok := answer.(*goja.Object)
	if !ok {
		return false
	}
	getter, ok := descriptor.Get("get").(*goja.Object)
	return ok && t.getters[getter]
}

var typeProxy = reflect.TypeFor[goja.Proxy]()

// isPlain tells whether an object is made of data alone, such as an object literal.
func (t *tracked) isPlain(object *goja.Object) bool {
	if object.ExportType() == typeProxy {
		return false
	}
	prototype := object.Prototype()
	return prototype == nil || prototype == t.plain
}

// member is an object's own data property. It is false for what only a function of a script or of the host could tell; value is nil
// for a member that is not there.
func (t *tracked) member(object *goja.Object, key string) (value goja.Value, ok bool) {
	switch object.ExportType() {
	case typeLazy:
		return object.Get(key), true
	case typeProxy:
		return nil, false
	}
	answer, err := t.descriptor(goja.Undefined(), object, t.rt.ToValue(key))
	if err != nil {
		return nil, false
	}
	descriptor, ok := answer.(*goja.Object)
	if !ok {
		return nil, true
	}
	value = descriptor.Get("value")
	return value, value != nil
}
