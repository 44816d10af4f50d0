package js

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/web"
	"github.com/crisphost/crisphost/internal/words"
)

// Members implements engine.Session. While an entry runs there are none.
func (s *session) Members(path string) []engine.Member {
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	var list []engine.Member
	_ = s.vm.protect(func() error {
		list = s.members(path)
		return nil
	})
	return list
}

func (s *session) members(path string) []engine.Member {
	if path == "" {
		return s.globalNames()
	}
	names := strings.Split(path, ".")
	value, ok := s.global(names[0])
	if !ok {
		return nil
	}
	for _, name := range names[1:] {
		object, isObject := value.(*goja.Object)
		if !isObject {
			return nil
		}
		if value, ok = s.memberOf(object, name); !ok {
			return nil
		}
	}
	return s.membersOf(value)
}

// global finds a global variable without running getters.
func (s *session) global(name string) (goja.Value, bool) {
	if name == "globalThis" {
		return s.vm.rt.GlobalObject(), true
	}
	value, ok := s.vm.tracked.member(s.vm.rt.GlobalObject(), name)
	if value == nil && ok {
		value = s.vm.globals.Get(name) // the host's, made now
	}
	return value, ok && value != nil
}

// exists tells whether there is a global variable, without running getters, which may throw or never end.
func (s *session) exists(name string) bool {
	for object := s.vm.rt.GlobalObject(); object != nil; object = object.Prototype() {
		if object.ExportType() == objects.TypeProxy {
			return true
		}
		if value, ok := s.vm.tracked.member(object, name); value != nil || !ok {
			return true
		}
	}
	return false
}

// memberOf finds a member of an object or of its prototypes. Those of host modules are made if they were not needed yet.
func (s *session) memberOf(object *goja.Object, name string) (goja.Value, bool) {
	for depth := 0; object != nil && depth < maxDepth; depth++ {
		value, ok := s.ownMember(object, name)
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

// ownMember is an object's own member. Those of the host's objects are made if nothing needed them yet.
func (s *session) ownMember(object *goja.Object, name string) (goja.Value, bool) {
	value, ok := s.vm.tracked.member(object, name)
	if !ok && s.vm.tracked.lazy(object, name) {
		return object.Get(name), true
	}
	return value, ok
}

// membersOf lists what an object and its prototypes have, the object's own first.
func (s *session) membersOf(value goja.Value) []engine.Member {
	object := s.objectOf(value)
	var list naming.List
	for depth := 0; object != nil && depth < maxDepth; depth++ {
		if object.ExportType() == objects.TypeProxy || object == s.vm.tracked.plain {
			break // what every object has helps nobody
		}
		m := s.vm.tracked.moduleOf(object)
		for _, name := range s.ownNames(object) {
			if list.Takes(name) && name != "constructor" && !isIndex(name) {
				list.Add(name, s.kind(object, m, name))
			}
		}
		object = object.Prototype()
		if object != nil && object.Prototype() == nil && object != s.vm.tracked.plain {
			break
		}
	}
	return list.Members
}

// objectOf is an object itself, or the prototype of a string or number.
func (s *session) objectOf(value goja.Value) *goja.Object {
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
	constructor, ok := s.vm.tracked.member(s.vm.rt.GlobalObject(), class)
	if object, isObject := constructor.(*goja.Object); ok && isObject {
		prototype, _ := s.vm.tracked.member(object, "prototype")
		object, _ = prototype.(*goja.Object)
		return object
	}
	return nil
}

func (s *session) ownNames(object *goja.Object) []string {
	switch object.ExportType() {
	case typeSequence, typeOpaque, typeHandle:
		return nil
	case lazy.Type:
		return object.Keys()
	}
	names := object.GetOwnPropertyNames()
	if _, isFunction := goja.AssertFunction(object); isFunction {
		names = slices.DeleteFunc(names, func(name string) bool {
			return name == "length" || name == "name" || name == "prototype" || name == "arguments" || name == "caller"
		})
	}
	return names
}

func isIndex(name string) bool { return name != "" && '0' <= name[0] && name[0] <= '9' }

// kind tells what a member is.
func (s *session) kind(object *goja.Object, m *engine.Module, name string) string {
	if m != nil {
		if kind := moduleKind(m, name); kind != "" {
			return kind
		}
	}
	value, ok := s.ownMember(object, name)
	if !ok {
		return "value"
	}
	return s.kindOf(value)
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

func (s *session) kindOf(value goja.Value) string {
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
	if s.vm.tracked.moduleOf(object) != nil {
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

// globalNames lists the session's variables, the host's modules and what the language and the web have.
func (s *session) globalNames() []engine.Member {
	global := s.vm.rt.GlobalObject()
	var list naming.List
	for _, name := range global.Keys() {
		list.Add(name, s.kind(global, nil, name))
	}
	for _, m := range s.vm.cfg.Modules {
		list.Add(words.Camel(m.Name), "module")
		for _, name := range m.ErrorClasses {
			list.Add(name, "function")
		}
	}
	for _, c := range s.vm.cfg.Globals {
		if value, ok := s.global(c.Name); ok {
			list.Add(c.Name, s.kindOf(value))
		}
	}
	list.Add("console", "object")
	for _, name := range []string{
		"setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask", "map", "parallel", "atob", "btoa",
	} {
		list.Add(name, "function")
	}
	for _, name := range web.Classes() {
		list.Add(name, "function")
	}
	for _, name := range global.GetOwnPropertyNames() {
		list.Add(name, s.kind(global, nil, name))
	}
	return list.Members
}

// Get implements engine.Session.
func (s *session) Get(name string) (value any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.vm.protect(func() error {
		var found goja.Value
		exception := s.vm.rt.Try(func() {
			if found = s.vm.rt.GlobalObject().Get(name); found != nil {
				e := exporter{vm: s.vm, root: name}
				value, err = e.export(found)
			}
		})
		if exception != nil {
			return exception
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return value, nil
}

// Set implements engine.Session.
func (s *session) Set(name string, value any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vm.protect(func() error {
		made, err := s.vm.toValue(value)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		s.define(name, made)
		return nil
	})
}
