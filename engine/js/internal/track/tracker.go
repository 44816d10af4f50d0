// Package track remembers the objects that a session got of its host, and looks at objects without running code of scripts.
package track

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/weakmap"
)

// Tracker is what a session remembers of the host's objects, for completion and help. A VM that runs programs has none: all
// methods work on nil.
type Tracker struct {
	functions weakmap.Map[goja.Object, string]         // the paths of host functions
	modules   weakmap.Map[goja.Object, *engine.Module] // the modules behind objects
	// Streams counts the sequences handed to scripts.
	Streams int

	rt         *goja.Runtime
	plain      *goja.Object // Object.prototype
	descriptor goja.Callable
}

// AddFunction remembers the path of a host function.
func (t *Tracker) AddFunction(object *goja.Object, path string) {
	if t != nil {
		t.functions.Set(object, path)
	}
}

// AddModule remembers the module behind an object.
func (t *Tracker) AddModule(object *goja.Object, m *engine.Module) {
	if t != nil {
		t.modules.Set(object, m)
	}
}

// AddStream counts a sequence that a script gets.
func (t *Tracker) AddStream() {
	if t != nil {
		t.Streams++
	}
}

// Inspect prepares the look at objects without running code of scripts. It is called before any script can change what it needs.
func (t *Tracker) Inspect(rt *goja.Runtime) {
	object := rt.Get("Object").(*goja.Object)
	t.plain, _ = object.Get("prototype").(*goja.Object)
	t.descriptor, _ = goja.AssertFunction(object.Get("getOwnPropertyDescriptor"))
	t.rt = rt
}

// moduleOf is the module behind an object, or nil.
func (t *Tracker) moduleOf(object *goja.Object) *engine.Module {
	m, _ := t.modules.Get(object)
	return m
}

// PathOf returns the path of a host function, or "".
func (t *Tracker) PathOf(object *goja.Object) string {
	path, _ := t.functions.Get(object)
	return path
}

// isPlain reports whether an object is made of data alone, such as an object literal.
func (t *Tracker) isPlain(object *goja.Object) bool {
	if object.ExportType() == objects.TypeProxy {
		return false
	}
	prototype := object.Prototype()
	return prototype == nil || prototype == t.plain
}

// Member returns an object's own data property. It is false for what only a function of a script or of the host could tell; value is nil
// for a member that is not there.
func (t *Tracker) Member(object *goja.Object, key string) (value goja.Value, ok bool) {
	switch object.ExportType() {
	case lazy.Type:
		return object.Get(key), true
	case lazy.TypeMembers:
		return object.Export().(*lazy.Members).Find(key), true
	case objects.TypeProxy:
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
