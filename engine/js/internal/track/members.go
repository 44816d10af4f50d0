package track

import (
	"slices"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/valuepath"
	"github.com/crisphost/crisphost/internal/words"
)

// Exists reports whether there is a global variable, without running getters, which may throw or never end.
func (t *Tracker) Exists(name string) bool {
	for object := t.rt.GlobalObject(); object != nil; object = object.Prototype() {
		if object.ExportType() == objects.TypeProxy {
			return true
		}
		if value, ok := t.Member(object, name); value != nil || !ok {
			return true
		}
	}
	return false
}

// MemberOf finds a member of an object or of its prototypes. Those of host modules are made if they were not needed yet.
func (t *Tracker) MemberOf(object *goja.Object, name string) (goja.Value, bool) {
	for depth := 0; object != nil && depth < valuepath.MaxDepth; depth++ {
		value, ok := t.Member(object, name)
		if !ok {
			return nil, false
		}
		if value != nil {
			return value, true
		}
		if object.ExportType() == objects.TypeProxy {
			return nil, false
		}
		object = object.Prototype()
	}
	return nil, false
}

// MembersOf lists what an object and its prototypes have, the object's own first.
func (t *Tracker) MembersOf(value goja.Value) []engine.Member {
	object := t.objectOf(value)
	var list naming.List
	for depth := 0; object != nil && depth < valuepath.MaxDepth; depth++ {
		if object.ExportType() == objects.TypeProxy || object == t.plain {
			break // what every object has helps nobody
		}
		m := t.moduleOf(object)
		for _, name := range t.ownNames(object) {
			if list.Takes(name) && name != "constructor" && !isIndex(name) {
				list.Add(name, t.Kind(object, m, name))
			}
		}
		object = object.Prototype()
		if object != nil && object.Prototype() == nil && object != t.plain {
			break
		}
	}
	return list.Members
}

// objectOf is an object itself, or the prototype of a string or number.
func (t *Tracker) objectOf(value goja.Value) *goja.Object {
	if object, ok := value.(*goja.Object); ok {
		return object
	}
	class := ""
	switch {
	case goja.IsString(value):
		class = "String"
	case goja.IsNumber(value):
		class = "Number"
	default:
		return nil
	}
	constructor, ok := t.Member(t.rt.GlobalObject(), class)
	if object, isObject := constructor.(*goja.Object); ok && isObject {
		prototype, _ := t.Member(object, "prototype")
		object, _ = prototype.(*goja.Object)
		return object
	}
	return nil
}

func (t *Tracker) ownNames(object *goja.Object) []string {
	names := object.GetOwnPropertyNames()
	if _, isFunction := goja.AssertFunction(object); isFunction {
		names = slices.DeleteFunc(names, func(name string) bool {
			return name == "length" || name == "name" || name == "prototype" || name == "arguments" || name == "caller"
		})
	}
	return names
}

func isIndex(name string) bool { return name != "" && '0' <= name[0] && name[0] <= '9' }

// Kind returns what kind of value a member is, for completion. M is the module behind the object, or nil.
func (t *Tracker) Kind(object *goja.Object, m *engine.Module, name string) string {
	if m != nil {
		if kind := moduleKind(m, name); kind != "" {
			return kind
		}
	}
	value, ok := t.Member(object, name)
	if !ok {
		return "value"
	}
	return t.KindOf(value)
}

// moduleKind is the kind of a module's member, without making it.
func moduleKind(m *engine.Module, name string) string {
	f, sub, _ := m.Member(name, words.Camel)
	switch {
	case f != nil:
		return "function"
	case sub != nil:
		return "module"
	}
	return ""
}

// KindOf returns the kind of a value.
func (t *Tracker) KindOf(value goja.Value) string {
	object, ok := value.(*goja.Object)
	switch {
	case value == nil:
		return "value"
	case ok:
	case goja.IsString(value):
		return "string"
	case goja.IsNumber(value):
		return "number"
	default:
		if _, isBool := value.Export().(bool); isBool {
			return "boolean"
		}
		return "value"
	}
	if t.moduleOf(object) != nil {
		return "module"
	}
	if _, isFunction := goja.AssertFunction(object); isFunction {
		return "function"
	}
	if object.ExportType() != objects.TypeProxy && object.ClassName() == "Array" {
		return "array"
	}
	return "object"
}
